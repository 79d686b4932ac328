package payment

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
)

// ChannelRefusal is a list of channels that operators switched on and the gateway's
// account refused: a task for finance until a channel is saved again or the account
// takes the list.
type ChannelRefusal struct {
	ID      int64
	Codes   []string // what was asked for
	Offered []string // what invoices offer instead; none: nothing could be offered
	Times   int64
	FirstAt time.Time
	LastAt  time.Time
}

type refusalRow struct {
	ID        int64
	Codes     string
	Offered   string
	Times     int64
	FirstAt   time.Time
	LastAt    time.Time
	HandledAt *time.Time
}

func (refusalRow) TableName() string { return "channel_refusals" }

// Refusals lists what the account refused and nobody has mended, newest first, at
// most 50. It names nobody; who may see it is the caller's to decide.
func (s *Service) Refusals(ctx context.Context) ([]ChannelRefusal, error) {
	var rows []refusalRow
	if err := s.db.Read(ctx).Where("handled_at IS NULL").Order("last_at DESC, id DESC").Limit(50).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("payment: channel refusals: %w", err)
	}
	list := make([]ChannelRefusal, len(rows))
	for i, r := range rows {
		list[i] = ChannelRefusal{ID: r.ID, Codes: strings.Fields(r.Codes), Offered: strings.Fields(r.Offered), Times: r.Times, FirstAt: r.FirstAt.UTC(), LastAt: r.LastAt.UTC()}
	}
	return list, nil
}

// channelsTaken writes down that the account refused the list of channels asked for
// first, and what was offered instead, or that it takes it again.
func (s *Service) channelsTaken(ctx context.Context, asked, offered []string, refused bool) error {
	codes := strings.Join(asked, " ")
	if !refused && len(offered) == 0 {
		return nil // another trouble, which says nothing about the channels
	}
	if !refused {
		var open int64
		if err := s.db.Read(ctx).Raw("SELECT COUNT(*) FROM channel_refusals WHERE codes = ? AND handled_at IS NULL", codes).Scan(&open).Error; err != nil || open == 0 {
			return err
		}
	}
	wctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(wctx, tx)
		if err != nil {
			return err
		}
		if !refused {
			return tx.Exec("UPDATE channel_refusals SET handled_at = ? WHERE codes = ? AND handled_at IS NULL", now, codes).Error
		}
		return tx.Exec(`INSERT INTO channel_refusals (codes, offered, times, first_at, last_at) VALUES (?, ?, 1, ?, ?)
			ON CONFLICT (codes) WHERE handled_at IS NULL DO UPDATE SET offered = excluded.offered, times = channel_refusals.times + 1, last_at = excluded.last_at`,
			codes, strings.Join(offered, " "), now, now).Error
	})
}
