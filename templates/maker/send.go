package maker

import "github.com/lapak-berdaya/lapak/templates/view"

// Hours asks when buyers can come to collect.
type Hours struct {
	Page      view.Private
	Errors    view.Errors
	FromSteps bool
	ShopID    string
	Days      []DayHours
}

// DayHours is one day of the week; empty times are a closed day.
type DayHours struct {
	Key, Name, Opens, Closes string
}

// Areas asks where a maker brings orders.
type Areas struct {
	Page   view.Private
	Errors view.Errors
	ShopID string
	Now    string // how it is at present
	Items  []AreaItem
	Places []view.Option
	Fee    string
}

// AreaItem is one place she goes to.
type AreaItem struct {
	Code, Place, Fee string
}

// Carriers asks with whom a maker sends.
type Carriers struct {
	Page   view.Private
	Errors view.Errors
	ShopID string
	Items  []view.Check
}

// Cutoffs asks for the last days before a holiday.
type Cutoffs struct {
	Page                   view.Private
	Errors                 view.Errors
	ShopID                 string
	Items                  []CutoffItem
	Methods                []view.Option
	Name, LastDay, Resumes string
}

// CutoffItem is one pause; without an ID it holds for every shop.
type CutoffItem struct {
	ID, Title, Days string
}
