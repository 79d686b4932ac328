// Package me holds the pages about one's own account: password, devices, second
// factor.
package me

import (
	"github.com/lapak-berdaya/lapak/templates/signin"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Home leads to the parts of the account.
type Home struct {
	Page  view.Private
	Back  view.Link
	Name  string
	Links []view.Link
}

// Password lets a person choose a password.
type Password struct {
	Page   view.Private
	Back   view.Link
	Change bool // there is one, which must be typed first
	Next   string
	Skip   string // address when the choice can wait, "" when it cannot
	Errors view.Errors
}

// Sessions are the devices on which one is signed in.
type Sessions struct {
	Page    view.Private
	Back    view.Link
	Staff   bool
	Devices []Device
}

// Device is one of them.
type Device struct {
	Name, Since, Seen string
	Here              bool
	EndURL            string
}

// Factor is how one's second factor stands.
type Factor struct {
	Page   view.Private
	Back   view.Link
	Active bool
	Since  string
	Left   string
	Few    bool
}

// Replace puts the second factor on another phone.
type Replace struct {
	Page  view.Private
	Back  view.Link
	Setup signin.Enrol
}

// Codes are new recovery codes, shown until kept.
type Codes struct {
	Page  view.Private
	Next  string
	Codes []string
}
