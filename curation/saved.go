package curation

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// MaxSavedTitle is how long the name of a saved answer may be, in letters; its
// words may be as long as a note.
const MaxSavedTitle = 60

// SavedAnswer is a comment that curators use again.
type SavedAnswer struct {
	ID        int64
	Aspect    Aspect
	Title     string // for the curator who looks for it
	Body      string // for the maker
	Retired   bool   // no longer offered
	Used      int64  // how often it was taken into a comment
	CreatedBy int64  // users.id; 0: came with the program
	UpdatedAt time.Time
}

// SavedAnswers returns every saved answer by aspect, those used most first, to the
// desk's people; retired ones only when asked for.
func (l *Library) SavedAnswers(ctx context.Context, actor account.Actor, retired bool) ([]SavedAnswer, error) {
	if err := looks(actor); err != nil {
		return nil, err
	}
	var rows []SavedAnswer
	err := l.db.Read(ctx).Raw(`SELECT id, aspect, title, body, retired, used, created_by, updated_at FROM saved_answers
		WHERE NOT retired OR ? ORDER BY retired, used DESC, id`, retired).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("curation: saved answers: %w", err)
	}
	var out []SavedAnswer
	for _, aspect := range Aspects() {
		for _, r := range rows {
			if r.Aspect == aspect {
				r.UpdatedAt = r.UpdatedAt.UTC()
				out = append(out, r)
			}
		}
	}
	return out, nil
}

// SaveAnswer writes a saved answer, a new one (id 0) or in the place of another;
// the same words for the same aspect again change nothing. Curators may. Faults
// are on aspek, nama and kata; an answer that does not exist is not found.
func (l *Library) SaveAnswer(ctx context.Context, actor account.Actor, in SavedAnswer) error {
	if err := writes(actor); err != nil {
		return err
	}
	in.Title, in.Body = line(in.Title), clean(in.Body)
	bad := fault.Invalid("fault.form")
	if !slices.Contains(Aspects(), in.Aspect) {
		bad.With("aspek", "saved.aspect")
	}
	if !says(in.Title) || letters(in.Title) > MaxSavedTitle {
		bad.With("nama", "saved.title", "max", MaxSavedTitle)
	}
	switch {
	case !says(in.Body):
		bad.With("kata", "curation.note_words")
	case letters(in.Body) > MaxNote:
		bad.With("kata", "curation.note_too_long", "max", MaxNote)
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	return database.InTx(ctx, l.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var id int64
		if in.ID == 0 {
			err = tx.Raw(`INSERT INTO saved_answers (aspect, title, body, created_by, created_at, updated_at)
				SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM saved_answers WHERE aspect = ? AND title = ? AND body = ? AND NOT retired) RETURNING id`,
				in.Aspect, in.Title, in.Body, actor.UserID, now, now, in.Aspect, in.Title, in.Body).Scan(&id).Error
			if err == nil && id == 0 { // the same form, sent twice
				return nil
			}
		} else {
			err = tx.Raw(`UPDATE saved_answers SET aspect = ?, title = ?, body = ?, updated_at = ? WHERE id = ? RETURNING id`,
				in.Aspect, in.Title, in.Body, now, in.ID).Scan(&id).Error
		}
		if err != nil {
			return fmt.Errorf("curation: save answer: %w", err)
		}
		return savedTx(ctx, tx, actor, id, "edit")
	})
}

// RetireAnswer takes a saved answer out of use, or back into it. Curators may;
// one that does not exist is not found.
func (l *Library) RetireAnswer(ctx context.Context, actor account.Actor, answerID int64, retired bool) error {
	if err := writes(actor); err != nil {
		return err
	}
	return database.InTx(ctx, l.db, func(tx *gorm.DB) error {
		var id int64
		if err := tx.Raw(`UPDATE saved_answers SET retired = ? WHERE id = ? RETURNING id`, retired, answerID).Scan(&id).Error; err != nil {
			return fmt.Errorf("curation: retire answer: %w", err)
		}
		verb := "restore"
		if retired {
			verb = "retire"
		}
		return savedTx(ctx, tx, actor, id, verb)
	})
}

// CountUse counts that a curator took a saved answer into a comment. Curators may;
// one that does not exist is not found. It only orders the list, so it is not in
// the trail.
func (l *Library) CountUse(ctx context.Context, actor account.Actor, answerID int64) error {
	if err := writes(actor); err != nil {
		return err
	}
	return database.InTx(ctx, l.db, func(tx *gorm.DB) error {
		r := tx.Exec(`UPDATE saved_answers SET used = used + 1 WHERE id = ?`, answerID)
		if r.Error == nil && r.RowsAffected == 0 {
			return fault.NotFound("saved answer")
		}
		return r.Error
	})
}

// savedTx records a change of a saved answer; id 0 says that there is none.
func savedTx(ctx context.Context, tx *gorm.DB, actor account.Actor, id int64, verb string) error {
	if id == 0 {
		return fault.NotFound("saved answer")
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: verb, Object: "saved_answer", ObjectID: id})
}

// line is clean on one line.
func line(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }
