package pagecache

import (
	"context"
	"log/slog"
	"time"

	"github.com/lapak-berdaya/lapak/internal/database"
)

// Source tells what transactions changed; *database.DB does.
type Source interface {
	// Invalidations returns the database's time, and the changes with a higher id
	// than after (unless that is negative) or written during the last back.
	Invalidations(ctx context.Context, after int64, back time.Duration) (time.Time, []database.Invalidation, error)
	// OnInvalidate tells of this process's own commits at once.
	OnInvalidate(fn func(keys []string)) (stop func())
}

const (
	// pollEvery is how often each instance asks.
	pollEvery = 500 * time.Millisecond
	// pollTime bounds one question, so that a hanging database counts as a silent one.
	pollTime = 2 * time.Second
	// again is how far back each poll reads: a transaction that commits within it
	// is seen although others with higher ids were seen before.
	again = 10 * time.Second
	// gap is the longest pause between two good polls after which what was written
	// meanwhile is still surely read; after a longer one everything is forgotten.
	gap = 5 * time.Second
	// jump is how far the database's clock may stray between two polls.
	jump = 2 * time.Second
)

// Watch polls src until ctx ends. While it runs and src answers, the cache keeps
// pages; otherwise it keeps none.
func (c *Cache) Watch(ctx context.Context, src Source, log *slog.Logger) {
	stop := src.OnInvalidate(func(keys []string) { c.Invalidate(keys...) })
	defer stop()
	p := poll{cache: c, src: src, last: -1}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	silent := false
	for {
		err := p.once(ctx)
		if ctx.Err() != nil {
			return
		}
		switch {
		case err != nil && !silent:
			log.Warn("the page cache no longer hears about changes", "error", err)
		case err == nil && silent:
			log.Info("the page cache hears about changes again")
		}
		silent = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// poll is the state between two questions.
type poll struct {
	cache *Cache
	src   Source
	last  int64          // the highest id seen; -1 before the first
	seen  map[int64]bool // ids of the last answer
}

// once asks once and forgets what changed.
func (p *poll) once(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	c := p.cache
	begun := c.now() // before the question: what it does not see may have come since
	now, rows, err := p.src.Invalidations(ctx, p.last, again)
	if err != nil {
		return err
	}
	seen := make(map[int64]bool, len(rows))
	var keys []string
	for _, r := range rows {
		if !p.seen[r.ID] {
			keys = append(keys, r.Key)
		}
		seen[r.ID] = true
		p.last = max(p.last, r.ID)
	}
	p.seen = seen
	c.Invalidate(keys...)
	c.hear(begun, now)
	return nil
}

// hear notes a good poll. After a long silence, or when the database's clock
// jumped, nothing that is kept can be trusted.
func (c *Cache) hear(begun, theirs time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.heard.IsZero() {
		strayed := theirs.Sub(c.theirs) - begun.Sub(c.heard)
		if begun.Sub(c.heard) > gap || strayed > jump || strayed < -jump {
			c.clear()
		}
	}
	c.heard, c.theirs = begun, theirs
}
