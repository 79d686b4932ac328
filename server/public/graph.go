package public

import (
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// What search engines read about a page, in the words of schema.org. It says
// nothing that the page does not show; of a maker only the shop.

type graphThing struct {
	Type string `json:"@type"`
	ID   string `json:"@id,omitempty"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

type graphOrganization struct {
	graphThing
	Logo    string             `json:"logo,omitempty"`
	Contact *graphContactPoint `json:"contactPoint,omitempty"`
}

type graphContactPoint struct {
	Type      string `json:"@type"`
	Kind      string `json:"contactType"`
	Telephone string `json:"telephone,omitempty"`
	Email     string `json:"email,omitempty"`
}

type graphWebSite struct {
	graphThing
	Language string            `json:"inLanguage"`
	Action   graphSearchAction `json:"potentialAction"`
}

type graphSearchAction struct {
	Type   string `json:"@type"`
	Target struct {
		Type     string `json:"@type"`
		Template string `json:"urlTemplate"`
	} `json:"target"`
	Input string `json:"query-input"`
}

type graphBreadcrumbs struct {
	Type  string       `json:"@type"`
	Items []graphCrumb `json:"itemListElement"`
}

type graphCrumb struct {
	Type     string `json:"@type"`
	Position int    `json:"position"`
	Name     string `json:"name"`
	Item     string `json:"item,omitempty"` // the last one is the page itself
}

type graphProduct struct {
	graphThing
	Description string          `json:"description,omitempty"`
	Images      []string        `json:"image,omitempty"`
	SKU         string          `json:"sku,omitempty"`
	Category    string          `json:"category,omitempty"`
	Brand       *graphThing     `json:"brand,omitempty"`
	Weight      *graphMeasure   `json:"weight,omitempty"`
	Offers      *graphOffer     `json:"offers,omitempty"`
	Rating      *graphRating    `json:"aggregateRating,omitempty"` // only when somebody has said something
	GroupID     string          `json:"productGroupID,omitempty"`
	Variants    []*graphProduct `json:"hasVariant,omitempty"`
}

type graphOffer struct {
	Type         string           `json:"@type"`
	URL          string           `json:"url"`
	Price        string           `json:"price"`
	Currency     string           `json:"priceCurrency"`
	Availability string           `json:"availability"`
	Starts       string           `json:"availabilityStarts,omitempty"`
	Condition    string           `json:"itemCondition"`
	Seller       *graphThing      `json:"seller"`
	Eligible     *graphMeasure    `json:"eligibleQuantity,omitempty"`
	Prices       []graphUnitPrice `json:"priceSpecification,omitempty"`
}

type graphRating struct {
	Type  string `json:"@type"`
	Value string `json:"ratingValue"`
	Count int64  `json:"reviewCount"`
	Best  int    `json:"bestRating"`
}

// graphUnitPrice is the price of one unit, from a quantity on.
type graphUnitPrice struct {
	Type      string        `json:"@type"`
	Price     string        `json:"price"`
	Currency  string        `json:"priceCurrency"`
	Reference *graphMeasure `json:"referenceQuantity,omitempty"`
	Eligible  *graphMeasure `json:"eligibleQuantity,omitempty"`
}

type graphMeasure struct {
	Type string `json:"@type"`
	N    int64  `json:"value,omitempty"`
	Min  int64  `json:"minValue,omitempty"`
	Unit string `json:"unitCode,omitempty"` // of UN/CEFACT
}

func quantity(n int64, unit string) *graphMeasure {
	return &graphMeasure{Type: "QuantitativeValue", N: n, Unit: unit}
}

func atLeast(n int64) *graphMeasure { return &graphMeasure{Type: "QuantitativeValue", Min: n} }

// here is the full address of a page, in the language of this one.
func here(c *web.Ctx, path string) string { return c.Absolute(text.URL(c.Context(), path)) }

// siteGraph introduces the site and who runs it, on the first page.
func siteGraph(c *web.Ctx, by pages.Contact, logo string) []any {
	site := graphWebSite{graphThing: graphThing{Type: "WebSite", Name: c.T("ui.brand.name"), URL: here(c, "/")}, Language: string(c.Lang())}
	site.Action.Type, site.Action.Input = "SearchAction", "required name=search_term_string"
	site.Action.Target.Type, site.Action.Target.Template = "EntryPoint", here(c, "/produk")+"?q={search_term_string}"
	operator := graphOrganization{graphThing: graphThing{Type: "Organization", Name: by.Organisation, URL: here(c, "/")}, Logo: logo}
	if by.Phone != "" || by.Email != "" {
		operator.Contact = &graphContactPoint{Type: "ContactPoint", Kind: "customer service", Telephone: by.Phone, Email: by.Email}
	}
	return []any{site, operator}
}

// trailGraph is the way from the first page to this one.
func trailGraph(c *web.Ctx, links []view.Link) graphBreadcrumbs {
	b := graphBreadcrumbs{Type: "BreadcrumbList", Items: []graphCrumb{{Type: "ListItem", Position: 1, Name: c.T("ui.brand.name"), Item: here(c, "/")}}}
	for _, l := range links {
		one := graphCrumb{Type: "ListItem", Position: len(b.Items) + 1, Name: l.Label}
		if l.URL != "" {
			one.Item = here(c, l.URL)
		}
		b.Items = append(b.Items, one)
	}
	return b
}

// productGraph is a product with what can be bought of it. nil when no price is
// named: search engines want none of those.
func productGraph(c *web.Ctx, p catalog.ProductView, pictures map[int64]media.Picture) *graphProduct {
	if p.Price <= 0 {
		return nil
	}
	address := here(c, "/produk/"+p.Slug)
	out := &graphProduct{
		graphThing: graphThing{Type: "Product", ID: address + "#produk", Name: p.Title, URL: address}, Description: p.Description,
		Category: categoryName(c, p.CategorySlug, p.CategoryName), Brand: &graphThing{Type: "Brand", Name: p.ShopName},
	}
	for _, id := range p.Pictures {
		out.Images = append(out.Images, pictureURLs(c, pictures[id])...)
	}
	if r := p.Rating; r.Count > 0 {
		out.Rating = &graphRating{Type: "AggregateRating", Value: r.Average("."), Count: r.Count, Best: 5}
	}
	if len(p.Variants) == 0 {
		out.SKU, out.Offers = id(p.ProductID), offerOf(c, p.Sellable, address)
		if p.GivenWeight > 0 {
			out.Weight = quantity(p.GivenWeight, "GRM")
		}
		return out
	}
	out.Type, out.GroupID = "ProductGroup", id(p.ProductID)
	for _, v := range p.Variants {
		one, _ := p.Choose(v.ID)
		images := pictureURLs(c, pictures[one.PictureID])
		if len(images) == 0 {
			images = out.Images
		}
		out.Variants = append(out.Variants, &graphProduct{
			graphThing: graphThing{Type: "Product", Name: one.FullTitle(), URL: address}, Images: images, Description: p.Description,
			SKU: id(p.ProductID) + "-" + id(v.ID), Brand: out.Brand, Weight: quantity(one.WeightGrams, "GRM"), Offers: offerOf(c, one, address),
		})
	}
	return out
}

func pictureURLs(c *web.Ctx, p media.Picture) []string {
	if p.State != media.StateReady {
		return nil
	}
	return []string{c.Absolute("/gambar/" + p.Key + "/1280.jpg")}
}

// units are codes of UN/CEFACT for what is sold by measure.
var units = map[catalog.UnitKind]string{catalog.UnitKilo: "KGM", catalog.UnitMetre: "MTR", catalog.UnitSquare: "MTK"}

func offerOf(c *web.Ctx, s catalog.Sellable, address string) *graphOffer {
	const currency = "IDR"
	o := &graphOffer{
		Type: "Offer", URL: address, Price: rupiah(s.Price), Currency: currency, Condition: "https://schema.org/NewCondition",
		Seller: &graphThing{Type: "Organization", Name: s.ShopName, URL: here(c, "/toko/"+s.ShopSlug)},
	}
	least := max(s.MinQuantity, 1)
	if least > 1 {
		o.Eligible = atLeast(least)
	}
	ready, can := s.ReadyFor(least)
	switch {
	case !can:
		o.Availability = "https://schema.org/OutOfStock"
	case s.Mode == catalog.ModePreorder:
		o.Availability, o.Starts = "https://schema.org/PreOrder", ready.Format(time.DateOnly)
	case s.Available < least:
		o.Availability, o.Starts = "https://schema.org/BackOrder", ready.Format(time.DateOnly)
	default:
		o.Availability = "https://schema.org/InStock"
	}
	if unit := units[s.UnitKind]; unit != "" {
		o.Prices = append(o.Prices, graphUnitPrice{Type: "UnitPriceSpecification", Price: o.Price, Currency: currency, Reference: quantity(1, unit)})
	}
	for _, t := range s.Tiers {
		o.Prices = append(o.Prices, graphUnitPrice{
			Type: "UnitPriceSpecification", Price: rupiah(s.UnitPrice(s.VariantID, t.MinQuantity)), Currency: currency, Eligible: atLeast(t.MinQuantity),
		})
	}
	return o
}

func rupiah(m money.Rupiah) string { return strconv.FormatInt(int64(m), 10) }

// shared is what a link to a product tells in a chat or on a timeline.
func shared(s catalog.Sellable) *view.SharedProduct {
	if s.Price <= 0 {
		return nil
	}
	out := &view.SharedProduct{Amount: rupiah(s.Price), Currency: "IDR", Availability: "oos"}
	switch {
	case s.Orderable() && s.Mode == catalog.ModePreorder:
		out.Availability = "pending"
	case s.Orderable():
		out.Availability = "instock"
	}
	return out
}
