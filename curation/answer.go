package curation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Verdict is what a curator says of one item of the checklist.
type Verdict string

// The verdicts.
const (
	Fine          Verdict = "fine"
	Improve       Verdict = "improve"        // needs a comment that says what to do
	NotApplicable Verdict = "not_applicable" // the question does not fit this product
	Waived        Verdict = "waived"         // let pass for a reason, which the comment gives
)

// Verdicts lists every verdict in the order of their keys on the desk, 1 to 4.
func Verdicts() []Verdict { return []Verdict{Fine, Improve, NotApplicable, Waived} }

// Answer is what a curator said of one item in one round. Aspect, question and
// lesson are copied from the item when it is saved: an answer stays readable
// whatever becomes of the checklist.
type Answer struct {
	ID       int64
	ItemKey  string
	Aspect   Aspect
	Question string // '' in rounds older than checklists
	Verdict  Verdict
	Comment  string
	Lesson   string  // slug, '' for none
	Pins     []Pin   `gorm:"-"`
	Replies  []Reply `gorm:"-"` // of decided rounds, oldest first
}

// Pin is a spot on a picture that an answer is about.
type Pin struct {
	PictureID int64
	X, Y      int64 // thousandths of the picture's width and height
	Number    int64 // 1, 2, … within the round, in the order of the checklist
}

// MaxPins bounds the spots of one answer.
const MaxPins = 9

// Decision is about what the curator read: a submission in one revision.
type Decision struct {
	SubmissionID int64
	RevisionID   int64
	RestFine     bool   // every item that has no answer is fine
	LiveOn       string // of an approval: the day it goes live, like 2026-12-01 in the shop's zone; "" at once
}

// SaveAnswers stores answers of the waiting round; items that are not named keep
// theirs, one with an empty verdict loses it. A spot makes an answer one to
// improve, and only those keep spots. It renews the lease. Who may: as Return.
// Errors: invalid, with item_KEY, comment_KEY and pins_KEY; conflict when
// another curator took over, the submission was decided or another revision
// waits.
func (s *Service) SaveAnswers(ctx context.Context, actor account.Actor, d Decision, answers []Answer) error {
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		sub, err := s.catalog.ReviewableTx(ctx, tx, actor, d.SubmissionID)
		if err != nil {
			return err
		}
		if _, err := s.claimTx(ctx, tx, actor, sub); err != nil {
			return err
		}
		// Read again: decisions wait for the lease's row, which is ours now.
		if sub, err = s.catalog.SubmissionTx(ctx, tx, d.SubmissionID); err != nil {
			return err
		}
		if sub.State != catalog.SubmissionInReview {
			return fault.Conflict("catalog.submission.moved")
		}
		_, _, err = s.answerTx(ctx, tx, sub, d, answers)
		return err
	})
	if errors.Is(err, errHeld) {
		return s.heldBy(ctx, d.SubmissionID)
	}
	return err
}

// answerTx stores answers of the submission's waiting round and returns it with
// all of them, in the order of the checklist, and the checklist. The caller holds
// the lease.
func (s *Service) answerTx(ctx context.Context, tx *gorm.DB, sub catalog.Submission, d Decision, answers []Answer) (Round, []ChecklistItem, error) {
	tx = tx.WithContext(ctx)
	var round Round
	err := tx.Raw(`SELECT id, revision_id, checklist_version_id FROM review_rounds WHERE submission_id = ? AND outcome = ?`, d.SubmissionID, Waiting).Scan(&round).Error
	if err != nil {
		return round, nil, fmt.Errorf("curation: waiting round: %w", err)
	}
	switch {
	case round.ID == 0:
		return round, nil, fault.Conflict("catalog.submission.moved")
	case round.RevisionID != d.RevisionID || sub.Revision.ID != d.RevisionID:
		return round, nil, fault.Conflict("catalog.review.other_revision")
	}
	items, err := itemsOf(tx, round.ChecklistVersionID)
	if err != nil {
		return round, nil, err
	}
	stored, err := answersOf(tx, `a.round_id = ?`, round.ID)
	if err != nil {
		return round, nil, err
	}
	given, err := checked(items, sub.Revision.Pictures, answers)
	if err != nil {
		return round, nil, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return round, nil, err
	}
	before := byKey(stored[round.ID])
	for _, it := range items {
		old, was := before[it.Key]
		a, named := given[it.Key]
		switch {
		case !named && was:
			a = old
		case !named && d.RestFine, named && a.Verdict == "" && d.RestFine:
			a = Answer{ItemKey: it.Key, Verdict: Fine}
		}
		if a.Verdict == "" {
			continue
		}
		a.ID, a.Aspect, a.Question, a.Lesson = old.ID, it.Aspect, it.Question, it.Lesson
		round.Answers = append(round.Answers, a)
	}
	number(round.Answers)
	return round, items, storeTx(tx, round, before, now)
}

// storeTx makes the rows of a round's answers what they are to be.
func storeTx(tx *gorm.DB, round Round, before map[string]Answer, now time.Time) error {
	kept := map[string]bool{}
	for i := range round.Answers {
		a := &round.Answers[i]
		kept[a.ItemKey] = true
		old := before[a.ItemKey]
		if old.Verdict != a.Verdict || old.Comment != a.Comment {
			err := tx.Raw(`INSERT INTO review_answers (round_id, item_key, aspect, question, lesson, verdict, comment, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (round_id, item_key) DO UPDATE SET verdict = excluded.verdict, comment = excluded.comment, updated_at = excluded.updated_at RETURNING id`,
				round.ID, a.ItemKey, a.Aspect, a.Question, a.Lesson, a.Verdict, a.Comment, now).Scan(&a.ID).Error
			if err != nil {
				return fmt.Errorf("curation: answer: %w", err)
			}
		}
		if slices.Equal(old.Pins, a.Pins) {
			continue
		}
		if err := tx.Exec(`DELETE FROM review_pins WHERE answer_id = ?`, a.ID).Error; err != nil {
			return fmt.Errorf("curation: pins: %w", err)
		}
		for _, p := range a.Pins {
			err := tx.Exec(`INSERT INTO review_pins (answer_id, picture_id, x, y, number) VALUES (?, ?, ?, ?, ?)`, a.ID, p.PictureID, p.X, p.Y, p.Number).Error
			if err != nil {
				return fmt.Errorf("curation: pin: %w", err)
			}
		}
	}
	for key, old := range before {
		if kept[key] {
			continue
		}
		if err := tx.Exec(`DELETE FROM review_pins WHERE answer_id = ?`, old.ID).Error; err != nil {
			return fmt.Errorf("curation: pins: %w", err)
		}
		if err := tx.Exec(`DELETE FROM review_answers WHERE id = ?`, old.ID).Error; err != nil {
			return fmt.Errorf("curation: answer: %w", err)
		}
	}
	return nil
}

// number counts the pins of a round in the order of its answers.
func number(answers []Answer) {
	n := int64(0)
	for i := range answers {
		answers[i].Pins = slices.Clone(answers[i].Pins)
		for j := range answers[i].Pins {
			n++
			answers[i].Pins[j].Number = n
		}
	}
}

// checked cleans answers and looks whether they can be taken: of items that are
// asked, with known verdicts, words that say something and pins on pictures of
// the revision. What only a decision needs is asked by complete.
func checked(items []ChecklistItem, pictures []int64, answers []Answer) (map[string]Answer, error) {
	bad := fault.Invalid("curation.invalid")
	out := map[string]Answer{}
	for _, a := range answers {
		if !slices.ContainsFunc(items, func(it ChecklistItem) bool { return it.Key == a.ItemKey }) {
			bad.With("answers", "curation.item_unknown")
			continue
		}
		a.Comment = clean(a.Comment)
		if len(a.Pins) > 0 && a.Verdict == "" {
			a.Verdict = Improve
		}
		if a.Verdict != Improve {
			a.Pins = nil
		}
		if a.Verdict != "" && !slices.Contains(Verdicts(), a.Verdict) {
			bad.With("item_"+a.ItemKey, "curation.verdict_unknown")
		}
		switch {
		case letters(a.Comment) > MaxNote:
			bad.With("comment_"+a.ItemKey, "curation.note_too_long", "max", MaxNote)
		case a.Comment != "" && !says(a.Comment):
			bad.With("comment_"+a.ItemKey, "curation.note_words")
		case a.Comment != "" && a.Verdict == "":
			bad.With("item_"+a.ItemKey, "curation.verdict_missing")
		}
		if len(a.Pins) > MaxPins {
			bad.With("pins_"+a.ItemKey, "curation.pins_many", "max", MaxPins)
		}
		for _, p := range a.Pins {
			if !slices.Contains(pictures, p.PictureID) || p.X < 0 || p.X > 1000 || p.Y < 0 || p.Y > 1000 {
				bad.With("pins_"+a.ItemKey, "curation.pin_off")
				break
			}
		}
		out[a.ItemKey] = a
	}
	return out, bad.OrNil()
}

// complete says what keeps answers from being sealed with that outcome: nothing
// to improve in a return, something to improve or unanswered in an approval, and
// in all of them a verdict that needs words and has none.
func complete(items []ChecklistItem, answers []Answer, outcome Outcome) error {
	bad := fault.Invalid("curation.invalid")
	given, improve := byKey(answers), 0
	var open []string
	for _, it := range items {
		a := given[it.Key]
		switch {
		case a.Verdict == "":
			open = append(open, it.Key)
		case a.Verdict == Improve && outcome == Approved:
			bad.With("item_"+it.Key, "curation.still_improve")
		case a.Verdict == Improve && a.Comment == "":
			bad.With("comment_"+it.Key, "curation.improve_words")
		case a.Verdict == Waived && a.Comment == "":
			bad.With("comment_"+it.Key, "curation.waived_words")
		}
		if a.Verdict == Improve {
			improve++
		}
	}
	if outcome == Approved && len(open) > 0 {
		bad.With("item_"+open[0], "curation.unanswered", "n", len(open))
	}
	if outcome == Returned && improve == 0 {
		bad.With("answers", "curation.improve_missing")
	}
	return bad.OrNil()
}

func byKey(answers []Answer) map[string]Answer {
	out := make(map[string]Answer, len(answers))
	for _, a := range answers {
		out[a.ItemKey] = a
	}
	return out
}

// toImprove are the answers that ask the maker for something.
func toImprove(answers []Answer) []Answer {
	return slices.DeleteFunc(slices.Clone(answers), func(a Answer) bool { return a.Verdict != Improve })
}

// answersOf returns the answers of rounds, with their pins, in the order of the
// checklist; where is a constant of ours.
func answersOf(db *gorm.DB, where string, args ...any) (map[int64][]Answer, error) {
	var rows []struct {
		Answer  `gorm:"embedded"`
		RoundID int64
	}
	err := db.Raw(`SELECT a.id, a.round_id, a.item_key, a.aspect, a.question, a.lesson, a.verdict, a.comment
		FROM review_answers a JOIN review_rounds r ON r.id = a.round_id
		LEFT JOIN checklist_items i ON i.version_id = r.checklist_version_id AND i.key = a.item_key
		WHERE `+where+` ORDER BY a.round_id, COALESCE(i.position, a.id), a.id`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("curation: answers: %w", err)
	}
	var pins []struct {
		Pin      `gorm:"embedded"`
		AnswerID int64
	}
	err = db.Raw(`SELECT p.answer_id, p.picture_id, p.x, p.y, p.number FROM review_pins p JOIN review_answers a ON a.id = p.answer_id
		JOIN review_rounds r ON r.id = a.round_id WHERE `+where+` ORDER BY p.number`, args...).Scan(&pins).Error
	if err != nil {
		return nil, fmt.Errorf("curation: pins: %w", err)
	}
	at := map[int64][]Pin{}
	for _, p := range pins {
		at[p.AnswerID] = append(at[p.AnswerID], p.Pin)
	}
	out := map[int64][]Answer{}
	for _, r := range rows {
		r.Answer.Pins = at[r.Answer.ID]
		out[r.RoundID] = append(out[r.RoundID], r.Answer)
	}
	return out, nil
}
