package agency

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func (a area) complaints(c *web.Ctx) error {
	return a.complaintsPage(c, http.StatusOK, "", "", nil)
}

func (a area) complaintsPage(c *web.Ctx, status int, faulty, typed string, e view.Errors) error {
	all, err := a.Program.Complaints(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	v := pages.Complaints{Page: a.frame(c, "complaints", text.T("agency.complaints.title")), Max: program.MaxComplaint, Errors: e}
	for _, x := range all {
		card := pages.ComplaintCard{
			ID: fmt.Sprint(x.ID), Number: x.Number, Order: x.OrderNumber, Name: x.Name, Email: x.Email, Body: x.Body, Answer: x.Answer,
			Open: x.State == program.ComplaintOpen, When: calendar.DateTime(x.CreatedAt, x.RegencyCode),
			Chip: view.Chip{Tone: view.Wait, Label: text.T("agency.complaints.due", "date", calendar.Date(x.DueAt.In(calendar.Zone(x.RegencyCode))))},
		}
		if c.Actor.HasAny(account.RoleCurator, account.RoleHead, account.RoleAdmin) {
			card.SuspendURL = "/kurasi/produk?pengaduan=" + x.Number
		}
		if x.Phone != "" {
			card.Phone, card.Call = web.Phone(x.Phone), "tel:"+x.Phone
		}
		if x.ShopID != nil {
			shop, err := a.Catalog.Shop(c.Context(), *x.ShopID)
			if err != nil {
				return err
			}
			card.Shop = shop.Name
		}
		switch {
		case !card.Open:
			card.Chip = view.Chip{Tone: view.Good, Label: text.T("agency.complaints.answered")}
			v.Answered++
		case x.Late(now):
			card.Chip = view.Chip{Tone: view.Bad, Label: text.T("agency.complaints.late", "date", calendar.Date(x.DueAt.In(calendar.Zone(x.RegencyCode))))}
		}
		if card.ID == faulty {
			card.Typed, card.Fault = typed, e.Of("answer")
		}
		v.Cards = append(v.Cards, card)
	}
	return c.Page(status, pages.ComplaintsPage(v))
}

func (a area) answerComplaint(c *web.Ctx) error {
	var in struct {
		ID     int64  `form:"id"`
		Answer string `form:"answer"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	err := a.Program.AnswerComplaint(c.Context(), c.Actor, in.ID, in.Answer)
	if fault.Is(err, fault.KindInvalid) {
		return a.complaintsPage(c, http.StatusUnprocessableEntity, fmt.Sprint(in.ID), in.Answer, web.Errors(err))
	}
	return told(c, err, "/dinas/pengaduan", "agency.complaints.done")
}
