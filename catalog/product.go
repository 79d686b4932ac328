package catalog

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// What a maker changes without review (design §3.6): price within the band,
// pause, resume, archive; stock and capacity are in stock.go.

type product struct {
	ID             int64
	ShopID         int64
	Slug           string // "" until first approved
	State          ProductState
	LiveRevisionID *int64
	Mode           Mode
	Price          money.Rupiah
	ReviewedPrice  money.Rupiah
}

const productColumns = `id, shop_id, COALESCE(slug, '') AS slug, state, live_revision_id, mode, price, reviewed_price`

func productByID(ctx context.Context, tx *gorm.DB, id int64) (product, error) {
	var rows []product
	if err := tx.WithContext(ctx).Raw(`SELECT `+productColumns+` FROM products WHERE id = ?`, id).Scan(&rows).Error; err != nil {
		return product{}, fmt.Errorf("catalog: product: %w", err)
	}
	if len(rows) == 0 {
		return product{}, fault.NotFound("product")
	}
	return rows[0], nil
}

// ownProduct returns a product to its shop's people and to nobody else.
func ownProduct(ctx context.Context, tx *gorm.DB, actor account.Actor, id int64) (product, error) {
	p, err := productByID(ctx, tx, id)
	if err != nil {
		return product{}, err
	}
	if !actor.Manages(p.ShopID) {
		return product{}, fault.NotFound("another's product")
	}
	return p, nil
}

// Band returns the lowest and highest price a product may take without another
// review, around the price that was reviewed.
func Band(reviewed money.Rupiah) (lowest, highest money.Rupiah) {
	lowest = (reviewed*(100-PriceBand) + 99) / 100
	highest = reviewed * (100 + PriceBand) / 100
	return max(lowest, MinPrice), min(highest, MaxPrice)
}

// ReviewedPrice is the price in the middle of the product's band: the one a
// curator approved last. 0 for what was never live. For staff pages.
func (s *Service) ReviewedPrice(ctx context.Context, productID int64) (money.Rupiah, error) {
	p, err := productByID(ctx, s.db.Read(ctx), productID)
	return p.ReviewedPrice, err
}

// SetPrice is SetPrices for the price of one piece alone, on field price.
func (s *Service) SetPrice(ctx context.Context, actor account.Actor, productID int64, price money.Rupiah) error {
	if price < MinPrice || price > MaxPrice {
		return fault.Invalid("catalog.draft.invalid").With("price", "catalog.draft.price", "min", MinPrice, "max", MaxPrice)
	}
	return s.SetPrices(ctx, actor, productID, Prices{Price: price})
}

// Pause stops orders of a published product; its page stays. The shop's members
// and their companion may. Pausing a paused product changes nothing.
func (s *Service) Pause(ctx context.Context, actor account.Actor, productID int64) error {
	return s.moveProduct(ctx, actor, productID, "pause")
}

// Resume takes orders again.
func (s *Service) Resume(ctx context.Context, actor account.Actor, productID int64) error {
	return s.moveProduct(ctx, actor, productID, "resume")
}

// Archive takes a product away for good, its page and pictures included; orders
// keep what they sold. A change under review must be withdrawn first.
func (s *Service) Archive(ctx context.Context, actor account.Actor, productID int64) error {
	return s.moveProduct(ctx, actor, productID, "archive")
}

func (s *Service) moveProduct(ctx context.Context, actor account.Actor, productID int64, name string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, err := ownProduct(ctx, tx, actor, productID)
		if err != nil {
			return err
		}
		move := ProductMoves.Move(name)
		if p.State == move.To {
			return nil
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		res := tx.Exec(`UPDATE products SET state = ?, resume_state = '', updated_at = ? WHERE id = ? AND state IN ?`, move.To, now, productID, move.From)
		if res.Error != nil {
			return fmt.Errorf("catalog: %s product: %w", name, res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("catalog.product.moved")
		}
		if name == "archive" {
			var waiting int64
			err := tx.Raw(`SELECT COUNT(*) FROM submissions WHERE product_id = ? AND state IN ?`, productID,
				[]SubmissionState{SubmissionSubmitted, SubmissionInReview, SubmissionApproved, SubmissionScheduled}).Scan(&waiting).Error
			if err != nil {
				return fmt.Errorf("catalog: archive: %w", err)
			}
			if waiting > 0 {
				return fault.Conflict("catalog.product.under_review")
			}
			if err := endSuspensionsTx(ctx, tx, actor, now, "", `product_id = ?`, productID); err != nil {
				return err
			}
		}
		if name != "archive" { // pause and resume are named alike
			if err := directTx(ctx, tx, actor, DirectChange{ShopID: p.ShopID, ProductID: productID, Kind: DirectKind(name)}); err != nil {
				return err
			}
		}
		return s.afterProductMoveTx(ctx, tx, actor, productID, name, "")
	})
}

// afterProductMoveTx lets the pictures and the cached pages follow the product's
// new state, and records who did it.
func (s *Service) afterProductMoveTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64, verb, note string) error {
	p, err := productByID(ctx, tx, productID)
	if err != nil {
		return err
	}
	shop, err := shopByID(ctx, tx, p.ShopID)
	if err != nil {
		return err
	}
	if p.LiveRevisionID != nil {
		pictures, err := picturesOf(ctx, tx, []int64{*p.LiveRevisionID})
		if err != nil {
			return err
		}
		if err := s.showTx(ctx, tx, pictures[*p.LiveRevisionID], shows(shop.State, p.State)); err != nil {
			return err
		}
		if err := invalidateProductTx(ctx, tx, p); err != nil {
			return err
		}
	}
	return record(ctx, tx, actor, p.ShopID, verb, "product", productID, note)
}

// invalidateProductTx forgets the cached pages that show the product.
func invalidateProductTx(ctx context.Context, tx *gorm.DB, p product) error {
	if p.Slug == "" {
		return nil
	}
	shop, err := shopByID(ctx, tx, p.ShopID)
	if err != nil {
		return err
	}
	return database.InvalidateTx(ctx, tx, "list", "shop:"+shop.Slug, "product:"+p.Slug)
}

// OwnProduct is one product as its maker sees it.
type OwnProduct struct {
	ProductID    int64
	ShopID       int64
	Slug         string // "" until first approved
	State        ProductState
	Title        string // of the change under way, else of what is live
	Unit         string
	PictureID    int64 // 0 without a picture
	Price        money.Rupiah
	LowestPrice  money.Rupiah // band without review; 0 until first approved
	HighestPrice money.Rupiah
	Mode         Mode
	Available    int64     // left to promise in the pool the maker changes, in its first period
	PerPeriod    int64     // capacity a new month or week starts with; 0 for stock and pre-order
	Cadence      Cadence   // which of the two
	Window       *Window   // of a pre-order: the one that is open, else the next; nil without
	PreorderOpen bool      // that it is open
	OpensOn      time.Time // closed until this day (CloseUntil); zero when it is not

	Variants []OwnVariant // of what is live
	Tiers    []OwnTier

	SubmissionID    int64 // the newest change
	SubmissionKind  SubmissionKind
	SubmissionState SubmissionState
	ChangedAt       time.Time // when that change was last touched
}

// OwnVariant is a live variant as its maker sees it.
type OwnVariant struct {
	ID           int64
	Name         string
	Price        money.Rupiah
	LowestPrice  money.Rupiah // band without review
	HighestPrice money.Rupiah
	PictureID    int64 // 0: none of its own
	Available    int64 // left of its own stock; of the product's capacity when it has none of its own
}

// OwnTier is a live price tier with its band.
type OwnTier struct {
	PriceTier
	LowestPrice  money.Rupiah
	HighestPrice money.Rupiah
}

// Changing reports whether a change is under way.
func (p OwnProduct) Changing() bool {
	for _, open := range openStates {
		if p.SubmissionState == open {
			return true
		}
	}
	return false
}

// MyProducts returns the shop's products, newest first, without archived ones,
// for its members and their companion. Errors: not found for everybody else.
func (s *Service) MyProducts(ctx context.Context, actor account.Actor, shopID int64) ([]OwnProduct, error) {
	if !actor.Manages(shopID) {
		return nil, fault.NotFound("another's shop")
	}
	return s.own(ctx, "p.shop_id = ? AND p.state <> ?", shopID, ProductArchived)
}

// MyProduct returns one of the shop's products, archived too.
func (s *Service) MyProduct(ctx context.Context, actor account.Actor, productID int64) (OwnProduct, error) {
	p, err := ownProduct(ctx, s.db.Read(ctx), actor, productID)
	if err != nil {
		return OwnProduct{}, err
	}
	all, err := s.own(ctx, "p.id = ?", p.ID)
	if err != nil {
		return OwnProduct{}, err
	}
	if len(all) == 0 {
		return OwnProduct{}, fault.NotFound("product")
	}
	return all[0], nil
}

func (s *Service) own(ctx context.Context, condition string, args ...any) ([]OwnProduct, error) {
	db := s.db.Read(ctx)
	var rows []struct { // no embedding: GORM passes over embedded structs of unexported types
		ID             int64
		ShopID         int64
		Slug           string
		State          ProductState
		LiveRevisionID *int64
		Mode           Mode
		Price          money.Rupiah
		ReviewedPrice  money.Rupiah
		SubmissionID   int64
		Kind           SubmissionKind
		SubmissionWhen time.Time
		SubState       SubmissionState
		RevisionID     int64
	}
	err := db.Raw(`SELECT p.id, p.shop_id, COALESCE(p.slug, '') AS slug, p.state, p.live_revision_id, p.mode, p.price, p.reviewed_price,
			s.id AS submission_id, s.kind, s.updated_at AS submission_when, s.state AS sub_state, s.revision_id
		FROM products p JOIN submissions s ON s.id = (SELECT MAX(n.id) FROM submissions n WHERE n.product_id = p.id)
		WHERE `+condition+` ORDER BY p.id DESC LIMIT 500`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: own products: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	out := make([]OwnProduct, len(rows))
	shown := make([]int64, len(rows)) // the revision that names the product to its maker
	ids := make([]int64, len(rows))
	for i, r := range rows {
		out[i] = OwnProduct{
			ProductID: r.ID, ShopID: r.ShopID, Slug: r.Slug, State: r.State, Price: r.Price, Mode: r.Mode,
			SubmissionID: r.SubmissionID, SubmissionKind: r.Kind, SubmissionState: r.SubState, ChangedAt: r.SubmissionWhen.UTC(),
		}
		shown[i], ids[i] = r.RevisionID, r.ID
		if r.LiveRevisionID != nil {
			out[i].LowestPrice, out[i].HighestPrice = Band(r.ReviewedPrice)
			if !out[i].Changing() {
				shown[i] = *r.LiveRevisionID
			}
		}
	}
	words, err := revisions(ctx, db, "r.id IN ?", shown)
	if err != nil {
		return nil, err
	}
	byID := map[int64]Revision{}
	for _, r := range words {
		byID[r.ID] = r
	}
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	sh, err := shelfOf(ctx, db, now, ids)
	if err != nil {
		return nil, err
	}
	variants, tiers, err := ownPrices(ctx, db, ids)
	if err != nil {
		return nil, err
	}
	for i := range out {
		r := byID[shown[i]]
		out[i].Title, out[i].Unit = r.Title, r.Unit
		if len(r.Pictures) > 0 {
			out[i].PictureID = r.Pictures[0]
		}
		if rows[i].LiveRevisionID == nil { // nothing is live: what was typed is what counts
			out[i].Price, out[i].Mode = r.Price, r.Mode
			out[i].Available = r.Quantity
			if r.Mode == ModeCapacity || r.Mode == ModeQuote {
				out[i].PerPeriod, out[i].Cadence = r.Quantity, Monthly
			}
			continue
		}
		out[i].Variants, out[i].Tiers = variants[ids[i]], tiers[ids[i]]
		sh.fillOwn(&out[i])
	}
	return out, nil
}

// ownPrices returns the live variants and tiers of each product, with their bands.
func ownPrices(ctx context.Context, db *gorm.DB, productIDs []int64) (map[int64][]OwnVariant, map[int64][]OwnTier, error) {
	var rows []struct {
		ProductID, ID, PictureID, MinQuantity int64
		Name                                  string
		Price, ReviewedPrice                  money.Rupiah
	}
	err := db.WithContext(ctx).Raw(`SELECT p.id AS product_id, rv.position, v.id, rv.name, rv.picture_id, v.price, v.reviewed_price, 0 AS min_quantity
			FROM products p JOIN revision_variants rv ON rv.revision_id = p.live_revision_id JOIN variants v ON v.id = rv.variant_id WHERE p.id IN ?
		UNION ALL SELECT t.product_id, t.min_quantity, 0, '', 0, t.price, t.reviewed_price, t.min_quantity FROM price_tiers t WHERE t.product_id IN ?
		ORDER BY 1, 2`, productIDs, productIDs).Scan(&rows).Error
	if err != nil {
		return nil, nil, fmt.Errorf("catalog: own variants and tiers: %w", err)
	}
	variants, tiers := map[int64][]OwnVariant{}, map[int64][]OwnTier{}
	for _, r := range rows {
		lowest, highest := Band(r.ReviewedPrice)
		if r.ID == 0 {
			tiers[r.ProductID] = append(tiers[r.ProductID], OwnTier{PriceTier: PriceTier{r.MinQuantity, r.Price}, LowestPrice: lowest, HighestPrice: highest})
			continue
		}
		variants[r.ProductID] = append(variants[r.ProductID], OwnVariant{ID: r.ID, Name: r.Name, Price: r.Price, LowestPrice: lowest,
			HighestPrice: highest, PictureID: r.PictureID})
	}
	return variants, tiers, nil
}
