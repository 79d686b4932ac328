package payment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// ChannelSetting is a channel as it is used now: what channels.json says, unless an
// operator changed it (the published tables disagree, and every account differs).
type ChannelSetting struct {
	Channel
	Enabled   bool
	ChangedBy int64 // 0: as published
	ChangedAt time.Time
}

type settingRow struct {
	Code          string `gorm:"primaryKey"`
	Enabled       bool
	MinAmount     money.Rupiah
	MaxAmount     money.Rupiah
	Refund        bool
	PartialRefund bool
	RefundDays    int
	UpdatedBy     int64
	UpdatedAt     time.Time
}

func (settingRow) TableName() string { return "channel_settings" }

// Channels lists every way to pay with its settings, in the order to show. Anyone may
// read them.
func (s *Service) Channels(ctx context.Context) ([]ChannelSetting, error) {
	return settingsTx(ctx, s.db.Read(ctx))
}

// Offered lists the channels that an invoice of this amount offers: switched on, and
// with limits that fit.
func (s *Service) Offered(ctx context.Context, amount money.Rupiah) ([]ChannelSetting, error) {
	all, err := s.Channels(ctx)
	return fitting(all, amount), err
}

// channelLists are the lists of channels to ask an invoice for, best first. While no
// operator changed anything the gateway chooses, which knows its account and the
// limits. Then it is what fits; if the account lacks one of that, what an operator has
// looked at and left on; and if that fails too, what fits of one kind after the other.
// Nothing that was switched off or whose limits do not fit is ever asked for.
func (s *Service) channelLists(ctx context.Context, amount money.Rupiah) ([][]string, error) {
	all, err := s.Channels(ctx)
	if err != nil || !slices.ContainsFunc(all, func(c ChannelSetting) bool { return c.ChangedBy > 0 }) {
		return [][]string{nil}, err
	}
	var fit, seen, kinds []string
	byKind := map[string][]string{}
	for _, c := range fitting(all, amount) {
		fit = append(fit, c.Code)
		if c.ChangedBy > 0 {
			seen = append(seen, c.Code)
		}
		if byKind[c.Kind] == nil {
			kinds = append(kinds, c.Kind)
		}
		byKind[c.Kind] = append(byKind[c.Kind], c.Code)
	}
	if len(fit) == 0 { // an empty list would mean all there are
		return nil, Rejected{Status: 400, Code: "NO_COLLECTION_METHODS_ERROR"}
	}
	lists := [][]string{fit}
	for _, kind := range append([]string{""}, kinds...) {
		codes := byKind[kind]
		if kind == "" {
			codes = seen
		}
		if len(codes) > 0 && !slices.ContainsFunc(lists, func(had []string) bool { return slices.Equal(had, codes) }) {
			lists = append(lists, codes)
		}
	}
	return lists, nil
}

func settingsTx(ctx context.Context, tx *gorm.DB) ([]ChannelSetting, error) {
	var rows []settingRow
	if err := tx.WithContext(ctx).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("payment: channel settings: %w", err)
	}
	changed := map[string]settingRow{}
	for _, r := range rows {
		changed[r.Code] = r
	}
	all := make([]ChannelSetting, 0, len(channels().Payment))
	for _, c := range channels().Payment {
		one := ChannelSetting{Channel: c, Enabled: true}
		if r, found := changed[c.Code]; found {
			one.Enabled, one.Min, one.Max = r.Enabled, r.MinAmount, r.MaxAmount
			one.Refund, one.PartialRefund, one.RefundDays = r.Refund, r.PartialRefund, r.RefundDays
			one.ChangedBy, one.ChangedAt = r.UpdatedBy, r.UpdatedAt.UTC()
		}
		all = append(all, one)
	}
	return all, nil
}

func fitting(all []ChannelSetting, amount money.Rupiah) []ChannelSetting {
	return slices.DeleteFunc(slices.Clone(all), func(c ChannelSetting) bool { return !c.Enabled || amount < c.Min || amount > c.Max })
}

func channelIn(all []ChannelSetting, code string) (ChannelSetting, bool) {
	i := slices.IndexFunc(all, func(c ChannelSetting) bool { return c.Code == code })
	if i < 0 {
		return ChannelSetting{}, false
	}
	return all[i], true
}

// SetChannel changes one channel for invoices and refunds made from now on; money that
// came by a channel which is switched off goes back by it all the same. Finance and
// admins only. Errors: Forbidden, NotFound for an unknown code, Invalid with the fields
// min, max and refund_days.
func (s *Service) SetChannel(ctx context.Context, actor account.Actor, in ChannelSetting) error {
	if !actor.SignedIn() || !actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		return fault.Forbidden("fault.forbidden")
	}
	if _, known := ChannelByCode(in.Code); !known {
		return fault.NotFound("channel " + in.Code)
	}
	bad := fault.Invalid("payment.channel.check")
	if in.Min < 1 {
		bad.With("min", "payment.channel.min")
	}
	if in.Max < in.Min || in.Max > 100*Largest() {
		bad.With("max", "payment.channel.max")
	}
	if in.RefundDays < 0 || in.RefundDays > 3650 {
		bad.With("refund_days", "payment.channel.days")
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.WithContext(ctx).Exec(`INSERT INTO channel_settings (code, enabled, min_amount, max_amount, refund, partial_refund, refund_days, updated_by, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (code) DO UPDATE SET enabled = excluded.enabled, min_amount = excluded.min_amount,
			max_amount = excluded.max_amount, refund = excluded.refund, partial_refund = excluded.partial_refund, refund_days = excluded.refund_days,
			updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
			in.Code, in.Enabled, int64(in.Min), int64(in.Max), in.Refund, in.PartialRefund, in.RefundDays, actor.UserID, now).Error
		if err != nil {
			return fmt.Errorf("payment: channel %s: %w", in.Code, err)
		}
		if err := tx.WithContext(ctx).Exec("UPDATE channel_refusals SET handled_at = ? WHERE handled_at IS NULL", now).Error; err != nil {
			return fmt.Errorf("payment: channel refusals: %w", err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "set_channel", Object: "channel", Note: fmt.Sprintf(
			"%s: on %t, %d to %d, refund %t, in parts %t, %d days", in.Code, in.Enabled, in.Min, in.Max, in.Refund, in.PartialRefund, in.RefundDays)})
	})
}
