package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Pre-order windows ("PO"). A window belongs to a pool and has slots: allotments
// whose period is the day on which they are dispatched. Between Opens and Closes,
// by the database's clock, the slots can be promised, the earliest that fits
// first. Windows of one pool never overlap. Closing early takes away what nobody
// had taken, so the conditional UPDATE of a promise is the only guard there is.

const (
	maxSlots = 12
	// shiftDays is how much later a cloned window lies: a year of the Hijri
	// calendar, which Lebaran follows.
	shiftDays = 354
	// scarcePercent: below it a window counts as nearly sold out, and unpaid orders
	// and offers last ShortOffer (design §4).
	scarcePercent = 10
)

// Window is one pre-order window.
type Window struct {
	ID     int64
	PoolID int64
	Opens  time.Time // midnight in the shop's zone
	Closes time.Time // exclusive; midnight after the last day, or the moment it was closed early
	Slots  []Slot    // by dispatch day
}

// Slot is one dispatch of a window.
type Slot struct {
	ID       int64 // of its allotment
	Dispatch time.Time
	Capacity int64
	Taken    int64
}

// IsOpen reports whether the window takes orders.
func (w Window) IsOpen(now time.Time) bool { return !now.Before(w.Opens) && now.Before(w.Closes) }

// LastDay is the last day on which the window takes orders.
func (w Window) LastDay() time.Time { return w.Closes.Add(-time.Nanosecond) }

// Capacity is what all slots hold.
func (w Window) Capacity() (n int64) {
	for _, s := range w.Slots {
		n += s.Capacity
	}
	return n
}

// Taken is what all slots have promised.
func (w Window) Taken() (n int64) {
	for _, s := range w.Slots {
		n += s.Taken
	}
	return n
}

// WindowDraft is a window as typed: days as "2027-02-01", in the shop's zone.
type WindowDraft struct {
	Opens   string
	Closes  string // the last day of ordering
	Slots   []SlotDraft
	FormKey string // the same form sent twice makes one window
}

// SlotDraft is a slot as typed.
type SlotDraft struct {
	Dispatch string
	Capacity int64
}

// Again is the same window a year later, for the maker to adjust. Windows of one
// shop keep their weekdays only by luck, as Lebaran does.
func (w Window) Again(formKey string) WindowDraft {
	later := func(t time.Time) string { return t.AddDate(0, 0, shiftDays).Format(time.DateOnly) }
	d := WindowDraft{Opens: later(w.Opens), Closes: later(w.LastDay()), FormKey: formKey}
	for _, s := range w.Slots {
		d.Slots = append(d.Slots, SlotDraft{Dispatch: later(s.Dispatch), Capacity: s.Capacity})
	}
	return d
}

// windowsOf reads the windows of the pools that are not over, by opening.
func windowsOf(ctx context.Context, db *gorm.DB, now time.Time, pools map[int64]bool) (map[int64][]Window, error) {
	if len(pools) == 0 {
		return map[int64][]Window{}, nil
	}
	all, err := readWindows(ctx, db, "w.pool_id IN ? AND w.closes_at > ?", keys(pools), now)
	out := map[int64][]Window{}
	for _, w := range all {
		out[w.PoolID] = append(out[w.PoolID], w)
	}
	return out, err
}

func readWindows(ctx context.Context, db *gorm.DB, condition string, args ...any) ([]Window, error) {
	var rows []struct {
		ID, PoolID, SlotID, Capacity, Taken int64
		OpensAt, ClosesAt                   time.Time
		Period, RegencyCode                 string
	}
	err := db.WithContext(ctx).Raw(`SELECT w.id, w.pool_id, w.opens_at, w.closes_at, a.id AS slot_id, a.period, a.capacity, a.taken, h.regency_code
		FROM preorder_windows w JOIN allotments a ON a.window_id = w.id JOIN pools o ON o.id = w.pool_id JOIN shops h ON h.id = o.shop_id
		WHERE `+condition+` ORDER BY w.opens_at, w.id, a.period`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: windows: %w", err)
	}
	var out []Window
	for _, r := range rows {
		zone := calendar.Zone(r.RegencyCode)
		if len(out) == 0 || out[len(out)-1].ID != r.ID {
			out = append(out, Window{ID: r.ID, PoolID: r.PoolID, Opens: r.OpensAt.In(zone), Closes: r.ClosesAt.In(zone)})
		}
		dispatch, err := time.ParseInLocation(time.DateOnly, r.Period, zone)
		if err != nil {
			return nil, fmt.Errorf("catalog: slot %d: %w", r.SlotID, err)
		}
		w := &out[len(out)-1]
		w.Slots = append(w.Slots, Slot{ID: r.SlotID, Dispatch: dispatch, Capacity: r.Capacity, Taken: r.Taken})
	}
	return out, nil
}

// checked is a WindowDraft whose days are days.
type checked struct {
	opens, closes time.Time // closes: exclusive
	slots         map[string]int64
}

func (in WindowDraft) check(today time.Time) (checked, *fault.Error) {
	bad := fault.Invalid("catalog.window.check")
	out := checked{slots: map[string]int64{}}
	zone := today.Location()
	opens, err := time.ParseInLocation(time.DateOnly, in.Opens, zone)
	if err != nil {
		bad.With("opens", "catalog.day")
	}
	last, lastErr := time.ParseInLocation(time.DateOnly, in.Closes, zone)
	switch {
	case lastErr != nil:
		bad.With("closes", "catalog.day")
	case last.Before(today):
		bad.With("closes", "catalog.window.past")
	case err == nil && last.Before(opens):
		bad.With("closes", "catalog.window.order")
	case last.After(today.AddDate(2, 0, 0)):
		bad.With("closes", "catalog.window.far")
	}
	out.opens, out.closes = opens, last.AddDate(0, 0, 1)
	if len(in.Slots) == 0 {
		bad.With("slot_1_day", "catalog.window.no_slot")
	}
	if len(in.Slots) > maxSlots {
		bad.With("slot_"+strconv.Itoa(maxSlots)+"_day", "catalog.window.slots", "max", maxSlots)
	}
	for i, s := range in.Slots {
		field := "slot_" + strconv.Itoa(i+1)
		dispatch, slotErr := time.ParseInLocation(time.DateOnly, s.Dispatch, zone)
		_, twice := out.slots[s.Dispatch]
		switch {
		case slotErr != nil:
			bad.With(field+"_day", "catalog.day")
		case err == nil && dispatch.Before(opens):
			bad.With(field+"_day", "catalog.window.early_slot")
		case dispatch.After(today.AddDate(2, 6, 0)):
			bad.With(field+"_day", "catalog.window.far")
		case twice:
			bad.With(field+"_day", "catalog.window.twice")
		}
		if s.Capacity < 1 || s.Capacity > MaxQuantity {
			bad.With(field+"_capacity", "catalog.window.capacity", "max", money.Group(uint64(MaxQuantity)))
		}
		out.slots[s.Dispatch] = s.Capacity
	}
	return out, bad
}

// OpenWindow opens a pre-order window for a live product: the pool its maker
// changes sells by pre-order from now on, and so does every product that has it
// as its own. A product sold from finished stock has none. The shop's members
// and their companion may. Errors: invalid on opens, closes, slot_N_day and
// slot_N_capacity; conflict when it is sold from stock.
func (s *Service) OpenWindow(ctx context.Context, actor account.Actor, productID int64, in WindowDraft) error {
	if err := goodKey(in.FormKey); err != nil {
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
		c, bad := in.check(day(now, calendar.Zone(d.RegencyCode)))
		if err := bad.OrNil(); err != nil {
			return err
		}
		// The pool's row is held from here: two windows cannot overlap.
		err = tx.Exec(`UPDATE pools SET mode = ?, per_period = 0 WHERE id = ?`, ModePreorder, d.PoolID).Error
		if err != nil {
			return fmt.Errorf("catalog: pool to pre-order: %w", err)
		}
		var sent int64
		if err := tx.Raw(`SELECT COUNT(*) FROM preorder_windows WHERE pool_id = ? AND form_key = ?`, d.PoolID, in.FormKey).Scan(&sent).Error; err != nil || sent > 0 {
			return err
		}
		others, err := readWindows(ctx, tx, "w.pool_id = ?", d.PoolID)
		if err != nil {
			return err
		}
		for _, w := range others {
			if c.opens.Before(w.Closes) && w.Opens.Before(c.closes) {
				bad.With("opens", "catalog.window.overlap", "from", calendar.Date(w.Opens), "to", calendar.Date(w.LastDay()))
				break
			}
		}
		for i, want := range in.Slots {
			for _, w := range others {
				if slices.ContainsFunc(w.Slots, func(s Slot) bool { return s.Dispatch.Format(time.DateOnly) == want.Dispatch }) {
					bad.With(fmt.Sprintf("slot_%d_day", i+1), "catalog.window.taken_day")
				}
			}
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		var id int64
		err = tx.Raw(`INSERT INTO preorder_windows (pool_id, opens_at, closes_at, form_key, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
			d.PoolID, c.opens.UTC(), c.closes.UTC(), in.FormKey, actor.UserID, now).Scan(&id).Error
		if err != nil {
			return fmt.Errorf("catalog: open window: %w", err)
		}
		for _, slot := range in.Slots {
			if err := openSlotTx(ctx, tx, actor, d.PoolID, id, slot); err != nil {
				return err
			}
		}
		if err := modeFollowsTx(ctx, tx, d.PoolID, ModePreorder); err != nil {
			return err
		}
		if err := s.poolChangedTx(ctx, tx, d.PoolID); err != nil {
			return err
		}
		return record(ctx, tx, actor, p.ShopID, "open_window", "product", productID, fmt.Sprintf("%s – %s", in.Opens, in.Closes))
	})
}

// openSlotTx makes one slot with the movement that explains its capacity.
func openSlotTx(ctx context.Context, tx *gorm.DB, actor account.Actor, poolID, windowID int64, in SlotDraft) error {
	var id int64
	err := tx.WithContext(ctx).Raw(`INSERT INTO allotments (pool_id, period, capacity, window_id) VALUES (?, ?, ?, ?) RETURNING id`,
		poolID, in.Dispatch, in.Capacity, windowID).Scan(&id).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return fault.Conflict("catalog.window.taken_day").Because(err)
	}
	if err != nil {
		return fmt.Errorf("catalog: slot: %w", err)
	}
	_, err = moveStockTx(ctx, tx, actor, id, in.Capacity, "opening", "")
	return err
}

// modeFollowsTx lets the products whose own pool this is be sold as it is.
func modeFollowsTx(ctx context.Context, tx *gorm.DB, poolID int64, mode Mode) error {
	err := tx.WithContext(ctx).Exec(`UPDATE products SET mode = ? WHERE mode IN ('capacity', 'preorder')
		AND id IN (SELECT product_id FROM product_pools WHERE pool_id = ? AND main)`, mode, poolID).Error
	if err != nil {
		return fmt.Errorf("catalog: mode of products: %w", err)
	}
	return nil
}

// poolChangedTx forgets the pages of everything that draws on the pool, and
// offers new room to those who wait for it.
func (s *Service) poolChangedTx(ctx context.Context, tx *gorm.DB, poolID int64) error {
	var rows []struct{ Slug, ShopSlug string }
	err := tx.WithContext(ctx).Raw(`SELECT p.slug, h.slug AS shop_slug FROM product_pools pp JOIN products p ON p.id = pp.product_id
		JOIN shops h ON h.id = p.shop_id WHERE pp.pool_id = ? AND p.slug IS NOT NULL`, poolID).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("catalog: pages of pool: %w", err)
	}
	pages := map[string]bool{}
	for _, r := range rows {
		pages["product:"+r.Slug], pages["shop:"+r.ShopSlug], pages["list"] = true, true, true
	}
	if err := database.InvalidateTx(ctx, tx, keys(pages)...); err != nil {
		return err
	}
	return s.offerTx(ctx, tx, []int64{poolID})
}

// placeOfWindow returns a product whose own pool the window is of, and its shop.
func placeOfWindow(ctx context.Context, db *gorm.DB, windowID int64) (productID, shopID int64, err error) {
	var row struct{ ProductID, ShopID int64 }
	err = db.WithContext(ctx).Raw(`SELECT MIN(pp.product_id) AS product_id, MIN(o.shop_id) AS shop_id FROM preorder_windows w JOIN pools o ON o.id = w.pool_id
		JOIN product_pools pp ON pp.pool_id = o.id AND pp.main WHERE w.id = ? HAVING COUNT(*) > 0`, windowID).Scan(&row).Error
	if err != nil {
		return 0, 0, fmt.Errorf("catalog: window: %w", err)
	}
	if row.ShopID == 0 {
		return 0, 0, fault.NotFound("window")
	}
	return row.ProductID, row.ShopID, nil
}

// Windows returns every window of the product's own pool, newest first, for the
// shop's members and their companion.
func (s *Service) Windows(ctx context.Context, actor account.Actor, productID int64) ([]Window, error) {
	db := s.db.Read(ctx)
	if _, err := ownProduct(ctx, db, actor, productID); err != nil {
		return nil, err
	}
	all, err := readWindows(ctx, db, "w.pool_id IN (SELECT pool_id FROM product_pools WHERE product_id = ? AND main)", productID)
	slices.Reverse(all)
	return all, err
}

// WindowOf returns one window with a product it belongs to, for the shop's
// members and their companion. Errors: not found for everybody else.
func (s *Service) WindowOf(ctx context.Context, actor account.Actor, windowID int64) (Window, int64, error) {
	return windowTx(ctx, s.db.Read(ctx), actor, windowID)
}

func windowTx(ctx context.Context, tx *gorm.DB, actor account.Actor, windowID int64) (Window, int64, error) {
	productID, shopID, err := placeOfWindow(ctx, tx, windowID)
	if err != nil {
		return Window{}, 0, err
	}
	if !actor.Manages(shopID) {
		return Window{}, 0, fault.NotFound("another's window")
	}
	all, err := readWindows(ctx, tx, "w.id = ?", windowID)
	if err != nil {
		return Window{}, 0, err
	}
	if len(all) == 0 {
		return Window{}, 0, fault.NotFound("window")
	}
	return all[0], productID, nil
}

// ChangeWindow moves the last day of ordering and changes or adds slots. A slot
// never gets smaller than what it has promised, and a day that is left out keeps
// its slot. The shop's members and their companion may. Errors: invalid as
// OpenWindow; conflict when the window is over.
func (s *Service) ChangeWindow(ctx context.Context, actor account.Actor, windowID int64, in WindowDraft) error {
	return s.changeWindow(ctx, actor, windowID, "change_window", func(tx *gorm.DB, w Window, now time.Time) error {
		in.Opens = w.Opens.Format(time.DateOnly)
		c, bad := in.check(day(now, w.Opens.Location()))
		have := map[string]Slot{}
		for _, s := range w.Slots {
			have[s.Dispatch.Format(time.DateOnly)] = s
		}
		for i, want := range in.Slots {
			if s, made := have[want.Dispatch]; made && want.Capacity < s.Taken {
				bad.With(fmt.Sprintf("slot_%d_capacity", i+1), "catalog.window.below_taken", "taken", s.Taken)
			}
		}
		others, err := readWindows(ctx, tx, "w.pool_id = ? AND w.id <> ?", w.PoolID, w.ID)
		if err != nil {
			return err
		}
		for _, o := range others {
			if c.opens.Before(o.Closes) && o.Opens.Before(c.closes) {
				bad.With("closes", "catalog.window.overlap", "from", calendar.Date(o.Opens), "to", calendar.Date(o.LastDay()))
				break
			}
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE preorder_windows SET closes_at = ? WHERE id = ?`, c.closes.UTC(), w.ID).Error; err != nil {
			return fmt.Errorf("catalog: change window: %w", err)
		}
		for _, want := range in.Slots {
			s, made := have[want.Dispatch]
			if !made {
				if err := openSlotTx(ctx, tx, actor, w.PoolID, w.ID, want); err != nil {
					return err
				}
				continue
			}
			if err := resizeSlotTx(ctx, tx, actor, s, want.Capacity); err != nil {
				return err
			}
		}
		return nil
	})
}

// CloseWindow ends a window at once: nothing more can be ordered, and what was
// ordered stays promised. The shop's members and their companion may. Closing
// one that is over changes nothing.
func (s *Service) CloseWindow(ctx context.Context, actor account.Actor, windowID int64) error {
	return s.changeWindow(ctx, actor, windowID, "close_window", func(tx *gorm.DB, w Window, now time.Time) error {
		for _, slot := range w.Slots {
			if err := resizeSlotTx(ctx, tx, actor, slot, slot.Taken); err != nil {
				return err
			}
		}
		opens := w.Opens
		if now.Before(opens) {
			opens = now
		}
		err := tx.Exec(`UPDATE preorder_windows SET opens_at = ?, closes_at = ? WHERE id = ?`, opens.UTC(), now, w.ID).Error
		if err != nil {
			return fmt.Errorf("catalog: close window: %w", err)
		}
		return nil
	})
}

func (s *Service) changeWindow(ctx context.Context, actor account.Actor, windowID int64, verb string, change func(*gorm.DB, Window, time.Time) error) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		w, productID, err := windowTx(ctx, tx, actor, windowID)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		// Hold the pool against other changes, then the slots against sales.
		if err := tx.Exec(`UPDATE pools SET mode = ? WHERE id = ?`, ModePreorder, w.PoolID).Error; err != nil {
			return fmt.Errorf("catalog: hold pool: %w", err)
		}
		var held []int64
		if err := tx.Raw(`SELECT id FROM allotments WHERE window_id = ? ORDER BY id`+locking(tx), w.ID).Scan(&held).Error; err != nil {
			return fmt.Errorf("catalog: hold slots: %w", err)
		}
		if w, _, err = windowTx(ctx, tx, actor, windowID); err != nil {
			return err
		}
		if !now.Before(w.Closes) {
			return fault.Conflict("catalog.window.over")
		}
		if err := change(tx, w, now); err != nil {
			return err
		}
		if err := s.poolChangedTx(ctx, tx, w.PoolID); err != nil {
			return err
		}
		p, err := productByID(ctx, tx, productID)
		if err != nil {
			return err
		}
		return record(ctx, tx, actor, p.ShopID, verb, "product", productID, fmt.Sprintf("window %d", w.ID))
	})
}

func resizeSlotTx(ctx context.Context, tx *gorm.DB, actor account.Actor, s Slot, capacity int64) error {
	delta := capacity - s.Capacity
	if delta == 0 {
		return nil
	}
	if _, err := moveStockTx(ctx, tx, actor, s.ID, delta, "edit", ""); err != nil {
		return err
	}
	return resizeTx(ctx, tx, allotment{ID: s.ID}, delta)
}

// scarceTx says which of the allotments belong to a window of which less than a
// tenth is left.
func scarceTx(ctx context.Context, tx *gorm.DB, allotmentIDs []int64) (map[int64]bool, error) {
	var rows []struct{ ID, Capacity, Taken int64 }
	err := tx.WithContext(ctx).Raw(`SELECT a.id, CAST(SUM(b.capacity) AS BIGINT) AS capacity, CAST(SUM(b.taken) AS BIGINT) AS taken
		FROM allotments a JOIN allotments b ON b.window_id = a.window_id WHERE a.id IN ? GROUP BY a.id`, allotmentIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: room of windows: %w", err)
	}
	out := map[int64]bool{}
	for _, r := range rows {
		out[r.ID] = (r.Capacity-r.Taken)*100 < r.Capacity*scarcePercent
	}
	return out, nil
}
