package catalog_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// season is one oven before a feast: jars of two kinds out of one window, and a
// hamper with a window of its own that takes three of the jars.
type season struct {
	*world
	maker             account.Actor
	nastar, kastengel int64
	hamper            int64
	days              []string // of dispatch
	jarWindow         int64
	held, kept        map[int64]sale // by line
	used              []sale
	waiting           []catalog.Entry
	weights           map[int64]int64 // of the jars, by product
}

// sale is what a line was promised and still has.
type sale struct{ product, pieces int64 }

func newSeason(w *world, jars, hampers []int64) *season {
	w.t.Helper()
	shop, maker := w.shop("Dapur Musim", "35.19.03")
	s := &season{world: w, maker: maker, held: map[int64]sale{}, kept: map[int64]sale{}}
	list := func(title string) int64 {
		return w.live(shop, maker, goods{title: title, mode: catalog.ModeCapacity, quantity: 1}).ProductID
	}
	s.nastar, s.kastengel, s.hamper = list("Nastar"), list("Kastengel"), list("Hamper")
	s.weights = map[int64]int64{s.nastar: 1, s.kastengel: 1, s.hamper: 3}
	now, err := clock.Now(ctx, w.db.Read(ctx))
	require.NoError(w.t, err)
	for i := range max(len(jars), len(hampers)) {
		s.days = append(s.days, now.AddDate(0, 0, 310+7*i).Format(time.DateOnly))
	}
	for product, capacities := range map[int64][]int64{s.nastar: jars, s.kastengel: {1}, s.hamper: hampers} {
		require.NoError(w.t, w.cat.OpenWindow(ctx, maker, product, s.draft(now, capacities)))
	}
	require.NoError(w.t, w.cat.SharePool(ctx, maker, catalog.Share{ProductID: s.kastengel, WithID: s.nastar, Weight: 1, Instead: true}))
	require.NoError(w.t, w.cat.SharePool(ctx, maker, catalog.Share{ProductID: s.hamper, WithID: s.nastar, Weight: 3}))
	windows, err := w.cat.Windows(ctx, maker, s.nastar)
	require.NoError(w.t, err)
	s.jarWindow = windows[0].ID
	return s
}

func (s *season) draft(now time.Time, capacities []int64) catalog.WindowDraft {
	d := catalog.WindowDraft{Opens: now.Format(time.DateOnly), Closes: now.AddDate(0, 0, 300).Format(time.DateOnly), FormKey: s.form()}
	for i, n := range capacities {
		d.Slots = append(d.Slots, catalog.SlotDraft{Dispatch: s.days[i], Capacity: n})
	}
	return d
}

// jars is the window of the jars as it is.
func (s *season) jars() catalog.Window {
	s.t.Helper()
	w, _, err := s.cat.WindowOf(ctx, s.maker, s.jarWindow)
	require.NoError(s.t, err)
	return w
}

// Two products sold from one window, and a third that needs three of it: what one
// takes the others do not have, and what one gives back goes to who waits for
// another.
func TestProductsOfOneWindow(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		s := newSeason(w, []int64{10, 4}, []int64{2, 2})
		for _, product := range []int64{s.nastar, s.kastengel} {
			require.Equal(t, []int64{10, 4}, pieces(w.sellable(product)))
		}
		require.Equal(t, []int64{2, 1}, pieces(w.sellable(s.hamper)))
		kastengel, hampers := w.line(), w.line()
		got, err := w.promise(
			catalog.Demand{LineID: kastengel, ProductID: s.kastengel, Quantity: 4},
			catalog.Demand{LineID: hampers, ProductID: s.hamper, Quantity: 2})
		require.NoError(t, err)
		require.Equal(t, []string{s.days[0], s.days[0]}, []string{got[0].Period, got[1].Period})
		require.Equal(t, []int64{0, 4}, pieces(w.sellable(s.nastar)))
		require.Equal(t, []int64{0, 1}, pieces(w.sellable(s.hamper)))
		_, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: s.nastar, Quantity: 5})
		require.Equal(t, int64(4), short(t, err)[0].Available)

		// The hampers are given back: six jars, for who waits for nastar.
		entry, err := w.wait(s.nastar, 6, "Bu Sri")
		require.NoError(t, err)
		require.NoError(t, w.release(nil, hampers))
		require.Equal(t, catalog.EntryOffered, w.entry(entry).State)
		require.Equal(t, []int64{0, 4}, pieces(w.sellable(s.kastengel)))
		w.sound()

		// She needs only one of them: the other five are for who can use them, at once.
		next, err := w.wait(s.hamper, 2, "Pak Joko")
		require.NoError(t, err)
		small, err := w.wait(s.kastengel, 5, "Bu Ani")
		require.NoError(t, err)
		_, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: s.nastar, Quantity: 1, EntryID: w.entry(entry).ID})
		require.NoError(t, err)
		require.Equal(t, catalog.EntryWaiting, w.entry(next).State, "six jars are not free together")
		require.Equal(t, catalog.EntryOffered, w.entry(small).State)
		require.Equal(t, []int64{0, 4}, pieces(w.sellable(s.nastar)))
		w.sound()

		// An offer never lasts longer than the window it is from.
		jars := s.jars()
		w.at(jars.Closes.Add(-30 * time.Minute))
		require.NoError(t, w.cat.RunWaiting(ctx))
		require.Equal(t, catalog.EntryLapsed, w.entry(small).State)
		require.NoError(t, w.release(nil, kastengel))
		require.Equal(t, catalog.EntryOffered, w.entry(next).State)
		require.True(t, jars.Closes.Equal(w.entry(next).Until), "%v", w.entry(next).Until)
		w.sound()

		// The control: a slot that moved to another pool is found.
		require.NoError(t, w.exec(`INSERT INTO pools (shop_id, mode, per_period, created_at) SELECT shop_id, mode, 0, created_at FROM pools WHERE id = ?`, jars.PoolID))
		require.NoError(t, w.exec(`UPDATE allotments SET pool_id = (SELECT MAX(id) FROM pools) WHERE id = ?`, jars.Slots[1].ID))
		found, err := w.cat.Prove(ctx)
		require.NoError(t, err)
		var names []string
		for _, f := range found {
			names = append(names, f.Invariant)
		}
		require.Contains(t, names, "C7 slot of another pool")
	})
}

// A season in any order: orders, cancellations, payments, hand-overs, a maker who
// makes more or fewer, people who wait, leave, answer or forget to. After every
// step every proof holds, the jars taken are those the model has sold and offered,
// and nobody waits for what is free.
func TestAnySeason(t *testing.T) {
	for name, value := range map[string]string{"rapid.checks": "5", "rapid.steps": "30", "rapid.shrinktime": "3s"} {
		before := flag.Lookup(name).Value.String()
		require.NoError(t, flag.Set(name, value))
		t.Cleanup(func() { require.NoError(t, flag.Set(name, before)) })
	}
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		rapid.Check(t, func(rt *rapid.T) {
			w.at(noon)
			s := newSeason(w, []int64{rapid.Int64Range(3, 5).Draw(rt, "jars"), 1}, []int64{2, 2})
			steps := map[string]func(*rapid.T){
				"order": s.order, "take over": s.takeOver, "release": s.release1, "keep": s.keep1, "use": s.use1,
				"resize": s.resize, "join": s.join, "leave": s.leave, "forget": s.forget, "": s.check,
			}
			rt.Repeat(steps)
		})
	})
}

func (s *season) products() []int64 { return []int64{s.nastar, s.kastengel, s.hamper} }

func (s *season) order(rt *rapid.T) {
	var demands []catalog.Demand
	for _, product := range rapid.SliceOfNDistinct(rapid.SampledFrom(s.products()), 1, 2, rapid.ID[int64]).Draw(rt, "products") {
		demands = append(demands, catalog.Demand{LineID: s.line(), ProductID: product, Quantity: rapid.Int64Range(1, 4).Draw(rt, "pieces")})
	}
	most := s.sellable(demands[0].ProductID).MostTakeable()
	s.bought(rt, demands, len(demands) == 1 && most >= demands[0].Quantity)
}

// bought promises the demands; sure says that there is room for them.
func (s *season) bought(rt *rapid.T, demands []catalog.Demand, sure bool) {
	_, err := s.promise(demands...)
	var short *catalog.ShortError
	if errors.As(err, &short) {
		require.False(rt, sure, "refused although there was room: %v", demands)
		return
	}
	require.NoError(rt, err)
	for _, d := range demands {
		s.held[d.LineID] = sale{d.ProductID, d.Quantity}
	}
}

// open are those on the list, as they stand, in one state.
func (s *season) open(state catalog.EntryState) (out []catalog.Entry) {
	for _, e := range s.waiting {
		if now := s.entry(e); now.State == state {
			out = append(out, now)
		}
	}
	return out
}

func (s *season) takeOver(rt *rapid.T) {
	offered := s.open(catalog.EntryOffered)
	if len(offered) == 0 {
		return // nobody was offered anything: nothing may happen
	}
	e := rapid.SampledFrom(offered).Draw(rt, "entry")
	s.bought(rt, []catalog.Demand{{LineID: s.line(), ProductID: e.ProductID, Quantity: rapid.Int64Range(1, e.Quantity).Draw(rt, "pieces"), EntryID: e.ID}}, true)
}

// pick is any line of the given ones, 0 when there is none.
func pick(rt *rapid.T, lines map[int64]sale) int64 {
	if len(lines) == 0 {
		return 0
	}
	var ids []int64
	for id := range lines {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return rapid.SampledFrom(ids).Draw(rt, "line")
}

func (s *season) release1(rt *rapid.T) {
	from := rapid.SampledFrom([]map[int64]sale{s.held, s.kept}).Draw(rt, "state")
	line := pick(rt, from)
	if line == 0 {
		return
	}
	sold := from[line]
	n := rapid.Int64Range(1, sold.pieces).Draw(rt, "pieces")
	require.NoError(rt, s.release(map[int64]int64{line: n}, line))
	if sold.pieces -= n; sold.pieces == 0 {
		delete(from, line)
		require.NoError(rt, s.release(nil, line), "twice is harmless")
		return
	}
	from[line] = sold
}

func (s *season) keep1(rt *rapid.T) {
	line := pick(rt, s.held)
	if line == 0 {
		return
	}
	require.NoError(rt, s.keep(line))
	s.kept[line] = s.held[line]
	delete(s.held, line)
}

func (s *season) use1(rt *rapid.T) {
	line := pick(rt, s.kept)
	if line == 0 {
		return
	}
	require.NoError(rt, s.use(line))
	require.NoError(rt, s.release(nil, line), "what left the shop does not come back")
	s.used = append(s.used, s.kept[line])
	delete(s.kept, line)
}

func (s *season) resize(rt *rapid.T) {
	w := s.jars()
	n := rapid.IntRange(0, len(w.Slots)-1).Draw(rt, "slot")
	d := catalog.WindowDraft{Closes: w.LastDay().Format(time.DateOnly)}
	for _, slot := range w.Slots {
		d.Slots = append(d.Slots, catalog.SlotDraft{Dispatch: slot.Dispatch.Format(time.DateOnly), Capacity: slot.Capacity})
	}
	d.Slots[n].Capacity = rapid.Int64Range(1, 7).Draw(rt, "capacity")
	err := s.cat.ChangeWindow(ctx, s.maker, w.ID, d)
	if d.Slots[n].Capacity < w.Slots[n].Taken {
		require.True(rt, fault.Is(err, fault.KindInvalid), "below what it has promised: %v", err)
		return
	}
	require.NoError(rt, err)
}

func (s *season) join(rt *rapid.T) {
	product := rapid.SampledFrom(s.products()).Draw(rt, "product")
	n := max(1, s.sellable(product).MostTakeable()+rapid.Int64Range(0, 2).Draw(rt, "more than there is"))
	room := s.sellable(product).CanTake(n)
	e, err := s.wait(product, n, fmt.Sprintf("Penunggu %d", len(s.waiting)))
	if room {
		require.True(rt, fault.Is(err, fault.KindConflict), "there is room: %v", err)
		return
	}
	require.NoError(rt, err)
	s.waiting = append(s.waiting, e)
}

func (s *season) leave(rt *rapid.T) {
	if len(s.waiting) == 0 {
		return // nobody waits
	}
	require.NoError(rt, s.cat.LeaveWaiting(ctx, rapid.SampledFrom(s.waiting).Draw(rt, "entry").Token))
}

// forget lets a day and an hour pass: offers end.
func (s *season) forget(rt *rapid.T) {
	offered := s.open(catalog.EntryOffered)
	s.db.Clock().Advance(25 * time.Hour)
	require.NoError(rt, s.cat.RunWaiting(ctx))
	for _, e := range offered {
		require.Equal(rt, catalog.EntryLapsed, s.entry(e).State)
	}
}

func (s *season) check(rt *rapid.T) {
	found, err := s.cat.Prove(ctx)
	require.NoError(rt, err)
	require.Empty(rt, found)
	var jars int64
	for _, lines := range []map[int64]sale{s.held, s.kept} {
		for _, l := range lines {
			jars += l.pieces * s.weights[l.product]
		}
	}
	for _, l := range s.used {
		jars += l.pieces * s.weights[l.product]
	}
	for _, e := range s.open(catalog.EntryOffered) {
		jars += e.Quantity * s.weights[e.ProductID]
	}
	require.Equal(rt, jars, s.jars().Taken(), "counted once each")
	for _, e := range s.open(catalog.EntryWaiting) {
		require.False(rt, s.sellable(e.ProductID).CanTake(e.Quantity), "waits for %d of product %d, which are free", e.Quantity, e.ProductID)
	}
}
