package payment_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/payment"
)

// Who gives no account is sent a new link after 7 and 30 days, once each however many
// poll; the link before stops working, and the money stays owed.
func TestRefund_Reminded(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(50_000, "BCA")
		r, err := w.refund(p, 20_000, "order-1")
		require.NoError(t, err)
		first, ok := w.svc.RefundToken(r)
		require.True(t, ok)
		require.NotNil(t, r.LinkSentAt)
		reminders := func() (n int) {
			for _, what := range w.told.heard() {
				if what == "refund reminder" {
					n++
				}
			}
			return n
		}
		w.advance(7*24*time.Hour - time.Hour)
		w.reconcile()
		require.Zero(t, reminders())
		w.advance(time.Hour)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() { _ = w.svc.Reconcile(w.ctx) })
		}
		wg.Wait()
		require.Equal(t, 1, reminders())
		r = w.refundRow(p, 0)
		require.Equal(t, 1, r.Reminded)
		second, ok := w.svc.RefundToken(r)
		require.True(t, ok)
		require.NotEqual(t, first, second)
		bank := payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Sari"}
		_, err = w.svc.GiveAccount(w.ctx, first, bank)
		require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)

		w.advance(23 * 24 * time.Hour)
		w.reconcile()
		w.reconcile()
		require.Equal(t, 2, reminders())
		r = w.refundRow(p, 0)
		require.Nil(t, r.NextCheckAt, "nobody is pestered for ever")
		owed, err := w.svc.Owed(w.ctx, p.PurposeKind)
		require.NoError(t, err)
		require.Equal(t, payment.Owed{Count: 1, Sum: 20_000, Oldest: r.CreatedAt.UTC()}, owed)
		list, err := w.svc.OwedRefunds(w.ctx, p.PurposeKind, 0, 10)
		require.NoError(t, err)
		require.Len(t, list, 1)

		third, ok := w.svc.RefundToken(r)
		require.True(t, ok)
		given, err := w.svc.GiveAccount(w.ctx, third, bank)
		require.NoError(t, err)
		require.Equal(t, payment.RefundPaying, given.State)
		require.NoError(t, w.svc.SendPayout(w.ctx, *given.PayoutID))
		w.callbacks(1)
		require.Equal(t, payment.RefundDone, w.refundRow(p, 0).State)
		owed, err = w.svc.Owed(w.ctx, p.PurposeKind)
		require.NoError(t, err)
		require.Zero(t, owed)
		w.proven()
	})
}
