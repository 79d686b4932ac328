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
	HandleIt  bool         // the problem can be closed with a note
}

// Desk is what the viewer may do with a withdrawal.
type Desk struct {
	Blocked   *view.Notice // why there is nothing to decide
	CanDecide bool
	CanCheck  bool
	Pay       string // "Setujui dan kirim Rp150.000"
	Sure      bool   // the box was ticked
	Reason    string
	Note      string
	Open      string // "tolak" or "", which form stands open
	Errors    view.Errors
}

// Tasks is what finance has to look after.
type Tasks struct {
	Page     view.Private
	Stats    []view.Stat
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
	Link    string   // where the payer gives an account; only finance sees it
}

// Accounts is where all money stands.
type Accounts struct {
	Page    view.Private
	At      string // when it was read
	Sums    view.Table
	Balance *view.Notice // whether both sides agree
	Spent   string       // what we bore of the gateway's fees
	Unknown string       // how many fees the gateway has not told; "" is none
	Largest []Owing
}

// Owing is one kind of debt by whom it is owed to.
type Owing struct {
	Title string
	Rows  view.Table
}

// Checks are the requests of institutions that wait for a second person.
type Checks struct {
	Page view.Private
	Rows view.Table
}
