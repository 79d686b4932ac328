package jobs_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/jobs"
)

type tick struct{}

func (tick) Kind() string { return "test_tick" }

// What a killed instance left behind is worked off by the next one at once, the
// periodic job too; nothing of a living instance is touched.
func TestTheNextInstanceTakesOverWhatAKilledOneLeft(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		q, err := jobs.NewQueue(db)
		require.NoError(t, err)
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			if err := q.InsertTx(ctx, tx, hello{"left behind"}); err != nil {
				return err
			}
			if err := q.InsertTx(ctx, tx, hello{"killed three times"}); err != nil {
				return err
			}
			return q.InsertTx(ctx, tx, tick{}, jobs.Unique())
		}))
		// As a kill leaves them: running, by somebody who is no more, who also led.
		gone := `'{"gone"}'`
		if db.Dialect() == database.SQLite {
			gone = `'["gone"]'`
		}
		exec := func(query string, args ...any) {
			t.Helper()
			_, err := db.SQL().ExecContext(ctx, query, args...)
			require.NoError(t, err)
		}
		exec("UPDATE river_job SET state = 'running', attempt = 1, attempted_at = CURRENT_TIMESTAMP, attempted_by = " + gone)
		exec("UPDATE river_job SET attempt = 3 WHERE id = (SELECT max(id) - 1 FROM river_job)")
		exec("UPDATE river_job SET max_attempts = 1 WHERE kind = 'test_tick'")
		soon := "CURRENT_TIMESTAMP + interval '1 hour'"
		if db.Dialect() == database.SQLite {
			soon = "datetime('now', '1 hour')"
		}
		exec("INSERT INTO river_leader (leader_id, elected_at, expires_at) VALUES ('gone', CURRENT_TIMESTAMP, " + soon + ")")

		done, ticks := make(chan string, 10), make(chan struct{}, 10)
		w := jobs.NewWorkers()
		jobs.Handle(w, time.Minute, func(_ context.Context, h hello) error { done <- h.Name; return nil })
		jobs.Handle(w, time.Minute, func(context.Context, tick) error { ticks <- struct{}{}; return nil })
		r, err := jobs.NewRunner(db, w, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.NoError(t, r.Start(ctx))
		defer func() { require.NoError(t, r.Stop(context.Background())) }()
		require.Equal(t, "left behind", receive(t, done))
		receive(t, ticks)
		require.Eventually(t, func() bool { // a job that perhaps kills waits a little
			var state string
			require.NoError(t, db.Read(ctx).Raw("SELECT state FROM river_job WHERE attempt = 3").Scan(&state).Error)
			return state == "retryable"
		}, 3*time.Minute, 20*time.Millisecond)
		require.Empty(t, done)
	})
}

func receive[T any](t *testing.T, from chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(3 * time.Minute):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// Two living instances leave each other's jobs alone, however long they take.
func TestALivingInstanceKeepsItsJobs(t *testing.T) {
	db := dbtest.PostgresDB(t)
	ctx := t.Context()
	q, err := jobs.NewQueue(db)
	require.NoError(t, err)
	begun, finish := make(chan string, 10), make(chan struct{})
	start := func() *jobs.Runner {
		w := jobs.NewWorkers()
		jobs.Handle(w, time.Minute, func(ctx context.Context, h hello) error {
			begun <- h.Name
			if h.Name == "long" {
				<-finish
			}
			return nil
		})
		r, err := jobs.NewRunner(db, w, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.NoError(t, r.Start(ctx))
		return r
	}
	insert := func(name string, opts ...jobs.Option) {
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return q.InsertTx(ctx, tx, hello{name}, opts...) }))
	}
	first := start()
	insert("long")
	require.Equal(t, "long", receive(t, begun))
	second := start()
	// Longer than the dead are waited for: nothing else comes in that time.
	insert("later", jobs.At(time.Now().Add(6*time.Second)))
	require.Equal(t, "later", receive(t, begun))
	close(finish)
	require.NoError(t, first.Stop(ctx))
	require.NoError(t, second.Stop(ctx))
	var states []string
	require.NoError(t, db.Read(ctx).Raw("SELECT state FROM river_job").Scan(&states).Error)
	require.Equal(t, []string{"completed", "completed"}, states)
}

// A job that outlasts the stop goes back to the queue.
func TestStopPutsUnfinishedJobsBack(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		q, err := jobs.NewQueue(db)
		require.NoError(t, err)
		begun := make(chan struct{}, 1)
		w := jobs.NewWorkers()
		jobs.Handle(w, time.Minute, func(ctx context.Context, _ hello) error {
			begun <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		})
		r, err := jobs.NewRunner(db, w, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.NoError(t, r.Start(ctx))
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return q.InsertTx(ctx, tx, hello{"endless"}) }))
		receive(t, begun)
		over, cancel := context.WithCancel(ctx)
		cancel()
		require.NoError(t, r.Stop(over))
		var state string
		require.NoError(t, db.Read(ctx).Raw("SELECT state FROM river_job").Scan(&state).Error)
		require.Contains(t, []string{"available", "retryable"}, state)
	})
}

// A job whose end could not be written, because the database was away, does not
// stay marked as running for ever.
func TestAJobWhoseEndWasLostRunsAgain(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		q, err := jobs.NewQueue(db)
		require.NoError(t, err)
		done := make(chan string, 10)
		w := jobs.NewWorkers()
		jobs.Handle(w, time.Minute, func(_ context.Context, h hello) error { done <- h.Name; return nil })
		r, err := jobs.NewRunner(db, w, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.NoError(t, r.Start(ctx))
		defer func() { require.NoError(t, r.Stop(context.Background())) }()
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error { return q.InsertTx(ctx, tx, hello{"lost"}) }))
		require.Equal(t, "lost", receive(t, done))
		require.Eventually(t, func() bool { // as if this had not been written
			undone, err := db.SQL().ExecContext(ctx, "UPDATE river_job SET state = 'running', finalized_at = NULL WHERE state = 'completed'")
			require.NoError(t, err)
			n, err := undone.RowsAffected()
			require.NoError(t, err)
			return n == 1
		}, 3*time.Minute, 20*time.Millisecond)
		require.Equal(t, "lost", receive(t, done))
	})
}
