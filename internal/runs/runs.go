// Package runs records what was done to the whole installation (backups,
// restores, audits, imports, migrations, changes of keys) and which processes
// serve it. It owns the tables runs and instances.
//
// Nothing personal goes in: counts are numbers, notes and reports name rows by
// their ids.
package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// The kinds of operations.
const (
	Backup    = "backup"
	Restore   = "restore"
	Audit     = "audit"
	Import    = "import"
	Migrate   = "migrate"
	Keys      = "keys" // sealed values written again under the first key
	Reconcile = "reconcile"
	Sweep     = "sweep" // pictures nobody uses
)

// Outcome says how an operation ended.
type Outcome string

// The outcomes.
const (
	Running  Outcome = "running"
	OK       Outcome = "ok"
	Findings Outcome = "findings" // it was done, and found what has to be mended
	Failed   Outcome = "failed"
)

// limits keep a record small whatever it is told.
const (
	maxNote   = 500
	maxReport = 20_000
)

// Run is one operation. Times are the database's.
type Run struct {
	ID         int64
	Kind       string
	Slot       string // what must happen once, such as a day; "" = as often as asked
	StartedAt  time.Time
	FinishedAt *time.Time // nil while running, or when the process died
	Outcome    Outcome
	Counts     map[string]int64 `gorm:"serializer:json"` // rows, files, bytes, findings…
	Note       string
	Report     string // lines, such as an audit's findings
	Version    string
	Instance   string
}

// TableName is the table of Run.
func (Run) TableName() string { return "runs" }

// Result is what Finish is told.
type Result struct {
	Counts map[string]int64
	Note   string // one line without personal data
	Report string // lines without personal data; cut at 20,000 characters
	Err    error  // not nil: failed. Only its text is kept, as the note; it must hold no secret
	Found  bool   // done, and something has to be mended
}

func (r Result) outcome() Outcome {
	switch {
	case r.Err != nil:
		return Failed
	case r.Found:
		return Findings
	}
	return OK
}

// Service records operations of one process.
type Service struct {
	db      *database.DB
	process Process
}

// NewService returns the service of one process over db.
func NewService(db *database.DB, p Process) *Service { return &Service{db: db, process: p} }

// Process is who this service records for.
func (s *Service) Process() Process { return s.process }

// Start records that an operation begins, in a transaction of its own, and
// returns it. The caller must Finish it, whatever happens.
func (s *Service) Start(ctx context.Context, kind string) (Run, error) {
	run, _, err := s.start(ctx, kind, "", 0)
	return run, err
}

// StartOnce is Start for what must happen once per slot over all instances, such
// as the audit of a day. It returns false when the slot is taken. A slot whose
// run failed, or never finished, can be taken again retry after that run began.
func (s *Service) StartOnce(ctx context.Context, kind, slot string, retry time.Duration) (Run, bool, error) {
	if slot == "" {
		return Run{}, false, errors.New("runs: an empty slot")
	}
	return s.start(ctx, kind, slot, retry)
}

func (s *Service) start(ctx context.Context, kind, slot string, retry time.Duration) (run Run, started bool, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		run = Run{Kind: kind, Slot: slot, StartedAt: now, Outcome: Running, Counts: map[string]int64{}, Version: s.process.Version, Instance: s.process.Name}
		if slot != "" {
			again := tx.Exec(`UPDATE runs SET started_at = ?, finished_at = NULL, outcome = 'running', counts = '{}', note = '', report = '', version = ?, instance = ?
				WHERE kind = ? AND slot = ? AND outcome IN ('running', 'failed') AND started_at < ?`,
				now, run.Version, run.Instance, kind, slot, now.Add(-retry))
			if again.Error != nil {
				return again.Error
			}
			if started = again.RowsAffected == 1; started {
				return tx.Where("kind = ? AND slot = ?", kind, slot).Take(&run).Error
			}
			var taken int64
			if err := tx.Model(&Run{}).Where("kind = ? AND slot = ?", kind, slot).Count(&taken).Error; err != nil || taken > 0 {
				return err
			}
		}
		started = true
		return tx.Create(&run).Error
	})
	if slot != "" && errors.Is(err, gorm.ErrDuplicatedKey) {
		return Run{}, false, nil // another instance was first
	}
	if err != nil {
		return Run{}, false, fmt.Errorf("runs: start %s: %w", kind, err)
	}
	return run, started, nil
}

// Finish records how the operation ended, once: finishing again changes nothing.
// It works although ctx has ended, so that an interrupted operation says so.
func (s *Service) Finish(ctx context.Context, run Run, r Result) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if r.Err != nil && r.Note == "" {
		r.Note = r.Err.Error()
	}
	counts, err := json.Marshal(noNil(r.Counts))
	if err != nil {
		return fmt.Errorf("runs: %w", err)
	}
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Exec(`UPDATE runs SET finished_at = ?, outcome = ?, counts = ?, note = ?, report = ?
			WHERE id = ? AND outcome = 'running' AND instance = ?`,
			now, string(r.outcome()), string(counts), clip(r.Note, maxNote), clip(r.Report, maxReport), run.ID, run.Instance).Error
	})
	if err != nil {
		return fmt.Errorf("runs: finish %s: %w", run.Kind, err)
	}
	return nil
}

// Record writes an operation that is over, for those that could not be recorded
// while they went on (a restore replaces the database it would be recorded in).
func (s *Service) Record(ctx context.Context, kind string, took time.Duration, r Result) error {
	if r.Err != nil && r.Note == "" {
		r.Note = r.Err.Error()
	}
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Create(&Run{
			Kind: kind, StartedAt: now.Add(-took), FinishedAt: &now, Outcome: r.outcome(), Counts: noNil(r.Counts),
			Note: clip(r.Note, maxNote), Report: clip(r.Report, maxReport), Version: s.process.Version, Instance: s.process.Name,
		}).Error
	})
	if err != nil {
		return fmt.Errorf("runs: record %s: %w", kind, err)
	}
	return nil
}

// Last is the latest operation of the kind, running or over. Fault: not found
// when there was none.
func (s *Service) Last(ctx context.Context, kind string) (Run, error) {
	return s.last(ctx, "kind = ?", kind)
}

// LastDone is the latest operation of the kind that came to its end, with or
// without findings. Fault: not found when there was none.
func (s *Service) LastDone(ctx context.Context, kind string) (Run, error) {
	return s.last(ctx, "kind = ? AND outcome IN ('ok', 'findings')", kind)
}

func (s *Service) last(ctx context.Context, where string, args ...any) (Run, error) {
	var found []Run
	err := s.db.Read(ctx).Where(where, args...).Order("started_at DESC, id DESC").Limit(1).Find(&found).Error
	if err != nil {
		return Run{}, fmt.Errorf("runs: %w", err)
	}
	if len(found) == 0 {
		return Run{}, fault.NotFound("run")
	}
	return found[0], nil
}

// Recent lists operations, newest first.
func (s *Service) Recent(ctx context.Context, limit int) ([]Run, error) {
	var rows []Run
	if err := s.db.Read(ctx).Order("started_at DESC, id DESC").Limit(limit).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("runs: %w", err)
	}
	return rows, nil
}

func noNil(m map[string]int64) map[string]int64 {
	if m == nil {
		return map[string]int64{}
	}
	return m
}

// clip cuts s to at most n bytes, at a whole character.
func clip(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
