package order

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// CreateTx is CreateAllTx for one order.
func (s *Service) CreateTx(ctx context.Context, tx *gorm.DB, n New) (Order, error) {
	orders, err := s.CreateAllTx(ctx, tx, []New{n})
	if err != nil {
		return Order{}, err
	}
	return orders[0], nil
}

// CreateAllTx writes unpaid orders with their lines and recipients in the caller's
// transaction, as many statements for ten as for one, and returns them in the same
// order with line ids and the buyers' tokens. The caller
// has validated names and addresses, and promises the lines' quantities in the
// same transaction; without that promise the orders must not be committed.
// Amounts are computed here from the lines and refuse to overflow.
func (s *Service) CreateAllTx(ctx context.Context, tx *gorm.DB, news []New) ([]Order, error) {
	if len(news) == 0 {
		return nil, nil
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(news, func(n New) bool { return n.PayBy == ByDirect }) {
		if s, err = s.asSet(ctx, tx); err != nil {
			return nil, err
		}
	}
	rows := make([]orderRow, len(news))
	for i, n := range news {
		if rows[i], err = s.newRow(n, now); err != nil {
			return nil, err
		}
	}
	if err := s.insertTx(ctx, tx, rows); err != nil {
		return nil, err
	}
	var lines []lineRow
	to := make([]addressRow, len(news))
	for i, n := range news {
		for _, l := range n.Lines {
			lines = append(lines, lineRow{OrderID: rows[i].ID, ProductID: l.ProductID, VariantID: l.VariantID, RevisionID: l.RevisionID, PictureID: l.PictureID,
				Title: l.Title, Unit: l.Unit, UnitPrice: l.UnitPrice, Quantity: l.Quantity, WeightGrams: l.WeightGrams, HowSoon: l.HowSoon, Drawn: !l.Apart})
		}
		to[i] = addressRow{OrderID: rows[i].ID, Name: n.Recipient.Name, Phone: n.Recipient.Phone, RegencyCode: n.Recipient.RegencyCode,
			DistrictCode: n.Recipient.DistrictCode, Village: n.Recipient.Village, Street: n.Recipient.Street, Postcode: n.Recipient.Postcode}
	}
	if err := tx.WithContext(ctx).CreateInBatches(&lines, 100).Error; err != nil {
		return nil, fmt.Errorf("order: lines: %w", err)
	}
	if err := tx.WithContext(ctx).CreateInBatches(&to, 100).Error; err != nil {
		return nil, fmt.Errorf("order: addresses: %w", err)
	}
	orders := public(rows, lines, to)
	for i, row := range rows {
		orders[i].Token = s.token(row)
	}
	return orders, nil
}

// newRow is an order before it is written.
func (s *Service) newRow(n New, now time.Time) (orderRow, error) {
	if len(n.Lines) == 0 {
		return orderRow{}, errors.New("order: an order without lines")
	}
	if n.Delivery.Method == delivery.Pickup && n.Delivery.Fee != 0 {
		return orderRow{}, errors.New("order: a fee for pick-up")
	}
	payBy := cmp.Or(n.PayBy, ByGateway)
	if payBy == ByCash && n.Delivery.Method != delivery.Pickup || payBy == ByCOD && n.Delivery.Method == delivery.Pickup {
		return orderRow{}, fmt.Errorf("order: %s for %s", payBy, n.Delivery.Method)
	}
	goods, err := goodsOf(n.Lines)
	if err != nil {
		return orderRow{}, err
	}
	total, err := money.Sum(goods, n.Delivery.Fee)
	if err != nil {
		return orderRow{}, fmt.Errorf("order: total: %w", err)
	}
	row := orderRow{
		PurposeKind: n.Purpose.Kind, PurposeID: n.Purpose.ID, ShopID: n.ShopID, ShopName: n.ShopName, RegencyCode: n.RegencyCode,
		State: AwaitingPayment, PayBy: payBy, Source: cmp.Or(n.Source, FromWeb), Version: 1,
		BuyerUserID: n.Buyer.UserID, BuyerName: n.Buyer.Name, BuyerPhone: n.Buyer.Phone, BuyerEmail: n.Buyer.Email,
		Note: n.Note, DeliveryMethod: n.Delivery.Method, DeliveryFee: n.Delivery.Fee, DeliveryZone: n.Delivery.Zone,
		DeliveryCarrier: n.Delivery.Carrier, DeliveryService: n.Delivery.Service,
		DeliveryDaysMin: n.Delivery.DaysMin, DeliveryDaysMax: n.Delivery.DaysMax,
		Goods: goods, Total: total, CreatedAt: now, StateAt: &now,
	}
	if payBy == ByDirect {
		until := now.Add(s.settings.DirectPayWithin)
		row.PayUntil = &until
	}
	return row, nil
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

// insertTx gives the rows their numbers, their derived tokens and the commission
// of this moment. A number is six
// random letters, so a collision is rare but must not fail a checkout: another
// number is tried, in the same transaction.
func (s *Service) insertTx(ctx context.Context, tx *gorm.DB, rows []orderRow) error {
	if err := numberTx(ctx, tx, rows); err != nil {
		return err
	}
	for i := range rows {
		// Placeholders until the id is known; they are unique because numbers are.
		rows[i].TokenHash, rows[i].PickupHash = "new:"+rows[i].Number, "new:"+rows[i].Number
	}
	if err := tx.WithContext(ctx).CreateInBatches(&rows, 100).Error; err != nil {
		return fmt.Errorf("order: insert: %w", err)
	}
	for some := range slices.Chunk(rows, 100) {
		var tokens []any
		at := map[int64]*orderRow{}
		for i := range some {
			some[i].TokenHash = id.Hash(s.keys.For(tokenKind, some[i].ID))
			some[i].PickupHash = id.Hash(s.keys.For(pickupKind, some[i].ID))
			tokens = append(tokens, some[i].ID, some[i].TokenHash, some[i].PickupHash)
			at[some[i].ID] = &some[i]
		}
		var frozen []struct{ ID, CommissionPermille int64 }
		err := tx.WithContext(ctx).Raw("UPDATE orders SET token_hash = v.column2, pickup_hash = v.column3, commission_permille = "+permilleNow+" FROM (VALUES "+
			strings.TrimSuffix(strings.Repeat("(CAST(? AS BIGINT), ?, ?), ", len(some)), ", ")+
			") AS v WHERE orders.id = v.column1 RETURNING orders.id, orders.commission_permille", tokens...).Scan(&frozen).Error
		if err != nil {
			return fmt.Errorf("order: tokens: %w", err)
		}
		for _, f := range frozen {
			at[f.ID].CommissionPermille = f.CommissionPermille
		}
	}
	return nil
}

// numberTx chooses numbers that no order has.
func numberTx(ctx context.Context, tx *gorm.DB, rows []orderRow) error {
	free := map[string]bool{}
	for range 8 {
		for len(free) < len(rows) {
			free[id.OrderNumber()] = true
		}
		var taken []string
		if err := tx.WithContext(ctx).Raw("SELECT number FROM orders WHERE number IN ?", slices.Collect(maps.Keys(free))).Scan(&taken).Error; err != nil {
			return fmt.Errorf("order: number: %w", err)
		}
		if len(taken) == 0 {
			i := 0
			for number := range free {
				rows[i].Number = number
				i++
			}
			return nil
		}
		for _, number := range taken {
			delete(free, number)
		}
	}
	return errors.New("order: no free order number in eight tries")
}

// PromisedTx stores when the promised lines will be ready, as catalog answered.
// Lines of other orders are left alone.
func (s *Service) PromisedTx(ctx context.Context, tx *gorm.DB, promised []catalog.Promised) error {
	latest := map[int64]time.Time{}
	for some := range slices.Chunk(promised, 100) {
		var values []any
		at := map[int64]time.Time{}
		for _, p := range some {
			values = append(values, p.LineID, p.ReadyBy, p.Period)
			at[p.LineID] = p.ReadyBy
		}
		var lines []struct{ ID, OrderID int64 }
		err := tx.WithContext(ctx).Raw("UPDATE order_lines SET ready_by = v.column2, period = v.column3 FROM (VALUES "+
			strings.TrimSuffix(strings.Repeat("(CAST(? AS BIGINT), "+instant(tx)+", ?), ", len(some)), ", ")+
			") AS v WHERE order_lines.id = v.column1 RETURNING order_lines.id, order_lines.order_id", values...).Scan(&lines).Error
		if err != nil {
			return fmt.Errorf("order: promises of %d lines: %w", len(some), err)
		}
		for _, l := range lines {
			if at[l.ID].After(latest[l.OrderID]) {
				latest[l.OrderID] = at[l.ID]
			}
		}
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(latest)), 100) {
		var values []any
		for _, orderID := range some {
			values = append(values, orderID, latest[orderID])
		}
		err := tx.WithContext(ctx).Exec("UPDATE orders SET ready_by = v.column2 FROM (VALUES "+
			strings.TrimSuffix(strings.Repeat("(CAST(? AS BIGINT), "+instant(tx)+"), ", len(some)), ", ")+") AS v WHERE orders.id = v.column1", values...).Error
		if err != nil {
			return fmt.Errorf("order: ready by: %w", err)
		}
	}
	return nil
}

// instant is the place of a time among values, of which PostgreSQL would make text.
func instant(tx *gorm.DB) string {
	if tx.Name() == database.Postgres {
		return "CAST(? AS TIMESTAMPTZ)"
	}
	return "?"
}
