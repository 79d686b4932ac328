package agency

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// joinsURL lists who asked to join.
const joinsURL = "/dinas/pendaftar"

func (a area) joins(c *web.Ctx) error { return a.joinsPage(c, http.StatusOK, 0, "", nil) }

// joinsPage draws the list; faulty is the request whose refusal was sent with a
// fault, typed its reason.
func (a area) joinsPage(c *web.Ctx, status int, faulty int64, typed string, e view.Errors) error {
	all, err := a.Program.Joins(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := pages.Joins{Page: a.frame(c, "joins", text.T("agency.joins.title")), Errors: e, Lead: text.T("agency.joins.lead")}
	invites := c.Actor.Has(account.RoleOfficer)
	if !invites {
		v.Lead = text.T("agency.joins.lead_looks")
	}
	for _, j := range all {
		place := region.Place(j.RegencyCode)
		if d, ok := region.DistrictByCode(j.DistrictCode); ok {
			place = text.T("agency.joins.place", "district", d.Name, "regency", place)
		}
		card := pages.JoinCard{
			ID: fmt.Sprint(j.ID), Name: j.Name, Makes: j.Makes, Place: place, Phone: web.Phone(j.Phone), Call: "tel:" + j.Phone,
			When: calendar.DateTime(j.CreatedAt, j.RegencyCode), HasAccount: j.HasAccount,
		}
		if invites && !j.HasAccount {
			card.InviteURL = fmt.Sprintf("/dinas/undang?pendaftar=%d", j.ID)
		}
		if j.ID == faulty {
			card.Typed, card.Fault = typed, e.Of("reason")
		}
		v.Cards = append(v.Cards, card)
	}
	return c.Page(status, pages.JoinsPage(v))
}

func (a area) refuseJoin(c *web.Ctx) error {
	var in struct {
		ID     int64  `form:"id"`
		Reason string `form:"reason"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	err := a.Program.RefuseJoin(c.Context(), c.Actor, in.ID, in.Reason)
	if fault.Is(err, fault.KindInvalid) {
		return a.joinsPage(c, http.StatusUnprocessableEntity, in.ID, in.Reason, web.Errors(err))
	}
	return told(c, err, joinsURL, "agency.joins.refused")
}

// fromJoin fills the form of the first visit with what somebody wrote who asked
// to join.
func (a area) fromJoin(c *web.Ctx, in *inviteForm) error {
	joinID, err := strconv.ParseInt(c.Query("pendaftar"), 10, 64)
	if err != nil {
		return fault.NotFound("join request")
	}
	j, err := a.Program.JoinOf(c.Context(), c.Actor, joinID)
	if err != nil {
		return err
	}
	in.Join, in.Name, in.Phone, in.About = j.ID, j.Name, web.Phone(j.Phone), j.Makes
	in.Regency, in.District = j.RegencyCode, j.DistrictCode
	return nil
}
