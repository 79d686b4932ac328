package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Part is what one screen of the maker's form asks. Two people may work on different
// parts at once; on the same part the second one is told (DraftChange.Seen).
type Part string

// The parts.
const (
	PartTitle    Part = "title"
	PartCategory Part = "category"
	PartPrice    Part = "price"
	PartAmount   Part = "amount"
	PartDetails  Part = "details"
)

// Mark stands for what a part says: equal marks are equal words. It is no secret and
// no proof of anything; "" for an unknown part.
func (r Revision) Mark(part Part) string {
	var what []any
	switch part {
	case PartTitle:
		what = []any{r.Title}
	case PartCategory:
		what = []any{r.CategorySlug}
	case PartPrice:
		what = []any{r.Price, r.Unit, r.UnitKind, r.Mode == ModeQuote}
	case PartAmount:
		what = []any{r.Mode, r.Quantity, r.LeadDays}
	case PartDetails:
		what = []any{r.Description, r.WeightGrams, r.LengthCM, r.WidthCM, r.HeightCM, r.Service, r.PickupOnly}
	default:
		return ""
	}
	return mark("%s %#v", part, what)
}

// mark is short for words: equal marks are equal words.
func mark(format string, what ...any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, format, what...))
	return hex.EncodeToString(sum[:8])
}

// ChangedMeanwhile is the key of the conflict of a DraftChange whose Seen is not what
// is stored any more.
const ChangedMeanwhile = "catalog.draft.meanwhile"

// Edit is who changed a part of a submission last.
type Edit struct {
	ChangedBy int64
	ChangedAt time.Time
}

// LastEdit returns who changed a part last, to whom Submission would answer; false
// before anybody did.
func (s *Service) LastEdit(ctx context.Context, actor account.Actor, submissionID int64, part Part) (Edit, bool, error) {
	if _, err := s.Submission(ctx, actor, submissionID); err != nil {
		return Edit{}, false, err
	}
	var rows []Edit
	err := s.db.Read(ctx).Raw(`SELECT changed_by, changed_at FROM draft_edits WHERE submission_id = ? AND part = ?`, submissionID, part).Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return Edit{}, false, err
	}
	rows[0].ChangedAt = rows[0].ChangedAt.UTC()
	return rows[0], true, nil
}

// judge compares the part before and after a change in the change's own transaction: a
// change over words that the person did not see is refused, unless it says the same.
func judge(ctx context.Context, tx *gorm.DB, actor account.Actor, change DraftChange, before Revision) error {
	if change.Part == "" {
		return nil
	}
	after, err := revisionByID(ctx, tx, before.ID)
	if err != nil {
		return err
	}
	was := before.Mark(change.Part)
	if after.Mark(change.Part) == was {
		return nil
	}
	if change.Seen != "" && change.Seen != was {
		return fault.Conflict(ChangedMeanwhile)
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = tx.Exec(`INSERT INTO draft_edits (submission_id, part, changed_by, changed_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (submission_id, part) DO UPDATE SET changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
		before.SubmissionID, change.Part, actor.UserID, now).Error
	if err != nil {
		return fmt.Errorf("catalog: who changed a draft: %w", err)
	}
	return nil
}
