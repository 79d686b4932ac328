package curator_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

var (
	hidden = regexp.MustCompile(`<input type="hidden" name="((?:draf|edisi|kunci_\d+))" value="([^"]*)"`)
	asks   = regexp.MustCompile(`(?s)<textarea id="f-tanya_(\d+)"[^>]*>(.*?)</textarea>`)
	chosen = regexp.MustCompile(`(?s)<select[^>]*name="(aspek_\d+)"[^>]*>.*?</select>`)
	picked = regexp.MustCompile(`<option value="([^"]*)" selected`)
	named  = regexp.MustCompile(`<input [^>]*name="nama"[^>]*value="([^"]*)"`)
	ticked = regexp.MustCompile(`name="kategori" value="([^"]*)" checked`)
)

// filled is the form of a draft as the page sends it when nothing is typed.
func filled(page string) []string {
	var out []string
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		out = append(out, m[1], m[2])
	}
	for _, m := range named.FindAllStringSubmatch(page, -1) {
		out = append(out, "nama", m[1])
	}
	for _, m := range asks.FindAllStringSubmatch(page, -1) {
		out = append(out, "tanya_"+m[1], m[2])
	}
	for _, m := range chosen.FindAllStringSubmatch(page, -1) {
		value := "photo"
		if p := picked.FindStringSubmatch(m[0]); p != nil {
			value = p[1]
		}
		out = append(out, m[1], value)
	}
	for _, m := range ticked.FindAllStringSubmatch(page, -1) {
		out = append(out, "kategori", m[1])
	}
	return out
}

// with replaces values of a form.
func with(form []string, pairs ...string) []string {
	out := append([]string{}, form...)
	for i := 0; i+1 < len(pairs); i += 2 {
		found := false
		for j := 0; j+1 < len(out); j += 2 {
			if out[j] == pairs[i] {
				out[j+1], found = pairs[i+1], true
			}
		}
		if !found {
			out = append(out, pairs[i], pairs[i+1])
		}
	}
	return out
}

func TestACuratorEditsAChecklist(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		desk, other := d.As(d.Staff("Dimas", account.RoleCurator)), d.As(d.Staff("Yuni", account.RoleCurator))
		list := desk.Get("/kurasi/daftar-periksa")
		require.Contains(t, list.Body, "Semua kategori yang tidak punya daftar sendiri")
		at := regexp.MustCompile(`href="(/kurasi/daftar-periksa/\d+)"[^>]*>Jasa<`).FindStringSubmatch(list.Body)[1]
		page := desk.Get(at).Body
		require.Contains(t, page, "Apakah tempat atau wilayah pengerjaannya jelas?")
		require.Contains(t, page, "Bawaan program")
		require.Equal(t, at, desk.Get(at+"/draf").Location, "no draft yet")
		require.Equal(t, at+"/draf", desk.Post(at, "aksi", "mulai").Location)

		// Every button keeps the whole form: a move, an addition, a removal.
		form := filled(desk.Get(at + "/draf").Body)
		require.Equal(t, at+"/draf#b-photo-people", desk.Post(at+"/draf", with(form, "tanya_0", "Apakah hasil kerjanya terlihat?", "aksi", "naik-1")...).Location)
		form = filled(desk.Get(at + "/draf").Body)
		require.Equal(t, []string{"kunci_0", "photo-people", "kunci_1", "photo-work"}, form[4:8], "in the new order")
		require.Contains(t, form, "Apakah hasil kerjanya terlihat?")
		require.Equal(t, at+"/draf#baru", desk.Post(at+"/draf", with(form, "tanya_7", "Apakah ada jaminan?", "aspek_7", "legal", "aksi", "tambah")...).Location)
		form = filled(desk.Get(at + "/draf").Body)
		require.Contains(t, form, "legal-apakah-ada-jaminan")
		require.Equal(t, at+"/draf", desk.Post(at+"/draf", with(form, "aksi", "buang-0")...).Location)

		// A second editor with an older page is told, and keeps what was typed.
		stale := other.Post(at+"/draf", with(form, "tanya_1", "Apakah fotonya jujur?", "aksi", "simpan")...)
		require.Equal(t, http.StatusUnprocessableEntity, stale.Status)
		require.Contains(t, stale.Body, "Orang lain baru saja menyimpan draf ini.")
		require.Contains(t, stale.Body, "Apakah fotonya jujur?</textarea>")
		require.Contains(t, stale.Body, "Buka simpanan terbaru")

		// A fault leads to its field, in an opened item.
		form = filled(desk.Get(at + "/draf").Body)
		bad := desk.Post(at+"/draf", with(form, "tanya_2", "?", "aksi", "simpan")...)
		require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
		require.Contains(t, bad.Body, `href="#f-tanya_2"`)
		require.Contains(t, bad.Body, `class="desk-form" open`)

		require.Equal(t, at+"/lihat", desk.Post(at+"/draf", with(form, "aksi", "lihat")...).Location)
		preview := desk.Get(at + "/lihat").Body
		for _, said := range []string{"Baru: Apakah ada jaminan?", "Dibuang: Jika ada orang di foto", "Diubah: Apakah foto menunjukkan hasil kerja sendiri"} {
			require.Contains(t, preview, said)
		}
		seen := filled(preview)
		old := desk.Post(at+"/lihat", with(seen, "edisi", "1", "aksi", "terbit")...)
		require.Equal(t, http.StatusUnprocessableEntity, old.Status)
		require.Contains(t, old.Body, "Inilah isinya sekarang")
		require.Equal(t, at, desk.Post(at+"/lihat", with(seen, "aksi", "terbit")...).Location)
		twice := other.Post(at+"/lihat", with(seen, "aksi", "terbit")...)
		require.Equal(t, http.StatusUnprocessableEntity, twice.Status)
		require.Contains(t, twice.Body, "Draf ini sudah diterbitkan atau dibuang orang lain.")
		page = desk.Get(at).Body
		require.Contains(t, page, "Apakah ada jaminan?")
		require.Contains(t, page, "Dimas, ")
		require.Contains(t, desk.Get(at+"?versi=1").Body, "Ini bukan versi yang dipakai sekarang.")

		// What was typed into a draft that is gone becomes a new draft.
		late := other.Post(at+"/draf", with(form, "tanya_1", "Apakah fotonya jujur?", "aksi", "simpan")...)
		require.Equal(t, http.StatusUnprocessableEntity, late.Status)
		require.Contains(t, late.Body, `value="baru"`)
		require.Equal(t, at+"/draf", other.Post(at+"/draf", with(form, "tanya_1", "Apakah fotonya jujur?", "aksi", "baru")...).Location)
		require.Contains(t, desk.Get(at+"/draf").Body, "Apakah fotonya jujur?")
		require.Equal(t, at, desk.Post(at+"/lihat", with(filled(desk.Get(at+"/lihat").Body), "aksi", "buang")...).Location)
		require.Equal(t, at, desk.Get(at+"/lihat").Location)
	})
}

func TestAChecklistBeginsAndIsPutAway(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		desk, head := d.As(d.Staff("Dimas", account.RoleCurator)), d.As(d.Staff("Ratna", account.RoleHead, "35"))
		require.Equal(t, http.StatusUnprocessableEntity, desk.Post("/kurasi/daftar-periksa", "nama", "Jasa").Status)
		at := desk.Post("/kurasi/daftar-periksa", "nama", "Rajutan").Location
		require.Regexp(t, `^/kurasi/daftar-periksa/\d+/draf$`, at)
		at = strings.TrimSuffix(at, "/draf")
		form := filled(desk.Get(at + "/draf").Body)
		require.Equal(t, at+"/lihat", desk.Post(at+"/draf", append(with(form, "aksi", "lihat"), "kategori", "rajut")...).Location)
		taken := desk.Post(at+"/lihat", with(filled(desk.Get(at+"/lihat").Body), "aksi", "terbit")...)
		require.Equal(t, http.StatusUnprocessableEntity, taken.Status)
		require.Contains(t, taken.Body, "dilayani daftar Jahitan, rajutan, dan kerajinan")
		crafts := regexp.MustCompile(`href="(/kurasi/daftar-periksa/\d+)"[^>]*>Jahitan, rajutan`).FindStringSubmatch(desk.Get("/kurasi/daftar-periksa").Body)[1]
		require.Equal(t, crafts, desk.Post(crafts, "aksi", "arsip").Location)
		require.Contains(t, desk.Get(crafts).Body, "Diarsipkan")
		require.Equal(t, at, desk.Post(at+"/lihat", with(filled(desk.Get(at+"/lihat").Body), "aksi", "terbit")...).Location)

		// Heads read; they see no form, and are told.
		require.NotContains(t, head.Get("/kurasi/daftar-periksa").Body, `name="nama"`)
		require.NotContains(t, head.Get(at).Body, `value="mulai"`)
		require.Equal(t, http.StatusForbidden, head.Post("/kurasi/daftar-periksa", "nama", "Baru").Status)
		desk.Post(at, "aksi", "mulai")
		require.Equal(t, at+"/lihat", head.Get(at+"/draf").Location)
		require.NotContains(t, head.Get(at+"/lihat").Body, `value="terbit"`)
		require.Equal(t, http.StatusNotFound, desk.Get("/kurasi/daftar-periksa/999999").Status)
	})
}
