package maker

import (
	"slices"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// stepField marks what was opened from the first steps: saving it leads back there.
const (
	stepField = "langkah"
	asStep    = "?" + stepField + "=1"
)

// fromSteps reports whether a page, or the form on it, was opened from the first
// steps.
func fromSteps(c *web.Ctx) bool {
	if c.Query(stepField) != "" {
		return true
	}
	values, err := c.Form()
	return err == nil && values.Get(stepField) != ""
}

// saved leads on after something was saved: back to the first steps when it was
// one of them.
func saved(c *web.Ctx, to string) error {
	if fromSteps(c) {
		return c.SeeOther("/toko-saya")
	}
	return c.SeeOther(to)
}

// firstSteps is what a new shop is asked, in this order: what it makes, how the
// goods reach the buyer, when they can be collected, where the money goes, and the
// first product. Every answer is read from where it is kept, so nothing the agency
// has filled in is asked again. It is nil when everything is answered, and in a
// shop that begins nothing new.
//
// Who helps is asked only what she may answer: not the delivery, whose address is
// private, and never the bank account (design §3.7).
func (a area) firstSteps(c *web.Ctx, shop catalog.Shop) (*pages.FirstSteps, error) {
	if !working(shop) {
		return nil, nil
	}
	products, err := a.Catalog.MyProducts(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return nil, err
	}
	v := &pages.FirstSteps{}
	step := func(name, icon, to string, done bool) {
		v.Items = append(v.Items, pages.FirstStep{
			Icon: icon, Label: text.T("maker.first." + name), Note: text.T("maker.first." + name + "_note"), URL: to, Done: done,
		})
	}
	step("about", "shop", "/toko-saya/toko/tentang"+asStep, shop.About != "")
	if c.Actor.Runs(shop.ID) {
		s, err := a.Delivery.Settings(c.Context(), c.Actor, shop.ID)
		if err != nil && !fault.Is(err, fault.KindNotFound) { // none yet
			return nil, err
		}
		some := s.Pickup || s.Own || s.Courier
		step("delivery", "truck", "/toko-saya/pengiriman"+asStep, some)
		if s.Pickup || !some { // how to find the place says when to come, too
			step("hours", "clock", "/toko-saya/pengiriman/jam"+asStep, len(s.Hours) > 0 || s.Address.Hint != "")
		}
		paid, asked, err := a.paid(c, shop)
		if err != nil {
			return nil, err
		}
		if asked {
			step("pay", "money", "/toko-saya/uang/rekening"+asStep, paid)
			v.Items[len(v.Items)-1].Or = view.Link{Label: text.T("maker.first.pay_cash"), URL: payURL + asStep, Icon: "money"}
		}
	}
	begun, listed := firstProduct(products)
	step("product", "camera", begun, listed)
	v.Items[len(v.Items)-1].Add = add(shop)
	v.Selling = slices.ContainsFunc(products, func(p catalog.OwnProduct) bool { return p.State == catalog.ProductPublished })
	if v.Next() < 0 {
		return nil, nil
	}
	return v, nil
}

// paid reports whether it is known where the shop's money goes: to an account, also
// one the agency has yet to confirm, to a QRIS code of its own, or from hand to hand.
// It is asked of those who own the money only.
func (a area) paid(c *web.Ctx, shop catalog.Shop) (known, asked bool, err error) {
	accounts, err := a.Finance.BankAccounts(c.Context(), c.Actor, shop.ID)
	if fault.Is(err, fault.KindForbidden) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	p, err := a.Checkout.Payments(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return false, false, err
	}
	inUse := slices.ContainsFunc(accounts, func(b finance.BankAccount) bool {
		return b.State == finance.BankActive || b.State == finance.BankProposed
	})
	return inUse || p.COD || p.Courier || p.Cash || p.Code.ID > 0, true, nil
}

// firstProduct reports whether a product was sent to be looked at, or shown; and
// where one begun goes on.
func firstProduct(products []catalog.OwnProduct) (begun string, listed bool) {
	for _, p := range products {
		switch {
		case p.State != catalog.ProductUnpublished:
			return "", true
		case p.SubmissionState == catalog.SubmissionDraft:
			begun = submissionURL(p.SubmissionID)
		case p.SubmissionState != catalog.SubmissionWithdrawn && p.SubmissionState != catalog.SubmissionRefused:
			return "", true
		}
	}
	return begun, false
}
