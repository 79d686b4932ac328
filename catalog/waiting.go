package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// WaitingFilter narrows Waiting. The zero filter is everything that waits.
type WaitingFilter struct {
	Regions    []string // province, regency or district codes; empty for all
	Category   string   // slug
	Kind       SubmissionKind
	Query      string        // words of title or shop
	Only       []int64       // only these submissions, when not nil
	Except     []int64       // not these submissions
	Shops      []int64       // only of these shops, when not nil
	NotShops   []int64       // not of these shops
	SentFrom   time.Time     // sent last at this time or later, when not zero
	SentBefore time.Time     // sent last before this, when not zero
	Share      *WaitingShare // only what falls to one curator, when not nil
	After      Keyset        // the last item of the page before; the zero Keyset begins
	Backward   bool          // with After: what comes before it, the nearest last
	Limit      int           // default 50, at most 500
}

// WaitingShare is what falls to one curator: the scopes they answer for and, with
// Rest, whatever lies in none of Named.
type WaitingShare struct {
	Scopes []WaitingScope
	Named  []WaitingScope
	Rest   bool
}

// WaitingScope is a part of what waits: of any of the categories and from any of
// the regions, where an empty list means all.
type WaitingScope struct {
	Regions    []string
	Categories []string // slugs
}

// WaitingItem is one submission that waits for a decision.
type WaitingItem struct {
	SubmissionID     int64
	RevisionID       int64
	ProductID        int64
	ShopID           int64
	ShopName         string
	RegencyCode      string
	DistrictCode     string
	Title            string
	PictureID        int64 // its first picture; 0 for none
	CategorySlug     string
	CategoryName     string
	Kind             SubmissionKind
	State            SubmissionState
	Rounds           int64     // revisions so far
	FirstSubmittedAt time.Time // its place in the queue
	SubmittedAt      time.Time // sent last, or appealed: since then the desk is asked
}

// Key is the item's place in the queue, for the next page.
func (w WaitingItem) Key() Keyset {
	return Keyset{Value: w.FirstSubmittedAt.UnixMicro(), ID: w.SubmissionID}
}

// waits is the condition of the index submissions_waiting, word for word: both
// databases use a partial index only where they can see that it fits.
const waits = `s.state IN ('submitted', 'in_review')`

// Waiting returns submitted and in-review submissions in the order of their first
// sending, so that a returned one keeps its place. It decides nothing; curation,
// which knows who holds what, asks it.
func (s *Service) Waiting(ctx context.Context, f WaitingFilter) ([]WaitingItem, error) {
	if f.Limit <= 0 || f.Limit > 500 {
		f.Limit = 50
	}
	w := newWhere(waits)
	w.waiting(f)
	order := "s.first_submitted_at, s.id"
	if f.Backward {
		order = "s.first_submitted_at DESC, s.id DESC"
	}
	if f.After.ID > 0 {
		at := time.UnixMicro(f.After.Value).UTC()
		if f.Backward {
			w.and("(s.first_submitted_at, s.id) < (?, ?)", at, f.After.ID)
		} else {
			w.and("(s.first_submitted_at, s.id) > (?, ?)", at, f.After.ID)
		}
	}
	var items []WaitingItem
	err := s.db.Read(ctx).Raw(`SELECT s.id AS submission_id, r.id AS revision_id, s.product_id, s.shop_id, h.name AS shop_name, h.regency_code, h.district_code,
			r.title, c.slug AS category_slug, c.name AS category_name, s.kind, s.state, r.number AS rounds, s.first_submitted_at, s.submitted_at,
			COALESCE((SELECT rp.picture_id FROM revision_pictures rp WHERE rp.revision_id = r.id ORDER BY rp.position LIMIT 1), 0) AS picture_id
		FROM submissions s JOIN revisions r ON r.id = s.revision_id JOIN shops h ON h.id = s.shop_id JOIN categories c ON c.id = r.category_id
		WHERE `+w.sql()+` ORDER BY `+order+` LIMIT ?`, append(w.args, f.Limit)...).Scan(&items).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: waiting: %w", err)
	}
	for i := range items {
		items[i].FirstSubmittedAt, items[i].SubmittedAt = items[i].FirstSubmittedAt.UTC(), items[i].SubmittedAt.UTC()
	}
	if f.Backward {
		slices.Reverse(items)
	}
	return items, nil
}

// CountWaiting counts what Waiting would return without its limit.
func (s *Service) CountWaiting(ctx context.Context, f WaitingFilter) (int64, error) {
	counts, err := s.CountWaitingEach(ctx, f, WaitingFilter{})
	if err != nil {
		return 0, err
	}
	return counts[0], nil
}

// CountWaitingEach counts, in one statement, what of f each of the narrower
// filters leaves: the numbers above a list, whatever it is filtered by.
func (s *Service) CountWaitingEach(ctx context.Context, f WaitingFilter, narrower ...WaitingFilter) ([]int64, error) {
	var columns []string
	var args []any
	for _, n := range narrower {
		w := newWhere("1 = 1")
		w.waiting(n)
		columns = append(columns, "COUNT(*) FILTER (WHERE "+w.sql()+")")
		args = append(args, w.args...)
	}
	w := newWhere(waits)
	w.waiting(f)
	counts, into := make([]int64, len(narrower)), make([]any, len(narrower))
	for i := range counts {
		into[i] = &counts[i]
	}
	err := s.db.Read(ctx).Raw(`SELECT `+strings.Join(columns, ", ")+` FROM submissions s WHERE `+w.sql(), append(args, w.args...)...).Row().Scan(into...)
	if err != nil {
		return nil, fmt.Errorf("catalog: count waiting: %w", err)
	}
	return counts, nil
}

// waiting adds the conditions of f, all of them on the alias s: what the index
// holds needs no other table, and what does not is asked once or per row.
func (w *where) waiting(f WaitingFilter) {
	w.scope(WaitingScope{Regions: f.Regions})
	if f.Category != "" {
		w.scope(WaitingScope{Categories: []string{f.Category}})
	}
	if f.Kind != "" {
		w.and("s.kind = ?", f.Kind)
	}
	if f.Only != nil {
		w.and("s.id IN ?", append([]int64{0}, f.Only...)) // never an empty list
	}
	if len(f.Except) > 0 {
		w.and("s.id NOT IN ?", f.Except)
	}
	if f.Shops != nil { // the plus keeps to submissions_waiting, also where the shops' index looks better
		w.and("+s.shop_id IN ?", append([]int64{0}, f.Shops...))
	}
	if len(f.NotShops) > 0 {
		w.and("s.shop_id NOT IN ?", f.NotShops)
	}
	if !f.SentFrom.IsZero() {
		w.and("s.submitted_at >= ?", f.SentFrom.UTC())
	}
	if !f.SentBefore.IsZero() {
		w.and("s.submitted_at < ?", f.SentBefore.UTC())
	}
	for _, word := range words(f.Query) {
		w.and(`EXISTS (SELECT 1 FROM revisions q JOIN shops n ON n.id = s.shop_id WHERE q.id = s.revision_id AND (q.title_key LIKE ? OR n.name_key LIKE ?))`,
			"%"+word+"%", "%"+word+"%")
	}
	if f.Share != nil {
		w.share(*f.Share)
	}
}

func (w *where) share(share WaitingShare) {
	any := newWhere("1 = 0")
	for _, scope := range share.Scopes {
		part := newWhere("1 = 1")
		part.scope(scope)
		any.and(part.sql(), part.args...)
	}
	if share.Rest {
		rest := newWhere("1 = 1")
		for _, scope := range share.Named {
			part := newWhere("1 = 1")
			part.scope(scope)
			rest.and("NOT ("+part.sql()+")", part.args...)
		}
		any.and(rest.sql(), rest.args...)
	}
	w.and("("+any.any()+")", any.args...)
}

func (w *where) scope(scope WaitingScope) {
	if len(scope.Categories) > 0 {
		w.and("s.category_id IN (SELECT k.id FROM categories k WHERE k.slug IN ?)", scope.Categories)
	}
	if len(scope.Regions) > 0 {
		places := newWhere("1 = 1")
		places.regions("p", scope.Regions)
		w.and("+s.shop_id IN (SELECT p.id FROM shops p WHERE "+places.sql()+")", places.args...)
	}
}

// Record is what a shop has behind it.
type Record struct {
	Live     int64 // products that the public sees now
	Sent     int64 // times something was sent for review
	Approved int64 // of these, approved
}

// Records returns what each of the shops has behind it. It needs no permission:
// whoever lists shops decides who sees it.
func (s *Service) Records(ctx context.Context, shopIDs []int64) (map[int64]Record, error) {
	var rows []struct {
		ShopID int64
		Record
	}
	err := s.db.Read(ctx).Raw(`SELECT h.id AS shop_id,
			(SELECT COUNT(*) FROM products p WHERE p.shop_id = h.id AND p.state = 'published') AS live,
			(SELECT COUNT(*) FROM submissions s JOIN revisions r ON r.submission_id = s.id WHERE s.shop_id = h.id AND r.sealed_at IS NOT NULL) AS sent,
			(SELECT COUNT(*) FROM submissions s WHERE s.shop_id = h.id AND s.state IN ('approved', 'scheduled', 'live')) AS approved
		FROM shops h WHERE h.id IN ?`, append([]int64{0}, shopIDs...)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: records: %w", err)
	}
	out := make(map[int64]Record, len(rows))
	for _, r := range rows {
		out[r.ShopID] = r.Record
	}
	return out, nil
}
