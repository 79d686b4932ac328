package jobs

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"log/slog"
	"os"
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
// River's own rescue stays behind it for instances that vanish from the network.
type rescuer struct {
	id   string
	db   *database.DB
	log  *slog.Logger
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
)

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

func (r *rescuer) start(ctx context.Context) error {
	if r.db.Dialect() == database.SQLite {
		return r.startSQLite(ctx)
	}
	conn, err := r.present(ctx)
	if err != nil {
		return fmt.Errorf("jobs: this instance's lock: %w", err)
	}
	if err := r.dethrone(ctx, conn); err != nil {
		return errors.Join(err, discard(conn))
	}
	watching, end := context.WithCancel(context.WithoutCancel(ctx))
	r.end, r.done = end, make(chan struct{})
	go r.watch(watching, conn)
	return nil
}

// startSQLite takes over everything: nobody else can be there.
func (r *rescuer) startSQLite(ctx context.Context) error {
	if _, err := r.db.SQL().ExecContext(ctx, "DELETE FROM river_leader"); err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	done, err := r.db.SQL().ExecContext(ctx, fmt.Sprintf(again, "", "datetime('now', 'subsec')", "datetime('now', 'subsec', (attempt * attempt) || ' seconds')"))
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

// watch looks for jobs of the dead until ctx ends. After trouble with its
// connection it comes back with a new one.
func (r *rescuer) watch(ctx context.Context, conn *sql.Conn) {
	defer close(r.done)
	defer func() {
		if conn != nil {
			_ = discard(conn)
		}
	}()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	missing := map[try]time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var err error
		if conn == nil {
			conn, err = r.present(ctx)
		}
		if err == nil {
			err = r.look(ctx, conn, missing)
		}
		if err != nil && ctx.Err() == nil {
			r.log.WarnContext(ctx, "jobs: nobody looks for killed instances", "error", err)
			if conn != nil {
				_ = discard(conn)
				conn = nil
			}
			clear(missing)
		}
	}
}

// try is one attempt at one job: a later attempt is somebody else's.
type try struct {
	job     int64
	attempt int16
}

// look puts the jobs back whose instance has been gone for deadFor.
func (r *rescuer) look(ctx context.Context, conn *sql.Conn, missing map[try]time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := r.dethrone(ctx, conn); err != nil {
		return err
	}
	rows, err := conn.QueryContext(ctx, "SELECT id, attempt FROM river_job WHERE state = 'running' AND NOT "+
		fmt.Sprintf(alive, "attempted_by[array_upper(attempted_by, 1)]"))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var gone []try
	for rows.Next() {
		var t try
		if err := rows.Scan(&t.job, &t.attempt); err != nil {
			return err
		}
		gone = append(gone, t)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	now := time.Now()
	seen := map[try]bool{}
	for _, t := range gone {
		seen[t] = true
		since, known := missing[t]
		if !known {
			missing[t] = now
			continue
		}
		if now.Sub(since) < deadFor {
			continue
		}
		query := fmt.Sprintf(again, "::river_job_state", "now()", "now() + make_interval(secs => attempt * attempt)") + " AND id = $1 AND attempt = $2"
		if _, err := conn.ExecContext(ctx, query, t.job, t.attempt); err != nil {
			return err
		}
		r.log.WarnContext(ctx, "job of a killed instance taken over", "job", t.job, "attempt", t.attempt)
	}
	for t := range missing {
		if !seen[t] {
			delete(missing, t)
		}
	}
	return nil
}
