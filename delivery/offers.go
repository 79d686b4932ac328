package delivery

import (
	"context"
	"fmt"
	"strconv"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Offer is one way a shop delivers, before anyone asks where to. Fee is what Own
// costs at least; a courier's depends on the destination and is not in it.
type Offer struct {
	Method Method
	Fee    money.Rupiah
	From   bool     // of Own: other places cost more than Fee
	Places []string // of Own: where to; none: the shop's whole regency
}

// Offers lists how a shop delivers, in the order of Methods, for its public
// page. Anyone may ask.
func (s *Service) Offers(ctx context.Context, shopID int64) ([]Offer, error) {
	database.Depend(ctx, pageKey(shopID))
	var rows []methodRow
	if err := s.db.Read(ctx).Where("shop_id = ? AND enabled = ?", shopID, true).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("delivery: offers: %w", err)
	}
	var out []Offer
	for _, m := range Methods {
		for _, r := range rows {
			if Method(r.Method) == m {
				out = append(out, Offer{Method: m, Fee: money.Rupiah(r.Fee)})
				if m != Own {
					continue
				}
				areas, err := areasTx(s.db.Read(ctx), shopID)
				if err != nil {
					return nil, err
				}
				for i, a := range areas {
					own := &out[len(out)-1]
					own.From = own.From || i > 0 && a.Fee != own.Fee
					if i == 0 || a.Fee < own.Fee {
						own.Fee = a.Fee
					}
					own.Places = append(own.Places, a.Name())
				}
			}
		}
	}
	return out, nil
}

// pageKey is what public pages that show a shop's offers depend on.
func pageKey(shopID int64) string { return "delivery:" + strconv.FormatInt(shopID, 10) }
