package finance_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// stray brings money that fits nothing.
func (w *world) stray(paymentID int64, amount money.Rupiah) finance.Stray {
	w.t.Helper()
	w.write(func(tx *gorm.DB) {
		p := payment.Payment{ID: paymentID, PurposeKind: payment.KindUnmatched, PaidAmount: amount}
		require.NoError(w.t, finance.NewUnmatched(w.books).PaidTx(ctx, tx, p))
	})
	return w.strayOf(paymentID)
}

func (w *world) strayOf(paymentID int64) finance.Stray {
	w.t.Helper()
	strays, err := w.finance.Strays(ctx, w.rina)
	require.NoError(w.t, err)
	for _, s := range strays {
		if s.PaymentID == paymentID {
			return s
		}
	}
	require.Fail(w.t, "gone", "payment %d", paymentID)
	return finance.Stray{}
}

func (w *world) suspense() money.Rupiah {
	w.t.Helper()
	got, err := w.books.Balance(ctx, ledger.Account{Kind: ledger.Suspense})
	require.NoError(w.t, err)
	return got
}

// refunded tells finance what became of a refund.
func (w *world) refunded(what func(finance.StrayRefunds, *gorm.DB, payment.Refund) error, attempt int) {
	w.t.Helper()
	n := w.refunds.sent[0]
	w.write(func(tx *gorm.DB) {
		require.NoError(w.t, what(finance.NewStrayRefunds(w.books), tx, payment.Refund{
			ID: 1, PaymentID: n.PaymentID, PurposeKind: n.Purpose.Kind, PurposeID: n.Purpose.ID, Amount: n.Amount, Attempt: attempt}))
	})
}

// clerk is another person of finance.
func (w *world) clerk(userID int64) account.Actor {
	return account.Actor{UserID: userID, Name: "Petugas", Roles: []account.Role{account.RoleFinance}}
}

// Money nobody asked for goes back by one press, stays in suspense until it has
// left, returns there when the bank sends it back, and ends as no task.
func TestStray_goes_back(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		s := w.stray(7, 1_000_000)
		require.Equal(t, finance.StrayOpen, s.State)
		require.False(t, s.TwoPeople, "the threshold itself is one person's")

		for _, stranger := range []account.Actor{w.admin, w.maker, w.companion, w.head, {}} {
			is(t, w.finance.ReturnStray(ctx, stranger, 7), fault.KindNotFound, "")
			is(t, w.finance.ProposeStray(ctx, stranger, 7), fault.KindNotFound, "")
			is(t, w.finance.ConfirmStray(ctx, stranger, 7), fault.KindNotFound, "")
		}
		is(t, w.finance.ReturnStray(ctx, w.rina, 8), fault.KindNotFound, "")
		require.Equal(t, s, w.strayOf(7), "nothing changed")
		_, err := w.finance.Strays(ctx, w.maker)
		is(t, err, fault.KindNotFound, "")

		require.NoError(t, w.finance.ReturnStray(ctx, w.rina, 7))
		is(t, w.finance.ReturnStray(ctx, w.rina, 7), fault.KindConflict, "finance.stray.decided")
		is(t, w.finance.ProposeStray(ctx, w.rina, 7), fault.KindConflict, "finance.stray.decided")
		is(t, w.finance.ConfirmStray(ctx, w.clerk(w.admin.UserID), 7), fault.KindConflict, "finance.stray.decided")
		require.Equal(t, []payment.NewRefund{{PaymentID: 7, Amount: 1_000_000, Key: "unmatched-7",
			Purpose: payment.Purpose{Kind: payment.KindUnmatched, ID: 7}, Reason: "unmatched"}}, w.refunds.sent)
		require.Equal(t, finance.StrayReturning, w.strayOf(7).State)
		require.Equal(t, money.Rupiah(1_000_000), w.suspense(), "until it has left")

		w.refunded(func(s finance.StrayRefunds, tx *gorm.DB, r payment.Refund) error { return s.RefundFailedTx(ctx, tx, r) }, 1)
		require.Equal(t, money.Rupiah(1_000_000), w.suspense())
		w.refunded(func(s finance.StrayRefunds, tx *gorm.DB, r payment.Refund) error { return s.RefundedTx(ctx, tx, r) }, 2)
		require.Zero(t, w.suspense())
		tasks, err := w.finance.Tasks(ctx, w.rina)
		require.NoError(t, err)
		require.Empty(t, tasks)
		w.refunded(func(s finance.StrayRefunds, tx *gorm.DB, r payment.Refund) error {
			return s.RefundReversedTx(ctx, tx, r)
		}, 3)
		require.Equal(t, money.Rupiah(1_000_000), w.suspense())
		require.Equal(t, finance.StrayReturning, w.strayOf(7).State)
		w.refunded(func(s finance.StrayRefunds, tx *gorm.DB, r payment.Refund) error { return s.RefundedTx(ctx, tx, r) }, 4)
		require.Zero(t, w.suspense())
		w.clean()
	})
}

// Above the threshold one person proposes and another confirms.
func TestStray_large_needs_two_people(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		s := w.stray(7, 1_000_001)
		require.True(t, s.TwoPeople)
		is(t, w.finance.ReturnStray(ctx, w.rina, 7), fault.KindConflict, "finance.stray.two_people")
		is(t, w.finance.ConfirmStray(ctx, w.rina, 7), fault.KindConflict, "finance.stray.decided")
		require.Equal(t, s, w.strayOf(7), "nothing changed")

		require.NoError(t, w.finance.ProposeStray(ctx, w.rina, 7))
		proposed := w.strayOf(7)
		require.Equal(t, finance.StrayProposed, proposed.State)
		require.Equal(t, w.rina.UserID, proposed.ProposedBy)
		is(t, w.finance.ConfirmStray(ctx, w.rina, 7), fault.KindForbidden, "finance.stray.own_proposal")
		require.Equal(t, proposed, w.strayOf(7), "nothing changed")
		require.Empty(t, w.refunds.sent)

		second := w.clerk(w.admin.UserID)
		require.NoError(t, w.finance.ConfirmStray(ctx, second, 7))
		require.Len(t, w.refunds.sent, 1)
		require.Equal(t, second.UserID, w.strayOf(7).DecidedBy)
		rows, err := trail.Of(ctx, db.Read(ctx), "unmatched_payment", 7)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, []any{"propose", w.rina.UserID, "confirm", second.UserID}, []any{rows[0].Verb, rows[0].ActorID, rows[1].Verb, rows[1].ActorID})
		for _, statement := range []string{
			"UPDATE unmatched_payments SET decided_by = proposed_by", "UPDATE unmatched_payments SET decided_by = 0",
			"UPDATE unmatched_payments SET state = 'proposed', proposed_by = 0",
		} {
			require.Error(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return tx.Exec(statement).Error }), "the table refuses: %s", statement)
		}
		w.clean()
	})
}

// Many confirm at once; the money goes back once.
func TestStray_two_confirmers_at_once(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.stray(7, 2_000_000)
		require.NoError(t, w.finance.ProposeStray(ctx, w.rina, 7))
		people := []account.Actor{w.clerk(w.admin.UserID), w.clerk(w.curator.UserID), w.clerk(w.officer.UserID), w.clerk(w.head.UserID)}
		errs := make([]error, len(people))
		var wg sync.WaitGroup
		for i := range people {
			wg.Go(func() { errs[i] = w.finance.ConfirmStray(ctx, people[i], 7) })
		}
		wg.Wait()
		done := 0
		for i, err := range errs {
			if err == nil {
				done++
				require.Equal(t, people[i].UserID, w.strayOf(7).DecidedBy)
				continue
			}
			is(t, err, fault.KindConflict, "finance.stray.decided")
		}
		require.Equal(t, 1, done, "%v", errors.Join(errs...))
		require.Len(t, w.refunds.sent, 1)
		w.clean()
	})
}

// Where the payer is unknown one person types the account and another confirms the
// very one that was seen.
func TestStray_account_needs_two_people(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.stray(7, 60_000)
		bank := payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Pembayar"}
		second := w.clerk(w.admin.UserID)
		is(t, w.finance.TypeStrayAccount(ctx, w.rina, 7, bank), fault.KindConflict, "finance.stray.decided")
		require.NoError(t, w.finance.ReturnStray(ctx, w.rina, 7))
		for _, stranger := range []account.Actor{w.admin, w.maker, w.companion, w.head, {}} {
			is(t, w.finance.TypeStrayAccount(ctx, stranger, 7, bank), fault.KindNotFound, "")
			is(t, w.finance.ConfirmStrayAccount(ctx, stranger, 7, time.Time{}), fault.KindNotFound, "")
		}
		is(t, w.finance.TypeStrayAccount(ctx, w.rina, 7, payment.Bank{}), fault.KindInvalid, "payment.bank.summary")
		is(t, w.finance.ConfirmStrayAccount(ctx, second, 7, time.Time{}), fault.KindConflict, "finance.stray.account_changed")

		require.NoError(t, w.finance.TypeStrayAccount(ctx, w.rina, 7, bank))
		seen := w.strayOf(7)
		require.Equal(t, bank, seen.Account)
		is(t, w.finance.ConfirmStrayAccount(ctx, w.rina, 7, seen.AccountAt), fault.KindForbidden, "finance.stray.own_account")
		other := bank
		other.AccountNumber = "9999999999"
		require.NoError(t, w.finance.TypeStrayAccount(ctx, w.rina, 7, other))
		is(t, w.finance.ConfirmStrayAccount(ctx, second, 7, seen.AccountAt), fault.KindConflict, "finance.stray.account_changed")
		require.Empty(t, w.refunds.given)
		list, err := w.finance.Strays(ctx, w.admin)
		require.NoError(t, err)
		require.Empty(t, list[0].Account, "admins only look")
		var stored string
		require.NoError(t, db.Read(ctx).Raw("SELECT account_number FROM unmatched_payments").Scan(&stored).Error)
		require.NotContains(t, stored, "9999999999", "sealed")
		renewed, err := w.finance.Reseal(ctx)
		require.NoError(t, err)
		require.Zero(t, renewed, "it is under the first key")

		require.NoError(t, w.finance.ConfirmStrayAccount(ctx, second, 7, w.strayOf(7).AccountAt))
		require.Equal(t, []payment.Bank{other}, w.refunds.given)
		is(t, w.finance.ConfirmStrayAccount(ctx, second, 7, seen.AccountAt), fault.KindConflict, "finance.stray.account_changed")
		require.Empty(t, w.strayOf(7).Account, "the payout has it")
		w.clean()
	})
}
