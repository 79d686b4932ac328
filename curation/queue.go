package curation

import (
	"context"
	"slices"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Hold narrows the queue by whose a submission is.
type Hold string

// The holds, as they stand in addresses.
const (
	Anyone Hold = ""      // everything that waits
	ForMe  Hold = "untuk" // what falls to the asking curator's seat, and those they cover
	Free   Hold = "bebas" // nobody reads it
	Mine   Hold = "saya"  // the asking curator reads it
)

// Due narrows the queue by the promised day.
type Due string

// The dues, as they stand in addresses.
const (
	Whenever Due = ""
	Late     Due = "lewat"    // the promised day is over
	Today    Due = "hari-ini" // the promised day is today
)

// Filter narrows the queue. The zero Filter shows everything the curator may
// decide on.
type Filter struct {
	Hold     Hold
	Due      Due
	Regions  []string // province, regency or district codes
	Category string   // slug
	Kind     catalog.SubmissionKind
	Query    string  // words of title or shop
	Shops    []int64 // only of these shops, when not nil
	Cursor   string  // Page.Next of the page before
	Limit    int     // default 50, at most 200
}

// Item is one line of the queue.
type Item struct {
	catalog.WaitingItem
	WaitingDays int       // working days since it was sent last
	DueDay      time.Time // the last promised day
	Due         Due
	Claim       *Claim   // nil while nobody reads it
	For         []string // whose seats it falls to today
	Record      catalog.Record
}

// Page is one page of the queue, in the order of first sending.
type Page struct {
	Items  []Item
	Next   string // cursor, "" at the end
	Total  int64  // what the filter matches
	Counts Counts
}

// Counts says what the same filter would match under another hold, and under
// another due.
type Counts struct {
	Holds   map[Hold]int64
	Dues    map[Due]int64
	Promise int // working days
}

const queueList = "curation"

// Queue returns what waits for a decision, for curators, without the shops they
// have an interest in. Admins may look too, and heads at their own territory. Its
// statements are as many for ten thousand waiting submissions as for one.
// Errors: not found for everybody else; invalid for a cursor that is not ours.
func (s *Service) Queue(ctx context.Context, actor account.Actor, f Filter) (Page, error) {
	q, err := s.ask(ctx, actor, f)
	if err != nil {
		return Page{}, err
	}
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	page := Page{}
	if page.Counts, err = s.counts(ctx, q, f); err != nil {
		return Page{}, err
	}
	page.Total = page.Counts.Holds[f.Hold]
	w := q.narrowed(q.base, f.Hold, f.Due)
	if w.After, err = catalog.ParseCursor(s.keys, queueList, f.Cursor); err != nil {
		return Page{}, err
	}
	w.Limit = f.Limit + 1 // one more tells whether there is a next page
	items, err := s.catalog.Waiting(ctx, w)
	if err != nil {
		return Page{}, err
	}
	if len(items) > f.Limit {
		items = items[:f.Limit]
		page.Next = items[f.Limit-1].Key().Cursor(s.keys, queueList)
	}
	var shops []int64
	for _, it := range items {
		shops = append(shops, it.ShopID)
	}
	records, err := s.catalog.Records(ctx, shops)
	if err != nil {
		return Page{}, err
	}
	for _, it := range items {
		item := q.item(it)
		item.Record = records[it.ShopID]
		page.Items = append(page.Items, item)
	}
	return page, nil
}

// Counts returns the numbers above the whole queue. Who may see them: as Queue.
func (s *Service) Counts(ctx context.Context, actor account.Actor) (Counts, error) {
	q, err := s.ask(ctx, actor, Filter{})
	if err != nil {
		return Counts{}, err
	}
	return s.counts(ctx, q, Filter{})
}

// Neighbours returns the submissions before and after one in the queue under the
// filter, 0 where there is none. The one itself need not be in the queue any more.
// Who may and the errors are those of Queue.
func (s *Service) Neighbours(ctx context.Context, actor account.Actor, f Filter, sub catalog.Submission) (before, after int64, err error) {
	if sub.FirstSubmittedAt == nil {
		return 0, 0, nil
	}
	q, err := s.ask(ctx, actor, f)
	if err != nil {
		return 0, 0, err
	}
	w := q.narrowed(q.base, f.Hold, f.Due)
	w.After, w.Limit = catalog.WaitingItem{FirstSubmittedAt: *sub.FirstSubmittedAt, SubmissionID: sub.ID}.Key(), 1
	for _, way := range []struct {
		back bool
		into *int64
	}{{true, &before}, {false, &after}} {
		w.Backward = way.back
		found, err := s.catalog.Waiting(ctx, w)
		if err != nil {
			return 0, 0, err
		}
		for _, it := range found {
			*way.into = it.SubmissionID
		}
	}
	return before, after, nil
}

// Next returns what to read after a submission that was decided: the first in the
// queue behind it that nobody else reads, else the first of all, 0 when there is
// none. Who may and the errors are those of Queue.
func (s *Service) Next(ctx context.Context, actor account.Actor, f Filter, sub catalog.Submission) (int64, error) {
	q, err := s.ask(ctx, actor, f)
	if err != nil {
		return 0, err
	}
	w := q.narrowed(q.base, f.Hold, f.Due)
	w.Except = append(w.Except, sub.ID)
	for _, c := range q.claims {
		if c.CuratorID != actor.UserID {
			w.Except = append(w.Except, c.SubmissionID)
		}
	}
	w.Limit = 1
	if sub.FirstSubmittedAt != nil {
		w.After = catalog.WaitingItem{FirstSubmittedAt: *sub.FirstSubmittedAt, SubmissionID: sub.ID}.Key()
	}
	found, err := s.catalog.Waiting(ctx, w)
	if err == nil && len(found) == 0 {
		w.After = catalog.Keyset{}
		found, err = s.catalog.Waiting(ctx, w)
	}
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return found[0].SubmissionID, nil
}

// asked is what the desk knows while it answers one question about its queue.
type asked struct {
	actor  account.Actor
	base   catalog.WaitingFilter // without hold and due
	claims []Claim
	duties []Duty
	days   int // the promise
	now    time.Time
}

func (s *Service) ask(ctx context.Context, actor account.Actor, f Filter) (asked, error) {
	if err := looks(actor); err != nil {
		return asked{}, err
	}
	q := asked{actor: actor, base: catalog.WaitingFilter{
		Regions: within(actor, f.Regions), Category: f.Category, Kind: f.Kind, Query: f.Query, Shops: f.Shops, NotShops: interests(actor),
	}}
	var err error
	if q.now, err = clock.Now(ctx, s.db.Read(ctx)); err != nil {
		return q, err
	}
	if q.days, err = s.Promise(ctx); err != nil {
		return q, err
	}
	if q.claims, err = s.claims(ctx, 0); err != nil {
		return q, err
	}
	seats, err := s.seats(ctx, s.db.Read(ctx))
	if err != nil {
		return q, err
	}
	q.duties = Duties(seats, today(q.now))
	return q, nil
}

// counts asks for all of the numbers in one statement. A hold's number is under
// the present due and the other way round, so that each is what its link shows.
func (s *Service) counts(ctx context.Context, q asked, f Filter) (Counts, error) {
	holds, dues := []Hold{Anyone, ForMe, Free, Mine}, []Due{Whenever, Late, Today}
	var each []catalog.WaitingFilter
	for _, h := range holds {
		each = append(each, q.narrowed(catalog.WaitingFilter{}, h, f.Due))
	}
	for _, d := range dues {
		each = append(each, q.narrowed(catalog.WaitingFilter{}, f.Hold, d))
	}
	n, err := s.catalog.CountWaitingEach(ctx, q.base, each...)
	if err != nil {
		return Counts{}, err
	}
	out := Counts{Holds: map[Hold]int64{}, Dues: map[Due]int64{}, Promise: q.days}
	for i, h := range holds {
		out.Holds[h] = n[i]
	}
	for i, d := range dues {
		out.Dues[d] = n[len(holds)+i]
	}
	return out, nil
}

// narrowed adds a hold and a due to a filter.
func (q asked) narrowed(w catalog.WaitingFilter, h Hold, d Due) catalog.WaitingFilter {
	switch d {
	case Late:
		w.SentBefore = sentFor(q.now, q.days)
	case Today:
		w.SentFrom, w.SentBefore = sentFor(q.now, q.days), sentFor(q.now.AddDate(0, 0, 1), q.days)
	}
	switch h {
	case ForMe:
		share := q.share()
		w.Share = &share
	case Free:
		for _, c := range q.claims {
			w.Except = append(w.Except, c.SubmissionID)
		}
	case Mine:
		w.Only = []int64{}
		for _, c := range q.claims {
			if c.CuratorID == q.actor.UserID {
				w.Only = append(w.Only, c.SubmissionID)
			}
		}
	}
	return w
}

// share is what falls to the asking curator today; for others, nothing.
func (q asked) share() catalog.WaitingShare {
	var out catalog.WaitingShare
	for _, d := range q.duties {
		for _, seat := range d.Seats {
			scope := catalog.WaitingScope{Regions: seat.Regions, Categories: seat.Categories}
			out.Named = append(out.Named, scope)
			if d.CuratorID == q.actor.UserID {
				out.Scopes = append(out.Scopes, scope)
			}
		}
		if d.CuratorID == q.actor.UserID {
			out.Rest = d.Rest
		}
	}
	return out
}

func (q asked) item(w catalog.WaitingItem) Item {
	out := Item{WaitingItem: w, WaitingDays: workingDays(w.SubmittedAt, q.now), DueDay: DueDay(w.SubmittedAt, q.days)}
	switch day := midnight(q.now); {
	case out.DueDay.Before(day):
		out.Due = Late
	case out.DueDay.Equal(day):
		out.Due = Today
	}
	if i := slices.IndexFunc(q.claims, func(c Claim) bool { return c.SubmissionID == w.SubmissionID }); i >= 0 {
		out.Claim = &q.claims[i]
	}
	for _, d := range q.duties {
		if d.Answers(q.duties, w.CategorySlug, w.DistrictCode) {
			out.For = append(out.For, d.Name)
		}
	}
	return out
}

// looks lets those see the desk who work at it or answer for it.
func looks(actor account.Actor) error {
	if !actor.HasAny(account.RoleCurator, account.RoleHead, account.RoleAdmin) {
		return fault.NotFound("the desk is for curators")
	}
	return nil
}
