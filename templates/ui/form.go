package ui

import (
	"github.com/a-h/templ"
	"strconv"

	"github.com/lapak-berdaya/lapak/templates/view"
)

// Step is one screen of StepForm.
type Step struct {
	Question, Hint string
	Progress       view.Progress
	Action         string // where it is posted
	FormKey        string
	Hidden         []view.Hidden
	Errors         view.Errors
	Submit         string // "Lanjut" when empty
	SubmitIcon     string
	Back           string
	Multipart      bool // has a picture
	Keep           Keep
	Clash          *Clash
	Ask            *Ask
	NoSubmit       bool // every answer is a button that goes on
}

// Clash says that somebody else changed the same answer since the page was opened:
// what was typed stands in the form, what is stored beside it, and one tap keeps either.
type Clash struct {
	Who    string // with name and time
	Theirs string // what is stored now
	Keep   string // where keeping it leads
}

// Ask asks back what was understood, with one button for each meaning.
type Ask struct {
	Text    string
	Name    string // of the buttons
	Answers []view.Option
}

// Keep says what the browser does with a form of a maker or companion: see
// static/js/offline.js, and the attribute data-keep of forms written out. Forms
// about withdrawals, accounts, consent, passwords and codes keep nothing.
type Keep string

// What is kept of a form.
const (
	KeepNothing Keep = ""
	KeepDraft   Keep = "draft" // what is typed, until it was sent
	KeepAndSend Keep = "send"  // that, and sent when the signal is back; needs a FormKey
)

// fieldAttributes are those that a text area and an input share.
func fieldAttributes(f view.Field, id string) templ.Attributes {
	a := describedAttributes(id, f.Hint, f.Error)
	a["id"], a["name"] = id, f.Name
	for name, value := range map[string]string{
		"inputmode": f.InputMode, "autocomplete": f.Autocomplete, "min": f.Min, "max": f.Max,
	} {
		if value != "" {
			a[name] = value
		}
	}
	if f.MaxLength > 0 {
		a["maxlength"] = f.MaxLength
	}
	if !f.Optional {
		a["required"] = true
	}
	if len(f.List) > 0 {
		a["list"] = id + "-list"
	}
	if f.Focus {
		a["autofocus"] = true
	}
	return a
}

func describedAttributes(id, hint, fault string) templ.Attributes {
	a := templ.Attributes{}
	if ids := described(id, hint, fault); ids != "" {
		a["aria-describedby"] = ids
	}
	if fault != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

func selectAttributes(s view.Select, id string) templ.Attributes {
	a := describedAttributes(id, s.Hint, s.Error)
	a["id"], a["name"] = id, s.Name
	if !s.Optional {
		a["required"] = true
	}
	if s.Disabled {
		a["disabled"] = true
	}
	if s.Fetch != "" {
		a["data-fetch"], a["data-parent"] = s.Fetch, fieldID("", s.Parent)
	}
	if s.Auto {
		a["data-auto"] = true
	}
	return a
}

// choiceAttributes gives the first radio the group's id, where an error leads.
func choiceAttributes(c view.Choices, id string, n int) templ.Attributes {
	a := templ.Attributes{}
	if n == 0 {
		a["id"] = id
	}
	if c.Auto {
		a["data-auto"] = true
	}
	if c.Error != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

// atLeast is the smallest quantity of a field; one unless said.
func atLeast(n int64) string { return strconv.FormatInt(max(n, 1), 10) }

func quantityAttributes(q view.Quantity, id string) templ.Attributes {
	a := describedAttributes(id, "", q.Error)
	if q.Most > 0 {
		a["max"] = q.Most
	}
	return a
}
