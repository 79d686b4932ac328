package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// people is an Accounts with fixed persons.
type people map[int64]account.Actor

func (p people) Actor(_ context.Context, id int64) (account.Actor, error) {
	a, ok := p[id]
	if !ok {
		return account.Actor{}, fault.Unauthenticated()
	}
	return a, nil
}

func (people) Now(context.Context) (time.Time, error)       { return time.Now(), nil }
func (people) NewDevice(cookie string, userID int64) string { return fmt.Sprint(cookie, userID) }

// memory is a session store in memory.
type memory map[string][]byte

func (m memory) Find(t string) ([]byte, bool, error)                       { b, ok := m[t]; return b, ok, nil }
func (m memory) Commit(t string, b []byte, _ time.Time) error              { m[t] = b; return nil }
func (m memory) Delete(t string) error                                     { delete(m, t); return nil }
func (m memory) FindCtx(_ context.Context, t string) ([]byte, bool, error) { return m.Find(t) }
func (m memory) CommitCtx(_ context.Context, t string, b []byte, e time.Time) error {
	return m.Commit(t, b, e)
}
func (m memory) DeleteCtx(_ context.Context, t string) error { return m.Delete(t) }

func page(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	})
}

type site struct {
	*httptest.Server
	client *http.Client
	log    *bytes.Buffer
	who    people
	built  *web.Site
	ready  func(context.Context) error
}

// given is an address and the one kind of person that may come to it.
type given struct {
	method, path string
	who          who
	handler      web.Handler
}

type who struct {
	kind  web.Kind
	scope web.Scope
}

var (
	public   = who{web.KindVisitor, web.All}
	holder   = who{web.KindVisitor, web.Own}
	signedIn = who{web.KindPerson, web.All}
	seller   = who{web.KindMaker, web.Own}
	curators = who{web.KindCurator, web.All}
)

func newSite(t *testing.T, all ...given) *site {
	t.Helper()
	var routes []web.Route
	rules := web.Rules{}.With("GET /healthz", web.KindProgram, web.All).With("GET /readyz", web.KindProgram, web.All)
	for _, g := range all {
		var about []string
		if strings.Contains(g.path, ":id") {
			about = []string{"thing"}
		}
		routes = append(routes, web.Route{Method: g.method, Path: g.path, Handler: g.handler})
		rules = rules.With(g.method+" "+g.path, g.who.kind, g.who.scope, about...)
	}
	return newSiteOf(t, rules, web.Owners{}, routes)
}

// newSiteOf is the site of these rules and routes; /sebagai/:id signs in.
func newSiteOf(t *testing.T, rules web.Rules, owners web.Owners, routes []web.Route) *site {
	t.Helper()
	s := &site{ready: func(context.Context) error { return nil }, log: &bytes.Buffer{}, who: people{1: {UserID: 1, Name: "Wening"}, 2: {UserID: 2, Roles: []account.Role{account.RoleCurator}}}}
	built, err := web.New(web.Config{
		Rules: rules.With("GET /sebagai/:id", web.KindVisitor, web.All, "person"), Owners: owners,
		BaseURL: "http://lapak.test", Log: slog.New(slog.NewJSONHandler(s.log, nil)), Accounts: s.who, Store: memory{},
		Changes: quiet{},
		Ready:   func(ctx context.Context) error { return s.ready(ctx) },
		Viewer:  func(*web.Ctx, *view.Private) {},
		ErrorPage: func(_ view.Public, status int, sentence, request string) templ.Component {
			return page("<h1>" + sentence + "</h1>" + request)
		},
	}, http.NotFoundHandler(), append(routes, web.Route{Method: "GET", Path: "/sebagai/:id", Handler: func(c *web.Ctx) error {
		id, err := c.ID("id")
		if err != nil {
			return err
		}
		if err := c.SignIn(id, web.Passed{Factor: true}); err != nil {
			return err
		}
		return c.Text(200, "halo")
	}}))
	require.NoError(t, err)
	s.built = built
	s.Server = httptest.NewServer(built.Handler())
	t.Cleanup(s.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	s.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s
}

func (s *site) do(t *testing.T, method, path string, form url.Values, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, s.URL+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.client.Do(req)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res, string(body)
}

func ok(text string) web.Handler {
	return func(c *web.Ctx) error { return c.Page(http.StatusOK, page(text)) }
}

func TestPolicies(t *testing.T) {
	s := newSite(t,
		given{"GET", "/akun", signedIn, ok("akun")},
		given{"GET", "/toko-saya", seller, ok("toko")},
		given{"GET", "/kurasi", curators, ok("kurasi")},
	)
	for _, path := range []string{"/akun", "/toko-saya", "/kurasi"} {
		res, _ := s.do(t, "GET", path, nil)
		require.Equal(t, http.StatusSeeOther, res.StatusCode, path)
		require.Equal(t, "/masuk?lanjut="+url.QueryEscape(path), res.Header.Get("Location"))
	}
	_, _ = s.do(t, "GET", "/sebagai/1", nil)
	for path, status := range map[string]int{"/akun": 200, "/toko-saya": 404, "/kurasi": 404} {
		res, _ := s.do(t, "GET", path, nil)
		require.Equal(t, status, res.StatusCode, path)
		require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
	}
	s.who[1] = account.Actor{UserID: 1, Memberships: []account.Membership{{ShopID: 4}}}
	res, _ := s.do(t, "GET", "/toko-saya", nil)
	require.Equal(t, 200, res.StatusCode, "a role counts from the next request on")
	delete(s.who, 1)
	res, _ = s.do(t, "GET", "/akun", nil)
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "a person who is gone has no session")
}

func TestAFormSentWithoutASessionIsNotLost(t *testing.T) {
	s := newSite(t,
		given{"POST", "/toko-saya/catatan", signedIn, ok("")},
		given{"GET", "/masuk/lanjut", signedIn, func(c *web.Ctx) error {
			path, values, found := c.Parked()
			if !found {
				return fault.NotFound("parked")
			}
			return c.Text(200, path+" "+values.Get("cerita"))
		}})
	res, _ := s.do(t, "POST", "/toko-saya/catatan", url.Values{"cerita": {"resep ibu 🍪"}})
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Equal(t, "/masuk?lanjut=%2Fmasuk%2Flanjut", res.Header.Get("Location"))
	_, _ = s.do(t, "GET", "/sebagai/1", nil)
	_, body := s.do(t, "GET", "/masuk/lanjut", nil)
	require.Equal(t, "/toko-saya/catatan resep ibu 🍪\n", body)
}

func TestAPasswordIsNeverParked(t *testing.T) {
	s := newSite(t,
		given{"POST", "/akun/sandi", signedIn, ok("")},
		given{"GET", "/masuk/lanjut", signedIn, func(c *web.Ctx) error {
			_, _, found := c.Parked()
			return c.Text(200, strconv.FormatBool(found))
		}})
	res, _ := s.do(t, "POST", "/akun/sandi", url.Values{"sandi": {"oven-hangat-20"}})
	require.Equal(t, "/masuk?lanjut=%2Fmasuk%2Flanjut", res.Header.Get("Location"))
	_, _ = s.do(t, "GET", "/sebagai/1", nil)
	_, body := s.do(t, "GET", "/masuk/lanjut", nil)
	require.Equal(t, "false\n", body)
}

func TestLocalFollowsOnlyPathsOfThisSite(t *testing.T) {
	for _, good := range []string{"/", "/produk?q=kue&urut=baru", "/toko/dapur-gayeng", "/produk/kué"} {
		require.Equal(t, good, web.Local(good, "-"))
	}
	for _, bad := range []string{
		"", "produk", "//jahat.example", "https://jahat.example", "javascript:alert(1)", `/\jahat.example`, `\\jahat.example`,
		"/\t/jahat.example", "/\n/jahat.example", "/\r\nSet-Cookie: a=b", "/\x00", "/\u0085/x", "/\xff",
	} {
		require.Equal(t, "-", web.Local(bad, "-"), "%q", bad)
	}
}

// PostgreSQL refuses NUL and what is not UTF-8: neither may reach a service.
func TestOnlyTextComesIn(t *testing.T) {
	var query, typed string
	s := newSite(t,
		given{"GET", "/a/:id", public, ok("")},
		given{"GET", "/cari", public, func(c *web.Ctx) error {
			query = c.Query("q")
			return c.Text(200, c.QueryValues().Get("q"))
		}},
		given{"POST", "/isi", public, func(c *web.Ctx) error {
			values, err := c.Form()
			typed = values.Get("x")
			return err
		}})
	for _, path := range []string{"/a/%00", "/a/x%00y", "/a/%FF%FE", "/a/%ED%A0%80"} {
		res, _ := s.do(t, "GET", path, nil)
		require.Equal(t, 404, res.StatusCode, path)
	}
	_, body := s.do(t, "GET", "/cari?q=a%00b%ffc", nil)
	require.Equal(t, "a\uFFFDb\uFFFDc", query)
	require.Equal(t, "a\uFFFDb\uFFFDc\n", body)
	_, _ = s.do(t, "POST", "/isi", url.Values{"x": {"a\x00b\xffc"}})
	require.Equal(t, "a\uFFFDb\uFFFDc", typed)
}

func TestFaultsBecomeTheirStatusAndNeverTellTheirCause(t *testing.T) {
	secret := errors.New("password=rahasia")
	statuses := map[string]struct {
		err    error
		status int
	}{
		"invalid": {fault.Invalid("fault.form").Because(secret), 422}, "forbidden": {fault.Forbidden("fault.forbidden").Because(secret), 403},
		"missing": {fault.NotFound("x"), 404}, "conflict": {fault.Conflict("fault.form"), 409}, "often": {fault.RateLimited("fault.busy"), 429},
		"down": {fault.Unavailable("fault.database", secret), 503}, "large": {fault.TooLarge("fault.too_large"), 413}, "plain": {secret, 500},
	}
	var routes []given
	for name, c := range statuses {
		routes = append(routes, given{"GET", "/" + name, public, func(*web.Ctx) error { return c.err }})
	}
	routes = append(routes, given{"GET", "/panik", public, func(*web.Ctx) error { panic("rahasia") }})
	s := newSite(t, routes...)
	for name, c := range statuses {
		res, body := s.do(t, "GET", "/"+name, nil)
		require.Equal(t, c.status, res.StatusCode, name)
		require.NotContains(t, body, "rahasia")
		require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
		require.Contains(t, body, res.Header.Get("X-Request-Id"))
	}
	res, body := s.do(t, "GET", "/panik", nil)
	require.Equal(t, 500, res.StatusCode)
	require.NotContains(t, body, "rahasia")
	res, _ = s.do(t, "GET", "/tidak-ada", nil)
	require.Equal(t, 404, res.StatusCode)
}

func TestHeadersAndLogs(t *testing.T) {
	s := newSite(t,
		given{"GET", "/pesanan/:token", holder, ok("pesanan")},
		given{"POST", "/keranjang", holder, func(c *web.Ctx) error {
			if _, err := c.Form(); err != nil {
				return err
			}
			return c.SeeOther("//jahat.example/")
		}})
	res, _ := s.do(t, "GET", "/pesanan/rahasiasekali?hp=0812-3456-7890", nil, "X-Forwarded-For", "203.0.113.9")
	require.Equal(t, 200, res.StatusCode)
	csp := res.Header.Get("Content-Security-Policy")
	require.Contains(t, csp, "script-src 'self';")
	require.NotContains(t, csp, "unsafe")
	require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
	require.NotContains(t, s.log.String(), "rahasiasekali")
	require.NotContains(t, s.log.String(), "0812-")
	require.Contains(t, s.log.String(), `"route":"/pesanan/:token"`)
	require.Contains(t, s.log.String(), res.Header.Get("X-Request-Id"))

	head, body := s.do(t, "HEAD", "/pesanan/x", nil)
	require.Equal(t, 200, head.StatusCode)
	require.Empty(t, body)

	res, _ = s.do(t, "POST", "/keranjang", url.Values{"x": {"1"}}, "Sec-Fetch-Site", "cross-site")
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	res, _ = s.do(t, "POST", "/keranjang", url.Values{"x": {"1"}}, "Origin", "https://jahat.example")
	require.Equal(t, http.StatusForbidden, res.StatusCode)
	res, _ = s.do(t, "POST", "/keranjang", url.Values{"x": {strings.Repeat("y", 80<<10)}})
	require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
	res, _ = s.do(t, "POST", "/keranjang", url.Values{"x": {"1"}})
	require.Equal(t, "/", res.Header.Get("Location"), "only our own addresses are followed")
}

func TestDecodeTakesOnlyDeclaredFields(t *testing.T) {
	var got struct {
		Name  string `form:"name"`
		Qty   int64  `form:"qty"`
		Admin bool
	}
	s := newSite(t, given{"POST", "/isi", public, func(c *web.Ctx) error {
		got.Name, got.Qty, got.Admin = "", 0, false
		if err := c.Decode(&got); err != nil {
			return err
		}
		return c.SeeOther("/")
	}})
	res, _ := s.do(t, "POST", "/isi?name=kueri", url.Values{"qty": {"3"}, "Admin": {"true"}})
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.EqualValues(t, 3, got.Qty)
	require.Empty(t, got.Name, "the query string is no form")
	require.False(t, got.Admin)
	res, _ = s.do(t, "POST", "/isi", url.Values{"qty": {"1.5"}})
	require.Equal(t, 422, res.StatusCode)
}

// Whoever is turned away leaves a line in the log, with the address's pattern
// and no word of what was in it (ASVS 16.3.2); whoever is let in does not.
func TestRefusalsAreLogged(t *testing.T) {
	s := newSite(t,
		given{"GET", "/tertutup/:token", public, func(*web.Ctx) error { return fault.Forbidden("fault.forbidden") }},
		given{"GET", "/sering", public, func(*web.Ctx) error { return fault.RateLimited("fault.busy") }},
		given{"GET", "/terbuka", public, ok("ya")})
	s.do(t, "GET", "/terbuka", nil)
	require.NotContains(t, s.log.String(), `"msg":"denied"`)
	s.do(t, "GET", "/tertutup/rahasiasekali", nil)
	require.Contains(t, s.log.String(), `"msg":"denied"`)
	require.Contains(t, s.log.String(), `"route":"/tertutup/:token"`)
	require.Contains(t, s.log.String(), `"kind":"forbidden"`)
	require.NotContains(t, s.log.String(), "rahasiasekali")
	s.do(t, "GET", "/sering", nil)
	require.Contains(t, s.log.String(), `"kind":"rate_limited"`)
}
