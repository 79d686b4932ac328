package order

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// What happened to the money of a purchase, told by the use case that settles
// payments. Every method works on all orders of the purchase, in id order, in
// the caller's transaction.

// ErrNotPayable says that an order of the purchase can no longer be paid for: it
// was paid already, or it is neither unpaid nor lapsed.
var ErrNotPayable = errors.New("order: not payable")

// Share is one order's part of a purchase's money.
type Share struct {
	OrderID int64
	Number  string
	Amount  money.Rupiah
}

// SharesTx lists what each order of the purchase costs, in id order: the exact
// parts into which an incoming payment is split.
func (s *Service) SharesTx(ctx context.Context, tx *gorm.DB, purchaseID int64) ([]Share, error) {
	rows, err := rowsOfPurchaseTx(ctx, tx, purchaseID)
	if err != nil {
		return nil, err
	}
	shares := make([]Share, len(rows))
	for i, r := range rows {
		shares[i] = Share{OrderID: r.ID, Number: r.Number, Amount: r.Total}
	}
	return shares, nil
}

// PurchaseTotals sums the orders of every purchase, for the proof that they equal
// what was charged.
func PurchaseTotals(ctx context.Context, db *database.DB) (map[int64]money.Rupiah, error) {
	var rows []struct {
		PurchaseID int64
		Total      money.Rupiah
	}
	err := db.Read(ctx).Raw("SELECT purchase_id, CAST(SUM(total) AS BIGINT) AS total FROM orders GROUP BY purchase_id").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: purchase totals: %w", err)
	}
	totals := map[int64]money.Rupiah{}
	for _, r := range rows {
		totals[r.PurchaseID] = r.Total
	}
	return totals, nil
}

// PaidTx moves every order of a purchase to the shops' work lists: awaiting_payment
// → to_do, or, for late money, lapsed|cancelled → to_do after every line of the
// purchase could be held again. It is all or nothing: ErrNotPayable or catalog's
// shortage error mean that the money belongs in suspense; nothing of this
// method is left behind then and the caller's transaction may go on. The caller
// posts the incoming money to each order's held account in the same transaction.
func (s *Service) PaidTx(ctx context.Context, tx *gorm.DB, purchaseID, paymentID int64) error {
	rows, err := rowsOfPurchaseTx(ctx, tx, purchaseID)
	if err != nil {
		return err
	}
	late := false
	for _, r := range rows {
		switch {
		case r.PaidAt != nil:
			return fmt.Errorf("%w: order %d is paid already", ErrNotPayable, r.ID)
		case r.State == Lapsed || r.State == Cancelled:
			late = true
		case r.State != AwaitingPayment:
			return fmt.Errorf("%w: order %d is %s", ErrNotPayable, r.ID, r.State)
		}
	}
	if len(rows) == 0 {
		return fmt.Errorf("%w: purchase %d has no orders", ErrNotPayable, purchaseID)
	}
	if late {
		if err := s.holdAgainTx(ctx, tx, rows); err != nil {
			return err
		}
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		rule, _ := RuleOf(Pay)
		if r.State != AwaitingPayment {
			rule, _ = RuleOf(PayLate)
		}
		st := step{rule: rule, by: party{who: Payment}, now: now, set: map[string]any{"paid_at": now, "payment_id": paymentID}}
		if _, err := s.applyTx(ctx, tx, r, st); err != nil {
			return err
		}
	}
	return nil
}

// holdAgainTx promises the lines of lapsed orders once more, all or nothing.
func (s *Service) holdAgainTx(ctx context.Context, tx *gorm.DB, rows []orderRow) error {
	var ids []int64
	for _, r := range rows {
		if r.State != AwaitingPayment {
			ids = append(ids, r.ID)
		}
	}
	lines, err := linesTx(ctx, tx, ids...)
	if err != nil {
		return err
	}
	demands := make([]catalog.Demand, len(lines))
	for i, l := range lines {
		demands[i] = catalog.Demand{LineID: l.ID, ProductID: l.ProductID, Quantity: l.Quantity}
	}
	// The money must be kept whatever the answer is, so a half-made promise is
	// undone here and not by the end of the transaction.
	const mark = "hold_again"
	if err := tx.SavePoint(mark).Error; err != nil {
		return fmt.Errorf("order: savepoint: %w", err)
	}
	promised, err := s.parts.Promises.RepromiseTx(ctx, tx, demands)
	if err != nil {
		if back := tx.RollbackTo(mark).Error; back != nil {
			return fmt.Errorf("order: undo promise: %w", back)
		}
		return err
	}
	return s.PromisedTx(ctx, tx, promised)
}

// LapsedTx ends the unpaid orders of a purchase and lets their promises go.
// Orders in another state are left alone.
func (s *Service) LapsedTx(ctx context.Context, tx *gorm.DB, purchaseID int64) error {
	return s.endTx(ctx, tx, purchaseID, Lapse, party{who: Payment})
}

// GiveUpTx cancels the unpaid orders of a purchase because the buyer changed
// their mind and the gateway has confirmed that the invoice is closed unpaid.
// Orders in another state are left alone.
func (s *Service) GiveUpTx(ctx context.Context, tx *gorm.DB, purchaseID, buyerUserID int64) error {
	return s.endTx(ctx, tx, purchaseID, GiveUp, party{who: Buyer, actor: buyerUserID})
}

func (s *Service) endTx(ctx context.Context, tx *gorm.DB, purchaseID int64, name Transition, by party) error {
	rows, err := rowsOfPurchaseTx(ctx, tx, purchaseID)
	if err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	rule, _ := RuleOf(name)
	for _, r := range rows {
		if r.State != AwaitingPayment {
			continue
		}
		if _, err := s.applyTx(ctx, tx, r, step{rule: rule, by: by, now: now}); err != nil {
			return err
		}
	}
	return nil
}
