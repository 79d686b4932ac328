package admin

import "github.com/lapak-berdaya/lapak/templates/view"

// Settings are the bounds and waiting times, and the one that is open to change.
type Settings struct {
	Page   view.Private
	Table  view.Table
	One    *Setting
	Errors view.Errors
}

// Setting is the form of one of them.
type Setting struct {
	Name, Label, Hint, Was string
	Value, Prefix, Suffix  string
	History                string // where its changes are listed
}
