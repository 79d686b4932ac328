package curator

import "github.com/lapak-berdaya/lapak/templates/view"

// ReviewQueue is what a curator reads before others do, or because somebody
// reported it.
type ReviewQueue struct {
	Page    view.Private
	Items   []QueuedReview
	Decides bool
	Errors  view.Errors
}

// QueuedReview is one review that waits.
type QueuedReview struct {
	ID, Product, Shop, When string
	Stars                   int64
	Words                   []string
	Why                     view.Chip
	Own                     bool // about a shop on which this curator must not decide
}
