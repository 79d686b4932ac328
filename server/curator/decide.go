package curator

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// entry is every field that the desk's forms send; the answers come beside it,
// in fields named after their items.
type entry struct {
	Revision int64  `form:"revisi"`
	From     string `form:"dari"`
	Day      string `form:"hari"`
	Reason   string `form:"reason"`
	Mark     string `form:"titik"`   // the item whose spot on a picture is marked next
	Quiet    bool   `form:"diam"`    // sent by js/check.js
	Rest     bool   `form:"sisanya"` // every item without an answer is fine
	answers  []curation.Answer
}

// answered reads the answers of a form: verdict_KEY, comment_KEY and, for each
// spot on a picture, pin_KEY.
func answered(form url.Values) []curation.Answer {
	var keys []string
	for name := range form {
		for _, prefix := range []string{"verdict_", "comment_", "pin_"} {
			if key, ok := strings.CutPrefix(name, prefix); ok && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	var out []curation.Answer
	for _, key := range keys {
		a := curation.Answer{ItemKey: key, Verdict: curation.Verdict(form.Get("verdict_" + key)), Comment: form.Get("comment_" + key)}
		for _, v := range form["pin_"+key] {
			a.Pins = append(a.Pins, parsePin(v))
		}
		out = append(out, a)
	}
	return out
}

// parsePin reads "picture:x:y"; what is none is off every picture.
func parsePin(s string) curation.Pin {
	var p curation.Pin
	if n, err := fmt.Sscanf(s, "%d:%d:%d", &p.PictureID, &p.X, &p.Y); n != 3 || err != nil {
		return curation.Pin{}
	}
	return p
}

func pinValue(p curation.Pin) string { return fmt.Sprintf("%d:%d:%d", p.PictureID, p.X, p.Y) }

// marking is the page's address while a spot of the item is asked for.
func marking(page, item string) string {
	join := "?"
	if strings.Contains(page, "?") {
		join = "&"
	}
	return page + join + "tandai=" + url.QueryEscape(item) + "#foto"
}

// act runs one step of the desk: parse, one call, then on to where next says; a
// fault shows the page again with everything typed.
func (a area) act(c *web.Ctx, open string, call func(id int64, e entry) error, next func(id int64, e entry) error) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	form, err := c.Form()
	if err != nil {
		return err
	}
	e := entry{answers: answered(form)}
	if err = c.Decode(&e); err == nil {
		err = call(id, e)
	}
	if web.Faulty(err) {
		return a.show(c, http.StatusUnprocessableEntity, id, parseFrom(e.From), typed{entry: e, open: open, errors: web.Errors(err)})
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

func (a area) answer(c *web.Ctx) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	if form.Get("isi") == "aturan" {
		return a.fill(c, form)
	}
	return a.act(c, "", func(id int64, e entry) error {
		return a.Curation.SaveAnswers(c.Context(), c.Actor, decision(id, e), e.answers)
	}, func(id int64, e entry) error {
		if e.Mark != "" { // marks a spot next
			return c.SeeOther(marking(parseFrom(e.From).item(id), e.Mark))
		}
		if e.Quiet { // saved while the page stays open
			return c.JSON(http.StatusOK, map[string]bool{"saved": true})
		}
		c.Flash(view.Good, "curator.done.saved")
		return c.SeeOther(parseFrom(e.From).item(id))
	})
}

func (a area) approve(c *web.Ctx) error {
	return a.act(c, "", func(id int64, e entry) error {
		return a.Curation.Approve(c.Context(), c.Actor, decision(id, e), e.answers)
	}, a.decided(c, "curator.done.approved"))
}

func (a area) giveBack(c *web.Ctx) error {
	return a.act(c, "kembalikan", func(id int64, e entry) error {
		return a.Curation.Return(c.Context(), c.Actor, decision(id, e), e.answers)
	}, a.decided(c, "curator.done.returned"))
}

func (a area) refuse(c *web.Ctx) error {
	return a.act(c, "tolak", func(id int64, e entry) error {
		return a.Curation.Refuse(c.Context(), c.Actor, decision(id, e), e.Reason, e.answers)
	}, a.decided(c, "curator.done.refused"))
}

func decision(id int64, e entry) curation.Decision {
	return curation.Decision{SubmissionID: id, RevisionID: e.Revision, RestFine: e.Rest, LiveOn: e.Day}
}

// decided says what was done and goes on to the next submission of the same
// queue that nobody else reads, or to the queue when there is none.
func (a area) decided(c *web.Ctx, key string) func(id int64, e entry) error {
	return func(id int64, e entry) error {
		r, err := a.Curation.Review(c.Context(), c.Actor, id)
		if err != nil {
			return err
		}
		if r.Submission.State == catalog.SubmissionScheduled {
			key = "schedule.done"
		}
		c.Flash(view.Good, key, "name", r.Submission.Revision.Title, "day", curation.LiveDay(r.Submission, r.Shop))
		n := parseFrom(e.From)
		f, err := a.wanted(c.Context(), n)
		if err != nil {
			return err
		}
		next, err := a.Curation.Next(c.Context(), c.Actor, f, r.Submission)
		if err != nil {
			return err
		}
		if next == 0 {
			return c.SeeOther(n.address())
		}
		return c.SeeOther(n.item(next))
	}
}
