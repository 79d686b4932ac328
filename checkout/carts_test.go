package checkout

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// A hundred thousand carts over shops, variants, prices by quantity, sizes and
// couriers' kilograms, each worked out a second time in a plain way with numbers
// that cannot overflow: retail prices + delivery − what the tiers take off are
// the purchase; the purchase is what the gateway is asked for and reads back, and
// the shops' parts of it sum to it (peer incident 28). TestMoneyAddsUp walks a few
// of them through the databases; order does the same for what is cancelled.
func TestAHundredThousandCarts(t *testing.T) {
	t.Parallel()
	const carts = 100_000
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var wg sync.WaitGroup
	workers := uint64(runtime.GOMAXPROCS(0))
	kinds := make([]map[string]int, workers)
	for worker := range workers {
		kinds[worker] = map[string]int{}
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, worker))
			for n := range carts/int(workers) + 1 {
				kind, err := randomCart(r)
				if err != nil {
					t.Errorf("seed %d, worker %d, cart %d: %v", seed, worker, n, err)
					return
				}
				kinds[worker][kind]++
			}
		})
	}
	wg.Wait()
	all := map[string]int{}
	for _, k := range kinds {
		for kind, n := range k {
			all[kind] += n
		}
	}
	t.Log(all)
	for _, kind := range []string{"payable", "too small", "too large", "short of a minimum", "not as the buyer wanted"} {
		require.NotZero(t, all[kind], kind)
	}
}

// randomCart makes one, compares compose with the plain sum, and says what became
// of it.
func randomCart(r *rand.Rand) (kind string, err error) {
	items := map[int64]catalog.Sellable{}
	var rows []cartLineRow
	top := []int64{99, 9_999, 999_999, int64(catalog.MaxPrice)}[r.IntN(4)]
	most := []int64{3, 40, MaxQuantity}[r.IntN(3)]
	for product := int64(1); product <= 1+r.Int64N(6); product++ {
		item := catalog.Sellable{ProductID: product, ShopID: 1 + r.Int64N(4), ShopState: catalog.ShopOpen, State: catalog.ProductPublished,
			MinQuantity: 1, Price: money.Rupiah(1 + r.Int64N(top)), WeightGrams: 1 + r.Int64N(2_500)}
		item.Rooms = []catalog.Room{{Pieces: MaxQuantity}}
		if r.IntN(5) == 0 {
			item.Rooms[0].Pieces = 1 + r.Int64N(20) // maybe fewer than wanted
		}
		if r.IntN(3) == 0 {
			item.VolumeCM3 = 1 + r.Int64N(40_000)
		}
		if r.IntN(12) == 0 {
			item.State = catalog.ProductPaused
		}
		if r.IntN(4) == 0 {
			item.MinQuantity = 1 + r.Int64N(6)
		}
		for v := range r.IntN(4) {
			item.Variants = append(item.Variants, catalog.Variant{ID: product*10 + int64(v), Name: strconv.Itoa(v), WeightGrams: 1 + r.Int64N(2_500),
				Price: item.Price + money.Rupiah(r.Int64N(int64(item.Price)+1)), Rooms: item.Rooms})
		}
		if len(item.Variants) > 0 {
			item.Variants[r.IntN(len(item.Variants))].Price = item.Price // the cheapest
		}
		from, price := int64(1), item.Price
		for range r.IntN(4) {
			if from, price = from+1+r.Int64N(10), price-1-money.Rupiah(r.Int64N(int64(price))); price < 1 {
				break
			}
			item.Tiers = append(item.Tiers, catalog.PriceTier{MinQuantity: from, Price: price})
		}
		items[product] = item
		chosen := []int64{0}
		if len(item.Variants) > 0 {
			chosen = nil
			for _, v := range item.Variants {
				if r.IntN(2) == 0 || len(chosen) == 0 {
					chosen = append(chosen, v.ID)
				}
			}
		}
		for _, variant := range chosen {
			rows = append(rows, cartLineRow{ProductID: product, VariantID: variant, Quantity: 1 + r.Int64N(most), SeenPrice: item.Price})
		}
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	cart, err := compose(cartRow{}, rows, items, nil)
	if err != nil {
		return "", err // no cart within the limits overflows
	}
	rate := money.Rupiah(1_000 + r.Int64N(60_000))
	pickup := map[int64]bool{}
	for shop := range int64(5) {
		pickup[shop] = r.IntN(4) == 0
	}
	return settle(cart, rows, items, rate, pickup)
}

// plain is the cart worked out again: per shop retail, what the tiers take off,
// and the grams couriers count.
type plain struct{ retail, off, real, volume *big.Int }

func plainly(rows []cartLineRow, items map[int64]catalog.Sellable) map[int64]*plain {
	takes := func(row cartLineRow) int64 {
		item := items[row.ProductID]
		if item.State != catalog.ProductPublished || item.Rooms[0].Pieces < item.MinQuantity {
			return 0
		}
		return min(row.Quantity, item.Rooms[0].Pieces)
	}
	pieces := map[int64]int64{}
	for _, row := range rows {
		pieces[row.ProductID] += takes(row)
	}
	out := map[int64]*plain{}
	add := func(to *big.Int, a, b int64) { to.Add(to, new(big.Int).Mul(big.NewInt(a), big.NewInt(b))) }
	for _, row := range rows {
		item := items[row.ProductID]
		if takes(row) == 0 {
			continue
		}
		shop := out[item.ShopID]
		if shop == nil {
			shop = &plain{new(big.Int), new(big.Int), new(big.Int), new(big.Int)}
			out[item.ShopID] = shop
		}
		price, cheapest, grams, off := int64(item.Price), int64(item.Price), item.WeightGrams, int64(0)
		for _, v := range item.Variants {
			if v.ID == row.VariantID {
				price, grams = int64(v.Price), v.WeightGrams
			}
		}
		for _, tier := range item.Tiers {
			if pieces[row.ProductID] >= tier.MinQuantity {
				off = cheapest - int64(tier.Price)
			}
		}
		// A cart shows what was wanted; where fewer are left that is a change the
		// buyer decides about, and Place refuses until then.
		add(shop.retail, price, row.Quantity)
		add(shop.off, off, row.Quantity)
		add(shop.real, grams, row.Quantity)
		add(shop.volume, item.VolumeCM3, row.Quantity)
	}
	return out
}

func settle(cart Cart, rows []cartLineRow, items map[int64]catalog.Sellable, rate money.Rupiah, pickup map[int64]bool) (kind string, err error) {
	want := plainly(rows, items)
	total, short := new(big.Int), false
	var parts []int64
	var purchase money.Rupiah
	for _, g := range cart.Groups {
		p := want[g.ShopID]
		if p == nil {
			p = &plain{new(big.Int), new(big.Int), new(big.Int), new(big.Int)}
		}
		delete(want, g.ShopID)
		goods := new(big.Int).Sub(p.retail, p.off)
		if goods.Cmp(big.NewInt(int64(g.Goods))) != 0 {
			return "", fmt.Errorf("shop %d: %v − %v is not %d", g.ShopID, p.retail, p.off, int64(g.Goods))
		}
		var lines money.Rupiah
		for _, l := range g.Lines {
			lines += l.Amount
			short = short || !l.Blocked && l.Missing > 0
			if !l.Blocked && (l.Amount != l.Price*money.Rupiah(l.Quantity) || l.Price < 1) {
				return "", fmt.Errorf("product %d: %d × %d is not %d", l.ProductID, l.Quantity, int64(l.Price), int64(l.Amount))
			}
		}
		if lines != g.Goods || short != cart.Short && short {
			return "", fmt.Errorf("shop %d: its lines are %d, not %d", g.ShopID, int64(lines), int64(g.Goods))
		}
		// The larger of the weight and the size at 6.000 cm³ a kilogram, rounded up.
		grams := new(big.Int).Div(new(big.Int).Add(p.volume, big.NewInt(5)), big.NewInt(6))
		if p.real.Cmp(grams) > 0 {
			grams = p.real
		}
		if p.real.Cmp(big.NewInt(g.Parcel.Grams)) != 0 || p.volume.Cmp(big.NewInt(g.Parcel.VolumeCM3)) != 0 {
			return "", fmt.Errorf("shop %d: %v grams and %v cm³, not %d and %d", g.ShopID, p.real, p.volume, g.Parcel.Grams, g.Parcel.VolumeCM3)
		}
		var fee money.Rupiah
		if !pickup[g.ShopID] && lines > 0 {
			kilograms := delivery.Weighing{ToleranceGrams: 300, Divisor: 6_000}.Kilograms(g.Parcel)
			billed := grams.Int64()
			if kilograms < 1 || kilograms*1000+300 < billed || kilograms > 1 && (kilograms-1)*1000+300 >= billed {
				return "", fmt.Errorf("%d grams are billed as %d kg", billed, kilograms)
			}
			if fee, err = rate.Times(kilograms); err != nil {
				return "", err
			}
		}
		part, err := money.Sum(g.Goods, fee)
		if err != nil {
			return "", err
		}
		parts = append(parts, int64(part))
		if purchase, err = money.Sum(purchase, part); err != nil {
			return "", err
		}
		total.Add(total, goods).Add(total, big.NewInt(int64(fee)))
	}
	if len(want) > 0 || total.Cmp(big.NewInt(int64(purchase))) != 0 {
		return "", fmt.Errorf("a purchase of %d, not %v; %d shops are missing", int64(purchase), total, len(want))
	}
	refused := func(c Change) bool { return c.Kind != Repriced }
	switch {
	case slices.ContainsFunc(cart.Changes, refused):
		return "not as the buyer wanted", nil
	case cart.Short:
		return "short of a minimum", nil
	case purchase < payment.Smallest:
		return "too small", nil
	case purchase > payment.Largest():
		return "too large", nil
	}
	// As the gateway writes and reads numbers; and some channel takes it.
	wire, err := json.Marshal(float64(purchase))
	if err != nil {
		return "", err
	}
	var back float64
	if err := json.Unmarshal(wire, &back); err != nil || money.Rupiah(back) != purchase || back != float64(int64(back)) {
		return "", fmt.Errorf("the gateway reads %s for %d", wire, int64(purchase))
	}
	if !slices.ContainsFunc(payment.Channels(purchase), func(c payment.Channel) bool { return c.Min <= purchase && purchase <= c.Max }) {
		return "", fmt.Errorf("no channel takes %d", int64(purchase))
	}
	// Whatever comes in of it, too little or too much, is split to the rupiah.
	for _, received := range []money.Rupiah{purchase, purchase - 1, purchase + 1, purchase / 3} {
		var sum money.Rupiah
		for i, share := range money.Split(received, parts) {
			if received == purchase && int64(share) != parts[i] {
				return "", fmt.Errorf("shop's share %d is not its order of %d", int64(share), parts[i])
			}
			sum += share
		}
		if sum != received {
			return "", fmt.Errorf("shares of %d sum to %d", int64(received), int64(sum))
		}
	}
	return "payable", nil
}
