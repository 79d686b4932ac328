package catalog

import (
	"context"
	"fmt"
)

// SubmissionHead is what a list says of a submission: its newest title and its shop.
type SubmissionHead struct {
	SubmissionID int64
	Title        string
	ShopName     string
	DistrictCode string
	Village      string
	Place        string `gorm:"-"` // public: village and district
}

// SubmissionHeads returns, in one query, the heads of submissions by id; missing ones
// are left out. It checks no permission.
func (s *Service) SubmissionHeads(ctx context.Context, ids []int64) (map[int64]SubmissionHead, error) {
	out := map[int64]SubmissionHead{}
	if len(ids) == 0 {
		return out, nil
	}
	var rows []SubmissionHead
	err := s.db.Read(ctx).Raw(`SELECT s.id AS submission_id, r.title, h.name AS shop_name, h.district_code, h.village
		FROM submissions s JOIN revisions r ON r.id = s.revision_id JOIN shops h ON h.id = s.shop_id WHERE s.id IN ?`, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: heads of submissions: %w", err)
	}
	for _, r := range rows {
		r.Place = placeOf(r.Village, r.DistrictCode)
		out[r.SubmissionID] = r
	}
	return out, nil
}
