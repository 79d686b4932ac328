package quote

import "slices"

// State is where a request stands.
type State string

// The states of a request.
const (
	Draft     State = "draft"     // pictures of a form that is not sent yet
	Unplaced  State = "unplaced"  // the agency looks for a shop
	Asked     State = "asked"     // a shop is to answer
	Answered  State = "answered"  // an offer waits for the buyer
	Expired   State = "expired"   // the offer ran out, or was not paid; the shop may offer again
	Accepted  State = "accepted"  // there is an order
	Declined  State = "declined"  // nobody makes it
	Cancelled State = "cancelled" // the buyer does not want it any more
)

// States are all states of a request in the order in which people meet them.
var States = []State{Draft, Unplaced, Asked, Answered, Expired, Accepted, Declined, Cancelled}

// OfferState is where an offer stands.
type OfferState string

// The states of an offer.
const (
	Sent            OfferState = "sent"
	OfferReplaced   OfferState = "replaced"    // the shop sent another one
	OfferWithdrawn  OfferState = "withdrawn"   // the shop cannot after all
	OfferTurnedDown OfferState = "turned_down" // the buyer does not want it
	OfferExpired    OfferState = "expired"
	OfferAccepted   OfferState = "accepted"
	OfferUnpaid     OfferState = "unpaid" // accepted, and never paid
)

// OfferStates are all states of an offer.
var OfferStates = []OfferState{Sent, OfferReplaced, OfferWithdrawn, OfferTurnedDown, OfferExpired, OfferAccepted, OfferUnpaid}

// Who makes a move.
type Who string

// The parties of the tables.
const (
	Seller    Who = "seller"    // a member of the shop
	Companion Who = "companion" // with an active grant for the shop
	Staff     Who = "staff"     // officer or head in the shop's territory, or an admin
	Buyer     Who = "buyer"     // holder of the request's token
	Timer     Who = "timer"     // RunTimers
	Payment   Who = "payment"   // the settler
)

// Everyone are all parties.
var Everyone = []Who{Seller, Companion, Staff, Buyer, Timer, Payment}

// Rule is one row of a table: the move's name, where it starts and ends, who may
// make it, what else it does and what it schedules, in words.
type Rule[S ~string] struct {
	Name    string
	From    []S
	To      S
	Who     []Who
	Effects string
	Timer   string
}

// Allows says whether the row lets who move from that state.
func (r Rule[S]) Allows(from S, who Who) bool {
	return slices.Contains(r.From, from) && slices.Contains(r.Who, who)
}

var shopSide = []Who{Seller, Companion, Staff}

// Moves is the machine of requests: the only way their state changes.
// docs/quote-states.md is generated from it and from OfferMoves, and a test tries
// every combination that is not in them.
var Moves = []Rule[State]{
	{Name: "ask", From: []State{Draft}, To: Asked, Who: []Who{Buyer}, Effects: "the shop is told", Timer: "a day unanswered: reminder to the shop, companion's call list"},
	{Name: "ask_agency", From: []State{Draft}, To: Unplaced, Who: []Who{Buyer}},
	{Name: "pass", From: []State{Unplaced}, To: Asked, Who: []Who{Staff}, Effects: "the shop and the buyer are told", Timer: "as ask"},
	{Name: "refuse", From: []State{Unplaced}, To: Declined, Who: []Who{Staff}, Effects: "the buyer is told why"},
	{Name: "answer", From: []State{Asked, Answered, Expired}, To: Answered, Who: shopSide, Effects: "an offer is sent, an open one replaced", Timer: "end of its validity: expire"},
	{Name: "decline", From: []State{Asked, Answered, Expired}, To: Declined, Who: shopSide, Effects: "an open offer is withdrawn, the buyer is told why"},
	{Name: "hand_back", From: []State{Asked, Answered, Expired}, To: Unplaced, Who: shopSide, Effects: "instead of decline, when the agency had passed the request on; an open offer is withdrawn"},
	{Name: "accept", From: []State{Answered}, To: Accepted, Who: []Who{Buyer}, Effects: "the open offer is accepted: order, promises, payment"},
	{Name: "cancel", From: []State{Unplaced, Asked, Answered, Expired}, To: Cancelled, Who: []Who{Buyer}, Effects: "an open offer is turned down, the shop is told"},
	{Name: "expire", From: []State{Answered}, To: Expired, Who: []Who{Timer}, Effects: "the open offer expires, both sides are told"},
	{Name: "unpaid", From: []State{Accepted}, To: Expired, Who: []Who{Payment}, Effects: "the order lapses, its promises are let go"},
	{Name: "pay_late", From: []State{Expired}, To: Accepted, Who: []Who{Payment}, Effects: "the order goes on, if its lines can be held again"},
}

// OfferMoves is the machine of offers; each is made together with a move of the
// request.
var OfferMoves = []Rule[OfferState]{
	{Name: "replace", From: []OfferState{Sent}, To: OfferReplaced, Who: shopSide},
	{Name: "withdraw", From: []OfferState{Sent}, To: OfferWithdrawn, Who: shopSide},
	{Name: "turn_down", From: []OfferState{Sent}, To: OfferTurnedDown, Who: []Who{Buyer}},
	{Name: "expire", From: []OfferState{Sent}, To: OfferExpired, Who: []Who{Timer}},
	{Name: "accept", From: []OfferState{Sent}, To: OfferAccepted, Who: []Who{Buyer}},
	{Name: "unpaid", From: []OfferState{OfferAccepted}, To: OfferUnpaid, Who: []Who{Payment}},
	{Name: "pay_late", From: []OfferState{OfferUnpaid}, To: OfferAccepted, Who: []Who{Payment}},
}

// RuleOf returns the row of a move in a table; false for a name that is not in it.
func RuleOf[S ~string](table []Rule[S], name string) (Rule[S], bool) {
	for _, r := range table {
		if r.Name == name {
			return r, true
		}
	}
	return Rule[S]{}, false
}

// Possible lists the moves that who may make on a request, in table order: what a
// page offers as buttons. passed says that the agency had passed it on.
func Possible(from State, who Who, passed bool) []string {
	var names []string
	for _, r := range Moves {
		if r.Allows(from, who) && r.Name != wrongWay(passed) {
			names = append(names, r.Name)
		}
	}
	return names
}

// wrongWay is the refusal that the request's origin rules out.
func wrongWay(passed bool) string {
	if passed {
		return "decline"
	}
	return "hand_back"
}
