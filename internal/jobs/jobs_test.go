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
	"github.com/lapak-berdaya/lapak/internal/jobs"
)

type hello struct {
	Name string `json:"name"`
}

func (hello) Kind() string { return "test_hello" }

func TestJobsExistExactlyWhenTheirCauseWasCommitted(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := t.Context()
		q, err := jobs.NewQueue(db)
		require.NoError(t, err)

		done := make(chan string, 10)
		var mu sync.Mutex
		failed := false
		w := jobs.NewWorkers()
		jobs.Handle(w, time.Second, func(_ context.Context, h hello) error {
			mu.Lock()
			defer mu.Unlock()
			if h.Name == "snoozed" && !failed {
				failed = true
				return jobs.Snooze(0)
			}
			done <- h.Name
			return nil
		})
		r, err := jobs.NewRunner(db, w, slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		require.NoError(t, r.Start(ctx))
		defer func() { require.NoError(t, r.Stop(context.Background())) }()

		undo := errors.New("undo")
		err = database.InTx(ctx, db, func(tx *gorm.DB) error {
			require.NoError(t, q.InsertTx(ctx, tx, hello{"rolled back"}))
			return undo
		})
		require.ErrorIs(t, err, undo)
		require.NoError(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			if err := q.InsertTx(ctx, tx, hello{"snoozed"}); err != nil {
				return err
			}
			if err := q.InsertTx(ctx, tx, hello{"heavy"}, jobs.Slow()); err != nil {
				return err
			}
			later := jobs.At(time.Now().Add(time.Hour))
			if err := q.InsertTx(ctx, tx, hello{"later"}, later, jobs.Unique()); err != nil {
				return err
			}
			return q.InsertTx(ctx, tx, hello{"later"}, later, jobs.Unique())
		}))

		var ran []string
		for range 2 {
			select {
			case name := <-done:
				ran = append(ran, name)
			case <-time.After(3 * time.Minute):
				t.Fatal("a committed job did not run")
			}
		}
		require.ElementsMatch(t, []string{"snoozed", "heavy"}, ran)
		var waiting int64
		require.NoError(t, db.Read(ctx).Raw("SELECT count(*) FROM river_job WHERE state = 'scheduled'").Scan(&waiting).Error)
		require.EqualValues(t, 1, waiting)
		require.Empty(t, done)
	})
}
