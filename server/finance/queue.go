package finance

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const pageSize = 50

// countLimit is how far the figures above the list count: one reading's most.
const countLimit = 200

// tabs are the withdrawals by what has become of them; the name stands in the
// address.
var tabs = []struct {
	name   string
	states []finance.State
}{
	{"", []finance.State{finance.Requested, finance.Checked}},
	{"dikirim", []finance.State{finance.Paying}},
	{"bermasalah", []finance.State{finance.Failed, finance.Reversed}},
	{"selesai", []finance.State{finance.Paid, finance.Refused, finance.Cancelled}},
}

func (a area) queue(c *web.Ctx) error {
	chosen := 0
	for i, tab := range tabs {
		if tab.name == c.Query("tab") {
			chosen = i
		}
	}
	last, _ := strconv.ParseInt(c.Query("lanjut"), 10, 64) // anything else begins at the beginning
	list, err := a.Withdrawals.Queue(c.Context(), c.Actor, tabs[chosen].states, last, pageSize+1)
	if err != nil {
		return err
	}
	v := pages.Queue{
		Page:  a.frame(c, text.T("financepage.queue.title")),
		Empty: pages.Empty{Title: text.T("financepage.queue.none"), Text: text.T("financepage.queue.none_text")},
	}
	if chosen > 0 {
		v.Empty = pages.Empty{Title: text.T("financepage.queue.none_here")}
	}
	if err := a.glance(c, &v, chosen); err != nil {
		return err
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		v.Pager.Next = tabAddress(tabs[chosen].name, "lanjut", strconv.FormatInt(list[pageSize-1].ID, 10))
	}
	if last > 0 {
		v.Pager.First = tabAddress(tabs[chosen].name)
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	if v.Rows, err = a.rows(c.Context(), list, now); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.QueuePage(v))
}

func tabAddress(name string, more ...string) string {
	address, sep := "/keuangan", "?"
	if name != "" {
		address, sep = address+"?tab="+name, "&"
	}
	if len(more) == 2 {
		address += sep + more[0] + "=" + more[1]
	}
	return address
}

// glance fills the figures and tabs above the list.
func (a area) glance(c *web.Ctx, v *pages.Queue, chosen int) error {
	for i, tab := range tabs {
		link := view.Link{Label: text.T("financepage.tab." + tabKey(tab.name)), URL: tabAddress(tab.name), Current: i == chosen}
		if tab.name != "selesai" {
			list, err := a.Withdrawals.Queue(c.Context(), c.Actor, tab.states, 0, countLimit)
			if err != nil {
				return err
			}
			sum := money.Rupiah(0)
			for _, w := range list {
				if tab.name != "bermasalah" || w.HandledAt == nil {
					sum += w.Amount
					link.Count++
				}
			}
			stat := view.Stat{Label: text.T("financepage.stat." + tabKey(tab.name)), Value: sum.String(), URL: link.URL,
				Note: text.T("financepage.stat.requests", "n", link.Count)}
			if tab.name == "bermasalah" && link.Count > 0 {
				stat.Tone = view.Bad
			}
			v.Stats = append(v.Stats, stat)
		}
		v.Tabs = append(v.Tabs, link)
	}
	tasks, err := a.Withdrawals.Tasks(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	differences, err := a.Payments.DifferenceCount(c.Context())
	if err != nil {
		return err
	}
	refused, err := a.Payments.Refusals(c.Context())
	if err != nil {
		return err
	}
	open := len(tasks) + int(differences) + len(refused)
	if c.Actor.Has(account.RoleFinance) {
		items, err := a.Suspense.SuspenseItems(c.Context(), c.Actor)
		if err != nil {
			return err
		}
		open += len(items)
	}
	stat := view.Stat{Label: text.T("financepage.stat.tasks"), Value: strconv.Itoa(open), URL: "/keuangan/tugas"}
	if open > 0 {
		stat.Tone = view.Warn
	}
	v.Stats = append(v.Stats, stat)
	return nil
}

func tabKey(name string) string {
	if name == "" {
		return "menunggu"
	}
	return name
}

// rows is a table of withdrawals.
func (a area) rows(ctx context.Context, list []finance.Withdrawal, now time.Time) (view.Table, error) {
	t := view.Table{Caption: text.T("financepage.queue.title"), Columns: []view.Column{
		{Label: text.T("financepage.col.shop")}, {Label: text.T("financepage.col.amount"), Numeric: true}, {Label: text.T("financepage.col.bank")},
		{Label: text.T("financepage.col.asked")}, {Label: text.T("financepage.col.state")},
	}}
	var shopIDs, userIDs []int64
	for _, w := range list {
		shopIDs, userIDs = append(shopIDs, w.ShopID), append(userIDs, w.RequestedBy)
	}
	shops, err := a.shopsOf(ctx, shopIDs)
	if err != nil {
		return t, err
	}
	people, err := a.People.Users(ctx, userIDs)
	if err != nil {
		return t, err
	}
	for _, w := range list {
		chip := stateChip(w)
		state := view.Cell{Chip: &chip}
		if w.NeedsCheck && w.State == finance.Requested {
			state.Note = text.T("financepage.queue.second")
		}
		if w.HandledAt != nil {
			state.Note = text.T("financepage.queue.handled")
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: shops[w.ShopID].Name, URL: address(w.ID), Note: text.T("financepage.queue.by", "name", people[w.RequestedBy].Name)},
			{Text: w.Amount.String(), Note: w.Amount.Words()},
			{Text: strings.ReplaceAll(w.Bank, " ", "\u00a0"), Note: w.HolderName},
			{Text: since(w.RequestedAt, now), Note: stamp(w.RequestedAt)},
			state,
		}})
	}
	return t, nil
}
