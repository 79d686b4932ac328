package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// MaxHomeCollections is how many collections the first page shows, the first ones.
const MaxHomeCollections = 3

// HomeOn returns the collections that the first page will show at the beginning of
// that day in Jakarta (the zero time: now), with the products that are public now;
// those without any are left out. Curators, heads and admins may; others: not found.
func (s *Service) HomeOn(ctx context.Context, actor account.Actor, day time.Time) ([]Collection, error) {
	all, err := s.HomeCollections(ctx, actor)
	if err != nil {
		return nil, err
	}
	at := dayStart(day, 0)
	if at == nil {
		now, err := clock.Now(ctx, s.db.Read(ctx))
		if err != nil {
			return nil, err
		}
		at = &now
	}
	return slices.DeleteFunc(all, func(c Collection) bool { return !c.Visible(*at) || len(c.Products) == 0 }), nil
}

// HomeCollections returns what is meant for the first page and not over, by place,
// with the products as the public would see them. Curators, heads and admins may;
// others: not found.
func (s *Service) HomeCollections(ctx context.Context, actor account.Actor) ([]Collection, error) {
	if !seesCollections(actor) {
		return nil, fault.NotFound("first page")
	}
	db := s.db.Read(ctx)
	all, err := homeCollections(ctx, db)
	if err != nil {
		return nil, err
	}
	return all, s.fill(ctx, db, all, true)
}

// homeCollections are those of HomeCollections without their products.
func homeCollections(ctx context.Context, db *gorm.DB) ([]Collection, error) {
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	return collections(db, "home AND (visible_until IS NULL OR visible_until > ?) ORDER BY position, id", now)
}

// MoveOnHome moves a collection one place up (by -1) or down (1) among those of
// HomeCollections; at an end nothing changes. seen is the order the actor had
// before her eyes: when it is another by now, somebody else moved first, and the
// answer is a conflict. Curators and heads may; others: forbidden.
func (s *Service) MoveOnHome(ctx context.Context, actor account.Actor, collectionID int64, by int, seen []int64) error {
	if !collects(actor) {
		return fault.Forbidden("fault.forbidden")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := tx.Exec(`UPDATE collections SET position = position`).Error; err != nil { // one order at a time
			return fmt.Errorf("catalog: places of collections: %w", err)
		}
		shown, err := homeCollections(ctx, tx)
		if err != nil {
			return err
		}
		order := make([]int64, len(shown))
		for i, c := range shown {
			order[i] = c.ID
		}
		at := slices.Index(order, collectionID)
		if at < 0 || !slices.Equal(order, seen) {
			return fault.Conflict("catalog.home.changed")
		}
		to := at + by
		if to < 0 || to >= len(order) {
			return nil
		}
		if err := swapPlaces(tx, collectionID, order[to]); err != nil {
			return err
		}
		if err := database.InvalidateTx(ctx, tx, collectionsKey); err != nil {
			return err
		}
		return recordCollectionTx(ctx, tx, actor, collectionID, "move_on_home", strconv.Itoa(to+1))
	})
}

// swapPlaces lets two collections change places. Places are numbered anew, since
// two may have had the same.
func swapPlaces(tx *gorm.DB, a, b int64) error {
	var order []int64
	if err := tx.Raw(`SELECT id FROM collections ORDER BY position, id`).Scan(&order).Error; err != nil {
		return fmt.Errorf("catalog: places of collections: %w", err)
	}
	i, j := slices.Index(order, a), slices.Index(order, b)
	order[i], order[j] = order[j], order[i]
	for place, id := range order {
		if err := tx.Exec(`UPDATE collections SET position = ? WHERE id = ? AND position <> ?`, place+1, id, place+1).Error; err != nil {
			return fmt.Errorf("catalog: places of collections: %w", err)
		}
	}
	return nil
}

// ShowOnHome says whether a collection is meant for the first page; its days say
// when. Curators and heads may; others: forbidden.
func (s *Service) ShowOnHome(ctx context.Context, actor account.Actor, collectionID int64, home bool) error {
	return s.changeCollection(ctx, actor, collectionID, "show_on_home", strconv.FormatBool(home), func(tx *gorm.DB, _ time.Time) error {
		if err := tx.Exec(`UPDATE collections SET home = ? WHERE id = ?`, home, collectionID).Error; err != nil {
			return fmt.Errorf("catalog: show on the first page: %w", err)
		}
		return nil
	})
}
