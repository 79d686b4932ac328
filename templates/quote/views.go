// Package quote holds the pages on which a shop, or staff in its place, reads
// requests for a price and answers them. The buyer's pages are in templates/buyer.
package quote

import "github.com/lapak-berdaya/lapak/templates/view"

// List are the requests of a shop, or those that concern an agency.
type List struct {
	Page     view.Private
	Staff    bool // draws the desk's shell instead of the maker's
	Title    string
	Tabs     []view.Link
	Groups   []Group
	Empty    string
	EmptyWhy string
}

// Group is a part of a list under a heading; the only one has none.
type Group struct {
	Title, Lead string
	Items       []Item
}

// Item is one request of a list.
type Item struct {
	URL, Wish, Line, When string
	Chip                  view.Chip
}

// Request is one request with what can be done about it.
type Request struct {
	Page     view.Private
	Staff    bool
	Back     view.Link
	Chip     view.Chip
	Title    string
	Lead     string
	Errors   view.Errors // of whichever form was sent
	Facts    []view.Fact
	Details  string
	Pictures []view.Picture
	Contact  []view.Fact
	Hidden   string // why there is no contact
	Call     *view.Link
	WhatsApp *view.Link
	Offers   []Offer
	Answer   *Answer
	Decline  *Decline
	Pass     *Pass
}

// Offer is an answer that was sent.
type Offer struct {
	Title string
	Chip  view.Chip
	Facts []view.Fact
	Bill  []view.Amount
	Note  string
}

// Answer is the form of an offer.
type Answer struct {
	URL        string
	Hidden     []view.Hidden
	Products   *view.Select // where the request names none
	Price      view.Field
	Quantities []view.Field
	Methods    view.Choices
	Fields     []view.Field // fee, ready on, valid days, note
	Again      bool         // an offer is out already
}

// Decline is the form that says no.
type Decline struct {
	URL    string
	Hidden []view.Hidden
	Title  string
	Lead   string
	Reason view.Field
	Open   bool
}

// Pass is the form that gives a request to a shop.
type Pass struct {
	URL   string
	Shops view.Select
}
