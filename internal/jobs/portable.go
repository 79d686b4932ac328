package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
)

// Portable is a job that still has to run, in a form that both databases and
// every version of River understand. Backups keep these, so that what was
// promised to be done (send this refund, make this invoice) is done after a
// restore. Finished jobs and River's own tables are not kept.
type Portable struct {
	Kind        string          `json:"kind"`
	Args        json.RawMessage `json:"args"`
	Queue       string          `json:"queue"`
	Priority    int             `json:"priority"`
	MaxAttempts int             `json:"max_attempts"`
	ScheduledAt int64           `json:"scheduled_at"` // UTC microseconds
	Unique      bool            `json:"unique"`
}

// Pending calls fn for every job that still has to run, oldest first, as the
// transaction sees them. A running one counts: whoever runs it may not finish.
// A database without River's tables has none.
func Pending(ctx context.Context, tx *gorm.DB, fn func(Portable) error) error {
	exists := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'river_job'"
	query := `SELECT kind, CAST(args AS TEXT), queue, priority, max_attempts,
		CAST(round((julianday(scheduled_at) - 2440587.5) * 86400000) AS INTEGER) * 1000, unique_key IS NOT NULL`
	if tx.Dialector.Name() == database.Postgres {
		exists = "SELECT count(*) FROM pg_class WHERE relname = 'river_job' AND relnamespace = current_schema()::regnamespace"
		query = `SELECT kind, CAST(args AS TEXT), queue, priority, max_attempts,
			CAST(extract(epoch FROM scheduled_at) * 1000000 AS BIGINT), unique_key IS NOT NULL`
	}
	var n int64
	if err := tx.WithContext(ctx).Raw(exists).Scan(&n).Error; err != nil || n == 0 {
		return err
	}
	rows, err := tx.WithContext(ctx).Raw(query +
		" FROM river_job WHERE state IN ('available', 'pending', 'retryable', 'running', 'scheduled') ORDER BY id").Rows()
	if err != nil {
		return fmt.Errorf("jobs: pending: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var p Portable
		var args string
		if err := rows.Scan(&p.Kind, &args, &p.Queue, &p.Priority, &p.MaxAttempts, &p.ScheduledAt, &p.Unique); err != nil {
			return fmt.Errorf("jobs: pending: %w", err)
		}
		p.Args = json.RawMessage(args)
		if err := fn(p); err != nil {
			return err
		}
	}
	return rows.Err()
}

// carried gives River back the arguments as they were written.
type carried struct {
	kind string
	args json.RawMessage
}

func (c carried) Kind() string { return c.kind }

// MarshalJSON is the arguments themselves.
func (c carried) MarshalJSON() ([]byte, error) { return c.args, nil }

// RestoreTx inserts a job that another database still had to run. One whose time
// has come runs as soon as a runner starts; a unique one stays unique.
func (q *Queue) RestoreTx(ctx context.Context, tx *gorm.DB, p Portable) error {
	opts := []Option{func(o *river.InsertOpts) { o.Queue, o.Priority, o.MaxAttempts = p.Queue, p.Priority, p.MaxAttempts }}
	if at := time.UnixMicro(p.ScheduledAt).UTC(); at.After(time.Now()) { // River's clock is the machine's
		opts = append(opts, At(at))
	}
	if p.Unique {
		opts = append(opts, Unique())
	}
	return q.InsertTx(ctx, tx, carried{p.Kind, p.Args}, opts...)
}
