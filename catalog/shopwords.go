package catalog

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// ShopWords are what a shop says about itself.
type ShopWords struct {
	About     string // public; about the work, not about a person
	Members   int64  // of a group; 0: not told
	SinceYear int64  // 0: not told
}

// DescribeShop changes what a shop says about itself. Its people and their
// companion may. It is on the page at once, without a review, because it is short,
// trailed, and an officer can take it away (ResetAbout). Faults are on about,
// members and since.
func (s *Service) DescribeShop(ctx context.Context, actor account.Actor, shopID int64, in ShopWords) error {
	in.About = cleanText(in.About)
	return s.changeShop(ctx, actor, shopID, "describe", func(tx *gorm.DB, shop Shop) (map[string]any, error) {
		if !actor.Manages(shopID) {
			return nil, fault.NotFound("another's shop")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return nil, err
		}
		bad := fault.Invalid("fault.form")
		if letters(in.About) > 2000 {
			bad.With("about", "catalog.too_long", "max", 2000)
		}
		if shop.Kind != Group {
			in.Members = 0
		}
		if in.Members < 0 || in.Members > 1000 {
			bad.With("members", "catalog.shop.members")
		}
		if in.SinceYear != 0 && (in.SinceYear < 1950 || in.SinceYear > int64(now.Year())) {
			bad.With("since", "catalog.shop.since")
		}
		return map[string]any{"about": in.About, "members": in.Members, "since_year": in.SinceYear}, bad.OrNil()
	})
}

// ResetAbout empties what a shop says about itself; officers of its territory may,
// when the words show a person or promise what is not so.
func (s *Service) ResetAbout(ctx context.Context, actor account.Actor, shopID int64) error {
	return s.changeShop(ctx, actor, shopID, "reset_about", func(_ *gorm.DB, shop Shop) (map[string]any, error) {
		if !governs(actor, shop.RegencyCode) {
			return nil, fault.NotFound("shop outside the territory")
		}
		return map[string]any{"about": ""}, nil
	})
}

// ShowContact lets buyers use the maker's own number, or the agency's again. Only
// the person whose number it is decides, never a companion; an institution's
// always is the agency's (design §3.8).
func (s *Service) ShowContact(ctx context.Context, actor account.Actor, shopID int64, own bool) error {
	verb, userID := "hide_contact", int64(0)
	if own {
		verb, userID = "show_contact", actor.UserID
	}
	return s.changeShop(ctx, actor, shopID, verb, func(_ *gorm.DB, shop Shop) (map[string]any, error) {
		switch {
		case !actor.Manages(shopID):
			return nil, fault.NotFound("another's shop")
		case !actor.Runs(shopID):
			return nil, fault.Forbidden("catalog.shop.contact_own")
		case own && shop.Kind == Institution:
			return nil, fault.Conflict("catalog.shop.contact_institution")
		}
		return map[string]any{"contact_user_id": userID}, nil
	})
}

func (s *Service) changeShop(ctx context.Context, actor account.Actor, shopID int64, verb string, change func(tx *gorm.DB, shop Shop) (map[string]any, error)) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		shop, err := shopByID(ctx, tx, shopID)
		if err != nil {
			return err
		}
		set, err := change(tx, shop)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		set["updated_at"] = now
		if err := tx.Table("shops").Where("id = ?", shopID).Updates(set).Error; err != nil {
			return fmt.Errorf("catalog: %s: %w", verb, err)
		}
		if err := s.invalidateShopTx(ctx, tx, shop); err != nil {
			return err
		}
		return record(ctx, tx, actor, shopID, verb, "shop", shopID, "")
	})
}
