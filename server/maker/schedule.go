package maker

import (
	"time"

	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// scheduled says on which day a change goes live, and on which its maker wants it
// to, as typed when a form came back.
func scheduled(c *web.Ctx, v *pages.Review, d draft) {
	v.LiveDay, v.Day = curation.LiveDay(d.sub, d.shop), d.sub.WishDay
	if v.LiveDay != "" {
		v.Day = d.sub.LiveAt.In(calendar.Zone(d.shop.RegencyCode)).Format(time.DateOnly)
	}
	if form, err := c.Form(); err == nil && form.Has("hari") {
		v.Day = form.Get("hari")
	}
}

// reschedule gives a scheduled change another day, or lets it go live now.
func (a area) reschedule(c *web.Ctx) error {
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Day string `form:"hari"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := a.Curation.RescheduleOwn(c.Context(), c.Actor, submissionID, in.Day); err != nil {
		return a.reviewAgain(c, err)
	}
	c.Flash(view.Good, "makerschedule.saved")
	return c.SeeOther(submissionURL(submissionID))
}
