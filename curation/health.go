package curation

import (
	"context"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
)

// Health is what waits for curators, over all territories.
type Health struct {
	Waiting int64
	Overdue int64         // longer than TargetDays working days
	Oldest  time.Duration // 0 when nothing waits
}

// Health counts what waits, for the metrics and the administrator's page. It
// needs no permission: it names nobody.
func (s *Service) Health(ctx context.Context) (Health, error) {
	var h Health
	now, err := clock.Now(ctx, s.db.Read(ctx))
	if err != nil {
		return h, err
	}
	if h.Waiting, err = s.catalog.CountWaiting(ctx, catalog.WaitingFilter{}); err != nil || h.Waiting == 0 {
		return h, err
	}
	if h.Overdue, err = s.catalog.CountWaiting(ctx, catalog.WaitingFilter{Before: target(now)}); err != nil {
		return h, err
	}
	first, err := s.catalog.Waiting(ctx, catalog.WaitingFilter{Limit: 1})
	if err != nil {
		return h, err
	}
	for _, w := range first {
		h.Oldest = max(0, now.Sub(w.FirstSubmittedAt))
	}
	return h, nil
}
