package jobs

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// A killed instance leaves jobs marked as running, and perhaps the lead over
// what is periodic. River alone waits until such a job must have timed out, and
// throws a periodic one away; news of money would stand still for minutes. So a
// rescuer looks who is alive:
//
//   - SQLite belongs to one process: whatever runs when it starts is left behind.
//   - On PostgreSQL each instance holds an advisory lock in a connection of its
//     own for as long as it lives. The server drops it the moment the process
//     dies, and the other instances (or the next one) take its jobs over.
//
// A living instance can leave a job behind too: when the database was away at the
// moment at which its end was to be written. So each also looks for jobs in its
// own name that it is not working on.
//
// River's own rescue stays behind it for instances that vanish from the network.
type rescuer struct {
	id   string
	db   *database.DB
	log  *slog.Logger
	mine *atWork
	end  context.CancelFunc
	done chan struct{}
}

// instanceID names this process in the rows of its jobs.
func instanceID() string {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "unknown"
	}
	return fmt.Sprintf("%.40s-%d-%s", host, os.Getpid(), id.Token()[:12])
}

const (
	lookEvery = time.Second
	// deadFor is how long an instance's lock must be gone before its jobs are
	// taken over: it may only be reconnecting. A job that runs twice all the same
	// does no harm.
	deadFor = 3 * time.Second
	// idleFor is how long a job of our own may be marked as running and not be: River
	// writes the end of jobs in batches and tries again when it cannot.
	idleFor = 10 * time.Second
)

// atWork knows which jobs this process is working on.
type atWork struct {
	mu   sync.Mutex
	jobs map[try]bool
}

func (w *atWork) set(job int64, attempt int, on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := (try{job, attempt}); on {
		w.jobs[t] = true
	} else {
		delete(w.jobs, t)
	}
}

func (w *atWork) has(t try) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.jobs[t]
}

// again puts a job back whose instance was killed: at once the first two times,
// then with growing pauses, in case it is the job that kills. A job that may be
// tried once only (a periodic one) gets a second try and is then thrown away; its
// next turn comes anyway.
const again = `UPDATE river_job SET
	state = (CASE WHEN attempt <= 2 THEN 'available' WHEN attempt < max_attempts THEN 'retryable' ELSE 'discarded' END)%[1]s,
	max_attempts = CASE WHEN attempt <= 2 AND max_attempts <= attempt THEN attempt + 1 ELSE max_attempts END,
	finalized_at = CASE WHEN attempt <= 2 OR attempt < max_attempts THEN NULL ELSE %[2]s END,
	scheduled_at = CASE WHEN attempt <= 2 THEN scheduled_at ELSE %[3]s END
	WHERE state = 'running'`

// sqliteAgain fills again for SQLite.
var sqliteAgain = []any{"", "datetime('now', 'subsec')", "datetime('now', 'subsec', (attempt * attempt) || ' seconds')"}

func (r *rescuer) start(ctx context.Context) error {
	watching, end := context.WithCancel(context.WithoutCancel(ctx))
	if r.db.Dialect() == database.SQLite {
		if err := r.startSQLite(ctx); err != nil {
			end()
			return err
		}
		r.watch(watching, end, func(ctx context.Context, missing map[try]time.Time) error {
			return r.look(ctx, r.db.SQL(), "SELECT id, attempt, TRUE FROM river_job WHERE state = 'running'", missing)
		}, func() {})
		return nil
	}
	conn, err := r.present(ctx)
	if err != nil {
		end()
		return fmt.Errorf("jobs: this instance's lock: %w", err)
	}
	if err := r.dethrone(ctx, conn); err != nil {
		end()
		return errors.Join(err, discard(conn))
	}
	leave := func() {
		if conn != nil {
			_ = discard(conn)
			conn = nil
		}
	}
	r.watch(watching, end, func(ctx context.Context, missing map[try]time.Time) (err error) {
		if conn == nil { // the last look failed: come back with a new connection
			if conn, err = r.present(ctx); err != nil {
				return err
			}
		}
		if err = r.dethrone(ctx, conn); err == nil {
			err = r.look(ctx, conn, suspects(r.id), missing)
		}
		if err != nil {
			leave()
		}
		return err
	}, leave)
	return nil
}

// startSQLite takes over everything: nobody else can be there.
func (r *rescuer) startSQLite(ctx context.Context) error {
	if _, err := r.db.SQL().ExecContext(ctx, "DELETE FROM river_leader"); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	done, err := r.db.SQL().ExecContext(ctx, fmt.Sprintf(again, sqliteAgain...))
	if err != nil {
		return fmt.Errorf("jobs: rescue: %w", err)
	}
	if n, err := done.RowsAffected(); err == nil && n > 0 {
		r.log.WarnContext(ctx, "jobs of a killed process taken over", "jobs", n)
	}
	return nil
}

// stop gives the lock back.
func (r *rescuer) stop() error {
	if r.end != nil {
		r.end()
		<-r.done
	}
	return nil
}

// lockClass keeps the locks of two installations in one database apart.
const lockClass = "hashtext('lapak instance ' || current_schema())"

// present keeps a connection of the pool for itself and takes this instance's
// lock in it.
func (r *rescuer) present(ctx context.Context) (*sql.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := r.db.SQL().Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock("+lockClass+", hashtext($1))", r.id); err != nil {
		return nil, errors.Join(err, discard(conn))
	}
	return conn, nil
}

// discard gives a connection back without its locks. (Ending it is not ours to
// decide: the pool keeps it.)
func discard(conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock_all()")
	if err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // broken, or busy: not for reuse
	}
	if err := conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil
}

// alive is true of the instance whose name replaces %s.
const alive = `EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
	AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
	AND l.classid = ` + lockClass + `::oid AND l.objid = hashtext(%s)::oid)`

// dethrone lets somebody else lead when the leader is gone. A leader who is only
// reconnecting sees at its next turn that it no longer leads.
func (r *rescuer) dethrone(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "DELETE FROM river_leader WHERE NOT "+fmt.Sprintf(alive, "leader_id")); err != nil {
		return fmt.Errorf("jobs: leader: %w", err)
	}
	return nil
}

// watch looks every second until stop, and leaves.
func (r *rescuer) watch(ctx context.Context, end context.CancelFunc, look func(context.Context, map[try]time.Time) error, leave func()) {
	r.end, r.done = end, make(chan struct{})
	go func() {
		defer close(r.done)
		defer leave()
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		missing := map[try]time.Time{}
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			looking, cancel := context.WithTimeout(ctx, 5*time.Second)
			err := look(looking, missing)
			cancel()
			if err != nil && ctx.Err() == nil {
				r.log.WarnContext(ctx, "jobs: nobody looks for jobs left behind", "error", err)
				clear(missing)
			}
		}
	}()
}

// try is one attempt at one job: a later attempt is somebody else's.
type try struct {
	job     int64
	attempt int
}

// suspects are the jobs that are marked as running by the dead (false) or by this
// instance (true).
func suspects(me string) string {
	const by = "attempted_by[array_upper(attempted_by, 1)]"
	return "SELECT id, attempt, " + by + " = '" + strings.ReplaceAll(me, "'", "''") + "' FROM river_job WHERE state = 'running' AND (" +
		by + " = '" + strings.ReplaceAll(me, "'", "''") + "' OR NOT " + fmt.Sprintf(alive, by) + ")"
}

// querier is a connection or a pool.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// look puts the jobs back whose instance has been gone for deadFor, and our own
// that nobody has worked on for idleFor.
func (r *rescuer) look(ctx context.Context, db querier, query string, missing map[try]time.Time) error {
	gone, err := r.gone(ctx, db, query)
	if err != nil {
		return err
	}
	now := time.Now()
	for t, patience := range gone {
		since, known := missing[t]
		if !known {
			missing[t] = now
			continue
		}
		if now.Sub(since) < patience {
			continue
		}
		set, where := fmt.Sprintf(again, "::river_job_state", "now()", "now() + make_interval(secs => attempt * attempt)"), " AND id = $1 AND attempt = $2"
		if r.db.Dialect() == database.SQLite {
			set = fmt.Sprintf(again, sqliteAgain...)
		}
		if _, err := db.ExecContext(ctx, set+where, t.job, t.attempt); err != nil {
			return err
		}
		r.log.WarnContext(ctx, "job left behind taken over", "job", t.job, "attempt", t.attempt)
	}
	for t := range missing {
		if _, still := gone[t]; !still {
			delete(missing, t)
		}
	}
	return nil
}

// gone lists what is marked as running and is not, with how long that may last.
func (r *rescuer) gone(ctx context.Context, db querier, query string) (map[try]time.Duration, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	found := map[try]time.Duration{}
	for rows.Next() {
		var t try
		var mine bool
		if err := rows.Scan(&t.job, &t.attempt, &mine); err != nil {
			return nil, err
		}
		switch {
		case !mine:
			found[t] = deadFor
		case !r.mine.has(t):
			found[t] = idleFor
		}
	}
	return found, rows.Err()
}
