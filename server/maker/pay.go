package maker

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const payURL = "/toko-saya/bayar"

func (a area) showPay(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error { return a.payPage(c, http.StatusOK, shop, nil) })
}

// payPage is how buyers may pay the shop: online always, in cash as whoever manages
// it decides, and on the shop's own account as its owner does.
func (a area) payPage(c *web.Ctx, status int, shop catalog.Shop, e view.Errors) error {
	page, err := a.frame(c, shop, "uang", text.T("maker.pay.title"))
	if err != nil {
		return err
	}
	p, err := a.Checkout.Payments(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	limits, err := a.Checkout.Limits(c.Context())
	if err != nil {
		return err
	}
	v := pages.Pay{Page: page, Errors: e, FromSteps: fromSteps(c), ShopID: fmt.Sprint(shop.ID), COD: p.COD, Courier: p.Courier, Cash: p.Cash, Direct: p.Direct, CODMax: limits.CODMax,
		Somewhere: p.Account.AccountNumber != "" || p.Code.ID > 0, Rests: p.Rests}
	commission, err := a.Orders.CommissionNow(c.Context())
	if err != nil {
		return err
	}
	if commission.Permille > 0 {
		v.Commission = text.T("maker.pay.commission", "percent", web.Percent(commission.Permille))
	}
	if p.Account.AccountNumber != "" {
		v.Account = p.Account.ChannelCode
		if ch, found := payment.PayoutChannelByCode(p.Account.ChannelCode); found {
			v.Account = ch.Name
		}
		v.Account += " " + p.Account.AccountNumber
		v.Holder = p.Account.HolderName
	}
	pictures, err := a.Media.Pictures(c.Context(), []int64{p.Code.PictureID, p.Next.PictureID})
	if err != nil {
		return err
	}
	if code, found := pictures[p.Code.PictureID]; found {
		picture := web.Picture(code, text.T("maker.pay.code_now"))
		v.Code = &picture
	}
	switch p.Next.State {
	case checkout.CodeProposed:
		picture := web.Picture(pictures[p.Next.PictureID], text.T("maker.pay.code_next"))
		v.Next = &picture
	case checkout.CodeRefused:
		v.Refused = p.Next.Note
	}
	return c.Page(status, pages.PayPage(v))
}

func (a area) saveCash(c *web.Ctx) error {
	var in struct {
		Shop    int64  `form:"shop"`
		COD     string `form:"cod"`
		Courier string `form:"courier"`
		Cash    string `form:"cash"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	if err := a.Checkout.OfferCash(c.Context(), c.Actor, shop.ID, in.COD != "", in.Cash != ""); err != nil {
		return err
	}
	if err := a.Checkout.OfferCourierCash(c.Context(), c.Actor, shop.ID, in.Courier != ""); err != nil {
		return err
	}
	c.Flash(view.Good, "maker.pay.saved")
	return saved(c, payURL)
}

func (a area) saveDirect(c *web.Ctx) error {
	var in struct {
		Shop int64  `form:"shop"`
		On   string `form:"on"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	if err := a.Checkout.OfferDirect(c.Context(), c.Actor, shop.ID, in.On != ""); err != nil {
		return err
	}
	c.Flash(view.Good, "maker.pay.saved")
	return c.SeeOther(payURL)
}

// sendCode takes the photo of the shop's QRIS code, which the agency then confirms.
func (a area) sendCode(c *web.Ctx) error {
	var in struct {
		Shop int64 `form:"shop"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	err = a.takeCode(c, shop)
	if fault.Is(err, fault.KindConflict) {
		c.Flash(view.Warn, fault.As(err).Key)
		return c.SeeOther(payURL)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.payPage(c, http.StatusUnprocessableEntity, shop, e) })
	}
	c.Flash(view.Good, "maker.pay.code_sent")
	return c.SeeOther(payURL)
}

func (a area) takeCode(c *web.Ctx, shop catalog.Shop) error {
	file, name, err := c.File("photo")
	if err != nil {
		return err
	}
	if file == nil {
		return invalid("photo", "maker.pay.no_photo")
	}
	defer func() { _ = file.Close() }()
	p, err := a.Media.Store(c.Context(), c.Actor, media.Upload{Reader: file, OwnerKind: checkout.CodePicture, OwnerID: shop.ID, Name: name})
	if err != nil {
		return err
	}
	return a.Checkout.ProposeCode(c.Context(), c.Actor, shop.ID, p.ID)
}
