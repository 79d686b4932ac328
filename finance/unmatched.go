package finance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/settings"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// TwoPeopleAbove is the default of Parts.TwoPeopleAbove.
const TwoPeopleAbove money.Rupiah = 1_000_000

// Refunds sends received money back (payment.Service).
type Refunds interface {
	RefundTx(ctx context.Context, tx *gorm.DB, r payment.NewRefund) (payment.Refund, error)
	GiveAccountTx(ctx context.Context, tx *gorm.DB, p payment.Purpose, bank payment.Bank) (payment.Refund, error)
}

// StrayState is how far money that fits nothing is.
type StrayState string

// The states of stray money. Returned goes back to returning when the bank sends
// the money back.
const (
	StrayOpen      StrayState = "open"
	StrayProposed  StrayState = "proposed" // a second person is to confirm
	StrayReturning StrayState = "returning"
	StrayReturned  StrayState = "returned"
)

// Stray is money at the gateway that nothing of ours asked for.
type Stray struct {
	PaymentID  int64
	Amount     money.Rupiah
	State      StrayState
	Since      time.Time
	ProposedBy int64 // 0 without a proposal
	DecidedBy  int64
	TwoPeople  bool // too much for one person: propose and confirm

	// Account is where one person of finance says that it goes, until another
	// confirms it; only finance gets it.
	Account   payment.Bank
	AccountBy int64     // 0 without one
	AccountAt time.Time // which typing this is: ConfirmStrayAccount names it
}

type strayRow struct {
	PaymentID  int64 `gorm:"primaryKey"`
	Amount     int64
	CreatedAt  time.Time
	State      string
	ProposedBy int64
	ProposedAt *time.Time
	DecidedBy  int64
	DecidedAt  *time.Time

	AccountChannel string
	AccountNumber  string // sealed
	AccountHolder  string
	AccountBy      int64
	AccountAt      *time.Time
}

func (strayRow) TableName() string { return "unmatched_payments" }

func (s *Service) twoPeopleAbove(ctx context.Context, tx *gorm.DB) (money.Rupiah, error) {
	return set(ctx, tx, settings.TwoPeopleAbove, cmp.Or(s.parts.TwoPeopleAbove, TwoPeopleAbove))
}

// set is a setting as administrators changed it by now, or otherwise.
func set(ctx context.Context, tx *gorm.DB, name settings.Name, otherwise money.Rupiah) (money.Rupiah, error) {
	v, err := settings.NowTx(ctx, tx)
	return money.Rupiah(v.Of(name, int64(otherwise))), err
}

// Strays lists money that fits nothing and has not gone back, oldest first.
// Finance and admin.
func (s *Service) Strays(ctx context.Context, actor account.Actor) ([]Stray, error) {
	if !actor.Has(account.RoleFinance) && !actor.Has(account.RoleAdmin) {
		return nil, fault.NotFound("unmatched payments")
	}
	var rows []strayRow
	err := s.db.Read(ctx).Where("state <> ?", string(StrayReturned)).Order("payment_id").Limit(500).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("finance: unmatched payments: %w", err)
	}
	alone, err := s.twoPeopleAbove(ctx, s.db.Read(ctx))
	if err != nil {
		return nil, err
	}
	strays := make([]Stray, len(rows))
	for i, r := range rows {
		strays[i] = Stray{PaymentID: r.PaymentID, Amount: money.Rupiah(r.Amount), State: StrayState(r.State), Since: r.CreatedAt.UTC(),
			ProposedBy: r.ProposedBy, DecidedBy: r.DecidedBy, TwoPeople: money.Rupiah(r.Amount) > alone}
		if r.AccountBy == 0 || r.AccountAt == nil || !actor.Has(account.RoleFinance) {
			continue
		}
		bank, err := s.strayBank(r)
		if err != nil {
			return nil, err
		}
		strays[i].Account, strays[i].AccountBy, strays[i].AccountAt = bank, r.AccountBy, r.AccountAt.UTC()
	}
	return strays, nil
}

// ReturnStray sends money that fits nothing back to whoever paid it: through the
// channel where it can, else over a one-time link for an account. It stays in
// suspense until it has left. Finance only, at most Parts.TwoPeopleAbove; more is
// proposed by one person and confirmed by another (reliability §4). Conflict when
// it was decided already.
func (s *Service) ReturnStray(ctx context.Context, actor account.Actor, paymentID int64) error {
	return s.decideStray(ctx, actor, paymentID, func(tx *gorm.DB, r strayRow, now time.Time) error {
		alone, err := s.twoPeopleAbove(ctx, tx)
		if err != nil {
			return err
		}
		if money.Rupiah(r.Amount) > alone {
			return fault.Conflict("finance.stray.two_people", "max", alone)
		}
		err = claimStray(tx, "UPDATE unmatched_payments SET state = 'returning', decided_by = ?, decided_at = ? WHERE payment_id = ? AND state = 'open'",
			actor.UserID, now, paymentID)
		if err != nil {
			return err
		}
		return s.returnStrayTx(ctx, tx, actor, r, "return")
	})
}

// ProposeStray asks a second person of finance to send the money back; nothing
// moves. Any amount may be proposed. Finance only; Conflict when it was proposed or
// decided already.
func (s *Service) ProposeStray(ctx context.Context, actor account.Actor, paymentID int64) error {
	return s.decideStray(ctx, actor, paymentID, func(tx *gorm.DB, _ strayRow, now time.Time) error {
		err := claimStray(tx, "UPDATE unmatched_payments SET state = 'proposed', proposed_by = ?, proposed_at = ? WHERE payment_id = ? AND state = 'open'",
			actor.UserID, now, paymentID)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, actor.UserID, 0, "propose", strayObject, paymentID, "")
	})
}

// ConfirmStray sends back what somebody else of finance proposed, as ReturnStray
// does. Forbidden to the proposer; Conflict when it is not proposed, or a third
// person confirmed first.
func (s *Service) ConfirmStray(ctx context.Context, actor account.Actor, paymentID int64) error {
	return s.decideStray(ctx, actor, paymentID, func(tx *gorm.DB, r strayRow, now time.Time) error {
		if StrayState(r.State) == StrayProposed && r.ProposedBy == actor.UserID {
			return fault.Forbidden("finance.stray.own_proposal")
		}
		err := claimStray(tx, `UPDATE unmatched_payments SET state = 'returning', decided_by = ?, decided_at = ?
			WHERE payment_id = ? AND state = 'proposed' AND proposed_by <> ?`, actor.UserID, now, paymentID, actor.UserID)
		if err != nil {
			return err
		}
		return s.returnStrayTx(ctx, tx, actor, r, "confirm")
	})
}

// strayObject is what the trail calls unmatched money; its id is the payment's.
const strayObject = "unmatched_payment"

// decideStray runs one decision of finance in one transaction.
func (s *Service) decideStray(ctx context.Context, actor account.Actor, paymentID int64, do func(tx *gorm.DB, r strayRow, now time.Time) error) error {
	if !actor.SignedIn() || !actor.Has(account.RoleFinance) {
		return fault.NotFound(fmt.Sprintf("unmatched payment %d", paymentID))
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var r strayRow
		err = tx.WithContext(ctx).Where("payment_id = ?", paymentID).Take(&r).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return fault.NotFound(fmt.Sprintf("unmatched payment %d", paymentID))
		}
		if err != nil {
			return fmt.Errorf("finance: unmatched payment %d: %w", paymentID, err)
		}
		return do(tx.WithContext(ctx), r, now)
	})
}

// claimStray moves one row on; of two people who decide at once one gets a
// Conflict.
func claimStray(tx *gorm.DB, query string, args ...any) error {
	done := tx.Exec(query, args...)
	if done.Error != nil {
		return fmt.Errorf("finance: unmatched payment: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.Conflict("finance.stray.decided")
	}
	return nil
}

// returnStrayTx starts sending claimed money back.
func (s *Service) returnStrayTx(ctx context.Context, tx *gorm.DB, actor account.Actor, r strayRow, verb string) error {
	_, err := s.parts.Refunds.RefundTx(ctx, tx, payment.NewRefund{
		PaymentID: r.PaymentID, Amount: money.Rupiah(r.Amount), Key: fmt.Sprintf("unmatched-%d", r.PaymentID),
		Purpose: payment.Purpose{Kind: payment.KindUnmatched, ID: r.PaymentID}, Reason: "unmatched",
	})
	if err != nil {
		return fmt.Errorf("finance: return unmatched payment %d: %w", r.PaymentID, err)
	}
	return s.record(ctx, tx, actor.UserID, 0, verb, strayObject, r.PaymentID, "")
}

// StrayRefunds is told what became of returned stray money; main registers it as
// the payment.RefundSettler of payment.KindUnmatched.
type StrayRefunds struct{ books *ledger.Service }

var _ payment.RefundSettler = StrayRefunds{}

// NewStrayRefunds returns the settler of refunds of stray money.
func NewStrayRefunds(books *ledger.Service) StrayRefunds { return StrayRefunds{books} }

// RefundedTx books the money out of suspense: it has left.
func (s StrayRefunds) RefundedTx(ctx context.Context, tx *gorm.DB, r payment.Refund) error {
	return s.move(ctx, tx, r, StrayReturned, ledger.RefundPaid, ledger.Pair(ledger.Account{Kind: ledger.Suspense}, gateway, r.Amount))
}

// RefundReversedTx books the money back into suspense: the bank sent it back.
func (s StrayRefunds) RefundReversedTx(ctx context.Context, tx *gorm.DB, r payment.Refund) error {
	return s.move(ctx, tx, r, StrayReturning, ledger.RefundReturned, ledger.Pair(gateway, ledger.Account{Kind: ledger.Suspense}, r.Amount))
}

// RefundFailedTx changes nothing: the money never left suspense, and nobody knows
// the payer's address. Finance sees the link for an account on its list.
func (s StrayRefunds) RefundFailedTx(context.Context, *gorm.DB, payment.Refund) error { return nil }

// RefundReminderTx changes nothing, for the same reason: it is a task of finance.
func (s StrayRefunds) RefundReminderTx(context.Context, *gorm.DB, payment.Refund) error { return nil }

func (s StrayRefunds) move(ctx context.Context, tx *gorm.DB, r payment.Refund, to StrayState, kind ledger.EntryKind, lines []ledger.Line) error {
	err := s.books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("refund %d %s %d", r.ID, kind, r.Attempt), Kind: kind, RefKind: "payment", RefID: r.PaymentID,
		Memo: payment.KindUnmatched, Lines: lines,
	})
	if err != nil {
		return fmt.Errorf("finance: refund of unmatched payment %d: %w", r.PaymentID, err)
	}
	err = tx.WithContext(ctx).Exec("UPDATE unmatched_payments SET state = ? WHERE payment_id = ?", string(to), r.PurposeID).Error
	if err != nil {
		return fmt.Errorf("finance: unmatched payment %d: %w", r.PaymentID, err)
	}
	return nil
}
