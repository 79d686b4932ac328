package signin

import (
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/signin"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// showSecond asks for the second factor, or helps to set one up.
func (a area) showSecond(c *web.Ctx) error {
	half, err := a.half(c)
	if err != nil || half == nil {
		return err
	}
	factor, err := a.accounts.Factor(c.Context(), half.UserID)
	switch {
	case err != nil:
		return err
	case factor.Active:
		return a.secondPage(c, http.StatusOK, *half, nil)
	}
	return a.enrolPage(c, http.StatusOK, *half, nil)
}

// half returns who is between the two steps; with neither person nor error the
// answer is already given.
func (a area) half(c *web.Ctx) (*web.Half, error) {
	half, ok, err := c.Half()
	if err != nil {
		return nil, err
	}
	if !ok {
		if c.Actor.SignedIn() {
			return nil, c.SeeOther(web.Local(c.Query("lanjut"), web.HomeOf(c.Actor)))
		}
		return nil, c.SeeOther("/masuk")
	}
	if half.Next == "" {
		half.Next = web.Local(c.Query("lanjut"), "")
	}
	return &half, nil
}

func (a area) secondPage(c *web.Ctx, status int, half web.Half, errs view.Errors) error {
	demo, err := a.demo(c, half.UserID)
	if err != nil {
		return err
	}
	return c.Page(status, pages.SecondPage(pages.Second{Page: frame("signin.second.title"), Next: half.Next, Demo: demo, Errors: errs}))
}

// demo is the note with the current code, in the demo only.
func (a area) demo(c *web.Ctx, userID int64) (*view.Notice, error) {
	if a.demoCode == nil {
		return nil, nil
	}
	code, known, err := a.demoCode(c.Context(), userID)
	if err != nil || !known {
		return nil, err
	}
	if code == "" {
		return &view.Notice{Tone: view.Info, Title: text.T("signin.demo.title"), Text: text.T("signin.demo.wait")}, nil
	}
	return &view.Notice{Tone: view.Info, Title: text.T("signin.demo.title"), Text: text.T("signin.demo.text", "code", code)}, nil
}

// enrolPage shows the secret that this session began to set up, or the button to
// begin.
func (a area) enrolPage(c *web.Ctx, status int, half web.Half, errs view.Errors) error {
	v := pages.Enrol{Page: frame("signin.enrol.title"), Next: half.Next, Start: "/masuk/dua/mulai", Action: "/masuk/dua/pasang", Errors: errs}
	if half.Secret != "" {
		e, err := a.accounts.Enrolment(c.Context(), half.UserID, half.Secret)
		if err != nil {
			return err
		}
		if err := Fill(&v, e); err != nil {
			return err
		}
	}
	return c.Page(status, pages.EnrolPage(v))
}

// Fill puts a secret on the page that sets it up, as a code to scan and to type.
func Fill(v *pages.Enrol, e account.Enrolment) error {
	code, err := QR(e.URI)
	if err != nil {
		return err
	}
	v.QR = code
	for rest := e.Secret; rest != ""; {
		n := min(4, len(rest))
		v.Groups = append(v.Groups, rest[:n])
		rest = rest[n:]
	}
	return nil
}

// startFactor begins the setting up for somebody who got a first role while
// signed in.
func (a area) startFactor(c *web.Ctx) error {
	half, err := a.half(c)
	if err != nil || half == nil {
		return err
	}
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	half.Next, half.Secret = web.Local(e.Next, half.Next), a.accounts.NewEnrolment()
	if err := c.KeepHalf(*half); err != nil {
		return err
	}
	return c.SeeOther("/masuk/dua")
}

func (a area) confirmFactor(c *web.Ctx) error {
	half, err := a.half(c)
	if err != nil || half == nil {
		return err
	}
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	half.Next = web.Local(e.Next, half.Next)
	err = a.accounts.ConfirmFactor(c.Context(), half.UserID, half.Secret, e.Code, c.Source(), false)
	if fault.Is(err, fault.KindConflict) {
		return a.secondPage(c, http.StatusConflict, *half, under("kode", err))
	}
	if refused(err) {
		return a.enrolPage(c, web.Status(fault.As(err).Kind), *half, under("kode", err))
	}
	if err != nil {
		return err
	}
	return a.through(c, *half, "/akun/kode-cadangan")
}

func (a area) submitSecond(c *web.Ctx) error {
	half, err := a.half(c)
	if err != nil || half == nil {
		return err
	}
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	half.Next = web.Local(e.Next, half.Next)
	how, err := a.accounts.ProveFactor(c.Context(), half.UserID, e.Code, c.Source())
	if refused(err) {
		return a.secondPage(c, web.Status(fault.As(err).Kind), *half, under("kode", err))
	}
	if err != nil {
		return err
	}
	if how == account.ByRecovery {
		c.Flash(view.Warn, "signin.recovery.used")
	}
	return a.through(c, *half, "")
}

// through lets somebody in who passed both steps. first is a page to see before
// the one they asked for.
func (a area) through(c *web.Ctx, half web.Half, first string) error {
	// Somebody who was signed in already, as a maker, stays so: only the roles come
	// to count.
	var err error
	if c.Actor.SignedIn() {
		err = c.Proved(web.Passed{Factor: true})
	} else {
		err = c.SignIn(half.UserID, web.Passed{Code: half.Code, Factor: true})
	}
	if err != nil {
		return err
	}
	if first != "" {
		if half.Next != "" {
			first += "?lanjut=" + escape(half.Next)
		}
		return c.SeeOther(first)
	}
	actor, err := a.accounts.Actor(c.Context(), half.UserID)
	if err != nil {
		return err
	}
	return a.onward(c, actor, half.Next, half.Code)
}

// showAgain asks somebody who is signed in to prove that it is still them, by
// what they have: the second factor, the password, or a one-time code.
func (a area) showAgain(c *web.Ctx) error {
	next := web.Local(c.Query("lanjut"), web.HomeOf(c.Actor))
	if c.Actor.Fresh() {
		return c.SeeOther(next)
	}
	return a.againPage(c, http.StatusOK, next, c.Query("kode") != "", nil)
}

func (a area) againPage(c *web.Ctx, status int, next string, byCode bool, errs view.Errors) error {
	v := pages.Again{Page: frame("signin.again.title"), Next: next, Errors: errs}
	var err error
	if len(c.Actor.Roles) > 0 {
		v.Factor = true
		v.Demo, err = a.demo(c, c.Actor.UserID)
	} else {
		var person account.User
		person, err = a.accounts.User(c.Context(), c.Actor.UserID)
		v.Password = person.HasPassword && !byCode
		v.Sent = byCode
	}
	if err != nil {
		return err
	}
	return c.Page(status, pages.AgainPage(v))
}

func (a area) submitAgain(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	if c.Actor.FactorDue {
		return c.SeeOther("/masuk/dua?lanjut=" + escape(web.Local(e.Next, "/")))
	}
	next := web.Local(e.Next, web.HomeOf(c.Actor))
	var by web.Passed
	var err error
	field := "kode"
	switch {
	case len(c.Actor.Roles) > 0:
		by.Factor = true
		_, err = a.accounts.ProveFactor(c.Context(), c.Actor.UserID, e.Code, c.Source())
	case e.Code != "":
		by.Login, by.Code = true, true
		err = a.accounts.ProveCode(c.Context(), c.Actor, e.Code, c.Source())
	default:
		by.Login, field = true, "sandi"
		err = a.accounts.ProvePassword(c.Context(), c.Actor, e.Password, c.Source())
	}
	if refused(err) {
		return a.againPage(c, web.Status(fault.As(err).Kind), next, by.Code, under(field, err))
	}
	if err != nil {
		return err
	}
	if err := c.Proved(by); err != nil {
		return err
	}
	return c.SeeOther(next)
}

// sendAgain sends a one-time code to the person's own phone.
func (a area) sendAgain(c *web.Ctx) error {
	var e entry
	if err := c.Decode(&e); err != nil {
		return err
	}
	next := web.Local(e.Next, web.HomeOf(c.Actor))
	person, err := a.accounts.User(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	if err := a.accounts.RequestCode(c.Context(), person.Phone, c.Source()); err != nil {
		if !refused(err) {
			return err
		}
		return a.againPage(c, web.Status(fault.As(err).Kind), next, true, under("kode", err))
	}
	return c.SeeOther("/masuk/lagi?kode=1&lanjut=" + escape(next))
}
