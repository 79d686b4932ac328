package finance

import (
	"context"
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Cash is what the desk does with notes and coins (finance.Service).
type Cash interface {
	CashBox(ctx context.Context, actor account.Actor) (money.Rupiah, error)
	DrawCash(ctx context.Context, actor account.Actor, amount money.Rupiah, reason, formKey string) error
	CountCash(ctx context.Context, actor account.Actor, counted money.Rupiah, reason, formKey string) error
	TakeBackCash(ctx context.Context, actor account.Actor, id int64, reason string) (finance.Withdrawal, error)
}

type cashForm struct {
	Amount  string `form:"amount"`
	Reason  string `form:"reason"`
	Counted string `form:"counted"`
	Note    string `form:"note"`
	FormKey string `form:"form_key"`
}

func (a area) cashBox(c *web.Ctx) error { return a.showCash(c, http.StatusOK, cashForm{}, nil) }

func (a area) showCash(c *web.Ctx, status int, in cashForm, e view.Errors) error {
	holds, err := a.Withdrawals.CashBox(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	return c.Page(status, pages.CashBoxPage(pages.CashBox{
		Page: a.frame(c, text.T("cashpage.box_title")), Holds: holds, CanAct: c.Actor.Has(account.RoleFinance), DrawKey: id.Token(), CountKey: id.Token(),
		Amount: in.Amount, Reason: in.Reason, Counted: in.Counted, Note: in.Note, Errors: e,
	}))
}

func (a area) drawCash(c *web.Ctx) error {
	return a.onCash(c, "cashpage.drawn", func(in cashForm) error {
		amount, err := money.Parse(in.Amount)
		if err != nil && c.Actor.Has(account.RoleFinance) {
			return missing("amount", "cashpage.unreadable")
		}
		return a.Withdrawals.DrawCash(c.Context(), c.Actor, amount, in.Reason, in.FormKey)
	})
}

func (a area) countCash(c *web.Ctx) error {
	return a.onCash(c, "cashpage.counted_done", func(in cashForm) error {
		counted, err := money.Parse(in.Counted)
		if err != nil && c.Actor.Has(account.RoleFinance) {
			return missing("counted", "cashpage.unreadable")
		}
		return a.Withdrawals.CountCash(c.Context(), c.Actor, counted, in.Note, in.FormKey)
	})
}

func (a area) onCash(c *web.Ctx, done string, do func(cashForm) error) error {
	var in cashForm
	err := c.Decode(&in)
	if err == nil {
		err = do(in)
	}
	if web.Faulty(err) {
		return a.showCash(c, http.StatusUnprocessableEntity, in, c.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, done)
	return c.SeeOther("/keuangan/kas")
}

func (a area) takeBack(c *web.Ctx) error {
	return a.act(c, "ambil", "cashpage.taken_back", func(id int64, e entry) error {
		_, err := a.Withdrawals.TakeBackCash(c.Context(), c.Actor, id, e.Reason)
		return err
	})
}
