package payment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// Limits are settings of finance: they decide what an invoice offers and whether
// money goes back through its channel, from the next one on.
func TestChannelsAreSettings(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		offered := func(amount money.Rupiah) (codes []string) {
			list, err := w.svc.Offered(t.Context(), amount)
			require.NoError(t, err)
			for _, c := range list {
				codes = append(codes, c.Code)
			}
			return codes
		}
		require.Contains(t, offered(2_500_000), "INDOMARET")
		require.NotContains(t, offered(2_500_001), "INDOMARET")
		require.NotContains(t, offered(10_000_001), "QRIS")
		require.Contains(t, offered(60_000_000), "MANDIRI")

		finance := account.Actor{UserID: 7, Roles: []account.Role{account.RoleFinance}}
		all, err := w.svc.Channels(t.Context())
		require.NoError(t, err)
		set := func(code string, change func(*payment.ChannelSetting)) error {
			for _, c := range all {
				if c.Code == code {
					change(&c)
					return w.svc.SetChannel(t.Context(), finance, c)
				}
			}
			return fault.NotFound(code)
		}
		require.True(t, fault.Is(w.svc.SetChannel(t.Context(), account.Actor{UserID: 8}, all[0]), fault.KindForbidden))
		require.True(t, fault.Is(set("QRIS", func(c *payment.ChannelSetting) { c.Max = 0 }), fault.KindInvalid))
		require.NoError(t, set("QRIS", func(c *payment.ChannelSetting) { c.Max = 500_000 }))
		require.NoError(t, set("OVO", func(c *payment.ChannelSetting) { c.Enabled = false }))
		require.Contains(t, offered(500_000), "QRIS")
		require.NotContains(t, offered(500_001), "QRIS")
		require.NotContains(t, offered(500_000), "OVO")
		w.open(20_000) // the simulator's account lacks some of the list: the invoice is made all the same

		// Money that came by DANA goes back by it, until finance says that it cannot.
		first := w.paid(20_000, "DANA")
		r, err := w.refund(first, 5_000, "one")
		require.NoError(t, err)
		require.Equal(t, payment.RefundRequested, r.State)
		require.NoError(t, set("DANA", func(c *payment.ChannelSetting) { c.Refund = false }))
		r, err = w.refund(first, 5_000, "two")
		require.NoError(t, err)
		require.Equal(t, payment.RefundAwaitingAccount, r.State)

		// With nothing that takes the amount, no payment begins.
		for _, c := range all {
			require.NoError(t, set(c.Code, func(c *payment.ChannelSetting) { c.Enabled = false }))
		}
		_, err = w.tryStart(payment.New{Purpose: payment.Purpose{Kind: "purchase", ID: 999_999}, Amount: 20_000})
		require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
	})
}
