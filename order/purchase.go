package order

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// What happened to the money of a purchase or an accepted offer, told by the use
// case that settles its payments. Every method works on all orders that the
// payment's purpose asks money for, in id order, in the caller's transaction: those
// paid through the gateway, never those beside them that the shop takes money for.
// "Purchase" below stands for either.

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
func (s *Service) SharesTx(ctx context.Context, tx *gorm.DB, of payment.Purpose) ([]Share, error) {
	rows, err := heldRowsTx(ctx, tx, of)
	if err != nil {
		return nil, err
	}
	shares := make([]Share, len(rows))
	for i, r := range rows {
		shares[i] = Share{OrderID: r.ID, Number: r.Number, Amount: r.Total}
	}
	return shares, nil
}

// LiveTx says whether something of the purchase may still be made: an order of it
// neither lapsed nor was cancelled.
func (s *Service) LiveTx(ctx context.Context, tx *gorm.DB, of payment.Purpose) (bool, error) {
	var n int64
	err := tx.WithContext(ctx).Raw("SELECT count(*) FROM orders WHERE purpose_kind = ? AND purpose_id = ? AND state NOT IN ('lapsed', 'cancelled')", of.Kind, of.ID).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("order: live: %w", err)
	}
	return n > 0, nil
}

// Totals sums the orders of every purpose of one kind that are paid through the
// gateway, by its id, for the proof that they equal what was charged.
func Totals(ctx context.Context, db *database.DB, kind string) (map[int64]money.Rupiah, error) {
	var rows []struct {
		PurposeID int64
		Total     money.Rupiah
	}
	err := db.Read(ctx).Raw("SELECT purpose_id, CAST(SUM(total) AS BIGINT) AS total FROM orders WHERE purpose_kind = ? AND pay_by = 'gateway' GROUP BY purpose_id", kind).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: totals: %w", err)
	}
	totals := map[int64]money.Rupiah{}
	for _, r := range rows {
		totals[r.PurposeID] = r.Total
	}
	return totals, nil
}

// PaidTx moves every order of a purchase to the shops' work lists: awaiting_payment
// → to_do, or, for late money, lapsed|cancelled → to_do after every line of the
// purchase could be held again. It is all or nothing: ErrNotPayable or catalog's
// shortage error mean that the money belongs in suspense; nothing of this
// method is left behind then and the caller's transaction may go on. The caller
// posts the incoming money to each order's held account in the same transaction.
func (s *Service) PaidTx(ctx context.Context, tx *gorm.DB, of payment.Purpose, paymentID int64) error {
	rows, err := heldRowsTx(ctx, tx, of)
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
		return fmt.Errorf("%w: %s %d has no orders", ErrNotPayable, of.Kind, of.ID)
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
		name := Pay
		if r.State != AwaitingPayment {
			name = PayLate
		}
		rule, ok := Find(name, r.State, Payment, r.kind())
		if !ok {
			return fmt.Errorf("%w: order %d is %s", ErrNotPayable, r.ID, r.State)
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
	var demands []catalog.Demand
	for _, l := range lines {
		if l.Drawn {
			demands = append(demands, catalog.Demand{LineID: l.ID, ProductID: l.ProductID, VariantID: l.VariantID, Quantity: l.Quantity})
		}
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
func (s *Service) LapsedTx(ctx context.Context, tx *gorm.DB, of payment.Purpose) error {
	return s.endTx(ctx, tx, of, Lapse, party{who: Payment})
}

// GiveUpTx cancels the unpaid orders of a purchase because the buyer changed
// their mind and the gateway has confirmed that the invoice is closed unpaid;
// with them go those to be paid to the shop itself, unless proof was sent.
// Orders in another state are left alone.
func (s *Service) GiveUpTx(ctx context.Context, tx *gorm.DB, of payment.Purpose, buyerUserID int64) error {
	return s.endTx(ctx, tx, of, GiveUp, party{who: Buyer, actor: buyerUserID})
}

func (s *Service) endTx(ctx context.Context, tx *gorm.DB, of payment.Purpose, name Transition, by party) error {
	rows, err := rowsOfTx(ctx, tx, of)
	if err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		rule, ok := Find(name, r.State, by.who, r.kind())
		if !ok || r.DirectProofAt != nil {
			continue
		}
		if _, err := s.applyTx(ctx, tx, r, step{rule: rule, by: by, now: now}); err != nil {
			return err
		}
	}
	return nil
}

// BeginTx gives the shops the orders that are paid with the goods (PayBy.Later):
// awaiting_payment → to_do at once, promises kept. The use case that created them
// calls it in the same transaction, after their lines were promised; orders paid
// otherwise, or begun before, are left alone.
func (s *Service) BeginTx(ctx context.Context, tx *gorm.DB, orderIDs []int64) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	for _, orderID := range slices.Sorted(slices.Values(orderIDs)) {
		row, err := lockedTx(ctx, tx, orderID)
		if err != nil {
			return err
		}
		rule, ok := Find(Begin, row.State, Payment, row.kind())
		if !ok {
			continue
		}
		if _, err := s.applyTx(ctx, tx, row, step{rule: rule, by: party{who: Payment}, now: now}); err != nil {
			return err
		}
	}
	return nil
}

// ProofSentTx notes that the buyer of an unpaid order sent proof of having paid
// the shop itself: from then on the order does not lapse by time, and the shop is
// told. The use case that keeps the proof calls it in its transaction. A Conflict
// when the order is not one that waits for such money.
func (s *Service) ProofSentTx(ctx context.Context, tx *gorm.DB, orderID int64) error {
	row, err := lockedTx(ctx, tx, orderID)
	if err != nil {
		return err
	}
	if row.PayBy != ByDirect || row.State != AwaitingPayment {
		return notNow(row.State)
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	if s, err = s.asSet(ctx, tx); err != nil {
		return err
	}
	err = tx.WithContext(ctx).Exec("UPDATE orders SET direct_proof_at = ?, pay_until = NULL, remind_at = ?, version = version + 1 WHERE id = ?",
		now, now.Add(s.settings.ProofUnseen), row.ID).Error
	if err != nil {
		return fmt.Errorf("order: proof of %d: %w", row.ID, err)
	}
	return s.tellShopTx(ctx, tx, row, "order_proof")
}

// heldRowsTx is rowsOfTx without the orders that the shop takes money for itself.
func heldRowsTx(ctx context.Context, tx *gorm.DB, of payment.Purpose) ([]orderRow, error) {
	rows, err := rowsOfTx(ctx, tx, of)
	return slices.DeleteFunc(rows, func(r orderRow) bool { return !r.PayBy.Held() }), err
}
