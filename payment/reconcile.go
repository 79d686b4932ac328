package payment

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
)

// batch bounds one round of the poller, so that it ends within its job's time;
// what is left is due again in the next minute.
const batch = 60

// giveUpAfter is how many failed readings in a row end a round: the gateway is
// down, and the next minute tries again.
const giveUpAfter = 3

// Reconcile asks the gateway about everything that is due: payments not yet
// made, open, over, or not yet settled, refunds and payouts without an outcome.
// The poller's job calls it every minute; it may run in several instances at
// once. Each row's next look is written before the look, so a crash postpones
// rather than repeats.
//
// Money on its way out comes first and for a bounded part of the time: invoices
// are many and mostly wait for buyers, and a slow gateway would leave no time for
// anything behind them.
func (s *Service) Reconcile(ctx context.Context) error {
	return errors.Join(
		within(ctx, func(ctx context.Context) error { return round(ctx, s, s.duePayout, s.pollPayout) }),
		within(ctx, func(ctx context.Context) error { return round(ctx, s, s.dueRefund, s.pollRefund) }),
		round(ctx, s, s.duePayment, s.pollPayment),
		s.tryAgain(ctx),
	)
}

// outTime is how long one round may spend on payouts, and on refunds.
const outTime = 15 * time.Second

func within(ctx context.Context, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, outTime)
	defer cancel()
	return fn(ctx)
}

// round polls the due rows of one table.
func round[T any](ctx context.Context, s *Service, due func(ctx context.Context) ([]T, error), poll func(context.Context, T) error) error {
	rows, err := due(ctx)
	if err != nil {
		return err
	}
	var failed []error
	inARow := 0
	for _, row := range rows {
		if ctx.Err() != nil || inARow >= giveUpAfter {
			break
		}
		if err := poll(ctx, row); err != nil {
			failed = append(failed, err)
			if errors.Is(err, ErrRetry) || errors.Is(err, ErrUnknown) {
				inARow++ // only silence says that the gateway is down
			}
			continue
		}
		inARow = 0
	}
	return errors.Join(failed...)
}

func (s *Service) duePayment(ctx context.Context) ([]Payment, error) { return dueRows[Payment](ctx, s) }
func (s *Service) duePayout(ctx context.Context) ([]Payout, error)   { return dueRows[Payout](ctx, s) }
func (s *Service) dueRefund(ctx context.Context) ([]Refund, error)   { return dueRows[Refund](ctx, s) }

func dueRows[T any](ctx context.Context, s *Service) ([]T, error) {
	read := s.db.Read(ctx)
	now, err := clock.Now(ctx, read)
	if err != nil {
		return nil, err
	}
	var rows []T
	err = read.Where("next_check_at <= ?", now).Order("next_check_at, id").Limit(batch).Find(&rows).Error
	return rows, err
}

// claim moves a row's next look forward, if nobody else has.
func claim(ctx context.Context, s *Service, model any, rowID int64, seen time.Time, next func(now time.Time) *time.Time) (bool, error) {
	claimed := false
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		r := tx.Model(model).Where("id = ? AND next_check_at = ?", rowID, seen).
			Updates(map[string]any{"checks": gorm.Expr("checks + 1"), "next_check_at": next(now), "updated_at": now})
		claimed = r.RowsAffected == 1
		return r.Error
	})
	return claimed, err
}

func in(now time.Time, d time.Duration) *time.Time {
	t := now.Add(d)
	return &t
}

// step is the pause after the n-th look (from 0) of a schedule; its last pause
// repeats when again is set, else the looks end.
func step(now time.Time, n int, again bool, pauses ...time.Duration) *time.Time {
	switch {
	case n < len(pauses):
		return in(now, pauses[n])
	case again:
		return in(now, pauses[len(pauses)-1])
	}
	return nil
}

// nextPaymentCheck is when a payment is looked at again. Open ones every four
// minutes at first, so that a lost callback costs a buyer at most that, later
// every quarter of an hour, and exactly when their time is over. After that one
// hour, a day and three days on, because banks report late. Paid ones until
// they are settled, at the pace's pauses.
func (s *Service) nextPaymentCheck(p Payment, now time.Time) *time.Time {
	switch {
	case p.State.Live():
		pause := 4 * time.Minute
		if now.Sub(p.CreatedAt) > 2*time.Hour {
			pause = 15 * time.Minute
		}
		next := now.Add(pause)
		if now.Before(p.ExpiresAt) && next.After(p.ExpiresAt) {
			next = p.ExpiresAt
		}
		return &next
	case p.State == Paid:
		return step(now, p.Checks+1, true, s.pace.Settle...) // paidTx took the first pause
	case p.State == Settled:
		return nil
	}
	// The look at hand is the one at +1 h (checks 0), +24 h (1) or +72 h (2).
	return step(now, p.Checks, false, 23*time.Hour, 48*time.Hour)
}

func (s *Service) pollPayment(ctx context.Context, p Payment) error {
	claimed, err := claim(ctx, s, &Payment{}, p.ID, *p.NextCheckAt, func(now time.Time) *time.Time { return s.nextPaymentCheck(p, now) })
	if err != nil || !claimed {
		return err
	}
	now, err := clock.Now(ctx, s.db.Read(ctx))
	if err != nil {
		return err
	}
	switch {
	case p.State.Live() && (p.CancelRequested || !now.Before(p.ExpiresAt)):
		return s.Close(ctx, p.ID)
	case p.State == Created || p.State == Unknown:
		_, err := s.Open(ctx, p.ID)
		return err
	}
	return s.check(ctx, p)
}

// check reads a payment at the gateway and merges what it says. Where no more
// money is expected, every invoice of the reference is read, so that a second
// one cannot hide.
func (s *Service) check(ctx context.Context, p Payment) error {
	cctx, cancel := calling(ctx)
	defer cancel()
	var found []Invoice
	if p.State == Open || p.State == Paid {
		inv, err := s.gateway.Invoice(cctx, p.GatewayID)
		if err != nil {
			return err
		}
		found = append(found, inv)
	} else {
		var err error
		if found, err = s.gateway.FindInvoices(cctx, p.Reference); err != nil {
			return err
		}
	}
	crash.Point("payment/check/read")
	moneyFirst(found)
	wctx, done := writing(ctx)
	defer done()
	err := database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		for _, inv := range found {
			if err := s.mergeTx(wctx, tx, p.ID, inv); err != nil {
				return err
			}
		}
		crash.Point("payment/check/written")
		return nil
	})
	crash.Point("payment/check/committed")
	return err
}
