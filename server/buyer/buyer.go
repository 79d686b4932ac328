// Package buyer is the way from the cart to the doorstep: cart, checkout,
// payment and order pages. A visitor needs no account; the cart is known by a
// cookie, purchases and orders by the token in their address.
package buyer

import (
	"context"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Checkout is what the pages ask of package checkout.
type Checkout interface {
	Cart(ctx context.Context, token string) (checkout.Cart, error)
	SetQuantity(ctx context.Context, token string, productID, quantity int64) error
	Pieces(ctx context.Context, token string) (int64, error)
	Accept(ctx context.Context, token string, version int64) error
	Quote(ctx context.Context, token string, to delivery.Destination, choices map[int64]delivery.Method) (checkout.Quote, error)
	Place(ctx context.Context, in checkout.PlaceInput) (checkout.Purchase, error)
	ByToken(ctx context.Context, token string) (checkout.Purchase, error)
	GiveUp(ctx context.Context, token string) error
}

// Orders is what the pages ask of package order.
type Orders interface {
	ByToken(ctx context.Context, token string) (order.Order, error)
	ConfirmByToken(ctx context.Context, token, formKey string) (order.Order, error)
	SendLink(ctx context.Context, number, phone string) error
}

// Payments is what the pages ask of package payment.
type Payments interface {
	Open(ctx context.Context, paymentID int64) (payment.Payment, error)
	Refresh(ctx context.Context, paymentID int64) (payment.Payment, error)
	RefundsFor(ctx context.Context, p payment.Purpose) ([]payment.Refund, error)
	RefundToken(r payment.Refund) (string, bool)
	RefundByToken(ctx context.Context, token string) (payment.Refund, error)
	GiveAccount(ctx context.Context, token string, bank payment.Bank) (payment.Refund, error)
}

// Shops finds the shop behind an order.
type Shops interface {
	Shop(ctx context.Context, shopID int64) (catalog.Shop, error)
}

// Pictures finds stored pictures.
type Pictures interface {
	Pictures(ctx context.Context, ids []int64) (map[int64]media.Picture, error)
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
	Shops    Shops
	Pictures Pictures
	Limits   Limits
}

type area struct{ Deps }

// Routes returns the buyer's routes.
func Routes(d Deps) []web.Route {
	a := area{d}
	return []web.Route{
		{Method: "GET", Path: "/keranjang", Handler: a.showCart},
		{Method: "POST", Path: "/keranjang", Handler: a.setQuantity},
		{Method: "POST", Path: "/keranjang/terima", Handler: a.acceptChanges},
		{Method: "GET", Path: "/keranjang/jumlah", Handler: a.countPieces},
		{Method: "GET", Path: "/checkout", Handler: a.showCheckout},
		{Method: "POST", Path: "/checkout", Handler: a.submitCheckout},
		{Method: "GET", Path: "/wilayah/kabupaten", Handler: listRegencies},
		{Method: "GET", Path: "/wilayah/kecamatan", Handler: listDistricts},
		{Method: "GET", Path: "/pembayaran/:token", Handler: a.showPayment},
		{Method: "POST", Path: "/pembayaran/:token/batal", Handler: a.giveUp},
		{Method: "GET", Path: "/pesanan", Handler: a.showFind},
		{Method: "POST", Path: "/pesanan", Handler: a.submitFind},
		{Method: "GET", Path: "/pesanan/:token", Handler: a.showOrder},
		{Method: "POST", Path: "/pesanan/:token/terima", Handler: a.confirmReceipt},
		{Method: "GET", Path: "/pengembalian/:token", Handler: a.showRefund},
		{Method: "POST", Path: "/pengembalian/:token", Handler: a.submitRefund},
	}
}

const (
	cartCookie = "keranjang"
	cartDays   = 30
)

// frame is the page of one visitor: never indexed, never stored, and its address
// is not passed on.
func frame(key string, args ...any) view.Public {
	return view.Public{Title: text.T(key, args...), Lang: "id", NoIndex: true, NoReferrer: true}
}

// chip is the state in the buyer's words; makers and staff have their own.
func chip(s order.State) view.Chip {
	tone := view.Info
	switch s {
	case order.AwaitingPayment:
		tone = view.Wait
	case order.Delivered, order.Completed:
		tone = view.Good
	case order.Lapsed, order.Cancelled:
		tone = view.Bad
	}
	return view.Chip{Tone: tone, Label: text.T("buyerpage.state." + string(s))}
}

func readyBy(s catalog.Sellable, pieces int64) string {
	day, ok := s.ReadyFor(pieces)
	if !ok {
		return ""
	}
	return text.T("buyerpage.ready_by", "date", calendar.Date(day))
}
