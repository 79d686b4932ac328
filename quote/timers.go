package quote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// timer is one kind of due request.
type timer struct {
	name string
	due  string // SQL over quote_requests r; its ? is the moment that counts
	at   func(now time.Time) time.Time
	run  func(ctx context.Context, tx *gorm.DB, row requestRow, now time.Time) error
}

func (s *Service) timers() []timer {
	at := func(now time.Time) time.Time { return now }
	return []timer{
		{"remind", "SELECT r.* FROM quote_requests r WHERE r.state = 'asked' AND r.remind_at <= ?", at, s.remindTx},
		{"expire", "SELECT r.* FROM quote_requests r JOIN quote_offers o ON o.request_id = r.id WHERE o.state = 'sent' AND o.valid_until <= ?", at, s.expireTx},
		{"sweep", "SELECT r.* FROM quote_requests r WHERE r.state = 'draft' AND r.created_at <= ?",
			func(now time.Time) time.Time { return now.Add(-s.settings.DraftsLast) }, s.sweepTx},
	}
}

// RunTimers does everything that has become due: reminders and call-list entries
// for requests unanswered for a day, offers that ran out, forms never sent. Each
// row is one small transaction that looks again before it acts, so any number of
// instances may run it at once. It returns how many rows it acted on; one row's
// failure does not stop the others. main calls it every half minute.
func (s *Service) RunTimers(ctx context.Context) (int, error) {
	done := 0
	var failed error
	for _, t := range s.timers() {
		now, err := clock.Now(ctx, s.db.Read(ctx))
		if err != nil {
			return done, err
		}
		var rows []requestRow
		if err := s.db.Read(ctx).Raw(t.due+" ORDER BY r.id LIMIT 200", t.at(now)).Scan(&rows).Error; err != nil {
			return done, fmt.Errorf("quote: timer %s: %w", t.name, err)
		}
		for _, row := range rows {
			acted, err := s.runTimer(ctx, t, row.ID)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("quote: timer %s of request %d: %w", t.name, row.ID, err))
			}
			if acted {
				done++
			}
		}
	}
	return done, failed
}

// runTimer acts on one row if it is still due.
func (s *Service) runTimer(ctx context.Context, t timer, requestID int64) (bool, error) {
	acted := false
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		acted = false
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := lockedTx(ctx, tx, requestID); err != nil {
			return err
		}
		var rows []requestRow
		err = tx.WithContext(ctx).Raw(t.due+" AND r.id = ?", t.at(now), requestID).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		acted = true
		return t.run(ctx, tx, rows[0], now)
	})
	if fault.Is(err, fault.KindConflict) || fault.Is(err, fault.KindNotFound) {
		return false, nil // a person, or another instance, was faster
	}
	return acted && err == nil, err
}

// remindTx reminds the shop of a request nobody answered, and puts it on the call
// list of every companion of the shop.
func (s *Service) remindTx(ctx context.Context, tx *gorm.DB, row requestRow, _ time.Time) error {
	err := tx.WithContext(ctx).Exec("UPDATE quote_requests SET remind_at = NULL WHERE id = ?", row.ID).Error
	if err != nil {
		return fmt.Errorf("quote: remind: %w", err)
	}
	if err := s.tellShopTx(ctx, tx, row, "quote_unanswered", nil); err != nil {
		return err
	}
	companions, err := s.parts.People.CompanionsTx(ctx, tx, row.shop())
	if err != nil {
		return err
	}
	for _, c := range companions {
		if err := s.parts.Messages.CallAboutTx(ctx, tx, c.ID, row.shop(), row.ID, "quote_unanswered"); err != nil {
			return err
		}
	}
	return nil
}

// expireTx ends an offer that ran out. Accept looks at the time itself, so it does
// not matter when this comes.
func (s *Service) expireTx(ctx context.Context, tx *gorm.DB, row requestRow, now time.Time) error {
	if err := endOpenTx(ctx, tx, row.ID, "expire", Timer); err != nil {
		return err
	}
	row, err := moveTx(ctx, tx, row, "expire", by{who: Timer}, now, nil)
	if err != nil {
		return err
	}
	if err := s.tellBuyerTx(ctx, tx, row, "quote_expired", nil); err != nil {
		return err
	}
	return s.tellShopTx(ctx, tx, row, "quote_ran_out", nil)
}

// sweepTx removes a form that was never sent, with its pictures.
func (s *Service) sweepTx(ctx context.Context, tx *gorm.DB, row requestRow, _ time.Time) error {
	if err := s.dropPicturesTx(ctx, tx, row.ID); err != nil {
		return err
	}
	return tx.WithContext(ctx).Exec("DELETE FROM quote_requests WHERE id = ? AND state = 'draft'", row.ID).Error
}

func (s *Service) dropPicturesTx(ctx context.Context, tx *gorm.DB, requestID int64) error {
	kept, err := s.parts.Pictures.PicturesOf(ctx, PictureOwner, requestID)
	if err != nil || len(kept) == 0 {
		return err
	}
	ids := make([]int64, len(kept))
	for i, p := range kept {
		ids[i] = p.ID
	}
	return s.parts.Pictures.RemoveTx(ctx, tx, ids)
}
