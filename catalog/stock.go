package catalog

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// StockEdit is what the maker saw and what she wants, both as pieces left to
// sell. Only the difference is applied, so what is sold between her looking and
// her saving is neither lost nor sold again.
type StockEdit struct {
	Seen      int64
	Want      int64
	VariantID int64  // whose stock; 0 for a product without variants
	FormKey   string // the same form sent twice counts once
}

// StockResult is where an edit led.
type StockResult struct {
	Available int64 // left to sell now
	Missing   int64 // pieces already promised that, by what she typed, are not there; tell her and staff
}

// AdjustStock changes the stock of a live product at once. The shop's members
// and their companion may. When more was sold meanwhile than the lowered stock
// allows, nothing is left to sell and Missing says how many pieces orders wait
// for that she does not have. Errors: invalid amounts; conflict when the product
// is not live or not sold from stock.
func (s *Service) AdjustStock(ctx context.Context, actor account.Actor, productID int64, edit StockEdit) (StockResult, error) {
	if err := goodKey(edit.FormKey); err != nil {
		return StockResult{}, err
	}
	if edit.Want < 0 || edit.Want > MaxQuantity || edit.Seen < 0 || edit.Seen > MaxQuantity {
		return StockResult{}, fault.Invalid("catalog.draft.invalid").With("quantity", "catalog.stock.quantity", "max", money.Group(MaxQuantity))
	}
	var out StockResult
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		out = StockResult{}
		d, p, err := mainPoolTx(ctx, tx, actor, productID, edit.VariantID, ModeStock)
		if err != nil {
			return err
		}
		slots := map[slot]bool{{d.PoolID, stockPeriod}: true}
		rows, err := allotmentsOf(ctx, tx, slots, locking(tx))
		if err != nil {
			return err
		}
		a, made := rows[slot{d.PoolID, stockPeriod}]
		if !made {
			return fault.Internal(fmt.Errorf("catalog: stock pool %d has no allotment", d.PoolID))
		}
		delta := edit.Want - edit.Seen
		if room := a.Capacity - a.Taken; room+delta < 0 {
			out.Missing = -(room + delta)
			delta = -room
		}
		before := a.Capacity - a.Taken
		out.Available = before
		if delta == 0 {
			return nil
		}
		fresh, err := moveStockTx(ctx, tx, actor, a.ID, delta, "edit", edit.FormKey)
		if err != nil {
			return err
		}
		if !fresh { // this form was already taken
			out.Missing = 0
			return nil
		}
		if err := resizeTx(ctx, tx, a, delta); err != nil {
			return err
		}
		if err := s.offerTx(ctx, tx, []int64{d.PoolID}); err != nil {
			return err
		}
		if rows, err = allotmentsOf(ctx, tx, slots, ""); err != nil { // somebody who waited may have got some
			return err
		}
		a = rows[slot{d.PoolID, stockPeriod}]
		out.Available = a.Capacity - a.Taken
		err = directTx(ctx, tx, actor, DirectChange{ShopID: p.ShopID, ProductID: productID, VariantID: edit.VariantID, Kind: DirectStock,
			AmountBefore: before, AmountAfter: before + delta})
		if err != nil {
			return err
		}
		return record(ctx, tx, actor, p.ShopID, "adjust_stock", "product", productID, fmt.Sprintf("%+d", delta))
	})
	return out, err
}

// SetCapacity changes what the maker can make a month or a week, from this one
// on, and what she counts in; a product sold by pre-order goes back to it once
// its windows are over. The shop's members and their companion may. A period that
// has already promised more keeps what it promised and takes no more; changing
// from months to weeks or back leaves what was promised where it is. Errors:
// invalid amount or cadence; conflict when the product is not live, not made to
// order, or has a pre-order window that is not over.
func (s *Service) SetCapacity(ctx context.Context, actor account.Actor, productID int64, cadence Cadence, capacity int64) error {
	bad := fault.Invalid("catalog.draft.invalid")
	if capacity < 0 || capacity > MaxQuantity {
		bad.With("quantity", "catalog.stock.quantity", "max", money.Group(MaxQuantity))
	}
	if !cadence.Known() {
		bad.With("cadence", "catalog.stock.cadence")
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		d, p, err := mainPoolTx(ctx, tx, actor, productID, 0, ModeCapacity, ModePreorder)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		// The pool's row is held from here, so no period can be made with the old number.
		if err := tx.Exec(`UPDATE pools SET mode = ?, cadence = ?, per_period = ? WHERE id = ?`, ModeCapacity, cadence, capacity, d.PoolID).Error; err != nil {
			return fmt.Errorf("catalog: capacity: %w", err)
		}
		if d.Mode == ModePreorder {
			windows, err := windowsOf(ctx, tx, now, map[int64]bool{d.PoolID: true})
			if err != nil {
				return err
			}
			if len(windows) > 0 {
				return fault.Conflict("catalog.window.running")
			}
			if err := modeFollowsTx(ctx, tx, d.PoolID, ModeCapacity); err != nil {
				return err
			}
		}
		today := day(now, calendar.Zone(d.RegencyCode))
		var periods []string // no later one was ever made
		for n := range periodsAhead {
			periods = append(periods, cadence.name(cadence.start(today, n)))
		}
		var rows []allotment
		err = tx.Raw(`SELECT id, pool_id, period, capacity, taken FROM allotments WHERE pool_id = ? AND period IN ? ORDER BY id`+locking(tx),
			d.PoolID, periods).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("catalog: periods of pool: %w", err)
		}
		for _, a := range rows {
			delta := max(capacity, a.Taken) - a.Capacity
			if delta == 0 {
				continue
			}
			if _, err := moveStockTx(ctx, tx, actor, a.ID, delta, "edit", ""); err != nil {
				return err
			}
			if err := resizeTx(ctx, tx, a, delta); err != nil {
				return err
			}
		}
		if err := s.poolChangedTx(ctx, tx, d.PoolID); err != nil { // also when no period has begun
			return err
		}
		if d.PerPeriod != capacity || d.Cadence != cadence {
			err := directTx(ctx, tx, actor, DirectChange{ShopID: p.ShopID, ProductID: productID, Kind: DirectCapacity,
				AmountBefore: d.PerPeriod, AmountAfter: capacity, Words: string(cadence)})
			if err != nil {
				return err
			}
		}
		return record(ctx, tx, actor, p.ShopID, "set_capacity", "product", productID, fmt.Sprintf("%d a %s -> %d a %s", d.PerPeriod, d.Cadence, capacity, cadence))
	})
}

// resizeTx changes a held allotment's capacity by delta.
func resizeTx(ctx context.Context, tx *gorm.DB, a allotment, delta int64) error {
	res := tx.WithContext(ctx).Exec(`UPDATE allotments SET capacity = capacity + ? WHERE id = ? AND capacity + ? >= taken`, delta, a.ID, delta)
	if res.Error != nil {
		return fmt.Errorf("catalog: capacity: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return fault.Conflict("catalog.product.moved")
	}
	return roomChangedTx(ctx, tx, map[int64]int64{a.ID: -delta})
}

// mainPoolTx returns the pool that the maker of a live product changes, or that
// of one of its variants, if it is of one of the modes.
func mainPoolTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID, variantID int64, modes ...Mode) (draw, product, error) {
	p, err := ownProduct(ctx, tx, actor, productID)
	if err != nil {
		return draw{}, product{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return draw{}, product{}, err
	}
	sh, err := shelfOf(ctx, tx, now, []int64{productID})
	if err != nil {
		return draw{}, product{}, err
	}
	for _, d := range sh.draws[productID] {
		if d.Main && d.VariantID == variantID && slices.Contains(modes, d.Mode) && p.State != ProductArchived {
			return d, p, nil
		}
	}
	return draw{}, product{}, fault.Conflict("catalog.stock.other_mode")
}
