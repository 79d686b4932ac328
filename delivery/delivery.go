// Package delivery knows how a shop's parcels travel and what that costs: pick-up
// in the shop's hours, the maker's own delivery to the places she goes to, or a
// courier (carrier.go), and until when before a holiday. It owns shop_delivery,
// shop_origins, pickup_hours, own_areas, shop_carriers, carriers, zone_rates,
// tariff_versions, carrier_tariffs and dispatch_cutoffs.
//
// A shop's origin is where its parcels start and where buyers collect. The exact
// address is private: only the shop's own people and, through order, the buyer who
// paid may see it (design §3.8). The package may import account and internal
// packages; it knows shops by id only.
package delivery

import (
	"context"
	"strings"
	"time"

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
	Own     Method = "own"     // the maker brings it, to the places she goes to
	Courier Method = "courier" // sent by courier, by place and weight
)

// Choice is what a buyer chose: a Method alone, or Courier with one carrier's
// service, such as "courier:jne:REG". Courier alone is its cheapest service.
type Choice = Method

// ChoiceOf names one service of a carrier.
func ChoiceOf(carrier, service string) Choice { return Courier + ":" + Choice(carrier+":"+service) }

// Base is the method without the carrier's service.
func (m Method) Base() Method {
	base, _, _ := strings.Cut(string(m), ":")
	return Method(base)
}

// Methods lists every method in the order people see them.
var Methods = []Method{Pickup, Own, Courier}

// Known reports whether m is one of Methods, or a service of Courier.
func (m Method) Known() bool { return m == Pickup || m == Own || m.Base() == Courier }

// LabelKey is the text key of the method's name.
func (m Method) LabelKey() string { return "delivery.method." + string(m.Base()) }

// Destination is where a buyer wants a parcel. The zero value means "no address
// yet": only pick-up can be offered.
type Destination struct {
	RegencyCode  string // "35.78"
	DistrictCode string // "35.78.16"; may be empty
}

// Parcel is what one shop sends at once.
type Parcel struct {
	Grams     int64     // what it weighs
	VolumeCM3 int64     // what it measures; 0 when nobody knows
	ReadyBy   time.Time // the day it is ready; zero when that is not known yet
}

// Option is one way a shop offers for a destination, priced.
type Option struct {
	Method    Method
	Choice    Choice // what the form sends: Method, or Courier with its service
	LabelKey  string // of the method
	Fee       money.Rupiah
	Zone      region.Zone // of a courier parcel by zones, else ""
	Carrier   string      // name of the carrier, as people know it; "" but for Courier
	Service   string      // of the carrier; "" where it has only one
	Kilograms int64       // billed weight of a courier parcel, else 0
	DaysMin   int         // from handing over to arrival, in days; 0 for pick-up
	DaysMax   int
	Hours     Week    // of Pickup: when the shop is open; none: by appointment
	Closed    *Cutoff // the parcel would be ready too late: it cannot be chosen

	carrier string // code
}

// Pick finds what was chosen among options; Courier alone is the cheapest of its
// services. What is closed is not found.
func Pick(options []Option, choice Choice) (Option, bool) {
	for _, o := range options { // services stand from cheap to dear
		if o.Closed == nil && (o.Choice == choice || o.Method == Courier && choice == Courier) {
			return o, true
		}
	}
	return Option{}, false
}

// The maker's own delivery happens on the day of dispatch or up to two days later.
const ownDaysMax = 2

// Service answers and changes how shops deliver.
type Service struct{ db *database.DB }

// NewService returns the delivery service of db.
func NewService(db *database.DB) *Service { return &Service{db: db} }

// Options returns what the shop offers for a parcel, in the order of Methods and
// a courier's services from cheap to dear; empty when nothing fits. What the
// parcel would be too late for is among them, Closed. Anyone may ask. A
// destination that does not exist is Invalid.
func (s *Service) Options(ctx context.Context, shopID int64, to Destination, p Parcel) ([]Option, error) {
	return s.OptionsTx(ctx, s.db.Read(ctx), shopID, to, p)
}

// OptionsTx is Options inside the caller's transaction.
func (s *Service) OptionsTx(ctx context.Context, tx *gorm.DB, shopID int64, to Destination, p Parcel) ([]Option, error) {
	all, err := s.OptionsForTx(ctx, tx, to, []Sending{{ShopID: shopID, Parcel: p}})
	return all[shopID], err
}

// OptionsFor is Options for several shops at once, by shop.
func (s *Service) OptionsFor(ctx context.Context, to Destination, sendings []Sending) (map[int64][]Option, error) {
	return s.OptionsForTx(ctx, s.db.Read(ctx), to, sendings)
}

// ChooseTx prices what a buyer chose, inside the transaction that places the
// order. What the shop does not offer there (any more), or only too early for
// this parcel, is a Conflict.
func (s *Service) ChooseTx(ctx context.Context, tx *gorm.DB, shopID int64, choice Choice, to Destination, p Parcel) (Option, error) {
	all, err := s.OptionsForTx(ctx, tx, to, []Sending{{ShopID: shopID, Parcel: p, Only: choice}})
	if err != nil {
		return Option{}, err
	}
	return Chosen(all[shopID], choice)
}

// Chosen is Pick for who places an order: what is not offered is a Conflict.
func Chosen(options []Option, choice Choice) (Option, error) {
	if o, found := Pick(options, choice); found {
		return o, nil
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
