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
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// is demands a fault of that kind whose sentence exists.
func is(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	var f *fault.Error
	require.True(t, errors.As(err, &f), "%v", err)
	require.Equal(t, kind, f.Kind, f.Error())
	if key != "" {
		require.Equal(t, key, f.Key)
	}
	require.True(t, text.Has(f.Key), f.Key)
	for _, field := range f.Fields {
		require.True(t, text.Has(field.Key), field.Key)
	}
}

func TestWithdrawal_from_request_to_bank(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ready(w.maker, w.shop, 192_000)

		asked := w.request(w.maker, w.shop, 100_000, "tarik-1")
		require.Equal(t, finance.Requested, asked.State)
		require.Equal(t, "BCA ••••7890", asked.Bank)
		require.Equal(t, money.Rupiah(192_000), w.free(w.shop), "asking moves nothing")
		again := w.request(w.maker, w.shop, 100_000, "tarik-1")
		require.Equal(t, asked, again, "the same form finds the first result")
		_, err := w.finance.RequestWithdrawal(ctx, w.maker, w.shop, 20_000, "tarik-2")
		is(t, err, fault.KindConflict, "finance.withdrawal.open")

		queue, err := w.finance.Queue(ctx, w.rina, nil, 0, 10)
		require.NoError(t, err)
		require.Equal(t, []finance.Withdrawal{asked}, queue)
		require.True(t, finance.MayApprove(w.rina, asked))
		require.False(t, finance.MayApprove(w.relative, asked))

		approved, err := w.finance.Approve(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Paying, approved.State)
		require.Len(t, w.payouts.sent, 1)
		sent := w.payouts.sent[0]
		require.Equal(t, bca, payment.Bank{ChannelCode: sent.ChannelCode, AccountNumber: sent.AccountSealed, HolderName: sent.HolderName})
		require.Equal(t, money.Rupiah(100_000), sent.Amount)
		require.Equal(t, sent.ID, approved.PayoutID)
		require.Equal(t, money.Rupiah(92_000), w.free(w.shop))
		require.Equal(t, money.Rupiah(100_000), w.transit())
		twice, err := w.finance.Approve(ctx, w.rina, asked.ID)
		require.NoError(t, err, "pressing twice does it once")
		require.Equal(t, approved, twice)
		require.Len(t, w.payouts.sent, 1)

		m, err := w.finance.Money(ctx, w.maker, w.shop)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(92_000), m.Free)
		require.Equal(t, money.Rupiah(100_000), m.OnTheWay)
		require.Nil(t, m.Open)
		require.Equal(t, "1234567890", m.Bank.Number)

		require.NoError(t, w.outcome(w.finance.PayoutSucceededTx, sent))
		require.Error(t, w.outcome(w.finance.PayoutSucceededTx, sent), "an outcome moves money once")
		require.Error(t, w.outcome(w.finance.PayoutFailedTx, sent))
		require.Zero(t, w.transit())
		got, err := w.finance.Withdrawal(ctx, w.maker, asked.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Paid, got.State)

		statement, err := w.finance.Statement(ctx, w.maker, w.shop, 0, 10)
		require.NoError(t, err)
		require.Equal(t, "Anda tarik uang #1", statement[0].Words())
		require.Equal(t, money.Rupiah(92_000), statement[0].Balance)

		rows, err := trail.Of(ctx, db.Read(ctx), "withdrawal", asked.ID)
		require.NoError(t, err)
		verbs := []string{}
		for _, r := range rows {
			verbs = append(verbs, r.Verb)
		}
		require.Equal(t, []string{"request", "approve", "payout_succeeded"}, verbs)
		require.Equal(t, []int64{w.maker.UserID, w.rina.UserID, 0}, []int64{rows[0].ActorID, rows[1].ActorID, rows[2].ActorID})
		require.Equal(t, w.maker.UserID, rows[1].SubjectID)
		require.Equal(t, "Rp100.000", w.messages.data["withdrawal_paid"]["jumlah"])
		w.clean()
	})
}

func TestWithdrawal_failed_and_reversed_money_comes_back(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ready(w.maker, w.shop, 100_000)
		pay := func(key string) (finance.Withdrawal, payment.Payout) {
			asked := w.request(w.maker, w.shop, 60_000, key)
			got, err := w.finance.Approve(ctx, w.rina, asked.ID)
			require.NoError(t, err)
			return got, w.payouts.sent[len(w.payouts.sent)-1]
		}

		failed, sent := pay("a")
		sent.FailureCode = "INVALID_DESTINATION"
		require.NoError(t, w.outcome(w.finance.PayoutFailedTx, sent))
		require.Equal(t, money.Rupiah(100_000), w.free(w.shop))
		require.Zero(t, w.transit())

		stuck, sent := pay("b")
		tasks, err := w.finance.Tasks(ctx, w.rina)
		require.NoError(t, err)
		require.Len(t, tasks, 1, "a payout under way is no task yet")
		require.Equal(t, finance.Task{
			Kind: finance.TaskFailed, RefID: failed.ID, ShopID: w.shop, Amount: 60_000, Since: tasks[0].Since, Note: "INVALID_DESTINATION",
		}, tasks[0])
		db.Clock().Advance(finance.StuckAfter + time.Second)
		tasks, err = w.finance.Tasks(ctx, w.rina)
		require.NoError(t, err)
		require.Len(t, tasks, 2)
		require.Equal(t, finance.TaskStuck, tasks[1].Kind, "an unknown outcome stays visible")
		require.Equal(t, money.Rupiah(60_000), w.transit(), "and its money is assumed neither there nor here")

		require.NoError(t, w.outcome(w.finance.PayoutSucceededTx, sent))
		sent.FailureCode = "REVERSED"
		require.NoError(t, w.outcome(w.finance.PayoutReversedTx, sent))
		require.Error(t, w.outcome(w.finance.PayoutReversedTx, sent))
		require.Equal(t, money.Rupiah(100_000), w.free(w.shop))
		tasks, err = w.finance.Tasks(ctx, w.admin)
		require.NoError(t, err)
		require.Len(t, tasks, 2)
		require.Equal(t, finance.TaskReversed, tasks[1].Kind)

		for _, id := range []int64{failed.ID, stuck.ID} {
			is(t, w.finance.Handle(ctx, w.admin, id, "x"), fault.KindNotFound, "")
			is(t, w.finance.Handle(ctx, w.rina, id, " "), fault.KindInvalid, "")
			require.NoError(t, w.finance.Handle(ctx, w.rina, id, "rekening dibetulkan dengan pembuat"))
			require.NoError(t, w.finance.Handle(ctx, w.rina, id, "lagi"))
		}
		tasks, err = w.finance.Tasks(ctx, w.rina)
		require.NoError(t, err)
		require.Empty(t, tasks)
		for _, kind := range []string{"withdrawal_failed", "withdrawal_reversed"} {
			require.Contains(t, w.messages.data, kind)
		}
		w.clean()
	})
}

// An outcome that does not fit what we sent changes nothing.
func TestOutcome_must_fit(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ready(w.maker, w.shop, 100_000)
		asked := w.request(w.maker, w.shop, 60_000, "a")
		_, err := w.finance.Approve(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		good := w.payouts.sent[0]
		for name, change := range map[string]func(*payment.Payout){
			"another kind":       func(p *payment.Payout) { p.PurposeKind = "refund" },
			"another payout":     func(p *payment.Payout) { p.ID = 99 },
			"another amount":     func(p *payment.Payout) { p.Amount-- },
			"another withdrawal": func(p *payment.Payout) { p.PurposeID = 99 },
		} {
			p := good
			change(&p)
			require.Error(t, w.outcome(w.finance.PayoutFailedTx, p), name)
		}
		require.Error(t, w.outcome(w.finance.PayoutReversedTx, good), "reversed before it succeeded")
		require.Equal(t, money.Rupiah(60_000), w.transit())
	})
}

func TestWithdrawal_amounts(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ready(w.maker, w.shop, 300_000_000)
		for amount, key := range map[money.Rupiah]string{
			-1: "finance.withdrawal.too_small", 0: "finance.withdrawal.too_small", 9_999: "finance.withdrawal.too_small",
			300_000_001: "finance.withdrawal.too_much", 250_000_001: "finance.withdrawal.too_large", 1<<63 - 1: "finance.withdrawal.too_much",
		} {
			_, err := w.finance.RequestWithdrawal(ctx, w.maker, w.shop, amount, "k")
			is(t, err, fault.KindInvalid, "")
			require.Equal(t, key, fault.As(err).Fields[0].Key, amount)
		}
		_, err := w.finance.RequestWithdrawal(ctx, w.maker, w.shop, 10_000, "")
		is(t, err, fault.KindInvalid, "finance.form.stale")
		w.request(w.maker, w.shop, 10_000, "k")
	})
}

func TestWithdrawal_who_may(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ready(w.maker, w.shop, 100_000)
		everybodyElse := map[string]account.Actor{
			"companion": w.companion, "member": w.member, "agency officer": w.officer, "head": w.head, "finance": w.rina,
			"admin": w.admin, "curator": w.curator, "another shop": w.wahyu, "visitor": {}, "system": account.System,
		}
		for name, a := range everybodyElse {
			_, err := w.finance.RequestWithdrawal(ctx, a, w.shop, 50_000, "k-"+name)
			helper := name == "companion" || name == "member"
			require.Equal(t, helper, fault.Is(err, fault.KindForbidden), name)
			require.Equal(t, !helper, fault.Is(err, fault.KindNotFound), name)
			_, err = w.finance.SetBankAccount(ctx, a, w.shop, bca, "b-"+name)
			require.Equal(t, helper, fault.Is(err, fault.KindForbidden), name)
			require.Equal(t, !helper, fault.Is(err, fault.KindNotFound), name)
		}
		asked := w.request(w.maker, w.shop, 50_000, "k")

		approver := map[string]account.Actor{
			"maker": w.maker, "companion": w.companion, "officer": w.officer, "head": w.head, "admin": w.admin, "curator": w.curator,
			"visitor": {}, "system": account.System,
		}
		for name, a := range approver {
			_, err := w.finance.Approve(ctx, a, asked.ID)
			is(t, err, fault.KindNotFound, "")
			_, err = w.finance.Refuse(ctx, a, asked.ID, "alasan")
			require.True(t, fault.Is(err, fault.KindNotFound), name)
		}
		selfApprove := w.maker
		selfApprove.Roles = []account.Role{account.RoleFinance}
		companionToo := w.companion
		companionToo.Roles = []account.Role{account.RoleFinance}
		for name, a := range map[string]account.Actor{"the requester": selfApprove, "a relative": w.relative, "the companion": companionToo} {
			_, err := w.finance.Approve(ctx, a, asked.ID)
			require.True(t, fault.Is(err, fault.KindForbidden), name)
			_, err = w.finance.Refuse(ctx, a, asked.ID, "alasan")
			require.True(t, fault.Is(err, fault.KindForbidden), name)
		}
		require.Empty(t, w.payouts.sent)
		require.Equal(t, money.Rupiah(100_000), w.free(w.shop))

		for name, a := range map[string]account.Actor{"companion": w.companion, "officer": w.officer, "another shop": w.wahyu, "visitor": {}} {
			_, err := w.finance.Statement(ctx, a, w.shop, 0, 10)
			require.Error(t, err, name)
			_, err = w.finance.Money(ctx, a, w.shop)
			require.Error(t, err, name)
			_, err = w.finance.Withdrawals(ctx, a, w.shop, 0, 10)
			require.Error(t, err, name)
			_, err = w.finance.BankAccounts(ctx, a, w.shop)
			require.Error(t, err, name)
			_, err = w.finance.Withdrawal(ctx, a, asked.ID)
			require.True(t, fault.Is(err, fault.KindNotFound), name)
			_, err = w.finance.Queue(ctx, a, nil, 0, 10)
			require.Error(t, err, name)
			_, err = w.finance.Tasks(ctx, a)
			require.Error(t, err, name)
			_, err = w.finance.Cancel(ctx, a, asked.ID)
			require.Error(t, err, name)
		}
		banks, err := w.finance.BankAccounts(ctx, w.rina, w.shop)
		require.NoError(t, err)
		require.Empty(t, banks[0].Number, "finance sees the account masked")
		m, err := w.finance.Money(ctx, w.member, w.shop)
		require.NoError(t, err)
		require.Equal(t, finance.Money{Free: 100_000}, m, "a member sees totals, nothing else")

		cancelled, err := w.finance.Cancel(ctx, w.maker, asked.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Cancelled, cancelled.State)
		_, err = w.finance.Approve(ctx, w.rina, asked.ID)
		is(t, err, fault.KindConflict, "finance.withdrawal.moved")
		w.clean()
	})
}

func TestWithdrawal_of_an_institution_needs_a_second_person(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ready(w.wahyu, w.prison, 2_880_000)
		asked := w.request(w.wahyu, w.prison, 1_000_000, "a")
		require.True(t, asked.NeedsCheck)
		require.False(t, finance.MayApprove(w.rina, asked))
		_, err := w.finance.Approve(ctx, w.rina, asked.ID)
		is(t, err, fault.KindConflict, "finance.approve.unchecked")
		_, err = w.finance.Check(ctx, w.wahyu, asked.ID)
		is(t, err, fault.KindForbidden, "finance.decide.conflict")
		for _, a := range []account.Actor{w.rina, w.officer, w.maker, w.admin, {}, account.System} {
			_, err := w.finance.Check(ctx, a, asked.ID)
			is(t, err, fault.KindNotFound, "")
		}
		waiting, err := w.finance.ToCheck(ctx, w.head)
		require.NoError(t, err)
		require.Equal(t, []finance.Withdrawal{asked}, waiting)
		_, err = w.finance.Withdrawal(ctx, w.head, asked.ID)
		require.NoError(t, err)
		elsewhere := w.head
		elsewhere.Territory = []string{"36"}
		_, err = w.finance.Check(ctx, elsewhere, asked.ID)
		is(t, err, fault.KindNotFound, "")

		checked, err := w.finance.Check(ctx, w.kuncoro, asked.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Checked, checked.State)
		_, err = w.finance.Check(ctx, w.head, asked.ID)
		is(t, err, fault.KindConflict, "finance.withdrawal.moved")
		both := w.kuncoro
		both.Roles = []account.Role{account.RoleFinance}
		both.Memberships = nil
		_, err = w.finance.Approve(ctx, both, asked.ID)
		is(t, err, fault.KindForbidden, "finance.decide.conflict")
		_, err = w.finance.Approve(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		require.Len(t, w.payouts.sent, 1)

		second := w.request(w.kuncoro, w.prison, 500_000, "b")
		_, err = w.finance.Check(ctx, w.head, second.ID)
		require.NoError(t, err, "a head of the territory may be the second person")

		w.ready(w.maker, w.shop, 50_000)
		small := w.request(w.maker, w.shop, 20_000, "c")
		_, err = w.finance.Check(ctx, w.head, small.ID)
		is(t, err, fault.KindConflict, "finance.withdrawal.moved")
		w.clean()
	})
}

func TestWithdrawal_rests_after_an_account_change_or_reset(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.earn(w.shop, 100_000)
		_, err := w.finance.RequestWithdrawal(ctx, w.maker, w.shop, 50_000, "a")
		is(t, err, fault.KindConflict, "finance.withdrawal.no_bank")
		first, err := w.finance.SetBankAccount(ctx, w.maker, w.shop, bca, "r1")
		require.NoError(t, err)
		_, err = w.finance.RequestWithdrawal(ctx, w.maker, w.shop, 50_000, "a")
		is(t, err, fault.KindConflict, "finance.withdrawal.no_bank")
		require.NoError(t, w.finance.ConfirmBankAccount(ctx, w.officer, first.ID))
		_, err = w.finance.RequestWithdrawal(ctx, w.maker, w.shop, 50_000, "a")
		is(t, err, fault.KindConflict, "finance.withdrawal.rests")
		require.Contains(t, text.T("finance.withdrawal.rests", fault.As(err).Args...), " WIB")
		db.Clock().Advance(account.RestAfterReset - time.Minute)
		_, err = w.finance.RequestWithdrawal(ctx, w.maker, w.shop, 50_000, "a")
		is(t, err, fault.KindConflict, "finance.withdrawal.rests")
		db.Clock().Advance(2 * time.Minute)
		asked := w.request(w.maker, w.shop, 50_000, "a")

		// A password reset after asking also stops the approval.
		w.write(func(tx *gorm.DB) {
			_, err := w.accounts.RestWithdrawalsTx(ctx, tx, w.maker.UserID)
			require.NoError(t, err)
		})
		_, err = w.finance.Approve(ctx, w.rina, asked.ID)
		is(t, err, fault.KindConflict, "finance.withdrawal.rests")
		m, err := w.finance.Money(ctx, w.maker, w.shop)
		require.NoError(t, err)
		require.False(t, m.RestUntil.IsZero())
		require.Equal(t, asked, *m.Open)
		db.Clock().Advance(account.RestAfterReset + time.Minute)

		// A new account takes over only when it is confirmed; then what was asked for
		// towards the old one is cancelled.
		other := bca
		other.AccountNumber = " 9876 543-210 "
		second, err := w.finance.SetBankAccount(ctx, w.maker, w.shop, other, "r2")
		require.NoError(t, err)
		require.Equal(t, "9876543210", second.Number)
		require.NoError(t, w.finance.ConfirmBankAccount(ctx, w.officer, second.ID))
		got, err := w.finance.Withdrawal(ctx, w.maker, asked.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Cancelled, got.State)
		require.Empty(t, w.payouts.sent)
		banks, err := w.finance.BankAccounts(ctx, w.maker, w.shop)
		require.NoError(t, err)
		require.Len(t, banks, 1)
		require.Equal(t, second.ID, banks[0].ID)
		w.clean()
	})
}

func TestBankAccount_four_eyes(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		proposed, err := w.finance.SetBankAccount(ctx, w.maker, w.shop, bca, "r1")
		require.NoError(t, err)
		again, err := w.finance.SetBankAccount(ctx, w.maker, w.shop, bca, "r1")
		require.NoError(t, err)
		require.Equal(t, proposed, again)
		require.ElementsMatch(t, []string{"1 bank_proposed", "2 bank_proposed"}, w.messages.said, "everybody who runs the shop is told, once")

		for name, a := range map[string]account.Actor{
			"maker": w.maker, "officer of elsewhere": w.faraway, "finance": w.rina, "admin": w.admin, "curator": w.curator,
			"companion": w.companion, "visitor": {}, "system": account.System,
		} {
			require.True(t, fault.Is(w.finance.ConfirmBankAccount(ctx, a, proposed.ID), fault.KindNotFound), name)
			require.True(t, fault.Is(w.finance.RefuseBankAccount(ctx, a, proposed.ID, "x"), fault.KindNotFound), name)
		}
		ownOfficer := w.maker
		ownOfficer.Roles, ownOfficer.Territory = []account.Role{account.RoleOfficer}, []string{"35"}
		kin := w.officer
		kin.KinShops = []int64{w.shop}
		helping := w.officer
		helping.Assisting = w.companion.Assisting
		for _, a := range []account.Actor{ownOfficer, kin, helping} {
			is(t, w.finance.ConfirmBankAccount(ctx, a, proposed.ID), fault.KindForbidden, "finance.decide.conflict")
		}
		queue, err := w.finance.ProposedBanks(ctx, w.officer)
		require.NoError(t, err)
		require.Len(t, queue, 1)
		require.Empty(t, queue[0].Number)
		queue, err = w.finance.ProposedBanks(ctx, w.faraway)
		require.NoError(t, err)
		require.Empty(t, queue)
		_, err = w.finance.ProposedBanks(ctx, w.maker)
		is(t, err, fault.KindNotFound, "")

		is(t, w.finance.RefuseBankAccount(ctx, w.officer, proposed.ID, "  "), fault.KindInvalid, "")
		require.NoError(t, w.finance.RefuseBankAccount(ctx, w.officer, proposed.ID, "nama tidak sama dengan buku tabungan"))
		is(t, w.finance.ConfirmBankAccount(ctx, w.officer, proposed.ID), fault.KindConflict, "finance.bank.decided")

		second, err := w.finance.SetBankAccount(ctx, w.maker, w.shop, bca, "r2")
		require.NoError(t, err)
		third, err := w.finance.SetBankAccount(ctx, w.maker, w.shop, bca, "r3")
		require.NoError(t, err)
		is(t, w.finance.ConfirmBankAccount(ctx, w.officer, second.ID), fault.KindConflict, "finance.bank.decided")
		require.NoError(t, w.finance.ConfirmBankAccount(ctx, w.officer, third.ID))

		for field, b := range map[string]payment.Bank{
			"channel_code":   {ChannelCode: "ID_PALSU", AccountNumber: "12345", HolderName: "Nama"},
			"account_number": {ChannelCode: "ID_BCA", AccountNumber: "12a45", HolderName: "Nama"},
			"holder_name":    {ChannelCode: "ID_BCA", AccountNumber: "12345", HolderName: " "},
		} {
			_, err := w.finance.SetBankAccount(ctx, w.maker, w.shop, b, "r9")
			require.True(t, fault.Is(err, fault.KindInvalid), field)
			require.Equal(t, field, fault.As(err).Fields[0].Name)
		}
		w.clean()
	})
}

func TestRefuse_leaves_the_money(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ready(w.maker, w.shop, 100_000)
		asked := w.request(w.maker, w.shop, 50_000, "a")
		_, err := w.finance.Refuse(ctx, w.rina, asked.ID, " ")
		is(t, err, fault.KindInvalid, "")
		refused, err := w.finance.Refuse(ctx, w.rina, asked.ID, "rekening tidak cocok")
		require.NoError(t, err)
		require.Equal(t, finance.Refused, refused.State)
		require.Equal(t, "rekening tidak cocok", w.messages.data["withdrawal_refused"]["alasan"])
		_, err = w.finance.Approve(ctx, w.rina, asked.ID)
		is(t, err, fault.KindConflict, "finance.withdrawal.moved")
		require.Equal(t, money.Rupiah(100_000), w.free(w.shop))
		w.request(w.maker, w.shop, 50_000, "b")
		w.clean()
	})
}

// The shop's money went away between asking and approving, to a refund.
func TestApprove_never_takes_what_is_gone(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ready(w.maker, w.shop, 100_000)
		asked := w.request(w.maker, w.shop, 80_000, "a")
		w.write(func(tx *gorm.DB) {
			require.NoError(t, w.books.PostTx(ctx, tx, ledger.Entry{Key: "refund", Kind: ledger.RefundOwed, Lines: ledger.Pair(
				ledger.Account{Kind: ledger.ShopPayable, Owner: w.shop}, ledger.Account{Kind: ledger.RefundDue, Owner: 17}, 30_000)}))
		})
		_, err := w.finance.Approve(ctx, w.rina, asked.ID)
		is(t, err, fault.KindConflict, "finance.approve.short")
		got, err := w.finance.Withdrawal(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Requested, got.State)
		require.Equal(t, money.Rupiah(70_000), w.free(w.shop))
		tasks, err := w.finance.Tasks(ctx, w.rina)
		require.NoError(t, err)
		require.Equal(t, []finance.Task{{Kind: finance.TaskRefund, RefID: 17, Amount: 30_000}}, tasks)
		w.clean()
	})
}

// Who asked first is decided first; what is over is read from the newest.
func TestQueue_begins_with_who_waits_longest(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ready(w.maker, w.shop, 100_000)
		w.earn(w.prison, 100_000)
		w.bank(w.wahyu, w.prison, "rekening-lembaga")
		first := w.request(w.maker, w.shop, 50_000, "a")
		second := w.request(w.wahyu, w.prison, 60_000, "b")
		ids := func(states []finance.State, last int64, limit int) []int64 {
			t.Helper()
			got, err := w.finance.Queue(ctx, w.rina, states, last, limit)
			require.NoError(t, err)
			var ids []int64
			for _, g := range got {
				ids = append(ids, g.ID)
			}
			return ids
		}
		require.Equal(t, []int64{first.ID, second.ID}, ids(nil, 0, 10))
		require.Equal(t, []int64{first.ID}, ids(nil, 0, 1))
		require.Equal(t, []int64{second.ID}, ids(nil, first.ID, 10), "the next page goes on where the last ended")
		require.Empty(t, ids(nil, second.ID, 10))
		for _, id := range []int64{first.ID, second.ID} {
			_, err := w.finance.Refuse(ctx, w.rina, id, "Bukan sekarang")
			require.NoError(t, err)
		}
		closed := []finance.State{finance.Refused}
		require.Equal(t, []int64{second.ID, first.ID}, ids(closed, 0, 10))
		require.Equal(t, []int64{first.ID}, ids(closed, second.ID, 10))
	})
}

// Twenty people press at the same moment; one request, one payout.
func TestWithdrawal_races_on_postgres(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.PostgresDB(t))
	w.ready(w.maker, w.shop, 100_000)
	var wg sync.WaitGroup
	ids := make([]int64, 20)
	for i := range ids {
		wg.Go(func() {
			got, err := w.finance.RequestWithdrawal(ctx, w.maker, w.shop, 60_000, "satu-formulir")
			if err == nil {
				ids[i] = got.ID
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		require.Equal(t, ids[0], id)
		require.NotZero(t, id)
	}
	other := w.admin
	other.Roles = []account.Role{account.RoleFinance}
	done := make([]error, 20)
	for i := range done {
		wg.Go(func() {
			by := w.rina
			if i%2 == 1 {
				by = other
			}
			_, done[i] = w.finance.Approve(ctx, by, ids[0])
		})
	}
	wg.Wait()
	approved, err := w.finance.Withdrawal(ctx, w.rina, ids[0])
	require.NoError(t, err)
	for i, err := range done {
		first := approved.DecidedBy == w.rina.UserID
		if first == (i%2 == 0) {
			require.NoError(t, err, "the same person pressing again")
		} else {
			is(t, err, fault.KindConflict, "finance.withdrawal.moved")
		}
	}
	require.Len(t, w.payouts.sent, 1)
	require.Equal(t, money.Rupiah(40_000), w.free(w.shop))
	w.clean()
}

func TestMoney_held_until_orders_finish(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.orders[w.shop] = []int64{17, 18}
		w.write(func(tx *gorm.DB) {
			for i, amount := range []money.Rupiah{25_000, 40_000, 99_000} {
				require.NoError(t, w.books.PostTx(ctx, tx, ledger.Entry{Key: string(rune('a' + i)), Kind: ledger.Paid, Lines: ledger.Pair(
					ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.Held, Owner: int64(17 + i)}, amount)}))
			}
		})
		m, err := w.finance.Money(ctx, w.maker, w.shop)
		require.NoError(t, err)
		held := []finance.HeldOrder{{Held: order.Held{ID: 17, Number: "LB-17", Why: order.HeldToMake}, Amount: 25_000}, {Held: order.Held{ID: 18, Number: "LB-18", Why: order.HeldToMake}, Amount: 40_000}}
		require.Equal(t, finance.Money{Held: 65_000, HeldOrders: held}, m)
		m, err = w.finance.Money(ctx, w.member, w.shop)
		require.NoError(t, err)
		require.Equal(t, held, m.HeldOrders, "who works on the orders")
		w.member.Memberships[0].Watches = true
		m, err = w.finance.Money(ctx, w.member, w.shop)
		require.NoError(t, err)
		require.Equal(t, finance.Money{Held: 65_000}, m, "who only watches sees no orders")
		for _, stranger := range []account.Actor{w.companion, w.officer, w.curator} {
			_, err = w.finance.Money(ctx, stranger, w.shop)
			require.Error(t, err)
		}
	})
}

func TestUnmatched_money_goes_to_suspense(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		u := finance.NewUnmatched(w.books)
		p := payment.Payment{ID: 7, PurposeKind: payment.KindUnmatched, PaidAmount: 33_000}
		w.write(func(tx *gorm.DB) {
			require.NoError(t, u.PaidTx(ctx, tx, p))
			require.NoError(t, u.SettledTx(ctx, tx, p))
		})
		suspended, err := w.books.Balance(ctx, ledger.Account{Kind: ledger.Suspense})
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(33_000), suspended)
		tasks, err := w.finance.Tasks(ctx, w.rina)
		require.NoError(t, err)
		require.Len(t, tasks, 1)
		require.Equal(t, finance.TaskUnmatched, tasks[0].Kind)
		require.Equal(t, int64(7), tasks[0].RefID)
	})
}

func TestProve_sees_what_was_corrupted(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.ready(w.maker, w.shop, 100_000)
		asked := w.request(w.maker, w.shop, 50_000, "a")
		_, err := w.finance.Approve(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		w.write(func(tx *gorm.DB) {
			require.NoError(t, tx.Exec("UPDATE withdrawals SET payout_id = 0").Error)
		})
		findings, err := w.finance.Prove(ctx)
		require.NoError(t, err)
		require.Equal(t, []proof.Finding{{Invariant: "finance payout", Row: "withdrawals 1", Text: "left the shop without a payout"}}, findings)
		w.write(func(tx *gorm.DB) { require.NoError(t, tx.Exec("UPDATE withdrawals SET payout_id = 1").Error) })
		w.bank(w.wahyu, w.prison, "lapas")
		for _, statement := range []string{
			"UPDATE withdrawals SET decided_by = requested_by", "UPDATE withdrawals SET decided_by = 0",
			"UPDATE withdrawals SET needs_check = TRUE", "UPDATE withdrawals SET amount = 9999",
			"UPDATE bank_accounts SET decided_by = proposed_by", "UPDATE bank_accounts SET decided_by = 0",
		} {
			require.Error(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return tx.Exec(statement).Error }), "the table refuses: %s", statement)
		}

		// And where a table did not: the proof names it.
		advance := "INSERT INTO advances (id, shop_id, amount, ceiling, reason, state, form_key, requested_by, requested_at, agreed_by, decided_by) SELECT 1, shop_id, 70000, "
		given := " FROM withdrawals"
		topUp := "INSERT INTO subsidy_top_ups (id, amount, reason, state, form_key, proposed_by, proposed_at, decided_by, two_people) SELECT 1, 70000, 'x', 'done', 'x', decided_by, decided_at, "
		for _, harm := range []struct{ invariant, row, statement string }{
			{"finance four eyes", "withdrawals 1", "UPDATE withdrawals SET decided_by = 0"},
			{"finance four eyes", "withdrawals 1", "UPDATE withdrawals SET decided_by = requested_by"},
			{"finance four eyes", "withdrawals 1", "UPDATE withdrawals SET needs_check = TRUE"},
			{"finance four eyes", "withdrawals 1", "UPDATE withdrawals SET needs_check = TRUE, checked_by = decided_by"},
			{"finance account", "withdrawals 1", "UPDATE withdrawals SET bank_account_id = 2"},
			{"finance bank four eyes", "bank_accounts 2", "UPDATE bank_accounts SET decided_by = proposed_by WHERE id = 2"},
			{"finance bank four eyes", "bank_accounts 2", "UPDATE bank_accounts SET decided_by = 0 WHERE id = 2"},
			{"finance advance", "advances 1", advance + "69999, 'x', 'granted', 'x', requested_by, requested_at, 0, decided_by" + given},
			{"finance advance", "advances 1", advance + "70000, 'x', 'granted', 'x', requested_by, requested_at, 0, 0" + given},
			{"finance advance", "advances 1", advance + "70000, 'x', 'granted', 'x', requested_by, requested_at, 0, requested_by" + given},
			{"finance advance", "advances 1", advance + "70000, 'x', 'granted', 'x', requested_by, requested_at, decided_by, decided_by" + given},
			{"finance top-up", "subsidy_top_ups 1", topUp + "0, FALSE" + given},
			{"finance top-up", "subsidy_top_ups 1", topUp + "decided_by, TRUE" + given},
		} {
			dbtest.Harm(t, db, []string{"withdrawals", "bank_accounts", "advances", "subsidy_top_ups"}, func(tx *gorm.DB) {
				require.NoError(t, tx.Exec(harm.statement).Error)
				found, err := finance.ProveTx(ctx, tx)
				require.NoError(t, err)
				require.Len(t, found, 1, harm.statement)
				require.Equal(t, []string{harm.invariant, harm.row}, []string{found[0].Invariant, found[0].Row}, harm.statement)
			})
		}
		w.clean()
	})
}

func TestWords_exist(t *testing.T) {
	t.Parallel()
	for _, s := range []finance.State{
		finance.Requested, finance.Checked, finance.Refused, finance.Cancelled, finance.Paying, finance.Paid, finance.Failed, finance.Reversed,
	} {
		require.True(t, text.Has(s.LabelKey()), s)
	}
	for _, k := range []finance.TaskKind{finance.TaskFailed, finance.TaskReversed, finance.TaskStuck, finance.TaskUnmatched, finance.TaskRefund} {
		require.True(t, text.Has(finance.Task{Kind: k}.LabelKey()), k)
	}
	for _, kind := range []string{
		"bank_proposed", "bank_active", "bank_refused", "withdrawal_approved", "withdrawal_refused",
		"withdrawal_paid", "withdrawal_failed", "withdrawal_reversed",
	} {
		require.True(t, text.Has("notify."+kind+".title") && text.Has("notify."+kind+".body"), kind)
	}
}
