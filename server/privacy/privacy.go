// Package privacy is where people see and decide what is stored and shown of them
// (/akun/data, /akun/izin), and where the agency works on requests to be forgotten
// (/dinas/hapus).
package privacy

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/privacy"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// People keeps consents and knows what was revealed.
type People interface {
	Consents(ctx context.Context, actor account.Actor, userID int64) ([]account.Consent, error)
	WithdrawConsent(ctx context.Context, actor account.Actor, userID int64, kind account.ConsentKind, note string) error
	RevealsOf(ctx context.Context, userID int64) ([]account.Reveal, error)
}

// Program copies and forgets.
type Program interface {
	DataOf(ctx context.Context, actor account.Actor) ([]personal.Section, error)
	AskErasure(ctx context.Context, actor account.Actor) error
	WithdrawErasure(ctx context.Context, actor account.Actor) error
	Erasure(ctx context.Context, actor account.Actor) (program.Erasure, bool, error)
	Erasures(ctx context.Context, actor account.Actor) ([]program.Erasure, error)
	CheckErasure(ctx context.Context, actor account.Actor, id int64) error
	DoErasure(ctx context.Context, actor account.Actor, id int64) error
}

// Deps are the neighbours; main fills them.
type Deps struct {
	People  People
	Program Program
}

type area struct{ Deps }

// Routes returns the area's routes.
func Routes(d Deps) []web.Route {
	a := area{d}
	return []web.Route{
		{Method: http.MethodGet, Path: "/akun/data", Handler: a.data},
		{Method: http.MethodGet, Path: "/akun/data/unduh", Handler: a.download},
		{Method: http.MethodPost, Path: "/akun/data/hapus", Handler: a.ask},
		{Method: http.MethodPost, Path: "/akun/data/batal", Handler: a.takeBack},
		{Method: http.MethodGet, Path: "/akun/izin", Handler: a.consents},
		{Method: http.MethodPost, Path: "/akun/izin/cabut", Handler: a.endConsent},
		{Method: http.MethodGet, Path: "/dinas/hapus", Handler: a.erasures},
		{Method: http.MethodPost, Path: "/dinas/hapus", Handler: a.decide},
	}
}

// back leads to the index of one's account.
func back() view.Link { return view.Link{Label: text.T("me.title"), URL: "/akun"} }

func (a area) data(c *web.Ctx) error {
	v := pages.Data{Page: c.Private(text.T("privacy.data.title")), Back: back()}
	reveals, err := a.People.RevealsOf(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	for _, r := range reveals {
		v.Reveals = append(v.Reveals, text.T("privacy.data.revealed_"+string(r.What), "time", calendar.DateTime(r.CreatedAt, ""), "name", r.Actor, "reason", r.Reason))
	}
	e, asked, err := a.Program.Erasure(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	if asked {
		v.Asked, v.Open = text.T("privacy.erase.asked", "date", calendar.Date(e.AskedAt)), open(e.Open)
	}
	return c.Page(http.StatusOK, pages.DataPage(v))
}

func open(all []personal.Open) (out []string) {
	for _, o := range all {
		out = append(out, text.T(o.Key, "count", o.Count))
	}
	return out
}

// download answers with everything stored of the person: one JSON file and one
// table per kind. It is made as it is asked for and stored nowhere.
func (a area) download(c *web.Ctx) error {
	sections, err := a.Program.DataOf(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if err := write(z, "BACA.txt", []byte(text.T("privacy.data.readme")+"\n")); err != nil {
		return fault.Internal(err)
	}
	for _, s := range sections {
		raw, err := s.JSON()
		if err == nil {
			err = write(z, s.Name+".json", raw)
		}
		if err == nil && len(s.Rows) > 0 {
			err = write(z, s.Name+".csv", table(s))
		}
		if err != nil {
			return fault.Internal(err)
		}
	}
	if err := z.Close(); err != nil {
		return fault.Internal(err)
	}
	h := c.Response().Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="data-saya.zip"`)
	h.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err = b.WriteTo(c.Response())
	return err
}

func write(z *zip.Writer, name string, content []byte) error {
	f, err := z.Create(name)
	if err == nil {
		_, err = f.Write(content)
	}
	return err
}

// table is a section as comma-separated values. What a spreadsheet would take for
// a formula is quoted; numbers stay numbers.
func table(s personal.Section) []byte {
	columns := slices.Sorted(maps.Keys(s.Rows[0]))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(columns) // a bytes.Buffer takes everything
	for _, row := range s.Rows {
		line := make([]string, len(columns))
		for i, name := range columns {
			if row[name] == nil {
				continue
			}
			line[i] = fmt.Sprint(row[name])
			if _, isText := row[name].(string); isText && strings.ContainsAny(line[i][:min(1, len(line[i]))], "=+-@\t\r") {
				line[i] = "'" + line[i]
			}
		}
		_ = w.Write(line)
	}
	w.Flush()
	return b.Bytes()
}

func (a area) ask(c *web.Ctx) error {
	if err := a.Program.AskErasure(c.Context(), c.Actor); err != nil {
		return err
	}
	c.Flash(view.Good, "privacy.erase.asked_done")
	return c.SeeOther("/akun/data")
}

func (a area) takeBack(c *web.Ctx) error {
	if err := a.Program.WithdrawErasure(c.Context(), c.Actor); err != nil {
		return err
	}
	c.Flash(view.Good, "privacy.erase.withdrawn")
	return c.SeeOther("/akun/data")
}

func (a area) consents(c *web.Ctx) error {
	all, err := a.People.Consents(c.Context(), c.Actor, c.Actor.UserID)
	if err != nil {
		return err
	}
	v := pages.Consents{Page: c.Private(text.T("privacy.consents.title")), Back: back()}
	for _, kind := range []account.ConsentKind{account.ConsentStory, account.ConsentPhoto, account.ConsentHelped} {
		k := pages.Consent{Kind: text.T("agency.consent_kind." + string(kind)), Means: text.T("privacy.means." + string(kind))}
		for _, given := range all {
			if given.Kind == kind && given.EndedAt.IsZero() {
				k.Code = string(kind)
				k.Since = text.T("privacy.consents.since", "date", calendar.Date(given.GivenAt), "until", calendar.Date(given.ExpiresAt))
			}
		}
		v.Consents = append(v.Consents, k)
	}
	return c.Page(http.StatusOK, pages.ConsentsPage(v))
}

func (a area) endConsent(c *web.Ctx) error {
	var in struct {
		Kind string `form:"kind"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	err := a.People.WithdrawConsent(c.Context(), c.Actor, c.Actor.UserID, account.ConsentKind(in.Kind), "")
	if err != nil && !fault.Is(err, fault.KindNotFound) { // ended already is what was wanted
		return err
	}
	c.Flash(view.Good, "privacy.consents.ended")
	return c.SeeOther("/akun/izin")
}

func (a area) erasures(c *web.Ctx) error {
	all, err := a.Program.Erasures(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	page := c.Private(text.T("privacy.erasures.title"))
	page.Area = text.T("agency.word.area")
	page.Nav = web.AgencyNav(c.Actor, "erasures")
	v := pages.Erasures{Page: page}
	for _, e := range all {
		one := pages.Erasure{
			ID: strconv.FormatInt(e.ID, 10), Name: e.Name, Open: open(e.Open), When: text.T("privacy.erase.asked", "date", calendar.Date(e.AskedAt)),
		}
		switch {
		case e.State == program.ErasureAsked:
			one.Do, one.Button, one.Note = "check", text.T("privacy.erasures.check"), text.T("privacy.erasures.check_note")
		case !c.Actor.Has(account.RoleAdmin) || e.CheckedBy == c.Actor.UserID:
			one.Note = text.T("privacy.erasures.wait")
		default:
			one.Do, one.Button, one.Note, one.Look = "forget", text.T("privacy.erasures.forget"), text.T("privacy.erasures.forget_note"), "danger"
		}
		v.Erasures = append(v.Erasures, one)
	}
	return c.Page(http.StatusOK, pages.ErasuresPage(v))
}

func (a area) decide(c *web.Ctx) error {
	var in struct {
		ID int64  `form:"id"`
		Do string `form:"do"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	do, done := a.Program.CheckErasure, "privacy.erasures.checked"
	if in.Do == "forget" {
		do, done = a.Program.DoErasure, "privacy.erasures.forgotten"
	}
	err := do(c.Context(), c.Actor, in.ID)
	switch {
	case fault.Is(err, fault.KindConflict), fault.Is(err, fault.KindForbidden):
		f := fault.As(err)
		c.Flash(view.Warn, f.Key, f.Args...)
	case fault.Is(err, fault.KindNotFound): // nothing of theirs, or none at all: the list says what there is
		c.Flash(view.Warn, "program.erasure.decided")
	case err != nil:
		return err
	default:
		c.Flash(view.Good, done)
	}
	return c.SeeOther("/dinas/hapus")
}
