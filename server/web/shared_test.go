package web_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/server/web"
)

// quiet is a source of changes where nothing ever changes.
type quiet struct{}

func (quiet) Invalidations(context.Context, int64, time.Duration) (time.Time, []database.Invalidation, error) {
	return time.Now(), nil, nil
}
func (quiet) OnInvalidate(func([]string)) func() { return func() {} }

// caching starts a site whose page cache runs.
func caching(t *testing.T, routes ...web.Route) *site {
	t.Helper()
	rules := web.Rules{}.With("GET /healthz", web.KindProgram, web.All).With("GET /readyz", web.KindProgram, web.All)
	for _, r := range routes {
		rules = rules.With(r.Method+" "+r.Path, web.KindVisitor, web.All)
	}
	s := newSiteOf(t, rules, web.Owners{}, routes)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.built.WatchPages(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	require.Eventually(t, func() bool {
		before := s.built.PageCache().Stats().Bypassed
		_, _ = s.do(t, "GET", "/hangat", nil)
		return s.built.PageCache().Stats().Bypassed == before
	}, 3*time.Minute, time.Millisecond)
	return s
}

func cached(path string, h web.Handler, query ...string) web.Route {
	return web.Route{Method: "GET", Path: path, Handler: h, Cache: &web.Cached{Query: query}}
}

func TestOnlyPublicPagesAreKept(t *testing.T) {
	check := func(r web.Route, k web.Kind, s web.Scope) error {
		_, err := web.Check([]web.Route{r}, web.Rules{}.With(r.Method+" "+r.Path, k, s), web.Owners{})
		return err
	}
	require.NoError(t, check(cached("/a", ok("")), web.KindVisitor, web.All))
	for kind, scope := range map[web.Kind]web.Scope{web.KindVisitor: web.Own, web.KindPerson: web.All, web.KindMaker: web.Own, web.KindProgram: web.All} {
		require.ErrorContains(t, check(cached("/a", ok("")), kind, scope), "only a public page", kind)
	}
	post := cached("/a", ok(""))
	post.Method = "POST"
	require.ErrorContains(t, check(post, web.KindVisitor, web.All), "only a public page")
}

func TestACachedPageKnowsNobody(t *testing.T) {
	var draws atomic.Int64
	s := caching(t,
		cached("/hangat", ok("")),
		cached("/produk/:slug", func(c *web.Ctx) error {
			draws.Add(1)
			return c.Page(200, page(c.Param("slug")+"|"+c.QueryValues().Encode()+"|"+c.Actor.Name+"|"+c.Cookie("sesi")+"|"+c.Request().Header.Get("Accept-Language")))
		}, "urut", "q"),
		cached("/masuk-lagi", func(c *web.Ctx) error { c.Put("x", "y"); return c.Text(200, "") }),
		cached("/kue", func(c *web.Ctx) error { c.SetCookie("a", "b", 1); return c.Text(200, "") }),
	)
	_, _ = s.do(t, "GET", "/sebagai/1", nil)
	res, body := s.do(t, "GET", "/produk/nastar?utm_source=surat&urut=murah&q=+kue+&urut=lagi&q2=x", nil, "Accept-Language", "en", "X-Forwarded-Host", "jahat.example")
	require.Equal(t, 200, res.StatusCode)
	require.Equal(t, "nastar|q=kue&urut=murah|||", body, "no session, no cookie, no header, no parameter but those declared")
	require.Equal(t, "Accept-Encoding", res.Header.Get("Vary"))
	require.Empty(t, res.Header.Values("Set-Cookie"))
	for _, same := range []string{"/produk/nastar?q=kue&urut=murah", "/produk/nastar?urut=murah&q=kue&utm=1", "/produk/%6eastar?q=kue&urut=murah&q=lain"} {
		_, again := s.do(t, "GET", same, nil)
		require.Equal(t, body, again)
	}
	require.EqualValues(t, 1, draws.Load(), "one page, however its address is written")

	_, _ = s.do(t, "GET", "/produk/kue?q="+strings.Repeat("x", 500), nil)
	_, _ = s.do(t, "GET", "/produk/kue?q="+strings.Repeat("x", 500), nil)
	require.EqualValues(t, 3, draws.Load(), "a long question is answered and not kept")

	for _, path := range []string{"/masuk-lagi", "/kue"} {
		res, _ = s.do(t, "GET", path, nil)
		require.Equal(t, 500, res.StatusCode, path)
		require.Empty(t, res.Header.Values("Set-Cookie"))
	}
}

func TestFaultsOfCachedRoutesAreEachVisitorsOwn(t *testing.T) {
	draws := 0
	s := caching(t,
		cached("/hangat", ok("")),
		cached("/produk/:slug", func(c *web.Ctx) error {
			draws++
			switch c.Param("slug") {
			case "faulty":
				return c.Page(422, page("faulty"))
			case "down":
				return context.DeadlineExceeded
			}
			return fault.NotFound("x")
		}))
	for path, status := range map[string]int{"/produk/x": 404, "/produk/%00": 404, "/produk/faulty": 422, "/produk/down": 500} {
		var ids []string
		for range 2 {
			res, body := s.do(t, "GET", path, nil, "Accept-Encoding", "identity")
			require.Equal(t, status, res.StatusCode, path)
			require.Equal(t, "no-store", res.Header.Get("Cache-Control"))
			require.Empty(t, res.Header.Get("ETag"))
			if status != 422 {
				require.Contains(t, body, res.Header.Get("X-Request-Id"))
			}
			ids = append(ids, res.Header.Get("X-Request-Id"))
		}
		require.NotEqual(t, ids[0], ids[1])
	}
	require.Equal(t, 6, draws, "nothing but a good page is kept")
	require.Contains(t, s.log.String(), `"route":"/produk/:slug"`)
}

func TestACachedPageIsAnsweredByTheRules(t *testing.T) {
	long := strings.Repeat("<p>Nastar Gayeng, dua toples</p>", 200)
	s := caching(t, cached("/hangat", ok("")), cached("/", ok(long)), web.Route{Method: "GET", Path: "/biasa", Handler: ok(long)})
	s.client.Transport = &http.Transport{DisableCompression: true}
	ask := func(method string, headers ...string) (*http.Response, string) {
		return s.do(t, method, "/", nil, headers...)
	}

	tags := map[string]bool{}
	for accept, encoding := range map[string]string{
		"": "", "gzip, deflate, br, zstd": "br", "gzip": "gzip", "br;q=0, gzip;q=0.5": "gzip", "br;q=0.000": "", "identity": "", "GZIP": "gzip",
	} {
		res, body := ask("GET", "Accept-Encoding", accept)
		require.Equal(t, encoding, res.Header.Get("Content-Encoding"), accept)
		require.Equal(t, "Accept-Encoding", res.Header.Get("Vary"))
		require.Equal(t, "public, no-cache", res.Header.Get("Cache-Control"))
		var r io.Reader = strings.NewReader(body)
		switch encoding {
		case "br":
			r = brotli.NewReader(r)
		case "gzip":
			z, err := gzip.NewReader(r)
			require.NoError(t, err)
			r = z
		}
		plain, err := io.ReadAll(r)
		require.NoError(t, err)
		require.True(t, bytes.Equal([]byte(long), plain))

		tag := res.Header.Get("ETag")
		require.Regexp(t, `^"[A-Za-z0-9_-]{16}(-br|-gzip)?"$`, tag, "strong, and one for each form")
		tags[tag] = true
		for _, asked := range []string{tag, `"other", ` + tag, "W/" + tag, "*"} {
			again, empty := ask("GET", "Accept-Encoding", accept, "If-None-Match", asked)
			require.Equal(t, http.StatusNotModified, again.StatusCode, asked)
			require.Empty(t, empty)
			for _, h := range []string{"ETag", "Vary", "Cache-Control", "Content-Security-Policy", "Referrer-Policy"} {
				require.Equal(t, res.Header.Get(h), again.Header.Get(h), h)
			}
			require.Empty(t, again.Header.Get("Content-Length"))
		}
		other, _ := ask("GET", "Accept-Encoding", accept, "If-None-Match", `"other"`)
		require.Equal(t, 200, other.StatusCode)

		head, empty := ask("HEAD", "Accept-Encoding", accept)
		require.Equal(t, 200, head.StatusCode)
		require.Empty(t, empty)
		for name := range res.Header {
			if name != "Date" && name != "X-Request-Id" {
				require.Equal(t, res.Header.Get(name), head.Header.Get(name), name)
			}
		}
		part, whole := ask("GET", "Accept-Encoding", accept, "Range", "bytes=0-9")
		require.Equal(t, 200, part.StatusCode)
		require.Equal(t, body, whole)
	}
	require.Len(t, tags, 3)

	res, _ := ask("GET")
	plain, _ := s.do(t, "GET", "/biasa", nil)
	for name := range plain.Header {
		if name != "Date" && name != "X-Request-Id" && name != "Vary" && name != "Content-Length" {
			require.Equal(t, plain.Header.Get(name), res.Header.Get(name), "a kept page has the headers of every other: "+name)
		}
	}
	post, _ := s.do(t, "POST", "/", nil)
	require.Equal(t, 404, post.StatusCode)
}
