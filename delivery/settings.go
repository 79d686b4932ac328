package delivery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// Address is the exact place where a shop's parcels start and where buyers
// collect: often a home. Private (design §3.8).
type Address struct {
	RegencyCode  string // derived from DistrictCode
	DistrictCode string
	Village      string // desa or kelurahan
	Street       string // street, number, RT/RW
	Hint         string // how to find it, and when; may be empty
}

// Place writes where it is, in one line for the buyer who paid.
func (a Address) Place() string {
	parts := []string{}
	for _, p := range []string{a.Street, a.Village, region.Place(a.DistrictCode)} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}

// Settings is how one shop delivers.
type Settings struct {
	Address Address
	Pickup  bool
	Own     bool
	OwnFee  money.Rupiah // flat, within the regency, while no Areas are named; 0 = free
	Courier bool

	Hours    Week     // for picking up; none: by appointment
	Areas    []Area   // where the maker brings orders; none: her whole regency for OwnFee
	Carriers []string // codes; none: the four zones
}

// MaxOwnFee bounds a shop's flat fee, against a slip of the thumb.
const MaxOwnFee money.Rupiah = 500_000

type methodRow struct {
	ShopID    int64
	Method    string
	Enabled   bool
	Fee       int64
	UpdatedAt time.Time
}

func (methodRow) TableName() string { return "shop_delivery" }

type originRow struct {
	ShopID       int64
	RegencyCode  string
	DistrictCode string
	Village      string
	Street       string
	Hint         string
	UpdatedAt    time.Time
}

func (originRow) TableName() string { return "shop_origins" }

type rateRow struct {
	Zone      string
	PerKg     int64
	DaysMin   int
	DaysMax   int
	UpdatedAt time.Time
}

func (rateRow) TableName() string { return "zone_rates" }

// check cleans the settings and refuses what cannot be delivered from.
func (in Settings) check() (Settings, error) {
	a := &in.Address
	a.Village, a.Street, a.Hint = strings.TrimSpace(a.Village), strings.TrimSpace(a.Street), strings.TrimSpace(a.Hint)
	faults := fault.Invalid("delivery.settings.faulty")
	if d, found := region.DistrictByCode(a.DistrictCode); found {
		a.RegencyCode = d.RegencyCode
	} else {
		faults.With("district", "delivery.settings.district")
	}
	if in.Pickup && a.Street == "" {
		faults.With("street", "delivery.settings.street")
	}
	for _, f := range []struct{ name, value string }{{"village", a.Village}, {"street", a.Street}, {"hint", a.Hint}} {
		if utf8.RuneCountInString(f.value) > 200 {
			faults.With(f.name, "delivery.settings.long")
		}
	}
	if in.OwnFee < 0 || in.OwnFee > MaxOwnFee {
		faults.With("own_fee", "delivery.settings.own_fee", "max", MaxOwnFee)
	}
	in.Hours = in.Hours.check(faults)
	checkAreas(faults, in.Areas)
	if !in.Pickup && !in.Own && !in.Courier {
		faults.With("methods", "delivery.settings.none")
	}
	return in, faults.OrNil()
}

// Settings returns how a shop delivers. Only the shop's own people may ask: the
// address is private. Anyone else, helpers included, gets NotFound.
func (s *Service) Settings(ctx context.Context, actor account.Actor, shopID int64) (Settings, error) {
	if !actor.IsSystem() && !actor.Runs(shopID) {
		return Settings{}, fault.NotFound(fmt.Sprintf("delivery settings of shop %d", shopID))
	}
	return settingsTx(s.db.Read(ctx), shopID)
}

func settingsTx(db *gorm.DB, shopID int64) (Settings, error) {
	address, err := addressTx(db, shopID)
	if err != nil {
		return Settings{}, err
	}
	var rows []methodRow
	if err := db.Where("shop_id = ?", shopID).Find(&rows).Error; err != nil {
		return Settings{}, fmt.Errorf("delivery: methods of shop %d: %w", shopID, err)
	}
	settings := Settings{Address: address}
	for _, r := range rows {
		switch Method(r.Method) {
		case Pickup:
			settings.Pickup = r.Enabled
		case Own:
			settings.Own, settings.OwnFee = r.Enabled, money.Rupiah(r.Fee)
		case Courier:
			settings.Courier = r.Enabled
		}
	}
	if settings.Hours, err = hoursTx(db, shopID); err != nil {
		return Settings{}, err
	}
	if settings.Areas, err = areasTx(db, shopID); err != nil {
		return Settings{}, err
	}
	if err := db.Raw("SELECT carrier FROM shop_carriers WHERE shop_id = ? ORDER BY carrier", shopID).Scan(&settings.Carriers).Error; err != nil {
		return Settings{}, fmt.Errorf("delivery: carriers of shop %d: %w", shopID, err)
	}
	return settings, nil
}

// ChangeSettings changes a part of how a shop delivers: change gets the present
// settings, inside the transaction. Who may: as SaveSettings.
func (s *Service) ChangeSettings(ctx context.Context, actor account.Actor, shopID int64, change func(*Settings)) error {
	if !actor.Runs(shopID) {
		return fault.NotFound(fmt.Sprintf("delivery settings of shop %d", shopID))
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if tx.Name() == database.Postgres { // two changes at once: one after the other
			var held int64
			if err := tx.Raw("SELECT shop_id FROM shop_origins WHERE shop_id = ? FOR UPDATE", shopID).Scan(&held).Error; err != nil {
				return fmt.Errorf("delivery: lock shop %d: %w", shopID, err)
			}
		}
		in, err := settingsTx(tx, shopID)
		if err != nil {
			return err
		}
		change(&in)
		return s.saveTx(ctx, tx, actor, shopID, in)
	})
}

// SaveSettings replaces how a shop delivers. Only the shop's own people may:
// companions and staff get NotFound (reliability.md §4, own shipping). Orders
// already placed keep what they were promised.
func (s *Service) SaveSettings(ctx context.Context, actor account.Actor, shopID int64, in Settings) error {
	if !actor.Runs(shopID) {
		return fault.NotFound(fmt.Sprintf("delivery settings of shop %d", shopID))
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		return s.saveTx(ctx, tx, actor, shopID, in)
	})
}

// SetUpTx gives a new shop its first settings, in the transaction that creates it.
// An officer whose territory covers the district may, and the system.
func (s *Service) SetUpTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, in Settings) error {
	if !actor.Has(account.RoleOfficer) || !actor.Covers(in.Address.DistrictCode) {
		return fault.Forbidden("delivery.settings.forbidden")
	}
	return s.saveTx(ctx, tx, actor, shopID, in)
}

func (s *Service) saveTx(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, in Settings) error {
	in, err := in.check()
	if err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	a := in.Address
	err = tx.Exec(`INSERT INTO shop_origins (shop_id, regency_code, district_code, village, street, hint, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (shop_id) DO UPDATE SET regency_code = excluded.regency_code, district_code = excluded.district_code,
			village = excluded.village, street = excluded.street, hint = excluded.hint, updated_at = excluded.updated_at`,
		shopID, a.RegencyCode, a.DistrictCode, a.Village, a.Street, a.Hint, now).Error
	if err != nil {
		return fmt.Errorf("delivery: save origin of shop %d: %w", shopID, err)
	}
	for _, m := range []methodRow{
		{Method: string(Pickup), Enabled: in.Pickup},
		{Method: string(Own), Enabled: in.Own, Fee: int64(in.OwnFee)},
		{Method: string(Courier), Enabled: in.Courier},
	} {
		err := tx.Exec(`INSERT INTO shop_delivery (shop_id, method, enabled, fee, updated_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (shop_id, method) DO UPDATE SET enabled = excluded.enabled, fee = excluded.fee, updated_at = excluded.updated_at`,
			shopID, m.Method, m.Enabled, m.Fee, now).Error
		if err != nil {
			return fmt.Errorf("delivery: save %s of shop %d: %w", m.Method, shopID, err)
		}
	}
	if err := partsTx(tx, shopID, in); err != nil {
		return err
	}
	if err := database.InvalidateTx(ctx, tx, pageKey(shopID)); err != nil {
		return err
	}
	// The note tells what was chosen, never the address.
	return trail.RecordTx(ctx, tx, trail.Entry{
		Actor: actor.UserID, Subject: actor.SubjectFor(shopID), Verb: "set_delivery", Object: "shop", ObjectID: shopID,
		Note: fmt.Sprintf("pickup %t on %d days, own %t %d in %d areas, courier %t %s",
			in.Pickup, len(in.Hours), in.Own, in.OwnFee, len(in.Areas), in.Courier, strings.Join(in.Carriers, " ")),
	})
}

// partsTx replaces hours, areas and carriers.
func partsTx(tx *gorm.DB, shopID int64, in Settings) error {
	for _, query := range []string{"DELETE FROM pickup_hours WHERE shop_id = ?", "DELETE FROM own_areas WHERE shop_id = ?", "DELETE FROM shop_carriers WHERE shop_id = ?"} {
		if err := tx.Exec(query, shopID).Error; err != nil {
			return fmt.Errorf("delivery: parts of shop %d: %w", shopID, err)
		}
	}
	for _, h := range in.Hours {
		err := tx.Exec("INSERT INTO pickup_hours (shop_id, weekday, opens, closes) VALUES (?, ?, ?, ?)", shopID, int(h.Weekday), h.Opens, h.Closes).Error
		if err != nil {
			return fmt.Errorf("delivery: hours of shop %d: %w", shopID, err)
		}
	}
	for _, a := range in.Areas {
		if err := tx.Exec("INSERT INTO own_areas (shop_id, code, fee) VALUES (?, ?, ?)", shopID, a.Code, int64(a.Fee)).Error; err != nil {
			return fmt.Errorf("delivery: area of shop %d: %w", shopID, err)
		}
	}
	for _, code := range in.Carriers {
		if _, err := carrierTx(tx, code); err != nil {
			return err
		}
		err := tx.Exec("INSERT INTO shop_carriers (shop_id, carrier) VALUES (?, ?) ON CONFLICT (shop_id, carrier) DO NOTHING", shopID, code).Error
		if err != nil {
			return fmt.Errorf("delivery: carrier of shop %d: %w", shopID, err)
		}
	}
	return nil
}

// PickupAddress returns the exact address of a shop. It asks nobody who they are:
// callers show it only to the buyer who paid for an order of this shop and
// collects it, and to the shop's own people. NotFound for a shop without one.
func (s *Service) PickupAddress(ctx context.Context, shopID int64) (Address, error) {
	return addressTx(s.db.Read(ctx), shopID)
}

// PickupAddressTx is PickupAddress inside the caller's transaction.
func (s *Service) PickupAddressTx(ctx context.Context, tx *gorm.DB, shopID int64) (Address, error) {
	return addressTx(tx.WithContext(ctx), shopID)
}

func addressTx(tx *gorm.DB, shopID int64) (Address, error) {
	var r originRow
	err := tx.Where("shop_id = ?", shopID).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Address{}, fault.NotFound(fmt.Sprintf("address of shop %d", shopID))
	}
	if err != nil {
		return Address{}, fmt.Errorf("delivery: address of shop %d: %w", shopID, err)
	}
	return Address{
		RegencyCode: r.RegencyCode, DistrictCode: r.DistrictCode, Village: r.Village, Street: r.Street, Hint: r.Hint,
	}, nil
}

// Rate is the courier tariff of one zone.
type Rate struct {
	Zone    region.Zone
	PerKg   money.Rupiah
	DaysMin int
	DaysMax int
}

// Rates returns the courier tariff from near to far. Anyone may read it.
func (s *Service) Rates(ctx context.Context) ([]Rate, error) {
	var rows []rateRow
	if err := s.db.Read(ctx).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("delivery: rates: %w", err)
	}
	byZone := map[region.Zone]Rate{}
	for _, r := range rows {
		zone := region.Zone(r.Zone)
		byZone[zone] = Rate{Zone: zone, PerKg: money.Rupiah(r.PerKg), DaysMin: r.DaysMin, DaysMax: r.DaysMax}
	}
	rates := make([]Rate, 0, len(rows))
	for _, zone := range region.Zones {
		if rate, found := byZone[zone]; found {
			rates = append(rates, rate)
		}
	}
	return rates, nil
}

// The bounds of a tariff row.
const (
	MaxPerKg money.Rupiah = 1_000_000
	MaxDays  int          = 60
)

// SetRate changes the tariff of one zone for orders placed from now on. Admins
// only.
func (s *Service) SetRate(ctx context.Context, actor account.Actor, rate Rate) error {
	if !actor.Has(account.RoleAdmin) {
		return fault.Forbidden("delivery.rate.forbidden")
	}
	faults := fault.Invalid("delivery.rate.faulty")
	if rate.PerKg < 0 || rate.PerKg > MaxPerKg {
		faults.With("per_kg", "delivery.rate.per_kg", "max", MaxPerKg)
	}
	if rate.DaysMin < 0 || rate.DaysMax < rate.DaysMin || rate.DaysMax > MaxDays {
		faults.With("days", "delivery.rate.days", "max", MaxDays)
	}
	if err := faults.OrNil(); err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		result := tx.Exec("UPDATE zone_rates SET per_kg = ?, days_min = ?, days_max = ?, updated_at = ? WHERE zone = ?",
			int64(rate.PerKg), rate.DaysMin, rate.DaysMax, now, string(rate.Zone))
		if result.Error != nil {
			return fmt.Errorf("delivery: rate of %s: %w", rate.Zone, result.Error)
		}
		if result.RowsAffected == 0 {
			return fault.NotFound(fmt.Sprintf("zone %q", rate.Zone))
		}
		return trail.RecordTx(ctx, tx, trail.Entry{
			Actor: actor.UserID, Verb: "set_rate", Object: "zone_rate",
			Note: fmt.Sprintf("%s: %d per kg, %d–%d days", rate.Zone, rate.PerKg, rate.DaysMin, rate.DaysMax),
		})
	})
}
