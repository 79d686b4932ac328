package order

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// What the moves do with money, by who took it (PayBy). Money that came through
// the gateway is held, and leaves that account to the shop or back to the buyer;
// money that the shop took itself is only written down for its own books.

// stillHeld is what the order's held account has: everything paid, less what was
// given back out of it and what the shop got.
func (o orderRow) stillHeld() money.Rupiah {
	switch {
	case o.PaidAt == nil || !o.PayBy.Held() || o.GoodsReleasedAt != nil:
		return 0
	case o.DeliveryReleasedAt != nil:
		return o.remaining() + o.Clawed - o.DeliveryFee
	}
	return o.remaining() + o.Clawed
}

// deliveryDue and goodsDue say whether that part of the money belongs to the
// shop by now: delivery once the parcel went out, goods from completion or the
// end of a complaint, both only once the payment is settled (design §4, money).
func deliveryDue(row orderRow) bool {
	return row.SettledAt != nil && row.DeliveryReleasedAt == nil &&
		(row.DispatchedAt != nil || row.DeliveredAt != nil || row.State == Resolved)
}

func goodsDue(row orderRow) bool {
	return row.SettledAt != nil && row.GoodsReleasedAt == nil && (row.State == Completed || row.State == Resolved)
}

// saleTx writes down what the shop took itself with this move: once for an order,
// because the move that takes it also makes the order paid.
func (s *Service) saleTx(ctx context.Context, tx *gorm.DB, row orderRow, st step) error {
	if st.sale == 0 {
		return nil
	}
	kind := ledger.CashSale
	if row.PayBy == ByDirect {
		kind = ledger.DirectSale
	}
	err := s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("order %d sale", row.ID), Kind: kind, RefKind: PurposeKind, RefID: row.ID, Memo: row.Number,
		Lines: ledger.Pair(shopCash(row.ShopID), shopSales(row.ShopID), st.sale),
	})
	if err != nil {
		return fmt.Errorf("order: sale: %w", err)
	}
	story.Tell(ctx, tx, "shop took the money", append(row.story(), slog.String("entry", string(kind)), slog.Int64("amount", int64(st.sale)))...)
	return nil
}

// giveBackTx books what the buyer gets back. Money that came through the gateway
// is owed to the buyer and payment is asked to send it: out of what is held, and
// for what the shop got already out of what it may withdraw, or as its debt. Of
// money that the shop took itself only the fact is written down: it gives it back
// itself. An order that was not paid yet just costs less.
func (s *Service) giveBackTx(ctx context.Context, tx *gorm.DB, row orderRow, st step, event eventRow) (*payment.Refund, error) {
	switch {
	case st.back == 0 || row.PaidAt == nil:
		return nil, nil
	case !row.PayBy.Held():
		err := s.parts.Books.PostTx(ctx, tx, ledger.Entry{
			Key: fmt.Sprintf("order %d returned %d", row.ID, event.ID), Kind: ledger.SaleReturned, RefKind: PurposeKind, RefID: row.ID, Memo: row.Number,
			Lines: ledger.Pair(shopSales(row.ShopID), shopCash(row.ShopID), st.back),
		})
		if err != nil {
			return nil, fmt.Errorf("order: sale returned: %w", err)
		}
		return nil, nil
	case row.PaymentID == 0:
		return nil, fmt.Errorf("order: %d gives money back without a payment", row.ID)
	}
	if fromHeld := st.back - st.charge; fromHeld > 0 {
		err := s.parts.Books.PostTx(ctx, tx, ledger.Entry{
			Key: fmt.Sprintf("order %d refund owed %d", row.ID, event.ID), Kind: ledger.RefundOwed,
			RefKind: PurposeKind, RefID: row.ID, Memo: row.Number,
			Lines: ledger.Pair(held(row.ID), refundDue(row.ID), fromHeld),
		})
		if err != nil {
			return nil, fmt.Errorf("order: refund owed: %w", err)
		}
	}
	if err := s.returnCommissionTx(ctx, tx, row, st.back, event); err != nil {
		return nil, err
	}
	if st.charge > 0 {
		err := s.parts.Books.ChargeShopTx(ctx, tx, ledger.Entry{
			Key: fmt.Sprintf("order %d clawback %d", row.ID, event.ID), Kind: ledger.Clawback,
			RefKind: PurposeKind, RefID: row.ID, Memo: row.Number,
		}, row.ShopID, refundDue(row.ID), st.charge)
		if err != nil {
			return nil, fmt.Errorf("order: clawback: %w", err)
		}
	}
	refund, err := s.parts.Refunds.RefundTx(ctx, tx, payment.NewRefund{
		PaymentID: row.PaymentID, Amount: st.back, Key: fmt.Sprintf("order-%d-%d", row.ID, event.ID),
		Purpose: payment.Purpose{Kind: PurposeKind, ID: row.ID}, Reason: string(st.rule.Name) + " " + row.Number,
	})
	if err != nil {
		return nil, fmt.Errorf("order: refund: %w", err)
	}
	story.Tell(ctx, tx, "refund owed", append(row.story(), story.Refund(refund.ID), slog.Int64("amount", int64(st.back)),
		slog.Int64("from_shop", int64(st.charge)))...)
	return &refund, nil
}

// releaseTx moves what is due from held to the shop's own money, and lets the shop
// give back out of it what it owes. It may be called at any time and as often as
// one likes: each part moves once.
func (s *Service) releaseTx(ctx context.Context, tx *gorm.DB, row orderRow, now time.Time) error {
	cause := ""
	release := func(done *gorm.DB, name string, kind ledger.EntryKind, amount money.Rupiah) error {
		if done.Error != nil {
			return fmt.Errorf("order: release %s: %w", name, done.Error)
		}
		if done.RowsAffected == 0 || amount == 0 {
			return nil
		}
		key := fmt.Sprintf("order %d %s", row.ID, name)
		err := s.parts.Books.PostTx(ctx, tx, ledger.Entry{
			Key: key, Kind: kind, RefKind: PurposeKind, RefID: row.ID, Memo: row.Number,
			Lines: ledger.Pair(held(row.ID), payable(row.ShopID), amount),
		})
		if err != nil {
			return fmt.Errorf("order: release %s: %w", name, err)
		}
		cause = key
		story.Tell(ctx, tx, "money released", append(row.story(), slog.String("part", name), slog.Int64("amount", int64(amount)))...)
		return nil
	}
	left := row.stillHeld()
	if deliveryDue(row) {
		// Goods are given back before delivery, so less than the fee is left only
		// when the buyer gets nearly everything.
		fee := min(row.DeliveryFee, left)
		mark := tx.WithContext(ctx).Exec("UPDATE orders SET delivery_released_at = ? WHERE id = ? AND delivery_released_at IS NULL", now, row.ID)
		if err := release(mark, "delivery", ledger.ReleasedDelivery, fee); err != nil {
			return err
		}
		left -= fee
	}
	if goodsDue(row) {
		mark := tx.WithContext(ctx).Exec("UPDATE orders SET goods_released_at = ? WHERE id = ? AND goods_released_at IS NULL", now, row.ID)
		if err := release(mark, "goods", ledger.ReleasedGoods, left); err != nil {
			return err
		}
		if mark.RowsAffected == 1 {
			if err := s.takeCommissionTx(ctx, tx, row); err != nil {
				return err
			}
		}
	}
	if cause == "" {
		return nil
	}
	if err := s.parts.Books.RepayTx(ctx, tx, row.ShopID, cause, row.Number); err != nil {
		return fmt.Errorf("order: repay: %w", err)
	}
	return nil
}
