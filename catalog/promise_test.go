package catalog_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// short returns the lines of a ShortError.
func short(t *testing.T, err error) []catalog.Short {
	t.Helper()
	var e *catalog.ShortError
	require.ErrorAs(t, err, &e)
	conflict(t, err)
	return e.Lines
}

func (w *world) release(quantities map[int64]int64, lines ...int64) error {
	return w.tx(func(tx *gorm.DB) error { return w.cat.ReleaseTx(ctx, tx, lines, quantities) })
}

func (w *world) keep(lines ...int64) error {
	return w.tx(func(tx *gorm.DB) error { return w.cat.KeepTx(ctx, tx, lines) })
}

func (w *world) use(lines ...int64) error {
	return w.tx(func(tx *gorm.DB) error { return w.cat.UseTx(ctx, tx, lines) })
}

func date(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, time.FixedZone("WIB", 7*3600))
	if err != nil {
		panic(err)
	}
	return t
}

func periods(s catalog.Sellable) (out []string) {
	for _, r := range s.Rooms {
		out = append(out, r.Period)
	}
	return out
}

func pieces(s catalog.Sellable) (out []int64) {
	for _, r := range s.Rooms {
		out = append(out, r.Pieces)
	}
	return out
}

func TestPromisesFromStock(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Rengginang", quantity: 3, lead: 2})

		// Two lines of one product are summed: 2 + 2 of 3 is refused, whole.
		lines := short(t, func() error {
			_, err := w.promise(catalog.Demand{LineID: 1, ProductID: p.ProductID, Quantity: 2}, catalog.Demand{LineID: 2, ProductID: p.ProductID, Quantity: 2})
			return err
		}())
		require.Equal(t, []catalog.Short{{LineID: 2, ProductID: p.ProductID, Available: 1}}, lines)
		require.EqualValues(t, 3, w.sellable(p.ProductID).Available, "nothing of a refused purchase is held")

		got, err := w.promise(catalog.Demand{LineID: 1, ProductID: p.ProductID, Quantity: 2}, catalog.Demand{LineID: 2, ProductID: p.ProductID, Quantity: 1})
		require.NoError(t, err)
		require.Len(t, got, 2)
		require.Equal(t, "", got[0].Period)
		require.True(t, date("2026-11-06").Equal(got[0].ReadyBy), "%v", got[0].ReadyBy)
		require.False(t, w.sellable(p.ProductID).Orderable())
		_, err = w.promise(catalog.Demand{LineID: 3, ProductID: p.ProductID, Quantity: 1})
		require.Zero(t, short(t, err)[0].Available)

		for _, q := range []int64{0, -1, 1_000_000_000} {
			_, err = w.promise(catalog.Demand{LineID: 4, ProductID: p.ProductID, Quantity: q})
			require.True(t, fault.Is(err, fault.KindInvalid), "%d", q)
		}
		_, err = w.promise(catalog.Demand{LineID: 4, ProductID: 999_999, Quantity: 1})
		short(t, err)

		// Part of a line goes back, then the rest; twice is harmless.
		require.NoError(t, w.release(map[int64]int64{1: 1}, 1))
		require.EqualValues(t, 1, w.sellable(p.ProductID).Available)
		require.ErrorIs(t, w.release(map[int64]int64{1: 2}, 1), catalog.ErrNotHeld)
		w.sound()
		require.NoError(t, w.keep(1))
		require.NoError(t, w.keep(1))
		require.NoError(t, w.release(nil, 1, 2))
		require.NoError(t, w.release(nil, 1, 2))
		require.EqualValues(t, 3, w.sellable(p.ProductID).Available)
		require.ErrorIs(t, w.release(map[int64]int64{1: 1}, 1), catalog.ErrNotHeld)

		// Late money: the promise is gone, so it is made again, or not.
		require.ErrorIs(t, w.keep(1), catalog.ErrNotHeld)
		conflict(t, w.keep(1))
		require.ErrorIs(t, w.use(1), catalog.ErrNotHeld)
		w.must(func(tx *gorm.DB) error {
			_, err := w.cat.RepromiseTx(ctx, tx, []catalog.Demand{{LineID: 1, ProductID: p.ProductID, Quantity: 3}})
			return err
		})
		require.NoError(t, w.keep(1))
		require.NoError(t, w.use(1))
		require.NoError(t, w.use(1))
		require.NoError(t, w.release(nil, 1), "what was used does not come back")
		require.Zero(t, w.sellable(p.ProductID).Available)
		w.sound()

		// Paused, or in a shop that is not open, nothing is promised.
		open := w.live(shop, maker, goods{title: "Kue semprit"})
		require.NoError(t, w.cat.Pause(ctx, maker, open.ProductID))
		_, err = w.promise(catalog.Demand{LineID: 9, ProductID: open.ProductID, Quantity: 1})
		short(t, err)
		require.NoError(t, w.cat.Resume(ctx, maker, open.ProductID))
		w.must(func(tx *gorm.DB) error { _, err := w.cat.SuspendShopTx(ctx, tx, officer, shop.ID, "uji"); return err })
		_, err = w.promise(catalog.Demand{LineID: 9, ProductID: open.ProductID, Quantity: 1})
		short(t, err)
		w.sound()
	})
}

func TestPromisesFromMonths(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Toples Bu Wening", "35.20.08")
		p := w.live(shop, maker, goods{title: "Lidah kucing", mode: catalog.ModeCapacity, quantity: 80, lead: 4})
		require.Equal(t, []string{"2026-11", "2026-12", "2027-01"}, periods(p))
		require.Equal(t, []int64{80, 80, 80}, pieces(p))
		require.EqualValues(t, 80, p.MostTakeable())

		got, err := w.promise(catalog.Demand{LineID: 1, ProductID: p.ProductID, Quantity: 70})
		require.NoError(t, err)
		require.Equal(t, "2026-11", got[0].Period)
		require.True(t, date("2026-11-10").Equal(got[0].ReadyBy), "%v", got[0].ReadyBy)

		// 10 are left this month; a line is made in one month, so 20 wait for the next.
		now := w.sellable(p.ProductID)
		ready, ok := now.ReadyFor(20)
		require.True(t, ok)
		got, err = w.promise(catalog.Demand{LineID: 2, ProductID: p.ProductID, Quantity: 20}, catalog.Demand{LineID: 3, ProductID: p.ProductID, Quantity: 10})
		require.NoError(t, err)
		require.Equal(t, "2026-12", got[0].Period)
		require.True(t, date("2026-12-07").Equal(got[0].ReadyBy), "first working day of December, and four more: %v", got[0].ReadyBy)
		require.True(t, ready.Equal(got[0].ReadyBy), "the page said the same day")
		require.Equal(t, "2026-11", got[1].Period)

		// More than December has left waits for January; more than any of three months, for nothing.
		ready, ok = w.sellable(p.ProductID).ReadyFor(61)
		require.True(t, ok)
		require.True(t, date("2027-01-08").Equal(ready), "%v", ready)
		_, err = w.promise(catalog.Demand{LineID: 4, ProductID: p.ProductID, Quantity: 81})
		require.Equal(t, []catalog.Short{{LineID: 4, ProductID: p.ProductID, Available: 80}}, short(t, err))
		require.False(t, w.sellable(p.ProductID).CanTake(81))
		w.sound()

		// In December its month is this month, and January is begun when somebody asks.
		w.at(time.Date(2026, 11, 30, 18, 0, 0, 0, time.UTC)) // already the 1st in the shop's zone
		now = w.sellable(p.ProductID)
		require.Equal(t, []string{"2026-12", "2027-01", "2027-02"}, periods(now))
		require.Equal(t, []int64{60, 80, 80}, pieces(now))
		require.NoError(t, w.cat.SetCapacity(ctx, maker, p.ProductID, catalog.Monthly, 10))
		now = w.sellable(p.ProductID)
		require.Equal(t, []int64{0, 10, 10}, pieces(now), "what December has promised stays, and it takes no more")
		var november int64
		require.NoError(t, db.Read(ctx).Raw(`SELECT capacity FROM allotments WHERE period = '2026-11'`).Scan(&november).Error)
		require.EqualValues(t, 80, november, "the past stays as it was")
		got, err = w.promise(catalog.Demand{LineID: 5, ProductID: p.ProductID, Quantity: 10})
		require.NoError(t, err)
		require.Equal(t, "2027-01", got[0].Period)
		require.NoError(t, w.cat.SetCapacity(ctx, maker, p.ProductID, catalog.Monthly, 100))
		now = w.sellable(p.ProductID)
		require.Equal(t, []int64{80, 90, 100}, pieces(now))

		require.Equal(t, []string{"quantity"}, fields(t, w.cat.SetCapacity(ctx, maker, p.ProductID, catalog.Monthly, -1)))
		_, err = w.cat.AdjustStock(ctx, maker, p.ProductID, catalog.StockEdit{Want: 1, FormKey: w.form()})
		conflict(t, err)
		w.sound()
	})
}

// Story: the oven makes 300 jars a month; a hamper takes one of 60 hampers and
// three of the jars.
func TestSharedPools(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		nastar := w.live(shop, maker, goods{title: "Nastar", mode: catalog.ModeCapacity, quantity: 300})
		kastengel := w.live(shop, maker, goods{title: "Kastengel", mode: catalog.ModeCapacity, quantity: 300})
		hamper := w.live(shop, maker, goods{title: "Hampers", mode: catalog.ModeCapacity, quantity: 60, lead: 7})
		require.NoError(t, w.cat.SharePool(ctx, maker, catalog.Share{ProductID: kastengel.ProductID, WithID: nastar.ProductID, Weight: 1, Instead: true}))
		require.NoError(t, w.cat.SharePool(ctx, maker, catalog.Share{ProductID: hamper.ProductID, WithID: nastar.ProductID, Weight: 3}))
		require.EqualValues(t, 60, w.sellable(hamper.ProductID).Available)

		_, err := w.promise(
			catalog.Demand{LineID: 1, ProductID: hamper.ProductID, Quantity: 40},
			catalog.Demand{LineID: 2, ProductID: kastengel.ProductID, Quantity: 100},
			catalog.Demand{LineID: 3, ProductID: nastar.ProductID, Quantity: 50})
		require.NoError(t, err)
		require.EqualValues(t, 30, w.sellable(nastar.ProductID).Available, "300 - 3*40 - 100 - 50")
		require.EqualValues(t, 30, w.sellable(kastengel.ProductID).Available)
		require.EqualValues(t, 10, w.sellable(hamper.ProductID).Available, "20 hampers, but jars for 10")
		w.sound()

		// This month has jars for ten hampers; eleven are made next month, of both pools.
		got, err := w.promise(catalog.Demand{LineID: 4, ProductID: hamper.ProductID, Quantity: 11})
		require.NoError(t, err)
		require.Equal(t, "2026-12", got[0].Period)
		require.EqualValues(t, 267, pieces(w.sellable(nastar.ProductID))[1])
		require.EqualValues(t, 49, pieces(w.sellable(hamper.ProductID))[1])

		require.NoError(t, w.release(map[int64]int64{1: 10}, 1))
		require.EqualValues(t, 60, w.sellable(nastar.ProductID).Available, "three jars come back with each hamper")
		w.sound()

		conflict(t, w.cat.SharePool(ctx, maker, catalog.Share{ProductID: hamper.ProductID, WithID: nastar.ProductID, Weight: 1, Instead: true}))
		other, stranger := w.shop("Toko Sebelah", "35.20.08")
		theirs := w.live(other, stranger, goods{title: "Nastar lain"})
		notFound(t, w.cat.SharePool(ctx, maker, catalog.Share{ProductID: theirs.ProductID, WithID: nastar.ProductID, Weight: 1}))
		both := account.Actor{UserID: 5, Memberships: []account.Membership{{ShopID: shop.ID}, {ShopID: other.ID}}}
		require.Equal(t, []string{"with"}, fields(t, w.cat.SharePool(ctx, both, catalog.Share{ProductID: theirs.ProductID, WithID: nastar.ProductID, Weight: 1})))
		for _, weight := range []int64{0, -1, 1001} {
			require.NotEmpty(t, fields(t, w.cat.SharePool(ctx, maker, catalog.Share{ProductID: hamper.ProductID, WithID: nastar.ProductID, Weight: weight})))
		}
		w.sound()

		// What is shared, from each side.
		shared, err := w.cat.Sharings(ctx, maker, nastar.ProductID)
		require.NoError(t, err)
		require.Equal(t, []catalog.Sharing{{Weight: 1, Own: true, With: []int64{kastengel.ProductID},
			Users: []catalog.Share{{ProductID: hamper.ProductID, WithID: nastar.ProductID, Weight: 3}}}}, shared)
		shared, err = w.cat.Sharings(ctx, maker, hamper.ProductID)
		require.NoError(t, err)
		require.Equal(t, []catalog.Sharing{{Weight: 3, With: []int64{nastar.ProductID, kastengel.ProductID}}}, shared)
		_, err = w.cat.Sharings(ctx, stranger, hamper.ProductID)
		notFound(t, err)

		// The hamper needs no jars any more: what is left of its own number counts.
		notFound(t, w.cat.UnsharePool(ctx, stranger, hamper.ProductID, nastar.ProductID))
		require.Equal(t, []string{"with"}, fields(t, w.cat.UnsharePool(ctx, maker, nastar.ProductID, nastar.ProductID)))
		require.NoError(t, w.cat.UnsharePool(ctx, maker, hamper.ProductID, kastengel.ProductID))
		require.NoError(t, w.cat.UnsharePool(ctx, maker, hamper.ProductID, nastar.ProductID), "twice is once")
		require.EqualValues(t, 30, w.sellable(hamper.ProductID).Available)
		require.EqualValues(t, 60, w.sellable(nastar.ProductID).Available, "the jars of hampers that were promised stay promised")

		// Kastengel gets an oven of its own, empty until somebody says how much it bakes.
		require.NoError(t, w.cat.UnsharePool(ctx, maker, kastengel.ProductID, nastar.ProductID))
		require.Zero(t, w.sellable(kastengel.ProductID).Available)
		require.NoError(t, w.cat.SetCapacity(ctx, maker, kastengel.ProductID, catalog.Monthly, 80))
		require.EqualValues(t, 80, w.sellable(kastengel.ProductID).Available)
		require.EqualValues(t, 60, w.sellable(nastar.ProductID).Available)
		require.NoError(t, w.release(nil, 2))
		require.EqualValues(t, 160, w.sellable(nastar.ProductID).Available, "a promise goes back to the oven it was made of")
		w.sound()
		shared, err = w.cat.Sharings(ctx, maker, nastar.ProductID)
		require.NoError(t, err)
		require.Empty(t, shared)

		// What is still to be kept holds a product to its own number; what was handed over does not.
		together := catalog.Share{ProductID: kastengel.ProductID, WithID: nastar.ProductID, Weight: 1, Instead: true}
		_, err = w.promise(catalog.Demand{LineID: 9, ProductID: kastengel.ProductID, Quantity: 20})
		require.NoError(t, err)
		conflict(t, w.cat.SharePool(ctx, maker, together))
		require.NoError(t, w.keep(9))
		conflict(t, w.cat.SharePool(ctx, maker, together))
		require.NoError(t, w.use(9))
		require.NoError(t, w.cat.SharePool(ctx, maker, together))
		require.EqualValues(t, 160, w.sellable(kastengel.ProductID).Available)
		w.sound()
	})
}

func TestStockEditsLoseNoSale(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Rengginang", quantity: 20})
		edit := func(seen, want int64, form string) catalog.StockResult {
			t.Helper()
			out, err := w.cat.AdjustStock(ctx, maker, p.ProductID, catalog.StockEdit{Seen: seen, Want: want, FormKey: form})
			require.NoError(t, err)
			require.Equal(t, out.Available, w.sellable(p.ProductID).Available)
			return out
		}
		// She sees 20 and bakes ten more; five are sold before she saves.
		_, err := w.promise(catalog.Demand{LineID: 1, ProductID: p.ProductID, Quantity: 5})
		require.NoError(t, err)
		require.EqualValues(t, 25, edit(20, 30, "a").Available)
		require.EqualValues(t, 25, edit(20, 30, "a").Available, "the same form sent twice counts once")
		require.EqualValues(t, 25, edit(25, 25, "b").Available)
		// She sees 25 and finds only 3; 10 are sold before she saves: 7 too many.
		_, err = w.promise(catalog.Demand{LineID: 2, ProductID: p.ProductID, Quantity: 10})
		require.NoError(t, err)
		require.Equal(t, catalog.StockResult{Available: 0, Missing: 7}, edit(25, 3, "c"))
		for _, bad := range []catalog.StockEdit{{Seen: 0, Want: -1, FormKey: "d"}, {Seen: -1, Want: 1, FormKey: "d"}, {Want: catalog.MaxQuantity + 1, FormKey: "d"}} {
			_, err := w.cat.AdjustStock(ctx, maker, p.ProductID, bad)
			require.Equal(t, []string{"quantity"}, fields(t, err))
		}
		_, err = w.cat.AdjustStock(ctx, maker, p.ProductID, catalog.StockEdit{Seen: 0, Want: 1})
		require.Empty(t, fields(t, err), "a form without its key")
		conflict(t, w.cat.SetCapacity(ctx, maker, p.ProductID, catalog.Monthly, 5))
		w.sound()

		// Selling and editing at once, on both engines.
		edit(0, 100, "e")
		var wg sync.WaitGroup
		var sold atomic.Int64
		for i := range 40 {
			wg.Add(2)
			go func() {
				defer wg.Done()
				if _, err := w.promise(catalog.Demand{LineID: int64(1000 + i), ProductID: p.ProductID, Quantity: 1}); err == nil {
					sold.Add(1)
				} else {
					t.Error(err)
				}
			}()
			go func() {
				defer wg.Done()
				if _, err := w.cat.AdjustStock(ctx, maker, p.ProductID, catalog.StockEdit{Seen: 50, Want: 51, FormKey: fmt.Sprint("race", i)}); err != nil {
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		require.EqualValues(t, 40, sold.Load())
		require.EqualValues(t, 100, w.sellable(p.ProductID).Available, "100 - 40 sold + 40 baked")
		w.sound()
	})
}

// 200 buyers, 20 jars.
func TestNothingIsSoldTwice(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar", quantity: 20})
		var wg sync.WaitGroup
		var sold atomic.Int64
		for i := range 200 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				_, err := w.promise(catalog.Demand{LineID: int64(i + 1), ProductID: p.ProductID, Quantity: 1})
				var e *catalog.ShortError
				switch {
				case err == nil:
					sold.Add(1)
				case !errors.As(err, &e):
					t.Error(err)
				}
			}()
		}
		wg.Wait()
		require.EqualValues(t, 20, sold.Load())
		var promises int64
		require.NoError(t, db.Read(ctx).Raw(`SELECT COUNT(*) FROM promises WHERE state = 'held'`).Scan(&promises).Error)
		require.EqualValues(t, 20, promises)
		w.sound()
	})
}

// The control: the same 200 buyers, reading first and writing after, must
// oversell on PostgreSQL, or the test above proves nothing.
func TestNaiveSellingOversells(t *testing.T) {
	db := dbtest.PostgresDB(t)
	w := newWorld(t, db)
	require.NoError(t, w.exec(`CREATE TABLE naive (capacity BIGINT, taken BIGINT)`))
	require.NoError(t, w.exec(`INSERT INTO naive VALUES (20, 0)`))
	var sold atomic.Int64
	for range 25 {
		var read, done sync.WaitGroup
		read.Add(8)
		for range 8 { // eight at a time, so that each has a connection and all read before one writes
			done.Add(1)
			go func() {
				defer done.Done()
				err := w.tx(func(tx *gorm.DB) error {
					var row struct{ Capacity, Taken int64 }
					if err := tx.Raw(`SELECT capacity, taken FROM naive`).Scan(&row).Error; err != nil {
						return err
					}
					read.Done()
					read.Wait()
					if row.Taken+1 > row.Capacity {
						return nil
					}
					sold.Add(1)
					return tx.Exec(`UPDATE naive SET taken = ?`, row.Taken+1).Error
				})
				if err != nil {
					t.Error(err)
				}
			}()
		}
		done.Wait()
	}
	require.Greater(t, sold.Load(), int64(20))
}

// Baskets that name the same products in opposite order, some sharing a pool,
// while others lapse: nobody waits for each other for ever, and nothing is lost.
// InTx would run a deadlocked transaction again, so its runs are counted.
func TestBasketsInOppositeOrderNeverDeadlock(t *testing.T) {
	db := dbtest.PostgresDB(t)
	w := newWorld(t, db)
	shop, maker := w.shop("Dapur Gayeng", "35.19.03")
	a := w.live(shop, maker, goods{title: "Nastar", quantity: 60})
	b := w.live(shop, maker, goods{title: "Kastengel", mode: catalog.ModeCapacity, quantity: 40})
	c := w.live(shop, maker, goods{title: "Hampers", mode: catalog.ModeCapacity, quantity: 30})
	require.NoError(t, w.cat.SharePool(ctx, maker, catalog.Share{ProductID: c.ProductID, WithID: b.ProductID, Weight: 2}))
	var calls, runs atomic.Int64
	counted := func(fn func(tx *gorm.DB) error) error {
		for {
			calls.Add(1)
			err := w.tx(func(tx *gorm.DB) error {
				runs.Add(1)
				return fn(tx)
			})
			var slow *pgconn.PgError
			if !errors.As(err, &slow) || slow.Code != "55P03" { // its turn came too late, on a busy machine
				return err
			}
		}
	}
	var wg sync.WaitGroup
	for i := range 120 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ids := []int64{a.ProductID, b.ProductID, c.ProductID}
			rand.Shuffle(3, func(x, y int) { ids[x], ids[y] = ids[y], ids[x] })
			var demands []catalog.Demand
			var lines []int64
			for j, id := range ids {
				lines = append(lines, int64(i*3+j+1))
				demands = append(demands, catalog.Demand{LineID: lines[j], ProductID: id, Quantity: 1})
			}
			err := counted(func(tx *gorm.DB) error { _, err := w.cat.PromiseTx(ctx, tx, demands); return err })
			var e *catalog.ShortError
			if errors.As(err, &e) {
				return
			}
			if err == nil && i%2 == 0 {
				err = counted(func(tx *gorm.DB) error {
					return w.cat.ReleaseTx(ctx, tx, []int64{lines[2], lines[0], lines[1]}, nil)
				})
			}
			if err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	require.Equal(t, calls.Load(), runs.Load(), "transactions had to be run again")
	w.sound()

	// The control: the same two rows, each basket in its own order, must deadlock.
	calls.Store(0)
	runs.Store(0)
	var first sync.WaitGroup
	first.Add(2)
	var once [2]sync.Once
	for i, order := range [2][2]int64{{a.ProductID, b.ProductID}, {b.ProductID, a.ProductID}} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			err := counted(func(tx *gorm.DB) error {
				if err := tx.Exec(`UPDATE products SET updated_at = updated_at WHERE id = ?`, order[0]).Error; err != nil {
					return err
				}
				once[i].Do(first.Done)
				first.Wait()
				return tx.Exec(`UPDATE products SET updated_at = updated_at WHERE id = ?`, order[1]).Error
			})
			if err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	require.Greater(t, runs.Load(), calls.Load())
}
