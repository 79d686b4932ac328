package catalog_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// One product is closed until a day and opens by itself; its shop's days off count
// beside it, and other products of the shop sell on.
func TestAProductIsClosedUntilADay(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.at(time.Date(2026, 11, 4, 3, 0, 0, 0, time.UTC))
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p, other := w.live(shop, maker, goods{title: "Nastar"}), w.live(shop, maker, goods{title: "Kastengel"})
		require.True(t, p.Orderable())
		for _, bad := range []string{"besok", "2026-11-04", "2026-11-03", "2028-01-01"} {
			require.Equal(t, []string{"opens"}, fields(t, w.cat.CloseUntil(ctx, maker, p.ProductID, bad)), bad)
		}
		_, stranger := w.shop("Toko Sebelah", "35.20.08")
		notFound(t, w.cat.CloseUntil(ctx, stranger, p.ProductID, "2026-11-07"))
		notFound(t, w.cat.CloseUntil(ctx, account.Actor{}, p.ProductID, ""))

		require.NoError(t, w.cat.CloseUntil(ctx, maker, p.ProductID, "2026-11-07"))
		require.NoError(t, w.cat.CloseUntil(ctx, maker, p.ProductID, "2026-11-07"))
		now := w.sellable(p.ProductID)
		require.False(t, now.Orderable())
		require.True(t, now.ClosedItself)
		require.True(t, date("2026-11-07").Equal(now.Reopens), "%v", now.Reopens)
		_, err := w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 1})
		short(t, err)
		require.True(t, w.sellable(other.ProductID).Orderable())
		own, err := w.cat.MyProduct(ctx, maker, p.ProductID)
		require.NoError(t, err)
		require.True(t, date("2026-11-07").Equal(own.OpensOn), "%v", own.OpensOn)
		changes, err := w.cat.DirectChanges(ctx, catalog.DirectFilter{ShopID: shop.ID, Limit: 10})
		require.NoError(t, err)
		require.Len(t, changes, 1, "the same day twice is one change")
		require.Equal(t, []any{catalog.DirectRest, p.ProductID, "2026-11-04 2026-11-06 closed"}, []any{changes[0].Kind, changes[0].ProductID, changes[0].Words})

		// The shop closes from the day on which the product would open.
		require.NoError(t, w.cat.AddClosure(ctx, maker, shop.ID, catalog.NewClosure{Kind: catalog.ShopShut, First: "2026-11-07", Last: "2026-11-08", FormKey: "a"}))
		require.True(t, date("2026-11-09").Equal(w.sellable(p.ProductID).Reopens))
		w.at(time.Date(2026, 11, 6, 16, 59, 59, 0, time.UTC)) // a second before midnight in Madiun
		require.True(t, w.sellable(p.ProductID).ClosedItself)
		w.at(time.Date(2026, 11, 6, 17, 0, 0, 0, time.UTC))
		now = w.sellable(p.ProductID)
		require.False(t, now.ClosedItself)
		require.True(t, date("2026-11-09").Equal(now.Reopens))
		w.at(time.Date(2026, 11, 8, 17, 0, 0, 0, time.UTC))
		require.True(t, w.sellable(p.ProductID).Orderable(), "it opens by itself")
		_, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 1})
		require.NoError(t, err)

		require.NoError(t, w.cat.CloseUntil(ctx, maker, other.ProductID, "2026-12-24"))
		require.NoError(t, w.cat.CloseUntil(ctx, maker, other.ProductID, ""))
		require.True(t, w.sellable(other.ProductID).Orderable(), "opened before its day")
		require.NoError(t, w.cat.Archive(ctx, maker, other.ProductID))
		err = w.cat.CloseUntil(ctx, maker, other.ProductID, "2026-12-24")
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		w.sound()
	})
}
