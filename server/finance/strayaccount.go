package finance

import (
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// typedAccount is what was sent and could not be taken, to be drawn again.
type typedAccount struct {
	payment int64
	bank    payment.Bank
	errors  view.Errors
}

// typeAccount takes the account that money nobody asked for goes back to.
func (a area) typeAccount(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Bank   string `form:"channel_code"`
		Number string `form:"account_number"`
		Holder string `form:"holder_name"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	bank := payment.Bank{ChannelCode: in.Bank, AccountNumber: in.Number, HolderName: in.Holder}
	err = a.Withdrawals.TypeStrayAccount(c.Context(), c.Actor, id, bank)
	if web.Faulty(err) {
		return a.drawTasks(c, http.StatusUnprocessableEntity, err, &typedAccount{id, bank, web.Errors(err)})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "financepage.done.account")
	return c.SeeOther("/keuangan/tugas#tak-dikenal")
}

// confirmAccount sends the money to the account that somebody else typed.
func (a area) confirmAccount(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Seen int64 `form:"seen"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	err = a.Withdrawals.ConfirmStrayAccount(c.Context(), c.Actor, id, time.UnixMicro(in.Seen).UTC())
	if fault.Is(err, fault.KindForbidden) { // one's own typing
		return a.showTasks(c, http.StatusForbidden, err)
	}
	if web.Faulty(err) {
		return a.showTasks(c, http.StatusUnprocessableEntity, err)
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "financepage.done.returning")
	return c.SeeOther("/keuangan/tugas#tak-dikenal")
}

// strayAccount is the form for an account, or the one to be confirmed.
func (a area) strayAccount(c *web.Ctx, s finance.Stray, typed *typedAccount) *pages.StrayAccount {
	v := &pages.StrayAccount{ID: strconv.FormatInt(s.PaymentID, 10)}
	bank := payment.Bank{}
	if typed != nil && typed.payment == s.PaymentID {
		bank, v.Errors, v.Open = typed.bank, typed.errors, true
	}
	v.Number, v.Holder = bank.AccountNumber, bank.HolderName
	for _, ch := range payment.PayoutChannels() {
		v.Banks = append(v.Banks, view.Option{Value: ch.Code, Label: ch.Name, Selected: ch.Code == bank.ChannelCode})
	}
	if s.AccountBy == 0 {
		return v
	}
	name := s.Account.ChannelCode
	if ch, found := payment.PayoutChannelByCode(name); found {
		name = ch.Name
	}
	v.Typed = text.T("financepage.stray.typed", "bank", name, "number", s.Account.AccountNumber, "holder", s.Account.HolderName)
	v.Own = s.AccountBy == c.Actor.UserID
	v.Seen = strconv.FormatInt(s.AccountAt.UnixMicro(), 10)
	return v
}
