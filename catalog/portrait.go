package catalog

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/media"
)

// PortraitOwner is the owner kind of portraits in package media; the owner is the
// person on the picture (users.id), not the shop.
const PortraitOwner = "portrait"

// Portrait is the person whom a shop's page shows: face and own words. Both are
// shown only while the person's consents hold, which pages ask for each time.
type Portrait struct {
	ShopID    int64
	UserID    int64 // 0: nobody is shown
	PictureID int64 // 0: no picture
	Story     string
}

// PortraitChange says what of a portrait is new; nil leaves a part as it is.
type PortraitChange struct {
	Story     *string
	PictureID *int64 // a picture of owner PortraitOwner and the same person; 0 takes it away
}

// PortraitOf returns what is stored of the shop's portrait. It checks neither
// permission nor consent: the caller shows what holds.
func (s *Service) PortraitOf(ctx context.Context, shopID int64) (Portrait, error) {
	return portraitOf(s.db.Read(ctx), shopID)
}

func portraitOf(db *gorm.DB, shopID int64) (Portrait, error) {
	var rows []Portrait
	err := db.Raw(`SELECT id AS shop_id, shown_user_id AS user_id, portrait_id AS picture_id, story FROM shops WHERE id = ?`, shopID).Scan(&rows).Error
	if err != nil {
		return Portrait{}, fmt.Errorf("catalog: portrait: %w", err)
	}
	if len(rows) == 0 {
		return Portrait{}, fault.NotFound("shop")
	}
	return rows[0], nil
}

// SetPortrait writes whom the shop's page shows. The person may, for a shop they
// run; so may staff of its territory, for whom the caller made sure that the
// person runs the shop. An institution's page shows nobody (design §3.8). Faults
// are on story. Writing needs no consent, showing does.
func (s *Service) SetPortrait(ctx context.Context, actor account.Actor, shopID, userID int64, change PortraitChange) error {
	if change.PictureID != nil && *change.PictureID > 0 {
		if err := s.portraitOfPerson(ctx, userID, *change.PictureID); err != nil {
			return err
		}
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		shop, err := shopByID(ctx, tx, shopID)
		if err != nil {
			return err
		}
		own := actor.SignedIn() && actor.UserID == userID && actor.Runs(shopID)
		if userID <= 0 || !own && !governs(actor, shop.RegencyCode) {
			return fault.NotFound("shop")
		}
		if shop.Kind == Institution {
			return fault.Conflict("catalog.portrait.institution")
		}
		now, err := portraitOf(tx, shopID)
		if err != nil {
			return err
		}
		before := now.PictureID
		if now.UserID != userID {
			now = Portrait{}
		}
		if change.Story != nil {
			if now.Story = cleanText(*change.Story); letters(now.Story) > 2000 {
				return fault.Invalid("fault.form").With("story", "catalog.too_long", "max", 2000)
			}
		}
		if change.PictureID != nil {
			now.PictureID = *change.PictureID
		}
		if err := s.changePortraitTx(ctx, tx, before, now.PictureID); err != nil {
			return err
		}
		at, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Exec(`UPDATE shops SET shown_user_id = ?, portrait_id = ?, story = ?, updated_at = ? WHERE id = ?`,
			userID, now.PictureID, now.Story, at, shopID).Error
		if err != nil {
			return fmt.Errorf("catalog: portrait: %w", err)
		}
		if err := database.InvalidateTx(ctx, tx, "shop:"+shop.Slug); err != nil {
			return err
		}
		subject := userID
		if own {
			subject = 0
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Subject: subject, Verb: "set_portrait", Object: "shop", ObjectID: shopID})
	})
}

// portraitOfPerson makes sure that the picture is one of this person.
func (s *Service) portraitOfPerson(ctx context.Context, userID, pictureID int64) error {
	found, err := s.pictures.Pictures(ctx, []int64{pictureID})
	if err != nil {
		return err
	}
	if p, ok := found[pictureID]; !ok || p.OwnerKind != PortraitOwner || p.OwnerID != userID {
		return fault.NotFound("portrait")
	}
	return nil
}

// changePortraitTx lets the new picture be seen while consent holds, and the one
// before no longer.
func (s *Service) changePortraitTx(ctx context.Context, tx *gorm.DB, before, after int64) error {
	if before > 0 && before != after {
		if err := s.pictures.SetVisibilityTx(ctx, tx, []int64{before}, media.Private); err != nil {
			return err
		}
	}
	if after == 0 {
		return nil
	}
	return s.pictures.SetVisibilityTx(ctx, tx, []int64{after}, media.Person)
}

// Portrayed reports whether an open shop shows this person's face. With the
// person's consent it decides whether the picture is served.
func (s *Service) Portrayed(ctx context.Context, userID int64) (bool, error) {
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT count(*) FROM shops WHERE shown_user_id = ? AND portrait_id > 0 AND state = ?`, userID, ShopOpen).Scan(&n).Error
	if err != nil {
		return false, fmt.Errorf("catalog: portrayed: %w", err)
	}
	return n > 0, nil
}

// InvalidatePersonTx forgets every cached page that may show the person. main
// calls it when a consent of theirs begins or ends, in that transaction.
func (s *Service) InvalidatePersonTx(ctx context.Context, tx *gorm.DB, userID int64) error {
	var shops []Shop
	err := tx.Raw(`SELECT `+shopColumns+` FROM shops WHERE shown_user_id = ? OR contact_user_id = ? ORDER BY id`, userID, userID).Scan(&shops).Error
	if err != nil {
		return fmt.Errorf("catalog: pages of a person: %w", err)
	}
	for _, shop := range shops {
		if err := s.invalidateShopTx(ctx, tx, shop); err != nil {
			return err
		}
	}
	return nil
}
