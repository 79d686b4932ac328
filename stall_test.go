package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/badline"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
)

// The gateway takes an invoice, a reading, a payout and a refund and is silent,
// each time until the test lets it speak. Meanwhile others buy, from the cart to
// the gateway's page, and no transaction of ours stays open: on the embedded
// database there is one writer, so nobody could buy; PostgreSQL is asked. Whatever
// becomes of the silent call, it has one effect in the end (peer incident 5).
func TestNoTransactionIsOpenWhileTheGatewayIsSilent(t *testing.T) {
	t.Parallel()
	each := func(t *testing.T, address string) {
		var line *badline.Line
		w := start(t, address, func(s *config.Settings) {
			var err error
			line, err = badline.Open(strings.TrimPrefix(s.XenditBaseURL, "http://"))
			require.NoError(t, err)
			t.Cleanup(func() { _ = line.Close() })
			s.XenditBaseURL = line.URL()
		})
		w.gateway = line.URL()
		w.simulator(t, "settings", map[string]any{"settle_after_ms": 0, "payout_after_ms": 0, "refund_after_ms": 0})
		w.seesOpenTransactions(t)
		w.bank(t, "1234567890123")
		jar := w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 50)
		transport := &http.Transport{MaxIdleConnsPerHost: 8}
		t.Cleanup(transport.CloseIdleConnections)
		pay := func(invoice string) { w.simulator(t, "invoices/"+invoice+"/pay", map[string]any{"channel": "DANA"}) }

		// An order that is paid, finished and settled, for the payout; and one that
		// is paid, for the refund.
		buyer := w.visitor(t)
		earned := w.buy(t, buyer, map[int64]int{jar: 2}, w.shop)
		pay(earned.Payment.GatewayID)
		refused := w.buy(t, w.visitor(t), map[int64]int{jar: 2}, w.shop)
		pay(refused.Payment.GatewayID)
		soon(t, "paid", func() bool {
			return w.see(t, earned.Token).State == checkout.Paid && w.see(t, refused.Token).State == checkout.Paid
		})
		w.ship(t, earned.Orders[0].ID)
		w.confirm(t, buyer, earned.Orders[0])
		soon(t, "settled", func() bool { return w.balance(t, ledger.ShopPayable, w.shop) == earned.Total })
		asked, err := w.app.finance.RequestWithdrawal(t.Context(), w.maker, w.shop, earned.Total, id.Token())
		require.NoError(t, err)
		clerk := w.person(t, "Keuangan Uji", "081200000290", account.RoleFinance, w.officer.AgencyID)
		read := w.buy(t, w.visitor(t), map[int64]int{jar: 1}, w.shop)

		sent := make(chan handed, 1)
		slow := newGuest(w.url, "", transport)
		form, err := slow.fills(map[int64]int64{w.shop: jar}, 1, "pickup")
		require.NoError(t, err)
		for _, c := range []struct {
			begins string
			call   func()
		}{
			{"POST /v2/invoices", func() {
				go func() {
					answer, err := slow.ask("/checkout", form)
					if err != nil {
						t.Errorf("the buyer who waits: %v", err)
					}
					sent <- answer
				}()
			}},
			{"GET /v2/invoices", func() { pay(read.Payment.GatewayID) }},
			{"POST /v2/payouts", func() {
				_, err := w.app.finance.Approve(t.Context(), clerk, asked.ID)
				require.NoError(t, err)
			}},
			{"POST /refunds", func() {
				_, err := w.orders.Move(t.Context(), w.maker, refused.Orders[0].ID, order.RefusePart,
					order.MoveInput{Reason: "toples pecah", Lines: map[int64]int64{refused.Orders[0].Lines[0].ID: 1}, FormKey: id.Token()})
				require.NoError(t, err)
			}},
		} {
			gate := line.Hold(c.begins)
			c.call()
			select {
			case <-gate.Held():
			case <-t.Context().Done():
				t.Fatalf("%s was never called", c.begins)
			}
			before := w.openTransactions(t)
			for range 3 {
				_, _, err := newGuest(w.url, "", transport).buys(w.gateway, map[int64]int64{w.shop: jar})
				require.NoError(t, err, "%s is silent", c.begins)
			}
			for transaction := range w.openTransactions(t) {
				require.NotContains(t, before, transaction, "%s is silent", c.begins)
			}
			gate.Open()
		}
		answer := <-sent
		require.Equal(t, http.StatusSeeOther, answer.status, answer.body)
		soon(t, "everything came to its one end", func() bool {
			return w.see(t, read.Token).State == checkout.Paid &&
				w.count(t, "SELECT count(*) FROM withdrawals WHERE state = 'paid'") == 1 &&
				w.count(t, "SELECT count(*) FROM refunds WHERE state = 'succeeded'") == 1 &&
				w.count(t, "SELECT count(*) FROM payments WHERE state IN ('created', 'unknown')") == 0
		})
		var truth gatewayState
		w.truth(t, &truth)
		require.Len(t, truth.Payouts, 1)
		require.Len(t, truth.Refunds, 1)
		require.EqualValues(t, w.count(t, "SELECT count(*) FROM payments"), len(truth.Invoices))
		soon(t, "every fee is known", func() bool {
			n, err := w.payments.FeesUnknown(context.Background())
			return err == nil && n == 0
		})
		w.clean(t)
	}
	t.Run(database.SQLite, func(t *testing.T) { each(t, dbtest.SQLiteAddress(t)) })
	t.Run(database.Postgres, func(t *testing.T) { each(t, dbtest.PostgresAddress(t)+"&application_name=silent") })
}

// seesOpenTransactions is the control: a transaction that is open is found.
func (w *world) seesOpenTransactions(t *testing.T) {
	t.Helper()
	if w.db.Dialect() != database.Postgres {
		return
	}
	tx, err := w.db.SQL().BeginTx(t.Context(), nil)
	require.NoError(t, err)
	var since string
	require.NoError(t, tx.QueryRowContext(t.Context(), "SELECT pg_backend_pid() || ' since ' || now()").Scan(&since))
	require.Contains(t, w.openTransactions(t), since)
	require.NoError(t, tx.Rollback())
	require.NotContains(t, w.openTransactions(t), since)
}

// openTransactions are the transactions that wait for the program, on PostgreSQL:
// each by its connection and its beginning.
func (w *world) openTransactions(t *testing.T) map[string]bool {
	t.Helper()
	open := map[string]bool{}
	if w.db.Dialect() != database.Postgres {
		return open
	}
	var rows []string
	err := w.db.Read(t.Context()).Raw(`SELECT pid || ' since ' || xact_start FROM pg_stat_activity
		WHERE application_name = 'silent' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`).Scan(&rows).Error
	require.NoError(t, err)
	for _, row := range rows {
		open[row] = true
	}
	return open
}
