package checkout

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Stranded is money of purchases that waits in suspense for a decision.
type Stranded struct {
	Items  int64
	Amount money.Rupiah
	Oldest time.Duration
}

// Stranded counts money in suspense that nobody decided on yet, for the metrics
// and the administrator's page. It needs no permission: it names nobody.
func (s *Service) Stranded(ctx context.Context) (Stranded, error) {
	var out Stranded
	read := s.db.Read(ctx)
	now, err := clock.Now(ctx, read)
	if err != nil {
		return out, err
	}
	var rows []struct {
		Amount   int64
		OpenedAt time.Time
	}
	err = read.Raw("SELECT amount, opened_at FROM suspense_items WHERE state IN ('open', 'proposed') ORDER BY id LIMIT 10000").Scan(&rows).Error
	if err != nil {
		return out, fmt.Errorf("checkout: stranded: %w", err)
	}
	for _, r := range rows {
		out.Items++
		out.Amount += money.Rupiah(r.Amount)
		out.Oldest = max(out.Oldest, now.Sub(r.OpenedAt))
	}
	return out, nil
}
