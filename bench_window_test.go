//go:build bench

package main

import (
	"context"
	flags "flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
)

var sizes = flags.String("bench.sizes", "1000,10000,100000", "how many products the shop window holds, one after the other")

// TestBenchWindow shows how the shop window grows: the same pages over ever more
// products, each beside a bare handler that writes the same bytes and beside the
// page's own questions to the database.
func TestBenchWindow(t *testing.T) {
	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "products\tpage\tper second\tp50 ms\tp99 ms\t/ fixed\t/ database\tstatements\tkB, brotli\tgrowth of p50\t")
	first := map[string]time.Duration{}
	for _, size := range strings.Split(*sizes, ",") {
		n, err := strconv.Atoi(size)
		require.NoError(t, err)
		t.Run(size, func(t *testing.T) {
			w := start(t, dbtest.PostgresAddress(t))
			began := time.Now()
			fill(t, w, n)
			filled := time.Since(began)
			began = time.Now()
			kept, drawn := show(t, w.parts(), true), show(t, w.parts(), false)
			drawn.get(t, "/produk")
			fmt.Fprintf(&out, "%d products: filled in %s, first list after %s, ", n, filled.Round(time.Second), time.Since(began).Round(time.Millisecond))
			runtime.GC()
			fmt.Fprintf(&out, "resident with the load generator %s\n", resident())

			var statements atomic.Int64
			count := func(*gorm.DB) { statements.Add(1) }
			callbacks := w.db.Read(t.Context()).Callback()
			require.NoError(t, callbacks.Query().Before("*").Register("bench", count))
			require.NoError(t, callbacks.Row().Before("*").Register("bench", count))
			require.NoError(t, callbacks.Raw().Before("*").Register("bench", count))
			b := &bench{t: t, statements: &statements}
			ctx := t.Context()
			for _, p := range []struct {
				name, path string
				queries    func(context.Context) error
			}{
				{"home", "/", w.homeQueries},
				{"listing", "/produk", w.listQueries(catalog.Filter{})},
				{"filtered", "/produk?kategori=camilan&urut=termurah", w.listQueries(catalog.Filter{Category: "camilan", Sort: catalog.Cheapest})},
				{"search", "/produk?q=keripik+tempe", w.listQueries(catalog.Filter{Query: "keripik tempe"})},
				{"product", "/produk/nastar-gayeng-1", w.productQueries},
			} {
				body, packed := packedPage(t, kept.Handler(), p.path)
				fixed := b.http("fixed", bare(body), "GET", "/", nil)
				db := b.calls("database", func(int) error { return p.queries(ctx) })
				for _, mode := range []struct {
					name string
					on   window
				}{{", kept", kept}, {", drawn", drawn}} {
					m := b.http(p.name, mode.on, "GET", p.path, nil)
					name := p.name + mode.name
					growth := ""
					if was, known := first[name]; known {
						growth = fmt.Sprintf("%.2f", m.p50.Seconds()/was.Seconds())
					} else {
						first[name] = m.p50
					}
					fmt.Fprintf(table, "%d\t%s\t%.0f\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t%.1f\t%s\t\n", n, name, m.rate, m.p50.Seconds()*1000, m.p99.Seconds()*1000,
						m.rate/fixed.rate, m.rate/db.rate, m.queries, float64(packed)/1024, growth)
				}
			}
			w.stop()
		})
	}
	_ = table.Flush()
	fmt.Printf("\n%d visitors at once, %s a line, %d processors, PostgreSQL, %s\n\n%s\n/ fixed: rate beside a bare net/http handler that writes the same bytes. / database: rate beside the page's own questions alone.\n\n",
		*visitors, *during, runtime.NumCPU(), runtime.Version(), out.String())
}

// TestBenchStart measures a second start with the demo world: how long until the
// first page, and how much memory it keeps when nobody asks anything.
func TestBenchStart(t *testing.T) {
	program, data := filepath.Join(t.TempDir(), "lapak"), t.TempDir()
	build := exec.Command("go", "build", "-trimpath", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	said, err := build.CombinedOutput()
	require.NoError(t, err, string(said))
	run := func() (took time.Duration, child *exec.Cmd) {
		child = exec.Command(program, "demo", "--data", data, "--listen", "127.0.0.1:18970", "--gateway-listen", "127.0.0.1:18971", "--past-orders", "0")
		began := time.Now()
		require.NoError(t, child.Start())
		for {
			if res, err := http.Get("http://127.0.0.1:18970/"); err == nil {
				body, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err == nil && strings.Contains(string(body), "/produk/nastar") {
					return time.Since(began), child
				}
			}
			require.Less(t, time.Since(began), 3*time.Minute)
			time.Sleep(2 * time.Millisecond)
		}
	}
	end := func(child *exec.Cmd) {
		require.NoError(t, child.Process.Signal(syscall.SIGTERM))
		_ = child.Wait()
	}
	fresh, child := run()
	time.Sleep(30 * time.Second) // the pictures are made
	end(child)
	again, child := run()
	time.Sleep(20 * time.Second)
	idle, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", child.Process.Pid))
	require.NoError(t, err)
	end(child)
	for line := range strings.Lines(string(idle)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			fmt.Printf("\nfresh demo to the first page %.2f s; with data present %.2f s; idle memory %s\n\n", fresh.Seconds(), again.Seconds(), strings.TrimSpace(value))
		}
	}
}

// bare is a handler of plain net/http that writes the same bytes every time.
type bare []byte

func (b bare) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", "br")
		_, _ = w.Write(b)
	})
}

// packedPage is a page as a browser gets it, and how many bytes that is.
func packedPage(t *testing.T, h http.Handler, path string) (body []byte, packed int) {
	req, err := http.NewRequest("GET", "http://bench.test"+path, nil)
	require.NoError(t, err)
	req.RequestURI = path
	req.Header.Set("Accept-Encoding", "gzip, br")
	rec := &collected{header: http.Header{}}
	h.ServeHTTP(rec, req)
	require.Contains(t, []int{0, http.StatusOK}, rec.status, "%s: %s", path, rec.body)
	return rec.body, len(rec.body)
}

type collected struct {
	header http.Header
	status int
	body   []byte
}

func (c *collected) Header() http.Header { return c.header }
func (c *collected) WriteHeader(s int)   { c.status = s }
func (c *collected) Write(b []byte) (int, error) {
	c.body = append(c.body, b...)
	return len(b), nil
}

// fill puts n products into the window: a few through the use cases, the others
// as copies of their rows, since reviewing 100,000 products one by one takes an
// afternoon. Triggers and foreign keys sleep meanwhile; the audit's proofs of the
// catalogue hold afterwards.
func fill(t *testing.T, w *world, n int) {
	t.Helper()
	ctx := t.Context()
	var models []int64
	for i, title := range []string{"Nastar gayeng 1", "Keripik tempe", "Tas rajut", "Bakul bambu", "Seragam olahraga", "Jahe instan"} {
		mode := catalog.ModeStock
		if i%3 == 2 {
			mode = catalog.ModeCapacity
		}
		models = append(models, w.product(t, title, money.Rupiah(20_000+i*7_000), mode, 500))
	}
	goods := []string{"Nastar", "Keripik tempe", "Keripik pisang", "Tas rajut", "Bakul bambu", "Jahe instan", "Masker kain", "Sapu ijuk", "Batik tulis", "Rempeyek"}
	kinds := []string{"gayeng", "lumintu", "sumringah", "asri", "barokah", "lestari", "rukun", "sekar", "wening", "pesisir", "renyah", "gurih"}
	err := database.InTx(ctx, w.db, func(tx *gorm.DB) error {
		exec := func(sql string, args ...any) {
			require.NoError(t, tx.Exec(sql, args...).Error)
		}
		exec("SET LOCAL session_replication_role = replica")
		exec("CREATE TEMP TABLE models (i INT, id BIGINT) ON COMMIT DROP")
		for i, m := range models {
			exec("INSERT INTO models VALUES (?, ?)", i, m)
		}
		exec(`CREATE TEMP TABLE copies ON COMMIT DROP AS SELECT g, 1000000 + g AS id, m.id AS model,
			(ARRAY['` + strings.Join(goods, "','") + `'])[1 + g % 10] || ' ' || (ARRAY['` + strings.Join(kinds, "','") + `'])[1 + (g / 10) % 12] || ' ' || g AS title
			FROM generate_series(1, ` + strconv.Itoa(n-len(models)) + `) g JOIN models m ON m.i = g % ` + strconv.Itoa(len(models)))
		exec(`INSERT INTO shops SELECT r.* FROM generate_series(1, 300) g, shops s,
			LATERAL jsonb_populate_record(s, jsonb_build_object('id', 1000000 + g, 'slug', 'toko-' || g, 'name', 'Toko ' || g)) r WHERE s.id = (SELECT MIN(id) FROM shops)`)
		for table, changes := range map[string]string{
			"products":    `'id', c.id, 'slug', 'barang-' || c.g, 'live_revision_id', c.id, 'shop_id', 1000000 + 1 + c.g % 300, 'price', 5000 + (c.g * 7919 % 2000) * 100, 'reviewed_price', 5000 + (c.g * 7919 % 2000) * 100, 'published_key', o.published_key - c.g, 'category_id', 1 + c.g % 10`,
			"submissions": `'id', c.id, 'product_id', c.id, 'revision_id', c.id, 'form_key', 'bench-' || c.g, 'shop_id', 1000000 + 1 + c.g % 300`,
			"revisions":   `'id', c.id, 'product_id', c.id, 'submission_id', c.id, 'title', c.title, 'title_key', lower(c.title), 'category_id', 1 + c.g % 10`,
			"pools":       `'id', c.id, 'shop_id', 1000000 + 1 + c.g % 300`,
			"allotments":  `'id', c.id, 'pool_id', c.id, 'taken', 0`,
		} {
			of := map[string]string{
				"products":    "o.id = c.model",
				"submissions": "o.product_id = c.model",
				"revisions":   "o.product_id = c.model",
				"pools":       "o.id IN (SELECT pool_id FROM product_pools WHERE product_id = c.model)",
				"allotments":  "o.pool_id IN (SELECT pool_id FROM product_pools WHERE product_id = c.model) AND o.period = ''",
			}[table]
			exec(`INSERT INTO ` + table + ` SELECT r.* FROM copies c JOIN ` + table + ` o ON ` + of + `,
				LATERAL jsonb_populate_record(o, jsonb_build_object(` + changes + `)) r`)
		}
		exec(`INSERT INTO revision_pictures SELECT r.* FROM copies c JOIN revision_pictures o ON o.revision_id = (SELECT live_revision_id FROM products WHERE id = c.model),
			LATERAL jsonb_populate_record(o, jsonb_build_object('revision_id', c.id)) r`)
		exec(`INSERT INTO product_pools SELECT r.* FROM copies c JOIN product_pools o ON o.product_id = c.model,
			LATERAL jsonb_populate_record(o, jsonb_build_object('product_id', c.id, 'pool_id', c.id)) r`)
		exec(`INSERT INTO stock_movements SELECT r.* FROM copies c JOIN allotments a ON a.pool_id = c.id JOIN stock_movements o ON o.id = (SELECT MIN(id) FROM stock_movements),
			LATERAL jsonb_populate_record(o, jsonb_build_object('id', a.id, 'allotment_id', a.id, 'amount', a.capacity, 'form_key', '')) r`)
		return database.InvalidateTx(ctx, tx, "list")
	})
	require.NoError(t, err)
	require.NoError(t, w.db.Read(ctx).Exec("ANALYZE").Error)
	require.Eventually(t, func() bool { // nothing else runs while it is measured
		var waiting int64
		err := w.db.Read(ctx).Raw("SELECT COUNT(*) FROM pictures WHERE state = 'stored'").Scan(&waiting).Error
		return err == nil && waiting == 0
	}, 5*time.Minute, 50*time.Millisecond)
}
