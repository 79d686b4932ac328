package curator

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func (a area) review(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	return a.show(c, http.StatusOK, id, parseFrom(c.Query("dari")), typed{marking: c.Query("tandai")})
}

// show draws one submission. in holds what a faulty form was sent with.
func (a area) show(c *web.Ctx, status int, id int64, n narrowing, in typed) error {
	r, err := a.Curation.Review(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	sub := r.Submission
	v := pages.Review{
		Page: a.frame(c, sub.Revision.Title), Title: sub.Revision.Title, Edit: r.Live != nil,
		Shop: shopFacts(r.Shop), Rows: compare(sub, r.Live), Rounds: rounds(r), Desk: desk(c.Actor, r, n, in),
		Chips: []view.Chip{{Tone: view.Neutral, Label: kindLabel(sub.Kind)}, {Tone: stateTone(sub.State), Label: text.T("curator.state." + string(sub.State))}},
	}
	v.Talks = talks(c.Actor, r, in)
	if v.Saved, err = a.offered(c); err != nil {
		return err
	}
	promised, err := a.Curation.Promise(c.Context())
	if err != nil {
		return err
	}
	if waits(sub.State) && sub.SubmittedAt != nil {
		v.Due = text.T("curator.review.due", "sent", calendar.DateTime(*sub.SubmittedAt, "31"), "due", calendar.Date(curation.DueDay(*sub.SubmittedAt, promised)))
	}
	if v.Steps, err = a.steps(c, n, r); err != nil {
		return err
	}
	v.Recipe = recipe(r, v.Desk)
	if sub.State == catalog.SubmissionScheduled {
		v.Schedule = waitsForDay(c.Actor, r, in)
	}
	var certificates []catalog.Certificate
	if v.Papers, certificates, err = a.papers(c, r); err != nil {
		return err
	}
	noticed, err := a.advise(c, r, certificates)
	if err != nil {
		return err
	}
	v.Advice = place(&v.Desk, noticed)
	if v.Sample, err = a.sampleBrief(c, sub.ID); err != nil {
		return err
	}
	if v.HardRules, err = a.hardRules(c, r); err != nil {
		return err
	}
	v.Desk.Barred = v.HardRules.Blocks
	if v.Photos, err = a.photos(c.Context(), sub.Revision.Pictures, sub.Revision.Title); err != nil {
		return err
	}
	v.Desk.Photos = pinned(v.Photos, sub.Revision.Pictures, v.Desk.Photos)
	if !v.Desk.Mine {
		v.Desk.Marking = ""
	}
	if r.Live != nil {
		v.PhotosMoved = !slices.Equal(r.Live.Pictures, sub.Revision.Pictures)
		reviewed, err := a.Catalog.ReviewedPrice(c.Context(), sub.ProductID)
		if err != nil {
			return err
		}
		drifted(v.Rows, reviewed, sub.BasePrice)
		stored, err := a.Pictures.Pictures(c.Context(), slices.Concat(r.Live.Pictures, sub.Revision.Pictures))
		if err != nil {
			return err
		}
		v.LiveMarks, v.Marks = pictureMarks(r.Live.Pictures, sub.Revision.Pictures, stored)
		if v.LivePhotos, err = a.photos(c.Context(), r.Live.Pictures, r.Live.Title); err != nil {
			return err
		}
	}
	return c.Page(status, pages.ReviewPage(v))
}

func shopFacts(s catalog.Shop) []view.Fact {
	facts := []view.Fact{
		{Label: text.T("curator.shop.name"), Value: s.Name},
		{Label: text.T("curator.shop.kind"), Value: text.T("curator.shop.kind." + string(s.Kind))},
		{Label: text.T("curator.shop.place"), Value: s.Place()},
		{Label: text.T("curator.shop.state"), Value: text.T("curator.shop.state." + string(s.State))},
	}
	if s.State == catalog.ShopOpen {
		facts[0].URL = "/toko/" + s.Slug
	}
	return facts
}

// rounds tells the history, oldest first, in the words of the desk.
func rounds(r curation.Review) []pages.Round {
	var out []pages.Round
	for _, round := range r.Rounds {
		p := pages.Round{
			Title: text.T("curator.round", "n", round.Number), When: text.T("curator.round.sent", "time", calendar.DateTime(round.OpenedAt, "31")),
			State: view.Now, Reason: round.Reason,
		}
		if round.Appeal {
			p.Title += " · " + text.T("curator.round.appeal")
			if p.Reason == "" {
				p.Reason = round.Plea
			}
		}
		if round.Cause != curation.ByMaker {
			p.Title += " · " + text.T("schedule.cause."+string(round.Cause))
			if p.Reason == "" {
				p.Reason = round.CauseWords
			}
		}
		if round.DecidedAt != nil {
			p.Ending = text.T("curator.outcome."+string(round.Outcome), "name", round.CuratorName, "time", calendar.DateTime(*round.DecidedAt, "31"))
			p.State = view.Done
			if round.Outcome != curation.Approved {
				p.State = view.Fail
			}
		}
		for _, answer := range round.Answers {
			if answer.Comment != "" && round.DecidedAt != nil {
				p.Notes = append(p.Notes, pages.Note{Aspect: text.T("curator.aspect." + string(answer.Aspect)), Text: answer.Comment})
			}
		}
		out = append(out, p)
	}
	return out
}

func waits(s catalog.SubmissionState) bool {
	return s == catalog.SubmissionSubmitted || s == catalog.SubmissionInReview
}

func stateTone(s catalog.SubmissionState) view.Tone {
	switch s {
	case catalog.SubmissionLive:
		return view.Good
	case catalog.SubmissionRefused:
		return view.Bad
	case catalog.SubmissionSubmitted, catalog.SubmissionInReview:
		return view.Wait
	}
	return view.Neutral
}

// desk says what the viewer may do. It only draws buttons: curation decides
// again, for itself, when one is pressed.
func desk(actor account.Actor, r curation.Review, n narrowing, in typed) pages.Desk {
	d := pages.Desk{
		ID: strconv.FormatInt(r.Submission.ID, 10), Revision: strconv.FormatInt(r.Submission.Revision.ID, 10), From: n.values().Encode(),
		Price: r.Submission.Revision.Price, MaxNote: curation.MaxNote, Reason: in.entry.Reason, Open: in.open, Errors: in.errors,
	}
	check(&d, r, in)
	d.Day, d.Wish = wishedDay(r, in)
	blocked := func(tone view.Tone, key string, args ...any) pages.Desk {
		d.Blocked = &view.Notice{Tone: tone, Text: text.T(key, args...)}
		return d
	}
	switch {
	case r.Conflicted:
		return blocked(view.Warn, "catalog.review.conflicted")
	case !waits(r.Submission.State):
		return blocked(view.Info, "curator.desk.decided")
	case !actor.Has(account.RoleCurator):
		return blocked(view.Info, "curator.desk.look_only")
	case refusedBefore(actor, r):
		return blocked(view.Warn, "curation.appeal_same")
	case r.Claim == nil:
		d.CanClaim = true
	case r.Mine:
		d.Mine = true
		d.Holder = &view.Notice{Tone: view.Good, Text: text.T("curator.desk.mine", "time", hour(r.Claim.ExpiresAt))}
	default:
		d.Holder = &view.Notice{Tone: view.Warn, Text: text.T("curator.desk.held", "name", r.Claim.CuratorName, "time", hour(r.Claim.ExpiresAt))}
	}
	return d
}

// typed is what a faulty form was sent with.
type typed struct {
	entry   entry
	open    string    // the form it came from
	marking string    // key of the item whose spot on a picture is asked for
	reply   replyForm // to a point of an earlier round
	errors  view.Errors
}

// hour writes a moment of today by the capital's clock; leases are short.
func hour(t time.Time) string { return t.In(calendar.WIB).Format("15.04 MST") }

// refusedBefore reports an appeal against the viewer's own refusal.
func refusedBefore(actor account.Actor, r curation.Review) bool {
	last := len(r.Rounds) - 1
	return last >= 0 && r.Rounds[last].Appeal && slices.ContainsFunc(r.Rounds[:last], func(round curation.Round) bool {
		return round.Outcome == curation.Refused && round.CuratorID == actor.UserID
	})
}
