package order

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// PurposeKind is the payment.Purpose kind of refunds of an order; main registers
// the service as its RefundSettler.
const PurposeKind = "order"

// effectsTx does what the table says a move causes. row is the order after the
// move, event its place in the history (its id makes the keys unique).
func (s *Service) effectsTx(ctx context.Context, tx *gorm.DB, row orderRow, st step, event eventRow) error {
	lines, err := linesTx(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	var err2 error
	switch r := st.rule; {
	case r.Does(KeepPromises):
		// RepeatPromises ran before the move, over every order of the purchase.
		err2 = s.parts.Promises.KeepTx(ctx, tx, leftIDs(lines))
	case r.Does(ReleasePromises):
		err2 = s.parts.Promises.ReleaseTx(ctx, tx, leftIDs(lines), nil)
	case r.Does(ReleaseLines):
		err2 = s.parts.Promises.ReleaseTx(ctx, tx, sortedKeys(st.cancel), st.cancel)
	case r.Does(UsePromises):
		err2 = s.parts.Promises.UseTx(ctx, tx, leftIDs(lines))
	}
	if err2 != nil {
		return err2
	}
	if err := cancelLinesTx(ctx, tx, row.ID, st.cancel); err != nil {
		return err
	}
	if st.rule.Does(OweLines) || st.rule.Does(OweAll) {
		if err := s.oweTx(ctx, tx, row, st, event); err != nil {
			return err
		}
	}
	return s.releaseTx(ctx, tx, row, st.now)
}

func sortedKeys(quantities map[int64]int64) []int64 {
	return slices.Sorted(maps.Keys(quantities))
}

func leftIDs(lines []lineRow) []int64 {
	var ids []int64
	for _, l := range lines {
		if l.Quantity > l.Cancelled {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

// cancelLinesTx counts what cannot be made, never above what was ordered.
func cancelLinesTx(ctx context.Context, tx *gorm.DB, orderID int64, cancel map[int64]int64) error {
	for _, lineID := range sortedKeys(cancel) {
		done := tx.WithContext(ctx).Exec(`UPDATE order_lines SET cancelled = cancelled + ?
			WHERE id = ? AND order_id = ? AND cancelled + ? <= quantity`, cancel[lineID], lineID, orderID, cancel[lineID])
		if done.Error != nil {
			return fmt.Errorf("order: cancel line %d: %w", lineID, done.Error)
		}
		if done.RowsAffected == 0 {
			return fault.Conflict("order.move.changed")
		}
	}
	return nil
}

// oweTx books what the buyer gets back and asks payment to send it.
func (s *Service) oweTx(ctx context.Context, tx *gorm.DB, row orderRow, st step, event eventRow) error {
	if row.PaymentID == 0 {
		return fmt.Errorf("order: %d gives money back without a payment", row.ID)
	}
	err := s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("order %d refund owed %d", row.ID, event.ID), Kind: ledger.RefundOwed,
		RefKind: PurposeKind, RefID: row.ID, Memo: row.Number,
		Lines: ledger.Pair(held(row.ID), refundDue(row.ID), st.back),
	})
	if err != nil {
		return fmt.Errorf("order: refund owed: %w", err)
	}
	refund, err := s.parts.Refunds.RefundTx(ctx, tx, payment.NewRefund{
		PaymentID: row.PaymentID, Amount: st.back, Key: fmt.Sprintf("order-%d-%d", row.ID, event.ID),
		Purpose: payment.Purpose{Kind: PurposeKind, ID: row.ID}, Reason: string(st.rule.Name) + " " + row.Number,
	})
	if err != nil {
		return fmt.Errorf("order: refund: %w", err)
	}
	story.Tell(ctx, tx, "refund owed", append(row.story(), story.Refund(refund.ID), slog.Int64("amount", int64(st.back)))...)
	return s.tellRefundTx(ctx, tx, row, refund, st)
}

func held(orderID int64) ledger.Account { return ledger.Account{Kind: ledger.Held, Owner: orderID} }
func payable(shopID int64) ledger.Account {
	return ledger.Account{Kind: ledger.ShopPayable, Owner: shopID}
}
func refundDue(orderID int64) ledger.Account {
	return ledger.Account{Kind: ledger.RefundDue, Owner: orderID}
}

var gateway = ledger.Account{Kind: ledger.Gateway}

// story is how an order is named in the log.
func (row orderRow) story() []slog.Attr {
	return []slog.Attr{story.Order(row.Number), story.Purchase(row.PurchaseID), story.Shop(row.ShopID)}
}

// deliveryDue and goodsDue say whether that part of the money belongs to the
// shop by now: delivery from dispatch, goods from completion, both only once the
// payment is settled (design §4, money).
func deliveryDue(row orderRow) bool {
	return row.SettledAt != nil && row.DeliveryReleasedAt == nil &&
		slices.Contains([]State{Dispatched, Delivered, Completed}, row.State)
}

func goodsDue(row orderRow) bool {
	return row.SettledAt != nil && row.GoodsReleasedAt == nil && row.State == Completed
}

// releaseTx moves what is due from held to the shop's own money. It may be
// called at any time and as often as one likes: each part moves once.
func (s *Service) releaseTx(ctx context.Context, tx *gorm.DB, row orderRow, now time.Time) error {
	parts := []struct {
		due    bool
		column string
		kind   ledger.EntryKind
		amount money.Rupiah
		name   string
	}{
		{deliveryDue(row), "delivery_released_at", ledger.ReleasedDelivery, row.DeliveryFee, "delivery"},
		// Before dispatch only goods of single lines are given back, and a whole
		// refund ends the order, so what was given back is always goods.
		{goodsDue(row), "goods_released_at", ledger.ReleasedGoods, row.Goods - row.Refunded, "goods"},
	}
	for _, p := range parts {
		if !p.due {
			continue
		}
		done := tx.WithContext(ctx).Exec("UPDATE orders SET "+p.column+" = ? WHERE id = ? AND "+p.column+" IS NULL", now, row.ID)
		if done.Error != nil {
			return fmt.Errorf("order: release %s: %w", p.name, done.Error)
		}
		if done.RowsAffected == 0 || p.amount == 0 {
			continue
		}
		err := s.parts.Books.PostTx(ctx, tx, ledger.Entry{
			Key: fmt.Sprintf("order %d %s", row.ID, p.name), Kind: p.kind, RefKind: PurposeKind, RefID: row.ID, Memo: row.Number,
			Lines: ledger.Pair(held(row.ID), payable(row.ShopID), p.amount),
		})
		if err != nil {
			return fmt.Errorf("order: release %s: %w", p.name, err)
		}
		story.Tell(ctx, tx, "money released", append(row.story(), slog.String("part", p.name), slog.Int64("amount", int64(p.amount)))...)
	}
	return nil
}

// SettledTx notes that the gateway credited a payment and releases what was only
// waiting for that. The purchase's settler calls it in payment's transaction.
func (s *Service) SettledTx(ctx context.Context, tx *gorm.DB, paymentID int64) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	var ids []int64
	err = tx.WithContext(ctx).Raw("UPDATE orders SET settled_at = ? WHERE payment_id = ? AND settled_at IS NULL RETURNING id",
		now, paymentID).Scan(&ids).Error
	if err != nil {
		return fmt.Errorf("order: settled: %w", err)
	}
	slices.Sort(ids)
	for _, orderID := range ids {
		row, err := rowTx(ctx, tx, orderID)
		if err != nil {
			return err
		}
		story.Tell(ctx, tx, "order settled", append(row.story(), story.Payment(paymentID))...)
		if err := s.releaseTx(ctx, tx, row, now); err != nil {
			return err
		}
	}
	return nil
}

// RefundedTx books a refund that left the gateway (payment.RefundSettler).
func (s *Service) RefundedTx(ctx context.Context, tx *gorm.DB, r payment.Refund) error {
	return s.refundMovedTx(ctx, tx, r, ledger.RefundPaid, ledger.Pair(refundDue(r.PurposeID), gateway, r.Amount))
}

// RefundReversedTx books a refund that the buyer's bank sent back; it is owed
// again, and the buyer gets the link once more.
func (s *Service) RefundReversedTx(ctx context.Context, tx *gorm.DB, r payment.Refund) error {
	if err := s.refundMovedTx(ctx, tx, r, ledger.RefundReturned, ledger.Pair(gateway, refundDue(r.PurposeID), r.Amount)); err != nil {
		return err
	}
	return s.RefundFailedTx(ctx, tx, r)
}

// refundMovedTx posts one attempt of a refund; attempts of one refund are
// different facts, so the attempt is part of the key.
func (s *Service) refundMovedTx(ctx context.Context, tx *gorm.DB, r payment.Refund, kind ledger.EntryKind, lines []ledger.Line) error {
	row, err := rowTx(ctx, tx, r.PurposeID)
	if err != nil {
		return err
	}
	err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("refund %d %s %d", r.ID, kind, r.Attempt), Kind: kind, RefKind: PurposeKind, RefID: row.ID,
		Memo: row.Number, Lines: lines,
	})
	if err != nil {
		return fmt.Errorf("order: refund %d: %w", r.ID, err)
	}
	story.Tell(ctx, tx, "refund booked", append(row.story(), story.Refund(r.ID), slog.String("entry", string(kind)), slog.Int64("amount", int64(r.Amount)))...)
	return nil
}

// RefundFailedTx sends the buyer the one-time link: the channel could not take
// the money back, so payment waits for an account. The debt stays in refund_due.
func (s *Service) RefundFailedTx(ctx context.Context, tx *gorm.DB, r payment.Refund) error {
	row, err := rowTx(ctx, tx, r.PurposeID)
	if err != nil {
		return err
	}
	return s.tellRefundLinkTx(ctx, tx, row, r)
}
