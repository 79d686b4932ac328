package finance

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Health is what waits for finance. It names nobody.
type Health struct {
	Strays       int64 // payments that fit nothing and are not decided on
	StrayAmount  money.Rupiah
	OldestStray  time.Duration
	Withdrawals  int64 // requests that wait for a decision
	OldestAsked  time.Duration
	PayoutsStuck int64 // approved more than a day ago and not paid
}

// Health counts what waits, for the metrics and the administrator's page. It
// needs no permission.
func (s *Service) Health(ctx context.Context) (Health, error) {
	var h Health
	read := s.db.Read(ctx)
	now, err := clock.Now(ctx, read)
	if err != nil {
		return h, err
	}
	var strays []struct {
		Amount    int64
		CreatedAt time.Time
	}
	err = read.Raw("SELECT amount, created_at FROM unmatched_payments WHERE state NOT IN (?, ?) ORDER BY created_at LIMIT 10000",
		string(StrayReturning), string(StrayReturned)).Scan(&strays).Error
	if err != nil {
		return h, fmt.Errorf("finance: health: %w", err)
	}
	for _, r := range strays {
		h.Strays++
		h.StrayAmount += money.Rupiah(r.Amount)
		h.OldestStray = max(h.OldestStray, now.Sub(r.CreatedAt))
	}
	var asked []time.Time
	err = read.Raw("SELECT requested_at FROM withdrawals WHERE state IN (?, ?) ORDER BY requested_at LIMIT 10000", string(Requested), string(Checked)).Scan(&asked).Error
	if err != nil {
		return h, fmt.Errorf("finance: health: %w", err)
	}
	h.Withdrawals = int64(len(asked))
	if len(asked) > 0 {
		h.OldestAsked = max(0, now.Sub(asked[0]))
	}
	err = read.Raw("SELECT COUNT(*) FROM withdrawals WHERE state = ? AND way = 'bank' AND decided_at < ?", string(Paying), now.Add(-24*time.Hour)).Scan(&h.PayoutsStuck).Error
	if err != nil {
		return h, fmt.Errorf("finance: health: %w", err)
	}
	return h, nil
}
