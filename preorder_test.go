package main

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
)

// put lays pieces of a product into the visitor's cart and opens the checkout.
func (v *visitor) put(product int64, pieces int) page {
	v.t.Helper()
	p, err := v.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {fmt.Sprint(pieces)}})
	require.NoError(v.t, err)
	require.Equal(v.t, http.StatusSeeOther, p.status, p.body)
	p, err = v.get("/checkout")
	require.NoError(v.t, err)
	require.Equal(v.t, http.StatusOK, p.status, p.body)
	return p
}

// bought is the purchase that a checkout's answer leads to.
func (w *world) bought(t *testing.T, p page) checkout.Purchase {
	t.Helper()
	require.Equal(t, http.StatusSeeOther, p.status, p.body)
	require.True(t, strings.HasPrefix(p.location, w.gateway), "to the gateway's page: %s", p.location)
	var back string
	require.NoError(t, w.db.Read(t.Context()).Raw("SELECT return_url FROM payments WHERE gateway_id = ?", path.Base(p.location)).Scan(&back).Error)
	return w.see(t, path.Base(back))
}

// reserve places a purchase for pick-up without the pages.
func (w *world) reserve(t *testing.T, product, pieces int64) {
	t.Helper()
	ctx := t.Context()
	token := checkout.NewToken()
	require.NoError(t, w.app.checkout.SetQuantity(ctx, token, product, pieces))
	in := checkout.PlaceInput{CartToken: token, FormKey: id.Token(), Buyer: checkout.Contact{Name: "Pembeli Uji", Phone: "081200000099"},
		Choices: map[int64]delivery.Method{w.shop: delivery.Pickup}}
	q, err := w.app.checkout.Quote(ctx, token, delivery.Destination{}, in.Choices)
	require.NoError(t, err)
	in.CartVersion, in.SeenTotal = q.Cart.Version, q.Total
	_, err = w.app.checkout.Place(ctx, in)
	require.NoError(t, err)
}

// payAll pays every open invoice at the gateway, and waits until orders are paid.
func (w *world) payAll(t *testing.T, orders int64) {
	t.Helper()
	soon(t, "every invoice is open", func() bool {
		return w.count(t, "SELECT count(*) FROM payments WHERE state IN ('created', 'unknown')") == 0
	})
	var open []string
	require.NoError(t, w.db.Read(t.Context()).Raw("SELECT gateway_id FROM payments WHERE state = 'open'").Scan(&open).Error)
	for _, invoice := range open {
		w.simulator(t, "invoices/"+invoice+"/pay", map[string]any{"channel": "QRIS"})
	}
	soon(t, "all are paid", func() bool {
		return w.count(t, "SELECT count(*) FROM orders WHERE state = ?", string(order.ToDo)) == orders
	})
}

// Lebaran, 300 jars, from the maker's window to the money: the last two are
// wanted by two people at once, are not paid in the hour they have, and go to the
// one who waits, while a third presses for them too.
func TestThreeHundredJarsForLebaran(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.simulator(t, "settings", map[string]any{"settle_after_ms": int64(24 * time.Hour / time.Millisecond)})
		product := w.product(t, "Nastar Lebaran", 55_000, catalog.ModeCapacity, 300,
			catalog.PriceTier{MinQuantity: 24, Price: 50_000}, catalog.PriceTier{MinQuantity: 50, Price: 47_500})
		taken := func() int64 { return w.count(t, "SELECT sum(taken) FROM allotments WHERE window_id IS NOT NULL") }

		now, err := w.now(ctx)
		require.NoError(t, err)
		day := func(n int) string { return now.In(calendar.WIB).AddDate(0, 0, n).Format(time.DateOnly) }
		maker := w.visitor(t)
		w.enter(t, maker, w.maker.UserID)
		windows := fmt.Sprintf("/toko-saya/produk/%d/po", product)
		p, err := maker.get(windows)
		require.NoError(t, err)
		form := p.fields(fmt.Sprintf("form[action=%q]", windows))
		require.NotEmpty(t, form.Get("form_key"), p.body)
		form.Set("opens", day(0))
		form.Set("closes", day(60))
		for i, capacity := range []string{"60", "80", "100", "60"} {
			form.Set(fmt.Sprintf("slot_%d_day", i+1), day(40+7*i))
			form.Set(fmt.Sprintf("slot_%d_capacity", i+1), capacity)
		}
		p, err = maker.post(windows, form)
		require.NoError(t, err)
		require.Equal(t, windows, p.location, p.body)

		// 47 buyers take four each, two shops 60 and 50: 298, and all pay.
		for range 45 {
			w.reserve(t, product, 4)
		}
		for _, pieces := range []int{4, 4, 60, 50} {
			v := w.visitor(t)
			p, err := v.post("/checkout", w.fill(v.put(product, pieces)))
			require.NoError(t, err)
			b := w.bought(t, p)
			price, lasts := money.Rupiah(55_000), 24*time.Hour
			if pieces >= 50 {
				price = 47_500
			}
			if pieces == 50 { // which leaves two, less than a tenth
				lasts = time.Hour
			}
			require.Equal(t, price*money.Rupiah(pieces), b.Total)
			require.Equal(t, lasts, b.PayUntil.Sub(b.CreatedAt))
		}
		require.EqualValues(t, 298, taken())
		w.payAll(t, 49)

		// Two press "pesan 2" together; a third has filled in the form and waits.
		pair, third := []*visitor{w.visitor(t), w.visitor(t)}, w.visitor(t)
		forms := []url.Values{w.fill(pair[0].put(product, 2)), w.fill(pair[1].put(product, 2))}
		late := w.fill(third.put(product, 2))
		answers := make([]page, 2)
		var wg sync.WaitGroup
		for i, v := range pair {
			wg.Go(func() {
				var err error
				if answers[i], err = v.post("/checkout", forms[i]); err != nil {
					t.Errorf("checkout: %v", err)
				}
			})
		}
		wg.Wait()
		won := 0
		if answers[0].status == http.StatusConflict {
			won = 1
		}
		require.Equal(t, http.StatusConflict, answers[1-won].status, answers[1-won].body)
		require.Contains(t, answers[1-won].body, "sudah habis")
		unpaid, sri := w.bought(t, answers[won]), pair[1-won]
		require.Equal(t, time.Hour, unpaid.PayUntil.Sub(unpaid.CreatedAt))
		require.EqualValues(t, 300, taken())

		// The other waits.
		items, err := w.catalog.Sellables(ctx, []int64{product})
		require.NoError(t, err)
		p, err = sri.get("/produk/" + items[product].Slug)
		require.NoError(t, err)
		wait := p.Find(`a[href^="/antrean?produk="]`).First().AttrOr("href", "")
		require.NotEmpty(t, wait, p.body)
		p, err = sri.get(wait)
		require.NoError(t, err)
		form = p.fields(`form[action="/antrean"]`)
		form.Set("jumlah", "2")
		form.Set("nama", "Bu Sri")
		form.Set("hp", "0812 0000 0088")
		p, err = sri.post("/antrean", form)
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
		place := p.location
		p, err = sri.get(place)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p.status)
		require.Zero(t, p.Find(fmt.Sprintf("form[action=%q]", place+"/ambil")).Length(), "nothing is free yet")

		// An hour later nobody has paid: the list moves.
		w.simulator(t, "advance", map[string]any{"duration": "61m"})
		w.db.Clock().Advance(61 * time.Minute)
		soon(t, "the unpaid purchase lapses", func() bool {
			if err := w.payments.Reconcile(ctx); err != nil {
				t.Errorf("poll: %v", err)
			}
			return w.see(t, unpaid.Token).State == checkout.Lapsed
		})
		require.EqualValues(t, 300, taken(), "held for who waits, for nobody else")
		p, err = sri.get(place)
		require.NoError(t, err)
		require.Equal(t, 1, p.Find(fmt.Sprintf("form[action=%q]", place+"/ambil")).Length(), p.body)
		p, err = sri.post(place+"/ambil", nil)
		require.NoError(t, err)
		require.Equal(t, "/keranjang", p.location, p.body)
		p, err = sri.get("/checkout")
		require.NoError(t, err)
		hers := w.fill(p)
		for _, press := range []struct {
			by   *visitor
			form url.Values
			into *page
		}{{third, late, &answers[0]}, {sri, hers, &answers[1]}} {
			wg.Go(func() {
				var err error
				if *press.into, err = press.by.post("/checkout", press.form); err != nil {
					t.Errorf("checkout: %v", err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, http.StatusConflict, answers[0].status, answers[0].body)
		last := w.bought(t, answers[1])
		require.EqualValues(t, 110_000, last.Total)
		require.EqualValues(t, 300, taken(), "taken over, not taken twice")
		require.EqualValues(t, 300, w.count(t, "SELECT sum(amount) FROM promises WHERE state <> 'released'"))
		require.EqualValues(t, 1, w.count(t, "SELECT count(*) FROM waiting_entries WHERE state = ?", string(catalog.EntryTaken)))
		w.payAll(t, 50)

		const sales = 190*55_000 + 2_850_000 + 2_375_000
		require.EqualValues(t, 15_675_000, sales)
		require.EqualValues(t, sales, w.count(t, "SELECT sum(total) FROM orders WHERE state = ?", string(order.ToDo)))
		var held money.Rupiah
		var orders []int64
		require.NoError(t, w.db.Read(ctx).Raw("SELECT id FROM orders").Scan(&orders).Error)
		for _, o := range orders {
			held += w.balance(t, ledger.Held, o)
		}
		require.EqualValues(t, sales, held, "held for the kitchen, to the rupiah")
		w.clean(t)
	})
}
