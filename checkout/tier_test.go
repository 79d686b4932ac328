package checkout_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// shirts lists a shirt in M and L with a wholesale price from 12 and at least 4
// an order, and returns it with the ids of its sizes.
func (w *world) shirts(m, l int64) (product int64, sizes []int64) {
	w.t.Helper()
	product = w.Publish(w.tailor, ordertest.Product{Title: "Kaos", Price: 55_000, Quantity: 1, Grams: 200, Least: 4,
		Variants: []catalog.DraftVariant{{Name: "M", Price: 55_000, Quantity: m}, {Name: "L", Price: 58_000, Quantity: l}},
		Tiers:    []catalog.PriceTier{{MinQuantity: 12, Price: 50_000}}})
	items, err := w.Catalog.Sellables(context.Background(), []int64{product})
	require.NoError(w.t, err)
	for _, v := range items[product].Variants {
		sizes = append(sizes, v.ID)
	}
	return product, sizes
}

func (w *world) lines(token string) (checkout.Cart, []checkout.Line) {
	w.t.Helper()
	cart, err := w.checkout.Cart(context.Background(), token)
	require.NoError(w.t, err)
	var out []checkout.Line
	for _, g := range cart.Groups {
		out = append(out, g.Lines...)
	}
	return cart, out
}

// The tier is decided by all sizes together. Crossing it by buying more or less
// is no change; a price the maker changed is still told.
func TestTheTierOfACart(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		shirt, sizes := w.shirts(40, 40)
		token := checkout.NewToken()
		set := func(size int, n int64) (checkout.Cart, []checkout.Line) {
			t.Helper()
			require.NoError(t, w.checkout.SetVariant(ctx, token, shirt, sizes[size], n))
			return w.lines(token)
		}
		cart, lines := set(0, 8)
		require.Empty(t, cart.Changes)
		require.Equal(t, []int64{55_000, 0, 12, 4, 50_000}, []int64{int64(lines[0].Price), lines[0].TierFrom, lines[0].NextTier, lines[0].ToNext, int64(lines[0].NextPrice)})
		cart, lines = set(1, 4)
		require.Empty(t, cart.Changes, "crossing a tier is no change, for the other size neither")
		require.Equal(t, []money.Rupiah{50_000, 53_000}, []money.Rupiah{lines[0].Price, lines[1].Price}, "L keeps its difference")
		require.Equal(t, int64(12), lines[0].TierFrom)
		require.Equal(t, money.Rupiah(8*50_000+4*53_000), cart.Goods)
		cart, lines = set(1, 0)
		require.Empty(t, cart.Changes)
		require.Equal(t, money.Rupiah(55_000), lines[0].Price)
		set(1, 4)

		// The maker changes the tier while both lie in the cart.
		type prices = map[int64]money.Rupiah
		require.NoError(t, w.Catalog.SetPrices(ctx, w.Owner(w.tailor), shirt, catalog.Prices{Tiers: prices{12: 49_000}}))
		cart, _ = w.lines(token)
		require.Len(t, cart.Changes, 2, "both are told")
		cart, _ = set(1, 5)
		require.Len(t, cart.Changes, 1, "the buyer has now seen the price of L, and not that of M")
		require.Equal(t, checkout.Repriced, cart.Changes[0].Kind)
		require.Equal(t, "Kaos (M)", cart.Changes[0].Title)
		require.NoError(t, w.checkout.Accept(ctx, token, cart.Version))
		cart, lines = w.lines(token)
		require.Empty(t, cart.Changes)
		require.Equal(t, []money.Rupiah{49_000, 52_000}, []money.Rupiah{lines[0].Price, lines[1].Price})

		p := w.place(w.form(token, delivery.Courier))
		require.Len(t, p.Orders[0].Lines, 2)
		l := p.Orders[0].Lines[1]
		require.Equal(t, []any{"Kaos (L)", sizes[1], money.Rupiah(52_000), int64(5)}, []any{l.Title, l.VariantID, l.UnitPrice, l.Quantity})
		require.Equal(t, money.Rupiah(8*49_000+5*52_000), p.Orders[0].Goods)
		w.prove()
	})
}

// A size that sells out takes its pieces from the count: the other one is told
// its new price before it is paid.
func TestASizeSellsOutUnderATier(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		shirt, sizes := w.shirts(9, 6)
		token := checkout.NewToken()
		require.NoError(t, w.checkout.SetVariant(ctx, token, shirt, sizes[0], 8))
		require.NoError(t, w.checkout.SetVariant(ctx, token, shirt, sizes[1], 6))
		in := w.form(token, delivery.Courier)
		other := checkout.NewToken()
		require.NoError(t, w.checkout.SetVariant(ctx, other, shirt, sizes[1], 6))
		w.place(w.form(other, delivery.Courier))

		_, err := w.checkout.Place(ctx, in)
		var changed *checkout.ChangedError
		require.ErrorAs(t, err, &changed)
		kinds := map[checkout.ChangeKind]string{}
		for _, c := range changed.Changes {
			kinds[c.Kind] = c.Title
		}
		require.Equal(t, map[checkout.ChangeKind]string{checkout.Repriced: "Kaos (M)", checkout.SoldOut: "Kaos (L)"}, kinds)
		cart, _ := w.lines(token)
		require.NoError(t, w.checkout.Accept(ctx, token, cart.Version))
		cart, lines := w.lines(token)
		require.Empty(t, cart.Changes)
		require.Len(t, lines, 1)
		require.Equal(t, money.Rupiah(8*55_000), cart.Goods)
		w.prove()
	})
}

// Less than the maker's minimum cannot be ordered, whichever way it came about.
func TestMinimumOfAnOrder(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		shirt, sizes := w.shirts(3, 2)
		bag := w.Publish(w.tailor, ordertest.Product{Title: "Tas", Price: 20_000, Quantity: 9, Grams: 100, Least: 3})
		token := checkout.NewToken()
		requireFields(t, w.checkout.SetQuantity(ctx, token, bag, 2), "quantity")
		requireFields(t, w.checkout.SetQuantity(ctx, token, shirt, 4), "quantity") // no size chosen
		requireFields(t, w.checkout.SetVariant(ctx, token, shirt, 999_999, 4), "quantity")
		require.NoError(t, w.checkout.SetQuantity(ctx, token, bag, 3))
		require.NoError(t, w.checkout.SetVariant(ctx, token, shirt, sizes[0], 3))
		cart, lines := w.lines(token)
		require.True(t, cart.Short)
		require.Equal(t, []int64{0, 1}, []int64{lines[0].Missing, lines[1].Missing})
		in := w.form(token, delivery.Courier)
		_, err := w.checkout.Place(ctx, in)
		require.True(t, fault.Is(err, fault.KindInvalid))
		require.Equal(t, "checkout.place.pieces", fault.As(err).Key)

		require.NoError(t, w.checkout.SetVariant(ctx, token, shirt, sizes[1], 2))
		cart, _ = w.lines(token)
		require.False(t, cart.Short)
		// Somebody else leaves fewer than the minimum: nothing of it can be had.
		rival := w.cart(map[int64]int64{bag: 7})
		w.place(w.form(rival, delivery.Courier))
		cart, _ = w.lines(token)
		require.Len(t, cart.Changes, 1)
		require.Equal(t, checkout.FewLeft, cart.Changes[0].Kind)
		require.NoError(t, w.checkout.Accept(ctx, token, cart.Version))
		w.place(w.form(token, delivery.Courier))
		w.prove()
	})
}

// Story 1: three jars of 700 g, packed 24 × 12 × 18 cm each, travel as a box of
// 36 × 24 × 18 cm: 2,59 kg by size, 2,1 kg by weight, billed as 3 kg.
func TestAParcelCountsItsSize(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		jar := w.Publish(w.kitchen, ordertest.Product{Title: "Nastar besar", Price: 55_000, Quantity: 300, Grams: 700, Package: [3]int64{24, 12, 18}})
		token := w.cart(map[int64]int64{jar: 3})
		q, err := w.checkout.Quote(context.Background(), token, delivery.Destination{RegencyCode: "35.78", DistrictCode: "35.78.16"},
			map[int64]delivery.Method{w.kitchen.ID: delivery.Courier})
		require.NoError(t, err)
		require.Equal(t, int64(2_100), q.Groups[0].Parcel.Grams)
		require.Equal(t, int64(3*24*12*18), q.Groups[0].Parcel.VolumeCM3)
		require.False(t, q.Groups[0].Parcel.ReadyBy.IsZero(), "it is known when the jars are ready")
		for _, o := range q.Groups[0].Options {
			if o.Method == delivery.Courier {
				require.Equal(t, int64(3), o.Kilograms)
			}
		}
		_, lines := w.lines(w.cart(map[int64]int64{w.jars: 3}))
		require.Equal(t, int64(700), lines[0].WeightGrams)
	})
}
