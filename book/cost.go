package book

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// MaxPieces bounds what is made at once.
const MaxPieces = 100_000

// Cost is what it takes to make so many pieces of a product.
type Cost struct {
	ID         int64
	ShopID     int64
	ProductID  int64
	Pieces     int64 // what the amounts are for, 1 at least
	Material   money.Rupiah
	Wage       money.Rupiah
	Packaging  money.Rupiah
	RecordedBy int64
	SubjectID  int64
	RecordedAt time.Time
}

// All is what all the pieces cost together.
func (c Cost) All() money.Rupiah { return c.Material + c.Wage + c.Packaging }

// Piece is what one piece costs, rounded up to the rupiah so that no profit is shown that
// is not there.
func (c Cost) Piece() money.Rupiah {
	if c.Pieces <= 0 {
		return 0
	}
	return (c.All() + money.Rupiah(c.Pieces) - 1) / money.Rupiah(c.Pieces)
}

type costRow struct {
	ID         int64
	ShopID     int64
	ProductID  int64
	Pieces     int64
	Material   money.Rupiah
	Wage       money.Rupiah
	Packaging  money.Rupiah
	RecordedBy int64
	SubjectID  int64
	FormKey    string
	RecordedAt time.Time
}

func (costRow) TableName() string { return "book_costs" }

func (r costRow) cost() Cost {
	return Cost{ID: r.ID, ShopID: r.ShopID, ProductID: r.ProductID, Pieces: r.Pieces, Material: r.Material, Wage: r.Wage, Packaging: r.Packaging,
		RecordedBy: r.RecordedBy, SubjectID: r.SubjectID, RecordedAt: r.RecordedAt.UTC()}
}

// SetCost writes what a product of the shop costs from now on; what was written before
// stays as history. Members of the shop and its companion; the caller has seen that the
// product is the shop's. Invalid: pieces, material, wage, packaging. A second send of the same form returns the cost of
// the first.
func (s *Service) SetCost(ctx context.Context, actor account.Actor, c Cost, formKey string) (Cost, error) {
	if err := may(actor, c.ShopID); err != nil {
		return Cost{}, err
	}
	bad := fault.Invalid("book.check")
	if c.Pieces < 1 || c.Pieces > MaxPieces {
		bad.With("pieces", "book.cost_pieces", "max", int64(MaxPieces))
	}
	for _, part := range []struct {
		name   string
		amount money.Rupiah
	}{{"material", c.Material}, {"wage", c.Wage}, {"packaging", c.Packaging}} {
		if part.amount < 0 || part.amount > Largest {
			bad.With(part.name, "book.amount_large", "max", Largest)
		}
	}
	if len(bad.Fields) == 0 && c.All() == 0 {
		bad.With("material", "book.cost_nothing")
	}
	if err := bad.OrNil(); err != nil {
		return Cost{}, err
	}
	var kept Cost
	err := s.once(ctx, func(tx *gorm.DB) error {
		var sent []costRow
		if err := tx.WithContext(ctx).Where("shop_id = ? AND form_key = ?", c.ShopID, formKey).Find(&sent).Error; err != nil {
			return fmt.Errorf("book: cost: %w", err)
		}
		if len(sent) > 0 {
			kept = sent[0].cost()
			return nil
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		row := costRow{ShopID: c.ShopID, ProductID: c.ProductID, Pieces: c.Pieces, Material: c.Material, Wage: c.Wage, Packaging: c.Packaging,
			RecordedBy: actor.UserID, SubjectID: actor.SubjectFor(c.ShopID), FormKey: formKey, RecordedAt: now}
		if err := tx.WithContext(ctx).Create(&row).Error; err != nil {
			return fmt.Errorf("book: cost of product %d: %w", c.ProductID, err)
		}
		kept = row.cost()
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: row.SubjectID, Verb: "set_cost", Object: "product", ObjectID: c.ProductID})
	})
	return kept, err
}

// Costs returns what the shop's products cost now, by product. Who may see it as for
// Month.
func (s *Service) Costs(ctx context.Context, actor account.Actor, shopID int64) (map[int64]Cost, error) {
	if err := may(actor, shopID); err != nil {
		return nil, err
	}
	var rows []costRow
	err := s.db.Read(ctx).Where("id IN (SELECT MAX(id) FROM book_costs WHERE shop_id = ? GROUP BY product_id)", shopID).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("book: costs of shop %d: %w", shopID, err)
	}
	costs := map[int64]Cost{}
	for _, r := range rows {
		costs[r.ProductID] = r.cost()
	}
	return costs, nil
}

// CostHistory lists what a product of the shop cost, the newest first. Who may see it as
// for Month.
func (s *Service) CostHistory(ctx context.Context, actor account.Actor, shopID, productID int64, limit int) ([]Cost, error) {
	if err := may(actor, shopID); err != nil {
		return nil, err
	}
	var rows []costRow
	err := s.db.Read(ctx).Where("shop_id = ? AND product_id = ?", shopID, productID).Order("id DESC").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("book: costs of product %d: %w", productID, err)
	}
	list := make([]Cost, len(rows))
	for i, r := range rows {
		list[i] = r.cost()
	}
	return list, nil
}
