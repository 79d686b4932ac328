package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// CreateTx writes an unpaid order with its lines and recipient in the caller's
// transaction, and returns it with line ids and the buyer's token. The caller
// has validated names and addresses, and promises the lines' quantities in the
// same transaction; without that promise the order must not be committed.
// Amounts are computed here from the lines and refuse to overflow.
func (s *Service) CreateTx(ctx context.Context, tx *gorm.DB, n New) (Order, error) {
	if len(n.Lines) == 0 {
		return Order{}, errors.New("order: an order without lines")
	}
	if n.Delivery.Method == delivery.Pickup && n.Delivery.Fee != 0 {
		return Order{}, errors.New("order: a fee for pick-up")
	}
	goods, err := goodsOf(n.Lines)
	if err != nil {
		return Order{}, err
	}
	total, err := money.Sum(goods, n.Delivery.Fee)
	if err != nil {
		return Order{}, fmt.Errorf("order: total: %w", err)
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Order{}, err
	}
	row := orderRow{
		PurchaseID: n.PurchaseID, ShopID: n.ShopID, ShopName: n.ShopName, RegencyCode: n.RegencyCode,
		State: AwaitingPayment, Version: 1,
		BuyerUserID: n.Buyer.UserID, BuyerName: n.Buyer.Name, BuyerPhone: n.Buyer.Phone, BuyerEmail: n.Buyer.Email,
		Note: n.Note, DeliveryMethod: n.Delivery.Method, DeliveryFee: n.Delivery.Fee, DeliveryZone: n.Delivery.Zone,
		DeliveryDaysMin: n.Delivery.DaysMin, DeliveryDaysMax: n.Delivery.DaysMax,
		Goods: goods, Total: total, CreatedAt: now,
	}
	if err := s.insertTx(ctx, tx, &row); err != nil {
		return Order{}, err
	}
	for _, l := range n.Lines {
		line := lineRow{OrderID: row.ID, ProductID: l.ProductID, RevisionID: l.RevisionID, PictureID: l.PictureID,
			Title: l.Title, Unit: l.Unit, UnitPrice: l.UnitPrice, Quantity: l.Quantity, WeightGrams: l.WeightGrams}
		if err := tx.WithContext(ctx).Create(&line).Error; err != nil {
			return Order{}, fmt.Errorf("order: line: %w", err)
		}
	}
	to := addressRow{OrderID: row.ID, Name: n.Recipient.Name, Phone: n.Recipient.Phone, RegencyCode: n.Recipient.RegencyCode,
		DistrictCode: n.Recipient.DistrictCode, Village: n.Recipient.Village, Street: n.Recipient.Street, Postcode: n.Recipient.Postcode}
	if err := tx.WithContext(ctx).Create(&to).Error; err != nil {
		return Order{}, fmt.Errorf("order: address: %w", err)
	}
	orders, err := assemble(ctx, tx, []orderRow{row})
	if err != nil {
		return Order{}, err
	}
	orders[0].Token = s.token(row)
	return orders[0], nil
}

func goodsOf(lines []NewLine) (money.Rupiah, error) {
	var goods money.Rupiah
	for _, l := range lines {
		if l.Quantity <= 0 || l.UnitPrice <= 0 {
			return 0, fmt.Errorf("order: product %d: quantity %d at %d", l.ProductID, l.Quantity, l.UnitPrice)
		}
		amount, err := l.UnitPrice.Times(l.Quantity)
		if err != nil {
			return 0, fmt.Errorf("order: product %d: %w", l.ProductID, err)
		}
		if goods, err = money.Sum(goods, amount); err != nil {
			return 0, fmt.Errorf("order: goods: %w", err)
		}
	}
	return goods, nil
}

// insertTx gives the row its number and its derived tokens. A number is six
// random letters, so a collision is rare but must not fail a checkout: the
// insert is skipped and another number is tried, in the same transaction.
func (s *Service) insertTx(ctx context.Context, tx *gorm.DB, row *orderRow) error {
	for range 8 {
		number := id.OrderNumber()
		var taken int64
		if err := tx.WithContext(ctx).Raw("SELECT count(*) FROM orders WHERE number = ?", number).Scan(&taken).Error; err != nil {
			return fmt.Errorf("order: number: %w", err)
		}
		if taken > 0 {
			continue
		}
		// Placeholders until the id is known; they are unique because numbers are.
		row.Number, row.TokenHash, row.PickupHash = number, "new:"+number, "new:"+number
		if err := tx.WithContext(ctx).Create(row).Error; err != nil {
			return fmt.Errorf("order: insert: %w", err)
		}
		row.TokenHash = id.Hash(s.keys.For(tokenKind, row.ID))
		row.PickupHash = id.Hash(s.keys.For(pickupKind, row.ID))
		err := tx.WithContext(ctx).Exec("UPDATE orders SET token_hash = ?, pickup_hash = ? WHERE id = ?",
			row.TokenHash, row.PickupHash, row.ID).Error
		if err != nil {
			return fmt.Errorf("order: token: %w", err)
		}
		return nil
	}
	return errors.New("order: no free order number in eight tries")
}

// PromisedTx stores when the promised lines will be ready, as catalog answered.
// Lines of other orders are left alone.
func (s *Service) PromisedTx(ctx context.Context, tx *gorm.DB, promised []catalog.Promised) error {
	latest := map[int64]time.Time{}
	for _, p := range promised {
		var orderID int64
		err := tx.WithContext(ctx).Raw("UPDATE order_lines SET ready_by = ?, period = ? WHERE id = ? RETURNING order_id",
			p.ReadyBy, p.Period, p.LineID).Scan(&orderID).Error
		if err != nil {
			return fmt.Errorf("order: promise of line %d: %w", p.LineID, err)
		}
		if p.ReadyBy.After(latest[orderID]) {
			latest[orderID] = p.ReadyBy
		}
	}
	for orderID, at := range latest {
		if err := tx.WithContext(ctx).Exec("UPDATE orders SET ready_by = ? WHERE id = ?", at, orderID).Error; err != nil {
			return fmt.Errorf("order: ready by: %w", err)
		}
	}
	return nil
}
