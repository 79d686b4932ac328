package catalog

import (
	"context"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// live is where public queries begin. Words and pictures come from the live
// revision and from nowhere else.
const live = ` FROM products p JOIN revisions r ON r.id = p.live_revision_id
	JOIN shops h ON h.id = p.shop_id JOIN categories c ON c.id = p.category_id WHERE `

// ProductBySlug returns a product's public page; a paused one too, which then
// cannot be ordered. Errors: *MovedError for an address it had before; gone for
// one that was public; not found for everything else.
func (s *Service) ProductBySlug(ctx context.Context, slug string) (ProductView, error) {
	database.Depend(ctx, "product:"+slug)
	db := s.db.Read(ctx)
	var rows []struct {
		ID          int64
		Description string
		WeightGrams int64
	}
	err := db.Raw(`SELECT p.id, r.description, r.weight_grams`+live+`p.slug = ? AND p.state IN ? AND h.state = ?`,
		slug, []ProductState{ProductPublished, ProductPaused}, ShopOpen).Scan(&rows).Error
	if err != nil {
		return ProductView{}, fmt.Errorf("catalog: product page: %w", err)
	}
	if len(rows) == 0 {
		return ProductView{}, missing(ctx, db, slug)
	}
	found, err := s.Sellables(ctx, []int64{rows[0].ID})
	if err != nil {
		return ProductView{}, err
	}
	view := ProductView{Sellable: found[rows[0].ID], Description: rows[0].Description, GivenWeight: rows[0].WeightGrams}
	if !view.Public() { // it left between the two queries
		return ProductView{}, fault.NotFound("product " + strconv.Quote(slug))
	}
	pictures, err := picturesOf(ctx, db, []int64{view.RevisionID})
	if err != nil {
		return ProductView{}, err
	}
	view.Pictures = pictures[view.RevisionID]
	labels, err := labelsOf(ctx, db, []int64{view.RevisionID})
	if err != nil {
		return ProductView{}, err
	}
	view.Label = labels[view.RevisionID]
	view.Label.Kitchen = "" // the desk's to know
	areas, err := areasOf(ctx, db, []int64{view.ProductID})
	if err != nil {
		return ProductView{}, err
	}
	view.Area = areas[view.ProductID]
	database.Depend(ctx, "shop:"+view.ShopSlug)
	view.Shop, err = shopByID(ctx, db, view.ShopID)
	return view, err
}

// Sellables returns the products that have ever been live among ids, in any
// state, as they could be ordered now. Look at Public, Orderable and CanTake
// before showing or selling one.
func (s *Service) Sellables(ctx context.Context, productIDs []int64) (map[int64]Sellable, error) {
	return s.sellables(ctx, s.db.Read(ctx), productIDs)
}

// SellablesTx is Sellables inside the caller's transaction.
func (s *Service) SellablesTx(ctx context.Context, tx *gorm.DB, productIDs []int64) (map[int64]Sellable, error) {
	return s.sellables(ctx, tx, productIDs)
}

func (s *Service) sellables(ctx context.Context, db *gorm.DB, productIDs []int64) (map[int64]Sellable, error) {
	out := map[int64]Sellable{}
	if len(productIDs) == 0 {
		return out, nil
	}
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	var found []struct {
		Sellable
		Lapsing bool // see lapsingColumn
	}
	err = db.WithContext(ctx).Raw(`SELECT p.id AS product_id, r.id AS revision_id, p.shop_id, p.slug, r.title, r.unit, h.name AS shop_name, h.slug AS shop_slug,
			h.regency_code, h.district_code, c.slug AS category_slug, c.name AS category_name, p.price, r.weight_grams,
			r.length_cm * r.width_cm * r.height_cm AS volume_cm3, p.state, h.state AS shop_state, p.mode,
			r.lead_days, r.pickup_only, r.unit_kind, r.min_quantity, r.service,
			EXISTS (SELECT 1 FROM product_areas a WHERE a.product_id = p.id) AS somewhere, `+ratingColumns+marksColumn+`, `+lapsingColumn+live+`p.id IN ?`, now, now, now, productIDs).Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: sellables: %w", err)
	}
	if len(found) == 0 {
		return out, nil
	}
	rows := make([]Sellable, len(found))
	var lapsing []int64
	for i, r := range found {
		rows[i] = r.Sellable
		database.Depend(ctx, "product:"+r.Slug)
		if r.WeightGrams == 0 {
			rows[i].WeightGrams = DefaultWeightGrams
		}
		if r.Lapsing {
			lapsing = append(lapsing, r.ProductID)
		}
	}
	over, err := lapsed(ctx, db, now, lapsing)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		if over[r.ProductID] && r.State != ProductArchived { // the job that suspends it comes in a moment
			rows[i].State = ProductSuspended
		}
	}
	if err := details(ctx, db, rows); err != nil {
		return nil, err
	}
	sh, err := shelfOf(ctx, db, now, productIDs)
	if err != nil {
		return nil, err
	}
	for _, v := range rows {
		sh.fill(&v)
		out[v.ProductID] = v
	}
	return out, nil
}
