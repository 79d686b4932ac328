package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/server/web"
)

// overHTTPS is the site as it stands behind https, without a network between.
func (w *world) overHTTPS(t *testing.T) *web.Site {
	t.Helper()
	secure := *w.app
	base, err := url.Parse("https://lapak.example.go.id")
	require.NoError(t, err)
	secure.settings.BaseURL, secure.demo = base, false
	site, err := secure.site()
	require.NoError(t, err)
	return site
}

func answer(site *web.Site, method, path string, headers ...string) *http.Response {
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader("a=b")
	}
	req := httptest.NewRequest(method, "https://lapak.example.go.id"+path, body)
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	site.Handler().ServeHTTP(rec, req)
	return rec.Result()
}

// filled puts something into every parameter of an address.
var filled = strings.NewReplacer(":id", "1", ":grant", "1", ":key", "x", ":file", "160.jpg", ":slug", "nastar-uji", ":token", "x").Replace

// Whatever address is asked for: the browser is told to run nothing foreign, to
// stay on https, to send our addresses nowhere, to frame us nowhere (ASVS 3.4.1,
// 3.4.3, 3.4.5, 3.4.6), nobody else's script may read the answer (3.4.2), text
// says its alphabet (4.1.1), and only public pages and pictures may be kept (14.3.2).
func TestEveryAnswerTellsTheBrowserWhatItMayDo(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	w.product(t, "Nastar uji", 55_000, catalog.ModeStock, 5)
	site := w.overHTTPS(t)
	pages := 0
	for _, r := range site.Routes() {
		at := r.Method + " " + r.Path
		res := answer(site, r.Method, filled(r.Path), "Origin", "https://lapak.example.go.id", "Sec-Fetch-Site", "same-origin")
		h := res.Header
		require.Less(t, res.StatusCode, 500, at)
		require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'", at)
		require.NotContains(t, h.Get("Content-Security-Policy"), "unsafe", at)
		require.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'", at)
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), at)
		require.Contains(t, []string{"same-origin", "no-referrer"}, h.Get("Referrer-Policy"), at)
		require.Equal(t, "max-age=31536000; includeSubDomains", h.Get("Strict-Transport-Security"), at)
		for name := range h {
			require.False(t, strings.HasPrefix(name, "Access-Control-"), "%s lets other sites read it: %s", at, name)
		}
		kind := h.Get("Content-Type")
		if strings.HasPrefix(kind, "text/") || strings.Contains(kind, "xml") {
			require.Contains(t, strings.ToLower(kind), "charset=utf-8", at)
		}
		if strings.HasPrefix(kind, "text/html") {
			pages++
		}
		for _, c := range res.Cookies() {
			require.True(t, strings.HasPrefix(c.Name, "__Host-"), "%s sets %s", at, c.Name)
			require.True(t, c.Secure && c.HttpOnly && c.Path == "/" && c.Domain == "", "%s sets %s", at, c.Name)
			require.NotEqual(t, http.SameSiteNoneMode, c.SameSite, at)
			require.NotEqual(t, http.SameSiteDefaultMode, c.SameSite, at)
		}
	}
	require.Greater(t, pages, 15)
}

// The session's cookie belongs to this host and to https alone, and no script
// reads it (ASVS 3.3.1–3.3.4); its name changes at the door (7.2.4).
func TestTheSessionCookieIsBoundToThisHost(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	site := w.overHTTPS(t)
	user, err := w.accounts.User(t.Context(), w.maker.UserID)
	require.NoError(t, err)
	code, _, err := w.accounts.IssueCode(t.Context(), account.System, user.ID)
	require.NoError(t, err)
	form := url.Values{"hp": {user.Phone}, "kode": {code}}.Encode()
	req := httptest.NewRequest(http.MethodPost, "https://lapak.example.go.id/masuk/kode", strings.NewReader(form))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.AddCookie(&http.Cookie{Name: "__Host-sesi", Value: "brought-by-somebody-else"})
	rec := httptest.NewRecorder()
	site.Handler().ServeHTTP(rec, req)
	require.Equal(t, http.StatusSeeOther, rec.Code)
	var session *http.Cookie
	for _, c := range rec.Result().Cookies() {
		if c.Name == "__Host-sesi" {
			session = c
		}
	}
	require.NotNil(t, session)
	require.True(t, session.Secure && session.HttpOnly && session.Path == "/" && session.Domain == "")
	require.Equal(t, http.SameSiteLaxMode, session.SameSite)
	require.NotEqual(t, "brought-by-somebody-else", session.Value)
	require.GreaterOrEqual(t, len(session.Value), 22, "128 bits and more (ASVS 7.2.3)")
}

// Another site, or another name under the same domain, sends a form to any
// address: refused before anything is read (ASVS 3.5.1).
func TestNoOtherSiteCanSendAForm(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	site := w.overHTTPS(t)
	posts := 0
	before := w.fingerprint(t)
	for _, r := range site.Routes() {
		if r.Method != http.MethodPost {
			continue
		}
		posts++
		for _, headers := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
			{"Origin", "https://jahat.example"}, {"Origin", "null"}, {"Origin", "http://lapak.example.go.id.jahat.example"},
		} {
			res := answer(site, r.Method, filled(r.Path), headers...)
			require.Equal(t, http.StatusForbidden, res.StatusCode, "%s %v", r.Path, headers)
		}
	}
	require.Greater(t, posts, 40)
	require.Equal(t, before, w.fingerprint(t))
}

// Requests whose end two programs could see in two places, as a proxy and this
// one might, are refused or have exactly one meaning (ASVS 4.2.1).
func TestNobodySmugglesARequest(t *testing.T) {
	w := start(t, dbtest.SQLiteAddress(t))
	address := strings.TrimPrefix(w.url, "http://")
	const hidden = "GET /tersembunyi HTTP/1.1\r\nHost: x\r\n\r\n"
	for name, raw := range map[string]string{
		"two lengths":          "POST /masuk HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\na=b" + hidden,
		"a strange encoding":   "POST /masuk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
		"two encodings":        "POST /masuk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
		"a blank before colon": "POST /masuk HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\na=b" + hidden,
		"a negative length":    "POST /masuk HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\na=b" + hidden,
		"a signed length":      "POST /masuk HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\na=b" + hidden,
		"a chunk of no number": "POST /masuk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n" + hidden,
		"length and encoding":  "POST /masuk HTTP/1.1\r\nHost: x\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
		"no host":              "GET / HTTP/1.1\r\n\r\n" + hidden,
		"two hosts":            "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + hidden,
	} {
		statuses := exchange(t, address, raw)
		require.NotEmpty(t, statuses, name)
		require.GreaterOrEqual(t, statuses[0], 400, "%s: %v", name, statuses)
		require.Len(t, statuses, 1, "%s: the hidden request was answered", name)
	}
	// What is in order passes, so that the list above can fail.
	require.Equal(t, []int{404, 404}, exchange(t, address, "GET /tidak-ada HTTP/1.1\r\nHost: x\r\n\r\nGET /tidak-ada HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
}

// exchange sends raw bytes and returns the statuses that come back.
func exchange(t *testing.T, address, raw string) (statuses []int) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	_, err = fmt.Fprint(conn, raw)
	require.NoError(t, err)
	for reader := bufio.NewReader(conn); ; {
		res, err := http.ReadResponse(reader, nil)
		if err != nil {
			return statuses
		}
		statuses = append(statuses, res.StatusCode)
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
}
