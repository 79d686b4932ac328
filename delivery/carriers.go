package delivery

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// CarrierInfo is a carrier as admins set it.
type CarrierInfo struct {
	Code   string // small letters, digits and dashes; stays for ever
	Name   string // as people know it
	Kind   string // KindZones or KindTable; new ones are KindTable
	Active bool   // whether shops can use it
	Weighing
}

// Carriers lists the carriers by name. Anyone may ask.
func (s *Service) Carriers(ctx context.Context) ([]CarrierInfo, error) {
	return carriersTx(s.db.Read(ctx))
}

func carriersTx(tx *gorm.DB) ([]CarrierInfo, error) {
	var rows []carrierRow
	if err := tx.Order("kind DESC, code").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("delivery: carriers: %w", err)
	}
	out := make([]CarrierInfo, len(rows))
	for i, r := range rows {
		out[i] = CarrierInfo{Code: r.Code, Name: r.Name, Kind: r.Kind, Active: r.Active, Weighing: Weighing{r.ToleranceGrams, r.Divisor}}
	}
	return out, nil
}

func carrierTx(tx *gorm.DB, code string) (carrierRow, error) {
	var r carrierRow
	err := tx.Where("code = ?", code).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return r, fault.Invalid("delivery.settings.faulty").With("carrier", "delivery.carrier.unknown").Because(fmt.Errorf("carrier %q", code))
	}
	if err != nil {
		return r, fmt.Errorf("delivery: carrier %s: %w", code, err)
	}
	return r, nil
}

var carrierCode = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,19}$`)

// SaveCarrier adds a carrier with a tariff table, or changes name, weighing and
// whether it is in use. Admins only. Faults stand on code, name, tolerance,
// divisor.
func (s *Service) SaveCarrier(ctx context.Context, actor account.Actor, in CarrierInfo) error {
	if !actor.Has(account.RoleAdmin) {
		return fault.Forbidden("delivery.rate.forbidden")
	}
	in.Name = strings.Join(strings.Fields(in.Name), " ")
	faults := fault.Invalid("delivery.settings.faulty")
	if !carrierCode.MatchString(in.Code) {
		faults.With("code", "delivery.carrier.code")
	}
	if n := utf8.RuneCountInString(in.Name); n == 0 || n > 40 {
		faults.With("name", "delivery.carrier.name")
	}
	if in.ToleranceGrams < 0 || in.ToleranceGrams > 999 {
		faults.With("tolerance", "delivery.carrier.tolerance")
	}
	if in.Divisor < 1000 || in.Divisor > 20_000 {
		faults.With("divisor", "delivery.carrier.divisor")
	}
	if err := faults.OrNil(); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(`INSERT INTO carriers (code, name, kind, tolerance_grams, divisor, active, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (code) DO UPDATE SET name = excluded.name, tolerance_grams = excluded.tolerance_grams,
				divisor = excluded.divisor, active = excluded.active, updated_at = excluded.updated_at`,
			in.Code, in.Name, KindTable, in.ToleranceGrams, in.Divisor, in.Active, now).Error
		if err != nil {
			return fmt.Errorf("delivery: carrier %s: %w", in.Code, err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "set_carrier", Object: "carrier",
			Note: fmt.Sprintf("%s: tolerance %d g, divisor %d, active %t", in.Code, in.ToleranceGrams, in.Divisor, in.Active)})
	})
}
