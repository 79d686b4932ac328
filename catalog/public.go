package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
)

// Sort is an order of the product list, as it stands in addresses.
type Sort string

// The orders.
const (
	Newest   Sort = "terbaru" // by first publication; the default
	Cheapest Sort = "termurah"
	Dearest  Sort = "termahal"
)

// Filter narrows the public product list. The zero Filter lists everything.
type Filter struct {
	Query    string // what was typed
	Category string // slug
	Region   string // province, regency or district code of the shop
	Shop     string // slug
	MinPrice money.Rupiah
	MaxPrice money.Rupiah // 0: no limit
	Sort     Sort         // default Newest; an unknown one counts as the default
	Cursor   string       // Page.Next of the page before
	Limit    int          // default 24, at most 60
	Only     bool         // only the products and Next: Total and the counts stay empty
}

// Count says how many products a choice would leave.
type Count struct {
	Value string // what goes into the filter
	Name  string
	N     int64
}

// Page is one page of the product list. The counts of each filter are those with
// every other filter applied, so that each choice shows what it would find.
type Page struct {
	Products   []Sellable
	Next       string // cursor of the next page, "" at the end
	Total      int64
	Categories []Count // only those with products, in the order of the shop window
	Provinces  []Count // by name
	Regencies  []Count // by name, with their type
}

// live is where public queries begin. Words and pictures come from the live
// revision and from nowhere else.
const live = ` FROM products p JOIN revisions r ON r.id = p.live_revision_id
	JOIN shops h ON h.id = p.shop_id JOIN categories c ON c.id = p.category_id WHERE `

// Products lists what is for sale to anybody. Paused products and products of
// shops that are not open are not in it. Errors: invalid for a cursor that is
// not ours.
func (s *Service) Products(ctx context.Context, f Filter) (Page, error) {
	if f.Limit <= 0 || f.Limit > 60 {
		f.Limit = 24
	}
	column, order, after := "p.published_key", "DESC", "<"
	switch f.Sort {
	case Cheapest:
		column, order, after = "p.price", "ASC", ">"
	case Dearest:
		column = "p.price"
	default:
		f.Sort = Newest
	}
	place, err := ParseCursor(s.keys, "products|"+string(f.Sort), f.Cursor)
	if err != nil {
		return Page{}, err
	}
	if f.Shop == "" || f.Query != "" {
		database.Depend(ctx, "list")
	} else {
		database.Depend(ctx, "shop:"+f.Shop) // what a shop sells follows from the shop
	}
	db := s.db.Read(ctx)
	w := f.where("")
	if place.ID > 0 {
		w.and("("+column+" "+after+" ? OR ("+column+" = ? AND p.id "+after+" ?))", place.Value, place.Value, place.ID)
	}
	var rows []struct{ ID, Value int64 }
	err = db.Raw(`SELECT p.id, `+column+` AS value`+live+w.sql()+` ORDER BY `+column+` `+order+`, p.id `+order+` LIMIT ?`,
		append(w.args, f.Limit+1)...).Scan(&rows).Error
	if err != nil {
		return Page{}, fmt.Errorf("catalog: products: %w", err)
	}
	page := Page{}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		last := rows[f.Limit-1]
		page.Next = Keyset{Value: last.Value, ID: last.ID}.Cursor(s.keys, "products|"+string(f.Sort))
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	found, err := s.Sellables(ctx, ids)
	if err != nil {
		return Page{}, err
	}
	for _, id := range ids {
		if v := found[id]; v.Public() { // else it left between the two queries
			page.Products = append(page.Products, v)
		}
	}
	if f.Only {
		return page, nil
	}
	return page, s.count(ctx, f, &page)
}

// where is the filter as conditions, without the one named.
func (f Filter) where(without string) *where {
	w := newWhere("p.state = ?", ProductPublished)
	w.and("h.state = ?", ShopOpen)
	w.search(f.Query)
	if f.Category != "" && without != "category" {
		w.and("c.slug = ?", f.Category)
	}
	if f.Region != "" && without != "region" {
		w.regions("h", []string{f.Region})
	}
	if f.Shop != "" {
		w.and("h.slug = ?", f.Shop)
	}
	if f.MinPrice > 0 {
		w.and("p.price >= ?", f.MinPrice)
	}
	if f.MaxPrice > 0 {
		w.and("p.price <= ?", f.MaxPrice)
	}
	return w
}

func (s *Service) count(ctx context.Context, f Filter, page *Page) error {
	db := s.db.Read(ctx)
	all := f.where("")
	if err := db.Raw(`SELECT COUNT(*)`+live+all.sql(), all.args...).Scan(&page.Total).Error; err != nil {
		return fmt.Errorf("catalog: count products: %w", err)
	}
	w := f.where("category")
	err := db.Raw(`SELECT c.slug AS value, c.name, COUNT(*) AS n`+live+w.sql()+` GROUP BY c.id, c.slug, c.name, c.position ORDER BY c.position`,
		w.args...).Scan(&page.Categories).Error
	if err != nil {
		return fmt.Errorf("catalog: count categories: %w", err)
	}
	w = f.where("region")
	var regencies []Count
	err = db.Raw(`SELECT h.regency_code AS value, COUNT(*) AS n`+live+w.sql()+` GROUP BY h.regency_code`, w.args...).Scan(&regencies).Error
	if err != nil {
		return fmt.Errorf("catalog: count regions: %w", err)
	}
	provinces := map[string]int64{}
	for i, c := range regencies {
		r, _ := region.RegencyByCode(c.Value)
		regencies[i].Name = r.Name
		provinces[r.ProvinceCode] += c.N
	}
	page.Regencies = byName(regencies)
	var list []Count
	for code, n := range provinces {
		p, _ := region.ProvinceByCode(code)
		list = append(list, Count{Value: code, Name: p.Name, N: n})
	}
	page.Provinces = byName(list)
	return nil
}

func byName(list []Count) []Count {
	slices.SortFunc(list, func(a, b Count) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	return list
}

// ProductBySlug returns a product's public page; a paused one too, which then
// cannot be ordered. Errors: not found for everything else.
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
		return ProductView{}, fault.NotFound("product " + strconv.Quote(slug))
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
	var rows []Sellable
	err := db.WithContext(ctx).Raw(`SELECT p.id AS product_id, r.id AS revision_id, p.shop_id, p.slug, r.title, r.unit, h.name AS shop_name, h.slug AS shop_slug,
			h.regency_code, h.district_code, c.slug AS category_slug, c.name AS category_name, p.price, r.weight_grams, p.state, h.state AS shop_state, p.mode,
			r.lead_days, r.pickup_only`+live+`p.id IN ?`, productIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: sellables: %w", err)
	}
	revisions := make([]int64, len(rows))
	for i, r := range rows {
		revisions[i] = r.RevisionID
		database.Depend(ctx, "product:"+r.Slug)
	}
	if len(rows) == 0 {
		return out, nil
	}
	pictures, err := picturesOf(ctx, db, revisions)
	if err != nil {
		return nil, err
	}
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	rooms, err := s.roomOf(ctx, db, now, productIDs)
	if err != nil {
		return nil, err
	}
	for _, v := range rows {
		if v.WeightGrams == 0 {
			v.WeightGrams = DefaultWeightGrams
		}
		if p := pictures[v.RevisionID]; len(p) > 0 {
			v.PictureID = p[0]
		}
		r := rooms[v.ProductID]
		v.Available, v.Period, v.NextAvailable, v.NextPeriod = r.now, r.period, r.next, r.nextMonth
		v.ReadyBy, v.NextReadyBy = readyDays(now, v.RegencyCode, v.LeadDays)
		out[v.ProductID] = v
	}
	return out, nil
}
