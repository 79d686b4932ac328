package curation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
)

const (
	// Present is how long somebody counts as having a page open after it was last
	// heard of.
	Present = time.Minute
	// fresh is how long nothing is written again: an open page asks more often.
	fresh = 15 * time.Second
)

// Attend notes that the actor has the submission open and returns the names of
// the others who do, by name; what was noted is forgotten within the hour. Who
// may and the errors are those of Review.
func (s *Service) Attend(ctx context.Context, actor account.Actor, submissionID int64) ([]string, error) {
	if err := looks(actor); err != nil {
		return nil, err
	}
	if _, err := s.catalog.Submission(ctx, actor, submissionID); err != nil {
		return nil, err
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var here []struct {
		CuratorID int64
		SeenAt    time.Time
	}
	err = db.Raw(`SELECT curator_id, seen_at FROM desk_presence WHERE submission_id = ? AND seen_at > ?`, submissionID, now.Add(-Present)).Scan(&here).Error
	if err != nil {
		return nil, fmt.Errorf("curation: presence: %w", err)
	}
	known := false
	var others []int64
	for _, h := range here {
		if h.CuratorID != actor.UserID {
			others = append(others, h.CuratorID)
		} else if h.SeenAt.After(now.Add(-fresh)) {
			known = true
		}
	}
	if !known {
		if err := s.noteHere(ctx, actor, submissionID); err != nil {
			return nil, err
		}
	}
	found, err := s.people.Users(ctx, others)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(others))
	for _, id := range others {
		names = append(names, found[id].Name)
	}
	slices.Sort(names)
	return names, nil
}

func (s *Service) noteHere(ctx context.Context, actor account.Actor, submissionID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.Exec(`DELETE FROM desk_presence WHERE seen_at < ?`, now.Add(-time.Hour)).Error; err != nil {
			return fmt.Errorf("curation: forget presence: %w", err)
		}
		err = tx.Exec(`INSERT INTO desk_presence (submission_id, curator_id, seen_at) VALUES (?, ?, ?)
			ON CONFLICT (submission_id, curator_id) DO UPDATE SET seen_at = excluded.seen_at`, submissionID, actor.UserID, now).Error
		if err != nil {
			return fmt.Errorf("curation: note presence: %w", err)
		}
		return nil
	})
}
