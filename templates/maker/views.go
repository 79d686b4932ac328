// Package maker holds the pages of "Toko saya": large, one question a screen,
// a word with every icon. They show what their view says and decide nothing.
package maker

import (
	"slices"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Nav is the bottom navigation. section is the one of ui.MakerNav or
// "kotak-masuk"; orders and unread are how many wait.
func Nav(section string, orders, unread int) []view.Link {
	links := ui.MakerNav(section, orders)
	return append(links, view.Link{
		Label: word("inbox"), URL: "/toko-saya/kotak-masuk", Icon: "bell", Count: unread, Current: section == "kotak-masuk",
	})
}

// Choose lets somebody with several shops say which one.
type Choose struct {
	Page  view.Private
	Shops []ShopChoice
}

// ShopChoice is one shop to work in. Role says as what.
type ShopChoice struct {
	ID                int64
	Name, Place, Role string
	Chip              view.Chip
	Current           bool
}

// Home says what to do now.
type Home struct {
	Page        view.Private
	Shop, Place string
	PublicURL   string       // of the open shop
	State       *view.Notice // when the shop is not open
	Tasks       []Task
	Add         *AddProduct // nil when nothing can be added
	SaleURL     string      // writes down what was sold outside; empty in a shop that is not open
	Money       *Purse      // nil for those who must not see it
	First       *FirstSteps // what a new shop is still asked; nil when all is answered
	Group       *Task       // who is in the group or institution; nil in the shop of one
}

// FirstSteps is what a new shop is asked. Selling says that something of it can be
// bought already: then they no longer stand first.
type FirstSteps struct {
	Items   []FirstStep
	Selling bool
}

// FirstStep is one question, with where it is answered. Or is another answer.
type FirstStep struct {
	Icon, Label, Note, URL string
	Add                    *AddProduct // instead of a URL: begins the first product
	Or                     view.Link
	Done                   bool
}

// Answered is how many are done.
func (f FirstSteps) Answered() (n int) {
	for _, s := range f.Items {
		if s.Done {
			n++
		}
	}
	return n
}

// Next is the first that is not done, -1 when all are.
func (f FirstSteps) Next() int {
	return slices.IndexFunc(f.Items, func(s FirstStep) bool { return !s.Done })
}

// Title says how far they are.
func (f FirstSteps) Title() string {
	return text.T("maker.first.title", "done", f.Answered(), "all", len(f.Items))
}

// Task is one thing that waits. Post tasks change something when opened.
type Task struct {
	Icon, Label, Note, URL string
	Picture                *view.Picture
	Chip                   view.Chip
	Post                   bool
}

// AddProduct starts a new product.
type AddProduct struct{ ShopID, FormKey string }

// Purse is the shop's money: what can be taken, what is held, and what has left
// for the bank without having arrived yet.
type Purse struct{ Free, Held, OnTheWay money.Rupiah }

// Products is everything the shop makes.
type Products struct {
	Page   view.Private
	Add    *AddProduct
	Import bool // offers to list many at once
	State  *view.Notice
	Items  []ProductItem
}

// ProductItem is one line of Products.
type ProductItem struct {
	URL, Title   string
	Picture      view.Picture
	Price        string // "Rp28.000 / stoples"; empty while unknown
	Availability string
	Chips        []view.Chip
}

// Product is one product with what can be done about it.
type Product struct {
	Page         view.Private
	Title, Unit  string
	Picture      view.Picture
	Chips        []view.Chip
	Price        money.Rupiah
	Availability string
	PublicURL    string
	WhatsApp     string       // opens it with the product's name, price and link
	Change       *view.Notice // the change under way, with where it leads
	Live         bool         // price, amount and pause can be changed at once
	Preorder     bool         // it may be sold in pre-order windows
	Monthly      bool
	Together     bool // it has one number, that others may share
	Paused       bool
	CanEdit      bool
	CanCopy      bool
	CanRemove    bool
	Base         string // address of the product's forms
	FormKey      string
	CopyKey      string // form key of the copy
	Closed       bool   // until a day
}

// PriceForm changes the price of a live product.
type PriceForm struct {
	Page    view.Private
	Base    string
	Title   string
	Picture view.Picture
	Now     money.Rupiah
	Lowest  money.Rupiah
	Highest money.Rupiah
	Value   string
	Fields  []view.Field // instead of Value, when it has several prices
	Errors  view.Errors
	FormKey string // of the change that goes through review
}

// CloseForm is ClosePage.
type CloseForm struct {
	Page        view.Private
	Base, Title string
	Picture     view.Picture
	Value       string // "2026-12-24"
	First, Last string // days that can be chosen
	Errors      view.Errors
}

// StockForm changes how much there is, or how much a month holds.
type StockForm struct {
	Page    view.Private
	Base    string
	Title   string
	Picture view.Picture
	Monthly bool
	Cadence string // "month" or "week", of a capacity
	Seen    int64  // what the page showed
	Value   string
	Each    []VariantStock // instead of Value, when each variant has its own
	Errors  view.Errors
	Ask     *ui.Ask
	FormKey string // of stock, where only the difference counts
}

// VariantStock is the stock of one variant.
type VariantStock struct {
	ID          int64
	Name, Value string
	Seen        int64
}

// Photos is the first step of a product.
type Photos struct {
	Page     view.Private
	Step     ui.Step
	Base     string // address of the submission
	Pictures []Photo
	Review   bool  // came from the review and goes back there
	Choose   bool  // asks what the new one is for
	Replace  bool  // a new picture takes the place of the first
	Full     bool  // no more pictures fit
	Most     int   // pictures that fit
	Soon     bool  // some are not drawn yet
	Gone     int64 // the picture that was just removed, to bring back; 0: none
	GoneAt   int   // where it stood
}

// Photo is one picture of a draft.
type Photo struct {
	ID      int64
	N       int
	Picture view.Picture
	First   bool
	EditURL string
}

// Shape turns and crops one photo by buttons.
type Shape struct {
	Page            view.Private
	Base, Back      string
	Review          bool
	N, Of           int
	ID              int64
	Picture         view.Picture
	Turned          int
	Crop            string
	Original        bool // as it was sent
	Upright, Square bool // of the turned whole photo
}

// Categories asks what kind of product it is, by pictures: the Icon of an option names
// its drawing.
type Categories struct {
	Page  view.Private
	Step  ui.Step
	Kinds []view.Option
}

// Words is a step with text fields only.
type Words struct {
	Page    view.Private
	Step    ui.Step
	Note    string        // what others do, above the fields
	Choices *view.Choices // before the fields
	Fields  []view.Field
	Select  *view.Select // behind the first field, when there is one
	Scan    string       // the field that a bar code can fill, where the browser reads one
	Check   *view.Check  // after the fields
	Photo   *view.PhotoField
	Proof   *view.Proof // to look at before answering
}

// Details are what may be left out.
type Details struct {
	Page                view.Private
	Step                ui.Step
	Description, Weight string
	Length, Width       string // of a packed piece, in cm
	Height              string
	Service             bool
	PickupOnly          bool
	DescriptionMax      int
	Errors              view.Errors
}

// Review shows everything of a product before it goes to the curator, what the
// curator said, or that it is being looked at.
type Review struct {
	Page     view.Private
	Title    string
	Lead     string
	Chip     view.Chip
	Errors   view.Errors
	Notice   *view.Notice
	Recipe   *view.Notice // that another composition is looked at again; nil when it is the same
	Points   *Points      // what to mend, one at a time; nil when there is nothing
	Notes    []Note       // why it was refused
	History  string       // every round, to print; "" before the first
	Share    *view.Link   // of what is live
	Earlier  []Note       // what was said in rounds before
	Hints    []Note       // what could be better before it is sent
	Asks     []Asked      // what a curator will look at
	Progress view.Progress
	Needs    []Note // what the hard rules still ask for
	Samples  []SampleRequest
	Label    string // where its label is printed
	Pictures []view.Picture
	PhotoURL string // where pictures are changed; empty when they cannot
	Answers  []Answer
	Base     string
	FormKey  string
	SendWord string // empty when there is nothing to send
	Withdraw bool
	Appeal   bool
	Plea     string // what was typed for the appeal
	Day      string // on which she wants it to go live, as the date field has it; "" as soon as it is approved
	LiveDay  string // on which it goes live by itself, in words; "" when it is not scheduled

	RestartURL string // begins again with these words; empty when it cannot be
}

// Note is one remark of a curator.
type Note struct {
	Aspect, Text string
	Action       view.Link // where to change it; no URL when it cannot be
}

// Asked is what a curator will look at of one aspect.
type Asked struct {
	Aspect string
	Points []string
}

// Answer is one thing the maker said, with where to change it.
type Answer struct {
	Field, Label, Value, URL string
	Missing                  bool
}

// Orders is a shop's paid orders in one stage.
type Orders struct {
	Page  view.Private
	Tabs  []view.Link
	Items []OrderItem
	Pager view.Pager
	Empty string
	Print string // where all new ones are on one paper; empty without
}

// OrderItem is one order in a list. New ones are opened by a POST, which ends
// the reminder.
type OrderItem struct {
	URL, OpenURL        string
	Number, Lines, When string
	Total               money.Rupiah
	Chip                view.Chip
}

// Order is one order.
type Order struct {
	LinkURL, LinkWhatsApp string // to pay, of a sale by link that nobody paid yet
	SaleURL               string // writes the next sale down; empty for orders of the shop window
	Page                  view.Private
	SlipURL               string // PDF
	Number                string
	Headline              string
	Text                  string
	Chip                  view.Chip
	OpenURL               string // when nobody of the shop has opened it yet
	Moves                 []OrderMove
	Lines                 []OrderLine
	Bill                  []view.Amount
	Recipient             string
	Phone                 string
	Call                  string
	WhatsApp              string
	Address               []string
	ContactHidden         string // why the buyer's contact is not there
	Method                string
	Note                  string
	Tracking              []view.Fact
	Steps                 []view.Step
	Notices               []view.Notice  // what to know before the next step
	Photos                []view.Picture // of the steps and of a complaint
	Proof                 *view.Proof    // of an order that is paid to the shop itself
}

// OrderMove is one button of an order: Post moves at once, the others lead to a
// question first.
type OrderMove struct {
	Label, Icon, URL, Kind string
	Post                   bool
	Hidden                 []view.Hidden
}

// OrderLine is one product of an order.
type OrderLine struct {
	Title, Unit, Note string
	Quantity          int64
	Picture           view.Picture
	Amount            money.Rupiah
}

// Refuse asks what cannot be made. Whole and part are the same form.
type Refuse struct {
	Page   view.Private
	Step   ui.Step
	Number string
	Lines  []RefuseLine
	Reason string
	AllURL string // fills in everything
}

// RefuseLine asks how many of one line cannot be made.
type RefuseLine struct {
	Name, Title, Value string
	Left               int64
	Picture            view.Picture
	Error              string
}

// RefuseConfirm says in money what a refusal gives back.
type RefuseConfirm struct {
	Page   view.Private
	Step   ui.Step
	Whole  bool
	Lines  []string
	Reason string
	Amount money.Rupiah
	Left   money.Rupiah // what the order is still worth afterwards
}

// Money is what the shop has and how it came about.
type Money struct {
	Page        view.Private
	Closed      *view.Notice // why this person cannot see or take it
	Purse       *Purse
	Held        []HeldGroup // what the held sum is made of
	CanTake     bool
	CanFetch    bool         // cash at the agency
	WhyNot      *view.Notice // why nothing can be taken now
	Rooms       []view.Link  // months, parts, money for materials
	Withdrawals []Withdrawal
	AllTaken    string // where all of them are; "" when these are all
	Bank        *BankCard
	Lines       []MoneyLine
	Pager       view.Pager
}

// Withdrawal is one request to take money out.
type Withdrawal struct {
	Amount              money.Rupiah
	When, To, Note      string
	Chip                view.Chip
	Receipt             *view.Link
	Signed              view.Picture // of the paper that was signed for cash
	CancelURL, CheckURL string
}

// HeldGroup are the orders whose money is held for one reason.
type HeldGroup struct {
	Icon, Title, Why string
	Sum              money.Rupiah
	Open             bool
	Rows             []HeldRow
}

// HeldRow is one of them.
type HeldRow struct {
	Number, Until, URL string
	Amount             money.Rupiah
}

// Taken is all that was taken out.
type Taken struct {
	Page        view.Private
	Withdrawals []Withdrawal
	Pager       view.Pager
}

// BankCard is where the money goes to.
type BankCard struct {
	Now, Holder string
	Proposed    string
	Refused     string // why the last proposal was turned down
	URL         string
}

// MoneyLine is one movement.
type MoneyLine struct {
	When, Words     string
	Amount, Balance money.Rupiah
}

// Take asks how much to take out.
type Take struct {
	Page   view.Private
	Step   ui.Step
	Free   money.Rupiah
	Bank   string
	Field  view.Field
	AllURL string // fills in the whole sum; empty when it cannot be taken at once
}

// TakeConfirm repeats the amount in figures and words.
type TakeConfirm struct {
	Page   view.Private
	Step   ui.Step
	Amount money.Rupiah
	Facts  []view.Fact
}

// Bank asks where the money shall go.
type Bank struct {
	Page           view.Private
	Step           ui.Step
	Now            string
	Channels       []view.Option
	Number, Holder string
	Errors         view.Errors
}

// Settings leads to what is set up once.
type Settings struct {
	Page    view.Private
	Shop    []view.Fact
	About   string
	Links   []Task
	Helpers []Helper
}

// Helper is somebody with the permission to help.
type Helper struct {
	Name, Purpose, Until, EndURL string
}

// Delivery asks how orders reach the buyer.
type Delivery struct {
	Page                  view.Private
	FromSteps             bool
	Closed                *view.Notice
	Errors                view.Errors
	ShopID                string
	Place                 string
	Village, Street, Hint string
	Pickup, Own, Courier  bool
	OwnFee                string
}

// Inbox is what was said to the person.
type Inbox struct {
	Page   view.Private
	Items  []InboxItem
	Newest string // the id up to which everything is marked as read; empty when all is
}

// InboxItem is one message.
type InboxItem struct {
	Title, Body, When, URL string
	Unread                 bool
}
