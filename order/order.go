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

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
)

// Order is one shop's part of a purchase.
//
// Buyer contact and address are filled only for those who may read them: the
// buyer with the token, and the shop's side until 30 days after delivery
// (ContactHidden says when they were left out).
type Order struct {
	ID          int64
	Number      string          // short and readable, such as LB-7K3M9Q
	Purpose     payment.Purpose // what its payments are for: a purchase or an accepted offer
	ShopID      int64
	ShopName    string // as the buyer saw it
	RegencyCode string // of the shop
	State       State
	PayBy       PayBy  // who takes the money
	Source      Source // where it came from
	Version     int64  // grows with every change; send it back as MoveInput.Seen
	Token       string // guest token of /pesanan/{token}; filled for the buyer only

	Buyer         Person
	Recipient     Recipient
	ContactHidden bool
	Note          string // from the buyer to the shop

	Delivery Delivery
	Goods    money.Rupiah // sum of the lines as ordered
	Total    money.Rupiah // goods and delivery as ordered
	Refunded money.Rupiah // given back, or taken off what is to be paid: owed or done

	CommissionPermille int64 // the operator's part of its goods, frozen when it was placed; see Commission

	Lines  []Line
	Events []Event // oldest first; filled by the single-order reads

	TrackingNumber string
	Courier        string
	PickupCode     string           // the buyer's code; filled for the buyer of a paid pick-up order only
	PickupAddress  delivery.Address // filled like PickupCode

	PaymentID    int64     // 0 until paid through the gateway
	CreatedAt    time.Time // all times UTC; zero when it has not happened
	PaidAt       time.Time
	SettledAt    time.Time // when the gateway credited the money
	ReadyBy      time.Time // the promise: when the last line should be ready
	SeenAt       time.Time // first opened by the shop or its companion
	DispatchedAt time.Time
	DeliveredAt  time.Time
	CompletedAt  time.Time
	BegunAt      time.Time // when the shop got it to do: paid, or to be paid with the goods
	StateAt      time.Time // since when it is in its state
	ClosesAt     time.Time // when a timer will make the next move by itself; zero for none
	Again        bool      // its goods left the shop before: a replacement, or sent once more

	ProofAt        time.Time // when the buyer sent proof of paying the shop itself
	NewDate        time.Time // a new ReadyBy the shop asks the buyer for
	NewDateAt      time.Time // when it asked
	DateDeclinedAt time.Time // when the buyer said no
	ComplainUntil  time.Time // how long the buyer may complain about what was delivered
	ComplainedAt   time.Time // since when a complaint waits for a decision; zero for none

	ProposedBack money.Rupiah // what one of staff wants to give back and another must confirm; 0 for nothing
	ProposedBy   int64        // who

	asked bool // the question after the longest transit was asked
}

// Kind is what decides about the order's moves beside its state.
func (o Order) Kind() Kind {
	return Kind{PayBy: o.PayBy, Pickup: o.Pickup(), Again: o.Again, Paid: o.Paid(), Outside: o.Source.Outside() && o.PayBy == ByCash}
}

// Begun says that the shop got the order to do: it was paid, or it is paid with
// the goods.
func (o Order) Begun() bool { return !o.BegunAt.IsZero() }

// Remaining is what the order is still worth: total less what was given back.
func (o Order) Remaining() money.Rupiah { return o.Total - o.Refunded }

// Paid says that money for this order has come in: to us and not into suspense, or
// to the shop itself.
func (o Order) Paid() bool { return !o.PaidAt.IsZero() }

// Received is what the buyer paid, before anything of it went back: the total less
// what was taken off until then; 0 for an order that is not paid. It reads Events,
// so it is right for the single-order reads only.
func (o Order) Received() money.Rupiah {
	if !o.Paid() {
		return 0
	}
	sum := o.Total
	for _, e := range o.Events {
		if e.At.Before(o.PaidAt) {
			sum -= e.Amount
		}
	}
	return sum
}

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
	Zone    string // region.Zone of a courier parcel by zones, else empty
	Carrier string // name of the courier as it stood at checkout, else empty
	Service string // of the courier, where it has several
	DaysMin int
	DaysMax int // longest transit; the delivered-by-timer rule counts from it
}

// Line is one product of an order at the price of that moment.
type Line struct {
	ID          int64
	ProductID   int64
	VariantID   int64 // 0: the product had none
	RevisionID  int64
	PictureID   int64
	Title       string // with the variant's name, "Seragam SD (M)"
	Unit        string
	UnitPrice   money.Rupiah
	Quantity    int64           // as ordered
	Cancelled   int64           // of these, how many the shop could not make
	WeightGrams int64           // of one unit
	HowSoon     catalog.HowSoon // what kind of promise it was when it was bought; empty for old orders
	Drawn       bool            // its quantity was promised from the product's pools
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
	Cause     Cause // of a complaint
	Reason    string
	Pictures  []int64      // ids of private pictures, see PictureOwner
	Amount    money.Rupiah // given back or taken off by this step, else 0
	back      back
}

// Sentence is the step in the interface's words, with what became of its amount.
func (e Event) Sentence() string { return e.Said(text.T) }

// Said is Sentence in the words of say: text.T, or a page's own language.
func (e Event) Said(say func(key string, args ...any) string) string {
	sentence := say("order.event." + string(e.Move))
	if e.Amount == 0 {
		return sentence
	}
	return say("order.back."+string(e.back), "sentence", sentence, "amount", e.Amount)
}

// back is the way an amount goes back.
type back string

const (
	backByGateway back = "gateway" // from us
	backByShop    back = "shop"    // the shop took it and returns it
	backOff       back = "off"     // it never was paid
)

// backOf is the way an amount goes back that was given back at that time.
func backOf(row orderRow, at time.Time) back {
	switch {
	case row.PayBy.Held():
		return backByGateway
	case row.PaidAt == nil || at.Before(*row.PaidAt):
		return backOff
	}
	return backByShop
}

// New is an order to be created by a use case.
type New struct {
	Purpose     payment.Purpose
	PayBy       PayBy  // "" means ByGateway
	Source      Source // "" means FromWeb
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
	VariantID   int64
	RevisionID  int64
	PictureID   int64
	Title       string
	Unit        string
	UnitPrice   money.Rupiah
	Quantity    int64
	WeightGrams int64
	HowSoon     catalog.HowSoon // as the buyer was shown it
	Apart       bool            // made apart from the product's pools: nothing is promised
}

// MoveInput is what a person adds to a move; which fields are needed depends on
// the transition.
type MoveInput struct {
	TrackingNumber string          // dispatch by courier
	Courier        string          // dispatch by courier
	Code           string          // hand_over: the buyer's pick-up code
	Reason         string          // refuse, refuse_part, and every other move that needs words
	GiveBack       money.Rupiah    // resolve, refund_after
	Date           time.Time       // propose_date: the day, any time of it
	Cause          Cause           // complain
	Pictures       []int64         // evidence: pictures stored for this order (PictureOwner), at most four
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
