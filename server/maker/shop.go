package maker

import (
	"context"
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// decideTake decides about a withdrawal; one that was decided meanwhile is told
// on the money page.
func (a area) decideTake(c *web.Ctx, decide func(context.Context, account.Actor, int64) (finance.Withdrawal, error), done string) error {
	withdrawalID, err := c.ID("id")
	if err != nil {
		return err
	}
	_, err = decide(c.Context(), c.Actor, withdrawalID)
	switch {
	case fault.Is(err, fault.KindConflict):
		f := fault.As(err)
		c.Flash(view.Warn, f.Key, f.Args...)
	case err != nil:
		return err
	default:
		c.Flash(view.Good, done)
	}
	return c.SeeOther("/toko-saya/uang")
}

func (a area) settings(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "beranda", text.T("maker.settings.title"))
		if err != nil {
			return err
		}
		grants, err := a.Accounts.Grants(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		v := pages.Settings{
			Page: page, About: shop.About,
			Shop: []view.Fact{
				{Label: text.T("maker.settings.name"), Value: shop.Name},
				{Label: text.T("maker.settings.place"), Value: shop.Place()},
				{Label: text.T("maker.settings.state"), Value: text.T("maker.shop_state." + string(shop.State))},
			},
		}
		if c.Actor.Runs(shop.ID) {
			v.Links = []pages.Task{
				{Icon: "money", Label: text.T("maker.pay.title"), Note: text.T("maker.settings.pay_note"), URL: payURL},
				{Icon: "truck", Label: text.T("maker.delivery.title"), Note: text.T("maker.settings.delivery_note"), URL: "/toko-saya/pengiriman"},
				{Icon: "money", Label: text.T("maker.money.bank"), Note: text.T("maker.settings.bank_note"), URL: "/toko-saya/uang/rekening"},
				{Icon: "key", Label: text.T("maker.settings.password"), Note: text.T("maker.settings.password_note"), URL: "/akun/sandi"},
			}
		}
		v.Links = append([]pages.Task{
			{Icon: "edit", Label: text.T("maker.about.title"), Note: text.T("maker.about.note"), URL: "/toko-saya/toko/tentang"},
			{Icon: "check", Label: text.T("maker.certificates.title"), Note: text.T("maker.certificates.note"), URL: "/toko-saya/izin"},
		}, v.Links...)
		if len(managed(c.Actor)) > 1 {
			v.Links = append(v.Links, pages.Task{Icon: "shop", Label: text.T("maker.settings.other_shop"), URL: "/toko-saya/pilih"})
		}
		for _, g := range grants {
			h := pages.Helper{Name: g.CompanionName, Purpose: text.T("maker.settings.help_purpose", "purpose", purpose(g.Purpose)), Until: text.T("ui.acting.until", "date", calendar.Date(g.ExpiresAt.In(calendar.Zone(shop.RegencyCode))))}
			if c.Actor.UserID == g.MakerID || c.Actor.UserID == g.CompanionID {
				h.EndURL = fmt.Sprintf("/toko-saya/toko/bantuan/%d/akhiri", g.ID)
			}
			v.Helpers = append(v.Helpers, h)
		}
		return c.Page(http.StatusOK, pages.SettingsPage(v))
	})
}

func (a area) endHelp(c *web.Ctx) error {
	grantID, err := c.ID("id")
	if err != nil {
		return err
	}
	err = a.Accounts.RevokeGrant(c.Context(), c.Actor, grantID)
	if err != nil && !fault.Is(err, fault.KindConflict) { // ended already is what was wanted
		return err
	}
	actor, err := a.Accounts.Actor(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	if len(managed(actor)) == 0 { // a companion gave up the last shop
		return c.SeeOther("/dampingan")
	}
	c.Flash(view.Good, "maker.settings.help_ended")
	return c.SeeOther("/toko-saya/toko")
}

// deliveryForm is how a shop delivers, as typed.
type deliveryForm struct {
	Shop    int64  `form:"shop"`
	Pickup  string `form:"pickup"`
	Own     string `form:"own"`
	OwnFee  string `form:"own_fee"`
	Courier string `form:"courier"`
	Village string `form:"village"`
	Street  string `form:"street"`
	Hint    string `form:"hint"`
}

func (a area) showDelivery(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		s, err := a.Delivery.Settings(c.Context(), c.Actor, shop.ID)
		if fault.Is(err, fault.KindNotFound) && !c.Actor.Runs(shop.ID) {
			return a.deliveryClosed(c, shop)
		}
		if err != nil {
			return err
		}
		in := deliveryForm{Pickup: tick(s.Pickup), Own: tick(s.Own), Courier: tick(s.Courier), Village: s.Address.Village, Street: s.Address.Street, Hint: s.Address.Hint}
		if s.OwnFee > 0 {
			in.OwnFee = money.Group(uint64(s.OwnFee))
		}
		return a.deliveryPage(c, http.StatusOK, shop, in, nil)
	})
}

// deliveryClosed tells a helper why the address of the maker stays hers.
func (a area) deliveryClosed(c *web.Ctx, shop catalog.Shop) error {
	page, err := a.frame(c, shop, "beranda", text.T("maker.delivery.title"))
	if err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.DeliveryPage(pages.Delivery{
		Page: page, Closed: &view.Notice{Tone: view.Info, Text: text.T("maker.delivery.own_only")},
	}))
}

func tick(on bool) string {
	if on {
		return "ya"
	}
	return ""
}

func (a area) deliveryPage(c *web.Ctx, status int, shop catalog.Shop, in deliveryForm, e view.Errors) error {
	page, err := a.frame(c, shop, "beranda", text.T("maker.delivery.title"))
	if err != nil {
		return err
	}
	return c.Page(status, pages.DeliveryPage(pages.Delivery{
		Page: page, Errors: e, FromSteps: fromSteps(c), ShopID: fmt.Sprint(shop.ID), Place: region.Place(shop.DistrictCode),
		Pickup: in.Pickup != "", Own: in.Own != "", Courier: in.Courier != "", OwnFee: in.OwnFee,
		Village: in.Village, Street: in.Street, Hint: in.Hint,
	}))
}

func (a area) saveDelivery(c *web.Ctx) error {
	var in deliveryForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	s := delivery.Settings{
		Address: delivery.Address{DistrictCode: shop.DistrictCode, Village: in.Village, Street: in.Street, Hint: in.Hint},
		Pickup:  in.Pickup != "", Own: in.Own != "", Courier: in.Courier != "",
	}
	if in.OwnFee != "" {
		if s.OwnFee, err = money.Parse(in.OwnFee); err != nil {
			err = invalid("own_fee", "maker.price.unreadable")
		}
	}
	if err == nil {
		err = a.Delivery.SaveSettings(c.Context(), c.Actor, shop.ID, s)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.deliveryPage(c, http.StatusUnprocessableEntity, shop, in, e) })
	}
	c.Flash(view.Good, "maker.delivery.saved")
	return saved(c, "/toko-saya/toko")
}

// inbox shows what was said to the person, whichever shop they work in.
func (a area) inbox(c *web.Ctx) error {
	items, err := a.Notify.Inbox(c.Context(), c.Actor.UserID)
	if err != nil {
		return err
	}
	page, zone := c.Private(text.T("maker.word.inbox")), ""
	page.Area, page.Help = text.T("maker.word.area"), Ask(c, a.Help, "", page.Title)
	if id := shopID(c); id > 0 {
		shop, err := a.Catalog.Shop(c.Context(), id)
		if err != nil {
			return err
		}
		if page, err = a.frame(c, shop, "kotak-masuk", text.T("maker.word.inbox")); err != nil {
			return err
		}
		zone = shop.RegencyCode
	}
	v := pages.Inbox{Page: page}
	for _, m := range items {
		if m.ReadAt == nil && v.Newest == "" {
			v.Newest = fmt.Sprint(m.ID)
		}
		v.Items = append(v.Items, pages.InboxItem{
			Title: m.Title, Body: m.Body, When: calendar.DateTime(m.CreatedAt, zone), URL: web.Local(m.Link, ""), Unread: m.ReadAt == nil,
		})
	}
	return c.Page(http.StatusOK, pages.InboxPage(v))
}

func (a area) markRead(c *web.Ctx) error {
	var in struct {
		Newest int64 `form:"newest"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := a.Notify.MarkRead(c.Context(), c.Actor.UserID, in.Newest); err != nil {
		return err
	}
	return c.SeeOther("/toko-saya/kotak-masuk")
}
