package notify

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/clock"
)

// ChannelHealth is how one way out of the house stands. It names nobody.
type ChannelHealth struct {
	Queued   int64
	Oldest   time.Duration // how long the oldest queued message has been waiting
	Failed   int64         // in the last seven days
	LastSent *time.Time    // nil when none ever was
}

// Channels are the ways out of the house.
var Channels = []string{"mail", "whatsapp"}

// Health counts what waits and what failed, by channel, for the metrics and the
// administrator's page. It needs no permission: it names nobody.
func (s *Service) Health(ctx context.Context) (map[string]ChannelHealth, error) {
	read := s.db.Read(ctx)
	now, err := clock.Now(ctx, read)
	if err != nil {
		return nil, err
	}
	out := map[string]ChannelHealth{}
	for _, channel := range Channels {
		var h ChannelHealth
		fail := func(err error) error { return fmt.Errorf("notify: health: %w", err) }
		if err := read.Raw("SELECT COUNT(*) FROM messages WHERE state = 'queued' AND channel = ?", channel).Scan(&h.Queued).Error; err != nil {
			return nil, fail(err)
		}
		if err := read.Raw("SELECT COUNT(*) FROM messages WHERE state = 'failed' AND channel = ? AND created_at > ?", channel, now.AddDate(0, 0, -7)).
			Scan(&h.Failed).Error; err != nil {
			return nil, fail(err)
		}
		var at []time.Time
		if err := read.Table("messages").Where("state = 'queued' AND channel = ?", channel).Order("id").Limit(1).Pluck("created_at", &at).Error; err != nil {
			return nil, fail(err)
		}
		if len(at) > 0 {
			h.Oldest = max(0, now.Sub(at[0]))
		}
		var sent []time.Time
		if err := read.Table("messages").Where("state = 'sent' AND channel = ? AND sent_at IS NOT NULL", channel).Order("id DESC").Limit(1).
			Pluck("sent_at", &sent).Error; err != nil {
			return nil, fail(err)
		}
		if len(sent) > 0 {
			h.LastSent = &sent[0]
		}
		out[channel] = h
	}
	return out, nil
}
