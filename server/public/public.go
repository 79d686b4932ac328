// Package public is the shop window: home, lists, products, shops and the short
// pages that explain. Its pages are the same for everyone.
package public

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Catalog is what the shop window asks of package catalog.
type Catalog interface {
	Products(ctx context.Context, f catalog.Filter) (catalog.Page, error)
	ProductBySlug(ctx context.Context, slug string) (catalog.ProductView, error)
	ShopBySlug(ctx context.Context, slug string) (catalog.Shop, error)
	Shops(ctx context.Context, f catalog.ShopFilter) ([]catalog.Shop, error)
	PortraitOf(ctx context.Context, shopID int64) (catalog.Portrait, error)
}

// Consents knows what people allow to be shown at this moment.
type Consents interface {
	Consented(ctx context.Context, userID int64, kind account.ConsentKind) (bool, error)
}

// Pictures finds stored pictures.
type Pictures interface {
	Pictures(ctx context.Context, ids []int64) (map[int64]media.Picture, error)
}

// Parcels says how a shop delivers.
type Parcels interface {
	Offers(ctx context.Context, shopID int64) ([]delivery.Offer, error)
}

// Deps are the neighbours; main fills them.
type Deps struct {
	Catalog  Catalog
	Pictures Pictures
	Parcels  Parcels
	Consents Consents
	Contact  pages.Contact // of the operator, for help and complaints
}

type area struct{ Deps }

// filters are the parameters of product lists.
var filters = []string{"q", "kategori", "wilayah", "toko", "harga_min", "harga_maks", "urut", "lanjut"}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}

// Routes returns the public routes. Each page is kept for everybody.
func Routes(d Deps) []web.Route {
	a := area{d}
	get := func(path string, h web.Handler, query ...string) web.Route {
		return web.Route{Method: http.MethodGet, Path: path, Handler: h, Cache: &web.Cached{Query: query}}
	}
	return []web.Route{
		get("/", a.showHome),
		get("/produk", a.listProducts, filters...),
		get("/produk/:slug", a.showProduct),
		get("/kategori/:slug", a.showCategory, without(filters, "kategori")...),
		get("/toko/:slug", a.showShop, "lanjut"),
		get("/bantuan", func(c *web.Ctx) error {
			return c.Page(http.StatusOK, pages.HelpPage(pages.Help{Page: c.PublicView(text.T("public.help.title"), "", "/bantuan"), Contact: a.Contact}))
		}),
		get("/privasi", func(c *web.Ctx) error {
			return c.Page(http.StatusOK, pages.PrivacyPage(pages.Privacy{Page: c.PublicView(text.T("public.privacy.title"), "", "/privasi"), Contact: a.Contact}))
		}),
		get("/pengaduan", func(c *web.Ctx) error {
			return c.Page(http.StatusOK, pages.ComplaintPage(pages.Complaint{Page: c.PublicView(text.T("public.complaint.title"), "", "/pengaduan"), Contact: a.Contact}))
		}),
	}
}

const homeProducts, homeShops = 12, 6

func (a area) showHome(c *web.Ctx) error {
	page, err := a.Catalog.Products(c.Context(), catalog.Filter{Limit: 48})
	if err != nil {
		return err
	}
	shops, err := a.Catalog.Shops(c.Context(), catalog.ShopFilter{Limit: 200})
	if err != nil {
		return err
	}
	pictures, err := a.pictures(c.Context(), page.Products)
	if err != nil {
		return err
	}
	home := pages.Home{
		Page:     c.PublicView(text.T("publicpage.home.title"), text.T("publicpage.home.description"), "/"),
		Products: int(page.Total), Makers: len(shops),
	}
	home.New = cards(page.Products[:min(len(page.Products), homeProducts)], pictures)
	for _, k := range page.Categories {
		kind := pages.Kind{Name: k.Name, URL: "/kategori/" + k.Value, Count: text.T("publicpage.products", "n", k.N)}
		for _, p := range page.Products {
			if p.CategorySlug == k.Value {
				kind.Picture = web.Picture(pictures[p.PictureID], "")
				break
			}
		}
		home.Kinds = append(home.Kinds, kind)
	}
	for _, s := range shops[:min(len(shops), homeShops)] {
		card := view.ShopCard{Name: s.Name, URL: "/toko/" + s.Slug, Place: region.Place(s.RegencyCode), Kind: kindName(s.Kind), About: firstLine(s.About)}
		n := 0
		for _, p := range page.Products {
			if p.ShopID == s.ID {
				n++
				if len(card.Products) < 3 {
					card.Products = append(card.Products, web.Picture(pictures[p.PictureID], p.Title))
				}
			}
		}
		if n > 0 {
			card.Count = text.T("publicpage.products", "n", n)
			home.Shops = append(home.Shops, card)
		}
	}
	return c.Page(http.StatusOK, pages.HomePage(home))
}

func kindName(k catalog.ShopKind) string { return text.T("publicpage.kind." + string(k)) }

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	if sentence, _, found := strings.Cut(line, ". "); found {
		return sentence + "."
	}
	return line
}

func (a area) pictures(ctx context.Context, products []catalog.Sellable) (map[int64]media.Picture, error) {
	ids := make([]int64, 0, len(products))
	for _, p := range products {
		ids = append(ids, p.PictureID)
	}
	return a.Pictures.Pictures(ctx, ids)
}

func cards(products []catalog.Sellable, pictures map[int64]media.Picture) []view.ProductCard {
	out := make([]view.ProductCard, 0, len(products))
	for _, p := range products {
		words, tone := availability(p)
		out = append(out, view.ProductCard{
			Title: p.Title, URL: "/produk/" + p.Slug, Price: p.Price, Unit: p.Unit, Picture: web.Picture(pictures[p.PictureID], p.Title),
			Shop: p.ShopName, Place: region.Place(p.RegencyCode), Availability: words, Tone: tone,
		})
	}
	return out
}

// availability says how much can be promised, in the words of design §1.
func availability(p catalog.Sellable) (string, view.Tone) {
	switch {
	case p.State == catalog.ProductPaused:
		return text.T("publicpage.paused"), view.Wait
	case p.Mode == catalog.ModeStock && p.Available > 0:
		return text.T("publicpage.stock", "n", money.Group(uint64(p.Available))), view.Good
	case p.Mode == catalog.ModeCapacity && p.Available > 0:
		return text.T("publicpage.capacity", "n", money.Group(uint64(p.Available))), view.Good
	case p.NextAvailable > 0:
		return text.T("publicpage.next_month", "n", money.Group(uint64(p.NextAvailable))), view.Wait
	}
	return text.T("publicpage.sold_out"), view.Bad
}

func (a area) showProduct(c *web.Ctx) error {
	p, err := a.Catalog.ProductBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	more, err := a.Catalog.Products(c.Context(), catalog.Filter{Shop: p.ShopSlug, Limit: 7, Only: true})
	if err != nil {
		return err
	}
	others := make([]catalog.Sellable, 0, 6)
	for _, o := range more.Products {
		if o.ProductID != p.ProductID && len(others) < 6 {
			others = append(others, o)
		}
	}
	pictures, err := a.Pictures.Pictures(c.Context(), append(append([]int64{}, p.Pictures...), ids(others)...))
	if err != nil {
		return err
	}
	promises, err := a.promises(c.Context(), p.ShopID)
	if err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.ProductShowPage(a.productView(c, p, others, pictures, promises)))
}

func ids(products []catalog.Sellable) []int64 {
	out := make([]int64, 0, len(products))
	for _, p := range products {
		out = append(out, p.PictureID)
	}
	return out
}

func (a area) productView(c *web.Ctx, p catalog.ProductView, others []catalog.Sellable, pictures map[int64]media.Picture, promises []pages.Promise) pages.ProductShow {
	words, tone := availability(p.Sellable)
	v := pages.ProductShow{
		Page:      c.PublicView(p.Title+" · "+p.ShopName, firstLine(p.Description), "/produk/"+p.Slug),
		Trail:     []view.Link{{Label: text.T("publicpage.all"), URL: "/produk"}, {Label: p.CategoryName, URL: "/kategori/" + p.CategorySlug}, {Label: p.Title, Current: true}},
		ProductID: id(p.ProductID), Title: p.Title, Price: p.Price, Unit: p.Unit, Availability: words, Tone: tone,
		Orderable: p.Orderable(), Quantity: "1", Most: p.MostTakeable(),
		Shop: pages.ShopBox{
			Name: p.ShopName, URL: "/toko/" + p.ShopSlug, Place: p.Shop.Place(), Kind: kindName(p.Shop.Kind), About: firstLine(p.Shop.About),
		},
		Delivery: promises, More: cards(others, pictures),
	}
	for i, pictureID := range p.Pictures {
		picture := web.Picture(pictures[pictureID], p.Title)
		if i == 0 && picture.Key != "" {
			v.Page.Image = c.Absolute("/gambar/" + picture.Key + "/1280.jpg")
		}
		v.Gallery = append(v.Gallery, picture)
	}
	if day, ok := p.ReadyFor(1); ok {
		v.ReadyBy = text.T("publicpage.ready_by", "date", calendar.Date(day))
	}
	if !v.Orderable {
		v.WhyNot = words
	}
	for _, line := range strings.Split(p.Description, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			v.Description = append(v.Description, line)
		}
	}
	if p.Unit != "" {
		v.Facts = append(v.Facts, view.Fact{Label: text.T("publicpage.fact.unit"), Value: p.Unit})
	}
	if p.GivenWeight > 0 {
		v.Facts = append(v.Facts, view.Fact{Label: text.T("publicpage.fact.weight"), Value: text.T("publicpage.grams", "n", money.Group(uint64(p.GivenWeight)))})
	}
	v.Facts = append(v.Facts, view.Fact{Label: text.T("publicpage.fact.lead"), Value: text.T("publicpage.working_days", "n", p.LeadDays)},
		view.Fact{Label: text.T("publicpage.fact.from"), Value: p.Shop.Place()})
	return v
}

// promises are the ways a shop delivers, as its pages say them.
func (a area) promises(ctx context.Context, shopID int64) ([]pages.Promise, error) {
	offers, err := a.Parcels.Offers(ctx, shopID)
	if err != nil {
		return nil, err
	}
	icons := map[delivery.Method]string{delivery.Pickup: "pin", delivery.Own: "shop", delivery.Courier: "truck"}
	var out []pages.Promise
	for _, o := range offers {
		p := pages.Promise{Icon: icons[o.Method], Text: text.T(o.Method.LabelKey())}
		switch {
		case o.Method == delivery.Own && o.Fee > 0:
			p.Note = text.T("publicpage.own_fee", "fee", o.Fee)
		case o.Method == delivery.Courier:
			p.Note = text.T("publicpage.courier")
		}
		out = append(out, p)
	}
	return out, nil
}

func (a area) showShop(c *web.Ctx) error {
	shop, err := a.Catalog.ShopBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	page, err := a.Catalog.Products(c.Context(), catalog.Filter{Shop: shop.Slug, Cursor: c.Query("lanjut")})
	if err != nil {
		return err
	}
	pictures, err := a.pictures(c.Context(), page.Products)
	if err != nil {
		return err
	}
	promises, err := a.promises(c.Context(), shop.ID)
	if err != nil {
		return err
	}
	v := pages.ShopShow{
		Page: c.PublicView(shop.Name, firstLine(shop.About), "/toko/"+shop.Slug), Name: shop.Name, Kind: kindName(shop.Kind), Place: shop.Place(),
		Count: text.T("publicpage.products", "n", page.Total), Delivery: promises, Cards: cards(page.Products, pictures),
	}
	for _, line := range strings.Split(shop.About, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			v.About = append(v.About, line)
		}
	}
	if v.Maker, err = a.makerWords(c.Context(), shop); err != nil {
		return err
	}
	if shop.State != catalog.ShopOpen {
		v.Closed = &view.Notice{Tone: view.Warn, Text: text.T("publicpage.shop_closed")}
	}
	if page.Next != "" {
		v.Pager.Next = "/toko/" + shop.Slug + "?lanjut=" + page.Next
	}
	return c.Page(http.StatusOK, pages.ShopShowPage(v))
}

// makerWords are the face and story of the maker, as far as the person allows
// them at this moment; nil when there is nothing to show. A consent that ends
// forgets the page that was drawn under it (account.Hooks.ConsentEnded).
func (a area) makerWords(ctx context.Context, shop catalog.Shop) (*pages.MakerWords, error) {
	p, err := a.Catalog.PortraitOf(ctx, shop.ID)
	if err != nil || p.UserID == 0 {
		return nil, err
	}
	var w pages.MakerWords
	if p.Story != "" {
		allowed, err := a.Consents.Consented(ctx, p.UserID, account.ConsentStory)
		if err != nil {
			return nil, err
		}
		if allowed {
			w.Story = lines(p.Story)
		}
	}
	if p.PictureID > 0 {
		allowed, err := a.Consents.Consented(ctx, p.UserID, account.ConsentPhoto)
		if err != nil {
			return nil, err
		}
		if allowed {
			found, err := a.Pictures.Pictures(ctx, []int64{p.PictureID})
			if err != nil {
				return nil, err
			}
			w.Picture = web.Picture(found[p.PictureID], text.T("publicpage.maker_photo", "shop", shop.Name))
		}
	}
	if len(w.Story) == 0 && w.Picture.Key == "" {
		return nil, nil
	}
	return &w, nil
}

// lines are the lines of a text that hold something.
func lines(s string) (out []string) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}
