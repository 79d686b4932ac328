package curator

import (
	"net/url"
	"strconv"

	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// check fills in the checklist by aspect, with the answers as they were typed or
// else as they are stored, and their pins by picture.
func check(d *pages.Desk, r curation.Review, in typed) {
	answers, before := map[string]curation.Answer{}, map[string]curation.Answer{}
	if last := len(r.Rounds) - 1; last >= 0 {
		for _, a := range r.Rounds[last].Answers {
			answers[a.ItemKey] = a
		}
		if last > 0 {
			for _, a := range r.Rounds[last-1].Answers {
				before[a.ItemKey] = a
			}
		}
	}
	for _, a := range in.entry.answers {
		answers[a.ItemKey] = a
	}
	photo := map[int64]int{}
	for i, id := range r.Submission.Revision.Pictures {
		photo[id] = i
	}
	d.Photos = make([]pages.PinPhoto, len(photo))
	answered, pins := 0, 0
	for _, it := range r.Checklist.Items {
		if n := len(d.Groups); n == 0 || d.Groups[n-1].Aspect != string(it.Aspect) {
			d.Groups = append(d.Groups, pages.Group{Aspect: string(it.Aspect), Title: text.T("curator.aspect." + string(it.Aspect))})
		}
		a := answers[it.Key]
		if a.Verdict != "" {
			answered++
		}
		item := pages.DeskItem{
			Key: it.Key, Question: it.Question, Help: it.Help, Comment: a.Comment,
			Error: in.errors.Of("item_" + it.Key), CommentError: in.errors.Of("comment_" + it.Key), PinError: in.errors.Of("pins_" + it.Key),
		}
		if old := before[it.Key]; old.Comment != "" {
			item.Before = text.T("curator.check.before", "words", old.Comment)
		}
		for i, v := range curation.Verdicts() {
			item.Verdicts = append(item.Verdicts, pages.Verdict{Value: string(v), Key: strconv.Itoa(i + 1), Label: text.T("curator.verdict." + string(v)), Chosen: a.Verdict == v, Words: v == curation.Improve || v == curation.Waived})
		}
		for _, p := range a.Pins {
			at, known := photo[p.PictureID]
			if !known {
				continue
			}
			pins++
			number := strconv.Itoa(pins)
			item.Pins = append(item.Pins, pages.PinBox{Value: pinValue(p), Label: text.T("curator.check.pin", "n", pins, "photo", at+1)})
			d.Photos[at].Pins = append(d.Photos[at].Pins, pages.Pin{CX: strconv.FormatInt(p.X, 10), CY: strconv.FormatInt(p.Y, 10), Number: number})
		}
		if it.Key == in.marking {
			d.Marking, d.MarkingQuestion = it.Key, it.Question
		}
		g := &d.Groups[len(d.Groups)-1]
		g.Items = append(g.Items, item)
	}
	d.Progress = text.T("curator.check.progress", "n", answered, "total", len(r.Checklist.Items))
}

// pinned joins the pictures with their pins, whose thousandths become the
// drawing's own measure.
func pinned(pictures []view.Picture, ids []int64, marked []pages.PinPhoto) []pages.PinPhoto {
	out := make([]pages.PinPhoto, len(pictures))
	for i, p := range pictures {
		out[i] = pages.PinPhoto{ID: strconv.FormatInt(ids[i], 10), Picture: p}
		w, h := out[i].Size()
		for _, pin := range marked[i].Pins {
			out[i].Pins = append(out[i].Pins, pages.Pin{CX: scaled(pin.CX, w), CY: scaled(pin.CY, h), Number: pin.Number})
		}
	}
	return out
}

func scaled(thousandths string, size int) string {
	n, err := strconv.Atoi(thousandths)
	if err != nil {
		return "0"
	}
	return strconv.Itoa(n * size / 1000)
}

// mark adds the spot that was pressed, without JavaScript, on a picture of
// pages.PinMapWidth. A keyboard presses at no place: that is the middle.
func (a area) mark(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Revision int64  `form:"revisi"`
		From     string `form:"dari"`
		Item     string `form:"butir"`
		Picture  int64  `form:"foto"`
		X        int64  `form:"di.x"`
		Y        int64  `form:"di.y"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	r, err := a.Curation.Review(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	found, err := a.Pictures.Pictures(c.Context(), []int64{in.Picture})
	if err != nil {
		return err
	}
	pin := curation.Pin{PictureID: in.Picture, X: 500, Y: 500}
	if p := found[in.Picture]; p.Width > 0 && p.Height > 0 && (in.X > 0 || in.Y > 0) {
		pin.X = in.X * 1000 / pages.PinMapWidth
		pin.Y = in.Y * 1000 * int64(p.Width) / (pages.PinMapWidth * int64(p.Height))
	}
	answer := curation.Answer{ItemKey: in.Item, Verdict: curation.Improve}
	if last := len(r.Rounds) - 1; last >= 0 {
		for _, old := range r.Rounds[last].Answers {
			if old.ItemKey == in.Item {
				answer.Comment, answer.Pins = old.Comment, old.Pins
			}
		}
	}
	answer.Pins = append(answer.Pins, pin)
	e := entry{Revision: in.Revision, From: in.From}
	err = a.Curation.SaveAnswers(c.Context(), c.Actor, decision(id, e), []curation.Answer{answer})
	if fault.Is(err, fault.KindInvalid) || fault.Is(err, fault.KindConflict) {
		return a.show(c, 422, id, parseFrom(in.From), typed{errors: web.Errors(err)})
	}
	if err != nil {
		return err
	}
	return c.SeeOther(parseFrom(in.From).item(id) + "#f-item_" + url.PathEscape(in.Item))
}
