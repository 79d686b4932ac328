package checkout_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// Signing in on two phones brings both carts into the account's: the larger quantity
// of each, what sold out meanwhile still named, nothing twice, and each guest's cart
// empty.
func TestCartsComeTogetherAtSigningIn(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		const user = 77
		account, err := w.checkout.AccountCart(ctx, user)
		require.NoError(t, err)
		rare := w.Publish(w.kitchen, ordertest.Product{Title: "Kastengel", Price: 60_000, Quantity: 2, Grams: 500})

		phone := w.cart(map[int64]int64{w.jars: 3, rare: 2})
		first, err := w.checkout.MergeCart(ctx, phone, user)
		require.NoError(t, err)
		require.Equal(t, checkout.Merged{Added: 2}, first)

		tablet := w.cart(map[int64]int64{w.jars: 2, w.masks: 4})
		w.place(w.form(w.cart(map[int64]int64{rare: 2}), delivery.Courier)) // somebody else was faster
		w.Tx(w.reprice(w.jars, 56_000))
		second, err := w.checkout.MergeCart(ctx, tablet, user)
		require.NoError(t, err)
		require.Equal(t, checkout.Merged{Had: 2, Added: 1}, second)

		c, err := w.checkout.Cart(ctx, account)
		require.NoError(t, err)
		have := map[int64]int64{}
		for _, g := range c.Groups {
			for _, l := range g.Lines {
				have[l.ProductID] += l.Quantity
			}
		}
		require.Equal(t, map[int64]int64{w.jars: 3, rare: 2, w.masks: 4}, have, "the larger quantity, never the sum")
		var kinds []checkout.ChangeKind
		for _, change := range c.Changes {
			kinds = append(kinds, change.Kind)
		}
		require.ElementsMatch(t, []checkout.ChangeKind{checkout.Repriced, checkout.SoldOut}, kinds, "both are told")

		for _, guest := range []string{phone, tablet} {
			empty, err := w.checkout.Cart(ctx, guest)
			require.NoError(t, err)
			require.True(t, empty.Empty())
		}

		// Both at the same moment, and pressed twice.
		var both sync.WaitGroup
		third, fourth := w.cart(map[int64]int64{w.masks: 9}), w.cart(map[int64]int64{w.masks: 6})
		for _, guest := range []string{third, fourth, third, fourth} {
			both.Go(func() {
				if _, err := w.checkout.MergeCart(ctx, guest, user); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		pieces, err := w.checkout.Pieces(ctx, account)
		require.NoError(t, err)
		require.Equal(t, int64(3+2+9), pieces)
	})
}

// An account's cart that is full takes no more products, and says how many stayed out.
func TestAFullCartTakesNoMore(t *testing.T) {
	t.Parallel()
	db := dbtest.SQLiteDB(t)
	ctx := context.Background()
	w := newWorld(t, db)
	const user = 78
	account, err := w.checkout.AccountCart(ctx, user)
	require.NoError(t, err)
	for i := range checkout.MaxLines - 1 {
		w.Tx(w.line(account, int64(i)))
	}
	m, err := w.checkout.MergeCart(ctx, w.cart(map[int64]int64{w.jars: 1, w.masks: 1}), user)
	require.NoError(t, err)
	require.Equal(t, 1, m.Added)
	require.Equal(t, 1, m.LeftOut)
	require.Equal(t, checkout.MaxLines-1, m.Had)
}

// What was not paid in time goes back into a cart. The purchase made of it takes the
// old one's place: money that comes late for the old one waits to be sent back, and
// nothing is made twice.
func TestPayingAgainTakesTheOldOnesPlace(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		old := w.place(w.form(w.cart(map[int64]int64{w.jars: 2}), delivery.Courier))
		token := checkout.NewToken()
		_, err := w.checkout.Again(ctx, old.Token, token)
		require.True(t, fault.Is(err, fault.KindConflict), "it can still be paid")
		w.lapse(old)
		left, err := w.checkout.Again(ctx, old.Token, token)
		require.NoError(t, err)
		require.Zero(t, left)

		renewed := w.place(w.form(token, delivery.Courier))
		require.Equal(t, old.Total, renewed.Total)
		w.PayFor(purpose(old), old.Online)
		w.PayFor(purpose(renewed), renewed.Online)
		require.Equal(t, checkout.Paid, w.see(renewed).State)
		seen := w.see(old)
		require.Equal(t, checkout.Checking, seen.State)
		require.Equal(t, order.Lapsed, seen.Orders[0].State)
		items, err := w.checkout.SuspenseItems(ctx, w.clerk("Rina"))
		require.NoError(t, err)
		require.Len(t, items, 1)
		w.prove()
		require.NoError(t, w.checkout.ReturnSuspense(ctx, w.clerk("Budi"), items[0].ID))
		w.prove()

		// The next cart is nobody's place: late money of its purchase counts.
		third := w.place(w.form(w.cart(map[int64]int64{w.jars: 1}), delivery.Courier))
		w.lapse(third)
		w.PayFor(purpose(third), third.Online)
		require.Equal(t, checkout.Paid, w.see(third).State)
		w.prove()
	})
}
