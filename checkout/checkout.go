// Package checkout is the way from a filled cart to a paid purchase: server-side
// carts, delivery choices, placing (purchase, orders, promises and payment in
// one transaction) and what becomes of the money that comes in. It owns the
// tables carts, cart_lines, purchases, suspense_items, shop_payments, shop_codes,
// payment_proofs and checkout_limits.
//
// A purchase is at most one payment; each shop's part of it is an order of package
// order. Orders that are paid otherwise (PayBy) lie beside those the payment is
// for: Purchase.Online is the sum of the latter, and 0 means that nothing is paid
// through us. The purchase itself has no state column: its state is derived from its
// payments.
package checkout

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/media"
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
	HoldsTx(ctx context.Context, tx *gorm.DB, entryIDs []int64) (map[int64]catalog.Hold, error)
	ShopTx(ctx context.Context, tx *gorm.DB, shopID int64) (catalog.Shop, error)
	AreasOfTx(ctx context.Context, tx *gorm.DB, productIDs []int64) (map[int64]catalog.Area, error)
	PromiseTx(ctx context.Context, tx *gorm.DB, demands []catalog.Demand) ([]catalog.Promised, error)
}

// Parcels prices how a shop's parcel travels.
type Parcels interface {
	OptionsFor(ctx context.Context, to delivery.Destination, sendings []delivery.Sending) (map[int64][]delivery.Option, error)
	OptionsForTx(ctx context.Context, tx *gorm.DB, to delivery.Destination, sendings []delivery.Sending) (map[int64][]delivery.Option, error)
	ChooseTx(ctx context.Context, tx *gorm.DB, shopID int64, choice delivery.Choice, to delivery.Destination, p delivery.Parcel) (delivery.Option, error)
}

// Orders is the order machine.
type Orders interface {
	CreateAllTx(ctx context.Context, tx *gorm.DB, news []order.New) ([]order.Order, error)
	BeginTx(ctx context.Context, tx *gorm.DB, orderIDs []int64) error
	ProofSentTx(ctx context.Context, tx *gorm.DB, orderID int64) error
	ShopOf(ctx context.Context, orderID int64) (order.Shop, error)
	PromisedTx(ctx context.Context, tx *gorm.DB, promised []catalog.Promised) error
	PromisedForTx(ctx context.Context, tx *gorm.DB, promised []catalog.Promised, day time.Time) error
	SoldTx(ctx context.Context, tx *gorm.DB, actor account.Actor, orderID int64, t order.Taken) error
	Of(ctx context.Context, of payment.Purpose) ([]order.Order, error)
	LiveTx(ctx context.Context, tx *gorm.DB, of payment.Purpose) (bool, error)
	SharesTx(ctx context.Context, tx *gorm.DB, of payment.Purpose) ([]order.Share, error)
	PaidTx(ctx context.Context, tx *gorm.DB, of payment.Purpose, paymentID int64) error
	LapsedTx(ctx context.Context, tx *gorm.DB, of payment.Purpose) error
	GiveUpTx(ctx context.Context, tx *gorm.DB, of payment.Purpose, buyerUserID int64) error
	SettledTx(ctx context.Context, tx *gorm.DB, paymentID int64) error
	OfBuyerTx(ctx context.Context, tx *gorm.DB, userID int64) ([]int64, error)
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

// People knows who runs a shop, and lets its money rest.
type People interface {
	MembersTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]account.User, error)
	RestWithdrawalsTx(ctx context.Context, tx *gorm.DB, userID int64) (time.Time, error)
}

// Pictures finds stored pictures and says who sees them.
type Pictures interface {
	PicturesTx(ctx context.Context, tx *gorm.DB, ids []int64) (map[int64]media.Picture, error)
	SetVisibilityTx(ctx context.Context, tx *gorm.DB, ids []int64, v media.Visibility) error
	RemoveTx(ctx context.Context, tx *gorm.DB, ids []int64) error
}

// Parts are the neighbours; main fills them.
type Parts struct {
	Catalog  Catalog
	Parcels  Parcels
	Orders   Orders
	Payments Payments
	Books    Books
	Messages Messages
	People   People
	Pictures Pictures
}

// Settings of checkout.
type Settings struct {
	PayWithin time.Duration // how long a purchase may stay unpaid; 24 hours
	PaySoon   time.Duration // the same when less than a tenth of a pre-order window is left; 60 minutes
	BaseURL   string        // where the gateway sends the buyer back to, without a final slash
	LinkLasts time.Duration // how long the payment page's link works, from placing; a year
	CartsLast time.Duration // how long an untouched cart is kept; 30 days

	// TwoPeopleAbove is the most that one person of finance may send back alone;
	// more needs a second one. Rp1.000.000.
	TwoPeopleAbove money.Rupiah
}

// DefaultSettings are those of design §4.
func DefaultSettings(baseURL string) Settings {
	return Settings{PayWithin: 24 * time.Hour, PaySoon: time.Hour, BaseURL: baseURL, LinkLasts: 365 * 24 * time.Hour, CartsLast: 30 * 24 * time.Hour,
		TwoPeopleAbove: 1_000_000}
}

// Service is checkout.
type Service struct {
	db       *database.DB
	keys     id.Keys
	parts    Parts
	settings Settings
	accounts Accounts // nil until Connect
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
	Short   bool         // a product is below its maker's minimum; see Line.Missing
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
	Parcel      delivery.Parcel // of the lines that can be ordered, as it would be ready now
	PickupOnly  bool            // something in it cannot travel
}

// Line is one product in a cart, or one of its variants. Its Price is what one
// piece costs at the quantity of the whole cart; tiers and minimum count all
// variants of the product together.
type Line struct {
	catalog.Sellable
	Quantity  int64
	SeenPrice money.Rupiah // what the buyer was last shown
	Amount    money.Rupiah // quantity at the present price; 0 when Blocked
	Blocked   bool         // cannot be ordered now; see Cart.Changes
	Retail    money.Rupiah // the price of one piece alone
	TierFrom  int64        // the quantity at which the tier used begins; 0 at the retail price
	NextTier  int64        // the quantity at which the next tier begins; 0 when there is none
	NextPrice money.Rupiah // what this piece would cost then
	ToNext    int64        // pieces that are missing for it
	Missing   int64        // pieces that are missing for the maker's minimum
	Hold      catalog.Hold // what the waiting list holds for this line; EntryID 0 for nothing
}

// Quote is a cart with delivery.
type Quote struct {
	Cart     Cart
	Groups   []QuotedGroup
	Goods    money.Rupiah
	Delivery money.Rupiah
	Total    money.Rupiah // goods and the chosen deliveries
	Online   money.Rupiah // of it, what is paid through the gateway
	Complete bool         // every shop has a chosen method, nothing changed, and the total can be paid
	TooSmall bool         // something is paid online, but less than payment.Smallest
	TooLarge bool         // above what can be paid online at once
}

// QuotedGroup is one shop's part with what it offers to the destination.
type QuotedGroup struct {
	Group
	Options []delivery.Option // empty: this shop cannot send there
	Closed  []delivery.Option // ways that this parcel is too late for; see Option.Closed
	Outside []Outside         // what this shop does not make for that place; only picking up is left
	Chosen  delivery.Method   // empty while nothing valid is chosen
	Choice  delivery.Choice   // the same, with the courier's service
	Fee     money.Rupiah
	Ways    []Way       // how it can be paid, the gateway first
	PayBy   order.PayBy // the chosen way
}

// Total is what the shop's part costs.
func (g QuotedGroup) Total() money.Rupiah { return g.Goods + g.Fee } // summed without overflow before

// Outside is a product of a cart that is not made for the destination.
type Outside struct {
	Title string
	Area  catalog.Area
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
	Choices     map[int64]delivery.Choice // by shop
	PayBy       map[int64]order.PayBy     // by shop; a shop without one is paid through the gateway
	Notes       map[int64]string          // by shop, optional
	Sources     map[string]order.Source   // by the shop's slug: the link that brought the buyer; order.FromWeb without
}

// State of a purchase, derived from its payments.
type State string

// The states of a purchase.
const (
	Awaiting State = "awaiting" // can be paid, or we do not know yet
	Paid     State = "paid"
	Lapsed   State = "lapsed"   // nobody paid and nobody can any more
	Checking State = "checking" // money came, but not as asked: finance decides
	NotOurs  State = "not_ours" // nothing of it is paid through us: each order says how
)

// Purchase is one payment for one or several orders.
type Purchase struct {
	ID        int64
	Token     string // of /pembayaran/{token}
	Total     money.Rupiah
	Online    money.Rupiah // of it, what Payment asks for; 0: there is no payment
	Buyer     order.Person
	CreatedAt time.Time
	PayUntil  time.Time
	State     State
	Payment   payment.Payment // the newest; its InvoiceURL is where to pay
	Orders    []order.Order   // with their tokens; filled by the reads
}

// InvoiceNumber is the number of the invoice that covers the whole purchase, such
// as INV/2026/11/7K3M9Q: the month of the order and the number of its first order,
// so that it is unique, never changes, and finance finds it by the order.
func (p Purchase) InvoiceNumber() string {
	if len(p.Orders) == 0 {
		return ""
	}
	first := p.Orders[0]
	for _, o := range p.Orders {
		if o.ID < first.ID {
			first = o
		}
	}
	at := p.CreatedAt.In(calendar.Zone(""))
	return fmt.Sprintf("INV/%s/%s", at.Format("2006/01"), strings.TrimPrefix(first.Number, "LB-"))
}
