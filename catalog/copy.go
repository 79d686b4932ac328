package catalog

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// StartCopy begins a new product like another one of the same shop: a draft with the
// words, prices, variants, label and way of selling that the other one has now (its live
// ones, else its newest). How many there are and what people can be allergic to are asked
// anew, because another flavour holds something else; and nothing that belongs to the
// other product itself comes along: stock, promises, certificates, reviews, its address.
// Pictures have an owner, so the caller copies those of From and puts them on the draft
// (FillCopy). The shop's members and their companion may, while the shop is not closed or
// suspended; the other product may be in any state. The same formKey again returns the
// draft it made the first time.
func (s *Service) StartCopy(ctx context.Context, actor account.Actor, productID int64, formKey string) (Copy, error) {
	if err := goodKey(formKey); err != nil {
		return Copy{}, err
	}
	var out Copy
	start := func(tx *gorm.DB) error {
		p, err := productByID(ctx, tx, productID)
		if err != nil {
			return err
		}
		if !actor.Manages(p.ShopID) {
			return fault.NotFound("another's product")
		}
		live := p.LiveRevisionID != nil
		var from int64
		if live {
			from = *p.LiveRevisionID
		} else if err := tx.Raw(`SELECT id FROM revisions WHERE product_id = ? ORDER BY id DESC LIMIT 1`, productID).Scan(&from).Error; err != nil {
			return fmt.Errorf("catalog: revision to copy: %w", err)
		}
		if out.From, err = revisionByID(ctx, tx, from); err != nil {
			return err
		}
		id, err := submissionOfKey(ctx, tx, p.ShopID, formKey)
		if err != nil {
			return err
		}
		if id > 0 {
			out.Made, err = submissionByID(ctx, tx, id)
			return err
		}
		if err := working(ctx, tx, p.ShopID); err != nil {
			return err
		}
		id, err = insertDraft(ctx, tx, actor, p.ShopID, formKey)
		if err != nil {
			return err
		}
		if err := copyWords(ctx, tx, id, out.From, live); err != nil {
			return err
		}
		if err := record(ctx, tx, actor, p.ShopID, "start", "submission", id, fmt.Sprintf("copy of product %d", productID)); err != nil {
			return err
		}
		out.Made, err = submissionByID(ctx, tx, id)
		return err
	}
	err := database.InTx(ctx, s.db, start)
	if duplicate(err) { // the same form was sent twice at once, and the other one won
		err = database.InTx(ctx, s.db, start)
	}
	return out, err
}

// Copy is a draft made from another product.
type Copy struct {
	Made Submission
	From Revision // what it was made from
}

// copyWords writes what a revision of another product says over an empty draft, but for
// its pictures. Each variant is a new one.
func copyWords(ctx context.Context, tx *gorm.DB, submissionID int64, from Revision, live bool) error {
	sub, err := submissionByID(ctx, tx, submissionID)
	if err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	tx = tx.WithContext(ctx)
	err = tx.Exec(`UPDATE revisions SET title = r.title, title_key = r.title_key, description = r.description, unit = r.unit, category_id = r.category_id,
			price = CASE WHEN ? THEN p.price ELSE r.price END, mode = r.mode, lead_days = r.lead_days, weight_grams = r.weight_grams,
			pickup_only = r.pickup_only, unit_kind = r.unit_kind, min_quantity = r.min_quantity, service = r.service,
			length_cm = r.length_cm, width_cm = r.width_cm, height_cm = r.height_cm
		FROM revisions r JOIN products p ON p.id = r.product_id WHERE r.id = ? AND revisions.id = ?`, live, from.ID, sub.Revision.ID).Error
	if err != nil {
		return fmt.Errorf("catalog: copy words: %w", err)
	}
	for i, v := range from.Variants {
		var variantID int64
		if err := tx.Raw(`INSERT INTO variants (product_id, created_at) VALUES (?, ?) RETURNING id`, sub.ProductID, now).Scan(&variantID).Error; err != nil {
			return fmt.Errorf("catalog: new variant: %w", err)
		}
		err := tx.Exec(`INSERT INTO revision_variants (revision_id, position, variant_id, name, price, weight_grams, picture_id, quantity)
			SELECT ?, ?, ?, ?, CASE WHEN ? THEN v.price ELSE ? END, ?, 0, 0 FROM variants v WHERE v.id = ?`,
			sub.Revision.ID, i+1, variantID, v.Name, live, v.Price, v.WeightGrams, v.VariantID).Error
		if err != nil {
			return fmt.Errorf("catalog: copy variants: %w", err)
		}
	}
	err = tx.Exec(`INSERT INTO revision_tiers (revision_id, min_quantity, price)
		SELECT ?, rt.min_quantity, CASE WHEN ? THEN COALESCE(t.price, rt.price) ELSE rt.price END FROM revision_tiers rt
		LEFT JOIN price_tiers t ON t.product_id = ? AND t.min_quantity = rt.min_quantity WHERE rt.revision_id = ?`,
		sub.Revision.ID, live, from.ProductID, from.ID).Error
	if err != nil {
		return fmt.Errorf("catalog: copy tiers: %w", err)
	}
	if err := copyLabel(ctx, tx, from.ID, sub.Revision.ID); err != nil {
		return err
	}
	err = tx.Exec(`UPDATE revision_labels SET allergens_known = ? WHERE revision_id = ?`, false, sub.Revision.ID).Error
	if err != nil {
		return fmt.Errorf("catalog: allergens of a copy: %w", err)
	}
	return nil
}

// FillCopy puts the pictures on a copy that has none yet: copied holds, for each picture
// of c.From, the new product's own one. A copy that has pictures, or was sent meanwhile,
// stays as it is, so that the same form sent again undoes nothing.
func (s *Service) FillCopy(ctx context.Context, actor account.Actor, c Copy, copied map[int64]int64) (Submission, error) {
	if len(c.Made.Revision.Pictures) > 0 || !c.Made.Editable() || len(copied) == 0 {
		return c.Made, nil
	}
	var pictures []int64
	for _, id := range c.From.Pictures {
		if made := copied[id]; made > 0 {
			pictures = append(pictures, made)
		}
	}
	sub, err := s.SetPictures(ctx, actor, c.Made.ID, pictures)
	if err != nil || len(sub.Revision.Variants) != len(c.From.Variants) {
		return sub, err
	}
	variants, pictured := slices.Clone(sub.Revision.Variants), false
	for i, v := range c.From.Variants {
		if made := copied[v.PictureID]; v.PictureID > 0 && made > 0 {
			variants[i].PictureID, pictured = made, true
		}
	}
	if !pictured {
		return sub, nil
	}
	return s.SetVariants(ctx, actor, c.Made.ID, variants)
}
