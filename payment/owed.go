package payment

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// remindAfter is when a payer who gave no account is reminded, counted from when one
// was awaited.
var remindAfter = [...]time.Duration{7 * 24 * time.Hour, 30 * 24 * time.Hour}

// linkKind names the token of a refund's link: each reminder makes a new one.
func linkKind(round int) string {
	if round == 0 {
		return "refund"
	}
	return fmt.Sprintf("refund %d", round)
}

// remind sends the payer of a refund that still awaits an account a new link, once per
// term of remindAfter, whoever polls and however often.
func (s *Service) remind(ctx context.Context, r Refund) error {
	if r.AwaitsSince == nil || r.NextCheckAt == nil {
		return fmt.Errorf("payment: refund %d awaits an account since never", r.ID)
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		set := map[string]any{"next_check_at": nil, "updated_at": now}
		reminded := r.Reminded
		due := reminded < len(remindAfter) && !now.Before(r.AwaitsSince.Add(remindAfter[reminded]))
		if due {
			for reminded < len(remindAfter) && !now.Before(r.AwaitsSince.Add(remindAfter[reminded])) {
				reminded++ // after a long standstill one message is enough
			}
			round := r.LinkRound + 1
			set["reminded"], set["link_round"], set["link_sent_at"] = reminded, round, now
			set["token_hash"] = id.Hash(s.keys.For(linkKind(round), r.ID))
		}
		if reminded < len(remindAfter) {
			set["next_check_at"] = r.AwaitsSince.Add(remindAfter[reminded])
		}
		u := tx.Model(&Refund{}).Where("id = ? AND state = ? AND next_check_at = ? AND link_round = ?", r.ID, RefundAwaitingAccount, *r.NextCheckAt, r.LinkRound).Updates(set)
		if u.Error != nil || u.RowsAffected == 0 || !due {
			return u.Error
		}
		fresh, err := one[Refund](tx, "refund", "id = ?", r.ID)
		if err != nil {
			return err
		}
		settler, err := settlerOf(s, s.refunds, r.PurposeKind)
		if err != nil {
			return err
		}
		tellRefund(ctx, tx, "refund reminded", fresh)
		return settler.RefundReminderTx(ctx, tx, fresh)
	})
}

// Owed is what is owed back for one kind of purpose and has not gone.
type Owed struct {
	Count  int64
	Sum    money.Rupiah
	Oldest time.Time // zero without any
}

// Owed sums the refunds of a kind of purpose that have not gone yet. Staff only.
func (s *Service) Owed(ctx context.Context, kind string) (Owed, error) {
	var o Owed
	read := s.db.Read(ctx)
	err := read.Raw("SELECT COUNT(*) AS count, CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS sum FROM refunds WHERE purpose_kind = ? AND state <> 'succeeded'", kind).Scan(&o).Error
	if err != nil || o.Count == 0 {
		return o, err
	}
	var first []Refund
	err = read.Where("purpose_kind = ? AND state <> ?", kind, RefundDone).Order("id").Limit(1).Find(&first).Error
	if err == nil && len(first) == 1 {
		o.Oldest = first[0].CreatedAt.UTC()
	}
	return o, err
}

// OwedRefunds lists the refunds of a kind of purpose that have not gone yet, oldest
// first, after a refund's id. Staff only.
func (s *Service) OwedRefunds(ctx context.Context, kind string, after int64, limit int) ([]Refund, error) {
	var list []Refund
	err := s.db.Read(ctx).Where("purpose_kind = ? AND state <> ? AND id > ?", kind, RefundDone, after).Order("id").Limit(limit).Find(&list).Error
	return list, err
}

// ChannelsOf says by which channel payments came in, by their ids.
func (s *Service) ChannelsOf(ctx context.Context, paymentIDs []int64) (map[int64]string, error) {
	var rows []struct {
		ID      int64
		Channel string
	}
	err := s.db.Read(ctx).Raw("SELECT id, channel FROM payments WHERE id IN ?", paymentIDs).Scan(&rows).Error
	channels := map[int64]string{}
	for _, r := range rows {
		channels[r.ID] = r.Channel
	}
	return channels, err
}
