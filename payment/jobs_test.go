package payment_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/payment"
)

// eventually waits for a condition that jobs bring about.
func (w *world) eventually(what string, done func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for !done() {
		if time.Now().After(deadline) {
			w.t.Fatalf("never happened: %s; heard %v", what, w.told.heard())
		}
		time.Sleep(20 * time.Millisecond) // polling with a deadline
	}
}

// Nobody calls anything but the exported beginnings: the jobs do the rest.
func TestJobs(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		workers := jobs.NewWorkers()
		w.svc.Work(workers)
		runner, err := jobs.NewRunner(db, workers, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.NoError(t, runner.Start(w.ctx))
		defer func() {
			ctx, cancel := context.WithTimeout(w.ctx, 3*time.Minute)
			defer cancel()
			require.NoError(t, runner.Stop(ctx))
			w.proven()
		}()
		state := func(p payment.Payment, want payment.State) func() bool {
			return func() bool { return w.payment(p.ID).State == want }
		}

		w.fault("create_invoice", "500", true, 1) // and yet one invoice
		p := w.start(50_000)
		w.eventually("the invoice", state(p, payment.Open))
		require.Len(t, w.sim.State().Invoices, 1)
		require.NoError(t, w.sim.Pay(p.Reference, "DANA", 0))
		w.eventually("the payment", state(p, payment.Paid))

		_, err = w.refund(w.payment(p.ID), 10_000, "r")
		require.NoError(t, err)
		w.eventually("the refund", func() bool { return w.refundRow(p, 0).State == payment.RefundDone })

		o, err := w.payOut(withdrawal("w", "1234567890"))
		require.NoError(t, err)
		w.eventually("the payout", func() bool { return w.payout(o.ID).State == payment.PayoutStateSucceeded })

		w.eventually("its fee", func() bool { return w.payout(o.ID).Fee != nil })
		require.EqualValues(t, 2_775, *w.payout(o.ID).Fee)

		q := w.start(60_000)
		w.eventually("the invoice", state(q, payment.Open))
		w.cancel(q)
		w.eventually("the cancellation", state(q, payment.Cancelled))

		// An invoice that turns up after everything was let go is closed.
		stray, err := w.gateway.CreateInvoice(w.ctx, payment.InvoiceRequest{Reference: q.Reference, Amount: 60_000, Duration: time.Hour * 100})
		require.NoError(t, err)
		w.advance(2 * time.Hour)
		w.reconcile()
		w.eventually("the stray invoice is closed", func() bool {
			inv, err := w.gateway.Invoice(w.ctx, stray.ID)
			return err == nil && inv.Status == payment.InvoiceExpired
		})
		require.NotContains(t, w.told.heard(), "payout failed")
	})
}
