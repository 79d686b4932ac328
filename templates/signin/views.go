// Package signin holds the pages on which a person enters: by phone number, then
// by password or by a code. They look the same for a number nobody has.
package signin

import "github.com/lapak-berdaya/lapak/templates/view"

// Phone asks for the number.
type Phone struct {
	Page   view.Public
	Phone  string // hp
	Next   string // path to go to afterwards, "" for the person's first area
	Notice *view.Notice
	Errors view.Errors
}

// Password asks for the password of a number, and offers a code instead.
type Password struct {
	Page   view.Public
	Phone  string
	Next   string
	Errors view.Errors
	Help   view.Help
}

// Code asks for the six digits that were sent or that an officer issued.
type Code struct {
	Page   view.Public
	Phone  string
	Next   string
	Sent   bool // says that a code is under way
	Errors view.Errors
	Help   view.Help
}

// SetPassword lets a person who came by a code choose a password.
type SetPassword struct {
	Page    view.Public
	Action  string
	Next    string
	Skip    string // address when the choice can wait, "" when it cannot
	FormKey string
	Errors  view.Errors
}

// Parked offers a form that was sent after the session had ended.
type Parked struct {
	Page   view.Public
	Action string
	Values []view.Hidden
}
