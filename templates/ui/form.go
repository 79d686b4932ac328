package ui

import (
	"github.com/a-h/templ"

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
}

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

func quantityAttributes(q view.Quantity, id string) templ.Attributes {
	a := describedAttributes(id, "", q.Error)
	if q.Most > 0 {
		a["max"] = q.Most
	}
	return a
}
