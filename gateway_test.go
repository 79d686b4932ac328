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
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
)

// order sends a filled cart through checkout by pick-up and returns the answer.
func (w *world) order(t *testing.T, v *visitor, product int64) (page, time.Duration) {
	t.Helper()
	p, err := v.post("/keranjang", url.Values{"produk": {fmt.Sprint(product)}, "jumlah": {"1"}})
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, p.status, p.body)
	p, err = v.get("/checkout")
	require.NoError(t, err)
	form := w.fill(p)
	began := time.Now()
	p, err = v.post("/checkout", form)
	require.NoError(t, err)
	return p, time.Since(began)
}

// Whatever the gateway does while the invoice is made, all at the same moment: the
// buyer is answered within its time, the order is kept and waits, browsing goes on;
// later there is one invoice for each order, which can be paid.
func TestTheBuyerIsAnsweredWhateverTheGatewayDoes(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		w.simulator(t, "settings", map[string]any{"settle_after_ms": 0, "faults": []any{}})
		jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
		faults := []map[string]any{
			{"kind": "timeout", "commit": true}, {"kind": "timeout"}, {"kind": "500", "commit": true}, {"kind": "500"}, {"kind": "429"},
			{"kind": "drip"}, {"kind": "delay"}, {"kind": "hangup", "commit": true}, {"kind": "html200"}, {"kind": "truncated"},
		}
		for _, f := range faults {
			f["on"] = "create_invoice"
			w.simulator(t, "faults", f)
		}
		tokens := make([]string, len(faults))
		var wg sync.WaitGroup
		for i := range faults {
			wg.Go(func() {
				v := w.visitor(t)
				p, took := w.order(t, v, jar)
				if p.status != http.StatusSeeOther || !strings.HasPrefix(p.location, "/pembayaran/") {
					t.Errorf("buyer %d: %d to %s: %.300s", i, p.status, p.location, p.body)
					return
				}
				// 8 seconds for the gateway, and some for a busy computer; the gateway is
				// silent for thirty.
				if took > 25*time.Second {
					t.Errorf("buyer %d waited %s", i, took)
				}
				tokens[i] = path.Base(p.location)
				p, err := v.get(p.location)
				if err != nil || p.status != http.StatusOK {
					t.Errorf("buyer %d: payment page %d %v", i, p.status, err)
					return
				}
				said := p.Find("title, main").Text() // tokens in addresses may hold any letters
				if !strings.Contains(said, "Rp") {
					t.Errorf("buyer %d reads %q", i, said)
				}
				for _, over := range []string{text.T("buyer.payment.expired"), text.T("buyer.payment.cancelled"), "agal"} {
					if strings.Contains(said, over) { // nobody knows yet
						t.Errorf("buyer %d reads %q while nothing is known", i, over)
					}
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		p, err := w.visitor(t).get("/produk")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p.status)
		require.EqualValues(t, len(faults), w.count(t, "SELECT sum(taken) FROM allotments"), "what was ordered is held")

		soon(t, "every order has its invoice", func() bool {
			w.db.Clock().Advance(5 * time.Second)
			return w.count(t, "SELECT count(*) FROM payments WHERE state = 'open'") == int64(len(faults))
		})
		var truth gatewayState
		w.truth(t, &truth)
		seen := map[string]int{}
		for _, v := range truth.Invoices {
			seen[v.Reference]++
			require.Equal(t, 1, seen[v.Reference], "a second invoice of %s", v.Reference)
		}
		require.Len(t, seen, len(faults))
		for _, token := range tokens {
			w.simulator(t, "invoices/"+w.see(t, token).Payment.GatewayID+"/pay", map[string]any{"channel": "DANA"})
		}
		for _, token := range tokens {
			soon(t, "paid", func() bool { return w.see(t, token).State == checkout.Paid })
		}
		soon(t, "settled, and every fee known", func() bool {
			w.db.Clock().Advance(time.Second)
			n, err := w.payments.FeesUnknown(t.Context())
			return err == nil && n == 0 && w.count(t, "SELECT count(*) FROM payments WHERE state <> 'settled'") == 0
		})
		w.clean(t)
	})
}

// The gateway is away for a while: people look around, put things into carts and
// order; the orders wait and get their invoice when it is back.
func TestTheGatewayIsAway(t *testing.T) {
	t.Parallel()
	w := start(t, dbtest.SQLiteAddress(t))
	jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 20)
	w.simulator(t, "faults", map[string]any{"on": "any", "kind": "500", "times": 10_000})
	var tokens []string
	for range 12 { // more than the breaker takes
		p, _ := w.order(t, w.visitor(t), jar)
		require.Equal(t, http.StatusSeeOther, p.status, p.body)
		require.True(t, strings.HasPrefix(p.location, "/pembayaran/"), p.location)
		tokens = append(tokens, path.Base(p.location))
		p, err := w.visitor(t).get("/produk")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p.status)
	}
	w.simulator(t, "settings", map[string]any{"faults": []any{}})
	soon(t, "every order has its invoice", func() bool {
		w.db.Clock().Advance(2 * time.Second)
		for _, token := range tokens {
			if w.see(t, token).Payment.State != payment.Open {
				return false
			}
		}
		return true
	})
	var truth gatewayState
	w.truth(t, &truth)
	require.Len(t, truth.Invoices, len(tokens))
	w.clean(t)
}
