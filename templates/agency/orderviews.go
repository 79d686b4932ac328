package agency

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Orders is the list of a territory's paid orders.
type Orders struct {
	Page        view.Private
	Action      string
	Number      string // looked for
	NumberError string
	Stats       []view.Stat // what needs help
	Tabs        []view.Link // by state, with counts
	State       string      // kept when filters change
	Shops       []view.Option
	Needs       []view.Option
	Clear       string // address without filters; empty when none is on
	Shown       string
	Table       view.Table
	Pager       view.Pager
}

// Order is one order as staff see it.
type Order struct {
	Page          view.Private
	Title         string
	Chip          view.Chip
	Needs         []view.Chip
	Lines         view.Table
	Bill          []view.Amount
	Note          string // from the buyer to the shop
	Buyer         []view.Fact
	Method        string
	Recipient     []view.Fact
	Address       []string
	ContactHidden bool
	Tracking      []view.Fact
	Shop          []view.Fact
	Steps         []view.Step
	Photos        []view.Picture // of the steps and of a complaint
	Proof         *view.Proof    // of an order that is paid to the shop itself
	Desk          OrderDesk
}

// OrderDesk is what staff can do about an order now. Errors belong to the form
// that was sent.
type OrderDesk struct {
	Lead     string
	Notices  []view.Notice // what to know before deciding
	Moves    []OrderMove
	Steps    []OrderStep
	Refuse   *OrderRefuse
	Recorded string // as whom a move is recorded
	Errors   view.Errors
}

// OrderMove is one move with what it asks.
type OrderMove struct {
	URL, Label, Icon string
	Hint             string
	Hidden           []view.Hidden
	Fields           []view.Field
}

// OrderStep is a move beside the straight way, in a form that opens.
type OrderStep struct {
	URL, Title, Icon, Hint string
	Hidden                 []view.Hidden
	Fields                 []view.Field
	Submit                 string        // of its button; empty: the title
	More                   []view.Hidden // further buttons: the value of "jumlah", and what it says
	Open                   bool
}

// OrderRefuse asks what the shop cannot make, and why.
type OrderRefuse struct {
	URL    string
	Hidden []view.Hidden
	Lines  []view.Field
	Reason string
	Open   bool
	Errors view.Errors
}

// OrderRefusal says in money what a refusal gives back.
type OrderRefusal struct {
	Page           view.Private
	Number, Action string
	Back           string // address of the order
	Hidden         []view.Hidden
	Amount, Left   money.Rupiah
	Whole          bool
	Lines          []string
	Reason         string
}
