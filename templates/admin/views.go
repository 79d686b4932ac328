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

// System is the state of the installation.
type System struct {
	Page     view.Private
	Problems []Problem
	Parts    []Part
	Jobs     []FailedJob
	Settings []Meaning
	Rules    []Meaning
}

// Meaning is a setting or rule with what it means. From says where its value
// came from.
type Meaning struct{ Name, Value, From, Meaning string }

// Problem is a line that somebody has to look at, repeated on top.
type Problem struct {
	Part, Anchor, Label, Value, Do string
	Tone                           view.Tone
}

// Part is one machine or duty with its lines.
type Part struct {
	ID, Title string
	Lines     []Line
}

// Line is one value. Tone is empty while nothing is wrong.
type Line struct {
	Label, Value string
	Tone         view.Tone
	Do           string // what is wrong and what to do
	Guide        string // where the guide says more
	Detail       string // findings, or why it failed; several lines
}

// FailedJob is a job that failed: to be tried again, or given up.
type FailedJob struct {
	ID                       int64
	Kind, Error, Tries, When string
	GivenUp                  bool
}

// Job asks what to do with one failed job.
type Job struct {
	Page   view.Private
	Failed FailedJob
}
