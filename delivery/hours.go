package delivery

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// Hours is when a shop is open for picking up on one day of the week. Minutes
// count from midnight in the shop's zone; a closing of 24:00 is 1440.
type Hours struct {
	Weekday time.Weekday
	Opens   int
	Closes  int
}

type hoursRow struct {
	ShopID  int64
	Weekday int
	Opens   int
	Closes  int
}

func (hoursRow) TableName() string { return "pickup_hours" }

func (r hoursRow) hours() Hours {
	return Hours{Weekday: time.Weekday(r.Weekday), Opens: r.Opens, Closes: r.Closes}
}

// Week is a shop's hours, Monday first; none: by appointment.
type Week []Hours

// Earliest is when something that is ready at that time can be collected first:
// during the hours, not in the past, not on a day that is off. zone is the
// shop's; off may be nil. False without hours, or when the next 400 days are off.
func (w Week) Earliest(now, ready time.Time, zone *time.Location, off func(time.Time) bool) (time.Time, bool) {
	at := ready
	if now.After(at) {
		at = now
	}
	at = at.In(zone)
	for range 400 {
		midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone)
		for _, h := range w {
			opens := time.Date(at.Year(), at.Month(), at.Day(), 0, h.Opens, 0, 0, zone)
			closes := time.Date(at.Year(), at.Month(), at.Day(), 0, h.Closes, 0, 0, zone)
			if h.Weekday != at.Weekday() || !at.Before(closes) || off != nil && off(midnight) {
				continue
			}
			if at.Before(opens) {
				return opens, true
			}
			return at, true
		}
		at = time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, zone)
	}
	return time.Time{}, false
}

// Run is days of the week that follow one another and have the same hours.
type Run struct {
	First, Last   time.Weekday
	Opens, Closes int
}

// Runs groups the week as people say it: "Senin sampai Jumat 08.00–16.00".
func (w Week) Runs() []Run {
	var out []Run
	for _, h := range w.sorted() {
		if n := len(out); n > 0 && fromMonday(out[n-1].Last)+1 == fromMonday(h.Weekday) && out[n-1].Opens == h.Opens && out[n-1].Closes == h.Closes {
			out[n-1].Last = h.Weekday
			continue
		}
		out = append(out, Run{First: h.Weekday, Last: h.Weekday, Opens: h.Opens, Closes: h.Closes})
	}
	return out
}

func fromMonday(d time.Weekday) int { return (int(d) + 6) % 7 }

func (w Week) sorted() Week {
	out := slices.Clone(w)
	slices.SortFunc(out, func(a, b Hours) int { return cmp.Compare(fromMonday(a.Weekday), fromMonday(b.Weekday)) })
	return out
}

// check puts a week in order and refuses hours that are none; the fault's field
// is "hours_0" for a Sunday.
func (w Week) check(faults *fault.Error) Week {
	seen := map[time.Weekday]bool{}
	for _, h := range w {
		if h.Weekday < time.Sunday || h.Weekday > time.Saturday || seen[h.Weekday] || h.Opens < 0 || h.Closes > 24*60 || h.Opens >= h.Closes {
			faults.With(fmt.Sprintf("hours_%d", h.Weekday), "delivery.hours.order")
		}
		seen[h.Weekday] = true
	}
	return w.sorted()
}

// PickupHours is when a shop is open for picking up. Anyone may ask.
func (s *Service) PickupHours(ctx context.Context, shopID int64) (Week, error) {
	database.Depend(ctx, pageKey(shopID))
	return hoursTx(s.db.Read(ctx), shopID)
}

func hoursTx(tx *gorm.DB, shopID int64) (Week, error) {
	var rows []hoursRow
	if err := tx.Where("shop_id = ?", shopID).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("delivery: hours of shop %d: %w", shopID, err)
	}
	var out Week
	for _, r := range rows {
		out = append(out, r.hours())
	}
	return out.sorted(), nil
}

// Area is a place a maker brings orders to, and for how much.
type Area struct {
	Code string // a regency or one of its districts; the district counts before its regency
	Fee  money.Rupiah
}

type areaRow struct {
	ShopID int64
	Code   string
	Fee    int64
}

func (areaRow) TableName() string { return "own_areas" }

// Name is the place as people say it, with its type.
func (a Area) Name() string { return region.Name(a.Code) }

func areasTx(tx *gorm.DB, shopID int64) ([]Area, error) {
	var rows []areaRow
	if err := tx.Where("shop_id = ?", shopID).Order("code").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("delivery: areas of shop %d: %w", shopID, err)
	}
	var out []Area
	for _, r := range rows {
		out = append(out, Area{Code: r.Code, Fee: money.Rupiah(r.Fee)})
	}
	return out, nil
}

// ownFee is what a maker takes for bringing an order there; false where she does
// not go. Without areas she goes everywhere in her regency, for flat.
func ownFee(areas []Area, regencyCode string, flat money.Rupiah, to Destination) (money.Rupiah, bool) {
	if len(areas) == 0 {
		return flat, to.RegencyCode == regencyCode
	}
	for _, code := range []string{to.DistrictCode, to.RegencyCode} {
		for _, a := range areas {
			if code != "" && a.Code == code {
				return a.Fee, true
			}
		}
	}
	return 0, false
}

// MaxAreas is the most places one maker can name.
const MaxAreas = 60

func checkAreas(faults *fault.Error, areas []Area) {
	seen := map[string]bool{}
	for _, a := range areas {
		_, regency := region.RegencyByCode(a.Code)
		_, district := region.DistrictByCode(a.Code)
		switch {
		case !regency && !district:
			faults.With("area", "delivery.area.unknown")
		case seen[a.Code]:
			faults.With("area", "delivery.area.twice", "place", a.Name())
		case a.Fee < 0 || a.Fee > MaxOwnFee:
			faults.With("fee", "delivery.settings.own_fee", "max", MaxOwnFee)
		}
		seen[a.Code] = true
	}
	if len(areas) > MaxAreas {
		faults.With("area", "delivery.area.many", "max", MaxAreas)
	}
}
