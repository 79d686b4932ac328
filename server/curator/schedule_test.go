package curator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// inDays is a day from now as a date field has it.
func inDays(t *testing.T, d *desktest.Desk, n int) string {
	t.Helper()
	now, err := d.Accounts.Now(ctx)
	require.NoError(t, err)
	return now.In(calendar.WIB).AddDate(0, 0, n).Format(time.DateOnly)
}

func TestAChangeIsApprovedForADayMovedAndTakenBack(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		sub := d.Submitted(shop, "Lidah kucing")
		desk := d.As(d.Staff("Dimas", account.RoleCurator))
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "pegang")).Status)
		bad := desk.Post(address(sub, "setujui"), "revisi", revision(sub), "sisanya", "true", "hari", inDays(t, d, -1))
		require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
		require.Contains(t, bad.Body, "Hari itu sudah lewat.")
		require.Contains(t, bad.Body, inDays(t, d, -1), "what was typed stays")
		done := desk.Post(address(sub, "setujui"), "revisi", revision(sub), "sisanya", "true", "hari", inDays(t, d, 9))
		require.Equal(t, http.StatusSeeOther, done.Status, faults(done))

		page := desk.Get(address(sub)).Body
		require.Contains(t, page, "Tayang sendiri pada")
		require.NotContains(t, page, "/setujui")
		require.Contains(t, desk.Get("/kurasi/jadwal").Body, "Lidah kucing")
		list, err := d.Catalog.Products(ctx, catalog.Filter{})
		require.NoError(t, err)
		require.Zero(t, list.Total)
		head := d.As(d.Staff("Bambang", account.RoleHead, "35"))
		require.Contains(t, head.Get("/kurasi/jadwal").Body, "Lidah kucing")
		require.NotContains(t, d.As(d.Staff("Ani", account.RoleHead, "33")).Get("/kurasi/jadwal").Body, "Lidah kucing")
		require.NotContains(t, head.Get(address(sub)).Body, "Simpan hari tayang")

		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "jadwal"), "aksi", "pindah", "hari", inDays(t, d, 5)).Status)
		require.Contains(t, desk.Get(address(sub)).Body, `value="`+inDays(t, d, 5)+`"`)
		empty := desk.Post(address(sub, "jadwal"), "aksi", "tarik")
		require.Equal(t, http.StatusUnprocessableEntity, empty.Status)
		require.Contains(t, faults(empty), "#f-reason")
		require.Equal(t, http.StatusSeeOther, desk.Post(address(sub, "jadwal"), "aksi", "tarik", "reason", "Foto labelnya lain.").Status)
		page = desk.Get(address(sub)).Body
		require.Contains(t, page, "Foto labelnya lain.")
		require.Contains(t, page, "/pegang")
		require.NotContains(t, desk.Get("/kurasi/jadwal").Body, "Lidah kucing")
	})
}
