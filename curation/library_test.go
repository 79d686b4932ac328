package curation_test

import (
	"bytes"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/media"
)

var (
	maker     = account.Actor{UserID: 101, Memberships: []account.Membership{{ShopID: 1, Role: account.MemberOwner}}}
	companion = account.Actor{UserID: 77, Assisting: []account.Assistance{{ShopID: 1, MakerID: 101}}}
	nobody    = account.Actor{UserID: 5, Roles: []account.Role{account.RoleFinance}}
)

// The lessons that come with the program: published, complete, with drawings that
// exist and words for those who do not see them.
func TestLessonsComeWithTheProgram(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		library := curation.NewLibrary(db, newWorld(t, db).media)
		for _, reader := range []account.Actor{maker, companion} {
			all, err := library.Lessons(ctx, reader)
			require.NoError(t, err)
			require.Len(t, all, 7)
			for _, l := range all {
				one, err := library.Lesson(ctx, reader, l.Slug)
				require.NoError(t, err)
				require.GreaterOrEqual(t, len(one.Parts), 4, l.Slug)
				require.LessOrEqual(t, len(one.Slug), 60)
				drawn := false
				for _, p := range one.Parts {
					require.NotContains(t, p.Body, "\n\n")
					require.LessOrEqual(t, len([]rune(p.Body)), curation.MaxLessonText)
					if p.Drawing != "" {
						drawn = true
						require.FileExists(t, "../static/img/pelajaran/"+p.Drawing+".svg")
						require.NotEmpty(t, p.Alt)
					}
				}
				require.True(t, drawn, "%s shows nothing", l.Slug)
			}
		}
		saved, err := library.SavedAnswers(ctx, dimas, false)
		require.NoError(t, err)
		for _, aspect := range curation.Aspects() {
			require.True(t, slices.ContainsFunc(saved, func(s curation.SavedAnswer) bool { return s.Aspect == aspect }), aspect)
		}
		for _, stranger := range []account.Actor{{}, nobody, dimas} { // who works at the desk reads there
			_, err := library.Lessons(ctx, stranger)
			key(t, err, fault.KindNotFound)
			_, err = library.Lesson(ctx, stranger, "foto-dekat-jendela")
			key(t, err, fault.KindNotFound)
		}
		for _, stranger := range []account.Actor{{}, nobody, maker} {
			_, err := library.AllLessons(ctx, stranger)
			key(t, err, fault.KindNotFound)
			_, err = library.SavedAnswers(ctx, stranger, true)
			key(t, err, fault.KindNotFound)
		}
	})
}

// A lesson is written by curators in versions, seen by makers while it is
// published, and keeps only the pictures that it shows.
func TestALessonIsWritten(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		library := curation.NewLibrary(db, w.media)
		id, err := library.StartLesson(ctx, dimas, "  Menjemur   keripik ")
		require.NoError(t, err)
		_, err = library.StartLesson(ctx, dimas, "Menjemur keripik")
		require.Equal(t, "lesson.title_taken", fault.As(err).Fields[0].Key)
		_, err = library.StartLesson(ctx, dimas, "!!!")
		key(t, err, fault.KindInvalid)
		_, err = library.StartLesson(ctx, head, "Menjemur")
		key(t, err, fault.KindForbidden)
		_, err = library.StartLesson(ctx, maker, "Menjemur")
		key(t, err, fault.KindNotFound)

		read := func() curation.Lesson {
			t.Helper()
			l, err := library.LessonForStaff(ctx, head, id)
			require.NoError(t, err)
			return l
		}
		require.Equal(t, "menjemur-keripik", read().Slug)
		err = library.SaveLesson(ctx, dimas, curation.Lesson{ID: id, Version: 1, Title: "Menjemur keripik", Published: true})
		require.Equal(t, "tayang", fault.As(err).Fields[0].Name, "an empty lesson is not published")

		photo := lessonPhoto(t, w, id)
		part := curation.LessonPart{LessonID: id, Heading: "Pagi hari", Body: "- Jemur\r\n- Balik", PictureID: photo}
		err = library.SavePart(ctx, dimas, 1, part)
		require.Equal(t, "alt", fault.As(err).Fields[0].Name)
		part.Alt = "Tampah berisi keripik"
		require.NoError(t, library.SavePart(ctx, dimas, 1, part))
		require.Equal(t, "lesson.changed", key(t, library.SavePart(ctx, yuni, 1, part), fault.KindConflict))
		key(t, library.SavePart(ctx, yuni, 2, curation.LessonPart{LessonID: id, Body: "Asing", PictureID: w.picture(1), Alt: "Foto orang lain"}), fault.KindNotFound)
		require.NoError(t, library.SavePart(ctx, yuni, 2, curation.LessonPart{LessonID: id, Body: "Simpan kering.", Drawing: "jendela"}))
		l := read()
		require.Equal(t, []string{"Pagi hari", ""}, []string{l.Parts[0].Heading, l.Parts[1].Heading})
		require.Equal(t, "- Jemur\n- Balik", l.Parts[0].Body)
		require.Empty(t, l.Parts[1].Drawing, "drawings come with the program")

		sees := func(who account.Actor) bool {
			ok, err := library.MaySeePictures(ctx, who, id)
			require.NoError(t, err)
			return ok
		}
		_, err = library.Lesson(ctx, maker, l.Slug)
		key(t, err, fault.KindNotFound)
		require.True(t, sees(dimas) && !sees(maker) && !sees(nobody))
		require.NoError(t, library.SaveLesson(ctx, yuni, curation.Lesson{ID: id, Version: l.Version, Title: l.Title, Summary: "Dua hari.", Published: true}))
		require.True(t, sees(dimas) && sees(maker) && sees(companion) && !sees(nobody) && !sees(account.Actor{}))

		l = read()
		require.NoError(t, library.MovePart(ctx, dimas, id, l.Version, l.Parts[1].ID, -1))
		require.NoError(t, library.MovePart(ctx, dimas, id, l.Version+1, l.Parts[1].ID, -1), "at the top already")
		one, err := library.Lesson(ctx, maker, l.Slug)
		require.NoError(t, err)
		require.Equal(t, "Simpan kering.", one.Parts[0].Body)

		other := lessonPhoto(t, w, id)
		changed := one.Parts[1]
		changed.PictureID = other
		require.NoError(t, library.SavePart(ctx, dimas, one.Version, changed))
		left, err := w.media.Pictures(ctx, []int64{photo, other})
		require.NoError(t, err)
		require.Len(t, left, 1, "the picture that is shown no more is gone")
		require.NoError(t, library.RemovePart(ctx, dimas, id, one.Version+1, changed.ID))
		left, err = w.media.Pictures(ctx, []int64{photo, other})
		require.NoError(t, err)
		require.Empty(t, left)
		require.Equal(t, "lesson.empty", fault.As(library.RemovePart(ctx, dimas, id, one.Version+2, one.Parts[0].ID)).Fields[0].Key)
		key(t, library.MovePart(ctx, dimas, id, one.Version+2, 999_999, 1), fault.KindNotFound)
		key(t, library.SaveLesson(ctx, dimas, curation.Lesson{ID: 999_999, Version: 1, Title: "Tidak ada"}), fault.KindNotFound)
		key(t, library.SaveLesson(ctx, dimas, curation.Lesson{ID: id, Version: one.Version + 2, Title: "Judul", Summary: strings.Repeat("a", 201)}), fault.KindInvalid)
		w.sound()
	})
}

func lessonPhoto(t *testing.T, w *world, lessonID int64) int64 {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))))
	p, err := w.media.Store(ctx, account.System, media.Upload{Reader: &b, OwnerKind: curation.LessonPicture, OwnerID: lessonID, Name: "foto.png"})
	require.NoError(t, err)
	return p.ID
}

// Saved answers are written, used, retired; those used most come first.
func TestSavedAnswersAreKept(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		library := curation.NewLibrary(db, newWorld(t, db).media)
		in := curation.SavedAnswer{Aspect: curation.Packaging, Title: "Tutup  bocor", Body: "Tutupnya bocor."}
		for range 2 { // a second send of the same form
			require.NoError(t, library.SaveAnswer(ctx, dimas, in))
		}
		packaging := func(retired bool) (out []curation.SavedAnswer) {
			t.Helper()
			all, err := library.SavedAnswers(ctx, head, retired)
			require.NoError(t, err)
			for _, s := range all {
				if s.Aspect == curation.Packaging {
					out = append(out, s)
				}
			}
			return out
		}
		mine := packaging(false)[2]
		require.Equal(t, "Tutup bocor", mine.Title)
		require.Equal(t, dimas.UserID, mine.CreatedBy)
		require.NoError(t, library.CountUse(ctx, yuni, mine.ID))
		first := packaging(false)[0]
		require.Equal(t, mine.ID, first.ID)
		require.EqualValues(t, 1, first.Used)
		mine.Body = "Tutupnya bocor. Ganti karetnya."
		require.NoError(t, library.SaveAnswer(ctx, yuni, mine))
		require.NoError(t, library.RetireAnswer(ctx, yuni, mine.ID, true))
		require.Len(t, packaging(false), 2)
		last := packaging(true)[2]
		require.True(t, last.Retired)
		require.Equal(t, mine.Body, last.Body)
		require.NoError(t, library.RetireAnswer(ctx, yuni, mine.ID, false))
		require.Len(t, packaging(false), 3)

		for _, bad := range []curation.SavedAnswer{
			{Aspect: "rasa", Title: "Nama", Body: "Kata kata."}, {Aspect: curation.Name, Body: "Kata kata."},
			{Aspect: curation.Name, Title: "Nama", Body: "🙂🙂🙂"}, {Aspect: curation.Name, Title: "Nama", Body: strings.Repeat("a", curation.MaxNote+1)},
		} {
			key(t, library.SaveAnswer(ctx, dimas, bad), fault.KindInvalid)
		}
		mine.ID = 999_999
		key(t, library.SaveAnswer(ctx, dimas, mine), fault.KindNotFound)
		key(t, library.RetireAnswer(ctx, dimas, mine.ID, true), fault.KindNotFound)
		key(t, library.CountUse(ctx, dimas, mine.ID), fault.KindNotFound)
		key(t, library.SaveAnswer(ctx, head, in), fault.KindForbidden)
		key(t, library.CountUse(ctx, maker, 1), fault.KindNotFound)
	})
}
