package delivery

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// Carrier prices parcels. There are two: the four zones and the tariff table.
//
// An aggregator that asks the couriers themselves (as Biteship or RajaOngkir do)
// is a third: it gets a kind of its own in carriers.kind and in carrier below.
// Quote is asked inside transactions, also the one that places an order, so it
// must not call a network: such a carrier fetches prices before, keeps them for
// some minutes by origin, destination and billed weight, and answers from what it
// keeps; without a kept price it offers nothing.
type Carrier interface {
	// Quote lists the services for a parcel, none when it does not go there. It
	// only reads, through tx.
	Quote(ctx context.Context, tx *gorm.DB, p Parcel, from, to Destination) ([]Offered, error)
}

// Offered is one service of a carrier for a parcel.
type Offered struct {
	Service   string // "" where the carrier has only one
	Fee       money.Rupiah
	Kilograms int64
	DaysMin   int
	DaysMax   int
	Zone      region.Zone // of the four zones, else ""
}

// The kinds of carriers.
const (
	KindZones = "zones"
	KindTable = "table"
)

// ZoneCarrier is the carrier of the four zones, which a shop uses that chose none.
const ZoneCarrier = "zona"

// Weighing is how a carrier counts weight (domain.md B21).
type Weighing struct {
	ToleranceGrams int64 // above a full kilogram, not charged: 300 makes 1,3 kg one kilogram
	Divisor        int64 // cm³ that count as one kilogram; 6.000 is usual
}

// Kilograms is the weight that is charged: whole kilograms, at least one, of the
// real weight or of the size, whichever is more.
func (w Weighing) Kilograms(p Parcel) int64 {
	grams := p.Grams
	if w.Divisor > 0 && p.VolumeCM3 > 0 {
		// cm³ ÷ divisor kilograms, in grams and rounded up, without overflowing.
		whole, rest := p.VolumeCM3/w.Divisor, p.VolumeCM3%w.Divisor
		size := int64(math.MaxInt64)
		if whole < math.MaxInt64/1000-1 {
			size = whole*1000 + (rest*1000+w.Divisor-1)/w.Divisor
		}
		grams = max(grams, size)
	}
	if grams <= 1000+w.ToleranceGrams {
		return 1
	}
	return (grams-w.ToleranceGrams-1)/1000 + 1
}

// carrierRow is a row of carriers.
type carrierRow struct {
	Code           string
	Name           string
	Kind           string
	ToleranceGrams int64
	Divisor        int64
	Active         bool
	UpdatedAt      time.Time
}

func (carrierRow) TableName() string { return "carriers" }

// carrier is what prices the parcels of a row; false for a kind that this program
// does not know.
func (r carrierRow) carrier(rates *rateBook) (Carrier, bool) {
	w := Weighing{ToleranceGrams: r.ToleranceGrams, Divisor: r.Divisor}
	switch r.Kind {
	case KindZones:
		return zones{w, rates}, true
	case KindTable:
		return table{r.Code, w}, true
	}
	return nil, false
}

// servicesTx are the services of a shop's carriers, from cheap to dear.
func servicesTx(ctx context.Context, tx *gorm.DB, carriers []carriage, p Parcel, from, to Destination) ([]Option, error) {
	var out []Option
	for _, c := range carriers {
		services, err := c.Quote(ctx, tx, p, from, to)
		if err != nil {
			return nil, err
		}
		for _, o := range services {
			out = append(out, Option{
				Method: Courier, Choice: ChoiceOf(c.Code, o.Service), LabelKey: Courier.LabelKey(), Fee: o.Fee, Zone: o.Zone,
				Carrier: c.Name, Service: o.Service, Kilograms: o.Kilograms, DaysMin: o.DaysMin, DaysMax: o.DaysMax, carrier: c.Code,
			})
		}
	}
	slices.SortStableFunc(out, func(a, b Option) int {
		return cmp.Or(cmp.Compare(a.Fee, b.Fee), cmp.Compare(a.DaysMax, b.DaysMax), cmp.Compare(a.Choice, b.Choice))
	})
	return out, nil
}

// zones prices by how far apart two regencies are (region.Between).
type zones struct {
	Weighing
	rates *rateBook
}

func (z zones) Quote(_ context.Context, tx *gorm.DB, p Parcel, from, to Destination) ([]Offered, error) {
	zone, known := region.Between(from.RegencyCode, to.RegencyCode)
	if !known {
		return nil, nil
	}
	rate, err := z.rates.of(tx, zone)
	if err != nil {
		return nil, err
	}
	kilograms := z.Kilograms(p)
	fee, err := money.Rupiah(rate.PerKg).Times(kilograms)
	if err != nil {
		return nil, fmt.Errorf("delivery: %d kg to %s: %w", kilograms, zone, err)
	}
	return []Offered{{Fee: fee, Kilograms: kilograms, DaysMin: rate.DaysMin, DaysMax: rate.DaysMax, Zone: zone}}, nil
}

// table prices by the tariff table that is in use.
type table struct {
	code string
	Weighing
}

type tariffRow struct {
	VersionID       int64
	Carrier         string
	OriginCode      string
	DestinationCode string
	Service         string
	ValidFrom       string
	PerKg           int64
	DaysMin         int
	DaysMax         int
}

func (tariffRow) TableName() string { return "carrier_tariffs" }

// tariffZone is whose midnight begins a tariff's day: the couriers' offices are in
// Jakarta.
const tariffZone = "31"

func (t table) Quote(ctx context.Context, tx *gorm.DB, p Parcel, from, to Destination) ([]Offered, error) {
	origin, known := region.RegencyByCode(from.RegencyCode)
	destination, there := region.RegencyByCode(to.RegencyCode)
	if !known || !there {
		return nil, nil
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	var rows []tariffRow
	err = tx.Raw(`SELECT t.* FROM carrier_tariffs t JOIN tariff_versions v ON v.id = t.version_id
		WHERE v.state = 'live' AND t.carrier = ? AND t.origin_code IN (?, ?) AND t.destination_code IN (?, ?) AND t.valid_from <= ?`,
		t.code, origin.Code, origin.ProvinceCode, destination.Code, destination.ProvinceCode,
		now.In(calendar.Zone(tariffZone)).Format(time.DateOnly)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("delivery: tariff of %s: %w", t.code, err)
	}
	// The nearest counts: a regency before its province, there before here, and of
	// these the newest.
	slices.SortFunc(rows, func(a, b tariffRow) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(len(b.DestinationCode), len(a.DestinationCode)),
			cmp.Compare(len(b.OriginCode), len(a.OriginCode)), cmp.Compare(b.ValidFrom, a.ValidFrom))
	})
	kilograms := t.Kilograms(p)
	var out []Offered
	for i, r := range rows {
		if i > 0 && rows[i-1].Service == r.Service {
			continue
		}
		fee, err := money.Rupiah(r.PerKg).Times(kilograms)
		if err != nil {
			return nil, fmt.Errorf("delivery: %d kg with %s: %w", kilograms, t.code, err)
		}
		out = append(out, Offered{Service: r.Service, Fee: fee, Kilograms: kilograms, DaysMin: r.DaysMin, DaysMax: r.DaysMax})
	}
	return out, nil
}
