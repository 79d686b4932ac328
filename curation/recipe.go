package curation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// A halal certificate is for a recipe (domain notes B5), and the label names what
// is in the goods. So an edit that changes the composition of live goods is not
// approved before a curator looked at both again.

// RecipeOutcome is what a curator found.
type RecipeOutcome string

// The outcomes.
const (
	RecipeFits RecipeOutcome = "fits" // certificate and label are right for the new composition
	RecipeSame RecipeOutcome = "same" // the words changed, the recipe did not; with a reason
)

// RecipeCheck is the flag on a revision that changes the composition of live goods.
type RecipeCheck struct {
	Old, New  string        // the two compositions
	Outcome   RecipeOutcome // "" while nobody looked
	Reason    string
	CheckedBy string
	CheckedAt time.Time
}

// recipe returns the flag of a submission, nil when its composition is that of what
// is live.
func (s *Service) recipe(ctx context.Context, live *catalog.Revision, next catalog.Revision) (*RecipeCheck, error) {
	if live == nil || !catalog.RecipeChanged(*live, next) {
		return nil, nil
	}
	out := &RecipeCheck{Old: live.Label.Composition, New: next.Label.Composition}
	found, err := recipeChecks(s.db.Read(ctx), next.ID)
	if err != nil || len(found) == 0 {
		return out, err
	}
	people, err := s.people.Users(ctx, []int64{found[0].CheckedBy})
	out.Outcome, out.Reason, out.CheckedAt, out.CheckedBy = found[0].Outcome, found[0].Reason, found[0].CheckedAt.UTC(), people[found[0].CheckedBy].Name
	return out, err
}

type recipeRow struct {
	Outcome   RecipeOutcome
	Reason    string
	CheckedBy int64
	CheckedAt time.Time
}

func recipeChecks(tx *gorm.DB, revisionID int64) ([]recipeRow, error) {
	var rows []recipeRow
	if err := tx.Raw(`SELECT outcome, reason, checked_by, checked_at FROM recipe_checks WHERE revision_id = ?`, revisionID).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("curation: recipe check: %w", err)
	}
	return rows, nil
}

// CheckRecipe records what a curator found about halal certificate and label after
// the composition changed; again corrects it. Who may and the errors are those of
// Return; invalid on reason where the outcome needs one; conflict when the
// composition is that of what is live.
func (s *Service) CheckRecipe(ctx context.Context, actor account.Actor, d Decision, outcome RecipeOutcome, reason string) error {
	if _, err := s.catalog.Submission(ctx, actor, d.SubmissionID); err != nil {
		return err
	}
	reason = clean(reason)
	switch {
	case outcome != RecipeFits && outcome != RecipeSame:
		return fault.Invalid("curation.invalid")
	case outcome == RecipeSame && !says(reason):
		return fault.Invalid("curation.invalid").With("recipe_reason", "curation.recipe.reason")
	case letters(reason) > MaxNote:
		return fault.Invalid("curation.invalid").With("recipe_reason", "curation.note_too_long", "max", MaxNote)
	}
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		sub, err := s.catalog.ReviewableTx(ctx, tx, actor, d.SubmissionID)
		if err != nil {
			return err
		}
		if _, err := s.claimTx(ctx, tx, actor, sub); err != nil {
			return err
		}
		if sub.State != catalog.SubmissionInReview || sub.Revision.ID != d.RevisionID {
			return fault.Conflict("catalog.review.other_revision")
		}
		flagged, err := s.recipeFlaggedTx(ctx, tx, sub)
		if err != nil {
			return err
		}
		if !flagged {
			return fault.Conflict("curation.recipe.same")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(`INSERT INTO recipe_checks (revision_id, outcome, reason, checked_by, checked_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (revision_id) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, checked_by = excluded.checked_by, checked_at = excluded.checked_at`,
			d.RevisionID, outcome, reason, actor.UserID, now).Error
		if err != nil {
			return fmt.Errorf("curation: recipe check: %w", err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "check_recipe", Object: "submission", ObjectID: sub.ID, Note: string(outcome)})
	})
	if errors.Is(err, errHeld) {
		return s.heldBy(ctx, d.SubmissionID)
	}
	return err
}

func (s *Service) recipeFlaggedTx(ctx context.Context, tx *gorm.DB, sub catalog.Submission) (bool, error) {
	live, found, err := s.catalog.LiveRevisionTx(ctx, tx, sub.ProductID)
	return err == nil && found && catalog.RecipeChanged(live, sub.Revision), err
}

// recipeCheckedTx lets an approval pass when the composition is that of what is
// live, or somebody looked at halal certificate and label for this very revision.
func (s *Service) recipeCheckedTx(ctx context.Context, tx *gorm.DB, d Decision) error {
	sub, err := s.catalog.SubmissionTx(ctx, tx, d.SubmissionID)
	if err != nil {
		return err
	}
	if sub.State != catalog.SubmissionInReview || sub.Revision.ID != d.RevisionID {
		return nil // the approval says so itself
	}
	flagged, err := s.recipeFlaggedTx(ctx, tx, sub)
	if err != nil || !flagged {
		return err
	}
	found, err := recipeChecks(tx, d.RevisionID)
	if err == nil && len(found) == 0 {
		err = fault.Invalid("curation.recipe.unchecked").With("recipe", "curation.recipe.unchecked")
	}
	return err
}
