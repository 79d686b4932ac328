package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/sheet"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// The states of a tariff version. One at most is a draft, one at most live.
const (
	tariffDraft = "draft"
	tariffLive  = "live"
	tariffPast  = "past"
)

// TariffVersion is a whole tariff table as it was read.
type TariffVersion struct {
	ID       int64
	State    string
	FileName string
	RowCount int64
	MadeBy   int64
	MadeAt   time.Time
	UsedBy   int64
	UsedAt   *time.Time
}

func (TariffVersion) TableName() string { return "tariff_versions" }

// Draft reports whether the table is looked at and not yet in use.
func (v TariffVersion) Draft() bool { return v.State == tariffDraft }

// Live reports whether the table is in use.
func (v TariffVersion) Live() bool { return v.State == tariffLive }

// TariffSum is what a table holds of one service.
type TariffSum struct {
	Carrier  string
	Service  string
	RowCount int64
	Cheapest money.Rupiah // per kilogram
	Dearest  money.Rupiah
}

// TariffChange is what becomes of the present table when a draft is used.
type TariffChange struct {
	New, Changed, Same, Gone int64
}

// StageTariff reads a tariff file and keeps it as the draft, instead of the one
// that was looked at before. When a line is wrong nothing is kept and every fault
// is told. Admins only.
func (s *Service) StageTariff(ctx context.Context, actor account.Actor, fileName string, data []byte) ([]LineFault, error) {
	if !actor.IsSystem() && !actor.Has(account.RoleAdmin) {
		return nil, fault.Forbidden("delivery.rate.forbidden")
	}
	carriers, err := s.Carriers(ctx)
	if err != nil {
		return nil, err
	}
	tariffs, faults := ReadTariff(data, carriers)
	if len(faults) > 0 {
		return faults, nil
	}
	sum := sha256.Sum256(data)
	return nil, database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if err := dropDraftTx(tx); err != nil {
			return err
		}
		v := TariffVersion{State: tariffDraft, FileName: sheet.Clip(fileName), RowCount: int64(len(tariffs)), MadeBy: actor.UserID, MadeAt: now}
		err = tx.Raw(`INSERT INTO tariff_versions (state, file_name, digest, row_count, made_by, made_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
			v.State, v.FileName, hex.EncodeToString(sum[:]), v.RowCount, v.MadeBy, v.MadeAt).Scan(&v.ID).Error
		if err != nil {
			return fmt.Errorf("delivery: tariff: %w", err)
		}
		rows := make([]tariffRow, len(tariffs))
		for i, t := range tariffs {
			rows[i] = tariffRow{VersionID: v.ID, Carrier: t.Carrier, Service: t.Service, OriginCode: t.Origin, DestinationCode: t.Destination,
				ValidFrom: t.ValidFrom, PerKg: int64(t.PerKg), DaysMin: t.DaysMin, DaysMax: t.DaysMax}
		}
		if err := tx.CreateInBatches(rows, 500).Error; err != nil {
			return fmt.Errorf("delivery: tariff lines: %w", err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "stage_tariff", Object: "tariff", ObjectID: v.ID,
			Note: fmt.Sprintf("%d lines", v.RowCount)})
	})
}

// UseTariff replaces the whole table by the draft, in one transaction, for orders
// placed from now on. Admins only. A draft that is gone is a Conflict; one that is
// in use already is no fault, so that the button can be pressed twice.
func (s *Service) UseTariff(ctx context.Context, actor account.Actor, versionID int64) error {
	if !actor.IsSystem() && !actor.Has(account.RoleAdmin) {
		return fault.Forbidden("delivery.rate.forbidden")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		var states []string
		if err := tx.Raw("SELECT state FROM tariff_versions WHERE id = ?", versionID).Scan(&states).Error; err != nil {
			return fmt.Errorf("delivery: tariff %d: %w", versionID, err)
		}
		if len(states) == 1 && states[0] == tariffLive {
			return nil
		}
		if err := tx.Exec("UPDATE tariff_versions SET state = ? WHERE state = ?", tariffPast, tariffLive).Error; err != nil {
			return fmt.Errorf("delivery: end the tariff: %w", err)
		}
		used := tx.Exec("UPDATE tariff_versions SET state = ?, used_by = ?, used_at = ? WHERE id = ? AND state = ?", tariffLive, actor.UserID, now, versionID, tariffDraft)
		if used.Error != nil {
			return fmt.Errorf("delivery: use tariff %d: %w", versionID, used.Error)
		}
		if used.RowsAffected == 0 {
			return fault.Conflict("delivery.tariff.gone")
		}
		// Placed orders hold their own fees; of a past table its version row stays.
		err = tx.Exec("DELETE FROM carrier_tariffs WHERE version_id IN (SELECT id FROM tariff_versions WHERE state = ?)", tariffPast).Error
		if err != nil {
			return fmt.Errorf("delivery: forget past tariffs: %w", err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "use_tariff", Object: "tariff", ObjectID: versionID})
	})
}

// DropTariff throws the draft away. Admins only; without one it does nothing.
func (s *Service) DropTariff(ctx context.Context, actor account.Actor) error {
	if !actor.Has(account.RoleAdmin) {
		return fault.Forbidden("delivery.rate.forbidden")
	}
	return database.InTx(ctx, s.db, dropDraftTx)
}

func dropDraftTx(tx *gorm.DB) error {
	for _, query := range []string{
		"DELETE FROM carrier_tariffs WHERE version_id IN (SELECT id FROM tariff_versions WHERE state = ?)",
		"DELETE FROM tariff_versions WHERE state = ?",
	} {
		if err := tx.Exec(query, tariffDraft).Error; err != nil {
			return fmt.Errorf("delivery: drop the draft: %w", err)
		}
	}
	return nil
}

// TariffVersions lists the draft and the last tables, newest first. Admins only.
func (s *Service) TariffVersions(ctx context.Context, actor account.Actor) ([]TariffVersion, error) {
	if !actor.IsSystem() && !actor.Has(account.RoleAdmin) {
		return nil, fault.Forbidden("delivery.rate.forbidden")
	}
	var out []TariffVersion
	if err := s.db.Read(ctx).Order("id DESC").Limit(10).Find(&out).Error; err != nil {
		return nil, fmt.Errorf("delivery: tariffs: %w", err)
	}
	return out, nil
}

// TariffSums tells what a version holds, by carrier and service. Admins only.
func (s *Service) TariffSums(ctx context.Context, actor account.Actor, versionID int64) ([]TariffSum, error) {
	if !actor.Has(account.RoleAdmin) {
		return nil, fault.Forbidden("delivery.rate.forbidden")
	}
	var out []TariffSum
	err := s.db.Read(ctx).Raw(`SELECT carrier, service, count(*) AS row_count, min(per_kg) AS cheapest, max(per_kg) AS dearest
		FROM carrier_tariffs WHERE version_id = ? GROUP BY carrier, service ORDER BY carrier, service`, versionID).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("delivery: tariff %d: %w", versionID, err)
	}
	return out, nil
}

// CompareTariff tells what a version would change of the live table. Admins only.
func (s *Service) CompareTariff(ctx context.Context, actor account.Actor, versionID int64) (c TariffChange, err error) {
	if !actor.Has(account.RoleAdmin) {
		return c, fault.Forbidden("delivery.rate.forbidden")
	}
	db := s.db.Read(ctx)
	read := func(query *gorm.DB) (map[tariffRow]tariffRow, error) {
		var rows []tariffRow
		if err := query.Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("delivery: compare tariffs: %w", err)
		}
		out := make(map[tariffRow]tariffRow, len(rows))
		for _, r := range rows {
			r.VersionID = 0
			key := r
			key.PerKg, key.DaysMin, key.DaysMax = 0, 0, 0
			out[key] = r
		}
		return out, nil
	}
	before, err := read(db.Raw("SELECT t.* FROM carrier_tariffs t JOIN tariff_versions v ON v.id = t.version_id WHERE v.state = ?", tariffLive))
	if err != nil {
		return c, err
	}
	after, err := read(db.Raw("SELECT * FROM carrier_tariffs WHERE version_id = ?", versionID))
	if err != nil {
		return c, err
	}
	for key, row := range after {
		old, known := before[key]
		switch {
		case !known:
			c.New++
		case old == row:
			c.Same++
		default:
			c.Changed++
		}
	}
	c.Gone = int64(len(before)) - c.Changed - c.Same
	return c, nil
}
