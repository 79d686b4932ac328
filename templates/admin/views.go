// Package admin holds the administrator's pages: an overview, the messages that
// left the house, and the trail of one object.
package admin

import "github.com/lapak-berdaya/lapak/templates/view"

// Overview is the first page of the administrator.
type Overview struct {
	Page  view.Private
	Stats []view.Stat
	Links []view.Link
}

// Outbox is what was sent to people outside.
type Outbox struct {
	Page     view.Private // when an administrator looks
	Open     *view.Public // instead, when anybody does: only in the demo
	Tabs     []view.Link
	Messages []Message
	Total    string
}

// Message is one mail or WhatsApp message.
type Message struct {
	WhatsApp bool
	To       string
	Subject  string
	Body     []Piece
	When     string
	State    view.Chip
}

// Piece is a stretch of a message; those with an address are links of this site.
type Piece struct{ Text, URL string }

// Trail is who did what to one object.
type Trail struct {
	Page    view.Private
	Objects []view.Option
	ID      string
	Asked   bool
	Rows    view.Table
	Errors  view.Errors
}
