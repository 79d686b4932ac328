package curator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const pageSize = 50

func (a area) queue(c *web.Ctx) error {
	n := narrowed(c.QueryValues())
	f, err := a.wanted(c.Context(), n)
	if err != nil {
		return err
	}
	f.Cursor, f.Limit = c.Query("lanjut"), pageSize
	found, err := a.Curation.Queue(c.Context(), c.Actor, f)
	if err != nil {
		return err
	}
	v := pages.Queue{
		Page: a.frame(c, text.T("curator.queue.title")), Filtered: n.active() > 0 || n.due != "" || n.hold != "",
		Total: text.T("curator.queue.total", "count", found.Total), Tabs: tabs(c.Actor, n, found.Counts), Dues: dues(n, found.Counts),
		Promise: text.T("desk.queue.order", "days", found.Counts.Promise),
	}
	if v.Filter, err = a.filter(c, n); err != nil {
		return err
	}
	if v.Items, err = a.items(c, n, found); err != nil {
		return err
	}
	if found.Next != "" {
		v.Pager.Next = n.address("lanjut", found.Next)
	}
	if c.Query("lanjut") != "" {
		v.Pager.First = n.address()
	}
	v.Pager.Shown = text.T("curator.queue.shown", "count", len(v.Items), "total", found.Total)
	return c.Page(http.StatusOK, pages.QueuePage(v))
}

// tabs are the queue by whose things are, each with what it would show under the
// present filters.
func tabs(actor account.Actor, n narrowing, counts curation.Counts) []view.Link {
	var out []view.Link
	for _, tab := range []struct {
		hold curation.Hold
		key  string
		seat bool // only for those who sit at the desk
	}{
		{curation.Anyone, "curator.tab.all", false}, {curation.ForMe, "desk.tab.for_me", true},
		{curation.Free, "curator.tab.free", false}, {curation.Mine, "curator.tab.mine", true},
	} {
		if tab.seat && !actor.Has(account.RoleCurator) {
			continue
		}
		other := n
		other.hold = tab.hold
		out = append(out, view.Link{Label: text.T(tab.key), URL: other.address(), Count: int(counts.Holds[tab.hold]), Current: tab.hold == n.hold})
	}
	return out
}

// dues are the queue by the promised day, in the same way.
func dues(n narrowing, counts curation.Counts) []view.Link {
	var out []view.Link
	for _, due := range []struct {
		due curation.Due
		key string
	}{{curation.Whenever, "desk.due.any"}, {curation.Late, "desk.due.late"}, {curation.Today, "desk.due.today"}} {
		other := n
		other.due = due.due
		out = append(out, view.Link{Label: text.T(due.key), URL: other.address(), Count: int(counts.Dues[due.due]), Current: due.due == n.due})
	}
	return out
}

func (a area) filter(c *web.Ctx, n narrowing) (pages.Filter, error) {
	f := pages.Filter{Query: n.query, Active: n.active(), Clear: narrowing{hold: n.hold, due: n.due}.address()}
	for _, kept := range []view.Hidden{{Name: "antrean", Value: string(n.hold)}, {Name: "janji", Value: string(n.due)}} {
		if kept.Value != "" {
			f.Kept = append(f.Kept, kept)
		}
	}
	categories, err := a.Catalog.Categories(c.Context())
	if err != nil {
		return f, err
	}
	for _, k := range categories {
		f.Categories = append(f.Categories, view.Option{Value: k.Slug, Label: k.Name, Selected: k.Slug == n.category})
	}
	if r, ok := region.RegencyByCode(n.region); ok { // an address may name a regency
		f.Regions = append(f.Regions, view.Option{Value: r.Code, Label: r.Name, Selected: true})
	}
	for _, p := range region.Provinces() {
		f.Regions = append(f.Regions, view.Option{Value: p.Code, Label: p.Name, Selected: p.Code == n.region})
	}
	for _, kind := range []catalog.SubmissionKind{catalog.SubmissionNew, catalog.SubmissionEdit} {
		f.Kinds = append(f.Kinds, view.Option{Value: string(kind), Label: kindLabel(kind), Selected: string(kind) == n.kind})
	}
	agencies, err := a.Agencies.Agencies(c.Context())
	if err != nil {
		return f, err
	}
	for _, g := range agencies {
		f.Agencies = append(f.Agencies, view.Option{Value: strconv.FormatInt(g.ID, 10), Label: g.Name, Selected: g.ID == n.agency})
	}
	return f, nil
}

func (a area) items(c *web.Ctx, n narrowing, found curation.Page) ([]pages.Item, error) {
	var pictureIDs, shops []int64
	for _, i := range found.Items {
		shops = append(shops, i.ShopID)
		if i.PictureID > 0 {
			pictureIDs = append(pictureIDs, i.PictureID)
		}
	}
	pictures, err := a.Pictures.Pictures(c.Context(), pictureIDs)
	if err != nil {
		return nil, err
	}
	agencies, err := a.Agencies.AgencyNames(c.Context(), shops)
	if err != nil {
		return nil, err
	}
	out := make([]pages.Item, 0, len(found.Items))
	for _, i := range found.Items {
		regency, _ := region.RegencyByCode(i.RegencyCode)
		item := pages.Item{
			ID: strconv.FormatInt(i.SubmissionID, 10), URL: n.item(i.SubmissionID), Title: i.Title, Shop: i.ShopName, Place: joined(regency.Name, agencies[i.ShopID]), Category: i.CategoryName,
			Picture: web.Picture(pictures[i.PictureID], ""), Kind: view.Chip{Label: kindLabel(i.Kind), Tone: view.Neutral},
			Age: age(i.WaitingDays), Due: due(i.Due, i.DueDay), Record: record(i.Record), For: strings.Join(i.For, ", "),
		}
		if i.Rounds > 1 {
			item.Round = text.T("curator.round", "n", i.Rounds)
			item.Since = text.T("desk.queue.since", "date", calendar.Date(i.FirstSubmittedAt.In(calendar.WIB)))
		}
		if i.Claim != nil {
			item.Holder, item.Mine = i.Claim.CuratorName, i.Claim.CuratorID == c.Actor.UserID
		} else if c.Actor.Has(account.RoleCurator) {
			item.Claim, item.From = "/kurasi/"+item.ID+"/pegang", n.values().Encode()
		}
		out = append(out, item)
	}
	return out, nil
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// record says what a maker has behind them; nothing of a shop that is new here.
func record(r catalog.Record) string {
	if r.Sent <= 1 && r.Live == 0 {
		return text.T("desk.record.first")
	}
	return text.T("desk.record", "live", r.Live, "sent", r.Sent, "approved", r.Approved)
}

func kindLabel(k catalog.SubmissionKind) string { return text.T("curator.kind." + string(k)) }

// age says how long something has waited, in the days the promise counts.
func age(days int) string {
	if days == 0 {
		return text.T("curator.age.today")
	}
	return text.T("curator.age.days", "days", days)
}

// due says by when the maker was promised an answer.
func due(d curation.Due, day time.Time) view.Chip {
	date := calendar.Date(day)
	switch d {
	case curation.Late:
		return view.Chip{Tone: view.Bad, Label: text.T("curator.due.late", "date", date)}
	case curation.Today:
		return view.Chip{Tone: view.Warn, Label: text.T("desk.due.is_today")}
	}
	return view.Chip{Tone: view.Neutral, Label: text.T("curator.due.by", "date", date)}
}
