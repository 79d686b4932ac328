package book

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Ended is an order that came to its end with money for the shop, as package order
// tells it. At is when it happened; RegencyCode says in whose zone.
type Ended struct {
	OrderID     int64
	Number      string
	ShopID      int64
	RegencyCode string
	At          time.Time
	Goods       money.Rupiah // what the buyer paid for goods and did not get back
	Delivery    money.Rupiah // likewise for the way
	Courier     money.Rupiah // what a courier got for it: 0 where the shop brought it itself
}

// SaleTx posts what an order brought, in the transaction that ends it: its goods, the
// delivery money, and the part of that which a courier gets. A fee that a courier gets is
// no income; one that the shop keeps, because it went itself, is. Package order alone
// calls it, once for an order; a second time is an error.
func SaleTx(ctx context.Context, tx *gorm.DB, o Ended) error {
	var rows []entryRow
	for _, part := range []struct {
		kind   Kind
		amount money.Rupiah
	}{{Sale, o.Goods}, {Delivery, o.Delivery}, {Courier, o.Courier}} {
		if part.amount > 0 {
			rows = append(rows, o.row(part.kind, part.amount, fmt.Sprintf("order %d %s", o.OrderID, part.kind)))
		}
	}
	return insertTx(ctx, tx, rows...)
}

// RefundTx posts what a shop gave back after its order ended. event makes it one fact:
// the id of the order's step.
func RefundTx(ctx context.Context, tx *gorm.DB, o Ended, amount money.Rupiah, event int64) error {
	return insertTx(ctx, tx, o.row(Refund, amount, fmt.Sprintf("order %d refund %d", o.OrderID, event)))
}

// CommissionTx posts the operator's part of a sale as an expense. key is the one of
// the journal's entry.
func CommissionTx(ctx context.Context, tx *gorm.DB, o Ended, amount money.Rupiah, key string) error {
	return insertTx(ctx, tx, o.row(Commission, amount, key))
}

// CommissionBackTx posts the part of the operator's part that came back; taken is the key
// under which CommissionTx posted it.
func CommissionBackTx(ctx context.Context, tx *gorm.DB, o Ended, amount money.Rupiah, key, taken string) error {
	var ids []int64
	if err := tx.WithContext(ctx).Raw("SELECT id FROM book_entries WHERE source = ? AND source <> ''", taken).Scan(&ids).Error; err != nil {
		return fmt.Errorf("book: %s: %w", taken, err)
	}
	if len(ids) == 0 {
		return fault.Internal(fmt.Errorf("book: %s was never posted", taken))
	}
	row := o.row(Commission, amount, key)
	row.Corrects = &ids[0]
	return insertTx(ctx, tx, row)
}

func (o Ended) row(kind Kind, amount money.Rupiah, source string) entryRow {
	return entryRow{ShopID: o.ShopID, Day: dayIn(o.At, o.RegencyCode), Kind: kind, Amount: amount, Words: o.Number, Source: source,
		OrderID: &o.OrderID, RecordedAt: o.At}
}

func insertTx(ctx context.Context, tx *gorm.DB, rows ...entryRow) error {
	if len(rows) == 0 {
		return nil
	}
	if err := tx.WithContext(ctx).Create(&rows).Error; err != nil {
		return fmt.Errorf("book: %s: %w", rows[0].Source, err)
	}
	return nil
}
