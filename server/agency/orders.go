package agency

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const (
	ordersURL     = "/dinas/pesanan"
	ordersPerPage = 50
)

// orderRoutes are those of the orders desk: what staff see of the orders in
// their territory, and their twins of the seller's moves.
func (a area) orderRoutes() []web.Route {
	routes := []web.Route{
		{Method: http.MethodGet, Path: ordersURL, Handler: a.orders},
		{Method: http.MethodGet, Path: ordersURL + "/:id", Handler: a.order},
		{Method: http.MethodPost, Path: ordersURL + "/:id/" + stepPath, Handler: a.stepOrder},
		{Method: http.MethodPost, Path: ordersURL + "/:id/tidak-sanggup", Handler: a.askRefusal},
		{Method: http.MethodPost, Path: ordersURL + "/:id/tidak-sanggup/ya", Handler: a.refuseOrder},
	}
	for _, m := range orderMoves {
		routes = append(routes, web.Route{Method: http.MethodPost, Path: ordersURL + "/:id/" + m.path, Handler: a.moveOrder(m)})
	}
	return routes
}

func orderURL(orderID int64) string { return fmt.Sprintf("%s/%d", ordersURL, orderID) }

// orderStates are the tabs: everything an order can be once it is paid.
var orderStates = []order.State{
	order.ToDo, order.Making, order.Ready, order.Dispatched, order.Delivered,
	order.Disputed, order.Returning, order.Returned, order.NotCollected, order.Completed, order.Resolved, order.Cancelled,
}

// needNames are the needs as the address says them.
var needNames = map[order.Need]string{order.NeedsOpening: "belum-dibuka", order.NeedsHurry: "lewat-janji",
	order.NeedsRuling: "keluhan", order.NeedsProof: "bukti-bayar", order.NeedsCash: "cod", order.NeedsDate: "tanggal-baru", order.NeedsEnd: "kembali"}

// orderFilter is what the address asks of the list.
type orderFilter struct {
	state order.State
	shop  int64
	need  order.Need
	next  string // cursor
}

// filterOf reads the address; what is none of ours counts as not said.
func filterOf(c *web.Ctx) orderFilter {
	f := orderFilter{next: c.Query("lanjut")}
	if s := order.State(c.Query("keadaan")); slices.Contains(orderStates, s) {
		f.state = s
	}
	f.shop, _ = strconv.ParseInt(c.Query("toko"), 10, 64)
	for need, name := range needNames {
		if c.Query("perlu") == name {
			f.need = need
		}
	}
	return f
}

func (f orderFilter) query() order.TerritoryFilter {
	q := order.TerritoryFilter{ShopID: f.shop, Need: f.need, Cursor: f.next, Limit: ordersPerPage}
	if f.state != "" {
		q.States = []order.State{f.state}
	}
	return q
}

// address is the list with these filters.
func (f orderFilter) address() string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("keadaan", string(f.state))
	set("perlu", needNames[f.need])
	set("lanjut", f.next)
	if f.shop != 0 {
		set("toko", strconv.FormatInt(f.shop, 10))
	}
	if len(q) == 0 {
		return ordersURL
	}
	return ordersURL + "?" + q.Encode()
}

func (a area) orders(c *web.Ctx) error {
	f := filterOf(c)
	v := pages.Orders{Page: a.frame(c, "orders", text.T("agencyorder.list.title")), Action: ordersURL, State: string(f.state)}
	if v.Number = strings.TrimSpace(c.Query("nomor")); v.Number != "" {
		found, err := a.Orders.OverseenNumber(c.Context(), c.Actor, v.Number)
		if err == nil {
			return c.SeeOther(orderURL(found))
		}
		if !fault.Is(err, fault.KindNotFound) {
			return err
		}
		v.NumberError = text.T("agencyorder.find.none")
	}
	list, err := a.Orders.ForTerritory(c.Context(), c.Actor, f.query())
	if err != nil {
		return err
	}
	counts, err := a.Orders.CountTerritory(c.Context(), c.Actor, f.query())
	if err != nil {
		return err
	}
	shops, err := a.Orders.TerritoryShops(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v.Tabs, v.Shown = orderTabs(f, counts)
	v.Stats, v.Needs = orderNeeds(f, counts)
	for _, s := range shops {
		v.Shops = append(v.Shops, view.Option{Value: strconv.FormatInt(s.ID, 10), Label: s.Name, Selected: s.ID == f.shop})
	}
	if f.shop != 0 || f.need != "" {
		clear := f
		clear.shop, clear.need, clear.next = 0, "", ""
		v.Clear = clear.address()
	}
	v.Table = orderTable(list.Orders)
	v.Pager = orderPager(f, list.Next)
	return c.Page(http.StatusOK, pages.OrdersPage(v))
}

// orderTabs are the states with their counts, and how many orders are shown.
func orderTabs(f orderFilter, counts order.TerritoryCounts) ([]view.Link, string) {
	var total, shown int64
	for _, n := range counts.States {
		total += n
	}
	tab := func(s order.State, label string, n int64) view.Link {
		to := f
		to.state, to.next = s, ""
		if s == f.state {
			shown = n
		}
		return view.Link{Label: label, URL: to.address(), Count: int(n), Current: s == f.state}
	}
	tabs := []view.Link{tab("", text.T("agencyorder.list.all"), total)}
	for _, s := range orderStates {
		tabs = append(tabs, tab(s, order.StateName(s), counts.States[s]))
	}
	return tabs, text.T("agencyorder.list.shown", "count", money.Group(uint64(shown)))
}

// orderNeeds are the figures of what needs help, each leading to its orders, and
// the same as a filter.
func orderNeeds(f orderFilter, counts order.TerritoryCounts) ([]view.Stat, []view.Option) {
	var stats []view.Stat
	var options []view.Option
	for _, need := range order.Needs {
		to := orderFilter{shop: f.shop, need: need}
		label := needLabel(need)
		n := counts.Needs[need]
		stats = append(stats, view.Stat{
			Label: label, Value: money.Group(uint64(n)), URL: to.address(), Tone: toneIf(n > 0, view.Warn),
		})
		options = append(options, view.Option{Value: needNames[need], Label: label, Selected: need == f.need})
	}
	return stats, options
}

func orderPager(f orderFilter, next string) view.Pager {
	var p view.Pager
	if next != "" {
		to := f
		to.next = next
		p.Next = to.address()
	}
	if f.next != "" {
		to := f
		to.next = ""
		p.First = to.address()
	}
	return p
}

func orderTable(orders []order.Overseen) view.Table {
	t := view.Table{Caption: text.T("agencyorder.list.title"), Empty: text.T("agencyorder.list.none")}
	for _, key := range []string{"number", "state", "shop", "lines", "ready", "total"} {
		t.Columns = append(t.Columns, view.Column{Label: text.T("agencyorder.column." + key), Numeric: key == "total"})
	}
	for _, o := range orders {
		when := text.T("agencyorder.list.ordered", "time", calendar.DateTime(o.CreatedAt, o.RegencyCode), "how", text.T(o.PayBy.LabelKey()))
		if o.Paid() {
			when = text.T("agencyorder.list.paid", "time", calendar.DateTime(o.PaidAt, o.RegencyCode))
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: o.Number, URL: orderURL(o.ID), Note: when},
			stateCell(o),
			{Text: o.ShopName, Note: regencyName(o.RegencyCode)},
			{Text: lineWords(o.Order)},
			{Text: day(o.Order)},
			{Text: o.Remaining().String()},
		}})
	}
	return t
}

// stateCell says first why an order needs help, when it does.
func stateCell(o order.Overseen) view.Cell {
	chip := orderChip(o.State)
	if len(o.Needs) == 0 {
		return view.Cell{Chip: &chip}
	}
	words := []string{chip.Label}
	for _, need := range o.Needs[1:] {
		words = append(words, needLabel(need))
	}
	return view.Cell{Chip: &view.Chip{Tone: view.Warn, Label: needLabel(o.Needs[0])}, Note: strings.Join(words, ", ")}
}

func needLabel(need order.Need) string { return text.T("agencyorder.need." + string(need)) }

func regencyName(code string) string {
	r, _ := region.RegencyByCode(code)
	return r.Name
}

// day is the promised day.
func day(o order.Order) string {
	if o.ReadyBy.IsZero() {
		return ""
	}
	return calendar.Date(o.ReadyBy.In(calendar.Zone(o.RegencyCode)))
}

// lineWords is what was ordered and is still to be delivered, in one line.
func lineWords(o order.Order) string {
	var parts []string
	for _, l := range o.Lines {
		if n := l.Left(); n > 0 {
			parts = append(parts, text.T("agencyorder.list.line", "quantity", money.Group(uint64(n)), "name", l.Title))
		}
	}
	if len(parts) == 0 {
		return text.T("agencyorder.list.nothing_left")
	}
	return strings.Join(parts, ", ")
}

func orderChip(s order.State) view.Chip {
	tone := view.Wait
	switch s {
	case order.Dispatched:
		tone = view.Info
	case order.Delivered, order.Completed, order.Resolved:
		tone = view.Good
	case order.Cancelled, order.Lapsed, order.Disputed:
		tone = view.Bad
	}
	return view.Chip{Tone: tone, Label: order.StateName(s)}
}
