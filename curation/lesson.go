package curation

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/media"
)

// Limits of a lesson, in letters; MaxLessonParts in parts.
const (
	MaxLessonTitle   = 80
	MaxLessonSummary = 200
	MaxLessonText    = 2000
	MaxLessonAlt     = 200
	MaxLessonParts   = 20
)

// LessonPicture is the owner kind of the pictures in lessons; the owner is the
// lesson.
const LessonPicture = "lesson"

// Lesson is a short page for makers: how to do one thing better. Answers of a
// review link to it by its slug, which never changes.
type Lesson struct {
	ID        int64
	Slug      string
	Title     string
	Summary   string
	Published bool  // makers read it
	Version   int64 // one more with every change
	UpdatedAt time.Time
	Parts     []LessonPart `gorm:"-"`
}

// LessonPart is a heading, some text and a picture; each may be missing, not all.
// Of a text each line is a paragraph, and lines that begin with "- " are a list.
type LessonPart struct {
	ID        int64
	LessonID  int64
	Heading   string
	Body      string
	PictureID int64  // 0: none, or the drawing
	Drawing   string // name of a drawing that comes with the program
	Alt       string // what picture or drawing shows
}

// LessonPictures is what the library needs of media.
type LessonPictures interface {
	PicturesTx(ctx context.Context, tx *gorm.DB, ids []int64) (map[int64]media.Picture, error)
	RemoveTx(ctx context.Context, tx *gorm.DB, ids []int64) error
}

// Library is what staff write once and use often: lessons for makers, and answers
// for the comments of a review. Curators write, heads and admins look; makers and
// those who help them read the lessons that are published.
type Library struct {
	db       *database.DB
	pictures LessonPictures
}

// NewLibrary returns the library.
func NewLibrary(db *database.DB, pictures LessonPictures) *Library {
	return &Library{db: db, pictures: pictures}
}

const lessonColumns = `id, slug, title, summary, published, version, updated_at`

// learns reports who reads lessons for themselves: who runs a shop or helps one.
func learns(actor account.Actor) bool { return len(actor.Memberships)+len(actor.Assisting) > 0 }

// Lessons returns what is published, without parts, to makers and those who help
// them. Errors: not found for everybody else.
func (l *Library) Lessons(ctx context.Context, actor account.Actor) ([]Lesson, error) {
	if !learns(actor) {
		return nil, fault.NotFound("lessons are for makers")
	}
	return lessons(l.db.Read(ctx), "published ORDER BY id")
}

// Lesson returns a published lesson to makers and those who help them. Errors: not
// found for everybody else, and for what is not published.
func (l *Library) Lesson(ctx context.Context, actor account.Actor, slug string) (Lesson, error) {
	if !learns(actor) {
		return Lesson{}, fault.NotFound("lessons are for makers")
	}
	return l.one(ctx, "slug = ? AND published", slug)
}

// AllLessons returns every lesson, without parts, to the desk's people.
func (l *Library) AllLessons(ctx context.Context, actor account.Actor) ([]Lesson, error) {
	if err := looks(actor); err != nil {
		return nil, err
	}
	return lessons(l.db.Read(ctx), "1 = 1 ORDER BY id")
}

// LessonForStaff returns a lesson, published or not, to the desk's people.
func (l *Library) LessonForStaff(ctx context.Context, actor account.Actor, lessonID int64) (Lesson, error) {
	if err := looks(actor); err != nil {
		return Lesson{}, err
	}
	return l.one(ctx, "id = ?", lessonID)
}

// MaySeePictures reports whether the viewer may see the pictures of a lesson: the
// desk's people, and readers while it is published.
func (l *Library) MaySeePictures(ctx context.Context, viewer account.Actor, lessonID int64) (bool, error) {
	if looks(viewer) == nil {
		return true, nil
	}
	if !learns(viewer) {
		return false, nil
	}
	found, err := lessons(l.db.Read(ctx), "id = ? AND published", lessonID)
	return len(found) > 0, err
}

// StartLesson begins a lesson that makers do not see yet; its address is made from
// the title and stays. Curators may. Errors: a title that another lesson has.
func (l *Library) StartLesson(ctx context.Context, actor account.Actor, title string) (int64, error) {
	if err := writes(actor); err != nil {
		return 0, err
	}
	title = line(title)
	slug := id.Slug(title)
	if !says(title) || letters(title) > MaxLessonTitle || slug == "" {
		return 0, fault.Invalid("fault.form").With("judul", "lesson.title", "max", MaxLessonTitle)
	}
	var made int64
	err := database.InTx(ctx, l.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.Raw(`INSERT INTO lessons (slug, title, created_by, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (slug) DO NOTHING RETURNING id`, slug, title, actor.UserID, now, now).Scan(&made).Error
		if err != nil {
			return fmt.Errorf("curation: start lesson: %w", err)
		}
		if made == 0 {
			return fault.Invalid("fault.form").With("judul", "lesson.title_taken")
		}
		return recordLessonTx(ctx, tx, actor, made, "create", slug)
	})
	return made, err
}

// SaveLesson changes title and summary and whether makers read it; version is the
// one that was read. Curators may. Errors: conflict when somebody changed it
// meanwhile; publishing one without parts is a fault on published.
func (l *Library) SaveLesson(ctx context.Context, actor account.Actor, in Lesson) error {
	in.Title, in.Summary = line(in.Title), clean(in.Summary)
	bad := fault.Invalid("fault.form")
	if !says(in.Title) || letters(in.Title) > MaxLessonTitle {
		bad.With("judul", "lesson.title", "max", MaxLessonTitle)
	}
	if letters(in.Summary) > MaxLessonSummary {
		bad.With("ringkasan", "lesson.too_long", "max", MaxLessonSummary)
	}
	return l.change(ctx, actor, in.ID, in.Version, "edit", func(tx *gorm.DB, parts []LessonPart) error {
		if in.Published && len(parts) == 0 {
			bad.With("tayang", "lesson.empty")
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		return tx.Exec(`UPDATE lessons SET title = ?, summary = ?, published = ? WHERE id = ?`, in.Title, in.Summary, in.Published, in.ID).Error
	})
}

// SavePart writes a part of a lesson: one of its own by its id, or a new one at
// the end (id 0). A picture must have been stored for the lesson; PictureID 0
// takes the one there is out of the lesson. Curators may. Errors: as SaveLesson;
// faults on bagian, isi and alt.
func (l *Library) SavePart(ctx context.Context, actor account.Actor, version int64, in LessonPart) error {
	in.Heading, in.Body, in.Alt = line(in.Heading), clean(in.Body), line(in.Alt)
	return l.change(ctx, actor, in.LessonID, version, "edit_part", func(tx *gorm.DB, parts []LessonPart) error {
		at := slices.IndexFunc(parts, func(p LessonPart) bool { return p.ID == in.ID })
		if at < 0 && in.ID != 0 {
			return fault.NotFound("part of the lesson")
		}
		before := LessonPart{}
		if at >= 0 {
			before = parts[at]
		}
		if in.Drawing != before.Drawing { // drawings come with the program: they can be left out, not chosen
			in.Drawing = ""
		}
		if err := l.checkPart(ctx, tx, in, len(parts)); err != nil {
			return err
		}
		var err error
		if in.ID == 0 {
			err = tx.Exec(`INSERT INTO lesson_parts (lesson_id, position, heading, body, picture_id, drawing, alt) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				in.LessonID, len(parts)+1, in.Heading, in.Body, none(in.PictureID), in.Drawing, in.Alt).Error
		} else {
			err = tx.Exec(`UPDATE lesson_parts SET heading = ?, body = ?, picture_id = ?, drawing = ?, alt = ? WHERE id = ?`,
				in.Heading, in.Body, none(in.PictureID), in.Drawing, in.Alt, in.ID).Error
		}
		if err != nil {
			return fmt.Errorf("curation: lesson part: %w", err)
		}
		if before.PictureID > 0 && before.PictureID != in.PictureID {
			return l.pictures.RemoveTx(ctx, tx, []int64{before.PictureID})
		}
		return nil
	})
}

func (l *Library) checkPart(ctx context.Context, tx *gorm.DB, p LessonPart, parts int) error {
	bad := fault.Invalid("fault.form")
	shows := p.PictureID > 0 || p.Drawing != ""
	switch {
	case p.Heading == "" && p.Body == "" && !shows:
		bad.With("isi", "lesson.part_empty")
	case letters(p.Heading) > MaxLessonTitle:
		bad.With("bagian", "lesson.too_long", "max", MaxLessonTitle)
	case letters(p.Body) > MaxLessonText:
		bad.With("isi", "lesson.too_long", "max", MaxLessonText)
	case p.ID == 0 && parts >= MaxLessonParts:
		bad.With("isi", "lesson.parts_many", "max", MaxLessonParts)
	}
	if shows && !says(p.Alt) || letters(p.Alt) > MaxLessonAlt {
		bad.With("alt", "lesson.alt", "max", MaxLessonAlt)
	}
	if err := bad.OrNil(); err != nil || p.PictureID == 0 {
		return err
	}
	found, err := l.pictures.PicturesTx(ctx, tx, []int64{p.PictureID})
	if err != nil {
		return err
	}
	if own := found[p.PictureID]; own.OwnerKind != LessonPicture || own.OwnerID != p.LessonID {
		return fault.NotFound("picture of the lesson")
	}
	return nil
}

// MovePart moves a part one place up (by -1) or down (1); at an end nothing moves.
// Curators may. Errors: as SaveLesson.
func (l *Library) MovePart(ctx context.Context, actor account.Actor, lessonID, version, partID int64, by int) error {
	return l.change(ctx, actor, lessonID, version, "move_part", func(tx *gorm.DB, parts []LessonPart) error {
		at := slices.IndexFunc(parts, func(p LessonPart) bool { return p.ID == partID })
		if at < 0 {
			return fault.NotFound("part of the lesson")
		}
		to := at + by
		if to < 0 || to >= len(parts) {
			return nil
		}
		parts[at], parts[to] = parts[to], parts[at]
		return place(tx, parts)
	})
}

// RemovePart takes a part out, with its picture. Curators may. Errors: as
// SaveLesson; the last part of a published lesson stays.
func (l *Library) RemovePart(ctx context.Context, actor account.Actor, lessonID, version, partID int64) error {
	return l.change(ctx, actor, lessonID, version, "remove_part", func(tx *gorm.DB, parts []LessonPart) error {
		at := slices.IndexFunc(parts, func(p LessonPart) bool { return p.ID == partID })
		if at < 0 {
			return fault.NotFound("part of the lesson")
		}
		var published bool
		if err := tx.Raw(`SELECT published FROM lessons WHERE id = ?`, lessonID).Scan(&published).Error; err != nil {
			return fmt.Errorf("curation: lesson: %w", err)
		}
		if published && len(parts) == 1 {
			return fault.Invalid("fault.form").With("isi", "lesson.empty")
		}
		if err := tx.Exec(`DELETE FROM lesson_parts WHERE id = ?`, partID).Error; err != nil {
			return fmt.Errorf("curation: remove part: %w", err)
		}
		if picture := parts[at].PictureID; picture > 0 {
			if err := l.pictures.RemoveTx(ctx, tx, []int64{picture}); err != nil {
				return err
			}
		}
		return place(tx, slices.Delete(parts, at, at+1))
	})
}

// place numbers the parts in this order.
func place(tx *gorm.DB, parts []LessonPart) error {
	for n, p := range parts {
		if err := tx.Exec(`UPDATE lesson_parts SET position = ? WHERE id = ?`, n+1, p.ID).Error; err != nil {
			return fmt.Errorf("curation: place part: %w", err)
		}
	}
	return nil
}

// change makes one change of a lesson that is still as it was read, and counts its
// version on.
func (l *Library) change(ctx context.Context, actor account.Actor, lessonID, version int64, verb string, do func(tx *gorm.DB, parts []LessonPart) error) error {
	if err := writes(actor); err != nil {
		return err
	}
	return database.InTx(ctx, l.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		r := tx.Exec(`UPDATE lessons SET version = version + 1, updated_at = ? WHERE id = ? AND version = ?`, now, lessonID, version)
		if r.Error != nil {
			return fmt.Errorf("curation: change lesson: %w", r.Error)
		}
		if r.RowsAffected == 0 {
			found, err := lessons(tx, "id = ?", lessonID)
			if err == nil && len(found) == 0 {
				err = fault.NotFound("lesson")
			}
			if err != nil {
				return err
			}
			return fault.Conflict("lesson.changed")
		}
		parts, err := partsOf(tx, lessonID)
		if err != nil {
			return err
		}
		if err := do(tx, parts); err != nil {
			return err
		}
		return recordLessonTx(ctx, tx, actor, lessonID, verb, strconv.FormatInt(version+1, 10))
	})
}

func recordLessonTx(ctx context.Context, tx *gorm.DB, actor account.Actor, lessonID int64, verb, note string) error {
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: verb, Object: "lesson", ObjectID: lessonID, Note: note})
}

func (l *Library) one(ctx context.Context, where string, args ...any) (Lesson, error) {
	db := l.db.Read(ctx)
	found, err := lessons(db, where, args...)
	if err != nil {
		return Lesson{}, err
	}
	if len(found) == 0 {
		return Lesson{}, fault.NotFound("lesson")
	}
	found[0].Parts, err = partsOf(db, found[0].ID)
	return found[0], err
}

func lessons(db *gorm.DB, where string, args ...any) ([]Lesson, error) {
	var out []Lesson
	if err := db.Raw("SELECT "+lessonColumns+" FROM lessons WHERE "+where, args...).Scan(&out).Error; err != nil {
		return nil, fmt.Errorf("curation: lessons: %w", err)
	}
	for i := range out {
		out[i].UpdatedAt = out[i].UpdatedAt.UTC()
	}
	return out, nil
}

func partsOf(db *gorm.DB, lessonID int64) ([]LessonPart, error) {
	var out []LessonPart
	err := db.Raw(`SELECT id, lesson_id, heading, body, COALESCE(picture_id, 0) AS picture_id, drawing, alt FROM lesson_parts
		WHERE lesson_id = ? ORDER BY position, id`, lessonID).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("curation: parts of a lesson: %w", err)
	}
	return out, nil
}

// writes lets curators write; the desk's other people look on.
func writes(actor account.Actor) error {
	if err := looks(actor); err != nil {
		return err
	}
	if !actor.Has(account.RoleCurator) {
		return fault.Forbidden("fault.forbidden")
	}
	return nil
}

// none is a reference that may be missing.
func none(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}
