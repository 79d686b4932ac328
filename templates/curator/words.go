package curator

import "github.com/lapak-berdaya/lapak/templates/view"

// Words is the page of what searches also look for.
type Words struct {
	Page     view.Private
	Query    string // a search that is tried out
	Found    string // how much it finds, "" before one was typed
	Products []view.Link
	Rows     []WordsForm
	New      WordsForm
	Address  AddressForm
}

// WordsForm is one line of words; ID is "" for a new one.
type WordsForm struct {
	ID, Words, Finds string
	Errors           view.Errors
}

// AddressForm gives a product another address.
type AddressForm struct {
	Slug, To string
	Errors   view.Errors
}
