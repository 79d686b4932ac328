package catalog

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// MovedError says that a product is found at another address now.
type MovedError struct{ Slug string }

func (e *MovedError) Error() string {
	return "catalog: the product is at " + strconv.Quote(e.Slug) + " now"
}

// missing says why there is no public page at an address: *MovedError when the
// product has another one, gone when it was public and is not any more (archived,
// suspended, or its shop is not open), else not found.
func missing(ctx context.Context, db *gorm.DB, slug string) error {
	var now []string
	err := db.WithContext(ctx).Raw(`SELECT p.slug FROM product_addresses a JOIN products p ON p.id = a.product_id WHERE a.slug = ?`, slug).Scan(&now).Error
	if err != nil {
		return fmt.Errorf("catalog: old address: %w", err)
	}
	if len(now) > 0 {
		return &MovedError{Slug: now[0]}
	}
	var known int64
	if err := db.WithContext(ctx).Raw(`SELECT COUNT(*) FROM products WHERE slug = ?`, slug).Scan(&known).Error; err != nil {
		return fmt.Errorf("catalog: address: %w", err)
	}
	if known > 0 {
		return fault.Gone("product " + strconv.Quote(slug))
	}
	return fault.NotFound("product " + strconv.Quote(slug))
}

// Rename gives a live product another address; the ones it had lead there for
// ever and are never given to another product. Curators without an interest in
// the shop may. Errors: not found without such a product; invalid address;
// conflict for one that is or was another product's.
func (s *Service) Rename(ctx context.Context, actor account.Actor, slug, to string) error {
	to = cleanLine(to)
	if to == "" || id.Slug(to) != to {
		return fault.Invalid("fault.form").With("menjadi", "catalog.address.shape")
	}
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var ids []int64
		if err := tx.Raw(`SELECT id FROM products WHERE slug = ?`+locking(tx), slug).Scan(&ids).Error; err != nil {
			return fmt.Errorf("catalog: rename: %w", err)
		}
		if len(ids) == 0 {
			return fault.NotFound("product " + strconv.Quote(slug))
		}
		before, err := productByID(ctx, tx, ids[0])
		if err != nil {
			return err
		}
		if err := decides(actor, before.ShopID); err != nil {
			return err
		}
		if to == slug {
			return nil
		}
		taken, err := addressTaken(ctx, tx, before.ID, to)
		if err != nil {
			return err
		}
		if taken {
			return fault.Invalid("fault.form").With("menjadi", "catalog.address.taken")
		}
		for _, step := range []struct {
			sql  string
			args []any
		}{
			{`DELETE FROM product_addresses WHERE slug = ?`, []any{to}}, // its own, from before
			{`INSERT INTO product_addresses (slug, product_id) VALUES (?, ?)`, []any{slug, before.ID}},
			{`UPDATE products SET slug = ? WHERE id = ?`, []any{to, before.ID}},
		} {
			if err := tx.Exec(step.sql, step.args...).Error; err != nil {
				return fmt.Errorf("catalog: rename: %w", err)
			}
		}
		after := before
		after.Slug = to
		if err := errors.Join(invalidateProductTx(ctx, tx, before), invalidateProductTx(ctx, tx, after)); err != nil {
			return err
		}
		return record(ctx, tx, actor, before.ShopID, "rename", "product", before.ID, slug+" -> "+to)
	})
	if duplicate(err) { // somebody took it in the same moment
		return fault.Invalid("fault.form").With("menjadi", "catalog.address.taken")
	}
	return err
}

// addressTaken reports whether an address is, or was, that of another product.
func addressTaken(ctx context.Context, tx *gorm.DB, productID int64, slug string) (bool, error) {
	var n int64
	err := tx.WithContext(ctx).Raw(`SELECT (SELECT COUNT(*) FROM products WHERE slug = ? AND id <> ?) + (SELECT COUNT(*) FROM product_addresses WHERE slug = ? AND product_id <> ?)`,
		slug, productID, slug, productID).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("catalog: address: %w", err)
	}
	return n > 0, nil
}
