package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/lapak-berdaya/lapak/internal/clock"
)

// StandingFilter narrows Standing.
type StandingFilter struct {
	Rule    RuleName // unmet, whatever its mode; "" for every rule that blocks now or is planned to
	Regions []string // province, regency or district codes; empty for all
	After   int64    // Standing's next of the page before
	Limit   int      // default 50
}

// StandingProduct is a live product that would not be approved as it is.
type StandingProduct struct {
	ProductID   int64
	ShopID      int64
	ShopName    string
	Slug        string
	Title       string
	RegencyCode string
	Unmet       []Check `gorm:"-"`
}

// How many live products one call of Standing reads at most, and at once.
const standingReads, standingBatch = 5000, 500

// Standing returns live products that a hard rule would not let through, by id. A
// rule never suspends by itself: these are for people to speak with. next goes on
// after the last one that was read, 0 at the end; a page may be short, or empty,
// where little was found among many. It checks no permission; curation does.
func (s *Service) Standing(ctx context.Context, f StandingFilter) (list []StandingProduct, next int64, err error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, 0, err
	}
	all, err := switchesOf(ctx, db)
	if err != nil {
		return nil, 0, err
	}
	wanted := func(c Check) bool {
		if f.Rule != "" {
			return c.Rule == f.Rule
		}
		return c.Mode == RuleBlocks || slices.ContainsFunc(all, func(w Switch) bool {
			return w.Rule == c.Rule && w.Mode == RuleBlocks && w.ID > c.ID && w.HoldsFrom.After(now)
		})
	}
	next = f.After
	for range standingReads / standingBatch {
		w := newWhere("p.live_revision_id IS NOT NULL AND p.state IN ('published', 'paused') AND h.state = 'open' AND p.id > ?", next)
		w.regions("h", f.Regions)
		var rows []struct {
			StandingProduct
			LiveRevisionID int64
			Marks          Marks
		}
		args := append([]any{now, now}, w.args...)
		err := db.Raw(`SELECT p.id AS product_id, p.shop_id, h.name AS shop_name, p.slug, h.regency_code, p.live_revision_id, `+marksColumn+`
			FROM products p JOIN shops h ON h.id = p.shop_id WHERE `+w.sql()+` ORDER BY p.id LIMIT ?`, append(args, standingBatch)...).Scan(&rows).Error
		if err != nil {
			return nil, 0, fmt.Errorf("catalog: standing: %w", err)
		}
		ids := make([]int64, len(rows))
		for i, r := range rows {
			ids[i] = r.LiveRevisionID
		}
		found, err := revisions(ctx, db, `r.id IN ?`, append(ids, 0))
		if err != nil {
			return nil, 0, err
		}
		byID := map[int64]Revision{}
		for _, x := range found {
			byID[x.ID] = x
		}
		for _, r := range rows {
			next = r.ProductID
			x := byID[r.LiveRevisionID]
			for _, c := range measure(x, r.Marks, all, now) {
				if !c.Met && wanted(c) {
					r.Unmet = append(r.Unmet, c)
				}
			}
			if len(r.Unmet) == 0 {
				continue
			}
			r.Title = x.Title
			if list = append(list, r.StandingProduct); len(list) == f.Limit {
				return list, next, nil
			}
		}
		if len(rows) < standingBatch {
			return list, 0, nil
		}
	}
	return list, next, nil
}
