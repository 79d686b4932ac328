package curation

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// How many working days a maker is promised to wait for an answer, counted from
// what they sent last: until somebody says otherwise, and at most.
const (
	DefaultPromise = 3
	MaxPromise     = 20
)

// Promise is how many working days a maker waits at most for an answer. Anybody
// may know.
func (s *Service) Promise(ctx context.Context) (int, error) {
	return promise(ctx, s.db.Read(ctx))
}

func promise(ctx context.Context, db *gorm.DB) (int, error) {
	days := DefaultPromise
	if err := db.WithContext(ctx).Raw(`SELECT days FROM desk_promise WHERE id = 1`).Scan(&days).Error; err != nil {
		return 0, fmt.Errorf("curation: promise: %w", err)
	}
	return days, nil
}

// SetPromise changes the promise, also for what waits already. The lead, heads and
// admins may. Errors: not found or forbidden for others; invalid with the field
// "days".
func (s *Service) SetPromise(ctx context.Context, actor account.Actor, days int) error {
	if err := looks(actor); err != nil {
		return err
	}
	if days < 1 || days > MaxPromise {
		return fault.Invalid("curation.invalid").With("days", "desk.promise_days", "max", MaxPromise)
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := s.arrangesTx(ctx, tx, actor); err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(`INSERT INTO desk_promise (id, days, updated_at) VALUES (1, ?, ?)
			ON CONFLICT (id) DO UPDATE SET days = excluded.days, updated_at = excluded.updated_at`, days, now).Error
		if err != nil {
			return fmt.Errorf("curation: promise: %w", err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "set_promise", Object: "desk_promise", ObjectID: 1, Note: fmt.Sprint(days)})
	})
}

// arrangesTx lets those through who arrange the desk: the lead, heads and admins.
func (s *Service) arrangesTx(ctx context.Context, tx *gorm.DB, actor account.Actor) error {
	if actor.HasAny(account.RoleHead, account.RoleAdmin) {
		return nil
	}
	lead, err := s.IsLead(ctx, tx, actor)
	if err == nil && !lead {
		err = fault.Forbidden("curation.lead_only")
	}
	return err
}

// DueDay is the last day by which an answer was promised for what was sent then,
// by the capital's calendar; days are working days.
func DueDay(sent time.Time, days int) time.Time {
	return calendar.AddWorkingDays(midnight(sent), days)
}

// midnight is when the day of t begins in the capital.
func midnight(t time.Time) time.Time {
	year, month, day := t.In(calendar.WIB).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, calendar.WIB)
}

// sentFor is the beginning of the first day on which a sending is due on day or
// later: what was sent before it was due earlier.
func sentFor(day time.Time, days int) time.Time {
	at := midnight(day)
	for before := at.AddDate(0, 0, -1); !DueDay(before, days).Before(midnight(day)); before = at.AddDate(0, 0, -1) {
		at = before
	}
	return at
}

// workingDays counts the working days after from, up to and including today,
// at most 60.
func workingDays(from, now time.Time) int {
	n := 0
	for day, end := midnight(from), midnight(now); day.Before(end) && n < 60; {
		day = day.AddDate(0, 0, 1)
		if calendar.IsWorkingDay(day) {
			n++
		}
	}
	return n
}
