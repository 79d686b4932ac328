// Package agency holds the pages of the agency's officers and of companions:
// dense, for people who work here all day.
package agency

import "github.com/lapak-berdaya/lapak/templates/view"

// Makers is the agency's list.
type Makers struct {
	Page       view.Private
	Tabs       []view.Link // by state, with counts
	Active     int         // how many filters are on
	Action     string
	State      string // kept when filters change
	Query      string
	Regions    []view.Option
	Companions []view.Option
	Table      view.Table
	Shown      string
	Pager      view.Pager
}

// Maker is one maker with the shop.
type Maker struct {
	Page        view.Private
	Shop        string
	Chip        view.Chip
	Facts       []view.Fact
	Person      []view.Fact
	Steps       []view.Step // how far onboarding has come
	Next        *Step       // what to do next
	Code        *Code       // shown once, right after it was issued
	CodeURL     string      // issues a code; empty when it cannot be
	CodeNote    string      // what issuing does, or why it cannot be
	Grants      []Grant
	Companions  []view.Option
	GrantURL    string
	GrantKey    string
	Evidence    string
	Purpose     string // as typed
	Lasts       []view.Option
	GrantErrors view.Errors
	NIK         *NIK // nil for who only looks on
	Consents    Consents
	Portrait    *Portrait // nil for an institution
	About       string    // the shop's own words, live without a review
	ResetAbout  string    // where an officer takes them away
	PublicURL   string
	Months      []view.Link // what is printed for who reads on paper
	MembersURL  string      // of a group: who is in it
	Banks       []BankCard
}

// Step is the next step of onboarding with its button.
type Step struct {
	Title, Text, Button, URL string
}

// Code is a one-time code for one person.
type Code struct {
	Digits, For, Phone, Until string
}

// Grant is somebody's permission to help in the shop.
type Grant struct {
	Name, Until, Purpose, Evidence, EndURL string
}

// Invite is the form of the first visit.
type Invite struct {
	Page                 view.Private
	FormKey              string
	Errors               view.Errors
	Name, Phone, NIK     string
	NoPhone              bool
	ShopName             string
	Kinds                []view.Option
	Regencies, Districts []view.Option
	Village, Street      string
	About                string
	Join                 string // id of the request to join that is answered; "" for none
	Evidence             string
	Companions           []view.Option
	Pickup, Own, Courier bool
	OwnFee               string
}

// Banks is what waits for a second pair of eyes: accounts and withdrawals.
type Banks struct {
	Page        view.Private
	Banks       []BankCard
	Codes       []CodeCard
	Withdrawals []WithdrawalCard
	Faulty      string // id of the card whose reason was missing
	Errors      view.Errors
}

// BankCard is a proposed account.
type BankCard struct {
	ID                             string
	Shop, ShopURL, Account, Holder string
	When                           string
	ConfirmURL, RefuseURL          string
	RevealURL                      string
}

// WithdrawalCard is an institution's withdrawal that needs a second person.
type WithdrawalCard struct {
	Shop, Amount, Words, To, When, CheckURL string
}

// Companion is the companion's day: whom to call, and whom they help.
type Companion struct {
	Page             view.Private
	Stats            []view.Stat
	Calls            []Call
	Cases            []Case
	Action, Print    string
	Matters, Regions []view.Option
	Filtered         bool
}

// Reason is why somebody should turn to a shop.
type Reason struct {
	Words string
	Tone  view.Tone // Bad: this week; Warn: soon
}

// Call is one line of the call list.
type Call struct {
	Name, Shop, Reason, Since string
	Phone, Tel, WhatsApp      string // empty without a phone
	ShopID                    string
	DoneURL                   string
}

// Case is one shop of the caseload.
type Case struct {
	ShopID, Shop, Place, Maker string
	Phone, Tel, WhatsApp       string
	Chip                       view.Chip
	Reasons                    []Reason // the most urgent first
	Todo                       []string // what waits there
	NIKURL                     string   // where the identity number is written down
	Until                      string
	Ending                     bool // the permission ends soon
}
