package checkout

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/order"
)

// DataOf implements personal.Keeper.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	hashes := s.cartHashes(p.UserID)
	return personal.Collect(s.db.Read(ctx), personal.Query{Name: "keranjang", SQL: `SELECT l.product_id, l.variant_id, l.quantity, l.seen_price, l.added_at FROM cart_lines l
		JOIN carts c ON c.id = l.cart_id WHERE c.token_hash IN ? ORDER BY l.added_at`, Args: []any{hashes}}, personal.Query{Name: "pembayaran", SQL: `SELECT id, total, buyer_name, buyer_phone, buyer_email, created_at, pay_until FROM purchases WHERE buyer_user_id = ? ORDER BY id`, Args: []any{p.UserID}})
}

// OpenTx implements personal.Keeper; open orders are package order's.
func (s *Service) OpenTx(context.Context, *gorm.DB, personal.Person) ([]personal.Open, error) {
	return nil, nil
}

// ForgetTx implements personal.Keeper.
func (s *Service) ForgetTx(ctx context.Context, tx *gorm.DB, p personal.Person) error {
	hashes, alone := s.cartHashes(p.UserID), personal.Ids(p.Alone)
	var pictures []int64
	if err := tx.Raw("SELECT picture_id FROM shop_codes WHERE shop_id IN ?", alone).Scan(&pictures).Error; err != nil {
		return fmt.Errorf("checkout: codes of a person: %w", err)
	}
	// What the buyer sent as proof: the books say that the shop took the money, the
	// photo proves nothing and no law asks for it.
	bought, err := s.parts.Orders.OfBuyerTx(ctx, tx, p.UserID)
	if err != nil {
		return err
	}
	bought = personal.Ids(bought)
	var proofs []int64
	if err := tx.Raw("SELECT picture_id FROM payment_proofs WHERE order_id IN ?", bought).Scan(&proofs).Error; err != nil {
		return fmt.Errorf("checkout: proofs of a person: %w", err)
	}
	pictures = append(pictures, proofs...)
	err = personal.Run(tx,
		personal.Step{SQL: forgetBuyers + ` WHERE buyer_user_id = ?`, Args: []any{personal.Gone, p.UserID}},
		personal.Step{SQL: `DELETE FROM cart_lines WHERE cart_id IN (SELECT id FROM carts WHERE token_hash IN ?)`, Args: []any{hashes}},
		personal.Step{SQL: `DELETE FROM carts WHERE token_hash IN ?`, Args: []any{hashes}},
		personal.Step{SQL: `DELETE FROM shop_codes WHERE shop_id IN ?`, Args: []any{alone}},
		personal.Step{SQL: `DELETE FROM payment_proofs WHERE order_id IN ?`, Args: []any{bought}},
		personal.Step{SQL: `DELETE FROM shop_payments WHERE shop_id IN ?`, Args: []any{alone}})
	if err != nil {
		return err
	}
	return s.parts.Pictures.RemoveTx(ctx, tx, pictures)
}

// cartHashes are those under which a person's cart may be stored.
func (s *Service) cartHashes(userID int64) (hashes []string) {
	for _, t := range s.keys.All(accountCart, userID) {
		hashes = append(hashes, id.Hash(t))
	}
	return hashes
}

const forgetBuyers = `UPDATE purchases SET buyer_name = ?, buyer_phone = '', buyer_email = ''`

// ForgetBuyers empties who paid, in purchases older than order.KeepBuyers, removes
// the photos of payments that are as old, and returns how many purchases there were. A daily job calls it.
func (s *Service) ForgetBuyers(ctx context.Context) (n int64, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec(forgetBuyers+` WHERE buyer_name <> ? AND created_at < ?`, personal.Gone, personal.Gone, now.Add(-order.KeepBuyers))
		n = done.RowsAffected
		if done.Error != nil {
			return done.Error
		}
		var pictures []int64
		if err := tx.Raw("DELETE FROM payment_proofs WHERE sent_at < ? RETURNING picture_id", now.Add(-order.KeepBuyers)).Scan(&pictures).Error; err != nil {
			return err
		}
		return s.parts.Pictures.RemoveTx(ctx, tx, pictures)
	})
	return n, err
}
