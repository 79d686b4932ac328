package curation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/notify"
)

// Return gives the submission back with at least one answer that asks to improve
// something; answers are saved first, as by SaveAnswers, and what was saved before
// counts too. Only a curator who may claim it can, and not while another holds it;
// an own lease that ran out meanwhile is renewed if nobody took it. Errors:
// invalid answers; conflict when the submission was decided, or sent again,
// meanwhile. The same decision by the same curator again changes nothing.
func (s *Service) Return(ctx context.Context, actor account.Actor, d Decision, answers []Answer) error {
	return s.decide(ctx, actor, d, verdict{outcome: Returned, answers: answers, move: s.catalog.ReturnTx})
}

// Refuse ends the submission with a reason that says what would make it
// acceptable. Who may, what becomes of answers and the errors are those of Return.
func (s *Service) Refuse(ctx context.Context, actor account.Actor, d Decision, reason string, answers []Answer) error {
	reason, err := reasonOf(reason)
	if err != nil {
		return err
	}
	return s.decide(ctx, actor, d, verdict{outcome: Refused, reason: reason, answers: answers, move: s.catalog.RefuseTx})
}

// Approve lets the revision go live, on d.LiveOn or at once. Every item of the
// round's checklist must have an answer, none of them one to improve. Who may,
// what becomes of answers and the errors are those of Return; invalid on "hari"
// for a day that cannot be, on "recipe" while nobody looked at a changed
// composition (see CheckRecipe), and curation.blocked while a hard rule stops it
// (see lawfulTx).
func (s *Service) Approve(ctx context.Context, actor account.Actor, d Decision, answers []Answer) error {
	v := verdict{outcome: Approved, answers: answers}
	v.move = func(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID, revisionID int64) (catalog.Submission, error) {
		if err := s.recipeCheckedTx(ctx, tx, d); err != nil {
			return catalog.Submission{}, err
		}
		return s.catalog.ApproveOnTx(ctx, tx, actor, submissionID, revisionID, d.LiveOn)
	}
	err := s.decide(ctx, actor, d, v)
	if errors.Is(err, gorm.ErrDuplicatedKey) { // two products wanted one address; the second try sees the first
		err = s.decide(ctx, actor, d, v)
	}
	return err
}

// verdict is how a round is to end.
type verdict struct {
	outcome Outcome
	reason  string
	answers []Answer
	move    func(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID, revisionID int64) (catalog.Submission, error)
}

func (s *Service) decide(ctx context.Context, actor account.Actor, d Decision, v verdict) error {
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		sub, err := s.catalog.ReviewableTx(ctx, tx, actor, d.SubmissionID)
		if err != nil {
			return err
		}
		if _, err := s.claimTx(ctx, tx, actor, sub); err != nil {
			return err
		}
		if sub, err = v.move(ctx, tx, actor, d.SubmissionID, d.RevisionID); err != nil {
			return err
		}
		if v.outcome == Approved {
			if err := s.lawfulTx(ctx, tx, sub); err != nil {
				return err
			}
		}
		round, items, err := s.answerTx(ctx, tx, sub, d, v.answers)
		if err != nil {
			return err
		}
		if err := complete(items, round.Answers, v.outcome); err != nil {
			return err
		}
		if err := closeRoundTx(ctx, tx, actor, sub.ID, round.ID, v); err != nil {
			return err
		}
		return s.tellTx(ctx, tx, sub, v, toImprove(round.Answers))
	})
	switch {
	case errors.Is(err, errHeld):
		return s.heldBy(ctx, d.SubmissionID)
	case fault.Is(err, fault.KindConflict): // perhaps against this very decision, sent twice
		if s.decidedBy(ctx, actor, d, v.outcome) {
			return nil
		}
	}
	return err
}

// closeRoundTx ends the round, which seals its answers, and the claim.
func closeRoundTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID, roundID int64, v verdict) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = tx.WithContext(ctx).Exec(`UPDATE review_rounds SET outcome = ?, reason = ?, curator_id = ?, decided_at = ? WHERE id = ? AND outcome = ?`,
		v.outcome, v.reason, actor.UserID, now, roundID, Waiting).Error
	if err != nil {
		return fmt.Errorf("curation: close round: %w", err)
	}
	if err := tx.WithContext(ctx).Exec(`DELETE FROM review_claims WHERE submission_id = ?`, submissionID).Error; err != nil {
		return fmt.Errorf("curation: end claim: %w", err)
	}
	return nil
}

// decidedBy reports whether the actor has already made this decision.
func (s *Service) decidedBy(ctx context.Context, actor account.Actor, d Decision, outcome Outcome) bool {
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT COUNT(*) FROM review_rounds WHERE submission_id = ? AND revision_id = ? AND outcome = ? AND curator_id = ?
		AND number = (SELECT MAX(l.number) FROM review_rounds l WHERE l.submission_id = review_rounds.submission_id)`,
		d.SubmissionID, d.RevisionID, outcome, actor.UserID).Scan(&n).Error
	return err == nil && n > 0
}

// tellTx tells the shop's people and their companions how it went.
func (s *Service) tellTx(ctx context.Context, tx *gorm.DB, sub catalog.Submission, v verdict, improve []Answer) error {
	data := map[string]string{"produk": sub.Revision.Title, "alasan": v.reason}
	if len(improve) > 0 {
		lines := make([]string, len(improve))
		for i, a := range improve {
			lines[i] = "- " + a.Comment
		}
		data["catatan"], data["jumlah"] = strings.Join(lines, "\n"), strconv.Itoa(len(lines))
	}
	kind := "curation_" + string(v.outcome)
	if sub.State == catalog.SubmissionScheduled {
		kind = "curation_scheduled"
		var err error
		if data["hari"], err = s.liveDayTx(ctx, tx, sub); err != nil {
			return err
		}
	}
	return s.tellShopTx(ctx, tx, sub.ShopID, kind, data, Path(sub.ID))
}

func (s *Service) tellShopTx(ctx context.Context, tx *gorm.DB, shopID int64, kind string, data map[string]string, link string) error {
	members, err := s.people.MembersTx(ctx, tx, shopID)
	if err != nil {
		return err
	}
	companions, err := s.people.CompanionsTx(ctx, tx, shopID)
	if err != nil {
		return err
	}
	told := map[int64]bool{}
	for _, u := range append(members, companions...) {
		if told[u.ID] {
			continue
		}
		told[u.ID] = true
		err := s.notifier.SendTx(ctx, tx, notify.Message{
			Kind: kind, Data: data, Link: link,
			To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// clean makes plain text: no control or invisible characters, no empty ends.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\u200d' {
			return r
		}
		if r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s))
}

func letters(s string) int { return utf8.RuneCountInString(s) }

// says reports at least one word: emoji and dots tell a maker nothing.
func says(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n >= 3
}
