package curator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// seatForm is what the forms of the seats send.
type seatForm struct {
	Curator    int64    `form:"kurator"`
	Lead       string   `form:"ketua"`
	Categories []string `form:"kategori"`
	Regions    []string `form:"wilayah"`
	Region     string   `form:"wilayah_lain"` // one more
	Cover      int64    `form:"pengganti"`
	From       string   `form:"mulai"`
	Until      string   `form:"sampai"`
	Days       string   `form:"hari"`
}

func (f seatForm) absence() curation.Absence {
	return curation.Absence{From: f.From, Until: f.Until, CoverID: f.Cover}
}

func (f seatForm) seat() curation.Seat {
	regions := slices.Clone(f.Regions)
	if f.Region != "" {
		regions = append(regions, f.Region)
	}
	return curation.Seat{CuratorID: f.Curator, Lead: f.Lead != "", Regions: regions, Categories: f.Categories, Absence: f.absence()}
}

// seatFields are the names of the fields by those that package curation gives; two
// forms of the page ask for the last three, so these begin with their form's name.
var seatFields = map[string]string{
	"curator": "kurator", "regions": "wilayah", "categories": "kategori", "days": "hari",
	"cover": "-pengganti", "from": "-mulai", "until": "-sampai",
}

func (a area) seats(c *web.Ctx) error {
	return a.showSeats(c, http.StatusOK, "", nil, nil)
}

func (a area) setAbsence(c *web.Ctx) error {
	return a.arrange(c, "sendiri", func(f seatForm) error { return a.Curation.SetAbsence(c.Context(), c.Actor, f.absence()) })
}

func (a area) setSeat(c *web.Ctx) error {
	return a.arrange(c, "kursi", func(f seatForm) error { return a.Curation.SetSeat(c.Context(), c.Actor, f.seat()) })
}

func (a area) setPromise(c *web.Ctx) error {
	return a.arrange(c, "janji", func(f seatForm) error {
		days, err := strconv.Atoi(f.Days)
		if err != nil {
			days = 0 // refused like any number that is none
		}
		return a.Curation.SetPromise(c.Context(), c.Actor, days)
	})
}

// arrange runs one of the forms; a fault shows the page again with what was typed.
func (a area) arrange(c *web.Ctx, form string, call func(f seatForm) error) error {
	var f seatForm
	err := c.Decode(&f)
	if err == nil {
		err = call(f)
	}
	if web.Faulty(err) {
		errs := web.Errors(err)
		for i := range errs {
			if name, ok := seatFields[errs[i].Field]; ok {
				if errs[i].Field = name; name[0] == '-' {
					errs[i].Field = form + name
				}
			}
		}
		return a.showSeats(c, http.StatusUnprocessableEntity, form, &f, errs)
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "desk.saved")
	return c.SeeOther("/kurasi/meja")
}

// showSeats draws who sits where, with the forms that the viewer may use. form
// names the one that errs and typed belong to.
func (a area) showSeats(c *web.Ctx, status int, form string, typed *seatForm, errs view.Errors) error {
	seats, err := a.Curation.Seats(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	categories, err := a.Catalog.Categories(c.Context())
	if err != nil {
		return err
	}
	promise, err := a.Curation.Promise(c.Context())
	if err != nil {
		return err
	}
	own := slices.IndexFunc(seats, func(s curation.Seat) bool { return s.CuratorID == c.Actor.UserID })
	above := c.Actor.HasAny(account.RoleHead, account.RoleAdmin)
	v := pages.Seats{
		Page: a.frame(c, text.T("desk.seats.title")), Errors: errs, Arranges: above || own >= 0 && seats[own].Lead,
		Promise: strconv.Itoa(promise), PromiseMax: curation.MaxPromise,
	}
	names := map[string]string{}
	for _, k := range categories {
		names[k.Slug] = k.Name
	}
	day := now.In(calendar.WIB).Format(time.DateOnly)
	duties := curation.Duties(seats, day)
	for _, s := range seats {
		v.Rows = append(v.Rows, seatRow(s, seats, duties, names, day, v.Arranges))
	}
	if own >= 0 {
		s := seats[own]
		if form == "sendiri" {
			s.Absence = typed.absence()
		}
		v.Own = absenceForm(s, seats)
	}
	chosen, _ := strconv.ParseInt(c.Query("kurator"), 10, 64)
	if form == "kursi" {
		chosen = typed.Curator
	}
	i := slices.IndexFunc(seats, func(s curation.Seat) bool { return s.CuratorID == chosen })
	if v.Arranges && i >= 0 {
		s := seats[i]
		if form == "kursi" {
			name := s.Name
			s = typed.seat()
			s.Name = name
		}
		v.Seat = wholeSeat(s, seats, categories, above)
	}
	if form == "janji" {
		v.Promise = typed.Days
	}
	v.Form = form
	return c.Page(status, pages.SeatsPage(v))
}

func seatRow(s curation.Seat, seats []curation.Seat, duties []curation.Duty, categories map[string]string, day string, change bool) pages.SeatRow {
	row := pages.SeatRow{Name: s.Name, Lead: s.Lead, Cover: s.CoverName}
	for _, slug := range s.Categories {
		row.Categories = append(row.Categories, categories[slug])
	}
	for _, code := range s.Regions {
		row.Regions = append(row.Regions, region.Name(code))
	}
	if s.From != "" && day <= s.Until {
		row.Away = text.T("desk.seats.away_days", "from", dayName(s.From), "until", dayName(s.Until))
		row.AwayNow = s.Away(day)
	}
	for _, d := range duties {
		if d.CuratorID != s.CuratorID {
			continue
		}
		for _, held := range d.Seats {
			if held.CuratorID != s.CuratorID {
				row.Covers = append(row.Covers, held.Name)
			}
		}
		row.Rest = d.Rest
	}
	if change {
		row.ChangeURL = "/kurasi/meja?kurator=" + strconv.FormatInt(s.CuratorID, 10) + "#kursi"
	}
	return row
}

// dayName writes a day as people do.
func dayName(day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, calendar.WIB)
	if err != nil {
		return day
	}
	return calendar.Date(t)
}

func absenceForm(s curation.Seat, seats []curation.Seat) *pages.AbsenceForm {
	f := &pages.AbsenceForm{From: s.From, Until: s.Until}
	for _, other := range seats {
		if other.CuratorID != s.CuratorID {
			f.Covers = append(f.Covers, view.Option{Value: strconv.FormatInt(other.CuratorID, 10), Label: other.Name, Selected: other.CuratorID == s.CoverID})
		}
	}
	return f
}

func wholeSeat(s curation.Seat, seats []curation.Seat, categories []catalog.Category, above bool) *pages.SeatForm {
	f := &pages.SeatForm{ID: strconv.FormatInt(s.CuratorID, 10), Name: s.Name, Lead: s.Lead, LeadFixed: !above, Absence: *absenceForm(s, seats)}
	for _, k := range categories {
		f.Categories = append(f.Categories, view.Option{Value: k.Slug, Label: k.Name, Selected: slices.Contains(s.Categories, k.Slug)})
	}
	for _, p := range region.Provinces() {
		f.Regions = append(f.Regions, view.Option{Value: p.Code, Label: p.Name, Selected: slices.Contains(s.Regions, p.Code)})
	}
	for _, code := range s.Regions {
		if strings.Contains(code, ".") && region.Name(code) != "" {
			f.Regions = append(f.Regions, view.Option{Value: code, Label: region.Name(code), Selected: true})
		}
	}
	for _, r := range region.Regencies() {
		if !slices.Contains(s.Regions, r.Code) {
			f.More = append(f.More, view.Option{Value: r.Code, Label: r.Name, Group: r.Province})
		}
	}
	return f
}
