package book

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/personal"
)

// DataOf implements personal.Keeper: the books of the person's shops, and what their
// products cost.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	shops := personal.Ids(p.Shops)
	return personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "buku_kas", SQL: `SELECT id, shop_id, day, kind, amount, words, order_id, corrects, replaces, recorded_at FROM book_entries WHERE shop_id IN ? ORDER BY id`, Args: []any{shops}},
		personal.Query{Name: "biaya_produk", SQL: `SELECT id, shop_id, product_id, pieces, material, wage, packaging, recorded_at FROM book_costs WHERE shop_id IN ? ORDER BY id`, Args: []any{shops}})
}

// OpenTx implements personal.Keeper: nothing in a book is left to settle.
func (s *Service) OpenTx(context.Context, *gorm.DB, personal.Person) ([]personal.Open, error) {
	return nil, nil
}

// ForgetTx implements personal.Keeper: the words and receipts of the shops that end with
// the person. Amounts and days stay; so does what they wrote in another's book, which is
// that shop's.
func (s *Service) ForgetTx(ctx context.Context, tx *gorm.DB, p personal.Person) error {
	alone := personal.Ids(p.Alone)
	var pictures []int64
	if err := tx.Raw("SELECT DISTINCT picture_id FROM book_entries WHERE shop_id IN ? AND picture_id IS NOT NULL", alone).Scan(&pictures).Error; err != nil {
		return fmt.Errorf("book: receipts of a person: %w", err)
	}
	err := personal.Run(tx, personal.Step{SQL: `UPDATE book_entries SET words = '', picture_id = NULL WHERE source = '' AND shop_id IN ?`, Args: []any{alone}})
	if err != nil {
		return err
	}
	return s.pictures.RemoveTx(ctx, tx, pictures)
}
