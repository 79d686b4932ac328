package curator

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/money"
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
	return a.show(c, http.StatusOK, id, parseFrom(c.Query("dari")), pages.Desk{})
}

// show draws one submission. typed holds what a faulty form was sent with.
func (a area) show(c *web.Ctx, status int, id int64, n narrowing, typed pages.Desk) error {
	r, err := a.Curation.Review(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	sub := r.Submission
	v := pages.Review{
		Page: a.frame(c, sub.Revision.Title), Queue: n.address(), Title: sub.Revision.Title, Edit: r.Live != nil,
		Shop: shopFacts(r.Shop), Rows: compare(sub, r.Live), Rounds: rounds(r), Desk: desk(c.Actor, r, n, typed),
		Chips: []view.Chip{{Tone: view.Neutral, Label: kindLabel(sub.Kind)}, {Tone: stateTone(sub.State), Label: text.T("curator.state." + string(sub.State))}},
	}
	if waits(sub.State) && sub.SubmittedAt != nil {
		v.Due = text.T("curator.review.due", "sent", calendar.DateTime(*sub.SubmittedAt, "31"), "due", calendar.Date(dueDay(*sub.SubmittedAt)))
	}
	if v.Photos, err = a.photos(c.Context(), sub.Revision.Pictures, sub.Revision.Title); err != nil {
		return err
	}
	if r.Live != nil {
		v.PhotosMoved = !slices.Equal(r.Live.Pictures, sub.Revision.Pictures)
		if v.LivePhotos, err = a.photos(c.Context(), r.Live.Pictures, r.Live.Title); err != nil {
			return err
		}
	}
	return c.Page(status, pages.ReviewPage(v))
}

func (a area) photos(ctx context.Context, ids []int64, title string) ([]view.Picture, error) {
	found, err := a.Pictures.Pictures(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]view.Picture, 0, len(ids))
	for i, id := range ids {
		out = append(out, web.Picture(found[id], text.T("curator.review.photo", "n", i+1, "name", title)))
	}
	return out, nil
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

// compare lists the fields as proposed and, for an edit, beside them as they are
// live. Quantity and the way of selling count only for a product's first
// approval, so an edit does not show them.
func compare(sub catalog.Submission, live *catalog.Revision) []pages.Compared {
	next := sub.Revision
	type field struct {
		key  string
		of   func(r catalog.Revision) string
		long bool
		both bool // also for an edit
	}
	price := func(r catalog.Revision) string {
		if live != nil && r.ID == live.ID {
			return sub.BasePrice.String() // the price may have moved within its band since
		}
		return r.Price.String()
	}
	var rows []pages.Compared
	for _, f := range []field{
		{"curator.field.title", func(r catalog.Revision) string { return r.Title }, false, true},
		{"curator.field.category", func(r catalog.Revision) string { return r.CategoryName }, false, true},
		{"curator.field.price", price, false, true},
		{"curator.field.unit", func(r catalog.Revision) string { return r.Unit }, false, true},
		{"curator.field.quantity", quantity, false, false},
		{"curator.field.lead", func(r catalog.Revision) string { return text.T("curator.value.days", "days", r.LeadDays) }, false, true},
		{"curator.field.weight", weight, false, true},
		{"curator.field.pickup", pickup, false, true},
		{"curator.field.description", func(r catalog.Revision) string { return r.Description }, true, true},
	} {
		if live == nil {
			rows = append(rows, pages.Compared{Label: text.T(f.key), Next: plain(f.of(next)), Long: f.long})
			continue
		}
		if f.both {
			row := pages.Compared{Label: text.T(f.key), Long: f.long, Changed: f.of(*live) != f.of(next)}
			row.Now, row.Next = differ(f.of(*live), f.of(next))
			rows = append(rows, row)
		}
	}
	return rows
}

func quantity(r catalog.Revision) string {
	return text.T("curator.quantity."+string(r.Mode), "count", money.Group(uint64(max(r.Quantity, 0))))
}

func weight(r catalog.Revision) string {
	if r.WeightGrams == 0 {
		return ""
	}
	return text.T("curator.value.grams", "grams", money.Group(uint64(r.WeightGrams)))
}

func pickup(r catalog.Revision) string {
	if r.PickupOnly {
		return text.T("curator.value.pickup_only")
	}
	return text.T("curator.value.pickup_also")
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
		if round.DecidedAt != nil {
			p.Ending = text.T("curator.outcome."+string(round.Outcome), "name", round.CuratorName, "time", calendar.DateTime(*round.DecidedAt, "31"))
			p.State = view.Done
			if round.Outcome != curation.Approved {
				p.State = view.Fail
			}
		}
		for _, n := range round.Notes {
			p.Notes = append(p.Notes, pages.Note{Aspect: text.T("curator.aspect." + string(n.Aspect)), Text: n.Text})
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
func desk(actor account.Actor, r curation.Review, n narrowing, typed pages.Desk) pages.Desk {
	d := typed
	d.ID = strconv.FormatInt(r.Submission.ID, 10)
	d.Revision = strconv.FormatInt(r.Submission.Revision.ID, 10)
	d.From, d.Price, d.MaxNote = n.values().Encode(), r.Submission.Revision.Price, curation.MaxNote
	if len(d.Aspects) == 0 {
		d.Aspects = entry{}.typed("", nil).Aspects
	}
	for i, aspect := range curation.Aspects() {
		d.Aspects[i].Label = text.T("curator.aspect." + string(aspect))
		d.Aspects[i].Hint = text.T("curator.aspect_hint." + string(aspect))
	}
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

// hour writes a moment of today by the capital's clock; leases are short.
func hour(t time.Time) string { return t.In(calendar.WIB).Format("15.04 MST") }

// refusedBefore reports an appeal against the viewer's own refusal.
func refusedBefore(actor account.Actor, r curation.Review) bool {
	last := len(r.Rounds) - 1
	return last >= 0 && r.Rounds[last].Appeal && slices.ContainsFunc(r.Rounds[:last], func(round curation.Round) bool {
		return round.Outcome == curation.Refused && round.CuratorID == actor.UserID
	})
}

func plain(s string) []pages.Piece {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return []pages.Piece{{Text: s}}
}
