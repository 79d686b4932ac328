package catalog_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
)

var importKinds = []catalog.Category{{ID: 1, Slug: "kue-kering", Name: "Kue kering"}, {ID: 2, Slug: "minuman", Name: "Minuman dan jamu"}, {ID: 3, Slug: "jahitan", Name: "Jahitan"}}

func productList(lines ...string) []byte {
	return []byte("\ufeff" + strings.Join(catalog.ImportColumns, ";") + "\r\n" + strings.Join(lines, "\r\n") + "\r\n")
}

// words are what is wrong with each line, in sentences.
func importWords(lines []catalog.ImportLine) map[int][]string {
	out := map[int][]string{}
	for _, l := range lines {
		for _, f := range l.Faults {
			out[l.Number] = append(out[l.Number], text.T(f.Key, f.Args...))
		}
	}
	return out
}

func TestAListOfProductsTellsAllThatIsWrongAtOnce(t *testing.T) {
	_, lines, faults := catalog.ReadImportFile(productList(
		"Nastar;Kue kering;35rb;24;toples 500 g;ada stok;2;700;Dari nanas sendiri.",
		"Tas rajut;jahitan;Rp 35.000,-;1.000;;per bulan;;;",
		"nastar;kue;Rp500;2 lusin;;;;;",
		"Keset;Jahittan;35;0;;;;;",
		"Sapu;jamu;tiga puluh;1.000.000.000;;dilelang;lama;banyak;",
		"🍪;;;;;;;;",
		"=HYPERLINK(1);Jahitan;1;5 buah;;;200;300.000;",
	), importKinds)
	require.Empty(t, faults)
	require.Len(t, lines, 7)
	require.Equal(t, map[int][]string{
		4: {`Jenis "kue" tidak ada. Mungkin: Kue kering.`, `"2 lusin": tulis 24.`, "Nama ini sama dengan baris 2. Beri nama lain."},
		5: {`Jenis "Jahittan" tidak ada. Mungkin: Jahitan.`, `Harga "35": tulis 35.000, atau Rp35.`, "Tulis jumlah antara 1 dan 1.000.000."},
		6: {`Jenis "jamu" tidak ada. Mungkin: Minuman dan jamu.`, `Cara jual "dilelang": tulis ada stok, atau per bulan.`, `Harga "tiga puluh" tidak jelas. Tulis misalnya 35.000.`,
			`Hari siap "lama" tidak jelas. Tulis angka saja.`, `Berat "banyak" tidak jelas. Tulis angka gram, misalnya 700.`, "Tulis jumlah antara 1 dan 1.000.000."},
		7: {`Isi kolom "jenis".`, `Isi kolom "harga".`, `Isi kolom "jumlah".`, "Beri nama produk, paling sedikit dua huruf."},
		8: {`Harga "1": tulis 1.000, atau Rp1.`, "Lama menyiapkan antara 0 dan 90 hari kerja.", "Berat paling banyak 200 kg."},
	}, importWords(lines))
	require.Equal(t, []string{"Nastar", "Tas rajut"}, []string{lines[0].Title, lines[1].Title})
	require.EqualValues(t, 35_000, *lines[0].Change.Price)
	require.EqualValues(t, 35_000, *lines[1].Change.Price)
	require.EqualValues(t, 1000, *lines[1].Change.Quantity)
	require.Equal(t, catalog.UnitJar, *lines[0].Change.UnitKind)
	require.EqualValues(t, 500, *lines[2].Change.Price, "Rp500 says what it means")
}

func TestAFileThatIsNoListOfProducts(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		key  string
	}{
		"nothing":         {nil, "catalog.import.empty"},
		"only a heading":  {productList(), "catalog.import.empty"},
		"other columns":   {[]byte("a;b\n1;2\n"), "catalog.import.column"},
		"merged headings": {[]byte("nama;;harga;jumlah\nNastar;Kue kering;1000;2\n"), "catalog.import.column"},
		"a PDF":           {[]byte("%PDF-1.7\n%\xe2\xe3\n"), "catalog.import.unreadable"},
		"50,000 lines":    {productList(strings.Repeat("Kue;Kue kering;1000;2\n", 50_000)), "catalog.import.big"},
		"40,000 short":    {productList(strings.Repeat("Kue;x;1000;2\n", 40_000)), "catalog.import.many"},
		"one too many":    {productList(strings.Repeat("Kue;x;1000;2\n", catalog.MaxImportLines+1)), "catalog.import.many"},
		"too much text":   {productList("Kue;x;1000;2;;;;;" + strings.Repeat("a", 600<<10)), "catalog.import.long"},
	} {
		_, lines, faults := catalog.ReadImportFile(c.file, importKinds)
		require.Len(t, faults, 1, name)
		require.Equal(t, c.key, faults[0].Key, name)
		require.Empty(t, lines, name)
		require.NotContains(t, text.T(faults[0].Key, faults[0].Args...), "{", name)
	}
}

func TestTheExampleIsRight(t *testing.T) {
	data, err := catalog.ImportExample(importKinds)
	require.NoError(t, err)
	_, lines, faults := catalog.ReadImportFile(data, importKinds)
	require.Empty(t, faults)
	require.Len(t, lines, 2)
	require.Empty(t, importWords(lines))
	require.False(t, bytes.Contains(data, []byte("%PDF")))
}

func TestAListOfProductsBecomesDrafts(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Karya Binaan", "35.19.03")
		kinds, err := w.cat.Categories(ctx)
		require.NoError(t, err)
		read := func(lines ...string) []catalog.ImportLine {
			_, all, faults := catalog.ReadImportFile(productList(lines...), kinds)
			require.Empty(t, faults)
			return all
		}
		kind := kinds[0].Name
		first := fmt.Sprintf("Nastar 😋;%s;35rb;24;toples 500 g;ada stok;2;700;Dari nanas sendiri.", kind)
		second := fmt.Sprintf("=SUM(1);%s;Rp 70.000,-;100;;per bulan;5;;", kind)
		got, err := w.cat.Import(ctx, maker, shop.ID, read(first, second))
		require.NoError(t, err)
		require.Len(t, got.Made, 2)
		sub, err := w.cat.Submission(ctx, maker, got.Made[0])
		require.NoError(t, err)
		r := sub.Revision
		require.Equal(t, catalog.SubmissionDraft, sub.State)
		require.Equal(t, []any{"Nastar 😋", kinds[0].Slug, int64(35_000), int64(24), "toples 500 g", catalog.ModeStock, int64(2), int64(700), "Dari nanas sendiri.", catalog.UnitJar},
			[]any{r.Title, r.CategorySlug, int64(r.Price), r.Quantity, r.Unit, r.Mode, r.LeadDays, r.WeightGrams, r.Description, r.UnitKind})
		sub, err = w.cat.Submission(ctx, maker, got.Made[1])
		require.NoError(t, err)
		require.Equal(t, []any{"=SUM(1)", catalog.ModeCapacity, int64(100)}, []any{sub.Revision.Title, sub.Revision.Mode, sub.Revision.Quantity})

		// The same list again, and one with a line more.
		again, err := w.cat.Import(ctx, maker, shop.ID, read(first, second))
		require.NoError(t, err)
		require.Equal(t, catalog.Imported{Known: 2}, again)
		again, err = w.cat.Import(ctx, maker, shop.ID, read("Putri salju;"+kind+";40.000;12;;;;;", second))
		require.NoError(t, err)
		require.Len(t, again.Made, 1)
		require.Equal(t, 1, again.Known)
		mine, err := w.cat.MyProducts(ctx, maker, shop.ID)
		require.NoError(t, err)
		require.Len(t, mine, 3)

		// What was removed meanwhile is made anew, as often as that happens.
		for range 2 {
			require.NoError(t, w.cat.Archive(ctx, maker, sub.ProductID))
			again, err = w.cat.Import(ctx, maker, shop.ID, read(first, second))
			require.NoError(t, err)
			require.Equal(t, 1, again.Known)
			require.Len(t, again.Made, 1)
			sub, err = w.cat.Submission(ctx, maker, again.Made[0])
			require.NoError(t, err)
			require.Equal(t, "=SUM(1)", sub.Revision.Title)
		}

		// Nothing is stored unless all lines are right; and only one's own shop.
		_, err = w.cat.Import(ctx, maker, shop.ID, read("Kastengel;"+kind+";40.000;12;;;;;", "Sagu;"+kind+";40.000;2 lusin;;;;;"))
		require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
		lost := read("Kastengel;"+kind+";40.000;12;;;;;", "Sagu;"+kind+";40.000;24;;;;;")
		gone := "tidak-ada"
		lost[1].Change.Category = &gone
		_, err = w.cat.Import(ctx, maker, shop.ID, lost)
		require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
		other, stranger := w.shop("Toko Sebelah", "35.20.08")
		for _, who := range []account.Actor{stranger, {}} {
			_, err = w.cat.Import(ctx, who, shop.ID, read(first))
			require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
		}
		_, err = w.cat.Import(ctx, stranger, other.ID, nil)
		require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
		mine, err = w.cat.MyProducts(ctx, maker, shop.ID)
		require.NoError(t, err)
		require.Len(t, mine, 3)
		w.sound()
	})
}
