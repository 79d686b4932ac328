package maker

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

type payShareForm struct {
	Shop    int64  `form:"shop"`
	Party   int64  `form:"orang"`
	Amount  string `form:"amount"`
	FormKey string `form:"form_key"`
}

func partyAt(partyID int64) string { return fmt.Sprintf("%s/rincian?orang=%d", sharesAt, partyID) }

// fillPay adds to a party's page what was asked for it, and the way to ask.
func (a area) fillPay(c *web.Ctx, shop catalog.Shop, p share.Party, v *pages.ShareStatement) error {
	list, err := a.Finance.ShareWithdrawals(c.Context(), c.Actor, shop.ID, p.ID)
	if err != nil {
		return err
	}
	open := false
	for _, w := range list {
		open = open || w.State.Open()
		v.Withdrawals = append(v.Withdrawals, takenItem(c, shop, w))
	}
	if p.Due > 0 && !open {
		v.Pay = &view.Link{Label: text.T("sharepage.pay"), URL: fmt.Sprintf("%s/ambil?orang=%d", sharesAt, p.ID), Icon: "money"}
	}
	return nil
}

func (a area) showPayShare(c *web.Ctx) error {
	return a.owners(c, func(shop catalog.Shop) error {
		number, err := strconv.ParseInt(c.Query("orang"), 10, 64)
		if err != nil {
			return c.SeeOther(sharesAt)
		}
		p, err := a.Shares.Party(c.Context(), c.Actor, number)
		if err != nil {
			return err
		}
		in := payShareForm{Shop: shop.ID, Party: p.ID, Amount: money.Group(uint64(min(max(p.Due, 0), finance.CashMost))), FormKey: id.Token()}
		return a.paySharePage(c, http.StatusOK, shop, p, in, nil)
	})
}

// paySharePage asks how much of its share a party is handed.
func (a area) paySharePage(c *web.Ctx, status int, shop catalog.Shop, p share.Party, in payShareForm, e view.Errors) error {
	question := text.T("sharepage.pay_question", "name", p.Label)
	page, err := a.frame(c, shop, "uang", question)
	if err != nil {
		return err
	}
	return c.Page(status, pages.ShareFormPage(pages.ShareForm{Page: page,
		Step: ui.Step{Question: question, Hint: text.T("sharepage.pay_hint"), Action: sharesAt + "/ambil", FormKey: in.FormKey, Errors: e, Back: partyAt(p.ID),
			Hidden: []view.Hidden{hiddenShop(shop), {Name: "orang", Value: strconv.FormatInt(p.ID, 10)}}},
		Facts:  []view.Fact{{Label: text.T("sharepage.pay_due"), Value: p.Due.String()}},
		Fields: []view.Field{{Name: "amount", Label: text.T("sharepage.pay_amount"), Prefix: "Rp", InputMode: "numeric", Value: in.Amount, Error: e.Of("amount"), MaxLength: 16, Large: true}},
	}))
}

func (a area) payShareForm(c *web.Ctx, then func(shop catalog.Shop, p share.Party, in payShareForm, amount money.Rupiah) error) error {
	var in payShareForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	if !runsShop(c, shop.ID) {
		return fault.Forbidden("finance.money.own_only")
	}
	if in.Party == 0 {
		return fault.Invalid("finance.form.stale")
	}
	p, err := a.Shares.Party(c.Context(), c.Actor, in.Party)
	if err != nil {
		return err
	}
	amount, err := money.Parse(in.Amount)
	if err != nil {
		return a.paySharePage(c, http.StatusUnprocessableEntity, shop, p, in, web.Errors(invalid("amount", "maker.take.unreadable")))
	}
	return then(shop, p, in, amount)
}

// askPayShare repeats the amount in figures and words. Nothing has happened yet.
func (a area) askPayShare(c *web.Ctx) error {
	return a.payShareForm(c, func(shop catalog.Shop, p share.Party, in payShareForm, amount money.Rupiah) error {
		var wrong error
		switch {
		case amount <= 0:
			wrong = invalid("amount", "finance.withdrawal.too_small", "min", money.Rupiah(1))
		case amount > p.Due:
			wrong = invalid("amount", "finance.share.too_much", "due", p.Due)
		case amount > finance.CashMost:
			wrong = invalid("amount", "finance.cash.too_much", "max", finance.CashMost)
		}
		if wrong != nil {
			return a.paySharePage(c, http.StatusUnprocessableEntity, shop, p, in, web.Errors(wrong))
		}
		question := text.T("sharepage.pay_confirm", "name", p.Label)
		page, err := a.frame(c, shop, "uang", question)
		if err != nil {
			return err
		}
		return c.Page(http.StatusOK, pages.ShareFormPage(pages.ShareForm{Page: page, Amount: &amount,
			Step: ui.Step{Question: question, Hint: text.T("sharepage.pay_next." + string(shop.Kind)), Action: sharesAt + "/ambil/ya", FormKey: in.FormKey,
				Hidden: []view.Hidden{hiddenShop(shop), {Name: "orang", Value: strconv.FormatInt(p.ID, 10)}, {Name: "amount", Value: fmt.Sprint(int64(amount))}},
				Submit: text.T("sharepage.pay_submit"), SubmitIcon: "check", Back: partyAt(p.ID)},
			Facts: []view.Fact{{Label: text.T("sharepage.pay_left"), Value: (p.Due - amount).String()}},
		}))
	})
}

// payShare asks finance.
func (a area) payShare(c *web.Ctx) error {
	return a.payShareForm(c, func(shop catalog.Shop, p share.Party, in payShareForm, amount money.Rupiah) error {
		_, err := a.Finance.RequestShare(c.Context(), c.Actor, p.ID, amount, in.FormKey)
		switch {
		case fault.Is(err, fault.KindConflict):
			c.Flash(view.Warn, fault.As(err).Key, fault.As(err).Args...)
		case err != nil:
			return again(c, err, func(e view.Errors) error {
				return a.paySharePage(c, http.StatusUnprocessableEntity, shop, p, in, e)
			})
		default:
			c.Flash(view.Good, "sharepage.pay_asked", "amount", amount)
		}
		return c.SeeOther(partyAt(p.ID))
	})
}
