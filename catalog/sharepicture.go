package catalog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
)

// ShareOwner is the owner kind of the pictures of shared links in package media;
// the owner is the product. They are private there: who may see one follows from
// the product at that moment (Shared), so nothing has to be changed when it leaves.
const ShareOwner = "share"

// Cards draws and keeps the pictures of shared links; package media does.
type Cards interface {
	DrawCard(ctx context.Context, c media.Card) ([]byte, error)
	Store(ctx context.Context, actor account.Actor, up media.Upload) (media.Picture, error)
	Remove(ctx context.Context, ids ...int64) error
	RemoveTx(ctx context.Context, tx *gorm.DB, ids []int64) error
}

// card is what stands on the picture of a product's shared link. Whoever changes
// how it looks changes the number in sum, so that all are drawn anew.
func (s Sellable) card() media.Card {
	c := media.Card{PictureID: s.PictureID, Title: s.Title, Shop: s.ShopName, Brand: text.T("ui.brand.name")}
	switch {
	case s.Price == 0:
		c.Price = text.T("choice.on_request")
	case slices.ContainsFunc(s.Variants, func(v Variant) bool { return v.Price != s.Price }):
		c.Price = text.T("share.from", "price", s.Price)
	default:
		c.Price = s.Price.String()
	}
	return c
}

// Card is what stands on pictures of the product that are passed on.
func (s Sellable) Card() media.Card { return s.card() }

// cardSum names what a card was drawn from.
func cardSum(c media.Card) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "1|%d|%q|%q|%q|%q", c.PictureID, c.Title, c.Price, c.Shop, c.Brand))
	return hex.EncodeToString(sum[:])
}

// SharePicture returns the picture for shared links of a product as it is now; 0
// while none with these words and this price is made.
func (s *Service) SharePicture(ctx context.Context, p Sellable) (int64, error) {
	database.Depend(ctx, "product:"+p.Slug)
	var ids []int64
	err := s.db.Read(ctx).Raw(`SELECT picture_id FROM share_pictures WHERE product_id = ? AND sha256 = ?`, p.ProductID, cardSum(p.card())).Scan(&ids).Error
	if err != nil {
		return 0, fmt.Errorf("catalog: share picture: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}

// Shared reports whether the product has a public page now, which decides whether
// its picture for shared links is served.
func (s *Service) Shared(ctx context.Context, productID int64) (bool, error) {
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT COUNT(*) FROM products p JOIN shops h ON h.id = p.shop_id WHERE p.id = ? AND p.state IN ? AND h.state = ?`,
		productID, []ProductState{ProductPublished, ProductPaused}, ShopOpen).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("catalog: shared: %w", err)
	}
	return n > 0, nil
}

// drawnAtOnce is how many cards one run of the job draws at most.
const drawnAtOnce = 20

// DrawShares draws the pictures of shared links that are missing or older than
// their product, at most some at once, and takes away those of products that
// left. A job calls it every minute; it returns how many it drew. A photo that
// cannot be read leaves that product without and does not stop the others.
func (s *Service) DrawShares(ctx context.Context, cards Cards) (int, error) {
	if err := s.dropShares(ctx, cards); err != nil {
		return 0, err
	}
	var rows []struct {
		ID        int64
		UpdatedAt time.Time
	}
	err := s.db.Read(ctx).Raw(`SELECT p.id, p.updated_at FROM products p JOIN shops h ON h.id = p.shop_id LEFT JOIN share_pictures x ON x.product_id = p.id
		WHERE p.state IN ? AND h.state = ? AND (x.product_id IS NULL OR x.seen_at < p.updated_at)
			AND EXISTS (SELECT 1 FROM revision_pictures rp WHERE rp.revision_id = p.live_revision_id)
		ORDER BY p.updated_at DESC, p.id LIMIT ?`, []ProductState{ProductPublished, ProductPaused}, ShopOpen, drawnAtOnce).Scan(&rows).Error
	if err != nil {
		return 0, fmt.Errorf("catalog: shares to draw: %w", err)
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	found, err := s.Sellables(ctx, ids)
	if err != nil {
		return 0, err
	}
	drawn := 0
	var failed error
	for _, r := range rows {
		if p, ok := found[r.ID]; ok {
			err := s.drawShare(ctx, cards, p, r.UpdatedAt)
			if err == nil {
				drawn++
			}
			failed = errors.Join(failed, err)
		}
	}
	return drawn, failed
}

// drawShare makes one picture and puts it in the place of the one before, unless
// the one before still fits.
func (s *Service) drawShare(ctx context.Context, cards Cards, p Sellable, seen time.Time) error {
	sum := cardSum(p.card())
	current, err := s.SharePicture(ctx, p)
	if err != nil {
		return err
	}
	made := media.Picture{ID: current}
	if current == 0 {
		jpeg, err := cards.DrawCard(ctx, p.card())
		if err != nil {
			return err
		}
		made, err = cards.Store(ctx, account.System, media.Upload{Reader: bytes.NewReader(jpeg), OwnerKind: ShareOwner, OwnerID: p.ProductID, Name: "share.jpg"})
		if err != nil {
			return err
		}
	}
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var before []int64
		if err := tx.Raw(`SELECT picture_id FROM share_pictures WHERE product_id = ? AND picture_id <> ?`+locking(tx), p.ProductID, made.ID).Scan(&before).Error; err != nil {
			return fmt.Errorf("catalog: share picture: %w", err)
		}
		err := tx.Exec(`INSERT INTO share_pictures (product_id, picture_id, sha256, seen_at) VALUES (?, ?, ?, ?) ON CONFLICT (product_id) DO UPDATE SET
			picture_id = excluded.picture_id, sha256 = excluded.sha256, seen_at = excluded.seen_at`, p.ProductID, made.ID, sum, seen).Error
		if err != nil {
			return fmt.Errorf("catalog: share picture: %w", err)
		}
		if err := cards.RemoveTx(ctx, tx, before); err != nil {
			return err
		}
		return database.InvalidateTx(ctx, tx, "product:"+p.Slug)
	})
	if err != nil && current == 0 {
		err = errors.Join(err, cards.Remove(context.WithoutCancel(ctx), made.ID))
	}
	return err
}

// dropShares removes the pictures of products without a public page.
func (s *Service) dropShares(ctx context.Context, cards Cards) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var rows []struct{ ProductID, PictureID int64 }
		err := tx.Raw(`SELECT x.product_id, x.picture_id FROM share_pictures x JOIN products p ON p.id = x.product_id JOIN shops h ON h.id = p.shop_id
			WHERE p.state NOT IN ? OR h.state <> ? LIMIT 200`, []ProductState{ProductPublished, ProductPaused}, ShopOpen).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("catalog: shares to drop: %w", err)
		}
		for _, r := range rows {
			if err := tx.Exec(`DELETE FROM share_pictures WHERE product_id = ?`, r.ProductID).Error; err != nil {
				return fmt.Errorf("catalog: drop share: %w", err)
			}
			if err := cards.RemoveTx(ctx, tx, []int64{r.PictureID}); err != nil && !fault.Is(err, fault.KindNotFound) {
				return err
			}
		}
		return nil
	})
}
