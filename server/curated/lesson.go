// Package curated draws what makers, companions and the desk see alike of
// curation: lessons, and the rounds of a review.
package curated

import (
	"context"
	"fmt"

	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Pictures finds stored pictures.
type Pictures interface {
	Pictures(ctx context.Context, ids []int64) (map[int64]media.Picture, error)
}

// Lesson is a lesson as its page shows it.
func Lesson(ctx context.Context, pictures Pictures, l curation.Lesson) (view.Lesson, error) {
	var ids []int64
	for _, p := range l.Parts {
		if p.PictureID > 0 {
			ids = append(ids, p.PictureID)
		}
	}
	found, err := pictures.Pictures(ctx, ids)
	if err != nil {
		return view.Lesson{}, err
	}
	v := view.Lesson{Title: l.Title, Summary: l.Summary}
	for _, p := range l.Parts {
		part := view.LessonPart{Heading: p.Heading, Body: p.Body}
		switch {
		case p.PictureID > 0:
			part.Picture = web.Picture(found[p.PictureID], p.Alt)
		case p.Drawing != "":
			part.Drawing, part.Alt = Drawing(p.Drawing), p.Alt
		}
		v.Parts = append(v.Parts, part)
	}
	return v, nil
}

// Drawing is the static name of a drawing that comes with the program.
func Drawing(name string) string { return fmt.Sprintf("img/pelajaran/%s.svg", name) }
