package curator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const homeAddress = "/kurasi/beranda"

func (a area) home(c *web.Ctx) error { return a.showHome(c, http.StatusOK, nil) }

// showHome lists the collections of the first page in the order the public sees
// them, and those that could stand there.
func (a area) showHome(c *web.Ctx, status int, errs view.Errors) error {
	shown, err := a.Collections.HomeCollections(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	all, err := a.Collections.AllCollections(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	v := pages.HomeDesk{Page: a.frame(c, text.T("homedesk.title")), Errors: errs, Day: now.In(calendar.WIB).Format(time.DateOnly)}
	var seen []string
	visible := 0
	for i, k := range shown {
		row := homeRow(k, now)
		row.First, row.Last = i == 0, i == len(shown)-1
		if k.Visible(now) && len(k.Products) > 0 {
			if visible++; visible > catalog.MaxHomeCollections {
				row.Note = text.T("homedesk.beyond", "max", catalog.MaxHomeCollections)
			}
		}
		v.Shown = append(v.Shown, row)
		seen = append(seen, strconv.FormatInt(k.ID, 10))
	}
	v.Seen = strings.Join(seen, ",")
	for _, k := range all {
		over := k.Until != nil && !k.Until.After(now)
		if !over && !slices.ContainsFunc(shown, func(s catalog.Collection) bool { return s.ID == k.ID }) {
			v.Others = append(v.Others, homeRow(k, now))
		}
	}
	return c.Page(status, pages.HomeDeskPage(v))
}

func homeRow(k catalog.Collection, now time.Time) pages.HomeRow {
	row := pages.HomeRow{Action: homeAddress + "/" + strconv.FormatInt(k.ID, 10), Title: k.Title, URL: collectionAddress(k.ID), State: collectionState(k, now),
		Days: homeDays(k), Count: text.T("homedesk.products", "n", len(k.Products))}
	if k.Visible(now) { // the days stand beside it
		row.State = view.Chip{Tone: view.Good, Label: text.T("collectiondesk.state.visible")}
	}
	if len(k.Products) == 0 {
		row.Note = text.T("homedesk.empty")
	}
	return row
}

// homeDays are the days on which a collection is visible.
func homeDays(k catalog.Collection) string {
	switch {
	case k.From == nil:
		return text.T("homedesk.no_days")
	case k.Until == nil:
		return text.T("homedesk.from", "from", calendar.Date(k.From.In(calendar.WIB)))
	}
	return text.T("homedesk.days", "from", calendar.Date(k.From.In(calendar.WIB)), "until", calendar.Date(lastDay(k)))
}

// arrangeHome moves a collection, puts it on the first page or takes it off.
func (a area) arrangeHome(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Do   string `form:"aksi"`
		Seen string `form:"urutan"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if _, err := a.Collections.CollectionForStaff(c.Context(), c.Actor, id, false); err != nil {
		return err
	}
	switch in.Do {
	case "naik":
		err = a.Collections.MoveOnHome(c.Context(), c.Actor, id, -1, numbers(in.Seen))
	case "turun":
		err = a.Collections.MoveOnHome(c.Context(), c.Actor, id, 1, numbers(in.Seen))
	case "pasang", "lepas":
		err = a.Collections.ShowOnHome(c.Context(), c.Actor, id, in.Do == "pasang")
	default:
		err = fault.Invalid("fault.form")
	}
	if web.Faulty(err) {
		return a.showHome(c, web.Status(fault.As(err).Kind), web.Errors(err))
	}
	if err != nil {
		return err
	}
	return c.SeeOther(homeAddress)
}

// numbers reads ids between commas; what is none becomes 0, which nothing has.
func numbers(s string) []int64 {
	var out []int64
	for part := range strings.SplitSeq(s, ",") {
		n, _ := strconv.ParseInt(part, 10, 64)
		out = append(out, n)
	}
	return out
}
