// Package buyer is the way from the cart to the doorstep: cart, checkout,
// payment and order pages. A visitor needs no account; the cart is known by a
// cookie, purchases and orders by the token in their address.
package buyer

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/document"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Checkout is what the pages ask of package checkout.
type Checkout interface {
	Cart(ctx context.Context, token string) (checkout.Cart, error)
	SetVariant(ctx context.Context, token string, productID, variantID, quantity int64) error
	Pieces(ctx context.Context, token string) (int64, error)
	TakeHold(ctx context.Context, token string, h catalog.Hold) error
	Accept(ctx context.Context, token string, version int64) error
	QuoteFor(ctx context.Context, token string, to delivery.Destination, choices map[int64]delivery.Method, payBy map[int64]order.PayBy) (checkout.Quote, error)
	AccountCart(ctx context.Context, userID int64) (string, error)
	MergeCart(ctx context.Context, guestToken string, userID int64) (checkout.Merged, error)
	Again(ctx context.Context, token, cartToken string) (left int, err error)
	DirectOf(ctx context.Context, o order.Order) (checkout.Direct, error)
	MaySendProof(ctx context.Context, o order.Order) error
	SendProof(ctx context.Context, o order.Order, pictureID int64) error
	PlaceToPay(ctx context.Context, in checkout.PlaceInput) (checkout.Placed, error)
	ByToken(ctx context.Context, token string) (checkout.Purchase, error)
	GiveUp(ctx context.Context, token string) error
}

// Orders is what the pages ask of package order.
type Orders interface {
	ByToken(ctx context.Context, token string) (order.Order, error)
	ConfirmByToken(ctx context.Context, token, formKey string) (order.Order, error)
	MoveByToken(ctx context.Context, token string, name order.Transition, in order.MoveInput) (order.Order, error)
	SendLink(ctx context.Context, number, phone string) error
}

// Payments is what the pages ask of package payment.
type Payments interface {
	Open(ctx context.Context, paymentID int64) (payment.Payment, error)
	OpenStarted(ctx context.Context, started payment.Payment) (payment.Payment, error)
	Close(ctx context.Context, paymentID int64) error
	Refresh(ctx context.Context, paymentID int64) (payment.Payment, error)
	RefundsFor(ctx context.Context, p payment.Purpose) ([]payment.Refund, error)
	RefundToken(r payment.Refund) (string, bool)
	RefundByToken(ctx context.Context, token string) (payment.Refund, error)
	GiveAccount(ctx context.Context, token string, bank payment.Bank) (payment.Refund, error)
}

// Catalog is what the pages ask of package catalog.
type Catalog interface {
	ProductBySlug(ctx context.Context, slug string) (catalog.ProductView, error)
	Sellables(ctx context.Context, productIDs []int64) (map[int64]catalog.Sellable, error)
	JoinWaiting(ctx context.Context, in catalog.NewEntry) (catalog.Entry, error)
	EntryByToken(ctx context.Context, token string) (catalog.Entry, error)
	LeaveWaiting(ctx context.Context, token string) error
	Holds(ctx context.Context, entryIDs []int64) (map[int64]catalog.Hold, error)
}

// Shops finds the shop behind an order.
type Shops interface {
	Shop(ctx context.Context, shopID int64) (catalog.Shop, error)
	OffDays(ctx context.Context, shopID int64) (func(time.Time) bool, error)
}

// Pictures finds stored pictures.
type Pictures interface {
	Pictures(ctx context.Context, ids []int64) (map[int64]media.Picture, error)
}

// Photos opens the photos of an order's steps for who holds its token.
type Photos interface {
	Open(ctx context.Context, viewer account.Actor, key, size, format string) (media.Content, error)
}

// Limits throttles what can be guessed or abused.
type Limits interface {
	Allow(ctx context.Context, limits ...account.Limit) error
}

// Deps are the neighbours; main fills them.
type Deps struct {
	Checkout Checkout
	Orders   Orders
	Payments Payments
	Catalog  Catalog
	Shops    Shops
	Pictures Pictures
	Reviews  Reviews
	Limits   Limits
	Counters Counters
	Operator func(context.Context) document.Issuer // who holds the money
	Now      func(context.Context) (time.Time, error)
	Quotes   Quotes
	Goods    Goods
	Uploads  Uploads
	Photos   Photos
	Joins    Joins
}

type area struct{ Deps }

// Routes returns the buyer's routes.
func Routes(d Deps) []web.Route {
	a := area{d}
	return append(a.quoteRoutes(), []web.Route{
		{Method: "GET", Path: "/daftar", Handler: a.showAskToJoin},
		{Method: "POST", Path: "/daftar", Handler: a.askToJoin},
		{Method: "GET", Path: "/keranjang", Handler: a.showCart},
		{Method: "POST", Path: "/keranjang", Handler: a.setQuantity},
		{Method: "POST", Path: "/keranjang/terima", Handler: a.acceptChanges},
		{Method: "GET", Path: "/keranjang/jumlah", Handler: a.countPieces},
		{Method: "GET", Path: "/antrean", Handler: a.showJoin},
		{Method: "POST", Path: "/antrean", Handler: a.submitJoin},
		{Method: "GET", Path: "/antrean/:token", Handler: a.showEntry},
		{Method: "POST", Path: "/antrean/:token/ambil", Handler: a.takeOffer},
		{Method: "POST", Path: "/antrean/:token/keluar", Handler: a.leaveList},
		{Method: "GET", Path: "/checkout", Handler: a.showCheckout},
		{Method: "POST", Path: "/checkout", Handler: a.submitCheckout},
		{Method: "GET", Path: "/wilayah/kabupaten", Handler: listRegencies},
		{Method: "GET", Path: "/wilayah/kecamatan", Handler: listDistricts},
		{Method: "GET", Path: "/pembayaran/:token", Handler: a.showPayment},
		{Method: "POST", Path: "/pembayaran/:token/batal", Handler: a.giveUp},
		{Method: "POST", Path: "/pembayaran/:token/ulang", Handler: a.payAgain},
		{Method: "GET", Path: "/pesanan", Handler: a.showFind},
		{Method: "POST", Path: "/pesanan", Handler: a.submitFind},
		{Method: "GET", Path: "/pesanan/:token", Handler: a.showOrder},
		{Method: "GET", Path: "/pesanan/:token/konfirmasi.pdf", Handler: a.confirmation},
		{Method: "GET", Path: "/pesanan/:token/kuitansi.pdf", Handler: a.receipt},
		{Method: "GET", Path: "/pembayaran/:token/faktur.pdf", Handler: a.invoice},
		{Method: "POST", Path: "/pesanan/:token/terima", Handler: a.confirmReceipt},
		{Method: "POST", Path: "/pesanan/:token/bukti", Handler: a.sendProof, BodyLimit: proofBody},
		{Method: "POST", Path: "/pesanan/:token/tanggal", Handler: a.answerDate},
		{Method: "GET", Path: "/pesanan/:token/keluhan", Handler: a.showComplain},
		{Method: "POST", Path: "/pesanan/:token/keluhan", Handler: a.submitComplain, BodyLimit: askBody},
		{Method: "GET", Path: "/pesanan/:token/foto/:key/:file", Handler: a.showStepPhoto},
		{Method: "POST", Path: "/pesanan/:token/lagi", Handler: a.orderAgain},
		{Method: "GET", Path: "/pesanan/:token/ulasan", Handler: a.showReview},
		{Method: "POST", Path: "/pesanan/:token/ulasan", Handler: a.submitReview},
		{Method: "GET", Path: "/pengembalian/:token", Handler: a.showRefund},
		{Method: "POST", Path: "/pengembalian/:token", Handler: a.submitRefund},
	}...)
}

const (
	cartCookie = "keranjang"
	cartDays   = 30
)

// chip is the state in the buyer's words; makers and staff have their own.
func chip(c *web.Ctx, s order.State) view.Chip {
	tone := view.Info
	switch s {
	case order.AwaitingPayment, order.NotCollected, order.Disputed:
		tone = view.Wait
	case order.Delivered, order.Completed, order.Resolved:
		tone = view.Good
	case order.Lapsed, order.Cancelled:
		tone = view.Bad
	}
	return view.Chip{Tone: tone, Label: c.T("buyerpage.state." + string(s))}
}

// orderChip is chip of one order: of one that is paid with the goods it does not say
// that it was paid, and one for pick-up does not arrive.
func orderChip(c *web.Ctx, o order.Order) view.Chip {
	out := chip(c, o.State)
	switch {
	case o.State == order.ToDo && !o.Paid():
		out.Label = c.T("buyerpage.state.begun")
	case o.State == order.Delivered && o.Pickup():
		out.Label = c.T("buyerpage.state.collected")
	}
	return out
}

// readyBy is what kind of promise so many pieces would be, and the day of it, in
// the words of the way they travel ("" while that is not chosen). Empty when they
// cannot be promised.
func readyBy(c *web.Ctx, s catalog.Sellable, pieces int64, way delivery.Method) string {
	day, ok := s.ReadyFor(pieces)
	if !ok {
		return ""
	}
	return promise(c, s.HowSoon, day, way)
}

func promise(c *web.Ctx, soon catalog.HowSoon, day time.Time, way delivery.Method) string {
	words := c.T("buyerpage.promise."+cmp.Or(string(way), "any"), "date", c.Date(day))
	if soon == "" {
		return words
	}
	return c.T("buyerpage.promise", "kind", c.T("buyerpage.kind."+string(soon)), "promise", words)
}

// linePromise is what was promised of a line when it was bought, or since the buyer
// agreed to another day; the kind alone once it left or will not.
func linePromise(c *web.Ctx, o order.Order, l order.Line) string {
	day := l.ReadyBy
	for _, e := range o.Events {
		if e.Move == order.AcceptDate {
			day = o.ReadyBy
		}
	}
	waits := slices.Contains([]order.State{order.AwaitingPayment, order.ToDo, order.Making, order.Ready}, o.State) && !o.Again
	switch {
	case waits && !day.IsZero() && l.Left() > 0:
		return promise(c, l.HowSoon, day.In(calendar.Zone(o.RegencyCode)), o.Delivery.Method)
	case l.HowSoon != "":
		return c.T("buyerpage.kind." + string(l.HowSoon))
	}
	return ""
}
