package main

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// What an older version wrote in plain text is sealed when the program starts;
// what an older key sealed is sealed anew by `rotate`, after which that key opens
// nothing any more and is needed for nothing.
func TestStoredSecretsAreSealedAndSealedAnew(t *testing.T) {
	const first, second = "the-first-key-of-32-characters-or-more", "the-second-key-of-32-characters-or-more"
	const own, sent, payer = "7788990011223", "8899001122334", "Pembayar Rahasia"
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		with := func(keys ...string) *world {
			a := over(db, config.Settings{MediaURL: "file://" + t.TempDir(), SecretKeys: keys, XenditBaseURL: "http://127.0.0.1:1"}, slog.New(slog.DiscardHandler), choices{})
			require.NoError(t, a.compose(t.Context()))
			return &world{app: a}
		}
		w := with(first)
		w.people(t)
		const rows = 450 // more than one batch
		require.NoError(t, database.InTx(t.Context(), db, func(tx *gorm.DB) error {
			for range rows {
				err := tx.Exec(`INSERT INTO bank_accounts (shop_id, channel_code, account_number, holder_name, state, form_key, proposed_by, created_at)
					VALUES (?, 'ID_BRI', ?, 'Pembuat Uji', 'replaced', ?, ?, CURRENT_TIMESTAMP)`, w.shop, own, id.Token(), w.maker.UserID).Error
				if err != nil {
					return err
				}
			}
			err := tx.Exec(`INSERT INTO payouts (purpose_kind, purpose_id, amount, channel_code, account_number, holder_name, description, payout_key,
				idempotency_key, reference, state, gateway_id, failure_code, problem, tries, checks, lease_token, created_at, updated_at)
				VALUES ('withdrawal', 1, 10000, 'ID_BRI', ?, 'Pembuat Uji', '', 'k', 'k', 'k', 'failed', '', '', '', 0, 0, '', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)`, sent).Error
			if err != nil {
				return err
			}
			return tx.Exec(`INSERT INTO callbacks (source, reference, gateway_id, status, gateway_payment_id, body, state, note, times, created_at, last_at)
				VALUES ('xendit.invoice', 'r', 'g', 'PAID', '', ?, 'done', '', 1, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)`, []byte(`{"payer_name":"`+payer+`"}`)).Error
		}))
		require.NoError(t, w.accounts.SetNIK(t.Context(), w.officer, w.maker.UserID, "3519034101900001"))
		require.Contains(t, w.dump(t)["bank_accounts"], own, "the control: an older version wrote plain text")

		// Stopped half-way, and started again.
		half, err := w.finance.Reseal(t.Context())
		require.NoError(t, err)
		require.Equal(t, rows, half)
		n, err := w.reseal(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, n)
		nowhere(t, w.dump(t), own, sent, payer, "3519034101900001")

		_, err = with(second).reseal(t.Context())
		require.Error(t, err, "without the older key nothing can be rotated")
		n, err = with(second, first).reseal(t.Context())
		require.NoError(t, err)
		require.Equal(t, rows+2+1+2, n) // two second factors of staff
		nowhere(t, w.dump(t), own, sent, payer)

		alone := with(second)
		n, err = alone.reseal(t.Context())
		require.NoError(t, err)
		require.Zero(t, n)
		masked, err := alone.accounts.MaskedNIK(t.Context(), w.maker.UserID)
		require.NoError(t, err)
		require.Equal(t, "3519••••••••0001", masked)
		payout, err := alone.payments.Payout(t.Context(), 1)
		require.NoError(t, err)
		bank, err := alone.payments.BankOf(payout)
		require.NoError(t, err)
		require.Equal(t, sent, bank.AccountNumber)
	})
}
