package agency

import "github.com/lapak-berdaya/lapak/templates/view"

// NIK is an identity number on a page: never more of it than the mask.
type NIK struct {
	Masked    string // "" when none is stored, or for who only writes it
	URL       string // of the form
	RevealURL string
	Errors    view.Errors
}

// HelpedNIK is a companion's form for a maker's identity number.
type HelpedNIK struct {
	Page  view.Private
	Maker string
	Form  NIK
}

// Consents is what one person allowed.
type Consents struct {
	Lines    []ConsentLine
	URL      string // of the form that records one; empty for who only looks on
	EndURL   string
	Kinds    []view.Option
	Evidence string
	Expires  string
	Errors   view.Errors
}

// ConsentLine is one consent.
type ConsentLine struct {
	Kind, Evidence, Given string
	Code                  string // of the kind while the consent holds
	FormURL               string // the picture of the signed form
	Chip                  view.Chip
}

// Portrait says what the public page shows of a maker.
type Portrait struct {
	State []string
	URL   string
}

// PortraitForm is the form of a maker's portrait and story.
type PortraitForm struct {
	Page    view.Private
	Back    view.Link
	State   []string
	URL     string
	Picture view.Picture
	Story   string
	Errors  view.Errors
}

// Register is the register of consents.
type Register struct {
	Page  view.Private
	Tabs  []view.Link
	State string
	Kinds []view.Option
	Table view.Table
	Pager view.Pager
}

// Reveals is the list of what was revealed.
type Reveals struct {
	Page  view.Private
	Table view.Table
	Pager view.Pager
}
