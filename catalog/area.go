package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// maxAreas bounds how many districts and regencies one product names.
const maxAreas = 60

// Area is where a product is made for: codes of regencies ("35.71") and
// districts ("35.78.16"). Empty is everywhere.
type Area []string

// Reaches reports whether the area covers a district. Picking up needs no area.
func (a Area) Reaches(districtCode string) bool {
	return len(a) == 0 || slices.ContainsFunc(a, func(code string) bool {
		return districtCode == code || strings.HasPrefix(districtCode, code+".")
	})
}

// Names are the places in words, by regency with its type: "Bulak, Kenjeran
// (Kota Surabaya)". The codes are sorted.
func (a Area) Names() []string {
	var out []string
	for i := 0; i < len(a); i++ {
		district, ok := region.DistrictByCode(a[i])
		if !ok {
			out = append(out, region.Place(a[i]))
			continue
		}
		names := []string{district.Name}
		for i+1 < len(a) && strings.HasPrefix(a[i+1], district.RegencyCode+".") {
			i++
			next, _ := region.DistrictByCode(a[i])
			names = append(names, next.Name)
		}
		regency, _ := region.RegencyByCode(district.RegencyCode)
		out = append(out, strings.Join(names, ", ")+" ("+regency.Name+")")
	}
	return out
}

// AreasOf returns the areas of those products that have one.
func (s *Service) AreasOf(ctx context.Context, productIDs []int64) (map[int64]Area, error) {
	return areasOf(ctx, s.db.Read(ctx), productIDs)
}

// AreasOfTx is AreasOf inside the caller's transaction.
func (s *Service) AreasOfTx(ctx context.Context, tx *gorm.DB, productIDs []int64) (map[int64]Area, error) {
	return areasOf(ctx, tx, productIDs)
}

func areasOf(ctx context.Context, db *gorm.DB, productIDs []int64) (map[int64]Area, error) {
	out := map[int64]Area{}
	if len(productIDs) == 0 {
		return out, nil
	}
	var rows []struct {
		ProductID int64
		Code      string
	}
	err := db.WithContext(ctx).Raw(`SELECT product_id, code FROM product_areas WHERE product_id IN ? ORDER BY product_id, code`, productIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: areas: %w", err)
	}
	for _, r := range rows {
		out[r.ProductID] = append(out[r.ProductID], r.Code)
	}
	return out, nil
}

// SetArea says where a product is made for, at once and without review; empty is
// everywhere. A regency makes its districts superfluous. The shop's members and
// their companion may. Errors: invalid on "area" for a place that does not exist,
// or too many.
func (s *Service) SetArea(ctx context.Context, actor account.Actor, productID int64, area Area) error {
	whole, codes := map[string]bool{}, map[string]bool{}
	for _, code := range area {
		_, regency := region.RegencyByCode(code)
		_, district := region.DistrictByCode(code)
		switch {
		case regency:
			whole[code] = true
		case !district:
			return fault.Invalid("catalog.draft.invalid").With("area", "catalog.area.unknown")
		}
		codes[code] = true
	}
	for code := range codes {
		if len(code) > 5 && whole[code[:5]] {
			delete(codes, code)
		}
	}
	if len(codes) > maxAreas {
		return fault.Invalid("catalog.draft.invalid").With("area", "catalog.area.many", "max", maxAreas)
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, err := ownProduct(ctx, tx, actor, productID)
		if err != nil {
			return err
		}
		if err := tx.Exec(`DELETE FROM product_areas WHERE product_id = ?`, productID).Error; err != nil {
			return fmt.Errorf("catalog: area: %w", err)
		}
		for _, code := range keys(codes) {
			if err := tx.Exec(`INSERT INTO product_areas (product_id, code) VALUES (?, ?)`, productID, code).Error; err != nil {
				return fmt.Errorf("catalog: area: %w", err)
			}
		}
		if err := invalidateProductTx(ctx, tx, p); err != nil {
			return err
		}
		return record(ctx, tx, actor, p.ShopID, "set_area", "product", productID, strings.Join(keys(codes), " "))
	})
}
