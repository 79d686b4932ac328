// Package curator holds the pages of the curation desk: the queue of what waits,
// and one submission with everything needed to decide on it.
package curator

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Queue is the list of what waits.
type Queue struct {
	Page     view.Private
	Tabs     []view.Link // with the counts of what they show under the same filters
	Filter   Filter
	Items    []Item
	Total    string // "12 menunggu keputusan"
	Pager    view.Pager
	Filtered bool // something narrows the list, so an empty one may be the filter's doing
}

// Filter is what the queue is narrowed by. Its fields' names are those of the
// address: q, kategori, wilayah, jenis; tab travels along.
type Filter struct {
	Query      string
	Tab        string
	Categories []view.Option
	Regions    []view.Option
	Kinds      []view.Option
	Active     int
	Clear      string // address without any of them
	Errors     view.Errors
}

// Item is one line of the queue.
type Item struct {
	URL      string
	Title    string
	Picture  view.Picture
	Shop     string
	Place    string
	Category string
	Kind     view.Chip
	Round    string // "Putaran 2"; empty for the first
	Age      string // "Menunggu 2 hari kerja"
	Due      view.Chip
	Holder   string // who reads it now; empty for nobody
	Mine     bool
}

// Review is one submission.
type Review struct {
	Page        view.Private
	Queue       string // address of the queue it was opened from
	Title       string
	Chips       []view.Chip
	Shop        []view.Fact
	Due         string // "Menunggu 2 hari kerja. Janji: 24 November 2026."
	Photos      []view.Picture
	LivePhotos  []view.Picture // of what the public sees now, for an edit
	PhotosMoved bool           // they differ
	Edit        bool           // compared with a live version
	Rows        []Compared
	Rounds      []Round
	Desk        Desk
}

// Compared is one field, as proposed and, for an edit, as it is live.
type Compared struct {
	Label   string
	Now     []Piece // live; empty for a new product
	Next    []Piece // proposed
	Changed bool
	Long    bool // a text of its own, not a value
}

// Piece is a stretch of text; Marked pieces are not in the other version.
type Piece struct {
	Text   string
	Marked bool
}

// Round is one round of review that ended, or the one under way.
type Round struct {
	Title  string // "Putaran 2"
	When   string
	State  view.StepState
	Ending string // "Dikembalikan oleh Dimas A."
	Reason string
	Notes  []Note
}

// Note is what a curator asked for.
type Note struct {
	Aspect, Text string
}

// Desk is what the curator may do now.
type Desk struct {
	ID       string
	Revision string       // the one that was read; a decision names it
	From     string       // query of the queue, goes along to find the next item
	Blocked  *view.Notice // says why there is nothing to decide here
	Holder   *view.Notice // who reads it
	CanClaim bool         // nobody reads it
	Mine     bool         // I read it, and may decide
	Price    money.Rupiah // what approving puts up
	Aspects  []Aspect     // of the form that returns it
	MaxNote  int          // letters of one note or reason
	Reason   string       // as typed, of a refusal
	Open     string       // which form to show open: "kembalikan", "tolak" or ""
	Errors   view.Errors
}

// Aspect is one thing a note can be about.
type Aspect struct {
	Name, Label, Hint, Value string
}
