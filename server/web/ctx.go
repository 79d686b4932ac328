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
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/go-playground/form/v4"
	"github.com/labstack/echo/v4"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web/pagecache"
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

// Lang is the language of the page: English under /en/, else Indonesian. Nothing
// that the browser says changes it.
func (c *Ctx) Lang() text.Lang { return text.In(c.Context()) }

// T is the sentence of key in the language of the page. Pages that are Indonesian
// only say text.T.
func (c *Ctx) T(key string, args ...any) string { return text.L(c.Context(), key, args...) }

// Number writes a count for readers of the page: 1.200, in English 1,200. Amounts
// of money are written alike in both (money.Rupiah).
func (c *Ctx) Number(n int64) string {
	grouped := money.Group(uint64(max(n, 0)))
	if c.Lang() == text.English {
		return strings.ReplaceAll(grouped, ".", ",")
	}
	return grouped
}

// Date writes a day for readers of the page: calendar.Date.
func (c *Ctx) Date(t time.Time) string {
	if c.Lang() == text.English {
		return calendar.EnglishDate(t)
	}
	return calendar.Date(t)
}

// DateTime writes a time for readers of the page, in the zone of a region's code:
// calendar.DateTime.
func (c *Ctx) DateTime(t time.Time, code string) string {
	if c.Lang() == text.English {
		return calendar.EnglishDateTime(t, code)
	}
	return calendar.DateTime(t, code)
}

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

// Stream answers a program with a document that is written while it is read from
// the database, because it may be too large to hold. Programs may keep it but ask
// each time; while nothing public changed they hear 304. A document that fails
// half-way ends without its end.
func (c *Ctx) Stream(contentType string, write func(w io.Writer) error) error {
	h := c.Response().Header()
	h.Set("Cache-Control", pagecache.CacheControl)
	if generation := c.site.pages.Generation(); generation != "" {
		tag := `W/"` + generation + `"` // weak: the compressed form has other bytes
		h.Set("ETag", tag)
		if strings.Contains(c.Request().Header.Get("If-None-Match"), tag) {
			c.Response().WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	h.Set("Content-Type", contentType)
	if c.Request().Method == http.MethodHead {
		c.Response().WriteHeader(http.StatusOK)
		return nil
	}
	return write(c.Response())
}

// SeeOther ends a POST: the browser asks for address with GET, in the language of
// this page. Only addresses of this site are followed.
func (c *Ctx) SeeOther(address string) error {
	return c.redirect(text.URL(c.Context(), Local(address, "/")))
}

// redirect is SeeOther for places that have one language.
func (c *Ctx) redirect(address string) error {
	if byOutbox(c.Request()) {
		return c.outboxAnswer(http.StatusNoContent, Local(address, "/"))
	}
	return c.echo.Redirect(http.StatusSeeOther, Local(address, "/"))
}

// movedError is an address that is another one now.
type movedError struct{ to string }

func (e *movedError) Error() string { return "web: moved to " + e.to }

// Moved answers that the page is found at another address of this site for good.
func (c *Ctx) Moved(address string) error {
	return &movedError{text.URL(c.Context(), Local(address, "/"))}
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
		Public:  view.Public{Title: title, NoIndex: true},
		Flash:   c.TakeFlash(),
		Viewer:  view.Viewer{Name: c.Actor.Name, Role: roleLabel(c.Actor), Areas: Areas(c.Actor), Key: strconv.FormatInt(c.Actor.UserID, 10)},
		SignOut: "/keluar",
	}
	if c.site.viewer != nil {
		c.site.viewer(c, &p)
	}
	return p
}

// PublicView returns the frame of a public page. path is its canonical address,
// without the language.
func (c *Ctx) PublicView(title, description, path string) view.Public {
	v := view.Public{Title: title, Description: description, Canonical: c.Absolute(text.URL(c.Context(), path)), Other: c.other()}
	if c.Route.Bilingual {
		v.Alternates = c.Alternates(path)
	}
	return v
}

// Alternates are the addresses of one page in each language, the last of them for
// visitors of any other.
func (c *Ctx) Alternates(path string) []view.Alternate {
	return []view.Alternate{
		{Lang: string(text.Indonesian), URL: c.Absolute(text.Indonesian.Path(path))},
		{Lang: string(text.English), URL: c.Absolute(text.English.Path(path))},
		{Lang: "x-default", URL: c.Absolute(text.Indonesian.Path(path))},
	}
}

// Own returns the frame of a page that is one visitor's: never indexed, and its
// address is not passed on.
func (c *Ctx) Own(title string) view.Public {
	return view.Public{Title: title, NoIndex: true, NoReferrer: true, Other: c.other()}
}

// other is this page in the other language; "" when it has only one.
func (c *Ctx) other() string {
	if !c.Route.Bilingual {
		return ""
	}
	here := url.URL{Path: c.Lang().Other().Path(c.Request().URL.Path)}
	if c.Request().Method == http.MethodGet || c.Request().Method == http.MethodHead {
		here.RawQuery = c.Request().URL.RawQuery
	}
	return here.String()
}

// Absolute makes a full address of a path of this site.
func (c *Ctx) Absolute(path string) string { return c.site.base + path }

// Errors turns a fault's field faults into what forms show, on pages that are
// Indonesian only; see Ctx.Errors.
func Errors(err error) view.Errors { return errorsIn(context.Background(), err) }

// Errors is the same in the language of the page.
func (c *Ctx) Errors(err error) view.Errors { return errorsIn(c.Context(), err) }

func errorsIn(ctx context.Context, err error) view.Errors {
	f := fault.As(err)
	if f == nil {
		return nil
	}
	var out view.Errors
	for _, field := range f.Fields {
		out = append(out, view.FieldError{Field: field.Name, Message: text.L(ctx, field.Key, field.Args...)})
	}
	if len(out) == 0 && f.Key != "" {
		out = append(out, view.FieldError{Message: text.L(ctx, f.Key, f.Args...)})
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
