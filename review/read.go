package review

import (
	"context"
	"fmt"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

func productKey(id int64) string { return "reviews:" + strconv.FormatInt(id, 10) }
func shopKey(id int64) string    { return "shop-reviews:" + strconv.FormatInt(id, 10) }

// Page is one page of reviews, newest first.
type Page struct {
	Reviews []Review
	Next    string // cursor of the next page, "" at the end
}

// OfProduct returns what everybody may read of one product, at most most of it.
// Errors: invalid for a cursor that is not ours.
func (s *Service) OfProduct(ctx context.Context, productID int64, cursor string, most int) (Page, error) {
	database.Depend(ctx, productKey(productID))
	return s.page(ctx, productKey(productID), "product_id = ?", productID, cursor, most)
}

// OfShop returns what everybody may read of a shop's products.
func (s *Service) OfShop(ctx context.Context, shopID int64, cursor string, most int) (Page, error) {
	database.Depend(ctx, shopKey(shopID))
	return s.page(ctx, shopKey(shopID), "shop_id = ?", shopID, cursor, most)
}

// RatingOfShop is the sum over everything shown of a shop's products.
func (s *Service) RatingOfShop(ctx context.Context, shopID int64) (catalog.Rating, error) {
	database.Depend(ctx, shopKey(shopID))
	var r catalog.Rating
	err := s.db.Read(ctx).Raw(`SELECT CAST(COALESCE(SUM(stars), 0) AS BIGINT) AS stars, COUNT(*) AS count FROM reviews WHERE shop_id = ? AND state = 'shown'`, shopID).Scan(&r).Error
	if err != nil {
		return r, fmt.Errorf("review: rating of a shop: %w", err)
	}
	return r, nil
}

func (s *Service) page(ctx context.Context, name, where string, of int64, cursor string, most int) (Page, error) {
	place, err := catalog.ParseCursor(s.keys, name, cursor)
	if err != nil {
		return Page{}, err
	}
	where += " AND state = 'shown'"
	args := []any{of}
	if place.ID > 0 {
		where += " AND id < ?"
		args = append(args, place.ID)
	}
	found, err := list(s.db.Read(ctx), where+" ORDER BY id DESC LIMIT ?", append(args, most+1)...)
	if err != nil {
		return Page{}, err
	}
	page := Page{Reviews: found}
	if len(found) > most {
		page.Reviews = found[:most]
		page.Next = catalog.Keyset{ID: found[most-1].ID}.Cursor(s.keys, name)
	}
	return page, nil
}

// ForShop returns a shop's shown reviews, newest first, for its members and
// their companion, who may answer. Errors: not found for everybody else.
func (s *Service) ForShop(ctx context.Context, actor account.Actor, shopID int64, cursor string) (Page, error) {
	if !actor.Manages(shopID) {
		return Page{}, fault.NotFound("another's shop")
	}
	return s.page(ctx, shopKey(shopID), "shop_id = ?", shopID, cursor, 30)
}

// Shown returns one review that everybody may read. Errors: not found.
func (s *Service) Shown(ctx context.Context, reviewID int64) (Review, error) {
	found, err := list(s.db.Read(ctx), "id = ? AND state = 'shown'", reviewID)
	if err == nil && len(found) == 0 {
		err = fault.NotFound("review")
	}
	if err != nil {
		return Review{}, err
	}
	return found[0], nil
}

// One returns one review in any state, for the shop's members and their
// companion. Errors: not found for everybody else.
func (s *Service) One(ctx context.Context, actor account.Actor, reviewID int64) (Review, error) {
	found, err := list(s.db.Read(ctx), "id = ?", reviewID)
	if err == nil && (len(found) == 0 || !actor.Manages(found[0].ShopID)) {
		err = fault.NotFound("another's review")
	}
	if err != nil {
		return Review{}, err
	}
	return found[0], nil
}

// ShopOf says which shop's product a review is about. It checks no permission:
// the edge asks it whose the review in an address is. Errors: not found.
func (s *Service) ShopOf(ctx context.Context, reviewID int64) (int64, error) {
	var shops []int64
	if err := s.db.Read(ctx).Raw("SELECT shop_id FROM reviews WHERE id = ?", reviewID).Scan(&shops).Error; err != nil {
		return 0, fmt.Errorf("review: whose: %w", err)
	}
	if len(shops) == 0 {
		return 0, fault.NotFound("review")
	}
	return shops[0], nil
}
