package order

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// PurposeKind is the payment.Purpose kind of refunds of an order; main registers
// the service as its RefundSettler.
const PurposeKind = "order"

// effectsTx does what the table says a move causes. row is the order after the
// move, event its place in the history (its id makes the keys unique).
// It returns the refund it asked for, nil for none.
func (s *Service) effectsTx(ctx context.Context, tx *gorm.DB, row orderRow, st step, event eventRow) (*payment.Refund, error) {
	lines, err := linesTx(ctx, tx, row.ID)
	if err != nil {
		return nil, err
	}
	var err2 error
	switch r := st.rule; {
	case r.Does(KeepPromises):
		// RepeatPromises ran before the move, over every order of the purchase.
		err2 = s.parts.Promises.KeepTx(ctx, tx, heldIDs(lines))
	case r.Does(ReleasePromises):
		err2 = s.parts.Promises.ReleaseTx(ctx, tx, heldIDs(lines), nil)
	case r.Does(ReleaseLines):
		err2 = s.parts.Promises.ReleaseTx(ctx, tx, sortedKeys(heldOf(lines, st.cancel)), heldOf(lines, st.cancel))
	case r.Does(UnusePromises):
		err2 = s.parts.Promises.TakeBackTx(ctx, tx, heldIDs(lines))
	case r.Does(UsePromises):
		err2 = s.parts.Promises.UseTx(ctx, tx, heldIDs(lines))
	}
	if err2 != nil {
		return nil, err2
	}
	if err := cancelLinesTx(ctx, tx, row.ID, st.cancel); err != nil {
		return nil, err
	}
	if err := s.saleTx(ctx, tx, row, st); err != nil {
		return nil, err
	}
	refund, err := s.giveBackTx(ctx, tx, row, st, event)
	if err != nil {
		return nil, err
	}
	if err := s.bookTx(ctx, tx, row, st, event); err != nil {
		return nil, err
	}
	return refund, s.releaseTx(ctx, tx, row, st.now)
}

func sortedKeys(quantities map[int64]int64) []int64 {
	return slices.Sorted(maps.Keys(quantities))
}

// heldIDs are the lines that hold something of a pool.
func heldIDs(lines []lineRow) []int64 {
	var ids []int64
	for _, l := range lines {
		if l.Drawn && l.Quantity > l.Cancelled {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

// heldOf leaves out of quantities the lines that hold nothing of a pool.
func heldOf(lines []lineRow, quantities map[int64]int64) map[int64]int64 {
	held := maps.Clone(quantities)
	for _, l := range lines {
		if !l.Drawn {
			delete(held, l.ID)
		}
	}
	return held
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

func held(orderID int64) ledger.Account { return ledger.Account{Kind: ledger.Held, Owner: orderID} }
func payable(shopID int64) ledger.Account {
	return ledger.Account{Kind: ledger.ShopPayable, Owner: shopID}
}
func refundDue(orderID int64) ledger.Account {
	return ledger.Account{Kind: ledger.RefundDue, Owner: orderID}
}

func shopCash(shopID int64) ledger.Account {
	return ledger.Account{Kind: ledger.ShopCash, Owner: shopID}
}
func shopSales(shopID int64) ledger.Account {
	return ledger.Account{Kind: ledger.ShopSales, Owner: shopID}
}

var gateway = ledger.Account{Kind: ledger.Gateway}

// story is how an order is named in the log.
func (row orderRow) story() []slog.Attr {
	return []slog.Attr{story.Order(row.Number), story.For(row.PurposeKind, row.PurposeID), story.Shop(row.ShopID)}
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

// RefundReminderTx sends the buyer, who named no account for days, the new link.
func (s *Service) RefundReminderTx(ctx context.Context, tx *gorm.DB, r payment.Refund) error {
	row, err := rowTx(ctx, tx, r.PurposeID)
	if err != nil {
		return err
	}
	return s.sendRefundLinkTx(ctx, tx, row, r, "refund_reminder")
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
