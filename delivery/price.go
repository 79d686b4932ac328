package delivery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// Sending is what one shop would send to a destination.
type Sending struct {
	ShopID int64
	Parcel Parcel
	Only   Choice // price this choice's method alone; "": every way
}

func (s Sending) wants(m Method) bool { return s.Only == "" || s.Only.Base() == m }

// OptionsForTx is OptionsTx for several shops at once, by shop, inside the
// caller's transaction or for reading alone: as many questions for ten shops as
// for one. Errors as Options.
func (s *Service) OptionsForTx(ctx context.Context, tx *gorm.DB, to Destination, sendings []Sending) (map[int64][]Option, error) {
	if err := to.check(); err != nil {
		return nil, err
	}
	ids := make([]int64, len(sendings))
	for i, one := range sendings {
		if one.Parcel.Grams < 0 || one.Parcel.VolumeCM3 < 0 {
			return nil, fmt.Errorf("delivery: a parcel of %d grams and %d cm³", one.Parcel.Grams, one.Parcel.VolumeCM3)
		}
		ids[i] = one.ShopID
	}
	tx = tx.WithContext(ctx)
	shops, err := sendersTx(tx, to, sendings, ids)
	if err != nil {
		return nil, err
	}
	out := map[int64][]Option{}
	var closing []closable
	for _, one := range sendings {
		from, found := shops[one.ShopID]
		if !found {
			continue // a shop without an origin cannot send or hand over anything
		}
		var options []Option
		if _, on := from.methods[Pickup]; on && one.wants(Pickup) {
			options = append(options, Option{Method: Pickup, Choice: Pickup, LabelKey: Pickup.LabelKey(), Hours: from.hours})
		}
		if flat, on := from.methods[Own]; on && to.RegencyCode != "" && one.wants(Own) {
			if fee, reached := ownFee(from.areas, from.origin.RegencyCode, flat, to); reached {
				options = append(options, Option{Method: Own, Choice: Own, LabelKey: Own.LabelKey(), Fee: fee, DaysMax: ownDaysMax})
			}
		}
		if _, on := from.methods[Courier]; on && to.RegencyCode != "" && one.wants(Courier) {
			services, err := servicesTx(ctx, tx, from.carriers, one.Parcel, from.origin, to)
			if err != nil {
				return nil, err
			}
			options = append(options, services...)
		}
		out[one.ShopID] = options
		if !one.Parcel.ReadyBy.IsZero() && len(options) > 0 {
			day := one.Parcel.ReadyBy.In(calendar.Zone(from.origin.RegencyCode)).Format(time.DateOnly)
			closing = append(closing, closable{one.ShopID, day, options})
		}
	}
	return out, closeTx(ctx, tx, closing)
}

// sender is how one shop delivers, as far as a question needs it.
type sender struct {
	origin   Destination
	methods  map[Method]money.Rupiah // those that are on, with their flat fee
	hours    Week
	areas    []Area
	carriers []carriage
}

// carriage is a carrier's row with what prices its parcels.
type carriage struct {
	carrierRow
	Carrier
}

// sendersTx reads how the shops deliver: one question, and one more for each of
// hours, places, carriers and the zones' rates that somebody needs.
func sendersTx(tx *gorm.DB, to Destination, sendings []Sending, ids []int64) (map[int64]*sender, error) {
	var rows []struct {
		ShopID                            int64
		RegencyCode, DistrictCode, Method string
		Fee                               money.Rupiah
	}
	err := tx.Raw(`SELECT o.shop_id, o.regency_code, o.district_code, COALESCE(m.method, '') AS method, COALESCE(m.fee, 0) AS fee
		FROM shop_origins o LEFT JOIN shop_delivery m ON m.shop_id = o.shop_id AND m.enabled = ? WHERE o.shop_id IN ?`, true, ids).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("delivery: how shops deliver: %w", err)
	}
	out := map[int64]*sender{}
	for _, r := range rows {
		if out[r.ShopID] == nil {
			out[r.ShopID] = &sender{origin: Destination{RegencyCode: r.RegencyCode, DistrictCode: r.DistrictCode}, methods: map[Method]money.Rupiah{}}
		}
		if r.Method != "" {
			out[r.ShopID].methods[Method(r.Method)] = r.Fee
		}
	}
	asked := map[Method][]int64{} // shops that offer it to somebody who may want it
	for _, one := range sendings {
		if from := out[one.ShopID]; from != nil {
			for m := range from.methods {
				if one.wants(m) && (m == Pickup || to.RegencyCode != "") {
					asked[m] = append(asked[m], one.ShopID)
				}
			}
		}
	}
	if shops := asked[Pickup]; len(shops) > 0 {
		var rows []hoursRow
		if err := tx.Where("shop_id IN ?", shops).Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("delivery: hours of shops: %w", err)
		}
		for _, r := range rows {
			out[r.ShopID].hours = append(out[r.ShopID].hours, r.hours())
		}
		for _, shop := range shops {
			out[shop].hours = out[shop].hours.sorted()
		}
	}
	if shops := asked[Own]; len(shops) > 0 {
		var rows []areaRow
		if err := tx.Where("shop_id IN ?", shops).Order("shop_id, code").Find(&rows).Error; err != nil {
			return nil, fmt.Errorf("delivery: areas of shops: %w", err)
		}
		for _, r := range rows {
			out[r.ShopID].areas = append(out[r.ShopID].areas, Area{Code: r.Code, Fee: money.Rupiah(r.Fee)})
		}
	}
	if shops := asked[Courier]; len(shops) > 0 {
		carriers, err := carriersOfTx(tx, shops)
		if err != nil {
			return nil, err
		}
		for shop, these := range carriers {
			out[shop].carriers = these
		}
	}
	return out, nil
}

// carriersOfTx are the carriers that shops send with, by code.
func carriersOfTx(tx *gorm.DB, shops []int64) (map[int64][]carriage, error) {
	var rows []struct {
		ShopID                  int64
		Code, Name, Kind        string
		ToleranceGrams, Divisor int64
	}
	err := tx.Raw(`SELECT o.shop_id, c.code, c.name, c.kind, c.tolerance_grams, c.divisor FROM shop_origins o JOIN carriers c ON c.active = ?
			AND (c.code IN (SELECT s.carrier FROM shop_carriers s WHERE s.shop_id = o.shop_id)
			OR c.code = ? AND NOT EXISTS (SELECT 1 FROM shop_carriers s WHERE s.shop_id = o.shop_id))
		WHERE o.shop_id IN ? ORDER BY o.shop_id, c.code`, true, ZoneCarrier, shops).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("delivery: carriers of shops: %w", err)
	}
	out := map[int64][]carriage{}
	rates := &rateBook{}
	for _, r := range rows {
		row := carrierRow{Code: r.Code, Name: r.Name, Kind: r.Kind, ToleranceGrams: r.ToleranceGrams, Divisor: r.Divisor}
		if carrier, known := row.carrier(rates); known {
			out[r.ShopID] = append(out[r.ShopID], carriage{row, carrier})
		}
	}
	return out, nil
}

// rateBook is the tariff of the four zones, read once however many parcels ask.
type rateBook struct{ rows map[region.Zone]rateRow }

func (b *rateBook) of(tx *gorm.DB, zone region.Zone) (rateRow, error) {
	if b.rows == nil {
		var rows []rateRow
		if err := tx.Find(&rows).Error; err != nil {
			return rateRow{}, fmt.Errorf("delivery: rates: %w", err)
		}
		b.rows = map[region.Zone]rateRow{}
		for _, r := range rows {
			b.rows[region.Zone(r.Zone)] = r
		}
	}
	rate, found := b.rows[zone]
	if !found {
		return rate, fmt.Errorf("delivery: no rate of %s among %v", zone, slices.Collect(maps.Keys(b.rows)))
	}
	return rate, nil
}
