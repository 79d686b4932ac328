package finance_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

func TestFillingTheFeeAccount(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		desk, second := d.As(d.Staff("Rina", account.RoleFinance)), d.As(d.Staff("Agus", account.RoleFinance))
		require.Contains(t, desk.Get("/keuangan/dana").Body, "Isi lagi")
		bad := desk.Post("/keuangan/dana", "do", "tambah", "amount", "x", "reason", "Transfer", "form_key", "a")
		require.Equal(t, http.StatusUnprocessableEntity, bad.Status)
		require.Contains(t, bad.Body, "Transfer")
		require.Equal(t, http.StatusSeeOther, desk.Post("/keuangan/dana", "do", "tambah", "amount", "5.000.000", "reason", "Transfer", "form_key", "b").Status)
		page := desk.Get("/keuangan/dana")
		require.Contains(t, page.Body, "menunggu orang kedua")
		require.NotContains(t, page.Body, "Setuju, catat tambahan ini")
		require.Contains(t, second.Get("/keuangan/dana").Body, "Setuju, catat tambahan ini")
		require.Equal(t, http.StatusForbidden, desk.Post("/keuangan/dana", "do", "setuju", "nomor", "1").Status)
		require.Equal(t, http.StatusSeeOther, second.Post("/keuangan/dana", "do", "setuju", "nomor", "1").Status)
		require.Contains(t, desk.Get("/keuangan/dana").Body, "Rp5.000.000")
		require.Contains(t, desk.Get("/keuangan/ringkasan").Body, "Rp5.000.000")
	})
}
