package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
)

// Everything that can learn of a payment learns of it at the same moment: fifty
// identical callbacks for one purchase, and for each of the others two callbacks,
// the buyer coming back in two tabs, and two pollers. Each is captured once, told
// once, and nothing is given back (peer incidents 8 and 9). payment races a
// thousand of them without HTTP in TestAThousandLearntFromAllSidesAtOnce.
func TestCallbackReturnAndPollerAtOnce(t *testing.T) {
	t.Parallel()
	const purchases = 24
	w := start(t, dbtest.PostgresAddress(t))
	w.simulator(t, "settings", map[string]any{"callback_drop": -1, "settle_after_ms": 3_600_000})
	jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 10*purchases)
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	defer transport.CloseIdleConnections()
	invoices := make([]string, purchases)
	var wg sync.WaitGroup
	for hand := range 4 {
		wg.Go(func() {
			for i := hand; i < purchases; i += 4 {
				_, address, err := newGuest(w.url, "", transport).buys(w.gateway, map[int64]int64{w.shop: jar})
				if err != nil {
					t.Errorf("purchase %d: %v", i, err)
					return
				}
				invoices[i] = path.Base(address)
			}
		})
	}
	wg.Wait()
	require.False(t, t.Failed())
	type row struct {
		GatewayID, Reference, ReturnURL string
		Amount                          int64
	}
	var rows []row
	require.NoError(t, w.db.Read(t.Context()).Raw("SELECT gateway_id, reference, return_url, amount FROM payments ORDER BY id").Scan(&rows).Error)
	require.Len(t, rows, purchases)
	for _, invoice := range invoices {
		w.simulator(t, "invoices/"+invoice+"/pay", map[string]any{"channel": "DANA"})
	}
	w.db.Clock().Advance(5 * time.Minute) // the pollers' turn, and longer than a page believes its record

	begin := make(chan struct{})
	var accepted atomic.Int64
	tell := func(r row) {
		wg.Go(func() {
			<-begin
			status, err := w.callback(testToken, map[string]any{
				"id": r.GatewayID, "external_id": r.Reference, "status": "PAID", "currency": "IDR",
				"amount": r.Amount, "paid_amount": r.Amount, "payment_method": "EWALLET", "payment_channel": "DANA",
			})
			if err != nil || status != http.StatusOK {
				t.Errorf("callback answered %d %v", status, err)
				return
			}
			accepted.Add(1)
		})
	}
	for range 50 {
		tell(rows[0])
	}
	for _, r := range rows[1:] {
		tell(r)
		tell(r)
		for range 2 {
			wg.Go(func() {
				<-begin
				p, err := newGuest(w.url, "", transport).ask("/pembayaran/"+path.Base(r.ReturnURL), nil)
				if err != nil || p.status != http.StatusOK {
					t.Errorf("the payment page answered %d %v", p.status, err)
				}
			})
		}
	}
	for range 2 {
		wg.Go(func() {
			<-begin
			if err := w.payments.Reconcile(context.Background()); err != nil {
				t.Errorf("poll: %v", err)
			}
		})
	}
	close(begin)
	wg.Wait()
	require.EqualValues(t, 50+2*(purchases-1), accepted.Load())
	soon(t, "every callback is handled", func() bool { return w.count(t, "SELECT count(*) FROM callbacks WHERE state = 'new'") == 0 })
	for _, r := range rows {
		soon(t, "paid", func() bool { return w.see(t, path.Base(r.ReturnURL)).State == checkout.Paid })
	}
	require.EqualValues(t, 50, w.count(t, "SELECT times FROM callbacks WHERE reference = ?", rows[0].Reference))
	for query, want := range map[string]int64{
		"SELECT count(*) FROM callbacks":                                 purchases,
		"SELECT count(*) FROM journal_entries WHERE kind = 'paid'":       purchases,
		"SELECT count(*) FROM messages WHERE kind = 'purchase_paid'":     purchases,
		"SELECT count(*) FROM payments WHERE state = 'paid'":             purchases,
		"SELECT count(*) FROM payments":                                  purchases,
		"SELECT count(*) FROM refunds":                                   0,
		"SELECT count(*) FROM payments WHERE problem <> '' OR surplus":   0,
		"SELECT CAST(sum(taken) AS BIGINT) FROM allotments":              2 * purchases,
		"SELECT count(*) FROM promises WHERE state = 'kept'":             purchases,
		"SELECT count(*) FROM orders WHERE state = 'to_do'":              purchases,
		"SELECT CAST(sum(paid_amount - amount) AS BIGINT) FROM payments": 0,
	} {
		require.Equal(t, want, w.count(t, query), query)
	}
	require.Equal(t, money.Rupiah(w.count(t, "SELECT CAST(sum(amount) AS BIGINT) FROM payments")), w.balance(t, ledger.Gateway, 0))
	require.Zero(t, w.balance(t, ledger.Suspense, 0))
	w.clean(t)
}

// The maker takes out everything, on two phones at once and with a finger that
// trembles: one withdrawal, and finance, pressing as often, sends it once.
func TestTwoWithdrawalsOfOneBalance(t *testing.T) {
	t.Parallel()
	w := start(t, dbtest.PostgresAddress(t))
	w.simulator(t, "settings", map[string]any{"settle_after_ms": 0})
	w.bank(t, "1234567890123")
	jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 5)
	buyer := w.visitor(t)
	bought := w.buy(t, buyer, map[int64]int{jar: 4}, w.shop)
	w.simulator(t, "invoices/"+bought.Payment.GatewayID+"/pay", map[string]any{"channel": "DANA"})
	soon(t, "paid", func() bool { return w.see(t, bought.Token).State == checkout.Paid })
	w.ship(t, bought.Orders[0].ID)
	w.confirm(t, buyer, bought.Orders[0])
	soon(t, "settled", func() bool {
		w.db.Clock().Advance(time.Minute)
		return w.balance(t, ledger.ShopPayable, w.shop) == bought.Total
	})

	phones := []*visitor{w.visitor(t), w.visitor(t)}
	forms := make([]url.Values, len(phones))
	for i, v := range phones {
		w.enter(t, v, w.maker.UserID)
		p, err := v.post("/toko-saya/uang/tarik", url.Values{"shop": {fmt.Sprint(w.shop)}, "form_key": {fmt.Sprintf("telepon-%d", i)}, "amount": {fmt.Sprint(int64(bought.Total))}})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p.status, p.body)
		forms[i] = p.fields(`form[action="/toko-saya/uang/tarik/ya"]`)
		require.NotEmpty(t, forms[i].Get("form_key"))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[int]map[int]int{0: {}, 1: {}}
	begin := make(chan struct{})
	for i, v := range phones {
		for range 6 {
			wg.Go(func() {
				<-begin
				p, err := v.post("/toko-saya/uang/tarik/ya", forms[i])
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				answers[i][p.status]++
			})
		}
	}
	close(begin)
	wg.Wait()
	require.EqualValues(t, 1, w.count(t, "SELECT count(*) FROM withdrawals"), answers)
	winner := 0
	if answers[0][http.StatusSeeOther] == 0 {
		winner = 1
	}
	require.Equal(t, map[int]int{http.StatusSeeOther: 6}, answers[winner], "the same form finds what it made")
	require.Zero(t, answers[1-winner][http.StatusSeeOther], "%v", answers)
	require.Zero(t, answers[1-winner][http.StatusInternalServerError], "%v", answers)

	clerk := w.person(t, "Keuangan Uji", "081200000290", account.RoleFinance, w.officer.AgencyID)
	withdrawal := w.count(t, "SELECT id FROM withdrawals")
	for range 8 {
		wg.Go(func() {
			if _, err := w.app.finance.Approve(context.Background(), clerk, withdrawal); err != nil {
				t.Errorf("approve: %v", err)
			}
		})
	}
	wg.Wait()
	soon(t, "paid out", func() bool { return w.count(t, "SELECT count(*) FROM withdrawals WHERE state = 'paid'") == 1 })
	var truth gatewayState
	w.truth(t, &truth)
	require.Len(t, truth.Payouts, 1)
	require.Zero(t, w.balance(t, ledger.ShopPayable, w.shop))
	w.clean(t)
}
