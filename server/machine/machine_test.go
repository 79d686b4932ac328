package machine_test

import (
	"context"
	"encoding/xml"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/desktest"
	"github.com/lapak-berdaya/lapak/server/web/pagecache"
)

const paid = `{"id":"62b0bbde36bf5ecb1d8e3c14","external_id":"%s","status":"PAID","amount":50000,"paid_amount":50000,"currency":"IDR"}`

func body(reference string) string { return strings.ReplaceAll(paid, "%s", reference) }

func stored(t *testing.T, d *desktest.Desk) []payment.StoredCallback {
	t.Helper()
	var rows []payment.StoredCallback
	require.NoError(t, d.DB.Read(context.Background()).Order("id").Find(&rows).Error)
	return rows
}

func TestCallbacks(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		send := func(path, token, body string) desktest.Answer {
			t.Helper()
			return d.Visitor().Do("POST", path, strings.NewReader(body), "Content-Type", "application/json", "X-Callback-Token", token)
		}
		// Forged: nothing is stored, whatever the body claims.
		for _, token := range []string{"", "salah", "token-bar", "token-barux", "token-baru,token-lama"} {
			got := send("/webhook/xendit/invoice", token, body("lp-1"))
			require.Equal(t, http.StatusUnauthorized, got.Status, "%q", token)
		}
		require.Equal(t, http.StatusUnauthorized, send("/webhook/xendit/invoice?token=token-baru", "", body("lp-1")).Status)
		require.Empty(t, stored(t, d))

		// Either token, an unknown reference: answered, stored, nothing believed.
		before := len(stored(t, d))
		for _, token := range desktest.Tokens {
			got := send("/webhook/xendit/invoice", token, body("invoice_123124123"))
			require.Equal(t, http.StatusOK, got.Status)
			require.Equal(t, "no-store", got.Header.Get("Cache-Control"))
		}
		rows := stored(t, d)
		require.Len(t, rows, before+1, "a repeated callback is one row")
		require.EqualValues(t, 2, rows[before].Times)
		require.Equal(t, payment.CallbackNew, rows[before].State)

		// Each kind has its address.
		require.Equal(t, http.StatusOK, send("/webhook/xendit/payout", "token-baru", `{"event":"payout.succeeded","data":{"id":"disb-1","reference_id":"x","status":"SUCCEEDED","amount":1}}`).Status)
		require.Equal(t, http.StatusOK, send("/webhook/xendit/refund", "token-baru", `{"event":"refund.succeeded","data":{"id":"rfd-1","reference_id":"x","status":"SUCCEEDED","amount":1}}`).Status)
		require.Equal(t, http.StatusNotFound, send("/webhook/xendit/lain", "token-baru", "{}").Status)
		require.Equal(t, http.StatusNotFound, d.Visitor().Get("/webhook/xendit/invoice").Status)

		// Not JSON: kept for a person, and answered, because a repeat would be the same.
		before = len(stored(t, d))
		require.Equal(t, http.StatusOK, send("/webhook/xendit/invoice", "token-baru", `{"id": "setengah`).Status)
		rows = stored(t, d)
		require.Len(t, rows, before+1)
		require.Equal(t, payment.CallbackUnreadable, rows[before].State)

		// Too large: refused unread, also with a right token.
		before = len(rows)
		require.Equal(t, http.StatusRequestEntityTooLarge, send("/webhook/xendit/invoice", "token-baru", `{"id":"`+strings.Repeat("x", 1<<20)+`"}`).Status)
		require.Len(t, stored(t, d), before)
	})
}

func TestRecordedBodiesAreTaken(t *testing.T) {
	d := desktest.New(t, dbtest.SQLiteDB(t), false)
	files, err := os.ReadDir("../../payment/xendit/testdata")
	require.NoError(t, err)
	sent := 0
	for _, f := range files {
		if !strings.Contains(f.Name(), "callback") && !strings.Contains(f.Name(), "webhook") {
			continue
		}
		raw, err := os.ReadFile("../../payment/xendit/testdata/" + f.Name())
		require.NoError(t, err)
		kind := "invoice"
		switch {
		case strings.Contains(f.Name(), "payout"):
			kind = "payout"
		case strings.Contains(f.Name(), "refund"):
			kind = "refund"
		}
		got := d.Visitor().Do("POST", "/webhook/xendit/"+kind, strings.NewReader(string(raw)), "X-Callback-Token", "token-baru")
		require.Equal(t, http.StatusOK, got.Status, f.Name())
		sent++
		if !strings.Contains(f.Name(), "v3") { // a newer product we do not use: kept, not understood
			rows := stored(t, d)
			require.Equal(t, payment.CallbackNew, rows[len(rows)-1].State, f.Name())
		}
	}
	require.NotZero(t, sent)
}

func TestSearchEnginesFindWhatIsPublicAndNothingElse(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		d.Publish(shop, ordertest.Product{Title: "Kue & semprit", Price: 35_000, Quantity: 5})
		d.Submitted(shop, "Masih diperiksa")
		listed, err := d.Catalog.Listing(t.Context(), 0, 0, 10)
		require.NoError(t, err)
		require.Len(t, listed, 1)
		require.NoError(t, d.Media.MakeRenditions(t.Context(), listed[0].Pictures[0]))

		// Every part that the index names, and all of them are files of addresses.
		index := d.Visitor().Get("/sitemap.xml")
		require.Equal(t, http.StatusOK, index.Status)
		require.Equal(t, "application/xml; charset=utf-8", index.Header.Get("Content-Type"))
		require.Equal(t, pagecache.CacheControl, index.Header.Get("Cache-Control"))
		var parts struct {
			Locs []string `xml:"sitemap>loc"`
		}
		require.NoError(t, xml.Unmarshal([]byte(index.Body), &parts))
		require.Equal(t, []string{"http://lapak.test/sitemap/halaman.xml", "http://lapak.test/sitemap/produk-1.xml"}, parts.Locs)
		type address struct {
			Loc     string `xml:"loc"`
			Lastmod string `xml:"lastmod"`
			Links   []struct {
				Lang string `xml:"hreflang,attr"`
				To   string `xml:"href,attr"`
			} `xml:"http://www.w3.org/1999/xhtml link"`
			Pictures []string `xml:"http://www.google.com/schemas/sitemap-image/1.1 image>loc"`
		}
		found := map[string]address{}
		for _, at := range parts.Locs {
			got := d.Visitor().Get(strings.TrimPrefix(at, "http://lapak.test"))
			require.Equal(t, http.StatusOK, got.Status, at)
			var set struct {
				URLs []address `xml:"url"`
			}
			require.NoError(t, xml.Unmarshal([]byte(got.Body), &set))
			for _, a := range set.URLs {
				require.NotContains(t, found, a.Loc)
				found[a.Loc] = a
			}
			require.NotContains(t, got.Body, "masih-diperiksa")
		}
		for _, path := range []string{"/", "/produk", "/bantuan", "/toko/toples-bu-wening", "/produk/kue-semprit", "/kategori/lainnya"} {
			for _, at := range []string{"http://lapak.test" + path, "http://lapak.test/en" + path} {
				require.Contains(t, found, at)
				require.Len(t, found[at].Links, 3, at)
				for _, l := range found[at].Links { // each says so of the other
					require.Equal(t, found[at].Links, found[l.To].Links, at)
				}
			}
		}
		product := found["http://lapak.test/en/produk/kue-semprit"]
		changed, err := time.Parse(time.RFC3339, product.Lastmod)
		require.NoError(t, err)
		require.WithinDuration(t, time.Now(), changed, time.Hour)
		require.Len(t, product.Pictures, 1)
		require.Contains(t, product.Pictures[0], "http://lapak.test/gambar/")
		for _, none := range []string{"produk-2.xml", "produk-0.xml", "produk--1.xml", "produk-01.xml", "produk-99999999999.xml", "produk-1", "lain.xml", "%00"} {
			require.Equal(t, http.StatusNotFound, d.Visitor().Get("/sitemap/"+none).Status, none)
		}

		robots := d.Visitor().Get("/robots.txt")
		require.Contains(t, robots.Body, "Disallow: /pesanan\n")
		require.Contains(t, robots.Body, "Disallow: /en/pesanan\n")
		require.Contains(t, robots.Body, "Sitemap: http://lapak.test/sitemap.xml")
		require.NotContains(t, robots.Body, "Disallow: /\n")
	})
}
