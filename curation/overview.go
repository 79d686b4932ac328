package curation

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// OverviewFilter narrows an overview. The zero filter is everything of the last 90
// days.
type OverviewFilter struct {
	Days     int      // how many days back decisions count, today included
	Regions  []string // province, regency or district codes
	Category string   // slug
}

// Overview is the desk in figures, for who answers for it: what waits now, and
// what was decided in the period. It names curators and counts goods; no maker is
// in it.
type Overview struct {
	Since   time.Time // the first day that counts, by the capital's calendar
	Promise int       // working days a maker waits at most

	Waiting, Overdue, Free, Claimed int64
	Ages                            []AgeBucket

	Approvals    []int64 // by rounds: [0] in the first; the last is that many or more
	MedianRounds int64   // 0 without approvals

	Waited Spread // from being sent to the first look
	Worked Spread // from the first look to the decision

	ByCategory []Reasons
	ByRegion   []Reasons
	Curators   []Workload
	Prices     PriceChange
}

// AgeBucket counts what waits for so many working days.
type AgeBucket struct {
	From, To int // working days; To 0: no end
	Count    int64
}

// Spread is how long something took: half were quicker than Median, nine of ten
// than Ninety.
type Spread struct {
	Count          int64
	Median, Ninety time.Duration
}

// Reasons are the returns of one category or region, by what was to improve. A
// return counts once for every aspect it named.
type Reasons struct {
	Code, Name string // slug of the category, code of the regency (without a name)
	Returns    int64
	Aspects    map[Aspect]int64
}

// Workload is what one curator has in hand and decided in the period.
type Workload struct {
	CuratorID                            int64
	Name                                 string
	Claimed                              int64
	Decided, Approved, Returned, Refused int64
}

// PriceChange compares the price as first sent with the price as approved.
type PriceChange struct {
	Count                       int64
	MedianFirst, MedianApproved money.Rupiah
	MedianPercent               int64 // of the changes of each, not of the medians
	Up, Same, Down              int64
}

const (
	defaultDays = 90
	maxDays     = 366
	mostRounds  = 4 // that many rounds or more are one group
)

// ageBounds are the first working days of the buckets.
var ageBounds = []int{0, 1, 2, 3, 4, 6, 11}

// decidedRound is a round as the overview needs it.
type decidedRound struct {
	ID             int64
	SubmissionID   int64
	Number         int64
	Outcome        Outcome
	CuratorID      int64
	OpenedAt       time.Time
	FirstClaimedAt *time.Time
	DecidedAt      time.Time
}

// Overview returns the desk in figures. Who may see the desk may: heads of their
// own territory. The lines of other curators are for the lead, heads and admins;
// a curator sees their own. The number of questions to the database does not grow
// with the figures.
func (s *Service) Overview(ctx context.Context, actor account.Actor, f OverviewFilter) (Overview, error) {
	if err := looks(actor); err != nil {
		return Overview{}, err
	}
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return Overview{}, err
	}
	if f.Days < 1 || f.Days > maxDays {
		f.Days = defaultDays
	}
	out := Overview{Since: midnight(now).AddDate(0, 0, 1-f.Days)}
	if out.Promise, err = promise(ctx, db); err != nil {
		return Overview{}, err
	}
	facts, err := s.catalog.DeskFacts(ctx, catalog.WaitingFilter{Regions: within(actor, f.Regions), Category: f.Category}, out.Since)
	if err != nil {
		return Overview{}, err
	}
	of := make(map[int64]catalog.DeskFact, len(facts))
	for _, x := range facts {
		of[x.SubmissionID] = x
	}
	claims, err := s.claims(ctx, 0)
	if err != nil {
		return Overview{}, err
	}
	var rounds []decidedRound
	err = db.Raw(`SELECT id, submission_id, number, outcome, curator_id, opened_at, first_claimed_at, decided_at FROM review_rounds
		WHERE outcome IN ? AND decided_at >= ? ORDER BY id`, []Outcome{Approved, Returned, Refused}, out.Since.UTC()).Scan(&rounds).Error
	if err != nil {
		return Overview{}, fmt.Errorf("curation: rounds of the overview: %w", err)
	}
	rounds = slices.DeleteFunc(rounds, func(r decidedRound) bool { _, ok := of[r.SubmissionID]; return !ok })
	var improve []struct {
		RoundID int64
		Aspect  Aspect
	}
	err = db.Raw(`SELECT DISTINCT a.round_id, a.aspect FROM review_answers a JOIN review_rounds r ON r.id = a.round_id
		WHERE r.outcome = ? AND r.decided_at >= ? AND a.verdict = 'improve'`, Returned, out.Since.UTC()).Scan(&improve).Error
	if err != nil {
		return Overview{}, fmt.Errorf("curation: reasons of the overview: %w", err)
	}
	aspects := map[int64][]Aspect{}
	for _, a := range improve {
		aspects[a.RoundID] = append(aspects[a.RoundID], a.Aspect)
	}
	out.load(facts, claims, now)
	out.times(rounds)
	out.reasons(rounds, of, aspects)
	out.prices(rounds, of)
	if out.Curators, err = s.workload(ctx, actor, rounds, of, claims); err != nil {
		return Overview{}, err
	}
	return out, nil
}

// load counts what waits now.
func (o *Overview) load(facts []catalog.DeskFact, claims []Claim, now time.Time) {
	held := map[int64]bool{}
	for _, c := range claims {
		held[c.SubmissionID] = true
	}
	for i, from := range ageBounds {
		b := AgeBucket{From: from}
		if i+1 < len(ageBounds) {
			b.To = ageBounds[i+1] - 1
		}
		o.Ages = append(o.Ages, b)
	}
	late := sentFor(now, o.Promise)
	for _, f := range facts {
		if !f.Waits() {
			continue
		}
		o.Waiting++
		if f.SubmittedAt.Before(late) {
			o.Overdue++
		}
		if held[f.SubmissionID] {
			o.Claimed++
		} else {
			o.Free++
		}
		at, exact := slices.BinarySearch(ageBounds, workingDays(f.SubmittedAt, now))
		if !exact {
			at--
		}
		o.Ages[at].Count++
	}
}

// times measures rounds to approval, waiting and working.
func (o *Overview) times(rounds []decidedRound) {
	o.Approvals = make([]int64, mostRounds)
	var numbers []int64
	var waited, worked []time.Duration
	for _, r := range rounds {
		if r.Outcome == Approved {
			o.Approvals[min(r.Number, mostRounds)-1]++
			numbers = append(numbers, r.Number)
		}
		if r.FirstClaimedAt != nil { // rounds from before it was noted have none
			waited = append(waited, max(0, r.FirstClaimedAt.Sub(r.OpenedAt)))
			worked = append(worked, max(0, r.DecidedAt.Sub(*r.FirstClaimedAt)))
		}
	}
	o.MedianRounds, _ = median(numbers)
	o.Waited, o.Worked = spread(waited), spread(worked)
}

func (o *Overview) reasons(rounds []decidedRound, of map[int64]catalog.DeskFact, aspects map[int64][]Aspect) {
	categories, regions := map[string]*Reasons{}, map[string]*Reasons{}
	count := func(into map[string]*Reasons, code, name string, list []Aspect) {
		r := into[code]
		if r == nil {
			r = &Reasons{Code: code, Name: name, Aspects: map[Aspect]int64{}}
			into[code] = r
		}
		r.Returns++
		for _, a := range list {
			r.Aspects[a]++
		}
	}
	for _, r := range rounds {
		if r.Outcome == Returned {
			f := of[r.SubmissionID]
			count(categories, f.CategorySlug, f.CategoryName, aspects[r.ID])
			count(regions, f.RegencyCode, "", aspects[r.ID])
		}
	}
	o.ByCategory, o.ByRegion = mostFirst(categories), mostFirst(regions)
}

// mostFirst orders by the number of returns, then by code.
func mostFirst(from map[string]*Reasons) []Reasons {
	var out []Reasons
	for _, r := range from {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b Reasons) int { return cmp.Or(cmp.Compare(b.Returns, a.Returns), cmp.Compare(a.Code, b.Code)) })
	return out
}

// prices compares what was first asked with what was approved, each submission
// once.
func (o *Overview) prices(rounds []decidedRound, of map[int64]catalog.DeskFact) {
	var first, last []money.Rupiah
	var percents []int64
	for _, r := range rounds {
		f := of[r.SubmissionID]
		if r.Outcome != Approved || f.FirstPrice <= 0 || f.LastPrice <= 0 {
			continue
		}
		first, last = append(first, f.FirstPrice), append(last, f.LastPrice)
		percents = append(percents, percent(f.FirstPrice, f.LastPrice))
		switch {
		case f.LastPrice > f.FirstPrice:
			o.Prices.Up++
		case f.LastPrice < f.FirstPrice:
			o.Prices.Down++
		default:
			o.Prices.Same++
		}
	}
	o.Prices.Count = int64(len(first))
	o.Prices.MedianFirst, _ = median(first)
	o.Prices.MedianApproved, _ = median(last)
	o.Prices.MedianPercent, _ = median(percents)
}

// percent is the change from a to b in whole percent, halves away from zero.
func percent(a, b money.Rupiah) int64 {
	change := int64(b-a) * 200
	if change < 0 {
		return (change - int64(a)) / (2 * int64(a))
	}
	return (change + int64(a)) / (2 * int64(a))
}

// workload counts per curator. Only decided rounds and claims of submissions that
// the filter lets through count.
func (s *Service) workload(ctx context.Context, actor account.Actor, rounds []decidedRound, of map[int64]catalog.DeskFact, claims []Claim) ([]Workload, error) {
	all := actor.HasAny(account.RoleHead, account.RoleAdmin)
	if !all {
		var err error
		if all, err = s.IsLead(ctx, s.db.Read(ctx), actor); err != nil {
			return nil, err
		}
	}
	by := map[int64]*Workload{}
	at := func(curator int64) *Workload {
		if !all && curator != actor.UserID {
			return &Workload{} // counted, and shown to nobody
		}
		if by[curator] == nil {
			by[curator] = &Workload{CuratorID: curator}
		}
		return by[curator]
	}
	for _, c := range claims {
		if _, ok := of[c.SubmissionID]; ok {
			at(c.CuratorID).Claimed++
		}
	}
	for _, r := range rounds {
		w := at(r.CuratorID)
		w.Decided++
		switch r.Outcome {
		case Approved:
			w.Approved++
		case Returned:
			w.Returned++
		case Refused:
			w.Refused++
		}
	}
	var ids []int64
	for id := range by {
		ids = append(ids, id)
	}
	names, err := s.people.Users(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []Workload
	for id, w := range by {
		w.Name = names[id].Name
		out = append(out, *w)
	}
	slices.SortFunc(out, func(a, b Workload) int {
		return cmp.Or(cmp.Compare(b.Decided, a.Decided), cmp.Compare(a.Name, b.Name), cmp.Compare(a.CuratorID, b.CuratorID))
	})
	return out, nil
}

// median is the middle one, of an even number the lower of the two; false for
// none. It sorts the list.
func median[T cmp.Ordered](list []T) (T, bool) { return rank(list, 50) }

// rank is the smallest value that so many percent do not exceed.
func rank[T cmp.Ordered](list []T, percent int) (out T, ok bool) {
	if len(list) == 0 {
		return out, false
	}
	slices.Sort(list)
	return list[(len(list)*percent+99)/100-1], true
}

func spread(list []time.Duration) Spread {
	out := Spread{Count: int64(len(list))}
	out.Median, _ = median(list)
	out.Ninety, _ = rank(list, 90)
	return out
}
