package finance_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/personal"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
)

// Money for materials: half of what is held, given by finance, owed by the shop, and
// given back from what is released first.
func TestAdvance_is_bounded_and_given_back(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		post := func(e ledger.Entry) {
			w.write(func(tx *gorm.DB) { require.NoError(t, w.books.PostTx(ctx, tx, e)) })
		}
		held := ledger.Account{Kind: ledger.Held, Owner: 7}
		post(ledger.Entry{Key: "paid 7", Kind: ledger.Paid, RefKind: "payment", RefID: 7, Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, held, 1_000_001)})
		w.orders[w.shop] = []int64{7}
		most, debt, err := w.finance.AdvanceCeiling(ctx, w.maker, w.shop)
		require.NoError(t, err)
		require.Equal(t, []money.Rupiah{500_001, 0}, []money.Rupiah{most, debt})

		for who, a := range map[string]account.Actor{"companion": w.companion, "member": w.member, "officer": w.officer, "finance": w.rina} {
			_, err := w.finance.RequestAdvance(ctx, a, w.shop, 100_000, "tepung", "x"+who)
			require.True(t, fault.Is(err, fault.KindForbidden) || fault.Is(err, fault.KindNotFound), "%s: %v", who, err)
		}
		_, err = w.finance.RequestAdvance(ctx, w.maker, w.shop, 500_002, "tepung", "a")
		require.True(t, fault.Is(err, fault.KindInvalid), "above the ceiling: %v", err)
		_, err = w.finance.RequestAdvance(ctx, w.maker, w.shop, 300_000, " ", "a")
		require.True(t, fault.Is(err, fault.KindInvalid), "no reason: %v", err)
		a, err := w.finance.RequestAdvance(ctx, w.maker, w.shop, 300_000, "tepung dan mentega", "a")
		require.NoError(t, err)
		again, err := w.finance.RequestAdvance(ctx, w.maker, w.shop, 300_000, "tepung dan mentega", "a")
		require.NoError(t, err)
		require.Equal(t, a.ID, again.ID)
		_, err = w.finance.RequestAdvance(ctx, w.maker, w.shop, 100_000, "gula", "b")
		require.True(t, fault.Is(err, fault.KindConflict), "one at a time: %v", err)
		for who, by := range map[string]account.Actor{"maker": w.maker, "relative": w.relative, "admin": w.admin} {
			_, err := w.finance.GrantAdvance(ctx, by, a.ID)
			require.True(t, fault.Is(err, fault.KindForbidden) || fault.Is(err, fault.KindNotFound), "%s: %v", who, err)
		}
		for range 2 { // pressed twice
			got, err := w.finance.GrantAdvance(ctx, w.rina, a.ID)
			require.NoError(t, err)
			require.Equal(t, finance.AdvanceGranted, got.State)
		}
		require.Equal(t, money.Rupiah(300_000), w.free(w.shop))
		most, debt, err = w.finance.AdvanceCeiling(ctx, w.maker, w.shop)
		require.NoError(t, err)
		require.Equal(t, []money.Rupiah{200_001, 300_000}, []money.Rupiah{most, debt})

		late, err := w.finance.RequestAdvance(ctx, w.maker, w.shop, 200_000, "gula", "c")
		require.NoError(t, err)
		post(ledger.Entry{Key: "released 7", Kind: ledger.ReleasedGoods, RefKind: "order", RefID: 7, Lines: ledger.Pair(held, ledger.Account{Kind: ledger.ShopPayable, Owner: w.shop}, 1_000_001)})
		w.write(func(tx *gorm.DB) { require.NoError(t, w.books.RepayTx(ctx, tx, w.shop, "released 7", "LB-1")) })
		require.Equal(t, money.Rupiah(1_000_001), w.free(w.shop), "300.000 ahead, 700.001 now")
		_, err = w.finance.GrantAdvance(ctx, w.rina, late.ID)
		require.True(t, fault.Is(err, fault.KindConflict), "nothing is held any more: %v", err)
		_, err = w.finance.RefuseAdvance(ctx, w.rina, late.ID, "Uangnya sudah bisa diambil.")
		require.NoError(t, err)
		w.clean()

		undo := fmt.Errorf("undo")
		require.ErrorIs(t, database.InTx(ctx, db, func(tx *gorm.DB) error {
			require.Error(t, tx.Exec("UPDATE advances SET amount = ceiling + 1 WHERE id = ?", a.ID).Error, "the database holds the ceiling too")
			return undo
		}), undo)
	})
}

// Above the threshold two people of finance give it.
func TestAdvance_large_needs_two_people(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.write(func(tx *gorm.DB) {
			require.NoError(t, w.books.PostTx(ctx, tx, ledger.Entry{Key: "paid 7", Kind: ledger.Paid, RefKind: "payment", RefID: 7,
				Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.Held, Owner: 7}, 9_000_000)}))
		})
		w.orders[w.shop] = []int64{7}
		a, err := w.finance.RequestAdvance(ctx, w.maker, w.shop, 2_000_000, "kain", "a")
		require.NoError(t, err)
		for range 2 {
			a, err = w.finance.GrantAdvance(ctx, w.rina, a.ID)
			require.NoError(t, err)
			require.Equal(t, finance.AdvanceAgreed, a.State, "one person alone never grants it")
		}
		require.Zero(t, w.free(w.shop))
		second := w.admin
		second.Roles = []account.Role{account.RoleFinance}
		a, err = w.finance.GrantAdvance(ctx, second, a.ID)
		require.NoError(t, err)
		require.Equal(t, finance.AdvanceGranted, a.State)
		require.Equal(t, money.Rupiah(2_000_000), w.free(w.shop))

		small, err := w.finance.TopUpSubsidy(ctx, w.rina, 900_000, "Transfer 12 Nov", "t1")
		require.NoError(t, err)
		require.Equal(t, "done", small.State)
		same, err := w.finance.TopUpSubsidy(ctx, w.rina, 900_000, "Transfer 12 Nov", "t1")
		require.NoError(t, err)
		require.Equal(t, small.ID, same.ID)
		large, err := w.finance.TopUpSubsidy(ctx, w.rina, 5_000_000, "Transfer 13 Nov", "t2")
		require.NoError(t, err)
		require.Equal(t, "proposed", large.State)
		_, err = w.finance.ConfirmTopUp(ctx, w.rina, large.ID)
		require.True(t, fault.Is(err, fault.KindForbidden), "%v", err)
		_, err = w.finance.ConfirmTopUp(ctx, w.maker, large.ID)
		require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
		left, err := w.finance.Subsidy(ctx, w.admin)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(900_000), left.Left)
		require.False(t, left.Low)
		_, err = w.finance.ConfirmTopUp(ctx, second, large.ID)
		require.NoError(t, err)
		left, err = w.finance.Subsidy(ctx, w.rina)
		require.NoError(t, err)
		require.Equal(t, money.Rupiah(5_900_000), left.Left)
		w.clean()
	})
}

// The maker may take an open request back, and hears what became of the others.
func TestAdvance_is_told_and_taken_back(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.write(func(tx *gorm.DB) {
			require.NoError(t, w.books.PostTx(ctx, tx, ledger.Entry{Key: "paid 7", Kind: ledger.Paid, RefKind: "payment", RefID: 7,
				Lines: ledger.Pair(ledger.Account{Kind: ledger.Gateway}, ledger.Account{Kind: ledger.Held, Owner: 7}, 900_000)}))
		})
		w.orders[w.shop] = []int64{7}
		ask := func(key string) finance.Advance {
			a, err := w.finance.RequestAdvance(ctx, w.maker, w.shop, 200_000, "tepung", key)
			require.NoError(t, err)
			return a
		}
		open := func() (keys []string) {
			w.write(func(tx *gorm.DB) {
				p := personal.Person{UserID: w.maker.UserID, Shops: []int64{w.shop}, Alone: []int64{w.shop}}
				for _, keeper := range []personal.Keeper{w.finance, w.books} {
					list, err := keeper.OpenTx(ctx, tx, p)
					require.NoError(t, err)
					for _, o := range list {
						keys = append(keys, o.Key)
						require.NotEqual(t, o.Key, text.T(o.Key, "count", o.Count))
					}
				}
			})
			return keys
		}
		require.Empty(t, open())
		a := ask("a")
		require.Equal(t, []string{"program.erasure.open_advances"}, open(), "nobody is forgotten before it is decided")
		for _, stranger := range []account.Actor{w.wahyu, w.rina} {
			_, err := w.finance.CancelAdvance(ctx, stranger, a.ID)
			require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
		}
		for range 2 {
			a, err := w.finance.CancelAdvance(ctx, w.maker, a.ID)
			require.NoError(t, err)
			require.Equal(t, finance.AdvanceCancelled, a.State)
		}
		_, err := w.finance.GrantAdvance(ctx, w.rina, a.ID)
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		require.Empty(t, open())

		_, err = w.finance.RefuseAdvance(ctx, w.rina, ask("b").ID, "Pesanannya hampir selesai.")
		require.NoError(t, err)
		require.Equal(t, "Pesanannya hampir selesai.", w.messages.data["advance_refused"]["alasan"])
		given := ask("c")
		_, err = w.finance.GrantAdvance(ctx, w.rina, given.ID)
		require.NoError(t, err)
		require.Equal(t, "Rp200.000", w.messages.data["advance_granted"]["jumlah"])
		_, err = w.finance.CancelAdvance(ctx, w.maker, given.ID)
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		require.Equal(t, []string{"program.erasure.open_debt", "program.erasure.open_balance"}, open(), "nor before it is paid back")
		w.clean()
	})
}

// The account for fees is a task and a message once each time it becomes low.
func TestSubsidy_low_is_told_once_a_crossing(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for _, one := range []account.Actor{w.rina, w.relative} {
			_, err := w.accounts.AssignRole(ctx, account.System, one.UserID, account.RoleFinance, 0, nil)
			require.NoError(t, err)
		}
		watch := func() (tasks int) {
			require.NoError(t, w.finance.WatchSubsidy(ctx))
			list, err := w.finance.Tasks(ctx, w.rina)
			require.NoError(t, err)
			for _, one := range list {
				if one.Kind == finance.TaskSubsidy {
					tasks++
				}
			}
			return tasks
		}
		require.Zero(t, watch(), "nothing was ever spent")
		fees := finance.NewFees(w.books, finance.BearerSubsidy)
		spend := func(id int64, amount money.Rupiah) {
			w.write(func(tx *gorm.DB) {
				require.NoError(t, fees.FeeTx(ctx, tx, payment.Purpose{}, payment.ChargeOf{Kind: payment.ChargePayout, ID: id}, amount))
			})
		}
		_, err := w.finance.TopUpSubsidy(ctx, w.rina, 600_000, "isi", "t1")
		require.NoError(t, err)
		require.Zero(t, watch())
		spend(1, 100_001)
		require.Equal(t, 1, watch())
		require.Equal(t, 1, watch())
		spend(2, 50_000)
		require.Equal(t, 1, watch())
		require.Equal(t, 2, w.messages.count("subsidy_low"), "two people of finance, once each")
		require.Equal(t, "Rp499.999", w.messages.data["subsidy_low"]["sisa"])
		_, err = w.finance.TopUpSubsidy(ctx, w.rina, 900_000, "isi", "t2")
		require.NoError(t, err)
		require.Zero(t, watch())
		spend(3, 1_000_000)
		require.Equal(t, 1, watch())
		require.Equal(t, 4, w.messages.count("subsidy_low"), "the next crossing is told again")

		// What one proposes another may refuse, with a reason.
		large, err := w.finance.TopUpSubsidy(ctx, w.rina, 5_000_000, "isi besar", "t3")
		require.NoError(t, err)
		_, err = w.finance.RefuseTopUp(ctx, w.rina, large.ID, "keliru")
		require.True(t, fault.Is(err, fault.KindForbidden), "%v", err)
		_, err = w.finance.RefuseTopUp(ctx, w.relative, large.ID, " ")
		require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
		_, err = w.finance.RefuseTopUp(ctx, w.admin, large.ID, "keliru")
		require.True(t, fault.Is(err, fault.KindNotFound), "%v", err)
		for range 2 {
			large, err = w.finance.RefuseTopUp(ctx, w.relative, large.ID, "Transfernya belum masuk.")
			require.NoError(t, err)
			require.Equal(t, "refused", large.State)
			require.Equal(t, "Transfernya belum masuk.", large.Note)
		}
		_, err = w.finance.ConfirmTopUp(ctx, w.relative, large.ID)
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		require.Len(t, w.moves.told, 2, "the daily match is told what was booked, and nothing else")
		w.clean()
	})
}
