package machine

import (
	"context"
	"encoding/xml"
	"strings"
	"sync"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/server/web"
)

// Catalog lists what the public may find; package catalog's Service does.
type Catalog interface {
	Products(ctx context.Context, f catalog.Filter) (catalog.Page, error)
	Shops(ctx context.Context, f catalog.ShopFilter) ([]catalog.Shop, error)
}

const (
	// sitemapLimit is the most addresses one such file may hold (sitemaps.org).
	sitemapLimit = 50_000
	// sitemapAge is how long a written file is given out again: reading every
	// product is much work for an address that anybody may call.
	sitemapAge = 10 * time.Minute
)

// sitemap is the list of public addresses, written at most once in sitemapAge.
type sitemap struct {
	catalog Catalog

	mu      sync.Mutex
	body    string
	written time.Time
}

func (s *sitemap) show(c *web.Ctx) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// The machine's own clock: it only measures an age, nothing is decided by it.
	if s.body == "" || time.Since(s.written) > sitemapAge {
		paths, err := s.paths(c.Context())
		if err != nil {
			return err
		}
		s.body, s.written = sitemapXML(c.Absolute, paths), time.Now()
	}
	return write(c, "application/xml; charset=utf-8", s.body)
}

// paths lists the public addresses of this site, the lasting ones first.
func (s *sitemap) paths(ctx context.Context) ([]string, error) {
	paths := []string{"/", "/produk", "/bantuan", "/pengaduan", "/privasi"}
	for after := int64(0); len(paths) < sitemapLimit; {
		shops, err := s.catalog.Shops(ctx, catalog.ShopFilter{AfterID: after, Limit: 200})
		if err != nil {
			return nil, err
		}
		if len(shops) == 0 {
			break
		}
		for _, shop := range shops {
			paths = append(paths, "/toko/"+shop.Slug)
		}
		after = shops[len(shops)-1].ID
	}
	for f := (catalog.Filter{Limit: 60}); len(paths) < sitemapLimit; {
		page, err := s.catalog.Products(ctx, f)
		if err != nil {
			return nil, err
		}
		if f.Cursor == "" {
			for _, k := range page.Categories { // those with products
				paths = append(paths, "/kategori/"+k.Value)
			}
		}
		for _, p := range page.Products {
			paths = append(paths, "/produk/"+p.Slug)
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	return paths[:min(len(paths), sitemapLimit)], nil
}

func sitemapXML(absolute func(string) string, paths []string) string {
	var b strings.Builder
	b.WriteString(xml.Header + `<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">` + "\n")
	for _, path := range paths {
		b.WriteString("<url><loc>")
		_ = xml.EscapeText(&b, []byte(absolute(path))) // a strings.Builder does not fail
		b.WriteString("</loc></url>\n")
	}
	b.WriteString("</urlset>\n")
	return b.String()
}
