package payment

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/clock"
)

// Unmade is how long a payment may be without an invoice before somebody has to
// look: the gateway answers within seconds, or is down.
const Unmade = 10 * time.Minute

// Health is how the money's ways stand, in numbers. It names nobody.
type Health struct {
	Open            int64         // invoices that wait for buyers
	Unmade          int64         // payments older than Unmade without an invoice
	Unknown         Unknowns      // outcomes nobody knows yet
	OldestUnknown   time.Duration // since the oldest of them was begun
	AwaitingAccount int64         // refunds that wait for the payer's account
	Problems        int64         // payments and payouts that disagree with the gateway

	CallbacksWaiting    int64      // stored, their job is to come
	CallbacksHeld       int64      // the gateway's object says otherwise
	CallbacksUnmatched  int64      // about nothing of ours
	CallbacksUnreadable int64      // not understood
	LastCallback        *time.Time // nil when none ever came
}

// Unknowns counts calls to the gateway without a known outcome.
type Unknowns struct{ Payments, Refunds, Payouts int64 }

// Sum is how many there are in all.
func (u Unknowns) Sum() int64 { return u.Payments + u.Refunds + u.Payouts }

// Health counts what is under way and what is stuck, for the metrics and the
// administrator's page. It needs no permission: it names nobody.
func (s *Service) Health(ctx context.Context) (Health, error) {
	var h Health
	read := s.db.Read(ctx)
	now, err := clock.Now(ctx, read)
	if err != nil {
		return h, err
	}
	fail := func(err error) (Health, error) { return h, fmt.Errorf("payment: health: %w", err) }
	count := func(into *int64, query string, args ...any) error { return read.Raw(query, args...).Scan(into).Error }
	for _, c := range []struct {
		into  *int64
		query string
		args  []any
	}{
		{&h.Open, "SELECT COUNT(*) FROM payments WHERE state = 'open'", nil},
		{&h.Unmade, "SELECT COUNT(*) FROM payments WHERE state IN ('created', 'unknown') AND created_at < ?", []any{now.Add(-Unmade)}},
		{&h.AwaitingAccount, "SELECT COUNT(*) FROM refunds WHERE state = 'awaiting_account'", nil},
		{&h.Problems, "SELECT (SELECT COUNT(*) FROM payments WHERE problem <> '') + (SELECT COUNT(*) FROM payouts WHERE problem <> '')", nil},
	} {
		if err := count(c.into, c.query, c.args...); err != nil {
			return fail(err)
		}
	}
	for table, into := range map[string]*int64{"payments": &h.Unknown.Payments, "refunds": &h.Unknown.Refunds, "payouts": &h.Unknown.Payouts} {
		if err := count(into, "SELECT COUNT(*) FROM "+table+" WHERE state = 'unknown'"); err != nil {
			return fail(err)
		}
		if *into == 0 {
			continue
		}
		var first []time.Time
		if err := read.Table(table).Where("state = 'unknown'").Order("created_at").Limit(1).Pluck("created_at", &first).Error; err != nil {
			return fail(err)
		}
		if len(first) > 0 {
			h.OldestUnknown = max(h.OldestUnknown, now.Sub(first[0]))
		}
	}
	var states []struct {
		State string
		Count int64
	}
	if err := read.Raw("SELECT state, COUNT(*) AS count FROM callbacks WHERE state <> 'done' GROUP BY state").Scan(&states).Error; err != nil {
		return fail(err)
	}
	for _, r := range states {
		switch CallbackState(r.State) {
		case CallbackNew:
			h.CallbacksWaiting = r.Count
		case CallbackHeld:
			h.CallbacksHeld = r.Count
		case CallbackUnmatched:
			h.CallbacksUnmatched = r.Count
		case CallbackUnreadable:
			h.CallbacksUnreadable = r.Count
		case CallbackDone:
		}
	}
	var last []time.Time
	if err := read.Table("callbacks").Order("id DESC").Limit(20).Pluck("last_at", &last).Error; err != nil {
		return fail(err)
	}
	for _, at := range last {
		if h.LastCallback == nil || at.After(*h.LastCallback) {
			h.LastCallback = &at
		}
	}
	return h, nil
}

// PollKind is the kind of the job that asks the gateway again and again.
func PollKind() string { return pollArgs{}.Kind() }
