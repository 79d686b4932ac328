package delivery

import (
	"context"
	"fmt"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// Offer is one way a shop delivers, before anyone asks where to. Fee is the flat
// fee of Own; a courier's depends on the destination and is not in it.
type Offer struct {
	Method Method
	Fee    money.Rupiah
}

// Offers lists how a shop delivers, in the order of Methods, for its public
// page. Anyone may ask.
func (s *Service) Offers(ctx context.Context, shopID int64) ([]Offer, error) {
	var rows []methodRow
	if err := s.db.Read(ctx).Where("shop_id = ? AND enabled = ?", shopID, true).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("delivery: offers: %w", err)
	}
	var out []Offer
	for _, m := range Methods {
		for _, r := range rows {
			if Method(r.Method) == m {
				out = append(out, Offer{Method: m, Fee: money.Rupiah(r.Fee)})
			}
		}
	}
	return out, nil
}
