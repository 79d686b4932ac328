// Package curated draws what the maker's pages and the desk's show alike of
// curation: the rounds of a review, with everything that was said, for the screen
// and for paper.
package curated

import "github.com/lapak-berdaya/lapak/templates/view"

// Rounds is everything that was said about one submission.
type Rounds struct {
	Title string
	Facts []view.Fact
	List  []Round
}

// Round is one time it was sent and answered.
type Round struct {
	Title  string
	Facts  []view.Fact // sent, by which checklist, ended by whom
	Plea   string
	Reason string
	Points []Point // to improve, each in full
	Other  []Line  // every other answer, in short
}

// Point is one thing to improve.
type Point struct {
	Aspect   string
	Question string
	Comment  string
	Pictures []view.Pinned
	Where    []string // where the pins are, in words
	Lesson   string   // title of the lesson it leads to
	Said     []view.Said
}

// Line is an answer that needs few words.
type Line struct {
	Question string
	Verdict  view.Chip
	Comment  string
}
