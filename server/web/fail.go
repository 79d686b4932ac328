package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web/pagecache"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// ErrorPage draws the page of a fault: a status, a sentence, and the request id
// to quote when asking for help.
type ErrorPage func(page view.Public, status int, sentence, requestID string) templ.Component

// Status is the one mapping from kinds of faults to HTTP.
func Status(k fault.Kind) int {
	switch k {
	case fault.KindInvalid:
		return http.StatusUnprocessableEntity
	case fault.KindUnauthenticated:
		return http.StatusUnauthorized
	case fault.KindForbidden:
		return http.StatusForbidden
	case fault.KindNotFound:
		return http.StatusNotFound
	case fault.KindConflict:
		return http.StatusConflict
	case fault.KindRateLimited:
		return http.StatusTooManyRequests
	case fault.KindUnavailable:
		return http.StatusServiceUnavailable
	case fault.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.KindGone:
		return http.StatusGone
	}
	return http.StatusInternalServerError
}

// fail answers a request whose handler returned an error.
func (s *Site) fail(err error, ec echo.Context) {
	if ec.Response().Committed {
		s.log.ErrorContext(ec.Request().Context(), "error after the answer began", "error", err)
		return
	}
	c, ok := ec.Get("ctx").(*Ctx)
	if !ok {
		c = &Ctx{echo: ec, site: s}
	}
	var moved *movedError
	if errors.As(err, &moved) {
		c.Response().Header().Set("Cache-Control", pagecache.CacheControl)
		_ = ec.Redirect(http.StatusMovedPermanently, moved.to)
		return
	}
	c.Response().Header().Del("ETag")
	f := asFault(err)
	status := Status(f.Kind)
	if status >= 500 && c.Context().Err() == nil { // a visitor who has left is no failure
		c.Log().Error("failed", "route", c.Route.Path, "error", err)
	} else if f.Kind == fault.KindForbidden || f.Kind == fault.KindRateLimited || c.stopped && c.Actor.SignedIn() {
		by := "service"
		if c.stopped {
			by = "authorization"
		}
		c.Log().Warn("denied", "route", c.Route.Path, "kind", f.Kind.String(), "by", by)
	}
	if f.Kind == fault.KindRateLimited {
		c.Response().Header().Set("Retry-After", "60")
	}
	if f.Kind == fault.KindUnavailable {
		c.Response().Header().Set("Retry-After", retrySoon)
	}
	if c.Route.Rule.Machine() || strings.HasPrefix(c.Request().Header.Get("Accept"), "application/json") {
		_ = c.JSON(status, map[string]string{"error": f.Kind.String()})
		return
	}
	if f.Kind == fault.KindUnauthenticated {
		s.toSignIn(c)
		return
	}
	if f.Kind == fault.KindNotFound && s.helpEnded(c) {
		return
	}
	if err := c.Page(status, s.errorPage(errorFrame(c.Context()), status, c.T(f.Key, f.Args...), c.RequestID())); err != nil {
		http.Error(c.Response(), c.T("fault.internal"), http.StatusInternalServerError)
	}
}

// retrySoon is how many seconds a program that met an unavailable part waits.
const retrySoon = "10"

// unavailable is the page of a database that cannot be reached, where no request
// has got far enough for fail.
func (s *Site) unavailable(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Retry-After", retrySoon)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	drawn := s.errorPage(errorFrame(r.Context()), http.StatusServiceUnavailable, text.L(r.Context(), "fault.database"), h.Get(echo.HeaderXRequestID))
	if err := drawn.Render(r.Context(), w); err != nil {
		s.log.WarnContext(r.Context(), "error page not drawn", "error", err)
	}
}

// errorFrame is the page of a fault; its other language begins at the front page,
// for the address may be none.
func errorFrame(ctx context.Context) view.Public {
	return view.Public{Title: text.L(ctx, "web.error.title"), NoIndex: true, Other: text.In(ctx).Other().Path("/")}
}

// asFault gives Echo's and the database's own errors their kind.
func asFault(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		switch he.Code {
		case http.StatusNotFound, http.StatusMethodNotAllowed:
			return fault.NotFound(err.Error())
		case http.StatusRequestEntityTooLarge:
			return fault.TooLarge("fault.too_large")
		}
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.TooLarge("fault.too_large")
	}
	if database.Down(err) {
		return fault.Unavailable("fault.database", err)
	}
	return fault.Internal(err)
}

// parked is a form that was sent after the session had ended.
type parked struct {
	Path   string     `json:"path"`
	Values url.Values `json:"values"`
}

const parkedKey, parkedLimit = "parked", 32 << 10

// passwordField is the name that every password has in every form.
const passwordField = "sandi"

// toSignIn sends a visitor to the sign-in page and back. A form that was sent
// without a session is parked on the server and offered again afterwards, so
// nothing typed is lost. One with a password is not: passwords rest nowhere.
func (s *Site) toSignIn(c *Ctx) {
	if byOutbox(c.Request()) { // the browser keeps it
		_ = c.outboxAnswer(http.StatusUnauthorized, "/masuk")
		return
	}
	_ = c.redirect("/masuk?lanjut=" + url.QueryEscape(s.park(c)))
}

// Parked returns the form that was sent without a session, with its address;
// false when there is none. It stays until DropParked.
func (c *Ctx) Parked() (string, url.Values, bool) {
	var p parked
	if err := json.Unmarshal([]byte(c.Peek(parkedKey)), &p); err != nil {
		return "", nil, false
	}
	return Local(p.Path, "/"), p.Values, true
}

// DropParked forgets the parked form.
func (c *Ctx) DropParked() { c.Pop(parkedKey) }
