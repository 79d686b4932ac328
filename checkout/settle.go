package checkout

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

var (
	gateway  = ledger.Account{Kind: ledger.Gateway}
	suspense = ledger.Account{Kind: ledger.Suspense}
)

// reasons why money is in suspense
const (
	wrongAmount = "amount"      // not the amount, or not once
	tooLate     = "late"        // the goods cannot be held again
	notPayable  = "not_payable" // the purchase was paid already
)

// PaidTx is payment's word that money for a purchase arrived. The exact amount
// moves every order that is paid so to its shop and is split to their held accounts, also
// when it is late but every line can be held again; anything else goes to
// suspense as a task for finance; so does late money of a purchase whose place
// another one took (Again). (payment.Settler)
func (s *Service) PaidTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	row, err := purchaseTx(ctx, tx, p.PurposeID)
	if err != nil {
		return err
	}
	if p.Problem != "" || p.Surplus || p.PaidAmount != row.Online {
		return s.suspendTx(ctx, tx, row, p, wrongAmount)
	}
	if p.Late {
		// Who filled the cart again wants the goods once.
		replaced, err := replacedTx(ctx, tx, row.ID)
		if err != nil {
			return err
		}
		if replaced {
			return s.suspendTx(ctx, tx, row, p, notPayable)
		}
	}
	shares, err := s.parts.Orders.SharesTx(ctx, tx, row.purpose())
	if err != nil {
		return err
	}
	lines := []ledger.Line{{Account: gateway, Amount: p.PaidAmount}}
	for _, sh := range shares {
		lines = append(lines, ledger.Line{Account: ledger.Account{Kind: ledger.Held, Owner: sh.OrderID}, Amount: -sh.Amount})
	}
	err = s.parts.Orders.PaidTx(ctx, tx, row.purpose(), p.ID)
	var short *catalog.ShortError
	switch {
	case errors.As(err, &short):
		return s.suspendTx(ctx, tx, row, p, tooLate)
	case errors.Is(err, order.ErrNotPayable):
		return s.suspendTx(ctx, tx, row, p, notPayable)
	case err != nil:
		return err
	}
	// The journal refuses an entry that does not balance: shares that do not add
	// up to the payment stop here.
	err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("payment %d paid", p.ID), Kind: ledger.Paid, RefKind: "payment", RefID: p.ID, Memo: shares[0].Number, Lines: lines,
	})
	if err != nil {
		return fmt.Errorf("checkout: paid: %w", err)
	}
	return s.tellTx(ctx, tx, row, "purchase_paid")
}

// suspendTx books money that may not count for the purchase and opens the task.
func (s *Service) suspendTx(ctx context.Context, tx *gorm.DB, row purchaseRow, p payment.Payment, reason string) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	if p.PaidAmount <= 0 {
		return fmt.Errorf("checkout: payment %d is paid with %d", p.ID, p.PaidAmount)
	}
	err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("payment %d suspense", p.ID), Kind: ledger.Unmatched, RefKind: "payment", RefID: p.ID, Memo: reason,
		Lines: ledger.Pair(gateway, suspense, p.PaidAmount),
	})
	if err != nil {
		return fmt.Errorf("checkout: suspense: %w", err)
	}
	item := suspenseRow{PaymentID: p.ID, PurchaseID: row.ID, Amount: p.PaidAmount, Reason: reason, State: "open", OpenedAt: now}
	if err := tx.WithContext(ctx).Create(&item).Error; err != nil {
		return fmt.Errorf("checkout: suspense task: %w", err)
	}
	story.Tell(ctx, tx, "payment to suspense", story.Payment(p.ID), story.Purchase(row.ID), slog.Int64("amount", int64(p.PaidAmount)), slog.String("reason", reason))
	return s.tellTx(ctx, tx, row, "purchase_checking")
}

// LapsedTx is payment's word that nobody paid and nobody can any more: the
// orders end, by the buyer when they gave up and by themselves otherwise, and
// their promises are let go. (payment.Settler)
func (s *Service) LapsedTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	row, err := purchaseTx(ctx, tx, p.PurposeID)
	if err != nil {
		return err
	}
	if p.CancelRequested {
		return s.parts.Orders.GiveUpTx(ctx, tx, row.purpose(), row.BuyerUserID)
	}
	if err := s.parts.Orders.LapsedTx(ctx, tx, row.purpose()); err != nil {
		return err
	}
	return s.tellTx(ctx, tx, row, "purchase_lapsed")
}

// SettledTx is payment's word that the gateway credited the money: what is
// finished may now be paid out. (payment.Settler)
func (s *Service) SettledTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	return s.parts.Orders.SettledTx(ctx, tx, p.ID)
}

type suspenseRow struct {
	ID         int64
	PaymentID  int64
	PurchaseID int64
	Amount     money.Rupiah
	Reason     string
	State      string
	OpenedAt   time.Time
	DecidedBy  int64
	DecidedAt  *time.Time
	ProposedBy int64
	ProposedAt *time.Time
}

func (suspenseRow) TableName() string { return "suspense_items" }
