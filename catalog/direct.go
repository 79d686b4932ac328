package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// DirectKind is what was changed without a review.
type DirectKind string

// The kinds of direct changes.
const (
	DirectPrice    DirectKind = "price"
	DirectStock    DirectKind = "stock"
	DirectCapacity DirectKind = "capacity"
	DirectPause    DirectKind = "pause"
	DirectResume   DirectKind = "resume"
	DirectRest     DirectKind = "rest" // days off, or closed for some days
	DirectWork     DirectKind = "work" // days off taken back
)

// DirectKinds lists them in the order of the filter.
func DirectKinds() []DirectKind {
	return []DirectKind{DirectPrice, DirectStock, DirectCapacity, DirectPause, DirectResume, DirectRest, DirectWork}
}

// Suspicion is why a curator should look at a price.
type Suspicion string

// The suspicions. No price leaves the band around the one that was reviewed last
// (see Band); these are about moves inside it.
const (
	NoSuspicion Suspicion = ""
	Often       Suspicion = "often" // more than OftenPrices changes of one price in a week
	Wide        Suspicion = "wide"  // the moves of a week together are wider than PriceBand
)

// OftenPrices is how many changes of one price in a week are nothing special.
const OftenPrices = 3

const suspiciousWithin = 7 * 24 * time.Hour

// MaxQuestion bounds a question about a change, and its answer, in letters.
const MaxQuestion = 500

// DirectChange is one thing that a shop's people changed without a review: who,
// what, from what to what, when; and what a curator asked about it.
type DirectChange struct {
	ID           int64
	ShopID       int64
	ProductID    int64 // 0: of the whole shop
	VariantID    int64
	MinQuantity  int64 // of a price by quantity
	Kind         DirectKind
	AmountBefore int64 // rupiah, or pieces
	AmountAfter  int64
	Words        string // "2026-12-24 2026-12-31 closed" of a rest, "month" or "week" of a capacity
	Suspicion    Suspicion
	ActorID      int64
	SubjectID    int64 // the maker it was done for; 0: oneself
	CreatedAt    time.Time
	Question     string
	AskedBy      int64
	AskedAt      *time.Time
	Answer       string
	AnsweredBy   int64
	AnsweredAt   *time.Time

	ShopName     string // as they are now
	RegencyCode  string
	Title        string // of what is live; "" for the whole shop
	Slug         string
	VariantName  string
	ProductState ProductState
}

// DirectFilter narrows DirectChanges.
type DirectFilter struct {
	ID         int64 // only this one, when not 0
	Regions    []string
	ShopID     int64
	Kind       DirectKind
	From, To   time.Time // made at or after, before; zero is open
	Suspicious bool
	After      Keyset // the last one of the page before
	Limit      int    // at most 200
}

// Key is the change's place in the list, for the next page.
func (d DirectChange) Key() Keyset { return Keyset{ID: d.ID} }

// DirectChanges returns what was changed without a review, newest first. It
// decides nothing about who asks: package curation does.
func (s *Service) DirectChanges(ctx context.Context, f DirectFilter) ([]DirectChange, error) {
	return directChanges(s.db.Read(ctx), f)
}

func directChanges(db *gorm.DB, f DirectFilter) ([]DirectChange, error) {
	w := newWhere("1 = 1")
	w.regions("h", f.Regions)
	if f.ID != 0 {
		w.and("d.id = ?", f.ID)
	}
	if f.ShopID != 0 {
		w.and("d.shop_id = ?", f.ShopID)
	}
	if f.Kind != "" {
		w.and("d.kind = ?", f.Kind)
	}
	if !f.From.IsZero() {
		w.and("d.created_at >= ?", f.From.UTC())
	}
	if !f.To.IsZero() {
		w.and("d.created_at < ?", f.To.UTC())
	}
	if f.Suspicious {
		w.and("d.suspicion <> ''")
	}
	if f.After.ID > 0 {
		w.and("d.id < ?", f.After.ID)
	}
	var all []DirectChange
	err := db.Raw(`SELECT d.id, d.shop_id, d.product_id, d.variant_id, d.min_quantity, d.kind, d.amount_before, d.amount_after, d.words, d.suspicion,
			d.actor_id, d.subject_id, d.created_at, d.question, d.asked_by, d.asked_at, d.answer, d.answered_by, d.answered_at,
			h.name AS shop_name, h.regency_code, COALESCE(r.title, '') AS title, COALESCE(p.slug, '') AS slug,
			COALESCE(rv.name, '') AS variant_name, COALESCE(p.state, '') AS product_state
		FROM direct_changes d JOIN shops h ON h.id = d.shop_id LEFT JOIN products p ON p.id = d.product_id
			LEFT JOIN revisions r ON r.id = p.live_revision_id
			LEFT JOIN revision_variants rv ON rv.revision_id = r.id AND rv.variant_id = d.variant_id
		WHERE `+w.sql()+` ORDER BY d.id DESC LIMIT ?`, append(w.args, min(max(f.Limit, 1), 200))...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: direct changes: %w", err)
	}
	for i := range all {
		all[i].CreatedAt, all[i].AskedAt, all[i].AnsweredAt = all[i].CreatedAt.UTC(), utc(all[i].AskedAt), utc(all[i].AnsweredAt)
	}
	return all, nil
}

// DirectChangeTx returns one change, without a check of who asks. Errors: not
// found.
func (s *Service) DirectChangeTx(_ context.Context, tx *gorm.DB, id int64) (DirectChange, error) {
	return directChange(tx, id)
}

func directChange(db *gorm.DB, id int64) (DirectChange, error) {
	found, err := directChanges(db, DirectFilter{ID: id, Limit: 1})
	if err != nil {
		return DirectChange{}, err
	}
	if len(found) == 0 {
		return DirectChange{}, fault.NotFound("direct change")
	}
	return found[0], nil
}

// OwnDirectChange returns a change to the people of its shop. Errors: not found
// for everybody else.
func (s *Service) OwnDirectChange(ctx context.Context, actor account.Actor, id int64) (DirectChange, error) {
	d, err := directChange(s.db.Read(ctx), id)
	if err == nil && !actor.Manages(d.ShopID) {
		err = fault.NotFound("another's change")
	}
	return d, err
}

// ShopOfChange says which shop a direct change belongs to, to the edge. Errors:
// not found.
func (s *Service) ShopOfChange(ctx context.Context, id int64) (int64, error) {
	return shopOf(s.db.Read(ctx).Raw("SELECT shop_id FROM direct_changes WHERE id = ?", id))
}

// AskTx writes a curator's question about a change, once. Curators without an
// interest in the shop may. Errors: conflict when somebody asked before.
func (s *Service) AskTx(ctx context.Context, tx *gorm.DB, actor account.Actor, id int64, question string) (DirectChange, error) {
	d, err := directChange(tx, id)
	if err != nil {
		return d, err
	}
	if err := decides(actor, d.ShopID); err != nil {
		return d, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return d, err
	}
	res := tx.Exec(`UPDATE direct_changes SET question = ?, asked_by = ?, asked_at = ? WHERE id = ? AND asked_at IS NULL`, question, actor.UserID, now, id)
	if res.Error != nil {
		return d, fmt.Errorf("catalog: ask: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return d, fault.Conflict("catalog.direct.asked")
	}
	return d, record(ctx, tx, actor, d.ShopID, "ask", "direct_change", id, "")
}

// AnswerTx writes the shop's answer, once. Its members and their companion may.
// Errors: not found for everybody else; conflict when nobody asked, or it was
// answered before.
func (s *Service) AnswerTx(ctx context.Context, tx *gorm.DB, actor account.Actor, id int64, answer string) (DirectChange, error) {
	d, err := directChange(tx, id)
	if err != nil {
		return d, err
	}
	if !actor.Manages(d.ShopID) {
		return d, fault.NotFound("another's change")
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return d, err
	}
	res := tx.Exec(`UPDATE direct_changes SET answer = ?, answered_by = ?, answered_at = ? WHERE id = ? AND asked_at IS NOT NULL AND answered_at IS NULL`,
		answer, actor.UserID, now, id)
	if res.Error != nil {
		return d, fmt.Errorf("catalog: answer: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return d, fault.Conflict("catalog.direct.answered")
	}
	return d, record(ctx, tx, actor, d.ShopID, "answer", "direct_change", id, "")
}

// directTx notes a change that needed no review, in its transaction.
func directTx(ctx context.Context, tx *gorm.DB, actor account.Actor, d DirectChange) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	if d.Kind == DirectPrice {
		if d.Suspicion, err = suspicionTx(tx, d, now); err != nil {
			return err
		}
	}
	err = tx.Exec(`INSERT INTO direct_changes (shop_id, product_id, variant_id, min_quantity, kind, amount_before, amount_after, words, suspicion,
			actor_id, subject_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ShopID, d.ProductID, d.VariantID, d.MinQuantity, d.Kind, d.AmountBefore, d.AmountAfter, d.Words, d.Suspicion,
		actor.UserID, actor.SubjectFor(d.ShopID), now).Error
	if err != nil {
		return fmt.Errorf("catalog: direct change: %w", err)
	}
	return nil
}

// suspicionTx looks at what the same price did in the week before.
func suspicionTx(tx *gorm.DB, d DirectChange, now time.Time) (Suspicion, error) {
	var week []struct{ AmountBefore, AmountAfter int64 }
	err := tx.Raw(`SELECT amount_before, amount_after FROM direct_changes WHERE product_id = ? AND kind = ? AND variant_id = ? AND min_quantity = ?
		AND created_at > ? ORDER BY id`, d.ProductID, DirectPrice, d.VariantID, d.MinQuantity, now.Add(-suspiciousWithin)).Scan(&week).Error
	if err != nil {
		return "", fmt.Errorf("catalog: prices of the week: %w", err)
	}
	prices := []int64{d.AmountBefore, d.AmountAfter}
	for _, w := range week {
		prices = append(prices, w.AmountBefore, w.AmountAfter)
	}
	lowest, highest := slices.Min(prices), slices.Max(prices)
	switch {
	case highest*100 > lowest*(100+PriceBand):
		return Wide, nil
	case len(week)+1 > OftenPrices:
		return Often, nil
	}
	return NoSuspicion, nil
}
