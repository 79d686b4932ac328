// Package trail records who did what, for whom. It owns the table trail and is
// its only writer. ("Trail" is who did what; "audit" is the proof that rows agree.)
package trail

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
)

// Entry is one action. Note must never hold personal data or secrets.
type Entry struct {
	Actor    int64  // users.id of who acted; 0 = the system (jobs, timers, gateway)
	Subject  int64  // users.id of the person acted for; 0 = oneself
	Verb     string // "submit", "approve", "withdraw" …
	Object   string // table-like name: "submission", "order" …
	ObjectID int64
	Note     string
}

// Row is one recorded entry.
type Row struct {
	ID        int64
	CreatedAt time.Time
	ActorID   int64
	SubjectID int64
	Verb      string
	Object    string
	ObjectID  int64
	Note      string
}

// RecordTx appends the entry in the caller's transaction.
func RecordTx(ctx context.Context, tx *gorm.DB, e Entry) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = tx.Exec(`INSERT INTO trail (created_at, actor_id, subject_id, verb, object, object_id, note)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, now, e.Actor, e.Subject, e.Verb, e.Object, e.ObjectID, e.Note).Error
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	return nil
}

// Of returns the entries about one object, oldest first.
func Of(ctx context.Context, db *gorm.DB, object string, id int64) ([]Row, error) {
	var rows []Row
	err := db.WithContext(ctx).Raw(`SELECT id, created_at, actor_id, subject_id, verb, object, object_id, note
		FROM trail WHERE object = ? AND object_id = ? ORDER BY id`, object, id).Scan(&rows).Error
	return rows, err
}

// About returns the entries that a person did or that were done for or to them,
// oldest first. Callers pass the signed-in person's own id.
func About(ctx context.Context, db *gorm.DB, userID int64) ([]Row, error) {
	var rows []Row
	err := db.WithContext(ctx).Raw(`SELECT id, created_at, actor_id, subject_id, verb, object, object_id, note
		FROM trail WHERE actor_id = ? OR subject_id = ? OR (object = 'user' AND object_id = ?) ORDER BY id`, userID, userID, userID).Scan(&rows).Error
	return rows, err
}
