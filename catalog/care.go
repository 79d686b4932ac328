package catalog

import (
	"context"
	"fmt"
	"time"
)

// ShopsByID returns the shops with these ids in any state, by id, in one statement;
// missing ones are left out. It checks no permission: whoever lists shops does.
func (s *Service) ShopsByID(ctx context.Context, ids []int64) (map[int64]Shop, error) {
	found := make(map[int64]Shop, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []Shop
	if err := s.db.Read(ctx).Raw(`SELECT `+shopColumns+` FROM shops WHERE id IN ?`, ids).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("catalog: shops by id: %w", err)
	}
	for _, r := range rows {
		r.CreatedAt = r.CreatedAt.UTC()
		found[r.ID] = r
	}
	return found, nil
}

// Care is what a shop's products need somebody for.
type Care struct {
	Live     int64           // products on sale, with an open shop or not
	Empty    int64           // of them, sold from stock that is used up
	Returned int64           // changes that a curator sent back and nobody answered
	Since    time.Time       // when the oldest of those was sent back
	Paper    CertificateKind // the certificate that ends first before the given time; "" for none
	PaperEnd time.Time
}

// CareByShop says of each shop what its products need, certificates that end before
// a time among it, in three statements. Permission as ShopsByID.
func (s *Service) CareByShop(ctx context.Context, shopIDs []int64, now, endsBefore time.Time) (map[int64]Care, error) {
	ids := append([]int64{0}, shopIDs...)
	out := make(map[int64]Care, len(shopIDs))
	var goods []struct{ ShopID, Live, Empty int64 }
	err := s.db.Read(ctx).Raw(`SELECT p.shop_id, count(*) AS live, SUM(CASE WHEN p.mode = ? AND NOT EXISTS (
			SELECT 1 FROM product_pools pp JOIN allotments a ON a.pool_id = pp.pool_id AND a.taken < a.capacity WHERE pp.product_id = p.id AND pp.main) THEN 1 ELSE 0 END) AS empty
		FROM products p WHERE p.shop_id IN ? AND p.state = ? GROUP BY p.shop_id`, ModeStock, ids, ProductPublished).Scan(&goods).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: care: products: %w", err)
	}
	for _, g := range goods {
		out[g.ShopID] = Care{Live: g.Live, Empty: g.Empty}
	}
	var returned []struct {
		ShopID    int64
		UpdatedAt time.Time
	}
	err = s.db.Read(ctx).Raw(`SELECT shop_id, updated_at FROM submissions WHERE shop_id IN ? AND state = ? ORDER BY updated_at, id`, ids, SubmissionReturned).Scan(&returned).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: care: returned: %w", err)
	}
	for _, r := range returned {
		c := out[r.ShopID]
		if c.Returned == 0 {
			c.Since = r.UpdatedAt.UTC()
		}
		c.Returned++
		out[r.ShopID] = c
	}
	var papers []struct {
		ShopID int64
		Kind   CertificateKind
		EndsAt time.Time
	}
	err = s.db.Read(ctx).Raw(`SELECT shop_id, kind, ends_at FROM certificates WHERE shop_id IN ? AND state = 'confirmed' AND ends_at > ? AND ends_at <= ? ORDER BY ends_at, id`,
		ids, now.UTC(), endsBefore.UTC()).Scan(&papers).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: care: certificates: %w", err)
	}
	for _, p := range papers {
		c := out[p.ShopID]
		if c.Paper == "" {
			c.Paper, c.PaperEnd = p.Kind, p.EndsAt.UTC()
			out[p.ShopID] = c
		}
	}
	return out, nil
}
