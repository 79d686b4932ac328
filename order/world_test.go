package order_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
)

const purposeKind = "purchase"

// world is a shop with a product and everybody who may touch its orders.
type world struct {
	*ordertest.World
	t         *testing.T
	shop      ordertest.Shop
	product   int64
	seller    account.Actor
	companion account.Actor
	staff     account.Actor
	next      int64 // purchase ids
}

func newWorld(t *testing.T, db *database.DB) *world {
	t.Helper()
	w := &world{World: ordertest.New(t, db), t: t}
	w.Payments.Register(purposeKind, settler{w})
	w.shop = w.Shop("Dapur Uji")
	w.product = w.Publish(w.shop, ordertest.Product{Title: "Nastar uji", Price: 55_000, Quantity: 1_000, Grams: 500})
	w.companion = w.Companion(w.shop)
	w.seller = w.Owner(w.shop)
	w.staff = w.Officer("35.19")
	return w
}

// settler is what checkout does with a purchase's payments, in short.
type settler struct{ w *world }

func (s settler) PaidTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	shares, err := s.w.Orders.SharesTx(ctx, tx, p.Purpose())
	if err != nil {
		return err
	}
	lines := []ledger.Line{{Account: ledger.Account{Kind: ledger.Gateway}, Amount: p.PaidAmount}}
	for _, sh := range shares {
		lines = append(lines, ledger.Line{Account: ledger.Account{Kind: ledger.Held, Owner: sh.OrderID}, Amount: -sh.Amount})
	}
	err = s.w.Orders.PaidTx(ctx, tx, p.Purpose(), p.ID)
	var short *catalog.ShortError
	if errors.As(err, &short) || errors.Is(err, order.ErrNotPayable) {
		return s.w.Books.PostTx(ctx, tx, ledger.Entry{Key: p.Reference, Kind: ledger.Unmatched, RefKind: "payment", RefID: p.ID,
			Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.Suspense}, p.PaidAmount)})
	}
	if err != nil {
		return err
	}
	return s.w.Books.PostTx(ctx, tx, ledger.Entry{Key: p.Reference, Kind: ledger.Paid, RefKind: "payment", RefID: p.ID, Lines: lines})
}

func (s settler) LapsedTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	if p.CancelRequested {
		return s.w.Orders.GiveUpTx(ctx, tx, p.Purpose(), 0)
	}
	return s.w.Orders.LapsedTx(ctx, tx, p.Purpose())
}

func (s settler) SettledTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	return s.w.Orders.SettledTx(ctx, tx, p.ID)
}

// draft is an order to be placed.
type draft struct {
	method   delivery.Method // courier when empty
	quantity []int64         // of the product, one line each; one line of 3 when empty
	payBy    order.PayBy     // the gateway when empty
}

// never says that an order like that cannot come into the state.
func (d draft) never(state order.State) bool {
	switch state {
	case order.Dispatched, order.Returning, order.Returned:
		return d.method == delivery.Pickup
	case order.NotCollected:
		return d.method != delivery.Pickup
	case order.Lapsed:
		return d.payBy.Later()
	}
	return false
}

func (d draft) fee() money.Rupiah {
	switch d.method {
	case delivery.Pickup:
		return 0
	case delivery.Own:
		return 5_000
	}
	return 27_000
}

// place makes one unpaid order as checkout does.
func (w *world) place(d draft) order.Order {
	w.t.Helper()
	ctx := context.Background()
	w.next++
	if d.method == "" {
		d.method = delivery.Courier
	}
	if len(d.quantity) == 0 {
		d.quantity = []int64{3}
	}
	item := w.Sellable(w.product)
	n := order.New{Purpose: payment.Purpose{Kind: purposeKind, ID: w.next}, ShopID: w.shop.ID, ShopName: w.shop.Name, RegencyCode: w.shop.RegencyCode, PayBy: d.payBy,
		Buyer:     order.Person{Name: "Bu Sari", Phone: "+6281234567890"},
		Recipient: order.Recipient{Name: "Bu Sari", Phone: "+6281234567890", RegencyCode: "35.78", DistrictCode: "35.78.16", Street: "Jalan Melati 7"},
		Delivery:  order.Delivery{Method: d.method, Fee: d.fee(), DaysMin: 2, DaysMax: 4}}
	for _, q := range d.quantity {
		n.Lines = append(n.Lines, order.NewLine{ProductID: item.ProductID, RevisionID: item.RevisionID, Title: item.Title, Unit: item.Unit,
			UnitPrice: item.Price, Quantity: q, WeightGrams: item.WeightGrams})
	}
	var o order.Order
	w.Tx(func(tx *gorm.DB) error {
		var err error
		if o, err = w.Orders.CreateTx(ctx, tx, n); err != nil {
			return err
		}
		var demands []catalog.Demand
		for _, l := range o.Lines {
			demands = append(demands, catalog.Demand{LineID: l.ID, ProductID: l.ProductID, Quantity: l.Quantity})
		}
		promised, err := w.Catalog.PromiseTx(ctx, tx, demands)
		if err != nil {
			return err
		}
		if err := w.Orders.PromisedTx(ctx, tx, promised); err != nil {
			return err
		}
		if !o.PayBy.Held() {
			return nil
		}
		_, err = w.Payments.StartTx(ctx, tx, payment.New{Purpose: purpose(o), Amount: o.Total, PayerName: "Bu Sari",
			Description: o.Number, ExpiresAt: o.CreatedAt.AddDate(0, 0, 1), ReturnURL: "https://lapak.example"})
		return err
	})
	return o
}

func purpose(o order.Order) payment.Purpose {
	return o.Purpose
}

// paid places an order and pays it, or begins it when it is paid with the goods.
func (w *world) paid(d draft) order.Order {
	w.t.Helper()
	o := w.place(d)
	switch {
	case o.PayBy.Later():
		w.Tx(func(tx *gorm.DB) error { return w.Orders.BeginTx(context.Background(), tx, []int64{o.ID}) })
	case o.PayBy == order.ByDirect:
		w.move(w.seller, o, order.PayDirect, order.MoveInput{})
	default:
		w.PayFor(purpose(o), o.Total)
	}
	return w.see(o)
}

// see reads an order as its buyer.
func (w *world) see(o order.Order) order.Order {
	w.t.Helper()
	now, err := w.Orders.ByToken(context.Background(), o.Token)
	require.NoError(w.t, err)
	return now
}

// move makes a move that must succeed.
func (w *world) move(actor account.Actor, o order.Order, name order.Transition, in order.MoveInput) order.Order {
	w.t.Helper()
	after, err := w.Orders.Move(context.Background(), actor, o.ID, name, in)
	require.NoError(w.t, err)
	return after
}

var parcel = order.MoveInput{Courier: "JNE", TrackingNumber: "JNE0001"}

// bring walks a new order into a state.
func (w *world) bring(to order.State, d draft) order.Order {
	w.t.Helper()
	ctx := context.Background()
	switch to {
	case order.AwaitingPayment:
		return w.place(d)
	case order.Lapsed:
		o := w.place(d)
		if o.PayBy == order.ByDirect {
			require.NoError(w.t, w.Orders.ApplyAs(ctx, o.ID, order.LapseDirect, order.Timer))
		}
		w.Tx(func(tx *gorm.DB) error { return w.Orders.LapsedTx(ctx, tx, o.Purpose) })
		return w.see(o)
	case order.Cancelled:
		o := w.paid(d)
		w.move(w.seller, o, order.Refuse, order.MoveInput{Reason: "Oven rusak"})
		return w.see(o)
	}
	o := w.paid(d)
	for _, name := range []order.Transition{order.Start, order.Finish} {
		if w.see(o).State == to {
			return w.see(o)
		}
		w.move(w.seller, o, name, order.MoveInput{})
	}
	switch {
	case to == order.Ready:
	case to == order.NotCollected:
		w.move(w.seller, o, order.NotCollect, order.MoveInput{})
	case d.method == delivery.Pickup:
		w.move(w.seller, o, order.HandOver, order.MoveInput{Code: w.see(o).PickupCode})
	default:
		w.move(w.seller, o, order.Dispatch, parcel)
		switch {
		case to == order.Dispatched:
		case to == order.Returning || to == order.Returned:
			w.move(w.seller, o, order.TurnBack, order.MoveInput{Reason: "Alamat tidak ketemu"})
			if to == order.Returned {
				w.move(w.seller, o, order.CameBack, order.MoveInput{})
			}
		case d.payBy == order.ByCOD:
			w.move(w.seller, o, order.Deliver, order.MoveInput{})
		default:
			w.buyer(o, order.Deliver, order.MoveInput{})
		}
	}
	switch to {
	case order.Completed:
		w.buyer(o, order.Complete, order.MoveInput{})
	case order.Disputed, order.Resolved:
		w.buyer(o, order.Complain, order.MoveInput{Cause: order.CauseBroken, Reason: "Dua stoples pecah"})
		if to == order.Resolved {
			w.move(w.staff, o, order.Resolve, order.MoveInput{Reason: "Foto tidak menunjukkan kerusakan"})
		}
	}
	o = w.see(o)
	require.Equal(w.t, to, o.State)
	return o
}

// buyer makes a move of the buyer that must succeed.
func (w *world) buyer(o order.Order, name order.Transition, in order.MoveInput) order.Order {
	w.t.Helper()
	after, err := w.Orders.MoveByToken(context.Background(), o.Token, name, in)
	require.NoError(w.t, err)
	return after
}
