package maker

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Shares is who has a part in the shop's money, and how it was divided; to a member
// of a group only their own part.
type Shares struct {
	Page      view.Private
	Mine      *money.Rupiah // a member's own part
	None      string        // why there is nothing to see
	Free      money.Rupiah
	Parties   []ShareParty
	Rule      string // how the money is divided; "" before that is set
	Divide    bool   // everything is there to divide
	Divisions []ShareDivision
	Lines     []MoneyLine // a member's own movements
	Runs      bool
}

// ShareParty is a member, a coded worker or a fund.
type ShareParty struct {
	Name, Kind, URL string
	Due             money.Rupiah
	Closed          bool
}

// ShareDivision is one sharing-out in a list.
type ShareDivision struct {
	Month, When, URL string
	Amount           money.Rupiah
	Chip             view.Chip
}

// ShareStatement is what one party was given and took.
type ShareStatement struct {
	Page   view.Private
	Back   view.Link
	Name   string
	Kind   string
	Due    money.Rupiah
	Lines  []MoneyLine
	Close  []view.Hidden // the form that closes it; nil when it cannot be closed
	Closed string
	Pay    *view.Link // asks for cash; nil when there is nothing to ask for

	Withdrawals []Withdrawal // the last ones

	Account PartAccount
	Duty    *PartDuty     // what a member keeps for the group; nil for who may not say
	Leave   []view.Hidden // the form that takes a member out of the group
}

// ShareForm is one question about shares: fields in their order.
type ShareForm struct {
	Page    view.Private
	Step    ui.Step
	Amount  *money.Rupiah // what it is about, in figures and words
	Facts   []view.Fact
	Choices *view.Choices
	Selects []view.Select
	Dates   []view.Field // fields that stand first
	Fields  []view.Field
	Lines   []ShareLine
	Notice  *view.Notice
	Waiting *ShareWaiting
	Closed  string // why nothing can be sent now; the page then only shows what there is
}

// ShareWaiting is a request that nobody has decided on, and can be taken back.
type ShareWaiting struct {
	Text, URL, Cancel string
	Fields            []view.Hidden
}

// ShareLine is what one party gets.
type ShareLine struct {
	Name, Note string
	Amount     money.Rupiah
}

// ShareOne is one division.
type ShareOne struct {
	Page   view.Private
	Back   view.Link
	Title  string
	Chip   view.Chip
	Facts  []view.Fact
	Amount money.Rupiah
	Lines  []ShareLine
	Notice *view.Notice
	Hidden []view.Hidden
	Agree  bool
	Drop   string // the word on the button that drops it; "" for none
	Undo   bool   // asks for a reason
	Redo   bool   // the second person takes it back
	Error  string
}

// Statement is a month of the shop's money, as a page to print.
type Statement struct {
	Page             view.Private
	Shop, Title      string
	Months           []view.Option
	Opening, Closing money.Rupiah
	In, Out          money.Rupiah
	Lines            []MoneyLine
	CSV              string
	Problem          *view.Notice
}
