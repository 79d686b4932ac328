// Package checkout is the way from a filled cart to a paid purchase: server-side
// carts, delivery choices, placing (purchase, orders, promises and payment in
// one transaction) and what becomes of the money that comes in. It owns the
// tables carts, cart_lines, purchases and suspense_items.
//
// A purchase is one payment; each shop's part of it is an order of package
// order. The purchase itself has no state column: its state is derived from its
// payments.
package checkout

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

const (
	// PurposeKind is the payment.Purpose kind of a purchase; main registers the
	// service as its Settler.
	PurposeKind = "purchase"
	// SuspensePurpose is the kind of refunds of money that belongs to no order;
	// main registers Suspense(service) as its RefundSettler.
	SuspensePurpose = "suspense"

	// MaxQuantity is the most of one product in a cart; more is a quotation.
	MaxQuantity = 9_999
	// MaxLines is the most products in a cart.
	MaxLines = 50

	maxNote   = 300 // letters of a note to one shop
	maxName   = 100
	maxStreet = 200
)

// Catalog is what checkout needs of the catalog.
type Catalog interface {
	Sellables(ctx context.Context, productIDs []int64) (map[int64]catalog.Sellable, error)
	SellablesTx(ctx context.Context, tx *gorm.DB, productIDs []int64) (map[int64]catalog.Sellable, error)
	PromiseTx(ctx context.Context, tx *gorm.DB, demands []catalog.Demand) ([]catalog.Promised, error)
}

// Parcels prices how a shop's parcel travels.
type Parcels interface {
	Options(ctx context.Context, shopID int64, to delivery.Destination, grams int64) ([]delivery.Option, error)
	ChooseTx(ctx context.Context, tx *gorm.DB, shopID int64, m delivery.Method, to delivery.Destination, grams int64) (delivery.Option, error)
}

// Orders is the order machine.
type Orders interface {
	CreateTx(ctx context.Context, tx *gorm.DB, n order.New) (order.Order, error)
	PromisedTx(ctx context.Context, tx *gorm.DB, promised []catalog.Promised) error
	OfPurchase(ctx context.Context, purchaseID int64) ([]order.Order, error)
	SharesTx(ctx context.Context, tx *gorm.DB, purchaseID int64) ([]order.Share, error)
	PaidTx(ctx context.Context, tx *gorm.DB, purchaseID, paymentID int64) error
	LapsedTx(ctx context.Context, tx *gorm.DB, purchaseID int64) error
	GiveUpTx(ctx context.Context, tx *gorm.DB, purchaseID, buyerUserID int64) error
	SettledTx(ctx context.Context, tx *gorm.DB, paymentID int64) error
	TokenFor(ctx context.Context, number, phone string) (string, error)
}

// Payments collects and gives back money.
type Payments interface {
	StartTx(ctx context.Context, tx *gorm.DB, n payment.New) (payment.Payment, error)
	PaymentsFor(ctx context.Context, p payment.Purpose) ([]payment.Payment, error)
	CancelTx(ctx context.Context, tx *gorm.DB, paymentID int64) error
	RefundTx(ctx context.Context, tx *gorm.DB, r payment.NewRefund) (payment.Refund, error)
	RefundToken(r payment.Refund) (string, bool)
}

// Books is the ledger's journal.
type Books interface {
	PostTx(ctx context.Context, tx *gorm.DB, e ledger.Entry) error
}

// Messages tells people.
type Messages interface {
	SendTx(ctx context.Context, tx *gorm.DB, m notify.Message) error
}

// Parts are the neighbours; main fills them.
type Parts struct {
	Catalog  Catalog
	Parcels  Parcels
	Orders   Orders
	Payments Payments
	Books    Books
	Messages Messages
}

// Settings of checkout.
type Settings struct {
	PayWithin time.Duration // how long a purchase may stay unpaid; 24 hours
	BaseURL   string        // where the gateway sends the buyer back to, without a final slash
	LinkLasts time.Duration // how long the payment page's link works, from placing; a year
	CartsLast time.Duration // how long an untouched cart is kept; 30 days

	// TwoPeopleAbove is the most that one person of finance may send back alone;
	// more needs a second one. Rp1.000.000.
	TwoPeopleAbove money.Rupiah
}

// DefaultSettings are those of design §4.
func DefaultSettings(baseURL string) Settings {
	return Settings{PayWithin: 24 * time.Hour, BaseURL: baseURL, LinkLasts: 365 * 24 * time.Hour, CartsLast: 30 * 24 * time.Hour,
		TwoPeopleAbove: 1_000_000}
}

// Service is checkout.
type Service struct {
	db       *database.DB
	keys     id.Keys
	parts    Parts
	settings Settings
}

// NewService makes checkout over its neighbours.
func NewService(db *database.DB, keys id.Keys, parts Parts, settings Settings) *Service {
	return &Service{db: db, keys: keys, parts: parts, settings: settings}
}

// Cart is what a visitor has chosen, at present prices.
type Cart struct {
	Version int64        // grows with every change; PlaceInput sends it back
	Groups  []Group      // by shop, the shop chosen first comes first
	Pieces  int64        // of everything
	Goods   money.Rupiah // of the lines that can be ordered
	Changes []Change     // what is not as the buyer last saw it
}

// Empty says that nothing is in the cart.
func (c Cart) Empty() bool { return len(c.Groups) == 0 }

// Group is one shop's part of a cart.
type Group struct {
	ShopID      int64
	ShopName    string
	ShopSlug    string
	RegencyCode string
	Lines       []Line
	Goods       money.Rupiah
	Grams       int64 // of the lines that can be ordered
	PickupOnly  bool  // something in it cannot travel
}

// Line is one product in a cart.
type Line struct {
	catalog.Sellable
	Quantity  int64
	SeenPrice money.Rupiah // what the buyer was last shown
	Amount    money.Rupiah // quantity at the present price; 0 when Blocked
	Blocked   bool         // cannot be ordered now; see Cart.Changes
}

// Quote is a cart with delivery.
type Quote struct {
	Cart     Cart
	Groups   []QuotedGroup
	Goods    money.Rupiah
	Delivery money.Rupiah
	Total    money.Rupiah // goods and the chosen deliveries
	Complete bool         // every shop has a chosen method, nothing changed, and the total can be paid
	TooSmall bool         // below payment.Smallest
	TooLarge bool         // above what can be paid online at once
}

// QuotedGroup is one shop's part with what it offers to the destination.
type QuotedGroup struct {
	Group
	Options []delivery.Option // empty: this shop cannot send there
	Chosen  delivery.Method   // empty while nothing valid is chosen
	Fee     money.Rupiah
}

// Address is where a parcel goes.
type Address struct {
	RegencyCode  string
	DistrictCode string
	Village      string
	Street       string
	Postcode     string
}

// Contact is a name with a phone number as typed.
type Contact struct {
	Name  string
	Phone string
}

// PlaceInput is a filled checkout form. Everything is as typed; Place checks it.
type PlaceInput struct {
	CartToken   string
	CartVersion int64        // Cart.Version of the page the buyer looked at
	SeenTotal   money.Rupiah // Quote.Total of that page
	FormKey     string       // a second send with the same key finds the first purchase
	BuyerUserID int64        // 0 for a guest
	Buyer       Contact
	Email       string                    // optional
	Recipient   *Contact                  // nil: the buyer receives
	Address     Address                   // needed unless every shop is pick-up
	Choices     map[int64]delivery.Method // by shop
	Notes       map[int64]string          // by shop, optional
}

// State of a purchase, derived from its payments.
type State string

// The states of a purchase.
const (
	Awaiting State = "awaiting" // can be paid, or we do not know yet
	Paid     State = "paid"
	Lapsed   State = "lapsed"   // nobody paid and nobody can any more
	Checking State = "checking" // money came, but not as asked: finance decides
)

// Purchase is one payment for one or several orders.
type Purchase struct {
	ID        int64
	Token     string // of /pembayaran/{token}
	Total     money.Rupiah
	Buyer     order.Person
	CreatedAt time.Time
	PayUntil  time.Time
	State     State
	Payment   payment.Payment // the newest; its InvoiceURL is where to pay
	Orders    []order.Order   // with their tokens; filled by the reads
}
