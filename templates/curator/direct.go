package curator

import "github.com/lapak-berdaya/lapak/templates/view"

// Direct is the list of what was changed without a review.
type Direct struct {
	Page       view.Private
	Rows       []DirectRow
	Kinds      []view.Option
	Regions    []view.Option
	Shop       string // the one shop it is narrowed to
	ShopID     string
	Day        string
	Suspicious bool
	Active     int    // filters that are on
	Here       string // their query, goes along with forms
	Pager      view.Pager
	Errors     view.Errors
}

// DirectRow is one change.
type DirectRow struct {
	ID, When, Kind, Detail, Before, After, Who string
	Shop                                       view.Link
	Product, ProductURL                        string
	Flag                                       *view.Chip
	Asked, Question, Answered, Answer          string
	CanAsk                                     bool
	StopURL                                    string // where the product is stopped; "" when it cannot be
	Typed                                      DirectAsk
}

// DirectAsk is a form about one change, as typed.
type DirectAsk struct {
	ID, Question string
	Errors       view.Errors
}

// directField is the id of a field in one of many like forms; the one that came
// back has the id that the summary of faults leads to.
func directField(name string, r DirectRow) string {
	if len(r.Typed.Errors) > 0 {
		return "f-" + name
	}
	return "f-" + name + "-" + r.ID
}
