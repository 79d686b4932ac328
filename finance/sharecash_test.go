package finance_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/share"
)

// Story 5 by services only: forty bags, the profit 50/15/35, WB-03's 120.000 in cash
// against a signed receipt, asked for by one officer and agreed to by another, and the
// code closed.
func TestAShareIsPaidInCash(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.earn(w.prison, 2_880_000)
		pieces := map[int64]int64{}
		var third share.Party
		for i, bags := range []int64{12, 10, 8, 5, 3, 2} {
			p, err := w.shares.AddParty(ctx, w.wahyu, w.prison, share.NewParty{Kind: share.Worker, Label: []string{"WB-01", "WB-02", "WB-03", "WB-04", "WB-05", "WB-06"}[i]})
			require.NoError(t, err)
			if pieces[p.ID] = bags; i == 2 {
				third = p
			}
		}
		_, err := w.shares.SetInstitution(ctx, w.wahyu, w.prison, 50, 15, 35, [3]string{"Premi", "PNBP", "Modal"})
		require.NoError(t, err)
		d, err := w.shares.Divide(ctx, w.wahyu, w.prison, share.New{Month: "2026-11", Amount: 2_880_000, Cost: 1_680_000, Pieces: pieces, FormKey: "bagi"})
		require.NoError(t, err)
		_, err = w.shares.Confirm(ctx, w.kuncoro, d.ID)
		require.NoError(t, err)
		due := func() money.Rupiah {
			got, err := w.books.Balance(ctx, share.Due(third.ID))
			require.NoError(t, err)
			return got
		}
		require.EqualValues(t, 120_000, due())

		for _, who := range []account.Actor{w.maker, w.companion, w.officer, w.rina, w.head, w.admin} {
			_, err := w.finance.RequestShare(ctx, who, third.ID, 120_000, "x")
			require.Error(t, err, "only who runs the shop asks")
		}
		for _, wrong := range []money.Rupiah{0, -1, 120_001} {
			_, err := w.finance.RequestShare(ctx, w.wahyu, third.ID, wrong, "x")
			require.ErrorContains(t, err, "finance.withdrawal.faulty")
		}
		asked, err := w.finance.RequestShare(ctx, w.wahyu, third.ID, 120_000, "wb-03")
		require.NoError(t, err)
		require.Equal(t, third.ID, asked.PartyID)
		require.Equal(t, "WB-03", asked.HolderName)
		again, err := w.finance.RequestShare(ctx, w.wahyu, third.ID, 120_000, "wb-03")
		require.NoError(t, err)
		require.Equal(t, asked.ID, again.ID)
		_, err = w.finance.RequestShare(ctx, w.kuncoro, third.ID, 1, "lain")
		require.ErrorContains(t, err, "finance.share.open")
		m, err := w.finance.Money(ctx, w.wahyu, w.prison)
		require.NoError(t, err)
		require.Nil(t, m.Open, "the shop's own money may be asked for beside it")
		_, err = w.finance.Approve(ctx, w.rina, asked.ID)
		require.ErrorContains(t, err, "finance.approve.unchecked")
		_, err = w.finance.Check(ctx, w.wahyu, asked.ID)
		require.ErrorContains(t, err, "finance.decide.conflict", "the same person cannot do both")
		_, err = w.finance.Check(ctx, w.kuncoro, asked.ID)
		require.NoError(t, err)
		require.EqualValues(t, 120_000, due(), "nothing moved yet")

		// Nobody came: it is the party's again, also when it was closed meanwhile.
		_, err = w.finance.Approve(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		require.Zero(t, due())
		require.EqualValues(t, 120_000, w.transit())
		require.Contains(t, w.messages.data, "share_cash")
		require.NotContains(t, w.messages.data, "withdrawal_cash")
		require.NoError(t, w.shares.CloseParty(ctx, w.wahyu, third.ID))
		_, err = w.finance.TakeBackCash(ctx, w.rina, asked.ID, "tidak datang")
		require.NoError(t, err)
		require.EqualValues(t, 120_000, due())
		require.EqualValues(t, 1_680_000, w.free(w.prison), "the shop's own money never moved")
		p, err := w.shares.Party(ctx, w.wahyu, third.ID)
		require.NoError(t, err)
		require.True(t, p.Open(), "it is owed again")
		w.clean()

		asked, err = w.finance.RequestShare(ctx, w.wahyu, third.ID, 120_000, "wb-03 lagi")
		require.NoError(t, err)
		_, err = w.finance.Check(ctx, w.kuncoro, asked.ID)
		require.NoError(t, err)
		_, err = w.finance.Approve(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		require.NoError(t, w.finance.DrawCash(ctx, w.rina, 120_000, "kas", "ambil"))
		list, err := w.finance.CashToHand(ctx, w.officer)
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, "WB-03", list[0].HolderName, "the receipt names the code")
		photo := w.photo()
		done, err := w.finance.HandOver(ctx, w.officer, asked.ID, photo)
		require.NoError(t, err)
		require.Equal(t, finance.Paid, done.State)
		require.Zero(t, w.box())
		require.Zero(t, w.transit())
		_, err = w.finance.TakeBackCash(ctx, w.rina, asked.ID, "salah")
		require.ErrorContains(t, err, "finance.withdrawal.moved", "no undo after the receipt")
		require.NoError(t, w.shares.CloseParty(ctx, w.wahyu, third.ID))
		_, err = w.shares.Undo(ctx, w.wahyu, d.ID, "Salah hitung")
		require.NoError(t, err)
		_, err = w.shares.Undo(ctx, w.kuncoro, d.ID, "")
		require.ErrorContains(t, err, "shares.division.taken")
		history, err := w.finance.ShareWithdrawals(ctx, w.kuncoro, w.prison, third.ID)
		require.NoError(t, err)
		require.Len(t, history, 2)
		_, err = w.finance.ShareWithdrawals(ctx, w.maker, w.prison, third.ID)
		require.Error(t, err)
		w.clean()
	})
}

// What was divided back meanwhile is not paid out, and a small share is paid to its
// last rupiah.
func TestASmallShareOfAGroup(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.earn(w.shop, 7)
		fund, err := w.shares.AddParty(ctx, w.maker, w.shop, share.NewParty{Kind: share.Fund, Label: "Kas"})
		require.NoError(t, err)
		_, err = w.shares.SetTable(ctx, w.maker, w.shop, []share.Part{{Label: "Kas", Weight: 1, Basis: share.ToFund, PartyID: fund.ID}})
		require.NoError(t, err)
		d, err := w.shares.Divide(ctx, w.maker, w.shop, share.New{Month: "2026-11", Amount: 7, FormKey: "a"})
		require.NoError(t, err)
		asked, err := w.finance.RequestShare(ctx, w.maker, fund.ID, 7, "kas")
		require.NoError(t, err)
		_, err = w.shares.Undo(ctx, w.maker, d.ID, "salah")
		require.NoError(t, err)
		_, err = w.finance.Approve(ctx, w.rina, asked.ID)
		require.ErrorContains(t, err, "finance.approve.short")
		_, err = w.finance.Refuse(ctx, w.rina, asked.ID, "dibatalkan")
		require.NoError(t, err)
		require.Contains(t, w.messages.data, "share_refused")
		_, err = w.shares.Divide(ctx, w.maker, w.shop, share.New{Month: "2026-11", Amount: 7, FormKey: "b"})
		require.NoError(t, err)
		asked, err = w.finance.RequestShare(ctx, w.maker, fund.ID, 7, "kas 2")
		require.NoError(t, err)
		_, err = w.finance.Approve(ctx, w.rina, asked.ID)
		require.NoError(t, err)
		w.clean()
		require.Error(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			return tx.Exec("UPDATE withdrawals SET party_id = NULL WHERE id = ?", asked.ID).Error
		}), "less than the smallest withdrawal of a shop")
		got, err := w.books.Balance(ctx, ledger.Account{Kind: ledger.PayoutTransit})
		require.NoError(t, err)
		require.EqualValues(t, 7, got)
	})
}
