package public

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/semaphore"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/public/sheet"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
)

// Photos opens stored pictures; the shop window opens them as a stranger, so
// only public ones can come onto a poster.
type Photos interface {
	Open(ctx context.Context, viewer account.Actor, key, size, format string) (media.Content, error)
}

// share is how a page is passed on: name is the product or shop, price may be "".
func share(c *web.Ctx, path, name, price string) pages.Share {
	address := c.Absolute(text.URL(c.Context(), path))
	words := name
	if price != "" {
		words += "\n" + price
	}
	words += "\n" + way(c, order.FromWhatsApp, path)
	return pages.Share{
		Name: name, Address: address, WhatsApp: web.WhatsAppText(words),
		Facebook: "https://www.facebook.com/sharer/sharer.php?u=" + url.QueryEscape(way(c, order.FromFacebook, path)),
		QR:       path + "/qr.svg", Poster: path + "/poster.pdf",
	}
}

// way is the full address of a page with how it was passed on. Links of English pages
// lead to the English page and carry nothing.
func way(c *web.Ctx, s order.Source, path string) string {
	if there := text.URL(c.Context(), path); there != path {
		return c.Absolute(there)
	}
	return c.Absolute(web.WayLink(s, path))
}

// priceWords is what a product costs in one line, as it is passed on.
func priceWords(c *web.Ctx, p catalog.Sellable) string {
	switch {
	case p.Price == 0:
		return c.T("choice.on_request")
	case from(p):
		return c.T("share.from", "price", p.Price)
	}
	return p.Price.String()
}

func productShare(c *web.Ctx, p catalog.Sellable) pages.Share {
	s := share(c, "/produk/"+p.Slug, p.Title, priceWords(c, p))
	s.Card = "/produk/" + p.Slug + "/kartu-harga.pdf"
	return s
}

func (a area) productQR(c *web.Ctx) error {
	p, err := a.Catalog.ProductBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	return qr(c, "/produk/"+p.Slug)
}

func (a area) shopQR(c *web.Ctx) error {
	shop, err := a.Catalog.ShopBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	return qr(c, "/toko/"+shop.Slug)
}

func qr(c *web.Ctx, path string) error {
	svg, err := sheet.QR(way(c, order.FromPoster, path))
	if err != nil {
		return fault.Internal(err)
	}
	c.Response().Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
	_, err = c.Response().Write(svg)
	return err
}

// printer draws posters and price cards on request: few at once, the last ones
// kept by what stands on them, so that none is ever out of date.
type printer struct {
	atOnce *semaphore.Weighted
	last   *lru.Cache[[sha256.Size]byte, []byte]
}

// A drawing takes a tenth of a second and a few megabytes.
const (
	drawnAtOnce   = 2
	drawnKept     = 32
	printsPerHour = 120
)

func newPrinter() *printer {
	last, err := lru.New[[sha256.Size]byte, []byte](drawnKept)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &printer{semaphore.NewWeighted(drawnAtOnce), last}
}

// draw answers with the sheet as a PDF. photo reads the picture only when there is
// something to draw.
func (p *printer) draw(c *web.Ctx, name string, s sheet.Sheet, picture string, photo func() ([]byte, error), how func(sheet.Sheet) ([]byte, error)) error {
	key := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%q", name, picture, s))
	pdf, known := p.last.Get(key)
	if !known {
		if err := p.atOnce.Acquire(c.Context(), 1); err != nil {
			return fault.Unavailable("fault.busy", err)
		}
		defer p.atOnce.Release(1)
		var err error
		if s.Photo, err = photo(); err != nil {
			return err
		}
		if pdf, err = how(s); err != nil {
			return fault.Internal(err)
		}
		p.last.Add(key, pdf)
	}
	h := c.Response().Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `inline; filename="`+name+`.pdf"`) // name is a slug
	h.Set("Cache-Control", "no-store")
	http.ServeContent(c.Response(), c.Request(), "", time.Time{}, bytes.NewReader(pdf))
	return nil
}

// mayPrint throttles drawings by address.
func (a area) mayPrint(c *web.Ctx) error {
	return a.Limits.Allow(c.Context(), account.Limit{Name: "print", Who: c.IP(), Most: printsPerHour, Window: time.Hour})
}

func (a area) productPoster(c *web.Ctx) error { return a.printProduct(c, "poster", sheet.Poster) }

func (a area) productCard(c *web.Ctx) error { return a.printProduct(c, "kartu-harga", sheet.Card) }

func (a area) printProduct(c *web.Ctx, kind string, how func(sheet.Sheet) ([]byte, error)) error {
	p, err := a.Catalog.ProductBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	if err := a.mayPrint(c); err != nil {
		return err
	}
	s := sheet.Sheet{
		Title: p.Title, Price: priceWords(c, p.Sellable), Shop: p.ShopName, Place: p.Shop.Place(),
		Address: way(c, order.FromPoster, "/produk/"+p.Slug), Scan: c.T("share.scan_product"), Brand: c.T("ui.brand.name"),
	}
	if p.Price > 0 {
		s.Unit = c.T("share.unit", "unit", p.Unit)
	}
	for _, t := range p.Tiers {
		s.Tiers = append(s.Tiers, c.T("share.tier", "n", t.MinQuantity, "price", t.Price))
	}
	return a.print(c, kind+"-"+p.Slug, s, p.PictureID, how)
}

func (a area) shopPoster(c *web.Ctx) error {
	shop, err := a.Catalog.ShopBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	if err := a.mayPrint(c); err != nil {
		return err
	}
	made, err := a.Catalog.Products(c.Context(), catalog.Filter{Shop: shop.Slug, Limit: 6, Only: true})
	if err != nil {
		return err
	}
	s := sheet.Sheet{
		Title: shop.Name, Shop: shop.Name, Place: region.Place(shop.DistrictCode),
		Address: way(c, order.FromPoster, "/toko/"+shop.Slug), Scan: c.T("share.scan_shop"), Brand: c.T("ui.brand.name"),
	}
	var picture int64
	for _, p := range made.Products {
		s.Tiers = append(s.Tiers, p.Title+" · "+priceWords(c, p))
		if picture == 0 {
			picture = p.PictureID
		}
	}
	return a.print(c, "poster-"+shop.Slug, s, picture, sheet.Poster)
}

func (a area) print(c *web.Ctx, name string, s sheet.Sheet, pictureID int64, how func(sheet.Sheet) ([]byte, error)) error {
	found, err := a.Pictures.Pictures(c.Context(), []int64{pictureID})
	if err != nil {
		return err
	}
	picture := found[pictureID]
	return a.printer.draw(c, name, s, picture.Key+string(picture.State), func() ([]byte, error) {
		if picture.Key == "" {
			return nil, nil
		}
		content, err := a.Photos.Open(c.Context(), account.Actor{}, picture.Key, "1280", "jpg")
		if fault.Is(err, fault.KindNotFound) || err == nil && !content.Ready { // not public (any more), or still being made
			return nil, nil
		}
		return content.Data, err
	}, how)
}
