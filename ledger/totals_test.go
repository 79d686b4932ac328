package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
)

func TestTrialBalance_opens_down_to_the_entry(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := ledger.NewService(db)
		require.NoError(t, post(db, s,
			entry("payment 1 paid", ledger.Paid, gateway, held(17), 217_000),
			entry("payment 2 paid", ledger.Paid, gateway, held(18), 50_000),
			entry("payment 1 fee", ledger.Fee, subsidy, gateway, 1_519),
			entry("order 18 goods", ledger.ReleasedGoods, held(18), payable(5), 50_000),
		))
		middle, err := clock.Now(ctx, db.Read(ctx))
		require.NoError(t, err)
		middle = middle.Add(time.Hour)
		db.Clock().Advance(2 * time.Hour)
		require.NoError(t, post(db, s, entry("withdrawal 2", ledger.Withdrawal, payable(5), transit, 20_000)))

		sum := func(before time.Time) (debit, credit money.Rupiah, by map[ledger.AccountKind]ledger.Total) {
			totals, err := s.Totals(ctx, before)
			require.NoError(t, err)
			require.Len(t, totals, len(ledger.AccountKinds), "kinds nobody used stand there with zeros")
			by = map[ledger.AccountKind]ledger.Total{}
			for _, total := range totals {
				debit, credit = debit+total.Debit, credit+total.Credit
				by[total.Kind] = total
			}
			return debit, credit, by
		}
		debit, credit, by := sum(time.Time{})
		require.Equal(t, debit, credit)
		require.Equal(t, money.Rupiah(217_000+50_000+1_519+50_000+20_000), debit)
		require.Equal(t, money.Rupiah(267_000-1_519), by[ledger.Gateway].Balance())
		require.Equal(t, money.Rupiah(-30_000), by[ledger.ShopPayable].Balance())
		debit, credit, by = sum(middle)
		require.Equal(t, debit, credit)
		require.Equal(t, money.Rupiah(-50_000), by[ledger.ShopPayable].Balance(), "before the withdrawal")
		require.Zero(t, by[ledger.PayoutTransit].Credit)

		all, err := s.Accounts(ctx, ledger.Held, time.Time{}, false, -1, 10)
		require.NoError(t, err)
		require.Len(t, all, 2)
		require.Equal(t, ledger.AccountSum{Account: held(17), Lines: 1, Credit: 217_000}, all[0])
		open, err := s.Accounts(ctx, ledger.Held, time.Time{}, true, -1, 10)
		require.NoError(t, err)
		require.Len(t, open, 1, "order 18 has been released")
		next, err := s.Accounts(ctx, ledger.Held, time.Time{}, false, 17, 10)
		require.NoError(t, err)
		require.Equal(t, int64(18), next[0].Owner)
		one, err := s.Accounts(ctx, ledger.Gateway, time.Time{}, true, -1, 10)
		require.NoError(t, err)
		require.Len(t, one, 1)

		lines, err := s.Lines(ctx, gateway, time.Time{}, 0, 2)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(-1_519), lines[0].Amount)
		require.Equal(t, money.Rupiah(267_000-1_519), lines[0].Balance)
		require.Equal(t, money.Rupiah(267_000), lines[1].Balance)
		lines, err = s.Lines(ctx, gateway, time.Time{}, lines[1].ID, 2)
		require.NoError(t, err)
		require.Len(t, lines, 1)
		require.Equal(t, money.Rupiah(217_000), lines[0].Balance)

		p, err := s.Posting(ctx, lines[0].EntryID)
		require.NoError(t, err)
		require.Equal(t, "payment 1 paid", p.Key)
		require.Equal(t, ledger.Pair(gateway, held(17), 217_000), p.Lines)
		_, err = s.Posting(ctx, 1<<40)
		require.True(t, fault.Is(err, fault.KindNotFound))

		for _, c := range []struct {
			from, to         time.Time
			opening, closing money.Rupiah
			lines            int
		}{
			{time.Time{}, middle, 0, 50_000, 1},
			{middle, time.Time{}, 50_000, 30_000, 1},
			{time.Time{}, time.Time{}, 0, 30_000, 2},
		} {
			got, err := s.Period(ctx, payable(5), c.from, c.to)
			require.NoError(t, err)
			require.Equal(t, c.opening, got.Opening)
			require.Equal(t, c.closing, got.Closing)
			require.Len(t, got.Lines, c.lines)
			running := got.Opening
			for _, l := range got.Lines {
				running += l.Amount
				require.Equal(t, running, l.Balance, fmt.Sprint(l.ID))
			}
			require.Equal(t, got.Closing, running)
		}
	})
}
