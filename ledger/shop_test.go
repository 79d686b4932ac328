package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
)

// A refund after the shop's payout takes what is there and notes the rest as the
// shop's debt, which the next money released to it gives back first.
func TestAShopThatOwes(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		s := ledger.NewService(db)
		ctx := t.Context()
		held, payable := ledger.Account{Kind: ledger.Held, Owner: 1}, ledger.Account{Kind: ledger.ShopPayable, Owner: 7}
		owes, due := ledger.Account{Kind: ledger.ShopOwes, Owner: 7}, ledger.Account{Kind: ledger.RefundDue, Owner: 1}
		in := func(do func(tx *gorm.DB) error) { require.NoError(t, database.InTx(ctx, db, do)) }
		post := func(e ledger.Entry) { in(func(tx *gorm.DB) error { return s.PostTx(ctx, tx, e) }) }
		holds := func(a ledger.Account, want money.Rupiah) {
			t.Helper()
			got, err := s.Balance(ctx, a)
			require.NoError(t, err)
			require.Equal(t, want, got, a.String())
		}
		post(ledger.Entry{Key: "in", Kind: ledger.Paid, Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, held, 100_000)})
		post(ledger.Entry{Key: "out", Kind: ledger.ReleasedGoods, Lines: ledger.Pair(held, payable, 30_000)})
		charge := func(tx *gorm.DB) error {
			return s.ChargeShopTx(ctx, tx, ledger.Entry{Key: "back", Kind: ledger.Clawback, Memo: "LB-1"}, 7, due, 50_000)
		}
		in(charge)
		in(charge) // the same fact again
		holds(payable, 0)
		holds(owes, 20_000)
		holds(due, 50_000)
		repay := func(cause string) {
			in(func(tx *gorm.DB) error { return s.RepayTx(ctx, tx, 7, cause, "LB-2") })
		}
		repay("nothing there")
		holds(owes, 20_000)
		post(ledger.Entry{Key: "a", Kind: ledger.ReleasedGoods, Lines: ledger.Pair(held, payable, 15_000)})
		repay("a")
		holds(payable, 0)
		holds(owes, 5_000)
		post(ledger.Entry{Key: "b", Kind: ledger.ReleasedGoods, Lines: ledger.Pair(held, payable, 25_000)})
		repay("b")
		repay("nothing owed")
		holds(payable, 20_000)
		holds(owes, 0)
		findings, err := s.Prove(ctx)
		require.NoError(t, err)
		require.Empty(t, findings)
		require.Error(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			return s.PostTx(ctx, tx, ledger.Entry{Key: "c", Kind: ledger.DebtRepaid, Lines: ledger.Pair(payable, owes, 1)})
		}), "nobody gives back more than is owed")
	})
}
