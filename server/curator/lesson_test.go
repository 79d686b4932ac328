package curator_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// A curator writes a lesson with a picture; the picture is nobody's but the
// desk's until it is published, then its readers'. A refused part keeps what was
// typed, and no picture.
func TestACuratorWritesALesson(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		desk, maker := d.As(d.Staff("Dimas", account.RoleCurator)), d.As(d.Owner(shop))
		require.Contains(t, desk.Get("/kurasi/pelajaran").Body, "Foto bagus dari dekat jendela")
		require.Equal(t, http.StatusUnprocessableEntity, desk.Post("/kurasi/pelajaran", "judul", "!").Status)
		at := desk.Post("/kurasi/pelajaran", "judul", "Menjemur keripik").Location
		require.Regexp(t, `^/kurasi/pelajaran/\d+$`, at)

		bare := sendPart(t, desk, at, picture(t), "versi", "1", "isi", "Jemur di tampah.", "aksi", "simpan")
		require.Equal(t, http.StatusUnprocessableEntity, bare.Status)
		require.Contains(t, bare.Body, "Jemur di tampah.</textarea>")
		require.Contains(t, bare.Body, `href="#f-alt-"`, "the summary leads to the field")
		kept := func() (n int64) {
			require.NoError(t, db.Read(ctx).Raw("SELECT count(*) FROM pictures WHERE owner_kind = 'lesson'").Scan(&n).Error)
			return n
		}
		require.Zero(t, kept())
		require.Equal(t, at, sendPart(t, desk, at, picture(t), "versi", "1", "isi", "Jemur di tampah.", "alt", "Tampah", "aksi", "simpan").Location)
		require.EqualValues(t, 1, kept())
		var stored int64
		require.NoError(t, db.Read(ctx).Raw("SELECT id FROM pictures WHERE owner_kind = 'lesson'").Scan(&stored).Error)
		require.NoError(t, d.Media.MakeRenditions(ctx, stored))
		page := desk.Get(at + "/lihat").Body
		require.Contains(t, page, "Jemur di tampah.")
		photo := regexp.MustCompile(`/gambar/[^/"]+/`).FindString(page)
		require.NotEmpty(t, photo)
		photo += "320.jpg"
		require.Equal(t, []int{http.StatusOK, http.StatusNotFound}, []int{desk.Get(photo).Status, maker.Get(photo).Status})

		stale := desk.Post(at, "versi", "1", "judul", "Menjemur keripik", "tayang", "ya")
		require.Equal(t, http.StatusUnprocessableEntity, stale.Status)
		require.Contains(t, stale.Body, "Orang lain baru saja mengubah")
		require.Equal(t, http.StatusSeeOther, desk.Post(at, "versi", "2", "judul", "Menjemur keripik", "tayang", "ya").Status)
		require.Equal(t, []int{http.StatusOK, http.StatusNotFound}, []int{maker.Get(photo).Status, d.Visitor().Get(photo).Status})

		head := d.As(d.Staff("Ratna", account.RoleHead, "35"))
		require.Equal(t, at+"/lihat", head.Get(at).Location, "who does not write reads")
		require.NotContains(t, head.Get("/kurasi/pelajaran").Body, `name="judul"`)
	})
}

// The library of answers: written, changed, used, taken out of use.
func TestSavedAnswersOnTheDesk(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		desk := d.As(d.Staff("Dimas", account.RoleCurator))
		bad := desk.Post("/kurasi/jawaban", "aspek", "packaging", "nama", "Tutup", "kata", "…", "aksi", "simpan")
		require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
		require.Contains(t, bad.Body, `value="Tutup"`)
		require.Equal(t, http.StatusSeeOther, desk.Post("/kurasi/jawaban", "aspek", "packaging", "nama", "Tutup bocor", "kata", "Tutupnya bocor.", "aksi", "simpan").Status)
		page := desk.Get("/kurasi/jawaban").Body
		require.Contains(t, page, "Dipakai 0 kali · ditulis Dimas")
		id := regexp.MustCompile(`(?s)id="j(\d+)"><h3>Tutup bocor`).FindStringSubmatch(page)
		require.NotNil(t, id)
		require.Equal(t, http.StatusOK, desk.Post("/kurasi/jawaban", "aksi", "dipakai", "id", id[1]).Status)
		require.Contains(t, desk.Get("/kurasi/jawaban").Body, "Dipakai 1 kali · ditulis Dimas")
		require.Equal(t, http.StatusSeeOther, desk.Post("/kurasi/jawaban", "aksi", "pensiun", "id", id[1]).Status)
		require.Contains(t, desk.Get("/kurasi/jawaban").Body, `value="pakai"`)
		require.Equal(t, http.StatusNotFound, desk.Post("/kurasi/jawaban", "aksi", "pensiun", "id", "999999").Status)
		head := d.As(d.Staff("Ratna", account.RoleHead, "35"))
		require.NotContains(t, head.Get("/kurasi/jawaban").Body, `action="/kurasi/jawaban"`)
	})
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))))
	return b.Bytes()
}

func sendPart(t *testing.T, c *desktest.Client, lesson string, file []byte, pairs ...string) desktest.Answer {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		require.NoError(t, w.WriteField(pairs[i], pairs[i+1]))
	}
	part, err := w.CreateFormFile("photo", "foto.png")
	require.NoError(t, err)
	_, err = part.Write(file)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return c.Do("POST", fmt.Sprint(lesson, "/bagian"), &body, "Content-Type", w.FormDataContentType())
}
