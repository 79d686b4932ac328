package curator

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const directPath = "/kurasi/langsung"

// direct lists what was changed without a review; the address narrows it.
func (a area) direct(c *web.Ctx) error {
	return a.directPage(c, http.StatusOK, c.QueryValues(), pages.DirectAsk{})
}

// directPage draws the list; typed is a form about one change that came back.
func (a area) directPage(c *web.Ctx, status int, q url.Values, typed pages.DirectAsk) error {
	f := catalog.DirectFilter{Limit: pageSize, Kind: catalog.DirectKind(q.Get("jenis")), Suspicious: q.Get("curiga") != ""}
	f.ShopID, _ = strconv.ParseInt(q.Get("toko"), 10, 64) // what is no number narrows nothing
	f.ID, _ = strconv.ParseInt(q.Get("perubahan"), 10, 64)
	day, err := time.ParseInLocation(time.DateOnly, q.Get("hari"), calendar.WIB)
	if err == nil {
		f.From, f.To = day, day.AddDate(0, 0, 1)
	}
	var regions []string
	if code := q.Get("wilayah"); code != "" {
		regions = []string{code}
	}
	found, err := a.Curation.Direct(c.Context(), c.Actor, f, regions, q.Get("lanjut"))
	if err != nil {
		return err
	}
	v := pages.Direct{Page: a.frame(c, text.T("direct.title")), Day: q.Get("hari"), Suspicious: f.Suspicious, Errors: typed.Errors}
	for _, d := range found.Changes {
		row := directRow(d)
		if row.ID == typed.ID {
			row.Typed = typed
		}
		v.Rows = append(v.Rows, row)
	}
	if f.ShopID > 0 {
		shop, err := a.Catalog.Shop(c.Context(), f.ShopID)
		if err == nil {
			v.Shop, v.ShopID = shop.Name, q.Get("toko")
		}
	}
	for _, k := range catalog.DirectKinds() {
		v.Kinds = append(v.Kinds, view.Option{Value: string(k), Label: text.T("direct.kind." + string(k)), Selected: k == f.Kind})
	}
	for _, p := range region.Provinces() {
		v.Regions = append(v.Regions, view.Option{Value: p.Code, Label: p.Name, Selected: p.Code == q.Get("wilayah")})
	}
	narrowed := url.Values{}
	for _, name := range []string{"toko", "jenis", "wilayah", "hari", "curiga", "perubahan"} {
		if q.Get(name) != "" {
			narrowed.Set(name, q.Get(name))
			v.Active++
		}
	}
	v.Here = narrowed.Encode()
	if found.Next != "" {
		next := url.Values{"lanjut": {found.Next}}
		v.Pager.Next = directPath + "?" + strings.TrimPrefix(v.Here+"&"+next.Encode(), "&")
	}
	if q.Get("lanjut") != "" {
		v.Pager.First = directPath + "?" + v.Here
	}
	return c.Page(status, pages.DirectPage(v))
}

// directRow writes one change in words.
func directRow(d curation.DirectChange) pages.DirectRow {
	regency, _ := region.RegencyByCode(d.RegencyCode)
	row := pages.DirectRow{
		ID: strconv.FormatInt(d.ID, 10), When: calendar.DateTime(d.CreatedAt, "31"), Kind: text.T("direct.kind." + string(d.Kind)),
		Shop:    view.Link{Label: d.ShopName, URL: directPath + "?toko=" + strconv.FormatInt(d.ShopID, 10), Note: regency.Name},
		Product: d.Title, Who: d.ActorName, Question: d.Question, Answer: d.Answer,
		CanAsk: d.Mine && d.AskedAt == nil,
	}
	if d.Mine && (d.ProductState == catalog.ProductPublished || d.ProductState == catalog.ProductPaused) {
		row.StopURL = "/kurasi/produk/" + strconv.FormatInt(d.ProductID, 10)
	}
	if d.Slug != "" && d.ProductState != catalog.ProductSuspended && d.ProductState != catalog.ProductArchived {
		row.ProductURL = "/produk/" + d.Slug
	}
	if d.SubjectName != "" {
		row.Who = text.T("direct.for", "name", d.ActorName, "maker", d.SubjectName)
	}
	if d.AskedAt != nil {
		row.Asked = text.T("direct.asked", "name", d.AskedName, "time", calendar.DateTime(*d.AskedAt, "31"))
	}
	if d.AnsweredAt != nil {
		row.Answered = text.T("direct.answered", "name", d.AnswerName, "time", calendar.DateTime(*d.AnsweredAt, "31"))
	}
	if d.Suspicion != catalog.NoSuspicion {
		row.Flag = &view.Chip{Tone: view.Warn, Label: text.T("direct.suspicion." + string(d.Suspicion))}
	}
	if d.VariantName != "" {
		row.Detail = d.VariantName
	}
	switch d.Kind {
	case catalog.DirectPrice:
		if d.MinQuantity > 0 {
			row.Detail = text.T("direct.tier", "n", money.Group(uint64(d.MinQuantity)))
		}
		row.Before, row.After = money.Rupiah(d.AmountBefore).String(), money.Rupiah(d.AmountAfter).String()
	case catalog.DirectStock, catalog.DirectCapacity:
		row.Before, row.After = text.T("direct.pieces", "n", money.Group(uint64(d.AmountBefore))), text.T("direct.pieces", "n", money.Group(uint64(d.AmountAfter)))
		if d.Words != "" {
			row.Detail = text.T("direct.cadence." + d.Words)
		}
	case catalog.DirectPause:
		row.Before, row.After = text.T("direct.selling"), text.T("direct.paused")
	case catalog.DirectResume:
		row.Before, row.After = text.T("direct.paused"), text.T("direct.selling")
	case catalog.DirectRest:
		row.Before, row.After = text.T("direct.working"), daysOff(d.Words)
	case catalog.DirectWork:
		row.Before, row.After = daysOff(d.Words), text.T("direct.working")
	}
	return row
}

// daysOff writes "2026-12-24 2026-12-31 closed" in words.
func daysOff(words string) string {
	parts := strings.Fields(words)
	if len(parts) != 3 {
		return ""
	}
	first, err := time.Parse(time.DateOnly, parts[0])
	last, err2 := time.Parse(time.DateOnly, parts[1])
	if err != nil || err2 != nil {
		return ""
	}
	return text.T("direct.days."+parts[2], "first", calendar.Date(first), "last", calendar.Date(last))
}

// askAbout sends a question about one change to its shop.
func (a area) askAbout(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Question string `form:"question"`
		Here     string `form:"dari"` // the narrowing it was sent from
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	here, err := url.ParseQuery(in.Here)
	if err != nil {
		here = url.Values{}
	}
	err = a.Curation.Ask(c.Context(), c.Actor, id, in.Question)
	if web.Faulty(err) {
		return a.directPage(c, http.StatusUnprocessableEntity, here, pages.DirectAsk{
			ID: strconv.FormatInt(id, 10), Question: in.Question, Errors: web.Errors(err),
		})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "direct.sent")
	back := directPath
	if len(here) > 0 {
		back += "?" + here.Encode()
	}
	return c.SeeOther(back + "#perubahan-" + strconv.FormatInt(id, 10))
}
