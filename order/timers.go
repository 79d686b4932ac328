package order

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// timerBatch bounds one RunTimers; the next run takes the rest.
const timerBatch = 200

// timer is one kind of due row.
type timer struct {
	name string
	due  string // SQL condition over orders; its ? is now
	run  func(ctx context.Context, tx *gorm.DB, row orderRow, now time.Time) error
}

func (s *Service) timers() []timer {
	return []timer{
		{"remind", "remind_at <= ?", s.remindTx},
		{"ask", "ask_at <= ?", s.askTx},
		{"deliver", "deliver_at <= ?", s.moveByTimer(Deliver)},
		{"complete", "complete_at <= ?", s.moveByTimer(Complete)},
		{"pay", "pay_until <= ?", s.moveByTimer(LapseDirect)},
		{"collect", "collect_by <= ?", s.moveByTimer(NotCollect)},
		{"release", `settled_at <= ? AND (
			(delivery_released_at IS NULL AND (dispatched_at IS NOT NULL OR delivered_at IS NOT NULL OR state = 'resolved'))
			OR (goods_released_at IS NULL AND state IN ('completed','resolved')))`, s.releaseTx},
	}
}

// RunTimers does everything that has become due: reminders and call-list entries
// for orders unseen for 6 hours, the question to the buyer after the longest
// transit, delivery and completion by timer, orders on the shop's own account that
// nobody paid, goods nobody collected, and money whose settlement came after its
// release. Each row is one small transaction that looks again before it
// acts, so any number of instances may run it at once. It returns how many rows
// it acted on; one row's failure does not stop the others and is joined into
// the error. main calls it every half minute.
func (s *Service) RunTimers(ctx context.Context) (int, error) {
	done := 0
	var failed error
	for _, t := range s.timers() {
		now, err := clock.Now(ctx, s.db.Read(ctx))
		if err != nil {
			return done, err
		}
		var ids []int64
		err = s.db.Read(ctx).Raw("SELECT id FROM orders WHERE "+t.due+" ORDER BY id LIMIT ?", now, timerBatch).Scan(&ids).Error
		if err != nil {
			return done, fmt.Errorf("order: timer %s: %w", t.name, err)
		}
		for _, orderID := range ids {
			acted, err := s.runTimer(ctx, t, orderID)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("order: timer %s of order %d: %w", t.name, orderID, err))
			}
			if acted {
				done++
			}
		}
	}
	return done, failed
}

// runTimer acts on one row if it is still due.
func (s *Service) runTimer(ctx context.Context, t timer, orderID int64) (bool, error) {
	acted := false
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		acted = false
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := lockedTx(ctx, tx, orderID); err != nil {
			return err
		}
		var rows []orderRow
		err = tx.WithContext(ctx).Raw("SELECT * FROM orders WHERE id = ? AND "+t.due, orderID, now).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := t.run(ctx, tx, rows[0], now); err != nil {
			return err
		}
		acted = true
		crash.Point("order/timer/written")
		return nil
	})
	crash.Point("order/timer/committed")
	if fault.Is(err, fault.KindConflict) {
		return false, nil // another instance, or a person, was faster
	}
	return acted && err == nil, err
}

// claimTx clears a timer column; a Conflict says that someone else did.
func claimTx(ctx context.Context, tx *gorm.DB, row orderRow, column string, now time.Time) error {
	done := tx.WithContext(ctx).Exec("UPDATE orders SET "+column+" = NULL WHERE id = ? AND state = ? AND "+column+" <= ?",
		row.ID, row.State, now)
	if done.Error != nil {
		return fmt.Errorf("order: claim %s: %w", column, done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.Conflict("order.move.changed")
	}
	return nil
}

// remindTx reminds the shop of an order nobody opened, or of proof of payment that
// nobody looked into, and puts it on the call list of every companion of the shop.
func (s *Service) remindTx(ctx context.Context, tx *gorm.DB, row orderRow, now time.Time) error {
	if err := claimTx(ctx, tx, row, "remind_at", now); err != nil {
		return err
	}
	switch {
	case row.State == AwaitingPayment && row.DirectProofAt != nil:
		return s.tellUnseenTx(ctx, tx, row, "order_proof_unseen")
	case row.State != ToDo || row.SeenAt != nil:
		return nil
	}
	return s.tellUnseenTx(ctx, tx, row, "order_unseen", "how", text.T("order.pay_words."+string(row.PayBy), "amount", row.remaining()))
}

// askTx asks the buyer whether the parcel came, or the shop when it was to be paid
// at the door.
func (s *Service) askTx(ctx context.Context, tx *gorm.DB, row orderRow, now time.Time) error {
	if err := claimTx(ctx, tx, row, "ask_at", now); err != nil {
		return err
	}
	switch {
	case row.State != Dispatched:
		return nil
	case row.PayBy == ByCOD:
		return s.tellUnseenTx(ctx, tx, row, "order_cod_due")
	}
	return s.tellBuyerTx(ctx, tx, row, "order_arrived", nil)
}

func (s *Service) moveByTimer(name Transition) func(context.Context, *gorm.DB, orderRow, time.Time) error {
	return func(ctx context.Context, tx *gorm.DB, row orderRow, now time.Time) error {
		rule, ok := Find(name, row.State, Timer, row.kind())
		if !ok {
			return notNow(row.State)
		}
		_, err := s.applyTx(ctx, tx, row, step{rule: rule, by: party{who: Timer}, now: now})
		return err
	}
}
