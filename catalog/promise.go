package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Promises (design §3.1, I1 and I2). At every commit, for every allotment:
//
//	0 <= taken <= capacity                                   (checked by the database)
//	taken    = sum of its promises that are not released
//	capacity = sum of its stock_movements
//
// A promise is held when the order is placed, kept once the money is there (or
// at once, for cash), used when the goods leave, released when the order ends
// without them. Dispatch changes only the promise's state: what was used stays
// in taken as well as in capacity, in stock and in months alike. So capacity is
// everything that was ever there to promise in the period, taken everything that
// ever found a buyer, and the difference is what is left to sell; one rule for
// both modes, and nothing to get out of step at the counter. Goods on the shelf
// are capacity less what was used.

// Demand is one order line: so many pieces of a product.
type Demand struct {
	LineID    int64
	ProductID int64
	Quantity  int64
}

// Promised is the answer to one Demand.
type Promised struct {
	LineID  int64
	ReadyBy time.Time // the day, at midnight in the shop's zone
	Period  string    // "" for stock, else the month that makes it, "2026-11"
}

// Short is a line that cannot be promised, and how many pieces of it could be
// beside the other lines of the same purchase; 0 also when it is not for sale.
type Short struct {
	LineID    int64
	ProductID int64
	Available int64
}

// ShortError says which lines cannot be promised. Nothing was promised.
type ShortError struct{ Lines []Short }

func (e *ShortError) Error() string {
	return fmt.Sprintf("catalog: %d lines cannot be promised, first %+v", len(e.Lines), e.Lines[0])
}

// Unwrap makes it a conflict for who does not look closer.
func (e *ShortError) Unwrap() error { return fault.Conflict("catalog.promise.short") }

// ErrNotHeld is the cause of the conflict that KeepTx and UseTx answer for a
// line whose promise was released or never made.
var ErrNotHeld = errors.New("catalog: line has no promise")

// PromiseTx holds the demanded pieces for their lines: from stock, or from this
// month's capacity, or, when that is not enough for the whole line, from the next
// month's with a later day. Pass all lines of a purchase in one call, once per
// transaction: lines that draw on the same pool are summed, and allotments are
// locked and then changed in id order by conditional UPDATEs, so two baskets
// cannot wait for each other. It decides no permission. Errors: *ShortError when
// any line cannot be promised whole (return it: the transaction must roll back);
// invalid for a quantity below one or above MaxQuantity.
func (s *Service) PromiseTx(ctx context.Context, tx *gorm.DB, demands []Demand) ([]Promised, error) {
	return s.promiseTx(ctx, tx, demands, "held")
}

// RepromiseTx promises again, as kept, lines whose promise was released before
// their late money came. Errors as PromiseTx.
func (s *Service) RepromiseTx(ctx context.Context, tx *gorm.DB, demands []Demand) ([]Promised, error) {
	return s.promiseTx(ctx, tx, demands, "kept")
}

// forSale is what promising needs to know of a product.
type forSale struct {
	ID          int64
	State       ProductState
	ShopState   ShopState
	RegencyCode string
	LeadDays    int64
}

func (s *Service) promiseTx(ctx context.Context, tx *gorm.DB, demands []Demand, state string) ([]Promised, error) {
	if len(demands) == 0 {
		return nil, nil
	}
	wanted := map[int64]bool{}
	for _, d := range demands {
		if d.Quantity < 1 || d.Quantity > MaxQuantity || d.LineID < 1 {
			return nil, fault.Invalid("catalog.promise.quantity", "max", money.Group(MaxQuantity))
		}
		wanted[d.ProductID] = true
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	var rows []forSale
	err = tx.WithContext(ctx).Raw(`SELECT p.id, p.state, h.state AS shop_state, h.regency_code, r.lead_days
		FROM products p JOIN shops h ON h.id = p.shop_id JOIN revisions r ON r.id = p.live_revision_id
		WHERE p.id IN ?`, keys(wanted)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: products to promise: %w", err)
	}
	products := map[int64]forSale{}
	for _, p := range rows {
		if p.State == ProductPublished && p.ShopState == ShopOpen {
			products[p.ID] = p
		}
	}
	draws, err := drawsOf(ctx, tx, keys(wanted))
	if err != nil {
		return nil, err
	}
	slots := map[slot]bool{}
	for id, ds := range draws {
		if _, sold := products[id]; sold {
			for _, sl := range slotsOf(now, ds) {
				slots[sl] = true
			}
		}
	}
	if err := ensureTx(ctx, tx, slots); err != nil {
		return nil, err
	}
	allotments, err := allotmentsOf(ctx, tx, slots, locking(tx))
	if err != nil {
		return nil, err
	}

	plan := newPlan(allotments)
	promised := make([]Promised, 0, len(demands))
	var short []Short
	for _, d := range demands {
		p, sold := products[d.ProductID]
		if !sold || len(draws[d.ProductID]) == 0 {
			short = append(short, Short{LineID: d.LineID, ProductID: d.ProductID})
			continue
		}
		this, next := months(now, p.RegencyCode)
		readyThis, readyNext := readyDays(now, p.RegencyCode, p.LeadDays)
		ds := draws[d.ProductID]
		switch {
		case plan.take(d, ds, this):
			promised = append(promised, Promised{LineID: d.LineID, ReadyBy: readyThis, Period: periodOf(ds, this)})
		case monthly(ds) && plan.take(d, ds, next):
			promised = append(promised, Promised{LineID: d.LineID, ReadyBy: readyNext, Period: next})
		default:
			available := plan.pieces(ds, this)
			if monthly(ds) {
				available = max(available, plan.pieces(ds, next))
			}
			short = append(short, Short{LineID: d.LineID, ProductID: d.ProductID, Available: available})
		}
	}
	if len(short) > 0 {
		return nil, &ShortError{Lines: short}
	}
	return promised, plan.writeTx(ctx, tx, state)
}

func monthly(draws []draw) bool {
	for _, d := range draws {
		if d.Mode == ModeCapacity {
			return true
		}
	}
	return false
}

func periodOf(draws []draw, month string) string {
	if monthly(draws) {
		return month
	}
	return stockPeriod
}

// part is what one line takes from one allotment.
type part struct {
	allotmentID, lineID, productID, weight, amount int64
}

// plan distributes lines over held allotments before anything is written.
type plan struct {
	allotments map[slot]allotment
	taken      map[int64]int64 // by allotment id
	parts      []part
}

func newPlan(allotments map[slot]allotment) *plan {
	return &plan{allotments: allotments, taken: map[int64]int64{}}
}

func (p *plan) slot(d draw, month string) allotment {
	if d.Mode == ModeStock {
		month = stockPeriod
	}
	return p.allotments[slot{d.PoolID, month}]
}

// pieces is how many pieces the pools have left in that month.
func (p *plan) pieces(draws []draw, month string) int64 {
	most := int64(MaxQuantity)
	for _, d := range draws {
		a := p.slot(d, month)
		most = min(most, (a.Capacity-a.Taken-p.taken[a.ID])/d.Weight)
	}
	return max(most, 0)
}

func (p *plan) take(want Demand, draws []draw, month string) bool {
	if p.pieces(draws, month) < want.Quantity {
		return false
	}
	for _, d := range draws {
		a := p.slot(d, month)
		amount := d.Weight * want.Quantity
		p.taken[a.ID] += amount
		p.parts = append(p.parts, part{a.ID, want.LineID, want.ProductID, d.Weight, amount})
	}
	return true
}

// writeTx adds the plan to the allotments, in id order, and writes its promises.
func (p *plan) writeTx(ctx context.Context, tx *gorm.DB, state string) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(p.taken)) {
		res := tx.WithContext(ctx).Exec(`UPDATE allotments SET taken = taken + ? WHERE id = ? AND taken + ? <= capacity`, p.taken[id], id, p.taken[id])
		if res.Error != nil {
			return fmt.Errorf("catalog: promise: %w", res.Error)
		}
		if res.RowsAffected == 0 { // the rows are held, so the plan was wrong: refuse rather than oversell
			return fault.Conflict("catalog.promise.short")
		}
	}
	for _, part := range p.parts {
		err := tx.WithContext(ctx).Exec(`INSERT INTO promises (allotment_id, line_id, product_id, weight, amount, state, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, part.allotmentID, part.lineID, part.productID, part.weight, part.amount, state, now, now).Error
		if err != nil {
			return fmt.Errorf("catalog: promise: %w", err)
		}
	}
	return roomChangedTx(ctx, tx, p.taken)
}

// KeepTx makes the promises of the lines outlive their payment's deadline: the
// money is there. Lines already kept or used stay so. Errors: a conflict caused
// by ErrNotHeld when a line's promise was released (see RepromiseTx).
func (s *Service) KeepTx(ctx context.Context, tx *gorm.DB, lineIDs []int64) error {
	return settleTx(ctx, tx, lineIDs, []string{"held"}, "kept", []string{"kept", "used"})
}

// UseTx says that the goods of the lines left the shop. Taken and capacity stay
// as they are; see the top of this file. Errors as KeepTx.
func (s *Service) UseTx(ctx context.Context, tx *gorm.DB, lineIDs []int64) error {
	return settleTx(ctx, tx, lineIDs, []string{"held", "kept"}, "used", []string{"used"})
}

func settleTx(ctx context.Context, tx *gorm.DB, lineIDs []int64, from []string, to string, good []string) error {
	if len(lineIDs) == 0 {
		return nil
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	lines := map[int64]bool{}
	for _, id := range lineIDs {
		lines[id] = true
	}
	err = tx.WithContext(ctx).Exec(`UPDATE promises SET state = ?, updated_at = ? WHERE line_id IN ? AND state IN ?`, to, now, keys(lines), from).Error
	if err != nil {
		return fmt.Errorf("catalog: promises to %s: %w", to, err)
	}
	var settled int64
	err = tx.WithContext(ctx).Raw(`SELECT COUNT(DISTINCT line_id) FROM promises WHERE line_id IN ? AND state IN ?`, keys(lines), good).Scan(&settled).Error
	if err != nil {
		return fmt.Errorf("catalog: promises to %s: %w", to, err)
	}
	if settled != int64(len(lines)) {
		return fault.Conflict("catalog.promise.not_held").Because(ErrNotHeld)
	}
	return nil
}

// ReleaseTx gives back what the lines were promised, so that others can buy it:
// quantities[line] pieces, or everything of a line that is not in quantities
// (which may be nil). Pass all lines in one call, so that allotments are changed
// in id order. A line with nothing held or kept is left alone, so releasing
// whole lines twice is harmless; what was used never comes back this way.
// Errors: a conflict caused by ErrNotHeld when fewer pieces are held than asked.
func (s *Service) ReleaseTx(ctx context.Context, tx *gorm.DB, lineIDs []int64, quantities map[int64]int64) error {
	if len(lineIDs) == 0 {
		return nil
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	type row struct {
		ID, AllotmentID, LineID, ProductID, Weight, Amount int64
		State                                              string
	}
	var rows []row
	// Held: two releases of one line must not both read it as held.
	err = tx.WithContext(ctx).Raw(`SELECT id, allotment_id, line_id, product_id, weight, amount, state FROM promises
		WHERE line_id IN ? AND state IN ? ORDER BY allotment_id, id`+locking(tx), lineIDs, []string{"held", "kept"}).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("catalog: promises to release: %w", err)
	}
	found := map[int64]bool{}
	freed := map[int64]int64{}
	for _, r := range rows {
		found[r.LineID] = true
		amount := r.Amount
		if pieces, some := quantities[r.LineID]; some {
			amount = pieces * r.Weight
			if pieces < 1 || pieces > MaxQuantity || amount > r.Amount {
				return fault.Conflict("catalog.promise.not_held").Because(ErrNotHeld)
			}
		}
		if amount == r.Amount {
			err = tx.WithContext(ctx).Exec(`UPDATE promises SET state = 'released', updated_at = ? WHERE id = ?`, now, r.ID).Error
		} else {
			err = tx.WithContext(ctx).Exec(`UPDATE promises SET amount = amount - ?, updated_at = ? WHERE id = ?`, amount, now, r.ID).Error
			if err == nil {
				err = tx.WithContext(ctx).Exec(`INSERT INTO promises (allotment_id, line_id, product_id, weight, amount, state, created_at, updated_at)
					VALUES (?, ?, ?, ?, ?, 'released', ?, ?)`, r.AllotmentID, r.LineID, r.ProductID, r.Weight, amount, now, now).Error
			}
		}
		if err != nil {
			return fmt.Errorf("catalog: release: %w", err)
		}
		freed[r.AllotmentID] += amount
	}
	for line := range quantities {
		if !found[line] {
			return fault.Conflict("catalog.promise.not_held").Because(ErrNotHeld)
		}
	}
	change := map[int64]int64{}
	for _, id := range slices.Sorted(maps.Keys(freed)) {
		res := tx.WithContext(ctx).Exec(`UPDATE allotments SET taken = taken - ? WHERE id = ? AND taken >= ?`, freed[id], id, freed[id])
		if res.Error != nil {
			return fmt.Errorf("catalog: release: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.Internal(fmt.Errorf("catalog: allotment %d has less taken than its promises", id))
		}
		change[id] = -freed[id]
	}
	return roomChangedTx(ctx, tx, change)
}

// roomChangedTx forgets the cached pages that show how much is left: the page of
// every product that draws on the allotments, and lists only when one of them
// got sold out or back. change is what was just added to taken, by allotment.
func roomChangedTx(ctx context.Context, tx *gorm.DB, change map[int64]int64) error {
	if len(change) == 0 {
		return nil
	}
	var rows []struct {
		ID, Room, Weight int64
		Slug, ShopSlug   string
	}
	err := tx.WithContext(ctx).Raw(`SELECT a.id, a.capacity - a.taken AS room, pp.weight, p.slug, h.slug AS shop_slug
		FROM allotments a JOIN product_pools pp ON pp.pool_id = a.pool_id
		JOIN products p ON p.id = pp.product_id JOIN shops h ON h.id = p.shop_id
		WHERE a.id IN ? AND p.slug IS NOT NULL ORDER BY a.id, p.id`, slices.Sorted(maps.Keys(change))).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("catalog: pages that show the room: %w", err)
	}
	pages := map[string]bool{}
	for _, r := range rows {
		pages["product:"+r.Slug] = true
		if before := r.Room + change[r.ID]; (before >= r.Weight) != (r.Room >= r.Weight) {
			pages["shop:"+r.ShopSlug], pages["list"] = true, true
		}
	}
	return database.InvalidateTx(ctx, tx, keys(pages)...)
}
