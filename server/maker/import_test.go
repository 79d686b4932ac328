package maker_test

import (
	"bytes"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// file sends a file in the field of that name.
func (b *browser) file(path, field string, data []byte, pairs ...string) page {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		require.NoError(b.t, w.WriteField(pairs[i], pairs[i+1]))
	}
	part, err := w.CreateFormFile(field, "daftar.csv")
	require.NoError(b.t, err)
	_, err = part.Write(data)
	require.NoError(b.t, err)
	require.NoError(b.t, w.Close())
	req, err := http.NewRequest(http.MethodPost, b.url+path, &body)
	require.NoError(b.t, err)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(req)
}

// An officer sends a list with mistakes, mends it, sees what it will be, and stores it;
// the same list once more makes nothing.
func TestAnOfficerListsManyProductsAtOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop, wahyu, _ := h.sharedShop(catalog.Institution, account.MemberOfficer, account.MemberOfficer)
		b, own := h.as(wahyu.ID), fmt.Sprint(shop.ID)
		const at = "/toko-saya/impor"
		require.Contains(t, b.see("/toko-saya/produk"), `href="`+at+`"`)
		require.Contains(t, b.see(at), at+"/contoh.xlsx")
		example := b.see(at + "/contoh.xlsx")
		require.NotContains(t, sheetText(t, example), "<f>")
		require.Contains(t, b.see(at+"/contoh.csv"), "nama;jenis;harga;jumlah")

		p := b.post(at, "shop", own)
		require.Equal(t, http.StatusUnprocessableEntity, p.status)
		require.Contains(t, p.body, text.T("importpage.missing"))
		kinds, err := h.Catalog.Categories(ctx)
		require.NoError(t, err)
		kind := kinds[0].Name
		list := func(lines ...string) []byte {
			return []byte("nama,jenis,harga,jumlah\n" + strings.Join(lines, "\n"))
		}
		p = b.file(at, "berkas", list("Keset <b>,"+kind+",35rb,24", "Sapu,"+kind+",20rb,2 lusin", "Sapu,"+kind+"x,20rb,5"), "shop", own)
		require.Equal(t, http.StatusUnprocessableEntity, p.status)
		for _, words := range []string{text.T("importpage.wrong.title", "count", 2), text.T("importpage.line", "line", 3) + ", Sapu", "tulis 24.", "Mungkin: " + kind, "Keset &lt;b&gt;", text.T("importpage.again")} {
			require.Contains(t, html.UnescapeString(p.body)+p.body, words)
		}
		require.NotContains(t, p.body, `name="daftar"`, "nothing to confirm")
		p = b.file(at, "berkas", []byte("%PDF-1.7"), "shop", own)
		require.Contains(t, p.body, text.T("catalog.import.unreadable"))
		require.NotContains(t, b.see("/toko-saya/produk"), "Keset")

		right := list("Keset <b>,"+kind+",35rb,24", "Sapu,"+kind+",20rb,24")
		p = b.file(at, "berkas", right, "shop", own)
		require.Equal(t, http.StatusOK, p.status, p.body)
		require.Contains(t, p.body, text.T("importpage.right.title", "count", 2))
		require.NotContains(t, b.see("/toko-saya/produk"), "Keset", "not before it is confirmed")
		data := html.UnescapeString(hidden(t, p.body, "daftar"))
		require.Equal(t, "/toko-saya/produk", b.done(at+"/ya", "shop", own, "daftar", data))
		body := b.see("/toko-saya/produk")
		require.Contains(t, body, text.T("importpage.made", "count", 2))
		require.Contains(t, body, "Keset &lt;b&gt;")
		b.done(at+"/ya", "shop", own, "daftar", data)
		require.Contains(t, b.see("/toko-saya/produk"), text.T("importpage.known", "count", 2))
		actor, err := h.Accounts.Actor(ctx, wahyu.ID)
		require.NoError(t, err)
		mine, err := h.Catalog.MyProducts(ctx, actor, shop.ID)
		require.NoError(t, err)
		require.Len(t, mine, 2)

		// What was changed on the way is read again; and nobody lists in another's shop.
		for _, bad := range []string{"", "{}", "[]", `[{"n":1,"c":["nama"]}]`, strings.Replace(data, "20rb", "2-rb", 1)} {
			require.Equal(t, http.StatusUnprocessableEntity, b.post(at+"/ya", "shop", own, "daftar", bad).status, bad)
		}
		other := h.Shop("Toko Sebelah")
		require.Equal(t, http.StatusNotFound, b.file(at, "berkas", right, "shop", fmt.Sprint(other.ID)).status)
		require.Equal(t, http.StatusNotFound, b.post(at+"/ya", "shop", fmt.Sprint(other.ID), "daftar", data).status)
		require.NotContains(t, h.as(other.OwnerID).see("/toko-saya/produk"), at, "one woman with six kinds of cakes needs no list")
	})
}

// A maker closes one product until a day she picks, and opens it again before.
func TestOneProductIsClosedUntilADay(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop := h.Shop("Toples Bu Wening")
		p := h.Publish(shop, ordertest.Product{Title: "Lidah kucing", Price: 25_000, Quantity: 10})
		b, at := h.as(shop.OwnerID), fmt.Sprintf("/toko-saya/produk/%d", p)
		require.Contains(t, b.see(at), text.T("maker.close.button"))
		require.Contains(t, b.see(at+"/tutup"), `type="date"`)
		require.Contains(t, b.refused(at+"/tutup"), text.T("catalog.day"))
		require.Contains(t, b.refused(at+"/tutup", "opens", "2020-01-01"), text.T("catalog.closure.tomorrow"))
		require.True(t, h.Sellable(p).Orderable())
		until := regexp.MustCompile(`max="(\d{4}-\d{2}-\d{2})"`).FindStringSubmatch(b.see(at + "/tutup"))[1]
		require.Equal(t, at, b.done(at+"/tutup", "opens", until))
		require.Contains(t, b.see(at), text.T("maker.close.open"))
		require.Contains(t, b.see(at+"/tutup"), `value="`+until+`"`)
		require.Contains(t, b.see("/toko-saya/produk"), "Tutup, buka lagi")
		require.Contains(t, b.see("/toko-saya/kalender"), "Tutup, buka lagi")
		require.Equal(t, at, b.done(at+"/buka"))
		require.NotContains(t, b.see("/toko-saya/produk"), "Tutup, buka lagi")
		other := h.as(h.Shop("Toko Sebelah").OwnerID)
		require.Equal(t, http.StatusNotFound, other.post(at+"/tutup", "opens", until).status)
		require.Equal(t, http.StatusNotFound, other.post(at+"/buka").status)
	})
}
