package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// Listed is what programs are told of a product that is for sale: where it is,
// its words and pictures. How it can be ordered now is in Sellables.
type Listed struct {
	ProductID   int64
	Slug        string
	Description string
	Price       money.Rupiah
	UpdatedAt   time.Time // of its words, price or state
	Pictures    []int64   `gorm:"-"` // in the maker's order

	RevisionID int64
}

const listed = live + `p.state = 'published' AND h.state = 'open' AND `

// Listing returns the products for sale with ids above after and, unless that is
// 0, up to through, by id, at most limit of them. For sitemaps and feeds, which
// read everything: each call is one short step of the primary key.
func (s *Service) Listing(ctx context.Context, after, through int64, limit int) ([]Listed, error) {
	db := s.db.Read(ctx)
	var all []Listed
	err := db.Raw(`SELECT p.id AS product_id, p.slug, r.description, p.price, p.updated_at, r.id AS revision_id`+listed+
		`p.id > ? AND (? = 0 OR p.id <= ?) ORDER BY p.id LIMIT ?`, after, through, through, limit).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: listing: %w", err)
	}
	revisions := make([]int64, len(all))
	for i := range all {
		all[i].UpdatedAt, revisions[i] = all[i].UpdatedAt.UTC(), all[i].RevisionID
	}
	if len(all) == 0 {
		return nil, nil
	}
	pictures, err := picturesOf(ctx, db, revisions)
	for i := range all {
		all[i].Pictures = pictures[all[i].RevisionID]
	}
	return all, err
}

// ListingParts says which parts of size consecutive ids hold a product for sale:
// part n those with ids above (n-1)*size and up to n*size.
func (s *Service) ListingParts(ctx context.Context, size int64) ([]int64, error) {
	var parts []int64
	err := s.db.Read(ctx).Raw(`SELECT DISTINCT (p.id - 1) / ? + 1 AS part`+listed+`p.id > 0 ORDER BY part`, size).Scan(&parts).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: parts of the listing: %w", err)
	}
	return parts, nil
}
