package curation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

// nowhere is a region that no shop lies in.
const nowhere = "-"

// within narrows regions (none means all) to what the actor may look at: a head
// sees their own territory, reviewers and admins see everything.
func within(actor account.Actor, regions []string) []string {
	if actor.HasAny(account.RoleCurator, account.RoleAdmin) {
		return regions
	}
	if len(regions) == 0 {
		return append([]string{nowhere}, actor.Territory...)
	}
	out := []string{nowhere}
	for _, wanted := range regions {
		if actor.Covers(wanted) {
			out = append(out, wanted)
			continue
		}
		for _, own := range actor.Territory { // a province that is wider than the territory
			if strings.HasPrefix(own, wanted+".") {
				out = append(out, own)
			}
		}
	}
	return out
}

// interests are the shops the actor must not decide about.
func interests(actor account.Actor) []int64 {
	out := append([]int64(nil), actor.KinShops...)
	for _, m := range actor.Memberships {
		out = append(out, m.ShopID)
	}
	for _, g := range actor.Assisting {
		out = append(out, g.ShopID)
	}
	return out
}

// Review is everything a curator needs in front of them.
type Review struct {
	Submission catalog.Submission
	Live       *catalog.Revision // what the public sees now; nil for a new product
	Shop       catalog.Shop
	Rounds     []Round
	Claim      *Claim
	Mine       bool // the asking curator holds the claim
	Conflicted bool // the asking curator must not decide
	// Checklist is what the newest round is judged by: the version it began with
	// or, before anybody claimed it, the one it would begin with. Empty in decided
	// rounds older than checklists.
	Checklist ChecklistVersion
	Recipe    *RecipeCheck // the composition of live goods changes; nil when not
}

// Review returns one submission with what belongs to it. Who may: as Queue.
func (s *Service) Review(ctx context.Context, actor account.Actor, submissionID int64) (Review, error) {
	if err := looks(actor); err != nil {
		return Review{}, err
	}
	sub, err := s.catalog.Submission(ctx, actor, submissionID)
	if err != nil {
		return Review{}, err
	}
	out := Review{Submission: sub, Conflicted: actor.Conflicted(sub.ShopID)}
	if out.Shop, err = s.catalog.Shop(ctx, sub.ShopID); err != nil {
		return Review{}, err
	}
	live, err := s.catalog.LiveRevision(ctx, actor, sub.ProductID)
	switch {
	case err == nil:
		out.Live = &live
	case !fault.Is(err, fault.KindNotFound):
		return Review{}, err
	}
	if out.Recipe, err = s.recipe(ctx, out.Live, sub.Revision); err != nil {
		return Review{}, err
	}
	if out.Rounds, err = s.History(ctx, actor, submissionID); err != nil {
		return Review{}, err
	}
	if out.Checklist, err = s.checklistFor(ctx, out); err != nil {
		return Review{}, err
	}
	claims, err := s.claims(ctx, submissionID)
	if err != nil {
		return Review{}, err
	}
	if len(claims) > 0 {
		out.Claim, out.Mine = &claims[0], claims[0].CuratorID == actor.UserID
	}
	return out, nil
}

// checklistFor finds the checklist of the newest round.
func (s *Service) checklistFor(ctx context.Context, r Review) (ChecklistVersion, error) {
	if len(r.Rounds) == 0 {
		return ChecklistVersion{}, nil // a draft
	}
	db := s.db.Read(ctx)
	last := r.Rounds[len(r.Rounds)-1]
	id := last.ChecklistVersionID
	if id == 0 {
		if last.Outcome != Waiting {
			return ChecklistVersion{}, nil
		}
		v, err := serving(ctx, db, r.Submission.Revision.CategorySlug)
		if err != nil {
			return ChecklistVersion{}, err
		}
		id = v.ID
	}
	return versionOf(db, id)
}

// History returns the rounds of a submission, oldest first, with their answers, to
// the shop's people, their companion and reviewers. Errors: not found for
// everybody else.
func (s *Service) History(ctx context.Context, actor account.Actor, submissionID int64) ([]Round, error) {
	if _, err := s.catalog.Submission(ctx, actor, submissionID); err != nil {
		return nil, err
	}
	db := s.db.Read(ctx)
	var rows []struct {
		ID           int64
		SubmissionID int64
		RevisionID   int64
		Number       int64
		Outcome      Outcome
		Reason       string
		Plea         string
		Appeal       bool
		Cause        Cause
		CauseWords   string
		OpenedAt     time.Time
		DecidedAt    *time.Time
		CuratorID    int64

		ChecklistVersionID int64
		FirstClaimedAt     *time.Time
	}
	err := db.Raw(`SELECT id, submission_id, revision_id, number, outcome, reason, plea, appeal, cause, cause_words, opened_at, decided_at, curator_id, checklist_version_id, first_claimed_at
		FROM review_rounds WHERE submission_id = ? ORDER BY number`, submissionID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("curation: rounds: %w", err)
	}
	answers, err := answersOf(db, `r.submission_id = ?`, submissionID)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, r := range rows {
		if r.CuratorID > 0 {
			ids = append(ids, r.CuratorID)
		}
	}
	names, err := s.people.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []Round
	for _, r := range rows {
		round := Round{
			ID: r.ID, SubmissionID: r.SubmissionID, RevisionID: r.RevisionID, Number: r.Number, Outcome: r.Outcome, Reason: r.Reason,
			Plea: r.Plea, Appeal: r.Appeal, Cause: r.Cause, CauseWords: r.CauseWords, OpenedAt: r.OpenedAt.UTC(), CuratorID: r.CuratorID, CuratorName: names[r.CuratorID].Name,
			Answers: answers[r.ID], ChecklistVersionID: r.ChecklistVersionID, DecidedAt: utc(r.DecidedAt), FirstClaimedAt: utc(r.FirstClaimedAt),
		}
		out = append(out, round)
	}
	return out, s.replyInto(ctx, db, submissionID, out)
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC()
	return &u
}

// Prove checks every invariant of this package's tables, and that exactly the
// submissions which wait have a waiting round on the revision that waits.
func (s *Service) Prove(ctx context.Context) ([]proof.Finding, error) {
	db := s.db.Read(ctx)
	var out []proof.Finding
	for _, c := range []struct{ invariant, query, text string }{
		{"K1 round numbers", `SELECT submission_id AS id, COUNT(*) AS n FROM review_rounds GROUP BY submission_id HAVING COUNT(*) <> MAX(number)`,
			"its %d rounds are not numbered 1, 2, 3 …"},
		{"K2 decided by somebody", `SELECT id, curator_id AS n FROM review_rounds WHERE (outcome IN ('approved', 'returned', 'refused')) <> (curator_id > 0)`,
			"outcome and curator (%d) do not fit"},
		{"K3 return without a note", `SELECT r.id, COUNT(a.id) AS n FROM review_rounds r LEFT JOIN review_answers a ON a.round_id = r.id AND a.verdict = 'improve'
			WHERE r.outcome = 'returned' GROUP BY r.id HAVING COUNT(a.id) = 0`, "returned with %d answers that ask to improve something"},
		{"K4 refusal without a reason", `SELECT id, number AS n FROM review_rounds WHERE outcome = 'refused' AND reason = ''`, "round %d has no reason"},
		{"K5 two opinions", `SELECT w.id, w.curator_id AS n FROM review_rounds w JOIN review_rounds r ON r.submission_id = w.submission_id AND r.number < w.number
			WHERE w.appeal AND w.curator_id > 0 AND r.outcome = 'refused' AND r.curator_id = w.curator_id`, "curator %d decided on the appeal against their own refusal"},
		{"K13 replies", `SELECT r.id, p.id AS n FROM review_replies p JOIN review_answers a ON a.id = p.answer_id JOIN review_rounds r ON r.id = a.round_id
			WHERE a.verdict <> 'improve' OR r.outcome = 'waiting' OR p.created_at < r.decided_at`, "reply %d is about nothing that was asked for"},
		{"K7 answers fit the decision", `SELECT r.id, COUNT(a.id) AS n FROM review_rounds r JOIN review_answers a ON a.round_id = r.id
			WHERE r.outcome = 'approved' AND a.verdict = 'improve' OR r.outcome IN ('approved', 'returned', 'refused') AND a.verdict IN ('improve', 'waived') AND a.comment = ''
			GROUP BY r.id`, "%d answers do not fit how the round ended"},
		{"K8 answers of the checklist", `SELECT r.id, COUNT(a.id) AS n FROM review_rounds r JOIN review_answers a ON a.round_id = r.id
			WHERE r.checklist_version_id > 0 AND NOT EXISTS (SELECT 1 FROM checklist_items i
				WHERE i.version_id = r.checklist_version_id AND i.key = a.item_key AND i.aspect = a.aspect AND i.question = a.question)
			GROUP BY r.id`, "%d answers are of no item of its checklist"},
		{"K9 approved unanswered", `SELECT r.id, COUNT(i.key) AS n FROM review_rounds r JOIN checklist_items i ON i.version_id = r.checklist_version_id
			LEFT JOIN review_answers a ON a.round_id = r.id AND a.item_key = i.key
			WHERE r.outcome = 'approved' AND a.id IS NULL GROUP BY r.id`, "approved with %d unanswered items"},
		{"K10 first claim", `SELECT id, checklist_version_id AS n FROM review_rounds
			WHERE (checklist_version_id > 0) <> (first_claimed_at IS NOT NULL)`,
			"the first claim and the checklist (version %d) do not fit"},
	} {
		var rows []struct{ ID, N int64 }
		if err := db.Raw(c.query).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("curation: prove %s: %w", c.invariant, err)
		}
		for _, r := range rows {
			out = append(out, proof.Finding{Invariant: c.invariant, Row: fmt.Sprintf("review_rounds %d", r.ID), Text: fmt.Sprintf(c.text, r.N)})
		}
	}
	for _, prove := range []func(context.Context, *gorm.DB) ([]proof.Finding, error){proveChecklists, s.proveWaiting, s.proveSeats, s.proveSamples} {
		found, err := prove(ctx, db)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func (s *Service) proveWaiting(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	var rounds []struct{ SubmissionID, RevisionID int64 }
	if err := db.Raw(`SELECT submission_id, revision_id FROM review_rounds WHERE outcome = ?`, Waiting).Scan(&rounds).Error; err != nil {
		return nil, fmt.Errorf("curation: prove waiting: %w", err)
	}
	reading := map[int64]int64{}
	for _, r := range rounds {
		reading[r.SubmissionID] = r.RevisionID
	}
	var out []proof.Finding
	w := catalog.WaitingFilter{Limit: 200}
	for {
		items, err := s.catalog.Waiting(ctx, w)
		if err != nil {
			return nil, err
		}
		for _, it := range items {
			if reading[it.SubmissionID] != it.RevisionID {
				out = append(out, proof.Finding{Invariant: "K6 waiting round", Row: fmt.Sprintf("submissions %d", it.SubmissionID),
					Text: fmt.Sprintf("revision %d waits, the waiting round is about %d", it.RevisionID, reading[it.SubmissionID])})
			}
			delete(reading, it.SubmissionID)
		}
		if len(items) < w.Limit {
			break
		}
		w.After = items[len(items)-1].Key()
	}
	for submission := range reading {
		out = append(out, proof.Finding{Invariant: "K6 waiting round", Row: fmt.Sprintf("submissions %d", submission),
			Text: "a round waits for a submission that does not"})
	}
	return out, nil
}
