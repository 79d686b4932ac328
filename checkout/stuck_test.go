package checkout_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
)

// A wrong amount ends the payment without paying for anything. Until finance has
// decided the goods stay held for the buyer; when the money goes back they can be
// bought again, and the page no longer says that somebody is checking.
func TestMoneyOfAWrongAmountHoldsNothingOnceItIsReturned(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		p := w.place(w.form(w.cart(map[int64]int64{w.jars: 3, w.masks: 2}), delivery.Courier))
		w.PayFor(purpose(p), p.Total-1)
		require.Equal(t, checkout.Checking, w.see(p).State)
		require.Equal(t, int64(297), w.Sellable(w.jars).Available, "held while finance decides")

		finance := w.Actor(w.Person("Keuangan", "35.19.03").ID)
		finance.Roles = []account.Role{account.RoleFinance}
		items, err := w.checkout.SuspenseItems(ctx, finance)
		require.NoError(t, err)
		require.Len(t, items, 1)
		require.NoError(t, w.checkout.ReturnSuspense(ctx, finance, items[0].ID))

		after := w.see(p)
		require.Equal(t, order.Lapsed, after.Orders[0].State)
		require.Equal(t, order.Lapsed, after.Orders[1].State)
		require.Equal(t, int64(300), w.Sellable(w.jars).Available, "nothing is held for money that went back")
		require.Equal(t, int64(500), w.Sellable(w.masks).Available)
		require.Equal(t, checkout.Lapsed, after.State)
		require.Equal(t, p.Total-1, w.Balance(ledger.Suspense, 0), "still ours to give until it has left")
		w.prove()
	})
}
