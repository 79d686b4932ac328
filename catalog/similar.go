package catalog

import (
	"context"
	"fmt"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// LivePrice is what one product on sale costs, and what is in it.
type LivePrice struct {
	ProductID int64
	Title     string
	Price     money.Rupiah // of one piece; of the cheapest variant
	UnitKind  UnitKind
	NetAmount int64 // of the label, in NetUnit; 0: not given
	NetUnit   string
	Unit      string // what its maker calls one piece
}

// mostCompared bounds how many goods one price is compared with: the newest.
const mostCompared = 500

// LivePrices returns what the goods of a category that have a public page cost, to
// compare a new price with, the newest first and at most 500: one query. All of it
// is public, so it asks for no permission.
func (s *Service) LivePrices(ctx context.Context, categoryID int64) ([]LivePrice, error) {
	var out []LivePrice
	err := s.db.Read(ctx).Raw(`SELECT p.id AS product_id, r.title, p.price, r.unit_kind, r.unit, COALESCE(l.net_amount, 0) AS net_amount, COALESCE(l.net_unit, '') AS net_unit
		FROM products p JOIN revisions r ON r.id = p.live_revision_id JOIN shops h ON h.id = p.shop_id
		LEFT JOIN revision_labels l ON l.revision_id = r.id
		WHERE p.category_id = ? AND p.state IN ? AND h.state = ? AND p.mode <> ? AND p.price > 0
		ORDER BY p.id DESC LIMIT ?`,
		categoryID, []ProductState{ProductPublished, ProductPaused}, ShopOpen, ModeQuote, mostCompared).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: live prices: %w", err)
	}
	return out, nil
}
