package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

// Fifty jars, five hundred buyers, all through the checkout page; on the embedded
// database, which writes one after the other, a smaller crowd.
func TestFiveHundredBuyersForFiftyJars(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		buyers, jars := 500, 50
		if w.db.Dialect() == database.SQLite {
			buyers, jars = 100, 10
		}
		product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, int64(jars))
		transport := &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64}
		defer transport.CloseIdleConnections()
		guests, forms, answers := make([]*guest, buyers), make([]url.Values, buyers), make([]handed, buyers)
		crowd := func(hands int, do func(i int) error) {
			var next atomic.Int64
			var wg sync.WaitGroup
			for range hands {
				wg.Go(func() {
					for i := int(next.Add(1)) - 1; i < buyers; i = int(next.Add(1)) - 1 {
						if err := do(i); err != nil {
							t.Errorf("buyer %d: %v", i, err)
						}
					}
				})
			}
			wg.Wait()
		}
		crowd(4, func(i int) (err error) {
			guests[i] = newGuest(w.url, "", transport)
			forms[i], err = guests[i].fills(map[int64]int64{w.shop: product}, 1, "pickup")
			return err
		})
		require.False(t, t.Failed(), "everybody has the jar in the cart and the form before them")
		crowd(buyers, func(i int) (err error) {
			answers[i], err = guests[i].ask("/checkout", forms[i])
			return err
		})
		sold := 0
		for i, p := range answers {
			switch p.status {
			case http.StatusSeeOther:
				sold++
			case http.StatusConflict:
				require.Contains(t, p.body, "sudah habis", "the buyer is told")
				require.Contains(t, p.body, `value="Pembeli Uji"`, "nothing typed is lost")
			default:
				t.Errorf("buyer %d: status %d: %.300s", i, p.status, p.body)
			}
		}
		require.Equal(t, jars, sold)
		require.EqualValues(t, jars, w.count(t, "SELECT sum(taken) FROM allotments"))
		require.EqualValues(t, jars, w.count(t, "SELECT count(*) FROM payments"), "who gets none gets no invoice")
		w.clean(t)
	})
}

// The control beside the race above: the same crowd, but the shop reads the
// stock first and writes it afterwards. On PostgreSQL it must sell too much;
// if it does not, the race above proves nothing.
func TestReadingFirstAndWritingAfterwardsOversells(t *testing.T) {
	db := dbtest.PostgresDB(t)
	ctx := t.Context()
	require.NoError(t, db.SQL().PingContext(ctx))
	_, err := db.SQL().ExecContext(ctx, "CREATE TABLE naive (stock BIGINT NOT NULL)")
	require.NoError(t, err)
	_, err = db.SQL().ExecContext(ctx, "INSERT INTO naive VALUES (50)")
	require.NoError(t, err)
	var mu sync.Mutex
	sold := 0
	var wg sync.WaitGroup
	for range 500 {
		wg.Go(func() {
			bought := false
			err := database.InTx(context.Background(), db, func(tx *gorm.DB) error {
				var stock int64
				if err := tx.Raw("SELECT stock FROM naive").Scan(&stock).Error; err != nil || stock < 1 {
					return err
				}
				if err := tx.Exec("SELECT pg_sleep(0.005)").Error; err != nil { // the shop thinks
					return err
				}
				bought = true
				return tx.Exec("UPDATE naive SET stock = ?", stock-1).Error
			})
			if err == nil && bought {
				mu.Lock()
				sold++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	require.Greater(t, sold, 50, "the naive shop did not oversell: the crowd is too small to prove anything")
}

func TestPayPressedTwiceAndOneFormInTwoTabs(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 10)
		v := w.visitor(t)
		_, err := v.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"2"}})
		require.NoError(t, err)
		first, err := v.get("/checkout")
		require.NoError(t, err)
		second, err := v.get("/checkout") // another tab of the same cart
		require.NoError(t, err)
		require.NotEqual(t, first.fields("form").Get("form_key"), second.fields("form").Get("form_key"))

		var wg sync.WaitGroup
		for range 10 {
			for _, tab := range []page{first, second} {
				wg.Go(func() {
					p, err := v.post("/checkout", w.fill(tab))
					if err != nil || p.status != http.StatusSeeOther {
						t.Errorf("status %d %v %.200s", p.status, err, p.body)
					}
				})
			}
		}
		wg.Wait()
		for table, want := range map[string]int64{"purchases": 1, "orders": 1, "payments": 1, "promises": 1} {
			var n int64
			require.NoError(t, w.db.Read(t.Context()).Raw("SELECT count(*) FROM "+table).Scan(&n).Error)
			require.Equal(t, want, n, table)
		}
		w.clean(t)
	})
}

func TestQuantitiesThatAreNone(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 10)
	v := w.visitor(t)
	for typed, sentence := range map[string]string{
		"-1": "tidak boleh kurang dari nol", "1.5": "bilangan bulat", "1,5": "bilangan bulat", "1000000000": "Paling banyak", "NaN": "dengan angka",
		"": "Isi dulu", "11": "Hanya 10", "99999999999999999999": "Paling banyak",
	} {
		p, err := v.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {typed}})
		require.NoError(t, err)
		require.Equal(t, http.StatusUnprocessableEntity, p.status, typed)
		require.Contains(t, p.body, sentence, typed)
	}
	p, err := v.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"2"}})
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, p.status)
	p, err = v.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"1.5"}})
	require.NoError(t, err)
	require.Equal(t, "1.5", p.Find("input[name=jumlah]").First().AttrOr("value", ""), "what was typed stays")
	p, err = v.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"0"}})
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, p.status)
	p, err = v.get("/keranjang")
	require.NoError(t, err)
	require.Contains(t, p.body, "kosong")
}

func TestTheBuyerIsShownWhatChangedAndDecides(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		product := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 10)
		v := w.visitor(t)
		_, err := v.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"3"}})
		require.NoError(t, err)
		form, err := v.get("/checkout")
		require.NoError(t, err)
		require.NoError(t, w.catalog.SetPrice(t.Context(), w.maker, product, 58_000))

		p, err := v.post("/checkout", w.fill(form))
		require.NoError(t, err)
		require.Equal(t, http.StatusConflict, p.status)
		require.Contains(t, p.body, "Rp55.000")
		require.Contains(t, p.body, "Rp58.000")
		var n int64
		require.NoError(t, w.db.Read(t.Context()).Raw("SELECT count(*) FROM purchases").Scan(&n).Error)
		require.Zero(t, n)

		cart, err := v.get("/keranjang")
		require.NoError(t, err)
		accept := cart.fields(`form[action="/keranjang/terima"]`)
		require.NotEmpty(t, accept.Get("versi"))
		p, err = v.post("/keranjang/terima", accept)
		require.NoError(t, err)
		require.Equal(t, "/keranjang", p.location)
		form, err = v.get("/checkout")
		require.NoError(t, err)
		p, err = v.post("/checkout", w.fill(form))
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
		require.True(t, strings.HasPrefix(p.location, w.gateway), "to the gateway's page: %s", p.location)

		require.NoError(t, w.catalog.Pause(t.Context(), w.maker, product))
		other := w.visitor(t)
		p, err = other.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"1"}})
		require.NoError(t, err)
		require.Equal(t, http.StatusUnprocessableEntity, p.status)
		require.Contains(t, p.body, "sedang tidak dijual")
		w.clean(t)
	})
}
