// Package public is the shop window: home, lists, products, shops and the short
// pages that explain. Its pages are the same for everyone.
package public

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Catalog is what the shop window asks of package catalog.
type Catalog interface {
	Products(ctx context.Context, f catalog.Filter) (catalog.Page, error)
	Suggest(ctx context.Context, typed string) (catalog.Suggestions, error)
	ProductBySlug(ctx context.Context, slug string) (catalog.ProductView, error)
	ValidCertificates(ctx context.Context, p catalog.Sellable) ([]catalog.Certificate, error)
	ShopBySlug(ctx context.Context, slug string) (catalog.Shop, error)
	SharePicture(ctx context.Context, p catalog.Sellable) (int64, error)
	Shops(ctx context.Context, f catalog.ShopFilter) ([]catalog.Shop, error)
	ShopReopens(ctx context.Context, shop catalog.Shop) (time.Time, error)
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
	PickupHours(ctx context.Context, shopID int64) (delivery.Week, error)
}

// Complaints takes what anybody complains about.
type Complaints interface {
	Complain(ctx context.Context, in program.NewComplaint) (program.Complaint, error)
	ComplaintReceipt(ctx context.Context, number string) (program.Complaint, error)
}

// Deps are the neighbours; main fills them.
type Deps struct {
	Catalog     Catalog
	Collections Collections
	Reviews     Reviews
	Limits      Limits
	Pictures    Pictures
	Photos      Photos
	Parcels     Parcels
	Consents    Consents
	// Complaints takes what anybody complains about.
	Complaints Complaints
	// Number is the phone, in E.164, of somebody who runs a shop; "" otherwise.
	Number  func(ctx context.Context, shopID, userID int64) (string, error)
	Contact func(ctx context.Context) pages.Contact // of the operator, for help and complaints
}

type area struct {
	Deps
	printer *printer
}

// filters are the parameters of product lists.
var filters = []string{"q", "kategori", "wilayah", "toko", "harga_min", "harga_maks", "tersedia", "jenis", "sertifikat", "urut", "lanjut"}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}

// Routes returns the public routes. Each page is kept for everybody.
func Routes(d Deps) []web.Route {
	a := area{d, newPrinter()}
	get := func(path string, h web.Handler, query ...string) web.Route {
		return web.Route{Method: http.MethodGet, Path: path, Handler: h, Cache: &web.Cached{Query: query}}
	}
	return append(a.wayRoutes(), []web.Route{
		get("/", a.showHome),
		get("/produk", a.listProducts, filters...),
		get("/produk/:slug", a.showProduct),
		get("/kategori/:slug", a.showCategory, without(filters, "kategori")...),
		get("/wilayah/:slug", a.showRegion, without(filters, "wilayah")...),
		get("/saran", a.suggest, "q"),
		get("/toko/:slug", a.showShop, "lanjut"),
		get("/produk/:slug/qr.svg", a.productQR),
		get("/toko/:slug/qr.svg", a.shopQR),
		{Method: http.MethodGet, Path: "/produk/:slug/poster.pdf", Handler: a.productPoster},
		{Method: http.MethodGet, Path: "/produk/:slug/kartu-harga.pdf", Handler: a.productCard},
		{Method: http.MethodGet, Path: "/toko/:slug/poster.pdf", Handler: a.shopPoster},
		get("/produk/:slug/ulasan", a.listReviews, "lanjut"),
		{Method: http.MethodGet, Path: "/ulasan/lapor", Handler: a.showReport},
		{Method: http.MethodPost, Path: "/ulasan/lapor", Handler: a.submitReport},
		get("/koleksi", a.listCollections),
		get("/koleksi/:slug", a.showCollection),
		get("/bantuan", a.document("help", "/bantuan")),
		get("/syarat", a.document("terms", "/syarat")),
		get("/privasi", a.document("privacy", "/privasi")),
		get("/pengaduan", a.showComplaint, "pesanan"),
		{Method: http.MethodPost, Path: "/pengaduan", Handler: a.complain},
		{Method: http.MethodGet, Path: "/pengaduan/:token", Handler: a.showReceipt},
	}...)
}

const homeProducts, homeShops = 12, 6

func (a area) showHome(c *web.Ctx) error {
	chosen, err := a.Collections.Collections(c.Context(), true)
	if err != nil {
		return err
	}
	return a.home(c, chosen, nil)
}

// home is the first page with these collections; notice stands on a preview, which
// no search engine keeps.
func (a area) home(c *web.Ctx, chosen []catalog.Collection, notice *view.Notice) error {
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
		Page:     c.PublicView(c.T("publicpage.home.title"), c.T("publicpage.home.description"), "/"),
		Products: int(page.Total), Makers: len(shops), Notice: notice,
	}
	home.Page.NoIndex = notice != nil
	home.Page.Graph = siteGraph(c, a.Contact(c.Context()), c.Absolute(ui.Asset("img/mark.svg")))
	if home.Collections, err = a.homeParts(c, chosen); err != nil {
		return err
	}
	home.New = cards(c, page.Products[:min(len(page.Products), homeProducts)], pictures)
	for _, k := range page.Categories {
		kind := pages.Kind{Name: categoryName(c, k.Value, k.Name), URL: "/kategori/" + k.Value, Count: c.T("publicpage.products", "n", k.N)}
		for _, p := range page.Products {
			if p.CategorySlug == k.Value {
				kind.Picture = web.Picture(pictures[p.PictureID], "")
				break
			}
		}
		home.Kinds = append(home.Kinds, kind)
	}
	for _, s := range shops[:min(len(shops), homeShops)] {
		card := view.ShopCard{Name: s.Name, URL: "/toko/" + s.Slug, Place: region.Place(s.RegencyCode), Kind: kindName(c, s.Kind), About: firstLine(s.About)}
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
			card.Count = c.T("publicpage.products", "n", n)
			home.Shops = append(home.Shops, card)
		}
	}
	return c.Page(http.StatusOK, pages.HomePage(home))
}

// categoryName is a category in the language of the page; name is how the catalog
// has it. One without a sentence keeps that.
func categoryName(c *web.Ctx, slug, name string) string {
	if key := "publicpage.category." + strings.ReplaceAll(slug, "-", "_"); text.Has(key) {
		return c.T(key)
	}
	return name
}

func kindName(c *web.Ctx, k catalog.ShopKind) string { return c.T("publicpage.kind." + string(k)) }

// shopKind is the kind of a shop, with the members of a group that told how many.
func shopKind(c *web.Ctx, s catalog.Shop) string {
	if s.Kind == catalog.Group && s.Members > 0 {
		return c.T("publiclabel.members", "kind", kindName(c, s.Kind), "n", s.Members)
	}
	return kindName(c, s.Kind)
}

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

func cards(c *web.Ctx, products []catalog.Sellable, pictures map[int64]media.Picture) []view.ProductCard {
	out := make([]view.ProductCard, 0, len(products))
	for _, p := range products {
		words, tone := availability(c, p)
		out = append(out, view.ProductCard{
			Title: p.Title, URL: "/produk/" + p.Slug, Price: p.Price, From: from(p), Unit: p.Unit, Picture: web.Picture(pictures[p.PictureID], p.Title),
			Shop: p.ShopName, Place: town(p.RegencyCode), Availability: words, Tone: tone, Marks: marks(c, p.Marks), Rating: rating(c, p.Rating),
		})
	}
	return out
}

// town is a regency with its type and without its province, as cards have room for.
func town(code string) string {
	r, _ := region.RegencyByCode(code)
	return r.Name
}

func (a area) showProduct(c *web.Ctx) error {
	p, err := a.Catalog.ProductBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return a.missing(c, err, c.Param("slug"))
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
	shared, err := a.Catalog.SharePicture(c.Context(), p.Sellable)
	if err != nil {
		return err
	}
	pictures, err := a.Pictures.Pictures(c.Context(), slices.Concat(p.Pictures, ids(others), []int64{shared}))
	if err != nil {
		return err
	}
	promises, err := a.promises(c, p.ShopID)
	if err != nil {
		return err
	}
	v := a.productView(c, p, others, pictures, promises)
	v.Share = productShare(c, p.Sellable)
	if card := pictures[shared]; card.State == media.StateReady { // until it is made, the plain photo
		v.Page.Image, v.Page.ImageWidth, v.Page.ImageHeight = c.Absolute(card.Path(1280, "jpg")), card.Width, card.Height
	}
	if v.Reviews, err = a.productReviews(c, p.Sellable); err != nil {
		return err
	}
	certificates, err := a.Catalog.ValidCertificates(c.Context(), p.Sellable)
	if err != nil {
		return err
	}
	v.Label = label(c, p, certificates)
	if v.Seller, err = a.seller(c, p); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.ProductShowPage(v))
}

func ids(products []catalog.Sellable) []int64 {
	out := make([]int64, 0, len(products))
	for _, p := range products {
		out = append(out, p.PictureID)
	}
	return out
}

func (a area) productView(c *web.Ctx, p catalog.ProductView, others []catalog.Sellable, pictures map[int64]media.Picture, promises []pages.Promise) pages.ProductShow {
	words, tone := availability(c, p.Sellable)
	v := pages.ProductShow{
		Page:      c.PublicView(p.Title+" · "+p.ShopName, firstLine(p.Description), "/produk/"+p.Slug),
		Trail:     []view.Link{{Label: c.T("publicpage.all"), URL: "/produk"}, {Label: categoryName(c, p.CategorySlug, p.CategoryName), URL: "/kategori/" + p.CategorySlug}, {Label: p.Title, Current: true}},
		ProductID: id(p.ProductID), Title: p.Title, Price: p.Price, Unit: p.Unit, Availability: words, Tone: tone,
		From: from(p.Sellable), Orderable: p.Orderable(), Quantity: strconv.FormatInt(max(p.MinQuantity, 1), 10), Most: p.MostTakeable(),
		Variants: variantChoices(c, p.Sellable, pictures), Prices: priceTable(c, p.Sellable), Minimum: minimum(c, p.Sellable),
		Shop: pages.ShopBox{
			Name: p.ShopName, URL: "/toko/" + p.ShopSlug, Place: p.Shop.Place(), Kind: kindName(c, p.Shop.Kind), About: firstLine(p.Shop.About),
		},
		Delivery: promises, More: cards(c, others, pictures), Room: roomOf(c, p),
		Ask: pages.Ask{URL: "/minta-harga?produk=" + p.Slug, Only: p.Mode == catalog.ModeQuote},
	}
	for i, pictureID := range p.Pictures {
		alt := p.Title
		if i > 0 {
			alt = c.T("window.photo", "name", p.Title, "n", i+1)
		}
		picture := web.Picture(pictures[pictureID], alt)
		if i == 0 && picture.Key != "" {
			v.Page.Image = c.Absolute("/gambar/" + picture.Key + "/1280.jpg")
		}
		v.Gallery = append(v.Gallery, picture)
	}
	if len(p.Variants) == 0 { // else the rest may be another variant
		v.Least = p.MinQuantity
	} else {
		v.Quantity = "1"
	}
	v.Page.Product = shared(p.Sellable)
	v.Page.Graph = []any{trailGraph(c, v.Trail)}
	if g := productGraph(c, p, pictures); g != nil {
		v.Page.Graph = append(v.Page.Graph, g)
	}
	if day, ok := p.ReadyFor(1); ok {
		v.ReadyBy = c.T("publicpage.ready_by", "date", c.Date(day))
	}
	if !v.Orderable {
		v.WhyNot = cmp.Or(closed(c, p.Sellable), &view.Notice{Tone: view.Wait, Title: c.T("public.product.not_now"), Text: cmp.Or(tooFew(c, p.Sellable), words)})
	}
	for _, line := range strings.Split(p.Description, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			v.Description = append(v.Description, line)
		}
	}
	if p.Unit != "" {
		v.Facts = append(v.Facts, view.Fact{Label: c.T("publicpage.fact.unit"), Value: p.Unit})
	}
	if p.GivenWeight > 0 {
		v.Facts = append(v.Facts, view.Fact{Label: c.T("publicpage.fact.weight"), Value: c.T("publicpage.grams", "n", c.Number(p.GivenWeight))})
	}
	v.Facts = append(v.Facts, view.Fact{Label: c.T("publicpage.fact.lead"), Value: c.T("publicpage.working_days", "n", p.LeadDays)},
		view.Fact{Label: c.T("publicpage.fact.from"), Value: p.Shop.Place()})
	return v
}

// promises are the ways a shop delivers, as its pages say them.
func (a area) promises(c *web.Ctx, shopID int64) ([]pages.Promise, error) {
	offers, err := a.Parcels.Offers(c.Context(), shopID)
	if err != nil {
		return nil, err
	}
	icons := map[delivery.Method]string{delivery.Pickup: "pin", delivery.Own: "shop", delivery.Courier: "truck"}
	var out []pages.Promise
	for _, o := range offers {
		p := pages.Promise{Icon: icons[o.Method], Text: c.T(o.Method.LabelKey())}
		switch {
		case o.Method == delivery.Pickup:
			hours, err := a.Parcels.PickupHours(c.Context(), shopID)
			if err != nil {
				return nil, err
			}
			if len(hours) > 0 {
				p.Note = c.T("buyerpage.hours.open", "hours", c.Hours(hours))
			}
		case o.Method == delivery.Own:
			p.Note = ownNote(c, o)
			if n := len(o.Places) - firstPlaces; n > 0 {
				p.More, p.Rest = c.T("publicpage.own_more", "n", n), strings.Join(o.Places[firstPlaces:], "; ")
			}
		case o.Method == delivery.Courier:
			p.Note = c.T("publicpage.courier")
		}
		out = append(out, p)
	}
	return out, nil
}

// firstPlaces is how many of a maker's own areas are read at once; the others
// open below.
const firstPlaces = 8

// ownNote is where a maker brings orders herself, and for how much: the first places.
func ownNote(c *web.Ctx, o delivery.Offer) string {
	places := strings.Join(o.Places[:min(len(o.Places), firstPlaces)], "; ")
	switch {
	case places == "" && o.Fee == 0:
		return c.T("publicpage.own_free")
	case places == "":
		return c.T("publicpage.own_fee", "fee", o.Fee)
	case o.From:
		return c.T("publicpage.own_places_from", "fee", o.Fee, "places", places)
	case o.Fee == 0:
		return c.T("publicpage.own_places_free", "places", places)
	}
	return c.T("publicpage.own_places", "fee", o.Fee, "places", places)
}

func (a area) showShop(c *web.Ctx) error {
	shop, err := a.Catalog.ShopBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return a.missing(c, err, c.Param("slug"))
	}
	page, err := a.Catalog.Products(c.Context(), catalog.Filter{Shop: shop.Slug, Cursor: c.Query("lanjut")})
	if err != nil {
		return err
	}
	pictures, err := a.pictures(c.Context(), page.Products)
	if err != nil {
		return err
	}
	promises, err := a.promises(c, shop.ID)
	if err != nil {
		return err
	}
	v := pages.ShopShow{
		Page: c.PublicView(shop.Name, firstLine(shop.About), "/toko/"+shop.Slug), Name: shop.Name, Kind: shopKind(c, shop), Place: shop.Place(),
		Count: c.T("publicpage.products", "n", page.Total), Delivery: promises, Cards: cards(c, page.Products, pictures),
	}
	v.Page.Graph = []any{
		trailGraph(c, []view.Link{{Label: c.T("publicpage.all"), URL: "/produk"}, {Label: shop.Name}}),
		graphThing{Type: "Organization", Name: shop.Name, URL: here(c, "/toko/"+shop.Slug)},
	}
	for _, line := range strings.Split(shop.About, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			v.About = append(v.About, line)
		}
	}
	if shop.SinceYear > 0 {
		v.Since = c.T("publiclabel.since", "year", shop.SinceYear)
	}
	v.Ask, v.AskNote, err = a.ask(c, shop, a.Contact(c.Context()), c.T("publiclabel.ask_shop", "shop", shop.Name, "link", c.Absolute("/toko/"+shop.Slug)))
	if err != nil {
		return err
	}
	if v.Maker, err = a.makerWords(c, shop); err != nil {
		return err
	}
	v.Share = share(c, "/toko/"+shop.Slug, shop.Name, "")
	if v.Reviews, err = a.shopReviews(c, shop, page.Products); err != nil {
		return err
	}
	back, err := a.Catalog.ShopReopens(c.Context(), shop)
	if err != nil {
		return err
	}
	v.Closed = reopens(c, back)
	if shop.State != catalog.ShopOpen {
		v.Closed = &view.Notice{Tone: view.Warn, Text: c.T("publicpage.shop_closed")}
	}
	if page.Next != "" {
		v.Pager.Next = "/toko/" + shop.Slug + "?lanjut=" + page.Next
	}
	return c.Page(http.StatusOK, pages.ShopShowPage(v))
}

// makerWords are the face and story of the maker, as far as the person allows
// them at this moment; nil when there is nothing to show. A consent that ends
// forgets the page that was drawn under it (account.Hooks.ConsentEnded).
func (a area) makerWords(c *web.Ctx, shop catalog.Shop) (*pages.MakerWords, error) {
	p, err := a.Catalog.PortraitOf(c.Context(), shop.ID)
	if err != nil || p.UserID == 0 {
		return nil, err
	}
	var w pages.MakerWords
	if p.Story != "" {
		allowed, err := a.Consents.Consented(c.Context(), p.UserID, account.ConsentStory)
		if err != nil {
			return nil, err
		}
		if allowed {
			w.Story = lines(p.Story)
		}
	}
	if p.PictureID > 0 {
		allowed, err := a.Consents.Consented(c.Context(), p.UserID, account.ConsentPhoto)
		if err != nil {
			return nil, err
		}
		if allowed {
			found, err := a.Pictures.Pictures(c.Context(), []int64{p.PictureID})
			if err != nil {
				return nil, err
			}
			w.Picture = web.Picture(found[p.PictureID], c.T("publicpage.maker_photo", "shop", shop.Name))
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
