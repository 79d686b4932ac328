package catalog_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"pgregory.net/rapid"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// shirts is a live product in sizes M and L, with tiers.
func (w *world) shirts(shop catalog.Shop, maker account.Actor, mode catalog.Mode, m, l int64) catalog.Sellable {
	w.t.Helper()
	sub := w.draft(shop, maker, goods{title: "Kaos", mode: mode, quantity: max(m+l, 1)})
	_, err := w.cat.SetVariants(ctx, maker, sub.ID, []catalog.DraftVariant{
		{Name: "M", Price: 55_000, Quantity: m}, {Name: "L", Price: 58_000, Quantity: l, WeightGrams: 250},
	})
	require.NoError(w.t, err)
	sub, err = w.cat.SetTiers(ctx, maker, sub.ID, []catalog.PriceTier{{MinQuantity: 12, Price: 50_000}, {MinQuantity: 24, Price: 47_000}})
	require.NoError(w.t, err)
	require.Equal(w.t, money.Rupiah(55_000), sub.Revision.Price, "the cheapest variant's")
	return w.sellable(w.approve(maker, sub).ProductID)
}

func (w *world) one(p catalog.Sellable, n int) catalog.Sellable {
	w.t.Helper()
	item, ok := w.sellable(p.ProductID).Choose(p.Variants[n].ID)
	require.True(w.t, ok)
	return item
}

// One size can be sold out while another is not, and nobody buys a shirt without
// saying which.
func TestAVariantHasItsOwnStock(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Konveksi", "35.18.03")
		p := w.shirts(shop, maker, catalog.ModeStock, 2, 9)
		require.Equal(t, int64(11), p.Available)
		_, ok := p.Choose(0)
		require.False(t, ok)
		l := w.one(p, 1)
		require.Equal(t, "Kaos (L)", l.FullTitle())
		require.Equal(t, []int64{58_000, 250, 9}, []int64{int64(l.Price), l.WeightGrams, l.Available})

		m := p.Variants[0].ID
		first := w.line()
		_, err := w.promise(catalog.Demand{LineID: first, ProductID: p.ProductID, VariantID: m, Quantity: 2})
		require.NoError(t, err)
		require.False(t, w.one(p, 0).Orderable())
		require.True(t, w.one(p, 1).Orderable())
		require.True(t, w.sellable(p.ProductID).Orderable())

		other := w.shirts(shop, maker, catalog.ModeStock, 1, 1)
		for _, d := range []catalog.Demand{
			{ProductID: p.ProductID, VariantID: m, Quantity: 1},
			{ProductID: p.ProductID, Quantity: 1},
			{ProductID: p.ProductID, VariantID: other.Variants[0].ID, Quantity: 1},
			{ProductID: w.live(shop, maker, goods{title: "Topi"}).ProductID, VariantID: m, Quantity: 1},
		} {
			d.LineID = w.line()
			_, err := w.promise(d)
			var short *catalog.ShortError
			require.ErrorAs(t, err, &short, "%+v", d)
			require.Zero(t, short.Lines[0].Available)
		}

		result, err := w.cat.AdjustStock(ctx, maker, p.ProductID, catalog.StockEdit{VariantID: m, Seen: 0, Want: 5, FormKey: w.form()})
		require.NoError(t, err)
		require.Equal(t, int64(5), result.Available)
		_, err = w.cat.AdjustStock(ctx, maker, p.ProductID, catalog.StockEdit{Seen: 0, Want: 5, FormKey: w.form()})
		require.True(t, fault.Is(err, fault.KindConflict), "there is no stock without a size")
		w.must(func(tx *gorm.DB) error { return w.cat.ReleaseTx(ctx, tx, []int64{first}, nil) })
		require.Equal(t, int64(7), w.one(p, 0).Available)
		own, err := w.cat.MyProduct(ctx, maker, p.ProductID)
		require.NoError(t, err)
		require.Equal(t, []int64{7, 9, 16}, []int64{own.Variants[0].Available, own.Variants[1].Available, own.Available})
		w.sound()
	})
}

// What is made to order shares its month over all sizes.
func TestVariantsShareCapacity(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Konveksi", "35.18.03")
		p := w.shirts(shop, maker, catalog.ModeCapacity, 4, 6)
		require.Equal(t, int64(10), p.Available)
		_, err := w.promise(
			catalog.Demand{LineID: w.line(), ProductID: p.ProductID, VariantID: p.Variants[0].ID, Quantity: 6},
			catalog.Demand{LineID: w.line(), ProductID: p.ProductID, VariantID: p.Variants[1].ID, Quantity: 3})
		require.NoError(t, err)
		require.Equal(t, int64(1), w.one(p, 0).Available)
		require.Equal(t, int64(1), w.sellable(p.ProductID).Available)
		w.sound()
	})
}

// Many people press for the last of one size while others buy another size.
func TestRaceForTheLastOfAVariant(t *testing.T) {
	w := newWorld(t, dbtest.PostgresDB(t))
	shop, maker := w.shop("Konveksi", "35.18.03")
	p := w.shirts(shop, maker, catalog.ModeStock, 3, 40)
	var sold [2]atomic.Int64
	var wait sync.WaitGroup
	for i := range 32 {
		wait.Go(func() {
			size := i % 2
			_, err := w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, VariantID: p.Variants[size].ID, Quantity: 1})
			var short *catalog.ShortError
			switch {
			case err == nil:
				sold[size].Add(1)
			case !errors.As(err, &short):
				t.Error(err)
			}
		})
	}
	wait.Wait()
	require.Equal(t, []int64{3, 16}, []int64{sold[0].Load(), sold[1].Load()})
	require.Zero(t, w.one(p, 0).Available)
	require.Equal(t, int64(24), w.one(p, 1).Available)
	w.sound()
}

// Any price list: more pieces never cost more each, below the first tier nothing
// changes, and variants keep their differences at every quantity.
func TestTiersInGeneral(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := catalog.Sellable{Price: money.Rupiah(rapid.Int64Range(1_000, 1_000_000).Draw(rt, "price"))}
		for i := range rapid.Int64Range(0, 5).Draw(rt, "variants") {
			s.Variants = append(s.Variants, catalog.Variant{ID: i + 1, Price: s.Price + money.Rupiah(rapid.Int64Range(0, 50_000).Draw(rt, "more"))})
		}
		if len(s.Variants) > 0 {
			s.Variants[rapid.IntRange(0, len(s.Variants)-1).Draw(rt, "cheapest")].Price = s.Price
		}
		quantity, price := int64(1), s.Price
		for range rapid.IntRange(0, catalog.MaxTiers).Draw(rt, "tiers") {
			quantity += rapid.Int64Range(1, 40).Draw(rt, "step")
			price -= money.Rupiah(rapid.Int64Range(1, 199).Draw(rt, "cheaper"))
			s.Tiers = append(s.Tiers, catalog.PriceTier{MinQuantity: quantity, Price: price})
		}
		ids := []int64{0}
		for _, v := range s.Variants {
			ids = append(ids, v.ID)
		}
		n := rapid.Int64Range(1, quantity+10).Draw(rt, "pieces")
		tier, reached := s.Tier(n)
		next, more := s.NextTier(n)
		if reached {
			require.LessOrEqual(rt, tier.MinQuantity, n)
		}
		if more {
			require.Greater(rt, next.MinQuantity, n)
		}
		require.Equal(rt, len(s.Tiers) > 0, reached || more)
		for _, id := range ids {
			retail, at := s.UnitPrice(id, 1), s.UnitPrice(id, n)
			require.Positive(rt, at)
			require.LessOrEqual(rt, s.UnitPrice(id, n+1), at)
			require.Equal(rt, s.UnitPrice(0, 1)-s.UnitPrice(0, n), retail-at, "all become cheaper by the same")
			if reached {
				require.Equal(rt, s.Price-tier.Price, retail-at)
			} else {
				require.Equal(rt, retail, at)
			}
			if item, ok := s.Choose(id); ok {
				require.Equal(rt, at, item.UnitPrice(id, n), "the choice has the same price")
			}
		}
	})
}

// Prices move within their bands at once, the rest with a review; tiers always fall.
func TestPricesOfVariantsAndTiers(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Konveksi", "35.18.03")
		_, stranger := w.shop("Toko Sebelah", "35.20.08")
		p := w.shirts(shop, maker, catalog.ModeStock, 2, 9)
		m, l := p.Variants[0].ID, p.Variants[1].ID
		type prices = map[int64]money.Rupiah

		require.True(t, fault.Is(w.cat.SetPrices(ctx, stranger, p.ProductID, catalog.Prices{Variants: prices{m: 56_000}}), fault.KindNotFound))
		require.NoError(t, w.cat.SetPrices(ctx, maker, p.ProductID, catalog.Prices{Variants: prices{m: 60_000}, Tiers: prices{12: 52_000}}))
		now := w.sellable(p.ProductID)
		require.Equal(t, money.Rupiah(58_000), now.Price, "L is the cheapest now")
		require.Equal(t, money.Rupiah(54_000), now.UnitPrice(m, 12))
		require.Equal(t, money.Rupiah(52_000), now.UnitPrice(l, 12))
		for field, in := range map[string]catalog.Prices{
			fmt.Sprint("variant_", m): {Variants: prices{m: 90_000}},
			"tier_24":                 {Tiers: prices{24: 53_000}},
			"tier_12":                 {Tiers: prices{12: 10_000}},
		} {
			err := w.cat.SetPrices(ctx, maker, p.ProductID, in)
			require.True(t, fault.Is(err, fault.KindInvalid), field)
			require.Equal(t, field, fault.As(err).Fields[0].Name)
		}
		require.True(t, fault.Is(w.cat.SetPrices(ctx, maker, p.ProductID, catalog.Prices{Tiers: prices{13: 50_000}}), fault.KindConflict))
		require.Equal(t, now, w.sellable(p.ProductID), "what was refused changed nothing")

		// An edit of words leaves prices that moved meanwhile alone.
		edit, err := w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(60_000), edit.Revision.Variants[0].Price, "begins with the present prices")
		_, err = w.cat.SaveDraft(ctx, maker, edit.ID, catalog.DraftChange{Title: ptr("Kaos polos")})
		require.NoError(t, err)
		require.NoError(t, w.cat.SetPrices(ctx, maker, p.ProductID, catalog.Prices{Variants: prices{m: 57_000}}))
		w.approve(maker, edit)
		now = w.sellable(p.ProductID)
		require.Equal(t, []money.Rupiah{57_000, 58_000, 57_000}, []money.Rupiah{now.Variants[0].Price, now.Variants[1].Price, now.Price})

		// An edit of one price brings all of them, and a size that is gone cannot be ordered.
		edit, err = w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		_, err = w.cat.SetVariants(ctx, maker, edit.ID, []catalog.DraftVariant{
			{VariantID: l, Name: "L", Price: 70_000}, {Name: "XL", Price: 75_000, Quantity: 3},
		})
		require.NoError(t, err)
		edit, err = w.cat.SetTiers(ctx, maker, edit.ID, []catalog.PriceTier{{MinQuantity: 10, Price: 65_000}})
		require.NoError(t, err)
		live, err := w.cat.LiveRevision(ctx, maker, p.ProductID)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(57_000), edit.Base(live).Variants[0].Price, "the curator compares with the price of the moment")
		w.approve(maker, edit)
		now = w.sellable(p.ProductID)
		require.Equal(t, money.Rupiah(70_000), now.Price)
		require.Equal(t, []catalog.PriceTier{{MinQuantity: 10, Price: 65_000}}, now.Tiers)
		_, ok := now.Choose(m)
		require.False(t, ok)
		require.Equal(t, int64(9), w.one(now, 0).Available, "L kept its stock")
		require.Equal(t, int64(3), w.one(now, 1).Available)

		// And back to a product without sizes.
		edit, err = w.cat.StartEdit(ctx, maker, p.ProductID, w.form())
		require.NoError(t, err)
		_, err = w.cat.SetVariants(ctx, maker, edit.ID, nil)
		require.NoError(t, err)
		w.approve(maker, edit)
		now, ok = w.sellable(p.ProductID).Choose(0)
		require.True(t, ok)
		require.Equal(t, int64(11), now.Available, "with the stock its maker had typed for it")
		w.sound()
	})
}

// What a maker types wrong is refused in its field and nothing is kept.
func TestVariantsAndTiersAreChecked(t *testing.T) {
	w := newWorld(t, dbtest.SQLiteDB(t))
	shop, maker := w.shop("Konveksi", "35.18.03")
	sub := w.draft(shop, maker, goods{title: "Kaos", price: 50_000})
	foreign := w.shirts(shop, maker, catalog.ModeStock, 1, 1).Variants[0].ID
	for field, in := range map[string][]catalog.DraftVariant{
		"variant_1_name":     {{Name: " ", Price: 1_000}},
		"variant_2_name":     {{Name: "M", Price: 1_000}, {Name: "M", Price: 2_000}},
		"variant_1_price":    {{Name: "M", Price: catalog.MaxPrice + 1}},
		"variant_1_weight":   {{Name: "M", Price: 1_000, WeightGrams: -1}},
		"variant_1_quantity": {{Name: "M", Price: 1_000, Quantity: catalog.MaxQuantity + 1}},
		"variants":           {{Name: "M", Price: 1_000, VariantID: foreign}},
		"pictures":           {{Name: "M", Price: 1_000, PictureID: 999}},
	} {
		_, err := w.cat.SetVariants(ctx, maker, sub.ID, in)
		require.True(t, fault.Is(err, fault.KindInvalid), field)
		require.Equal(t, field, fault.As(err).Fields[0].Name)
	}
	for field, in := range map[string][]catalog.PriceTier{
		"tier_1_quantity": {{MinQuantity: 1, Price: 40_000}},
		"tier_2_quantity": {{MinQuantity: 10, Price: 40_000}, {MinQuantity: 10, Price: 39_000}},
		"tier_1_price":    {{MinQuantity: 10, Price: 50_000}},
		"tier_2_price":    {{MinQuantity: 10, Price: 40_000}, {MinQuantity: 20, Price: 40_000}},
		"tiers":           make([]catalog.PriceTier, catalog.MaxTiers+1),
	} {
		_, err := w.cat.SetTiers(ctx, maker, sub.ID, in)
		require.True(t, fault.Is(err, fault.KindInvalid), field)
		require.Equal(t, field, fault.As(err).Fields[0].Name)
	}
	for field, in := range map[string]catalog.DraftChange{
		"min_quantity": {MinQuantity: ptr(int64(0))},
		"unit_kind":    {UnitKind: ptr(catalog.UnitKind("karung"))},
		"package":      {Package: &[3]int64{10, 0, 5}},
	} {
		_, err := w.cat.SaveDraft(ctx, maker, sub.ID, in)
		require.True(t, fault.Is(err, fault.KindInvalid), field)
		require.Equal(t, field, fault.As(err).Fields[0].Name)
	}
	// A tier at or below the minimum, and a price that fell below a tier, are
	// found when the draft is sent.
	_, err := w.cat.SetTiers(ctx, maker, sub.ID, []catalog.PriceTier{{MinQuantity: 10, Price: 40_000}})
	require.NoError(t, err)
	_, err = w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{MinQuantity: ptr(int64(10)), Price: ptr(money.Rupiah(39_000))})
	require.NoError(t, err)
	err = w.tx(func(tx *gorm.DB) error { _, err := w.cat.SubmitTx(ctx, tx, maker, sub.ID); return err })
	require.True(t, fault.Is(err, fault.KindInvalid))
	var fields []string
	for _, f := range fault.As(err).Fields {
		fields = append(fields, f.Name)
	}
	require.ElementsMatch(t, []string{"tier_1_price", "tier_1_quantity"}, fields)
}

// Less than the maker's minimum left is nothing to order, over all variants.
func TestMinimumQuantity(t *testing.T) {
	w := newWorld(t, dbtest.SQLiteDB(t))
	shop, maker := w.shop("Konveksi", "35.18.03")
	sub := w.draft(shop, maker, goods{title: "Kaos", quantity: 12})
	_, err := w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{MinQuantity: ptr(int64(10))})
	require.NoError(t, err)
	p := w.sellable(w.approve(maker, sub).ProductID)
	require.True(t, p.Orderable())
	_, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 10})
	require.NoError(t, err)
	p = w.sellable(p.ProductID)
	require.False(t, p.Orderable())
	require.Equal(t, int64(2), p.Available)
}

// Goods with their price on request are published without one, are promised from
// their month, and never through the cart; others never go without a price.
func TestPriceOnRequest(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		shop, maker := w.shop("Konveksi Tirta", "36.03.07")
		sub, err := w.cat.StartDraft(ctx, maker, shop.ID, w.form())
		require.NoError(t, err)
		mode := catalog.ModeQuote
		_, err = w.cat.SaveDraft(ctx, maker, sub.ID, catalog.DraftChange{Title: ptr("Jahit rompi"), Mode: &mode, Quantity: ptr(int64(260)), Service: ptr(true)})
		require.NoError(t, err)
		sub, err = w.cat.AddPicture(ctx, maker, sub.ID, w.picture(sub.ProductID))
		require.NoError(t, err)
		p := w.sellable(w.approve(maker, sub).ProductID)
		require.Zero(t, p.Price)
		require.True(t, p.Public())
		require.True(t, p.Service)
		require.False(t, p.Orderable())
		require.Zero(t, p.MostTakeable())
		require.Equal(t, int64(260), p.Available)
		_, err = w.promise(catalog.Demand{LineID: w.line(), ProductID: p.ProductID, Quantity: 215})
		require.NoError(t, err)
		require.Equal(t, int64(45), w.sellable(p.ProductID).Available)
		require.Error(t, w.exec(`UPDATE products SET mode = 'stock' WHERE id = ?`, p.ProductID))
		w.sound()
	})
}
