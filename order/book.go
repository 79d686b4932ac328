package order

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// ended is what the order brought its shop until now, for the shop's own book. Goods
// are given back before delivery. A parcel that went costs its fee whatever came back.
func (o orderRow) ended(at time.Time) book.Ended {
	e := book.Ended{OrderID: o.ID, Number: o.Number, ShopID: o.ShopID, RegencyCode: o.RegencyCode, At: at,
		Goods: max(o.Goods-o.Refunded, 0), Delivery: min(o.DeliveryFee, o.remaining())}
	if o.DeliveryMethod == delivery.Courier && o.DispatchedAt != nil {
		e.Courier = o.DeliveryFee
	}
	return e
}

// bookTx lets the move post itself in the shop's cash book: what a paid order brought
// when it comes to its end, completed or decided by staff, and what is given back after
// that, be it all of a sale written down by mistake. row is the order after the move.
func (s *Service) bookTx(ctx context.Context, tx *gorm.DB, row orderRow, st step, event eventRow) error {
	switch {
	case row.PaidAt == nil:
		return nil
	case st.rule.To == Completed || st.rule.To == Resolved:
		return book.SaleTx(ctx, tx, row.ended(st.now))
	case (event.FromState == Completed || event.FromState == Resolved) && st.back > money.Rupiah(0):
		return book.RefundTx(ctx, tx, row.ended(st.now), st.back, event.ID)
	}
	return nil
}
