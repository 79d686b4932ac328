package public

import (
	"net/url"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// filterView is the form of the filters, with how many products each choice would
// leave, and a link to take off each that is on.
func (a area) filterView(c *web.Ctx, f catalog.Filter, q url.Values, page catalog.Page, errs view.Errors) pages.Filter {
	v := pages.Filter{
		Query: shortened(f.Query, 80), Shop: f.Shop, Errors: errs,
		PriceMin: shortened(q.Get("harga_min"), 20), PriceMax: shortened(q.Get("harga_maks"), 20),
	}
	active := func(name, label string) {
		v.Active = append(v.Active, view.Link{Label: label, URL: address(q, name, "")})
	}
	// choose lists the choices of one filter; the one that is on stays among them
	// when it leaves nothing.
	choose := func(name, chosen string, counts []catalog.Count, label func(k catalog.Count) string) (out []view.Option) {
		if chosen != "" && !slices.ContainsFunc(counts, func(k catalog.Count) bool { return k.Value == chosen }) {
			counts = append(slices.Clone(counts), catalog.Count{Value: chosen, Name: shortened(chosen, 40)})
		}
		for _, k := range counts {
			out = append(out, view.Option{Value: k.Value, Label: c.T("publicpage.counted", "name", label(k), "n", k.N), Selected: k.Value == chosen})
			if k.Value == chosen {
				active(name, label(k))
			}
		}
		return out
	}
	if f.Query != "" {
		active("q", "“"+v.Query+"”")
	}
	v.Categories = choose("kategori", f.Category, page.Categories, func(k catalog.Count) string { return categoryName(c, k.Value, k.Name) })
	v.Regions = choose("wilayah", f.Region, regions(page), func(k catalog.Count) string {
		switch {
		case k.N == 0 && region.Name(k.Value) != "":
			return region.Name(k.Value)
		case !strings.Contains(k.Value, ".") && k.N > 0:
			return c.T("publicpage.whole_province", "name", k.Name)
		}
		return k.Name
	})
	v.Soon = choose("tersedia", string(f.HowSoon), page.Soon, func(k catalog.Count) string {
		return word(c, "publicpage.soon.", k.Value, string(catalog.Now), string(catalog.MadeToOrder), string(catalog.Preorder), string(catalog.OnRequest))
	})
	if f.Shop != "" {
		name := shortened(f.Shop, 40)
		if len(page.Products) > 0 {
			name = page.Products[0].ShopName
		}
		active("toko", name)
	}
	if f.MinPrice > 0 {
		active("harga_min", c.T("publicpage.filter.from", "price", f.MinPrice))
	}
	if f.MaxPrice > 0 {
		active("harga_maks", c.T("publicpage.filter.to", "price", f.MaxPrice))
	}
	for _, p := range page.Prices {
		label := c.T("publicpage.price.above", "from", p.From)
		switch {
		case p.To > 0 && p.From <= 1:
			label = c.T("publicpage.price.below", "to", p.To+1)
		case p.To > 0:
			label = c.T("publicpage.price.between", "from", p.From, "to", p.To+1)
		}
		on := f.MinPrice == p.From && f.MaxPrice == p.To
		next := with(with(q, "harga_min", amount(p.From)), "harga_maks", amount(p.To))
		v.Prices = append(v.Prices, view.Link{Label: label, URL: address(next, "lanjut", ""), Count: int(p.N), Current: on})
	}
	v.ShopKinds = choose("jenis", string(f.ShopKind), page.ShopKinds, func(k catalog.Count) string {
		return word(c, "publicpage.kind.", k.Value, string(catalog.Individual), string(catalog.Group), string(catalog.Institution))
	})
	v.Certificates = choose("sertifikat", string(f.Certificate), page.Certificates, func(k catalog.Count) string {
		return word(c, "publicpage.certificate.", k.Value, string(catalog.PIRT), string(catalog.Halal), string(catalog.BPOM), string(catalog.SNI), string(catalog.BTKP))
	})
	orders := []catalog.Sort{catalog.Newest, catalog.Cheapest, catalog.Dearest}
	if page.Sort == catalog.Relevant || f.Query != "" {
		orders = append([]catalog.Sort{catalog.Relevant}, orders...)
	}
	for _, s := range orders {
		v.Sorts = append(v.Sorts, view.Option{Value: string(s), Label: c.T("publicpage.sort." + string(s)), Selected: s == page.Sort})
	}
	return v
}

// regions are the provinces, each with its regencies behind it.
func regions(page catalog.Page) (out []catalog.Count) {
	for _, p := range page.Provinces {
		out = append(out, p)
		for _, r := range page.Regencies {
			if strings.HasPrefix(r.Value, p.Value+".") {
				out = append(out, r)
			}
		}
	}
	return out
}

// word is the sentence for a value that has one; what somebody wrote into the
// address has none.
func word(c *web.Ctx, prefix, value string, known ...string) string {
	if slices.Contains(known, value) {
		return c.T(prefix + value)
	}
	return shortened(value, 40)
}

func amount(m money.Rupiah) string {
	if m <= 1 {
		return ""
	}
	return id(int64(m))
}
