package web

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web/pagecache"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Config is what the edge needs to know.
type Config struct {
	BaseURL        string // scheme and host, no slash at the end
	TrustedProxies []netip.Prefix
	FormTargets    []string // origins besides our own that a form may lead to (the payment page)
	Rules          Rules    // who may come to which address
	Owners         Owners   // whose the things in addresses are
	Log            *slog.Logger
	Accounts       Accounts
	Store          scs.CtxStore
	Ready          func(context.Context) error      // nil answer means ready
	Viewer         func(c *Ctx, page *view.Private) // adds what the areas know: unread messages, help
	ErrorPage      ErrorPage
	EndedPage      EndedPage          // of a form whose permission to help ended; nil answers as for what is not there
	Pages          pagecache.Settings // bounds of the page cache
	Changes        pagecache.Source   // what transactions change on public pages; nil keeps no page
	Watch          Watch              // counts requests; nil counts nothing
}

// Watch is told of every request, for the metrics. route is a pattern of the
// table, StaticRoute for files, "" for addresses nobody knows: never an address.
type Watch interface {
	Begin()
	End(route, method string, status int, took time.Duration)
	Panic(route string)
}

// StaticRoute stands for every file under /static/.
const StaticRoute = "/static/"

// Accounts is what the edge asks of package account.
type Accounts interface {
	Actor(ctx context.Context, userID int64) (account.Actor, error)
	Now(ctx context.Context) (time.Time, error)
	NewDevice(cookie string, userID int64) string
}

// Site is the composed web server.
type Site struct {
	base      string
	secure    bool
	log       *slog.Logger
	accounts  Accounts
	owners    Owners
	sessions  *scs.SessionManager
	viewer    func(*Ctx, *view.Private)
	errorPage ErrorPage
	endedPage EndedPage
	ready     func(context.Context) error
	watch     Watch
	draining  atomic.Bool
	handler   http.Handler
	routes    []Route
	echo      *echo.Echo
	pages     *pagecache.Cache
	changes   pagecache.Source
}

// New composes the site; it fails on a faulty route table or authorization file.
func New(cfg Config, static http.Handler, routes []Route) (*Site, error) {
	s := &Site{
		base: strings.TrimSuffix(cfg.BaseURL, "/"), secure: strings.HasPrefix(cfg.BaseURL, "https://"),
		pages: pagecache.New(cfg.Pages), changes: cfg.Changes,
		log: story.Logger(cfg.Log), accounts: cfg.Accounts, owners: cfg.Owners, viewer: cfg.Viewer, errorPage: cfg.ErrorPage, endedPage: cfg.EndedPage, ready: cfg.Ready,
		watch: cfg.Watch,
	}
	var err error
	if s.routes, err = Check(append(s.probes(), routes...), cfg.Rules, cfg.Owners); err != nil {
		return nil, err
	}

	s.sessions = scs.New()
	s.sessions.Store = cfg.Store
	// The store hashes tokens itself.
	s.sessions.Lifetime = 30 * 24 * time.Hour
	s.sessions.Cookie.Name = s.cookie("sesi")
	s.sessions.Cookie.HttpOnly = true
	s.sessions.Cookie.Secure = s.secure
	s.sessions.Cookie.SameSite = http.SameSiteLaxMode
	s.sessions.Cookie.Path = "/"
	s.sessions.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		if r.Context().Err() != nil {
			return // the visitor has left
		}
		s.log.ErrorContext(r.Context(), "session", "error", err)
		s.unavailable(w, r)
	}

	e := echo.New()
	s.echo = e
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = extractor(cfg.TrustedProxies)
	e.HTTPErrorHandler = s.fail
	for _, r := range s.routes {
		h := s.handle(r)
		for _, path := range r.paths() {
			e.Add(r.Method, path, h)
			if r.Method == http.MethodGet {
				e.Add(http.MethodHead, path, h)
			}
		}
	}

	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, text.L(r.Context(), "web.error.other_site"), http.StatusForbidden)
	}))
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024))
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	app := s.sessions.LoadAndSave(e)
	mux := http.NewServeMux()
	mux.Handle("/static/", static)
	plain := compress(protection.Handler(app))
	mux.Handle("/", plain)
	for _, r := range s.routes {
		if r.Cache == nil {
			if r.Method == http.MethodGet && !strings.Contains(r.Path, ":") && r.Path != "/" { // a kept page with a parameter must not stand before it
				for _, path := range r.paths() {
					mux.Handle(muxPattern(path), plain)
				}
			}
			continue
		}
		for _, path := range r.paths() {
			mux.Handle(muxPattern(path), s.shared(r, compress))
		}
	}
	mux.Handle("GET /en", http.RedirectHandler("/en/", http.StatusMovedPermanently))
	s.handler = s.outermost(mux, cfg.FormTargets)
	return s, nil
}

// Handler is the whole site.
func (s *Site) Handler() http.Handler { return s.handler }

// Routes is the composed table, for tests and documents.
func (s *Site) Routes() []Route { return s.routes }

// Drain makes /readyz answer 503 so that no new visitors are sent here.
func (s *Site) Drain() { s.draining.Store(true) }

// probes are the addresses that every site has.
func (s *Site) probes() []Route {
	return []Route{
		{Method: http.MethodGet, Path: "/healthz", Handler: func(c *Ctx) error { return c.Text(http.StatusOK, "ok") }},
		{Method: http.MethodGet, Path: "/readyz", Handler: s.readyz},
	}
}

// Draining reports whether Drain was called.
func (s *Site) Draining() bool { return s.draining.Load() }

func (s *Site) readyz(c *Ctx) error {
	if s.draining.Load() {
		return c.Text(http.StatusServiceUnavailable, "draining")
	}
	ctx, cancel := context.WithTimeout(c.Context(), 2*time.Second)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		c.Log().Warn("not ready", "error", err)
		return c.Text(http.StatusServiceUnavailable, "not ready")
	}
	return c.Text(http.StatusOK, "ready")
}

// cookie is the full name of a site cookie: over https it is bound to this host.
func (s *Site) cookie(name string) string {
	if s.secure {
		return "__Host-" + name
	}
	return name
}

func extractor(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		_, network, err := net.ParseCIDR(p.String())
		if err == nil {
			options = append(options, echo.TrustIPRange(network))
		}
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

const defaultBody = 64 << 10

// handle wraps one route: body limit, actor, authorization.
func (s *Site) handle(r Route) echo.HandlerFunc {
	limit := r.BodyLimit
	if limit == 0 {
		limit = defaultBody
	}
	return func(ec echo.Context) error {
		c := &Ctx{echo: ec, site: s, Route: r}
		ec.Set("ctx", c)
		req := ec.Request()
		known, _ := req.Context().Value(factsKey{}).(*facts)
		if known != nil {
			known.pattern = r.Path
		}
		for _, value := range ec.ParamValues() {
			if !isStorable(value) {
				return fault.NotFound("path is no text")
			}
		}
		if req.Body != nil {
			req.Body = http.MaxBytesReader(ec.Response(), req.Body, limit)
		}
		var whole account.Actor // with the roles that may not count yet
		if userID := s.sessions.GetInt64(req.Context(), account.SessionUser); userID > 0 {
			actor, err := s.accounts.Actor(req.Context(), userID)
			switch {
			case fault.Is(err, fault.KindUnauthenticated):
				_ = s.sessions.Destroy(req.Context()) // the person is gone: so is the session
			case err != nil:
				return err
			default:
				actor.Session = account.SessionKey(s.sessions.Token(req.Context()))
				whole = actor
				c.Actor = actor.WithProof(s.proof(req.Context()))
				if known != nil {
					known.user = userID
				}
				ec.SetRequest(req.WithContext(story.WithUser(req.Context(), userID)))
			}
		}
		if err := s.admit(c); err != nil {
			if c.Actor.FactorDue {
				narrow := c.Actor
				c.Actor = whole
				allowed := s.admit(c) == nil
				c.Actor = narrow
				if allowed {
					return s.toProof(c)
				}
			}
			c.stopped = true
			return err
		}
		if r.StepUp && !c.Actor.Fresh() {
			return s.toProof(c)
		}
		return r.Handler(c)
	}
}

// noOther are the powers of a browser that no page asks for.
const noOther = "geolocation=(), microphone=(), payment=()"

// AllowCamera lets this page use the camera while it is open, if the person agrees.
func (c *Ctx) AllowCamera() {
	c.Response().Header().Set("Permissions-Policy", "camera=(self), "+noOther)
}

// outermost sets the headers of every answer, recovers panics, gives the
// request its id and writes the one log line. Paths are logged as route
// patterns, because addresses hold tokens.
func (s *Site) outermost(next http.Handler, formTargets []string) http.Handler {
	csp := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
		"form-action " + strings.Join(append([]string{"'self'"}, formTargets...), " ") +
		"; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		request := id.Token()[:16]
		h := w.Header()
		h.Set(echo.HeaderXRequestID, request)
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		if byOutbox(r) {
			h.Set(outboxHeader, "1")
		}
		if s.draining.Load() {
			h.Set("Connection", "close") // or the next request would meet a closed door
		}
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Permissions-Policy", "camera=(), "+noOther)
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		if len(r.TransferEncoding) > 0 {
			// A length may have stood beside the encoding, and a proxy believed it:
			// what follows on this connection is not to be trusted (RFC 9112 §6.1).
			h.Set("Connection", "close")
		}
		rec := &recorder{ResponseWriter: w}
		known := &facts{}
		if strings.HasPrefix(r.URL.Path, StaticRoute) {
			known.pattern = StaticRoute
		}
		ctx := text.WithLang(story.WithRequest(r.Context(), s.log, request), text.LangOf(r.URL.Path))
		r = r.WithContext(context.WithValue(ctx, factsKey{}, known))
		if s.watch != nil {
			s.watch.Begin()
			defer func() { s.watch.End(known.pattern, method(r.Method), rec.status, time.Since(start)) }()
		}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				if s.watch != nil {
					s.watch.Panic(known.pattern)
				}
				s.log.ErrorContext(r.Context(), "panic", "route", known.pattern, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				if rec.status == 0 {
					http.Error(rec, text.L(r.Context(), "fault.internal"), http.StatusInternalServerError)
				}
			}
			level := slog.LevelInfo
			if rec.status >= 500 && r.Context().Err() == nil {
				level = slog.LevelError
			} else if strings.HasPrefix(r.URL.Path, "/static/") || known.pattern == "/healthz" || known.pattern == "/readyz" {
				level = slog.LevelDebug
			}
			ctx := r.Context()
			if known.user > 0 {
				ctx = story.WithUser(ctx, known.user)
			}
			s.log.Log(ctx, level, "request", "method", method(r.Method), "route", known.pattern,
				"status", rec.status, "bytes", rec.bytes, "ms", time.Since(start).Milliseconds())
		}()
		next.ServeHTTP(rec, r)
	})
}

// facts are what the handlers find out about a request for its log line.
type facts struct {
	pattern string // of the route table; "" when no route fits
	user    int64  // who is signed in; 0 = nobody
}

type factsKey struct{}

// method keeps a made-up method out of the log and the metrics.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodPatch:
		return m
	}
	return "other"
}

type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) Flush() { _ = http.NewResponseController(r.ResponseWriter).Flush() }
