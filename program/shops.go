package program

import (
	"context"
	"fmt"
)

// ShopsOf returns the shops that the agency brought in, by id. It needs no
// permission: whoever lists shops decides who sees them.
func (s *Service) ShopsOf(ctx context.Context, agencyID int64) ([]int64, error) {
	out := []int64{}
	err := s.db.Read(ctx).Raw(`SELECT shop_id FROM invitations WHERE agency_id = ? ORDER BY shop_id`, agencyID).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("program: shops of agency: %w", err)
	}
	return out, nil
}

// AgencyNames returns the agency's name of each of the shops that one brought in.
// Permission: as ShopsOf.
func (s *Service) AgencyNames(ctx context.Context, shopIDs []int64) (map[int64]string, error) {
	var rows []struct {
		ShopID int64
		Name   string
	}
	err := s.db.Read(ctx).Raw(`SELECT i.shop_id, a.name FROM invitations i JOIN agencies a ON a.id = i.agency_id WHERE i.shop_id IN ?`,
		append([]int64{0}, shopIDs...)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("program: agencies of shops: %w", err)
	}
	out := make(map[int64]string, len(rows))
	for _, r := range rows {
		out[r.ShopID] = r.Name
	}
	return out, nil
}
