// Package order owns one shop's part of a purchase, from the unpaid order to
// the completed one: its state machine (table.go), its lines, its recipient,
// its events and its timers. It owns the tables orders, order_lines,
// order_addresses, order_events and order_forms.
//
// It may import catalog, payment, ledger, delivery, notify, account and
// internal packages, never a use case. Everything a move causes (promises kept
// or released, money released or owed back, messages) happens in the
// transaction of the move.
package order

import (
	"time"

	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// Order is one shop's part of a purchase.
//
// Buyer contact and address are filled only for those who may read them: the
// buyer with the token, and the shop's side until 30 days after delivery
// (ContactHidden says when they were left out).
type Order struct {
	ID          int64
	Number      string // short and readable, such as LB-7K3M9Q
	PurchaseID  int64
	ShopID      int64
	ShopName    string // as the buyer saw it
	RegencyCode string // of the shop
	State       State
	Version     int64  // grows with every change; send it back as MoveInput.Seen
	Token       string // guest token of /pesanan/{token}; filled for the buyer only

	Buyer         Person
	Recipient     Recipient
	ContactHidden bool
	Note          string // from the buyer to the shop

	Delivery Delivery
	Goods    money.Rupiah // sum of the lines as ordered
	Total    money.Rupiah // goods and delivery as ordered
	Refunded money.Rupiah // owed or already sent back

	Lines  []Line
	Events []Event // oldest first; filled by the single-order reads

	TrackingNumber string
	Courier        string
	PickupCode     string           // the buyer's code; filled for the buyer of a paid pick-up order only
	PickupAddress  delivery.Address // filled like PickupCode

	PaymentID    int64     // 0 until paid
	CreatedAt    time.Time // all times UTC; zero when it has not happened
	PaidAt       time.Time
	SettledAt    time.Time // when the gateway credited the money
	ReadyBy      time.Time // the promise: when the last line should be ready
	SeenAt       time.Time // first opened by the shop or its companion
	DispatchedAt time.Time
	DeliveredAt  time.Time
	CompletedAt  time.Time
	ClosesAt     time.Time // when a timer will make the next move by itself; zero for none
}

// Remaining is what the order is still worth: total less what was given back.
func (o Order) Remaining() money.Rupiah { return o.Total - o.Refunded }

// Paid says that money for this order has come in and was not left in suspense.
func (o Order) Paid() bool { return !o.PaidAt.IsZero() }

// Pickup says that the buyer collects the order.
func (o Order) Pickup() bool { return o.Delivery.Method == delivery.Pickup }

// Person is who ordered.
type Person struct {
	UserID int64 // 0 for a guest
	Name   string
	Phone  string // E.164
	Email  string // may be empty
}

// Recipient is who receives the parcel, and where. For pick-up only name and
// phone are filled.
type Recipient struct {
	Name         string
	Phone        string // E.164
	RegencyCode  string
	DistrictCode string
	Village      string // desa or kelurahan, as typed
	Street       string // street, number, RT/RW
	Postcode     string // five digits or empty
}

// Delivery is how the order travels, as chosen and priced at checkout.
type Delivery struct {
	Method  delivery.Method
	Fee     money.Rupiah
	Zone    string // region.Zone of a courier parcel, else empty
	DaysMin int
	DaysMax int // longest transit; the delivered-by-timer rule counts from it
}

// Line is one product of an order at the price of that moment.
type Line struct {
	ID          int64
	ProductID   int64
	RevisionID  int64
	PictureID   int64
	Title       string
	Unit        string
	UnitPrice   money.Rupiah
	Quantity    int64 // as ordered
	Cancelled   int64 // of these, how many the shop could not make
	WeightGrams int64 // of one unit
	ReadyBy     time.Time
	Period      string // the period whose capacity it took, empty for stock
}

// Left is the quantity still to be delivered.
func (l Line) Left() int64 { return l.Quantity - l.Cancelled }

// Amount is the line as ordered. It cannot overflow: CreateTx refused that.
func (l Line) Amount() money.Rupiah { return l.UnitPrice * money.Rupiah(l.Quantity) }

// Event is one step of an order's history.
type Event struct {
	ID        int64
	At        time.Time
	Move      Transition
	From      State
	To        State
	Who       Who
	ActorID   int64 // 0 for buyer by token, timer and payment
	SubjectID int64 // the maker acted for, when a companion or staff acted; else 0
	Reason    string
	Amount    money.Rupiah // given back by this step, else 0
}

// Sentence is the step in the interface's words.
func (e Event) Sentence() string { return text.T("order.event."+string(e.Move), "amount", e.Amount) }

// New is an order to be created by a use case.
type New struct {
	PurchaseID  int64
	ShopID      int64
	ShopName    string
	RegencyCode string // of the shop: decides which staff oversee it and its working days
	Buyer       Person
	Recipient   Recipient
	Note        string
	Delivery    Delivery
	Lines       []NewLine
}

// NewLine is one line of a New order.
type NewLine struct {
	ProductID   int64
	RevisionID  int64
	PictureID   int64
	Title       string
	Unit        string
	UnitPrice   money.Rupiah
	Quantity    int64
	WeightGrams int64
}

// MoveInput is what a person adds to a move; which fields are needed depends on
// the transition.
type MoveInput struct {
	TrackingNumber string          // dispatch by courier
	Courier        string          // dispatch by courier
	Code           string          // hand_over: the buyer's pick-up code
	Reason         string          // refuse, refuse_part
	Lines          map[int64]int64 // refuse_part: line id to how many cannot be made
	FormKey        string          // a second send with the same key finds the first result
	Seen           int64           // the version the person looked at; 0 skips the comparison
}

// Filter narrows ForShop.
type Filter struct {
	States []State // empty means all that were ever paid
	Cursor string  // from Page.Next
	Limit  int     // 1 to 50; 0 means 20
}

// Page is one page of a shop's orders, newest first.
type Page struct {
	Orders []Order
	Next   string // empty on the last page
}
