package order_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// elsewhere places and pays an order of a shop in Kota Surabaya.
func (w *world) elsewhere() order.Order {
	w.t.Helper()
	far := *w
	far.shop.RegencyCode = "35.78"
	o := far.paid(draft{})
	w.next = far.next
	return o
}

func (w *world) admin() account.Actor {
	w.t.Helper()
	u := w.Person("Admin", ordertest.District)
	_, err := w.Accounts.AssignRole(context.Background(), account.System, u.ID, account.RoleAdmin, 0, nil)
	require.NoError(w.t, err)
	return w.Actor(u.ID)
}

func (w *world) listed(actor account.Actor, f order.TerritoryFilter) []int64 {
	w.t.Helper()
	page, err := w.Orders.ForTerritory(context.Background(), actor, f)
	require.NoError(w.t, err)
	ids := []int64{}
	for _, o := range page.Orders {
		ids = append(ids, o.ID)
	}
	return ids
}

// Staff see the paid orders of their territory, newest first, and no others; the
// figures and the shops are those of the list.
func TestForTerritory(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		first, second := w.paid(draft{}), w.paid(draft{})
		far := w.elsewhere()
		w.place(draft{}) // unpaid: on nobody's list
		w.move(w.seller, second, order.Start, order.MoveInput{})

		all := order.TerritoryFilter{}
		require.Equal(t, []int64{second.ID, first.ID}, w.listed(w.staff, all), "a regency")
		require.Equal(t, []int64{far.ID, second.ID, first.ID}, w.listed(w.Officer("35"), all), "a province")
		require.Equal(t, []int64{far.ID, second.ID, first.ID}, w.listed(w.admin(), all), "an admin")
		require.Equal(t, []int64{far.ID}, w.listed(w.Officer("35.78"), all), "another regency")
		half := w.staff
		half.Territory = []string{"35.1"}
		require.Empty(t, w.listed(half, all), "half a code covers nothing")
		require.Empty(t, w.listed(w.Officer(), all), "no territory")

		require.Equal(t, []int64{second.ID}, w.listed(w.staff, order.TerritoryFilter{States: []order.State{order.Making}}))
		require.Equal(t, []int64{second.ID, first.ID}, w.listed(w.staff, order.TerritoryFilter{ShopID: w.shop.ID}))
		require.Empty(t, w.listed(w.staff, order.TerritoryFilter{ShopID: w.shop.ID + 99}))
		require.Empty(t, w.listed(w.staff, order.TerritoryFilter{Need: "anything"}))

		counts, err := w.Orders.CountTerritory(ctx, w.staff, order.TerritoryFilter{States: []order.State{order.Making}})
		require.NoError(t, err)
		require.Equal(t, map[order.State]int64{order.ToDo: 1, order.Making: 1}, counts.States)
		counts, err = w.Orders.CountTerritory(ctx, w.Officer("36"), all)
		require.NoError(t, err)
		require.Empty(t, counts.States)
		shops, err := w.Orders.TerritoryShops(ctx, w.staff)
		require.NoError(t, err)
		require.Equal(t, []order.ShopName{{ID: w.shop.ID, Name: "Dapur Uji"}}, shops)
		shops, err = w.Orders.TerritoryShops(ctx, w.Officer("36"))
		require.NoError(t, err)
		require.Empty(t, shops)

		for name, actor := range map[string]account.Actor{"visitor": {}, "seller": w.seller, "companion": w.companion, "curator": w.Curator()} {
			_, err := w.Orders.ForTerritory(ctx, actor, all)
			notFound(t, err, name)
			_, err = w.Orders.CountTerritory(ctx, actor, all)
			notFound(t, err, name)
			_, err = w.Orders.TerritoryShops(ctx, actor)
			notFound(t, err, name)
		}
	})
}

// The list pages by a cursor that is worth something to its reader only.
func TestForTerritoryPages(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		var want, got []int64
		for range 5 {
			want = append([]int64{w.paid(draft{}).ID}, want...)
		}
		f := order.TerritoryFilter{Limit: 2}
		for {
			page, err := w.Orders.ForTerritory(ctx, w.staff, f)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.Orders), 2)
			for _, o := range page.Orders {
				got = append(got, o.ID)
			}
			if page.Next == "" {
				break
			}
			f.Cursor = page.Next
			_, err = w.Orders.ForTerritory(ctx, w.Officer("35.19"), f)
			notFound(t, err, "a colleague's cursor")
		}
		require.Equal(t, want, got)
		_, err := w.Orders.ForTerritory(ctx, w.staff, order.TerritoryFilter{Cursor: "1.forged"})
		notFound(t, err, "forged")
	})
}

// An order needs opening after 6 hours and hurry after its promised day; the
// list, its figures and the single order agree, before and after.
func TestNeeds(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		w.Noon() // both have the same promised day
		o, seen := w.paid(draft{}), w.paid(draft{})
		require.NoError(t, w.Orders.MarkSeen(ctx, w.seller, seen.ID))
		require.NoError(t, w.Orders.MarkSeen(ctx, w.staff, o.ID), "staff looking is not the shop's looking")
		check := func(when string, opening, hurry []int64) {
			t.Helper()
			counts, err := w.Orders.CountTerritory(ctx, w.staff, order.TerritoryFilter{})
			require.NoError(t, err)
			for need, want := range map[order.Need][]int64{order.NeedsOpening: opening, order.NeedsHurry: hurry} {
				require.Equal(t, want, w.listed(w.staff, order.TerritoryFilter{Need: need}), "%s %s", when, need)
				require.EqualValues(t, len(want), counts.Needs[need], "%s %s", when, need)
				for _, orderID := range []int64{o.ID, seen.ID} {
					one, err := w.Orders.Overseen(ctx, w.staff, orderID)
					require.NoError(t, err)
					if slices.Contains(want, orderID) {
						require.Contains(t, one.Needs, need, when)
					} else {
						require.NotContains(t, one.Needs, need, when)
					}
				}
			}
		}
		none := []int64{}
		check("paid", none, none)
		w.Pass(o.PaidAt.Add(6*time.Hour).Sub(w.now()) - time.Minute)
		check("just before six hours", none, none)
		w.Pass(2 * time.Minute)
		check("after six hours", []int64{o.ID}, none)
		w.Pass(o.ReadyBy.Add(24*time.Hour).Sub(w.now()) - time.Minute)
		check("on the promised day", []int64{o.ID}, none)
		w.Pass(2 * time.Minute)
		check("the day after", []int64{o.ID}, []int64{seen.ID, o.ID})
		w.move(w.staff, o, order.Start, order.MoveInput{})
		check("begun", none, []int64{seen.ID, o.ID})
		w.move(w.staff, o, order.Finish, order.MoveInput{})
		check("ready", none, []int64{seen.ID})
	})
}

// now is the database's time.
func (w *world) now() time.Time {
	w.t.Helper()
	now, err := clock.Now(context.Background(), w.DB.Read(context.Background()))
	require.NoError(w.t, err)
	return now
}

// Staff find an order by the number as it is read out, paid or not, in their
// territory only.
func TestOverseen(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		paid, unpaid, far := w.paid(draft{}), w.place(draft{}), w.elsewhere()
		for _, o := range []order.Order{paid, unpaid} {
			for _, typed := range []string{o.Number, o.Number[3:], " lb " + o.Number[3:6] + " " + o.Number[6:], "lb" + o.Number[3:], "LB–" + o.Number[3:]} {
				found, err := w.Orders.OverseenNumber(ctx, w.staff, typed)
				require.NoError(t, err, typed)
				require.Equal(t, o.ID, found, typed)
			}
			one, err := w.Orders.Overseen(ctx, w.staff, o.ID)
			require.NoError(t, err)
			require.Equal(t, o.Number, one.Number)
			require.Empty(t, one.PickupCode+one.Token, "the buyer's secrets stay the buyer's")
		}
		before := w.snapshot(far.ID)
		for _, typed := range []string{far.Number, "", "LB-", "LB-AAAAAA", "%", paid.Number + "2"} {
			_, err := w.Orders.OverseenNumber(ctx, w.staff, typed)
			notFound(t, err, typed)
		}
		_, err := w.Orders.Overseen(ctx, w.staff, far.ID)
		notFound(t, err, "another territory")
		_, err = w.Orders.Overseen(ctx, w.seller, paid.ID)
		notFound(t, err, "the seller has other pages")
		for name, actor := range map[string]account.Actor{"seller": w.seller, "companion": w.companion, "visitor": {}} {
			_, err := w.Orders.OverseenNumber(ctx, actor, paid.Number)
			notFound(t, err, name)
		}
		_, err = w.Orders.WeighRefusal(ctx, w.staff, far.ID, order.MoveInput{Reason: "x", Lines: map[int64]int64{far.Lines[0].ID: 1}})
		notFound(t, err, "another territory's refusal")
		require.Equal(t, before, w.snapshot(far.ID))
	})
}

// What a refusal says it gives back is what it gives back; weighing refuses what
// moving refuses and changes nothing.
func TestWeighRefusal(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.paid(draft{quantity: []int64{3, 2}})
		a, b := o.Lines[0].ID, o.Lines[1].ID
		before := w.snapshot(o.ID)
		for name, in := range map[string]order.MoveInput{
			"no reason":     {Lines: map[int64]int64{a: 1}},
			"nothing":       {Reason: "Oven rusak"},
			"too many":      {Reason: "Oven rusak", Lines: map[int64]int64{a: 4}},
			"negative":      {Reason: "Oven rusak", Lines: map[int64]int64{a: -1}},
			"another order": {Reason: "Oven rusak", Lines: map[int64]int64{b + 99: 1}},
			"seen before":   {Reason: "Oven rusak", Lines: map[int64]int64{a: 1}, Seen: o.Version + 1},
		} {
			_, weighed := w.Orders.WeighRefusal(ctx, w.staff, o.ID, in)
			_, moved := w.Orders.Move(ctx, w.staff, o.ID, order.RefusePart, in)
			require.Error(t, weighed, name)
			require.Equal(t, fault.As(moved), fault.As(weighed), name)
			require.Equal(t, before, w.snapshot(o.ID), name)
		}
		part := order.MoveInput{Reason: "Oven rusak", Lines: map[int64]int64{a: 2, b: 1}, Seen: o.Version}
		said, err := w.Orders.WeighRefusal(ctx, w.staff, o.ID, part)
		require.NoError(t, err)
		require.Equal(t, before, w.snapshot(o.ID))
		require.Equal(t, order.Refusal{Back: 165_000, Left: o.Total - 165_000, Lines: map[int64]int64{a: 2, b: 1}}, said)
		after := w.move(w.staff, o, order.RefusePart, part)
		require.Equal(t, said.Back, after.Refunded)

		rest := order.MoveInput{Reason: "Oven rusak", Lines: map[int64]int64{a: 1, b: 1}}
		said, err = w.Orders.WeighRefusal(ctx, w.companion, o.ID, rest)
		require.NoError(t, err)
		require.True(t, said.Whole)
		require.Equal(t, after.Remaining(), said.Back, "the delivery money goes back too")
		require.Zero(t, said.Left)
		gone := w.move(w.companion, o, order.RefusePart, rest)
		require.Equal(t, order.Cancelled, gone.State)
		require.Zero(t, gone.Remaining())
		_, err = w.Orders.WeighRefusal(ctx, w.staff, o.ID, rest)
		require.True(t, fault.Is(err, fault.KindConflict), "too late")
	})
}
