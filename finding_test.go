package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
)

// Whatever stands in an address of the shop window, a clear page answers.
func TestOddAddressesGetAClearPage(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.product(t, "Nastar uji", 50_000, catalog.ModeStock, 9)
		gone := w.product(t, "Abon uji", 32_000, catalog.ModeStock, 9)
		require.NoError(t, database.InTx(ctx, w.db, func(tx *gorm.DB) error {
			return w.catalog.SuspendProductTx(ctx, tx, w.curator, gone, catalog.NewSuspension{Reason: "uji"})
		}))
		renamed := w.product(t, "Kastengle uji", 60_000, catalog.ModeStock, 9)
		found, err := w.catalog.Sellables(ctx, []int64{renamed})
		require.NoError(t, err)
		require.NoError(t, w.catalog.Rename(ctx, w.curator, found[renamed].Slug, "kastengel-uji"))
		site := show(t, w.parts(), false)
		q := url.QueryEscape
		for _, c := range []struct {
			path   string
			status int
			says   string // in the body, or where it leads
		}{
			{"/produk?lanjut=forged.1.2", 200, "Nastar uji"},
			{"/produk?harga_min=abc", 422, "Tulis harga dengan angka"},
			{"/produk?harga_min=-5&harga_maks=99999999999999999999", 422, "Tulis harga dengan angka"},
			{"/produk?q=" + strings.Repeat("kue+", 2500), 200, "Hasil untuk"},
			{"/produk?q=" + q(`'; DROP TABLE products; --`), 200, "Hasil untuk"},
			{"/produk?q=" + q(`<script>alert(1)</script>`), 200, "&lt;script&gt;"},
			{"/produk?q=" + q("🎁🎋"), 200, "Nastar uji"},
			{"/produk?q=" + q("nastar 🎁"), 200, "Nastar uji"},
			{"/produk?q=%00%ff", 200, "Hasil untuk"},
			{"/produk?q=nsatar", 200, "Mungkin maksud Anda"},
			{"/produk?q=zzzzzz", 200, "Jenis produk yang ada"},
			{"/produk?kategori=" + q("../../etc"), 200, "Belum ada yang cocok"},
			{"/produk?wilayah=99.99&tersedia=besok&jenis=x&sertifikat=" + q("<b>"), 200, "Belum ada yang cocok"},
			{"/produk?urut=acak", 200, "Nastar uji"},
			{"/produk?tersedia=sekarang&wilayah=35", 200, "Nastar uji"},
			{"/kategori/roket", 404, "Mungkin ini yang Anda cari"},
			{"/wilayah/kabupaten-madiun", 200, "Produk dari Kabupaten Madiun"},
			{"/wilayah/35.19", 301, "/wilayah/kabupaten-madiun"},
			{"/en/wilayah/35", 301, "/en/wilayah/jawa-timur"},
			{"/wilayah/atlantis", 404, "Mungkin ini yang Anda cari"},
			{"/wilayah/kabupaten?provinsi=35", 200, "Kabupaten Madiun"},
			{"/produk/nastar-lama", 404, "Nastar uji"},
			{"/produk/abon-uji", 410, "Sudah tidak dijual"},
			{"/produk/kastengle-uji", 301, "/produk/kastengel-uji"},
			{"/en/produk/kastengle-uji", 301, "/en/produk/kastengel-uji"},
			{"/produk/kastengel-uji", 200, "Kastengle uji"},
			{"/produk/%00", 404, ""},
			{"/toko/tidak-ada", 404, "Mungkin ini yang Anda cari"},
			{"/saran?q=nas", 200, `"text":"Nastar uji"`},
			{"/saran?q=" + q(`"<'`), 200, "[]"},
			{"/saran", 200, "[]"},
		} {
			rec := httptest.NewRecorder()
			site.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, c.path, nil))
			require.Equal(t, c.status, rec.Code, "%.80s: %.300s", c.path, rec.Body)
			if c.status == 301 {
				require.Equal(t, c.says, rec.Header().Get("Location"), c.path)
				continue
			}
			require.Contains(t, rec.Body.String(), c.says, "%.80s", c.path)
			require.NotContains(t, rec.Body.String(), "<script>alert", c.path)
			require.Less(t, rec.Body.Len(), 80_000, "%.80s", c.path)
		}
	})
}
