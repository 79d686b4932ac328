package checkout_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// lastDay closes the couriers from the day after one until the other.
func (w *world) lastDay(from ordertest.Shop, last, resumes time.Time) {
	w.t.Helper()
	admin := w.Person("Admin", ordertest.District)
	_, err := w.Accounts.AssignRole(context.Background(), account.System, admin.ID, account.RoleAdmin, 0, nil)
	require.NoError(w.t, err)
	zone := calendar.Zone(from.RegencyCode)
	require.NoError(w.t, w.Delivery.AddCutoff(context.Background(), w.Actor(admin.ID), delivery.Cutoff{Name: "Lebaran", Method: delivery.Courier,
		LastDay: last.In(zone).Format(time.DateOnly), Resumes: resumes.In(zone).Format(time.DateOnly)}))
}

// refused places a form that must be told that the kitchen cannot send this way any
// more, and asks that nothing at all was stored and the cart is as it was.
func (w *world) refused(in checkout.PlaceInput) {
	w.t.Helper()
	ctx := context.Background()
	before, err := w.checkout.Cart(ctx, in.CartToken)
	require.NoError(w.t, err)
	purchases, orders, lines, promises := w.stored()
	taken := w.taken()
	_, err = w.checkout.Place(ctx, in)
	requireFields(w.t, err, fmt.Sprintf("delivery_%d", w.kitchen.ID))
	require.Equal(w.t, "checkout.place.delivery_unavailable", fault.As(err).Fields[0].Key)
	p, o, l, r := w.stored()
	require.Equal(w.t, []int64{purchases, orders, lines, promises}, []int64{p, o, l, r}, "something was stored")
	require.Equal(w.t, taken, w.taken(), "a piece is promised to nobody")
	after, err := w.checkout.Cart(ctx, in.CartToken)
	require.NoError(w.t, err)
	require.Equal(w.t, before.Version, after.Version)
	require.Equal(w.t, before.Pieces, after.Pieces)
	require.Empty(w.t, w.till(), "an invoice was asked for")
}

func (w *world) taken() (n int64) {
	w.t.Helper()
	require.NoError(w.t, w.DB.Read(context.Background()).Raw("SELECT COALESCE(SUM(taken), 0) FROM allotments").Scan(&n).Error)
	return n
}

// till is what payments were begun.
func (w *world) till() (ids []int64) {
	w.t.Helper()
	require.NoError(w.t, w.DB.Read(context.Background()).Raw("SELECT id FROM payments").Scan(&ids).Error)
	return ids
}

// The last day before a holiday passes between the form and the button: the buyer
// is told at that shop's delivery, nothing is stored, and the same form with another
// way goes through.
func TestTheLastDayPassesBetweenTheFormAndTheButton(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.Noon()
		ready, known := w.Sellable(w.jars).ReadyFor(1)
		require.True(t, known)
		w.lastDay(w.kitchen, ready, ready.AddDate(0, 0, 30))
		in := w.form(w.cart(map[int64]int64{w.jars: 2}), delivery.Courier)
		later := in
		w.Pass(7 * 24 * time.Hour)
		w.refused(later)

		in = w.form(in.CartToken, delivery.Own)
		in.Address = madiun
		q, err := w.checkout.Quote(context.Background(), in.CartToken, delivery.Destination{RegencyCode: madiun.RegencyCode, DistrictCode: madiun.DistrictCode}, in.Choices)
		require.NoError(t, err)
		in.SeenTotal = q.Total
		require.Len(t, w.place(in).Orders, 1)
		w.prove()
	})
}

// Two products come from one oven that has room for either this period, not for
// both. The cart cannot tell; the promise can, inside the transaction: the second
// batch would be ready after the couriers' last day.
func TestWhatIsReadyTooLateForTheLastDayIsRefusedInside(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.Noon()
		nastar := w.Publish(w.kitchen, ordertest.Product{Title: "Kue nastar", Price: 60_000, Mode: catalog.ModeCapacity, Quantity: 20, Grams: 500})
		kastengel := w.Publish(w.kitchen, ordertest.Product{Title: "Kastengel", Price: 65_000, Mode: catalog.ModeCapacity, Quantity: 20, Grams: 500})
		require.NoError(t, w.Catalog.SharePool(context.Background(), w.Owner(w.kitchen), catalog.Share{ProductID: kastengel, WithID: nastar, Weight: 1, Instead: true}))
		rooms := w.Sellable(nastar).Rooms
		require.Greater(t, len(rooms), 1)
		require.True(t, rooms[1].ReadyBy.After(rooms[0].ReadyBy))
		w.lastDay(w.kitchen, rooms[0].ReadyBy, rooms[1].ReadyBy.AddDate(0, 0, 1))

		token := w.cart(map[int64]int64{nastar: 12, kastengel: 12})
		w.refused(w.form(token, delivery.Courier))
		// The control: what both batches have room for goes by the same courier.
		p := w.place(w.form(w.cart(map[int64]int64{nastar: 4, kastengel: 4}), delivery.Courier))
		require.Len(t, p.Orders[0].Lines, 2)
		w.prove()
	})
}

// Who is forgotten leaves no photo of how they paid, of any of their orders; what
// others sent stays.
func TestForgettingABuyerRemovesTheirProofs(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		w.checkout.Connect(&fixedAccount{number: "1234567890"})
		require.NoError(t, w.checkout.OfferDirect(ctx, w.Actor(w.kitchen.OwnerID), w.kitchen.ID, true))
		sari, budi := w.Person("Sari", ordertest.District), w.Person("Budi", ordertest.District)
		buy := func(userID int64) (order.Order, int64) {
			in := w.form(w.cart(map[int64]int64{w.jars: 1}), delivery.Pickup)
			in.BuyerUserID = userID
			in.PayBy = map[int64]order.PayBy{w.kitchen.ID: order.ByDirect}
			o := w.place(in).Orders[0]
			picture := w.Photo(checkout.ProofPicture, o.ID)
			require.NoError(t, w.checkout.SendProof(ctx, o, picture))
			return o, picture
		}
		_, first := buy(sari.ID)
		_, second := buy(sari.ID)
		kept, theirs := buy(budi.ID)
		_, guests := buy(0)
		stored := func() (ids []int64) {
			require.NoError(t, db.Read(ctx).Raw("SELECT picture_id FROM payment_proofs ORDER BY picture_id").Scan(&ids).Error)
			return ids
		}
		live := func(id int64) bool {
			pictures, err := w.Media.Pictures(ctx, []int64{id})
			require.NoError(t, err)
			_, found := pictures[id]
			return found
		}
		require.Equal(t, []int64{first, second, theirs, guests}, stored())
		require.True(t, live(first))
		w.Tx(func(tx *gorm.DB) error { return w.checkout.ForgetTx(ctx, tx, personal.Person{UserID: sari.ID}) })
		require.Equal(t, []int64{theirs, guests}, stored())
		require.False(t, live(first))
		require.False(t, live(second))
		require.True(t, live(theirs))
		require.True(t, live(guests))
		direct, err := w.checkout.DirectOf(ctx, kept)
		require.NoError(t, err)
		require.Len(t, direct.Proofs, 1)
		// Nobody's number is nobody: a person without orders takes no guest's photo.
		w.Tx(func(tx *gorm.DB) error { return w.checkout.ForgetTx(ctx, tx, personal.Person{UserID: 0}) })
		require.True(t, live(guests))
	})
}
