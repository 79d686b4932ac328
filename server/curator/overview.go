package curator

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const overviewAddress = "/kurasi/ringkasan"

// periods are how many days an overview may look back; the second is usual.
var periods = []int{30, 90, 365}

// overviewQuery is what an overview's address says.
type overviewQuery struct {
	days             int
	category, region string
}

func overviewOf(q url.Values) overviewQuery {
	n := narrowed(q)
	out := overviewQuery{days: periods[1], category: n.category, region: n.region}
	if days, err := strconv.Atoi(q.Get("periode")); err == nil && slices.Contains(periods, days) {
		out.days = days
	}
	return out
}

// address is a page under the same filters.
func (q overviewQuery) address(path string, more ...string) string {
	v := url.Values{}
	if q.days != periods[1] {
		v.Set("periode", strconv.Itoa(q.days))
	}
	for name, value := range map[string]string{"kategori": q.category, "wilayah": q.region} {
		if value != "" {
			v.Set(name, value)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (q overviewQuery) filter() curation.OverviewFilter {
	f := curation.OverviewFilter{Days: q.days, Category: q.category}
	if q.region != "" {
		f.Regions = []string{q.region}
	}
	return f
}

func (a area) overview(c *web.Ctx) error {
	q := overviewOf(c.QueryValues())
	o, err := a.Curation.Overview(c.Context(), c.Actor, q.filter())
	if err != nil {
		return err
	}
	v := pages.Overview{Page: a.frame(c, text.T("overview.title")), Since: text.T("overview.since", "date", calendar.Date(o.Since))}
	if v.Filter, err = a.filter(c, narrowing{category: q.category, region: q.region}); err != nil {
		return err
	}
	v.Filter.Clear = overviewQuery{days: q.days}.address(overviewAddress)
	for _, days := range periods {
		v.Periods = append(v.Periods, view.Option{Value: strconv.Itoa(days), Label: text.T("overview.days", "n", days), Selected: days == q.days})
	}
	late := view.Neutral
	if o.Overdue > 0 {
		late = view.Bad
	}
	v.Load = []view.Stat{
		{Label: text.T("overview.waiting"), Value: group(o.Waiting)},
		{Label: text.T("overview.overdue", "days", o.Promise), Value: group(o.Overdue), Tone: late},
		{Label: text.T("overview.free"), Value: group(o.Free)},
		{Label: text.T("overview.claimed"), Value: group(o.Claimed)},
	}
	v.Parts = parts(o, people)
	for i := range v.Parts {
		if p := &v.Parts[i]; len(p.Table.Rows) > 0 {
			p.CSV = q.address(overviewAddress+".csv", "tabel", p.ID)
		} else {
			p.Chart = nil
		}
	}
	return c.Page(http.StatusOK, pages.OverviewPage(v))
}

// overviewCSV is one table of the overview as a file.
func (a area) overviewCSV(c *web.Ctx) error {
	q := overviewOf(c.QueryValues())
	o, err := a.Curation.Overview(c.Context(), c.Actor, q.filter())
	if err != nil {
		return err
	}
	for i, p := range parts(o, programs) {
		if wanted := c.Query("tabel"); p.ID != wanted && (wanted != "" || i > 0) { // without a name, the first
			continue
		}
		head := []string{}
		for _, col := range p.Table.Columns {
			head = append(head, col.Label)
		}
		rows := [][]string{head}
		for _, r := range p.Table.Rows {
			line := []string{}
			for _, cell := range r.Cells {
				line = append(line, cell.Text)
			}
			rows = append(rows, line)
		}
		return c.CSV("kurasi-"+p.ID, rows)
	}
	return fault.NotFound("overview: no such table")
}

// reader is for whom figures are written: people read "3 hari" and "Rp39.000",
// programs whole minutes and rupiah.
type reader bool

const (
	people   reader = false
	programs reader = true
)

func (r reader) count(n int64) view.Cell {
	if r == programs {
		return view.Cell{Text: strconv.FormatInt(n, 10)}
	}
	return view.Cell{Text: group(n)}
}

func (r reader) money(m money.Rupiah) view.Cell {
	if r == programs {
		return view.Cell{Text: strconv.FormatInt(int64(m), 10)}
	}
	return view.Cell{Text: m.String()}
}

func (r reader) percent(n int64) view.Cell {
	if r == programs {
		return view.Cell{Text: strconv.FormatInt(n, 10)}
	}
	return view.Cell{Text: text.T("overview.percent", "n", n)}
}

func (r reader) time(d time.Duration) view.Cell {
	if r == programs {
		return view.Cell{Text: strconv.FormatInt(int64(d/time.Minute), 10)}
	}
	return view.Cell{Text: duration(d)}
}

// label is a heading; programs read the unit in it.
func (r reader) label(key, unit string) string {
	if r == programs {
		return text.T(key) + " (" + text.T(unit) + ")"
	}
	return text.T(key)
}

func group(n int64) string { return money.Group(uint64(max(n, 0))) }

// duration says a length of time in its two largest units.
func duration(d time.Duration) string {
	minutes := int64(d / time.Minute)
	days, hours := minutes/(24*60), minutes/60%24
	switch {
	case days > 0 && hours > 0:
		return text.T("overview.time.days_hours", "days", days, "hours", hours)
	case days > 0:
		return text.T("overview.time.days", "days", days)
	case hours > 0 && minutes%60 > 0:
		return text.T("overview.time.hours_minutes", "hours", hours, "minutes", minutes%60)
	case hours > 0:
		return text.T("overview.time.hours", "hours", hours)
	}
	return text.T("overview.time.minutes", "minutes", minutes)
}

func numeric(labels ...string) (out []view.Column) {
	for i, l := range labels {
		out = append(out, view.Column{Label: l, Numeric: i > 0})
	}
	return out
}

// parts are the questions of the overview. Their ids name the files.
func parts(o curation.Overview, r reader) []pages.OverviewPart {
	return []pages.OverviewPart{agesPart(o, r), roundsPart(o, r), timesPart(o, r), pricesPart(o, r),
		reasonsPart("alasan-kategori", "category", o.ByCategory, r, func(x curation.Reasons) string { return x.Name }),
		reasonsPart("alasan-wilayah", "region", o.ByRegion, r, func(x curation.Reasons) string {
			if place, ok := region.RegencyByCode(x.Code); ok {
				return place.Name
			}
			return x.Code
		}),
		workPart(o, r),
	}
}

func agesPart(o curation.Overview, r reader) pages.OverviewPart {
	p := pages.OverviewPart{ID: "usia", Title: text.T("overview.ages"), Lead: text.T("overview.ages_lead", "days", o.Promise),
		Chart: &view.Chart{Title: text.T("overview.ages_chart")},
		Table: view.Table{Caption: text.T("overview.ages"), Columns: numeric(text.T("overview.ages"), text.T("overview.submissions")), Empty: text.T("overview.nothing_waits")}}
	if o.Waiting == 0 {
		return p
	}
	for _, b := range o.Ages {
		key := "overview.age.between"
		switch {
		case b.To == 0 && b.From > 0:
			key = "overview.age.from"
		case b.From == 0:
			key = "overview.age.today"
		case b.From == b.To:
			key = "overview.age.one"
		}
		bar := view.Bar{Label: text.T(key, "from", b.From, "to", b.To), Value: b.Count, Text: group(b.Count)}
		if b.From > o.Promise {
			bar.Tone = view.Bad
		}
		p.Chart.Bars = append(p.Chart.Bars, bar)
		p.Table.Rows = append(p.Table.Rows, view.Row{Cells: []view.Cell{{Text: bar.Label}, r.count(b.Count)}})
	}
	return p
}

func roundsPart(o curation.Overview, r reader) pages.OverviewPart {
	p := pages.OverviewPart{ID: "putaran", Title: text.T("overview.rounds"), Chart: &view.Chart{Title: text.T("overview.rounds_chart")},
		Table: view.Table{Caption: text.T("overview.rounds"), Columns: numeric(text.T("overview.round"), text.T("overview.approved")), Empty: text.T("overview.nothing_approved")}}
	if o.MedianRounds == 0 {
		return p
	}
	p.Lead = text.T("overview.rounds_median", "n", o.MedianRounds)
	for i, n := range o.Approvals {
		key := "overview.round.n"
		if i == len(o.Approvals)-1 {
			key = "overview.round.more"
		}
		label := text.T(key, "n", i+1)
		p.Chart.Bars = append(p.Chart.Bars, view.Bar{Label: label, Value: n, Text: group(n)})
		p.Table.Rows = append(p.Table.Rows, view.Row{Cells: []view.Cell{{Text: label}, r.count(n)}})
	}
	return p
}

func timesPart(o curation.Overview, r reader) pages.OverviewPart {
	p := pages.OverviewPart{ID: "waktu", Title: text.T("overview.times"), Lead: text.T("overview.times_lead"),
		Table: view.Table{Caption: text.T("overview.times"), Empty: text.T("overview.nothing_decided"), Columns: numeric(text.T("overview.what"),
			text.T("overview.decisions"), r.label("overview.median", "overview.unit.minutes"), r.label("overview.ninety", "overview.unit.minutes"))}}
	if o.Waited.Count == 0 {
		return p
	}
	for _, l := range []struct {
		key string
		s   curation.Spread
	}{{"overview.waited", o.Waited}, {"overview.worked", o.Worked}} {
		p.Table.Rows = append(p.Table.Rows, view.Row{Cells: []view.Cell{{Text: text.T(l.key)}, r.count(l.s.Count), r.time(l.s.Median), r.time(l.s.Ninety)}})
	}
	return p
}

func pricesPart(o curation.Overview, r reader) pages.OverviewPart {
	x := o.Prices
	p := pages.OverviewPart{ID: "harga", Title: text.T("overview.prices"), Lead: text.T("overview.prices_lead"), Chart: &view.Chart{Title: text.T("overview.prices_chart")},
		Table: view.Table{Caption: text.T("overview.prices"), Empty: text.T("overview.nothing_approved"), Columns: numeric(text.T("overview.goods"),
			r.label("overview.price_first", "overview.unit.rupiah"), r.label("overview.price_approved", "overview.unit.rupiah"), r.label("overview.price_change", "overview.unit.percent"),
			text.T("overview.price_up"), text.T("overview.price_same"), text.T("overview.price_down"))}}
	if x.Count == 0 {
		return p
	}
	for _, b := range []struct {
		key string
		n   int64
	}{{"overview.price_up", x.Up}, {"overview.price_same", x.Same}, {"overview.price_down", x.Down}} {
		p.Chart.Bars = append(p.Chart.Bars, view.Bar{Label: text.T(b.key), Value: b.n, Text: group(b.n)})
	}
	p.Table.Columns[0].Numeric = true
	p.Table.Rows = []view.Row{{Cells: []view.Cell{r.count(x.Count), r.money(x.MedianFirst), r.money(x.MedianApproved), r.percent(x.MedianPercent), r.count(x.Up), r.count(x.Same), r.count(x.Down)}}}
	return p
}

func reasonsPart(id, by string, list []curation.Reasons, r reader, name func(curation.Reasons) string) pages.OverviewPart {
	columns := []string{text.T("overview.name_" + by), text.T("overview.returns")}
	for _, a := range curation.Aspects() {
		columns = append(columns, text.T("curator.aspect."+string(a)))
	}
	p := pages.OverviewPart{ID: id, Title: text.T("overview.by_" + by), Chart: &view.Chart{Title: text.T("overview.chart_" + by)},
		Table: view.Table{Caption: text.T("overview.by_" + by), Columns: numeric(columns...), Empty: text.T("overview.nothing_returned")}}
	for _, x := range list {
		cells := []view.Cell{{Text: name(x)}, r.count(x.Returns)}
		for _, a := range curation.Aspects() {
			cells = append(cells, r.count(x.Aspects[a]))
		}
		p.Table.Rows = append(p.Table.Rows, view.Row{Cells: cells})
		p.Chart.Bars = append(p.Chart.Bars, view.Bar{Label: name(x), Value: x.Returns, Text: group(x.Returns), Note: mostly(x)})
	}
	return p
}

// mostly names the reason that was given most often, or the several.
func mostly(x curation.Reasons) string {
	var names []string
	var most int64
	for _, a := range curation.Aspects() {
		n := x.Aspects[a]
		if n > most {
			names, most = nil, n
		}
		if n == most && n > 0 {
			names = append(names, text.T("curator.aspect."+string(a)))
		}
	}
	if most == 0 {
		return ""
	}
	return text.T("overview.mostly", "reasons", strings.Join(names, ", "), "count", most)
}

func workPart(o curation.Overview, r reader) pages.OverviewPart {
	p := pages.OverviewPart{ID: "beban", Title: text.T("overview.work"), Lead: text.T("overview.work_lead"), Chart: &view.Chart{Title: text.T("overview.work_chart")},
		Table: view.Table{Caption: text.T("overview.work"), Empty: text.T("overview.nothing_decided"), Columns: numeric(text.T("overview.curator"), text.T("overview.claimed"),
			text.T("overview.decisions"), text.T("overview.approved"), text.T("overview.returned"), text.T("overview.refused"))}}
	for _, w := range o.Curators {
		p.Table.Rows = append(p.Table.Rows, view.Row{Cells: []view.Cell{{Text: w.Name}, r.count(w.Claimed), r.count(w.Decided), r.count(w.Approved), r.count(w.Returned), r.count(w.Refused)}})
		p.Chart.Bars = append(p.Chart.Bars, view.Bar{Label: w.Name, Value: w.Decided, Text: group(w.Decided)})
	}
	return p
}
