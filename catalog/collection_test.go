package catalog_test

import (
	"fmt"
	"strings"
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

func TestCollectionsShowWhatIsPublicInTheirDays(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		nastar := w.live(shop, maker, goods{title: "Nastar", price: 55_000})
		peyek := w.live(shop, maker, goods{title: "Rempeyek", price: 14_000, category: "camilan"})
		made, err := w.cat.StartCollection(ctx, curator, "  Lebaran  1448 ")
		require.NoError(t, err)
		same, err := w.cat.StartCollection(ctx, curator, "Lebaran 1448")
		require.NoError(t, err)

		show := func() []string {
			t.Helper()
			home, err := w.cat.Collections(ctx, true)
			require.NoError(t, err)
			var seen []string
			for _, c := range home {
				seen = append(seen, c.Slug+": "+strings.Join(titles(c.Products), ", "))
				one, err := w.cat.CollectionBySlug(ctx, c.Slug)
				require.NoError(t, err)
				require.Equal(t, c.Products, one.Products)
			}
			return seen
		}
		hidden := func(slug string) {
			t.Helper()
			_, err := w.cat.CollectionBySlug(ctx, slug)
			require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
			require.Empty(t, show())
		}
		require.NoError(t, w.cat.AddToCollection(ctx, curator, made, peyek.ProductID))
		require.NoError(t, w.cat.AddToCollection(ctx, curator, made, nastar.ProductID))
		require.NoError(t, w.cat.AddToCollection(ctx, curator, made, peyek.ProductID), "once more changes nothing")
		hidden("lebaran-1448")

		words := catalog.CollectionWords{Title: "Lebaran 1448", Words: "Untuk meja tamu.", Home: true, From: noon.AddDate(0, 0, 1), LastDay: noon.AddDate(0, 0, 2)}
		require.NoError(t, w.cat.SaveCollection(ctx, curator, made, words))
		hidden("lebaran-1448")
		day := time.Date(2026, 11, 4, 17, 0, 0, 0, time.UTC) // midnight in Jakarta
		w.at(day.Add(time.Minute))
		require.Equal(t, []string{"lebaran-1448: Rempeyek, Nastar"}, show())
		w.at(day.Add(48*time.Hour - time.Minute)) // the last minute of the last day
		require.NoError(t, w.cat.MoveInCollection(ctx, curator, made, nastar.ProductID, -1))
		require.NoError(t, w.cat.MoveInCollection(ctx, curator, made, nastar.ProductID, -1), "the first stays the first")
		require.Equal(t, []string{"lebaran-1448: Nastar, Rempeyek"}, show())

		// A product that leaves the shop window leaves the collection, and comes back.
		require.NoError(t, w.tx(func(tx *gorm.DB) error {
			return w.cat.SuspendProductTx(ctx, tx, curator, nastar.ProductID, catalog.NewSuspension{Reason: "uji"})
		}))
		require.Equal(t, []string{"lebaran-1448: Rempeyek"}, show())
		whole, err := w.cat.CollectionForStaff(ctx, curator, made, false)
		require.NoError(t, err)
		require.Equal(t, []string{"Nastar", "Rempeyek"}, titles(whole.Products))
		require.NoError(t, w.cat.RemoveFromCollection(ctx, curator, made, peyek.ProductID))
		require.Empty(t, show(), "a collection without products is not shown")
		require.True(t, fault.Is(w.cat.AddToCollection(ctx, curator, same, nastar.ProductID), fault.KindInvalid), "only what is public can be added")
		w.at(day.Add(48*time.Hour + time.Minute))
		hidden("lebaran-1448")

		bad := map[string]catalog.CollectionWords{
			"judul": {Title: "🎉"}, "kata": {Title: "Lebaran", Words: strings.Repeat("a", 601)},
			"sampai": {Title: "Lebaran", From: noon, LastDay: noon.AddDate(0, 0, -1)},
		}
		for field, w2 := range bad {
			err := w.cat.SaveCollection(ctx, curator, made, w2)
			require.Equal(t, field, fault.As(err).Fields[0].Name)
		}
		require.Error(t, w.cat.SaveCollection(ctx, curator, made, catalog.CollectionWords{Title: "Lebaran", LastDay: noon}), "an end without a beginning")
		require.True(t, fault.Is(w.cat.SaveCollection(ctx, curator, 99, words), fault.KindNotFound))

		// Two people with the same page open: the second one is told, and may insist.
		seen, mine := whole.Mark(), words
		words.Words = "Untuk tamu dan tetangga."
		require.NotEmpty(t, seen)
		words.Seen, mine.Seen = seen, seen
		require.NoError(t, w.cat.SaveCollection(ctx, curator, made, words))
		require.NoError(t, w.cat.SaveCollection(ctx, curator, made, words), "the same words twice are no quarrel")
		mine.Title = "Lebaran kita"
		told := w.cat.SaveCollection(ctx, curator, made, mine)
		require.True(t, fault.Is(told, fault.KindConflict), "%v", told)
		require.Contains(t, fault.As(told).Args, "Untuk tamu dan tetangga.")
		stands, err := w.cat.CollectionForStaff(ctx, curator, made, false)
		require.NoError(t, err)
		require.Equal(t, "Lebaran 1448", stands.Title)
		mine.Seen = stands.Mark()
		require.NoError(t, w.cat.SaveCollection(ctx, curator, made, mine))

		findings, err := w.cat.Prove(ctx)
		require.NoError(t, err)
		require.Empty(t, findings)
		require.NoError(t, w.exec(`INSERT INTO collection_products (collection_id, product_id, position) VALUES (?, ?, 1)`, made, peyek.ProductID))
		findings, err = w.cat.Prove(ctx)
		require.NoError(t, err)
		require.Len(t, findings, 1, "two products at one place")
		require.Equal(t, "C7 collection order", findings[0].Invariant)
		require.NoError(t, w.exec(`UPDATE collection_products SET position = 2 WHERE product_id = ?`, peyek.ProductID))
		require.NoError(t, w.exec(`INSERT INTO collection_products (collection_id, product_id, position) VALUES (?, ?, 9)`, made, w.draft(shop, maker, goods{title: "Belum tayang", price: 9_000}).ProductID))
		findings, err = w.cat.Prove(ctx)
		require.NoError(t, err)
		require.Len(t, findings, 1)
		require.Equal(t, "C7 collection of what was never live", findings[0].Invariant)
	})
}

func TestWhoChoosesWhatStandsInACollection(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		made, err := w.cat.StartCollection(ctx, curator, "Sekolah")
		require.NoError(t, err)
		head := account.Actor{UserID: 902, Roles: []account.Role{account.RoleHead}, Territory: []string{"35"}}
		admin := account.Actor{UserID: 903, Roles: []account.Role{account.RoleAdmin}}
		for who, may := range map[*account.Actor][2]bool{&head: {true, true}, &admin: {true, false}, &officer: {false, false}, new(account.Actor): {false, false}} {
			_, err := w.cat.CollectionForStaff(ctx, *who, made, false)
			require.Equal(t, may[0], err == nil, "%v sees: %v", who, err)
			_, err = w.cat.AllCollections(ctx, *who)
			require.Equal(t, may[0], err == nil, "%v sees all: %v", who, err)
			for i, do := range []error{
				w.cat.SaveCollection(ctx, *who, made, catalog.CollectionWords{Title: "Sekolah"}),
				w.cat.RemoveFromCollection(ctx, *who, made, 1),
				func() error { _, err := w.cat.StartCollection(ctx, *who, fmt.Sprint("Musim ", who.UserID)); return err }(),
			} {
				require.Equal(t, may[1], do == nil, "%v does %d: %v", who, i, do)
				require.True(t, do == nil || fault.Is(do, fault.KindForbidden))
			}
		}
	})
}
