package curator

import (
	"github.com/lapak-berdaya/lapak/templates/curated"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// History is every round of a submission on one page.
type History struct {
	Page   view.Private
	Back   string
	Rounds curated.Rounds
}

// Talks are the points of the last answered round, with what was said about each.
type Talks struct {
	List    []Talk
	History string // every round, to print
	Action  string
	Max     int
}

// Talk is one point.
type Talk struct {
	ID, Aspect, Comment string
	Said                []view.Said
	Write               bool
	FormKey, Body       string
	Errors              view.Errors
}
