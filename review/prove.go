package review

import (
	"context"
	"fmt"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

// Prove checks that every review is of a product that its order holds, of that
// order's shop and a completed order, and that the sums on cards follow from what
// is shown.
func (s *Service) Prove(ctx context.Context) ([]proof.Finding, error) {
	var rows []struct{ ProductID, Stars, Rated int64 }
	err := s.db.Read(ctx).Raw(`SELECT product_id, CAST(SUM(stars) AS BIGINT) AS stars, COUNT(*) AS rated FROM reviews WHERE state = 'shown' GROUP BY product_id`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("review: prove: %w", err)
	}
	sums, err := s.catalog.Ratings(ctx)
	if err != nil {
		return nil, err
	}
	var out []proof.Finding
	differs := func(product int64, want, got catalog.Rating) {
		if want != got {
			out = append(out, proof.Finding{Invariant: "U1 sums of reviews", Row: fmt.Sprintf("product_ratings %d", product),
				Text: fmt.Sprintf("shown reviews sum to %d stars of %d, product_ratings says %d of %d", want.Stars, want.Count, got.Stars, got.Count)})
		}
	}
	for _, r := range rows {
		differs(r.ProductID, catalog.Rating{Stars: r.Stars, Count: r.Rated}, sums[r.ProductID])
		delete(sums, r.ProductID)
	}
	for product, sum := range sums {
		differs(product, catalog.Rating{}, sum)
	}
	return out, nil
}
