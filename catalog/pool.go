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
	VariantID   int64 // 0: every variant draws on it
	PoolID      int64
	Weight      int64
	Main        bool
	Mode        Mode
	Cadence     Cadence
	PerPeriod   int64 // capacity a new month or week starts with
	ShopID      int64
	RegencyCode string // of the shop: its clock decides which day it is
	DaysOff     bool   // the shop has closures that are not over
	OpensOn     string // the day the product itself can be ordered again; "" or past: it can
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

// shelf is what there is to promise of some products at one moment. Reading it
// holds nothing.
type shelf struct {
	now        time.Time
	draws      map[int64][]draw   // by product
	windows    map[int64][]Window // by pool, those that are not over, by opening
	allotments map[slot]allotment // the rows that exist
	off        map[int64]closures // by shop, those that are not over
}

// shelfOf reads the shelf of the products: one query, one more when one of them
// is on pre-order, and one more when a shop has days off.
func shelfOf(ctx context.Context, db *gorm.DB, now time.Time, productIDs []int64) (shelf, error) {
	sh := shelf{now: now, draws: map[int64][]draw{}, off: map[int64]closures{}, allotments: map[slot]allotment{}}
	if len(productIDs) == 0 {
		return sh, nil
	}
	var rows []struct {
		Draw        draw    `gorm:"embedded"`
		Period      *string // of an allotment; nil for a pool without any in these periods
		AllotmentID int64
		Capacity    int64
		Taken       int64
	}
	err := db.WithContext(ctx).Raw(`SELECT pp.product_id, pp.variant_id, pp.pool_id, pp.weight, pp.main, o.mode, o.cadence, o.per_period, o.shop_id, h.regency_code, p.opens_on,
			EXISTS (SELECT 1 FROM shop_closures l WHERE l.shop_id = o.shop_id AND l.last_day >= ?) AS days_off,
			a.period, COALESCE(a.id, 0) AS allotment_id, COALESCE(a.capacity, 0) AS capacity, COALESCE(a.taken, 0) AS taken
		FROM product_pools pp JOIN products p ON p.id = pp.product_id JOIN pools o ON o.id = pp.pool_id JOIN shops h ON h.id = o.shop_id
			LEFT JOIN allotments a ON a.pool_id = pp.pool_id AND a.period IN ?
		WHERE pp.product_id IN ? ORDER BY pp.product_id, pp.variant_id, pp.pool_id`, earliestToday(now), periodsAround(now), productIDs).Scan(&rows).Error
	if err != nil {
		return sh, fmt.Errorf("catalog: pools of products: %w", err)
	}
	preorder, resting := map[int64]bool{}, map[int64]bool{}
	var last draw
	for _, r := range rows {
		d := r.Draw
		if r.Period != nil {
			sh.allotments[slot{d.PoolID, *r.Period}] = allotment{ID: r.AllotmentID, PoolID: d.PoolID, Period: *r.Period, Capacity: r.Capacity, Taken: r.Taken}
		}
		if d == last { // another period of the same
			continue
		}
		last = d
		sh.draws[d.ProductID] = append(sh.draws[d.ProductID], d)
		if d.Mode == ModePreorder {
			preorder[d.PoolID] = true
		}
		if d.DaysOff {
			resting[d.ShopID] = true
		}
	}
	if sh.windows, err = windowsOf(ctx, db, now, preorder); err != nil {
		return sh, err
	}
	for pool, windows := range sh.windows {
		for _, w := range windows {
			for _, s := range w.Slots {
				day := s.Dispatch.Format(time.DateOnly)
				sh.allotments[slot{pool, day}] = allotment{ID: s.ID, PoolID: pool, Period: day, Capacity: s.Capacity, Taken: s.Taken}
			}
		}
	}
	if len(resting) > 0 {
		if sh.off, err = closuresOf(ctx, db, now, keys(resting)); err != nil {
			return sh, err
		}
	}
	return sh, nil
}

// periodsAround are the periods of stock, months and weeks that turnsOf can name
// now, whichever zone a shop is in.
func periodsAround(now time.Time) []string {
	out := []string{stockPeriod}
	for _, zone := range []*time.Location{calendar.WIB, calendar.WITA, calendar.WIT} {
		today := day(now, zone)
		for n := range periodsAhead {
			for _, c := range []Cadence{Monthly, Weekly} {
				if name := c.name(c.start(today, n)); !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

// earliestToday is the day it is, or was yesterday, wherever in Indonesia: what
// ended before it is over in every zone.
func earliestToday(now time.Time) string {
	return now.In(calendar.WIB).Format(time.DateOnly)
}

// of returns the pools that one variant draws on: the product's and its own. With
// 0 they are the product's alone.
func (sh shelf) of(productID, variantID int64) []draw {
	var out []draw
	for _, d := range sh.draws[productID] {
		if d.VariantID == 0 || d.VariantID == variantID {
			out = append(out, d)
		}
	}
	return out
}

// turns are the turns that these pools can be promised at; none while the shop
// takes no orders.
func (sh shelf) turns(draws []draw) []turn {
	if len(draws) == 0 {
		return nil
	}
	if _, shut := sh.reopens(draws[0]); shut {
		return nil
	}
	return sh.calendar(draws)
}

// opensItself is the day from which the product can be ordered, while its maker closed
// it until then.
func (d draw) opensItself(now time.Time) (time.Time, bool) {
	zone := calendar.Zone(d.RegencyCode)
	opens, err := time.ParseInLocation(time.DateOnly, d.OpensOn, zone)
	if err != nil || !opens.After(day(now, zone)) {
		return time.Time{}, false
	}
	return opens, true
}

// reopens returns the day on which orders are taken again, when the product or its
// shop takes none now.
func (sh shelf) reopens(d draw) (until time.Time, shut bool) {
	from := day(sh.now, calendar.Zone(d.RegencyCode))
	if opens, closed := d.opensItself(sh.now); closed {
		from, shut = opens, true
	}
	if until, away := sh.off[d.ShopID].closedOn(from); away {
		from, shut = until, true
	}
	if !shut {
		return time.Time{}, false
	}
	return from, true
}

// calendar is turns, whether the shop is closed for the moment or not.
func (sh shelf) calendar(draws []draw) []turn {
	var windows []Window
	for _, d := range draws {
		windows = append(windows, sh.windows[d.PoolID]...)
	}
	return turnsOf(sh.now, draws, windows)
}

// slots are all slots the products can be promised from.
func (sh shelf) slots() map[slot]bool {
	out := map[slot]bool{}
	for _, draws := range sh.draws {
		for _, t := range sh.calendar(draws) {
			for _, d := range draws {
				out[slot{d.PoolID, d.period(t)}] = true
			}
		}
	}
	return out
}

// left is what a pool can still promise at a turn; a month or week nobody has
// asked for yet has no row and its whole capacity.
func (sh shelf) left(d draw, t turn) int64 {
	if a, made := sh.allotments[slot{d.PoolID, d.period(t)}]; made {
		return a.Capacity - a.Taken
	}
	return d.PerPeriod
}

// rooms is how many pieces could be promised of what draws on these pools, turn
// by turn, soonest first.
func (sh shelf) rooms(draws []draw, leadDays int64) []Room {
	if len(draws) == 0 {
		return nil
	}
	today := day(sh.now, calendar.Zone(draws[0].RegencyCode))
	var out []Room
	for _, t := range sh.turns(draws) {
		r := Room{Pieces: MaxQuantity, Start: t.day, ReadyBy: t.ready(today, leadDays, sh.off[draws[0].ShopID])}
		for _, d := range draws {
			r.Pieces = max(0, min(r.Pieces, sh.left(d, t)/d.Weight))
			if p := d.period(t); len(p) > len(r.Period) { // the most exact name: a day, else a week, else a month
				r.Period = p
			}
			if d.Main {
				a, made := sh.allotments[slot{d.PoolID, d.period(t)}]
				if !made {
					a.Capacity = d.PerPeriod
				}
				r.Capacity, r.Taken = a.Capacity, a.Taken
			}
		}
		out = append(out, r)
	}
	return out
}

// window is the pre-order window of these pools that is open, else the one that
// opens next; nil without.
func (sh shelf) window(draws []draw) *Window {
	var next *Window
	for _, d := range draws {
		for _, w := range sh.windows[d.PoolID] {
			if w.IsOpen(sh.now) {
				return &w
			}
			if next == nil || w.Opens.Before(next.Opens) {
				next = &w
			}
		}
	}
	return next
}

// fill writes what can be promised into a product: of each variant, and of all
// together within what they share.
func (sh shelf) fill(v *Sellable) {
	all, shared := sh.draws[v.ProductID], sh.of(v.ProductID, 0)
	v.HowSoon, v.Window, v.Rooms = howSoon(v.Mode, all), sh.window(all), sh.rooms(shared, v.LeadDays)
	whose := draw{ShopID: v.ShopID, RegencyCode: v.RegencyCode}
	if len(all) > 0 {
		whose.OpensOn = all[0].OpensOn
	}
	v.Reopens, _ = sh.reopens(whose)
	_, v.ClosedItself = whose.opensItself(sh.now)
	v.resting = len(sh.off[v.ShopID]) > 0 || v.ClosedItself
	var together []Room
	for i := range v.Variants {
		one := &v.Variants[i]
		one.Rooms = sh.rooms(sh.of(v.ProductID, one.ID), v.LeadDays)
		if i == 0 {
			together = slices.Clone(one.Rooms)
			continue
		}
		for n := range min(len(together), len(one.Rooms)) {
			together[n].Pieces += one.Rooms[n].Pieces
			if len(shared) == 0 {
				together[n].Capacity += one.Rooms[n].Capacity
				together[n].Taken += one.Rooms[n].Taken
			}
		}
	}
	for n := range min(len(together), len(v.Rooms)) {
		together[n].Pieces = min(together[n].Pieces, v.Rooms[n].Pieces)
	}
	if len(v.Variants) > 0 {
		v.Rooms = together
	}
	v.first()
}

// fillOwn writes what the maker sees of the pools she changes, also while her
// shop is closed.
func (sh shelf) fillOwn(p *OwnProduct) {
	all := sh.draws[p.ProductID]
	if w := sh.window(all); w != nil {
		p.Window, p.PreorderOpen = w, w.IsOpen(sh.now)
	}
	if len(all) > 0 {
		p.OpensOn, _ = all[0].opensItself(sh.now)
	}
	p.Available = sh.ownLeft(p, 0)
	for i := range p.Variants {
		v := &p.Variants[i]
		v.Available = sh.ownLeft(p, v.ID)
	}
	if len(p.Variants) > 0 && p.Mode == ModeStock {
		p.Available = 0
		for _, v := range p.Variants {
			p.Available += v.Available
		}
	}
}

// ownLeft is what the pool of a variant, else the product's, has left in its
// first period, or in its open window.
func (sh shelf) ownLeft(p *OwnProduct, variantID int64) (n int64) {
	draws := sh.of(p.ProductID, variantID)
	turns := sh.calendar(draws)
	for _, d := range draws {
		switch {
		case !d.Main:
			continue
		case d.Mode == ModePreorder:
			if p.PreorderOpen {
				n = p.Window.Capacity() - p.Window.Taken()
			}
		case len(turns) > 0:
			n = sh.left(d, turns[0])
		}
		p.PerPeriod, p.Cadence = d.PerPeriod, d.Cadence
	}
	return n
}

// howSoon says what kind of waiting the pools mean.
func howSoon(mode Mode, draws []draw) HowSoon {
	if mode == ModeQuote {
		return OnRequest
	}
	soon := Now
	for _, d := range draws {
		switch d.Mode {
		case ModePreorder:
			return Preorder
		case ModeCapacity:
			soon = MadeToOrder
		}
	}
	return soon
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

// openPoolsTx gives a product that goes live the pools it does not have yet, with
// what its maker typed: one for the product, or, when it is sold from stock in
// variants, one for each of them. A product that was without variants gives its
// own stock up for theirs; what it promised stays promised.
func openPoolsTx(ctx context.Context, tx *gorm.DB, actor account.Actor, sub Submission) error {
	var with []int64
	err := tx.WithContext(ctx).Raw(`SELECT variant_id FROM product_pools WHERE product_id = ? AND main`, sub.ProductID).Scan(&with).Error
	if err != nil {
		return fmt.Errorf("catalog: pools of product: %w", err)
	}
	has := map[int64]bool{} // variants with a main pool
	for _, variantID := range with {
		has[variantID] = true
	}
	r := sub.Revision
	if r.Mode != ModeStock || len(r.Variants) == 0 {
		if has[0] {
			return nil
		}
		return openPoolTx(ctx, tx, actor, sub, 0, r.Quantity)
	}
	for _, v := range r.Variants {
		if has[v.VariantID] {
			continue
		}
		if err := openPoolTx(ctx, tx, actor, sub, v.VariantID, v.Quantity); err != nil {
			return err
		}
	}
	err = tx.WithContext(ctx).Exec(`DELETE FROM product_pools WHERE product_id = ? AND variant_id = 0 AND main`, sub.ProductID).Error
	if err != nil {
		return fmt.Errorf("catalog: stock without variant: %w", err)
	}
	return nil
}

// openPoolTx opens the main pool of a product (variant 0) or of one variant.
func openPoolTx(ctx context.Context, tx *gorm.DB, actor account.Actor, sub Submission, variantID, quantity int64) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	mode, perPeriod := sub.Revision.Mode, int64(0)
	if mode != ModeStock && mode != ModePreorder { // a pre-order is promised from its windows
		mode, perPeriod = ModeCapacity, quantity
	}
	var poolID int64
	err = tx.WithContext(ctx).Raw(`INSERT INTO pools (shop_id, mode, per_period, created_at) VALUES (?, ?, ?, ?) RETURNING id`,
		sub.ShopID, mode, perPeriod, now).Scan(&poolID).Error
	if err != nil {
		return fmt.Errorf("catalog: open pool: %w", err)
	}
	err = tx.WithContext(ctx).Exec(`INSERT INTO product_pools (product_id, variant_id, pool_id, weight, main) VALUES (?, ?, ?, 1, ?)`,
		sub.ProductID, variantID, poolID, true).Error
	if err != nil {
		return fmt.Errorf("catalog: open pool: %w", err)
	}
	if mode == ModeStock {
		return openAllotmentTx(ctx, tx, actor, slot{poolID, stockPeriod}, quantity)
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

// ensureTx makes the missing months and weeks among the slots, in order; have are
// those that exist. It holds the pools meanwhile, so that a change of the capacity
// cannot miss a period that is just being made. A slot of a window is never made here.
func ensureTx(ctx context.Context, tx *gorm.DB, slots map[slot]bool, have map[slot]allotment) error {
	missing := map[int64]bool{}
	for s := range slots {
		if _, made := have[s]; !made {
			missing[s.pool] = true
		}
	}
	if len(missing) == 0 {
		return nil
	}
	var pools []struct {
		ID, PerPeriod int64
		Mode          Mode
	}
	err := tx.WithContext(ctx).Raw(`SELECT id, per_period, mode FROM pools WHERE id IN ? ORDER BY id`+locking(tx), keys(missing)).Scan(&pools).Error
	if err != nil {
		return fmt.Errorf("catalog: hold pools: %w", err)
	}
	for _, p := range pools {
		if p.Mode == ModePreorder {
			continue
		}
		periods := map[string]bool{}
		for s := range slots {
			if s.pool == p.ID {
				periods[s.period] = true
			}
		}
		for _, period := range keys(periods) {
			if err := openAllotmentTx(ctx, tx, account.System, slot{p.ID, period}, p.PerPeriod); err != nil {
				return err
			}
		}
	}
	return nil
}
