package payment_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
)

func (w *world) refund(p payment.Payment, amount money.Rupiah, key string) (r payment.Refund, err error) {
	err = database.InTx(w.ctx, w.db, func(tx *gorm.DB) error {
		r, err = w.svc.RefundTx(w.ctx, tx, payment.NewRefund{PaymentID: p.ID, Amount: amount, Key: key, Purpose: p.Purpose(), Reason: "tidak sanggup"})
		return err
	})
	return r, err
}

func (w *world) refundRow(p payment.Payment, i int) payment.Refund {
	w.t.Helper()
	list, err := w.svc.RefundsOf(w.ctx, p.ID)
	require.NoError(w.t, err)
	require.Greater(w.t, len(list), i)
	return list[i]
}

func TestRefund_ThroughTheChannel(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(50_000, "DANA")
		r, err := w.refund(p, 20_000, "order-1")
		require.NoError(t, err)
		require.Equal(t, payment.RefundRequested, r.State)
		_, ok := w.svc.RefundToken(r)
		require.False(t, ok, "no account is needed")
		require.NoError(t, w.svc.SendRefund(w.ctx, r.ID))
		require.Equal(t, payment.RefundAccepted, w.refundRow(p, 0).State)
		w.callbacks(1)
		require.Equal(t, payment.RefundDone, w.refundRow(p, 0).State)
		require.Equal(t, []string{"paid", "refunded"}, w.told.heard())
		require.EqualValues(t, 20_000, w.payment(p.ID).Refunded)

		// Pressed twice, and once more with something else.
		again, err := w.refund(p, 20_000, "order-1")
		require.NoError(t, err)
		require.Equal(t, r.ID, again.ID)
		_, err = w.refund(p, 20_001, "order-1")
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		require.EqualValues(t, 20_000, w.payment(p.ID).Refunded)
		require.Len(t, w.sim.State().Refunds, 1)

		// The rest, and not a rupiah more.
		_, err = w.refund(p, 30_001, "order-2")
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		_, err = w.refund(p, 30_000, "order-3")
		require.NoError(t, err)
		require.EqualValues(t, 50_000, w.payment(p.ID).Refunded)
		w.proven()
	})
}

// The sum of refunds never exceeds what was paid, whoever presses at once.
func TestRefund_SumUnderRace(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(50_000, "BCA")
		var wg sync.WaitGroup
		var mu sync.Mutex
		taken := 0
		for i := range 20 {
			wg.Go(func() {
				_, err := w.refund(p, 7_000, fmt.Sprintf("r-%d", i))
				if err == nil {
					mu.Lock()
					taken++
					mu.Unlock()
				} else if !fault.Is(err, fault.KindConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 7, taken)
		require.EqualValues(t, 49_000, w.payment(p.ID).Refunded)
		w.proven()
	})
}

func TestRefund_UnpaidIsRefused(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.open(50_000)
		_, err := w.refund(p, 10_000, "x")
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		list, err := w.svc.RefundsOf(w.ctx, p.ID)
		require.NoError(t, err)
		require.Empty(t, list)
	})
}

// A virtual account cannot take money back: the buyer gives an account once.
func TestRefund_ByLink(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(50_000, "BCA")
		r, err := w.refund(p, 20_000, "order-1")
		require.NoError(t, err)
		require.Equal(t, payment.RefundAwaitingAccount, r.State)
		link, ok := w.svc.RefundToken(r)
		require.True(t, ok)
		require.NotEqual(t, link, *r.TokenHash, "the token itself is not stored")

		_, err = w.svc.RefundByToken(w.ctx, link+"x")
		require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
		_, err = w.svc.GiveAccount(w.ctx, "guess", bankAccount("1234567890"))
		require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
		_, err = w.svc.GiveAccount(w.ctx, link, payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1", HolderName: "R"})
		require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
		require.Equal(t, payment.RefundAwaitingAccount, w.refundRow(p, 0).State)

		// Many tabs, several accounts: one payout.
		var wg sync.WaitGroup
		var mu sync.Mutex
		given := 0
		for i := range 10 {
			wg.Go(func() {
				_, err := w.svc.GiveAccount(w.ctx, link, bankAccount(fmt.Sprintf("12345678%02d", i%3)))
				if err == nil {
					mu.Lock()
					given++
					mu.Unlock()
				} else if !fault.Is(err, fault.KindConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, 1, given)
		r = w.refundRow(p, 0)
		require.Equal(t, payment.RefundPaying, r.State)
		require.Contains(t, r.HolderHint, "BCA ••••78")
		require.NoError(t, w.svc.SendPayout(w.ctx, *r.PayoutID))
		w.callbacks(1)
		require.Equal(t, payment.RefundDone, w.refundRow(p, 0).State)
		require.Equal(t, []string{"paid", "refunded"}, w.told.heard())
		require.Len(t, w.sim.State().Payouts, 1)
		require.EqualValues(t, 20_000, w.sim.State().Payouts[0].Amount)

		_, err = w.svc.GiveAccount(w.ctx, link, bankAccount("1234567890"))
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		seen, err := w.svc.RefundByToken(w.ctx, link)
		require.NoError(t, err)
		require.Equal(t, payment.RefundDone, seen.State)
		w.proven()
	})
}

// The account was wrong: the link works again, with a new payout; and a bank
// that sends the money back opens it once more.
func TestRefund_ByLinkFailsAndComesBack(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(50_000, "ALFAMART")
		r, err := w.refund(p, 50_000, "order-1")
		require.NoError(t, err)
		link, _ := w.svc.RefundToken(r)
		give := func(account string) payment.Refund {
			t.Helper()
			r, err := w.svc.GiveAccount(w.ctx, link, bankAccount(account))
			require.NoError(t, err)
			require.NoError(t, w.svc.SendPayout(w.ctx, *r.PayoutID))
			w.callbacks(1)
			return w.refundRow(p, 0)
		}
		r = give("121212")
		require.Equal(t, payment.RefundAwaitingAccount, r.State)
		require.Equal(t, "INVALID_DESTINATION", r.FailureCode)
		require.Equal(t, []string{"paid", "refund failed"}, w.told.heard())
		again, ok := w.svc.RefundToken(r)
		require.True(t, ok)
		require.Equal(t, link, again)

		r = give("654321")
		require.Equal(t, payment.RefundDone, r.State)
		w.sim.Advance(5 * time.Minute)
		w.callbacks(1)
		require.Equal(t, payment.RefundAwaitingAccount, w.refundRow(p, 0).State)
		require.Equal(t, []string{"paid", "refund failed", "refunded", "refund reversed"}, w.told.heard())

		r = give("1234567890")
		require.Equal(t, payment.RefundDone, r.State)
		require.Equal(t, []string{"paid", "refund failed", "refunded", "refund reversed", "refunded"}, w.told.heard())
		require.EqualValues(t, 50_000, w.payment(p.ID).Refunded, "counted once, however often it is tried")
		w.proven()
	})
}

// Our setting says the channel can, the gateway says it cannot, or it fails
// later: the buyer is asked for an account.
func TestRefund_ChannelRefuses(t *testing.T) {
	t.Parallel()
	each(t, "at once", func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(50_000, "SHOPEEPAY")
		r, err := w.refund(p, 50_000, "order-1")
		require.NoError(t, err)
		w.svc = w.service(&refusesRefunds{Gateway: w.gateway, code: "REFUND_NOT_SUPPORTED"})
		require.NoError(t, w.svc.SendRefund(w.ctx, r.ID))
		r = w.refundRow(p, 0)
		require.Equal(t, payment.RefundAwaitingAccount, r.State)
		require.Equal(t, "REFUND_NOT_SUPPORTED", r.FailureCode)
		require.Equal(t, []string{"paid", "refund failed"}, w.told.heard())
		w.proven()
	})
	each(t, "for the moment", func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(50_000, "SHOPEEPAY")
		r, err := w.refund(p, 50_000, "order-1")
		require.NoError(t, err)
		honest := w.svc
		w.svc = w.service(&refusesRefunds{Gateway: w.gateway, code: "INSUFFICIENT_BALANCE"})
		require.NoError(t, w.svc.SendRefund(w.ctx, r.ID))
		require.Equal(t, payment.RefundRequested, w.refundRow(p, 0).State)
		w.svc = honest
		w.advance(3 * time.Minute)
		w.reconcile()
		w.callbacks(1)
		require.Equal(t, []string{"paid", "refunded"}, w.told.heard())
	})
	each(t, "later", func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.RefundFails = true })
		p := w.paid(50_000, "DANA")
		r, err := w.refund(p, 50_000, "order-1")
		require.NoError(t, err)
		require.NoError(t, w.svc.SendRefund(w.ctx, r.ID))
		w.callbacks(1)
		r = w.refundRow(p, 0)
		require.Equal(t, payment.RefundAwaitingAccount, r.State)
		require.Equal(t, "REFUND_FAILED", r.FailureCode)
		require.Equal(t, []string{"paid", "refund failed"}, w.told.heard())
		link, _ := w.svc.RefundToken(r)
		r, err = w.svc.GiveAccount(w.ctx, link, bankAccount("1234567890"))
		require.NoError(t, err)
		require.NoError(t, w.svc.SendPayout(w.ctx, *r.PayoutID))
		w.callbacks(1)
		require.Equal(t, []string{"paid", "refund failed", "refunded"}, w.told.heard())
		w.proven()
	})
}

// Unknown outcomes, webhook before response, and double work: one refund.
func TestRefund_Trouble(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   string
		commit bool
		state  payment.RefundState
	}{
		{"timeout", true, payment.RefundUnknown}, {"500", false, payment.RefundUnknown}, {"truncated", true, payment.RefundUnknown}, {"429", false, payment.RefundRequested},
	} {
		each(t, c.kind, func(t *testing.T, db *database.DB) {
			w := newWorld(t, db, nil)
			p := w.paid(50_000, "DANA")
			r, err := w.refund(p, 50_000, "order-1")
			require.NoError(t, err)
			w.fault("create_refund", c.kind, c.commit, 1)
			require.Error(t, w.svc.SendRefund(w.ctx, r.ID))
			if c.commit {
				w.callbacks(1) // it arrives although the answer never did
				require.Equal(t, payment.RefundDone, w.refundRow(p, 0).State)
			} else {
				require.Equal(t, c.state, w.refundRow(p, 0).State)
			}
			var wg sync.WaitGroup
			for range 5 {
				wg.Go(func() {
					if err := w.svc.SendRefund(w.ctx, r.ID); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if !c.commit {
				w.callbacks(1)
			}
			require.Equal(t, payment.RefundDone, w.refundRow(p, 0).State)
			require.Len(t, w.sim.State().Refunds, 1)
			require.Equal(t, []string{"paid", "refunded"}, w.told.heard())
			w.proven()
		})
	}
}

// Lost callbacks: the poller finds the end.
func TestRefund_Polled(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.paid(50_000, "LINKAJA")
		w.settings(quiet)
		// LinkAja takes back the whole only.
		part, err := w.refund(p, 10_000, "part")
		require.NoError(t, err)
		require.Equal(t, payment.RefundAwaitingAccount, part.State)
		q := w.open(60_000)
		require.NoError(t, w.sim.Pay(q.Reference, "LINKAJA", 0))
		w.advance(5 * time.Minute)
		w.reconcile()
		whole, err := w.refund(q, 60_000, "whole")
		require.NoError(t, err)
		require.Equal(t, payment.RefundRequested, whole.State)
		w.advance(3 * time.Minute)
		w.reconcile()
		w.advance(3 * time.Minute)
		w.reconcile()
		require.Equal(t, payment.RefundDone, w.refundRow(q, 0).State)
		require.Contains(t, w.told.heard(), "refunded")
		w.proven()
	})
}
