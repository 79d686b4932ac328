// Package jobs is the work that happens after a transaction: River on both
// databases, inserted in the writing transaction, so a job exists exactly when
// its cause was committed.
//
// Workers may run more than once and must be idempotent. Scheduled times are
// not second-exact.
package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/story"
)

// Args are the arguments of one kind of job: a JSON struct with Kind().
type Args = river.JobArgs

// Queue inserts jobs. It works nothing off: see Runner.
type Queue struct {
	insert func(ctx context.Context, tx *sql.Tx, args Args, opts *river.InsertOpts) error
	retry  func(ctx context.Context, tx *sql.Tx, jobID int64) error
	remove func(ctx context.Context, tx *sql.Tx, jobID int64) error
}

// NewQueue returns the inserting side for db.
func NewQueue(db *database.DB) (*Queue, error) {
	cfg := &river.Config{Logger: slog.New(slog.DiscardHandler)}
	if db.Dialect() == database.SQLite {
		client, err := river.NewClient(riversqlite.New(nil), cfg)
		if err != nil {
			return nil, fmt.Errorf("jobs: %w", err)
		}
		return queue(client), nil
	}
	client, err := river.NewClient(riverdatabasesql.New(nil), cfg)
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return queue(client), nil
}

// Discard is a queue that takes nothing: for a past that is written after the
// fact, by somebody who does themself what the jobs would have done.
func Discard() *Queue {
	nothing := func(context.Context, *sql.Tx, int64) error { return nil }
	return &Queue{
		insert: func(context.Context, *sql.Tx, Args, *river.InsertOpts) error { return nil },
		retry:  nothing, remove: nothing,
	}
}

func queue(client *river.Client[*sql.Tx]) *Queue {
	return &Queue{
		insert: func(ctx context.Context, tx *sql.Tx, args Args, opts *river.InsertOpts) error {
			_, err := client.InsertTx(ctx, tx, args, opts)
			return err
		},
		retry: func(ctx context.Context, tx *sql.Tx, jobID int64) error {
			_, err := client.JobRetryTx(ctx, tx, jobID)
			return err
		},
		remove: func(ctx context.Context, tx *sql.Tx, jobID int64) error {
			_, err := client.JobDeleteTx(ctx, tx, jobID)
			return err
		},
	}
}

// Option changes one insertion.
type Option func(*river.InsertOpts)

// At runs the job not before t.
func At(t time.Time) Option { return func(o *river.InsertOpts) { o.ScheduledAt = t } }

// Unique inserts nothing while a job of the same kind and arguments is waiting
// or running.
func Unique() Option {
	return func(o *river.InsertOpts) {
		o.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateRetryable, rivertype.JobStateScheduled,
		}}
	}
}

// slow is the queue of heavy work that may wait.
const slow = "slow"

// Slow puts heavy work that may wait (picture renditions) into a queue of its
// own, so that news of money never stands behind it.
func Slow() Option { return func(o *river.InsertOpts) { o.Queue = slow } }

// Behind runs the job after those of its queue that were put in without it,
// whoever came first: for what is loaded in bulk while people wait.
func Behind() Option { return func(o *river.InsertOpts) { o.Priority = river.PriorityDefault + 1 } }

// InsertTx enqueues args in the caller's transaction.
func (q *Queue) InsertTx(ctx context.Context, tx *gorm.DB, args Args, opts ...Option) error {
	o := &river.InsertOpts{}
	for _, opt := range opts {
		opt(o)
	}
	if err := q.insert(ctx, database.SQLTx(tx), args, o); err != nil {
		return fmt.Errorf("jobs: insert %s: %w", args.Kind(), err)
	}
	return nil
}

// Workers collects the handlers of every package before the runner starts.
type Workers struct {
	river    *river.Workers
	periodic []*river.PeriodicJob
	atWork   *atWork
}

// NewWorkers returns an empty collection.
func NewWorkers() *Workers {
	return &Workers{river: river.NewWorkers(), atWork: &atWork{jobs: map[try]bool{}}}
}

type worker[T Args] struct {
	river.WorkerDefaults[T]
	timeout time.Duration
	fn      func(context.Context, T) error
	atWork  *atWork
}

func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	w.atWork.set(job.ID, job.Attempt, true)
	defer w.atWork.set(job.ID, job.Attempt, false)
	err := w.fn(ctx, job.Args)
	crash.Point("jobs/worked")
	return err
}

// Handle registers fn for jobs of T's kind. An error retries with growing
// pauses; Snooze and Cancel say otherwise.
func Handle[T Args](w *Workers, timeout time.Duration, fn func(context.Context, T) error) {
	river.AddWorker(w.river, &worker[T]{timeout: timeout, fn: fn, atWork: w.atWork})
}

// Every enqueues args each interval (once for all instances), and at start.
func (w *Workers) Every(interval time.Duration, args Args) {
	w.periodic = append(w.periodic, river.NewPeriodicJob(river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) {
			o := &river.InsertOpts{MaxAttempts: 1}
			Unique()(o)
			return args, o
		}, &river.PeriodicJobOpts{RunOnStart: true}))
}

// EverySlow is Every in the queue of heavy work, and not at start but after the
// first interval.
func (w *Workers) EverySlow(interval time.Duration, args Args) {
	w.periodic = append(w.periodic, river.NewPeriodicJob(river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) {
			o := &river.InsertOpts{MaxAttempts: 1, Queue: slow}
			Unique()(o)
			return args, o
		}, nil))
}

// Snooze is returned by a handler to run again after d without counting as a
// failure.
func Snooze(d time.Duration) error { return river.JobSnooze(d) }

// Cancel is returned by a handler that will never succeed.
func Cancel(err error) error { return river.JobCancel(err) }

// Runner works jobs off.
type Runner struct {
	start  func(context.Context) error
	stop   func(context.Context) error
	cancel func(context.Context) error
	close  func() error
	rescue *rescuer
	pulse  *pulse // nil: this runner proves nothing
}

// NewRunner makes the working side; it does nothing before Start.
func NewRunner(db *database.DB, w *Workers, log *slog.Logger, options ...RunnerOption) (*Runner, error) {
	var o runnerOptions
	for _, option := range options {
		option(&o)
	}
	log = story.Logger(log)
	cfg := &river.Config{
		ID:                   instanceID(),
		Logger:               slog.New(warnOnly{log.Handler()}),
		Middleware:           []rivertype.Middleware{watched(log, o.watch)},
		Workers:              w.river,
		PeriodicJobs:         w.periodic,
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 6}, slow: {MaxWorkers: 2}},
		FetchCooldown:        50 * time.Millisecond,
		FetchPollInterval:    200 * time.Millisecond,
		JobTimeout:           time.Minute,
		MaxAttempts:          20,
		RescueStuckJobsAfter: 70 * time.Second, // the second net, below the rescuer's: just above JobTimeout
	}
	rescue := &rescuer{id: cfg.ID, log: log, db: db, mine: w.atWork}
	if db.Dialect() == database.SQLite {
		cfg.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 3}, slow: {MaxWorkers: 2}}
		conn, err := sql.Open("sqlite", database.SQLiteDSN(db.Path(), false))
		if err != nil {
			return nil, fmt.Errorf("jobs: %w", err)
		}
		conn.SetMaxOpenConns(1) // River's own handle; SQLite has one writer anyway
		return runner(riversqlite.New(conn), cfg, conn.Close, rescue, newPulse(db, w, cfg, o.instance))
	}
	return runner(riverpgxv5.New(db.Pool()), cfg, func() error { return nil }, rescue, newPulse(db, w, cfg, o.instance))
}

func runner[TTx any](driver riverdriver.Driver[TTx], cfg *river.Config, closer func() error, rescue *rescuer, beat *pulse) (*Runner, error) {
	client, err := river.NewClient(driver, cfg)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("jobs: %w", err), closer())
	}
	if beat != nil {
		beat.insert = func(ctx context.Context) error {
			_, err := client.Insert(ctx, pulseArgs{Queue: beat.queue}, beat.options())
			return err
		}
	}
	return &Runner{
		start: client.Start, stop: client.Stop, cancel: client.StopAndCancel, close: sync.OnceValue(closer), rescue: rescue, pulse: beat,
	}, nil
}

// Start takes over what a killed instance left behind and begins to work jobs
// off in the background until Stop.
func (r *Runner) Start(ctx context.Context) error {
	if err := r.rescue.start(ctx); err != nil {
		return err
	}
	if err := r.start(ctx); err != nil {
		return err
	}
	if r.pulse != nil {
		r.pulse.start(ctx)
	}
	return nil
}

// lastCall is how long jobs that outlast Stop's ctx have to end once they are
// cancelled; their rows then wait for another instance.
const lastCall = 5 * time.Second

// Stop fetches no more jobs and waits for the running ones until ctx ends; then
// it cancels them, so that they go back to the queue and not down with us.
func (r *Runner) Stop(ctx context.Context) error {
	if r.pulse != nil {
		r.pulse.end()
	}
	err := r.stop(ctx)
	if err != nil && ctx.Err() != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastCall)
		defer cancel()
		err = r.cancel(last)
	}
	return errors.Join(err, r.rescue.stop(), r.close())
}

// Migrate brings River's own tables up to date, beside goose's.
func Migrate(ctx context.Context, db *database.DB) error {
	if db.Dialect() == database.SQLite {
		return migrate(ctx, riversqlite.New(db.SQL()))
	}
	free, err := onlyMigrator(ctx, db)
	if err != nil {
		return fmt.Errorf("jobs: migrate: wait for other instances: %w", err)
	}
	defer free()
	return migrate(ctx, riverpgxv5.New(db.Pool()))
}

// onlyMigrator waits until no other instance migrates: River's migrator does not
// take turns by itself. It asks again and again instead of waiting in one
// statement, because an index that is built concurrently waits for every
// statement that is running.
func onlyMigrator(ctx context.Context, db *database.DB) (free func(), err error) {
	conn, err := db.SQL().Conn(ctx)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var mine bool
		err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(hashtext('lapak job migrations ' || current_schema()), 0)").Scan(&mine)
		if err != nil {
			return nil, errors.Join(err, discard(conn))
		}
		if mine {
			return func() { _ = discard(conn) }, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), discard(conn))
		}
	}
}

func migrate[TTx any](ctx context.Context, driver riverdriver.Driver[TTx]) error {
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("jobs: migrate: %w", err)
	}
	return nil
}

// warnOnly keeps River's chatter out of the log below warnings.
type warnOnly struct{ slog.Handler }

func (h warnOnly) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}
