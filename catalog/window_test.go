package catalog_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/notify"
)

// letters is what the catalog told people.
type letters struct {
	sync.Mutex
	sent []notify.Message
}

func (l *letters) SendTx(_ context.Context, _ *gorm.DB, m notify.Message) error {
	l.Lock()
	defer l.Unlock()
	l.sent = append(l.sent, m)
	return nil
}

func (w *world) wait(productID, quantity int64, name string) (catalog.Entry, error) {
	return w.cat.JoinWaiting(ctx, catalog.NewEntry{ProductID: productID, Quantity: quantity, Name: name, Phone: "081200000001", FormKey: w.form()})
}

func (w *world) entry(e catalog.Entry) catalog.Entry {
	w.t.Helper()
	got, err := w.cat.EntryByToken(ctx, e.Token)
	require.NoError(w.t, err)
	return got
}

// lebaran is the window of story 4: 60, 80, 100 and 60 jars.
func lebaran(form string) catalog.WindowDraft {
	return catalog.WindowDraft{Opens: "2026-11-04", Closes: "2026-12-20", FormKey: form, Slots: []catalog.SlotDraft{
		{Dispatch: "2026-12-07", Capacity: 60}, {Dispatch: "2026-12-14", Capacity: 80},
		{Dispatch: "2026-12-21", Capacity: 100}, {Dispatch: "2026-12-28", Capacity: 60}}}
}

// Story 4: 300 jars, 298 are taken, two people want two each.
func TestPreorderOfThreeHundredJars(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		told := &letters{}
		w.cat.Connect(told)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar", mode: catalog.ModeCapacity, quantity: 300})
		require.NoError(t, w.cat.OpenWindow(ctx, maker, p.ProductID, lebaran("a")))
		require.NoError(t, w.cat.OpenWindow(ctx, maker, p.ProductID, lebaran("a")), "the same form sent twice")
		require.Contains(t, fields(t, w.cat.OpenWindow(ctx, maker, p.ProductID, lebaran("b"))), "opens")
		p = w.sellable(p.ProductID)
		require.Equal(t, catalog.Preorder, p.HowSoon)
		require.Equal(t, []int64{60, 80, 100, 60}, pieces(p))

		// 47 buyers take four each, two shops 60 and 50: the earliest slot that fits.
		for range 47 {
			_, err := w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 4})
			require.NoError(t, err)
		}
		got, err := w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 60})
		require.NoError(t, err)
		require.Equal(t, "2026-12-28", got[0].Period)
		require.True(t, date("2026-12-28").Equal(got[0].ReadyBy))
		require.False(t, got[0].Scarce)
		got, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 50})
		require.NoError(t, err)
		require.True(t, got[0].Scarce)
		require.Equal(t, []int64{0, 0, 2, 0}, pieces(w.sellable(p.ProductID)))

		// Two press "pesan 2" together.
		lines := []int64{w.line(), w.line()}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, line := range lines {
			wg.Go(func() {
				_, errs[i] = w.promise(catalog.Demand{LineID: line, ProductID: p.ProductID, Quantity: 2})
			})
		}
		wg.Wait()
		require.True(t, (errs[0] == nil) != (errs[1] == nil), "%v", errs)
		winner := lines[0]
		if errs[0] != nil {
			winner = lines[1]
		}
		w.sound()

		// The other waits; a third wants more than will come free.
		greedy, err := w.wait(p.ProductID, 5, "Rakus")
		require.NoError(t, err)
		loser, err := w.wait(p.ProductID, 2, "Bu Sri")
		require.NoError(t, err)
		require.EqualValues(t, 1, w.entry(loser).Ahead)
		next, err := w.wait(p.ProductID, 1, "Pak Joko")
		require.NoError(t, err)

		// Nobody paid: the two jars go to the first they are enough for, and to nobody in between.
		require.NoError(t, w.release(nil, winner))
		require.Equal(t, catalog.EntryOffered, w.entry(loser).State)
		require.Equal(t, catalog.EntryWaiting, w.entry(greedy).State)
		require.WithinDuration(t, noon.Add(time.Hour), w.entry(loser).Until, time.Minute, "an hour, when less than a tenth is left")
		require.False(t, w.sellable(p.ProductID).Orderable())
		_, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 1})
		short(t, err)
		w.sound()
		last := told.sent[len(told.sent)-1]
		require.Equal(t, "waiting_offered", last.Kind)
		require.True(t, strings.HasPrefix(last.Link, "/antrean/"))

		// She orders: the line takes the hold over, once.
		got, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 2, EntryID: loser.ID})
		require.NoError(t, err)
		require.Equal(t, "2026-12-21", got[0].Period)
		require.Equal(t, catalog.EntryTaken, w.entry(loser).State)
		_, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 2, EntryID: loser.ID})
		short(t, err)
		w.sound()

		// The maker makes one more; who does not answer loses it to the next.
		windows, err := w.cat.Windows(ctx, maker, p.ProductID)
		require.NoError(t, err)
		more := lebaran("")
		more.Slots[0].Capacity = 61
		require.NoError(t, w.cat.ChangeWindow(ctx, maker, windows[0].ID, more))
		require.Equal(t, catalog.EntryOffered, w.entry(next).State)
		w.at(noon.Add(2 * time.Hour))
		require.NoError(t, w.cat.RunWaiting(ctx))
		require.Equal(t, catalog.EntryLapsed, w.entry(next).State)
		require.True(t, w.sellable(p.ProductID).CanTake(1))
		w.sound()

		less := lebaran("")
		require.Equal(t, []string{"slot_1_capacity"}, fields(t, func() error {
			less.Slots[0].Capacity = 59
			return w.cat.ChangeWindow(ctx, maker, windows[0].ID, less)
		}()))
		notFound(t, w.cat.CloseWindow(ctx, account.Actor{UserID: 7}, windows[0].ID))
		require.NoError(t, w.cat.CloseWindow(ctx, maker, windows[0].ID))
		require.False(t, w.sellable(p.ProductID).Preordering())
		_, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 1})
		short(t, err)
		conflict(t, w.cat.ChangeWindow(ctx, maker, windows[0].ID, lebaran("")))
		w.sound()

		// Next year's, from this one.
		again := windows[0].Again("c")
		require.Equal(t, "2027-10-24", again.Opens)
		require.NoError(t, w.cat.OpenWindow(ctx, maker, p.ProductID, again))
		require.False(t, w.sellable(p.ProductID).Orderable())
		require.NotNil(t, w.sellable(p.ProductID).Window, "the page can say when it opens")
		conflict(t, w.cat.SetCapacity(ctx, maker, p.ProductID, catalog.Weekly, 10))
		w.sound()

		// The controls: a hold without its entry, and windows that overlap, are found.
		require.NoError(t, w.exec(`UPDATE waiting_entries SET state = 'offered' WHERE id = ?`, greedy.ID))
		require.NoError(t, w.exec(`UPDATE preorder_windows SET closes_at = (SELECT MAX(closes_at) FROM preorder_windows)`))
		found, err := w.cat.Prove(ctx)
		require.NoError(t, err)
		var names []string
		for _, f := range found {
			names = append(names, f.Invariant)
		}
		require.Equal(t, []string{"I1 hold of the waiting list", "C7 overlapping windows"}, names)
	})
}

func TestWeeksDaysOffAndAreas(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Laundry Resik", "35.78.16")
		p := w.live(shop, maker, goods{title: "Laundry kiloan", mode: catalog.ModeCapacity, quantity: 20, lead: 2})
		require.NoError(t, w.cat.SetCapacity(ctx, maker, p.ProductID, catalog.Weekly, 10))
		require.Equal(t, []string{"2026-W45", "2026-W46", "2026-W47"}, periods(w.sellable(p.ProductID)))
		ready, ok := w.sellable(p.ProductID).ReadyFor(10)
		require.True(t, ok)
		require.True(t, date("2026-11-06").Equal(ready), "%v", ready)

		// A day off moves the day; closed, nothing is taken, and it opens by itself.
		off := catalog.NewClosure{Kind: catalog.ShopRest, First: "2026-11-05", Last: "2026-11-06", FormKey: "a"}
		require.NoError(t, w.cat.AddClosure(ctx, maker, shop.ID, off))
		require.NoError(t, w.cat.AddClosure(ctx, maker, shop.ID, off))
		ready, _ = w.sellable(p.ProductID).ReadyFor(10)
		require.True(t, date("2026-11-10").Equal(ready), "%v", ready)
		require.NoError(t, w.cat.AddClosure(ctx, officer, shop.ID, catalog.NewClosure{Kind: catalog.ShopShut, First: "2026-11-04", Last: "2026-11-08", FormKey: "b"}))
		now := w.sellable(p.ProductID)
		require.False(t, now.Orderable())
		require.True(t, date("2026-11-09").Equal(now.Reopens), "%v", now.Reopens)
		_, err := w.promise(catalog.Demand{LineID: 1, ProductID: p.ProductID, Quantity: 1})
		short(t, err)
		all, err := w.cat.Closures(ctx, maker, shop.ID)
		require.NoError(t, err)
		require.Len(t, all, 2)
		w.at(time.Date(2026, 11, 8, 17, 0, 0, 0, time.UTC)) // midnight in the shop's zone
		require.True(t, w.sellable(p.ProductID).Orderable())
		require.Equal(t, []string{"first"}, fields(t, w.cat.AddClosure(ctx, maker, shop.ID, catalog.NewClosure{Kind: catalog.ShopShut, First: "2026-11-01", Last: "2026-11-20", FormKey: "c"})))
		notFound(t, w.cat.AddClosure(ctx, account.Actor{UserID: 7}, shop.ID, off))

		require.NoError(t, w.cat.SetArea(ctx, maker, p.ProductID, catalog.Area{"35.78.16", "35.78"}))
		areas, err := w.cat.AreasOf(ctx, []int64{p.ProductID})
		require.NoError(t, err)
		require.Equal(t, catalog.Area{"35.78"}, areas[p.ProductID], "the city has its districts in it")
		require.True(t, areas[p.ProductID].Reaches("35.78.01"))
		require.False(t, areas[p.ProductID].Reaches("35.79.01"))
		require.Equal(t, []string{"area"}, fields(t, w.cat.SetArea(ctx, maker, p.ProductID, catalog.Area{"99.99"})))
		w.sound()
	})
}
