package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/jobs"
)

type flaky struct{ Fail bool }

func (flaky) Kind() string { return "flaky_test" }

type counted struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *counted) Worked(kind, outcome string, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[kind+" "+outcome]++
}

func (c *counted) of(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[what]
}

func enqueue(t *testing.T, db *database.DB, q *jobs.Queue, args jobs.Args) {
	t.Helper()
	require.NoError(t, database.InTx(t.Context(), db, func(tx *gorm.DB) error { return q.InsertTx(t.Context(), tx, args) }))
}

func TestARunnerProvesThatItWorks(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		runner, err := jobs.NewRunner(db, jobs.NewWorkers(), slog.New(slog.DiscardHandler), jobs.As("this-process"))
		require.NoError(t, err)
		require.False(t, runner.Working(), "not before it was started")
		require.NoError(t, runner.Start(t.Context()))
		require.Eventually(t, runner.Working, 3*time.Minute, 5*time.Millisecond)
		require.NoError(t, runner.Stop(context.Background()))
		h, err := jobs.Look(t.Context(), db)
		require.NoError(t, err)
		require.Empty(t, h.Depths, "proofs are no work")

		w := jobs.NewWorkers()
		jobs.Handle(w, time.Second, func(context.Context, flaky) error { return nil })
		silent, err := jobs.NewRunner(db, w, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.False(t, silent.Working())
		require.NoError(t, silent.Start(t.Context()))
		require.NoError(t, silent.Stop(context.Background()))
		require.True(t, silent.Worked().IsZero())
	})
}

func TestFailedJobsAreSeenTriedAgainAndForgotten(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		q, err := jobs.NewQueue(db)
		require.NoError(t, err)
		enqueue(t, db, q, flaky{Fail: true})
		waiting, err := jobs.Look(t.Context(), db)
		require.NoError(t, err)
		require.Equal(t, []jobs.Depth{{Queue: "default", State: "available", Count: 1}}, waiting.Depths)

		watch := &counted{seen: map[string]int{}}
		w := jobs.NewWorkers()
		jobs.Handle(w, time.Second, func(_ context.Context, f flaky) error {
			if f.Fail {
				return jobs.Cancel(errors.New("no such account 7712345678"))
			}
			return errors.New("later")
		})
		runner, err := jobs.NewRunner(db, w, slog.New(slog.DiscardHandler), jobs.As("x"), jobs.Watched(watch))
		require.NoError(t, err)
		require.NoError(t, runner.Start(t.Context()))
		require.Eventually(t, func() bool { return watch.of("flaky_test cancelled") == 1 }, 3*time.Minute, 5*time.Millisecond)
		enqueue(t, db, q, flaky{})
		require.Eventually(t, func() bool {
			trouble, err := jobs.Troubles(t.Context(), db, 10)
			return err == nil && len(trouble) == 1
		}, 3*time.Minute, 5*time.Millisecond)
		require.NoError(t, runner.Stop(context.Background()))
		trouble, err := jobs.Troubles(t.Context(), db, 10)
		require.NoError(t, err)
		require.Equal(t, "later", trouble[0].Error)
		require.Equal(t, "flaky_test", trouble[0].Kind)
		require.False(t, trouble[0].GivenUp)
		require.False(t, trouble[0].LastTime.IsZero())
		require.Positive(t, watch.of("flaky_test failed"))
		require.Zero(t, watch.of("jobs_pulse ok"))

		act := func(do func(context.Context, *gorm.DB, int64) (string, error), id int64) (kind string, err error) {
			err = database.InTx(t.Context(), db, func(tx *gorm.DB) error {
				kind, err = do(t.Context(), tx, id)
				return err
			})
			return kind, err
		}
		_, err = act(q.RemoveTx, trouble[0].ID)
		require.True(t, fault.Is(err, fault.KindNotFound), "it will be tried again by itself")
		kind, err := act(q.RetryTx, trouble[0].ID)
		require.NoError(t, err)
		require.Equal(t, "flaky_test", kind)
		h, err := jobs.Look(t.Context(), db)
		require.NoError(t, err)
		require.Equal(t, []jobs.Depth{{Queue: "default", State: "available", Count: 1}}, h.Depths, "it may run now")

		require.NoError(t, database.InTx(t.Context(), db, func(tx *gorm.DB) error {
			return tx.Exec("UPDATE river_job SET state = 'discarded', finalized_at = created_at WHERE id = ?", trouble[0].ID).Error
		}))
		trouble, err = jobs.Troubles(t.Context(), db, 10)
		require.NoError(t, err)
		require.True(t, trouble[0].GivenUp)
		_, err = act(q.RemoveTx, trouble[0].ID)
		require.NoError(t, err)
		_, err = act(q.RetryTx, trouble[0].ID)
		require.True(t, fault.Is(err, fault.KindNotFound))
	})
}
