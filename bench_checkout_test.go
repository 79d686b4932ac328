//go:build bench

package main

import (
	"context"
	"errors"
	flags "flag"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/config"
)

var (
	buyersAtOnce = flags.Int("bench.buyers", 16, "buyers at once in the checkout, and clients of pgbench")
	buyingFor    = flags.Duration("bench.buying", 10*time.Second, "how long each round of the checkout is measured")
)

// TestBenchCheckout buys as a guest from two shops: two products into the cart,
// the form, the form with an address and couriers, and the press on pay that ends
// at the gateway's page. One purchase is two orders and one invoice. Beside it, in
// turn and on the same cluster, pgbench -N does its update, select and insert. The
// cluster waits for its disk at every commit, as one that holds money must; the
// gateway is a process of its own that answers at once, then after 200 ms.
func TestBenchCheckout(t *testing.T) {
	dsn, _ := cluster(t)
	cleanly := func(s *config.Settings) { s.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
	w := start(t, dsn, cleanly)
	tailor := w.another(t)
	var kitchen, tailors []int64
	for i := range 12 { // buyers do not all want the same jar
		kitchen = append(kitchen, w.product(t, fmt.Sprintf("Nastar %d", i), 55_000, catalog.ModeStock, catalog.MaxQuantity))
		tailors = append(tailors, tailor.product(t, fmt.Sprintf("Masker %d", i), 7_500, catalog.ModeStock, catalog.MaxQuantity))
	}
	soon(t, "no picture is being made", func() bool {
		h, err := w.pictures.Health(context.Background())
		return err == nil && h.Waiting == 0
	})
	var statements atomic.Int64
	count := func(*gorm.DB) { statements.Add(1) }
	callbacks := w.db.Read(t.Context()).Callback()
	for _, register := range []func(string, func(*gorm.DB)) error{
		callbacks.Query().Before("*").Register, callbacks.Row().Before("*").Register, callbacks.Raw().Before("*").Register,
		callbacks.Create().Before("*").Register, callbacks.Update().Before("*").Register, callbacks.Delete().Before("*").Register,
	} {
		require.NoError(t, register("bench", count))
	}

	var next atomic.Int64
	buyer := func(transport *http.Transport) *guest {
		n := next.Add(1)
		return newGuest(w.url, fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255), transport)
	}
	type round struct {
		gateway     string
		bought      int
		took        time.Duration
		whole, last []time.Duration
		failed      []error
		statements  float64
		cost        burnt
	}
	used := burning(t, dsn)
	buying := func(name string) round {
		r := round{gateway: name}
		var mu sync.Mutex
		var wg sync.WaitGroup
		asked, before := statements.Load(), used()
		began := time.Now()
		end := began.Add(*buyingFor)
		for i := range *buyersAtOnce {
			wg.Go(func() {
				transport := &http.Transport{MaxIdleConnsPerHost: 2}
				defer transport.CloseIdleConnections()
				for n := i; time.Now().Before(end); n++ {
					begun := time.Now()
					last, _, err := buyer(transport).buys(w.gateway, map[int64]int64{w.shop: kitchen[n%len(kitchen)], tailor.shop: tailors[n%len(tailors)]})
					mu.Lock()
					if err != nil {
						r.failed = append(r.failed, err)
					} else {
						r.bought++
						r.whole, r.last = append(r.whole, time.Since(begun)), append(r.last, last)
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		r.took = time.Since(began)
		r.statements = float64(statements.Load()-asked) / float64(max(r.bought, 1))
		r.cost = used().since(before, float64(max(r.bought, 1)))
		return r
	}

	pg, missing := newPgbench(t, dsn)
	if missing != nil {
		fmt.Printf("\nno ratio: %v\n", missing)
	}
	_ = buying("warming up")
	before, began := used(), time.Now()
	rates := []float64{pg.run(t)}
	transaction := used().since(before, rates[0]*time.Since(began).Seconds())
	w.simulator(t, "settings", map[string]any{"faults": []any{}})
	rounds := []round{buying("at once")}
	rates = append(rates, pg.run(t))
	w.simulator(t, "settings", map[string]any{"stall_ms": 200, "faults": []any{map[string]any{"on": "any", "kind": "delay", "times": 1 << 40}}})
	rounds = append(rounds, buying("after 200 ms"))
	w.simulator(t, "settings", map[string]any{"faults": []any{}})
	rates = append(rates, pg.run(t))

	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "gateway answers\tpurchases per second\torders per second\tpurchase / pgbench\torder / pgbench\tfailed\twhole path p50 ms\tp99 ms\tpay p50 ms\tp99 ms\tstatements per purchase\t")
	at := func(all []time.Duration, q float64) float64 {
		slices.Sort(all)
		return all[min(len(all)-1, int(q*float64(len(all))))].Seconds() * 1000
	}
	for i, r := range rounds {
		rate := float64(r.bought) / r.took.Seconds()
		beside := (rates[i] + rates[i+1]) / 2
		ratio := func(v float64) string {
			if beside == 0 {
				return "unknown"
			}
			return fmt.Sprintf("%.3f", v/beside)
		}
		fmt.Fprintf(table, "%s\t%.1f\t%.1f\t%s\t%s\t%d\t%.0f\t%.0f\t%.0f\t%.0f\t%.0f\t\n", r.gateway, rate, 2*rate, ratio(rate), ratio(2*rate), len(r.failed),
			at(r.whole, .5), at(r.whole, .99), at(r.last, .5), at(r.last, .99), r.statements)
	}
	_ = table.Flush()
	fmt.Fprintln(table, "")
	fmt.Fprintln(table, "milliseconds of a processor for one\tprogram and buyers\tPostgreSQL\tgateway\tpgbench\tall\tpgbench's / an order's\t")
	row := func(name string, c burnt, ratio string) {
		fmt.Fprintf(table, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%s\t\n", name, c.program, c.postgres, c.gateway, c.pgbench, c.all(), ratio)
	}
	row("transaction of pgbench", transaction, "")
	for _, r := range rounds {
		row("purchase, "+r.gateway, r.cost, fmt.Sprintf("%.3f", 2*transaction.all()/r.cost.all()))
	}
	_ = table.Flush()
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("\n%d buyers at once, %s a round, %d processors (load before and with it %.14s), durable PostgreSQL, %s; pgbench -N -c %d: %.0f, %.0f, %.0f per second\n\n%s\nOne purchase: five requests, two orders, one invoice; its statements count the jobs that run meanwhile. Each ratio is to the mean of the pgbench before and after.\n\n",
		*buyersAtOnce, *buyingFor, runtime.NumCPU(), load, runtime.Version(), *buyersAtOnce, rates[0], rates[1], rates[2], out.String())
	for _, r := range rounds {
		require.Empty(t, r.failed, r.gateway)
	}
	w.clean(t)
}

// pgbench is PostgreSQL's own load generator over a database of its own.
type pgbench struct {
	program string
	args    []string
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// newPgbench fills pgbench's tables beside the database of dsn; missing says why
// there is none.
func newPgbench(t *testing.T, dsn string) (b pgbench, missing error) {
	said, err := exec.Command("scripts/postgres.sh", "bin").Output()
	require.NoError(t, err)
	program := filepath.Join(strings.TrimSpace(string(said)), "pgbench")
	if _, err := os.Stat(program); err != nil {
		if program, err = exec.LookPath("pgbench"); err != nil {
			return pgbench{}, errors.New("pgbench is missing; it comes with the PostgreSQL server (package postgresql, or postgresql-contrib)")
		}
	}
	address, err := url.Parse(dsn)
	require.NoError(t, err)
	b = pgbench{program, []string{"-h", address.Query().Get("host"), "-U", address.User.Username(), strings.TrimPrefix(address.Path, "/")}}
	out, err := exec.Command(program, append([]string{"-i", "-q", "-s", strconv.Itoa(*buyersAtOnce)}, b.args...)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return b, nil
}

// run is the transactions a second of pgbench -N; 0 without pgbench.
func (b pgbench) run(t *testing.T) float64 {
	if b.program == "" {
		return 0
	}
	n := strconv.Itoa(*buyersAtOnce)
	out, err := exec.Command(b.program, append([]string{"-N", "-n", "-c", n, "-j", "2", "-T", strconv.Itoa(max(int(buyingFor.Seconds()), 1))}, b.args...)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	found := tps.FindSubmatch(out)
	require.NotNil(t, found, "%s", out)
	rate, err := strconv.ParseFloat(string(found[1]), 64)
	require.NoError(t, err)
	return rate
}

// burnt is how many milliseconds of a processor each program has used. Unlike
// rates it hardly depends on what else the machine does.
type burnt struct{ program, postgres, gateway, pgbench float64 }

func (b burnt) all() float64 { return b.program + b.postgres + b.gateway + b.pgbench }

// since is what one of n things has cost since before.
func (b burnt) since(before burnt, n float64) burnt {
	return burnt{(b.program - before.program) / n, (b.postgres - before.postgres) / n, (b.gateway - before.gateway) / n, (b.pgbench - before.pgbench) / n}
}

// burning reads from the system what was used until now: by this process, which is
// program and buyers; by the cluster of dsn; by the simulator, a child that runs;
// and by pgbench, children that have ended. Nothing where there is no /proc.
func burning(t *testing.T, dsn string) func() burnt {
	t.Helper()
	address, err := url.Parse(dsn)
	require.NoError(t, err)
	file, err := os.ReadFile(filepath.Join(address.Query().Get("host"), "data", "postmaster.pid"))
	require.NoError(t, err)
	postmaster, _, _ := strings.Cut(string(file), "\n")
	self := strconv.Itoa(os.Getpid())
	return func() (b burnt) {
		files, _ := filepath.Glob("/proc/[0-9]*/stat")
		for _, f := range files {
			raw, _ := os.ReadFile(f)
			_, rest, found := strings.Cut(string(raw), ") ")
			fields := strings.Fields(rest)
			if !found || len(fields) < 15 {
				continue
			}
			pid, parent := filepath.Base(filepath.Dir(f)), fields[1]
			ms := func(i int) float64 { // of 100 ticks a second, as on every Linux
				n, _ := strconv.ParseFloat(fields[i], 64)
				return 10 * n
			}
			own, ended := ms(11)+ms(12), ms(13)+ms(14)
			switch {
			case pid == self:
				b.program, b.pgbench = b.program+own, b.pgbench+ended
			case pid == postmaster, parent == postmaster:
				b.postgres += own
				if pid == postmaster {
					b.postgres += ended
				}
			case parent == self:
				b.gateway += own
			}
		}
		return b
	}
}
