package maker

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// day is how date fields write a day.
func day(t time.Time) string { return t.Format(time.DateOnly) }

func (a area) showRest(c *web.Ctx) error {
	return a.restPage(c, http.StatusOK, catalog.NewClosure{Kind: catalog.ShopShut, FormKey: id.Token()}, nil)
}

// restPage is the shop's days off and the form of new ones.
func (a area) restPage(c *web.Ctx, status int, typed catalog.NewClosure, errors view.Errors) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "toko", text.T("maker.rest.title"))
		if err != nil {
			return err
		}
		all, err := a.Catalog.Closures(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		v := pages.Rest{Page: page, Shop: strconv.FormatInt(shop.ID, 10), Kind: string(typed.Kind), First: typed.First, Last: typed.Last, FormKey: typed.FormKey, Errors: errors}
		for _, one := range all {
			v.Items = append(v.Items, pages.RestItem{ID: strconv.FormatInt(one.ID, 10), Text: text.T("maker.rest."+string(one.Kind)+"_days", "from", one.First, "to", one.Last)})
		}
		return c.Page(status, pages.RestPage(v))
	})
}

func (a area) addRest(c *web.Ctx) error {
	var in struct {
		Shop    int64  `form:"shop"`
		Kind    string `form:"kind"`
		First   string `form:"first"`
		Last    string `form:"last"`
		FormKey string `form:"form_key"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	typed := catalog.NewClosure{Kind: catalog.ClosureKind(in.Kind), First: in.First, Last: in.Last, FormKey: in.FormKey}
	if err := a.Catalog.AddClosure(c.Context(), c.Actor, in.Shop, typed); err != nil {
		return again(c, err, func(e view.Errors) error { return a.restPage(c, http.StatusUnprocessableEntity, typed, e) })
	}
	c.Flash(view.Good, "maker.rest.saved")
	return c.SeeOther("/toko-saya/libur")
}

func (a area) endRest(c *web.Ctx) error {
	var in struct {
		Shop    int64 `form:"shop"`
		Closure int64 `form:"libur"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := a.Catalog.EndClosure(c.Context(), c.Actor, in.Shop, in.Closure); err != nil {
		return err
	}
	c.Flash(view.Good, "maker.rest.ended")
	return c.SeeOther("/toko-saya/libur")
}

// showClose asks until when one product cannot be ordered.
func (a area) showClose(c *web.Ctx) error { return a.closePage(c, http.StatusOK, "", nil) }

func (a area) closePage(c *web.Ctx, status int, typed string, errors view.Errors) error {
	p, shop, err := a.ownProduct(c)
	if err != nil {
		return err
	}
	if p.State != catalog.ProductPublished && p.State != catalog.ProductPaused {
		return c.SeeOther(productURL(p.ProductID))
	}
	page, err := a.frame(c, shop, "produk", text.T("maker.close.question"))
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	now = now.In(calendar.Zone(shop.RegencyCode))
	v := pages.CloseForm{Page: page, Base: productURL(p.ProductID), Title: titleOf(p), Value: typed, Errors: errors, First: day(now.AddDate(0, 0, 1)), Last: day(now.AddDate(1, 0, 0))}
	if typed == "" && status == http.StatusOK && !p.OpensOn.IsZero() {
		v.Value = day(p.OpensOn)
	}
	if v.Picture, err = a.picture(c, p.PictureID, v.Title); err != nil {
		return err
	}
	return c.Page(status, pages.ClosePage(v))
}

func (a area) closeProduct(c *web.Ctx) error {
	var in struct {
		Opens string `form:"opens"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	p, _, err := a.ownProduct(c)
	if err != nil {
		return err
	}
	if in.Opens == "" {
		err = invalid("opens", "catalog.day")
	} else {
		err = a.Catalog.CloseUntil(c.Context(), c.Actor, p.ProductID, in.Opens)
	}
	if fault.Is(err, fault.KindConflict) {
		f := fault.As(err)
		c.Flash(view.Warn, f.Key, f.Args...)
		return c.SeeOther(productURL(p.ProductID))
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.closePage(c, http.StatusUnprocessableEntity, in.Opens, e) })
	}
	until, _ := time.Parse(time.DateOnly, in.Opens) // it was taken
	c.Flash(view.Good, "maker.close.saved", "date", until)
	return c.SeeOther(productURL(p.ProductID))
}

// openProduct opens a product that was closed until a day.
func (a area) openProduct(c *web.Ctx) error {
	return a.productMove(c, func(ctx context.Context, actor account.Actor, productID int64) error {
		return a.Catalog.CloseUntil(ctx, actor, productID, "")
	}, "maker.close.opened")
}
