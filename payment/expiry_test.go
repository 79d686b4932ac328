package payment_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
)

// refusing is a gateway that refuses to make invoices.
type refusing struct {
	payment.Gateway
	with payment.Rejected
}

func (r *refusing) CreateInvoice(context.Context, payment.InvoiceRequest) (payment.Invoice, error) {
	return payment.Invoice{}, r.with
}

func quiet(s *xenditsim.Settings) { s.CallbackDrop = -1 }

func TestExpiry(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		p := w.open(50_000)
		w.advance(23*time.Hour + 58*time.Minute)
		w.reconcile()
		require.Equal(t, payment.Open, w.payment(p.ID).State)
		w.advance(3 * time.Minute)

		// Nothing lapses while the gateway cannot confirm that nobody paid.
		w.fault("any", "500", false, 100)
		require.Error(t, w.svc.Reconcile(w.ctx))
		require.Equal(t, payment.Open, w.payment(p.ID).State)
		require.Empty(t, w.told.heard())

		w.settings(func(s *xenditsim.Settings) { s.Faults = nil })
		w.advance(15 * time.Minute)
		w.reconcile()
		require.Equal(t, payment.Expired, w.payment(p.ID).State)
		require.Equal(t, []string{"lapsed"}, w.told.heard())
		for range 5 {
			w.advance(30 * time.Hour)
			w.reconcile()
		}
		require.Nil(t, w.payment(p.ID).NextCheckAt, "the looks end")
		require.Equal(t, []string{"lapsed"}, w.told.heard())
		w.proven()
	})
}

// Our clock says the time is over, the gateway's says not yet: the invoice is
// closed there first.
func TestExpiry_ClosesAtTheGateway(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		p := w.open(50_000)
		w.db.Clock().Advance(24*time.Hour + time.Minute)
		w.reconcile()
		require.Equal(t, payment.Expired, w.payment(p.ID).State)
		require.Equal(t, "EXPIRED", w.sim.State().Invoices[0].Status)
		require.Equal(t, []string{"lapsed"}, w.told.heard())
	})
}

// Paid in the last second, and the callback lost: the closing look finds it.
func TestExpiry_PaidJustBefore(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		p := w.open(50_000)
		w.advance(24*time.Hour - 30*time.Second)
		require.NoError(t, w.sim.Pay(p.Reference, "OVO", 0))
		w.advance(time.Minute)
		w.reconcile()
		got := w.payment(p.ID)
		require.True(t, got.Exact(), "%+v", got)
		require.Equal(t, []string{"paid"}, w.told.heard())
	})
}

// Nothing was ever asked of the gateway, or asked without an answer.
func TestExpiry_WithoutInvoice(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		never, doubtful, made := w.start(50_000), w.start(60_000), w.start(70_000)
		w.fault("create_invoice", "timeout", false, 1)
		_, err := w.svc.Open(w.ctx, doubtful.ID)
		require.Error(t, err)
		w.fault("create_invoice", "timeout", true, 1)
		_, err = w.svc.Open(w.ctx, made.ID)
		require.Error(t, err)
		require.Len(t, w.sim.State().Invoices, 1)
		w.advance(25 * time.Hour)
		w.reconcile()
		for _, p := range []payment.Payment{never, doubtful, made} {
			require.Equal(t, payment.Expired, w.payment(p.ID).State)
		}
		require.Equal(t, []string{"lapsed", "lapsed", "lapsed"}, w.told.heard())
		require.Len(t, w.sim.State().Invoices, 1, "no invoice is made after its time")
		w.proven()
	})
}

// The bank was late: the money came after everything was let go.
func TestLate(t *testing.T) {
	t.Parallel()
	t.Run("with a callback", func(t *testing.T) {
		dbtest.Run(t, func(t *testing.T, db *database.DB) {
			w := newWorld(t, db, nil)
			p := w.open(50_000)
			w.advance(25 * time.Hour)
			w.callbacks(1) // the expiry's
			require.Equal(t, payment.Expired, w.payment(p.ID).State)
			require.NoError(t, w.sim.Pay(p.Reference, "BCA", 0))
			w.callbacks(1)
			got := w.payment(p.ID)
			require.Equal(t, payment.Paid, got.State)
			require.True(t, got.Late)
			require.False(t, got.Exact())
			require.EqualValues(t, 50_000, got.PaidAmount)
			require.Equal(t, []string{"lapsed", "paid"}, w.told.heard())
			require.True(t, w.told.last.Late)
			troubled, err := w.svc.Troubled(w.ctx, 10)
			require.NoError(t, err)
			require.Equal(t, p.ID, troubled[0].ID)
			w.proven()
		})
	})
	for _, after := range []time.Duration{30 * time.Minute, 20 * time.Hour, 60 * time.Hour} {
		t.Run("found "+after.String()+" after the lapse", func(t *testing.T) {
			dbtest.Run(t, func(t *testing.T, db *database.DB) {
				w := newWorld(t, db, quiet)
				p := w.open(50_000)
				w.advance(24*time.Hour + time.Minute)
				w.reconcile()
				require.Equal(t, payment.Expired, w.payment(p.ID).State)
				w.advance(after)
				w.reconcile()
				require.NoError(t, w.sim.Pay(p.Reference, "BCA", 0))
				for range 3 {
					w.advance(24 * time.Hour)
					w.reconcile()
				}
				require.True(t, w.payment(p.ID).Late, "paid %s after the lapse", after)
				require.Contains(t, w.told.heard(), "paid")
			})
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		p := w.open(50_000)
		w.cancel(p)
		require.Equal(t, payment.Open, w.payment(p.ID).State, "nothing is let go before the gateway confirms")
		require.Empty(t, w.told.heard())
		w.reconcile()
		require.Equal(t, payment.Cancelled, w.payment(p.ID).State)
		require.Equal(t, "EXPIRED", w.sim.State().Invoices[0].Status)
		require.Equal(t, []string{"lapsed"}, w.told.heard())
		w.cancel(p) // again: nothing
		w.reconcile()
		require.Equal(t, []string{"lapsed"}, w.told.heard())
	})
	each(t, "the buyer was faster", func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		p := w.open(50_000)
		require.NoError(t, w.sim.Pay(p.Reference, "DANA", 0))
		w.cancel(p)
		w.reconcile()
		require.True(t, w.payment(p.ID).Exact())
		require.Equal(t, []string{"paid"}, w.told.heard())
	})
	each(t, "before any invoice was made", func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		p := w.start(50_000)
		w.cancel(p)
		got, err := w.svc.Open(w.ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, payment.Cancelled, got.State)
		require.Empty(t, w.sim.State().Invoices)
		w.proven()
	})
}

func TestAmountMismatch(t *testing.T) {
	t.Parallel()
	for _, amount := range []int64{49_999, 50_001, 1} {
		each(t, fmt.Sprint(amount), func(t *testing.T, db *database.DB) {
			w := newWorld(t, db, nil)
			p := w.open(50_000)
			require.NoError(t, w.sim.Pay(p.Reference, "BCA", amount))
			w.callbacks(1)
			got := w.payment(p.ID)
			require.Equal(t, payment.Paid, got.State)
			require.EqualValues(t, amount, got.PaidAmount)
			require.False(t, got.Exact())
			require.Equal(t, []string{"paid"}, w.told.heard(), "the settler decides what to do with it")
			require.EqualValues(t, amount, w.told.last.PaidAmount)
			troubled, err := w.svc.Troubled(w.ctx, 10)
			require.NoError(t, err)
			require.Equal(t, p.ID, troubled[0].ID)
			w.proven()
		})
	}
}

// The gateway's own object contradicts what we asked for: another currency or
// reference is never counted, another invoice amount is marked.
func TestGatewayContradictsUs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		problem string
		state   payment.State
		change  func(*payment.Invoice)
	}{
		{"currency", payment.Open, func(i *payment.Invoice) { i.Currency = "USD" }},
		{"identity", payment.Open, func(i *payment.Invoice) { i.Reference = "somebody else's" }},
		{"amount", payment.Paid, func(i *payment.Invoice) { i.Amount++ }},
	} {
		each(t, c.problem, func(t *testing.T, db *database.DB) {
			w := newWorld(t, db, quiet)
			p := w.open(50_000)
			require.NoError(t, w.sim.Pay(p.Reference, "DANA", 0))
			w.svc = w.service(&liar{Gateway: w.gateway, invoice: func(inv payment.Invoice) payment.Invoice {
				c.change(&inv)
				return inv
			}})
			w.advance(5 * time.Minute)
			w.reconcile()
			got := w.payment(p.ID)
			require.Equal(t, c.problem, got.Problem)
			require.Equal(t, c.state, got.State, c.problem)
			require.False(t, got.Exact())
			troubled, err := w.svc.Troubled(w.ctx, 10)
			require.NoError(t, err)
			require.Equal(t, p.ID, troubled[0].ID)
		})
	}
}

// Two invoices of one attempt, both paid: both are recorded, the second as
// surplus; a pending second one is closed.
func TestSurplus(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.open(50_000)
		second, err := w.gateway.CreateInvoice(w.ctx, payment.InvoiceRequest{Reference: p.Reference, Amount: 50_000, Duration: 24 * time.Hour})
		require.NoError(t, err)
		require.NoError(t, w.sim.Pay(p.GatewayID, "DANA", 0))
		require.NoError(t, w.sim.Pay(second.ID, "BNI", 0))
		w.callbacks(2)
		require.ElementsMatch(t, []string{"paid", "paid", "settled"}, w.told.heard())
		list, err := w.svc.PaymentsFor(w.ctx, p.Purpose())
		require.NoError(t, err)
		require.Len(t, list, 2)
		require.True(t, list[0].Exact())
		require.True(t, list[1].Surplus)
		require.False(t, list[1].Exact())
		require.Equal(t, second.ID, list[1].GatewayID)
		w.proven()
	})
	each(t, "not paid", func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		p := w.open(50_000)
		second, err := w.gateway.CreateInvoice(w.ctx, payment.InvoiceRequest{Reference: p.Reference, Amount: 50_000, Duration: 48 * time.Hour})
		require.NoError(t, err)
		w.advance(24*time.Hour + time.Minute)
		w.reconcile()
		require.Equal(t, payment.Expired, w.payment(p.ID).State)
		inv, err := w.gateway.Invoice(w.ctx, second.ID)
		require.NoError(t, err)
		require.Equal(t, payment.InvoiceExpired, inv.Status)
		require.Equal(t, []string{"lapsed"}, w.told.heard())
	})
}

// Money with a reference we never gave reaches somebody who books it.
func TestUnmatchedMoney(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		inv, err := w.gateway.CreateInvoice(w.ctx, payment.InvoiceRequest{Reference: "made-by-hand-in-the-dashboard", Amount: 75_000, Duration: time.Hour})
		require.NoError(t, err)
		require.NoError(t, w.sim.Pay(inv.ID, "BNI", 0))
		w.callbacks(1)
		require.Equal(t, []string{"paid", "settled"}, w.told.heard())
		require.Equal(t, payment.KindUnmatched, w.told.last.PurposeKind)
		require.EqualValues(t, 75_000, w.told.last.PaidAmount)
		require.False(t, w.told.last.Exact())
		held, err := w.svc.Held(w.ctx, 10)
		require.NoError(t, err)
		require.Len(t, held, 1)
		require.Equal(t, held[0].ID, w.told.last.PurposeID)
		w.proven()
	})
}
