package agency

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// headURL is the one page of the head of an agency; detailURL are the lines behind
// its figures.
const (
	headURL   = "/dinas"
	detailURL = "/dinas/rincian"
)

func (a area) headRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: headURL, Handler: a.head},
		{Method: http.MethodGet, Path: "/dinas/ringkasan.xlsx", Handler: a.headSheet},
		{Method: http.MethodGet, Path: detailURL, Handler: a.detail},
		{Method: http.MethodGet, Path: "/dinas/rincian.xlsx", Handler: a.detailSheet},
	}
}

// headFilter is what the address asks: a month ("2026-11") or a year ("2026"), a
// regency, and of the lines the kind, the state and what is the matter.
type headFilter struct {
	period string
	region string
	kind   catalog.ShopKind
	state  catalog.ShopState
	lack   string // "tayang", "pesanan": with such; "sepi", "kunjungan": in need
}

// The values of "isi" in the address: which lines a figure stands for.
const (
	withLive   = "tayang"
	withOrders = "pesanan"
	idle       = "sepi"
	visiting   = "kunjungan"
)

func headFilterOf(c *web.Ctx) headFilter {
	f := headFilter{period: c.Query("periode"), region: c.Query("wilayah")}
	if k := catalog.ShopKind(c.Query("jenis")); slices.Contains(shopKinds, k) {
		f.kind = k
	}
	if s := catalog.ShopState(c.Query("keadaan")); slices.Contains(shopStates, s) {
		f.state = s
	}
	if l := c.Query("isi"); slices.Contains([]string{withLive, withOrders, idle, visiting}, l) {
		f.lack = l
	}
	return f
}

var shopKinds = []catalog.ShopKind{catalog.Individual, catalog.Group, catalog.Institution}

// to is the address of a page under this filter.
func (f headFilter) to(at string) string {
	q := url.Values{}
	for name, value := range map[string]string{"periode": f.period, "wilayah": f.region, "jenis": string(f.kind), "keadaan": string(f.state), "isi": f.lack} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return at
	}
	return at + "?" + q.Encode()
}

// lines narrows to what the filter asks.
func (f headFilter) lines(all []program.OverviewLine) []program.OverviewLine {
	var out []program.OverviewLine
	for _, l := range all {
		fits := map[string]bool{"": true, withLive: l.Live > 0, withOrders: l.Now.Orders > 0, idle: l.Has(program.Idle), visiting: l.Visit()}[f.lack]
		if fits && (f.region == "" || l.Shop.RegencyCode == f.region) && (f.kind == "" || l.Shop.Kind == f.kind) && (f.state == "" || l.Shop.State == f.state) {
			out = append(out, l)
		}
	}
	return out
}

// overviewOf reads the makers of the actor's territory for the span of the address.
func (a area) overviewOf(c *web.Ctx, f *headFilter) ([]program.OverviewLine, program.Span, time.Time, error) {
	now, err := a.Now(c.Context())
	if err != nil {
		return nil, program.Span{}, now, err
	}
	zone := calendar.Zone("31")
	if len(c.Actor.Territory) > 0 {
		zone = calendar.Zone(c.Actor.Territory[0])
	}
	now = now.In(zone)
	span := program.MonthSpan(now)
	if at, err := time.ParseInLocation("2006-01", f.period, zone); err == nil {
		span = program.MonthSpan(at)
	} else if at, err := time.ParseInLocation("2006", f.period, zone); err == nil {
		span = program.YearSpan(at)
	} else {
		f.period = now.Format("2006-01")
	}
	all, err := a.Program.Overview(c.Context(), c.Actor, span)
	return all, span, now, err
}

// periods are the months and years that can be chosen.
func periods(now time.Time, chosen string) []view.Option {
	var out []view.Option
	first := calendar.MonthStart(now)
	for i := range 13 {
		at := first.AddDate(0, -i, 0)
		out = append(out, view.Option{Value: at.Format("2006-01"), Label: monthWords(at), Group: text.T("agency.head.months"), Selected: at.Format("2006-01") == chosen})
	}
	for i := range 3 {
		year := fmt.Sprint(now.Year() - i)
		out = append(out, view.Option{Value: year, Label: year, Group: text.T("agency.head.years"), Selected: year == chosen})
	}
	if !slices.ContainsFunc(out, func(o view.Option) bool { return o.Selected }) {
		out = append([]view.Option{{Value: chosen, Label: periodWords(chosen), Selected: true}}, out...)
	}
	return out
}

func monthWords(at time.Time) string {
	_, words, _ := strings.Cut(calendar.Date(at), " ") // "1 November 2026"
	return words
}

// periodWords is a month or year of the address in words.
func periodWords(period string) string {
	if at, err := time.Parse("2006-01", period); err == nil {
		return monthWords(at)
	}
	return period
}

// beforeWords names the month or year before the span's.
func beforeWords(s program.Span) string {
	if s.From.AddDate(0, 1, 0).Equal(s.To) {
		return monthWords(s.Before)
	}
	return fmt.Sprint(s.Before.Year())
}

// sum is what lines add up to.
type sum struct {
	makers, live, orders, before int64
	goods, goodsBefore           money.Rupiah
	idle, visit                  int64
}

func sumOf(lines []program.OverviewLine) sum {
	var s sum
	for _, l := range lines {
		s.makers++
		s.live += l.Live
		s.orders += l.Now.Orders
		s.before += l.Past.Orders
		s.goods += l.Now.Goods
		s.goodsBefore += l.Past.Goods
		if l.Has(program.Idle) {
			s.idle++
		}
		if l.Visit() {
			s.visit++
		}
	}
	return s
}

// regencySum is one regency of the overview.
type regencySum struct {
	code string
	sum
}

// byRegency sums the lines, by the official order of the codes.
func byRegency(lines []program.OverviewLine) []regencySum {
	of := map[string][]program.OverviewLine{}
	for _, l := range lines {
		of[l.Shop.RegencyCode] = append(of[l.Shop.RegencyCode], l)
	}
	var out []regencySum
	for code, some := range of {
		out = append(out, regencySum{code, sumOf(some)})
	}
	slices.SortFunc(out, func(a, b regencySum) int { return cmp.Compare(a.code, b.code) })
	return out
}

func (a area) head(c *web.Ctx) error {
	f := headFilterOf(c)
	f.kind, f.state, f.lack = "", "", ""
	all, span, now, err := a.overviewOf(c, &f)
	if err != nil {
		return err
	}
	lines := f.lines(all)
	total := sumOf(lines)
	v := pages.Head{
		Page: a.frame(c, "head", text.T("agency.head.title")), Action: headURL, Sheet: f.to("/dinas/ringkasan.xlsx"), Periods: periods(now, f.period),
		Period: periodWords(f.period), Regions: regencies(c.Actor, f.region), Filtered: f.region != "",
	}
	if v.Joins, err = a.Program.JoinsWaiting(c.Context(), c.Actor); err != nil {
		return err
	}
	with := func(change func(*headFilter)) string {
		g := f
		change(&g)
		return g.to(detailURL)
	}
	lack := func(which string) string { return with(func(g *headFilter) { g.lack = which }) }
	before := beforeWords(span)
	n := func(v int64) string { return money.Group(uint64(v)) }
	v.Stats = []view.Stat{
		{Label: text.T("agency.head.makers"), Value: n(total.makers), URL: f.to(detailURL)},
		{Label: text.T("agency.head.live"), Value: n(total.live), URL: lack(withLive)},
		{Label: text.T("agency.head.orders"), Value: n(total.orders), Note: text.T("agency.head.was", "before", before, "value", n(total.before)), URL: lack(withOrders)},
		{Label: text.T("agency.head.goods"), Value: total.goods.String(), Note: text.T("agency.head.was", "before", before, "value", total.goodsBefore), URL: lack(withOrders)},
		{Label: text.T("agency.head.idle"), Value: n(total.idle), Tone: toneIf(total.idle > 0, view.Warn), URL: lack(idle)},
		{Label: text.T("agency.head.visit"), Value: n(total.visit), Tone: toneIf(total.visit > 0, view.Warn), URL: lack(visiting)},
	}
	v.Regencies = view.Table{Caption: text.T("agency.head.by_regency", "period", v.Period), Empty: text.T("agency.makers.empty"), Columns: []view.Column{
		{Label: text.T("agency.makers.region")}, {Label: text.T("agency.head.makers"), Numeric: true}, {Label: text.T("agency.head.live"), Numeric: true},
		{Label: text.T("agency.head.orders"), Numeric: true}, {Label: text.T("agency.head.orders_in", "period", before), Numeric: true},
		{Label: text.T("agency.head.goods"), Numeric: true}, {Label: text.T("agency.head.goods_in", "period", before), Numeric: true},
	}}
	v.Chart = view.Chart{Title: text.T("agency.head.chart", "period", v.Period)}
	for _, r := range byRegency(lines) {
		at := func(which string) string { return with(func(g *headFilter) { g.region, g.lack = r.code, which }) }
		name := regencyName(r.code)
		v.Regencies.Rows = append(v.Regencies.Rows, view.Row{Cells: []view.Cell{
			{Text: name, URL: at("")}, {Text: n(r.makers), URL: at("")}, {Text: n(r.live), URL: at(withLive)}, {Text: n(r.orders), URL: at(withOrders)},
			{Text: n(r.before)}, {Text: r.goods.String()}, {Text: r.goodsBefore.String()},
		}})
		if r.goods > 0 { // rows of nothing are in the table
			v.Chart.Bars = append(v.Chart.Bars, view.Bar{Label: name, Value: int64(r.goods), Text: r.goods.String()})
		}
	}
	if len(v.Regencies.Rows) > 0 {
		v.Regencies.Rows = append(v.Regencies.Rows, view.Row{Tone: view.Info, Cells: []view.Cell{
			{Text: text.T("agency.head.total")}, {Text: n(total.makers), URL: f.to(detailURL)}, {Text: n(total.live), URL: lack(withLive)}, {Text: n(total.orders), URL: lack(withOrders)},
			{Text: n(total.before)}, {Text: total.goods.String()}, {Text: total.goodsBefore.String()},
		}})
	}
	v.Kinds = kindTable(lines, f)
	v.Idle = a.idleTable(lines)
	v.Visits = visitTable(lines)
	return c.Page(http.StatusOK, pages.HeadPage(v))
}

// kindTable counts makers by kind and state; every figure leads to its lines.
func kindTable(lines []program.OverviewLine, f headFilter) view.Table {
	t := view.Table{Caption: text.T("agency.head.by_kind"), Columns: []view.Column{{Label: text.T("agency.invite.kind")}}}
	for _, s := range shopStates {
		t.Columns = append(t.Columns, view.Column{Label: text.T("maker.shop_state." + string(s)), Numeric: true})
	}
	t.Columns = append(t.Columns, view.Column{Label: text.T("agency.head.total"), Numeric: true})
	counts := map[catalog.ShopKind]map[catalog.ShopState]int64{}
	for _, l := range lines {
		if counts[l.Shop.Kind] == nil {
			counts[l.Shop.Kind] = map[catalog.ShopState]int64{}
		}
		counts[l.Shop.Kind][l.Shop.State]++
	}
	cell := func(n int64, k catalog.ShopKind, s catalog.ShopState) view.Cell {
		g := f
		g.kind, g.state, g.lack = k, s, ""
		if n == 0 {
			return view.Cell{Text: "0"}
		}
		return view.Cell{Text: strconv.FormatInt(n, 10), URL: g.to(detailURL)}
	}
	all := map[catalog.ShopState]int64{}
	for _, k := range shopKinds {
		row, total := []view.Cell{{Text: text.T("agency.kind." + string(k))}}, int64(0)
		for _, s := range shopStates {
			row = append(row, cell(counts[k][s], k, s))
			total += counts[k][s]
			all[s] += counts[k][s]
		}
		t.Rows = append(t.Rows, view.Row{Cells: append(row, cell(total, k, ""))})
	}
	row, total := []view.Cell{{Text: text.T("agency.head.total")}}, int64(0)
	for _, s := range shopStates {
		row = append(row, cell(all[s], "", s))
		total += all[s]
	}
	t.Rows = append(t.Rows, view.Row{Tone: view.Info, Cells: append(row, cell(total, "", ""))})
	return t
}

// lastOrder is when the newest order came, in words.
func lastOrder(l program.OverviewLine) string {
	if l.LastOrder.IsZero() {
		return text.T("agency.head.never")
	}
	return calendar.Date(l.LastOrder.In(calendar.Zone(l.Shop.RegencyCode)))
}

// reach is how a maker is called.
func reach(u account.User) view.Cell {
	if u.Phone == "" {
		return view.Cell{Text: text.T("agency.head.no_phone")}
	}
	return view.Cell{Text: web.Phone(u.Phone), URL: "tel:" + u.Phone}
}

// companionOf is who helps, in words.
func companionOf(l program.OverviewLine) string {
	return cmp.Or(l.Companion, text.T("agency.makers.none"))
}

// idleTable are the makers without an order for the longer time, the longest first.
func (a area) idleTable(lines []program.OverviewLine) view.Table {
	t := view.Table{Caption: text.T("agency.head.idle"), Empty: text.T("agency.head.idle_none")}
	for _, key := range []string{"shop", "district", "companion", "last", "reach"} {
		t.Columns = append(t.Columns, view.Column{Label: text.T("agency.head.col_" + key)})
	}
	quiet := func(l program.OverviewLine) int64 {
		for _, r := range l.Reasons {
			if r.Matter == program.Idle {
				return r.Count
			}
		}
		return 0
	}
	var some []program.OverviewLine
	for _, l := range lines {
		if l.Has(program.Idle) {
			some = append(some, l)
		}
	}
	slices.SortStableFunc(some, func(x, y program.OverviewLine) int { return cmp.Compare(quiet(y), quiet(x)) })
	for _, l := range some {
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: l.Shop.Name, URL: makerURL(l.Shop.ID), Note: l.Maker.Name}, {Text: district(l.Shop)}, {Text: companionOf(l)},
			{Text: lastOrder(l), Note: text.T("agency.head.days", "count", quiet(l))}, reach(l.Maker),
		}})
	}
	return t
}

// visitTable are the makers that somebody should go to this week, and why.
func visitTable(lines []program.OverviewLine) view.Table {
	t := view.Table{Caption: text.T("agency.head.visit"), Empty: text.T("agency.head.visit_none")}
	for _, key := range []string{"shop", "district", "companion", "why"} {
		t.Columns = append(t.Columns, view.Column{Label: text.T("agency.head.col_" + key)})
	}
	for _, l := range lines {
		if !l.Visit() {
			continue
		}
		var why []string
		for _, r := range l.Reasons {
			why = append(why, reason(r, l.Shop.RegencyCode))
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: l.Shop.Name, URL: makerURL(l.Shop.ID), Note: l.Maker.Name}, {Text: district(l.Shop)}, {Text: companionOf(l)}, {Text: strings.Join(why, "; ")},
		}})
	}
	return t
}

// headSheet is the table by regency as a file, with its total.
func (a area) headSheet(c *web.Ctx) error {
	f := headFilterOf(c)
	f.kind, f.state, f.lack = "", "", ""
	all, span, _, err := a.overviewOf(c, &f)
	if err != nil {
		return err
	}
	lines, before := f.lines(all), beforeWords(span)
	period := periodWords(f.period)
	rows := [][]string{{text.T("agency.head.code"), text.T("agency.makers.region"), text.T("agency.head.makers"), text.T("agency.head.live"),
		text.T("agency.head.orders_in", "period", period), text.T("agency.head.orders_in", "period", before),
		text.T("agency.head.goods_in", "period", period), text.T("agency.head.goods_in", "period", before), text.T("agency.head.idle"), text.T("agency.head.visit")}}
	row := func(code, name string, s sum) {
		cells := []string{code, name}
		for _, n := range []int64{s.makers, s.live, s.orders, s.before, int64(s.goods), int64(s.goodsBefore), s.idle, s.visit} {
			cells = append(cells, strconv.FormatInt(n, 10))
		}
		rows = append(rows, cells)
	}
	for _, r := range byRegency(lines) {
		row(r.code, regencyName(r.code), r.sum)
	}
	row("", text.T("agency.head.total"), sumOf(lines))
	return c.Sheet("ringkasan-dinas-"+f.period, rows)
}

// detail are the makers behind a figure.
func (a area) detail(c *web.Ctx) error {
	f := headFilterOf(c)
	all, span, now, err := a.overviewOf(c, &f)
	if err != nil {
		return err
	}
	lines := f.lines(all)
	before := beforeWords(span)
	v := pages.Detail{
		Page: a.frame(c, "head", text.T("agency.head.detail")), Action: detailURL, Back: headFilter{period: f.period, region: f.region}.to(headURL), Sheet: f.to("/dinas/rincian.xlsx"),
		Periods: periods(now, f.period), Regions: regencies(c.Actor, f.region), Shown: text.T("agency.makers.shown", "count", len(lines)),
		Table: view.Table{Caption: text.T("agency.head.detail"), Empty: text.T("agency.makers.empty"), Columns: []view.Column{
			{Label: text.T("agency.head.col_shop")}, {Label: text.T("agency.head.col_district")}, {Label: text.T("agency.head.col_companion")}, {Label: text.T("agency.column.state")},
			{Label: text.T("agency.head.live"), Numeric: true}, {Label: text.T("agency.head.orders"), Numeric: true}, {Label: text.T("agency.head.orders_in", "period", before), Numeric: true},
			{Label: text.T("agency.head.goods"), Numeric: true}, {Label: text.T("agency.head.goods_in", "period", before), Numeric: true}, {Label: text.T("agency.head.col_last")},
		}},
	}
	for _, k := range shopKinds {
		v.Kinds = append(v.Kinds, view.Option{Value: string(k), Label: text.T("agency.kind." + string(k)), Selected: f.kind == k})
	}
	for _, s := range shopStates {
		v.States = append(v.States, view.Option{Value: string(s), Label: text.T("maker.shop_state." + string(s)), Selected: f.state == s})
	}
	for _, l := range []string{withLive, withOrders, idle, visiting} {
		v.Which = append(v.Which, view.Option{Value: l, Label: text.T("agency.head.which_" + l), Selected: f.lack == l})
	}
	n := func(v int64) string { return money.Group(uint64(v)) }
	for _, l := range lines {
		chip := shopChip(l.Shop.State)
		v.Table.Rows = append(v.Table.Rows, view.Row{Cells: []view.Cell{
			{Text: l.Shop.Name, URL: makerURL(l.Shop.ID), Note: text.T("agency.kind." + string(l.Shop.Kind))}, {Text: district(l.Shop)}, {Text: companionOf(l)}, {Chip: &chip},
			{Text: n(l.Live)}, {Text: n(l.Now.Orders), URL: fmt.Sprintf("%s?toko=%d", ordersURL, l.Shop.ID)}, {Text: n(l.Past.Orders)}, {Text: l.Now.Goods.String()}, {Text: l.Past.Goods.String()}, {Text: lastOrder(l)},
		}})
	}
	if s := sumOf(lines); len(lines) > 0 {
		v.Table.Rows = append(v.Table.Rows, view.Row{Tone: view.Info, Cells: []view.Cell{
			{Text: text.T("agency.head.total")}, {}, {}, {}, {Text: n(s.live)}, {Text: n(s.orders)}, {Text: n(s.before)}, {Text: s.goods.String()}, {Text: s.goodsBefore.String()}, {},
		}})
	}
	return c.Page(http.StatusOK, pages.DetailPage(v))
}

// detailSheet is detail as a file. It names shops, not phones.
func (a area) detailSheet(c *web.Ctx) error {
	f := headFilterOf(c)
	all, span, _, err := a.overviewOf(c, &f)
	if err != nil {
		return err
	}
	period, before := periodWords(f.period), beforeWords(span)
	rows := [][]string{{text.T("agency.head.col_shop"), text.T("agency.invite.kind"), text.T("agency.column.state"), text.T("agency.makers.region"), text.T("agency.invite.district"),
		text.T("agency.head.col_companion"), text.T("agency.head.live"), text.T("agency.head.orders_in", "period", period), text.T("agency.head.orders_in", "period", before),
		text.T("agency.head.goods_in", "period", period), text.T("agency.head.goods_in", "period", before), text.T("agency.head.col_last")}}
	for _, l := range f.lines(all) {
		d, _ := region.DistrictByCode(l.Shop.DistrictCode)
		last := ""
		if !l.LastOrder.IsZero() {
			last = l.LastOrder.In(calendar.Zone(l.Shop.RegencyCode)).Format("2006-01-02")
		}
		row := []string{l.Shop.Name, text.T("agency.kind." + string(l.Shop.Kind)), text.T("maker.shop_state." + string(l.Shop.State)), regencyName(l.Shop.RegencyCode), d.Name, l.Companion}
		for _, n := range []int64{l.Live, l.Now.Orders, l.Past.Orders, int64(l.Now.Goods), int64(l.Past.Goods)} {
			row = append(row, strconv.FormatInt(n, 10))
		}
		rows = append(rows, append(row, last))
	}
	return c.Sheet("rincian-dinas-"+f.period, rows)
}
