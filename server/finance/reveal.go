package finance

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// revealBank answers with the whole number of the account a withdrawal goes to,
// for a reason, and stores it nowhere.
func (a area) revealBank(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	w, err := a.Withdrawals.Withdrawal(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	var in struct {
		Reason string `form:"reason"`
	}
	at := fmt.Sprintf("/keuangan/%d", id)
	v := view.Reveal{
		Title: text.T("financepage.fact.bank"), Of: w.HolderName, URL: at + "/rekening",
		Back: view.Link{Label: text.T("financepage.one.back"), URL: at},
	}
	v.Page = a.frame(c, v.Title)
	err = c.Decode(&in)
	if err == nil {
		bank, shown := a.Withdrawals.RevealBank(c.Context(), c.Actor, w.BankAccountID, in.Reason)
		v.Value, err = bank.Number, shown
		v.Facts = []view.Fact{{Label: text.T("financepage.fact.bank"), Value: bank.Masked}, {Label: text.T("financepage.fact.holder"), Value: bank.HolderName}}
	}
	if web.Faulty(err) {
		v.Value, v.Reason, v.Errors = "", in.Reason, web.Errors(err)
		return c.Page(http.StatusUnprocessableEntity, ui.RevealPage(v))
	}
	if err != nil {
		return err
	}
	return c.Page(http.StatusOK, ui.RevealPage(v))
}
