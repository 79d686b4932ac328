package buyer

import (
	"context"
	"net/http"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Joins takes requests of makers who want to sell here.
type Joins interface {
	AskToJoin(ctx context.Context, in program.NewJoin) error
}

// joinForm is the form of /daftar as typed.
type joinForm struct {
	Step     string `form:"langkah"` // "kirim", or a button that shows the next list of places
	Name     string `form:"nama"`
	Phone    string `form:"hp"`
	Makes    string `form:"buatan"`
	Province string `form:"provinsi"`
	Regency  string `form:"kabupaten"`
	District string `form:"kecamatan"`
}

// joinFields gives the domain's fields the names they have in the form.
var joinFields = map[string]string{"name": "nama", "phone": "hp", "makes": "buatan", "district": "kecamatan"}

func (a area) showAskToJoin(c *web.Ctx) error {
	if c.Query("terkirim") != "" {
		page := c.PublicView(c.T("publicpage.join.sent"), c.T("publicpage.join.sent_text"), "/daftar")
		page.NoIndex = true
		return c.Page(http.StatusOK, pages.AskedToJoinPage(page))
	}
	return a.drawAskToJoin(c, http.StatusOK, joinForm{}, nil)
}

func (a area) askToJoin(c *web.Ctx) error {
	var f joinForm
	if err := c.Decode(&f); err != nil {
		return err
	}
	where := checkoutForm{Province: f.Province, Regency: f.Regency, District: f.District}
	where.destination() // a district of another regency is none
	if f.Step != "kirim" && where.District == "" {
		return a.drawAskToJoin(c, http.StatusOK, f, nil) // enter presses the first button, so a form with a district is sent
	}
	err := a.Joins.AskToJoin(c.Context(), program.NewJoin{Name: f.Name, Phone: f.Phone, District: where.District, Makes: f.Makes, Source: c.IP()})
	switch {
	case web.Faulty(err):
		return a.drawAskToJoin(c, http.StatusUnprocessableEntity, f, err)
	case fault.Is(err, fault.KindRateLimited): // what was written is not lost
		return a.drawAskToJoin(c, http.StatusTooManyRequests, f, err)
	case err != nil:
		return err
	}
	return c.SeeOther("/daftar?terkirim=1")
}

// drawAskToJoin draws the form with everything typed.
func (a area) drawAskToJoin(c *web.Ctx, status int, f joinForm, problem error) error {
	where := checkoutForm{Province: f.Province, Regency: f.Regency, District: f.District}
	where.destination()
	v := pages.AskToJoin{
		Page: c.PublicView(c.T("publicpage.join.title"), c.T("publicpage.join.lead"), "/daftar"), Name: f.Name, Phone: f.Phone, Makes: f.Makes, MaxMakes: program.MaxMakes,
	}
	if problem != nil {
		v.Errors = c.Errors(problem)
		for i, e := range v.Errors {
			if name, ok := joinFields[e.Field]; ok {
				v.Errors[i].Field = name
			}
		}
		switch { // the list that stands empty is the one to mend
		case v.Errors.Of("kecamatan") == "":
		case where.Province == "":
			moveFault(v.Errors, "kecamatan", "provinsi")
		case where.Regency == "":
			moveFault(v.Errors, "kecamatan", "kabupaten")
		}
	}
	v.Provinces, v.Regencies, v.Districts = places(&where)
	return c.Page(status, pages.AskToJoinPage(v))
}

// moveFault puts a fault beside another field.
func moveFault(errs view.Errors, from, to string) {
	for i := range errs {
		if errs[i].Field == from {
			errs[i].Field = to
		}
	}
}
