package payment_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
)

func feeOf(p payment.Payment) payment.ChargeOf {
	return payment.ChargeOf{Kind: payment.ChargePayment, ID: p.ID}
}

// settled makes a payment by QRIS, whose money is there an hour later.
func (w *world) settled() payment.Payment {
	w.t.Helper()
	p := w.paid(39_999, "QRIS")
	w.advance(2 * time.Hour)
	w.reconcile()
	require.Equal(w.t, payment.Settled, w.payment(p.ID).State)
	return w.payment(p.ID)
}

func TestFee_IsToldOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		early := w.paid(50_000, "QRIS")
		known, err := w.svc.BookFee(w.ctx, feeOf(early))
		require.NoError(t, err)
		require.True(t, known, "nothing to ask before it settles")
		require.Nil(t, w.payment(early.ID).Fee)

		p := w.settled()
		require.Nil(t, p.Fee)
		unknown, err := w.svc.FeesUnknown(w.ctx)
		require.NoError(t, err)
		require.EqualValues(t, 2, unknown, "both settled")

		// Books that are closed take nothing, and the row does not say otherwise.
		w.told.refuse = 1
		_, err = w.svc.BookFee(w.ctx, feeOf(p))
		require.ErrorIs(t, err, errBooks)
		require.Nil(t, w.payment(p.ID).Fee)

		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if known, err := w.svc.BookFee(w.ctx, feeOf(p)); err != nil || !known {
					t.Errorf("%v %v", known, err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 279, *w.payment(p.ID).Fee)
		require.Equal(t, []string{"paid", "paid", "settled", "settled", "fee 279 of payment"}, w.told.heard())
		require.Equal(t, feeOf(p), w.told.fee)
		require.Equal(t, p.Purpose(), w.told.feeFor)

		// A payout that comes back has cost its fee all the same.
		o := w.sent(withdrawal("w", "654321"))
		w.callbacks(1)
		w.advance(2 * time.Hour)
		w.reconcile()
		require.Equal(t, payment.PayoutStateReversed, w.payout(o.ID).State)
		known, err = w.svc.BookFee(w.ctx, payment.ChargeOf{Kind: payment.ChargePayout, ID: o.ID})
		require.NoError(t, err)
		require.True(t, known)
		require.EqualValues(t, 2_775, *w.payout(o.ID).Fee)
		w.proven()
	})
}

func TestFee_FreeIsKnownAndNotTold(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.Fees = false })
		p := w.settled()
		known, err := w.svc.BookFee(w.ctx, feeOf(p))
		require.NoError(t, err)
		require.True(t, known)
		require.Zero(t, *w.payment(p.ID).Fee)
		require.Equal(t, []string{"paid", "settled"}, w.told.heard())
	})
}

func TestFee_WaitsForAGatewayThatIsSilent(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.SettleAfterMS = 0 })
		w.fault("find_transactions", "500", false, 2)
		workers := jobs.NewWorkers()
		w.svc.Work(workers)
		runner, err := jobs.NewRunner(db, workers, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.NoError(t, runner.Start(w.ctx))
		defer func() {
			ctx, cancel := context.WithTimeout(w.ctx, 3*time.Minute)
			defer cancel()
			require.NoError(t, runner.Stop(ctx))
		}()
		p := w.open(50_000)
		require.NoError(t, w.sim.Pay(p.Reference, "BNI", 0))
		w.eventually("settled", func() bool { return w.payment(p.ID).State == payment.Settled })
		_, err = w.svc.BookFee(w.ctx, feeOf(p))
		if err != nil {
			require.True(t, errors.Is(err, payment.ErrRetry), "%v", err)
		}
		w.eventually("the fee", func() bool { return w.payment(p.ID).Fee != nil })
		require.EqualValues(t, 4_440, *w.payment(p.ID).Fee)
	})
}
