package maker

import (
	"github.com/lapak-berdaya/lapak/templates/curated"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Points is what a curator asked for, one point on the screen at a time.
type Points struct {
	N       int         // which one this is, from 1
	Steps   []view.Link // every point; a check says that it is mended
	By      string      // who wrote them
	Point   curated.Point
	Lesson  *view.Link
	Mend    []view.Link // the screens that mend it; none while it is being reviewed
	Good    []string    // what was fine already
	History string      // every round, to print

	Action, ID, FormKey string // of the answer's form
	Body                string
	Mended, Call        bool
	Max                 int
	Errors              view.Errors
}

// next and previous are the neighbours' addresses, "" at an end.
func (p Points) next() string {
	if p.N < len(p.Steps) {
		return p.Steps[p.N].URL
	}
	return ""
}

func (p Points) previous() string {
	if p.N > 1 {
		return p.Steps[p.N-2].URL
	}
	return ""
}

// History is every round of a submission.
type History struct {
	Page   view.Private
	Back   string
	Rounds curated.Rounds
}
