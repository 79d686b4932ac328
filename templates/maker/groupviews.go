package maker

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Group is who belongs to a group or institution, and what is to be done.
type Group struct {
	Page        view.Private
	Title, Lead string
	Own         *view.Link // one's own part
	Waiting     []GroupCheck
	Actions     []view.Link
	People      []GroupPerson
	Add, House  *view.Link
}

// GroupPerson is a member or a code in the list.
type GroupPerson struct {
	Name, Note, URL string
	Amount          *money.Rupiah // what is theirs to take; nil where the viewer does not see it
	Chip            view.Chip
}

// GroupCheck is something that waits for the second of two people.
type GroupCheck struct {
	Label, Note, URL string
	Amount           money.Rupiah
}

// PartAccount is everything about one party: share, contributions, work, history.
type PartAccount struct {
	Due, PaidIn money.Rupiah
	Group       bool // contributions are noted here
	Inner       bool // stands below a shop's name
	Got         []ShareLine
	PaidIns     []PartEntry
	Work        []PartWork
	Moves       []MoneyLine
	TakeBack    []view.Hidden // of the form that takes a contribution back; nil for who may not
}

// PartEntry is one contribution.
type PartEntry struct {
	ID        int64
	Day, Note string
	Amount    money.Rupiah
	Wrong     bool // taken back, or takes one back
}

// PartWork is what was made on one day.
type PartWork struct{ Day, Product, Quantity string }

// PartDuty is the form that says what a member keeps for the group.
type PartDuty struct {
	Hidden []view.Hidden
	Duties view.Select
	Works  *view.Choices
}

// OwnParts is what somebody has in every group.
type OwnParts struct {
	Page    view.Private
	Back    view.Link
	Invites []OwnInvite
	Parts   []OwnPart
}

// OwnInvite is a group that asks somebody to join.
type OwnInvite struct {
	Shop, Duty string
	Hidden     []view.Hidden
}

// OwnPart is one's part in one group.
type OwnPart struct {
	Shop    string
	Chip    view.Chip
	Account PartAccount
	Leave   []view.Hidden // the form that leaves; nil where that is not possible
}
