package privacy

import "github.com/lapak-berdaya/lapak/templates/view"

// Data is a person's own data page.
type Data struct {
	Page    view.Private
	Back    view.Link
	Reveals []string
	Asked   string   // since when the person waits to be forgotten; "" when not asked
	Open    []string // what must be settled first
}

// Consents is what a person allows.
type Consents struct {
	Page     view.Private
	Back     view.Link
	Consents []Consent
}

// Consent is one kind of consent; Code is empty while it does not hold.
type Consent struct {
	Kind, Means, Since, Code string
}

// Erasures are the requests to be forgotten.
type Erasures struct {
	Page     view.Private
	Erasures []Erasure
}

// Erasure is one request; Do is empty when the viewer cannot do the next step.
type Erasure struct {
	ID, Name, When, Note string
	Open                 []string
	Do, Button, Look     string
}
