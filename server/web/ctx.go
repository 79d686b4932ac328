package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/go-playground/form/v4"
	"github.com/labstack/echo/v4"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Ctx is one request with the person behind it.
type Ctx struct {
	echo  echo.Context
	site  *Site
	Actor account.Actor
	Route Route

	stopped bool // by the authorization file, before the handler
}

// Context is the request's context.
func (c *Ctx) Context() context.Context { return c.echo.Request().Context() }

// Request is the plain request.
func (c *Ctx) Request() *http.Request { return c.echo.Request() }

// Response is the plain response writer.
func (c *Ctx) Response() http.ResponseWriter { return c.echo.Response() }

// Log is the request's logger; its lines carry the request id and who is signed in.
func (c *Ctx) Log() *slog.Logger { return story.Bound(c.Context(), c.site.log) }

// RequestID names the request in logs and on error pages.
func (c *Ctx) RequestID() string {
	return c.echo.Response().Header().Get(echo.HeaderXRequestID)
}

// IP is the caller's address, behind trusted proxies only what they vouch for.
func (c *Ctx) IP() string { return c.echo.RealIP() }

// Param is one parameter of the path; a path with unstorable text in it never
// comes to a handler.
func (c *Ctx) Param(name string) string { return c.echo.Param(name) }

// Query is one parameter of the query string.
func (c *Ctx) Query(name string) string { return c.QueryValues().Get(name) }

// QueryValues are all parameters of the query string.
func (c *Ctx) QueryValues() url.Values { return storable(c.echo.QueryParams()) }

// storable makes values that every database can store and compare: PostgreSQL
// refuses NUL and whatever is not UTF-8, SQLite takes both. What could not be
// read is shown as U+FFFD.
func storable(values url.Values) url.Values {
	for _, all := range values {
		for i, v := range all {
			all[i] = storableText(v)
		}
	}
	return values
}

func isStorable(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// ID reads a row id from the path; anything that is none is not found.
func (c *Ctx) ID(name string) (int64, error) {
	n, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, fault.NotFound("id " + name)
	}
	return n, nil
}

var decoder = func() *form.Decoder {
	d := form.NewDecoder()
	d.SetMode(form.ModeExplicit) // only fields that say so: extra values never reach a struct
	return d
}()

// Form is the posted form: only the body counts, never the query string.
func (c *Ctx) Form() (url.Values, error) {
	r := c.Request()
	var err error
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		err = r.ParseMultipartForm(1 << 20)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, fault.TooLarge("fault.too_large").Because(err)
		}
		return nil, fault.Invalid("fault.form").Because(err)
	}
	return storable(r.PostForm), nil
}

// Decode reads the posted form into a struct with `form` tags. A value of the
// wrong shape is a field fault.
func (c *Ctx) Decode(into any) error {
	values, err := c.Form()
	if err != nil {
		return err
	}
	if err := decoder.Decode(into, values); err != nil {
		var bad form.DecodeErrors
		if errors.As(err, &bad) {
			f := fault.Invalid("fault.form").Because(err)
			for name := range bad {
				f.With(name, "web.field.unreadable")
			}
			return f
		}
		return fault.Invalid("fault.form").Because(err)
	}
	return nil
}

// File returns an uploaded file, nil when the field was left empty.
func (c *Ctx) File(name string) (io.ReadCloser, string, error) {
	if _, err := c.Form(); err != nil {
		return nil, "", err
	}
	f, header, err := c.Request().FormFile(name)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fault.Invalid("fault.form").Because(err)
	}
	if header.Size == 0 {
		_ = f.Close()
		return nil, "", nil
	}
	return f, strings.ReplaceAll(strings.ToValidUTF8(header.Filename, "\uFFFD"), "\x00", "\uFFFD"), nil
}

// Page renders a component as a whole page. It is drawn into a buffer first, so
// a failing template never sends half a page.
func (c *Ctx) Page(status int, page templ.Component) error {
	var buf bytes.Buffer
	if err := page.Render(c.Context(), &buf); err != nil {
		return fault.Internal(err)
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if c.Route.Rule.Public() && status == http.StatusOK {
		h.Set("Cache-Control", "public, no-cache")
	} else {
		h.Set("Cache-Control", "no-store")
	}
	c.Response().WriteHeader(status)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := buf.WriteTo(c.Response())
	return err
}

// JSON answers a script or machine.
func (c *Ctx) JSON(status int, value any) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.echo.JSON(status, value)
}

// Text answers a machine with one line.
func (c *Ctx) Text(status int, line string) error {
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.echo.String(status, line+"\n")
}

// SeeOther ends a POST: the browser asks for address with GET. Only addresses of
// this site are followed.
func (c *Ctx) SeeOther(address string) error {
	return c.echo.Redirect(http.StatusSeeOther, Local(address, "/"))
}

// Leave sends the browser to another site (the payment page). Callers pass
// addresses from the gateway's answer only.
func (c *Ctx) Leave(address string) error {
	return c.echo.Redirect(http.StatusSeeOther, address)
}

// Local returns address when it is a path of this site, else fallback. Browsers
// leave out tabs and line breaks, so "/<tab>/evil" would lead to another site:
// no control character passes.
func Local(address, fallback string) string {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || !isStorable(address) ||
		strings.ContainsRune(address, '\\') || strings.ContainsFunc(address, unicode.IsControl) {
		return fallback
	}
	return address
}

// Flash shows the sentence of key on the next signed-in page.
func (c *Ctx) Flash(tone view.Tone, key string, args ...any) {
	c.site.sessions.Put(c.Context(), "flash", string(tone)+"|"+text.T(key, args...))
}

// TakeFlash returns the message left by the last action, for pages without the
// signed-in frame.
func (c *Ctx) TakeFlash() *view.Notice {
	tone, sentence, ok := strings.Cut(c.Pop("flash"), "|")
	if !ok {
		return nil
	}
	return &view.Notice{Tone: view.Tone(tone), Text: sentence}
}

// Private returns the frame of a signed-in page: title, viewer and the message
// left by the last action.
func (c *Ctx) Private(title string) view.Private {
	p := view.Private{
		Public:  view.Public{Title: title, Lang: "id", NoIndex: true},
		Flash:   c.TakeFlash(),
		Viewer:  view.Viewer{Name: c.Actor.Name, Role: roleLabel(c.Actor), Areas: Areas(c.Actor)},
		SignOut: "/keluar",
	}
	if c.site.viewer != nil {
		c.site.viewer(c, &p)
	}
	return p
}

// PublicView returns the frame of a public page. path is its canonical address.
func (c *Ctx) PublicView(title, description, path string) view.Public {
	return view.Public{Title: title, Description: description, Lang: "id", Canonical: c.Absolute(path)}
}

// Absolute makes a full address of a path of this site.
func (c *Ctx) Absolute(path string) string { return c.site.base + path }

// Errors turns a fault's field faults into what forms show.
func Errors(err error) view.Errors {
	f := fault.As(err)
	if f == nil {
		return nil
	}
	var out view.Errors
	for _, field := range f.Fields {
		out = append(out, view.FieldError{Field: field.Name, Message: text.T(field.Key, field.Args...)})
	}
	if len(out) == 0 && f.Key != "" {
		out = append(out, view.FieldError{Message: text.T(f.Key, f.Args...)})
	}
	return out
}

// Faulty reports whether err is the kind of fault that shows the form again
// with everything typed (status 422), rather than an error page.
func Faulty(err error) bool {
	return fault.Is(err, fault.KindInvalid) || fault.Is(err, fault.KindConflict) || fault.Is(err, fault.KindTooLarge)
}

// SignOut ends the session on the server.
func (c *Ctx) SignOut() error {
	if err := c.site.sessions.Destroy(c.Context()); err != nil {
		return fault.Internal(err)
	}
	return nil
}

// Put keeps a small value in the session; Pop takes it out again.
func (c *Ctx) Put(key, value string) { c.site.sessions.Put(c.Context(), key, value) }

// Peek reads a value kept by Put.
func (c *Ctx) Peek(key string) string { return c.site.sessions.GetString(c.Context(), key) }

// Pop takes a value kept by Put. A HEAD request takes nothing: it only looks.
func (c *Ctx) Pop(key string) string {
	if c.Request().Method == http.MethodHead {
		return c.Peek(key)
	}
	return c.site.sessions.PopString(c.Context(), key)
}

// SetCookie sets a site cookie that scripts cannot read.
func (c *Ctx) SetCookie(name, value string, seconds int) {
	http.SetCookie(c.Response(), &http.Cookie{
		Name: c.site.cookie(name), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: c.site.secure, SameSite: http.SameSiteLaxMode,
	})
}

// Cookie reads a site cookie, "" when there is none.
func (c *Ctx) Cookie(name string) string {
	k, err := c.Request().Cookie(c.site.cookie(name))
	if err != nil {
		return ""
	}
	return k.Value
}
