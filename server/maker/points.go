package maker

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/curated"
	"github.com/lapak-berdaya/lapak/server/web"
	shared "github.com/lapak-berdaya/lapak/templates/curated"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// replyForm is an answer to one point as it was sent.
type replyForm struct {
	Point   int64  `form:"poin"` // the answer's id
	N       string `form:"n"`    // which of the points it is, for the way back
	Body    string `form:"body"`
	Mended  string `form:"beres"`
	Call    string `form:"telepon"`
	FormKey string `form:"form_key"`
}

// latest is the round that speaks about what is to be done now: the last one that
// was answered; nil before.
func latest(rounds []curation.Round) *curation.Round {
	for n := len(rounds) - 1; n >= 0; n-- {
		if r := rounds[n]; r.Outcome != curation.Waiting && r.Outcome != curation.Withdrawn {
			return &rounds[n]
		}
	}
	return nil
}

// points is what the curator asked for, one point at a time, while it can still be
// mended or talked about; nil when there is nothing. typed is a faulty answer.
func (a area) points(c *web.Ctx, d draft, rounds []curation.Round, typed *replyForm, e view.Errors) (*pages.Points, error) {
	r := latest(rounds)
	if r == nil || r.Outcome != curation.Returned {
		return nil, nil
	}
	switch d.sub.State {
	case catalog.SubmissionReturned, catalog.SubmissionSubmitted, catalog.SubmissionInReview:
	default:
		return nil, nil
	}
	list := r.Improve()
	if len(list) == 0 {
		return nil, nil
	}
	lessons, err := a.Library.Lessons(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	drawn, err := curated.Rounds(c.Context(), a.Media, curated.Reader{Zone: d.shop.RegencyCode, Lessons: curated.Titles(lessons)}, []curation.Round{*r})
	if err != nil {
		return nil, err
	}
	n := number(c.Query("poin"))
	if typed != nil {
		n = number(typed.N)
	}
	n = min(max(n, 1), int64(len(list)))
	at := submissionURL(d.sub.ID)
	answer := list[n-1]
	v := &pages.Points{
		N: int(n), Point: drawn[0].Points[n-1], Action: at + "/poin", ID: fmt.Sprint(answer.ID), FormKey: id.Token(), Max: curation.MaxNote,
		By: text.T("poin.by", "name", r.CuratorName), History: at + "/riwayat",
	}
	if v.Point.Lesson != "" {
		v.Lesson = &view.Link{Label: v.Point.Lesson, URL: lessonURL(curated.LessonOf(answer)), Icon: "book"}
	}
	if d.sub.Editable() {
		for _, step := range stepsFor(answer, d.sub.Kind) {
			v.Mend = append(v.Mend, mend(d.sub.ID, step, n))
		}
	}
	for i, p := range list {
		link := view.Link{Label: strconv.Itoa(i + 1), URL: pointURL(d.sub.ID, int64(i+1)), Note: text.T("maker.aspect." + string(p.Aspect)), Current: i == int(n)-1}
		if mended(p) {
			link.Icon = "check"
		}
		v.Steps = append(v.Steps, link)
	}
	for _, line := range drawn[0].Other {
		if line.Verdict.Tone == view.Good {
			v.Good = append(v.Good, line.Question)
		}
	}
	if typed != nil {
		v.Body, v.Mended, v.Call, v.FormKey, v.Errors = typed.Body, typed.Mended != "", typed.Call != "", typed.FormKey, e
	}
	return v, nil
}

// mended says that the maker's side called the point mended.
func mended(a curation.Answer) bool {
	for _, r := range a.Replies {
		if r.Mended {
			return true
		}
	}
	return false
}

// stepsFor are the screens that mend a point: those of the question, by its key in
// the checklists that come with the program, else that of its aspect.
func stepsFor(a curation.Answer, kind catalog.SubmissionKind) []string {
	switch a.ItemKey {
	case "label-name-net":
		return []string{stepComposition, stepPhoto}
	case "label-composition":
		return []string{stepComposition, stepAllergens, stepPhoto}
	case "label-dates":
		return []string{stepKeeping, stepPhoto}
	case "name-claims", "name-story", "name-scope":
		return []string{stepDetails}
	case "legal-licence", "legal-halal", "legal-standard", "legal-permit":
		return []string{stepPapers}
	}
	if step := stepFor(a.Aspect, kind); step != "" {
		return []string{step}
	}
	return nil
}

// stepPapers is no question of the draft: certificates are the shop's.
const stepPapers = "izin"

// pointURL is where point n of a return stands.
func pointURL(submissionID, n int64) string {
	return fmt.Sprintf("%s?poin=%d#catatan", submissionURL(submissionID), n)
}

// mend leads to a screen, which leads back to point n.
func mend(submissionID int64, step string, n int64) view.Link {
	link := view.Link{Label: text.T("maker.mend." + step), URL: fmt.Sprintf("%s/%s?review=1&poin=%d", submissionURL(submissionID), step, n), Icon: "edit"}
	switch step {
	case stepPhoto:
		link.Icon = "camera"
	case stepPapers:
		link.URL, link.Icon = "/toko-saya/izin", "check"
	}
	return link
}

// reply answers one point, and goes on to the next one.
func (a area) reply(c *web.Ctx) error {
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	var in replyForm
	if err = c.Decode(&in); err == nil {
		err = a.Curation.Reply(c.Context(), c.Actor, submissionID, in.Point, curation.NewReply{
			Body: in.Body, Mended: in.Mended != "", WantsCall: in.Call != "", FormKey: in.FormKey,
		})
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error {
			d, err := a.draft(c)
			if err != nil {
				return err
			}
			return a.reviewPage(c, http.StatusUnprocessableEntity, d, &in, e)
		})
	}
	n := number(in.N)
	if in.Mended != "" {
		n++ // what is done makes room for the next; the last stays
	}
	c.Flash(view.Good, "poin.sent")
	return c.SeeOther(fmt.Sprintf("%s?poin=%d", submissionURL(submissionID), max(n, 1)))
}

// history is every round on one page, to read and to print.
func (a area) history(c *web.Ctx) error {
	d, err := a.draft(c)
	if err != nil {
		return err
	}
	rounds, err := a.Curation.History(c.Context(), c.Actor, d.sub.ID)
	if err != nil {
		return err
	}
	lists, err := a.Curation.ChecklistNames(c.Context(), rounds)
	if err != nil {
		return err
	}
	lessons, err := a.Library.Lessons(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := pages.History{Back: submissionURL(d.sub.ID), Rounds: shared.Rounds{Title: d.sub.Revision.Title, Facts: []view.Fact{{Label: text.T("riwayat.shop"), Value: d.shop.Name}}}}
	if v.Page, err = a.frame(c, d.shop, "produk", text.T("riwayat.title", "name", d.sub.Revision.Title)); err != nil {
		return err
	}
	if v.Rounds.List, err = curated.Rounds(c.Context(), a.Media, curated.Reader{Zone: d.shop.RegencyCode, Lessons: curated.Titles(lessons), Lists: lists}, rounds); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.HistoryPage(v))
}

// shareLink sends a product that has just gone live to friends; nil while it has no
// public page.
func (a area) shareLink(c *web.Ctx, d draft) (*view.Link, error) {
	if d.sub.State != catalog.SubmissionLive || d.shop.State != catalog.ShopOpen {
		return nil, nil
	}
	p, err := a.Catalog.MyProduct(c.Context(), c.Actor, d.sub.ProductID)
	if err != nil || p.State != catalog.ProductPublished {
		return nil, err
	}
	return &view.Link{Label: text.T("shareku.whatsapp"), Icon: "message", URL: web.WhatsAppText(p.Title + "\n" + c.Absolute("/produk/"+p.Slug))}, nil
}
