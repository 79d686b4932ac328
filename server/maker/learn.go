package maker

import (
	"net/http"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/curated"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// lessonURL is where a lesson is read.
func lessonURL(slug string) string { return "/toko-saya/belajar/" + slug }

// reading is the frame of pages that belong to no shop: that of the shop somebody
// works in, when there is one.
func (a area) reading(c *web.Ctx, title string) (view.Private, error) {
	if id := shopID(c); id > 0 {
		shop, err := a.Catalog.Shop(c.Context(), id)
		if err != nil {
			return view.Private{}, err
		}
		return a.frame(c, shop, "beranda", title)
	}
	page := c.Private(title)
	page.Area, page.Help = text.T("maker.word.area"), Ask(c, a.Help, "", page.Title)
	return page, nil
}

func (a area) lessons(c *web.Ctx) error {
	all, err := a.Library.Lessons(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	page, err := a.reading(c, text.T("belajar.title"))
	if err != nil {
		return err
	}
	v := pages.Lessons{Page: page}
	for _, l := range all {
		v.Lessons = append(v.Lessons, pages.Task{Icon: "book", Label: l.Title, Note: l.Summary, URL: lessonURL(l.Slug)})
	}
	return c.Page(http.StatusOK, pages.LessonsPage(v))
}

func (a area) lesson(c *web.Ctx) error {
	l, err := a.Library.Lesson(c.Context(), c.Actor, c.Param("slug"))
	if err != nil {
		return err
	}
	page, err := a.reading(c, l.Title)
	if err != nil {
		return err
	}
	v := pages.LessonView{Page: page}
	if v.Lesson, err = curated.Lesson(c.Context(), a.Media, l); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.LessonPage(v))
}
