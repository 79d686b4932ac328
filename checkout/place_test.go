package checkout_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Demo story 1: one payment, two orders, everything kept.
func TestPlace(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		token := w.cart(map[int64]int64{w.jars: 3, w.masks: 2})
		in := w.form(token, delivery.Courier)
		in.Email = "sari@example.com"
		in.Recipient = &checkout.Contact{Name: "  Pak   Budi ", Phone: "+62 813 0000 0001"}
		in.Notes = map[int64]string{w.kitchen.ID: "Tanpa keju"}
		p := w.place(in)
		require.Equal(t, checkout.Awaiting, p.State)
		require.Len(t, p.Orders, 2)
		require.Equal(t, in.SeenTotal, p.Total)
		require.Equal(t, p.Total, p.Orders[0].Total+p.Orders[1].Total)
		require.Equal(t, p.Total, p.Payment.Amount)
		require.Equal(t, "https://lapak.example/pembayaran/"+p.Token, p.Payment.ReturnURL)
		require.Equal(t, p.PayUntil, p.Payment.ExpiresAt.UTC())
		first := p.Orders[0]
		require.Equal(t, "+6281234567890", first.Buyer.Phone)
		require.Equal(t, "Pak Budi", first.Recipient.Name)
		require.Equal(t, "+6281300000001", first.Recipient.Phone)
		require.Equal(t, "Jalan Melati 7, RT 004/RW 001", first.Recipient.Street)
		require.Equal(t, "Tanpa keju", first.Note)
		require.Empty(t, p.Orders[1].Note)
		require.Regexp(t, `^LB-[2-9A-Z]{6}$`, first.Number)
		require.Len(t, first.Token, 26)
		require.NotEqual(t, first.Token, p.Token)

		var stored string
		require.NoError(t, db.Read(ctx).Raw("SELECT token_hash FROM purchases").Scan(&stored).Error)
		require.Equal(t, id.Hash(p.Token), stored, "only the hash is stored")
		cart, err := w.checkout.Cart(ctx, token)
		require.NoError(t, err)
		require.True(t, cart.Empty())
		require.Equal(t, int64(297), w.Sellable(w.jars).Available)
		found, err := w.checkout.FindOrder(ctx, first.Number, "0812 3456 7890")
		require.NoError(t, err)
		require.Equal(t, first.Token, found)
		_, err = w.checkout.FindOrder(ctx, first.Number, "bukan nomor")
		require.True(t, fault.Is(err, fault.KindNotFound))
		_, err = w.checkout.ByToken(ctx, first.Token)
		require.True(t, fault.Is(err, fault.KindNotFound), "an order's token opens no purchase")
		w.prove()
	})
}

// Every faulty field has its own sentence, all at once, and nothing is stored.
func TestPlaceFields(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		token := w.cart(map[int64]int64{w.jars: 1})
		shop := "_" + itoa(w.kitchen.ID)
		for name, c := range map[string]struct {
			change func(*checkout.PlaceInput)
			fields []string
		}{
			"nobody":                      {func(in *checkout.PlaceInput) { in.Buyer = checkout.Contact{} }, []string{"name", "phone"}},
			"phone":                       {func(in *checkout.PlaceInput) { in.Buyer.Phone = "12345" }, []string{"phone"}},
			"landline":                    {func(in *checkout.PlaceInput) { in.Buyer.Phone = "+62 31 123" }, []string{"phone"}},
			"long name":                   {func(in *checkout.PlaceInput) { in.Buyer.Name = strings.Repeat("é", 101) }, []string{"name"}},
			"mail":                        {func(in *checkout.PlaceInput) { in.Email = "a@b" }, []string{"email"}},
			"mail lines":                  {func(in *checkout.PlaceInput) { in.Email = "a@b.id\r\nBcc: x@y.id" }, []string{"email"}},
			"recipient":                   {func(in *checkout.PlaceInput) { in.Recipient = &checkout.Contact{} }, []string{"recipient_name", "recipient_phone"}},
			"no address":                  {func(in *checkout.PlaceInput) { in.Address = checkout.Address{} }, []string{"regency", "street"}},
			"district of another regency": {func(in *checkout.PlaceInput) { in.Address.DistrictCode = "35.19.03" }, []string{"district"}},
			"postcode":                    {func(in *checkout.PlaceInput) { in.Address.Postcode = "6015" }, []string{"postcode"}},
			"long note":                   {func(in *checkout.PlaceInput) { in.Notes = map[int64]string{w.kitchen.ID: strings.Repeat("x", 301)} }, []string{"note" + shop}},
			"no method":                   {func(in *checkout.PlaceInput) { in.Choices = nil }, []string{"delivery" + shop}},
			"not offered there":           {func(in *checkout.PlaceInput) { in.Choices = map[int64]delivery.Method{w.kitchen.ID: delivery.Own} }, []string{"delivery" + shop}},
			"invented":                    {func(in *checkout.PlaceInput) { in.Choices = map[int64]delivery.Method{w.kitchen.ID: "drone"} }, []string{"delivery" + shop}},
		} {
			in := w.form(token, delivery.Courier)
			c.change(&in)
			_, err := w.checkout.Place(ctx, in)
			require.Error(t, err, name)
			requireFields(t, err, c.fields...)
		}
		in := w.form(token, delivery.Courier)
		in.FormKey = ""
		_, err := w.checkout.Place(ctx, in)
		require.True(t, fault.Is(err, fault.KindInvalid))
		in = w.form(checkout.NewToken(), delivery.Courier)
		_, err = w.checkout.Place(ctx, in)
		require.Equal(t, "checkout.place.empty", fault.As(err).Key)
		small := w.form(w.cart(map[int64]int64{w.masks: 1}), delivery.Pickup)
		_, err = w.checkout.Place(ctx, small)
		require.Equal(t, "checkout.place.minimum", fault.As(err).Key)
		purchases, orders, _, promises := w.stored()
		require.Zero(t, purchases+orders+promises)
	})
}

// The total on the page is the total that is charged.
func TestPlaceSeenTotal(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		in := w.form(w.cart(map[int64]int64{w.jars: 1}), delivery.Courier)
		in.SeenTotal--
		_, err := w.checkout.Place(context.Background(), in)
		changes := requireChanges(t, err, checkout.Delivery)
		require.Equal(t, in.SeenTotal+1, changes[0].NewPrice)
	})
}

// The same form twenty times at once, and once more afterwards: one purchase,
// one payment (peer incident 14).
func TestPlaceTwice(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		in := w.form(w.cart(map[int64]int64{w.jars: 3}), delivery.Courier)
		ids := w.placeAtOnce(20, func(int) checkout.PlaceInput { return in })
		require.Len(t, ids, 1)
		again := w.place(in)
		require.True(t, ids[again.ID])
		w.requireOnce()
		require.Equal(t, int64(297), w.Sellable(w.jars).Available)
	})
}

// The same cart from twenty tabs, each with its own form: one purchase.
func TestPlaceTwoTabs(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		in := w.form(w.cart(map[int64]int64{w.jars: 3}), delivery.Courier)
		ids := w.placeAtOnce(20, func(i int) checkout.PlaceInput {
			tab := in
			tab.FormKey = "tab " + itoa(int64(i))
			return tab
		})
		require.Len(t, ids, 1)
		w.requireOnce()
	})
}

func (w *world) requireOnce() {
	w.t.Helper()
	purchases, orders, lines, promises := w.stored()
	require.Equal(w.t, [4]int64{1, 1, 1, 1}, [4]int64{purchases, orders, lines, promises})
	var payments int64
	require.NoError(w.t, w.DB.Read(context.Background()).Raw("SELECT count(*) FROM payments").Scan(&payments).Error)
	require.Equal(w.t, int64(1), payments)
	w.prove()
}

// placeAtOnce sends n forms in parallel; every one must find a purchase.
func (w *world) placeAtOnce(n int, form func(i int) checkout.PlaceInput) map[int64]bool {
	w.t.Helper()
	var mu sync.Mutex
	ids := map[int64]bool{}
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			p, err := w.checkout.Place(context.Background(), form(i))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				w.t.Errorf("send %d: %v", i, err)
				return
			}
			ids[p.ID] = true
		})
	}
	wg.Wait()
	return ids
}

// A tab that looked at an older cart does not buy what it did not show.
func TestPlaceOldTab(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		token := w.cart(map[int64]int64{w.jars: 1})
		old := w.form(token, delivery.Courier)
		require.NoError(t, w.checkout.SetQuantity(ctx, token, w.jars, 9))
		_, err := w.checkout.Place(ctx, old)
		requireChanges(t, err, checkout.Touched)
		// A form key of somebody else's purchase finds nothing of theirs.
		theirs := w.form(w.cart(map[int64]int64{w.jars: 1}), delivery.Courier)
		w.place(theirs)
		mine := w.form(token, delivery.Courier)
		mine.FormKey = theirs.FormKey
		_, err = w.checkout.Place(ctx, mine)
		require.True(t, fault.Is(err, fault.KindConflict), err)
		// The cart may be filled and bought again.
		w.place(w.form(token, delivery.Courier))
		require.NoError(t, w.checkout.SetQuantity(ctx, token, w.jars, 2))
		w.place(w.form(token, delivery.Courier))
		purchases, _, _, _ := w.stored()
		require.Equal(t, int64(3), purchases)
		w.prove()
	})
}

// Two products from one pool are one demand: 2 + 2 of 3 is refused with what is
// left, through the cart as through one order's lines (peer incident 3).
func TestSharedStock(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		scarce := w.Publish(w.kitchen, ordertest.Product{Title: "Tiga stoples", Price: 40_000, Quantity: 3, Grams: 500})
		one, two := w.cart(map[int64]int64{scarce: 2}), w.cart(map[int64]int64{scarce: 2})
		first, second := w.form(one, delivery.Courier), w.form(two, delivery.Courier)
		w.place(first)
		_, err := w.checkout.Place(ctx, second)
		changes := requireChanges(t, err, checkout.Less)
		require.Equal(t, int64(1), changes[0].Available)
		cart, err := w.checkout.Cart(ctx, two)
		require.NoError(t, err)
		require.Equal(t, int64(2), cart.Pieces, "the losing cart keeps what it had")
		w.prove()
	})
}

// 200 buyers for 20 jars: exactly 20 are sold, the others hear so, nothing of a
// losing checkout is left, and nobody who lost gets an invoice.
func TestTwoHundredBuyersForTwentyJars(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		last := w.Publish(w.kitchen, ordertest.Product{Title: "Stoples terakhir", Price: 40_000, Quantity: 20, Grams: 500})
		forms := make([]checkout.PlaceInput, 200)
		for i := range forms {
			forms[i] = w.form(w.cart(map[int64]int64{last: 1}), delivery.Courier)
		}
		var wg sync.WaitGroup
		errs := make([]error, len(forms))
		for i := range forms {
			wg.Go(func() { _, errs[i] = w.checkout.Place(context.Background(), forms[i]) })
		}
		wg.Wait()
		sold := 0
		for _, err := range errs {
			var changed *checkout.ChangedError
			switch {
			case err == nil:
				sold++
			case errors.As(err, &changed):
				require.Equal(t, checkout.SoldOut, changed.Changes[0].Kind)
			default:
				t.Error(err)
			}
		}
		require.Equal(t, 20, sold)
		purchases, orders, lines, promises := w.stored()
		require.Equal(t, [4]int64{20, 20, 20, 20}, [4]int64{purchases, orders, lines, promises})
		var payments, taken int64
		require.NoError(t, db.Read(context.Background()).Raw("SELECT count(*) FROM payments").Scan(&payments).Error)
		require.Equal(t, int64(20), payments)
		require.NoError(t, db.Read(context.Background()).Raw(`SELECT a.taken FROM allotments a JOIN product_pools p ON p.pool_id = a.pool_id
			WHERE p.product_id = ?`, last).Scan(&taken).Error)
		require.Equal(t, int64(20), taken)
		w.prove()
	})
}

// The buyer gives up: nothing is let go before the gateway confirms.
func TestGiveUp(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		p := w.place(w.form(w.cart(map[int64]int64{w.jars: 3}), delivery.Courier))
		_, err := w.Payments.Open(ctx, p.Payment.ID)
		require.NoError(t, err)
		require.NoError(t, w.checkout.GiveUp(ctx, p.Token))
		require.Equal(t, int64(297), w.Sellable(w.jars).Available)
		require.True(t, fault.Is(w.checkout.GiveUp(ctx, p.Token), fault.KindConflict))
		require.NoError(t, w.Payments.Close(ctx, p.Payment.ID))
		gone := w.see(p)
		require.Equal(t, checkout.Lapsed, gone.State)
		require.Equal(t, payment.Cancelled, gone.Payment.State)
		require.Equal(t, order.Cancelled, gone.Orders[0].State)
		require.Zero(t, gone.Orders[0].Refunded)
		require.Equal(t, int64(300), w.Sellable(w.jars).Available)
		require.True(t, fault.Is(w.checkout.GiveUp(ctx, p.Token), fault.KindConflict))
		require.Equal(t, money.Rupiah(0), gone.Payment.PaidAmount)
		w.prove()
	})
}
