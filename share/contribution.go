package share

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// contributionMost bounds one entry, in rupiah.
const contributionMost money.Rupiah = 1_000_000_000

// Contribution is money a member paid into the group, or an entry that takes a wrong
// one back. It is the group's own note: no money of the platform moves.
type Contribution struct {
	ID        int64
	PartyID   int64
	Amount    money.Rupiah // below zero where it takes another one back
	Day       string       // "2026-11-21" in the shop's zone
	Note      string
	EnteredBy int64
	EnteredAt time.Time
	Corrects  int64 // the entry it takes back; 0 for none
	Corrected bool  // taken back by a later one
}

type contributionRow struct {
	ID         int64
	ShopID     int64
	PartyID    int64
	Amount     int64
	Day        string
	Note       string
	FormKey    string
	EnteredBy  int64
	EnteredAt  time.Time
	CorrectsID *int64
}

func (contributionRow) TableName() string { return "share_contributions" }

// dayOf checks a typed day: written as 2026-11-21, not after today in the shop's
// zone, and at the most two years ago.
func dayOf(typed string, now time.Time, shop catalog.Shop) (string, error) {
	today := now.In(calendar.Zone(shop.RegencyCode))
	if _, err := time.Parse(time.DateOnly, typed); err != nil || typed > today.Format(time.DateOnly) || typed < today.AddDate(-2, 0, 0).Format(time.DateOnly) {
		return "", fault.Invalid("shares.day.faulty").With("hari", "shares.day.faulty")
	}
	return typed, nil
}

// Contribute notes what members paid in on one day, in rupiah by party; parties with
// nothing are left out. Who keeps the group's money. The same form key does nothing
// the second time. Errors: NotFound or Forbidden by who asks; Invalid with the fields
// hari, note, setoran.
func (s *Service) Contribute(ctx context.Context, actor account.Actor, shopID int64, day, note string, amounts map[int64]money.Rupiah, formKey string) error {
	if err := mustRun(actor, shopID); err != nil {
		return err
	}
	if formKey == "" {
		return fault.Invalid("finance.form.stale")
	}
	note = strings.Join(strings.Fields(note), " ")
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		shop, err := s.shops.ShopTx(ctx, tx, shopID)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if day, err = dayOf(day, now, shop); err != nil {
			return err
		}
		bad := fault.Invalid("shares.contribution.faulty")
		if utf8.RuneCountInString(note) > labelMax {
			bad.With("note", "shares.party.too_long", "max", labelMax)
		}
		some := false
		for _, party := range sortedKeys(amounts) {
			amount := amounts[party]
			if amount == 0 {
				continue
			}
			p, err := s.PartyTx(ctx, tx, party)
			if err != nil {
				return err
			}
			if p.ShopID != shopID || p.Kind != Member || !p.Open() {
				return fault.NotFound(fmt.Sprintf("member %d of shop %d", party, shopID))
			}
			if some = true; amount < 0 || amount > contributionMost {
				bad.With("setoran", "shares.contribution.amount", "max", contributionMost)
				break
			}
		}
		if !some {
			bad.With("setoran", "shares.contribution.none")
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		for _, party := range sortedKeys(amounts) {
			if amounts[party] == 0 {
				continue
			}
			var ids []int64
			err := tx.WithContext(ctx).Raw(`INSERT INTO share_contributions (shop_id, party_id, amount, day, note, form_key, entered_by, entered_at)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (party_id, form_key) DO NOTHING RETURNING id`,
				shopID, party, int64(amounts[party]), day, note, formKey, actor.UserID, now).Scan(&ids).Error
			if err != nil {
				return fmt.Errorf("share: contribution of party %d: %w", party, err)
			}
			for _, made := range ids {
				if err := record(ctx, tx, actor, "contribute", "share_contribution", made, amounts[party].String()); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func sortedKeys[V any](m map[int64]V) []int64 {
	keys := make([]int64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// TakeBack takes a wrong contribution back by an entry of its own. Who keeps the
// group's money; a second press changes nothing. Conflict once a division gave that
// money back to its member already.
func (s *Service) TakeBack(ctx context.Context, actor account.Actor, contributionID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var rows []contributionRow
		if err := tx.WithContext(ctx).Where("id = ?", contributionID).Find(&rows).Error; err != nil {
			return fmt.Errorf("share: contribution %d: %w", contributionID, err)
		}
		if len(rows) == 0 {
			return fault.NotFound("contribution")
		}
		r := rows[0]
		if err := mustRun(actor, r.ShopID); err != nil {
			return err
		}
		if r.CorrectsID != nil {
			return fault.NotFound("contribution")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.Exec("UPDATE share_parties SET label = label WHERE id = ?", r.PartyID).Error; err != nil { // one at a time, beside divisions
			return fmt.Errorf("share: party %d: %w", r.PartyID, err)
		}
		var ids []int64
		err = tx.WithContext(ctx).Raw(`INSERT INTO share_contributions (shop_id, party_id, amount, day, note, form_key, entered_by, entered_at, corrects_id)
			VALUES (?, ?, ?, ?, '', ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
			r.ShopID, r.PartyID, -r.Amount, r.Day, fmt.Sprint("back ", r.ID), actor.UserID, now, r.ID).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("share: contribution %d: %w", contributionID, err)
		}
		if len(ids) == 0 {
			return nil
		}
		paid, err := s.paidInTx(ctx, tx, r.ShopID)
		if err != nil {
			return err
		}
		if paid[r.PartyID] < 0 {
			return fault.Conflict("shares.contribution.given_back")
		}
		return record(ctx, tx, actor, "take_back", "share_contribution", r.ID, "")
	})
}

// paidInTx is what each party of a shop paid in and was not given back, by party.
func (s *Service) paidInTx(ctx context.Context, tx *gorm.DB, shopID int64) (map[int64]money.Rupiah, error) {
	var rows []struct{ PartyID, Amount int64 }
	err := tx.WithContext(ctx).Raw(`SELECT party_id, CAST(SUM(amount) AS BIGINT) AS amount FROM (
			SELECT party_id, amount FROM share_contributions WHERE shop_id = ?
			UNION ALL
			SELECT p.party_id, -p.amount FROM share_division_parts p JOIN share_divisions d ON d.id = p.division_id
			WHERE d.shop_id = ? AND p.kind = 'back' AND d.state IN ('proposed', 'done')) AS moved GROUP BY party_id`, shopID, shopID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("share: contributions of shop %d: %w", shopID, err)
	}
	paid := map[int64]money.Rupiah{}
	for _, r := range rows {
		paid[r.PartyID] = money.Rupiah(r.Amount)
	}
	return paid, nil
}

// PaidIn is what each member paid in and was not given back yet, by party. Who keeps
// the shop's money, finance and admin.
func (s *Service) PaidIn(ctx context.Context, actor account.Actor, shopID int64) (map[int64]money.Rupiah, error) {
	if err := mustRead(actor, shopID); err != nil {
		return nil, err
	}
	return s.paidInTx(ctx, s.db.Read(ctx), shopID)
}

func (s *Service) contributionsTx(ctx context.Context, tx *gorm.DB, partyID int64) ([]Contribution, error) {
	var rows []contributionRow
	if err := tx.WithContext(ctx).Where("party_id = ?", partyID).Order("day DESC, id DESC").Limit(200).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("share: contributions of party %d: %w", partyID, err)
	}
	list, taken := make([]Contribution, len(rows)), map[int64]bool{}
	for i, r := range rows {
		list[i] = Contribution{ID: r.ID, PartyID: r.PartyID, Amount: money.Rupiah(r.Amount), Day: r.Day, Note: r.Note, EnteredBy: r.EnteredBy, EnteredAt: r.EnteredAt.UTC()}
		if r.CorrectsID != nil {
			list[i].Corrects, taken[*r.CorrectsID] = *r.CorrectsID, true
		}
	}
	for i := range list {
		list[i].Corrected = taken[list[i].ID]
	}
	return list, nil
}
