package curator

import (
	"context"
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/curated"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Library is what the desk asks of package curation about lessons and answers
// that are used again.
type Library interface {
	AllLessons(ctx context.Context, actor account.Actor) ([]curation.Lesson, error)
	LessonForStaff(ctx context.Context, actor account.Actor, lessonID int64) (curation.Lesson, error)
	StartLesson(ctx context.Context, actor account.Actor, title string) (int64, error)
	SaveLesson(ctx context.Context, actor account.Actor, in curation.Lesson) error
	SavePart(ctx context.Context, actor account.Actor, version int64, in curation.LessonPart) error
	MovePart(ctx context.Context, actor account.Actor, lessonID, version, partID int64, by int) error
	RemovePart(ctx context.Context, actor account.Actor, lessonID, version, partID int64) error
	SavedAnswers(ctx context.Context, actor account.Actor, retired bool) ([]curation.SavedAnswer, error)
	SaveAnswer(ctx context.Context, actor account.Actor, in curation.SavedAnswer) error
	RetireAnswer(ctx context.Context, actor account.Actor, answerID int64, retired bool) error
	CountUse(ctx context.Context, actor account.Actor, answerID int64) error
}

// Uploads stores pictures of lessons and takes back what was not used.
type Uploads interface {
	Store(ctx context.Context, actor account.Actor, up media.Upload) (media.Picture, error)
	Remove(ctx context.Context, ids ...int64) error
}

// lessonBody is the largest form with a photo of a lesson: the picture's own limit
// and some room for the fields around it.
const lessonBody = 12 << 20

// lessonRoutes are the addresses of the library.
func (a area) lessonRoutes() []web.Route {
	return []web.Route{
		{Method: http.MethodGet, Path: "/kurasi/pelajaran", Handler: a.lessons},
		{Method: http.MethodPost, Path: "/kurasi/pelajaran", Handler: a.startLesson},
		{Method: http.MethodGet, Path: "/kurasi/pelajaran/:id", Handler: a.editLesson},
		{Method: http.MethodGet, Path: "/kurasi/pelajaran/:id/lihat", Handler: a.previewLesson},
		{Method: http.MethodPost, Path: "/kurasi/pelajaran/:id", Handler: a.saveLesson},
		{Method: http.MethodPost, Path: "/kurasi/pelajaran/:id/bagian", Handler: a.savePart, BodyLimit: lessonBody},
		{Method: http.MethodGet, Path: "/kurasi/jawaban", Handler: a.savedAnswers},
		{Method: http.MethodPost, Path: "/kurasi/jawaban", Handler: a.saveAnswer},
	}
}

func lessonAddress(id int64) string { return "/kurasi/pelajaran/" + strconv.FormatInt(id, 10) }

func lessonState(l curation.Lesson) view.Chip {
	if l.Published {
		return view.Chip{Tone: view.Good, Label: text.T("lessondesk.state.published")}
	}
	return view.Chip{Tone: view.Neutral, Label: text.T("lessondesk.state.draft")}
}

func (a area) lessons(c *web.Ctx) error { return a.lessonList(c, http.StatusOK, "", nil) }

func (a area) lessonList(c *web.Ctx, status int, typed string, errs view.Errors) error {
	all, err := a.Library.AllLessons(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := pages.Lessons{
		Page: a.frame(c, text.T("lessondesk.title")), Write: c.Actor.Has(account.RoleCurator), Title: typed, Max: curation.MaxLessonTitle, Errors: errs,
	}
	for _, l := range all {
		chip := lessonState(l)
		v.Rows = append(v.Rows, view.Row{Cells: []view.Cell{
			{Text: l.Title, URL: lessonAddress(l.ID), Note: l.Summary}, {Chip: &chip}, {Text: calendar.Date(l.UpdatedAt.In(calendar.WIB))},
		}})
	}
	return c.Page(status, pages.LessonsPage(v))
}

func (a area) startLesson(c *web.Ctx) error {
	var in struct {
		Title string `form:"judul"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	id, err := a.Library.StartLesson(c.Context(), c.Actor, in.Title)
	if web.Faulty(err) {
		return a.lessonList(c, http.StatusUnprocessableEntity, in.Title, web.Errors(err))
	}
	if err != nil {
		return err
	}
	return c.SeeOther(lessonAddress(id))
}

func (a area) editLesson(c *web.Ctx) error {
	return a.showLesson(c, http.StatusOK, func(*pages.LessonDesk) {})
}

// showLesson is the page of one lesson; typed puts what was sent, and what is
// wrong with it, in the place of what is stored.
func (a area) showLesson(c *web.Ctx, status int, typed func(v *pages.LessonDesk)) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	l, err := a.Library.LessonForStaff(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	v := pages.LessonDesk{
		Page: a.frame(c, l.Title), Action: lessonAddress(id), Write: c.Actor.Has(account.RoleCurator), Version: strconv.FormatInt(l.Version, 10),
		Heading: l.Title, State: lessonState(l), Title: l.Title, Summary: l.Summary, Published: l.Published, Full: len(l.Parts) >= curation.MaxLessonParts,
		TitleMax: curation.MaxLessonTitle, SummaryMax: curation.MaxLessonSummary, TextMax: curation.MaxLessonText, AltMax: curation.MaxLessonAlt,
	}
	if !v.Write {
		return c.SeeOther(v.Action + "/lihat")
	}
	shown, err := curated.Lesson(c.Context(), a.Pictures, l)
	if err != nil {
		return err
	}
	for n, p := range l.Parts {
		v.Parts = append(v.Parts, pages.LessonPart{
			ID: strconv.FormatInt(p.ID, 10), N: n + 1, Heading: p.Heading, Body: p.Body, Alt: p.Alt,
			Picture: shown.Parts[n].Picture, Drawing: shown.Parts[n].Drawing, First: n == 0, Last: n == len(l.Parts)-1,
		})
	}
	typed(&v)
	return c.Page(status, pages.LessonDeskPage(v))
}

func (a area) previewLesson(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	l, err := a.Library.LessonForStaff(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	v := pages.LessonPreview{Page: a.frame(c, l.Title), Back: lessonAddress(id)}
	if !c.Actor.Has(account.RoleCurator) {
		v.Back = "/kurasi/pelajaran"
	}
	if v.Lesson, err = curated.Lesson(c.Context(), a.Pictures, l); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.LessonPreviewPage(v))
}

func (a area) saveLesson(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in struct {
		Version   int64  `form:"versi"`
		Title     string `form:"judul"`
		Summary   string `form:"ringkasan"`
		Published string `form:"tayang"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	err = a.Library.SaveLesson(c.Context(), c.Actor, curation.Lesson{ID: id, Version: in.Version, Title: in.Title, Summary: in.Summary, Published: in.Published != ""})
	if web.Faulty(err) {
		return a.showLesson(c, http.StatusUnprocessableEntity, func(v *pages.LessonDesk) {
			v.Title, v.Summary, v.Published, v.Errors = in.Title, in.Summary, in.Published != "", web.Errors(err)
		})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "lessondesk.saved")
	return c.SeeOther(lessonAddress(id))
}

// partForm is one part as it was sent.
type partForm struct {
	Version int64  `form:"versi"`
	ID      int64  `form:"id"`
	Heading string `form:"bagian"`
	Body    string `form:"isi"`
	Alt     string `form:"alt"`
	Bare    string `form:"tanpa"` // without the picture there is
	Do      string `form:"aksi"`
}

// savePart writes, moves or takes out one part.
func (a area) savePart(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in partForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	switch in.Do {
	case "naik":
		err = a.Library.MovePart(c.Context(), c.Actor, id, in.Version, in.ID, -1)
	case "turun":
		err = a.Library.MovePart(c.Context(), c.Actor, id, in.Version, in.ID, 1)
	case "buang":
		err = a.Library.RemovePart(c.Context(), c.Actor, id, in.Version, in.ID)
	default:
		err = a.writePart(c, id, in)
	}
	if web.Faulty(err) {
		return a.showLesson(c, http.StatusUnprocessableEntity, func(v *pages.LessonDesk) { typedPart(v, in, web.Errors(err)) })
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "lessondesk.saved")
	return c.SeeOther(lessonAddress(id))
}

func typedPart(v *pages.LessonDesk, in partForm, errs view.Errors) {
	part := &v.New
	for i := range v.Parts {
		if v.Parts[i].ID == strconv.FormatInt(in.ID, 10) {
			part = &v.Parts[i]
		}
	}
	part.Errors = errs
	for _, e := range errs { // the summary leads to the field of this very part
		switch e.Field {
		case "bagian", "isi", "alt", "photo":
			e.Field += "-" + part.ID
		}
		v.Errors = append(v.Errors, e)
	}
	if in.Do == "simpan" {
		part.Heading, part.Body, part.Alt = in.Heading, in.Body, in.Alt
	}
}

// writePart stores a new picture first, outside any transaction, and takes it back
// when the part is refused.
func (a area) writePart(c *web.Ctx, lessonID int64, in partForm) error {
	l, err := a.Library.LessonForStaff(c.Context(), c.Actor, lessonID)
	if err != nil {
		return err
	}
	if !c.Actor.Has(account.RoleCurator) { // before a file of theirs is taken
		return fault.Forbidden("fault.forbidden")
	}
	part := curation.LessonPart{ID: in.ID, LessonID: lessonID, Heading: in.Heading, Body: in.Body, Alt: in.Alt}
	for _, p := range l.Parts {
		if p.ID == in.ID && in.Bare == "" {
			part.PictureID, part.Drawing = p.PictureID, p.Drawing
		}
	}
	if in.Bare != "" {
		part.Alt = ""
	}
	file, name, err := c.File("photo")
	if err != nil {
		return err
	}
	if file == nil {
		return a.Library.SavePart(c.Context(), c.Actor, in.Version, part)
	}
	defer func() { _ = file.Close() }()
	p, err := a.Uploads.Store(c.Context(), c.Actor, media.Upload{Reader: file, OwnerKind: curation.LessonPicture, OwnerID: lessonID, Name: name, Alt: in.Alt})
	if err != nil {
		return err
	}
	part.PictureID, part.Drawing, part.Alt = p.ID, "", in.Alt
	if err := a.Library.SavePart(c.Context(), c.Actor, in.Version, part); err != nil {
		_ = a.Uploads.Remove(context.WithoutCancel(c.Context()), p.ID) // else it is a private picture that nothing shows
		return err
	}
	return nil
}
