package curator

import "github.com/lapak-berdaya/lapak/templates/view"

// Seats is who works at the desk.
type Seats struct {
	Page       view.Private
	Rows       []SeatRow
	Own        *AbsenceForm // the viewer's own days away; nil for who has no seat
	Seat       *SeatForm    // the seat that is being changed; nil for none
	Arranges   bool         // the viewer may change every seat and the promise
	Promise    string       // working days
	PromiseMax int
	Form       string // the form that Errors belong to: sendiri, kursi or janji
	Errors     view.Errors
}

// SeatRow is one curator's seat.
type SeatRow struct {
	Name       string
	Lead       bool
	Categories []string // none means all
	Regions    []string // none means all
	Cover      string   // who takes over; empty for nobody named
	Away       string   // "24–28 November 2026"; empty while nothing is planned
	AwayNow    bool
	Covers     []string // whose seats they cover today
	Rest       bool     // what no seat names is theirs today
	ChangeURL  string   // empty where the viewer may not
}

// AbsenceForm asks when somebody is away and who takes over.
type AbsenceForm struct {
	From, Until string // days as a date field has them
	Covers      []view.Option
}

// SeatForm asks for everything about one seat.
type SeatForm struct {
	ID, Name   string
	Lead       bool
	LeadFixed  bool // heads and admins alone say who leads
	Categories []view.Option
	Regions    []view.Option // provinces, and what else the seat names
	More       []view.Option // regencies to add
	Absence    AbsenceForm
}

// errorsOf are the errors of one of the page's forms.
func (s Seats) errorsOf(form string) view.Errors {
	if s.Form == form {
		return s.Errors
	}
	return nil
}
