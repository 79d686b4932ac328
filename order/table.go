package order

import "slices"

// State is where an order stands.
type State string

// The states of design §4.
const (
	AwaitingPayment State = "awaiting_payment"
	ToDo            State = "to_do"
	Making          State = "making"
	Ready           State = "ready"
	Dispatched      State = "dispatched"
	Delivered       State = "delivered"
	Completed       State = "completed"
	Lapsed          State = "lapsed"
	Cancelled       State = "cancelled"
	NotCollected    State = "not_collected"
	Returning       State = "returning"
	Returned        State = "returned"
	Disputed        State = "disputed"
	Resolved        State = "resolved"
)

// States are all states in the order in which people meet them.
var States = []State{AwaitingPayment, ToDo, Making, Ready, Dispatched, Delivered, Completed, NotCollected,
	Returning, Returned, Disputed, Resolved, Lapsed, Cancelled}

// Ended says that nothing more happens to an order in this state, refunds aside.
func (s State) Ended() bool {
	return slices.Contains([]State{Completed, Resolved, Lapsed, Cancelled}, s)
}

// Who makes a move.
type Who string

// The parties of the table.
const (
	Seller    Who = "seller"    // a member of the shop
	Companion Who = "companion" // with an active grant for the shop
	Staff     Who = "staff"     // officer or head of the agency in the shop's territory, or an admin
	Buyer     Who = "buyer"     // holder of the order's token
	Timer     Who = "timer"     // RunTimers
	Payment   Who = "payment"   // the purchase's settler
)

// Everyone are all parties.
var Everyone = []Who{Seller, Companion, Staff, Buyer, Timer, Payment}

// Transition names a move.
type Transition string

// The moves.
const (
	Pay             Transition = "pay"
	Begin           Transition = "begin" // an order paid with the goods
	PayDirect       Transition = "pay_direct"
	DenyDirect      Transition = "deny_direct" // proof was sent, and no money is there
	PayLate         Transition = "pay_late"
	Lapse           Transition = "lapse"
	LapseDirect     Transition = "lapse_direct"
	GiveUp          Transition = "give_up" // asked by the buyer, made once the invoice is closed
	Start           Transition = "start"
	Finish          Transition = "finish"
	Dispatch        Transition = "dispatch"
	HandOver        Transition = "hand_over"
	Deliver         Transition = "deliver"
	Complete        Transition = "complete"
	RefusePart      Transition = "refuse_part"
	Refuse          Transition = "refuse"
	ProposeDate     Transition = "propose_date"
	AcceptDate      Transition = "accept_date"
	DeclineDate     Transition = "decline_date"
	CallOff         Transition = "call_off" // the buyer's answer to a new date
	NotCollect      Transition = "not_collected"
	TurnBack        Transition = "turn_back"
	CameBack        Transition = "came_back"
	SendAgain       Transition = "send_again"
	Close           Transition = "close" // goods are back and never were paid
	Complain        Transition = "complain"
	AnswerComplaint Transition = "answer_complaint"
	Replace         Transition = "replace"
	Resolve         Transition = "resolve"
	ProposeBack     Transition = "propose_back" // a large sum: another of staff confirms it
	RefundAfter     Transition = "refund_after"

	TakeCash Transition = "take_cash" // of a sale the maker made herself: the money is there
	Give     Transition = "give"      // of such a sale: the buyer has the goods
	UndoSale Transition = "undo_sale" // of such a sale: written down by mistake, a moment ago
)

// Effect is what a move does besides changing the state, in its transaction.
type Effect string

// The effects.
const (
	KeepPromises    Effect = "keep promises"
	RepeatPromises  Effect = "hold every line again"
	ReleasePromises Effect = "release promises"
	ReleaseLines    Effect = "release the cancelled quantity"
	UsePromises     Effect = "use promises"
	UnusePromises   Effect = "release promises, also those that were used"
	ReleaseDelivery Effect = "delivery money to the shop once settled"
	ReleaseGoods    Effect = "goods money to the shop once settled"
	OweLines        Effect = "give back the cancelled lines"
	OweAll          Effect = "give back all that is left, delivery included"
	OweSome         Effect = "give back an amount, 0 to all that is left"
	BookSale        Effect = "the shop's own sale into its books"
)

// Kind is what of an order, beside its state, decides about its moves.
type Kind struct {
	PayBy  PayBy
	Pickup bool
	Again  bool // its goods left the shop before: a replacement, or sent once more
	Paid   bool

	Outside bool // sold by the maker herself for cash, see Source; a sale paid by a link is like any other
}

// Way narrows a row to a way of delivery.
type Way string

// The ways.
const (
	AnyWay Way = ""
	Pickup Way = "pickup"
	Parcel Way = "parcel"
)

// Case narrows a row to some orders; the zero Case is every order.
type Case struct {
	PayBy  []PayBy // empty: however it is paid
	Way    Way
	First  bool // only while its goods never left the shop
	Again  bool // only when they did
	Unpaid bool // only while no money came
	Paid   bool // only when it did

	Outside bool // only sales that the maker made herself for cash
	Window  bool // only the others, those of the shop window
}

// fits says whether orders of a kind are among the case's.
func (c Case) fits(k Kind) bool {
	return (len(c.PayBy) == 0 || slices.Contains(c.PayBy, k.PayBy)) &&
		(c.Way == AnyWay || (c.Way == Pickup) == k.Pickup) &&
		!(c.First && k.Again) && !(c.Again && !k.Again) && !(c.Unpaid && k.Paid) && !(c.Paid && !k.Paid) &&
		!(c.Outside && !k.Outside) && !(c.Window && k.Outside)
}

// Rule is one row of the table. A move may have several rows, for different orders.
type Rule struct {
	Name    Transition
	From    []State
	To      State // empty: the order stays in its state
	Who     []Who
	Only    Case
	Effects []Effect
	Timer   string // what the move schedules, in words; empty for nothing
}

var (
	shopside  = []Who{Seller, Companion, Staff}
	byGateway = Case{PayBy: []PayBy{ByGateway}}
	byDirect  = Case{PayBy: []PayBy{ByDirect}}
	payLater  = Case{PayBy: []PayBy{ByCOD, ByCash}}
)

const (
	remindTimer   = "unseen for 6 hours: reminder to the shop, companion's call list"
	completeTimer = "3 working days: complete"
)

// Transitions is the order machine of design §4: the only way a state changes.
// docs/order-states.md is generated from it, and a test tries every
// combination of state, move and party that is not in it.
var Transitions = []Rule{
	{Name: Pay, From: []State{AwaitingPayment}, To: ToDo, Who: []Who{Payment}, Only: byGateway,
		Effects: []Effect{KeepPromises}, Timer: remindTimer},
	{Name: Begin, From: []State{AwaitingPayment}, To: ToDo, Who: []Who{Payment}, Only: payLater,
		Effects: []Effect{KeepPromises}, Timer: remindTimer},
	{Name: PayDirect, From: []State{AwaitingPayment}, To: ToDo, Who: []Who{Seller, Staff}, Only: byDirect,
		Effects: []Effect{KeepPromises, BookSale}, Timer: remindTimer},
	{Name: PayDirect, From: []State{Lapsed}, To: ToDo, Who: []Who{Seller, Staff}, Only: byDirect,
		Effects: []Effect{RepeatPromises, KeepPromises, BookSale}, Timer: remindTimer},
	{Name: DenyDirect, From: []State{AwaitingPayment}, Who: []Who{Seller, Staff}, Only: byDirect,
		Timer: "24 hours: lapse_direct"},
	{Name: Lapse, From: []State{AwaitingPayment}, To: Lapsed, Who: []Who{Payment}, Only: byGateway,
		Effects: []Effect{ReleasePromises}},
	{Name: LapseDirect, From: []State{AwaitingPayment}, To: Lapsed, Who: []Who{Timer}, Only: byDirect,
		Effects: []Effect{ReleasePromises}},
	{Name: GiveUp, From: []State{AwaitingPayment}, To: Cancelled, Who: []Who{Buyer}, Only: Case{PayBy: []PayBy{ByGateway, ByDirect}},
		Effects: []Effect{ReleasePromises}},
	{Name: PayLate, From: []State{Lapsed, Cancelled}, To: ToDo, Who: []Who{Payment}, Only: byGateway,
		Effects: []Effect{RepeatPromises, KeepPromises}, Timer: remindTimer},

	{Name: Start, From: []State{ToDo}, To: Making, Who: shopside},
	{Name: Finish, From: []State{Making}, To: Ready, Who: shopside, Timer: "pick-up: 5 working days: not_collected"},
	{Name: RefusePart, From: []State{ToDo, Making, Ready}, Who: shopside, Only: Case{First: true},
		Effects: []Effect{ReleaseLines, OweLines}},
	{Name: Refuse, From: []State{ToDo, Making, Ready}, To: Cancelled, Who: shopside, Only: Case{First: true},
		Effects: []Effect{ReleasePromises, OweAll}},
	{Name: ProposeDate, From: []State{ToDo, Making}, Who: shopside, Only: Case{Window: true}},
	{Name: AcceptDate, From: []State{ToDo, Making}, Who: []Who{Buyer}},
	{Name: DeclineDate, From: []State{ToDo, Making}, Who: []Who{Buyer}},
	{Name: CallOff, From: []State{ToDo, Making}, To: Cancelled, Who: []Who{Buyer}, Only: Case{First: true},
		Effects: []Effect{ReleasePromises, OweAll}},

	{Name: Dispatch, From: []State{Ready}, To: Dispatched, Who: shopside, Only: Case{Way: Parcel},
		Effects: []Effect{UsePromises, ReleaseDelivery}, Timer: "longest transit: the buyer (COD: the shop) is asked; 2 days later: deliver, but never COD"},
	{Name: HandOver, From: []State{Ready, NotCollected}, To: Delivered, Who: shopside, Only: Case{Way: Pickup, PayBy: []PayBy{ByGateway, ByDirect}},
		Effects: []Effect{UsePromises, ReleaseDelivery}, Timer: completeTimer},
	{Name: HandOver, From: []State{Ready, NotCollected}, To: Delivered, Who: shopside, Only: Case{Way: Pickup, PayBy: []PayBy{ByCash}, Window: true},
		Effects: []Effect{UsePromises, BookSale}, Timer: completeTimer},
	{Name: NotCollect, From: []State{Ready}, To: NotCollected, Who: []Who{Seller, Companion, Staff, Timer}, Only: Case{Way: Pickup, Window: true},
		Effects: []Effect{UsePromises}},
	{Name: Deliver, From: []State{Dispatched}, To: Delivered, Who: []Who{Buyer, Staff, Timer}, Only: Case{PayBy: []PayBy{ByGateway, ByDirect}},
		Timer: completeTimer},
	{Name: Deliver, From: []State{Dispatched}, To: Delivered, Who: []Who{Seller, Staff}, Only: Case{PayBy: []PayBy{ByCOD}},
		Effects: []Effect{BookSale}, Timer: completeTimer},
	{Name: TurnBack, From: []State{Dispatched}, To: Returning, Who: shopside, Only: Case{Way: Parcel}},
	{Name: CameBack, From: []State{Returning}, To: Returned, Who: shopside, Only: Case{Way: Parcel}},
	{Name: SendAgain, From: []State{Returned}, To: Ready, Who: shopside, Only: Case{Way: Parcel}},
	{Name: Close, From: []State{Returned, NotCollected}, To: Resolved, Who: shopside, Only: Case{PayBy: payLater.PayBy, Unpaid: true},
		Effects: []Effect{OweAll}},

	{Name: TakeCash, From: []State{ToDo, Making, Ready}, Who: shopside, Only: Case{Outside: true, Unpaid: true},
		Effects: []Effect{BookSale}},
	{Name: TakeCash, From: []State{Delivered}, To: Completed, Who: shopside, Only: Case{Outside: true, Unpaid: true},
		Effects: []Effect{BookSale}},
	{Name: Give, From: []State{ToDo, Making, Ready}, To: Delivered, Who: shopside, Only: Case{Outside: true, Unpaid: true},
		Effects: []Effect{UsePromises}},
	{Name: Give, From: []State{ToDo, Making, Ready}, To: Completed, Who: shopside, Only: Case{Outside: true, Paid: true},
		Effects: []Effect{UsePromises}},
	{Name: UndoSale, From: []State{ToDo, Making, Ready, Delivered, Completed}, To: Cancelled, Who: shopside, Only: Case{Outside: true},
		Effects: []Effect{UnusePromises, OweAll}},

	{Name: Complete, From: []State{Delivered}, To: Completed, Who: []Who{Buyer, Timer}, Only: Case{Window: true},
		Effects: []Effect{ReleaseGoods}},
	{Name: Complain, From: []State{Delivered}, To: Disputed, Who: []Who{Buyer}, Only: Case{Window: true}},
	{Name: Complain, From: []State{Completed}, Who: []Who{Buyer}, Only: Case{Window: true}},
	{Name: AnswerComplaint, From: []State{Disputed, Completed}, Who: []Who{Seller, Companion}},
	{Name: Replace, From: []State{Disputed}, To: Making, Who: []Who{Staff}},
	{Name: Resolve, From: []State{Disputed, Returned, NotCollected}, To: Resolved, Who: []Who{Staff},
		Effects: []Effect{OweSome, ReleaseDelivery, ReleaseGoods}},
	{Name: Resolve, From: []State{Making, Ready}, To: Resolved, Who: []Who{Staff}, Only: Case{Again: true},
		Effects: []Effect{OweSome, ReleaseDelivery, ReleaseGoods}},
	{Name: ProposeBack, From: []State{Disputed, Returned, NotCollected, Making, Ready, Completed, Resolved}, Who: []Who{Staff}, Only: byGateway},
	{Name: RefundAfter, From: []State{Completed, Resolved}, Who: []Who{Staff},
		Effects: []Effect{OweSome}},
}

// Find returns the row that lets who make a move on an order of that kind and
// state; false when there is none.
func Find(name Transition, from State, who Who, k Kind) (Rule, bool) {
	for _, r := range Transitions {
		if r.Name == name && r.Allows(from, who) && r.Only.fits(k) {
			return r, true
		}
	}
	return Rule{}, false
}

// RulesOf returns the rows of a move; none for a name that is not in the table.
func RulesOf(name Transition) []Rule {
	var rules []Rule
	for _, r := range Transitions {
		if r.Name == name {
			rules = append(rules, r)
		}
	}
	return rules
}

// may says whether any row lets that party make the move at all.
func may(name Transition, who Who) bool {
	return slices.ContainsFunc(RulesOf(name), func(r Rule) bool { return slices.Contains(r.Who, who) })
}

// Allows says whether the row lets who move an order that is in from.
func (r Rule) Allows(from State, who Who) bool {
	return slices.Contains(r.From, from) && slices.Contains(r.Who, who)
}

// Does says whether the row has that effect.
func (r Rule) Does(e Effect) bool { return slices.Contains(r.Effects, e) }

// Possible lists the moves that who may make from a state on orders of that kind,
// in table order: what a page offers as buttons. Pick-up orders are handed over,
// the others are dispatched, never the reverse.
func Possible(from State, who Who, k Kind) []Transition {
	var names []Transition
	for _, r := range Transitions {
		if r.Allows(from, who) && r.Only.fits(k) && !slices.Contains(names, r.Name) {
			names = append(names, r.Name)
		}
	}
	return names
}
