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
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// step sends the form of a sample's next step, with a photo when there is one.
func step(t *testing.T, c *desktest.Client, path string, photo []byte, pairs ...string) desktest.Answer {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(pairs); i += 2 {
		require.NoError(t, w.WriteField(pairs[i], pairs[i+1]))
	}
	if photo != nil {
		part, err := w.CreateFormFile("photo", "contoh.png")
		require.NoError(t, err)
		_, err = part.Write(photo)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return c.Do("POST", path, &body, "Content-Type", w.FormDataContentType())
}

func dot(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))))
	return b.Bytes()
}

func TestACuratorHoldsASampleInTheHand(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		owner := d.Owner(shop)
		draft, err := d.Catalog.StartDraft(ctx, owner, shop.ID, id.Token())
		require.NoError(t, err)
		net, unit := int64(250), "g"
		_, err = d.Catalog.SaveDraft(ctx, owner, draft.ID, catalog.DraftChange{Label: catalog.LabelChange{NetAmount: &net, NetUnit: &unit}})
		require.NoError(t, err)
		sub := d.Finished(owner, draft, "Lidah kucing")
		desk := d.As(d.Staff("Dimas", account.RoleCurator))

		require.Contains(t, desk.Get(address(sub)).Body, "Belum ada contoh yang diminta.")
		page := desk.Get(address(sub, "sampel")).Body
		form := []string{"form_key", regexp.MustCompile(`name="form_key" value="([^"]+)"`).FindStringSubmatch(page)[1], "pieces", "2", "place", "Loket Dinas Sosial"}
		now, err := d.Accounts.Now(ctx)
		require.NoError(t, err)
		form = append(form, "due", now.AddDate(0, 0, 7).Format(time.DateOnly))
		before := d.Fingerprint()
		bad := desk.Post(address(sub, "sampel"), append(form, "what", "!")...)
		require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
		require.Contains(t, bad.Body, "Tulis contoh apa yang diminta.")
		require.Contains(t, bad.Body, `value="Loket Dinas Sosial"`, "what was typed stays")
		require.Equal(t, before, d.Fingerprint())
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "sampel"), append(form, "what", "Dua stoples siap jual")...).Status)
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "sampel"), append(form, "what", "Dua stoples siap jual")...).Status, "pressed twice")

		list, err := d.Curation.Samples(ctx, owner, sub.ID)
		require.NoError(t, err)
		require.Len(t, list, 1)
		at := fmt.Sprintf("/kurasi/sampel/%d", list[0].ID)
		_, err = d.Curation.MoveSample(ctx, owner, curation.SampleStep{SampleID: list[0].ID, Move: "send"})
		require.NoError(t, err)
		require.Contains(t, desk.Get("/kurasi/sampel").Body, "Lidah kucing")
		require.Contains(t, desk.Get("/kurasi/sampel?keadaan=tried").Body, "Tidak ada contoh yang berjalan di sini.")
		require.Contains(t, desk.Get(address(sub)).Body, "Putusan boleh dibuat tanpa menunggunya.")

		require.Equal(t, http.StatusSeeOther, step(t, desk, at, dot(t), "langkah", "receive", "note", "Kemasannya rapi.").Status)
		page = desk.Get(address(sub, "sampel")).Body
		require.Contains(t, page, "Kemasannya rapi.")
		photo := regexp.MustCompile(`/gambar/[^" ]+`).FindString(page)
		require.NotEmpty(t, photo)
		require.Equal(t, http.StatusOK, desk.Get(photo).Status)
		require.Equal(t, http.StatusOK, d.As(owner).Get(photo).Status)
		require.Equal(t, http.StatusNotFound, d.As(d.Staff("Bambang", account.RoleHead, "35")).Get(photo).Status, "heads see no photos of samples")
		require.Equal(t, http.StatusNotFound, d.Visitor().Get(photo).Status)

		before = d.Fingerprint()
		bad = step(t, desk, at, nil, "langkah", "weigh", "grams", "banyak", "note", "Ditimbang dua kali.")
		require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
		require.Contains(t, bad.Body, "Tulis beratnya dalam gram")
		require.Contains(t, bad.Body, "Ditimbang dua kali.</textarea>")
		require.Equal(t, before, d.Fingerprint())
		require.Equal(t, http.StatusSeeOther, step(t, desk, at, nil, "langkah", "weigh", "grams", "238").Status)
		require.Contains(t, desk.Get(address(sub)).Body, "Kurang berat: ditimbang 238 gram, label 250 gram: −4,8%. Boleh kurang sampai 9 gram.")

		refused := step(t, desk, at, dot(t), "langkah", "cancel", "note", "Tidak jadi.")
		require.Equal(t, http.StatusUnprocessableEntity, refused.Status)
		require.Contains(t, refused.Body, "Contoh ini sudah di langkah lain.")
		var kept int64
		require.NoError(t, db.Read(ctx).Raw(`SELECT COUNT(*) FROM pictures WHERE owner_kind = 'sample'`).Scan(&kept).Error)
		require.EqualValues(t, 1, kept, "the photo of a refused step is not kept")
		require.Equal(t, http.StatusSeeOther, step(t, desk, at, nil, "langkah", "use_up").Status)
		require.Contains(t, desk.Get("/kurasi/sampel").Body, "Tidak ada contoh yang berjalan di sini.")
		require.Contains(t, desk.Get(address(sub, "sampel")).Body, "Minta contoh ini", "another one can be asked for")

		for who, c := range map[string]*desktest.Client{"maker": d.As(owner), "finance": d.As(d.Staff("Rina", account.RoleFinance))} {
			require.Equal(t, http.StatusNotFound, c.Get("/kurasi/sampel").Status, who)
			require.Equal(t, http.StatusNotFound, c.Get(address(sub, "sampel")).Status, who)
			require.Equal(t, http.StatusNotFound, step(t, c, at, dot(t), "langkah", "receive").Status, who)
		}
		require.Equal(t, http.StatusForbidden, step(t, d.As(d.Staff("Admin", account.RoleAdmin)), at, nil, "langkah", "receive").Status)
	})
}

func TestACuratorSeesTheLabelBeforeItIsLive(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		sub := d.Submitted(d.Shop("Toples Bu Wening"), "Lidah kucing")
		desk := d.As(d.Staff("Dimas", account.RoleCurator))
		page := desk.Get(address(sub, "label"))
		require.Equal(t, http.StatusOK, page.Status)
		require.Contains(t, page.Body, "belum tayang")
		require.Contains(t, page.Body, "Kode QR: produk belum punya halaman untuk pembeli.")
		pdf := desk.Get(address(sub, "label.pdf?ukuran=60x40"))
		require.Equal(t, "application/pdf", pdf.Header.Get("Content-Type"))
		require.Equal(t, "no-store", pdf.Header.Get("Cache-Control"))
		require.True(t, bytes.HasPrefix([]byte(pdf.Body), []byte("%PDF-")))
		picture, err := png.Decode(bytes.NewReader([]byte(desk.Get(address(sub, "label.png?ukuran=60x40")).Body)))
		require.NoError(t, err)
		require.Equal(t, image.Rect(0, 0, 600, 400), picture.Bounds())
		require.Equal(t, http.StatusNotFound, d.As(d.Officer("35")).Get(address(sub, "label.pdf")).Status)
	})
}
