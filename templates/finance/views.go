// Package finance holds the pages of the finance desk: requests for money to
// leave, what went wrong on the way, and the accounts.
package finance

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Queue is the list of withdrawals.
type Queue struct {
	Page  view.Private
	Stats []view.Stat
	Tabs  []view.Link
	Rows  view.Table
	Empty Empty
	Pager view.Pager
}

// Empty is what an empty list says.
type Empty struct{ Title, Text string }

// Withdrawal is one request and what may be done with it.
type Withdrawal struct {
	RevealURL string // where the whole account number is asked for
	Page      view.Private
	ID        string
	Back      view.Link
	Title     string
	Chips     []view.Chip
	Amount    money.Rupiah
	Facts     []view.Fact
	Money     []view.Amount // what the shop has, and what would be left
	History   []view.Step
	Lines     view.Table // the shop's last movements; empty for those who only check
	Desk      Desk
	Problem   *view.Notice // failed, reversed, unknown
	TakeBack  bool         // approved cash that nobody fetched yet
	HandleIt  bool         // the problem can be closed with a note
}

// Desk is what the viewer may do with a withdrawal.
type Desk struct {
	Blocked   *view.Notice // why there is nothing to decide
	CanDecide bool
	CanCheck  bool
	Pay       string // "Setujui dan kirim Rp150.000"
	PayHint   string
	Sure      bool // the box was ticked
	Reason    string
	Note      string
	Open      string // "tolak" or "", which form stands open
	Errors    view.Errors
}

// Tasks is what finance has to look after.
type Tasks struct {
	Page     view.Private
	Stats    []view.Stat
	Second   view.Table // what one person began and another has to end
	Payouts  view.Table
	Suspense []Suspense
	Strays   []Suspense // money that belongs to nothing of ours
	Refunds  view.Table
	Held     view.Table // messages of the gateway that its own records deny
	Errors   view.Errors
}

// Suspense is money that came and could not count for anything.
type Suspense struct {
	At      string // the address its decisions are sent below
	Amount  money.Rupiah
	Reason  string
	Since   string
	Payment string
	State   view.Chip
	Notes   []string // who proposed, where it goes
	Do      string   // "kembalikan", "usulkan", "setujui" or "": the one decision the viewer may take
	Account *StrayAccount
}

// StrayAccount is where money nobody asked for goes back to: typed by one person of
// finance, confirmed by another.
type StrayAccount struct {
	ID     string // makes the fields' ids differ
	Banks  []view.Option
	Number string
	Holder string
	Errors view.Errors
	Open   bool
	Typed  string // the account to be confirmed; empty: none yet
	Own    bool   // the viewer typed it
	Seen   string // which typing this is
}

// Refunds are what buyers are owed back and has not gone.
type Refunds struct {
	Page    view.Private
	Stats   []view.Stat
	Trouble *view.Notice // the books say something else
	Rows    view.Table
	Pager   view.Pager
}

// Checks are the requests and divisions of institutions that wait for a second person.
type Checks struct {
	Page   view.Private
	Rows   view.Table
	Shares []ShareCheck
	Errors view.Errors
}

// ShareCheck is one division that the viewer may agree to or refuse.
type ShareCheck struct {
	ID     string
	Shop   string
	Title  string
	Amount money.Rupiah
	By     string
	Since  string
	Lines  view.Table
}
