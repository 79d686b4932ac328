package checkout_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

func TestParseQuantity(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]int64{"0": 0, "1": 1, " 12 ": 12, "9999": 9999} {
		n, err := checkout.ParseQuantity(typed)
		require.NoError(t, err, typed)
		require.Equal(t, want, n)
	}
	for typed, key := range map[string]string{
		"": "checkout.quantity.missing", "-1": "checkout.quantity.negative", "1.5": "checkout.quantity.whole", "1,5": "checkout.quantity.whole",
		"1000000000": "checkout.quantity.too_many", "10000": "checkout.quantity.too_many", "NaN": "checkout.quantity.number", "dua": "checkout.quantity.number",
		"1e9": "checkout.quantity.number", "99999999999999999999": "checkout.quantity.too_many", "-99999999999999999999": "checkout.quantity.negative",
	} {
		_, err := checkout.ParseQuantity(typed)
		requireFields(t, err, "quantity")
		require.Equal(t, key, fault.As(err).Fields[0].Key, typed)
		require.True(t, text.Has(key), key)
	}
}

func TestSetQuantity(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		token := checkout.NewToken()
		empty, err := w.checkout.Cart(ctx, token)
		require.NoError(t, err)
		require.True(t, empty.Empty())
		for _, bad := range []int64{-1, 1_000_000_000, 301} { // 300 jars there are
			requireFields(t, w.checkout.SetQuantity(ctx, token, w.jars, bad), "quantity")
		}
		require.True(t, fault.Is(w.checkout.SetQuantity(ctx, token, 999_999, 1), fault.KindNotFound))
		require.Error(t, w.checkout.SetQuantity(ctx, "short", w.jars, 1))

		require.NoError(t, w.checkout.SetQuantity(ctx, token, w.jars, 5))
		require.NoError(t, w.checkout.SetQuantity(ctx, token, w.jars, 3), "it sets, it does not add")
		require.NoError(t, w.checkout.SetQuantity(ctx, token, w.masks, 2))
		requireFields(t, w.checkout.SetQuantity(ctx, token, w.jars, -3), "quantity")
		cart, err := w.checkout.Cart(ctx, token)
		require.NoError(t, err)
		require.Len(t, cart.Groups, 2)
		require.Equal(t, "KUBE Dapur Gayeng", cart.Groups[0].ShopName)
		require.Equal(t, money.Rupiah(165_000), cart.Groups[0].Goods)
		require.Equal(t, int64(2_100), cart.Groups[0].Parcel.Grams)
		require.Equal(t, money.Rupiah(180_000), cart.Goods)
		require.Equal(t, int64(5), cart.Pieces)
		require.Empty(t, cart.Changes)

		require.NoError(t, w.checkout.SetQuantity(ctx, token, w.masks, 0))
		require.NoError(t, w.checkout.SetQuantity(ctx, token, w.masks, 0), "twice is once")
		pieces, err := w.checkout.Pieces(ctx, token)
		require.NoError(t, err)
		require.Equal(t, int64(3), pieces)
		other, err := w.checkout.Cart(ctx, checkout.NewToken())
		require.NoError(t, err)
		require.True(t, other.Empty(), "a cart belongs to its token")
	})
}

func TestCartIsNotEndless(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		token := checkout.NewToken()
		for i := range checkout.MaxLines + 1 {
			product := w.Publish(w.tailor, ordertest.Product{Title: "Kain nomor", Price: 9_000, Quantity: 5, Grams: 10})
			err := w.checkout.SetQuantity(context.Background(), token, product, 1)
			if i < checkout.MaxLines {
				require.NoError(t, err)
				continue
			}
			require.True(t, fault.Is(err, fault.KindInvalid))
		}
		pieces, err := w.checkout.Pieces(context.Background(), token)
		require.NoError(t, err)
		require.Equal(t, int64(checkout.MaxLines), pieces)
	})
}

// What happens to products after they were put in: the cart says so, placing
// refuses and stores nothing, and accepting takes the news over.
func TestChangedCart(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		paused := w.Publish(w.tailor, ordertest.Product{Title: "Celemek", Price: 35_000, Quantity: 9, Grams: 100})
		gone := w.Publish(w.tailor, ordertest.Product{Title: "Tas belanja", Price: 18_000, Quantity: 9, Grams: 100})
		scarce := w.Publish(w.kitchen, ordertest.Product{Title: "Kastengel", Price: 62_000, Quantity: 4, Grams: 700})
		soldOut := w.Publish(w.kitchen, ordertest.Product{Title: "Putri salju", Price: 50_000, Quantity: 2, Grams: 700})
		token := w.cart(map[int64]int64{w.jars: 2, paused: 1, gone: 1, scarce: 3, soldOut: 2})
		in := w.form(token, delivery.Courier)

		tailor, kitchen := w.Owner(w.tailor), w.Owner(w.kitchen)
		require.NoError(t, w.Catalog.Pause(ctx, tailor, paused))
		require.NoError(t, w.Catalog.Archive(ctx, tailor, gone))
		require.NoError(t, w.Catalog.SetPrice(ctx, kitchen, w.jars, 60_000))
		w.place(w.form(w.cart(map[int64]int64{scarce: 2, soldOut: 2}), delivery.Courier))
		before := [4]int64{}
		before[0], before[1], before[2], before[3] = w.stored()

		cart, err := w.checkout.Cart(ctx, token)
		require.NoError(t, err)
		want := map[int64]checkout.ChangeKind{w.jars: checkout.Repriced, paused: checkout.Paused, gone: checkout.Gone, scarce: checkout.Less, soldOut: checkout.SoldOut}
		require.Len(t, cart.Changes, 5)
		for _, c := range cart.Changes {
			require.Equal(t, want[c.ProductID], c.Kind, c)
		}
		_, err = w.checkout.Place(ctx, in)
		var changed *checkout.ChangedError
		require.ErrorAs(t, err, &changed)
		require.Len(t, changed.Changes, 5)
		after := [4]int64{}
		after[0], after[1], after[2], after[3] = w.stored()
		require.Equal(t, before, after)
		again, err := w.checkout.Cart(ctx, token)
		require.NoError(t, err)
		require.Equal(t, cart, again, "the cart is untouched")

		requireChanges(t, w.checkout.Accept(ctx, token, cart.Version-1), checkout.Touched)
		require.NoError(t, w.checkout.Accept(ctx, token, cart.Version))
		accepted, err := w.checkout.Cart(ctx, token)
		require.NoError(t, err)
		require.Empty(t, accepted.Changes)
		require.Equal(t, money.Rupiah(2*60_000+2*62_000), accepted.Goods)
		p := w.place(w.form(token, delivery.Courier))
		require.Len(t, p.Orders, 1)
		w.prove()
	})
}

// A closed shop's products are gone from the cart, not sold.
func TestClosedShop(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		token := w.cart(map[int64]int64{w.jars: 1})
		in := w.form(token, delivery.Courier)
		w.Tx(func(tx *gorm.DB) error {
			_, err := w.Catalog.SuspendShopTx(ctx, tx, account.System, w.kitchen.ID, "uji")
			return err
		})
		_, err := w.checkout.Place(ctx, in)
		requireChanges(t, err, checkout.Gone)
		require.True(t, fault.Is(w.checkout.SetQuantity(ctx, token, w.jars, 2), fault.KindNotFound))
	})
}

func TestQuote(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		token := w.cart(map[int64]int64{w.jars: 3, w.masks: 2})
		q, err := w.checkout.Quote(ctx, token, delivery.Destination{}, nil)
		require.NoError(t, err)
		require.False(t, q.Complete && q.Delivery > 0)
		for _, g := range q.Groups {
			require.Equal(t, delivery.Pickup, g.Chosen, "without an address only pick-up is left, so it is chosen")
		}
		to := delivery.Destination{RegencyCode: "35.78", DistrictCode: "35.78.16"}
		q, err = w.checkout.Quote(ctx, token, to, map[int64]delivery.Method{w.kitchen.ID: delivery.Courier, w.tailor.ID: delivery.Own})
		require.NoError(t, err)
		require.False(t, q.Complete, "the tailor does not bring anything to Surabaya")
		q, err = w.checkout.Quote(ctx, token, to, map[int64]delivery.Method{w.kitchen.ID: delivery.Courier, w.tailor.ID: delivery.Pickup})
		require.NoError(t, err)
		require.True(t, q.Complete)
		require.Equal(t, q.Goods+q.Delivery, q.Total)
		require.Positive(t, q.Groups[0].Fee)
		require.Zero(t, q.Groups[1].Fee)

		small := w.cart(map[int64]int64{w.masks: 1})
		q, err = w.checkout.Quote(ctx, small, delivery.Destination{}, nil)
		require.NoError(t, err)
		require.True(t, q.TooSmall)
		require.False(t, q.Complete)
		_, err = w.checkout.Quote(ctx, token, delivery.Destination{RegencyCode: "99.99"}, nil)
		require.True(t, fault.Is(err, fault.KindInvalid))
	})
}

// Something that cannot travel makes the whole parcel a pick-up.
func TestPickupOnly(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		cake := w.Publish(w.kitchen, ordertest.Product{Title: "Kue basah", Price: 15_000, Quantity: 10, Grams: 500, Pickup: true})
		token := w.cart(map[int64]int64{cake: 1, w.jars: 1})
		in := w.form(token, delivery.Courier)
		_, err := w.checkout.Place(context.Background(), in)
		requireFields(t, err, "delivery_"+itoa(w.kitchen.ID))
		p := w.place(w.form(token, delivery.Pickup))
		require.Empty(t, p.Orders[0].Recipient.Street, "an address that is not needed is not kept")
	})
}

func TestSweepCarts(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		old := w.cart(map[int64]int64{w.jars: 1})
		w.Pass(31 * 24 * time.Hour)
		fresh := w.cart(map[int64]int64{w.jars: 1})
		swept, err := w.checkout.SweepCarts(ctx)
		require.NoError(t, err)
		require.Equal(t, int64(1), swept)
		for token, want := range map[string]int64{old: 0, fresh: 1} {
			n, err := w.checkout.Pieces(ctx, token)
			require.NoError(t, err)
			require.Equal(t, want, n)
		}
	})
}
