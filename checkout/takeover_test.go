package checkout_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// fight lets somebody order what the waiting list holds for them while three
// others, whose carts are full already, press again and again. It returns what
// the order said, and whether one of the others got the jars. pressed waits until
// one of them has pressed anew.
func (w *world) fight(take func(e catalog.Entry, hold catalog.Hold, pressed func()) error) (lost bool, err error) {
	w.t.Helper()
	ctx := context.Background()
	jars := w.Publish(w.kitchen, ordertest.Product{Title: "Dua stoples", Price: 40_000, Quantity: 2, Grams: 500})
	var rivals []checkout.PlaceInput
	for range 3 {
		rivals = append(rivals, w.form(w.cart(map[int64]int64{jars: 2}), delivery.Courier))
	}
	first := w.place(w.form(w.cart(map[int64]int64{jars: 2}), delivery.Courier))
	e, err := w.Catalog.JoinWaiting(ctx, catalog.NewEntry{ProductID: jars, Quantity: 2, Name: "Bu Sri", Phone: "081200000001", FormKey: id.Token()})
	require.NoError(w.t, err)
	w.lapse(first)
	holds, err := w.Catalog.Holds(ctx, []int64{e.ID})
	require.NoError(w.t, err)
	require.Contains(w.t, holds, e.ID)

	presses, gone, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var crowd sync.WaitGroup
	for _, form := range rivals {
		crowd.Go(func() {
			for {
				_, err := w.checkout.Place(ctx, form)
				var changed *checkout.ChangedError
				switch {
				case err == nil:
					close(gone) // twice would be sold twice, and panics
					return
				case !errors.As(err, &changed):
					w.t.Errorf("press: %v", err)
				}
				select {
				case <-done:
					return
				case presses <- struct{}{}:
				default:
				}
			}
		})
	}
	pressed := func() {
		for range len(rivals) + 1 { // of so many, one began after the first
			select {
			case <-presses:
			case <-gone:
			}
		}
	}
	pressed()
	err = take(e, holds[e.ID], pressed)
	close(done)
	crowd.Wait()
	select {
	case <-gone:
		lost = true
	default:
	}
	return lost, err
}

// What is held for somebody on the waiting list is theirs to order, whoever
// presses meanwhile. The control lets the hold go and orders afterwards: it loses
// the jars, so the crowd is quick enough to prove something.
func TestAHoldIsTakenOverWithNobodyInBetween(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		for range 3 {
			lost, err := w.fight(func(_ catalog.Entry, hold catalog.Hold, _ func()) error {
				token := checkout.NewToken()
				if err := w.checkout.TakeHold(ctx, token, hold); err != nil {
					return err
				}
				_, err := w.checkout.Place(ctx, w.form(token, delivery.Courier))
				return err
			})
			require.NoError(t, err)
			require.False(t, lost)
		}
		w.prove()

		lost, err := w.fight(func(e catalog.Entry, hold catalog.Hold, pressed func()) error {
			if err := w.Catalog.LeaveWaiting(ctx, e.Token); err != nil {
				return err
			}
			pressed()
			return w.checkout.SetQuantity(ctx, checkout.NewToken(), hold.ProductID, hold.Quantity)
		})
		require.Error(t, err)
		require.True(t, lost)
		w.prove()
		found, err := w.Catalog.Prove(ctx)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}
