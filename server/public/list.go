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
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

func (a area) listProducts(c *web.Ctx) error { return a.list(c, c.QueryValues()) }

// showCategory is the list of one category under its own address.
func (a area) showCategory(c *web.Ctx) error {
	page, err := a.Catalog.Products(c.Context(), catalog.Filter{Category: c.Param("slug"), Limit: 1, Only: true})
	if err == nil && len(page.Products) == 0 {
		err = fault.NotFound("category without products")
	}
	if err != nil {
		return a.missing(c, err, c.Param("slug"))
	}
	return a.list(c, with(c.QueryValues(), "kategori", c.Param("slug")))
}

// showRegion is the list of what comes from one province or regency. Its address
// is the name; the code leads there.
func (a area) showRegion(c *web.Ctx) error {
	name := c.Param("slug")
	code, known := region.BySlug(name)
	if slug := region.Slug(name); slug != "" {
		return c.Moved("/wilayah/" + slug)
	}
	if !known {
		return a.missing(c, fault.NotFound("region"), name)
	}
	return a.list(c, with(c.QueryValues(), "wilayah", code))
}

func with(q url.Values, name, value string) url.Values {
	out := url.Values{name: {value}}
	for k, v := range q {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// asked reads the filters of an address; a price that is none is a field fault
// and is left out of the search.
func asked(c *web.Ctx, q url.Values) (catalog.Filter, view.Errors) {
	f := catalog.Filter{
		Query: strings.TrimSpace(q.Get("q")), Category: q.Get("kategori"), Region: q.Get("wilayah"), Shop: q.Get("toko"),
		HowSoon: catalog.HowSoon(q.Get("tersedia")), ShopKind: catalog.ShopKind(q.Get("jenis")), Certificate: catalog.CertificateKind(q.Get("sertifikat")),
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
				errs = append(errs, view.FieldError{Field: p.name, Message: c.T("publicpage.filter.price")})
				continue
			}
			*p.into = amount
		}
	}
	return f, errs
}

func (a area) list(c *web.Ctx, q url.Values) error {
	f, errs := asked(c, q)
	page, err := a.Catalog.Products(c.Context(), f)
	if fault.Is(err, fault.KindInvalid) { // an old or invented cursor: from the beginning
		q.Del("lanjut")
		f.Cursor = ""
		page, err = a.Catalog.Products(c.Context(), f)
	}
	if err != nil {
		return err
	}
	pictures, err := a.pictures(c.Context(), page.Products)
	if err != nil {
		return err
	}
	title := heading(c, f, page)
	v := pages.ProductList{
		Page: c.PublicView(title, "", canonical(q)), Heading: title, Cards: cards(c, page.Products, pictures),
		Filter: a.filterView(c, f, q, page, errs),
	}
	v.Page.Query = shortened(f.Query, 80)
	plain := address(q, "lanjut", "")
	if !strings.Contains(plain, "?") && plain != "/produk" {
		v.Page.Graph = []any{trailGraph(c, []view.Link{{Label: c.T("publicpage.all"), URL: "/produk"}, {Label: v.Heading}})}
	}
	v.Page.NoIndex = strings.Contains(plain, "?") // one address per list is enough for search engines
	v.Pager.Shown = c.T("publicpage.found", "n", c.Number(page.Total))
	if page.Corrected != "" {
		v.Corrected = &view.Link{Label: page.Corrected, URL: address(q, "q", page.Corrected)}
	}
	if page.Relaxed && page.Total > 0 {
		v.Lead = c.T("publicpage.relaxed")
	}
	if page.Next != "" {
		v.Pager.Next = address(q, "lanjut", page.Next)
	}
	if f.Cursor != "" {
		v.Pager.First = address(q, "lanjut", "")
	}
	if len(v.Cards) == 0 {
		if err = a.helpOn(c, f, &v); err != nil {
			return err
		}
	}
	status := http.StatusOK
	if errs.Any() {
		status = http.StatusUnprocessableEntity
	}
	return c.Page(status, pages.ProductListPage(v))
}

// helpOn offers a way on from an empty list: the same search without its filters,
// the shelves there are, and something else to look at.
func (a area) helpOn(c *web.Ctx, f catalog.Filter, v *pages.ProductList) error {
	free, err := a.Catalog.Products(c.Context(), catalog.Filter{Query: f.Query, Limit: 1})
	if err != nil {
		return err
	}
	if free.Total > 0 && f.Query != "" {
		v.Unfiltered = &view.Link{Label: c.T("publicpage.unfiltered", "n", free.Total), URL: "/produk?" + url.Values{"q": {f.Query}}.Encode()}
	}
	near, err := a.Catalog.Products(c.Context(), catalog.Filter{Category: f.Category, Limit: 4})
	if err == nil && len(near.Products) == 0 {
		near, err = a.Catalog.Products(c.Context(), catalog.Filter{Limit: 4})
	}
	if err != nil {
		return err
	}
	for _, k := range near.Categories {
		v.Shelves = append(v.Shelves, view.Link{Label: c.T("publicpage.counted", "name", categoryName(c, k.Value, k.Name), "n", k.N), URL: "/kategori/" + k.Value})
	}
	pictures, err := a.pictures(c.Context(), near.Products)
	v.Similar = cards(c, near.Products, pictures)
	return err
}

func heading(c *web.Ctx, f catalog.Filter, page catalog.Page) string {
	if f.Query != "" {
		return c.T("publicpage.results", "q", shortened(f.Query, 80))
	}
	place := ""
	if f.Region != "" {
		place = region.Name(f.Region)
	}
	for _, k := range page.Categories {
		if k.Value == f.Category {
			if name := categoryName(c, k.Value, k.Name); place == "" {
				return name
			} else {
				return c.T("publicpage.from_place", "what", name, "place", place)
			}
		}
	}
	if place != "" {
		return c.T("publicpage.from_place", "what", c.T("publicpage.all_of"), "place", place)
	}
	return c.T("publicpage.all")
}

// shortened keeps what somebody typed from filling a page.
func shortened(s string, letters int) string {
	if r := []rune(s); len(r) > letters {
		return string(r[:letters-1]) + "…"
	}
	return s
}

// address is the same list with one parameter changed ("" takes it away). A list
// with only one thing chosen has an address of its own.
func address(q url.Values, name, value string) string {
	next := url.Values{}
	for _, k := range filters {
		if v := q.Get(k); k != name && k != "lanjut" && v != "" {
			next.Set(k, v)
		}
	}
	if value != "" {
		next.Set(name, value)
	}
	path := "/produk"
	switch kategori, wilayah := next.Get("kategori"), region.Slug(next.Get("wilayah")); {
	case kategori != "" && wilayah == "" && url.PathEscape(kategori) == kategori:
		path = "/kategori/" + kategori
		next.Del("kategori")
	case kategori == "" && wilayah != "":
		path = "/wilayah/" + wilayah
		next.Del("wilayah")
	}
	if len(next) == 0 {
		return path
	}
	return path + "?" + next.Encode()
}

// canonical is the address under which search engines know a list: of its
// category, region or shop alone, else of everything.
func canonical(q url.Values) string {
	if slug := q.Get("toko"); slug != "" && url.PathEscape(slug) == slug {
		return "/toko/" + slug
	}
	only := url.Values{}
	for _, name := range []string{"kategori", "wilayah"} {
		if v := q.Get(name); v != "" {
			only.Set(name, v)
			break
		}
	}
	path, _, _ := strings.Cut(address(only, "", ""), "?")
	return path
}
