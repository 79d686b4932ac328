package maker

import (
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func (a area) showQuestion(c *web.Ctx) error { return a.questionPage(c, http.StatusOK, "", nil) }

// questionPage is what a curator asked about something that was changed without a
// review, with the answer or the form for it.
func (a area) questionPage(c *web.Ctx, status int, typed string, errs view.Errors) error {
	changeID, err := c.ID("id")
	if err != nil {
		return err
	}
	d, err := a.Catalog.OwnDirectChange(c.Context(), c.Actor, changeID)
	if err != nil {
		return err
	}
	shop, err := a.own(c, d.ShopID)
	if err != nil {
		return err
	}
	about := d.Title
	if about == "" {
		about = d.ShopName
	}
	page, err := a.frame(c, shop, "produk", text.T("makerquestion.title", "about", about))
	if err != nil {
		return err
	}
	return c.Page(status, pages.QuestionPage(pages.Question{
		Page: page, Heading: text.T("makerquestion.title", "about", about), Action: "/toko-saya/pertanyaan/" + strconv.FormatInt(changeID, 10),
		Changed: text.T("makerquestion.changed", "time", calendar.DateTime(d.CreatedAt, shop.RegencyCode)),
		Words:   d.Question, Answer: d.Answer, Typed: typed, Errors: errs,
	}))
}

func (a area) answerQuestion(c *web.Ctx) error {
	changeID, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Answer string `form:"answer"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if err := a.Curation.AnswerChange(c.Context(), c.Actor, changeID, in.Answer); err != nil {
		return again(c, err, func(e view.Errors) error { return a.questionPage(c, http.StatusUnprocessableEntity, in.Answer, e) })
	}
	c.Flash(view.Good, "makerquestion.sent")
	return c.SeeOther("/toko-saya/pertanyaan/" + strconv.FormatInt(changeID, 10))
}
