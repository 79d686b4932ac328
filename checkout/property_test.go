package checkout_test

import (
	"context"
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
)

// Random carts over shops, prices and methods, paid, partly refused in random
// steps, settled and completed: at every stage the parts are exactly the whole,
// to the rupiah (peer incident 28).
func TestMoneyAddsUp(t *testing.T) {
	t.Parallel()
	// Each run is a whole life of a purchase; carts alone are tried by the
	// thousand in TestComposeAddsUp.
	require.NoError(t, flag.Set("rapid.checks", "20"))
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		var products []int64
		owner := map[int64]ordertest.Shop{w.kitchen.ID: w.kitchen, w.tailor.ID: w.tailor}
		for i, price := range []money.Rupiah{1, 7_500, 7_777, 55_000, 333_333, 99_999_999} {
			shop := []ordertest.Shop{w.kitchen, w.tailor}[i%2]
			products = append(products, w.Publish(shop, ordertest.Product{Title: fmt.Sprintf("Acak %d", i), Price: price, Quantity: 900_000, Grams: 317}))
		}
		rapid.Check(t, func(rt *rapid.T) {
			ctx := context.Background()
			chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(products), 1, len(products), rapid.ID[int64]).Draw(rt, "products")
			wanted := map[int64]int64{}
			for _, p := range chosen {
				wanted[p] = rapid.Int64Range(1, 9).Draw(rt, "quantity")
			}
			token := w.cart(wanted)
			in := checkout.PlaceInput{CartToken: token, FormKey: id.Token(), Buyer: checkout.Contact{Name: "Acak", Phone: "081234567890"},
				Address: surabaya, Choices: map[int64]delivery.Method{}}
			for shop := range owner {
				in.Choices[shop] = rapid.SampledFrom([]delivery.Method{delivery.Pickup, delivery.Courier}).Draw(rt, "method")
			}
			q, err := w.checkout.Quote(ctx, token, delivery.Destination{RegencyCode: "35.78", DistrictCode: "35.78.16"}, in.Choices)
			require.NoError(rt, err)
			in.CartVersion, in.SeenTotal = q.Cart.Version, q.Total
			var lines money.Rupiah
			for product, n := range wanted {
				lines += w.Sellable(product).Price * money.Rupiah(n)
			}
			require.Equal(rt, lines, q.Goods)
			p, err := w.checkout.Place(ctx, in)
			if q.TooSmall || q.Total > payment.Largest() {
				require.Error(rt, err)
				return
			}
			require.NoError(rt, err)
			require.Equal(rt, q.Total, p.Total)
			require.Equal(rt, p.Total, p.Payment.Amount)
			var orders money.Rupiah
			for _, o := range p.Orders {
				orders += o.Total
			}
			require.Equal(rt, p.Total, orders)
			shares, err := w.Orders.SharesTx(ctx, db.Read(ctx), purpose(p))
			require.NoError(rt, err)
			for _, share := range shares {
				orders -= share.Amount
			}
			require.Zero(rt, orders, "an incoming payment is split to the rupiah")

			gatewayBefore := w.Balance(ledger.Gateway, 0)
			payableBefore := map[int64]money.Rupiah{}
			for shop := range owner {
				payableBefore[shop] = w.Balance(ledger.ShopPayable, shop)
			}
			w.PayFor(purpose(p), p.Total)
			require.Equal(rt, p.Total, w.Balance(ledger.Gateway, 0)-gatewayBefore)
			for _, o := range p.Orders {
				require.Equal(rt, int64(o.Total), w.held(o))
				w.refuseSome(rt, owner[o.ShopID], o)
			}
			if rapid.Bool().Draw(rt, "settled early") {
				w.SettleFor(purpose(p))
			}
			for _, o := range p.Orders {
				w.finish(rt, owner[o.ShopID], o)
			}
			w.settleIfOpen(purpose(p))
			var earned, refunded money.Rupiah
			for _, o := range w.see(p).Orders {
				require.Zero(rt, w.held(o))
				require.Equal(rt, o.Refunded, w.Balance(ledger.RefundDue, o.ID)+w.sentBack(o), "owed or gone, never both")
				refunded += o.Refunded
			}
			for shop := range owner {
				earned += w.Balance(ledger.ShopPayable, shop) - payableBefore[shop]
			}
			require.Equal(rt, p.Total, earned+refunded)
			w.prove()
		})
	})
}

// refuseSome says "tidak sanggup" for random parts, in up to three steps, and
// checks each refund against the lines.
func (w *world) refuseSome(rt *rapid.T, shop ordertest.Shop, o order.Order) {
	ctx := context.Background()
	for range rapid.IntRange(0, 3).Draw(rt, "refusals") {
		now := w.one(shop, o)
		if now.State == order.Cancelled {
			return
		}
		in := order.MoveInput{Reason: "Bahan habis", FormKey: id.Token(), Seen: now.Version, Lines: map[int64]int64{}}
		var want money.Rupiah
		var left int64
		for _, l := range now.Lines {
			n := rapid.Int64Range(0, l.Left()).Draw(rt, "cancel")
			in.Lines[l.ID] = n
			want += l.UnitPrice * money.Rupiah(n)
			left += l.Left() - n
		}
		if want == 0 {
			continue
		}
		if left == 0 {
			want = now.Remaining() // the whole order, delivery included
		}
		after, err := w.Orders.Move(ctx, w.Owner(shop), o.ID, order.RefusePart, in)
		require.NoError(rt, err)
		require.Equal(rt, now.Refunded+want, after.Refunded)
		require.Equal(rt, int64(after.Remaining()), w.held(after))
		require.Equal(rt, left == 0, after.State == order.Cancelled)
	}
}

func (w *world) one(shop ordertest.Shop, o order.Order) order.Order {
	now, err := w.Orders.One(context.Background(), w.Owner(shop), o.ID)
	require.NoError(w.t, err)
	return now
}

// finish brings what is left of an order to its end.
func (w *world) finish(rt *rapid.T, shop ordertest.Shop, o order.Order) {
	ctx := context.Background()
	if w.one(shop, o).State == order.Cancelled {
		return
	}
	last := order.Dispatch
	in := order.MoveInput{Courier: "JNE", TrackingNumber: "1"}
	if o.Pickup() {
		mine, err := w.Orders.ByToken(ctx, o.Token)
		require.NoError(rt, err)
		last, in = order.HandOver, order.MoveInput{Code: mine.PickupCode}
	}
	for _, name := range []order.Transition{order.Start, order.Finish, last} {
		_, err := w.Orders.Move(ctx, w.Owner(shop), o.ID, name, in)
		require.NoError(rt, err)
	}
	_, err := w.Orders.ConfirmByToken(ctx, o.Token, id.Token())
	require.NoError(rt, err)
}

// sentBack sums the refunds of an order that have left the gateway.
func (w *world) sentBack(o order.Order) (sum money.Rupiah) {
	w.t.Helper()
	list, err := w.Payments.RefundsFor(context.Background(), payment.Purpose{Kind: order.PurposeKind, ID: o.ID})
	require.NoError(w.t, err)
	for _, r := range list {
		if r.State == payment.RefundDone {
			sum += r.Amount
		}
	}
	return sum
}

func (w *world) settleIfOpen(p payment.Purpose) {
	w.t.Helper()
	list, err := w.Payments.PaymentsFor(context.Background(), p)
	require.NoError(w.t, err)
	if list[len(list)-1].State == payment.Paid {
		w.SettleFor(p)
	}
}
