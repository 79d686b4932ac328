package public

import (
	"net/http"

	"github.com/lapak-berdaya/lapak/server/web"
)

// wayRoutes are the short links. They are answered each time and never kept, so that
// the pages they lead to stay the same for everybody.
func (a area) wayRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/s/:way/:slug", Handler: a.productWay},
		{Method: http.MethodGet, Path: "/s/:way/toko/:slug", Handler: a.shopWay},
	}
}

func (a area) productWay(c *web.Ctx) error {
	p, err := a.Catalog.ProductBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	return web.Follow(c, p.ShopSlug, "/produk/"+p.Slug)
}

func (a area) shopWay(c *web.Ctx) error {
	shop, err := a.Catalog.ShopBySlug(c.Context(), c.Param("slug"))
	if err != nil {
		return err
	}
	return web.Follow(c, shop.Slug, "/toko/"+shop.Slug)
}
