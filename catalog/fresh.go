package catalog

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog/index"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
)

// window is this process's index of what is for sale, kept true by the same
// invalidations as the page cache. Nobody is told by it what it has not read: who
// asks first lets it catch up with everything that was committed before the
// question, in one query when nothing changed. So an answer is as fresh as one
// from the database, also on an instance that was silent, and a page drawn from
// it ends with the keys it depends on, like every page.
//
// What a change means for a list that does not show the product (it sold out, and
// a count is one less) no writer has to know: the index sees whether an answer
// could be another one, and then tells this process's page cache "list".
type window struct {
	s    *Service
	gate chan struct{} // one catches up at a time

	index      *index.Index // nil until it was filled
	categories []Category   // in the order of the shop window
	begun      time.Time    // when the last good catching up began
	last       int64        // the highest invalidation seen
	seen       map[int64]bool
}

const (
	// late is how far back invalidations are read again: a transaction that commits
	// within it is seen although one with a higher id was seen before. The page
	// cache uses the same.
	late = 10 * time.Second
	// forgotten is how long after the last catching up invalidations may have been
	// deleted; then everything is read again. They are kept for ten minutes.
	forgotten = 5 * time.Minute
	// portion is how many products are read at once.
	portion = 500
)

func newWindow(s *Service) *window { return &window{s: s, gate: make(chan struct{}, 1)} }

// enter waits until nobody else reads changes; leave lets the next one.
func (w *window) enter(ctx context.Context) error {
	select {
	case w.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *window) leave() { <-w.gate }

// fresh returns the index with everything in it that was committed before the
// call. However many ask at once, one of them reads: the others find that it began
// after they asked.
func (w *window) fresh(ctx context.Context) (*index.Index, error) {
	asked := time.Now()
	if err := w.enter(ctx); err != nil {
		return nil, err
	}
	defer w.leave()
	if w.begun.After(asked) {
		return w.index, nil
	}
	ctx, _ = database.Collect(ctx) // what is read for the index is not what the page shows
	if err := w.catchUp(ctx); err != nil {
		return nil, err
	}
	return w.index, nil
}

// catchUp reads what changed since the last time. The gate is held.
func (w *window) catchUp(ctx context.Context) error {
	begun, after, back := time.Now(), int64(-1), late
	if w.index != nil {
		after, back = w.last, late+begun.Sub(w.begun)
	}
	now, rows, err := w.s.db.Invalidations(ctx, after, back)
	if err != nil {
		return fmt.Errorf("catalog: index: %w", err)
	}
	seen, last := make(map[int64]bool, len(rows)), max(w.last, 0)
	var keys []string
	for _, r := range rows {
		if !w.seen[r.ID] {
			keys = append(keys, r.Key)
		}
		seen[r.ID], last = true, max(last, r.ID)
	}
	switch {
	case w.index == nil:
		err = w.fill(ctx)
	case begun.Sub(w.begun) > forgotten:
		_, err = w.readAll(ctx)
	default:
		err = w.readChanged(ctx, now, keys)
	}
	if err != nil {
		return err // what was read stays to be read again
	}
	w.begun, w.last, w.seen = begun, last, seen
	return nil
}

// fill reads everything for the first time.
func (w *window) fill(ctx context.Context) (err error) {
	if w.categories, err = w.s.Categories(ctx); err != nil {
		return err
	}
	w.index = index.New()
	if err = w.readSynonyms(ctx); err == nil {
		_, err = w.readAll(ctx)
	}
	if err != nil {
		w.index = nil
		return err
	}
	w.index.Settle()
	return nil
}

// readAll compares everything with the database, portion by portion, and returns
// how many products had changed.
func (w *window) readAll(ctx context.Context) (int, error) {
	changed := 0
	for after := int64(0); ; {
		n, last, err := w.readPortion(ctx, after)
		changed += n
		if err != nil || last == 0 {
			return changed, err
		}
		after = last
	}
}

// readPortion reads the products on sale above an id, takes out those that are no
// longer, and returns how many changed and the last id, 0 at the end.
func (w *window) readPortion(ctx context.Context, after int64) (changed int, last int64, err error) {
	ids, err := w.onSale(ctx, after)
	if err != nil {
		return 0, 0, err
	}
	if len(ids) == portion {
		last = ids[portion-1]
	}
	still := make(map[int64]bool, len(ids))
	for _, id := range ids {
		still[id] = true
	}
	for _, id := range w.index.IDs(after, last) {
		if !still[id] {
			ids = append(ids, id)
		}
	}
	changed, err = w.read(ctx, ids)
	return changed, last, err
}

func (w *window) onSale(ctx context.Context, after int64) ([]int64, error) {
	var ids []int64
	err := w.s.db.Read(ctx).Raw(`SELECT p.id FROM products p JOIN shops h ON h.id = p.shop_id WHERE p.id > ? AND p.state = ? AND h.state = ? ORDER BY p.id LIMIT ?`,
		after, ProductPublished, ShopOpen, portion).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: index: %w", err)
	}
	return ids, nil
}

// readChanged reads what the keys name and what changes by itself at this hour.
func (w *window) readChanged(ctx context.Context, now time.Time, changed []string) error {
	var products, shops []string
	words := false
	for _, key := range changed {
		if slug, found := strings.CutPrefix(key, "product:"); found {
			products = append(products, slug)
		}
		if slug, found := strings.CutPrefix(key, "shop:"); found {
			shops = append(shops, slug)
		}
		words = words || key == synonymsKey
	}
	if words {
		if err := w.readSynonyms(ctx); err != nil {
			return err
		}
	}
	ids := map[int64]bool{}
	for _, id := range w.index.Due(now) {
		ids[id] = true
	}
	for _, named := range []struct {
		query string
		slugs []string
	}{
		{`SELECT id FROM products WHERE slug IN ?`, products},
		{`SELECT p.id FROM products p JOIN shops h ON h.id = p.shop_id WHERE h.slug IN ?`, shops},
	} {
		for from := 0; from < len(named.slugs); from += portion {
			var some []int64
			part := named.slugs[from:min(from+portion, len(named.slugs))]
			if err := w.s.db.Read(ctx).Raw(named.query, part).Scan(&some).Error; err != nil {
				return fmt.Errorf("catalog: index: %w", err)
			}
			for _, id := range some {
				ids[id] = true
			}
		}
	}
	_, err := w.read(ctx, keys(ids))
	return err
}

// read puts the products as they are now into the index, and tells the page cache
// when a list may have changed by it.
func (w *window) read(ctx context.Context, ids []int64) (changed int, err error) {
	for len(ids) > 0 {
		n := min(len(ids), portion)
		docs, err := w.s.docs(ctx, ids[:n])
		if err != nil {
			return changed, err
		}
		for _, id := range ids[:n] {
			doc, onSale := docs[id]
			if onSale && w.index.Put(doc) || !onSale && w.index.Remove(id) {
				changed++
			}
		}
		ids = ids[n:]
	}
	if changed > 0 {
		w.s.db.Tell("list")
	}
	return changed, nil
}

// docs are those of the products that are on sale, as the index needs them.
func (s *Service) docs(ctx context.Context, ids []int64) (map[int64]index.Doc, error) {
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	sellables, err := s.sellables(ctx, db, ids)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		ID           int64
		Description  string
		Composition  string
		Kind         ShopKind
		Village      string
		PublishedKey int64
	}
	err = db.Raw(`SELECT p.id, r.description, COALESCE(l.composition, '') AS composition, h.kind, h.village, p.published_key
		FROM products p JOIN revisions r ON r.id = p.live_revision_id JOIN shops h ON h.id = p.shop_id
		LEFT JOIN revision_labels l ON l.revision_id = r.id WHERE p.id IN ?`, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: index: %w", err)
	}
	out := make(map[int64]index.Doc, len(rows))
	for _, r := range rows {
		v := sellables[r.ID]
		if v.State != ProductPublished || v.ShopState != ShopOpen {
			continue
		}
		d := index.Doc{
			ID: r.ID, Slug: v.Slug, Title: v.Title, Unit: v.Unit, CategorySlug: v.CategorySlug, CategoryName: v.CategoryName,
			ShopSlug: v.ShopSlug, ShopName: v.ShopName, ShopKind: string(r.Kind), Place: placeOf(r.Village, v.DistrictCode),
			District: areaNumber(v.DistrictCode), Text: r.Description + "\n" + r.Composition, Price: int64(v.Price), Published: r.PublishedKey,
			Soon: soonOf(v), Changes: changesOf(v, now),
		}
		for _, variant := range v.Variants {
			d.Text += "\n" + variant.Name
		}
		for _, kind := range v.Marks.Shown() {
			d.Certificates = append(d.Certificates, string(kind))
		}
		out[r.ID] = d
	}
	return out, nil
}

// soonOf is how soon a product can be had, for the index.
func soonOf(v Sellable) index.Soon {
	switch {
	case v.Mode == ModeQuote:
		return index.OnRequest
	case !v.Orderable():
		return index.SoldOut
	case v.HowSoon == Now:
		return index.Now
	case v.HowSoon == Preorder:
		return index.Preorder
	}
	return index.MadeToOrder
}

// changesOf is when a product may change without a write: the calendar's day
// begins in its shop's zone, with another month, a window that opens or closes, a
// day off, or without a certificate.
func changesOf(v Sellable, now time.Time) time.Time {
	if v.HowSoon == Now && v.Marks == 0 && !v.resting {
		return time.Time{}
	}
	return day(now, calendar.Zone(v.RegencyCode)).AddDate(0, 0, 1)
}

// WatchWindow keeps the index true until ctx ends, so that nobody has to wait for
// it: it fills it at once, follows this process's own commits, catches up twice a
// second, and now and then compares everything with the database. Answers are
// right without it, and then slower.
func (s *Service) WatchWindow(ctx context.Context, log *slog.Logger) {
	wake := make(chan struct{}, 1)
	stop := s.db.OnInvalidate(func([]string) {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	defer stop()
	tick, all := time.NewTicker(500*time.Millisecond), time.NewTicker(15*time.Minute)
	defer tick.Stop()
	defer all.Stop()
	silent := false
	for {
		_, err := s.window.fresh(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !silent {
			log.Warn("the index of the shop window no longer follows the database", "error", err)
		}
		silent = err != nil
		select {
		case <-wake:
		case <-tick.C:
		case <-all.C:
			if n, err := s.compareWindow(ctx); err == nil && n > 0 {
				log.Error("the index of the shop window had missed changes", "products", n)
			}
		case <-ctx.Done():
			return
		}
	}
}

// compareWindow reads everything again and returns how many products the index
// knew otherwise. Pages are answered between its portions.
func (s *Service) compareWindow(ctx context.Context) (changed int, err error) {
	ctx, _ = database.Collect(ctx)
	for after := int64(0); ; {
		if err := s.window.enter(ctx); err != nil {
			return changed, err
		}
		err := s.window.catchUp(ctx)
		n, last := 0, int64(0)
		if err == nil {
			n, last, err = s.window.readPortion(ctx, after)
		}
		s.window.leave()
		changed += n
		if err != nil || last == 0 {
			return changed, err
		}
		after = last
	}
}

// proveWindow returns the products that this process's index, having caught up,
// knows otherwise than the database.
func (s *Service) proveWindow(ctx context.Context) ([]int64, error) {
	ix, err := s.window.fresh(ctx)
	if err != nil {
		return nil, err
	}
	ctx, _ = database.Collect(ctx)
	var wrong []int64
	for after := int64(0); ; {
		ids, err := s.window.onSale(ctx, after)
		if err != nil {
			return nil, err
		}
		last := int64(0)
		if len(ids) == portion {
			last = ids[portion-1]
		}
		docs, err := s.docs(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if doc, onSale := docs[id]; onSale && !ix.Holds(doc) {
				wrong = append(wrong, id)
			}
		}
		for _, id := range ix.IDs(after, last) {
			if _, onSale := docs[id]; !onSale {
				wrong = append(wrong, id)
			}
		}
		if last == 0 {
			return wrong, nil
		}
		after = last
	}
}

// invalidateWordsTx lets every process read the synonyms again.
func invalidateWordsTx(ctx context.Context, tx *gorm.DB) error {
	return database.InvalidateTx(ctx, tx, synonymsKey, "list")
}
