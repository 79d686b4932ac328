package checkout_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order/ordertest"
)

// clerk is somebody of finance.
func (w *world) clerk(name string) account.Actor {
	w.t.Helper()
	a := w.Actor(w.Person(name, ordertest.District).ID)
	a.Roles = []account.Role{account.RoleFinance}
	return a
}

// stray makes a suspense item: a purchase of jars that was paid one rupiah short.
func (w *world) stray(jars int64) checkout.SuspenseItem {
	w.t.Helper()
	p := w.place(w.form(w.cart(map[int64]int64{w.jars: jars}), delivery.Courier))
	w.PayFor(purpose(p), p.Total-1)
	items, err := w.checkout.SuspenseItems(context.Background(), w.clerk("Pembaca"))
	require.NoError(w.t, err)
	require.NotEmpty(w.t, items)
	return items[len(items)-1]
}

func (w *world) item(id int64) checkout.SuspenseItem {
	w.t.Helper()
	items, err := w.checkout.SuspenseItems(context.Background(), w.clerk("Pembaca"))
	require.NoError(w.t, err)
	at := slices.IndexFunc(items, func(i checkout.SuspenseItem) bool { return i.ID == id })
	require.GreaterOrEqual(w.t, at, 0, "item %d", id)
	return items[at]
}

// refunds counts what was asked to go back for an item's payment.
func (w *world) refunds(i checkout.SuspenseItem) int {
	w.t.Helper()
	list, err := w.Payments.RefundsOf(context.Background(), i.PaymentID)
	require.NoError(w.t, err)
	return len(list)
}

func refused(t *testing.T, err error, kind fault.Kind, key string) {
	t.Helper()
	require.True(t, fault.Is(err, kind), "%v", err)
	require.Equal(t, key, fault.As(err).Key)
	require.True(t, text.Has(key), key)
}

// Above the threshold one person proposes and another confirms; the trail names
// both, and whoever proposed cannot confirm.
func TestLargeSuspenseGoesBackByTwoPeople(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		rina, sinta := w.clerk("Rina"), w.clerk("Sinta")
		large := w.stray(20)
		require.Greater(t, large.Amount, money.Rupiah(1_000_000))
		require.True(t, large.TwoPeople)
		held := w.Sellable(w.jars).Available

		refused(t, w.checkout.ReturnSuspense(ctx, rina, large.ID), fault.KindConflict, "checkout.suspense.two_people")
		refused(t, w.checkout.ConfirmReturn(ctx, sinta, large.ID), fault.KindConflict, "checkout.suspense.decided")
		refused(t, w.checkout.ProposeReturn(ctx, w.Owner(w.kitchen), large.ID), fault.KindForbidden, "checkout.suspense.finance_only")
		refused(t, w.checkout.ConfirmReturn(ctx, w.Owner(w.kitchen), large.ID), fault.KindForbidden, "checkout.suspense.finance_only")
		require.True(t, fault.Is(w.checkout.ProposeReturn(ctx, rina, 999), fault.KindNotFound))
		require.Equal(t, large, w.item(large.ID), "nothing changed")

		require.NoError(t, w.checkout.ProposeReturn(ctx, rina, large.ID))
		proposed := w.item(large.ID)
		require.Equal(t, "proposed", proposed.State)
		require.Equal(t, rina.UserID, proposed.ProposedBy)
		require.Zero(t, w.refunds(large), "a proposal moves nothing")
		require.Equal(t, held, w.Sellable(w.jars).Available, "and lets go of nothing")
		w.prove()

		refused(t, w.checkout.ConfirmReturn(ctx, rina, large.ID), fault.KindForbidden, "checkout.suspense.own_proposal")
		refused(t, w.checkout.ProposeReturn(ctx, sinta, large.ID), fault.KindConflict, "checkout.suspense.decided")
		refused(t, w.checkout.ReturnSuspense(ctx, sinta, large.ID), fault.KindConflict, "checkout.suspense.two_people")
		require.Equal(t, proposed, w.item(large.ID), "nothing changed")
		require.Zero(t, w.refunds(large))

		require.NoError(t, w.checkout.ConfirmReturn(ctx, sinta, large.ID))
		returning := w.item(large.ID)
		require.Equal(t, "returning", returning.State)
		require.Equal(t, []int64{rina.UserID, sinta.UserID}, []int64{returning.ProposedBy, returning.DecidedBy})
		refused(t, w.checkout.ConfirmReturn(ctx, w.clerk("Tiga"), large.ID), fault.KindConflict, "checkout.suspense.decided")
		require.Equal(t, 1, w.refunds(large))
		require.Equal(t, held+20, w.Sellable(w.jars).Available)

		rows, err := trail.Of(ctx, db.Read(ctx), "suspense_item", large.ID)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, []any{"propose", rina.UserID, "confirm", sinta.UserID}, []any{rows[0].Verb, rows[0].ActorID, rows[1].Verb, rows[1].ActorID})

		refunds, err := w.Payments.RefundsOf(ctx, large.PaymentID)
		require.NoError(t, err)
		require.NoError(t, w.Payments.SendRefund(ctx, refunds[0].ID))
		w.Poll()
		require.Zero(t, w.Balance(ledger.Suspense, 0))
		w.prove()

		// The tables refuse what the code would not write.
		for _, broken := range []string{"UPDATE suspense_items SET decided_by = proposed_by", "UPDATE suspense_items SET state = 'proposed', proposed_by = 0"} {
			_, err := db.SQL().ExecContext(ctx, broken)
			require.Error(t, err, broken)
		}
	})
}

// The threshold itself is still one person's; one rupiah more is not.
func TestSuspenseThresholdIsExact(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		rina := w.clerk("Rina")
		i := w.stray(3)
		build := func(most money.Rupiah) *checkout.Service {
			settings := checkout.DefaultSettings("https://lapak.example")
			settings.TwoPeopleAbove = most
			return checkout.NewService(db, w.Keys, checkout.Parts{
				Catalog: w.Catalog, Parcels: w.Delivery, Orders: w.Orders, Payments: w.Payments, Books: w.Books, Messages: w.Notify, People: w.Accounts, Pictures: w.Media,
			}, settings)
		}
		refused(t, build(i.Amount-1).ReturnSuspense(ctx, rina, i.ID), fault.KindConflict, "checkout.suspense.two_people")
		require.Equal(t, "open", w.item(i.ID).State)
		require.NoError(t, build(i.Amount).ReturnSuspense(ctx, rina, i.ID))
		require.Equal(t, "returning", w.item(i.ID).State)
		require.Zero(t, w.item(i.ID).ProposedBy)
	})
}

// Many confirm at once; the money goes back once, by one of them.
func TestTwoConfirmersAtOnce(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		large := w.stray(20)
		require.NoError(t, w.checkout.ProposeReturn(ctx, w.clerk("Rina"), large.ID))
		clerks := make([]account.Actor, 6)
		for i := range clerks {
			clerks[i] = w.clerk("Petugas")
		}
		errs := make([]error, len(clerks))
		var wg sync.WaitGroup
		for i := range clerks {
			wg.Go(func() { errs[i] = w.checkout.ConfirmReturn(ctx, clerks[i], large.ID) })
		}
		wg.Wait()
		done := 0
		for i, err := range errs {
			if err == nil {
				done++
				require.Equal(t, clerks[i].UserID, w.item(large.ID).DecidedBy)
				continue
			}
			refused(t, err, fault.KindConflict, "checkout.suspense.decided")
		}
		require.Equal(t, 1, done)
		require.Equal(t, 1, w.refunds(large))
		w.prove()
	})
}
