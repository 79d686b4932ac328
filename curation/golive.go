package curation

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// What is approved for a later day goes live on it, or comes back to the desk.

// Cause is why a round began that the maker did not begin.
type Cause string

// The causes.
const (
	ByMaker     Cause = ""          // the maker sent or appealed
	Recalled    Cause = "recalled"  // a curator took the schedule back
	RuleForbids Cause = "rule"      // on its day a certificate that the law asks for was over
	Suspended   Cause = "suspended" // on its day the product was suspended
)

// dueAtOnce is how many changes one run of the timer brings live; the next run,
// seconds later, goes on.
const dueAtOnce = 200

// GoLiveDue brings live what is scheduled and due, each change in a transaction of
// its own, and returns how many. What lacks a certificate by now that it had, and
// changes of suspended products, do not go live: they wait at the desk again, and the maker
// is told why. It may run at any time, on many instances at once, and after any
// interruption. One that fails does not keep the others from going live.
func (s *Service) GoLiveDue(ctx context.Context) (live int, err error) {
	due, err := s.catalog.Due(ctx, dueAtOnce)
	if err != nil {
		return 0, err
	}
	var failed error
	for _, submissionID := range due {
		went, err := s.goLive(ctx, submissionID)
		if errors.Is(err, gorm.ErrDuplicatedKey) { // two products wanted one address; the second try sees the first
			went, err = s.goLive(ctx, submissionID)
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("curation: submission %d on its day: %w", submissionID, err))
		}
		if went {
			live++
		}
	}
	return live, failed
}

func (s *Service) goLive(ctx context.Context, submissionID int64) (went bool, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		went = false
		sub, state, due, err := s.catalog.DueTx(ctx, tx, submissionID)
		if err != nil || !due {
			return err
		}
		cause, words, err := s.hindranceTx(ctx, tx, sub, state)
		if err != nil {
			return err
		}
		if cause != "" {
			return s.holdTx(ctx, tx, sub, cause, words)
		}
		went = true
		return s.liveTx(ctx, tx, account.System, sub)
	})
	return went && err == nil, err
}

// liveTx brings a due change live and tells its shop.
func (s *Service) liveTx(ctx context.Context, tx *gorm.DB, actor account.Actor, sub catalog.Submission) error {
	sub, err := s.catalog.GoLiveTx(ctx, tx, actor, sub.ID)
	if err != nil {
		return err
	}
	return s.tellTx(ctx, tx, sub, verdict{outcome: Approved}, nil)
}

// hindranceTx says what stands in the way of a change on its day, in words for
// the maker; an empty cause is nothing.
func (s *Service) hindranceTx(ctx context.Context, tx *gorm.DB, sub catalog.Submission, state catalog.ProductState) (Cause, string, error) {
	if state == catalog.ProductSuspended {
		return Suspended, text.T("curation.live.suspended"), nil
	}
	list, err := s.catalog.MeasureTx(ctx, tx, sub.ShopID, sub.Revision)
	if err != nil {
		return "", "", err
	}
	if stops := blocks(list); len(stops) > 0 {
		return RuleForbids, acceptable(stops), nil
	}
	lapsed, err := s.catalog.LapsedTx(ctx, tx, sub)
	if err != nil || lapsed == nil {
		return "", "", err
	}
	return RuleForbids, text.T("curation.live.lapsed", "izin", text.T("publiclabel.kind."+string(lapsed.Kind))), nil
}

func (s *Service) holdTx(ctx context.Context, tx *gorm.DB, sub catalog.Submission, cause Cause, words string) error {
	sub, err := s.catalog.HoldTx(ctx, tx, sub.ID, string(cause))
	if err != nil {
		return err
	}
	if err := s.openAgainTx(ctx, tx, account.System, sub, cause, words); err != nil {
		return err
	}
	return s.tellShopTx(ctx, tx, sub.ShopID, "curation_held", map[string]string{"produk": sub.Revision.Title, "alasan": words}, Path(sub.ID))
}

// openAgainTx begins a round about a revision that was approved before.
func (s *Service) openAgainTx(ctx context.Context, tx *gorm.DB, actor account.Actor, sub catalog.Submission, cause Cause, words string) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = tx.WithContext(ctx).Exec(`INSERT INTO review_rounds (submission_id, revision_id, number, form_key, outcome, cause, cause_words, opened_by, opened_at)
		SELECT ?, ?, 1 + COALESCE(MAX(number), 0), ?, ?, ?, ?, ?, ? FROM review_rounds WHERE submission_id = ?`,
		sub.ID, sub.Revision.ID, id.Token(), Waiting, cause, words, actor.UserID, now, sub.ID).Error
	if err != nil {
		return fmt.Errorf("curation: open round again: %w", err)
	}
	return nil
}

// Reschedule gives a scheduled change another day; "" or today lets it go live
// now. Curators without an interest in the shop may; the shop is told. Errors: see
// catalog.RescheduleTx; conflict with what stands in the way of going live now,
// and then it keeps its day.
func (s *Service) Reschedule(ctx context.Context, actor account.Actor, submissionID int64, day string) error {
	return s.reschedule(ctx, actor, submissionID, day, func(tx *gorm.DB) error {
		_, err := s.catalog.ReviewableTx(ctx, tx, actor, submissionID)
		return err
	})
}

// RescheduleOwn is Reschedule for the shop's members and their companion.
func (s *Service) RescheduleOwn(ctx context.Context, actor account.Actor, submissionID int64, day string) error {
	return s.reschedule(ctx, actor, submissionID, day, func(tx *gorm.DB) error {
		sub, err := s.catalog.SubmissionTx(ctx, tx, submissionID)
		if err == nil && !actor.Manages(sub.ShopID) {
			err = fault.NotFound("another's submission")
		}
		return err
	})
}

func (s *Service) reschedule(ctx context.Context, actor account.Actor, submissionID int64, day string, may func(tx *gorm.DB) error) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := may(tx); err != nil {
			return err
		}
		sub, err := s.catalog.RescheduleTx(ctx, tx, actor, submissionID, day)
		if err != nil {
			return err
		}
		_, state, due, err := s.catalog.DueTx(ctx, tx, submissionID)
		if err != nil {
			return err
		}
		if due {
			cause, words, err := s.hindranceTx(ctx, tx, sub, state)
			if err != nil {
				return err
			}
			if cause != "" {
				return fault.Conflict("curation.live.hindered", "alasan", words)
			}
			return s.liveTx(ctx, tx, actor, sub)
		}
		if actor.Manages(sub.ShopID) {
			return nil
		}
		on, err := s.liveDayTx(ctx, tx, sub)
		if err != nil {
			return err
		}
		return s.tellShopTx(ctx, tx, sub.ShopID, "curation_rescheduled", map[string]string{"produk": sub.Revision.Title, "hari": on}, Path(sub.ID))
	})
}

// scheduleList names the list of what waits for its day, for cursors.
const scheduleList = "schedule"

// SchedulePage is one page of what waits for its day, the next day first.
type SchedulePage struct {
	Items []catalog.ScheduledItem
	Next  string // cursor, "" at the end
}

// Scheduled returns what is approved and waits for its day. Who may see it: as
// Queue. Errors: invalid for a cursor that is not ours.
func (s *Service) Scheduled(ctx context.Context, actor account.Actor, cursor string, limit int) (SchedulePage, error) {
	if err := looks(actor); err != nil {
		return SchedulePage{}, err
	}
	after, err := catalog.ParseCursor(s.keys, scheduleList, cursor)
	if err != nil {
		return SchedulePage{}, err
	}
	items, err := s.catalog.Scheduled(ctx, within(actor, nil), after, limit+1)
	page := SchedulePage{Items: items}
	if len(items) > limit {
		page.Items = items[:limit]
		page.Next = items[limit-1].Key().Cursor(s.keys, scheduleList)
	}
	return page, err
}

// Recall takes a scheduled change back to the desk, with a reason that the maker
// reads: somebody decides again about the same revision. Curators without an
// interest in the shop may. Errors: invalid on "reason"; see catalog.RecallTx.
func (s *Service) Recall(ctx context.Context, actor account.Actor, submissionID int64, reason string) error {
	reason = clean(reason)
	bad := fault.Invalid("curation.invalid")
	switch {
	case !says(reason):
		bad.With("reason", "curation.reason")
	case letters(reason) > MaxNote:
		bad.With("reason", "curation.note_too_long", "max", MaxNote)
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if _, err := s.catalog.ReviewableTx(ctx, tx, actor, submissionID); err != nil {
			return err
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		sub, err := s.catalog.RecallTx(ctx, tx, actor, submissionID)
		if err != nil {
			return err
		}
		if err := s.openAgainTx(ctx, tx, actor, sub, Recalled, reason); err != nil {
			return err
		}
		return s.tellShopTx(ctx, tx, sub.ShopID, "curation_recalled", map[string]string{"produk": sub.Revision.Title, "alasan": reason}, Path(sub.ID))
	})
}

// liveDayTx writes the day on which a change goes live, in its shop's zone.
func (s *Service) liveDayTx(ctx context.Context, tx *gorm.DB, sub catalog.Submission) (string, error) {
	shop, err := s.catalog.ShopTx(ctx, tx, sub.ShopID)
	if err != nil {
		return "", err
	}
	return LiveDay(sub, shop), nil
}

// LiveDay writes the day on which a scheduled change goes live, in its shop's
// zone; "" for one that is not scheduled.
func LiveDay(sub catalog.Submission, shop catalog.Shop) string {
	if sub.State != catalog.SubmissionScheduled || sub.LiveAt == nil {
		return ""
	}
	return calendar.Date(sub.LiveAt.In(calendar.Zone(shop.RegencyCode)))
}
