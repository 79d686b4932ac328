package curator

import (
	"net/http"

	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// entry is every field that the desk's forms send.
type entry struct {
	Revision  int64  `form:"revisi"`
	From      string `form:"dari"`
	Reason    string `form:"reason"`
	Photo     string `form:"note_photo"`
	Packaging string `form:"note_packaging"`
	Label     string `form:"note_label"`
	Name      string `form:"note_name"`
	Price     string `form:"note_price"`
	Capacity  string `form:"note_capacity"`
	Legal     string `form:"note_legal"`
}

// notes are the aspects with what was written about each, in the order of the
// checklist; empty ones too.
func (e entry) notes() []curation.Note {
	return []curation.Note{
		{Aspect: curation.Photo, Text: e.Photo}, {Aspect: curation.Packaging, Text: e.Packaging}, {Aspect: curation.Label, Text: e.Label},
		{Aspect: curation.Name, Text: e.Name}, {Aspect: curation.Price, Text: e.Price}, {Aspect: curation.Capacity, Text: e.Capacity},
		{Aspect: curation.Legal, Text: e.Legal},
	}
}

// typed is what the page shows again after a fault.
func (e entry) typed(open string, err error) pages.Desk {
	d := pages.Desk{Open: open, Reason: e.Reason, Errors: web.Errors(err)}
	for _, n := range e.notes() {
		d.Aspects = append(d.Aspects, pages.Aspect{Name: "note_" + string(n.Aspect), Value: n.Text})
	}
	return d
}

// act runs one step of the desk: parse, one call, then on to where next says; a
// fault shows the page again with everything typed.
func (a area) act(c *web.Ctx, open string, call func(id int64, e entry) error, next func(id int64, e entry) error) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var e entry
	if err = c.Decode(&e); err == nil {
		err = call(id, e)
	}
	if web.Faulty(err) {
		return a.show(c, http.StatusUnprocessableEntity, id, parseFrom(e.From), e.typed(open, err))
	}
	if err != nil {
		return err
	}
	return next(id, e)
}

func (a area) claim(c *web.Ctx) error {
	return a.act(c, "", func(id int64, _ entry) error {
		_, err := a.Curation.Claim(c.Context(), c.Actor, id)
		return err
	}, func(id int64, e entry) error {
		return c.SeeOther(parseFrom(e.From).item(id))
	})
}

func (a area) release(c *web.Ctx) error {
	return a.act(c, "", func(id int64, _ entry) error {
		return a.Curation.Release(c.Context(), c.Actor, id)
	}, func(_ int64, e entry) error {
		return c.SeeOther(parseFrom(e.From).address())
	})
}

func (a area) approve(c *web.Ctx) error {
	return a.act(c, "", func(id int64, e entry) error {
		return a.Curation.Approve(c.Context(), c.Actor, decision(id, e))
	}, a.decided(c, "curator.done.approved"))
}

func (a area) giveBack(c *web.Ctx) error {
	return a.act(c, "kembalikan", func(id int64, e entry) error {
		return a.Curation.Return(c.Context(), c.Actor, decision(id, e), e.notes())
	}, a.decided(c, "curator.done.returned"))
}

func (a area) refuse(c *web.Ctx) error {
	return a.act(c, "tolak", func(id int64, e entry) error {
		return a.Curation.Refuse(c.Context(), c.Actor, decision(id, e), e.Reason)
	}, a.decided(c, "curator.done.refused"))
}

func decision(id int64, e entry) curation.Decision {
	return curation.Decision{SubmissionID: id, RevisionID: e.Revision}
}

// decided says what was done and goes on to the next submission of the same
// queue that nobody else reads, or to the queue when there is none.
func (a area) decided(c *web.Ctx, key string) func(id int64, e entry) error {
	return func(id int64, e entry) error {
		r, err := a.Curation.Review(c.Context(), c.Actor, id)
		if err != nil {
			return err
		}
		c.Flash(view.Good, key, "name", r.Submission.Revision.Title)
		n := parseFrom(e.From)
		waiting, err := a.Curation.Queue(c.Context(), c.Actor, n.filter())
		if err != nil {
			return err
		}
		for _, item := range waiting.Items {
			if item.SubmissionID != id && (item.Claim == nil || item.Claim.CuratorID == c.Actor.UserID) {
				return c.SeeOther(n.item(item.SubmissionID))
			}
		}
		return c.SeeOther(n.address())
	}
}
