package finance_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// gateway answers payouts as told; every other call is a fault of the test.
type gateway struct {
	payment.Gateway
	status payment.PayoutStatus
	err    error
	last   payment.GatewayPayout
	calls  int
}

func (g *gateway) CreatePayout(_ context.Context, r payment.PayoutRequest) (payment.GatewayPayout, error) {
	g.calls++
	g.last = payment.GatewayPayout{ID: "disb-" + r.Key, Reference: r.Reference, Status: g.status, Amount: r.Amount, Currency: "IDR"}
	return g.last, g.err
}

func (g *gateway) Payout(context.Context, string) (payment.GatewayPayout, error) {
	got := g.last
	got.Status = g.status
	return got, nil
}

// The same story through the real package payment: its outcomes reach finance
// once, an unknown one is shown as unknown, and a reversal days later brings the
// money back.
func TestWithdrawal_through_payment(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		queue, err := jobs.NewQueue(db)
		require.NoError(t, err)
		keys := id.NewKeys("kunci uji")
		g := &gateway{status: payment.PayoutPending, err: payment.ErrUnknown}
		pay := payment.NewService(db, queue, keys, g, []string{"token"})
		w.finance = finance.NewService(db, finance.Parts{
			Keys: keys, Books: w.books, Payouts: pay, Shops: catalog.NewService(db, keys, nil), People: w.accounts, Orders: w.orders, Messages: w.messages,
		})
		pay.RegisterPayouts(finance.KindWithdrawal, w.finance)
		w.ready(w.maker, w.shop, 100_000)
		asked := w.request(w.maker, w.shop, 60_000, "a")
		approved, err := w.finance.Approve(ctx, w.rina, asked.ID)
		require.NoError(t, err)

		require.Error(t, pay.SendPayout(ctx, approved.PayoutID), "the gateway does not answer")
		got, err := w.finance.Withdrawal(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Paying, got.State)
		require.Equal(t, payment.PayoutUnknown, got.Progress)
		require.Equal(t, money.Rupiah(60_000), w.transit())

		g.err, g.status = nil, payment.PayoutSucceeded
		db.Clock().Advance(time.Hour) // the lease of the first try is over
		require.NoError(t, pay.SendPayout(ctx, approved.PayoutID))
		got, err = w.finance.Withdrawal(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Paid, got.State)
		require.Zero(t, w.transit())
		require.NoError(t, pay.SendPayout(ctx, approved.PayoutID))
		require.Equal(t, 2, g.calls, "what is done is not sent again")

		g.status = payment.PayoutReversed
		db.Clock().Advance(24 * time.Hour)
		require.NoError(t, pay.Reconcile(ctx))
		got, err = w.finance.Withdrawal(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Reversed, got.State)
		require.Equal(t, money.Rupiah(100_000), w.free(w.shop))
		w.clean()
	})
}
