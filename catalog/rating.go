package catalog

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// Rating is the sum of all stars and how many reviews gave them. Nothing is
// rounded before it is shown.
type Rating struct {
	Stars, Count int64
}

// ratingColumns are a product's Rating as columns of a query over products p.
const ratingColumns = `COALESCE((SELECT q.stars FROM product_ratings q WHERE q.product_id = p.id), 0) AS rating_stars,
	COALESCE((SELECT q.rated FROM product_ratings q WHERE q.product_id = p.id), 0) AS rating_count, `

// Tenths is the average in tenths of a star, rounded half up: 48 for 4.8. It is
// 0 without reviews.
func (r Rating) Tenths() int64 {
	if r.Count <= 0 {
		return 0
	}
	return (20*r.Stars + r.Count) / (2 * r.Count)
}

// Average is the average with one decimal, "4,8"; "" without reviews. point
// separates the decimal.
func (r Rating) Average(point string) string {
	if r.Count <= 0 {
		return ""
	}
	t := r.Tenths()
	return money.Group(uint64(t/10)) + point + string(rune('0'+t%10))
}

// RateTx adds stars and reviews to a product's sums, less when they are negative,
// and forgets the pages that show the product. Package review calls it in the
// transaction that changes what is shown.
func (s *Service) RateTx(ctx context.Context, tx *gorm.DB, productID int64, change Rating) error {
	p, err := productByID(ctx, tx, productID)
	if err != nil {
		return err
	}
	if change != (Rating{}) {
		err = tx.Exec(`INSERT INTO product_ratings (product_id, stars, rated) VALUES (?, 0, 0) ON CONFLICT (product_id) DO NOTHING`, productID).Error
		if err == nil {
			err = tx.Exec(`UPDATE product_ratings SET stars = stars + ?, rated = rated + ? WHERE product_id = ?`, change.Stars, change.Count, productID).Error
		}
		if err != nil {
			return fmt.Errorf("catalog: rating: %w", err)
		}
	}
	return invalidateProductTx(ctx, tx, p)
}

// Ratings are the sums of every product that has any, for the proof that they
// follow from the reviews.
func (s *Service) Ratings(ctx context.Context) (map[int64]Rating, error) {
	var rows []struct{ ProductID, Stars, Rated int64 }
	if err := s.db.Read(ctx).Raw(`SELECT product_id, stars, rated FROM product_ratings`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("catalog: ratings: %w", err)
	}
	out := map[int64]Rating{}
	for _, r := range rows {
		out[r.ProductID] = Rating{Stars: r.Stars, Count: r.Rated}
	}
	return out, nil
}
