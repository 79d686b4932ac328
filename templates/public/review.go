package public

import "github.com/lapak-berdaya/lapak/templates/view"

// Reviews are what buyers said, on a product's or a shop's page; its zero value
// draws nothing.
type Reviews struct {
	Rating view.Rating
	Items  []ReviewItem
	AllURL string // where the rest stands; "" when this is all
}

// ReviewItem is one review.
type ReviewItem struct {
	Stars     int64
	Words     []string
	By        string // "Siti, Kota Surabaya", "Pembeli"
	When      string
	Product   *view.Link // on pages of several products
	Answer    []string
	AnswerBy  string
	ReportURL string
}

// ReviewList is every review of one product.
type ReviewList struct {
	Page    view.Public
	Trail   []view.Link
	Title   string
	Reviews Reviews
	Pager   view.Pager
}

// ReviewReport asks whether a review shall be reported.
type ReviewReport struct {
	Page   view.Public
	ID     string
	Item   ReviewItem
	Sent   bool
	Return string
}
