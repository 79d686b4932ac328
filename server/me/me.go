// Package me holds the pages about one's own account: password, devices that are
// signed in, second factor.
package me

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/signin"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/me"
	signinpages "github.com/lapak-berdaya/lapak/templates/signin"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Accounts is what the pages ask of package account, always about the actor.
type Accounts interface {
	User(ctx context.Context, userID int64) (account.User, error)
	SetPassword(ctx context.Context, actor account.Actor, current, password string) error
	Sessions(ctx context.Context, actor account.Actor) ([]account.Session, error)
	EndSession(ctx context.Context, actor account.Actor, sessionID int64) error
	EndOtherSessions(ctx context.Context, actor account.Actor) (int64, error)
	Factor(ctx context.Context, userID int64) (account.Factor, error)
	NewEnrolment() string
	Enrolment(ctx context.Context, userID int64, sealed string) (account.Enrolment, error)
	ConfirmFactor(ctx context.Context, userID int64, sealed, code string, from account.Source, replace bool) error
	RecoveryCodes(ctx context.Context, actor account.Actor) ([]string, error)
	SawRecoveryCodes(ctx context.Context, actor account.Actor) error
	NewRecoveryCodes(ctx context.Context, actor account.Actor) error
}

type area struct{ accounts Accounts }

// Routes returns the routes of /akun.
func Routes(accounts Accounts) []web.Route {
	a := area{accounts}
	return []web.Route{
		{Method: "GET", Path: "/akun", Handler: a.home},
		{Method: "GET", Path: "/akun/sandi", Handler: a.showPassword},
		{Method: "POST", Path: "/akun/sandi", Handler: a.submitPassword},
		{Method: "GET", Path: "/akun/sesi", Handler: a.sessions},
		{Method: "POST", Path: "/akun/sesi/:id/akhiri", Handler: a.endSession},
		{Method: "POST", Path: "/akun/sesi/akhiri-lain", Handler: a.endOthers},
		{Method: "GET", Path: "/akun/langkah-kedua", Handler: a.factor},
		{Method: "POST", Path: "/akun/langkah-kedua/ganti", Handler: a.startReplace},
		{Method: "GET", Path: "/akun/langkah-kedua/ganti", Handler: a.showReplace},
		{Method: "POST", Path: "/akun/langkah-kedua/pasang", Handler: a.replace},
		{Method: "GET", Path: "/akun/kode-cadangan", Handler: a.codes},
		{Method: "POST", Path: "/akun/kode-cadangan", Handler: a.keptCodes},
		{Method: "POST", Path: "/akun/kode-cadangan/baru", Handler: a.newCodes},
	}
}

func frame(c *web.Ctx, key string) view.Private { return c.Private(text.T(key)) }

func back(address string) view.Link { return view.Link{Label: text.T("me.back"), URL: address} }

func (a area) home(c *web.Ctx) error {
	person, err := a.accounts.User(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	factor, err := a.accounts.Factor(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	note := "me.home.password_none"
	if person.HasPassword {
		note = "me.home.password_set"
	}
	v := pages.Home{Page: frame(c, "me.title"), Back: back(web.HomeOf(c.Actor)), Name: person.Name, Links: []view.Link{
		{Label: text.T("me.home.password"), Note: text.T(note), URL: "/akun/sandi", Icon: "key"},
		{Label: text.T("me.home.sessions"), Note: text.T("me.home.sessions_text"), URL: "/akun/sesi", Icon: "phone"},
	}}
	if factor.Active {
		v.Links = append(v.Links, view.Link{
			Label: text.T("me.home.factor"), Note: text.T("me.home.factor_text", "left", factor.CodesLeft), URL: "/akun/langkah-kedua", Icon: "check",
		})
	}
	if len(c.Actor.Memberships) > 0 { // only who makes something gives consents
		v.Links = append(v.Links, view.Link{Label: text.T("me.home.consents"), Note: text.T("me.home.consents_text"), URL: "/akun/izin", Icon: "user"})
	}
	v.Links = append(v.Links, view.Link{Label: text.T("me.home.parts"), Note: text.T("me.home.parts_text"), URL: "/akun/bagian", Icon: "money"})
	v.Links = append(v.Links, view.Link{Label: text.T("me.home.data"), Note: text.T("me.home.data_text"), URL: "/akun/data", Icon: "list"})
	return c.Page(http.StatusOK, pages.HomePage(v))
}

func (a area) showPassword(c *web.Ctx) error {
	return a.passwordPage(c, http.StatusOK, web.Local(c.Query("lanjut"), ""), nil)
}

func (a area) passwordPage(c *web.Ctx, status int, next string, errs view.Errors) error {
	person, err := a.accounts.User(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	v := pages.Password{Page: frame(c, "me.password.title"), Back: back("/akun"), Next: next, Errors: errs}
	if person.HasPassword {
		v.Page, v.Change = frame(c, "me.password.change"), true
	} else {
		v.Skip = web.Local(next, web.HomeOf(c.Actor))
	}
	return c.Page(status, pages.PasswordPage(v))
}

type passwordForm struct {
	Current  string `form:"lama"`
	Password string `form:"sandi"`
	Next     string `form:"lanjut"`
}

func (a area) submitPassword(c *web.Ctx) error {
	var in passwordForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	next := web.Local(in.Next, "")
	err := a.accounts.SetPassword(c.Context(), c.Actor, in.Current, in.Password)
	if web.Faulty(err) || fault.Is(err, fault.KindRateLimited) {
		errs := web.Errors(err)
		for i := range errs {
			errs[i].Field = map[string]string{"current": "lama"}[errs[i].Field]
			if errs[i].Field == "" {
				errs[i].Field = "sandi"
			}
		}
		return a.passwordPage(c, web.Status(fault.As(err).Kind), next, errs)
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "web.signin.password_saved")
	return c.SeeOther(web.Local(next, web.HomeOf(c.Actor)))
}

func (a area) sessions(c *web.Ctx) error {
	list, err := a.accounts.Sessions(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := pages.Sessions{Page: frame(c, "me.sessions.title"), Back: back("/akun"), Staff: len(c.Actor.Roles) > 0}
	for _, s := range list {
		v.Devices = append(v.Devices, pages.Device{
			Name: s.Device, Here: s.Current, EndURL: fmt.Sprintf("/akun/sesi/%d/akhiri", s.ID),
			Since: text.T("me.sessions.since", "when", calendar.DateTime(s.Since, "31")),
			Seen:  text.T("me.sessions.seen", "when", calendar.DateTime(s.SeenAt, "31")),
		})
	}
	return c.Page(http.StatusOK, pages.SessionsPage(v))
}

func (a area) endSession(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	if err := a.accounts.EndSession(c.Context(), c.Actor, id); err != nil {
		return err
	}
	c.Flash(view.Good, "me.sessions.ended")
	return c.SeeOther("/akun/sesi")
}

func (a area) endOthers(c *web.Ctx) error {
	ended, err := a.accounts.EndOtherSessions(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	c.Flash(view.Good, "me.sessions.ended_all", "count", ended)
	return c.SeeOther("/akun/sesi")
}

func (a area) factor(c *web.Ctx) error {
	f, err := a.accounts.Factor(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	v := pages.Factor{Page: frame(c, "me.factor.title"), Back: back("/akun"), Active: f.Active}
	if f.Active {
		v.Since = text.T("me.factor.since", "date", calendar.Date(f.Since.In(calendar.WIB)))
		v.Left, v.Few = text.T("me.factor.left", "left", f.CodesLeft), f.CodesLeft <= 3
	}
	return c.Page(http.StatusOK, pages.FactorPage(v))
}

// newSecret is the session's value under which a sealed new secret waits.
const newSecret = "new_factor"

func (a area) startReplace(c *web.Ctx) error {
	c.Put(newSecret, a.accounts.NewEnrolment())
	return c.SeeOther("/akun/langkah-kedua/ganti")
}

func (a area) showReplace(c *web.Ctx) error { return a.replacePage(c, http.StatusOK, nil) }

func (a area) replacePage(c *web.Ctx, status int, errs view.Errors) error {
	e, err := a.accounts.Enrolment(c.Context(), c.Actor.UserID, c.Peek(newSecret))
	if fault.Is(err, fault.KindNotFound) {
		return c.SeeOther("/akun/langkah-kedua")
	}
	if err != nil {
		return err
	}
	v := pages.Replace{Page: frame(c, "me.factor.replace"), Back: back("/akun/langkah-kedua"), Setup: signinpages.Enrol{Action: "/akun/langkah-kedua/pasang", Errors: errs}}
	if err := signin.Fill(&v.Setup, e); err != nil {
		return err
	}
	return c.Page(status, pages.ReplacePage(v))
}

type codeForm struct {
	Code string `form:"kode"`
	Next string `form:"lanjut"`
}

func (a area) replace(c *web.Ctx) error {
	var in codeForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	f, err := a.accounts.Factor(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	if !f.Active {
		return c.SeeOther("/akun/langkah-kedua") // a first factor is set up at sign-in
	}
	err = a.accounts.ConfirmFactor(c.Context(), c.Actor.UserID, c.Peek(newSecret), in.Code, c.Source(), true)
	if web.Faulty(err) || fault.Is(err, fault.KindRateLimited) {
		errs := web.Errors(err)
		errs[0].Field = "kode"
		return a.replacePage(c, web.Status(fault.As(err).Kind), errs)
	}
	if err != nil {
		return err
	}
	c.Pop(newSecret)
	c.Flash(view.Good, "me.factor.replaced")
	return c.SeeOther("/akun/kode-cadangan?lanjut=" + url.QueryEscape("/akun/langkah-kedua"))
}

func (a area) codes(c *web.Ctx) error {
	codes, err := a.accounts.RecoveryCodes(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	next := web.Local(c.Query("lanjut"), "")
	if len(codes) == 0 {
		return c.SeeOther(web.Local(next, "/akun"))
	}
	return c.Page(http.StatusOK, pages.CodesPage(pages.Codes{Page: frame(c, "me.codes.title"), Next: next, Codes: codes}))
}

// keptCodes forgets how the codes read. Whoever has no password yet chooses one
// next: a new member of staff came by a code.
func (a area) keptCodes(c *web.Ctx) error {
	var in codeForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := a.accounts.SawRecoveryCodes(c.Context(), c.Actor); err != nil {
		return err
	}
	person, err := a.accounts.User(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	next := web.Local(in.Next, "")
	if !person.HasPassword {
		if next != "" {
			return c.SeeOther("/akun/sandi?lanjut=" + url.QueryEscape(next))
		}
		return c.SeeOther("/akun/sandi")
	}
	c.Flash(view.Good, "me.codes.kept")
	return c.SeeOther(web.Local(next, web.HomeOf(c.Actor)))
}

func (a area) newCodes(c *web.Ctx) error {
	err := a.accounts.NewRecoveryCodes(c.Context(), c.Actor)
	if fault.Is(err, fault.KindNotFound) {
		return c.SeeOther("/akun/langkah-kedua") // which says that there is none
	}
	if err != nil {
		return err
	}
	return c.SeeOther("/akun/kode-cadangan?lanjut=" + url.QueryEscape("/akun/langkah-kedua"))
}
