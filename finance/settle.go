package finance

import (
	"context"
	"fmt"
	"log/slog"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// Service is told what became of the payouts of withdrawals.
var _ payment.OutcomeSettler = (*Service)(nil)

// PayoutSucceededTx: the bank confirmed; the money has left for good, unless the
// bank sends it back later. Called by payment, once per payout.
func (s *Service) PayoutSucceededTx(ctx context.Context, tx *gorm.DB, p payment.Payout) error {
	return s.outcomeTx(ctx, tx, p, outcome{
		from: Paying, to: Paid, kind: ledger.WithdrawalPaid, verb: "payout_succeeded", message: "withdrawal_paid",
		lines: func(r row) []ledger.Line { return ledger.Pair(transit, gateway, money.Rupiah(r.Amount)) },
	})
}

// PayoutFailedTx: no money moved; it is the shop's again, and a task tells finance
// why. The maker asks anew when the reason is mended.
func (s *Service) PayoutFailedTx(ctx context.Context, tx *gorm.DB, p payment.Payout) error {
	return s.outcomeTx(ctx, tx, p, outcome{
		from: Paying, to: Failed, kind: ledger.WithdrawalFailed, verb: "payout_failed", message: "withdrawal_failed",
		lines: func(r row) []ledger.Line { return ledger.Pair(transit, payable(r.ShopID), money.Rupiah(r.Amount)) },
	})
}

// PayoutReversedTx: the money came back after it had arrived; it is the shop's
// again, and a task tells finance.
func (s *Service) PayoutReversedTx(ctx context.Context, tx *gorm.DB, p payment.Payout) error {
	return s.outcomeTx(ctx, tx, p, outcome{
		from: Paid, to: Reversed, kind: ledger.WithdrawalReversed, verb: "payout_reversed", message: "withdrawal_reversed",
		lines: func(r row) []ledger.Line { return ledger.Pair(gateway, payable(r.ShopID), money.Rupiah(r.Amount)) },
	})
}

type outcome struct {
	from, to State
	kind     ledger.EntryKind
	lines    func(row) []ledger.Line
	verb     string
	message  string
}

func (s *Service) outcomeTx(ctx context.Context, tx *gorm.DB, p payment.Payout, o outcome) error {
	id := p.PurposeID
	if p.PurposeKind != KindWithdrawal {
		return fmt.Errorf("finance: payout %d is for %s %d, not for a withdrawal", p.ID, p.PurposeKind, id)
	}
	r, bank, err := s.byID(tx, id)
	if err != nil {
		return err
	}
	if r.PayoutID != p.ID || money.Rupiah(r.Amount) != p.Amount {
		return fmt.Errorf("finance: payout %d of %s does not fit withdrawal %d (payout %d, %d)", p.ID, p.Amount, id, r.PayoutID, r.Amount)
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = moveTx(tx, "UPDATE withdrawals SET state = ?, finished_at = ?, failure_code = ? WHERE id = ? AND state = ?",
		string(o.to), now, p.FailureCode, id, string(o.from))
	if err != nil {
		return err
	}
	tellMoved(ctx, tx, r, o.to)
	err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("withdrawal %d %s", id, o.to), Kind: o.kind, RefKind: KindWithdrawal, RefID: id, Memo: r.memo(), Lines: o.lines(r),
	})
	if err != nil {
		return err
	}
	if err := s.record(ctx, tx, 0, r.RequestedBy, o.verb, "withdrawal", id, p.FailureCode); err != nil {
		return err
	}
	return s.tell(ctx, tx, r.ShopID, o.message, r.data(bank))
}

// Unmatched settles payments that fit nothing we asked for (payment.KindUnmatched):
// the money goes to suspense and becomes a task for finance.
type Unmatched struct{ books *ledger.Service }

var _ payment.Settler = Unmatched{}

// NewUnmatched returns the settler of money that fits nothing.
func NewUnmatched(books *ledger.Service) Unmatched { return Unmatched{books} }

// PaidTx books the money to suspense and opens a task.
func (u Unmatched) PaidTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = u.books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("payment %d unmatched", p.ID), Kind: ledger.Unmatched, RefKind: "payment", RefID: p.ID,
		Lines: ledger.Pair(gateway, ledger.Account{Kind: ledger.Suspense}, p.PaidAmount),
	})
	if err != nil {
		return err
	}
	err = tx.Exec("INSERT INTO unmatched_payments (payment_id, amount, created_at) VALUES (?, ?, ?)", p.ID, int64(p.PaidAmount), now).Error
	if err != nil {
		return fmt.Errorf("finance: unmatched payment %d: %w", p.ID, err)
	}
	story.Tell(ctx, tx, "payment to suspense", story.Payment(p.ID), slog.Int64("amount", int64(p.PaidAmount)), slog.String("reason", "unmatched"))
	return nil
}

// LapsedTx has nothing to let go.
func (u Unmatched) LapsedTx(context.Context, *gorm.DB, payment.Payment) error { return nil }

// SettledTx changes nothing: suspense does not ask where the money lies.
func (u Unmatched) SettledTx(context.Context, *gorm.DB, payment.Payment) error { return nil }
