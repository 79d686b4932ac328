package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river/rivertype"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/story"
)

// Depth is how many jobs of one queue are in one state. States are River's:
// available, running, scheduled, retryable (failed, to be tried again),
// discarded (given up), pending. Finished jobs are not counted.
type Depth struct {
	Queue string
	State string
	Count int64
}

// Trouble is a job that failed: it will be tried again, or was given up.
type Trouble struct {
	ID       int64
	Kind     string
	Attempt  int
	Max      int
	GivenUp  bool
	LastTime time.Time // of its last failure; zero when unknown
	Error    string    // its last error, without personal data, cut short
}

// Health is how the queues stand.
type Health struct {
	Depths []Depth
	Oldest time.Duration // how long the oldest job that could run has been waiting
}

const countedStates = "('available', 'running', 'scheduled', 'retryable', 'discarded', 'pending')"

// Look counts the jobs of every instance. It reads by index and may be called
// every few seconds.
func Look(ctx context.Context, db *database.DB) (Health, error) {
	var h Health
	read := db.Read(ctx)
	err := read.Raw("SELECT queue, CAST(state AS TEXT) AS state, COUNT(*) AS count FROM river_job WHERE state IN "+countedStates+
		" AND kind <> ? GROUP BY queue, state ORDER BY queue, state", pulseKind).Scan(&h.Depths).Error
	if err != nil {
		return h, fmt.Errorf("jobs: %w", err)
	}
	age := "CAST(extract(epoch FROM now() - min(scheduled_at)) * 1000 AS BIGINT)"
	due := "scheduled_at <= now()"
	if db.Dialect() == database.SQLite {
		age = "CAST((unixepoch('subsec') - unixepoch(min(scheduled_at), 'subsec')) * 1000 AS INTEGER)"
		due = "unixepoch(scheduled_at, 'subsec') <= unixepoch('subsec')"
	}
	var millis *int64
	err = read.Raw("SELECT "+age+" FROM river_job WHERE state IN ('available', 'retryable', 'scheduled') AND "+due+" AND kind <> ?", pulseKind).Scan(&millis).Error
	if err != nil {
		return h, fmt.Errorf("jobs: oldest: %w", err)
	}
	if millis != nil && *millis > 0 {
		h.Oldest = time.Duration(*millis) * time.Millisecond
	}
	return h, nil
}

// Troubles lists failed jobs, given up ones first, newest first.
func Troubles(ctx context.Context, db *database.DB, limit int) ([]Trouble, error) {
	// Both engines keep errors as a list of JSON objects, the last one newest.
	last := "CAST(errors[array_upper(errors, 1)] AS TEXT)"
	if db.Dialect() == database.SQLite {
		last = "json_extract(errors, '$[#-1]')"
	}
	var rows []struct {
		ID          int64
		Kind        string
		Attempt     int
		MaxAttempts int
		State       string
		Last        *string
	}
	err := db.Read(ctx).Raw("SELECT id, kind, attempt, max_attempts, CAST(state AS TEXT) AS state, "+last+` AS last FROM river_job
		WHERE state IN ('discarded', 'retryable') ORDER BY CASE WHEN state = 'discarded' THEN 0 ELSE 1 END, id DESC LIMIT ?`, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("jobs: troubles: %w", err)
	}
	out := make([]Trouble, len(rows))
	for i, r := range rows {
		out[i] = Trouble{ID: r.ID, Kind: r.Kind, Attempt: r.Attempt, Max: r.MaxAttempts, GivenUp: r.State == string(rivertype.JobStateDiscarded)}
		var e struct {
			At    time.Time `json:"at"`
			Error string    `json:"error"`
		}
		if r.Last != nil && json.Unmarshal([]byte(*r.Last), &e) == nil {
			out[i].LastTime, out[i].Error = e.At, short(story.Scrub(e.Error))
		}
	}
	return out, nil
}

func short(s string) string {
	const most = 160
	r := []rune(s)
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// RetryTx lets a failed job run again now. Who may do this is the caller's to
// decide. It returns the job's kind, for the trail. Fault: not found when there
// is no such failed job.
func (q *Queue) RetryTx(ctx context.Context, tx *gorm.DB, jobID int64) (kind string, err error) {
	if kind, err = failedKind(tx, jobID); err != nil {
		return "", err
	}
	return kind, gone(q.retry(ctx, database.SQLTx(tx), jobID))
}

// RemoveTx forgets a job that was given up: it will never run. Who may do this is
// the caller's to decide. Fault: not found when there is no such given-up job.
func (q *Queue) RemoveTx(ctx context.Context, tx *gorm.DB, jobID int64) (kind string, err error) {
	if kind, err = failedKind(tx.Where("state = 'discarded'"), jobID); err != nil {
		return "", err
	}
	return kind, gone(q.remove(ctx, database.SQLTx(tx), jobID))
}

func failedKind(tx *gorm.DB, jobID int64) (string, error) {
	var kinds []string
	err := tx.Table("river_job").Where("id = ? AND state IN ('discarded', 'retryable')", jobID).Pluck("kind", &kinds).Error
	if err != nil {
		return "", fmt.Errorf("jobs: %d: %w", jobID, err)
	}
	if len(kinds) == 0 {
		return "", fault.NotFound(fmt.Sprintf("failed job %d", jobID))
	}
	return kinds[0], nil
}

func gone(err error) error {
	if errors.Is(err, rivertype.ErrNotFound) {
		return fault.NotFound("job")
	}
	return err
}

// LastDone is when a job of each kind was last worked off without an error, as
// far as River remembers (a day). Kinds that never ended well are absent.
func LastDone(ctx context.Context, db *database.DB, kinds ...string) (map[string]time.Time, error) {
	at := "CAST(extract(epoch FROM max(finalized_at)) * 1000 AS BIGINT)"
	if db.Dialect() == database.SQLite {
		at = "CAST(unixepoch(max(finalized_at), 'subsec') * 1000 AS INTEGER)"
	}
	var rows []struct {
		Kind   string
		Millis int64
	}
	err := db.Read(ctx).Raw("SELECT kind, "+at+" AS millis FROM river_job WHERE state = 'completed' AND kind IN ? GROUP BY kind", kinds).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("jobs: last done: %w", err)
	}
	out := map[string]time.Time{}
	for _, r := range rows {
		out[r.Kind] = time.UnixMilli(r.Millis).UTC()
	}
	return out, nil
}
