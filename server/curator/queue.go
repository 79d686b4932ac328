package curator

import (
	"net/http"
	"time"

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
	f := n.filter()
	f.Cursor, f.Limit = c.Query("lanjut"), pageSize
	found, err := a.Curation.Queue(c.Context(), c.Actor, f)
	if err != nil {
		return err
	}
	v := pages.Queue{
		Page: a.frame(c, text.T("curator.queue.title")), Filtered: n.active() > 0,
		Total: text.T("curator.queue.total", "count", found.Total),
	}
	if v.Tabs, err = a.tabs(c, n, found.Total); err != nil {
		return err
	}
	if v.Filter, err = a.filter(c, n); err != nil {
		return err
	}
	if v.Items, err = a.items(c, n, found.Items); err != nil {
		return err
	}
	counts, err := a.Curation.Counts(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	if counts.Overdue > 0 {
		v.Total += " " + text.T("curator.queue.overdue", "count", counts.Overdue, "days", curation.TargetDays)
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

// tabs are the queue by who holds what, each with what it would show under the
// present filters.
func (a area) tabs(c *web.Ctx, n narrowing, here int64) ([]view.Link, error) {
	var out []view.Link
	for _, tab := range []struct {
		hold curation.Hold
		key  string
	}{{curation.Anyone, "curator.tab.all"}, {curation.Free, "curator.tab.free"}, {curation.Mine, "curator.tab.mine"}} {
		other := n
		other.hold = tab.hold
		count := here
		if tab.hold != n.hold {
			f := other.filter()
			f.Limit = 1
			found, err := a.Curation.Queue(c.Context(), c.Actor, f)
			if err != nil {
				return nil, err
			}
			count = found.Total
		}
		out = append(out, view.Link{Label: text.T(tab.key), URL: other.address(), Count: int(count), Current: tab.hold == n.hold})
	}
	return out, nil
}

func (a area) filter(c *web.Ctx, n narrowing) (pages.Filter, error) {
	f := pages.Filter{Query: n.query, Tab: string(n.hold), Active: n.active(), Clear: narrowing{hold: n.hold}.address()}
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
	return f, nil
}

func (a area) items(c *web.Ctx, n narrowing, found []curation.Item) ([]pages.Item, error) {
	var ids []int64
	for _, i := range found {
		if i.PictureID > 0 {
			ids = append(ids, i.PictureID)
		}
	}
	pictures, err := a.Pictures.Pictures(c.Context(), ids)
	if err != nil {
		return nil, err
	}
	out := make([]pages.Item, 0, len(found))
	for _, i := range found {
		regency, _ := region.RegencyByCode(i.RegencyCode)
		item := pages.Item{
			URL: n.item(i.SubmissionID), Title: i.Title, Shop: i.ShopName, Place: regency.Name, Category: i.CategoryName,
			Picture: web.Picture(pictures[i.PictureID], ""), Kind: view.Chip{Label: kindLabel(i.Kind), Tone: view.Neutral},
			Age: age(i.WaitingDays), Due: due(i.SubmittedAt, i.Overdue, i.WaitingDays),
		}
		if i.Rounds > 1 {
			item.Round = text.T("curator.round", "n", i.Rounds)
		}
		if i.Claim != nil {
			item.Holder, item.Mine = i.Claim.CuratorName, i.Claim.CuratorID == c.Actor.UserID
		}
		out = append(out, item)
	}
	return out, nil
}

func kindLabel(k catalog.SubmissionKind) string { return text.T("curator.kind." + string(k)) }

// age says how long something has waited, in the days the promise counts.
func age(days int) string {
	if days == 0 {
		return text.T("curator.age.today")
	}
	return text.T("curator.age.days", "days", days)
}

// due says by when the maker was promised an answer, by the capital's clock as
// curation counts it.
func due(sent time.Time, overdue bool, days int) view.Chip {
	day := calendar.Date(dueDay(sent))
	switch {
	case overdue:
		return view.Chip{Tone: view.Bad, Label: text.T("curator.due.late", "date", day)}
	case days >= curation.TargetDays-1:
		return view.Chip{Tone: view.Warn, Label: text.T("curator.due.soon", "date", day)}
	}
	return view.Chip{Tone: view.Neutral, Label: text.T("curator.due.by", "date", day)}
}

func dueDay(sent time.Time) time.Time {
	return calendar.AddWorkingDays(sent.In(calendar.WIB), curation.TargetDays)
}
