package finance_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// A faulty form comes back as typed and changes nothing; a good one counts at once.
func TestChangingHowBuyersMayPay(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		const at = "/keuangan/saluran"
		desk := d.As(d.Staff("Rina", account.RoleFinance))
		require.Contains(t, desk.Get(at).Body, "Tabel Xendit")
		require.Contains(t, desk.Get(at+"?ubah=QRIS").Body, "Ubah QRIS")
		require.Equal(t, http.StatusNotFound, desk.Get(at+"?ubah=TIDAKADA").Status)

		offered := func(amount money.Rupiah) bool {
			all, err := d.Payments.Offered(t.Context(), amount)
			require.NoError(t, err)
			for _, c := range all {
				if c.Code == "QRIS" {
					return true
				}
			}
			return false
		}
		for _, bad := range [][]string{
			{"min", "seribu", "max", "5.000.000", "refund_days", "30"}, {"min", "9.000", "max", "8.000", "refund_days", "30"},
			{"min", "9.000", "max", "8.000.000", "refund_days", "sebulan"}, {"min", "", "max", "", "refund_days", ""},
		} {
			p := desk.Post(at, append([]string{"do", "saluran", "kode", "QRIS", "tawarkan", "ya"}, bad...)...)
			require.Equal(t, http.StatusUnprocessableEntity, p.Status, bad)
			for i := 1; i < len(bad); i += 2 {
				require.Contains(t, p.Body, `value="`+bad[i]+`"`)
			}
		}
		require.True(t, offered(4_000_000))
		good := []string{"do", "saluran", "kode", "QRIS", "tawarkan", "ya", "min", "1.000", "max", "3.000.000", "refund_days", "0"}
		require.Equal(t, http.StatusSeeOther, desk.Post(at, good...).Status)
		require.False(t, offered(4_000_000))
		require.True(t, offered(3_000_000))
		require.Contains(t, desk.Get(at).Body, "Rp3.000.000")
		require.Equal(t, http.StatusNotFound, desk.Post(at, "do", "saluran", "kode", "TIDAKADA", "min", "1", "max", "2", "refund_days", "0").Status)

		for _, bad := range []string{"", "banyak", "-1", "99.000.000.000"} {
			p := desk.Post(at, "do", "tunai", "cod_max", bad)
			require.Equal(t, http.StatusUnprocessableEntity, p.Status, bad)
			require.Contains(t, p.Body, `value="`+bad+`"`)
		}
		admin := d.As(d.Staff("Wati", account.RoleAdmin))
		require.Equal(t, http.StatusSeeOther, admin.Post(at, "do", "tunai", "cod_max", "750.000").Status)
		limits, err := d.Checkout.Limits(t.Context())
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(750_000), limits.CODMax)
		require.Contains(t, desk.Get(at).Body, "Wati")
	})
}
