package review

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/personal"
)

// DataOf implements personal.Keeper: what the person wrote signed in, and what
// others wrote of the person's shops, without their names.
func (s *Service) DataOf(ctx context.Context, p personal.Person) ([]personal.Section, error) {
	return personal.Collect(s.db.Read(ctx),
		personal.Query{Name: "ulasan", SQL: `SELECT order_id, product_id, stars, words, writer, place_code, state, written_at FROM reviews WHERE buyer_user_id = ? AND buyer_user_id > 0 ORDER BY id`,
			Args: []any{p.UserID}},
		personal.Query{Name: "ulasan_toko", SQL: `SELECT product_id, stars, words, state, answer, answered_at, written_at FROM reviews WHERE shop_id IN ? AND state = 'shown' ORDER BY id`,
			Args: []any{personal.Ids(p.Shops)}},
	)
}

// OpenTx implements personal.Keeper: nothing waits for a review.
func (s *Service) OpenTx(context.Context, *gorm.DB, personal.Person) ([]personal.Open, error) {
	return nil, nil
}

// ForgetTx implements personal.Keeper: the stars stay, words and name go, and so
// do the answers of a shop that was the person's alone.
func (s *Service) ForgetTx(ctx context.Context, tx *gorm.DB, p personal.Person) error {
	const whose = `(buyer_user_id = ? AND buyer_user_id > 0) OR shop_id IN ?`
	found, err := list(tx, whose, p.UserID, personal.Ids(p.Individual))
	if err != nil {
		return err
	}
	err = personal.Run(tx,
		personal.Step{SQL: `UPDATE reviews SET words = '', writer = '', place_code = '', buyer_user_id = 0 WHERE buyer_user_id = ? AND buyer_user_id > 0`, Args: []any{p.UserID}},
		personal.Step{SQL: `UPDATE reviews SET answer = '', answered_at = NULL, answered_by = 0 WHERE shop_id IN ?`, Args: []any{personal.Ids(p.Individual)}},
	)
	if err != nil {
		return fmt.Errorf("review: forget: %w", err)
	}
	for _, r := range found {
		if err := database.InvalidateTx(ctx, tx, productKey(r.ProductID), shopKey(r.ShopID)); err != nil {
			return err
		}
	}
	return nil
}
