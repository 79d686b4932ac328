package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/config"
)

// behindTLS puts a proxy with TLS before the site, as deploy/Caddyfile does: it
// keeps the host and writes down from where the visitor came. fake is the address
// it sees a visitor come from, by the test's own header.
func behindTLS(t *testing.T, site string) *httptest.Server {
	t.Helper()
	to, err := url.Parse(site)
	require.NoError(t, err)
	proxy := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
		// A careless proxy: it appends to what the visitor claims.
		r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
		r.SetXForwarded()
		if from := r.In.Header.Get("Test-Comes-From"); from != "" {
			claimed := strings.Join(append(r.In.Header["X-Forwarded-For"], from), ", ")
			r.Out.Header.Set("X-Forwarded-For", claimed)
			r.Out.Header.Del("Test-Comes-From")
		}
	}})
	t.Cleanup(proxy.Close)
	return proxy
}

// searches looks for an order until it is told to slow down, at most n times, and
// returns how often it was answered.
func searches(t *testing.T, client *http.Client, base string, n int, header func(i int) http.Header) int {
	t.Helper()
	for i := range n {
		form := url.Values{"nomor": {"LB-222222"}, "hp": {fmt.Sprintf("0812%08d", i+n*len(base))}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/pesanan", strings.NewReader(form.Encode()))
		require.NoError(t, err)
		req.Header = header(i)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		if res.StatusCode == http.StatusTooManyRequests {
			return i
		}
		require.Equal(t, http.StatusSeeOther, res.StatusCode)
	}
	return n
}

func from(values ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(values); i += 2 {
		h.Set(values[i], values[i+1])
	}
	return h
}

// Behind a proxy with TLS: cookies for this host and https alone, and limits by
// the visitor's address as the proxy saw it. Neither a claim of the visitor's own
// nor one that comes past the proxy changes it (ASVS 4.1.3).
func TestBehindAProxyWithTLS(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		https, err := url.Parse("https://lapak.kabupaten.go.id")
		require.NoError(t, err)
		_, trusting := w.restarted(t, func(s *config.Settings) {
			s.BaseURL, s.TrustedProxies = https, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
		})
		_, wary := w.restarted(t, func(s *config.Settings) { s.BaseURL, s.TrustedProxies = https, nil })

		proxy := behindTLS(t, trusting)
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: proxy.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}}}
		user, err := w.accounts.User(t.Context(), w.officer.UserID)
		require.NoError(t, err)
		at := &visitor{t: t, base: proxy.URL, http: browser}
		p := at.signIn(user.Phone, w.code(t, w.officer))
		require.Equal(t, http.StatusSeeOther, p.status)
		here, err := url.Parse(proxy.URL)
		require.NoError(t, err)
		var names []string
		for _, c := range jar.Cookies(here) {
			names = append(names, c.Name)
		}
		require.Contains(t, names, "__Host-sesi", "a browser keeps it only because it came over TLS for this host")
		res, err := browser.Get(proxy.URL + "/")
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Contains(t, res.Header.Get("Strict-Transport-Security"), "max-age=31536000")

		stranger := &http.Client{Transport: browser.Transport, CheckRedirect: browser.CheckRedirect}
		const allowed = 10 // an hour
		w.early(t)
		require.Equal(t, allowed, searches(t, stranger, proxy.URL, 30, func(int) http.Header { return from("Test-Comes-From", "203.0.113.7") }))
		require.Equal(t, 3, searches(t, stranger, proxy.URL, 3, func(int) http.Header { return from("Test-Comes-From", "203.0.113.8") }), "another visitor is not held up")
		require.Equal(t, allowed, searches(t, stranger, proxy.URL, 30, func(i int) http.Header {
			return from("Test-Comes-From", "203.0.113.9", "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i))
		}), "whatever the visitor claims before the proxy")
		require.Equal(t, allowed, searches(t, stranger, wary, 30, func(i int) http.Header {
			return from("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i), "X-Real-IP", fmt.Sprintf("198.51.100.%d", i), "Forwarded", fmt.Sprintf("for=198.51.100.%d", i))
		}), "whoever comes past a proxy that is not trusted is taken for who they are")
	})
}
