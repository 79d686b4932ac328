// Package quote is "Minta harga": a buyer asks for work to their wish, a shop (or
// its companion, or staff in its place) answers with an offer, and the accepted
// offer becomes an ordinary order. It owns the tables quote_requests,
// quote_sizes, quote_offers and quote_offer_lines.
//
// A request may get many offers, one after the other; an offer never changes once
// it is sent (by trigger), so what the buyer accepts is what was offered. Both
// move along the tables of table.go only. An accepted offer is one order of
// package order, whose money is settled here (payment.Settler for PurposeKind):
// paid in full before work begins; deposits, counter-offers, several makers and
// hand-over certificates have their room in "request, many offers" and no code.
//
// The package may import order and what that stands on, never checkout.
package quote

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
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
	// PurposeKind is the payment.Purpose kind of an accepted offer; its id is the
	// offer's. main registers the service as its Settler.
	PurposeKind = "quote"
	// PictureOwner is the owner kind of a request's pictures in media; the owner id
	// is the request's. They are private for ever.
	PictureOwner = "quote_request"

	// MaxPictures is how many pictures may come with a request.
	MaxPictures = 3
	// MaxSizes is how many sizes a request may name.
	MaxSizes = 20
	// MaxQuantity is the most pieces of one request.
	MaxQuantity = catalog.MaxQuantity

	maxWish    = 100  // letters
	maxDetails = 2000 // letters
	maxName    = 100
	maxSize    = 40
	maxNote    = 1000
	maxReason  = 300
	maxStreet  = 200
)

// Catalog is what quote needs of the catalog.
type Catalog interface {
	Shop(ctx context.Context, shopID int64) (catalog.Shop, error)
	SellablesTx(ctx context.Context, tx *gorm.DB, productIDs []int64) (map[int64]catalog.Sellable, error)
	PromiseTx(ctx context.Context, tx *gorm.DB, demands []catalog.Demand) ([]catalog.Promised, error)
}

// Parcels knows how long a shop's parcel travels.
type Parcels interface {
	OptionsTx(ctx context.Context, tx *gorm.DB, shopID int64, to delivery.Destination, p delivery.Parcel) ([]delivery.Option, error)
}

// Orders is the order machine.
type Orders interface {
	CreateTx(ctx context.Context, tx *gorm.DB, n order.New) (order.Order, error)
	PromisedTx(ctx context.Context, tx *gorm.DB, promised []catalog.Promised) error
	Of(ctx context.Context, of payment.Purpose) ([]order.Order, error)
	SharesTx(ctx context.Context, tx *gorm.DB, of payment.Purpose) ([]order.Share, error)
	PaidTx(ctx context.Context, tx *gorm.DB, of payment.Purpose, paymentID int64) error
	LapsedTx(ctx context.Context, tx *gorm.DB, of payment.Purpose) error
	SettledTx(ctx context.Context, tx *gorm.DB, paymentID int64) error
}

// Payments collects money.
type Payments interface {
	StartTx(ctx context.Context, tx *gorm.DB, n payment.New) (payment.Payment, error)
	PaymentsFor(ctx context.Context, p payment.Purpose) ([]payment.Payment, error)
}

// Books is the ledger's journal.
type Books interface {
	PostTx(ctx context.Context, tx *gorm.DB, e ledger.Entry) error
}

// Strays takes money that cannot count for its offer: to suspense, as a task for
// finance.
type Strays interface {
	PaidTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error
}

// Messages tells people.
type Messages interface {
	SendTx(ctx context.Context, tx *gorm.DB, m notify.Message) error
	CallAboutTx(ctx context.Context, tx *gorm.DB, companionUserID, shopID, requestID int64, reason string) error
}

// People knows who runs a shop and who helps it.
type People interface {
	MembersTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]account.User, error)
	CompanionsTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]account.User, error)
}

// Pictures finds and removes a request's pictures.
type Pictures interface {
	PicturesOf(ctx context.Context, ownerKind string, ownerID int64) ([]media.Picture, error)
	RemoveTx(ctx context.Context, tx *gorm.DB, ids []int64) error
}

// Parts are the neighbours; main fills them.
type Parts struct {
	Catalog  Catalog
	Parcels  Parcels
	Orders   Orders
	Payments Payments
	Books    Books
	Strays   Strays
	Messages Messages
	People   People
	Pictures Pictures
}

// Settings of quotations.
type Settings struct {
	BaseURL        string        // where the gateway sends the buyer back to, without a final slash
	PayWithin      time.Duration // how long an accepted offer may stay unpaid; 24 hours
	RemindAfter    time.Duration // until the shop is reminded of a request; a day
	ValidDays      int64         // of an offer that says nothing else; 14
	DraftsLast     time.Duration // how long pictures of an unsent form are kept; a day
	LinkLasts      time.Duration // how long the buyer's link works, from asking; a year
	ContactVisible time.Duration // how long the shop sees the buyer's contact after the end; 30 days
}

// DefaultSettings are those of the design.
func DefaultSettings(baseURL string) Settings {
	const day = 24 * time.Hour
	return Settings{BaseURL: baseURL, PayWithin: day, RemindAfter: day, ValidDays: 14, DraftsLast: day,
		LinkLasts: 365 * day, ContactVisible: 30 * day}
}

// Service is quotations.
type Service struct {
	db       *database.DB
	keys     id.Keys
	parts    Parts
	settings Settings
}

// NewService makes the service over its neighbours.
func NewService(db *database.DB, keys id.Keys, parts Parts, settings Settings) *Service {
	return &Service{db: db, keys: keys, parts: parts, settings: settings}
}

// Request is what a buyer asks a price for. Contact fields are filled only for
// those who may read them (ContactHidden says when they were left out).
type Request struct {
	ID            int64
	Token         string // of /penawaran/{token}; filled for the buyer only
	State         State
	Version       int64
	ProductID     int64 // 0: none was named, the agency passes the request on
	ShopID        int64 // 0 while the agency has it
	Wish          string
	Details       string
	Quantity      int64
	Sizes         []Size
	NeededBy      time.Time // zero: no day was named
	RegencyCode   string
	DistrictCode  string
	Buyer         order.Person
	Organisation  string
	ContactHidden bool
	Reason        string // of the last refusal
	CreatedAt     time.Time
	AskedAt       time.Time
	Offers        []Offer // oldest first; filled by the single reads
}

// Latest is the newest offer; false when there is none.
func (r Request) Latest() (Offer, bool) {
	if len(r.Offers) == 0 {
		return Offer{}, false
	}
	return r.Offers[len(r.Offers)-1], true
}

// Size is how many pieces of which size.
type Size struct {
	Label    string
	Quantity int64
}

// Offer is one answer. It never changes but for its state.
type Offer struct {
	ID         int64
	RequestID  int64
	State      OfferState
	ShopID     int64
	ShopName   string
	ProductID  int64
	Title      string
	Lines      []OfferLine
	Goods      money.Rupiah
	Method     delivery.Method
	Fee        money.Rupiah
	Total      money.Rupiah
	ReadyOn    time.Time // a day
	ValidUntil time.Time // the moment it ends: midnight in the shop's zone
	Drawn      bool      // its pieces come from the product's stock or capacity
	Note       string
	SentAt     time.Time
	AcceptedAt time.Time
	PayUntil   time.Time
}

// OfferLine is one size of an offer, or the whole when sizes do not matter.
type OfferLine struct {
	Label     string
	Quantity  int64
	UnitPrice money.Rupiah
}

// Amount is the line's price; it cannot overflow, Answer refused that.
func (l OfferLine) Amount() money.Rupiah { return l.UnitPrice * money.Rupiah(l.Quantity) }

// Purpose is what payments for the offer are for.
func (o Offer) Purpose() payment.Purpose { return payment.Purpose{Kind: PurposeKind, ID: o.ID} }
