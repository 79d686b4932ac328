package order_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
)

// The operator's part is frozen when the order is placed, taken of the goods when
// their money is released, and given back with what the shop gives back.
func TestCommission(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		admin := account.Actor{UserID: w.staff.UserID, Roles: []account.Role{account.RoleAdmin}}
		taken := func() money.Rupiah {
			totals, err := w.Books.Totals(ctx, time.Time{})
			require.NoError(t, err)
			for _, total := range totals {
				if total.Kind == ledger.Commission {
					return -total.Balance()
				}
			}
			return 0
		}
		free := w.paid(draft{})
		require.True(t, fault.Is(w.Orders.SetCommission(ctx, w.staff, 25), fault.KindForbidden))
		requireFields(t, w.Orders.SetCommission(ctx, admin, 201), "permille")
		require.NoError(t, w.Orders.SetCommission(ctx, admin, 25))
		o := w.place(draft{})
		require.Equal(t, int64(25), o.CommissionPermille)
		require.NoError(t, w.Orders.SetCommission(ctx, admin, 200))
		w.PayFor(purpose(o), o.Total)
		cod := w.bring(order.Completed, draft{payBy: order.ByCOD, method: "own"})
		require.Zero(t, cod.CommissionPermille, "the shop has all of it already")

		for _, one := range []order.Order{free, o} {
			w.move(w.seller, one, order.Start, order.MoveInput{})
			w.move(w.seller, one, order.Finish, order.MoveInput{})
			w.move(w.seller, one, order.Dispatch, parcel)
			w.buyer(one, order.Deliver, order.MoveInput{})
			w.SettleFor(purpose(one))
			require.Zero(t, taken(), "delivery money is the shop's whole")
		}
		w.buyer(free, order.Complete, order.MoveInput{})
		require.Zero(t, taken())
		before := w.Balance(ledger.ShopPayable, w.shop.ID)
		w.buyer(o, order.Complete, order.MoveInput{})
		require.Equal(t, money.Rupiah(4_125), taken(), "25 per mille of 165.000")
		require.Equal(t, before+165_000-4_125, w.Balance(ledger.ShopPayable, w.shop.ID))

		before = w.Balance(ledger.ShopPayable, w.shop.ID)
		w.move(w.staff, o, order.RefundAfter, order.MoveInput{Reason: "Satu stoples basi", GiveBack: 40_001})
		require.Equal(t, money.Rupiah(3_124), taken(), "rounded down of 124.999")
		require.Equal(t, before-40_001+1_001, w.Balance(ledger.ShopPayable, w.shop.ID))
		w.move(w.staff, o, order.RefundAfter, order.MoveInput{Reason: "Semuanya basi", GiveBack: o.Total - 40_001})
		require.Zero(t, taken())
		lines, err := w.Books.Statement(ctx, w.shop.ID, 0, 50)
		require.NoError(t, err)
		said := map[ledger.EntryKind]money.Rupiah{}
		for _, l := range lines {
			if l.RefKind == order.PurposeKind && l.RefID == o.ID {
				said[l.Kind] += l.Amount
			}
		}
		require.Equal(t, map[ledger.EntryKind]money.Rupiah{ledger.ReleasedDelivery: 27_000, ledger.ReleasedGoods: 165_000, ledger.CommissionTaken: -4_125,
			ledger.CommissionReturned: 4_125, ledger.Clawback: -192_000}, said, "the statement shows each")

		// Given back before the release, the part is of what is left.
		less := w.bring(order.Disputed, draft{})
		w.SettleFor(purpose(less))
		w.move(w.staff, less, order.Resolve, order.MoveInput{Reason: "Satu pecah", GiveBack: 55_000})
		require.Equal(t, money.Rupiah(22_000), taken(), "a fifth of 110.000")
		w.Prove()
	})
}

// The part is never above what it is taken of, loses less than a rupiah to rounding,
// and does not overflow.
func TestCommissionRounding(t *testing.T) {
	t.Parallel()
	for goods, want := range map[money.Rupiah]money.Rupiah{-5: 0, 0: 0, 1: 0, 39: 0, 40: 1, 79: 1, 80: 2, 1_039: 25, 1_040: 26, math.MaxInt64: math.MaxInt64 / 40} {
		require.Equal(t, want, order.Commission(goods, 25), "of %d", goods)
	}
	require.Zero(t, order.Commission(1_000_000, 0))
}
