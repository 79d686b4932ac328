// Package signin is the way in and out: phone number, then password or one-time
// code. Its pages look the same for a number that nobody has.
package signin

import (
	"context"
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
	SignIn(ctx context.Context, phone, password, ip string) (int64, error)
	SignInWithCode(ctx context.Context, phone, code, ip string) (int64, error)
	RequestCode(ctx context.Context, phone, ip string) error
	SetPassword(ctx context.Context, actor account.Actor, current, password string) error
	Actor(ctx context.Context, userID int64) (account.Actor, error)
	User(ctx context.Context, userID int64) (account.User, error)
}

type area struct{ accounts Accounts }

// Routes returns the routes of /masuk, /keluar and the password page.
func Routes(accounts Accounts) []web.Route {
	a := area{accounts}
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
		{Method: "GET", Path: "/akun/sandi", Handler: a.showSetPassword},
		{Method: "POST", Path: "/akun/sandi", Handler: a.submitSetPassword},
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
	return view.Public{Title: text.T(key), Lang: "id", NoIndex: true}
}

func (a area) showPhone(c *web.Ctx) error {
	if c.Actor.SignedIn() {
		return c.SeeOther(web.Local(c.Query("lanjut"), web.HomeOf(c.Actor)))
	}
	return c.Page(http.StatusOK, pages.PhonePage(pages.Phone{Page: frame("signin.phone.title"), Next: web.Local(c.Query("lanjut"), "")}))
}

// backToPhone answers a reload or back button on a later step.
func (a area) backToPhone(c *web.Ctx) error { return c.SeeOther("/masuk") }

func (a area) submitPhone(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	if _, ok := account.Phone(e.Phone); !ok {
		return c.Page(http.StatusUnprocessableEntity, pages.PhonePage(pages.Phone{
			Page: frame("signin.phone.title"), Phone: e.Phone, Next: web.Local(e.Next, ""),
			Errors: view.Errors{{Field: "hp", Message: text.T("account.phone.invalid")}},
		}))
	}
	return c.Page(http.StatusOK, pages.PasswordPage(pages.Password{
		Page: frame("signin.password.title"), Phone: e.Phone, Next: web.Local(e.Next, ""),
	}))
}

func (a area) submitPassword(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	userID, err := a.accounts.SignIn(c.Context(), e.Phone, e.Password, c.IP())
	if refused(err) {
		return c.Page(web.Status(fault.As(err).Kind), pages.PasswordPage(pages.Password{
			Page: frame("signin.password.title"), Phone: e.Phone, Next: web.Local(e.Next, ""), Errors: under("sandi", err),
		}))
	}
	if err != nil {
		return err
	}
	return a.enter(c, userID, e.Next)
}

// showCode asks for a code that somebody already has, read out by an officer. It
// makes none: a new code would end that one.
func (a area) showCode(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.CodePage(pages.Code{Page: frame("signin.code.title"), Phone: e.Phone, Next: web.Local(e.Next, "")}))
}

func (a area) sendCode(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	page := pages.Code{Page: frame("signin.code.title"), Phone: e.Phone, Next: web.Local(e.Next, "")}
	err := a.accounts.RequestCode(c.Context(), e.Phone, c.IP())
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
	userID, err := a.accounts.SignInWithCode(c.Context(), e.Phone, e.Code, c.IP())
	if refused(err) {
		return c.Page(web.Status(fault.As(err).Kind), pages.CodePage(pages.Code{
			Page: frame("signin.code.title"), Phone: e.Phone, Next: web.Local(e.Next, ""), Errors: under("kode", err),
		}))
	}
	if err != nil {
		return err
	}
	person, err := a.accounts.User(c.Context(), userID)
	if err != nil {
		return err
	}
	if !person.HasPassword {
		if err := c.SignIn(userID); err != nil {
			return err
		}
		return c.SeeOther("/akun/sandi")
	}
	return a.enter(c, userID, e.Next)
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

func (a area) enter(c *web.Ctx, userID int64, next string) error {
	if err := c.SignIn(userID); err != nil {
		return err
	}
	actor, err := a.accounts.Actor(c.Context(), userID)
	if err != nil {
		return err
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

func (a area) showSetPassword(c *web.Ctx) error {
	return c.Page(http.StatusOK, pages.SetPasswordPage(pages.SetPassword{
		Page: frame("signin.set.title"), Action: "/akun/sandi", Skip: web.HomeOf(c.Actor),
	}))
}

func (a area) submitSetPassword(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	err := a.accounts.SetPassword(c.Context(), c.Actor, "", e.Password)
	if refused(err) {
		f := fault.As(err)
		errs := under("sandi", err)
		if len(f.Fields) > 0 {
			errs[0].Message = text.T(f.Fields[0].Key, f.Fields[0].Args...)
		}
		return c.Page(web.Status(f.Kind), pages.SetPasswordPage(pages.SetPassword{
			Page: frame("signin.set.title"), Action: "/akun/sandi", Skip: web.HomeOf(c.Actor), Errors: errs,
		}))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "web.signin.password_saved")
	return c.SeeOther(web.HomeOf(c.Actor))
}

func (a area) signOut(c *web.Ctx) error {
	if err := c.SignOut(); err != nil {
		return err
	}
	return c.SeeOther("/")
}
