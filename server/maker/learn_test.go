package maker_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

// A maker reads the lessons that come with the program; who has no shop does not.
func TestMakersReadLessons(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		h := newHouse(t, db)
		b := h.as(h.Owner(h.Shop("Dapur Bu Lastri")).UserID)
		require.Contains(t, b.see("/toko-saya"), "/toko-saya/belajar")
		require.Contains(t, b.see("/toko-saya/belajar"), "/toko-saya/belajar/foto-dekat-jendela")
		page := b.see("/toko-saya/belajar/foto-dekat-jendela")
		require.Contains(t, page, "Cari cahaya dari samping")
		require.Contains(t, page, "<li>Lap lensa HP dengan kain bersih.</li>", "a list is a list")
		require.Contains(t, page, "jendela.svg")
		require.Equal(t, http.StatusNotFound, b.get("/toko-saya/belajar/tidak-ada").status)

		curator := h.Person("Dimas", "35.19.03")
		_, err := h.Accounts.AssignRole(ctx, account.System, curator.ID, account.RoleCurator, 0, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusNotFound, h.as(curator.ID).get("/toko-saya/belajar").status)
	})
}
