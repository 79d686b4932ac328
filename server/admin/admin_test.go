package admin_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

var ctx = context.Background()

// tell sends one WhatsApp message whose words somebody outside could choose.
func tell(t *testing.T, d *desktest.Desk, phone, product string) {
	t.Helper()
	d.Tx(func(tx *gorm.DB) error {
		return d.Notify.SendTx(ctx, tx, notify.Message{
			Kind: "curation_approved", To: notify.Recipient{Name: "Wening", Phone: phone}, Data: map[string]string{"produk": product}, Link: "/toko-saya",
		})
	})
}

func TestTheOutboxIsForAdminsExceptInTheDemo(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		tell(t, d, "+6281200000002", "Lidah kucing")
		curator, admin := d.As(d.Curator()), d.As(d.Staff("Admin", account.RoleAdmin))
		require.Equal(t, http.StatusSeeOther, d.Visitor().Get("/admin/kotak-keluar").Status)
		require.Equal(t, http.StatusNotFound, curator.Get("/admin/kotak-keluar").Status)
		page := admin.Get("/admin/kotak-keluar")
		require.Equal(t, http.StatusOK, page.Status)
		require.Contains(t, page.Body, "ke +6281200000002")
		require.Contains(t, page.Body, "Lidah kucing sudah tayang")
		require.NotContains(t, page.Body, "hanya terbuka di demo")
		require.Contains(t, admin.Get("/admin/kotak-keluar?status=mail").Body, "Belum ada pesan")
		require.Contains(t, admin.Get("/admin/kotak-keluar?status=whatsapp").Body, "+6281200000002")
	})
	t.Run("demo", func(t *testing.T) {
		d := desktest.New(t, dbtest.SQLiteDB(t), true)
		tell(t, d, "+6281200000002", "Lidah kucing")
		page := d.Visitor().Get("/admin/kotak-keluar")
		require.Equal(t, http.StatusOK, page.Status)
		require.Contains(t, page.Body, "hanya terbuka di demo")
		require.Equal(t, "no-store", page.Header.Get("Cache-Control"))
		require.Equal(t, http.StatusSeeOther, d.Visitor().Get("/admin").Status, "the rest stays closed")
		require.Equal(t, http.StatusSeeOther, d.Visitor().Get("/admin/jejak").Status)
	})
}

func TestOnlyAddressesOfThisSiteBecomeLinks(t *testing.T) {
	d := desktest.New(t, dbtest.SQLiteDB(t), false)
	tell(t, d, "+6281200000002", "https://lapak.example@jahat.example http://lapak.test//jahat.example/x http://jahat.example <b>tebal</b>")
	page := d.As(d.Staff("Admin", account.RoleAdmin)).Get("/admin/kotak-keluar").Body
	require.NotContains(t, page, `href="//`)
	require.NotContains(t, page, `href="http`)
	require.NotContains(t, page, "<b>tebal")
	require.Contains(t, page, "http://lapak.test//jahat.example/x")
}

func TestTheTrailOfOneObject(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		sub := d.Submitted(shop, "Lidah kucing")
		admin, curator := d.As(d.Staff("Admin", account.RoleAdmin)), d.As(d.Staff("Dimas", account.RoleCurator))
		require.Equal(t, http.StatusSeeOther, curator.Post(fmt.Sprintf("/kurasi/%d/pegang", sub.ID)).Status)
		page := admin.Get(fmt.Sprintf("/admin/jejak?objek=submission&id=%d", sub.ID))
		require.Equal(t, http.StatusOK, page.Status)
		for _, want := range []string{"Mengirim ke kurasi", "Mulai memeriksa", "Dimas", "Pemilik Toples Bu Wening"} {
			require.Contains(t, page.Body, want)
		}
		require.Contains(t, admin.Get("/admin/jejak?objek=order&id=999").Body, "Tidak ada jejak untuk nomor ini.")
		require.Equal(t, http.StatusOK, admin.Get("/admin/jejak").Status)
		for _, bad := range []string{"objek=submission&id=nol", "objek=submission&id=-4", "objek=sqlite_master&id=1", "objek=&id=1", "id=1%20OR%201"} {
			got := admin.Get("/admin/jejak?" + bad)
			require.Equal(t, http.StatusUnprocessableEntity, got.Status, bad)
		}
		require.Equal(t, http.StatusNotFound, curator.Get("/admin/jejak").Status)
		require.Equal(t, http.StatusNotFound, curator.Get("/admin").Status)
		overview := admin.Get("/admin")
		require.Equal(t, http.StatusOK, overview.Status)
		require.Contains(t, overview.Body, "Menunggu kurasi")
	})
}
