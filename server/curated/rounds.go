package curated

import (
	"context"
	"slices"

	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curated"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Reader is for whom rounds are drawn.
type Reader struct {
	Zone    string            // code of the regency by whose clock times are written
	Lessons map[string]string // titles of published lessons by slug
	Lists   map[int64]string  // names of checklists' versions by id
}

// Titles are the titles of lessons by slug.
func Titles(lessons []curation.Lesson) map[string]string {
	out := map[string]string{}
	for _, l := range lessons {
		if l.Published {
			out[l.Slug] = l.Title
		}
	}
	return out
}

// Rounds draws rounds, oldest first.
func Rounds(ctx context.Context, pictures Pictures, reader Reader, rounds []curation.Round) ([]pages.Round, error) {
	var ids []int64
	for _, r := range rounds {
		for _, a := range r.Answers {
			for _, p := range a.Pins {
				ids = append(ids, p.PictureID)
			}
		}
	}
	found, err := pictures.Pictures(ctx, ids)
	if err != nil {
		return nil, err
	}
	var out []pages.Round
	for _, r := range rounds {
		v := pages.Round{Title: text.T("riwayat.round", "n", r.Number), Plea: r.Plea, Reason: r.Reason}
		if r.Appeal {
			v.Title = text.T("riwayat.appeal", "n", r.Number)
		}
		v.Facts = append(v.Facts, view.Fact{Label: text.T("riwayat.sent"), Value: calendar.DateTime(r.OpenedAt, reader.Zone)})
		if list := reader.Lists[r.ChecklistVersionID]; list != "" {
			v.Facts = append(v.Facts, view.Fact{Label: text.T("riwayat.checklist"), Value: list})
		}
		ended := view.Fact{Label: text.T("riwayat.outcome"), Value: text.T("riwayat.outcome." + string(r.Outcome))}
		if r.DecidedAt != nil {
			ended.Note = calendar.DateTime(*r.DecidedAt, reader.Zone)
			if r.CuratorName != "" {
				ended.Note = text.T("riwayat.by", "name", r.CuratorName, "time", ended.Note)
			}
		}
		v.Facts = append(v.Facts, ended)
		if r.Outcome == curation.Waiting { // the desk's draft is nobody's yet
			out = append(out, v)
			continue
		}
		for _, a := range r.Answers {
			if a.Verdict != curation.Improve {
				v.Other = append(v.Other, pages.Line{Question: question(a), Verdict: verdict(a.Verdict), Comment: a.Comment})
				continue
			}
			p := pages.Point{
				Aspect: text.T("maker.aspect." + string(a.Aspect)), Question: a.Question, Comment: a.Comment, Lesson: reader.Lessons[LessonOf(a)], Said: Said(a.Replies, reader.Zone),
			}
			for _, pin := range a.Pins {
				at := slices.IndexFunc(p.Pictures, func(v view.Pinned) bool { return v.Picture.Key == found[pin.PictureID].Key })
				if at < 0 {
					at = len(p.Pictures)
					p.Pictures = append(p.Pictures, view.Pinned{Picture: web.Picture(found[pin.PictureID], text.T("poin.picture", "aspect", p.Aspect))})
				}
				p.Pictures[at].Pins = append(p.Pictures[at].Pins, view.Pin{Number: pin.Number, X: pin.X, Y: pin.Y})
				p.Where = append(p.Where, text.T("poin.pin", "n", pin.Number, "where", where(pin)))
			}
			v.Points = append(v.Points, p)
		}
		out = append(out, v)
	}
	return out, nil
}

// lessons are those that come with the program, by aspect: for items of a
// checklist that name none.
var lessons = map[curation.Aspect]string{
	curation.Photo: "foto-dekat-jendela", curation.Packaging: "kemasan-tanpa-staples", curation.Label: "berat-bersih-dan-kedaluwarsa",
	curation.Name: "nama-yang-menjual", curation.Price: "menghitung-harga", curation.Legal: "mulai-halal-dan-p-irt",
}

// LessonOf is the slug of the lesson that a point leads to, "" for none.
func LessonOf(a curation.Answer) string {
	switch {
	case a.Lesson != "":
		return a.Lesson
	case a.ItemKey == "label-composition":
		return "menulis-alergen"
	}
	return lessons[a.Aspect]
}

// question names an item of the checklist; rounds older than checklists have only
// its aspect.
func question(a curation.Answer) string {
	if a.Question == "" {
		return text.T("maker.aspect." + string(a.Aspect))
	}
	return a.Question
}

func verdict(v curation.Verdict) view.Chip {
	tone := view.Neutral
	if v == curation.Fine {
		tone = view.Good
	}
	return view.Chip{Tone: tone, Label: text.T("riwayat.verdict." + string(v))}
}

// where is a spot in words.
func where(p curation.Pin) string {
	third := func(v int64, names ...string) string { return names[min(v*3/1001, 2)] }
	return text.T("poin.where." + third(p.Y, "top", "middle", "bottom") + "_" + third(p.X, "left", "centre", "right"))
}

// Said are replies in the words of the page.
func Said(replies []curation.Reply, zone string) []view.Said {
	var out []view.Said
	for _, r := range replies {
		s := view.Said{
			Who: text.T("poin.who."+string(r.Side), "name", r.AuthorName), When: calendar.DateTime(r.CreatedAt, zone), Body: r.Body, Desk: r.Side == curation.SideCurator,
		}
		if r.Mended {
			s.Marks = append(s.Marks, text.T("poin.mended_said"))
		}
		if r.WantsCall {
			s.Marks = append(s.Marks, text.T("poin.call_said"))
		}
		out = append(out, s)
	}
	return out
}
