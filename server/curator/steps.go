package curator

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
)

// steps are the ways from one submission to the queue and its neighbours, and who
// else has it open. Drawing the page is how one comes to be seen by the others.
func (a area) steps(c *web.Ctx, n narrowing, r curation.Review) (pages.Steps, error) {
	sub := r.Submission
	v := pages.Steps{Queue: n.address(), HereURL: "/kurasi/" + strconv.FormatInt(sub.ID, 10) + "/hadir"}
	f, err := a.wanted(c.Context(), n)
	if err != nil {
		return v, err
	}
	before, after, err := a.Curation.Neighbours(c.Context(), c.Actor, f, sub)
	if err != nil {
		return v, err
	}
	if before > 0 {
		v.Before = n.item(before)
	}
	if after > 0 {
		v.After = n.item(after)
	}
	others, err := a.Curation.Attend(c.Context(), c.Actor, sub.ID)
	v.Here = here(others)
	return v, err
}

// here says who else has a submission open, or nothing.
func here(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return text.T("desk.here", "names", strings.Join(names, ", "))
}

// attend answers the page that stays open: who else has it open now.
func (a area) attend(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	others, err := a.Curation.Attend(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]string{"here": here(others)})
}
