package maker_test

import (
	"fmt"
	"image/jpeg"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// orders counts the orders of a shop.
func (h *house) orders(shop ordertest.Shop) (n int64) {
	h.t.Helper()
	require.NoError(h.t, h.DB.Read(ctx).Raw("SELECT count(*) FROM orders WHERE shop_id = ?", shop.ID).Scan(&n).Error)
	return n
}

// What a maker writes down by mistake comes back with everything she typed and says
// what is free; one form is one sale, however often it is sent.
func TestASaleWrittenDown(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop, other := h.Shop("Toples Bu Wening"), h.Shop("Jahit Sekar")
		jars := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		masks := h.Publish(other, ordertest.Product{Title: "Masker", Price: 7_500, Quantity: 20, Grams: 30})
		b := h.as(shop.OwnerID)
		const at = "/toko-saya/jual"
		body := b.see(fmt.Sprintf("%s?produk=%d", at, jars))
		require.Contains(t, body, text.T("salepage.free", "count", "20"))
		form := func(more ...string) []string {
			return append([]string{"shop", hidden(t, body, "shop"), "produk", hidden(t, body, "produk"), "form_key", hidden(t, body, "form_key"),
				"jumlah", "2", "dari", "outside_market", "bayar", "cash", "barang", "sudah", "pembeli", "Bu Tutik"}, more...)
		}

		tooMany := text.T("sale.quantity", "max", money.Group(checkout.MaxQuantity))
		for typed, says := range map[string]string{
			"":              tooMany,
			"0":             tooMany,
			"-3":            tooMany,
			"1,5":           tooMany,
			"2 lusin":       tooMany,
			"1000000000":    tooMany,
			"1.000.000.000": tooMany,
			"21":            "Tinggal 20 ",
		} {
			p := b.refused(at, form("jumlah", typed)...)
			require.Contains(t, p, says, "%q", typed)
			require.Contains(t, p, `name="jumlah" value="`+typed+`"`, "what was typed stays")
			require.Contains(t, p, `value="Bu Tutik"`)
			require.Regexp(t, `value="outside_market" checked`, p)
			require.Equal(t, hidden(t, body, "form_key"), hidden(t, p, "form_key"))
		}
		require.Contains(t, b.refused(at, form("harga", "sepuluh")...), text.T("maker.price.unreadable"))
		require.Contains(t, b.refused(at, form("dari", "web")...), text.T("sale.source"), "nobody claims an order of the shop window")
		require.Contains(t, b.refused(at, form("bayar", "pulsa")...), text.T("sale.pay"))
		require.Zero(t, h.orders(shop), "nothing was written down yet")

		first := b.done(at, form()...)
		require.Equal(t, first, b.done(at, form()...), "sent twice")
		require.EqualValues(t, 1, h.orders(shop))
		sold := b.see(first)
		for _, want := range []string{"Bu Tutik", "Rp110.000", text.T("maker.order.from", "source", text.T("salesource.outside_market")), text.T("maker.move.undo_sale")} {
			require.Contains(t, sold, want)
		}
		require.Contains(t, b.see(fmt.Sprintf("%s?produk=%d", at, jars)), text.T("salepage.free", "count", "18"))

		// Nobody sells what is another shop's, or for it.
		require.Equal(t, http.StatusNotFound, b.post(at, form("produk", fmt.Sprint(masks))...).status)
		require.Equal(t, http.StatusNotFound, b.post(at, form("shop", fmt.Sprint(other.ID), "produk", fmt.Sprint(masks))...).status)
		require.NotContains(t, b.see(fmt.Sprintf("%s?produk=%d", at, masks)), "Masker")
		require.Equal(t, http.StatusUnprocessableEntity, b.post(at).status, "a form that names nothing")
		require.Zero(t, h.orders(other))
	})
}

// The production list and the calendar say what is promised, what is closed and what
// one more order would do, and nothing of another shop.
func TestWhatIsToBeMade(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop, other := h.Shop("Toples Bu Wening"), h.Shop("Jahit Sekar")
		jars := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		masks := h.Publish(other, ordertest.Product{Title: "Masker kain", Price: 7_500, Quantity: 20, Grams: 30})
		b := h.as(shop.OwnerID)
		require.Contains(t, b.see("/toko-saya/produksi"), text.T("workpage.nothing"))

		first, second, foreign := h.paid(shop, jars, 3), h.paid(shop, jars, 2), h.paid(other, masks, 4)
		made := b.see("/toko-saya/produksi")
		require.Contains(t, made, `<b class="pieces">5</b>`, "both orders in one line")
		for _, one := range []int64{first, second} {
			require.Contains(t, made, fmt.Sprintf("/toko-saya/pesanan/%d", one))
		}
		require.NotContains(t, made, "Masker kain")
		require.NotContains(t, made, fmt.Sprintf("/toko-saya/pesanan/%d\"", foreign))

		// One is ready: it is packed, not made.
		for _, m := range []order.Transition{order.Start, order.Finish} {
			_, err := h.Orders.Move(ctx, h.Owner(shop), first, m, order.MoveInput{})
			require.NoError(t, err)
		}
		made = b.see("/toko-saya/produksi")
		require.Contains(t, made, `<b class="pieces">2</b>`)
		require.Contains(t, made, fmt.Sprintf("/toko-saya/pesanan/%d/kirim", first))

		o, err := h.Orders.One(ctx, h.Owner(shop), second)
		require.NoError(t, err)
		zone := calendar.Zone("35.19")
		day := o.ReadyBy.In(zone)
		closed := day.AddDate(0, 0, 40)
		now, err := clock.Now(ctx, db.Read(ctx))
		require.NoError(t, err)
		require.True(t, closed.After(now))
		require.NoError(t, h.Catalog.AddClosure(ctx, h.Owner(shop), shop.ID, catalog.NewClosure{Kind: catalog.ShopRest, First: closed.Format(time.DateOnly), Last: closed.Format(time.DateOnly), FormKey: id.Token()}))
		month := func(d time.Time) string { return b.see("/toko-saya/kalender?bulan=" + d.Format("2006-01")) }
		promised := month(day)
		require.Contains(t, promised, fmt.Sprintf(`<time datetime="%s">`, day.Format(time.DateOnly)))
		require.Contains(t, promised, fmt.Sprintf("/toko-saya/pesanan/%d", second))
		off := month(closed)
		require.Contains(t, off, fmt.Sprintf(`<time datetime="%s">`, closed.Format(time.DateOnly)))
		require.Contains(t, off, text.T("calpage."+string(catalog.ShopRest)))

		// What one more order would do.
		ask := func(count string) string {
			return b.see(fmt.Sprintf("/toko-saya/kalender?produk=%d&tambah=%s", jars, count))
		}
		require.Contains(t, ask("15"), "Kalau pesan 15 Nastar hari ini")
		require.Contains(t, ask("16"), text.T("calpage.would_not", "count", "16", "title", "Nastar", "free", "15"))
		for _, bad := range []string{"0", "2+lusin", "99999999999999999999"} {
			require.Contains(t, ask(bad), text.T("calpage.number"), bad)
		}
		for _, odd := range []string{"bulan=2026-13", "bulan=0000-01", "bulan=kemarin", "produk=x", fmt.Sprintf("produk=%d", masks)} {
			require.NotContains(t, b.see("/toko-saya/kalender?"+odd), "Masker kain", odd)
		}

		// Somebody without a shop sees none of it.
		stranger := h.as(h.Officer("35").UserID)
		for _, path := range []string{"/toko-saya/produksi", "/toko-saya/kalender", "/toko-saya/jual"} {
			require.NotEqual(t, http.StatusOK, stranger.get(path).status, path)
		}
	})
}

// The picture for a phone's status shows what buyers may see already, of one's own shop.
func TestTheStatusPicture(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		shop, other := h.Shop("Toples Bu Wening"), h.Shop("Jahit Sekar")
		jars := h.Publish(shop, ordertest.Product{Title: "Nastar", Price: 55_000, Quantity: 20, Grams: 700})
		masks := h.Publish(other, ordertest.Product{Title: "Masker", Price: 7_500, Quantity: 20, Grams: 30})
		b := h.as(shop.OwnerID)
		const at = "/toko-saya/bagikan/status.jpg"
		req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s%s?produk=%d", b.url, at, jars), nil)
		require.NoError(t, err)
		res, err := b.client.Do(req)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, "image/jpeg", res.Header.Get("Content-Type"))
		require.Equal(t, "private, no-store", res.Header.Get("Cache-Control"))
		size, err := jpeg.DecodeConfig(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, [2]int{media.StatusWidth, media.StatusHeight}, [2]int{size.Width, size.Height})
		require.Equal(t, [2]int{1080, 1920}, [2]int{size.Width, size.Height})

		require.Equal(t, http.StatusNotFound, b.get(fmt.Sprintf("%s?produk=%d", at, masks)).status, "another shop's")
		require.Equal(t, http.StatusNotFound, b.get(at+"?produk=999999").status)
		require.Equal(t, "/toko-saya/bagikan", b.get(at).to, "no product, no picture")
		require.Equal(t, http.StatusNotFound, b.get(fmt.Sprintf("/toko-saya/bagikan?produk=%d", masks)).status)
		kit := b.see(fmt.Sprintf("/toko-saya/bagikan?produk=%d", jars))
		require.Contains(t, kit, fmt.Sprintf("%s?produk=%d", at, jars))
		for _, letter := range []string{"w", "f", "d", "l"} {
			require.True(t, strings.Contains(kit, "/s/"+letter+"/") || strings.Contains(kit, "%2Fs%2F"+letter+"%2F"), letter)
		}

		require.NoError(t, h.Catalog.Archive(ctx, h.Owner(shop), jars))
		require.Equal(t, http.StatusNotFound, b.get(fmt.Sprintf("%s?produk=%d", at, jars)).status, "no longer public")
	})
}
