package maker

import (
	"net/http"
	"slices"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// review shows the whole submission. A draft with open questions goes on with
// the first of them.
func (a area) review(c *web.Ctx) error {
	d, err := a.draft(c)
	if err != nil {
		return err
	}
	if next := nextStep(d.sub); d.sub.Editable() && next != submissionURL(d.sub.ID) {
		return c.SeeOther(next)
	}
	return a.reviewPage(c, http.StatusOK, d, nil, nil)
}

// reviewPage draws everything about the submission; typed is a faulty answer to a
// point, whose faults e then holds.
func (a area) reviewPage(c *web.Ctx, status int, d draft, typed *replyForm, e view.Errors) error {
	title := d.sub.Revision.Title
	if title == "" {
		title = text.T("maker.product.nameless")
	}
	page, err := a.frame(c, d.shop, "produk", title)
	if err != nil {
		return err
	}
	shown, err := a.pictures(c.Context(), pictureAlts(d.sub.Revision))
	if err != nil {
		return err
	}
	v := pages.Review{
		Page: page, Title: title, Chip: submissionChip(d.sub.State), Errors: e, Base: submissionURL(d.sub.ID), FormKey: id.Token(),
		Answers: answers(d.sub), Withdraw: catalog.SubmissionMoves.Allows("withdraw", d.sub.State),
		Appeal: catalog.SubmissionMoves.Allows("appeal", d.sub.State),
	}
	scheduled(c, &v, d)
	for _, id := range d.sub.Revision.Pictures {
		if v.Pictures = append(v.Pictures, shown[id]); !shown[id].Ready { // its sizes are being made: look again
			v.Page.Scripts, v.Page.ReloadAfter = []string{"js/status.js"}, 5
		}
	}
	v.Label = productURL(d.sub.ProductID) + "/label"
	if v.Samples, err = a.sampleRequests(c, d.sub.ID); err != nil {
		return err
	}
	rounds, err := a.Curation.History(c.Context(), c.Actor, d.sub.ID)
	if err != nil {
		return err
	}
	promised, err := a.Curation.Promise(c.Context())
	if err != nil {
		return err
	}
	explain(&v, d.sub, rounds, promised)
	if v.Recipe, err = a.recipeNotice(c, d.sub); err != nil {
		return err
	}
	if d.sub.Editable() || d.sub.State == catalog.SubmissionRefused {
		if v.Needs, err = a.needs(c, d); err != nil {
			return err
		}
	}
	if v.Points, err = a.points(c, d, rounds, typed, e); err != nil {
		return err
	}
	if v.Points != nil {
		v.Notes = nil // the points say it, one at a time
	}
	if len(rounds) > 0 {
		v.History = submissionURL(d.sub.ID) + "/riwayat"
	}
	if v.Share, err = a.shareLink(c, d); err != nil {
		return err
	}
	if v.SendWord != "" {
		if d.sub.Kind == catalog.SubmissionNew && d.sub.State == catalog.SubmissionDraft {
			v.Progress = view.Progress{Step: len(steps) + 1, Total: len(steps) + 1}
		}
		if v.Asks, err = a.asks(c, d.sub.Revision.CategorySlug); err != nil {
			return err
		}
		if v.Hints, err = a.hints(c, d.sub); err != nil {
			return err
		}
		v.Hints = slices.DeleteFunc(v.Hints, func(hint pages.Note) bool { // the needs lead there already
			return slices.ContainsFunc(v.Needs, func(need pages.Note) bool { return need.Action.URL == hint.Action.URL })
		})
	}
	return c.Page(status, pages.ReviewPage(v))
}

// asks are what a curator will look at, by aspect, as the checklist of the kind says.
func (a area) asks(c *web.Ctx, category string) ([]pages.Asked, error) {
	items, err := a.Curation.Questions(c.Context(), category)
	if err != nil {
		return nil, err
	}
	var out []pages.Asked
	for _, i := range items {
		aspect := text.T("maker.aspect." + string(i.Aspect))
		if len(out) == 0 || out[len(out)-1].Aspect != aspect {
			out = append(out, pages.Asked{Aspect: aspect})
		}
		last := &out[len(out)-1]
		last.Points = append(last.Points, i.Question)
	}
	return out, nil
}

// explain says where the submission stands and what the curator wrote; promised
// are the working days until an answer.
func explain(v *pages.Review, sub catalog.Submission, rounds []curation.Round, promised int) {
	at := submissionURL(sub.ID)
	if sub.Editable() {
		v.PhotoURL = at + "/" + stepPhoto + "?review=1"
	}
	switch sub.State {
	case catalog.SubmissionDraft:
		v.Lead, v.SendWord = text.T("maker.review.draft"), text.T("maker.review.send")
		if sub.Kind == catalog.SubmissionEdit {
			v.Lead = text.T("maker.review.draft_edit")
		}
	case catalog.SubmissionReturned:
		v.Lead, v.SendWord = text.T("maker.review.returned"), text.T("maker.review.send_again")
		if sub.Revision.SealedAt != nil { // nothing was changed yet
			v.SendWord = ""
			v.Lead = text.T("maker.review.returned_unchanged")
		}
	case catalog.SubmissionRefused:
		v.Lead, v.RestartURL = text.T("maker.review.refused"), productURL(sub.ProductID)+"/ubah"
	case catalog.SubmissionWithdrawn:
		v.Lead, v.RestartURL = text.T("maker.review.withdrawn"), productURL(sub.ProductID)+"/ubah"
	case catalog.SubmissionLive:
		v.Notice = &view.Notice{Tone: view.Good, Title: text.T("maker.review.live_title"), Text: text.T("maker.review.live"),
			Action: &view.Link{Label: text.T("maker.review.to_product"), URL: productURL(sub.ProductID)}}
	case catalog.SubmissionScheduled: // the page says when
	default:
		v.Notice = &view.Notice{Tone: view.Wait, Title: text.T("maker.review.waiting"), Text: text.T("maker.review.waiting_text", "days", promised)}
	}
	current := true // the last answered round speaks about what is to be done now
	for n := len(rounds) - 1; n >= 0; n-- {
		r := rounds[n]
		if r.Outcome == curation.Waiting || r.Outcome == curation.Withdrawn {
			continue
		}
		said := remarks(r, sub, current && sub.Editable())
		if current && (sub.State == catalog.SubmissionReturned || sub.State == catalog.SubmissionRefused) {
			v.Notes = said
		} else {
			v.Earlier = append(v.Earlier, said...)
		}
		current = false
	}
}

// remarks are what a round asks for, in plain words, with where to change each thing.
func remarks(r curation.Round, sub catalog.Submission, changeable bool) []pages.Note {
	var out []pages.Note
	if r.Reason != "" {
		out = append(out, pages.Note{Aspect: text.T("maker.aspect.reason"), Text: r.Reason})
	}
	for _, n := range r.Improve() {
		note := pages.Note{Aspect: text.T("maker.aspect." + string(n.Aspect)), Text: n.Comment}
		if step := stepFor(n.Aspect, sub.Kind); changeable && step != "" {
			icon := "edit"
			if step == stepPhoto {
				icon = "camera"
			}
			note.Action = view.Link{Label: text.T("maker.mend." + step), URL: submissionURL(sub.ID) + "/" + step + "?review=1", Icon: icon}
		}
		out = append(out, note)
	}
	return out
}

// stepFor is where a maker mends what a note is about. The amount of a live
// product is not part of its words.
func stepFor(a curation.Aspect, kind catalog.SubmissionKind) string {
	switch a {
	case curation.Photo, curation.Packaging, curation.Label:
		return stepPhoto
	case curation.Name:
		return stepName
	case curation.Price:
		return stepPrice
	case curation.Capacity:
		if kind == catalog.SubmissionEdit {
			return ""
		}
		return stepQuantity
	}
	return stepDetails
}

// answers are the maker's words, each with where to change it.
func answers(sub catalog.Submission) []pages.Answer {
	r := sub.Revision
	change := func(step string) string {
		if !sub.Editable() {
			return ""
		}
		return submissionURL(sub.ID) + "/" + step + "?review=1"
	}
	price := ""
	if r.Price > 0 {
		price = priceOf(r.Price, r.Unit) + " (" + r.Price.Words() + ")"
	}
	out := []pages.Answer{
		{Field: "title", Label: text.T("maker.nama.label"), Value: r.Title, URL: change(stepName)},
		{Field: "price", Label: text.T("maker.price.label"), Value: price, URL: change(stepPrice)},
	}
	if r.Mode == catalog.ModeQuote && r.Price == 0 {
		out[1].Value = text.T("maker.harga.on_request")
	}
	out = append(out, variantAnswers(r, change)...)
	if sub.Kind == catalog.SubmissionNew {
		key := "maker.review.stock"
		if r.Mode != catalog.ModeStock {
			key = "maker.review.capacity"
		}
		out = append(out,
			pages.Answer{Field: "mode", Label: text.T("maker.cara.legend"), Value: text.T("maker.cara." + string(r.Mode)), URL: change(stepQuantity)},
			pages.Answer{Field: "quantity", Label: text.T("maker.review.quantity"), Value: text.T(key, "quantity", pieces(r.Quantity), "days", r.LeadDays), URL: change(stepQuantity)})
	}
	weight := ""
	if r.WeightGrams > 0 {
		weight = text.T("maker.review.grams", "grams", pieces(r.WeightGrams))
	}
	out = append(out,
		pages.Answer{Field: "description", Label: text.T("maker.details.description"), Value: r.Description, URL: change(stepDetails)},
		pages.Answer{Field: "category", Label: text.T("maker.details.category"), Value: r.CategoryName, URL: change(stepCategory)},
		pages.Answer{Field: "weight", Label: text.T("maker.details.weight"), Value: weight, URL: change(stepDetails)})
	if r.PickupOnly {
		out = append(out, pages.Answer{Field: "pickup_only", Label: text.T("maker.review.delivery"), Value: text.T("maker.details.pickup_only"), URL: change(stepDetails)})
	}
	out = append(out, labelAnswers(r, change)...)
	for i := range out {
		if out[i].Value == "" {
			out[i].Value, out[i].Missing = text.T("maker.review.none"), true
		}
	}
	return out
}

func (a area) submit(c *web.Ctx) error {
	var in struct {
		FormKey string `form:"form_key"`
		Day     string `form:"hari"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	if _, err = a.Curation.SubmitFor(c.Context(), c.Actor, submissionID, in.Day, in.FormKey); err != nil {
		return a.reviewAgain(c, err)
	}
	c.Flash(view.Good, "maker.review.sent")
	return c.SeeOther(submissionURL(submissionID))
}

// reviewAgain shows the review with what stood in the way.
func (a area) reviewAgain(c *web.Ctx, err error) error {
	return again(c, err, func(e view.Errors) error {
		d, err := a.draft(c)
		if err != nil {
			return err
		}
		return a.reviewPage(c, http.StatusUnprocessableEntity, d, nil, e)
	})
}

func (a area) withdrawSubmission(c *web.Ctx) error {
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	if _, err := a.Curation.Withdraw(c.Context(), c.Actor, submissionID); err != nil {
		return a.reviewAgain(c, err)
	}
	c.Flash(view.Good, "maker.review.taken_back")
	return c.SeeOther(submissionURL(submissionID))
}

func (a area) appeal(c *web.Ctx) error {
	var in struct {
		FormKey string `form:"form_key"`
		Plea    string `form:"plea"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	if _, err := a.Curation.Appeal(c.Context(), c.Actor, submissionID, in.Plea, in.FormKey); err != nil {
		return a.reviewAgain(c, err)
	}
	c.Flash(view.Good, "maker.review.appealed")
	return c.SeeOther(submissionURL(submissionID))
}
