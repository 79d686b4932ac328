package curator

import (
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// scheduled lists what is approved and waits for its day.
func (a area) scheduled(c *web.Ctx) error {
	found, err := a.Curation.Scheduled(c.Context(), c.Actor, c.Query("lanjut"), pageSize)
	if err != nil {
		return err
	}
	v := pages.Scheduled{Page: a.frame(c, text.T("schedule.title"))}
	for _, s := range found.Items {
		regency, _ := region.RegencyByCode(s.RegencyCode)
		v.Rows = append(v.Rows, view.Row{Cells: []view.Cell{
			{Text: calendar.Date(s.LiveAt.In(calendar.Zone(s.RegencyCode)))},
			{Text: s.Title, URL: "/kurasi/" + strconv.FormatInt(s.SubmissionID, 10)},
			{Text: kindLabel(s.Kind)}, {Text: s.ShopName, Note: regency.Name},
		}})
	}
	if found.Next != "" {
		v.Pager.Next = "/kurasi/jadwal?lanjut=" + found.Next
	}
	if c.Query("lanjut") != "" {
		v.Pager.First = "/kurasi/jadwal"
	}
	return c.Page(http.StatusOK, pages.ScheduledPage(v))
}

// schedule moves a scheduled change to another day, or takes it back to the desk.
func (a area) schedule(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Day    string `form:"hari"`
		Reason string `form:"reason"`
		Do     string `form:"aksi"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	key := "schedule.moved"
	if in.Do == "tarik" {
		key, err = "schedule.recalled", a.Curation.Recall(c.Context(), c.Actor, id, in.Reason)
	} else {
		err = a.Curation.Reschedule(c.Context(), c.Actor, id, in.Day)
	}
	if web.Faulty(err) {
		return a.show(c, http.StatusUnprocessableEntity, id, narrowing{}, typed{entry: entry{Day: in.Day, Reason: in.Reason}, errors: web.Errors(err)})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, key)
	return c.SeeOther("/kurasi/" + strconv.FormatInt(id, 10))
}

// waitsForDay is the panel of a change that waits for its day; in is what a
// faulty form was sent with.
func waitsForDay(actor account.Actor, r curation.Review, in typed) *pages.Schedule {
	s := &pages.Schedule{
		Action: "/kurasi/" + strconv.FormatInt(r.Submission.ID, 10) + "/jadwal", Day: curation.LiveDay(r.Submission, r.Shop), Typed: in.entry.Day,
		Reason: in.entry.Reason, Moves: actor.Has(account.RoleCurator) && !r.Conflicted, Errors: in.errors,
	}
	if s.Typed == "" && r.Submission.LiveAt != nil {
		s.Typed = r.Submission.LiveAt.In(calendar.Zone(r.Shop.RegencyCode)).Format(time.DateOnly)
	}
	return s
}

// wishedDay is the day an approval begins with, and the maker's wish in words.
func wishedDay(r curation.Review, in typed) (day, wish string) {
	day = r.Submission.WishDay
	if at, err := time.Parse(time.DateOnly, day); err == nil {
		wish = text.T("schedule.wish", "day", calendar.Date(at))
	}
	if in.entry.Day != "" || len(in.errors) > 0 {
		day = in.entry.Day
	}
	return day, wish
}
