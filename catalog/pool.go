package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
)

// draw is one pool a product takes from, and how much one piece takes.
type draw struct {
	ProductID   int64
	PoolID      int64
	Weight      int64
	Main        bool
	Mode        Mode
	Monthly     int64
	RegencyCode string // of the shop: its clock decides which month it is
}

// allotment is how much of a pool can be promised in one period.
type allotment struct {
	ID       int64
	PoolID   int64
	Period   string
	Capacity int64
	Taken    int64
}

// slot names one allotment, whether or not its row exists yet.
type slot struct {
	pool   int64
	period string
}

const stockPeriod = "" // the one period of a stock pool

// months returns this and the next capacity month in a shop's own zone.
func months(now time.Time, regencyCode string) (this, next string) {
	local := now.In(calendar.Zone(regencyCode))
	return local.Format("2006-01"), calendar.NextMonthStart(local).Format("2006-01")
}

// readyDays returns the day on which something ordered now is ready: from this
// month's allotment, and from the next month's, whose work begins on that
// month's first working day. Midnight in the shop's zone.
func readyDays(now time.Time, regencyCode string, leadDays int64) (this, next time.Time) {
	zone := calendar.Zone(regencyCode)
	today := day(now, zone)
	this = calendar.AddWorkingDays(today, int(leadDays))
	next = calendar.AddWorkingDays(calendar.AddWorkingDays(calendar.NextMonthStart(today), 0), int(leadDays))
	return this, next
}

// drawsOf returns the pools of each product.
func drawsOf(ctx context.Context, tx *gorm.DB, productIDs []int64) (map[int64][]draw, error) {
	out := map[int64][]draw{}
	if len(productIDs) == 0 {
		return out, nil
	}
	var rows []draw
	err := tx.WithContext(ctx).Raw(`SELECT pp.product_id, pp.pool_id, pp.weight, pp.main, o.mode, o.monthly, h.regency_code
		FROM product_pools pp JOIN pools o ON o.id = pp.pool_id JOIN shops h ON h.id = o.shop_id
		WHERE pp.product_id IN ? ORDER BY pp.product_id, pp.pool_id`, productIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: pools of products: %w", err)
	}
	for _, d := range rows {
		out[d.ProductID] = append(out[d.ProductID], d)
	}
	return out, nil
}

// slotsOf returns the slots a product can be promised from: for every pool its
// stock, or this and the next month.
func slotsOf(now time.Time, draws []draw) []slot {
	var out []slot
	for _, d := range draws {
		if d.Mode == ModeStock {
			out = append(out, slot{d.PoolID, stockPeriod})
			continue
		}
		this, next := months(now, d.RegencyCode)
		out = append(out, slot{d.PoolID, this}, slot{d.PoolID, next})
	}
	return out
}

// allotmentsOf reads the rows that exist among the slots; with lock, in id order
// and held until the commit.
func allotmentsOf(ctx context.Context, tx *gorm.DB, slots map[slot]bool, lock string) (map[slot]allotment, error) {
	pools, periods := map[int64]bool{}, map[string]bool{}
	for s := range slots {
		pools[s.pool], periods[s.period] = true, true
	}
	out := map[slot]allotment{}
	if len(slots) == 0 {
		return out, nil
	}
	var rows []allotment
	err := tx.WithContext(ctx).Raw(`SELECT id, pool_id, period, capacity, taken FROM allotments
		WHERE pool_id IN ? AND period IN ? ORDER BY id`+lock, keys(pools), keys(periods)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: allotments: %w", err)
	}
	for _, a := range rows {
		out[slot{a.PoolID, a.Period}] = a
	}
	return out, nil
}

func keys[K int64 | string](set map[K]bool) []K { return slices.Sorted(maps.Keys(set)) }

// room is how much of a product can be promised.
type room struct {
	now, next         int64 // pieces, over all its pools
	period, nextMonth string
	mainNow, mainNext int64 // left in the pool the maker changes
	monthly           int64
}

// roomOf says for each product how many pieces could be promised. It is for
// showing: nothing is held.
func (s *Service) roomOf(ctx context.Context, db *gorm.DB, now time.Time, productIDs []int64) (map[int64]room, error) {
	draws, err := drawsOf(ctx, db, productIDs)
	if err != nil {
		return nil, err
	}
	slots := map[slot]bool{}
	for _, ds := range draws {
		for _, sl := range slotsOf(now, ds) {
			slots[sl] = true
		}
	}
	rows, err := allotmentsOf(ctx, db, slots, "")
	if err != nil {
		return nil, err
	}
	out := map[int64]room{}
	for id, ds := range draws {
		r := room{}
		for i, d := range ds {
			this, next := stockPeriod, stockPeriod
			if d.Mode == ModeCapacity {
				this, next = months(now, d.RegencyCode)
				r.period, r.nextMonth = this, next
			}
			inThis, inNext := left(rows, d, this), left(rows, d, next)
			if d.Main {
				r.mainNow, r.monthly = inThis, d.Monthly
				if d.Mode == ModeCapacity {
					r.mainNext = inNext
				}
			}
			if i == 0 {
				r.now, r.next = inThis/d.Weight, inNext/d.Weight
				continue
			}
			r.now, r.next = min(r.now, inThis/d.Weight), min(r.next, inNext/d.Weight)
		}
		if r.nextMonth == "" { // stock only: there is no other period to wait for
			r.next = 0
		}
		out[id] = r
	}
	return out, nil
}

// left is what a pool can still promise in a period; a month nobody has asked
// for yet has no row and its whole capacity.
func left(rows map[slot]allotment, d draw, period string) int64 {
	if a, made := rows[slot{d.PoolID, period}]; made {
		return a.Capacity - a.Taken
	}
	if d.Mode == ModeCapacity {
		return d.Monthly
	}
	return 0
}

// openPoolTx gives a product, at its first approval, the pool its maker typed.
func openPoolTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64, sub Submission) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	monthly := int64(0)
	if sub.Revision.Mode == ModeCapacity {
		monthly = sub.Revision.Quantity
	}
	var poolID int64
	err = tx.WithContext(ctx).Raw(`INSERT INTO pools (shop_id, mode, monthly, created_at) VALUES (?, ?, ?, ?) RETURNING id`,
		sub.ShopID, sub.Revision.Mode, monthly, now).Scan(&poolID).Error
	if err != nil {
		return fmt.Errorf("catalog: open pool: %w", err)
	}
	err = tx.WithContext(ctx).Exec(`INSERT INTO product_pools (product_id, pool_id, weight, main) VALUES (?, ?, 1, ?)`, productID, poolID, true).Error
	if err != nil {
		return fmt.Errorf("catalog: open pool: %w", err)
	}
	if sub.Revision.Mode == ModeStock {
		return openAllotmentTx(ctx, tx, actor, slot{poolID, stockPeriod}, sub.Revision.Quantity)
	}
	return nil
}

// openAllotmentTx makes the row of a slot, with the movement that explains its
// capacity. Somebody else making it in the same moment is fine.
func openAllotmentTx(ctx context.Context, tx *gorm.DB, actor account.Actor, s slot, capacity int64) error {
	var id int64
	err := tx.WithContext(ctx).Raw(`INSERT INTO allotments (pool_id, period, capacity) VALUES (?, ?, ?)
		ON CONFLICT (pool_id, period) DO NOTHING RETURNING id`, s.pool, s.period, capacity).Scan(&id).Error
	if err != nil {
		return fmt.Errorf("catalog: open allotment: %w", err)
	}
	if id == 0 || capacity == 0 {
		return nil
	}
	_, err = moveStockTx(ctx, tx, actor, id, capacity, "opening", "")
	return err
}

// moveStockTx writes one movement; false if this form was already taken.
func moveStockTx(ctx context.Context, tx *gorm.DB, actor account.Actor, allotmentID, amount int64, reason, formKey string) (bool, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return false, err
	}
	res := tx.WithContext(ctx).Exec(`INSERT INTO stock_movements (allotment_id, amount, reason, form_key, actor_id, created_at)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, allotmentID, amount, reason, formKey, actor.UserID, now)
	if res.Error != nil {
		return false, fmt.Errorf("catalog: stock movement: %w", res.Error)
	}
	return res.RowsAffected == 1, nil
}

// ensureTx makes the missing rows of the slots, in order. It holds the pools
// meanwhile, so that a change of the monthly capacity cannot miss a month that
// is just being made.
func ensureTx(ctx context.Context, tx *gorm.DB, slots map[slot]bool) error {
	have, err := allotmentsOf(ctx, tx, slots, "")
	if err != nil {
		return err
	}
	missing := map[int64]bool{}
	for s := range slots {
		if _, made := have[s]; !made {
			missing[s.pool] = true
		}
	}
	if len(missing) == 0 {
		return nil
	}
	var pools []struct{ ID, Monthly int64 }
	err = tx.WithContext(ctx).Raw(`SELECT id, monthly FROM pools WHERE id IN ? ORDER BY id`+locking(tx), keys(missing)).Scan(&pools).Error
	if err != nil {
		return fmt.Errorf("catalog: hold pools: %w", err)
	}
	for _, p := range pools {
		periods := map[string]bool{}
		for s := range slots {
			if s.pool == p.ID {
				periods[s.period] = true
			}
		}
		for _, period := range keys(periods) {
			if err := openAllotmentTx(ctx, tx, account.System, slot{p.ID, period}, p.Monthly); err != nil {
				return err
			}
		}
	}
	return nil
}
