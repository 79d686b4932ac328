package catalog_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/media"
)

// A picture with an old price is never linked to, one of a product that left is
// never served, and nothing is drawn twice.
func TestThePictureOfASharedLinkFollowsTheProduct(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.media.Connect(media.Hooks{Access: func(c context.Context, _ account.Actor, kind string, owner int64) (bool, error) {
			require.Equal(t, catalog.ShareOwner, kind)
			return w.cat.Shared(c, owner)
		}})
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar 🎉", price: 55_000})
		w.draft(shop, maker, goods{title: "Belum tayang"})
		draw := func(want int) {
			t.Helper()
			n, err := w.cat.DrawShares(ctx, w.media)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
		linked := func() int64 {
			t.Helper()
			id, err := w.cat.SharePicture(ctx, w.sellable(p.ProductID))
			require.NoError(t, err)
			return id
		}
		served := func(id int64) bool {
			t.Helper()
			found, err := w.media.Pictures(ctx, []int64{id})
			require.NoError(t, err)
			_, err = w.media.Open(ctx, account.Actor{}, found[id].Key, "1280", "jpg")
			require.True(t, err == nil || fault.Is(err, fault.KindNotFound))
			return err == nil
		}
		require.Zero(t, linked(), "the plain photo until it is made")
		draw(1)
		first := linked()
		require.NotZero(t, first)
		require.True(t, served(first))
		found, err := w.media.Pictures(ctx, []int64{first})
		require.NoError(t, err)
		require.Equal(t, []int{media.CardWidth, media.CardHeight}, []int{found[first].Width, found[first].Height})
		draw(0)

		w.at(noon.Add(60e9))
		require.NoError(t, w.cat.SetPrice(ctx, maker, p.ProductID, 57_000))
		require.Zero(t, linked(), "an old price is not linked to for a moment")
		draw(1)
		require.NotContains(t, []int64{0, first}, linked())
		require.False(t, served(first), "the one before is gone")
		second := linked()
		w.at(noon.Add(120e9))
		require.NoError(t, w.cat.Pause(ctx, maker, p.ProductID))
		draw(1) // looked at again, and kept
		require.Equal(t, second, linked())
		require.True(t, served(second), "a paused product keeps its page")
		w.must(func(tx *gorm.DB) error {
			return w.cat.SuspendProductTx(ctx, tx, curator, p.ProductID, catalog.NewSuspension{Reason: "uji"})
		})
		require.False(t, served(second))
		draw(0)
		found, err = w.media.Pictures(ctx, []int64{second})
		require.NoError(t, err)
		require.Empty(t, found, "and taken away")
	})
}
