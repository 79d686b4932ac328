package catalog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
)

func TestDirectChangesAreSeenAfterwards(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		other, second := w.shop("Dapur Lain", "36.02.01")
		p, q := w.live(shop, maker, goods{title: "Nastar", price: 50_000}), w.live(other, second, goods{title: "Sambal", mode: catalog.ModeCapacity})
		shirts := w.shirts(shop, maker, catalog.ModeStock, 3, 3)
		companion := account.Actor{UserID: 77, Assisting: []account.Assistance{{ShopID: shop.ID, MakerID: maker.UserID}}}

		require.NoError(t, w.cat.SetPrice(ctx, companion, p.ProductID, 51_000))
		require.NoError(t, w.cat.SetPrice(ctx, companion, p.ProductID, 51_000), "the same again is no change")
		_, err := w.cat.AdjustStock(ctx, maker, p.ProductID, catalog.StockEdit{Seen: 20, Want: 7, FormKey: "satu"})
		require.NoError(t, err)
		_, err = w.cat.AdjustStock(ctx, maker, p.ProductID, catalog.StockEdit{Seen: 20, Want: 7, FormKey: "satu"})
		require.NoError(t, err, "the same form once")
		require.NoError(t, w.cat.Pause(ctx, maker, p.ProductID))
		require.NoError(t, w.cat.Resume(ctx, maker, p.ProductID))
		require.NoError(t, w.cat.SetCapacity(ctx, second, q.ProductID, catalog.Weekly, 9))
		require.NoError(t, w.cat.AddClosure(ctx, officer, shop.ID, catalog.NewClosure{Kind: catalog.ShopRest, First: "2026-12-24", Last: "2026-12-31", FormKey: "l"}))
		rest, err := w.cat.Closures(ctx, maker, shop.ID)
		require.NoError(t, err)
		require.NoError(t, w.cat.EndClosure(ctx, maker, shop.ID, rest[0].ID))
		size := shirts.Variants[0]
		require.NoError(t, w.cat.SetPrices(ctx, maker, shirts.ProductID, catalog.Prices{Variants: map[int64]money.Rupiah{size.ID: size.Price + 1000}}))
		require.Error(t, w.cat.SetPrice(ctx, maker, p.ProductID, 90_000), "outside the band")

		show := func(f catalog.DirectFilter) (out []string) {
			t.Helper()
			f.Limit = 100
			found, err := w.cat.DirectChanges(ctx, f)
			require.NoError(t, err)
			for _, d := range found {
				out = append(out, fmt.Sprint(d.Kind, " ", d.Title, d.VariantName, " ", d.AmountBefore, ">", d.AmountAfter, " ", d.Words, " by ", d.ActorID, "/", d.SubjectID))
			}
			return out
		}
		m := maker.UserID
		price := fmt.Sprintf("price %s%s %d>%d  by %d/0", shirts.Title, size.Name, size.Price, size.Price+1000, m)
		require.Equal(t, []string{
			price, fmt.Sprintf("work  0>0 2026-12-24 2026-12-31 off by %d/0", m), fmt.Sprintf("rest  0>0 2026-12-24 2026-12-31 off by %d/0", officer.UserID),
			fmt.Sprintf("capacity Sambal 20>9 week by %d/0", second.UserID), fmt.Sprintf("resume Nastar 0>0  by %d/0", m), fmt.Sprintf("pause Nastar 0>0  by %d/0", m),
			fmt.Sprintf("stock Nastar 20>7  by %d/0", m), fmt.Sprintf("price Nastar 50000>51000  by 77/%d", m),
		}, show(catalog.DirectFilter{}))
		require.Len(t, show(catalog.DirectFilter{Kind: catalog.DirectPrice}), 2)
		require.Len(t, show(catalog.DirectFilter{Regions: []string{"35"}}), 7)
		require.Len(t, show(catalog.DirectFilter{ShopID: other.ID}), 1)
		require.Empty(t, show(catalog.DirectFilter{Suspicious: true}))
		require.Empty(t, show(catalog.DirectFilter{From: noon.AddDate(0, 0, 1)}))
		require.Len(t, show(catalog.DirectFilter{From: noon.Add(-time.Hour), To: noon.Add(time.Hour)}), 8)
		first, err := w.cat.DirectChanges(ctx, catalog.DirectFilter{Limit: 3})
		require.NoError(t, err)
		require.Equal(t, show(catalog.DirectFilter{})[3:], show(catalog.DirectFilter{After: first[2].Key()}))
		w.sound()
	})
}

func TestRestlessPricesAreFlagged(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar", price: 50_000})
		set := func(price money.Rupiah) catalog.Suspicion {
			t.Helper()
			require.NoError(t, w.cat.SetPrice(ctx, maker, p.ProductID, price))
			found, err := w.cat.DirectChanges(ctx, catalog.DirectFilter{Limit: 1})
			require.NoError(t, err)
			return found[0].Suspicion
		}
		require.Equal(t, catalog.NoSuspicion, set(45_000))
		require.Equal(t, catalog.NoSuspicion, set(54_000), "a fifth of 45,000")
		require.Equal(t, catalog.Wide, set(40_000), "together wider than the band")
		w.db.Clock().Advance(8 * 24 * time.Hour)
		for range catalog.OftenPrices {
			require.Equal(t, catalog.NoSuspicion, set(w.sellable(p.ProductID).Price+100))
		}
		require.Equal(t, catalog.Often, set(41_000))
		w.db.Clock().Advance(8 * 24 * time.Hour)
		require.Equal(t, catalog.NoSuspicion, set(42_000))
		w.sound()
	})
}

func TestAQuestionAboutAChangeIsAskedAndAnsweredOnce(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Dapur Gayeng", "35.19.03")
		p := w.live(shop, maker, goods{title: "Nastar", price: 50_000})
		require.NoError(t, w.cat.SetPrice(ctx, maker, p.ProductID, 51_000))
		found, err := w.cat.DirectChanges(ctx, catalog.DirectFilter{Limit: 1})
		require.NoError(t, err)
		id := found[0].ID
		ask := func(a account.Actor) error {
			return w.tx(func(tx *gorm.DB) error { _, err := w.cat.AskTx(ctx, tx, a, id, "Kenapa naik?"); return err })
		}
		answer := func(a account.Actor) error {
			return w.tx(func(tx *gorm.DB) error { _, err := w.cat.AnswerTx(ctx, tx, a, id, "Mentega naik."); return err })
		}
		conflict(t, answer(maker))
		notFound(t, ask(maker))
		require.NoError(t, ask(curator))
		conflict(t, ask(curator))
		notFound(t, answer(curator))
		require.NoError(t, answer(maker))
		conflict(t, answer(maker))
		d, err := w.cat.OwnDirectChange(ctx, maker, id)
		require.NoError(t, err)
		require.Equal(t, "Kenapa naik? Mentega naik.", d.Question+" "+d.Answer)
		_, err = w.cat.OwnDirectChange(ctx, curator, id)
		notFound(t, err)
		w.sound()
	})
}
