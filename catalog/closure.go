package catalog

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// ClosureKind is what a shop's days away mean.
type ClosureKind string

// The kinds of closures. On days of either kind nobody works, so promised days
// move; on days of ShopShut no order is taken either.
const (
	ShopShut ClosureKind = "closed" // "tutup sementara": pages stay, orders pause
	ShopRest ClosureKind = "off"    // "libur": orders are taken
)

// maxClosureDays bounds one closure and how far ahead it may lie: a shop that is
// away for longer is closed by an officer.
const maxClosureDays = 366

// Closure is a run of days on which a shop does not work.
type Closure struct {
	ID     int64
	ShopID int64
	Kind   ClosureKind
	First  time.Time // midnight in the shop's zone
	Last   time.Time // inclusive
}

// closures of one shop, those that are not over.
type closures []Closure

// includes reports whether the shop does not work on that day.
func (cs closures) includes(t time.Time) bool {
	for _, c := range cs {
		if !t.Before(c.First) && t.Before(c.Last.AddDate(0, 0, 1)) {
			return true
		}
	}
	return false
}

// closedOn returns the day on which orders are taken again, when none are taken
// on that day.
func (cs closures) closedOn(t time.Time) (until time.Time, shut bool) {
	for again := true; again; {
		again = false
		for _, c := range cs {
			if c.Kind == ShopShut && !t.Before(c.First) && t.Before(c.Last.AddDate(0, 0, 1)) {
				t, shut, again = c.Last.AddDate(0, 0, 1), true, true
			}
		}
	}
	if !shut {
		return time.Time{}, false
	}
	return t, true
}

// closuresOf reads the closures of the shops that are not over.
func closuresOf(ctx context.Context, db *gorm.DB, now time.Time, shopIDs []int64) (map[int64]closures, error) {
	var rows []struct {
		ID, ShopID                     int64
		Kind                           ClosureKind
		FirstDay, LastDay, RegencyCode string
	}
	err := db.WithContext(ctx).Raw(`SELECT l.id, l.shop_id, l.kind, l.first_day, l.last_day, h.regency_code
		FROM shop_closures l JOIN shops h ON h.id = l.shop_id WHERE l.shop_id IN ? AND l.last_day >= ? ORDER BY l.first_day, l.id`,
		shopIDs, earliestToday(now)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: closures: %w", err)
	}
	out := map[int64]closures{}
	for _, r := range rows {
		zone := calendar.Zone(r.RegencyCode)
		c := Closure{ID: r.ID, ShopID: r.ShopID, Kind: r.Kind}
		if c.First, err = time.ParseInLocation(time.DateOnly, r.FirstDay, zone); err == nil {
			c.Last, err = time.ParseInLocation(time.DateOnly, r.LastDay, zone)
		}
		if err != nil {
			return nil, fmt.Errorf("catalog: closure %d: %w", r.ID, err)
		}
		if !c.Last.Before(day(now, zone)) {
			out[r.ShopID] = append(out[r.ShopID], c)
		}
	}
	return out, nil
}

// NewClosure is what a maker types: days as "2026-12-24", in her shop's zone.
type NewClosure struct {
	Kind        ClosureKind
	First, Last string
	FormKey     string // the same form sent twice counts once
}

// AddClosure lets a shop rest or close for some days; promises made before keep
// their day. The shop's members, their companion and the territory's officers
// may. Errors: invalid on "kind", "first" or "last".
func (s *Service) AddClosure(ctx context.Context, actor account.Actor, shopID int64, in NewClosure) error {
	if err := goodKey(in.FormKey); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		shop, err := restingShop(ctx, tx, actor, shopID)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		zone := calendar.Zone(shop.RegencyCode)
		today := day(now, zone)
		bad := fault.Invalid("catalog.closure.check")
		if in.Kind != ShopShut && in.Kind != ShopRest {
			bad.With("kind", "catalog.closure.kind")
		}
		first, firstErr := time.ParseInLocation(time.DateOnly, in.First, zone)
		last, lastErr := time.ParseInLocation(time.DateOnly, in.Last, zone)
		switch {
		case firstErr != nil:
			bad.With("first", "catalog.day")
		case first.Before(today):
			bad.With("first", "catalog.closure.past")
		}
		switch {
		case lastErr != nil:
			bad.With("last", "catalog.day")
		case firstErr == nil && last.Before(first):
			bad.With("last", "catalog.closure.order")
		case last.After(today.AddDate(0, 0, maxClosureDays)):
			bad.With("last", "catalog.closure.far")
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		res := tx.Exec(`INSERT INTO shop_closures (shop_id, kind, first_day, last_day, form_key, created_by, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (shop_id, form_key) DO NOTHING`,
			shopID, in.Kind, first.Format(time.DateOnly), last.Format(time.DateOnly), in.FormKey, actor.UserID, now)
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		if err := s.invalidateShopTx(ctx, tx, shop); err != nil {
			return err
		}
		days := fmt.Sprintf("%s %s %s", first.Format(time.DateOnly), last.Format(time.DateOnly), in.Kind)
		if err := directTx(ctx, tx, actor, DirectChange{ShopID: shopID, Kind: DirectRest, Words: days}); err != nil {
			return err
		}
		return record(ctx, tx, actor, shopID, "add_closure", "shop", shopID, fmt.Sprintf("%s %s – %s", in.Kind, in.First, in.Last))
	})
}

// EndClosure takes days off back, also while they last. Who may: as AddClosure.
func (s *Service) EndClosure(ctx context.Context, actor account.Actor, shopID, closureID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		shop, err := restingShop(ctx, tx, actor, shopID)
		if err != nil {
			return err
		}
		var gone []struct{ FirstDay, LastDay, Kind string }
		err = tx.Raw(`DELETE FROM shop_closures WHERE id = ? AND shop_id = ? RETURNING first_day, last_day, kind`, closureID, shopID).Scan(&gone).Error
		if err != nil {
			return fmt.Errorf("catalog: end closure: %w", err)
		}
		if len(gone) == 0 {
			return nil // already gone
		}
		days := fmt.Sprintf("%s %s %s", gone[0].FirstDay, gone[0].LastDay, gone[0].Kind)
		if err := directTx(ctx, tx, actor, DirectChange{ShopID: shopID, Kind: DirectWork, Words: days}); err != nil {
			return err
		}
		if err := s.invalidateShopTx(ctx, tx, shop); err != nil {
			return err
		}
		return record(ctx, tx, actor, shopID, "end_closure", "shop", shopID, fmt.Sprint(closureID))
	})
}

// Closures returns the shop's closures that are not over. Who may: as AddClosure.
func (s *Service) Closures(ctx context.Context, actor account.Actor, shopID int64) ([]Closure, error) {
	db := s.db.Read(ctx)
	if _, err := restingShop(ctx, db, actor, shopID); err != nil {
		return nil, err
	}
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	all, err := closuresOf(ctx, db, now, []int64{shopID})
	return all[shopID], err
}

// OffDays tells of a day (midnight in the shop's zone) whether nobody works then,
// by the shop's own days off. Anyone may ask.
func (s *Service) OffDays(ctx context.Context, shopID int64) (func(time.Time) bool, error) {
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	all, err := closuresOf(ctx, db, now, []int64{shopID})
	return all[shopID].includes, err
}

// ShopReopens returns the day on which a temporarily closed shop takes orders
// again, for its public page; zero for a shop that takes them.
func (s *Service) ShopReopens(ctx context.Context, shop Shop) (time.Time, error) {
	database.Depend(ctx, "shop:"+shop.Slug)
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return time.Time{}, err
	}
	all, err := closuresOf(ctx, db, now, []int64{shop.ID})
	until, _ := all[shop.ID].closedOn(day(now, calendar.Zone(shop.RegencyCode)))
	return until, err
}

// restingShop is the shop, for whoever may set its days off.
func restingShop(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64) (Shop, error) {
	shop, err := shopByID(ctx, tx, shopID)
	if err != nil {
		return Shop{}, err
	}
	if !actor.Manages(shopID) && !governs(actor, shop.RegencyCode) {
		return Shop{}, fault.NotFound("another's shop")
	}
	return shop, nil
}

// CloseUntil lets nobody order one product until a day ("2026-12-24", in its shop's
// zone), on which it opens by itself; "" opens it now. Its page stays and says when;
// what was promised before keeps its day. The shop's members and their companion may.
// Errors: invalid on "opens"; conflict for a product that is not live.
func (s *Service) CloseUntil(ctx context.Context, actor account.Actor, productID int64, opens string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, err := ownProduct(ctx, tx, actor, productID)
		if err != nil {
			return err
		}
		shop, err := shopByID(ctx, tx, p.ShopID)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		today := day(now, calendar.Zone(shop.RegencyCode))
		if opens != "" {
			until, err := time.ParseInLocation(time.DateOnly, opens, today.Location())
			key := ""
			switch {
			case err != nil:
				key = "catalog.day"
			case !until.After(today):
				key = "catalog.closure.tomorrow"
			case until.After(today.AddDate(0, 0, maxClosureDays)):
				key = "catalog.closure.far"
			}
			if key != "" {
				return fault.Invalid("catalog.closure.check").With("opens", key)
			}
		}
		var before string
		if err := tx.Raw(`SELECT opens_on FROM products WHERE id = ?`, productID).Scan(&before).Error; err != nil {
			return fmt.Errorf("catalog: opening day: %w", err)
		}
		if before == opens {
			return nil
		}
		res := tx.Exec(`UPDATE products SET opens_on = ?, updated_at = ? WHERE id = ? AND state IN ?`,
			opens, now, productID, []ProductState{ProductPublished, ProductPaused})
		if res.Error != nil {
			return fmt.Errorf("catalog: close product: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("catalog.product.moved")
		}
		kind, verb, last := DirectRest, "close_until", opens
		if opens == "" {
			kind, verb, last = DirectWork, "open_again", before
		}
		if day, err := time.Parse(time.DateOnly, last); err == nil {
			last = day.AddDate(0, 0, -1).Format(time.DateOnly)
		}
		days := fmt.Sprintf("%s %s %s", today.Format(time.DateOnly), last, ShopShut)
		if err := directTx(ctx, tx, actor, DirectChange{ShopID: p.ShopID, ProductID: productID, Kind: kind, Words: days}); err != nil {
			return err
		}
		if err := invalidateProductTx(ctx, tx, p); err != nil {
			return err
		}
		return record(ctx, tx, actor, p.ShopID, verb, "product", productID, opens)
	})
}
