// Package curator holds the pages of the curation desk: the queue of what waits,
// and one submission with everything needed to decide on it.
package curator

import (
	"fmt"
	"strconv"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Queue is the list of what waits.
type Queue struct {
	Page     view.Private
	Tabs     []view.Link // with the counts of what they show under the same filters
	Dues     []view.Link // by the promised day, likewise
	Promise  string      // which dates count
	Filter   Filter
	Items    []Item
	Total    string // "12 menunggu keputusan"
	Pager    view.Pager
	Filtered bool // something narrows the list, so an empty one may be the filter's doing
}

// Filter is what the queue is narrowed by. Its fields' names are those of the
// address: q, kategori, wilayah, jenis, dinas; what is Kept travels along.
type Filter struct {
	Query      string
	Kept       []view.Hidden
	Categories []view.Option
	Regions    []view.Option
	Kinds      []view.Option
	Agencies   []view.Option
	Active     int
	Clear      string // address without any of them
	Errors     view.Errors
}

// Item is one line of the queue.
type Item struct {
	ID       string
	URL      string
	Title    string
	Picture  view.Picture
	Shop     string
	Place    string
	Category string
	Kind     view.Chip
	Round    string // "Putaran 2"; empty for the first
	Since    string // when it was sent first, for one that was returned
	Age      string // "Menunggu 2 hari kerja"
	Due      view.Chip
	Record   string // what the shop has behind it
	For      string // whose seats it falls to
	Holder   string // who reads it now; empty for nobody
	Mine     bool
	Claim    string // address that takes it; empty where that is not to be had
	From     string // the queue it is taken from
}

// Review is one submission.
type Review struct {
	Page        view.Private
	Steps       Steps
	Title       string
	Chips       []view.Chip
	Shop        []view.Fact
	Due         string // "Menunggu 2 hari kerja. Janji: 24 November 2026."
	Photos      []view.Picture
	LivePhotos  []view.Picture // of what the public sees now, for an edit
	PhotosMoved bool           // they differ
	Marks       []*view.Chip   // beside Photos: what is new, moved or replaced
	LiveMarks   []*view.Chip   // beside LivePhotos
	Recipe      *Recipe        // the composition of live goods changes; nil when not
	Edit        bool           // compared with a live version
	Rows        []Compared
	Rounds      []Round
	HardRules   HardRules
	Papers      Papers
	Sample      SampleBrief
	Talks       Talks
	Saved       []Offered
	Advice      []Advised // what the program noticed, by aspect
	Desk        Desk
	Schedule    *Schedule // of what is approved and waits for its day
}

// Schedule is a change that waits for its day, with what can be done about it.
type Schedule struct {
	Action string
	Day    string // in words
	Typed  string // the day as the date field has it
	Reason string // as typed, of taking it back
	Moves  bool   // the viewer may
	Errors view.Errors
}

// Scheduled is the list of what waits for its day.
type Scheduled struct {
	Page  view.Private
	Rows  []view.Row
	Pager view.Pager
}

// Compared is one field, as proposed and, for an edit, as it is live.
type Compared struct {
	Label   string
	Now     []Piece // live; empty for a new product
	Next    []Piece // proposed
	Changed bool
	Long    bool     // a text of its own, not a value
	Changes []Change // of a list: what became of its members
	Note    string
}

// Change is what became of one member of a list: Kind is added, removed, moved,
// altered.
type Change struct {
	Kind, Label, Text string
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
	ID              string
	Revision        string       // the one that was read; a decision names it
	From            string       // query of the queue, goes along to find the next item
	Blocked         *view.Notice // says why there is nothing to decide here
	Holder          *view.Notice // who reads it
	CanClaim        bool         // nobody reads it
	Mine            bool         // I read it, and may decide
	Barred          bool         // a hard rule stops the approval
	Price           money.Rupiah // what approving puts up
	Groups          []Group      // the checklist
	Progress        string       // "5 dari 12 dijawab"
	Photos          []PinPhoto   // of the revision, with the pins of this round
	Marking         string       // key of the item whose spot is asked for; "" for none
	MarkingQuestion string
	MaxNote         int    // letters of one note or reason
	Reason          string // as typed, of a refusal
	Day             string // on which an approval goes live, as typed or wished; "" at once
	Wish            string // the maker's wish, in words; "" for none
	Open            string // which form to show open: "kembalikan", "tolak" or ""
	Errors          view.Errors
}

// Group is the items of a checklist that are about one aspect.
type Group struct {
	Aspect string
	Title  string
	Advice []AdvisedItem // what the program noticed about the aspect
	Items  []DeskItem
}

// DeskItem is one question with its answer. Its fields are verdict_KEY,
// comment_KEY and pin_KEY.
type DeskItem struct {
	Key, Question, Help           string
	Verdicts                      []Verdict
	Comment                       string
	Before                        string // what the round before said of it
	Pins                          []PinBox
	Error, CommentError, PinError string
}

// PinBox is one pin of an answer, to keep or take away.
type PinBox struct{ Value, Label string }

// PinMapWidth is how wide, in CSS pixels, a picture is that is pressed without
// JavaScript; the browser sends where in these.
const PinMapWidth = 304

// PinPhoto is a picture with numbered pins.
type PinPhoto struct {
	ID      string
	Picture view.Picture
	Pins    []Pin
}

// Pin is a spot in the coordinates of its photo's Box.
type Pin struct{ CX, CY, Number string }

// Box is the drawing's own measure: the picture's, so that circles stay round.
func (p PinPhoto) Box() string {
	w, h := p.Size()
	return fmt.Sprintf("0 0 %d %d", w, h)
}

// Size is the picture's size, 4:3 while it is unknown.
func (p PinPhoto) Size() (width, height int) {
	if p.Picture.Width <= 0 || p.Picture.Height <= 0 {
		return 1200, 900
	}
	return p.Picture.Width, p.Picture.Height
}

// Radius is a pin's, a fixed share of the width.
func (p PinPhoto) Radius() string {
	w, _ := p.Size()
	return strconv.Itoa(max(1, w/32))
}

// Verdict is one of the answers to choose from; Key chooses it on the keyboard.
type Verdict struct {
	Value, Key, Label string
	Chosen            bool
	Words             bool // goes with a comment
}
