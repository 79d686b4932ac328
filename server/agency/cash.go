package agency

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func (a area) cashRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/dinas/tunai", Handler: a.cash},
		{Method: http.MethodGet, Path: "/dinas/tunai/:id", Handler: a.cashReceipt},
		{Method: http.MethodPost, Path: "/dinas/tunai/:id/serahkan", Handler: a.handOver, BodyLimit: photoLimit},
	}
}

func (a area) cash(c *web.Ctx) error {
	list, err := a.Finance.CashToHand(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	box, err := a.Finance.CashBox(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := pages.CashList{Page: a.frame(c, "cash", text.T("cashpage.title")), Box: text.T("cashpage.box", "amount", box), Rows: view.Table{
		Caption: text.T("cashpage.title"), Empty: text.T("cashpage.none"),
		Columns: []view.Column{{Label: text.T("cashpage.col.shop")}, {Label: text.T("cashpage.col.amount"), Numeric: true}, {Label: text.T("cashpage.col.since")}},
	}}
	for _, w := range list {
		shop, err := a.Catalog.Shop(c.Context(), w.ShopID)
		if err != nil {
			return err
		}
		place := shop.Place()
		if w.PartyID > 0 {
			place = text.T("cashpage.share_of", "name", w.HolderName) + ", " + place
		}
		v.Rows.Rows = append(v.Rows.Rows, view.Row{Cells: []view.Cell{
			{Text: shop.Name, URL: fmt.Sprintf("/dinas/tunai/%d", w.ID), Note: place}, {Text: w.Amount.String(), Note: w.Amount.Words()},
			{Text: calendar.DateTime(w.RequestedAt, shop.RegencyCode)},
		}})
	}
	return c.Page(http.StatusOK, pages.CashListPage(v))
}

func (a area) cashReceipt(c *web.Ctx) error { return a.receiptPage(c, http.StatusOK, nil) }

func (a area) receiptPage(c *web.Ctx, status int, e view.Errors) error {
	withdrawalID, err := c.ID("id")
	if err != nil {
		return err
	}
	w, err := a.Finance.MayHandOver(c.Context(), c.Actor, withdrawalID)
	if err != nil {
		return err
	}
	shop, err := a.Catalog.Shop(c.Context(), w.ShopID)
	if err != nil {
		return err
	}
	people, err := a.Accounts.Users(c.Context(), []int64{w.RequestedBy, w.DecidedBy})
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	to, what := people[w.RequestedBy].Name, text.T("cashpage.fact.for_text")
	if w.PartyID > 0 { // a worker by the code
		to, what = w.HolderName, text.T("cashpage.fact.for_share")
	}
	v := pages.CashReceipt{
		Page: a.frame(c, "cash", text.T("cashpage.receipt", "id", w.ID)), Number: text.T("cashpage.receipt", "id", w.ID), Amount: w.Amount,
		URL: fmt.Sprintf("/dinas/tunai/%d/serahkan", w.ID), Errors: e,
		Facts: []view.Fact{
			{Label: text.T("cashpage.fact.to"), Value: to}, {Label: text.T("cashpage.fact.shop"), Value: shop.Name, Note: shop.Place()},
			{Label: text.T("cashpage.fact.for"), Value: what}, {Label: text.T("cashpage.fact.approved"), Value: people[w.DecidedBy].Name},
			{Label: text.T("cashpage.fact.when"), Value: calendar.DateTime(now, shop.RegencyCode)},
		},
	}
	return c.Page(status, pages.CashReceiptPage(v))
}

func (a area) handOver(c *web.Ctx) error {
	withdrawalID, err := c.ID("id")
	if err != nil {
		return err
	}
	if _, err := a.Finance.MayHandOver(c.Context(), c.Actor, withdrawalID); err != nil {
		return err
	}
	picture, err := a.upload(c, finance.ReceiptPicture, withdrawalID)
	if err == nil {
		_, err = a.Finance.HandOver(c.Context(), c.Actor, withdrawalID, picture)
	}
	if err != nil && picture > 0 { // the photo of nothing
		if removed := a.Pictures.Remove(c.Context(), picture); removed != nil {
			return firstOf(err, removed)
		}
	}
	if fault.Is(err, fault.KindConflict) || web.Faulty(err) {
		return a.receiptPage(c, http.StatusUnprocessableEntity, c.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "cashpage.done")
	return c.SeeOther("/dinas/tunai")
}
