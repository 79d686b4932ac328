package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Limits of variants.
const (
	MaxVariants    = 12
	MaxVariantName = 40 // letters
)

// Variant is one size, flavour or colour of a live product, as it can be ordered
// now. Its id is the same in every revision; its words are reviewed with them.
// Products without variants have none, and their pieces have variant 0.
type Variant struct {
	ID          int64
	Name        string
	Price       money.Rupiah // of one piece, before any price tier
	WeightGrams int64        // of one piece, for delivery; never 0
	PictureID   int64        // its own, else the product's first
	Rooms       []Room       // what can be promised of it, soonest first
}

// DraftVariant is a variant in a revision.
type DraftVariant struct {
	VariantID   int64 // 0: a new one
	Name        string
	Price       money.Rupiah // 0: not typed yet
	WeightGrams int64        // 0: as the product
	PictureID   int64        // one of the revision's pictures; 0: none of its own
	Quantity    int64        // of products from stock: what it opens with when it first goes live
}

// Choose returns the product as one of its variants is sold: with that one's
// price, weight, picture and room. False when there is no such variant; a product
// without variants has only 0, one with variants does not have 0.
func (s Sellable) Choose(variantID int64) (Sellable, bool) {
	if len(s.Variants) == 0 {
		return s, variantID == 0
	}
	for _, v := range s.Variants {
		if v.ID == variantID {
			s.VariantID, s.VariantName, s.Price, s.WeightGrams = v.ID, v.Name, v.Price, v.WeightGrams
			s.PictureID, s.Rooms = v.PictureID, v.Rooms
			s.first()
			return s, true
		}
	}
	return s, false
}

// FullTitle is the title with the chosen variant: "Seragam SD (M)".
func (s Sellable) FullTitle() string {
	if s.VariantName == "" {
		return s.Title
	}
	return s.Title + " (" + s.VariantName + ")"
}

// SetVariants puts these variants on the draft, in this order, instead of those
// that were there; none at all makes it a product without variants. The shop's
// members and their companion may. A variant keeps its identity by its
// VariantID, which must be the product's. The draft's price becomes the cheapest
// one's. Errors: invalid on fields variant_N_name, variant_N_price,
// variant_N_weight, variant_N_quantity (N from 1), variants and pictures.
func (s *Service) SetVariants(ctx context.Context, actor account.Actor, submissionID int64, variants []DraftVariant) (Submission, error) {
	variants = slices.Clone(variants)
	if err := checkVariants(variants); err != nil {
		return Submission{}, err
	}
	return s.edit(ctx, actor, submissionID, func(tx *gorm.DB, sub Submission) error {
		var own []int64
		if err := tx.Raw(`SELECT id FROM variants WHERE product_id = ?`, sub.ProductID).Scan(&own).Error; err != nil {
			return fmt.Errorf("catalog: variants of product: %w", err)
		}
		for _, v := range variants {
			if v.VariantID != 0 && !slices.Contains(own, v.VariantID) {
				return fault.Invalid("catalog.draft.invalid").With("variants", "catalog.variant.unknown")
			}
			if v.PictureID != 0 && !slices.Contains(sub.Revision.Pictures, v.PictureID) {
				return fault.Invalid("catalog.draft.invalid").With("pictures", "catalog.draft.picture_unknown")
			}
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if err := tx.Exec(`DELETE FROM revision_variants WHERE revision_id = ?`, sub.Revision.ID).Error; err != nil {
			return fmt.Errorf("catalog: variants of draft: %w", err)
		}
		for i, v := range variants {
			if v.VariantID == 0 {
				err := tx.Raw(`INSERT INTO variants (product_id, created_at) VALUES (?, ?) RETURNING id`, sub.ProductID, now).Scan(&v.VariantID).Error
				if err != nil {
					return fmt.Errorf("catalog: new variant: %w", err)
				}
			}
			err := tx.Exec(`INSERT INTO revision_variants (revision_id, position, variant_id, name, price, weight_grams, picture_id, quantity)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, sub.Revision.ID, i+1, v.VariantID, v.Name, v.Price, v.WeightGrams, v.PictureID, v.Quantity).Error
			if err != nil {
				return fmt.Errorf("catalog: variants of draft: %w", err)
			}
		}
		if price := cheapest(variants); price > 0 {
			if err := tx.Exec(`UPDATE revisions SET price = ? WHERE id = ?`, price, sub.Revision.ID).Error; err != nil {
				return fmt.Errorf("catalog: price of draft: %w", err)
			}
		}
		return nil
	})
}

// checkVariants cleans the names and checks what can be checked without the rest
// of the draft; complete checks what must not be missing.
func checkVariants(variants []DraftVariant) error {
	bad := fault.Invalid("catalog.draft.invalid")
	if len(variants) > MaxVariants {
		return bad.With("variants", "catalog.variant.many", "max", MaxVariants)
	}
	seen := map[string]bool{}
	ids := map[int64]bool{}
	for i := range variants {
		v := &variants[i]
		field := func(name string) string { return fmt.Sprintf("variant_%d_%s", i+1, name) }
		v.Name = cleanLine(v.Name)
		switch {
		case !strings.ContainsFunc(v.Name, isLetterOrDigit): // one is enough: "M"
			bad.With(field("name"), "catalog.variant.name")
		case letters(v.Name) > MaxVariantName:
			bad.With(field("name"), "catalog.too_long", "max", MaxVariantName)
		case seen[v.Name] || v.VariantID != 0 && ids[v.VariantID]:
			bad.With(field("name"), "catalog.variant.twice")
		}
		seen[v.Name], ids[v.VariantID] = true, true
		if v.Price < 0 || v.Price > MaxPrice {
			bad.With(field("price"), "catalog.draft.price", "min", MinPrice, "max", MaxPrice)
		}
		if v.WeightGrams < 0 || v.WeightGrams > MaxWeightGrams {
			bad.With(field("weight"), "catalog.draft.weight", "max", MaxWeightGrams/1000)
		}
		if v.Quantity < 0 || v.Quantity > MaxQuantity {
			bad.With(field("quantity"), "catalog.stock.quantity", "max", money.Group(MaxQuantity))
		}
	}
	return bad.OrNil()
}

// cheapest is the lowest price among variants that have one; 0 if none has.
func cheapest(variants []DraftVariant) money.Rupiah {
	var lowest money.Rupiah
	for _, v := range variants {
		if v.Price > 0 && (lowest == 0 || v.Price < lowest) {
			lowest = v.Price
		}
	}
	return lowest
}

// variantsOf returns the variants of each revision, in order.
func variantsOf(ctx context.Context, tx *gorm.DB, revisionIDs []int64) (map[int64][]DraftVariant, error) {
	var rows []struct {
		RevisionID  int64
		VariantID   int64
		Name        string
		Price       money.Rupiah
		WeightGrams int64
		PictureID   int64
		Quantity    int64
	}
	err := tx.WithContext(ctx).Raw(`SELECT revision_id, variant_id, name, price, weight_grams, picture_id, quantity FROM revision_variants
		WHERE revision_id IN ? ORDER BY revision_id, position`, revisionIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: variants of revisions: %w", err)
	}
	out := map[int64][]DraftVariant{}
	for _, r := range rows {
		out[r.RevisionID] = append(out[r.RevisionID], DraftVariant{VariantID: r.VariantID, Name: r.Name, Price: r.Price,
			WeightGrams: r.WeightGrams, PictureID: r.PictureID, Quantity: r.Quantity})
	}
	return out, nil
}

// details fills pictures, variants and tiers of live products, in one query.
func details(ctx context.Context, db *gorm.DB, items []Sellable) error {
	at := map[int64]int{} // product -> place in items
	revisions := make([]int64, len(items))
	for i, v := range items {
		at[v.ProductID], revisions[i] = i, v.RevisionID
	}
	var rows []struct {
		ProductID int64
		Kind      int64 // 1 picture, 2 variant, 3 tier
		Position  int64
		ID        int64
		Name      string
		Price     money.Rupiah
		Grams     int64
		PictureID int64
	}
	err := db.WithContext(ctx).Raw(`SELECT r.product_id, 1 AS kind, rp.position, 0 AS id, '' AS name, 0 AS price, 0 AS grams, rp.picture_id
			FROM revision_pictures rp JOIN revisions r ON r.id = rp.revision_id WHERE rp.revision_id IN ?
		UNION ALL SELECT v.product_id, 2, rv.position, v.id, rv.name, v.price, rv.weight_grams, rv.picture_id
			FROM revision_variants rv JOIN variants v ON v.id = rv.variant_id WHERE rv.revision_id IN ?
		UNION ALL SELECT t.product_id, 3, t.min_quantity, 0, '', t.price, 0, 0
			FROM price_tiers t JOIN products p ON p.id = t.product_id WHERE p.live_revision_id IN ?
		ORDER BY 1, 2, 3`, revisions, revisions, revisions).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("catalog: pictures, variants and tiers: %w", err)
	}
	pictures := map[int64][]int64{}
	for _, r := range rows {
		v := &items[at[r.ProductID]]
		switch r.Kind {
		case 1:
			pictures[r.ProductID] = append(pictures[r.ProductID], r.PictureID)
		case 2:
			one := Variant{ID: r.ID, Name: r.Name, Price: r.Price, WeightGrams: r.Grams, PictureID: r.PictureID}
			if one.WeightGrams == 0 {
				one.WeightGrams = v.WeightGrams
			}
			v.Variants = append(v.Variants, one)
		case 3:
			v.Tiers = append(v.Tiers, PriceTier{MinQuantity: r.Position, Price: r.Price})
		}
	}
	for i := range items {
		v := &items[i]
		own := pictures[v.ProductID]
		if len(own) > 0 {
			v.PictureID = own[0]
		}
		for j := range v.Variants {
			if !slices.Contains(own, v.Variants[j].PictureID) { // none, or it was taken away since
				v.Variants[j].PictureID = v.PictureID
			}
		}
	}
	return nil
}
