package public

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

func (a area) listProducts(c *web.Ctx) error { return a.list(c, c.QueryValues(), "/produk") }

// showCategory is the list of one category under its own address.
func (a area) showCategory(c *web.Ctx) error {
	q := url.Values{}
	for name, values := range c.QueryValues() {
		q[name] = values
	}
	q.Set("kategori", c.Param("slug"))
	return a.list(c, q, "/kategori/"+c.Param("slug"))
}

// asked reads the filters of an address; a price that is none is a field fault
// and is left out of the search.
func asked(q url.Values) (catalog.Filter, view.Errors) {
	f := catalog.Filter{
		Query: strings.TrimSpace(q.Get("q")), Category: q.Get("kategori"), Region: q.Get("wilayah"), Shop: q.Get("toko"),
		Sort: catalog.Sort(q.Get("urut")), Cursor: q.Get("lanjut"),
	}
	var errs view.Errors
	for _, p := range []struct {
		name string
		into *money.Rupiah
	}{{"harga_min", &f.MinPrice}, {"harga_maks", &f.MaxPrice}} {
		if typed := strings.TrimSpace(q.Get(p.name)); typed != "" {
			amount, err := money.Parse(typed)
			if err != nil {
				errs = append(errs, view.FieldError{Field: p.name, Message: text.T("publicpage.filter.price")})
				continue
			}
			*p.into = amount
		}
	}
	return f, errs
}

func (a area) list(c *web.Ctx, q url.Values, path string) error {
	f, errs := asked(q)
	page, err := a.Catalog.Products(c.Context(), f)
	if fault.Is(err, fault.KindInvalid) { // an old or invented cursor: from the beginning
		q.Del("lanjut")
		f.Cursor = ""
		page, err = a.Catalog.Products(c.Context(), f)
	}
	if err != nil {
		return err
	}
	if page.Total == 0 && strings.HasPrefix(path, "/kategori/") {
		// Empty for want of products, or by the other filters?
		any, err := a.Catalog.Products(c.Context(), catalog.Filter{Category: f.Category, Limit: 1, Only: true})
		if err != nil {
			return err
		}
		if len(any.Products) == 0 {
			return fault.NotFound("category without products")
		}
	}
	pictures, err := a.pictures(c.Context(), page.Products)
	if err != nil {
		return err
	}
	v := pages.ProductList{
		Page: c.PublicView(heading(f, page), "", path), Heading: heading(f, page), Cards: cards(page.Products, pictures),
		Filter: a.filterView(f, q, page, errs),
	}
	v.Page.Query = f.Query
	v.Page.NoIndex = len(q) > 1 || q.Get("q") != "" // one address per list is enough for search engines
	v.Pager.Shown = text.T("publicpage.found", "n", money.Group(uint64(page.Total)))
	if page.Next != "" {
		v.Pager.Next = address("/produk", q, "lanjut", page.Next)
	}
	if f.Cursor != "" {
		v.Pager.First = address("/produk", q, "lanjut", "")
	}
	if len(v.Cards) == 0 {
		if v.Similar, err = a.similar(c, f); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if errs.Any() {
		status = http.StatusUnprocessableEntity
	}
	return c.Page(status, pages.ProductListPage(v))
}

// similar offers the newest of the same category, or of everything.
func (a area) similar(c *web.Ctx, f catalog.Filter) ([]view.ProductCard, error) {
	page, err := a.Catalog.Products(c.Context(), catalog.Filter{Category: f.Category, Limit: 4, Only: true})
	if err == nil && len(page.Products) == 0 {
		page, err = a.Catalog.Products(c.Context(), catalog.Filter{Limit: 4, Only: true})
	}
	if err != nil {
		return nil, err
	}
	pictures, err := a.pictures(c.Context(), page.Products)
	return cards(page.Products, pictures), err
}

func heading(f catalog.Filter, page catalog.Page) string {
	if f.Query != "" {
		return text.T("publicpage.results", "q", f.Query)
	}
	for _, k := range page.Categories {
		if k.Value == f.Category {
			return k.Name
		}
	}
	return text.T("publicpage.all")
}

// address is the same list with one parameter changed ("" takes it away).
func address(path string, q url.Values, name, value string) string {
	next := url.Values{}
	for k, v := range q {
		if k != name && k != "lanjut" && len(v) > 0 && v[0] != "" {
			next[k] = v
		}
	}
	if value != "" {
		next.Set(name, value)
	}
	if len(next) == 0 {
		return path
	}
	return path + "?" + next.Encode()
}

func (a area) filterView(f catalog.Filter, q url.Values, page catalog.Page, errs view.Errors) pages.Filter {
	v := pages.Filter{Query: f.Query, Shop: f.Shop, PriceMin: q.Get("harga_min"), PriceMax: q.Get("harga_maks"), Errors: errs}
	active := func(name, label string) {
		v.Active = append(v.Active, view.Link{Label: label, URL: address("/produk", q, name, "")})
	}
	if f.Query != "" {
		active("q", "“"+f.Query+"”")
	}
	for _, k := range page.Categories {
		v.Categories = append(v.Categories, counted(k, k.Name, f.Category))
		if k.Value == f.Category {
			active("kategori", k.Name)
		}
	}
	for _, p := range page.Provinces {
		v.Regions = append(v.Regions, counted(p, text.T("publicpage.whole_province", "name", p.Name), f.Region))
		for _, r := range page.Regencies {
			if strings.HasPrefix(r.Value, p.Value+".") {
				v.Regions = append(v.Regions, counted(r, r.Name, f.Region))
			}
		}
	}
	if f.Region != "" {
		active("wilayah", region.Place(f.Region))
	}
	if f.Shop != "" {
		name := f.Shop
		if len(page.Products) > 0 {
			name = page.Products[0].ShopName
		}
		active("toko", name)
	}
	if f.MinPrice > 0 {
		active("harga_min", text.T("publicpage.filter.from", "price", f.MinPrice))
	}
	if f.MaxPrice > 0 {
		active("harga_maks", text.T("publicpage.filter.to", "price", f.MaxPrice))
	}
	for _, s := range []catalog.Sort{catalog.Newest, catalog.Cheapest, catalog.Dearest} {
		v.Sorts = append(v.Sorts, view.Option{Value: string(s), Label: text.T("publicpage.sort." + string(s)), Selected: s == f.Sort || f.Sort == "" && s == catalog.Newest})
	}
	return v
}

func counted(k catalog.Count, label, chosen string) view.Option {
	return view.Option{Value: k.Value, Label: text.T("publicpage.counted", "name", label, "n", k.N), Selected: k.Value == chosen}
}
