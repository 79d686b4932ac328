package curator

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/curated"
	"github.com/lapak-berdaya/lapak/server/web"
	shared "github.com/lapak-berdaya/lapak/templates/curated"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// history is every round of a submission on one page, to read and to print.
func (a area) history(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	r, err := a.Curation.Review(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	lists, err := a.Curation.ChecklistNames(c.Context(), r.Rounds)
	if err != nil {
		return err
	}
	lessons, err := a.Library.AllLessons(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	title := r.Submission.Revision.Title
	v := pages.History{
		Page: a.frame(c, text.T("riwayat.title", "name", title)), Back: fmt.Sprintf("/kurasi/%d", id),
		Rounds: shared.Rounds{Title: title, Facts: []view.Fact{{Label: text.T("riwayat.shop"), Value: r.Shop.Name, Note: r.Shop.Place()}}},
	}
	reader := curated.Reader{Zone: r.Shop.RegencyCode, Lessons: curated.Titles(lessons), Lists: lists}
	if v.Rounds.List, err = curated.Rounds(c.Context(), a.Pictures, reader, r.Rounds); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.HistoryPage(v))
}

// talks are the points of the last answered round with what was said about each,
// for the review's page. A curator who may decide can reply.
func talks(actor account.Actor, r curation.Review, in typed) pages.Talks {
	v := pages.Talks{History: fmt.Sprintf("/kurasi/%d/riwayat", r.Submission.ID), Action: fmt.Sprintf("/kurasi/%d/balas", r.Submission.ID), Max: curation.MaxNote}
	for n := len(r.Rounds) - 1; n >= 0; n-- {
		round := r.Rounds[n]
		if round.Outcome == curation.Waiting || round.Outcome == curation.Withdrawn {
			continue
		}
		for _, a := range round.Improve() {
			t := pages.Talk{
				ID: fmt.Sprint(a.ID), Aspect: text.T("curator.aspect." + string(a.Aspect)), Comment: a.Comment, Said: curated.Said(a.Replies, r.Shop.RegencyCode), FormKey: id.Token(),
				Write: actor.Has(account.RoleCurator) && !r.Conflicted && replies(r.Submission.State),
			}
			if in.reply.Point == a.ID {
				t.Body, t.Errors, t.FormKey = in.reply.Body, in.errors, in.reply.FormKey
			}
			v.List = append(v.List, t)
		}
		break
	}
	return v
}

// replies reports whether points can still be talked about.
func replies(s catalog.SubmissionState) bool {
	return s == catalog.SubmissionReturned || waits(s)
}

// replyForm is a curator's reply as it was sent.
type replyForm struct {
	Point   int64  `form:"poin"`
	Body    string `form:"body"`
	FormKey string `form:"form_key"`
}

// reply answers one point of an earlier round.
func (a area) reply(c *web.Ctx) error {
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	var in replyForm
	if err = c.Decode(&in); err == nil {
		err = a.Curation.Reply(c.Context(), c.Actor, submissionID, in.Point, curation.NewReply{Body: in.Body, FormKey: in.FormKey})
	}
	if web.Faulty(err) {
		return a.show(c, http.StatusUnprocessableEntity, submissionID, narrowing{}, typed{errors: web.Errors(err), reply: in})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "poin.sent")
	return c.SeeOther(fmt.Sprintf("/kurasi/%d#tanya-jawab", submissionID))
}
