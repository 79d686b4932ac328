package payment_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
)

func bankAccount(number string) payment.Bank {
	return payment.Bank{ChannelCode: "ID_BCA", AccountNumber: number, HolderName: "Sri Wahyuni"}
}

func withdrawal(key, account string) payment.NewPayout {
	return payment.NewPayout{Purpose: payment.Purpose{Kind: "withdrawal", ID: 1}, Amount: 150_000, Bank: bankAccount(account), Key: key, Description: "Pencairan Lapak Berdaya"}
}

func (w *world) payOut(n payment.NewPayout) (p payment.Payout, err error) {
	err = database.InTx(w.ctx, w.db, func(tx *gorm.DB) error {
		p, err = w.svc.PayOutTx(w.ctx, tx, n)
		return err
	})
	return p, err
}

func (w *world) sent(n payment.NewPayout) payment.Payout {
	w.t.Helper()
	p, err := w.payOut(n)
	require.NoError(w.t, err)
	require.NoError(w.t, w.svc.SendPayout(w.ctx, p.ID))
	return w.payout(p.ID)
}

func (w *world) payout(payoutID int64) payment.Payout {
	w.t.Helper()
	p, err := w.svc.Payout(w.ctx, payoutID)
	require.NoError(w.t, err)
	return p
}

func TestPayout(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.sent(withdrawal("w-1", "123-456 7890"))
		require.Equal(t, payment.PayoutAccepted, p.State)
		to, err := w.svc.BankOf(p)
		require.NoError(t, err)
		require.Equal(t, "1234567890", to.AccountNumber)
		require.NotContains(t, p.AccountSealed, "1234567890", "sealed where it is stored")
		require.Empty(t, w.told.heard())
		w.callbacks(1)
		require.Equal(t, payment.PayoutStateSucceeded, w.payout(p.ID).State)
		require.Equal(t, []string{"payout succeeded"}, w.told.heard())
		st := w.sim.State()
		require.Len(t, st.Payouts, 1)
		require.EqualValues(t, 150_000, st.Payouts[0].Amount)
		require.EqualValues(t, 50_000_000-150_000-2_775, st.Balance)

		// The same key is the same payout, for whoever presses again.
		again, err := w.payOut(withdrawal("w-1", "1234567890"))
		require.NoError(t, err)
		require.Equal(t, p.ID, again.ID)
		require.NoError(t, w.svc.SendPayout(w.ctx, p.ID))
		_, err = w.payOut(withdrawal("w-1", "9999999999"))
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		require.Len(t, w.sim.State().Payouts, 1)
		w.proven()
	})
}

// float32 would have sent Rp123.456.790.
func TestPayout_ExactAmount(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.StartingBalance = 200_000_000 })
		n := withdrawal("big", "1234567890")
		n.Amount = 123_456_789
		w.sent(n)
		w.callbacks(1)
		require.EqualValues(t, 123_456_789, w.sim.State().Payouts[0].Amount)
	})
}

func TestPayout_Fails(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.StartingBalance = 200_000 })
		for i, c := range []struct{ account, code string }{
			{"123456", "TEMPORARY_TRANSFER_ERROR"}, {"999999", "REJECTED_BY_CHANNEL"}, {"121212", "INVALID_DESTINATION"},
		} {
			p := w.sent(withdrawal(c.code, c.account))
			w.callbacks(1)
			p = w.payout(p.ID)
			require.Equal(t, payment.PayoutStateFailed, p.State)
			require.Equal(t, c.code, p.FailureCode)
			require.Len(t, w.told.heard(), i+1)
			require.Equal(t, c.code, w.told.payout.FailureCode)
		}
		// Refused at once: the bank's number has ten digits.
		p := w.sent(withdrawal("short", "12345678"))
		require.Equal(t, payment.PayoutStateFailed, p.State)
		require.Equal(t, "RECIPIENT_ACCOUNT_NUMBER_ERROR", p.FailureCode)
		require.Len(t, w.told.heard(), 4)
		// Not enough money shows only later.
		n := withdrawal("rich", "1234567890")
		n.Amount = 200_001
		p = w.sent(n)
		w.callbacks(1)
		require.Equal(t, "INSUFFICIENT_BALANCE", w.payout(p.ID).FailureCode)
		// A person asks again, with another key: another payout.
		again := w.sent(withdrawal("rich-2", "1234567890"))
		w.callbacks(1)
		require.NotEqual(t, p.ID, again.ID)
		require.Equal(t, payment.PayoutStateSucceeded, w.payout(again.ID).State)
		require.NotEqual(t, w.payout(p.ID).IdempotencyKey, w.payout(again.ID).IdempotencyKey)
		w.proven()
	})
}

func TestPayout_Reversed(t *testing.T) {
	t.Parallel()
	for _, seen := range []bool{true, false} {
		name := "success seen first"
		if !seen {
			name = "success never seen"
		}
		each(t, name, func(t *testing.T, db *database.DB) {
			w := newWorld(t, db, func(s *xenditsim.Settings) {
				if !seen {
					s.CallbackDrop = 1 // the success is lost
				}
			})
			p := w.sent(withdrawal("w", "654321"))
			if seen {
				w.callbacks(1)
				require.Equal(t, []string{"payout succeeded"}, w.told.heard())
			}
			w.sim.Advance(5 * time.Minute)
			w.callbacks(1)
			require.Equal(t, payment.PayoutStateReversed, w.payout(p.ID).State)
			require.Equal(t, []string{"payout succeeded", "payout reversed"}, w.told.heard(), "the books need both")
			w.proven()
		})
	}
}

// Whatever the gateway does while a payout is sent: one payout, one outcome.
func TestPayout_Trouble(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind   string
		commit bool
		state  payment.PayoutState
	}{
		{"timeout", true, payment.PayoutUnknown}, {"timeout", false, payment.PayoutUnknown}, {"500", true, payment.PayoutUnknown},
		{"html", false, payment.PayoutUnknown}, {"html200", true, payment.PayoutUnknown}, {"truncated", true, payment.PayoutUnknown},
		{"429", false, payment.PayoutCreated},
	} {
		name := c.kind
		if c.commit {
			name += " after committing"
		}
		each(t, name, func(t *testing.T, db *database.DB) {
			w := newWorld(t, db, quiet)
			w.fault("create_payout", c.kind, c.commit, 1)
			p, err := w.payOut(withdrawal("w", "1234567890"))
			require.NoError(t, err)
			require.Error(t, w.svc.SendPayout(w.ctx, p.ID))
			got := w.payout(p.ID)
			require.Equal(t, c.state, got.State)
			require.Equal(t, p.IdempotencyKey, got.IdempotencyKey)
			require.Empty(t, w.told.heard(), "unknown is not failed")
			w.advance(3 * time.Minute)
			w.reconcile() // asks again
			w.advance(3 * time.Minute)
			w.reconcile() // reads the outcome
			require.Equal(t, payment.PayoutStateSucceeded, w.payout(p.ID).State)
			require.Equal(t, []string{"payout succeeded"}, w.told.heard())
			require.Len(t, w.sim.State().Payouts, 1)
			w.proven()
		})
	}
}

// A refusal after an unknown try is believed only when no payout exists.
func TestPayout_RefusedAfterDoubt(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"array", "object"} {
		each(t, shape, func(t *testing.T, db *database.DB) {
			w := newWorld(t, db, func(s *xenditsim.Settings) {
				quiet(s)
				s.PayoutListObject = shape == "object"
			})
			w.fault("create_payout", "timeout", true, 1)
			p, err := w.payOut(withdrawal("w", "1234567890"))
			require.NoError(t, err)
			require.Error(t, w.svc.SendPayout(w.ctx, p.ID))
			w.svc = w.service(&refusesPayouts{Gateway: w.gateway})
			require.NoError(t, w.svc.SendPayout(w.ctx, p.ID))
			require.NotEqual(t, payment.PayoutStateFailed, w.payout(p.ID).State, "the money is on its way")
			w.advance(2 * time.Minute)
			w.reconcile()
			require.Equal(t, []string{"payout succeeded"}, w.told.heard())
		})
	}
}

type refusesPayouts struct{ payment.Gateway }

func (r *refusesPayouts) CreatePayout(context.Context, payment.PayoutRequest) (payment.GatewayPayout, error) {
	return payment.GatewayPayout{}, payment.Rejected{Status: 400, Code: "API_VALIDATION_ERROR"}
}

func TestPayout_SentOnceInParallel(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.CallbackRepeat = 20 })
		p, err := w.payOut(withdrawal("w", "1234567890"))
		require.NoError(t, err)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if err := w.svc.SendPayout(w.ctx, p.ID); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		w.callbacks(20)
		require.Len(t, w.sim.State().Payouts, 1)
		require.Equal(t, []string{"payout succeeded"}, w.told.heard())
	})
}

// Lost callbacks: the poller finds the end, and stops asking in the end.
func TestPayout_Polled(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		p := w.sent(withdrawal("w", "654321"))
		w.advance(90 * time.Second)
		w.reconcile()
		for range 6 {
			w.advance(24 * time.Hour)
			w.reconcile()
		}
		require.Equal(t, []string{"payout succeeded", "payout reversed"}, w.told.heard())
		require.Nil(t, w.payout(p.ID).NextCheckAt)
		stuck := w.sent(withdrawal("stuck", "131313"))
		w.advance(24 * time.Hour)
		w.reconcile()
		require.Equal(t, payment.PayoutAccepted, w.payout(stuck.ID).State)
		w.proven()
	})
}

// A callback that says what the gateway does not confirm moves nothing.
func TestPayout_ForgedCallback(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		p := w.sent(withdrawal("w", "131313"))
		for _, status := range []string{"SUCCEEDED", "FAILED", "REVERSED"} {
			for _, amount := range []string{"150000", "150001"} {
				body := `{"event":"payout.x","data":{"id":"` + p.GatewayID + `","reference_id":"` + p.Reference + `","status":"` + status + `","amount":` + amount + `,"currency":"IDR"}}`
				require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackPayout, token, []byte(body)))
				w.handle()
			}
		}
		require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackPayout, token, []byte(`{"event":"payout.succeeded","data":{"id":"disb-example","reference_id":"disb-example","status":"SUCCEEDED","amount":1,"currency":"IDR"}}`)))
		w.handle()
		require.Equal(t, payment.PayoutAccepted, w.payout(p.ID).State)
		require.Empty(t, w.told.heard())
		require.Len(t, w.stored("unmatched"), 1)
	})
}

func TestPayout_BadDestination(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		for field, bank := range map[string]payment.Bank{
			"channel_code":   {ChannelCode: "ID_NOBANK", AccountNumber: "1234567890", HolderName: "Sri"},
			"account_number": {ChannelCode: "ID_BCA", AccountNumber: "12a4567890", HolderName: "Sri"},
			"holder_name":    {ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: " "},
		} {
			n := withdrawal("bad-"+field, "")
			n.Bank = bank
			_, err := w.payOut(n)
			require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
			f := fault.As(err)
			require.Len(t, f.Fields, 1)
			require.Equal(t, field, f.Fields[0].Name)
			require.NotContains(t, text.T(f.Fields[0].Key), "[")
		}
		for _, amount := range []int64{0, -1, 250_000_001} {
			n := withdrawal("amount", "1234567890")
			n.Amount = money.Rupiah(amount)
			_, err := w.payOut(n)
			require.True(t, fault.Is(err, fault.KindInvalid), "%d: %v", amount, err)
		}
		var n int64
		require.NoError(t, db.Read(w.ctx).Model(&payment.Payout{}).Count(&n).Error)
		require.Zero(t, n)
	})
}
