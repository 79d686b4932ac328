package agency

import "github.com/lapak-berdaya/lapak/templates/view"

// Head is the overview of an agency.
type Head struct {
	Page                           view.Private
	Action, Sheet                  string
	Period                         string // in words
	Periods, Regions               []view.Option
	Filtered                       bool
	Stats                          []view.Stat
	Joins                          int // people who asked to join and wait
	Chart                          view.Chart
	Regencies, Kinds, Idle, Visits view.Table
}

// Detail is the list behind a figure of Head.
type Detail struct {
	Page                                   view.Private
	Action, Back, Sheet, Shown             string
	Periods, Regions, Kinds, States, Which []view.Option
	Table                                  view.Table
}
