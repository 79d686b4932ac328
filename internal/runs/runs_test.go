package runs_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/runs"
)

func service(db *database.DB, name string) *runs.Service {
	return runs.NewService(db, runs.Process{Name: name, Version: "v1", Started: time.Now()})
}

func TestARunIsRecordedFromStartToEnd(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := service(db, "one")
		_, err := s.Last(t.Context(), runs.Backup)
		require.True(t, fault.Is(err, fault.KindNotFound))

		run, err := s.Start(t.Context(), runs.Backup)
		require.NoError(t, err)
		last, err := s.Last(t.Context(), runs.Backup)
		require.NoError(t, err)
		require.Equal(t, runs.Running, last.Outcome)
		require.Nil(t, last.FinishedAt)
		_, err = s.LastDone(t.Context(), runs.Backup)
		require.True(t, fault.Is(err, fault.KindNotFound), "a run under way is not done")

		ended, cancel := context.WithCancel(t.Context())
		cancel()
		require.NoError(t, s.Finish(ended, run, runs.Result{Counts: map[string]int64{"rows": 7}, Note: "ke /x"}), "an interrupted run says so")
		last, err = s.LastDone(t.Context(), runs.Backup)
		require.NoError(t, err)
		require.Equal(t, runs.OK, last.Outcome)
		require.Equal(t, map[string]int64{"rows": 7}, last.Counts)
		require.Equal(t, "v1", last.Version)
		require.Equal(t, "one", last.Instance)
		require.NotNil(t, last.FinishedAt)
		require.False(t, last.FinishedAt.Before(last.StartedAt))

		require.NoError(t, s.Finish(t.Context(), run, runs.Result{Err: errors.New("too late")}))
		last, err = s.LastDone(t.Context(), runs.Backup)
		require.NoError(t, err)
		require.Equal(t, runs.OK, last.Outcome, "the first end stays")

		require.NoError(t, s.Record(t.Context(), runs.Backup, time.Minute, runs.Result{Err: errors.New(strings.Repeat("é", 600))}))
		last, err = s.Last(t.Context(), runs.Backup)
		require.NoError(t, err)
		require.Equal(t, runs.OK, last.Outcome, "ordered by when it began")
		db.Clock().Advance(time.Hour)
		require.NoError(t, s.Record(t.Context(), runs.Backup, time.Minute, runs.Result{Err: errors.New(strings.Repeat("é", 600))}))
		last, err = s.Last(t.Context(), runs.Backup)
		require.NoError(t, err)
		require.Equal(t, runs.Failed, last.Outcome)
		require.LessOrEqual(t, len(last.Note), 500)
		require.Equal(t, time.Minute, last.FinishedAt.Sub(last.StartedAt))
		recent, err := s.Recent(t.Context(), 2)
		require.NoError(t, err)
		require.Len(t, recent, 2)
		require.Equal(t, last.ID, recent[0].ID)
	})
}

func TestASlotIsTakenOnceOverAllInstances(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		var won atomic.Int64
		var winner atomic.Value
		var all sync.WaitGroup
		for _, name := range []string{"one", "two", "three", "four"} {
			all.Go(func() {
				run, mine, err := service(db, name).StartOnce(t.Context(), runs.Audit, "2026-11-22", time.Hour)
				if err != nil {
					t.Error(err)
				}
				if mine {
					won.Add(1)
					winner.Store(run)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, won.Load())
		first := winner.Load().(runs.Run)

		other := service(db, "other")
		_, mine, err := other.StartOnce(t.Context(), runs.Audit, "2026-11-22", time.Hour)
		require.NoError(t, err)
		require.False(t, mine, "it is under way")
		_, mine, err = other.StartOnce(t.Context(), runs.Audit, "2026-11-23", time.Hour)
		require.NoError(t, err)
		require.True(t, mine, "another day")

		db.Clock().Advance(2 * time.Hour)
		again, mine, err := other.StartOnce(t.Context(), runs.Audit, "2026-11-22", time.Hour)
		require.NoError(t, err)
		require.True(t, mine, "whoever began it is gone")
		require.Equal(t, first.ID, again.ID)
		require.Equal(t, "other", again.Instance)

		late := service(db, first.Instance)
		require.NoError(t, late.Finish(t.Context(), first, runs.Result{Err: errors.New("slow")}))
		last, err := other.Last(t.Context(), runs.Audit)
		require.NoError(t, err)
		require.Equal(t, runs.Running, last.Outcome, "who lost the slot cannot end it")
		require.NoError(t, other.Finish(t.Context(), again, runs.Result{Found: true, Report: "I1"}))
		db.Clock().Advance(2 * time.Hour)
		_, mine, err = late.StartOnce(t.Context(), runs.Audit, "2026-11-22", time.Hour)
		require.NoError(t, err)
		require.False(t, mine, "what is done stays done")
	})
}

func TestInstancesTellThatTheyLive(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		one, two := service(db, "one"), service(db, "two")
		skew, err := one.Beat(t.Context(), runs.Beat{})
		require.NoError(t, err)
		require.Less(t, skew.Abs(), time.Minute, "this machine runs both clocks")
		_, err = two.Beat(t.Context(), runs.Beat{Worked: time.Now(), Draining: true})
		require.NoError(t, err)
		_, err = two.Beat(t.Context(), runs.Beat{Worked: time.Now(), Draining: true})
		require.NoError(t, err)
		seen, err := one.Instances(t.Context())
		require.NoError(t, err)
		require.Len(t, seen, 2)
		byName := map[string]runs.Instance{}
		for _, i := range seen {
			byName[i.Name] = i
		}
		require.Nil(t, byName["one"].WorkedAt)
		require.NotNil(t, byName["two"].WorkedAt)
		require.True(t, byName["two"].Draining)

		db.Clock().Advance(23 * time.Hour)
		_, err = one.Beat(t.Context(), runs.Beat{})
		require.NoError(t, err)
		require.NoError(t, one.Gone(t.Context()))
		seen, err = one.Instances(t.Context())
		require.NoError(t, err)
		require.Len(t, seen, 1)
		db.Clock().Advance(25 * time.Hour)
		_, err = one.Beat(t.Context(), runs.Beat{})
		require.NoError(t, err)
		seen, err = one.Instances(t.Context())
		require.NoError(t, err)
		require.Len(t, seen, 1)
		require.Equal(t, "one", seen[0].Name, "who was silent for a day is forgotten")
	})
}
