//go:build bench

package main

import (
	"context"
	flags "flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// The load generator behind `make bench`. It compares what the site does with two
// things measured in the same run on the same machine: a fixed page of the same
// size through the same server, and the page's own questions to the database
// without HTTP or drawing. Times are this machine's; the ratios are what to read.
var (
	visitors = flags.Int("bench.n", 8, "visitors at once")
	during   = flags.Duration("bench.for", 3*time.Second, "how long each line is measured")
	listed   = flags.Int("bench.products", 60, "products on sale")
)

// measured is one line of the table.
type measured struct {
	name            string
	rate            float64 // per second
	p50, p95, p99   time.Duration
	allocs, bytes   float64 // per request, of the server alone; 0 unknown
	queries         float64 // statements per request
	fixed, database string  // how many fixed answers, or times the database's part, one costs
}

func TestBench(t *testing.T) {
	w := start(t, dbtest.PostgresAddress(t))
	ctx := t.Context()
	var stocked []int64
	for i := range *listed {
		mode, quantity := catalog.ModeStock, int64(catalog.MaxQuantity)
		if i%3 == 2 {
			mode = catalog.ModeCapacity
		}
		p := w.product(t, fmt.Sprintf("Nastar gayeng %d", i), money.Rupiah(30_000+i*500), mode, quantity)
		if mode == catalog.ModeStock {
			stocked = append(stocked, p)
		}
	}
	require.Eventually(t, func() bool { // nothing else runs while it is measured
		var waiting int64
		err := w.db.Read(ctx).Raw("SELECT COUNT(*) FROM pictures WHERE state = 'stored'").Scan(&waiting).Error
		return err == nil && waiting == 0
	}, 5*time.Minute, 50*time.Millisecond)
	var statements atomic.Int64
	count := func(*gorm.DB) { statements.Add(1) }
	callbacks := w.db.Read(ctx).Callback()
	require.NoError(t, callbacks.Query().Before("*").Register("bench", count))
	require.NoError(t, callbacks.Row().Before("*").Register("bench", count))
	require.NoError(t, callbacks.Raw().Before("*").Register("bench", count))

	kept, drawn := show(t, w.parts(), true), show(t, w.parts(), false)
	fixed := fixedSite(t, w, drawn.get(t, "/"))
	b := &bench{t: t, statements: &statements}

	base := b.http("a fixed page", fixed, "GET", "/tetap", nil)
	pages := []struct {
		name, path string
		queries    func(ctx context.Context) error
	}{
		{"home", "/", w.homeQueries},
		{"listing", "/produk", w.listQueries(catalog.Filter{})},
		{"search", "/produk?q=nastar+gayeng", w.listQueries(catalog.Filter{Query: "nastar gayeng"})},
		{"product", "/produk/nastar-gayeng-1", w.productQueries},
	}
	for _, p := range pages {
		db := b.calls(p.name+": database alone", func(int) error { return p.queries(ctx) })
		b.compare(b.http(p.name+", drawn each time", drawn, "GET", p.path, nil), base, db)
		b.compare(b.http(p.name+", kept", kept, "GET", p.path, nil), base, db)
	}
	b.compare(b.http("product, kept, unchanged (304)", kept, "GET", "/produk/nastar-gayeng-1", func(r *http.Request) { r.Header.Set("If-None-Match", "*") }), base, nil)

	any := func() int64 { return stocked[rand.IntN(len(stocked))] }
	token := make([]string, *visitors)
	for i := range token {
		token[i] = fmt.Sprintf("keranjang-bench-%032d", i)
	}
	db := b.calls("cart set: database alone", func(i int) error { return w.checkout.SetQuantity(ctx, token[i], any(), 1+rand.Int64N(5)) })
	buyers := make([]*visitor, *visitors)
	for i := range buyers {
		buyers[i] = w.visitor(t)
		buyers[i].base = b.serve(kept.Handler())
	}
	b.compare(b.calls("cart set", func(i int) error {
		return see(buyers[i].post("/keranjang", url.Values{"produk": {fmt.Sprint(any())}, "jumlah": {"2"}}))
	}), base, db)

	var lines atomic.Int64
	lines.Store(1 << 40)
	db = b.calls("checkout: the promise alone", func(int) error {
		return database.InTx(ctx, w.db, func(tx *gorm.DB) error {
			_, err := w.catalog.PromiseTx(ctx, tx, []catalog.Demand{{LineID: lines.Add(1), ProductID: any(), Quantity: 1}})
			return err
		})
	})
	forms := make([]url.Values, *visitors)
	b.compare(b.prepared("checkout place", func(i int) error {
		v := w.visitor(t)
		v.base = buyers[i].base
		buyers[i] = v
		if err := see(v.post("/keranjang", url.Values{"produk": {fmt.Sprint(any())}, "jumlah": {"1"}})); err != nil {
			return err
		}
		form, err := v.get("/checkout")
		if err == nil {
			forms[i] = w.fill(form)
		}
		return err
	}, func(i int) error { return see(buyers[i].post("/checkout", forms[i])) }), base, db)

	var event atomic.Int64
	body := func() string {
		n := event.Add(1)
		return fmt.Sprintf(`{"id":"bench-%d","external_id":"bench-%d","status":"PAID","amount":50000,"paid_amount":50000}`, n, n)
	}
	db = b.calls("callback: database alone", func(int) error {
		return w.payments.ReceiveCallback(ctx, "invoice", testToken, []byte(body()))
	})
	address := b.serve(kept.Handler())
	client := b.client()
	b.compare(b.calls("callback receipt", func(int) error {
		req, err := http.NewRequest("POST", address+"/webhook/xendit/invoice", strings.NewReader(body()))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("x-callback-token", testToken)
		return b.answered(client, req)
	}), base, db)

	b.print(kept)
}

// fixedSite is a page of a constant body through the same server: routing,
// session, policy, compression, headers and log.
func fixedSite(t *testing.T, w *world, body string) window {
	site, err := web.New(web.Config{
		Rules:   web.Rules{}.With("GET /healthz", web.KindProgram, web.All).With("GET /readyz", web.KindProgram, web.All).With("GET /tetap", web.KindVisitor, web.All),
		BaseURL: w.url, Log: slog.New(slog.DiscardHandler), Accounts: w.accounts, Store: w.accounts.SessionStore(),
		Ready: func(context.Context) error { return nil }, Viewer: func(*web.Ctx, *view.Private) {},
	}, http.NotFoundHandler(), []web.Route{{Method: "GET", Path: "/tetap", Handler: func(c *web.Ctx) error {
		c.Response().Header().Set("Content-Type", "text/html; charset=utf-8")
		_, err := io.WriteString(c.Response(), body)
		return err
	}}})
	require.NoError(t, err)
	return window{site}
}

func (w *world) homeQueries(ctx context.Context) error {
	page, err := w.catalog.Products(ctx, catalog.Filter{Limit: 48})
	if err == nil {
		_, err = w.catalog.Shops(ctx, catalog.ShopFilter{Limit: 200})
	}
	if err == nil {
		err = w.pictureQueries(ctx, page.Products)
	}
	return err
}

func (w *world) pictureQueries(ctx context.Context, products []catalog.Sellable) error {
	ids := make([]int64, len(products))
	for i, p := range products {
		ids[i] = p.PictureID
	}
	_, err := w.pictures.Pictures(ctx, ids)
	return err
}

func (w *world) listQueries(f catalog.Filter) func(context.Context) error {
	return func(ctx context.Context) error {
		page, err := w.catalog.Products(ctx, f)
		if err == nil {
			err = w.pictureQueries(ctx, page.Products)
		}
		return err
	}
}

func (w *world) productQueries(ctx context.Context) error {
	p, err := w.catalog.ProductBySlug(ctx, "nastar-gayeng-1")
	if err != nil {
		return err
	}
	more, err := w.catalog.Products(ctx, catalog.Filter{Shop: p.ShopSlug, Limit: 7, Only: true})
	if err == nil {
		err = w.pictureQueries(ctx, more.Products)
	}
	if err == nil {
		_, err = w.delivery.Offers(ctx, p.ShopID)
	}
	return err
}

// see makes an error of an answer that is no redirect.
func see(p page, err error) error {
	if err == nil && p.status != http.StatusSeeOther {
		err = fmt.Errorf("status %d: %.200s", p.status, p.body)
	}
	return err
}

// bench collects the lines.
type bench struct {
	t          *testing.T
	statements *atomic.Int64
	lines      []*measured
}

func (b *bench) serve(h http.Handler) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b.t, err)
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.Serve(l) }()
	b.t.Cleanup(func() { _ = s.Close() })
	return "http://" + l.Addr().String()
}

func (b *bench) client() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: *visitors}}
}

func (b *bench) answered(client *http.Client, req *http.Request) error {
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if err == nil && res.StatusCode >= 400 {
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	return err
}

// http measures one address over HTTP, and what one request costs the server.
func (b *bench) http(name string, on interface{ Handler() http.Handler }, method, path string, with func(*http.Request)) *measured {
	address, client := b.serve(on.Handler()), b.client()
	one := func(base string) *http.Request {
		req, err := http.NewRequest(method, base+path, nil)
		require.NoError(b.t, err)
		req.Header.Set("Accept-Encoding", "gzip, br")
		if with != nil {
			with(req)
		}
		return req
	}
	m := b.calls(name, func(int) error { return b.answered(client, one(address)) })
	const times = 50
	reqs := make([]*http.Request, times)
	for i := range reqs {
		reqs[i] = one("http://bench.test")
		reqs[i].RequestURI = ""
	}
	var before, after runtime.MemStats
	runtime.GC()
	began := b.statements.Load()
	runtime.ReadMemStats(&before)
	for _, r := range reqs {
		on.Handler().ServeHTTP(&nothing{header: http.Header{}}, r)
	}
	runtime.ReadMemStats(&after)
	m.queries = float64(b.statements.Load()-began) / times
	m.allocs = float64(after.Mallocs-before.Mallocs) / times
	m.bytes = float64(after.TotalAlloc-before.TotalAlloc) / times
	return m
}

// nothing is a response writer that keeps nothing.
type nothing struct{ header http.Header }

func (n *nothing) Header() http.Header         { return n.header }
func (n *nothing) Write(b []byte) (int, error) { return len(b), nil }
func (n *nothing) WriteHeader(int)             {}

// calls measures do from every visitor for a while.
func (b *bench) calls(name string, do func(visitor int) error) *measured {
	return b.prepared(name, nil, do)
}

// prepared is calls with something not measured before each.
func (b *bench) prepared(name string, before, do func(visitor int) error) *measured {
	b.t.Helper()
	took := make([][]time.Duration, *visitors)
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	end := time.Now().Add(*during)
	for i := range *visitors {
		wg.Go(func() {
			for time.Now().Before(end) && failed.Load() == nil {
				var err error
				if before != nil {
					err = before(i)
				}
				begun := time.Now()
				if err == nil {
					err = do(i)
				}
				if err != nil {
					failed.Store(&err)
					return
				}
				took[i] = append(took[i], time.Since(begun))
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		require.NoError(b.t, *err, name)
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	at := func(q float64) time.Duration { return all[min(len(all)-1, int(q*float64(len(all))))] }
	m := &measured{name: name, rate: float64(*visitors) / (sum.Seconds() / float64(len(all))), p50: at(.5), p95: at(.95), p99: at(.99)}
	b.lines = append(b.lines, m)
	return m
}

func (b *bench) compare(m, fixed, database *measured) {
	m.fixed = fmt.Sprintf("%.2f", fixed.rate/m.rate)
	if database != nil {
		m.database = fmt.Sprintf("%.2f", database.rate/m.rate)
	}
}

func (b *bench) print(kept window) {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%d visitors at once, %s a line, %d products, %d processors, PostgreSQL, %s\n\n", *visitors, *during, *listed, runtime.NumCPU(), runtime.Version())
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "what\tper second\tp50 ms\tp95 ms\tp99 ms\tx fixed\tx database\tstatements\tallocations\tkB allocated\t")
	ms := func(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }
	for _, m := range b.lines {
		costs := "\t\t"
		if m.allocs > 0 {
			costs = fmt.Sprintf("%.0f\t%.0f\t%.0f", m.queries, m.allocs, m.bytes/1024)
		}
		fmt.Fprintf(table, "%s\t%.0f\t%s\t%s\t%s\t%s\t%s\t%s\t\n", m.name, m.rate, ms(m.p50), ms(m.p95), ms(m.p99), m.fixed, m.database, costs)
	}
	_ = table.Flush()
	stats := kept.PageCache().Stats()
	fmt.Fprintf(&out, "\nx fixed: how many fixed pages one costs; x database: how many times its database part.\n")
	fmt.Fprintf(&out, "page cache: %d hits, %d drawn, %d pages in %d kB. Resident memory of server and load generator together: %s\n", stats.Hits, stats.Misses, stats.Pages, stats.Bytes/1024, resident())
	fmt.Println(out.String())
}

// resident is the process's resident memory, where the system tells it.
func resident() string {
	raw, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(raw)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
