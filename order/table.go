package order

import "slices"

// State is where an order stands.
type State string

// The states of design §4 that this program can reach. Not collected,
// returning, returned, disputed and resolved come with the features that lead
// into them.
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
)

// States are all states in the order in which people meet them.
var States = []State{AwaitingPayment, ToDo, Making, Ready, Dispatched, Delivered, Completed, Lapsed, Cancelled}

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
	Pay        Transition = "pay"
	PayLate    Transition = "pay_late"
	Lapse      Transition = "lapse"
	GiveUp     Transition = "give_up" // asked by the buyer, made once the invoice is closed
	Start      Transition = "start"
	Finish     Transition = "finish"
	Dispatch   Transition = "dispatch"
	HandOver   Transition = "hand_over"
	Deliver    Transition = "deliver"
	Complete   Transition = "complete"
	RefusePart Transition = "refuse_part"
	Refuse     Transition = "refuse"
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
	ReleaseDelivery Effect = "delivery money to the shop once settled"
	ReleaseGoods    Effect = "goods money to the shop once settled"
	OweLines        Effect = "refund of the cancelled lines"
	OweAll          Effect = "refund of all that is left, delivery included"
)

// Rule is one row of the table.
type Rule struct {
	Name    Transition
	From    []State
	To      State // empty: the order stays in its state
	Who     []Who
	Effects []Effect
	Timer   string // what the move schedules, in words; empty for nothing
}

// Transitions is the order machine of design §4: the only way a state changes.
// docs/order-states.md is generated from it, and a test tries every
// combination of state, move and party that is not in it.
var Transitions = []Rule{
	{Name: Pay, From: []State{AwaitingPayment}, To: ToDo, Who: []Who{Payment},
		Effects: []Effect{KeepPromises}, Timer: "unseen for 6 hours: reminder to the shop, companion's call list"},
	{Name: Lapse, From: []State{AwaitingPayment}, To: Lapsed, Who: []Who{Payment},
		Effects: []Effect{ReleasePromises}},
	{Name: GiveUp, From: []State{AwaitingPayment}, To: Cancelled, Who: []Who{Buyer},
		Effects: []Effect{ReleasePromises}},
	{Name: PayLate, From: []State{Lapsed, Cancelled}, To: ToDo, Who: []Who{Payment},
		Effects: []Effect{RepeatPromises, KeepPromises}, Timer: "unseen for 6 hours: reminder to the shop, companion's call list"},
	{Name: Start, From: []State{ToDo}, To: Making, Who: []Who{Seller, Companion, Staff}},
	{Name: Finish, From: []State{Making}, To: Ready, Who: []Who{Seller, Companion, Staff}},
	{Name: Dispatch, From: []State{Ready}, To: Dispatched, Who: []Who{Seller, Companion, Staff},
		Effects: []Effect{UsePromises, ReleaseDelivery}, Timer: "longest transit: the buyer is asked; 2 days later: deliver"},
	{Name: HandOver, From: []State{Ready}, To: Delivered, Who: []Who{Seller, Companion, Staff},
		Effects: []Effect{UsePromises, ReleaseDelivery}, Timer: "3 working days: complete"},
	{Name: Deliver, From: []State{Dispatched}, To: Delivered, Who: []Who{Buyer, Staff, Timer},
		Timer: "3 working days: complete"},
	{Name: Complete, From: []State{Delivered}, To: Completed, Who: []Who{Buyer, Timer},
		Effects: []Effect{ReleaseGoods}},
	{Name: RefusePart, From: []State{ToDo, Making, Ready}, Who: []Who{Seller, Companion, Staff},
		Effects: []Effect{ReleaseLines, OweLines}},
	{Name: Refuse, From: []State{ToDo, Making, Ready}, To: Cancelled, Who: []Who{Seller, Companion, Staff},
		Effects: []Effect{ReleasePromises, OweAll}},
}

// RuleOf returns the row of a move; false for a name that is not in the table.
func RuleOf(name Transition) (Rule, bool) {
	for _, r := range Transitions {
		if r.Name == name {
			return r, true
		}
	}
	return Rule{}, false
}

// Allows says whether the row lets who move an order that is in from.
func (r Rule) Allows(from State, who Who) bool {
	return slices.Contains(r.From, from) && slices.Contains(r.Who, who)
}

// Does says whether the row has that effect.
func (r Rule) Does(e Effect) bool { return slices.Contains(r.Effects, e) }

// Possible lists the moves that who may make from a state, in table order:
// what a page offers as buttons. Pick-up orders are handed over, the others are
// dispatched, never the reverse.
func Possible(from State, who Who, pickup bool) []Transition {
	var names []Transition
	for _, r := range Transitions {
		if r.Allows(from, who) && r.Name != wrongWay(pickup) {
			names = append(names, r.Name)
		}
	}
	return names
}

// wrongWay is the move out of the shop that the delivery method rules out.
func wrongWay(pickup bool) Transition {
	if pickup {
		return Dispatch
	}
	return HandOver
}
