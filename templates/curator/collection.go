package curator

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Collections is the list of collections with a form for a new one.
type Collections struct {
	Page   view.Private
	Rows   []view.Row
	Title  string // typed
	Errors view.Errors
}

// CollectionDesk is one collection being arranged.
type CollectionDesk struct {
	Page               view.Private
	Heading            string
	State              view.Chip
	Action             string
	PublicURL          string // "" while it has no public page
	Seen               string // what the words below are changed from
	Title, Words       string
	TitleEn, WordsEn   string
	TitleMax, WordsMax int
	From, Until        string // as date fields give and take them
	Home               bool
	Covers             []view.Option
	Products           []Chosen
	Query              string
	Found              []Chosen
	Errors             view.Errors
}

// Chosen is one product of a collection, or one that could be.
type Chosen struct {
	ID, Title, Shop string
	Price           money.Rupiah
	Picture         view.Picture
	Hidden          string // why the public does not see it
	First, Last     bool
}
