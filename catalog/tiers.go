package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// MaxTiers is the most prices by quantity that a product has.
const MaxTiers = 5

// maxTierQuantity is where the last tier may begin: the most of one product in a
// cart.
const maxTierQuantity = 9_999

// PriceTier is the price of one piece from so many pieces on, counted over all
// variants of the product. It is the cheapest variant's; the others keep their
// difference to that one, so every variant becomes cheaper by the same amount.
type PriceTier struct {
	MinQuantity int64
	Price       money.Rupiah
}

// lowestPrice is the retail price of the cheapest variant. On a chosen variant
// (Choose) too.
func (s Sellable) lowestPrice() money.Rupiah {
	if len(s.Variants) == 0 {
		return s.Price
	}
	return slices.MinFunc(s.Variants, func(a, b Variant) int { return int(a.Price - b.Price) }).Price
}

// Tier returns the tier that counts for so many pieces of the product, over all
// its variants; false for the retail price.
func (s Sellable) Tier(pieces int64) (PriceTier, bool) {
	for i := len(s.Tiers) - 1; i >= 0; i-- {
		if pieces >= s.Tiers[i].MinQuantity {
			return s.Tiers[i], true
		}
	}
	return PriceTier{}, false
}

// NextTier returns the tier that somebody with so many pieces has not reached
// yet; false when there is none.
func (s Sellable) NextTier(pieces int64) (PriceTier, bool) {
	for _, t := range s.Tiers {
		if pieces < t.MinQuantity {
			return t, true
		}
	}
	return PriceTier{}, false
}

// UnitPrice is what one piece of a variant costs somebody who buys so many
// pieces of the product, over all its variants. An unknown variant costs what
// the product costs.
func (s Sellable) UnitPrice(variantID, pieces int64) money.Rupiah {
	price := s.Price
	for _, v := range s.Variants {
		if v.ID == variantID {
			price = v.Price
		}
	}
	if tier, reached := s.Tier(pieces); reached {
		price -= s.lowestPrice() - tier.Price
	}
	return price
}

// checkTiers checks the tiers among themselves and, when it is known, with the
// price of one piece.
func checkTiers(bad *fault.Error, price money.Rupiah, tiers []PriceTier) {
	if len(tiers) > MaxTiers {
		bad.With("tiers", "catalog.tier.many", "max", MaxTiers)
		return
	}
	before := PriceTier{MinQuantity: 1, Price: price}
	for i, t := range tiers {
		field := func(name string) string { return fmt.Sprintf("tier_%d_%s", i+1, name) }
		switch {
		case t.MinQuantity < 2 || t.MinQuantity > maxTierQuantity:
			bad.With(field("quantity"), "catalog.tier.quantity", "max", money.Group(maxTierQuantity))
		case t.MinQuantity <= before.MinQuantity:
			bad.With(field("quantity"), "catalog.tier.rising", "before", before.MinQuantity)
		}
		switch {
		case t.Price < MinPrice || t.Price > MaxPrice:
			bad.With(field("price"), "catalog.draft.price", "min", MinPrice, "max", MaxPrice)
		case before.Price > 0 && t.Price >= before.Price:
			bad.With(field("price"), "catalog.tier.falling", "before", before.Price)
		}
		before = t
	}
}

// SetTiers puts these prices by quantity on the draft, instead of those that
// were there. The shop's members and their companion may. Errors: invalid on
// fields tier_N_quantity and tier_N_price (N from 1): quantities rise, prices
// fall, and each is below the price of one piece as far as that is known.
func (s *Service) SetTiers(ctx context.Context, actor account.Actor, submissionID int64, tiers []PriceTier) (Submission, error) {
	return s.edit(ctx, actor, submissionID, func(tx *gorm.DB, sub Submission) error {
		bad := fault.Invalid("catalog.draft.invalid")
		checkTiers(bad, sub.Revision.Price, tiers)
		if err := bad.OrNil(); err != nil {
			return err
		}
		if err := tx.Exec(`DELETE FROM revision_tiers WHERE revision_id = ?`, sub.Revision.ID).Error; err != nil {
			return fmt.Errorf("catalog: tiers of draft: %w", err)
		}
		for _, t := range tiers {
			err := tx.Exec(`INSERT INTO revision_tiers (revision_id, min_quantity, price) VALUES (?, ?, ?)`, sub.Revision.ID, t.MinQuantity, t.Price).Error
			if err != nil {
				return fmt.Errorf("catalog: tiers of draft: %w", err)
			}
		}
		return nil
	})
}

// tiersOf returns the tiers of each revision, by quantity.
func tiersOf(ctx context.Context, tx *gorm.DB, revisionIDs []int64) (map[int64][]PriceTier, error) {
	var rows []struct {
		RevisionID, MinQuantity int64
		Price                   money.Rupiah
	}
	err := tx.WithContext(ctx).Raw(`SELECT revision_id, min_quantity, price FROM revision_tiers WHERE revision_id IN ? ORDER BY revision_id, min_quantity`,
		revisionIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: tiers of revisions: %w", err)
	}
	out := map[int64][]PriceTier{}
	for _, r := range rows {
		out[r.RevisionID] = append(out[r.RevisionID], PriceTier{MinQuantity: r.MinQuantity, Price: r.Price})
	}
	return out, nil
}

// sheet writes every price of a revision as one text, to see whether any of them
// was changed: the price, the variants' and the tiers'.
func (r Revision) sheet() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d", int64(r.Price))
	for _, v := range r.Variants {
		fmt.Fprintf(&b, " v%d=%d", v.VariantID, int64(v.Price))
	}
	for _, t := range r.Tiers {
		fmt.Fprintf(&b, " %d=%d", t.MinQuantity, int64(t.Price))
	}
	return b.String()
}

// Base is the live revision at the prices it had when this edit began: live
// prices may have moved within their bands since they were reviewed.
func (s Submission) Base(live Revision) Revision {
	prices := map[string]money.Rupiah{}
	for i, entry := range strings.Fields(s.BaseSheet) {
		key, value, keyed := strings.Cut(entry, "=")
		if !keyed && i == 0 {
			key, value = "", entry
		}
		n, _ := strconv.ParseInt(value, 10, 64) // written by sheet
		prices[key] = money.Rupiah(n)
	}
	if p, known := prices[""]; known {
		live.Price = p
	}
	live.Variants, live.Tiers = slices.Clone(live.Variants), slices.Clone(live.Tiers)
	for i, v := range live.Variants {
		live.Variants[i].Price = prices[fmt.Sprintf("v%d", v.VariantID)]
	}
	for i, t := range live.Tiers {
		live.Tiers[i].Price = prices[strconv.FormatInt(t.MinQuantity, 10)]
	}
	return live
}

// pricesTx makes the prices of an approved revision the live ones and the middle
// of their bands.
func pricesTx(ctx context.Context, tx *gorm.DB, r Revision) error {
	tx = tx.WithContext(ctx)
	err := tx.Exec(`UPDATE products SET price = ?, reviewed_price = ? WHERE id = ?`, r.Price, r.Price, r.ProductID).Error
	if err != nil {
		return fmt.Errorf("catalog: price goes live: %w", err)
	}
	for _, v := range r.Variants {
		err := tx.Exec(`UPDATE variants SET price = ?, reviewed_price = ? WHERE id = ? AND product_id = ?`, v.Price, v.Price, v.VariantID, r.ProductID).Error
		if err != nil {
			return fmt.Errorf("catalog: price of variant goes live: %w", err)
		}
	}
	if err := tx.Exec(`DELETE FROM price_tiers WHERE product_id = ?`, r.ProductID).Error; err != nil {
		return fmt.Errorf("catalog: tiers go live: %w", err)
	}
	for _, t := range r.Tiers {
		err := tx.Exec(`INSERT INTO price_tiers (product_id, min_quantity, price, reviewed_price) VALUES (?, ?, ?, ?)`,
			r.ProductID, t.MinQuantity, t.Price, t.Price).Error
		if err != nil {
			return fmt.Errorf("catalog: tiers go live: %w", err)
		}
	}
	return nil
}

// Prices are what one form changes on a live product. Prices that are not named
// stay.
type Prices struct {
	Price    money.Rupiah           // of a product without variants; 0 stays
	Variants map[int64]money.Rupiah // by variant
	Tiers    map[int64]money.Rupiah // by the quantity at which the tier begins
}

// priced is one live price with the middle of its band; Key is a variant's id or
// a tier's quantity.
type priced struct {
	Key           int64
	Price         money.Rupiah
	ReviewedPrice money.Rupiah
}

const (
	liveVariantPrices = `SELECT v.id AS key, v.price, v.reviewed_price FROM products p JOIN revision_variants rv ON rv.revision_id = p.live_revision_id
		JOIN variants v ON v.id = rv.variant_id WHERE p.id = ? ORDER BY rv.position`
	liveTierPrices = `SELECT min_quantity AS key, price, reviewed_price FROM price_tiers WHERE product_id = ? ORDER BY min_quantity`
)

// SetPrices changes the prices of a live product at once: of one piece, of
// variants, of tiers. The shop's members and their companion may. Orders keep
// the price they were placed at. Errors: invalid on fields price, variant_ID and
// tier_QUANTITY for a price outside its band (which goes through StartEdit and
// review) and for tiers that would not fall; conflict when the product is not
// live or a named variant or tier is not.
func (s *Service) SetPrices(ctx context.Context, actor account.Actor, productID int64, in Prices) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, err := ownProduct(ctx, tx, actor, productID)
		if err != nil {
			return err
		}
		if p.LiveRevisionID == nil || p.State == ProductArchived || p.State == ProductSuspended {
			return fault.Conflict("catalog.product.not_live")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		// The product's row is held from here, so two forms cannot mix their prices.
		res := tx.Exec(`UPDATE products SET updated_at = ? WHERE id = ? AND live_revision_id = ? AND state IN ?`,
			now, productID, *p.LiveRevisionID, []ProductState{ProductPublished, ProductPaused})
		if res.Error != nil {
			return fmt.Errorf("catalog: set prices: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("catalog.product.moved")
		}
		if p, err = productByID(ctx, tx, productID); err != nil {
			return err
		}
		var variants, tiers []priced
		if err := tx.Raw(liveVariantPrices, productID).Scan(&variants).Error; err != nil {
			return fmt.Errorf("catalog: prices of variants: %w", err)
		}
		if err := tx.Raw(liveTierPrices, productID).Scan(&tiers).Error; err != nil {
			return fmt.Errorf("catalog: prices of tiers: %w", err)
		}
		return s.setPricesTx(ctx, tx, actor, p, in, variants, tiers)
	})
}

// setPricesTx is SetPrices on what is live and held.
func (s *Service) setPricesTx(ctx context.Context, tx *gorm.DB, actor account.Actor, p product, in Prices, variants, tiers []priced) error {
	bad := fault.Invalid("catalog.draft.invalid")
	price, changed := p.Price, []string{}
	var direct []DirectChange
	set := func(old priced, to money.Rupiah, field, name string) money.Rupiah {
		lowest, highest := Band(old.ReviewedPrice)
		switch {
		case to == old.Price:
		case to < MinPrice || to > MaxPrice:
			bad.With(field, "catalog.draft.price", "min", MinPrice, "max", MaxPrice)
		case to < lowest || to > highest:
			bad.With(field, "catalog.price.band", "min", lowest, "max", highest)
		default:
			changed = append(changed, fmt.Sprintf("%s%d -> %d", name, old.Price, to))
			d := DirectChange{ShopID: p.ShopID, ProductID: p.ID, Kind: DirectPrice, AmountBefore: int64(old.Price), AmountAfter: int64(to)}
			switch {
			case strings.HasPrefix(field, "variant"):
				d.VariantID = old.Key
			case strings.HasPrefix(field, "tier"):
				d.MinQuantity = old.Key
			}
			direct = append(direct, d)
		}
		return to
	}
	if in.Price != 0 && len(variants) == 0 {
		price = set(priced{Price: p.Price, ReviewedPrice: p.ReviewedPrice}, in.Price, "price", "")
	}
	update := func(list []priced, wanted map[int64]money.Rupiah, field string) error {
		found := 0
		for i := range list {
			if to, named := wanted[list[i].Key]; named {
				name := fmt.Sprintf("%s_%d", field, list[i].Key)
				list[i].Price = set(list[i], to, name, name+": ")
				found++
			}
		}
		if found != len(wanted) {
			return fault.Conflict("catalog.product.moved")
		}
		return nil
	}
	if err := update(variants, in.Variants, "variant"); err != nil {
		return err
	}
	if err := update(tiers, in.Tiers, "tier"); err != nil {
		return err
	}
	for i, v := range variants {
		if i == 0 || v.Price < price {
			price = v.Price
		}
	}
	before := price
	for _, t := range tiers {
		if t.Price >= before {
			field := "price" // the one that came too near
			if _, named := in.Tiers[t.Key]; named || len(variants) > 0 {
				field = fmt.Sprintf("tier_%d", t.Key)
			}
			bad.With(field, "catalog.tier.falling", "before", before)
		}
		before = t.Price
	}
	if err := bad.OrNil(); err != nil || len(changed) == 0 {
		return err
	}
	if err := tx.Exec(`UPDATE products SET price = ? WHERE id = ?`, price, p.ID).Error; err != nil {
		return fmt.Errorf("catalog: set price: %w", err)
	}
	for _, v := range variants {
		if err := tx.Exec(`UPDATE variants SET price = ? WHERE id = ?`, v.Price, v.Key).Error; err != nil {
			return fmt.Errorf("catalog: set price of variant: %w", err)
		}
	}
	for _, t := range tiers {
		if err := tx.Exec(`UPDATE price_tiers SET price = ? WHERE product_id = ? AND min_quantity = ?`, t.Price, p.ID, t.Key).Error; err != nil {
			return fmt.Errorf("catalog: set price of tier: %w", err)
		}
	}
	for _, d := range direct {
		if err := directTx(ctx, tx, actor, d); err != nil {
			return err
		}
	}
	if err := invalidateProductTx(ctx, tx, p); err != nil {
		return err
	}
	return record(ctx, tx, actor, p.ShopID, "set_price", "product", p.ID, strings.Join(changed, ", "))
}
