package curation

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

// Hold narrows the queue by who holds a submission.
type Hold string

// The holds.
const (
	Anyone Hold = ""      // everything that waits
	Free   Hold = "bebas" // nobody reads it
	Mine   Hold = "saya"  // the asking curator reads it
)

// Filter narrows the queue. The zero Filter shows everything the curator may
// decide on.
type Filter struct {
	Hold     Hold
	Regions  []string // province, regency or district codes
	Category string   // slug
	Kind     catalog.SubmissionKind
	Query    string // words of title or shop
	Cursor   string // Page.Next of the page before
	Limit    int    // default 50, at most 200
}

// Item is one line of the queue.
type Item struct {
	catalog.WaitingItem
	WaitingDays int    // working days since it was sent
	Overdue     bool   // more than TargetDays
	Claim       *Claim // nil while nobody reads it
}

// Page is one page of the queue, longest waiting first.
type Page struct {
	Items []Item
	Next  string // cursor, "" at the end
	Total int64  // what the filter matches
}

// Counts is the desk at a glance, for the asking curator.
type Counts struct {
	Waiting int64
	Free    int64
	Mine    int64
	Overdue int64
}

const queueList = "curation"

// Queue returns what waits for a decision, for curators, without the shops they
// have an interest in. Admins may look too, and heads at their own territory.
// Errors: not found for everybody else; invalid for a cursor that is not ours.
func (s *Service) Queue(ctx context.Context, actor account.Actor, f Filter) (Page, error) {
	if err := looks(actor); err != nil {
		return Page{}, err
	}
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	claims, err := s.claims(ctx, 0)
	if err != nil {
		return Page{}, err
	}
	w := catalog.WaitingFilter{Regions: within(actor, f.Regions), Category: f.Category, Kind: f.Kind, Query: f.Query, NotShops: interests(actor)}
	hold(&w, f.Hold, actor, claims)
	page := Page{}
	if page.Total, err = s.catalog.CountWaiting(ctx, w); err != nil {
		return Page{}, err
	}
	if w.After, err = catalog.ParseCursor(s.keys, queueList, f.Cursor); err != nil {
		return Page{}, err
	}
	w.Limit = f.Limit + 1 // one more tells whether there is a next page
	items, err := s.catalog.Waiting(ctx, w)
	if err != nil {
		return Page{}, err
	}
	now, err := clock.Now(ctx, s.db.Read(ctx))
	if err != nil {
		return Page{}, err
	}
	byID := map[int64]*Claim{}
	for i := range claims {
		byID[claims[i].SubmissionID] = &claims[i]
	}
	if len(items) > f.Limit {
		items = items[:f.Limit]
		page.Next = items[f.Limit-1].Key().Cursor(s.keys, queueList)
	}
	for _, it := range items {
		days := workingDays(it.SubmittedAt, now)
		page.Items = append(page.Items, Item{WaitingItem: it, WaitingDays: days, Overdue: it.SubmittedAt.Before(target(now)), Claim: byID[it.SubmissionID]})
	}
	return page, nil
}

// Counts returns the numbers above the queue. Who may see them: as Queue.
func (s *Service) Counts(ctx context.Context, actor account.Actor) (Counts, error) {
	if err := looks(actor); err != nil {
		return Counts{}, err
	}
	claims, err := s.claims(ctx, 0)
	if err != nil {
		return Counts{}, err
	}
	now, err := clock.Now(ctx, s.db.Read(ctx))
	if err != nil {
		return Counts{}, err
	}
	var out Counts
	base := catalog.WaitingFilter{Regions: within(actor, nil), NotShops: interests(actor)}
	for _, c := range []struct {
		hold   Hold
		before time.Time
		n      *int64
	}{{Anyone, time.Time{}, &out.Waiting}, {Free, time.Time{}, &out.Free}, {Mine, time.Time{}, &out.Mine}, {Anyone, target(now), &out.Overdue}} {
		w := base
		w.Before = c.before
		hold(&w, c.hold, actor, claims)
		if *c.n, err = s.catalog.CountWaiting(ctx, w); err != nil {
			return Counts{}, err
		}
	}
	return out, nil
}

// looks lets those see the desk who work at it or answer for it.
func looks(actor account.Actor) error {
	if !actor.HasAny(account.RoleCurator, account.RoleHead, account.RoleAdmin) {
		return fault.NotFound("the desk is for curators")
	}
	return nil
}

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

func hold(w *catalog.WaitingFilter, h Hold, actor account.Actor, claims []Claim) {
	switch h {
	case Free:
		for _, c := range claims {
			w.Except = append(w.Except, c.SubmissionID)
		}
	case Mine:
		w.Only = []int64{}
		for _, c := range claims {
			if c.CuratorID == actor.UserID {
				w.Only = append(w.Only, c.SubmissionID)
			}
		}
	}
}

// target is the moment before which a submission must have been sent to be
// overdue now. The desk works by the capital's clock.
func target(now time.Time) time.Time {
	return calendar.AddWorkingDays(now.In(calendar.WIB), -TargetDays)
}

// workingDays counts the working days after from, up to and including today,
// at most 60.
func workingDays(from, now time.Time) int {
	day := from.In(calendar.WIB)
	end := now.In(calendar.WIB).Format(time.DateOnly)
	n := 0
	for day.Format(time.DateOnly) < end && n < 60 {
		day = day.AddDate(0, 0, 1)
		if calendar.IsWorkingDay(day) {
			n++
		}
	}
	return n
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
	if out.Rounds, err = s.History(ctx, actor, submissionID); err != nil {
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

// History returns the rounds of a submission, oldest first, with their notes, to
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
		OpenedAt     time.Time
		DecidedAt    *time.Time
		CuratorID    int64
	}
	err := db.Raw(`SELECT id, submission_id, revision_id, number, outcome, reason, plea, appeal, opened_at, decided_at, curator_id
		FROM review_rounds WHERE submission_id = ? ORDER BY number`, submissionID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("curation: rounds: %w", err)
	}
	notes, err := notesOf(db, submissionID)
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
			Plea: r.Plea, Appeal: r.Appeal, OpenedAt: r.OpenedAt.UTC(), CuratorID: r.CuratorID, CuratorName: names[r.CuratorID].Name, Notes: notes[r.ID],
		}
		if r.DecidedAt != nil {
			at := r.DecidedAt.UTC()
			round.DecidedAt = &at
		}
		out = append(out, round)
	}
	return out, nil
}

func notesOf(db *gorm.DB, submissionID int64) (map[int64][]Note, error) {
	var rows []struct {
		RoundID int64
		Aspect  Aspect
		Body    string
	}
	err := db.Raw(`SELECT n.round_id, n.aspect, n.body FROM review_notes n JOIN review_rounds r ON r.id = n.round_id
		WHERE r.submission_id = ? ORDER BY n.id`, submissionID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("curation: notes: %w", err)
	}
	out := map[int64][]Note{}
	for _, r := range rows {
		out[r.RoundID] = append(out[r.RoundID], Note{r.Aspect, r.Body})
	}
	return out, nil
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
		{"K3 return without a note", `SELECT r.id, COUNT(n.id) AS n FROM review_rounds r LEFT JOIN review_notes n ON n.round_id = r.id
			WHERE r.outcome = 'returned' GROUP BY r.id HAVING COUNT(n.id) = 0`, "returned with %d notes"},
		{"K4 refusal without a reason", `SELECT id, number AS n FROM review_rounds WHERE outcome = 'refused' AND reason = ''`, "round %d has no reason"},
		{"K5 two opinions", `SELECT w.id, w.curator_id AS n FROM review_rounds w JOIN review_rounds r ON r.submission_id = w.submission_id AND r.number < w.number
			WHERE w.appeal AND w.curator_id > 0 AND r.outcome = 'refused' AND r.curator_id = w.curator_id`, "curator %d decided on the appeal against their own refusal"},
	} {
		var rows []struct{ ID, N int64 }
		if err := db.Raw(c.query).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("curation: prove %s: %w", c.invariant, err)
		}
		for _, r := range rows {
			out = append(out, proof.Finding{Invariant: c.invariant, Row: fmt.Sprintf("review_rounds %d", r.ID), Text: fmt.Sprintf(c.text, r.N)})
		}
	}
	found, err := s.proveWaiting(ctx, db)
	return append(out, found...), err
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
