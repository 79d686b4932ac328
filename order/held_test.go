package order_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
)

// What is said to be held is what the journal holds, to the rupiah, in every state:
// an order that is named holds something or is about to, one that is not holds nothing.
func TestHeldIsWhatTheJournalHolds(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		listed := func() map[int64]order.Held {
			list, err := w.Orders.HeldOrders(ctx, w.shop.ID)
			require.NoError(t, err)
			byID := map[int64]order.Held{}
			for _, h := range list {
				byID[h.ID] = h
			}
			return byID
		}
		var all []order.Order
		agree := func(sum money.Rupiah) {
			t.Helper()
			list := listed()
			var held, named money.Rupiah
			for _, o := range all {
				amount := w.Balance(ledger.Held, o.ID)
				held += amount
				if h, there := list[o.ID]; there {
					named += amount
					require.Equal(t, o.Number, h.Number)
				} else {
					require.Zero(t, amount, "%s holds money and is not named", w.see(o).State)
				}
			}
			require.Equal(t, held, named)
			require.Equal(t, sum, held)
		}
		why := func(o order.Order, want order.HeldWhy, until time.Time) {
			t.Helper()
			h, there := listed()[o.ID]
			require.True(t, there, "%s", w.see(o).State)
			require.Equal(t, want, h.Why)
			require.Equal(t, until, h.Until)
		}
		add := func(o order.Order) order.Order { all = append(all, o); return o }

		const goods, fee = 165_000, 27_000 // three of 55.000, and the courier
		making := add(w.bring(order.Making, draft{}))
		ready := add(w.bring(order.Ready, draft{method: delivery.Pickup}))
		sent := add(w.bring(order.Dispatched, draft{}))
		there := add(w.bring(order.Delivered, draft{}))
		complaint := add(w.bring(order.Disputed, draft{}))
		back := add(w.bring(order.Returning, draft{}))
		forgot := add(w.bring(order.NotCollected, draft{method: delivery.Pickup}))
		done := add(w.bring(order.Completed, draft{}))
		for _, d := range []draft{{payBy: order.ByCOD}, {method: delivery.Pickup, payBy: order.ByCash}, {method: delivery.Own, payBy: order.ByDirect}} {
			require.NotContains(t, listed(), add(w.paid(d)).ID, "what the shop takes itself is held by nobody")
		}
		add(w.bring(order.Cancelled, draft{}))
		add(w.place(draft{}))

		why(making, order.HeldToMake, time.Time{})
		why(ready, order.HeldToMake, time.Time{})
		why(sent, order.HeldOnTheWay, calendar.AddWorkingDays(sent.ClosesAt.In(calendar.Zone(sent.RegencyCode)), 3).UTC())
		why(there, order.HeldChecking, there.ClosesAt)
		why(complaint, order.HeldComplaint, time.Time{})
		why(back, order.HeldBack, time.Time{})
		why(forgot, order.HeldBack, time.Time{})
		why(done, order.HeldSettling, time.Time{})
		// Nothing is settled yet, so nothing was released: six by courier, two fetched.
		agree(6*(goods+fee) + 2*goods)

		// A part that cannot be made goes back out of what is held.
		w.move(w.seller, making, order.RefusePart, order.MoveInput{Reason: "Bahan habis", Lines: map[int64]int64{making.Lines[0].ID: 1}})
		agree(6*(goods+fee) + 2*goods - 55_000)
		// A complaint ends with a refund: what is left waits for the payment to settle.
		w.move(w.staff, complaint, order.Resolve, order.MoveInput{Reason: "Dua pecah", GiveBack: 110_000})
		why(complaint, order.HeldSettling, time.Time{})
		agree(6*(goods+fee) + 2*goods - 55_000 - 110_000)

		// Settled: what is done is the shop's, of what was sent only the goods wait.
		for _, o := range all {
			if o := w.see(o); o.PaymentID > 0 && o.State != order.Cancelled {
				w.SettleFor(purpose(o))
			}
		}
		require.NotContains(t, listed(), done.ID)
		require.NotContains(t, listed(), complaint.ID)
		// making, ready, forgot whole; sent, there, back without what the courier got.
		agree((goods + fee - 55_000) + 2*goods + 3*goods)
		require.Equal(t, w.Balance(ledger.ShopPayable, w.shop.ID), money.Rupiah(3*fee+(goods+fee)+(goods+fee-110_000)))
		w.Prove()
	})
}
