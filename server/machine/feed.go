package machine

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
)

// The catalogue for shopping sites: RSS 2.0 with Google's fields. Meta reads the
// same fields and differs in how it spells availability: ?untuk=meta.
//
// Rules: support.google.com/merchants/answer/7052112 and
// developers.facebook.com/docs/commerce-platform/catalog/fields; the test holds
// them as a table.

// Bounds of both readers' fields, in characters; the smaller one counts.
const (
	mostTitle       = 150
	mostDescription = 5000
	mostBrand       = 70
	mostPictures    = 10
)

// googleCategories are Google's words for categories that have only one meaning;
// Google finds the others by itself. See
// google.com/basepages/producttype/taxonomy.en-US.txt
var googleCategories = map[string]string{
	"kue-kering":   "Food, Beverages & Tobacco > Food Items > Bakery > Cookies",
	"camilan":      "Food, Beverages & Tobacco > Food Items > Snack Foods",
	"minuman":      "Food, Beverages & Tobacco > Beverages",
	"rumah-tangga": "Home & Garden",
}

// spellings are Meta's words for how soon something can be had.
var spellings = map[string]string{
	"in_stock": "in stock", "out_of_stock": "out of stock", "preorder": "preorder", "backorder": "available for order",
}

// feed writes everything that can be put into a cart and sent, sold out or not.
// Reading all of it is much work: one reader is served at a time.
type feed struct {
	Deps
	turn chan struct{}
}

func (f feed) show(c *web.Ctx) error {
	select {
	case f.turn <- struct{}{}:
		defer func() { <-f.turn }()
	case <-c.Context().Done():
		return c.Context().Err()
	}
	first, err := f.Catalog.Listing(c.Context(), 0, 0, batch)
	if err != nil {
		return err
	}
	return c.Stream(sitemapType, func(w io.Writer) error {
		out := items{document{bufio.NewWriter(w)}, c, c.Query("untuk") == "meta"}
		out.raw(xmlHead + `<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>` + "\n")
		out.element("title", text.T("ui.brand.name")).element("link", c.Absolute("/")).element("description", text.T("publicpage.home.description")).raw("\n")
		for products := first; len(products) > 0; {
			if err := f.write(out, products); err != nil {
				return err
			}
			if products, err = f.Catalog.Listing(c.Context(), products[len(products)-1].ProductID, 0, batch); err != nil {
				return err
			}
		}
		out.raw("</channel></rss>\n")
		return out.Flush()
	})
}

func (f feed) write(out items, products []catalog.Listed) error {
	ids := make([]int64, len(products))
	for i, p := range products {
		ids[i] = p.ProductID
	}
	sellables, err := f.Catalog.Sellables(out.c.Context(), ids)
	if err != nil {
		return err
	}
	pictures, err := f.pictures(out.c, products)
	if err != nil {
		return err
	}
	for _, p := range products {
		s := sellables[p.ProductID]
		if s.State != catalog.ProductPublished || s.Mode == catalog.ModeQuote || s.Service || s.PickupOnly || s.Price <= 0 {
			continue // nothing that a stranger can order and have sent
		}
		if len(s.Variants) == 0 {
			out.item(p, s, pictures)
		}
		for _, v := range s.Variants {
			if one, ok := s.Choose(v.ID); ok {
				out.item(p, one, pictures)
			}
		}
	}
	return nil
}

// items writes the goods of a feed.
type items struct {
	document
	c    *web.Ctx
	meta bool
}

func (o items) item(p catalog.Listed, s catalog.Sellable, pictures map[int64]media.Picture) {
	shown := shownFirst(o.c, s.PictureID, p.Pictures, pictures)
	if len(shown) == 0 {
		return // a picture is required; its renditions will be ready in a moment
	}
	name, pieces := fmt.Sprintf("p%d", p.ProductID), max(s.MinQuantity, 1)
	id := name
	if s.VariantID > 0 {
		id = fmt.Sprintf("%s-%d", name, s.VariantID)
	}
	field := func(name, value string) { o.raw("<g:" + name + ">").text(value).raw("</g:" + name + ">") }

	o.raw("<item>")
	field("id", id)
	field("title", clip(s.FullTitle(), mostTitle))
	description := clip(strings.TrimSpace(p.Description), mostDescription)
	if description == "" {
		description = clip(s.FullTitle(), mostTitle)
	}
	field("description", description)
	field("link", o.c.Absolute("/produk/"+p.Slug))
	field("image_link", shown[0])
	for _, address := range shown[1:min(len(shown), mostPictures+1)] {
		field("additional_image_link", address)
	}
	availability, from := howSoon(s)
	if o.meta {
		availability = spellings[availability]
	}
	field("availability", availability)
	if !from.IsZero() {
		field("availability_date", from.Format("2006-01-02T15:04-0700"))
	}
	// The smallest order is what can be bought, so it is what the price is of.
	field("price", fmt.Sprintf("%d.00 IDR", int64(s.UnitPrice(s.VariantID, pieces))*pieces))
	if pieces > 1 {
		field("multipack", fmt.Sprint(pieces))
	}
	if measure := measures[s.UnitKind]; measure != "" {
		field("unit_pricing_measure", fmt.Sprintf("%d %s", pieces, measure))
		field("unit_pricing_base_measure", "1 "+measure)
	}
	field("condition", "new")
	field("brand", clip(s.ShopName, mostBrand))
	field("identifier_exists", "no") // handmade: nobody gives it a number
	if category := googleCategories[s.CategorySlug]; category != "" {
		field("google_product_category", category)
	}
	field("product_type", s.CategoryName)
	field("shipping_weight", fmt.Sprintf("%d g", s.WeightGrams*pieces))
	if s.VariantID > 0 {
		field("item_group_id", name)
	}
	o.raw("</item>\n")
}

// measures are the units in which Google compares prices.
var measures = map[catalog.UnitKind]string{catalog.UnitKilo: "kg", catalog.UnitMetre: "m", catalog.UnitSquare: "sqm"}

// howSoon says how soon the smallest order can be had, and from when if not now.
func howSoon(s catalog.Sellable) (availability string, from time.Time) {
	ready, can := s.ReadyFor(max(s.MinQuantity, 1))
	switch {
	case !can:
		return "out_of_stock", time.Time{}
	case s.Mode == catalog.ModePreorder:
		return "preorder", ready
	case s.Available < max(s.MinQuantity, 1): // next month's capacity
		return "backorder", ready
	}
	return "in_stock", time.Time{}
}

// shownFirst are the addresses of a product's pictures, one of them in front.
func shownFirst(c *web.Ctx, first int64, ids []int64, pictures map[int64]media.Picture) (all []string) {
	for _, id := range append([]int64{first}, ids...) {
		if address := pictureURL(c, pictures[id]); address != "" && (id != first || len(all) == 0) {
			all = append(all, address)
		}
	}
	return all
}

// clip cuts s to at most n characters, at a space where there is one.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	short := string(r[:n-1])
	if at := strings.LastIndexByte(short, ' '); at > len(short)/2 {
		short = short[:at]
	}
	return short + "…"
}
