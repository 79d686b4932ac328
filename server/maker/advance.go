package maker

import (
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const advanceAt = "/toko-saya/uang/bahan"

type advanceForm struct {
	Shop    int64  `form:"shop"`
	Amount  string `form:"amount"`
	Reason  string `form:"reason"`
	FormKey string `form:"form_key"`
}

func (a area) showAdvance(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		return a.advancePage(c, http.StatusOK, shop, advanceForm{FormKey: id.Token()}, nil)
	})
}

// advancePage asks how much is needed for materials, and shows what was asked before.
func (a area) advancePage(c *web.Ctx, status int, shop catalog.Shop, in advanceForm, e view.Errors) error {
	page, err := a.frame(c, shop, "uang", text.T("advancepage.question"))
	if err != nil {
		return err
	}
	most, debt, err := a.Finance.AdvanceCeiling(c.Context(), c.Actor, shop.ID)
	if fault.Is(err, fault.KindForbidden) {
		return a.closed(c, http.StatusForbidden, page, err)
	}
	if err != nil {
		return err
	}
	asked, err := a.Finance.Advances(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	v := pages.ShareForm{Page: page, Step: ui.Step{Question: text.T("advancepage.question"), Hint: text.T("advancepage.hint"), Action: advanceAt, FormKey: in.FormKey,
		Hidden: []view.Hidden{hiddenShop(shop)}, Errors: e, Back: "/toko-saya/uang"},
		Facts: []view.Fact{{Label: text.T("advancepage.most"), Value: most.String()}, {Label: text.T("advancepage.debt"), Value: debt.String()}},
		Fields: []view.Field{
			{Name: "amount", Label: text.T("advancepage.amount"), Prefix: "Rp", InputMode: "numeric", Value: in.Amount, Error: e.Of("amount"), MaxLength: 16, Large: true},
			{Name: "reason", Label: text.T("advancepage.reason"), Value: in.Reason, Error: e.Of("reason"), MaxLength: 300},
		}}
	if most < finance.Smallest && !e.Any() { // what was typed before is not thrown away
		v.Closed = text.T("advancepage.nothing")
	}
	for _, one := range asked {
		note := text.T(one.State.LabelKey()) + ", " + calendar.DateTime(one.RequestedAt, shop.RegencyCode)
		if one.Note != "" {
			note += ". " + one.Note
		}
		if one.State.Open() {
			v.Closed = text.T("advancepage.hint")
			v.Waiting = &pages.ShareWaiting{Text: text.T("advancepage.waiting", "amount", one.Amount, "reason", one.Reason), URL: advanceAt + "/batal", Cancel: text.T("advancepage.cancel"),
				Fields: []view.Hidden{hiddenShop(shop), {Name: "nomor", Value: strconv.FormatInt(one.ID, 10)}}}
		}
		v.Lines = append(v.Lines, pages.ShareLine{Name: one.Reason, Note: note, Amount: one.Amount})
	}
	return c.Page(status, pages.ShareFormPage(v))
}

// askAdvance repeats the amount in figures and words. Nothing has happened yet.
func (a area) askAdvance(c *web.Ctx) error {
	return a.advanceForm(c, func(shop catalog.Shop, in advanceForm, amount money.Rupiah) error {
		most, _, err := a.Finance.AdvanceCeiling(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		if amount > most {
			return a.advancePage(c, http.StatusUnprocessableEntity, shop, in, web.Errors(invalid("amount", "finance.advance.too_much", "max", most)))
		}
		page, err := a.frame(c, shop, "uang", text.T("advancepage.confirm"))
		if err != nil {
			return err
		}
		return c.Page(http.StatusOK, pages.ShareFormPage(pages.ShareForm{Page: page, Amount: &amount, Step: ui.Step{
			Question: text.T("advancepage.confirm"), Hint: text.T("advancepage.confirm_hint"), Action: advanceAt + "/ya", FormKey: in.FormKey,
			Hidden: []view.Hidden{hiddenShop(shop), {Name: "amount", Value: in.Amount}, {Name: "reason", Value: in.Reason}},
			Submit: text.T("advancepage.submit"), SubmitIcon: "check", Back: advanceAt,
		}}))
	})
}

func (a area) advanceForm(c *web.Ctx, then func(shop catalog.Shop, in advanceForm, amount money.Rupiah) error) error {
	var in advanceForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	amount, err := money.Parse(in.Amount)
	if err != nil {
		return a.advancePage(c, http.StatusUnprocessableEntity, shop, in, web.Errors(invalid("amount", "maker.take.unreadable")))
	}
	return then(shop, in, amount)
}

// requestAdvance asks finance.
func (a area) requestAdvance(c *web.Ctx) error {
	return a.advanceForm(c, func(shop catalog.Shop, in advanceForm, amount money.Rupiah) error {
		if _, err := a.Finance.RequestAdvance(c.Context(), c.Actor, shop.ID, amount, in.Reason, in.FormKey); err != nil {
			return again(c, err, func(e view.Errors) error { return a.advancePage(c, http.StatusUnprocessableEntity, shop, in, e) })
		}
		c.Flash(view.Good, "advancepage.sent")
		return c.SeeOther(advanceAt)
	})
}

// cancelAdvance takes a request back that nobody has decided on.
func (a area) cancelAdvance(c *web.Ctx) error {
	var in struct {
		Shop int64 `form:"shop"`
		ID   int64 `form:"nomor"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if _, err := a.own(c, in.Shop); err != nil {
		return err
	}
	if in.ID <= 0 {
		return fault.Invalid("finance.form.stale")
	}
	if _, err := a.Finance.CancelAdvance(c.Context(), c.Actor, in.ID); err != nil {
		return err
	}
	c.Flash(view.Good, "advancepage.cancelled")
	return c.SeeOther(advanceAt)
}
