package maker

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/public/sheet"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const kitAt = "/toko-saya/bagikan"

// kitProduct is the product of the page's query, of this shop and public; false for the shop itself.
func (a area) kitProduct(c *web.Ctx, shop catalog.Shop) (catalog.Sellable, bool, error) {
	productID, err := strconv.ParseInt(c.Query("produk"), 10, 64)
	if err != nil {
		return catalog.Sellable{}, false, nil
	}
	items, err := a.Catalog.Sellables(c.Context(), []int64{productID})
	p, found := items[productID]
	if err == nil && (!found || p.ShopID != shop.ID || !p.Public()) {
		err = fault.NotFound("product of another shop")
	}
	return p, err == nil, err
}

// shareKit is everything to pass a product or the shop on with, and what it brought.
func (a area) shareKit(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "produk", text.T("kitpage.title"))
		if err != nil {
			return err
		}
		page.Scripts = append(page.Scripts, "js/share.js")
		p, one, err := a.kitProduct(c, shop)
		if err != nil {
			return err
		}
		v := pages.Kit{Page: page, Name: shop.Name}
		there, words := "/toko/"+shop.Slug, shop.Name
		if one {
			there, v.Name = "/produk/"+p.Slug, p.Title
			words = p.Title + "\n" + p.Card().Price
			v.Status = fmt.Sprintf("%s/status.jpg?produk=%d", kitAt, p.ProductID)
		}
		if shop.State == catalog.ShopOpen {
			way := func(s order.Source) string { return c.Absolute(web.WayLink(s, there)) }
			v.Words = words + "\n" + way(order.FromWhatsApp)
			v.WhatsApp = web.WhatsAppText(v.Words)
			v.Facebook = "https://www.facebook.com/sharer/sharer.php?u=" + url.QueryEscape(way(order.FromFacebook))
			v.QR, v.Poster, v.Link = there+"/qr.svg", there+"/poster.pdf", way(order.FromOther)
			v.Companion = web.WhatsAppText(words + "\n" + way(order.FromCompanion))
		}
		if !one {
			all, items, err := a.saleable(c, shop)
			if err != nil {
				return err
			}
			shown, err := a.pictures(c.Context(), firstPictures(all))
			if err != nil {
				return err
			}
			for _, p := range all {
				picture := shown[p.PictureID]
				v.Products = append(v.Products, pages.Task{Label: titleOf(p), Note: items[p.ProductID].Card().Price, URL: fmt.Sprintf("%s?produk=%d", kitAt, p.ProductID), Picture: &picture})
			}
			if err := a.kitCounts(c, shop, &v); err != nil {
				return err
			}
		}
		return c.Page(http.StatusOK, pages.KitPage(v))
	})
}

// kitCounts says where the orders of this month and the one before came from.
func (a area) kitCounts(c *web.Ctx, shop catalog.Shop, v *pages.Kit) error {
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	now = now.In(calendar.Zone(shop.RegencyCode))
	first := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, now.Location())
	for _, m := range []time.Time{first, first.AddDate(0, -1, 0)} {
		counts, err := a.Orders.Sources(c.Context(), c.Actor, orderShop(shop), m.Format("2006-01"))
		if err != nil {
			return err
		}
		month := pages.KitMonth{Month: monthName(m)}
		for _, n := range counts {
			month.Counts = append(month.Counts, view.Fact{Label: text.T(n.Source.LabelKey()), Value: text.T("kitpage.orders", "count", n.Orders)})
		}
		v.Months = append(v.Months, month)
	}
	return nil
}

// statusPicture draws a product as tall as a phone, with a code that leads to it.
func (a area) statusPicture(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		p, one, err := a.kitProduct(c, shop)
		if err != nil {
			return err
		}
		if !one {
			return c.SeeOther(kitAt)
		}
		if err := a.Accounts.Allow(c.Context(), account.Limit{Name: "label", Who: strconv.FormatInt(c.Actor.UserID, 10), Most: printsPerHour, Window: time.Hour}); err != nil {
			return err
		}
		code, err := sheet.Cells(c.Absolute(web.WayLink(order.FromStatus, "/produk/"+p.Slug)))
		if err != nil {
			return fault.Internal(err)
		}
		picture, err := a.Media.DrawStatus(c.Context(), media.Status{Card: p.Card(), Scan: text.T("share.scan_product"), Code: code})
		if err != nil {
			return err
		}
		h := c.Response().Header()
		h.Set("Content-Type", "image/jpeg")
		h.Set("Content-Disposition", `inline; filename="status-`+p.Slug+`.jpg"`)
		h.Set("Cache-Control", "private, no-store")
		_, err = c.Response().Write(picture)
		return err
	})
}
