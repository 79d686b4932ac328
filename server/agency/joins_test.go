package agency_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// visitor is somebody who is not signed in.
func (h *house) visitor() *browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(h.t, err)
	return &browser{t: h.t, url: h.url, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// A maker asks to join without scripts; the officer's form of the first visit is
// filled in; a faulty one says what is missing and keeps the rest; another is
// refused with a reason that is told.
func TestSomebodyAsksToJoin(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		officer, head := h.as(h.staff(account.RoleOfficer, h.agency, "35")), h.as(h.staff(account.RoleHead, h.agency, "35"))
		admin := h.as(h.staff(account.RoleAdmin, h.agency, "35"))
		guest := h.visitor()
		district, _ := region.DistrictByCode(ordertest.District)
		regency := district.RegencyCode
		place := []string{"provinsi", regency[:2], "kabupaten", regency, "kecamatan", district.Code}
		send := func(more ...string) page {
			return guest.post("/daftar", append(append([]string{"langkah", "kirim"}, place...), more...)...)
		}

		require.Contains(t, guest.see("/daftar"), text.T("publicpage.join.title"))
		require.Contains(t, guest.see("/en/daftar"), "Ask to sell here")
		step := guest.post("/daftar", "langkah", "kabupaten", "nama", "Sri", "provinsi", regency[:2], "kabupaten", regency)
		require.Equal(t, http.StatusOK, step.status)
		require.Contains(t, step.body, district.Name)
		require.Contains(t, step.body, `value="Sri"`)
		empty := guest.post("/daftar", "langkah", "kirim", "nama", "Sri")
		require.Equal(t, http.StatusUnprocessableEntity, empty.status)
		for _, sentence := range []string{"account.phone.invalid", "program.join.district"} {
			require.Contains(t, empty.body, text.T(sentence))
		}
		require.Contains(t, empty.body, `href="#f-provinsi"`, "the list that stands empty is the one to mend")
		require.Contains(t, guest.post("/en/daftar", "langkah", "kirim").body, "Please choose your province, regency and district.")
		long := send("nama", "Sri Lestari", "hp", "0812 0000 0190", "buatan", strings.Repeat("kue ", 250))
		require.Equal(t, http.StatusUnprocessableEntity, long.status)
		require.Contains(t, long.body, text.T("program.join.makes", "max", 150))

		sent := send("nama", "Sri Lestari 🌸", "hp", "0812 0000 0190", "buatan", "Kue kering & sambal")
		require.Equal(t, http.StatusSeeOther, sent.status)
		require.Contains(t, guest.see(sent.to), text.T("publicpage.join.sent_title"))
		twice := send("nama", "Orang lain", "hp", "+62 812-0000-0190", "buatan", "Batik")
		require.Equal(t, sent.to, twice.to, "the same answer")
		require.Equal(t, sent.to, send("nama", "Tono", "hp", "0812 0000 0191", "buatan", "Jamu obat kuat").to)

		require.Contains(t, head.see("/dinas"), text.T("agency.joins.waiting", "count", 2))
		desk := officer.see("/dinas/pendaftar")
		require.Contains(t, desk, "Kue kering &amp; sambal")
		require.NotContains(t, desk, "Orang lain")
		require.NotContains(t, admin.see("/dinas/pendaftar"), "/dinas/undang?pendaftar=")
		at := regexp.MustCompile(`/dinas/undang\?pendaftar=(\d+)`).FindAllStringSubmatch(desk, -1)
		require.Len(t, at, 2)

		form := officer.see(at[0][0])
		for _, typed := range []string{"Sri Lestari 🌸", "Kue kering &amp; sambal", `value="` + district.Code + `" selected`, `name="pendaftar" value="` + at[0][1] + `"`} {
			require.Contains(t, form, typed)
		}
		require.Equal(t, http.StatusNotFound, officer.get("/dinas/undang?pendaftar=99999").status)
		first := []string{"form_key", "undang-satu", "pendaftar", at[0][1], "name", "Sri Lestari 🌸", "phone", "0812 0000 0190", "kind", "individual", "regency", regency,
			"district", district.Code, "village", "Kepuh", "street", "Gang 2", "about", "Kue kering & sambal", "pickup", "ya"}
		faulty := officer.post("/dinas/undang", first...)
		require.Equal(t, http.StatusUnprocessableEntity, faulty.status)
		require.Contains(t, faulty.body, `name="pendaftar" value="`+at[0][1]+`"`, "what is answered is not lost")
		require.Contains(t, officer.see("/dinas/pendaftar"), `"pendaftar-`+at[0][1])
		first = append(first, "shop_name", "Dapur Sri", "evidence", "formulir")
		require.Equal(t, http.StatusSeeOther, officer.post("/dinas/undang", first...).status)
		require.NotContains(t, officer.see("/dinas/pendaftar"), `"pendaftar-`+at[0][1])
		require.Equal(t, "/dinas/pendaftar", officer.get(at[0][0]).to, "answered already")
		late := officer.post("/dinas/undang", append(first, "form_key", "undang-dua", "phone", "081200000199")...)
		require.Equal(t, http.StatusSeeOther, late.status)

		refused := officer.post("/dinas/pendaftar", "id", at[1][1], "reason", "")
		require.Equal(t, http.StatusUnprocessableEntity, refused.status)
		require.Contains(t, refused.body, text.T("program.join.reason"))
		require.Equal(t, http.StatusUnprocessableEntity, officer.post("/dinas/pendaftar").status, "a form that names nobody")
		require.Equal(t, http.StatusSeeOther, officer.post("/dinas/pendaftar", "id", at[1][1], "reason", "Jamu perlu izin edar dulu.").status)
		require.Contains(t, officer.see("/dinas/pendaftar"), text.T("agency.joins.none"))
		outbox, err := h.Notify.Outbox(ctx)
		require.NoError(t, err)
		said := fmt.Sprint(outbox)
		require.Contains(t, said, "Jamu perlu izin edar dulu.")
		require.Contains(t, said, text.T("notify.join_invited.title"))
	})
}
