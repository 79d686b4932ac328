package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/story"
)

// RunnerOption changes how a Runner is made.
type RunnerOption func(*runnerOptions)

type runnerOptions struct {
	instance string
	watch    Watch
}

// As names the process this runner works in and makes it prove that it works:
// see Runner.Worked.
func As(instance string) RunnerOption { return func(o *runnerOptions) { o.instance = instance } }

// Watch is told of every job that was worked off, for the metrics. outcome is
// one of "ok", "failed", "snoozed" and "cancelled".
type Watch interface {
	Worked(kind, outcome string, took time.Duration)
}

// Watched tells w of every job.
func Watched(w Watch) RunnerOption { return func(o *runnerOptions) { o.watch = w } }

// watched puts the job's kind and id into its context, so that whatever it logs
// says so, and tells watch how it ended.
func watched(log *slog.Logger, watch Watch) rivertype.Middleware {
	return river.WorkerMiddlewareFunc(func(ctx context.Context, job *rivertype.JobRow, inner func(context.Context) error) (err error) {
		begun := time.Now()
		outcome := "failed" // a panic leaves it so
		defer func() {
			if watch != nil && job.Kind != pulseKind {
				watch.Worked(job.Kind, outcome, time.Since(begun))
			}
		}()
		err = inner(story.WithJob(ctx, log, job.Kind, job.ID))
		var snoozed *rivertype.JobSnoozeError
		var cancelled *rivertype.JobCancelError
		switch {
		case err == nil:
			outcome = "ok"
		case errors.As(err, &snoozed):
			outcome = "snoozed"
		case errors.As(err, &cancelled):
			outcome = "cancelled"
		}
		return err
	})
}

const (
	pulseKind  = "jobs_pulse"
	pulseEvery = 15 * time.Second
)

// pulse proves that this process's runner works: every 15 seconds it puts a job
// into a queue that only this process works off, and remembers when that was
// done. The jobs of everybody would prove nothing about one of several
// instances, and a queue of its own never stands behind work.
type pulse struct {
	db     *database.DB
	queue  string
	insert func(context.Context) error
	worked atomic.Int64 // Unix nanoseconds; 0 = never
	stop   func()
	done   sync.WaitGroup
}

type pulseArgs struct{ Queue string }

func (pulseArgs) Kind() string { return pulseKind }

func newPulse(db *database.DB, w *Workers, cfg *river.Config, instance string) *pulse {
	if instance == "" {
		return nil
	}
	p := &pulse{db: db, queue: "pulse_" + id.Hash(instance)[:16]}
	cfg.Queues[p.queue] = river.QueueConfig{MaxWorkers: 1, FetchPollInterval: time.Second}
	Handle(w, 10*time.Second, func(context.Context, pulseArgs) error {
		p.worked.Store(time.Now().UnixNano())
		return nil
	})
	return p
}

func (p *pulse) options() *river.InsertOpts {
	o := &river.InsertOpts{Queue: p.queue, MaxAttempts: 1}
	Unique()(o)
	return o
}

func (p *pulse) start(ctx context.Context) {
	ctx, p.stop = context.WithCancel(ctx)
	p.done.Go(func() {
		tick := time.NewTicker(pulseEvery)
		defer tick.Stop()
		for n := 0; ; n++ {
			// A failure shows by itself: no pulse, not ready.
			_ = p.insert(ctx)
			if n%40 == 0 {
				_ = p.sweep(ctx)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
}

// sweep forgets pulses: those of processes that are gone are never worked off,
// and those that were say nothing any more.
func (p *pulse) sweep(ctx context.Context) error {
	return database.InTx(ctx, p.db, func(tx *gorm.DB) error {
		old := "created_at < now() - interval '10 minutes'"
		if p.db.Dialect() == database.SQLite {
			old = "unixepoch(created_at) < unixepoch() - 600"
		}
		return tx.Exec("DELETE FROM river_job WHERE kind = ? AND state <> 'running' AND "+old, pulseKind).Error
	})
}

func (p *pulse) end() {
	if p.stop != nil {
		p.stop()
		p.done.Wait()
	}
}

// Worked is when this process's runner last worked a job off, by its own clock;
// zero when it never has, or was not made with As.
func (r *Runner) Worked() time.Time {
	if r.pulse == nil {
		return time.Time{}
	}
	if n := r.pulse.worked.Load(); n != 0 {
		return time.Unix(0, n)
	}
	return time.Time{}
}

// Working reports whether the runner worked a job off within the last minute:
// four chances to do so.
func (r *Runner) Working() bool { return time.Since(r.Worked()) < 4*pulseEvery }
