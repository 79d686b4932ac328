package runs

import (
	"context"
	"fmt"
	"os"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/build"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// Process is one running program.
type Process struct {
	Name    string // unlike any other's: the machine's name and random characters
	Version string
	Started time.Time // by its own clock
}

// ThisProcess names the running program; call it once per composed program.
func ThisProcess() Process {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "lapak"
	}
	return Process{Name: clip(host, 60) + "-" + id.Token()[:8], Version: build.Version(), Started: time.Now().UTC()}
}

// Instance is a process that serves this database.
type Instance struct {
	Name       string `gorm:"primaryKey"`
	Version    string
	StartedAt  time.Time
	SeenAt     time.Time
	WorkedAt   *time.Time // when its job runner last proved itself; nil = not yet
	Draining   bool
	SkewMicros int64 // its own clock minus the database's
}

// TableName is the table of Instance.
func (Instance) TableName() string { return "instances" }

// Skew is how far the instance's clock is ahead of the database's.
func (i Instance) Skew() time.Duration { return time.Duration(i.SkewMicros) * time.Microsecond }

// Beat is what a process tells of itself.
type Beat struct {
	Worked   time.Time // by its own clock; zero = its runner has not worked yet
	Draining bool
}

// forgotten is how long a silent process stays listed.
const forgotten = 24 * time.Hour

// Beat records that this process lives, and forgets processes that have been
// silent for a day. It returns this process's clock minus the database's, halfway
// through the asking, so that a slow answer does not look like a wrong clock.
func (s *Service) Beat(ctx context.Context, b Beat) (skew time.Duration, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		before := time.Now()
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		middle := before.Add(time.Since(before) / 2)
		skew = middle.Sub(now.Add(-s.db.Clock().Offset()))
		started := now.Add(s.process.Started.Sub(middle)).Truncate(time.Microsecond)
		var worked *time.Time
		if !b.Worked.IsZero() {
			at := now.Add(b.Worked.Sub(middle)).Truncate(time.Microsecond)
			worked = &at
		}
		err = tx.Exec(`INSERT INTO instances (name, version, started_at, seen_at, worked_at, draining, skew_micros) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, worked_at = excluded.worked_at,
				draining = excluded.draining, skew_micros = excluded.skew_micros`,
			s.process.Name, s.process.Version, started, now, worked, b.Draining, skew.Microseconds()).Error
		if err != nil {
			return err
		}
		return tx.Exec("DELETE FROM instances WHERE seen_at < ?", now.Add(-forgotten)).Error
	})
	if err != nil {
		return 0, fmt.Errorf("runs: beat: %w", err)
	}
	return skew, nil
}

// Gone removes this process from the list, when it stops in order.
func (s *Service) Gone(ctx context.Context) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		return tx.Exec("DELETE FROM instances WHERE name = ?", s.process.Name).Error
	})
}

// Instances lists the processes seen in the last day, newest first.
func (s *Service) Instances(ctx context.Context) ([]Instance, error) {
	var rows []Instance
	if err := s.db.Read(ctx).Order("started_at DESC, name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("runs: %w", err)
	}
	return rows, nil
}
