package maker

import (
	"net/http"
	"slices"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func (a area) showArea(c *web.Ctx) error { return a.areaPage(c, http.StatusOK, nil, nil) }

// areaPage asks where a product is made for: everywhere, or places of the shop's
// own regency, and those it already names elsewhere. typed is what was ticked
// before.
func (a area) areaPage(c *web.Ctx, status int, typed catalog.Area, errors view.Errors) error {
	p, shop, err := a.ownProduct(c)
	if err != nil {
		return err
	}
	if p.State == catalog.ProductUnpublished {
		return c.SeeOther(productURL(p.ProductID))
	}
	areas, err := a.Catalog.AreasOf(c.Context(), []int64{p.ProductID})
	if err != nil {
		return err
	}
	kept := areas[p.ProductID]
	if status == http.StatusOK {
		typed = kept
	}
	v := pages.Area{Base: productURL(p.ProductID), Errors: errors}
	if v.Page, err = a.frame(c, shop, "produk", text.T("maker.area.title")); err != nil {
		return err
	}
	offer := func(code, name string) {
		v.Places = append(v.Places, view.Check{Name: "area", Value: code, Label: name, Checked: slices.Contains(typed, code)})
	}
	offer(shop.RegencyCode, text.T("maker.area.whole", "place", region.Place(shop.RegencyCode)))
	districts := region.Districts(shop.RegencyCode)
	for _, d := range districts {
		offer(d.Code, d.Name)
	}
	for _, code := range kept {
		if code != shop.RegencyCode && !slices.ContainsFunc(districts, func(d region.District) bool { return d.Code == code }) {
			offer(code, region.Place(code))
		}
	}
	return c.Page(status, pages.AreaPage(v))
}

func (a area) saveArea(c *web.Ctx) error {
	productID, err := c.ID("id")
	if err != nil {
		return err
	}
	values, err := c.Form()
	if err != nil {
		return err
	}
	typed := catalog.Area(values["area"])
	if err := a.Catalog.SetArea(c.Context(), c.Actor, productID, typed); err != nil {
		return again(c, err, func(e view.Errors) error { return a.areaPage(c, http.StatusUnprocessableEntity, typed, e) })
	}
	c.Flash(view.Good, "maker.area.saved")
	return c.SeeOther(productURL(productID))
}
