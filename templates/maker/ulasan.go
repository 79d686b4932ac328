package maker

import "github.com/lapak-berdaya/lapak/templates/view"

// Reviews are what buyers said of the shop's products.
type Reviews struct {
	Page  view.Private
	Items []BuyerReview
	Pager view.Pager
}

// BuyerReview is one of them.
type BuyerReview struct {
	URL, Product, By, When string
	Stars                  int64
	Words, Answer          []string
	State                  string // why the public does not see it; "" while it does
	MayAnswer              bool
}

// AnswerForm is the form of the shop's one answer.
type AnswerForm struct {
	Page   view.Private
	Review BuyerReview
	Typed  string
	Most   int
	Errors view.Errors
}
