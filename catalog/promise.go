package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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

// Demand is one order line: so many pieces of a product, of one of its variants.
type Demand struct {
	LineID    int64
	ProductID int64
	VariantID int64 // 0: the product has none
	Quantity  int64
	EntryID   int64 // the waiting list entry whose hold the line takes over; 0: none

	// For is the day the maker promised the goods for: the last period that begins by
	// then is taken, else an earlier one. Zero: the first that has room.
	For time.Time
}

// Promised is the answer to one Demand.
type Promised struct {
	LineID  int64
	ReadyBy time.Time // the day, at midnight in the shop's zone
	Period  string    // see period.go
	Scarce  bool      // less than a tenth of its pre-order window is left now
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

// PromiseTx holds the demanded pieces for their lines: from stock, or from the
// first period that has room for the whole line, which may be a later month, week
// or pre-order slot with its own day. Pass all lines of a purchase in one call,
// once per transaction: lines that draw on the same pool are summed, and
// allotments are locked and then changed in id order by conditional UPDATEs, so
// two baskets cannot wait for each other. A line that takes a waiting list hold
// over gives it back and is promised under the same locks, so nobody comes in
// between; what it leaves of the hold is offered to the next at once. It decides no permission. Errors: *ShortError when any line cannot be
// promised whole (return it: the transaction must roll back); invalid for a
// quantity below one or above MaxQuantity.
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
	ID        int64
	State     ProductState
	ShopState ShopState
	LeadDays  int64
	Lapsing   bool    // see lapsingColumn
	Variants  []int64 `gorm:"-"` // those that are live
}

// sells reports whether the product has that variant, or none as it should.
func (p forSale) sells(variantID int64) bool {
	return len(p.Variants) == 0 && variantID == 0 || slices.Contains(p.Variants, variantID)
}

// forSaleTx returns the products that can be ordered at all: also not those whose
// certificate ended a moment ago, before the job suspends them.
func forSaleTx(ctx context.Context, tx *gorm.DB, now time.Time, productIDs []int64) (map[int64]forSale, error) {
	var rows []struct {
		Product   forSale `gorm:"embedded"`
		VariantID int64
	}
	err := tx.WithContext(ctx).Raw(`SELECT p.id, p.state, h.state AS shop_state, r.lead_days, `+lapsingColumn+`, COALESCE(v.variant_id, 0) AS variant_id
		FROM products p JOIN shops h ON h.id = p.shop_id JOIN revisions r ON r.id = p.live_revision_id
			LEFT JOIN revision_variants v ON v.revision_id = r.id
		WHERE p.id IN ?`, now, productIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: products to promise: %w", err)
	}
	products := map[int64]forSale{}
	var lapsing []int64
	for _, r := range rows {
		p, seen := products[r.Product.ID]
		if !seen {
			p = r.Product
		}
		if r.VariantID > 0 {
			p.Variants = append(p.Variants, r.VariantID)
		}
		products[p.ID] = p
		if p.Lapsing && !seen {
			lapsing = append(lapsing, p.ID)
		}
	}
	over, err := lapsed(ctx, tx, now, lapsing)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(products, func(id int64, p forSale) bool {
		return p.State != ProductPublished || p.ShopState != ShopOpen || over[id]
	})
	return products, nil
}

// heldShelfTx is the shelf of the products with every allotment made and held
// until the commit.
func heldShelfTx(ctx context.Context, tx *gorm.DB, now time.Time, productIDs []int64) (shelf, error) {
	sh, err := shelfOf(ctx, tx, now, productIDs)
	if err != nil {
		return sh, err
	}
	slots := sh.slots()
	if err := ensureTx(ctx, tx, slots, sh.allotments); err != nil {
		return sh, err
	}
	sh.allotments, err = allotmentsOf(ctx, tx, slots, locking(tx))
	return sh, err
}

func (s *Service) promiseTx(ctx context.Context, tx *gorm.DB, demands []Demand, state string) ([]Promised, error) {
	if len(demands) == 0 {
		return nil, nil
	}
	wanted := map[int64]bool{}
	var entries []int64
	for _, d := range demands {
		if d.Quantity < 1 || d.Quantity > MaxQuantity || d.LineID < 1 {
			return nil, fault.Invalid("catalog.promise.quantity", "max", money.Group(MaxQuantity))
		}
		wanted[d.ProductID] = true
		if d.EntryID > 0 {
			entries = append(entries, d.EntryID)
		}
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	products, err := forSaleTx(ctx, tx, now, keys(wanted))
	if err != nil {
		return nil, err
	}
	if err := lockEntriesTx(ctx, tx, entries); err != nil {
		return nil, err
	}
	sh, err := heldShelfTx(ctx, tx, now, keys(wanted))
	if err != nil {
		return nil, err
	}
	plan := newPlan(sh)
	if err := plan.takeOverTx(ctx, tx, now, entries); err != nil {
		return nil, err
	}
	promised := make([]Promised, 0, len(demands))
	var short []Short
	for _, d := range demands {
		p, sold := products[d.ProductID]
		sold = sold && p.sells(d.VariantID)
		h := holder{lineID: d.LineID, productID: d.ProductID, quantity: d.Quantity, by: d.For}
		if draws := sh.of(d.ProductID, d.VariantID); sold && len(draws) > 0 {
			if room, ok := plan.take(h, draws, p.LeadDays); ok {
				promised = append(promised, Promised{LineID: d.LineID, ReadyBy: room.ReadyBy, Period: room.Period})
				continue
			}
			short = append(short, Short{LineID: d.LineID, ProductID: d.ProductID, Available: plan.most(draws)})
			continue
		}
		short = append(short, Short{LineID: d.LineID, ProductID: d.ProductID})
	}
	if len(short) > 0 {
		return nil, &ShortError{Lines: short}
	}
	if err := plan.writeTx(ctx, tx, state); err != nil {
		return nil, err
	}
	scarce, err := plan.scarceTx(ctx, tx)
	for i := range promised {
		promised[i].Scarce = scarce[holderKey{line: promised[i].LineID}]
	}
	if err != nil {
		return nil, err
	}
	return promised, s.offerFreedTx(ctx, tx, plan.freed())
}

// holder is who gets pieces: an order line, or somebody on the waiting list.
type holder struct {
	lineID, entryID     int64
	productID, quantity int64
	by                  time.Time // see Demand.For
}

type holderKey struct{ line, entry int64 }

// part is what one holder takes from one allotment.
type part struct {
	holder
	allotmentID, weight, amount int64
}

// plan distributes pieces over a held shelf before anything is written.
type plan struct {
	shelf
	taken map[int64]int64 // added to each allotment, by its id; may be below zero
	parts []part
}

func newPlan(sh shelf) *plan { return &plan{shelf: sh, taken: map[int64]int64{}} }

// pieces is how many pieces the pools have left at that turn.
func (p *plan) pieces(draws []draw, t turn) int64 {
	most := int64(MaxQuantity)
	for _, d := range draws {
		a := p.allotments[slot{d.PoolID, d.period(t)}] // without a row (no such slot): nothing
		most = min(most, (a.Capacity-a.Taken-p.taken[a.ID])/d.Weight)
	}
	return max(most, 0)
}

// most is the largest number of pieces any turn has left.
func (p *plan) most(draws []draw) (most int64) {
	for _, t := range p.turns(draws) {
		most = max(most, p.pieces(draws, t))
	}
	return most
}

// take plans the holder's pieces at the first turn that has room for all of them, or
// for a day at the last one before it.
func (p *plan) take(h holder, draws []draw, leadDays int64) (Room, bool) {
	turns := p.turns(draws)
	for n := range turns {
		i := n
		if !h.by.IsZero() {
			i = len(turns) - 1 - n
		}
		t := turns[i]
		if !h.by.IsZero() && t.day.After(h.by) || p.pieces(draws, t) < h.quantity {
			continue
		}
		for _, d := range draws {
			a := p.allotments[slot{d.PoolID, d.period(t)}]
			amount := d.Weight * h.quantity
			p.taken[a.ID] += amount
			p.parts = append(p.parts, part{h, a.ID, d.Weight, amount})
		}
		return p.rooms(draws, leadDays)[i], true
	}
	return Room{}, false
}

// writeTx adds the plan to the allotments, in id order, and writes its promises.
func (p *plan) writeTx(ctx context.Context, tx *gorm.DB, state string) error {
	// The rows are held, in id order: this one statement changes them all or is refused.
	var changes []any
	for _, id := range slices.Sorted(maps.Keys(p.taken)) {
		if p.taken[id] != 0 {
			changes = append(changes, id, p.taken[id])
		}
	}
	if n := len(changes) / 2; n > 0 {
		res := tx.WithContext(ctx).Exec(`UPDATE allotments SET taken = taken + v.column2 FROM (VALUES `+strings.TrimSuffix(strings.Repeat("(CAST(? AS BIGINT), CAST(? AS BIGINT)), ", n), ", ")+`) AS v
			WHERE id = v.column1 AND taken + v.column2 BETWEEN 0 AND capacity`, changes...)
		if res.Error != nil {
			return fmt.Errorf("catalog: promise: %w", res.Error)
		}
		if res.RowsAffected != int64(n) { // the rows are held, so the plan was wrong: refuse rather than oversell
			return fault.Conflict("catalog.promise.short")
		}
	}
	for some := range slices.Chunk(p.parts, 100) {
		var values []any
		for _, part := range some {
			var entry *int64
			if part.entryID > 0 {
				entry = &part.entryID
			}
			values = append(values, part.allotmentID, part.lineID, entry, part.productID, part.weight, part.amount, state, p.now, p.now)
		}
		err := tx.WithContext(ctx).Exec(`INSERT INTO promises (allotment_id, line_id, entry_id, product_id, weight, amount, state, created_at, updated_at)
			VALUES `+strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?, ?, ?, ?, ?, ?), ", len(some)), ", "), values...).Error
		if err != nil {
			return fmt.Errorf("catalog: promise: %w", err)
		}
	}
	return roomChangedTx(ctx, tx, p.taken)
}

// freed are the allotments of which the plan gives more back than it takes: who
// takes a hold over may want less of it, or get an earlier slot.
func (p *plan) freed() (ids []int64) {
	for id, amount := range p.taken {
		if amount < 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// scarceTx says, after writeTx, whose pieces come from a window that is nearly
// sold out.
func (p *plan) scarceTx(ctx context.Context, tx *gorm.DB) (map[holderKey]bool, error) {
	out := map[holderKey]bool{}
	preorder := false
	for _, draws := range p.draws {
		preorder = preorder || slices.ContainsFunc(draws, func(d draw) bool { return d.Mode == ModePreorder })
	}
	if !preorder || len(p.parts) == 0 {
		return out, nil
	}
	scarce, err := scarceTx(ctx, tx, slices.Collect(maps.Keys(p.taken)))
	for _, part := range p.parts {
		if scarce[part.allotmentID] {
			out[holderKey{part.lineID, part.entryID}] = true
		}
	}
	return out, err
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
// in id order. What becomes free is offered to the waiting list at once, in this
// transaction. A line with nothing held or kept is left alone, so releasing
// whole lines twice is harmless; what was used never comes back this way.
// Errors: a conflict caused by ErrNotHeld when fewer pieces are held than asked.
func (s *Service) ReleaseTx(ctx context.Context, tx *gorm.DB, lineIDs []int64, quantities map[int64]int64) error {
	return s.releaseTx(ctx, tx, lineIDs, quantities, []string{"held", "kept"})
}

// TakeBackTx gives back all the lines were promised, also what was used: a sale that
// was written down by mistake, whose goods never left. Twice is harmless.
func (s *Service) TakeBackTx(ctx context.Context, tx *gorm.DB, lineIDs []int64) error {
	return s.releaseTx(ctx, tx, lineIDs, nil, []string{"held", "kept", "used"})
}

func (s *Service) releaseTx(ctx context.Context, tx *gorm.DB, lineIDs []int64, quantities map[int64]int64, from []string) error {
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
		WHERE line_id > 0 AND line_id IN ? AND state IN ? ORDER BY allotment_id, id`+locking(tx), lineIDs, from).Scan(&rows).Error
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
	if err := roomChangedTx(ctx, tx, change); err != nil {
		return err
	}
	return s.offerFreedTx(ctx, tx, slices.Sorted(maps.Keys(freed)))
}

// roomChangedTx forgets the cached pages that show how much is left: the page of
// every product that draws on the allotments, and lists only when one of them
// got sold out or back. change is what was just added to taken, by allotment.
func roomChangedTx(ctx context.Context, tx *gorm.DB, change map[int64]int64) error {
	if len(change) == 0 {
		return nil
	}
	var rows []struct {
		ID, Room, Weight, VariantID, MinQuantity int64
		Slug, ShopSlug                           string
	}
	err := tx.WithContext(ctx).Raw(`SELECT a.id, a.capacity - a.taken AS room, pp.weight, pp.variant_id, r.min_quantity, p.slug, h.slug AS shop_slug
		FROM allotments a JOIN product_pools pp ON pp.pool_id = a.pool_id
		JOIN products p ON p.id = pp.product_id JOIN shops h ON h.id = p.shop_id JOIN revisions r ON r.id = p.live_revision_id
		WHERE a.id IN ? ORDER BY a.id, p.id`, slices.Sorted(maps.Keys(change))).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("catalog: pages that show the room: %w", err)
	}
	pages := map[string]bool{}
	for _, r := range rows {
		pages["product:"+r.Slug] = true
		least := r.Weight * r.MinQuantity                 // below it the product cannot be ordered
		together := r.VariantID != 0 && r.MinQuantity > 1 // with its other variants, whose room is not known here
		if before := r.Room + change[r.ID]; together || (before >= least) != (r.Room >= least) || (before >= r.Weight) != (r.Room >= r.Weight) {
			pages["shop:"+r.ShopSlug], pages["list"] = true, true
		}
	}
	return database.InvalidateTx(ctx, tx, keys(pages)...)
}
