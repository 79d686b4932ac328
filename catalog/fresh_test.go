package catalog_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// An instance that was told nothing answers with what others have committed, also
// when a transaction commits after a later one was seen.
func TestEveryInstanceFindsWhatIsCommitted(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		nastar := w.live(shop, maker, goods{title: "Nastar", price: 50_000, quantity: 3})
		other := catalog.NewService(db, secrets, w.media)
		found := func(f catalog.Filter) []string {
			t.Helper()
			page, err := other.Products(ctx, f)
			require.NoError(t, err)
			return titles(page.Products)
		}
		require.Equal(t, []string{"Nastar"}, found(catalog.Filter{}))

		w.live(shop, maker, goods{title: "Kastengel", price: 60_000})
		require.Equal(t, []string{"Kastengel", "Nastar"}, found(catalog.Filter{}))
		require.NoError(t, w.cat.SetPrice(ctx, maker, nastar.ProductID, 59_000))
		require.Equal(t, []string{"Nastar"}, found(catalog.Filter{MinPrice: 58_000, MaxPrice: 59_500}))
		require.Len(t, found(catalog.Filter{HowSoon: catalog.Now}), 2)
		_, err := w.promise(catalog.Demand{LineID: w.line(), ProductID: nastar.ProductID, Quantity: 3})
		require.NoError(t, err)
		require.Equal(t, []string{"Kastengel"}, found(catalog.Filter{HowSoon: catalog.Now}), "the other is sold out")
		require.NoError(t, w.cat.Pause(ctx, maker, nastar.ProductID))
		require.Equal(t, []string{"Kastengel"}, found(catalog.Filter{}))
		require.NoError(t, w.cat.Resume(ctx, maker, nastar.ProductID))
		w.must(func(tx *gorm.DB) error { _, err := w.cat.SuspendShopTx(ctx, tx, officer, shop.ID, "uji"); return err })
		require.Empty(t, found(catalog.Filter{}))
		w.must(func(tx *gorm.DB) error { _, err := w.cat.LiftShopTx(ctx, tx, officer, shop.ID); return err })
		require.Len(t, found(catalog.Filter{Query: "nastar"}), 1)

		if db.Dialect() == database.Postgres { // SQLite has one writer: nothing commits late
			begun, commit, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			go func() {
				done <- w.tx(func(tx *gorm.DB) error {
					if err := w.cat.SuspendProductTx(ctx, tx, curator, nastar.ProductID, catalog.NewSuspension{Reason: "uji"}); err != nil {
						return err
					}
					close(begun)
					<-commit
					return nil
				})
			}()
			<-begun
			w.live(shop, maker, goods{title: "Putri salju"}) // a later change, seen first
			require.Len(t, found(catalog.Filter{}), 3)
			close(commit)
			require.NoError(t, <-done)
			require.Len(t, found(catalog.Filter{}), 2)
		}
		w.sound()
	})
}

// What the calendar changes needs no write: another month has its own capacity.
func TestAnotherMonthIsFoundWithoutAWrite(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar", mode: catalog.ModeCapacity, quantity: 2})
		for range 3 { // this month and the next two
			_, err := w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 2})
			require.NoError(t, err)
		}
		toOrder := func() int {
			page, err := w.cat.Products(ctx, catalog.Filter{HowSoon: catalog.MadeToOrder})
			require.NoError(t, err)
			return len(page.Products)
		}
		require.Zero(t, toOrder())
		w.at(time.Date(2026, 11, 30, 16, 59, 0, 0, time.UTC)) // a minute before December in Madiun
		require.Zero(t, toOrder())
		w.at(time.Date(2026, 11, 30, 17, 1, 0, 0, time.UTC))
		require.Equal(t, 1, toOrder(), "February is open now")
	})
}

func TestStaffDecideWhatSearchesFind(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		w.live(shop, maker, goods{title: "Nastar"})
		other := catalog.NewService(db, secrets, w.media)
		found := func() int {
			page, err := other.Products(ctx, catalog.Filter{Query: "bola emas"})
			require.NoError(t, err)
			return len(page.Products)
		}
		require.Zero(t, found())
		for _, actor := range []account.Actor{maker, officer, {}} {
			_, err := w.cat.SaveSynonym(ctx, actor, catalog.Synonym{Words: "a, b"})
			require.True(t, fault.Is(err, fault.KindForbidden))
			require.True(t, fault.Is(w.cat.RemoveSynonym(ctx, actor, 1), fault.KindForbidden))
		}
		for _, bad := range []catalog.Synonym{{}, {Words: "satu"}, {Words: ", ,"}, {Words: "satu, SATU"}} {
			_, err := w.cat.SaveSynonym(ctx, curator, bad)
			require.True(t, fault.Is(err, fault.KindInvalid), "%+v", bad)
		}
		id, err := w.cat.SaveSynonym(ctx, curator, catalog.Synonym{Words: " Bola-Emas,bola emas ", Finds: "Nástar"})
		require.NoError(t, err)
		require.Equal(t, 1, found())
		all, err := w.cat.Synonyms(ctx)
		require.NoError(t, err)
		require.Contains(t, all, catalog.Synonym{ID: id, Words: "bola emas", Finds: "nastar"})
		_, err = w.cat.SaveSynonym(ctx, curator, catalog.Synonym{ID: id, Words: "bola emas, putri"})
		require.NoError(t, err)
		require.Zero(t, found())
		require.NoError(t, w.cat.RemoveSynonym(ctx, curator, id))
		require.NoError(t, w.cat.RemoveSynonym(ctx, curator, id), "twice is once")
		_, err = w.cat.SaveSynonym(ctx, curator, catalog.Synonym{ID: id, Words: "bola emas, putri"})
		require.True(t, fault.Is(err, fault.KindNotFound))
		var trailed int64
		require.NoError(t, db.Read(ctx).Raw(`SELECT COUNT(*) FROM trail WHERE object = 'synonym'`).Scan(&trailed).Error)
		require.EqualValues(t, 3, trailed)
	})
}

// An address that was given once leads to its product for ever, and to no other.
func TestOldAddressesLeadToTheirProduct(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastra"})
		w.live(shop, maker, goods{title: "Kastengel"})
		notFound(t, w.cat.Rename(ctx, maker, "nastra", "nastar"))
		notFound(t, w.cat.Rename(ctx, curator, "tidak-ada", "nastar"))
		for _, bad := range []string{"", "Nastar", "nastar/1", "kastengel"} {
			require.True(t, fault.Is(w.cat.Rename(ctx, curator, "nastra", bad), fault.KindInvalid), bad)
		}
		require.NoError(t, w.cat.Rename(ctx, curator, "nastra", "nastar"))
		require.NoError(t, w.cat.Rename(ctx, curator, "nastar", "nastar-nanas"))
		for _, old := range []string{"nastra", "nastar"} {
			_, err := w.cat.ProductBySlug(ctx, old)
			var moved *catalog.MovedError
			require.True(t, errors.As(err, &moved))
			require.Equal(t, "nastar-nanas", moved.Slug)
			require.True(t, fault.Is(w.cat.Rename(ctx, curator, "kastengel", old), fault.KindInvalid), "never another's")
		}
		view, err := w.cat.ProductBySlug(ctx, "nastar-nanas")
		require.NoError(t, err)
		require.Equal(t, p.ProductID, view.ProductID)
		page, err := w.cat.Products(ctx, catalog.Filter{Query: "nastra"})
		require.NoError(t, err)
		require.Equal(t, "nastar-nanas", page.Products[0].Slug)
		require.NotEqual(t, "nastar", w.live(shop, maker, goods{title: "Nastar"}).Slug, "nor a new one's")
		require.NoError(t, w.cat.Rename(ctx, curator, "nastar-nanas", "nastra"), "its own old one it may have back")
		w.sound()
	})
}
