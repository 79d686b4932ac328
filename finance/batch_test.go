package finance_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
)

// several makes n shops with an account and money each, and their requests.
func (w *world) several(n int, amount money.Rupiah) (ids []int64, owners []account.Actor) {
	w.t.Helper()
	shops := catalog.NewService(w.db, id.NewKeys("kunci uji"), nil)
	var shopIDs []int64
	for i := range n {
		var owner account.Actor
		w.write(func(tx *gorm.DB) {
			s, err := shops.CreateShopTx(ctx, tx, account.System, catalog.NewShop{Name: fmt.Sprint("Toko ", i), Kind: catalog.Individual, DistrictCode: "35.20.08", Village: "Sumberdodol"})
			require.NoError(w.t, err)
			u, err := w.accounts.InviteTx(ctx, tx, account.System, account.NewUser{Name: fmt.Sprint("Pemilik ", i), Phone: fmt.Sprintf("+62813%07d", i), DistrictCode: "35.20.08"})
			require.NoError(w.t, err)
			require.NoError(w.t, w.accounts.AddMembershipTx(ctx, tx, account.System, u.ID, s.ID, account.MemberOwner))
			owner = account.Actor{UserID: u.ID, Memberships: []account.Membership{{ShopID: s.ID, Role: account.MemberOwner}}}
			shopIDs = append(shopIDs, s.ID)
		})
		w.earn(shopIDs[i], amount)
		b, err := w.finance.SetBankAccount(ctx, owner, shopIDs[i], bca, "rekening")
		require.NoError(w.t, err)
		require.NoError(w.t, w.finance.ConfirmBankAccount(ctx, w.officer, b.ID))
		owners = append(owners, owner)
	}
	w.db.Clock().Advance(account.RestAfterReset + time.Minute)
	for i, owner := range owners {
		ids = append(ids, w.request(owner, shopIDs[i], amount, "tarik").ID)
	}
	return ids, owners
}

func (w *world) state(id int64) finance.State {
	w.t.Helper()
	got, err := w.finance.Withdrawal(ctx, w.rina, id)
	require.NoError(w.t, err)
	return got.State
}

// A batch leaves in one step; who cannot leave is held back with the reason and does
// not stop the others.
func TestBatch_sends_what_it_can(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		ids, _ := w.several(4, 200_000)
		w.ready(w.wahyu, w.prison, 100_000)
		unchecked := w.request(w.wahyu, w.prison, 100_000, "napi").ID

		p, err := w.finance.PreviewBatch(ctx, w.rina, append([]int64{unchecked, ids[0]}, ids...))
		require.NoError(t, err)
		require.Equal(t, 4, p.Count, "named twice is once")
		require.EqualValues(t, 800_000, p.Total)
		require.EqualValues(t, 4*2_775, p.Fees)
		require.Equal(t, []finance.BankSum{{Name: "BCA", Count: 4, Amount: 800_000, Fees: 4 * 2_775}}, p.Banks)
		require.False(t, p.TwoPeople)
		held := 0
		for _, item := range p.Items {
			if item.Held != "" {
				held++
				require.Equal(t, unchecked, item.ID)
			}
		}
		require.Equal(t, 1, held)
		_, err = w.finance.PreviewBatch(ctx, w.admin, ids)
		require.Error(t, err)

		b, err := w.finance.ProposeBatch(ctx, w.rina, ids, "kunci")
		require.NoError(t, err)
		require.Equal(t, finance.BatchSending, b.State)
		again, err := w.finance.ProposeBatch(ctx, w.rina, ids, "kunci")
		require.NoError(t, err)
		require.Equal(t, b.ID, again.ID)
		_, err = w.finance.ProposeBatch(ctx, w.rina, ids, "kunci lain")
		require.ErrorContains(t, err, "finance.batch.all_held")
		_, err = w.finance.Approve(ctx, w.rina, ids[0])
		require.ErrorContains(t, err, "finance.approve.batched")

		// Meanwhile one shop's money is charged by a refund.
		w.write(func(tx *gorm.DB) {
			got, err := w.finance.Withdrawal(ctx, w.rina, ids[1])
			require.NoError(t, err)
			require.NoError(t, w.books.PostTx(ctx, tx, ledger.Entry{Key: "ganti", Kind: ledger.Clawback,
				Lines: ledger.Pair(ledger.Account{Kind: ledger.ShopPayable, Owner: got.ShopID}, ledger.Account{Kind: ledger.RefundDue, Owner: 1}, 1)}))
		})
		require.NoError(t, w.finance.RunBatch(ctx, b.ID))
		require.NoError(t, w.finance.RunBatch(ctx, b.ID))
		b, items, err := w.finance.BatchOf(ctx, w.rina, b.ID)
		require.NoError(t, err)
		require.Equal(t, finance.BatchSent, b.State)
		for i, item := range items {
			if i == 1 {
				require.Equal(t, "held", item.ItemState)
				require.NotEmpty(t, item.Held)
				require.Equal(t, finance.Requested, item.State, "it waits as before")
				continue
			}
			require.Equal(t, "sent", item.ItemState)
			require.Equal(t, finance.Paying, item.State)
		}
		keys := map[string]bool{}
		for _, sent := range w.payouts.sent {
			keys[sent.PayoutKey] = true
		}
		require.Len(t, keys, 3, "each payout has its own key, and went once")
		w.clean()

		// The negative controls of the proof.
		for invariant, statement := range map[string]string{
			"finance batch sum":  "UPDATE payout_batches SET total = total + 1",
			"finance batch item": "UPDATE payout_batch_items SET state = 'waiting' WHERE state = 'sent'",
		} {
			w.write(func(tx *gorm.DB) { require.NoError(t, tx.Exec(statement).Error) })
			found, err := w.finance.Prove(ctx)
			require.NoError(t, err)
			require.NotEmpty(t, found)
			require.Equal(t, invariant, found[0].Invariant)
			w.write(func(tx *gorm.DB) {
				require.NoError(t, tx.Exec("UPDATE payout_batches SET total = 800000").Error)
				require.NoError(t, tx.Exec("UPDATE payout_batch_items SET state = 'sent' WHERE state = 'waiting'").Error)
			})
		}
		w.clean()
	})
}

// Above the threshold a second person agrees, also to a single withdrawal, and never
// about a relative's shop.
func TestBatch_four_eyes(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		ids, _ := w.several(1, 6_000_000)
		w.ready(w.maker, w.shop, 20_000_000)
		big := w.request(w.maker, w.shop, 11_000_000, "besar").ID
		_, err := w.finance.Approve(ctx, w.rina, big)
		require.ErrorContains(t, err, "finance.approve.two_people")
		b, err := w.finance.ProposeBatch(ctx, w.rina, []int64{ids[0], big}, "dua")
		require.NoError(t, err)
		require.Equal(t, finance.BatchProposed, b.State)
		require.True(t, b.TwoPeople)
		require.NoError(t, w.finance.RunBatch(ctx, b.ID), "nothing before somebody agreed")
		require.Equal(t, finance.Requested, w.state(big))
		require.ErrorContains(t, w.finance.ConfirmBatch(ctx, w.rina, b.ID), "finance.batch.own")
		require.Error(t, w.finance.ConfirmBatch(ctx, w.admin, b.ID))
		require.Error(t, w.finance.ConfirmBatch(ctx, w.maker, b.ID))

		require.NoError(t, w.finance.ConfirmBatch(ctx, w.relative, b.ID))
		require.ErrorContains(t, w.finance.DropBatch(ctx, w.rina, b.ID), "finance.batch.moved")
		require.NoError(t, w.finance.RunBatch(ctx, b.ID))
		require.Equal(t, finance.Paying, w.state(ids[0]))
		require.Equal(t, finance.Requested, w.state(big), "the relative does not decide about kin")

		other, err := w.finance.ProposeBatch(ctx, w.rina, []int64{big}, "lagi")
		require.NoError(t, err)
		require.NoError(t, w.finance.DropBatch(ctx, w.rina, other.ID))
		third, err := w.finance.ProposeBatch(ctx, w.rina, []int64{big}, "sekali lagi")
		require.NoError(t, err, "a dropped batch holds nothing")
		// The maker changes their mind before the second person looks.
		_, err = w.finance.Cancel(ctx, w.maker, big)
		require.NoError(t, err)
		agus := account.Actor{UserID: w.curator.UserID, Roles: []account.Role{account.RoleFinance}}
		require.NoError(t, w.finance.ConfirmBatch(ctx, agus, third.ID))
		require.NoError(t, w.finance.RunBatch(ctx, third.ID))
		_, items, err := w.finance.BatchOf(ctx, w.rina, third.ID)
		require.NoError(t, err)
		require.Equal(t, "held", items[0].ItemState)
		w.clean()
	})
}
