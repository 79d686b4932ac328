package order

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// came are the states of orders that came to a shop and stayed one: paid or promised,
// not called off. What counts as an order in figures of shops counts here.
var came = []State{ToDo, Making, Ready, Dispatched, Delivered, Completed, Disputed, Resolved, Returning, Returned, NotCollected}

// Sold is what came to one shop in a while.
type Sold struct {
	Orders int64
	Goods  money.Rupiah // without delivery, less what was given back
}

// SoldByShop counts, by shop, the orders placed from a moment to another that stayed
// orders, in one statement. It checks no permission: whoever shows it does.
func (s *Service) SoldByShop(ctx context.Context, shopIDs []int64, from, to time.Time) (map[int64]Sold, error) {
	var rows []struct {
		ShopID int64
		Orders int64
		Goods  money.Rupiah
	}
	err := s.db.Read(ctx).Raw(`SELECT shop_id, count(*) AS orders, CAST(SUM(CASE WHEN refunded > goods THEN 0 ELSE goods - refunded END) AS BIGINT) AS goods
		FROM orders WHERE shop_id IN ? AND created_at >= ? AND created_at < ? AND state IN ? GROUP BY shop_id`,
		append([]int64{0}, shopIDs...), from.UTC(), to.UTC(), came).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: sold by shop: %w", err)
	}
	out := make(map[int64]Sold, len(rows))
	for _, r := range rows {
		out[r.ShopID] = Sold{Orders: r.Orders, Goods: r.Goods}
	}
	return out, nil
}

// LastByShop is when the newest order that stayed one came to each shop; a shop
// without has no entry. One statement; permission as SoldByShop.
func (s *Service) LastByShop(ctx context.Context, shopIDs []int64) (map[int64]time.Time, error) {
	var rows []struct {
		ShopID    int64
		CreatedAt time.Time
	}
	err := s.db.Read(ctx).Raw(`SELECT shop_id, created_at FROM orders WHERE id IN (SELECT max(id) FROM orders WHERE shop_id IN ? AND state IN ? GROUP BY shop_id)`,
		append([]int64{0}, shopIDs...), came).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: last by shop: %w", err)
	}
	out := make(map[int64]time.Time, len(rows))
	for _, r := range rows {
		out[r.ShopID] = r.CreatedAt.UTC()
	}
	return out, nil
}

// UnseenByShop counts, by shop, the orders that wait to be opened for longer than
// Settings.UnseenAfter, with when the oldest of them came. Permission as SoldByShop.
func (s *Service) UnseenByShop(ctx context.Context, shopIDs []int64) (map[int64]Unseen, error) {
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	set, err := s.asSet(ctx, db)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ShopID  int64
		ID      int64
		BegunAt time.Time
	}
	err = db.Raw(`SELECT shop_id, id, begun_at FROM orders WHERE shop_id IN ? AND state = ? AND seen_at IS NULL AND begun_at <= ? ORDER BY begun_at, id`,
		append([]int64{0}, shopIDs...), ToDo, now.Add(-set.settings.UnseenAfter)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: unseen by shop: %w", err)
	}
	out := map[int64]Unseen{}
	for _, r := range rows {
		u := out[r.ShopID]
		if u.Orders == 0 {
			u.Oldest, u.Since = r.ID, r.BegunAt.UTC()
		}
		u.Orders++
		out[r.ShopID] = u
	}
	return out, nil
}

// Unseen are the orders of a shop that nobody there opened in time.
type Unseen struct {
	Orders int64
	Oldest int64 // its id
	Since  time.Time
}

// WorkByShop counts the orders under way in each shop, by state: to do, making and
// ready. Permission as SoldByShop.
func (s *Service) WorkByShop(ctx context.Context, shopIDs []int64) (map[int64]map[State]int64, error) {
	var rows []struct {
		ShopID int64
		State  State
		N      int64
	}
	err := s.db.Read(ctx).Raw(`SELECT shop_id, state, count(*) AS n FROM orders WHERE shop_id IN ? AND state IN ? GROUP BY shop_id, state`,
		append([]int64{0}, shopIDs...), []State{ToDo, Making, Ready}).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: work by shop: %w", err)
	}
	out := map[int64]map[State]int64{}
	for _, r := range rows {
		if out[r.ShopID] == nil {
			out[r.ShopID] = map[State]int64{}
		}
		out[r.ShopID][r.State] = r.N
	}
	return out, nil
}
