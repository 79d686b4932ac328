package catalog

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// StockEdit is what the maker saw and what she wants, both as pieces left to
// sell. Only the difference is applied, so what is sold between her looking and
// her saving is neither lost nor sold again.
type StockEdit struct {
	Seen    int64
	Want    int64
	FormKey string // the same form sent twice counts once
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
		d, p, err := mainPoolTx(ctx, tx, actor, productID, ModeStock)
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
		out.Available = a.Capacity - a.Taken
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
		out.Available += delta
		return record(ctx, tx, actor, p.ShopID, "adjust_stock", "product", productID, fmt.Sprintf("%+d", delta))
	})
	return out, err
}

// SetMonthlyCapacity changes how many pieces a month the maker can make, from
// this month on. The shop's members and their companion may. A month that has
// already promised more keeps what it promised and takes no more. Errors: invalid
// amount; conflict when the product is not live or not made to order.
func (s *Service) SetMonthlyCapacity(ctx context.Context, actor account.Actor, productID, monthly int64) error {
	if monthly < 0 || monthly > MaxQuantity {
		return fault.Invalid("catalog.draft.invalid").With("quantity", "catalog.stock.quantity", "max", money.Group(MaxQuantity))
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		d, p, err := mainPoolTx(ctx, tx, actor, productID, ModeCapacity)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		// The pool's row is held from here, so no month can be made with the old number.
		if err := tx.Exec(`UPDATE pools SET monthly = ? WHERE id = ?`, monthly, d.PoolID).Error; err != nil {
			return fmt.Errorf("catalog: monthly capacity: %w", err)
		}
		this, _ := months(now, d.RegencyCode)
		var rows []allotment
		err = tx.Raw(`SELECT id, pool_id, period, capacity, taken FROM allotments WHERE pool_id = ? AND period >= ? ORDER BY id`+locking(tx),
			d.PoolID, this).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("catalog: months of pool: %w", err)
		}
		for _, a := range rows {
			delta := max(monthly, a.Taken) - a.Capacity
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
		if err := invalidateProductTx(ctx, tx, p); err != nil { // also when no month has begun
			return err
		}
		return record(ctx, tx, actor, p.ShopID, "set_capacity", "product", productID, fmt.Sprintf("%d -> %d", d.Monthly, monthly))
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

// mainPoolTx returns the pool that the maker of a live product changes.
func mainPoolTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64, mode Mode) (draw, product, error) {
	p, err := ownProduct(ctx, tx, actor, productID)
	if err != nil {
		return draw{}, product{}, err
	}
	draws, err := drawsOf(ctx, tx, []int64{productID})
	if err != nil {
		return draw{}, product{}, err
	}
	for _, d := range draws[productID] {
		if d.Main && d.Mode == mode && p.State != ProductArchived {
			return d, p, nil
		}
	}
	return draw{}, product{}, fault.Conflict("catalog.stock.other_mode")
}

// Share is one product drawing on another's pool: the hamper that takes three of
// the jars, the second cookie from the same oven.
type Share struct {
	ProductID int64 // that draws
	WithID    int64 // whose pool it draws on; of the same shop, and live
	Weight    int64 // how much of that pool one piece takes
	Instead   bool  // give up its own pool: the two share one number from now on
}

// SharePool lets one live product draw on another's pool, beside or instead of
// its own. The shop's members and their companion may. Saying the same again
// changes only the weight of future promises. Errors: invalid weight or
// products; conflict when its own pool, to be given up, has promises.
func (s *Service) SharePool(ctx context.Context, actor account.Actor, in Share) error {
	if in.Weight < 1 || in.Weight > 1000 || in.ProductID == in.WithID {
		return fault.Invalid("catalog.draft.invalid").With("weight", "catalog.share.weight")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, err := ownProduct(ctx, tx, actor, in.ProductID)
		if err != nil {
			return err
		}
		with, err := ownProduct(ctx, tx, actor, in.WithID)
		if err != nil {
			return err
		}
		draws, err := drawsOf(ctx, tx, []int64{p.ID, with.ID})
		if err != nil {
			return err
		}
		var own, other *draw
		for _, d := range draws[p.ID] {
			if d.Main {
				own = &d
			}
		}
		for _, d := range draws[with.ID] {
			if d.Main {
				other = &d
			}
		}
		if p.ShopID != with.ShopID || own == nil || other == nil || in.Instead && own.Mode != other.Mode {
			return fault.Invalid("catalog.share.products")
		}
		if in.Instead && own.PoolID != other.PoolID {
			var promised int64
			err := tx.Raw(`SELECT COUNT(*) FROM promises q JOIN allotments a ON a.id = q.allotment_id WHERE a.pool_id = ? AND q.state <> 'released'`,
				own.PoolID).Scan(&promised).Error
			if err != nil {
				return fmt.Errorf("catalog: promises of pool: %w", err)
			}
			if promised > 0 {
				return fault.Conflict("catalog.share.promised")
			}
			if err := tx.Exec(`DELETE FROM product_pools WHERE product_id = ? AND pool_id = ?`, p.ID, own.PoolID).Error; err != nil {
				return fmt.Errorf("catalog: give up pool: %w", err)
			}
		}
		main := in.Instead || own.PoolID == other.PoolID
		err = tx.Exec(`INSERT INTO product_pools (product_id, pool_id, weight, main) VALUES (?, ?, ?, ?)
			ON CONFLICT (product_id, pool_id) DO UPDATE SET weight = excluded.weight, main = excluded.main`,
			p.ID, other.PoolID, in.Weight, main).Error
		if err != nil {
			return fmt.Errorf("catalog: share pool: %w", err)
		}
		if err := invalidateProductTx(ctx, tx, p); err != nil {
			return err
		}
		return record(ctx, tx, actor, p.ShopID, "share_pool", "product", p.ID, fmt.Sprintf("with %d, %d each", with.ID, in.Weight))
	})
}
