package checkout_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// fixedAccount is a shop's confirmed account.
type fixedAccount struct {
	number string
	rests  bool
}

func (f *fixedAccount) DirectAccountTx(context.Context, *gorm.DB, int64) (payment.Bank, bool, error) {
	return payment.Bank{ChannelCode: "ID_BRI", AccountNumber: f.number, HolderName: "Wening"}, f.rests, nil
}

var madiun = checkout.Address{RegencyCode: "35.19", DistrictCode: "35.19.03", Village: "Geger", Street: "Jalan Raya 1"}

// A purchase of two shops, one paid online and one in cash: the payment asks for the
// first alone, the second begins at once, and everything that happens to the payment
// leaves it alone.
func TestAPurchasePaidInTwoWays(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		require.NoError(t, w.checkout.OfferCash(ctx, w.Actor(w.tailor.OwnerID), w.tailor.ID, true, true))
		place := func() checkout.Purchase {
			in := w.form(w.cart(map[int64]int64{w.jars: 1, w.masks: 2}), delivery.Pickup)
			in.PayBy = map[int64]order.PayBy{w.tailor.ID: order.ByCash}
			return w.place(in)
		}
		p := place()
		require.Equal(t, money.Rupiah(70_000), p.Total)
		require.Equal(t, money.Rupiah(55_000), p.Online)
		require.Equal(t, money.Rupiah(55_000), p.Payment.Amount)
		require.Equal(t, checkout.Awaiting, p.State)
		jars, masks := p.Orders[0], p.Orders[1]
		require.Equal(t, order.AwaitingPayment, jars.State)
		require.Equal(t, order.ToDo, masks.State)
		w.prove()

		w.PayFor(purpose(p), p.Online)
		p = w.see(p)
		require.Equal(t, checkout.Paid, p.State)
		require.Equal(t, int64(55_000), w.held(jars))
		require.Zero(t, w.held(masks))
		w.prove()

		// Nobody pays online: what is paid in cash goes on.
		p = place()
		w.lapse(p)
		p = w.see(p)
		require.Equal(t, checkout.Lapsed, p.State)
		require.Equal(t, order.Lapsed, p.Orders[0].State)
		require.Equal(t, order.ToDo, p.Orders[1].State)
		w.prove()

		// The sum of both is a wrong amount: it goes to suspense.
		p = place()
		w.PayFor(purpose(p), p.Total)
		p = w.see(p)
		require.Equal(t, checkout.Checking, p.State)
		require.Equal(t, order.ToDo, p.Orders[1].State)
		w.prove()

		// All in cash: there is no payment at all, and giving up is not now.
		require.NoError(t, w.checkout.OfferCash(ctx, w.Actor(w.kitchen.OwnerID), w.kitchen.ID, false, true))
		in := w.form(w.cart(map[int64]int64{w.jars: 1, w.masks: 2}), delivery.Pickup)
		in.PayBy = map[int64]order.PayBy{w.tailor.ID: order.ByCash, w.kitchen.ID: order.ByCash}
		p = w.place(in)
		require.Equal(t, checkout.NotOurs, p.State)
		require.Zero(t, p.Payment.ID)
		require.Equal(t, []order.State{order.ToDo, order.ToDo}, []order.State{p.Orders[0].State, p.Orders[1].State})
		require.True(t, fault.Is(w.checkout.GiveUp(ctx, p.Token), fault.KindConflict))
		again, err := w.checkout.Place(ctx, in)
		require.NoError(t, err)
		require.Equal(t, p.ID, again.ID)
		w.prove()

		// Negative control: a purchase that asks for more than its orders.
		w.Tx(func(tx *gorm.DB) error { return tx.Exec("UPDATE purchases SET online = 1 WHERE id = ?", p.ID).Error })
		findings, err := checkout.Prove(ctx, w.DB)
		require.NoError(t, err)
		require.Len(t, findings, 1)
		require.Equal(t, "I3 purchase online", findings[0].Invariant)
	})
}

// What is offered depends on the shop, the way of delivery, the sum and its limits,
// and what is not offered is not taken either.
func TestWaysToPay(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		account := &fixedAccount{number: "0123456789"}
		w.checkout.Connect(account)
		owner, shop := w.Actor(w.tailor.OwnerID), w.tailor.ID
		ways := func(quantity int64, m delivery.Method, want order.PayBy) (offered []order.PayBy, g checkout.QuotedGroup, q checkout.Quote) {
			q, err := w.checkout.QuoteFor(ctx, w.cart(map[int64]int64{w.masks: quantity}), delivery.Destination{RegencyCode: madiun.RegencyCode, DistrictCode: madiun.DistrictCode},
				map[int64]delivery.Method{shop: m}, map[int64]order.PayBy{shop: want})
			require.NoError(t, err)
			for _, way := range q.Groups[0].Ways {
				offered = append(offered, way.PayBy)
			}
			return offered, q.Groups[0], q
		}
		offered, g, q := ways(1, delivery.Pickup, order.ByCash)
		require.Equal(t, []order.PayBy{order.ByGateway}, offered)
		require.Equal(t, order.ByGateway, g.PayBy)
		require.True(t, q.TooSmall, "7.500 cannot be paid online")

		require.NoError(t, w.checkout.OfferCash(ctx, owner, shop, true, true))
		require.NoError(t, w.checkout.OfferDirect(ctx, owner, shop, true))
		offered, g, q = ways(1, delivery.Pickup, order.ByCash)
		require.Equal(t, []order.PayBy{order.ByGateway, order.ByDirect, order.ByCash}, offered)
		require.Equal(t, order.ByCash, g.PayBy)
		require.False(t, q.TooSmall)
		require.Zero(t, q.Online)
		offered, _, _ = ways(1, delivery.Courier, order.ByGateway)
		require.Equal(t, []order.PayBy{order.ByGateway, order.ByDirect}, offered, "the courier takes no cash until the shop says so")
		require.True(t, fault.Is(w.checkout.OfferCourierCash(ctx, w.Actor(w.kitchen.OwnerID), shop, true), fault.KindNotFound))
		require.NoError(t, w.checkout.OfferCourierCash(ctx, owner, shop, true))
		offered, g, _ = ways(1, delivery.Courier, order.ByCOD)
		require.Equal(t, []order.PayBy{order.ByGateway, order.ByDirect, order.ByCOD}, offered)
		require.Equal(t, order.ByCOD, g.PayBy)
		require.NoError(t, w.checkout.OfferCourierCash(ctx, owner, shop, false))
		offered, g, _ = ways(1, delivery.Own, order.ByCOD)
		require.Equal(t, []order.PayBy{order.ByGateway, order.ByDirect, order.ByCOD}, offered)
		require.Equal(t, order.ByCOD, g.PayBy)

		// A limit is a setting of finance: above it the way is shown and not taken.
		require.True(t, fault.Is(w.checkout.SetCODMax(ctx, owner, 10_000), fault.KindForbidden))
		finance := w.clerk("Rina")
		require.NoError(t, w.checkout.SetCODMax(ctx, finance, 20_000))
		_, g, _ = ways(2, delivery.Own, order.ByCOD) // 15.000 and 5.000 for the way
		require.Equal(t, order.ByCOD, g.PayBy)
		_, g, _ = ways(3, delivery.Own, order.ByCOD)
		require.Equal(t, order.ByGateway, g.PayBy)
		require.True(t, g.Ways[2].Over)
		in := w.form(w.cart(map[int64]int64{w.masks: 3}), delivery.Own)
		in.Address, in.PayBy, in.SeenTotal = madiun, map[int64]order.PayBy{shop: order.ByCOD}, 27_500
		_, err := w.checkout.Place(ctx, in)
		requireFields(t, err, "pay_by_"+strconv.FormatInt(shop, 10))

		// A changed account rests: nobody is sent to it yet.
		account.rests = true
		offered, _, _ = ways(1, delivery.Pickup, order.ByDirect)
		require.NotContains(t, offered, order.ByDirect)
		in = w.form(w.cart(map[int64]int64{w.masks: 3}), delivery.Pickup)
		in.PayBy = map[int64]order.PayBy{shop: order.ByDirect}
		_, err = w.checkout.Place(ctx, in)
		requireFields(t, err, "pay_by_"+strconv.FormatInt(shop, 10))

		// Who may switch: the owner alone decides where money goes.
		require.True(t, fault.Is(w.checkout.OfferDirect(ctx, w.Actor(w.kitchen.OwnerID), shop, false), fault.KindNotFound))
		account.rests = false
		helper := w.Companion(w.tailor)
		require.True(t, fault.Is(w.checkout.OfferDirect(ctx, helper, shop, false), fault.KindForbidden))
		seen, err := w.checkout.Payments(ctx, helper, shop)
		require.NoError(t, err)
		require.Equal(t, "••••6789", seen.Account.AccountNumber)
	})
}
