// Package maker holds the pages of "Toko saya": large, one question a screen,
// a word with every icon. They show what their view says and decide nothing.
package maker

import (
	"github.com/lapak-berdaya/lapak/internal/money"
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
	Money       *Purse      // nil for those who must not see it
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
	Page  view.Private
	Add   *AddProduct
	State *view.Notice
	Items []ProductItem
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
	Change       *view.Notice // the change under way, with where it leads
	Live         bool         // price, amount and pause can be changed at once
	Monthly      bool
	Paused       bool
	CanEdit      bool
	CanRemove    bool
	Base         string // address of the product's forms
	FormKey      string
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
	Errors  view.Errors
	FormKey string // of the change that goes through review
}

// StockForm changes how much there is, or how much a month holds.
type StockForm struct {
	Page    view.Private
	Base    string
	Title   string
	Picture view.Picture
	Monthly bool
	Seen    int64 // what the page showed
	Value   string
	Errors  view.Errors
	FormKey string // of stock, where only the difference counts
}

// Photos is the first step of a product.
type Photos struct {
	Page     view.Private
	Step     ui.Step
	Base     string // address of the submission
	Pictures []Photo
	Review   bool // came from the review and goes back there
	Replace  bool // a new picture takes the place of the first
	Full     bool // no more pictures fit
}

// Photo is one picture of a draft.
type Photo struct {
	ID      int64
	Picture view.Picture
	First   bool
}

// Words is a step with text fields only.
type Words struct {
	Page   view.Private
	Step   ui.Step
	Fields []view.Field
}

// Mode asks whether pieces are there or made when ordered.
type Mode struct {
	Page    view.Private
	Step    ui.Step
	Choices view.Choices
}

// Details are what may be left out.
type Details struct {
	Page                view.Private
	Step                ui.Step
	Description, Weight string
	Categories          []view.Option
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
	Notes    []Note // what to mend, point by point
	Earlier  []Note // what was said in rounds before
	Pictures []view.Picture
	PhotoURL string // where pictures are changed; empty when they cannot
	Answers  []Answer
	Base     string
	FormKey  string
	SendWord string // empty when there is nothing to send
	Withdraw bool
	Appeal   bool
	Plea     string // what was typed for the appeal

	RestartURL string // begins again with these words; empty when it cannot be
}

// Note is one remark of a curator.
type Note struct {
	Aspect, Text string
	Action       view.Link // where to change it; no URL when it cannot be
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
	Page          view.Private
	Number        string
	Headline      string
	Text          string
	Chip          view.Chip
	OpenURL       string // when nobody of the shop has opened it yet
	Moves         []OrderMove
	Lines         []OrderLine
	Bill          []view.Amount
	Recipient     string
	Phone         string
	Call          string
	WhatsApp      string
	Address       []string
	ContactHidden bool
	Method        string
	Note          string
	Tracking      []view.Fact
	Steps         []view.Step
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
	CanTake     bool
	WhyNot      *view.Notice // why nothing can be taken now
	Withdrawals []Withdrawal
	Bank        *BankCard
	Lines       []MoneyLine
	Pager       view.Pager
}

// Withdrawal is one request to take money out.
type Withdrawal struct {
	Amount              money.Rupiah
	When, To, Note      string
	Chip                view.Chip
	CancelURL, CheckURL string
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
	Name, Until, EndURL string
}

// Delivery asks how orders reach the buyer.
type Delivery struct {
	Page                  view.Private
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
