package buyer

import "github.com/lapak-berdaya/lapak/templates/view"

// ReviewLink leads to the review of one product of a completed order.
type ReviewLink struct {
	Title, URL string
	Stars      int64  // 0: nothing written yet
	State      string // what has become of it
}

// ReviewForm is the form of one review.
type ReviewForm struct {
	Page         view.Public
	Title, Shop  string
	Action, Back string
	ProductID    string
	Stars        []view.Option
	Words        string
	Most         int
	Anonymous    bool
	Written      bool // there is one to withdraw
	Errors       view.Errors
}
