package machine

import (
	"bufio"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
)

// Catalog lists what the public may find; package catalog's Service does.
type Catalog interface {
	Categories(ctx context.Context) ([]catalog.Category, error)
	Collections(ctx context.Context, onlyHome bool) ([]catalog.Collection, error)
	Products(ctx context.Context, f catalog.Filter) (catalog.Page, error)
	Shops(ctx context.Context, f catalog.ShopFilter) ([]catalog.Shop, error)
	Listing(ctx context.Context, after, through int64, limit int) ([]catalog.Listed, error)
	ListingParts(ctx context.Context, size int64) ([]int64, error)
	Sellables(ctx context.Context, productIDs []int64) (map[int64]catalog.Sellable, error)
}

// Pictures finds stored pictures; package media's Service does.
type Pictures interface {
	Pictures(ctx context.Context, ids []int64) (map[int64]media.Picture, error)
}

const (
	// partSize is how many ids of products one file covers. Each product has an
	// address in either language, and sitemaps.org allows 50,000 addresses and 50 MB.
	partSize = 10_000
	// batch is how many products are read at once.
	batch = 500

	sitemapType = "application/xml; charset=utf-8"
	xmlHead     = xml.Header
)

// sitemapIndex names the parts: one of the lasting pages, and the products by
// their ids, so that a new product changes one part only.
func (d Deps) sitemapIndex(c *web.Ctx) error {
	parts, err := d.Catalog.ListingParts(c.Context(), partSize)
	if err != nil {
		return err
	}
	return c.Stream(sitemapType, func(w io.Writer) error {
		out := document{bufio.NewWriter(w)}
		out.raw(xmlHead + `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
		out.raw("<sitemap>").element("loc", c.Absolute("/sitemap/halaman.xml")).raw("</sitemap>\n")
		for _, n := range parts {
			out.raw("<sitemap>").element("loc", c.Absolute(fmt.Sprintf("/sitemap/produk-%d.xml", n))).raw("</sitemap>\n")
		}
		out.raw("</sitemapindex>\n")
		return out.Flush()
	})
}

// sitemap is one part of the index.
func (d Deps) sitemap(c *web.Ctx) error {
	name := c.Param("file")
	if name == "halaman.xml" {
		return d.sitemapPages(c)
	}
	digits, isPart := strings.CutPrefix(strings.TrimSuffix(name, ".xml"), "produk-")
	n, err := strconv.ParseInt(digits, 10, 32)
	if !isPart || err != nil || n < 1 || name != fmt.Sprintf("produk-%d.xml", n) {
		return fault.NotFound("sitemap " + strconv.Quote(name))
	}
	first, err := d.Catalog.Listing(c.Context(), (n-1)*partSize, n*partSize, batch)
	if err != nil {
		return err
	}
	if len(first) == 0 {
		return fault.NotFound("sitemap without products")
	}
	return c.Stream(sitemapType, func(w io.Writer) error {
		out := openURLSet(w)
		for products := first; len(products) > 0; {
			if err := d.sitemapProducts(c, out, products); err != nil {
				return err
			}
			last := products[len(products)-1].ProductID
			if products, err = d.Catalog.Listing(c.Context(), last, n*partSize, batch); err != nil {
				return err
			}
		}
		return out.close()
	})
}

func (d Deps) sitemapProducts(c *web.Ctx, out urlSet, products []catalog.Listed) error {
	pictures, err := d.pictures(c, products)
	if err != nil {
		return err
	}
	for _, p := range products {
		var shown []string
		for _, id := range p.Pictures {
			if address := pictureURL(c, pictures[id]); address != "" {
				shown = append(shown, address)
			}
		}
		out.page(c, "/produk/"+p.Slug, p.UpdatedAt, shown)
	}
	return nil
}

func (d Deps) pictures(c *web.Ctx, products []catalog.Listed) (map[int64]media.Picture, error) {
	var ids []int64
	for _, p := range products {
		ids = append(ids, p.Pictures...)
	}
	return d.Pictures.Pictures(c.Context(), ids)
}

// pictureURL is the largest rendition of a picture, "" while there is none.
func pictureURL(c *web.Ctx, p media.Picture) string {
	if p.State != media.StateReady {
		return ""
	}
	return c.Absolute("/gambar/" + p.Key + "/1280.jpg")
}

// sitemapPages lists everything but the products: it is short.
func (d Deps) sitemapPages(c *web.Ctx) error {
	paths := []string{"/", "/produk", "/bantuan", "/pengaduan", "/privasi"}
	page, err := d.Catalog.Products(c.Context(), catalog.Filter{Limit: 1})
	if err != nil {
		return err
	}
	for _, k := range page.Categories { // those with products
		paths = append(paths, "/kategori/"+k.Value)
	}
	collections, err := d.Catalog.Collections(c.Context(), false)
	if err != nil {
		return err
	}
	for _, k := range collections {
		paths = append(paths, "/koleksi/"+k.Slug)
	}
	const most = 20_000 // in two languages, well below 50,000
	for after := int64(0); len(paths) < most; {
		shops, err := d.Catalog.Shops(c.Context(), catalog.ShopFilter{AfterID: after, Limit: 200})
		if err != nil {
			return err
		}
		if len(shops) == 0 {
			break
		}
		for _, shop := range shops {
			paths = append(paths, "/toko/"+shop.Slug)
		}
		after = shops[len(shops)-1].ID
	}
	return c.Stream(sitemapType, func(w io.Writer) error {
		out := openURLSet(w)
		for _, path := range paths {
			out.page(c, path, time.Time{}, nil)
		}
		return out.close()
	})
}

// urlSet is one part of the sitemap being written. What fails to be written is
// said by close.
type urlSet struct{ document }

func openURLSet(w io.Writer) urlSet {
	out := urlSet{document{bufio.NewWriter(w)}}
	out.raw(xmlHead + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"` +
		` xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">` + "\n")
	return out
}

// page writes the address of a page in each language, each with all of them.
func (u urlSet) page(c *web.Ctx, path string, changed time.Time, pictures []string) {
	alternates := c.Alternates(path)
	for _, this := range alternates[:len(alternates)-1] { // the last is for everybody else, and one of the others
		u.raw("<url>").element("loc", this.URL)
		if !changed.IsZero() {
			u.element("lastmod", changed.Format(time.RFC3339))
		}
		for _, a := range alternates {
			u.raw(`<xhtml:link rel="alternate" hreflang="` + a.Lang + `" href="`).text(a.URL).raw(`"/>`)
		}
		for _, p := range pictures {
			u.raw("<image:image>").element("image:loc", p).raw("</image:image>")
		}
		u.raw("</url>\n")
	}
}

func (u urlSet) close() error {
	u.raw("</urlset>\n")
	return u.Flush()
}

// document writes XML; a fault stays with the writer and comes out at Flush.
type document struct{ *bufio.Writer }

func (d document) raw(s string) document {
	_, _ = d.WriteString(s)
	return d
}

// text writes s escaped, for content and attributes.
func (d document) text(s string) document {
	_ = xml.EscapeText(d.Writer, []byte(s))
	return d
}

func (d document) element(name, content string) document {
	return d.raw("<" + name + ">").text(content).raw("</" + name + ">")
}
