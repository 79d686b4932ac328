package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server"
	"github.com/lapak-berdaya/lapak/server/web"
)

// local hears what its own process commits and nothing from the table, which
// would tell the same again a moment later and so hide a page that was forgotten
// too late.
type local struct{ *database.DB }

func (d local) Invalidations(ctx context.Context, _ int64, _ time.Duration) (time.Time, []database.Invalidation, error) {
	now, _, err := d.DB.Invalidations(ctx, -1, 0)
	return now, nil, err
}

// deaf hears that nothing ever changes.
type deaf struct{ local }

func (deaf) OnInvalidate(func([]string)) func() { return func() {} }

// window is one instance's public pages: a composed site without a listener.
type window struct{ *web.Site }

// show composes a site; with watch, its page cache runs.
func show(t *testing.T, parts server.Parts, watch bool) window {
	t.Helper()
	site, err := server.New(parts)
	require.NoError(t, err)
	w := window{site}
	if watch {
		stop := watchPages(context.Background(), site)
		t.Cleanup(stop)
		require.Eventually(t, func() bool {
			before := site.PageCache().Stats().Bypassed
			w.get(t, "/bantuan")
			return site.PageCache().Stats().Bypassed == before
		}, patience, time.Millisecond)
	}
	return w
}

// get is one answer's status and, for a page, its bytes.
func (w window) get(t *testing.T, path string) string {
	t.Helper()
	rec := httptest.NewRecorder()
	w.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	if rec.Code != http.StatusOK {
		return strconv.Itoa(rec.Code) // an error page names its request
	}
	return rec.Body.String()
}

// follows waits until instance shows what a fresh drawing shows; far below the age
// at which a kept page ends by itself.
func follows(t *testing.T, instance, fresh window, path, after string) {
	t.Helper()
	for end := time.Now().Add(8 * time.Second); ; {
		got, want := instance.get(t, path), fresh.get(t, path)
		if got == want {
			return
		}
		if time.Now().After(end) {
			at := 0
			for at < min(len(got), len(want)) && got[at] == want[at] {
				at++
			}
			from := max(0, at-80)
			require.Failf(t, "stale", "%s is stale after %s:\n%s\ninstead of\n%s", path, after, got[from:min(len(got), at+80)], want[from:min(len(want), at+80)])
		}
		time.Sleep(time.Millisecond)
	}
}

// Random things happen to a small shop window; after each, every kept page is
// byte for byte what would be drawn now. A cache that hears nothing stands
// beside it: it must be wrong after each kind of event at least once, or the
// event proves nothing.
func TestNoKeptPageIsEverStale(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		seed := uint64(time.Now().UnixNano())
		if s, err := strconv.ParseUint(os.Getenv("LAPAK_TEST_SEED"), 10, 64); err == nil {
			seed = s
		}
		t.Logf("LAPAK_TEST_SEED=%d", seed)
		dice := rand.New(rand.NewPCG(seed, 1))

		jars := w.product(t, "Nastar uji", 50_000, catalog.ModeStock, 9)
		sewn := w.product(t, "Rompi kerja uji", 80_000, catalog.ModeCapacity, 12)
		bag := w.product(t, "Tas rajut uji", 60_000, catalog.ModeCapacity, 6)
		products := []int64{jars, sewn, bag}
		pages := []string{
			"/", "/produk", "/produk?urut=termurah", "/produk?q=uji", "/produk?harga_maks=51000", "/produk?toko=dapur-uji",
			"/produk?wilayah=35.19", "/toko/dapur-uji", "/bantuan", "/koleksi", "/koleksi/lebaran-uji",
		}
		choice, err := w.catalog.StartCollection(ctx, w.curator, "Lebaran uji")
		require.NoError(t, err)
		announce := func(title string, days int) error {
			now, err := w.accounts.Now(ctx)
			require.NoError(t, err)
			return w.catalog.SaveCollection(ctx, w.curator, choice, catalog.CollectionWords{Title: title, Home: true, From: now.AddDate(0, 0, days), LastDay: now.AddDate(0, 0, days+20)})
		}
		for _, p := range products {
			require.NoError(t, w.catalog.AddToCollection(ctx, w.curator, choice, p))
		}
		require.NoError(t, announce("Lebaran uji", 0))
		found, err := w.catalog.Sellables(ctx, products)
		require.NoError(t, err)
		for _, p := range found {
			pages = append(pages, "/produk/"+p.Slug, "/kategori/"+p.CategorySlug)
		}

		parts := w.parts()
		// What is drawn now is drawn from an index of now: nothing that the program
		// keeps in memory can be wrong in both.
		anew := func() window {
			p := w.parts()
			p.Catalog = catalog.NewService(w.db, id.NewKeys(w.settings.SecretKeys...), w.pictures)
			return show(t, p, false)
		}
		fresh := anew()
		parts.Changes = local{w.db}
		kept := show(t, parts, true)
		parts.Changes = deaf{local{w.db}}
		control := show(t, parts, true)

		in := func(do func(tx *gorm.DB) error) error { return database.InTx(ctx, w.db, do) }
		line, lines := int64(1_000_000), []int64{}
		promise := func(p int64) error {
			line++
			err := in(func(tx *gorm.DB) error {
				_, err := w.catalog.PromiseTx(ctx, tx, []catalog.Demand{{LineID: line, ProductID: p, Quantity: int64(1 + dice.IntN(3))}})
				return err
			})
			if err == nil {
				lines = append(lines, line)
			}
			return err
		}
		type event struct {
			name string
			do   func(product int64) error
		}
		events := []event{
			{"a price", func(p int64) error {
				return w.catalog.SetPrice(ctx, w.maker, p, found[p].Price+money.Rupiah(dice.IntN(9)-4)*1000)
			}},
			{"a pause", func(p int64) error {
				if err := w.catalog.Pause(ctx, w.maker, p); err != nil {
					return w.catalog.Resume(ctx, w.maker, p)
				}
				return nil
			}},
			{"a day on which it opens", func(p int64) error {
				now, err := w.accounts.Now(ctx)
				require.NoError(t, err)
				opens := now.AddDate(0, 0, 2+dice.IntN(20)).Format(time.DateOnly)
				if dice.IntN(3) == 0 {
					opens = "" // again, or nothing
				}
				return w.catalog.CloseUntil(ctx, w.maker, p, opens)
			}},
			{"a suspended product", func(p int64) error {
				err := in(func(tx *gorm.DB) error {
					return w.catalog.SuspendProductTx(ctx, tx, w.curator, p, catalog.NewSuspension{Reason: "uji"})
				})
				if err != nil {
					err = in(func(tx *gorm.DB) error { return w.catalog.LiftProductTx(ctx, tx, w.curator, p, "uji") })
				}
				return err
			}},
			{"a suspended shop", func(int64) error {
				err := in(func(tx *gorm.DB) error {
					_, err := w.catalog.SuspendShopTx(ctx, tx, w.officer, w.shop, "uji")
					return err
				})
				if err != nil {
					err = in(func(tx *gorm.DB) error {
						_, err := w.catalog.LiftShopTx(ctx, tx, w.officer, w.shop)
						return err
					})
				}
				return err
			}},
			{"the stock", func(int64) error {
				_, err := w.catalog.AdjustStock(ctx, w.maker, jars, catalog.StockEdit{Seen: 5, Want: 5 + int64(dice.IntN(7)-3), FormKey: id.Token()})
				return err
			}},
			{"the capacity", func(p int64) error {
				return w.catalog.SetCapacity(ctx, w.maker, p, catalog.Monthly, int64(dice.IntN(20)))
			}},
			{"a shared pool", func(int64) error {
				return w.catalog.SharePool(ctx, w.maker, catalog.Share{ProductID: bag, WithID: sewn, Weight: int64(1 + dice.IntN(3))})
			}},
			{"a promise", promise},
			{"a release", func(int64) error {
				if len(lines) == 0 {
					return nil
				}
				last := lines[len(lines)-1]
				lines = lines[:len(lines)-1]
				return in(func(tx *gorm.DB) error { return w.catalog.ReleaseTx(ctx, tx, []int64{last}, nil) })
			}},
			{"other words", func(p int64) error { return w.reword(ctx, p, fmt.Sprintf("Kata %d uji", dice.IntN(1000))) }},
			{"ways to deliver", func(int64) error {
				return w.delivery.SaveSettings(ctx, w.maker, w.shop, delivery.Settings{
					Address: delivery.Address{DistrictCode: "35.19.03", Village: "Sareng", Street: "Jl. Melati 4"},
					Pickup:  true, Own: dice.IntN(2) == 0, OwnFee: money.Rupiah(dice.IntN(9)) * 1000, Courier: dice.IntN(2) == 0,
				})
			}},
			{"other words of a collection", func(int64) error { return announce(fmt.Sprintf("Lebaran uji %d", dice.IntN(1000)), dice.IntN(3)-1) }},
			{"another order of a collection", func(p int64) error {
				if dice.IntN(3) > 0 {
					return w.catalog.MoveInCollection(ctx, w.curator, choice, p, -1)
				}
				if err := w.catalog.RemoveFromCollection(ctx, w.curator, choice, p); err != nil {
					return err
				}
				return w.catalog.AddToCollection(ctx, w.curator, choice, p)
			}},
			{"a new product", func(int64) error {
				w.product(t, fmt.Sprintf("Kue uji %d", dice.IntN(1000)), 52_000, catalog.ModeStock, 3)
				return nil
			}},
		}
		seen := map[string]int{}
		step := func(e event) {
			require.Eventually(t, func() bool { // no picture becomes ready at the same time
				var waiting int64
				err := w.db.Read(ctx).Raw("SELECT COUNT(*) FROM pictures WHERE state = 'stored'").Scan(&waiting).Error
				return err == nil && waiting == 0
			}, patience, time.Millisecond)
			for _, path := range pages {
				kept.get(t, path)
				control.get(t, path)
			}
			if err := e.do(products[dice.IntN(len(products))]); err != nil {
				var f *fault.Error
				var short *catalog.ShortError
				require.True(t, errors.As(err, &f) && f.Kind != fault.KindInternal || errors.As(err, &short), "%s: %v", e.name, err)
			}
			wrong := false
			fresh = anew()
			for _, path := range pages {
				follows(t, kept, fresh, path, e.name)
				wrong = wrong || control.get(t, path) != fresh.get(t, path)
			}
			if wrong {
				seen[e.name]++
			}
			control.PageCache().Clear()
		}
		// Before any month has an allotment, two products draw on one pool.
		step(event{"a shared oven", func(int64) error {
			return w.catalog.SharePool(ctx, w.maker, catalog.Share{ProductID: bag, WithID: sewn, Weight: 2})
		}})
		step(event{"its capacity", func(int64) error { return w.catalog.SetCapacity(ctx, w.maker, sewn, catalog.Monthly, 4) }})
		for range 15 {
			step(events[dice.IntN(len(events)-1)])
		}
		// What the dice have not shown is tried with everything on sale.
		onSale := func() {
			_ = in(func(tx *gorm.DB) error { _, err := w.catalog.LiftShopTx(ctx, tx, w.officer, w.shop); return err })
			for _, p := range products {
				_ = in(func(tx *gorm.DB) error { return w.catalog.LiftProductTx(ctx, tx, w.curator, p, "uji") })
				_ = w.catalog.Resume(ctx, w.maker, p)
				_ = w.catalog.CloseUntil(ctx, w.maker, p, "")
				_ = w.catalog.SetCapacity(ctx, w.maker, p, catalog.Monthly, 30)
				_ = w.catalog.AddToCollection(ctx, w.curator, choice, p)
			}
			require.NoError(t, announce("Lebaran uji", 0))
			_, err := w.catalog.AdjustStock(ctx, w.maker, jars, catalog.StockEdit{Want: 30, FormKey: id.Token()})
			require.NoError(t, err)
			require.NoError(t, promise(jars))
		}
		for _, e := range events {
			for try := 0; seen[e.name] < 2 && try < 40; try++ { // some show in two of five
				onSale()
				step(e)
			}
			require.NotZero(t, seen[e.name], "%s changes no page: it proves nothing", e.name)
		}
		stats := kept.PageCache().Stats()
		require.NotZero(t, stats.Hits)
		require.NotZero(t, stats.Invalidated)
		t.Logf("%+v", stats)

		// One product is closed until a day, opened before it, closed again; then its day
		// comes, and nobody does anything.
		onSale()
		jarPage := "/produk/" + found[jars].Slug
		at, err := w.accounts.Now(ctx)
		require.NoError(t, err)
		noon := time.Date(at.Year(), at.Month(), at.Day()+1, 5, 0, 0, 0, time.UTC) // in Madiun: no midnight is near
		w.db.Clock().Advance(noon.Sub(at))
		follows(t, kept, anew(), jarPage, "the next noon")
		opens := noon.AddDate(0, 0, 3).Format(time.DateOnly)
		for _, until := range []string{opens, "", opens} {
			require.NoError(t, w.catalog.CloseUntil(ctx, w.maker, jars, until))
			follows(t, kept, anew(), jarPage, "closed until "+until)
			// What the page says of it, not its bytes: the picture for shared links may
			// have been drawn anew meanwhile.
			told := strings.Contains(kept.get(t, jarPage), text.T("publicpage.reopens_text", "date", noon.AddDate(0, 0, 3)))
			require.Equal(t, until != "", told, "the page tells it: %q", until)
		}
		w.db.Clock().Advance(3 * 24 * time.Hour)
		follows(t, kept, anew(), jarPage, "the day on which it opens")
		again, err := w.catalog.Sellables(ctx, []int64{jars})
		require.NoError(t, err)
		require.True(t, again[jars].Orderable(), "and it is on sale")

		// Days and months pass by the database's clock.
		for _, path := range pages {
			kept.get(t, path)
		}
		w.db.Clock().Advance(45 * 24 * time.Hour)
		fresh = anew()
		for _, path := range pages {
			follows(t, kept, fresh, path, "six weeks")
		}
	})
}

// reword brings other words for a product through review.
func (w *world) reword(ctx context.Context, product int64, title string) error {
	sub, err := w.catalog.StartEdit(ctx, w.maker, product, id.Token())
	if err != nil {
		return err
	}
	if _, err := w.catalog.SaveDraft(ctx, w.maker, sub.ID, catalog.DraftChange{Title: &title}); err != nil {
		return err
	}
	if sub, err = w.app.curation.Submit(ctx, w.maker, sub.ID, id.Token()); err != nil {
		return err
	}
	if _, err := w.app.curation.Claim(ctx, w.curator, sub.ID); err != nil {
		return err
	}
	return w.app.curation.Approve(ctx, w.curator, curation.Decision{SubmissionID: sub.ID, RevisionID: sub.Revision.ID, RestFine: true}, nil)
}

// Two instances on one PostgreSQL: what is changed through one is seen on the
// other's kept pages, also when the change commits after a later one was seen.
func TestAChangeReachesTheOtherInstance(t *testing.T) {
	w := start(t, dbtest.PostgresAddress(t))
	ctx := t.Context()
	product := w.product(t, "Nastar uji", 50_000, catalog.ModeStock, 9)
	other := w.product(t, "Rompi uji", 80_000, catalog.ModeCapacity, 9)

	b, err := open(ctx, w.settings, slog.New(slog.DiscardHandler), choices{demo: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.close(context.Background()) })
	second, fresh := show(t, b.parts(), true), show(t, b.parts(), false)
	// The cache that no transaction of its process tells is the one that polls.
	pages := []string{"/produk/nastar-uji", "/produk/rompi-uji", "/", "/toko/dapur-uji"}
	warm := func() {
		require.Eventually(t, func() bool { // pictures become ready meanwhile
			hits := second.PageCache().Stats().Hits
			for _, path := range pages {
				second.get(t, path)
			}
			return second.PageCache().Stats().Hits-hits == int64(len(pages))
		}, patience, time.Millisecond, "the pages are kept")
	}
	all := func(what string) {
		for _, path := range pages {
			follows(t, second, fresh, path, what)
		}
	}
	warm()
	before := second.get(t, "/produk/nastar-uji")
	begun := time.Now()
	require.NoError(t, w.catalog.SetPrice(ctx, w.maker, product, 51_000))
	all("a price changed elsewhere")
	require.True(t, before != second.get(t, "/produk/nastar-uji"), "the control: the page did change")
	t.Logf("seen elsewhere after %s", time.Since(begun).Round(time.Millisecond))

	warm()
	commit, written, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- database.InTx(ctx, w.db, func(tx *gorm.DB) error {
			if err := w.catalog.SuspendProductTx(ctx, tx, w.curator, product, catalog.NewSuspension{Reason: "uji"}); err != nil {
				return err
			}
			close(written)
			<-commit
			return nil
		})
	}()
	<-written
	rompi := second.get(t, "/produk/rompi-uji")
	require.NoError(t, w.catalog.SetCapacity(ctx, w.maker, other, catalog.Monthly, 7)) // a later id, seen first
	all("a later change")
	require.True(t, rompi != second.get(t, "/produk/rompi-uji"))
	warm()
	require.NotEqual(t, "410", second.get(t, "/produk/nastar-uji"))
	close(commit)
	require.NoError(t, <-done)
	all("a change that committed late")
	require.Equal(t, "410", second.get(t, "/produk/nastar-uji"))
}

// Old invalidations are deleted, those that instances still read are not.
func TestOldInvalidationsAreDeleted(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		write := func(key string) {
			require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return database.InvalidateTx(ctx, tx, key) }))
		}
		write("old")
		db.Clock().Advance(keysKept + time.Second)
		write("young")
		n, err := database.PruneInvalidations(ctx, db, keysKept)
		require.NoError(t, err)
		require.EqualValues(t, 1, n)
		_, rows, err := db.Invalidations(ctx, 0, time.Hour)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, "young", rows[0].Key)
	})
}
