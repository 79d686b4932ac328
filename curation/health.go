package curation

import (
	"context"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
)

// Health is what waits for curators, over all territories.
type Health struct {
	Promise int // working days that makers are promised
	Waiting int64
	Overdue int64         // their promised day is over
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
	if h.Promise, err = s.Promise(ctx); err != nil {
		return h, err
	}
	n, err := s.catalog.CountWaitingEach(ctx, catalog.WaitingFilter{}, catalog.WaitingFilter{}, catalog.WaitingFilter{SentBefore: sentFor(now, h.Promise)})
	if err != nil || n[0] == 0 {
		return h, err
	}
	h.Waiting, h.Overdue = n[0], n[1]
	first, err := s.catalog.Waiting(ctx, catalog.WaitingFilter{Limit: 1})
	if err != nil {
		return h, err
	}
	for _, w := range first {
		h.Oldest = max(0, now.Sub(w.FirstSubmittedAt))
	}
	return h, nil
}
