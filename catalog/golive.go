package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

// MaxLiveDays is how many days ahead a change can be scheduled.
const MaxLiveDays = 180

// ApproveTx makes the revision the curator read the live one, at once. See
// ApproveOnTx.
func (s *Service) ApproveTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID, revisionID int64) (Submission, error) {
	return s.ApproveOnTx(ctx, tx, actor, submissionID, revisionID, "")
}

// ApproveOnTx approves the revision the curator read, to go live on a day of the
// shop's zone (like 2026-12-01) or, with "" or today, at once. Until that day the
// public sees what it saw. Errors as ReturnTx; invalid on "hari" for a day that
// is none, over, or more than MaxLiveDays ahead; gorm.ErrDuplicatedKey when
// another product took the same address in the same moment (run the transaction
// again).
func (s *Service) ApproveOnTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID, revisionID int64, day string) (Submission, error) {
	sub, err := s.decideTx(ctx, tx, actor, submissionID, revisionID, "approve")
	if err != nil {
		return Submission{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Submission{}, err
	}
	at, err := liveMoment(ctx, tx, sub.ShopID, day, now)
	if err != nil {
		return Submission{}, err
	}
	if err := moveTx(ctx, tx, submissionID, "schedule", map[string]any{"live_at": at}); err != nil {
		return Submission{}, err
	}
	sub.State, sub.LiveAt = SubmissionScheduled, &at
	if at.After(now) {
		return sub, record(ctx, tx, actor, sub.ShopID, "schedule", "submission", submissionID, day)
	}
	return s.goLiveTx(ctx, tx, actor, sub)
}

// liveMoment is the beginning of the day in the shop's zone; now for "" and today.
func liveMoment(ctx context.Context, tx *gorm.DB, shopID int64, typed string, now time.Time) (time.Time, error) {
	if typed == "" {
		return now, nil
	}
	shop, err := shopByID(ctx, tx, shopID)
	if err != nil {
		return time.Time{}, err
	}
	zone := calendar.Zone(shop.RegencyCode)
	today := day(now, zone)
	at, err := time.ParseInLocation(time.DateOnly, typed, zone)
	bad := fault.Invalid("catalog.draft.invalid")
	switch {
	case err != nil:
		return time.Time{}, bad.With("hari", "catalog.day")
	case at.Before(today):
		return time.Time{}, bad.With("hari", "catalog.live.past")
	case at.After(today.AddDate(0, 0, MaxLiveDays)):
		return time.Time{}, bad.With("hari", "catalog.live.far", "days", MaxLiveDays)
	case at.Equal(today):
		return now, nil
	}
	return at.UTC(), nil
}

// WishTx notes on which day the maker wants the change to go live; "" or today is
// as soon as it is approved. The shop's members and their companion may. Errors:
// as ApproveOnTx for the day.
func (s *Service) WishTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64, day string) error {
	sub, err := s.ownTx(ctx, tx, actor, submissionID)
	if err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	at, err := liveMoment(ctx, tx, sub.ShopID, day, now)
	if err != nil {
		return err
	}
	if !at.After(now) {
		day = ""
	}
	if err := tx.WithContext(ctx).Exec(`UPDATE submissions SET wish_day = ? WHERE id = ?`, day, submissionID).Error; err != nil {
		return fmt.Errorf("catalog: wished day: %w", err)
	}
	return nil
}

// RescheduleTx gives a scheduled change another day; "" or today is now, which
// the caller makes happen with GoLiveTx. The shop's members, their companion, and
// curators without an interest in the shop may. Errors: not found for everybody
// else; conflict when it is not scheduled any more; invalid as ApproveOnTx.
func (s *Service) RescheduleTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64, day string) (Submission, error) {
	sub, err := submissionByID(ctx, tx, submissionID)
	if err != nil {
		return Submission{}, err
	}
	if !actor.Manages(sub.ShopID) {
		if err := decides(actor, sub.ShopID); err != nil {
			return Submission{}, err
		}
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Submission{}, err
	}
	at, err := liveMoment(ctx, tx, sub.ShopID, day, now)
	if err != nil {
		return Submission{}, err
	}
	if err := moveTx(ctx, tx, submissionID, "reschedule", map[string]any{"live_at": at}); err != nil {
		return Submission{}, err
	}
	sub.LiveAt = &at
	return sub, record(ctx, tx, actor, sub.ShopID, "reschedule", "submission", submissionID, day)
}

// RecallTx takes a scheduled change back to the desk, which decides again about
// the same revision. Errors as ReviewableTx; conflict when it is not scheduled.
func (s *Service) RecallTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (Submission, error) {
	if _, err := s.ReviewableTx(ctx, tx, actor, submissionID); err != nil {
		return Submission{}, err
	}
	return s.backToDeskTx(ctx, tx, actor, submissionID, "recall", "")
}

// HoldTx takes a change that must not go live back to the desk on its day.
// Package curation alone calls it, with what stands in the way for the trail.
func (s *Service) HoldTx(ctx context.Context, tx *gorm.DB, submissionID int64, why string) (Submission, error) {
	return s.backToDeskTx(ctx, tx, account.System, submissionID, "hold", why)
}

// backToDeskTx lets it wait in its old place of the queue; what is counted from
// the last sending begins anew, since nobody let it wait until now.
func (s *Service) backToDeskTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64, name, note string) (Submission, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Submission{}, err
	}
	if err := moveTx(ctx, tx, submissionID, name, map[string]any{"submitted_at": now, "decided_at": nil, "live_at": nil}); err != nil {
		return Submission{}, err
	}
	sub, err := submissionByID(ctx, tx, submissionID)
	if err != nil {
		return Submission{}, err
	}
	return sub, record(ctx, tx, actor, sub.ShopID, name, "submission", submissionID, note)
}

// Due returns the scheduled submissions whose moment has come, oldest first, at
// most so many. It changes nothing.
func (s *Service) Due(ctx context.Context, limit int) ([]int64, error) {
	db := s.db.Read(ctx)
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var due []int64
	err = db.Raw(`SELECT id FROM submissions WHERE state = ? AND live_at <= ? ORDER BY live_at, id LIMIT ?`, SubmissionScheduled, now, limit).Scan(&due).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: due changes: %w", err)
	}
	return due, nil
}

// ScheduledItem is one change that waits for its day.
type ScheduledItem struct {
	SubmissionID int64
	Title        string
	ShopName     string
	RegencyCode  string // of the shop, whose zone counts
	Kind         SubmissionKind
	LiveAt       time.Time
}

// Key is the item's place in the list, for the next page.
func (i ScheduledItem) Key() Keyset { return Keyset{Value: i.LiveAt.UnixMicro(), ID: i.SubmissionID} }

// Scheduled returns what waits for its day in shops of these regions (none: all),
// the next day first, at most so many. It decides nothing about who asks.
func (s *Service) Scheduled(ctx context.Context, regions []string, after Keyset, limit int) ([]ScheduledItem, error) {
	w := newWhere("s.state = ?", SubmissionScheduled)
	w.regions("h", regions)
	if after.ID > 0 {
		at := time.UnixMicro(after.Value).UTC()
		w.and("(s.live_at > ? OR (s.live_at = ? AND s.id > ?))", at, at, after.ID)
	}
	var items []ScheduledItem
	err := s.db.Read(ctx).Raw(`SELECT s.id AS submission_id, r.title, h.name AS shop_name, h.regency_code, s.kind, s.live_at
		FROM submissions s JOIN revisions r ON r.id = s.revision_id JOIN shops h ON h.id = s.shop_id
		WHERE `+w.sql()+` ORDER BY s.live_at, s.id LIMIT ?`, append(w.args, limit)...).Scan(&items).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: scheduled changes: %w", err)
	}
	for i := range items {
		items[i].LiveAt = items[i].LiveAt.UTC()
	}
	return items, nil
}

// DueTx holds a scheduled submission whose moment has come, its shop and its
// product until the commit, and says how the product stands; ok is false when
// there is nothing to do (any more), for instance because another instance did it.
func (s *Service) DueTx(ctx context.Context, tx *gorm.DB, submissionID int64) (sub Submission, state ProductState, ok bool, err error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return sub, "", false, err
	}
	res := tx.WithContext(ctx).Exec(`UPDATE submissions SET updated_at = ? WHERE id = ? AND state = ? AND live_at <= ?`, now, submissionID, SubmissionScheduled, now)
	if res.Error != nil {
		return sub, "", false, fmt.Errorf("catalog: due change: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return sub, "", false, nil
	}
	if sub, err = submissionByID(ctx, tx, submissionID); err != nil {
		return sub, "", false, err
	}
	_, p, err := holdTx(ctx, tx, sub)
	return sub, p.State, err == nil, err
}

// holdTx holds the shop and the product of a submission until the commit, so that
// neither moves without the pictures following.
func holdTx(ctx context.Context, tx *gorm.DB, sub Submission) (shop Shop, p product, err error) {
	err = tx.WithContext(ctx).Raw(`SELECT `+shopColumns+` FROM shops WHERE id = ?`+locking(tx), sub.ShopID).Scan(&shop).Error
	if err != nil {
		return shop, p, fmt.Errorf("catalog: shop of submission: %w", err)
	}
	err = tx.WithContext(ctx).Raw(`SELECT `+productColumns+` FROM products WHERE id = ?`+locking(tx), sub.ProductID).Scan(&p).Error
	if err != nil {
		return shop, p, fmt.Errorf("catalog: product of submission: %w", err)
	}
	return shop, p, nil
}

// LapsedTx returns the certificate that is over and leaves what the submission
// says without what the law asks for; nil for none.
func (s *Service) LapsedTx(ctx context.Context, tx *gorm.DB, sub Submission) (*Certificate, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	list, err := certificates(ctx, tx, `e.shop_id = ? AND (e.state = 'confirmed' OR e.lapsed_at IS NOT NULL)`, sub.ShopID)
	if err != nil {
		return nil, err
	}
	g := goodsOf{revision: sub.Revision}
	for _, c := range list {
		if c.concerns(sub.ProductID) {
			g.papers = append(g.papers, c)
		}
	}
	return g.without(now), nil
}

// GoLiveTx makes a scheduled revision the live one when its moment has come.
// Package curation alone calls it, after DueTx and the hard rules. Errors:
// conflict when it is not due or not scheduled any more; gorm.ErrDuplicatedKey as
// ApproveOnTx.
func (s *Service) GoLiveTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (Submission, error) {
	sub, _, ok, err := s.DueTx(ctx, tx, submissionID)
	if err != nil {
		return Submission{}, err
	}
	if !ok {
		return Submission{}, fault.Conflict("catalog.submission.moved")
	}
	if sub, err = s.goLiveTx(ctx, tx, actor, sub); err != nil {
		return Submission{}, err
	}
	return sub, record(ctx, tx, actor, sub.ShopID, "go_live", "submission", submissionID, "")
}

// goLiveTx swaps words, pictures, prices and category at once: the pictures become
// public if the product is (and those no longer shown private), and the keys of
// the changed pages are appended to the invalidations. A first approval also
// publishes the product, gives it its address and opens its pools. When the maker
// changed any price in this edit, of the product, a variant or a tier, all of them
// become the live ones; else the present prices stay, wherever in their bands they
// are by now. Stock stays as it is. A suspended product stays suspended.
func (s *Service) goLiveTx(ctx context.Context, tx *gorm.DB, actor account.Actor, sub Submission) (Submission, error) {
	if err := moveTx(ctx, tx, sub.ID, "go_live", nil); err != nil {
		return Submission{}, err
	}
	sub.State = SubmissionLive
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Submission{}, err
	}
	shop, before, err := holdTx(ctx, tx, sub)
	if err != nil {
		return Submission{}, err
	}
	if before.State == ProductArchived {
		return Submission{}, fault.Conflict("catalog.product.archived")
	}
	set := map[string]any{"live_revision_id": sub.Revision.ID, "category_id": sub.Revision.CategoryID, "updated_at": now}
	if sub.Kind == SubmissionNew || sub.Revision.sheet() != sub.BaseSheet {
		if err := pricesTx(ctx, tx, sub.Revision); err != nil {
			return Submission{}, err
		}
	}
	after := before
	if ProductMoves.Allows("publish", before.State) {
		after.State = ProductMoves.Move("publish").To
		if before.Slug, err = freeSlug(ctx, tx, before.ID, sub.Revision.Title); err != nil {
			return Submission{}, err
		}
		set["state"], set["slug"], set["published_key"], set["mode"] = after.State, before.Slug, now.UnixMicro(), sub.Revision.Mode
	}
	if err := tx.WithContext(ctx).Table("products").Where("id = ?", before.ID).Updates(set).Error; err != nil {
		return Submission{}, fmt.Errorf("catalog: go live: %w", err)
	}
	if err := openPoolsTx(ctx, tx, actor, sub); err != nil {
		return Submission{}, err
	}
	if err := s.swapPicturesTx(ctx, tx, before.LiveRevisionID, sub.Revision.Pictures, shows(shop.State, after.State)); err != nil {
		return Submission{}, err
	}
	return sub, database.InvalidateTx(ctx, tx, "list", "shop:"+shop.Slug, "product:"+before.Slug)
}

// shows reports whether a product in that state in such a shop is public.
func shows(shop ShopState, p ProductState) bool {
	return shop == ShopOpen && (p == ProductPublished || p == ProductPaused)
}

func (s *Service) swapPicturesTx(ctx context.Context, tx *gorm.DB, oldRevision *int64, now []int64, public bool) error {
	if oldRevision != nil {
		old, err := picturesOf(ctx, tx, []int64{*oldRevision})
		if err != nil {
			return err
		}
		gone := slices.DeleteFunc(old[*oldRevision], func(id int64) bool { return slices.Contains(now, id) })
		if err := s.showTx(ctx, tx, gone, false); err != nil {
			return err
		}
	}
	return s.showTx(ctx, tx, now, public)
}

// lateAfter is how long after its moment a scheduled change is not live only
// because something is broken.
const lateAfter = time.Hour

// proveSchedule checks that what is scheduled has a moment, and that none passed
// unnoticed.
func (s *Service) proveSchedule(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var ids []int64
	err = db.Raw(`SELECT id FROM submissions WHERE state = ? AND (live_at IS NULL OR live_at < ?) ORDER BY id`, SubmissionScheduled, now.Add(-lateAfter)).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: prove schedule: %w", err)
	}
	var out []proof.Finding
	for _, id := range ids {
		out = append(out, proof.Finding{Invariant: "C2 scheduled and not live", Row: fmt.Sprintf("submissions %d", id),
			Text: "its moment passed more than an hour ago, or it has none"})
	}
	return out, nil
}
