package share

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Part is one line of a table: a weight beside the other parts', and who gets it.
type Part struct {
	Label   string
	Weight  int64 // out of the sum of all parts' weights; percents sum to 100
	Basis   Basis
	PartyID int64 // a fund, when ToFund
}

// Table is the rule by which a shop's money is shared, valid until the next version.
type Table struct {
	ID        int64
	ShopID    int64
	Version   int64
	SetBy     int64
	ValidFrom time.Time
	Parts     []Part
	Weights   map[int64]int64 // by party, where a part goes by weight
}

// Weight is what a party counts where a part goes by weight: one unless it was said
// otherwise.
func (t Table) Weight(partyID int64) int64 {
	if w, said := t.Weights[partyID]; said {
		return w
	}
	return 1
}

// ByWork reports whether a division needs pieces.
func (t Table) ByWork() bool {
	for _, p := range t.Parts {
		if p.Basis == ByWork {
			return true
		}
	}
	return false
}

// Premi is the percentage an institution's workers, its PNBP and its capital start
// with; places differ, so every institution sets its own (domain.md B16).
var Premi = struct{ Workers, PNBP, Capital int64 }{50, 15, 35}

type tableRow struct {
	ID        int64
	ShopID    int64
	Version   int64
	SetBy     int64
	ValidFrom time.Time
}

func (tableRow) TableName() string { return "share_tables" }

type partRow struct {
	ID       int64
	TableID  int64
	Position int64
	Label    string
	Weight   int64
	Basis    string
	PartyID  *int64
}

func (partRow) TableName() string { return "share_parts" }

// Current returns the table a shop's money is shared by; false before the first one.
// Who runs the shop, its members, finance and admin.
func (s *Service) Current(ctx context.Context, actor account.Actor, shopID int64) (Table, bool, error) {
	if !actor.SignedIn() || !actor.Runs(shopID) {
		if err := mustRead(actor, shopID); err != nil {
			return Table{}, false, err
		}
	}
	return s.currentTx(ctx, s.db.Read(ctx), shopID)
}

func (s *Service) currentTx(ctx context.Context, tx *gorm.DB, shopID int64) (Table, bool, error) {
	var rows []tableRow
	if err := tx.WithContext(ctx).Where("shop_id = ?", shopID).Order("version DESC").Limit(1).Find(&rows).Error; err != nil || len(rows) == 0 {
		return Table{}, false, wrap(err, "share: table of shop %d", shopID)
	}
	r := rows[0]
	t := Table{ID: r.ID, ShopID: r.ShopID, Version: r.Version, SetBy: r.SetBy, ValidFrom: r.ValidFrom.UTC()}
	var parts []partRow
	if err := tx.WithContext(ctx).Where("table_id = ?", r.ID).Order("position").Find(&parts).Error; err != nil {
		return t, false, fmt.Errorf("share: table of shop %d: %w", shopID, err)
	}
	for _, p := range parts {
		part := Part{Label: p.Label, Weight: p.Weight, Basis: Basis(p.Basis)}
		if p.PartyID != nil {
			part.PartyID = *p.PartyID
		}
		t.Parts = append(t.Parts, part)
	}
	var weights []struct{ PartyID, Weight int64 }
	if err := tx.WithContext(ctx).Raw("SELECT party_id, weight FROM share_weights WHERE table_id = ?", r.ID).Scan(&weights).Error; err != nil {
		return t, false, fmt.Errorf("share: weights of shop %d: %w", shopID, err)
	}
	t.Weights = map[int64]int64{}
	for _, w := range weights {
		t.Weights[w.PartyID] = w.Weight
	}
	return t, true, nil
}

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// SetTable makes a new version of a shop's table; what was divided stays as it was.
// Who runs the shop. Setting the same parts again changes nothing. Errors: NotFound
// or Forbidden by who asks; Invalid without a part, with a weight that is not above
// zero, or with a fund that is not this shop's.
func (s *Service) SetTable(ctx context.Context, actor account.Actor, shopID int64, parts []Part) (Table, error) {
	if err := mustRun(actor, shopID); err != nil {
		return Table{}, err
	}
	var result Table
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) (err error) {
		result, err = s.setTx(ctx, tx, actor, shopID, parts, nil)
		return err
	})
	return result, err
}

func (s *Service) setTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, parts []Part, weights map[int64]int64) (Table, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Table{}, err
	}
	if len(parts) == 0 || len(parts) > 20 {
		return Table{}, fault.Invalid("shares.table.faulty")
	}
	for _, p := range parts {
		if strings.TrimSpace(p.Label) == "" || p.Weight <= 0 || p.Weight > 1_000_000 || (p.Basis == ToFund) != (p.PartyID > 0) {
			return Table{}, fault.Invalid("shares.table.faulty")
		}
		if p.PartyID == 0 {
			continue
		}
		fund, err := s.PartyTx(ctx, tx, p.PartyID)
		if err != nil {
			return Table{}, err
		}
		if fund.ShopID != shopID || fund.Kind != Fund || !fund.Open() {
			return Table{}, fault.NotFound(fmt.Sprintf("fund %d of shop %d", p.PartyID, shopID))
		}
	}
	last, found, err := s.currentTx(ctx, tx, shopID)
	if err != nil || found && samePart(last.Parts, parts) && maps.Equal(last.Weights, weights) {
		return last, err
	}
	row := tableRow{ShopID: shopID, Version: last.Version + 1, SetBy: actor.UserID, ValidFrom: now}
	if err := tx.Create(&row).Error; err != nil {
		return Table{}, fmt.Errorf("share: table of shop %d: %w", shopID, err)
	}
	for i, p := range parts {
		r := partRow{TableID: row.ID, Position: int64(i), Label: p.Label, Weight: p.Weight, Basis: string(p.Basis)}
		if p.PartyID > 0 {
			r.PartyID = &p.PartyID
		}
		if err := tx.Create(&r).Error; err != nil {
			return Table{}, fmt.Errorf("share: table of shop %d: %w", shopID, err)
		}
	}
	for _, party := range slices.Sorted(maps.Keys(weights)) {
		err := tx.WithContext(ctx).Exec("INSERT INTO share_weights (table_id, party_id, weight) VALUES (?, ?, ?)", row.ID, party, weights[party]).Error
		if err != nil {
			return Table{}, fmt.Errorf("share: weights of shop %d: %w", shopID, err)
		}
	}
	if err := record(ctx, tx, actor, "set", "share_table", row.ID, fmt.Sprintf("version %d", row.Version)); err != nil {
		return Table{}, err
	}
	t, _, err := s.currentTx(ctx, tx, shopID)
	return t, err
}

func samePart(a, b []Part) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// SetInstitution is the usual table of an institution: premi for its workers by the
// pieces they made, PNBP and capital, in percent. The two funds are made the first
// time. Errors: as SetTable; Invalid (field percent) unless they sum to 100.
func (s *Service) SetInstitution(ctx context.Context, actor account.Actor, shopID, workers, pnbp, capital int64, names [3]string) (Table, error) {
	if err := mustRun(actor, shopID); err != nil {
		return Table{}, err
	}
	if workers < 0 || pnbp < 0 || capital < 0 || workers+pnbp+capital != 100 {
		return Table{}, fault.Invalid("shares.table.faulty").With("percent", "shares.table.not_hundred")
	}
	var result Table
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		shop, err := s.shops.ShopTx(ctx, tx, shopID)
		if err != nil {
			return err
		}
		if shop.Kind != catalog.Institution {
			return fault.Invalid("shares.table.faulty")
		}
		parties, err := s.partiesTx(ctx, tx, shopID)
		if err != nil {
			return err
		}
		var parts []Part
		if workers > 0 {
			parts = append(parts, Part{Label: names[0], Weight: workers, Basis: ByWork})
		}
		for i, percent := range []int64{pnbp, capital} {
			fund := Party{}
			for _, p := range parties {
				if p.Kind == Fund && p.Label == names[i+1] {
					fund = p
				}
			}
			if fund.ID == 0 {
				if fund, err = s.addTx(ctx, tx, actor, shopID, NewParty{Kind: Fund, Label: names[i+1]}); err != nil {
					return err
				}
			}
			if percent > 0 {
				parts = append(parts, Part{Label: names[i+1], Weight: percent, Basis: ToFund, PartyID: fund.ID})
			}
		}
		result, err = s.setTx(ctx, tx, actor, shopID, parts, nil)
		return err
	})
	return result, err
}

// weightMost bounds what one member can count.
const weightMost = 1000

// SetWeights is a group's table by weight: everything to its members, each by what
// they count (who is not named counts one). Errors: as SetTable; Invalid (field
// weights) below 0, above 1000, for nobody, or for somebody who takes no part.
func (s *Service) SetWeights(ctx context.Context, actor account.Actor, shopID int64, name string, weights map[int64]int64) (Table, error) {
	if err := mustRun(actor, shopID); err != nil {
		return Table{}, err
	}
	bad := fault.Invalid("shares.table.faulty").With("weights", "shares.table.weights", "max", weightMost)
	var result Table
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		parties, err := s.partiesTx(ctx, tx, shopID)
		if err != nil {
			return err
		}
		open, sum := map[int64]bool{}, int64(0)
		for _, p := range parties {
			open[p.ID] = p.Open() && p.Kind == Member
		}
		for party, w := range weights {
			if !open[party] || w < 0 || w > weightMost {
				return bad
			}
			sum += w
		}
		if sum == 0 {
			return bad
		}
		result, err = s.setTx(ctx, tx, actor, shopID, []Part{{Label: name, Weight: 1, Basis: ByWeight}}, weights)
		return err
	})
	return result, err
}

// SetGroup is the usual table of a group: everything to its members, the same for
// each or by the work each did. Errors: as SetTable.
func (s *Service) SetGroup(ctx context.Context, actor account.Actor, shopID int64, basis Basis, name string) (Table, error) {
	if basis != Equal && basis != ByWork {
		return Table{}, fault.Invalid("shares.table.faulty").With("basis", "shares.table.choose")
	}
	return s.SetTable(ctx, actor, shopID, []Part{{Label: name, Weight: 1, Basis: basis}})
}
