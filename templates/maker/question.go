package maker

import "github.com/lapak-berdaya/lapak/templates/view"

// Question is what a curator asked about a direct change.
type Question struct {
	Page                                    view.Private
	Heading, Action, Changed, Words, Answer string // Words is empty when nobody asked
	Typed                                   string
	Errors                                  view.Errors
}
