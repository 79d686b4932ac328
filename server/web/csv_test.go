package web

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

func TestCellsForSpreadsheets(t *testing.T) {
	require.Equal(t, "\ufeffNama;Jumlah\r\n\"a;b \"\"c\"\"\";-5\r\n'=1+1;'+62812\r\n'@SUM(A1);'-5+cmd|'!A1\r\n'\tx;\r\n\"baris\r\ndua\";'--\r\n",
		string(cells([][]string{{"Nama", "Jumlah"}, {`a;b "c"`, "-5"}, {"=1+1", "+62812"}, {"@SUM(A1)", "-5+cmd|'!A1"}, {"\tx", ""}, {"baris\ndua", "--"}})))
	require.Equal(t, "\ufeff", string(cells(nil)))
}

// Amounts are numbers, and nothing becomes a formula or loses a digit.
func TestWorkbookForSpreadsheets(t *testing.T) {
	rows := [][]string{{"Nama", "Jumlah"}, {"=1+1", "-5"}, {"+62812", "0"}, {"@SUM(A1)", "007"}, {"-5+cmd|'!A1", "1234567890123456"}, {"\tx", "123456789012345"}}
	data, err := workbook(rows)
	require.NoError(t, err)
	f, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	got, err := f.GetRows("Sheet1", excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	require.Equal(t, rows, got)
	numbers := map[string]bool{"B2": true, "B3": true, "B6": true}
	for i := range rows {
		for j := range rows[i] {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			require.NoError(t, err)
			formula, err := f.GetCellFormula("Sheet1", at)
			require.NoError(t, err)
			require.Empty(t, formula, at)
			kind, err := f.GetCellType("Sheet1", at)
			require.NoError(t, err)
			require.Equal(t, !numbers[at], kind == excelize.CellTypeSharedString, at)
		}
	}
}
