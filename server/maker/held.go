package maker

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/document"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const (
	takenAt    = "/toko-saya/uang/tarikan"
	takenPage  = 20 // withdrawals on one page
	takenFirst = 3  // on the money page
	heldOpen   = 5  // so many orders are shown at once; more are folded
)

// heldIcons stand beside the reasons.
var heldIcons = map[order.HeldWhy]string{order.HeldToMake: "box", order.HeldOnTheWay: "truck", order.HeldChecking: "clock", order.HeldComplaint: "warning", order.HeldBack: "turn-left", order.HeldSettling: "money"}

// heldGroups are the orders that hold a shop's money, by the reason, those that end
// first at the top.
func heldGroups(m finance.Money, shop catalog.Shop) []pages.HeldGroup {
	var groups []pages.HeldGroup
	for _, why := range order.HeldWhys {
		g := pages.HeldGroup{Icon: heldIcons[why], Why: text.T("moneypage.held." + string(why)), Open: len(m.HeldOrders) <= heldOpen}
		var list []finance.HeldOrder
		for _, o := range m.HeldOrders {
			if o.Why == why {
				list = append(list, o)
			}
		}
		if len(list) == 0 {
			continue
		}
		slices.SortStableFunc(list, func(a, b finance.HeldOrder) int { return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.ID, b.ID)) })
		for _, o := range list {
			g.Sum += o.Amount
			row := pages.HeldRow{Number: o.Number, Amount: o.Amount, URL: orderURL(o.ID), Until: text.T("moneypage.until." + string(why))}
			if !o.Until.IsZero() {
				row.Until = text.T("moneypage.until_day", "date", calendar.Date(o.Until.In(calendar.Zone(shop.RegencyCode))))
			}
			g.Rows = append(g.Rows, row)
		}
		g.Title = text.T("moneypage.held_name."+string(why), "count", len(list))
		groups = append(groups, g)
	}
	return groups
}

// taken lists all withdrawals of a shop, newest first.
func (a area) taken(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "uang", text.T("moneypage.taken"))
		if err != nil {
			return err
		}
		before, _ := strconv.ParseInt(c.Query("sebelum"), 10, 64)
		list, err := a.Finance.Withdrawals(c.Context(), c.Actor, shop.ID, max(before, 0), takenPage+1)
		if err != nil {
			return err
		}
		v := pages.Taken{Page: page}
		if len(list) > takenPage {
			list = list[:takenPage]
			v.Pager.Next = fmt.Sprintf("%s?sebelum=%d", takenAt, list[takenPage-1].ID)
		}
		if before > 0 {
			v.Pager.First = takenAt
		}
		if v.Withdrawals, err = a.takenItems(c, shop, list); err != nil {
			return err
		}
		return c.Page(http.StatusOK, pages.TakenPage(v))
	})
}

// takenItems are withdrawals with what the viewer may do about them, and the photos of
// signed papers for who may see them.
func (a area) takenItems(c *web.Ctx, shop catalog.Shop, list []finance.Withdrawal) ([]pages.Withdrawal, error) {
	if !c.Actor.KeepsMoney(shop.ID) {
		return nil, nil
	}
	var cash []int64
	for _, w := range list {
		if w.Way == finance.ByCash && w.State == finance.Paid {
			cash = append(cash, w.ID)
		}
	}
	papers, err := a.Finance.SignedPapers(c.Context(), c.Actor, shop.ID, cash)
	if err != nil {
		return nil, err
	}
	alt := map[int64]string{}
	for _, picture := range papers {
		alt[picture] = text.T("moneypage.signed")
	}
	photos, err := a.pictures(c.Context(), alt)
	if err != nil {
		return nil, err
	}
	out := make([]pages.Withdrawal, len(list))
	for i, w := range list {
		out[i] = takenItem(c, shop, w)
		out[i].Signed = photos[papers[w.ID]]
	}
	return out, nil
}

// takenReceipt is one withdrawal on paper: what was asked for, where it went, and what
// became of it.
func (a area) takenReceipt(c *web.Ctx) error {
	withdrawalID, err := c.ID("id")
	if err != nil {
		return err
	}
	r, err := a.Finance.Receipt(c.Context(), c.Actor, withdrawalID)
	if err != nil {
		return err
	}
	shop, err := a.own(c, r.ShopID)
	if err != nil {
		return err
	}
	people, err := a.Accounts.Users(c.Context(), []int64{r.RequestedBy, r.CheckedBy, r.HandedBy})
	if err != nil {
		return err
	}
	item := takenItem(c, shop, r.Withdrawal)
	p := document.Paper{Title: text.T("takenpaper.title"), Number: text.T("takenpaper.number", "id", r.ID), Brand: text.T("document.brand"), Page: text.T("document.page"),
		State: item.Chip.Label, Words: r.Amount.Words(),
		Facts: []document.Fact{{Label: text.T("document.shop"), Value: shop.Name}, {Label: text.T("takenpaper.asked"), Value: calendar.DateTime(r.RequestedAt, shop.RegencyCode)},
			{Label: text.T("takenpaper.asked_by"), Value: people[r.RequestedBy].Name}, {Label: text.T("takenpaper.checked_by"), Value: people[r.CheckedBy].Name},
			{Label: text.T("takenpaper.to"), Value: r.Bank}},
		Sums: []document.Sum{{Label: text.T("takenpaper.amount"), Value: r.Amount.String(), Strong: true}}}
	if r.PartyID == 0 {
		p.Facts = append(p.Facts, document.Fact{Label: text.T("takenpaper.holder"), Value: r.HolderName})
	}
	if r.FinishedAt != nil {
		p.Facts = append(p.Facts, document.Fact{Label: text.T("takenpaper.ended"), Value: calendar.DateTime(*r.FinishedAt, shop.RegencyCode)})
	}
	if r.HandedBy > 0 {
		p.Facts = append(p.Facts, document.Fact{Label: text.T("takenpaper.handed_by"), Value: people[r.HandedBy].Name})
		p.Notes = append(p.Notes, text.T("takenpaper.signed"))
	}
	switch {
	case r.State == finance.Paid && r.Way == finance.ByBank:
		p.Notes = append(p.Notes, text.T("takenpaper.paid"))
	case r.State != finance.Paid:
		p.Notes = append(p.Notes, text.T("takenpaper.not_paid"))
	}
	return document.Send(c.Response(), c.Request().Method, fmt.Sprintf("tarik-uang-%d", r.ID), p)
}

// receiptOf is the address of a withdrawal's receipt; only money that arrived has one
// on the pages.
func receiptOf(w finance.Withdrawal) *view.Link {
	if w.State != finance.Paid {
		return nil
	}
	return &view.Link{Label: text.T("moneypage.receipt"), URL: fmt.Sprintf("/toko-saya/uang/tarik/%d/bukti.pdf", w.ID), Icon: "print"}
}
