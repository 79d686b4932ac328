package finance

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Book is one page of the books: the trial balance, the accounts of a kind, the
// lines of an account, an entry, or everything about one thing.
type Book struct {
	Page    view.Private
	Back    view.Link // zero on the trial balance
	Title   string
	Lead    string
	AsOf    *AsOf
	Balance *view.Notice // whether both sides agree
	Tabs    []view.Link
	Facts   []view.Fact
	Parts   []BookPart
	Pager   view.Pager
	CSV     string // address of the page as a file; "" has none
}

// AsOf asks up to which day the books are read.
type AsOf struct {
	Action string
	Hidden []view.Hidden
	Value  string // 2026-11-21
	Error  string
	Clear  string // address without a day; "" when none is chosen
}

// BookPart is one table of a page, or a sentence.
type BookPart struct {
	ID, Title, Lead string
	Soft            string // one more sentence
	Rows            view.Table
}

// Front is the desk in figures; each opens to its entries.
type Front struct {
	Page  view.Private
	At    string
	Owed  []view.Stat // money that is others'
	Ours  []view.Stat // money that is ours to keep an eye on
	Odd   []view.Stat // what somebody has to explain
	Rooms []view.Link
}

// Funds is money for materials and the account that bears fees.
type Funds struct {
	Page    view.Private
	Errors  view.Errors
	May     bool // finance decides, admins look
	Waiting []FundAdvance
	Decided view.Table
	Left    money.Rupiah
	Low     *view.Notice
	TopUps  []FundTopUp
	Amount  string // as typed
	Reason  string
	FormKey string

	Refusing string // the top-up whose refusal was sent faultily
}

// FundAdvance is a shop's request for money for materials.
type FundAdvance struct {
	ID, Shop, Reason, When, State string
	Amount, Most, Debt            money.Rupiah
	May                           bool
}

// FundTopUp is money put into the fee account.
type FundTopUp struct {
	ID, Reason, When, State, Note string
	Amount                        money.Rupiah
	May                           bool
}

// refusing is the fault of the top-up whose refusal was sent.
func refusing(v Funds, id string) string {
	if v.Refusing == id {
		return v.Errors.Of("note")
	}
	return ""
}
