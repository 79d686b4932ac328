package finance_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
)

// photo is a stored picture of a signed receipt.
func (w *world) photo() (id int64) {
	w.t.Helper()
	w.write(func(tx *gorm.DB) {
		require.NoError(w.t, tx.Raw(`INSERT INTO pictures (key, owner_kind, owner_id, visibility, state, colour, width, height, bytes, sha256, alt, created_by, created_at)
			VALUES ('kuitansi', 'cash_receipt', 1, 'private', 'stored', '#ffffff', 10, 10, 10, ?, '', 1, CURRENT_TIMESTAMP) RETURNING id`, strings.Repeat("a", 64)).Scan(&id).Error)
	})
	return id
}

func (w *world) box() money.Rupiah {
	w.t.Helper()
	sum, err := w.books.Balance(ctx, ledger.Account{Kind: ledger.CashBox})
	require.NoError(w.t, err)
	return sum
}

// A maker without an account asks for cash; three people see to it; it ends with the
// photo of a signed receipt and cannot be undone after.
func TestCash(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.earn(w.shop, 300_000)
		for _, who := range []account.Actor{w.companion, w.member, w.officer, w.rina, w.admin} {
			_, err := w.finance.RequestCash(ctx, who, w.shop, 100_000, "x")
			require.Error(t, err, "only the maker asks for their money")
		}
		_, err := w.finance.RequestCash(ctx, w.wahyu, w.prison, 100_000, "x")
		require.ErrorContains(t, err, "finance.cash.institution")
		_, err = w.finance.RequestCash(ctx, w.maker, w.shop, finance.CashMost+1, "x")
		require.ErrorContains(t, err, "finance.withdrawal.faulty")
		asked, err := w.finance.RequestCash(ctx, w.maker, w.shop, 200_000, "tunai")
		require.NoError(t, err)
		require.Equal(t, finance.ByCash, asked.Way)
		again, err := w.finance.RequestCash(ctx, w.maker, w.shop, 200_000, "tunai")
		require.NoError(t, err)
		require.Equal(t, asked.ID, again.ID)
		photo := w.photo()
		_, err = w.finance.HandOver(ctx, w.officer, asked.ID, photo)
		require.ErrorContains(t, err, "finance.withdrawal.moved", "not approved yet")
		_, err = w.finance.Approve(ctx, w.relative, asked.ID)
		require.ErrorContains(t, err, "finance.decide.conflict")
		approved, err := w.finance.Approve(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		require.Equal(t, finance.Paying, approved.State)
		require.Empty(t, w.payouts.sent, "nothing goes to a bank")
		require.EqualValues(t, 200_000, w.transit())
		w.clean()

		for _, who := range []account.Actor{w.maker, w.companion, w.rina, w.faraway, w.admin} {
			_, err = w.finance.HandOver(ctx, who, asked.ID, photo)
			require.Error(t, err)
		}
		kin := w.officer
		kin.KinShops = []int64{w.shop}
		_, err = w.finance.HandOver(ctx, kin, asked.ID, photo)
		require.ErrorContains(t, err, "finance.decide.conflict")
		_, err = w.finance.HandOver(ctx, w.officer, asked.ID, 0)
		require.ErrorContains(t, err, "finance.cash.photo")
		_, err = w.finance.HandOver(ctx, w.officer, asked.ID, photo)
		require.ErrorContains(t, err, "finance.cash.box_short")
		require.NoError(t, w.finance.DrawCash(ctx, w.rina, 250_000, "kas minggu ini", "ambil"))
		require.NoError(t, w.finance.DrawCash(ctx, w.rina, 250_000, "kas minggu ini", "ambil"))
		require.Error(t, w.finance.DrawCash(ctx, w.officer, 1, "x", "y"))
		require.EqualValues(t, 250_000, w.box())

		list, err := w.finance.CashToHand(ctx, w.officer)
		require.NoError(t, err)
		require.Len(t, list, 1)
		list, err = w.finance.CashToHand(ctx, w.faraway)
		require.NoError(t, err)
		require.Empty(t, list)
		done, err := w.finance.HandOver(ctx, w.officer, asked.ID, photo)
		require.NoError(t, err)
		require.Equal(t, finance.Paid, done.State)
		require.EqualValues(t, 50_000, w.box())
		require.Zero(t, w.transit())
		require.EqualValues(t, 100_000, w.free(w.shop))
		_, err = w.finance.HandOver(ctx, w.officer, asked.ID, photo)
		require.ErrorContains(t, err, "finance.withdrawal.moved")
		_, err = w.finance.TakeBackCash(ctx, w.rina, asked.ID, "salah")
		require.ErrorContains(t, err, "finance.withdrawal.moved", "no undo after the receipt")
		w.clean()

		// What nobody fetches goes back.
		second, err := w.finance.RequestCash(ctx, w.maker, w.shop, 60_000, "kedua")
		require.NoError(t, err)
		_, err = w.finance.Approve(ctx, w.rina, second.ID)
		require.NoError(t, err)
		_, err = w.finance.TakeBackCash(ctx, w.rina, second.ID, "tidak datang")
		require.NoError(t, err)
		require.EqualValues(t, 100_000, w.free(w.shop))
		w.clean()

		// The box is counted.
		require.ErrorContains(t, w.finance.CountCash(ctx, w.rina, 49_000, "", "hitung"), "finance.cash.differs")
		require.NoError(t, w.finance.CountCash(ctx, w.rina, 49_000, "kurang kembalian", "hitung"))
		require.NoError(t, w.finance.CountCash(ctx, w.rina, 49_000, "kurang kembalian", "hitung"))
		require.EqualValues(t, 49_000, w.box())
		w.clean()

		for invariant, statement := range map[string]string{
			"finance cash receipt":      "DELETE FROM cash_receipts",
			"finance cash three people": "UPDATE cash_receipts SET handed_by = (SELECT decided_by FROM withdrawals WHERE id = withdrawal_id)",
		} {
			w.write(func(tx *gorm.DB) { require.NoError(t, tx.Exec(statement).Error) })
			found, err := w.finance.Prove(ctx)
			require.NoError(t, err)
			require.Len(t, found, 1)
			require.Equal(t, invariant, found[0].Invariant)
			w.write(func(tx *gorm.DB) {
				require.NoError(t, tx.Exec("DELETE FROM cash_receipts").Error)
				require.NoError(t, tx.Exec("INSERT INTO cash_receipts (withdrawal_id, picture_id, handed_by, handed_at) VALUES (?, ?, ?, CURRENT_TIMESTAMP)", asked.ID, photo, w.officer.UserID).Error)
			})
			w.clean()
		}
	})
}
