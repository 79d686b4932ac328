// Package delivery knows how a shop's parcels travel and what that costs: pick-up,
// the maker's own delivery within the regency, or a courier by four zones. It owns
// shop_delivery, shop_origins and zone_rates.
//
// A shop's origin is where its parcels start and where buyers collect. The exact
// address is private: only the shop's own people and, through order, the buyer who
// paid may see it (design §3.8). The package may import account and internal
// packages; it knows shops by id only.
package delivery

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// Method is one way a parcel reaches the buyer.
type Method string

const (
	Pickup  Method = "pickup"  // the buyer collects at the shop, against a code
	Own     Method = "own"     // the maker brings it, within the shop's regency
	Courier Method = "courier" // sent by courier, by zone and weight
)

// Methods lists every method in the order people see them.
var Methods = []Method{Pickup, Own, Courier}

// Known reports whether m is one of Methods.
func (m Method) Known() bool { return m == Pickup || m == Own || m == Courier }

// LabelKey is the text key of the method's name.
func (m Method) LabelKey() string { return "delivery.method." + string(m) }

// Destination is where a buyer wants a parcel. The zero value means "no address
// yet": only pick-up can be offered.
type Destination struct {
	RegencyCode  string // "35.78"
	DistrictCode string // "35.78.16"; may be empty
}

// Option is one method a shop offers for a destination, priced.
type Option struct {
	Method    Method
	LabelKey  string
	Fee       money.Rupiah
	Zone      region.Zone // of a courier parcel, else ""
	Kilograms int64       // billed weight of a courier parcel, else 0
	DaysMin   int         // from handing over to arrival, in days; 0 for pick-up
	DaysMax   int
}

// The maker's own delivery happens on the day of dispatch or up to two days later.
const ownDaysMax = 2

// Service answers and changes how shops deliver.
type Service struct{ db *database.DB }

// NewService returns the delivery service of db.
func NewService(db *database.DB) *Service { return &Service{db: db} }

// BilledKilograms is the weight couriers charge for: whole kilograms, at least one,
// with 300 g of tolerance (up to 1,3 kg counts as 1 kg, up to 2,3 kg as 2 kg;
// domain.md B21). Weightless goods count as one kilogram.
func BilledKilograms(grams int64) int64 {
	if grams <= 1300 {
		return 1
	}
	return (grams-300-1)/1000 + 1
}

// Options returns what the shop offers for a parcel of that weight, in the order
// of Methods; empty when nothing fits. grams is the sum of one shop's lines.
// Anyone may ask. A destination that does not exist is Invalid.
func (s *Service) Options(ctx context.Context, shopID int64, to Destination, grams int64) ([]Option, error) {
	return s.OptionsTx(ctx, s.db.Read(ctx), shopID, to, grams)
}

// OptionsTx is Options inside the caller's transaction.
func (s *Service) OptionsTx(ctx context.Context, tx *gorm.DB, shopID int64, to Destination, grams int64) ([]Option, error) {
	if err := to.check(); err != nil {
		return nil, err
	}
	if grams < 0 {
		return nil, fmt.Errorf("delivery: a parcel of %d grams", grams)
	}
	tx = tx.WithContext(ctx)
	var origin originRow
	err := tx.Where("shop_id = ?", shopID).Take(&origin).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil // a shop without an origin cannot send or hand over anything
	}
	if err != nil {
		return nil, fmt.Errorf("delivery: origin of shop %d: %w", shopID, err)
	}
	var rows []methodRow
	if err := tx.Where("shop_id = ? AND enabled = ?", shopID, true).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("delivery: methods of shop %d: %w", shopID, err)
	}
	offered := map[Method]methodRow{}
	for _, r := range rows {
		offered[Method(r.Method)] = r
	}
	zone, known := region.Between(origin.RegencyCode, to.RegencyCode)
	var options []Option
	for _, m := range Methods {
		row, on := offered[m]
		if !on || m != Pickup && !known {
			continue
		}
		option := Option{Method: m, LabelKey: m.LabelKey()}
		switch m {
		case Own:
			if zone != region.SameRegency {
				continue
			}
			option.Fee, option.DaysMax = money.Rupiah(row.Fee), ownDaysMax
		case Courier:
			if option, err = courier(tx, zone, grams); err != nil {
				return nil, err
			}
		}
		options = append(options, option)
	}
	return options, nil
}

func courier(tx *gorm.DB, zone region.Zone, grams int64) (Option, error) {
	var rate rateRow
	if err := tx.Where("zone = ?", string(zone)).Take(&rate).Error; err != nil {
		return Option{}, fmt.Errorf("delivery: rate of %s: %w", zone, err)
	}
	kilograms := BilledKilograms(grams)
	fee, err := money.Rupiah(rate.PerKg).Times(kilograms)
	if err != nil {
		return Option{}, fmt.Errorf("delivery: %d kg to %s: %w", kilograms, zone, err)
	}
	return Option{
		Method: Courier, LabelKey: Courier.LabelKey(), Fee: fee, Zone: zone, Kilograms: kilograms,
		DaysMin: rate.DaysMin, DaysMax: rate.DaysMax,
	}, nil
}

// ChooseTx prices the method a buyer chose, inside the transaction that places the
// order. A method the shop does not offer there (any more) is a Conflict.
func (s *Service) ChooseTx(ctx context.Context, tx *gorm.DB, shopID int64, m Method, to Destination, grams int64) (Option, error) {
	options, err := s.OptionsTx(ctx, tx, shopID, to, grams)
	if err != nil {
		return Option{}, err
	}
	for _, o := range options {
		if o.Method == m {
			return o, nil
		}
	}
	return Option{}, fault.Conflict("delivery.choose.unavailable")
}

// check refuses codes that do not exist or do not belong together.
func (to Destination) check() error {
	if to.RegencyCode == "" && to.DistrictCode == "" {
		return nil
	}
	if _, found := region.RegencyByCode(to.RegencyCode); !found {
		return fault.Invalid("delivery.destination.unknown").With("regency", "delivery.destination.unknown")
	}
	if to.DistrictCode == "" {
		return nil
	}
	if d, found := region.DistrictByCode(to.DistrictCode); !found || d.RegencyCode != to.RegencyCode {
		return fault.Invalid("delivery.destination.unknown").With("district", "delivery.destination.unknown")
	}
	return nil
}
