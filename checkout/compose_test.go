package checkout

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Any cart: the lines are the groups, the groups are the cart, blocked lines
// count for nothing, and sums that do not fit in int64 are refused.
func TestComposeAddsUp(t *testing.T) {
	t.Parallel()
	for range 50 {
		rapid.Check(t, func(rt *rapid.T) {
			items := map[int64]catalog.Sellable{}
			var rows []cartLineRow
			huge := rapid.Bool().Draw(rt, "huge")
			var want money.Rupiah
			overflow := false
			for i := range rapid.Int64Range(1, MaxLines).Draw(rt, "lines") {
				product := i + 1
				top := int64(catalog.MaxPrice)
				if huge {
					top = math.MaxInt64
				}
				item := catalog.Sellable{ProductID: product, ShopID: rapid.Int64Range(1, 4).Draw(rt, "shop"), ShopState: catalog.ShopOpen,
					State: catalog.ProductPublished, Rooms: []catalog.Room{{Pieces: MaxQuantity}}, Price: money.Rupiah(rapid.Int64Range(1, top).Draw(rt, "price")),
					WeightGrams: rapid.Int64Range(1, catalog.MaxWeightGrams).Draw(rt, "grams")}
				if rapid.IntRange(0, 9).Draw(rt, "paused") == 0 {
					item.State = catalog.ProductPaused
				}
				items[product] = item
				row := cartLineRow{ProductID: product, Quantity: rapid.Int64Range(1, MaxQuantity).Draw(rt, "quantity"), SeenPrice: item.Price}
				rows = append(rows, row)
				if item.State == catalog.ProductPaused {
					continue
				}
				amount, err := item.Price.Times(row.Quantity)
				if err == nil {
					want, err = money.Sum(want, amount)
				}
				overflow = overflow || err != nil
			}
			cart, err := compose(cartRow{}, rows, items, nil)
			if overflow {
				require.ErrorIs(rt, err, money.ErrOverflow)
				return
			}
			require.NoError(rt, err)
			require.Equal(rt, want, cart.Goods)
			var groups, pieces, lines, grams int64
			for _, g := range cart.Groups {
				groups += int64(g.Goods)
				grams += g.Parcel.Grams
				for _, l := range g.Lines {
					require.Equal(rt, g.ShopID, l.ShopID)
					lines += int64(l.Amount)
					pieces += l.Quantity
					if !l.Blocked {
						grams -= l.WeightGrams * l.Quantity
					}
				}
			}
			require.Equal(rt, int64(cart.Goods), groups)
			require.Equal(rt, groups, lines)
			require.Equal(rt, cart.Pieces, pieces)
			require.Zero(rt, grams)
		})
	}
}
