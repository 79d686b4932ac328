// Package signin is the way in and out: phone number, then password or one-time
// code. Its pages look the same for a number that nobody has.
package signin

import (
	"context"
	"github.com/a-h/templ"
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/signin"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Accounts is what sign-in asks of package account.
type Accounts interface {
	SignIn(ctx context.Context, phone, password string, from account.Source) (int64, error)
	SignInWithCode(ctx context.Context, phone, code string, from account.Source) (int64, error)
	RequestCode(ctx context.Context, phone string, from account.Source) error
	ProvePassword(ctx context.Context, actor account.Actor, password string, from account.Source) error
	ProveCode(ctx context.Context, actor account.Actor, code string, from account.Source) error
	Actor(ctx context.Context, userID int64) (account.Actor, error)
	User(ctx context.Context, userID int64) (account.User, error)
	Factor(ctx context.Context, userID int64) (account.Factor, error)
	NewEnrolment() string
	Enrolment(ctx context.Context, userID int64, sealed string) (account.Enrolment, error)
	ConfirmFactor(ctx context.Context, userID int64, sealed, code string, from account.Source, replace bool) error
	ProveFactor(ctx context.Context, userID int64, code string, from account.Source) (string, error)
}

// DemoCode is the demo's stand-in for an authenticator app: the code that this
// person's would show now; "" when those near now are used up, and not known for
// somebody with a factor of their own. Nil outside the demo.
type DemoCode func(ctx context.Context, userID int64) (code string, known bool, err error)

type area struct {
	accounts Accounts
	demoCode DemoCode
	help     view.Help // whom somebody can ask who cannot get in
}

// Routes returns the routes of /masuk and /keluar.
func Routes(accounts Accounts, demoCode DemoCode, help view.Help) []web.Route {
	a := area{accounts, demoCode, help}
	return []web.Route{
		{Method: "GET", Path: "/masuk", Handler: a.showPhone},
		{Method: "POST", Path: "/masuk", Handler: a.submitPhone},
		{Method: "GET", Path: "/masuk/sandi", Handler: a.backToPhone},
		{Method: "POST", Path: "/masuk/sandi", Handler: a.submitPassword},
		{Method: "GET", Path: "/masuk/kode", Handler: a.backToPhone},
		{Method: "POST", Path: "/masuk/kode/isi", Handler: a.showCode},
		{Method: "POST", Path: "/masuk/kode/kirim", Handler: a.sendCode},
		{Method: "POST", Path: "/masuk/kode", Handler: a.submitCode},
		{Method: "GET", Path: "/masuk/lanjut", Handler: a.showParked},
		{Method: "POST", Path: "/masuk/lanjut/buang", Handler: a.dropParked},
		{Method: "GET", Path: "/masuk/dua", Handler: a.showSecond},
		{Method: "POST", Path: "/masuk/dua", Handler: a.submitSecond},
		{Method: "POST", Path: "/masuk/dua/mulai", Handler: a.startFactor},
		{Method: "POST", Path: "/masuk/dua/pasang", Handler: a.confirmFactor},
		{Method: "GET", Path: "/masuk/lagi", Handler: a.showAgain},
		{Method: "POST", Path: "/masuk/lagi", Handler: a.submitAgain},
		{Method: "POST", Path: "/masuk/lagi/kirim", Handler: a.sendAgain},
		{Method: "POST", Path: "/keluar", Handler: a.signOut},
	}
}

// entry is every field that the steps carry along.
type entry struct {
	Phone    string `form:"hp"`
	Password string `form:"sandi"`
	Code     string `form:"kode"`
	Next     string `form:"lanjut"`
}

func frame(key string) view.Public {
	return view.Public{Title: text.T(key), NoIndex: true}
}

// ask is whom somebody can turn to who cannot get in, with a message that names
// the page.
func (a area) ask(key string) view.Help {
	h := a.help
	h.WhatsApp = web.WhatsAppTo(h.WhatsApp, text.T("ui.help.sentence", "page", text.T(key)))
	return h
}

func (a area) showPhone(c *web.Ctx) error {
	if c.Actor.SignedIn() {
		return c.SeeOther(web.Local(c.Query("lanjut"), web.HomeOf(c.Actor)))
	}
	return c.Page(http.StatusOK, pages.PhonePage(pages.Phone{Page: frame("signin.phone.title"), Help: a.ask("signin.phone.title"), Next: web.Local(c.Query("lanjut"), "")}))
}

// backToPhone answers a reload or back button on a later step.
func (a area) backToPhone(c *web.Ctx) error { return c.SeeOther("/masuk") }

func (a area) submitPhone(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	ok, counter := account.SignInNumber(e.Phone)
	if !ok {
		return c.Page(http.StatusUnprocessableEntity, pages.PhonePage(pages.Phone{
			Page: frame("signin.phone.title"), Help: a.ask("signin.phone.title"), Phone: e.Phone, Next: web.Local(e.Next, ""),
			Errors: view.Errors{{Field: "hp", Message: text.T("account.phone.invalid")}},
		}))
	}
	if counter { // who has no phone has no password: the officer beside them reads out a code
		return c.Page(http.StatusOK, pages.CodePage(a.codePage(e)))
	}
	return c.Page(http.StatusOK, pages.PasswordPage(pages.Password{
		Page: frame("signin.password.title"), Help: a.ask("signin.password.title"), Phone: e.Phone, Next: web.Local(e.Next, ""),
	}))
}

func (a area) submitPassword(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	userID, err := a.accounts.SignIn(c.Context(), e.Phone, e.Password, c.Source())
	if refused(err) {
		return c.Page(web.Status(fault.As(err).Kind), pages.PasswordPage(pages.Password{
			Page: frame("signin.password.title"), Help: a.ask("signin.password.title"), Phone: e.Phone, Next: web.Local(e.Next, ""), Errors: under("sandi", err),
		}))
	}
	if err != nil {
		return err
	}
	return a.enter(c, userID, e.Next, false)
}

// showCode asks for a code that somebody already has, read out by an officer. It
// makes none: a new code would end that one.
func (a area) showCode(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.CodePage(a.codePage(e)))
}

func (a area) sendCode(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	page := a.codePage(e)
	err := a.accounts.RequestCode(c.Context(), e.Phone, c.Source())
	if refused(err) {
		page.Errors = under("kode", err)
		return c.Page(web.Status(fault.As(err).Kind), pages.CodePage(page))
	}
	if err != nil {
		return err
	}
	page.Sent = true
	return c.Page(http.StatusOK, pages.CodePage(page))
}

func (a area) submitCode(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	userID, err := a.accounts.SignInWithCode(c.Context(), e.Phone, e.Code, c.Source())
	if refused(err) {
		page := a.codePage(e)
		page.Errors = under("kode", err)
		return c.Page(web.Status(fault.As(err).Kind), pages.CodePage(page))
	}
	if err != nil {
		return err
	}
	return a.enter(c, userID, e.Next, true)
}

// codePage asks for a code; to a counter number none can be sent.
func (a area) codePage(e entry) pages.Code {
	_, counter := account.SignInNumber(e.Phone)
	return pages.Code{Page: frame("signin.code.title"), Help: a.ask("signin.code.title"), Phone: e.Phone, Next: web.Local(e.Next, ""), Counter: counter}
}

// refused reports faults that show the same step again.
func refused(err error) bool {
	return web.Faulty(err) || fault.Is(err, fault.KindRateLimited) || fault.Is(err, fault.KindUnauthenticated) || fault.Is(err, fault.KindForbidden)
}

// under puts the sentence of a fault beside the one field of the step.
func under(field string, err error) view.Errors {
	f := fault.As(err)
	return view.Errors{{Field: field, Message: text.T(f.Key, f.Args...)}}
}

// enter lets somebody in who passed the first step; people with a role only half,
// until the second.
func (a area) enter(c *web.Ctx, userID int64, next string, byCode bool) error {
	actor, err := a.accounts.Actor(c.Context(), userID)
	if err != nil {
		return err
	}
	if len(actor.Roles) > 0 {
		half := web.Half{UserID: userID, Code: byCode, Next: web.Local(next, "")}
		factor, err := a.accounts.Factor(c.Context(), userID)
		if err != nil {
			return err
		}
		if !factor.Active {
			half.Secret = a.accounts.NewEnrolment()
		}
		if err := c.BeginHalf(half); err != nil {
			return err
		}
		return c.SeeOther("/masuk/dua")
	}
	if err := c.SignIn(userID, web.Passed{Code: byCode}); err != nil {
		return err
	}
	return a.onward(c, actor, next, byCode)
}

// onward sends somebody who is in to where they wanted to go; whoever came by a
// code and has no password may choose one first, except at the counter, where the
// next visit has a code of its own.
func (a area) onward(c *web.Ctx, actor account.Actor, next string, byCode bool) error {
	person, err := a.accounts.User(c.Context(), actor.UserID)
	if err != nil {
		return err
	}
	if byCode && !person.HasPassword && person.Phone != "" {
		return c.SeeOther("/akun/sandi")
	}
	return c.SeeOther(web.Local(next, web.HomeOf(actor)))
}

// showParked offers a form that was sent after the session had ended.
func (a area) showParked(c *web.Ctx) error {
	path, values, found := c.Parked()
	if !found {
		return c.SeeOther(web.HomeOf(c.Actor))
	}
	page := pages.Parked{Page: frame("web.parked.title"), Action: path}
	for name, all := range values {
		for _, v := range all {
			page.Values = append(page.Values, view.Hidden{Name: name, Value: v})
		}
	}
	return c.Page(http.StatusOK, pages.ParkedPage(page))
}

func (a area) dropParked(c *web.Ctx) error {
	c.DropParked()
	return c.SeeOther(web.HomeOf(c.Actor))
}

func (a area) signOut(c *web.Ctx) error {
	if err := c.SignOut(); err != nil {
		return err
	}
	return c.SeeOther("/")
}

// EndedPage is web.EndedPage.
func EndedPage(page view.Public, sentence string, typed []string, resend, back view.Link) templ.Component {
	return pages.EndedPage(page, sentence, typed, resend, back)
}
