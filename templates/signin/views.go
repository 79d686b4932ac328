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
	Help   view.Help
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

	Counter bool // the number is one of the agency's counter: no code can be sent to it
}

// Second asks for a code of the authenticator app, or a recovery code.
type Second struct {
	Page   view.Public
	Next   string
	Demo   *view.Notice // the current code, in the demo only
	Errors view.Errors
}

// Enrol sets up the second factor.
type Enrol struct {
	Page   view.Public
	Next   string
	Start  string   // where the button leads that makes a secret, while QR is empty
	Action string   // where the app's first code goes
	QR     string   // data: address of the picture to scan
	Groups []string // the same secret for typing, four letters each
	Errors view.Errors
}

// Again asks for a fresh proof of what the person has.
type Again struct {
	Page     view.Public
	Next     string
	Factor   bool // the second factor; else Password, else a one-time code
	Password bool
	Sent     bool
	Demo     *view.Notice
	Errors   view.Errors
}

// Parked offers a form that was sent after the session had ended.
type Parked struct {
	Page   view.Public
	Action string
	Values []view.Hidden
}
