package sheet_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/lapak-berdaya/lapak/internal/sheet"
)

var limits = sheet.Limits{Bytes: 1 << 20, Lines: 20, Unzipped: 4 << 20}

func TestCSVIsReadHoweverItWasSaved(t *testing.T) {
	want := []sheet.Line{{1, []string{"nama", "harga"}}, {3, []string{"Kue, \"enak\"", "35rb"}}}
	for _, c := range []string{";", "\t", ","} {
		for _, bom := range []string{"", "\ufeff"} {
			for _, end := range []string{"\n", "\r\n"} {
				file := bom + "nama" + c + "harga" + end + c + end + `"Kue, ""enak"""` + c + "35rb" + end
				lines, err := sheet.Read([]byte(file), limits)
				require.NoError(t, err)
				require.Equal(t, want, lines, "%q", file)
			}
		}
	}
	lines, err := sheet.Read([]byte("DAFTAR\nnama;harga\nCaf\xe9;1\n"), limits)
	require.NoError(t, err)
	require.Equal(t, []string{"Café", "1"}, lines[2].Cells, "as Windows writes it, below a title without any comma")
}

func TestWhatIsNoTableIsRefused(t *testing.T) {
	bomb := packed(t, "xl/worksheets/sheet1.xml", bytes.Repeat([]byte("<c/>"), 2<<20))
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"a PDF":        {[]byte("%PDF-1.7\nnama;harga\n"), sheet.ErrUnreadable},
		"an old XLS":   {[]byte("\xd0\xcf\x11\xe0\x00\x00"), sheet.ErrUnreadable},
		"another zip":  {packed(t, "a.txt", []byte("a")), sheet.ErrUnreadable},
		"a broken zip": {[]byte("PK\x03\x04rest"), sheet.ErrUnreadable},
		"a zip bomb":   {bomb, sheet.ErrUnreadable},
		"many bytes":   {make([]byte, limits.Bytes+1), sheet.ErrBig},
		"many lines":   {[]byte("a;b\n" + strings.Repeat("1;2\n", 21)), sheet.ErrMany},
	} {
		_, err := sheet.Read(c.file, limits)
		require.ErrorIs(t, err, c.want, name)
	}
	lines, err := sheet.Read(nil, limits)
	require.NoError(t, err)
	require.Empty(t, lines)
	lines, err = sheet.Read([]byte("a;b\n"+strings.Repeat("1;2\n;\n", 20)), limits)
	require.NoError(t, err, "empty lines do not count")
	require.Len(t, lines, 21)
}

func packed(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	require.NoError(t, err)
	_, err = f.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestAFormulaIsNeverComputed(t *testing.T) {
	f := excelize.NewFile()
	require.NoError(t, f.SetCellStr("Sheet1", "A1", "=1+1"))
	require.NoError(t, f.SetCellValue("Sheet1", "B1", 7))
	lines, err := sheet.Read(written(t, f), limits)
	require.NoError(t, err)
	require.Equal(t, []string{"=1+1", "7"}, lines[0].Cells, "text that looks like one is text")
	require.NoError(t, f.SetCellFormula("Sheet1", "B1", "3*9"))
	_, err = sheet.Read(written(t, f), limits)
	require.ErrorIs(t, err, sheet.ErrFormula)
	taking := limits
	taking.Formulas = true
	lines, err = sheet.Read(written(t, f), taking)
	require.NoError(t, err)
	require.Equal(t, []string{"=1+1", "7"}, lines[0].Cells, "what it held when the file was saved")
}

func written(t *testing.T, f *excelize.File) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, f.Write(&b))
	return b.Bytes()
}

func TestHeading(t *testing.T) {
	lines := []sheet.Line{{1, []string{"Daftar produk Lapas"}}, {3, []string{" HARGA  Jual", "x", "Nama", "nama"}}, {4, []string{"1", "", "a"}}}
	at, below, _, missing := sheet.Heading(lines, []string{"nama", "harga"}, map[string]string{"harga jual": "harga"})
	require.Empty(t, missing)
	require.Equal(t, lines[2:], below)
	require.Equal(t, 2, at["nama"])
	require.Equal(t, 0, at["harga"])
	_, _, line, missing := sheet.Heading(lines, []string{"nama", "harga"}, nil)
	require.Equal(t, "harga", missing)
	require.Equal(t, 3, line, "the line that comes nearest")
	_, _, _, missing = sheet.Heading(nil, []string{"nama"}, nil)
	require.Equal(t, "nama", missing)
}

func TestAFileIsReadAgainAsItWasMade(t *testing.T) {
	rows := [][]string{{"nama", "jumlah"}, {"=HYPERLINK(1)", "010"}, {"+62", "-1"}, {"@a", "'b"}}
	data, err := sheet.File(rows, sheet.Choice{Column: 0, Title: "nama", Values: []string{"a", "b"}}, sheet.Choice{Column: 1, Title: "jumlah", Values: []string{"1"}})
	require.NoError(t, err)
	lines, err := sheet.Read(data, limits)
	require.NoError(t, err, "no formula in it")
	for i, l := range lines {
		require.Equal(t, rows[i], l.Cells, fmt.Sprint(i))
	}
	f, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	valid, err := f.GetDataValidations("Sheet1")
	require.NoError(t, err)
	require.Len(t, valid, 2)
}
