package order

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/personal"
)

// DataOf implements personal.Keeper: the orders of the person's shops without the
// buyers, and those the person placed signed in.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	shops := personal.Ids(p.Shops)
	return personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "pesanan_toko", SQL: `SELECT id, number, shop_id, state, delivery_method, goods, delivery_fee, total, refunded, created_at, paid_at, dispatched_at, delivered_at, completed_at
			FROM orders WHERE shop_id IN ? ORDER BY id`, Args: []any{shops}},
		personal.Query{Name: "isi_pesanan_toko", SQL: `SELECT l.order_id, l.title, l.unit, l.unit_price, l.quantity, l.cancelled FROM order_lines l JOIN orders o ON o.id = l.order_id
			WHERE o.shop_id IN ? ORDER BY l.id`, Args: []any{shops}},
		personal.Query{Name: "langkah_pesanan", SQL: `SELECT e.order_id, e.at, e.move, e.from_state, e.to_state, e.reason FROM order_events e WHERE e.actor_id = ? OR e.subject_id = ? ORDER BY e.id`, Args: []any{p.UserID, p.UserID}},
		personal.Query{Name: "belanja", SQL: `SELECT o.number, o.shop_name, o.state, o.total, o.created_at, o.buyer_name, o.buyer_phone, o.buyer_email, o.note, a.name AS penerima, a.phone AS hp_penerima, a.street, a.village, a.postcode
			FROM orders o JOIN order_addresses a ON a.order_id = o.id WHERE o.buyer_user_id = ? ORDER BY o.id`, Args: []any{p.UserID}},
	)
}

// OpenTx implements personal.Keeper: orders end first, and money of theirs goes
// where it belongs.
func (s *Service) OpenTx(_ context.Context, tx *gorm.DB, p personal.Person) ([]personal.Open, error) {
	running, err := personal.Count(tx, "program.erasure.open_orders", `SELECT count(*) FROM orders
		WHERE (shop_id IN ? OR buyer_user_id = ?) AND state NOT IN ('completed', 'resolved', 'lapsed', 'cancelled')`, personal.Ids(p.Alone), p.UserID)
	if err != nil {
		return nil, err
	}
	held, err := personal.Count(tx, "program.erasure.open_held", `SELECT count(*) FROM orders WHERE shop_id IN ? AND state IN ('completed', 'resolved') AND pay_by = 'gateway'
		AND paid_at IS NOT NULL AND (goods_released_at IS NULL OR delivery_released_at IS NULL)`, personal.Ids(p.Alone))
	return append(running, held...), err
}

// ForgetTx implements personal.Keeper: a buyer's name and address, and the name
// of an individual's shop. Amounts and goods stay.
func (s *Service) ForgetTx(_ context.Context, tx *gorm.DB, p personal.Person) error {
	return personal.Run(tx,
		personal.Step{SQL: `UPDATE orders SET shop_name = ? WHERE shop_id IN ?`, Args: []any{catalog.ErasedShop, personal.Ids(p.Individual)}},
		personal.Step{SQL: forgetAddresses + ` WHERE order_id IN (SELECT id FROM orders WHERE buyer_user_id = ?)`, Args: []any{personal.Gone, p.UserID}},
		personal.Step{SQL: forgetBuyers + ` WHERE buyer_user_id = ?`, Args: []any{personal.Gone, p.UserID}},
	)
}

// OfBuyerTx lists the ids of the orders that somebody placed signed in, for the
// packages that keep something beside them.
func (s *Service) OfBuyerTx(ctx context.Context, tx *gorm.DB, userID int64) (ids []int64, err error) {
	err = tx.WithContext(ctx).Raw("SELECT id FROM orders WHERE buyer_user_id = ? AND buyer_user_id > 0 ORDER BY id", userID).Scan(&ids).Error
	return ids, err
}

const (
	forgetAddresses = `UPDATE order_addresses SET name = ?, phone = '', village = '', street = '', postcode = ''`
	forgetBuyers    = `UPDATE orders SET buyer_name = ?, buyer_phone = '', buyer_email = '', note = '', tracking_number = ''`
)

// KeepBuyers is how long a buyer's name, phone and address stay after an order
// ended (docs/decisions.md).
const KeepBuyers = 365 * 24 * time.Hour

// ForgetBuyers empties who bought, in orders that ended longer than KeepBuyers
// ago, and returns how many there were. A daily job calls it.
func (s *Service) ForgetBuyers(ctx context.Context) (n int64, err error) {
	const ended = `state IN ('completed', 'resolved', 'lapsed', 'cancelled') AND COALESCE(completed_at, state_at, created_at) < ?`
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		before := now.Add(-KeepBuyers)
		done := tx.Exec(forgetAddresses+` WHERE name <> ? AND order_id IN (SELECT id FROM orders WHERE `+ended+`)`, personal.Gone, personal.Gone, before)
		if done.Error != nil {
			return done.Error
		}
		n = done.RowsAffected
		var pictures []int64
		err = tx.Raw(`SELECT p.picture_id FROM order_pictures p JOIN orders o ON o.id = p.order_id WHERE `+ended, before).Scan(&pictures).Error
		if err == nil {
			err = s.parts.Pictures.RemoveTx(ctx, tx, pictures)
		}
		if err != nil {
			return err
		}
		return tx.Exec(forgetBuyers+` WHERE buyer_name <> ? AND `+ended, personal.Gone, personal.Gone, before).Error
	})
	return n, err
}
