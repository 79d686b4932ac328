package curator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

func TestSeatsAreSetByThoseWhoAnswerForTheDesk(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		dimas, yuni := d.Staff("Dimas", account.RoleCurator), d.Staff("Yuni", account.RoleCurator)
		lead, other, head := d.As(dimas), d.As(yuni), d.As(d.Staff("Bambang", account.RoleHead, "35"))
		post := func(c *desktest.Client, path string, v url.Values) desktest.Answer {
			var pairs []string
			for name, values := range v {
				for _, value := range values {
					pairs = append(pairs, name, value)
				}
			}
			return c.Post(path, pairs...)
		}
		seat := func(who account.Actor, more ...string) url.Values {
			v := url.Values{"kurator": {fmt.Sprint(who.UserID)}}
			for i := 0; i+1 < len(more); i += 2 {
				v.Add(more[i], more[i+1])
			}
			return v
		}

		require.NotContains(t, other.Get("/kurasi/meja?kurator="+fmt.Sprint(yuni.UserID)).Body, `action="/kurasi/meja/kursi"`)
		require.Equal(t, http.StatusForbidden, post(other, "/kurasi/meja/kursi", seat(yuni, "ketua", "ya")).Status)
		require.Equal(t, http.StatusForbidden, other.Post("/kurasi/meja/janji", "hari", "5").Status)
		require.Equal(t, http.StatusSeeOther, post(head, "/kurasi/meja/kursi", seat(dimas, "ketua", "ya", "kategori", "camilan")).Status)

		page := lead.Get("/kurasi/meja?kurator=" + fmt.Sprint(yuni.UserID)).Body
		require.Contains(t, page, "Kursi Yuni")
		require.NotContains(t, page, `name="ketua"`, "who leads is not the lead's to say")
		require.Equal(t, http.StatusSeeOther, post(lead, "/kurasi/meja/kursi", seat(yuni, "wilayah", "36", "wilayah_lain", "35.19", "pengganti", fmt.Sprint(dimas.UserID))).Status)
		page = other.Get("/kurasi/meja").Body
		require.Contains(t, page, "Banten")
		require.Contains(t, page, "Kabupaten Madiun")
		require.Contains(t, page, "Ketua")

		// A faulty form keeps what was typed and says it beside the field.
		bad := other.Post("/kurasi/meja", "mulai", "2126-01-05", "sampai", "2126-01-01")
		require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
		require.Contains(t, bad.Body, `value="2126-01-05"`)
		require.Contains(t, faults(bad), `href="#f-sendiri-sampai"`)
		require.Contains(t, bad.Body, `id="f-sendiri-sampai"`)
		require.Equal(t, http.StatusSeeOther, other.Post("/kurasi/meja", "mulai", "2026-01-01", "sampai", "2099-12-31", "pengganti", fmt.Sprint(dimas.UserID)).Status)
		require.Contains(t, lead.Get("/kurasi/meja").Body, "Menggantikan Yuni")
		bad = lead.Post("/kurasi/meja/janji", "hari", "lusa")
		require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
		require.Contains(t, bad.Body, `value="lusa"`)
		require.Equal(t, http.StatusSeeOther, lead.Post("/kurasi/meja/janji", "hari", "7").Status)
		require.Contains(t, lead.Get("/kurasi/meja").Body, `value="7"`)
	})
}

func TestTheQueueSaysForWhomAndWhoElseIsThere(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		sub, next := d.Submitted(shop, "Lidah kucing"), d.Submitted(shop, "Rengginang")
		dimas, yuni := d.Staff("Dimas", account.RoleCurator), d.Staff("Yuni", account.RoleCurator)
		desk, other := d.As(dimas), d.As(yuni)
		admin := d.As(d.Staff("Admin", account.RoleAdmin))
		require.Equal(t, http.StatusSeeOther, admin.Post("/kurasi/meja/kursi", "kurator", fmt.Sprint(yuni.UserID), "wilayah", "35").Status)

		require.Contains(t, desk.Get("/kurasi").Body, "Untuk Yuni")
		require.Contains(t, desk.Get("/kurasi?antrean=untuk").Body, "Tidak ada yang cocok")
		page := other.Get("/kurasi?antrean=untuk").Body
		require.Contains(t, page, "Rengginang")
		require.Contains(t, page, "Toko: 0 tayang, 2 kali dikirim, 0 disetujui")
		require.NotContains(t, admin.Get("/kurasi").Body, "antrean=untuk", "who has no seat has nothing of their own")
		require.NotContains(t, admin.Get("/kurasi").Body, "/pegang")

		// The filter rides along to the neighbours and back.
		page = other.Get(address(sub) + "?dari=antrean%3Duntuk").Body
		require.Contains(t, page, `href="`+address(next)+`?dari=antrean%3Duntuk"`)
		require.Contains(t, page, `href="/kurasi?antrean=untuk"`)
		require.NotContains(t, page, "sedang membuka halaman ini")

		require.Contains(t, desk.Get(address(sub)).Body, "Yuni sedang membuka halaman ini juga.")
		require.JSONEq(t, `{"here": "Dimas sedang membuka halaman ini juga."}`, other.Get(address(sub, "hadir")).Body)
		require.JSONEq(t, `{"here": ""}`, other.Get(address(next, "hadir")).Body)
		require.Equal(t, http.StatusNotFound, d.As(d.Owner(shop)).Get(address(sub, "hadir")).Status)
		require.Equal(t, http.StatusNotFound, other.Get("/kurasi/999999/hadir").Status)
	})
}
