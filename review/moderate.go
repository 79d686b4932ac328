package review

import (
	"context"
	"fmt"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Answer writes the shop's one answer to a shown review; it may be written again
// only after the review itself was changed. The shop's members and their
// companion may. Errors: not found for everybody else; conflict when there is an
// answer; invalid on kata, also for links and long numbers, which nobody reads
// beforehand.
func (s *Service) Answer(ctx context.Context, actor account.Actor, reviewID int64, words string) error {
	words = catalog.CleanText(words)
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		r, err := lockTx(tx, "id = ?", reviewID)
		if err != nil {
			return err
		}
		if !actor.Manages(r.ShopID) {
			return fault.NotFound("another's review")
		}
		if !r.MayAnswer() {
			return fault.Conflict("review.answered")
		}
		switch n := utf8.RuneCountInString(words); {
		case n < 2:
			return fault.Invalid("fault.form").With("kata", "review.answer_empty")
		case n > MaxWords:
			return fault.Invalid("fault.form").With("kata", "review.too_long", "max", MaxWords)
		case Suspicious(words):
			return fault.Invalid("fault.form").With("kata", "review.answer_address")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec("UPDATE reviews SET answer = ?, answered_by = ?, answered_at = ? WHERE id = ?", words, actor.UserID, now, reviewID).Error
		if err != nil {
			return fmt.Errorf("review: answer: %w", err)
		}
		if err := s.followTx(ctx, tx, r, r); err != nil {
			return err
		}
		return record(ctx, tx, actor, actor.SubjectFor(r.ShopID), "answer", reviewID)
	})
}

// Report says that somebody finds a shown review improper; it stays shown until a
// curator looks. Anybody may; the caller throttles. Words that a curator let
// stand are not queued again. Errors: not found.
func (s *Service) Report(ctx context.Context, reviewID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		r, err := lockTx(tx, "id = ?", reviewID)
		if err != nil {
			return err
		}
		if r.State != Shown {
			return fault.NotFound("review")
		}
		if r.CheckedAt != nil {
			return nil
		}
		if err := tx.Exec("UPDATE reviews SET reports = reports + 1 WHERE id = ?", reviewID).Error; err != nil {
			return fmt.Errorf("review: report: %w", err)
		}
		return nil
	})
}

// Queue returns what a curator has to read, oldest first: suspicious words that
// nobody sees yet, and reported ones. Curators, heads and admins may look; others:
// not found.
func (s *Service) Queue(ctx context.Context, actor account.Actor) ([]Review, error) {
	if !actor.HasAny(account.RoleCurator, account.RoleHead, account.RoleAdmin) {
		return nil, fault.NotFound("reviews to read")
	}
	return list(s.db.Read(ctx), "state = 'waiting' OR (state = 'shown' AND reports > 0) ORDER BY id LIMIT 100")
}

// Decide lets a review stand (reason "") or hides it for a reason that only staff
// read. Curators may, but not about a shop that is their own, their kin's or
// helped by them. Errors: forbidden; not found; conflict when there is nothing to
// decide, as after the writer's change; invalid on alasan.
func (s *Service) Decide(ctx context.Context, actor account.Actor, reviewID int64, show bool, reason string) error {
	if !actor.HasAny(account.RoleCurator) {
		return fault.Forbidden("fault.forbidden")
	}
	reason = catalog.CleanText(reason)
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		before, err := lockTx(tx, "id = ?", reviewID)
		if err != nil {
			return err
		}
		if actor.Conflicted(before.ShopID) {
			return fault.Forbidden("review.own_decision")
		}
		if before.State != Waiting && before.State != Shown {
			return fault.Conflict("review.moved")
		}
		if n := utf8.RuneCountInString(reason); !show && (n < 3 || n > 300) {
			return fault.Invalid("fault.form").With("alasan", "review.reason", "max", 300)
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		after, verb := before, "let_stand"
		after.State = Shown
		if show {
			reason = ""
		} else {
			after.State, verb = Hidden, "hide"
		}
		err = tx.Exec("UPDATE reviews SET state = ?, reports = 0, checked_at = ?, decided_by = ?, hidden_reason = ? WHERE id = ?",
			after.State, now, actor.UserID, reason, reviewID).Error
		if err != nil {
			return fmt.Errorf("review: decide: %w", err)
		}
		if err := s.followTx(ctx, tx, before, after); err != nil {
			return err
		}
		return record(ctx, tx, actor, 0, verb, reviewID)
	})
}
