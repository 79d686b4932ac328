package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/audit"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/metrics"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/internal/runs"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/admin"
)

// This file is how the program is seen from outside: log, readiness, metrics on
// a listener of their own, the heartbeat, and the nightly audit.

// live is what a serving process knows of itself.
type live struct {
	runner  atomic.Pointer[jobs.Runner] // nil until it is started
	skew    atomic.Int64                // nanoseconds that this clock is ahead of the database's
	metrics atomic.Value                // string: where the metrics listen, once they do

	badTokens atomic.Int64 // callbacks with a wrong token since the start
}

// callbacks counts wrong tokens for the administrator's page beside the metrics.
func (l *live) callbacks(set *metrics.Set) payment.Watch { return callbackWatch{set, &l.badTokens} }

type callbackWatch struct {
	*metrics.Set
	bad *atomic.Int64
}

// Callback counts a callback or what became of it.
func (w callbackWatch) Callback(kind, outcome string) {
	if outcome == "bad_token" {
		w.bad.Add(1)
	}
	w.Set.Callback(kind, outcome)
}

// newLog is the log of a serving process: one JSON object a line.
func newLog(w io.Writer) *slog.Logger {
	return story.Logger(slog.New(slog.NewJSONHandler(w, nil)))
}

// ready answers /readyz: the database answers, its schema is at least this
// program's, and this process's job runner works. A storage or gateway that is
// down does not count: every instance has the same one, and a shop without
// pictures is better than none (docs/decisions.md).
func (a *app) ready(ctx context.Context) error {
	schema, program, err := a.db.Versions(ctx)
	if err != nil {
		return err
	}
	if schema < program {
		return fmt.Errorf("the schema is at %d, this program needs %d: run lapak migrate", schema, program)
	}
	runner := a.live.runner.Load()
	if runner == nil || !runner.Working() {
		return errors.New("the job runner has not worked off anything for a minute")
	}
	return nil
}

// show makes a serving process seen, until the returned function is called: its
// heartbeat among the others, and its metrics.
func (a *app) show(ctx context.Context, runner *jobs.Runner, draining func() bool) (hide func(context.Context) error, err error) {
	a.live.runner.Store(runner)
	stopMetrics, err := a.serveMetrics(a.settings.MetricsListen)
	if err != nil {
		return nil, err
	}
	beating, still := context.WithCancel(ctx)
	var heart sync.WaitGroup
	heart.Go(func() { a.beats(beating, runner, draining) })
	return func(ctx context.Context) error {
		still()
		heart.Wait()
		return errors.Join(stopMetrics(ctx), a.runs.Gone(ctx))
	}, nil
}

// beatEvery is how often a process tells that it lives.
const beatEvery = 15 * time.Second

// beats tells the other instances that this one lives, until ctx ends.
func (a *app) beats(ctx context.Context, runner *jobs.Runner, draining func() bool) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		skew, err := a.runs.Beat(ctx, runs.Beat{Worked: runner.Worked(), Draining: draining()})
		switch {
		case err == nil:
			a.live.skew.Store(int64(skew))
		case ctx.Err() == nil:
			a.log.WarnContext(ctx, "heartbeat", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// serveMetrics answers /metrics and /debug/pprof/ at the private address, and
// nowhere else, until the returned function is called. An empty address serves
// nothing.
func (a *app) serveMetrics(address string) (stop func(context.Context) error, err error) {
	if address == "" {
		return func(context.Context) error { return nil }, nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("LAPAK_METRICS_LISTEN: %w", err)
	}
	// The settings refuse what is public as written; a name shows only now where it leads.
	if at, err := netip.ParseAddrPort(listener.Addr().String()); err != nil || !config.PrivateAddress(at.Addr()) {
		return nil, errors.Join(fmt.Errorf("LAPAK_METRICS_LISTEN: %s is not a private address", listener.Addr()), listener.Close())
	}
	a.live.metrics.Store(listener.Addr().String())
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.Handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	private := &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	go func() { _ = private.Serve(listener) }()
	a.log.Info("metrics", "listen", listener.Addr().String())
	return private.Shutdown, nil
}

type auditDue struct{}

func (auditDue) Kind() string { return "audit_nightly" }

const (
	auditHour  = 2                // of the agency's zone: the quietest
	auditRetry = 3 * time.Hour    // after which an audit that did not end may be begun again
	auditTime  = 30 * time.Minute // it waits behind everything else and may take long
)

// nightly registers the audit of every night. The job looks every ten minutes
// whether the night's audit was made, so that a machine that slept through two
// o'clock makes it later.
func (a *app) nightly() {
	jobs.Handle(a.workers, auditTime, func(ctx context.Context, _ auditDue) error {
		now, err := clock.Now(ctx, a.db.Read(ctx))
		if err != nil {
			return err
		}
		_, err = a.auditOnce(ctx, night(now, a.settings.Timezone))
		return err
	})
	a.workers.EverySlow(10*time.Minute, auditDue{})
}

// night names the night whose audit is due: from two o'clock on, today's.
func night(now time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return now.In(zone).Add(-auditHour * time.Hour).Format(time.DateOnly)
}

// auditOnce makes the audit of one night, once over all instances, and records
// it; false when that was done.
func (a *app) auditOnce(ctx context.Context, slot string) (bool, error) {
	run, mine, err := a.runs.StartOnce(ctx, runs.Audit, slot, auditRetry)
	if err != nil || !mine {
		return false, err
	}
	findings, err := a.auditTwice(ctx)
	result := auditResult(findings, err)
	for _, f := range findings {
		a.log.ErrorContext(ctx, "audit finding", "invariant", f.Invariant, "row", f.Row, "finding", f.Text)
	}
	return true, errors.Join(err, a.runs.Finish(ctx, run, result))
}

// auditTwice believes a finding that two audits in a row make. The shop is open
// meanwhile: a proof that reads twice may fall between two commits once, and a
// row that is wrong stays wrong.
func (a *app) auditTwice(ctx context.Context) ([]proof.Finding, error) {
	first, err := audit.Run(ctx, a.db, a.provers()...)
	if err != nil || len(first) == 0 {
		return first, err
	}
	second, err := audit.Run(ctx, a.db, a.provers()...)
	if err != nil {
		return nil, err
	}
	type name struct{ invariant, row string }
	before := map[name]bool{}
	for _, f := range first {
		before[name{f.Invariant, f.Row}] = true
	}
	var both []proof.Finding
	for _, f := range second {
		if before[name{f.Invariant, f.Row}] {
			both = append(both, f)
		}
	}
	return both, nil
}

// system is what the administrator's page about the installation asks.
func (a *app) system() *admin.System {
	s := &admin.System{
		Runs: a.runs, Database: a.db, Jobs: jobDesk{a}, Payments: a.payments, Calls: a.calls, Checkout: a.checkout, Finance: a.finance,
		Review: a.curation, Messages: a.messages, Pictures: a.pictures, BadTokens: a.live.badTokens.Load,
		Skew: func() time.Duration { return time.Duration(a.live.skew.Load()) }, Now: a.now, Settings: a.settings,
		Orders: order.DefaultSettings(), Purchases: checkout.DefaultSettings(""), Prices: catalog.PriceBand,
	}
	s.Kinds.Poll, s.Kinds.Timers, s.Kinds.Sweep = payment.PollKind(), orderTimers{}.Kind(), media.SweepKind()
	return s
}

// jobDesk shows jobs to administrators and lets them act on failed ones.
type jobDesk struct{ a *app }

func (d jobDesk) Look(ctx context.Context) (jobs.Health, error) { return jobs.Look(ctx, d.a.db) }

func (d jobDesk) Troubles(ctx context.Context, limit int) ([]jobs.Trouble, error) {
	return jobs.Troubles(ctx, d.a.db, limit)
}

func (d jobDesk) LastDone(ctx context.Context, kinds ...string) (map[string]time.Time, error) {
	return jobs.LastDone(ctx, d.a.db, kinds...)
}

func (d jobDesk) Retry(ctx context.Context, actor account.Actor, jobID int64) error {
	return d.act(ctx, actor, jobID, "retry_job", d.a.queue.RetryTx)
}

func (d jobDesk) Remove(ctx context.Context, actor account.Actor, jobID int64) error {
	return d.act(ctx, actor, jobID, "remove_job", d.a.queue.RemoveTx)
}

func (d jobDesk) act(ctx context.Context, actor account.Actor, jobID int64, verb string, do func(context.Context, *gorm.DB, int64) (string, error)) error {
	if !actor.Has(account.RoleAdmin) {
		return fault.NotFound("job")
	}
	return database.InTx(ctx, d.a.db, func(tx *gorm.DB) error {
		kind, err := do(ctx, tx, jobID)
		if err != nil {
			return err
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: verb, Object: "job", ObjectID: jobID, Note: kind})
	})
}
