package finance_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/server/desktest"
)

// While withdrawals rest, whoever would pay one reads until when and why, and
// paying is refused; afterwards nothing of it is left.
func TestARestingWithdrawalSaysUntilWhen(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		d := desktest.New(t, db, false)
		shop := d.Shop("Toples Bu Wening")
		owner := d.Owner(shop)
		w := asked(t, d, shop.Shop, owner, 150_000)
		tuti := d.Staff("Tuti", account.RoleFinance)
		require.NotContains(t, d.As(tuti).Get(at(w)).Body, "Penarikan ditahan sementara")
		d.Tx(func(tx *gorm.DB) error {
			_, err := d.Accounts.RestWithdrawalsTx(ctx, tx, owner.UserID)
			return err
		})
		before := d.Fingerprint()
		page := d.As(tuti).Get(at(w)).Body
		require.Contains(t, page, "Penarikan ditahan sementara")
		require.Regexp(t, `Uang baru bisa dikirim mulai [^<]+ WIB`, page)
		require.NotEqual(t, http.StatusSeeOther, d.As(tuti).Post(at(w, "setujui"), "cocok", "ya").Status)
		require.Equal(t, before, d.Fingerprint())

		d.Pass(account.RestAfterReset + time.Minute)
		require.NotContains(t, d.As(tuti).Get(at(w)).Body, "Penarikan ditahan sementara")
	})
}
