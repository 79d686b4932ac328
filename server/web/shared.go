package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web/pagecache"
)

// Cached declares that a page is the same for everybody and may be kept.
//
// Such a page is drawn without its visitor: no session, no cookie, no header, no
// query parameter but those named here. So it cannot depend on who looks, and an
// address cannot be used to put something else before the next one. A handler
// that asks for the session panics.
type Cached struct {
	Query []string // the parameters that change the page; all others are ignored
}

// longest is how long a parameter's value may be, in bytes, for its page to be
// kept.
const longest = 120

// muxPattern is the address of a route in net/http's form. Cached routes stand
// before the session and the compressor, which they do not need.
func muxPattern(path string) string {
	path = params.ReplaceAllStringFunc(path, func(p string) string { return "{" + p[1:] + "}" })
	if strings.HasSuffix(path, "/") {
		path += "{$}"
	}
	return http.MethodGet + " " + path // also matches HEAD
}

// WatchPages keeps the page cache true until ctx ends. Pages are only kept while
// it runs.
func (s *Site) WatchPages(ctx context.Context) {
	if s.changes != nil {
		s.pages.Watch(ctx, s.changes, s.log)
	}
}

// PageCache is the site's page cache, for its counters.
func (s *Site) PageCache() *pagecache.Cache { return s.pages }

// shared answers a cached route.
func (s *Site) shared(r Route, compress func(http.Handler) http.HandlerFunc) http.Handler {
	names := params.FindAllString(r.Path, -1)
	for i := range names {
		names[i] = names[i][1:]
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if known, ok := req.Context().Value(factsKey{}).(*facts); ok {
			known.pattern = r.Path
		}
		values := make([]string, len(names))
		storable := true
		for i, name := range names {
			values[i] = req.PathValue(name)
			storable = storable && isStorable(values[i])
		}
		query, short := normalised(req.URL.Query(), r.Cache.Query)
		var page *pagecache.Page
		var err error
		draw := func(ctx context.Context) (*pagecache.Page, []string, error) {
			return s.draw(ctx, r, w.Header().Get(echo.HeaderXRequestID), req.URL.Path, names, values, query)
		}
		switch {
		case !storable:
			err = fault.NotFound("path is no text")
		case short:
			key := string(text.In(req.Context())) + r.Path + "\x00" + strings.Join(values, "\x00") + "?" + query
			page, err = s.pages.Get(req.Context(), key, query != "", draw)
		default:
			page, _, err = draw(req.Context())
		}
		if err == nil {
			page.ServeHTTP(w, req)
			return
		}
		// An error page is each visitor's own: it names their request.
		compress(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			ec := s.echo.NewContext(req, w)
			ec.Set("ctx", &Ctx{echo: ec, site: s, Route: r})
			s.fail(err, ec)
		})).ServeHTTP(w, req)
	})
}

// normalised writes the allowed parameters in one way only: sorted, the first
// value of each, without surrounding space, none that is empty. short is false
// when a value is too long for its page to be kept.
func normalised(given url.Values, allowed []string) (query string, short bool) {
	out := url.Values{}
	short = true
	for _, name := range allowed {
		v := strings.TrimSpace(storableText(given.Get(name)))
		if v == "" {
			continue
		}
		short = short && len(v) <= longest
		out.Set(name, v)
	}
	return out.Encode(), short // sorts by name
}

func storableText(v string) string {
	if isStorable(v) {
		return v
	}
	return strings.ReplaceAll(strings.ToValidUTF8(v, string(utf8.RuneError)), "\x00", string(utf8.RuneError))
}

// draw calls the route's handler for nobody in particular.
func (s *Site) draw(ctx context.Context, r Route, request, path string, names, values []string, query string) (*pagecache.Page, []string, error) {
	ctx, depends := database.Collect(clock.Hold(ctx))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return nil, nil, fmt.Errorf("web: %w", err)
	}
	req.URL = &url.URL{Path: path, RawQuery: query}
	rec := &sheet{header: http.Header{echo.HeaderXRequestID: {request}}}
	ec := s.echo.NewContext(req, rec)
	ec.SetPath(r.Path)
	ec.SetParamNames(names...)
	ec.SetParamValues(values...)
	if err := r.Handler(&Ctx{echo: ec, site: s, Route: r}); err != nil {
		return nil, nil, err
	}
	if rec.header.Get("Set-Cookie") != "" {
		return nil, nil, fault.Internal(fmt.Errorf("web: %s is kept for everybody and sets a cookie", r.Path))
	}
	return pagecache.NewPage(rec.status, rec.header.Get("Content-Type"), slices.Clip(rec.body.Bytes())), depends.Keys(), nil
}

// sheet is what a page is drawn on.
type sheet struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (s *sheet) Header() http.Header { return s.header }

func (s *sheet) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
}

func (s *sheet) Write(b []byte) (int, error) {
	s.WriteHeader(http.StatusOK)
	return s.body.Write(b)
}
