package catalog

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

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
// products; conflict while its own pool, to be given up, has promises that are to be
// kept; what was handed over stands in nobody's way.
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
		own, ownOK, err := mainDraw(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		other, otherOK, err := mainDraw(ctx, tx, with.ID)
		if err != nil {
			return err
		}
		if p.ShopID != with.ShopID || !ownOK || !otherOK || in.Instead && own.Mode != other.Mode {
			return fault.Invalid("catalog.share.products").With("with", "catalog.share.products")
		}
		if in.Instead && own.PoolID != other.PoolID {
			var promised int64
			err := tx.Raw(`SELECT COUNT(*) FROM promises q JOIN allotments a ON a.id = q.allotment_id WHERE a.pool_id = ? AND q.state IN ('held', 'kept')`,
				own.PoolID).Scan(&promised).Error
			if err != nil {
				return fmt.Errorf("catalog: promises of pool: %w", err)
			}
			if promised > 0 {
				return fault.Conflict("catalog.share.promised")
			}
			if err := tx.Exec(`DELETE FROM product_pools WHERE product_id = ? AND variant_id = 0 AND pool_id = ?`, p.ID, own.PoolID).Error; err != nil {
				return fmt.Errorf("catalog: give up pool: %w", err)
			}
		}
		main := in.Instead || own.PoolID == other.PoolID
		err = tx.Exec(`INSERT INTO product_pools (product_id, pool_id, weight, main) VALUES (?, ?, ?, ?)
			ON CONFLICT (product_id, variant_id, pool_id) DO UPDATE SET weight = excluded.weight, main = excluded.main`,
			p.ID, other.PoolID, in.Weight, main).Error
		if err != nil {
			return fmt.Errorf("catalog: share pool: %w", err)
		}
		if err := s.poolChangedTx(ctx, tx, other.PoolID); err != nil {
			return err
		}
		return record(ctx, tx, actor, p.ShopID, "share_pool", "product", p.ID, fmt.Sprintf("with %d, %d each", with.ID, in.Weight))
	})
}

// Sharing is one pool that a product and others draw on.
type Sharing struct {
	Weight int64   // what one piece of the product takes
	Own    bool    // the number that its maker changes with the product
	With   []int64 // the other products whose own number it is, by id
	Users  []Share // those that take of it beside their own; Own only
}

// Sharings lists the pools that a product shares with others of its shop, its own
// number first. The shop's members and their companion may.
func (s *Service) Sharings(ctx context.Context, actor account.Actor, productID int64) ([]Sharing, error) {
	db := s.db.Read(ctx)
	if _, err := ownProduct(ctx, db, actor, productID); err != nil {
		return nil, err
	}
	var rows []struct {
		PoolID, Weight, OtherID, OtherWeight int64
		Main, OtherMain                      bool
	}
	err := db.WithContext(ctx).Raw(`SELECT a.pool_id, a.weight, a.main, b.product_id AS other_id, b.weight AS other_weight, b.main AS other_main
		FROM product_pools a JOIN product_pools b ON b.pool_id = a.pool_id AND b.product_id <> a.product_id AND b.variant_id = 0
		WHERE a.product_id = ? AND a.variant_id = 0 ORDER BY CASE WHEN a.main THEN 0 ELSE 1 END, a.pool_id, b.product_id`, productID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: what product %d shares: %w", productID, err)
	}
	var out []Sharing
	var pool int64
	for _, r := range rows {
		if r.PoolID != pool {
			pool = r.PoolID
			out = append(out, Sharing{Weight: r.Weight, Own: r.Main})
		}
		one := &out[len(out)-1]
		switch {
		case r.OtherMain:
			one.With = append(one.With, r.OtherID)
		case r.Main:
			one.Users = append(one.Users, Share{ProductID: r.OtherID, WithID: productID, Weight: r.OtherWeight})
		}
	}
	return out, nil
}

// UnsharePool takes a share back: the product draws no more on the number that is
// withID's own. Where that was its own number too, it gets a new one, empty until the
// maker says how many. Promises that were made keep what they took. The shop's
// members and their companion may; a second time changes nothing.
func (s *Service) UnsharePool(ctx context.Context, actor account.Actor, productID, withID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, err := ownProduct(ctx, tx, actor, productID)
		if err != nil {
			return err
		}
		with, err := ownProduct(ctx, tx, actor, withID)
		if err != nil {
			return err
		}
		other, ok, err := mainDraw(ctx, tx, with.ID)
		if err != nil {
			return err
		}
		if !ok || p.ID == with.ID || p.ShopID != with.ShopID {
			return fault.Invalid("catalog.share.products").With("with", "catalog.share.products")
		}
		var main []bool
		err = tx.WithContext(ctx).Raw(`DELETE FROM product_pools WHERE product_id = ? AND variant_id = 0 AND pool_id = ? RETURNING main`, p.ID, other.PoolID).Scan(&main).Error
		if err != nil {
			return fmt.Errorf("catalog: leave pool: %w", err)
		}
		if len(main) == 0 {
			return nil
		}
		if main[0] {
			if err := newPoolTx(ctx, tx, actor, p.ID, other); err != nil {
				return err
			}
		}
		if err := invalidateProductTx(ctx, tx, p); err != nil {
			return err
		}
		if own, ok, err := mainDraw(ctx, tx, p.ID); err != nil {
			return err
		} else if ok {
			if err := s.poolChangedTx(ctx, tx, own.PoolID); err != nil { // less stands in the way of who waits
				return err
			}
		}
		return record(ctx, tx, actor, p.ShopID, "unshare_pool", "product", p.ID, fmt.Sprintf("with %d", with.ID))
	})
}

// newPoolTx opens an empty pool like another one, for a product that has none.
func newPoolTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64, like draw) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	var poolID int64
	err = tx.WithContext(ctx).Raw(`INSERT INTO pools (shop_id, mode, cadence, per_period, created_at) VALUES (?, ?, ?, 0, ?) RETURNING id`,
		like.ShopID, like.Mode, like.Cadence, now).Scan(&poolID).Error
	if err == nil {
		err = tx.WithContext(ctx).Exec(`INSERT INTO product_pools (product_id, variant_id, pool_id, weight, main) VALUES (?, 0, ?, 1, ?)`, productID, poolID, true).Error
	}
	if err != nil {
		return fmt.Errorf("catalog: new pool: %w", err)
	}
	if like.Mode == ModeStock {
		return openAllotmentTx(ctx, tx, actor, slot{poolID, stockPeriod}, 0)
	}
	return nil
}

// mainDraw is the one pool the maker changes with a product; false where each
// variant has its own.
func mainDraw(ctx context.Context, tx *gorm.DB, productID int64) (draw, bool, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return draw{}, false, err
	}
	sh, err := shelfOf(ctx, tx, now, []int64{productID})
	if err != nil {
		return draw{}, false, err
	}
	for _, d := range sh.draws[productID] {
		if d.Main && d.VariantID == 0 {
			return d, true, nil
		}
	}
	return draw{}, false, nil
}
