package agency

import "github.com/lapak-berdaya/lapak/templates/view"

// Members is who is in a group, for its agency's officers: no amounts.
type Members struct {
	Page        view.Private
	Back        view.Link
	URL         string
	Changes     bool // the viewer may take in and out
	Members     []Member
	Name, Phone string
	Errors      view.Errors
}

// Member is one of a group's people.
type Member struct {
	Name, Duty, Standing string
	Party                int64
	Gone                 bool
	ShopName, FormKey    string // of the form that opens a shop of her own
	Errors               view.Errors
}

// Words are what she keeps for the group and how she stands in it.
func (m Member) Words() string {
	if m.Standing == "" {
		return m.Duty
	}
	return m.Duty + ", " + m.Standing
}
