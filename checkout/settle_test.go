package checkout_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
)

// Demo story 1 to its end: one shop refuses, the other goes on; money is split
// exactly, given back exactly and released exactly.
func TestTwoShopsOnePayment(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		p := w.place(w.form(w.cart(map[int64]int64{w.jars: 3, w.masks: 2}), delivery.Courier))
		w.PayFor(purpose(p), p.Total)
		p = w.see(p)
		require.Equal(t, checkout.Paid, p.State)
		jars, masks := p.Orders[0], p.Orders[1]
		require.Equal(t, int64(jars.Total), w.held(jars))
		require.Equal(t, int64(masks.Total), w.held(masks))
		require.Equal(t, order.ToDo, jars.State)

		_, err := w.Orders.Move(ctx, w.Owner(w.kitchen), masks.ID, order.Refuse, order.MoveInput{Reason: "x"})
		require.True(t, fault.Is(err, fault.KindNotFound), "a shop sees its own orders only")
		_, err = w.Orders.Move(ctx, w.Owner(w.tailor), masks.ID, order.Refuse, order.MoveInput{Reason: "Mesin rusak", FormKey: "a"})
		require.NoError(t, err)
		require.Equal(t, masks.Total, w.Balance(ledger.RefundDue, masks.ID))
		w.sendRefunds(masks)
		require.Zero(t, w.Balance(ledger.RefundDue, masks.ID))
		require.Equal(t, masks.Total, w.Till.Refunds()[0].Amount)
		require.Equal(t, checkout.Paid, w.see(p).State, "the other order goes on")

		w.SettleFor(purpose(p))
		kitchen := w.Owner(w.kitchen)
		for _, m := range []struct {
			name order.Transition
			in   order.MoveInput
		}{{order.Start, order.MoveInput{}}, {order.Finish, order.MoveInput{}}, {order.Dispatch, order.MoveInput{Courier: "JNE", TrackingNumber: "1"}}} {
			_, err := w.Orders.Move(ctx, kitchen, jars.ID, m.name, m.in)
			require.NoError(t, err)
		}
		_, err = w.Orders.ConfirmByToken(ctx, jars.Token, "done")
		require.NoError(t, err)
		require.Equal(t, jars.Total, w.Balance(ledger.ShopPayable, w.kitchen.ID))
		require.Zero(t, w.Balance(ledger.ShopPayable, w.tailor.ID))
		require.Equal(t, jars.Total, w.Balance(ledger.Gateway, 0), "what is left at the gateway is what the shop is owed")
		// The same news again changes nothing.
		w.Pass(time.Hour)
		require.NoError(t, w.Payments.Reconcile(ctx))
		require.Equal(t, jars.Total, w.Balance(ledger.Gateway, 0))
		w.prove()
	})
}

// sendRefunds does the work of payment's refund jobs.
func (w *world) sendRefunds(o order.Order) {
	w.t.Helper()
	ctx := context.Background()
	list, err := w.Payments.RefundsFor(ctx, payment.Purpose{Kind: order.PurposeKind, ID: o.ID})
	require.NoError(w.t, err)
	for _, r := range list {
		require.NoError(w.t, w.Payments.SendRefund(ctx, r.ID))
	}
	w.Poll()
}

// lapse lets a purchase's time run out.
func (w *world) lapse(p checkout.Purchase) {
	w.t.Helper()
	_, err := w.Payments.Open(context.Background(), p.Payment.ID)
	require.NoError(w.t, err)
	w.Pass(25 * time.Hour)
	w.Poll()
	w.Pass(2 * time.Hour) // payment looks at an expired invoice again after an hour
}

// Nobody pays: the orders lapse and everything can be bought again; what comes
// late revives them when every line can be held.
func TestLapseAndLateMoney(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		p := w.place(w.form(w.cart(map[int64]int64{w.jars: 3, w.masks: 2}), delivery.Courier))
		require.Equal(t, int64(297), w.Sellable(w.jars).Available)
		w.lapse(p)
		gone := w.see(p)
		require.Equal(t, checkout.Lapsed, gone.State)
		require.Equal(t, order.Lapsed, gone.Orders[0].State)
		require.Equal(t, order.Lapsed, gone.Orders[1].State)
		require.Equal(t, int64(300), w.Sellable(w.jars).Available)
		w.PayFor(purpose(p), p.Total)
		back := w.see(p)
		require.Equal(t, checkout.Paid, back.State)
		require.Equal(t, order.ToDo, back.Orders[1].State)
		require.Equal(t, int64(297), w.Sellable(w.jars).Available)
		require.Equal(t, int64(back.Orders[1].Total), w.held(back.Orders[1]))
		w.prove()
	})
}

// Late money for goods that are gone stays in suspense, for the whole purchase,
// until finance sends it back: once.
func TestLateMoneyInSuspense(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		scarce := w.Publish(w.kitchen, ordertest.Product{Title: "Tiga stoples", Price: 40_000, Quantity: 3, Grams: 500})
		p := w.place(w.form(w.cart(map[int64]int64{scarce: 2, w.masks: 2}), delivery.Courier))
		w.lapse(p)
		w.place(w.form(w.cart(map[int64]int64{scarce: 2}), delivery.Courier))
		w.PayFor(purpose(p), p.Total)
		late := w.see(p)
		require.Equal(t, checkout.Checking, late.State)
		require.Equal(t, order.Lapsed, late.Orders[0].State)
		require.Equal(t, order.Lapsed, late.Orders[1].State, "not half a purchase")
		require.Equal(t, p.Total, w.Balance(ledger.Suspense, 0))
		require.Equal(t, int64(500), w.Sellable(w.masks).Available, "nothing of the try is left")

		_, err := w.checkout.SuspenseItems(ctx, w.Owner(w.kitchen))
		require.True(t, fault.Is(err, fault.KindForbidden))
		finance := account.Actor{UserID: w.Person("Keuangan", ordertest.District).ID, Roles: []account.Role{account.RoleFinance}}
		items, err := w.checkout.SuspenseItems(ctx, finance)
		require.NoError(t, err)
		require.Len(t, items, 1)
		require.Equal(t, p.Total, items[0].Amount)
		require.True(t, fault.Is(w.checkout.ReturnSuspense(ctx, w.Owner(w.kitchen), items[0].ID), fault.KindForbidden))
		require.NoError(t, w.checkout.ReturnSuspense(ctx, finance, items[0].ID))
		require.True(t, fault.Is(w.checkout.ReturnSuspense(ctx, finance, items[0].ID), fault.KindConflict))
		require.Equal(t, p.Total, w.Balance(ledger.Suspense, 0), "until it has left")
		refunds, err := w.Payments.RefundsOf(ctx, p.Payment.ID)
		require.NoError(t, err)
		require.Len(t, refunds, 1)
		require.NoError(t, w.Payments.SendRefund(ctx, refunds[0].ID))
		w.Poll()
		require.Zero(t, w.Balance(ledger.Suspense, 0))
		items, err = w.checkout.SuspenseItems(ctx, finance)
		require.NoError(t, err)
		require.Empty(t, items)
		w.prove()
	})
}

// One rupiah too little or too much is not the purchase's money.
func TestWrongAmount(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		var sum money.Rupiah
		for _, off := range []money.Rupiah{-1, 1} {
			p := w.place(w.form(w.cart(map[int64]int64{w.jars: 1}), delivery.Courier))
			w.PayFor(purpose(p), p.Total+off)
			sum += p.Total + off
			after := w.see(p)
			require.Equal(t, checkout.Checking, after.State)
			require.Equal(t, order.AwaitingPayment, after.Orders[0].State)
			require.Equal(t, sum, w.Balance(ledger.Suspense, 0))
		}
		w.prove()
	})
}

// What people are sent has every placeholder filled and opens with their token.
func TestMessagesAreWhole(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		p := w.place(w.form(w.cart(map[int64]int64{w.jars: 3, w.masks: 2}), delivery.Courier))
		w.PayFor(purpose(p), p.Total)
		_, err := w.Orders.Move(ctx, w.Owner(w.tailor), p.Orders[1].ID, order.Refuse, order.MoveInput{Reason: "Mesin rusak"})
		require.NoError(t, err)
		w.lapse(w.place(w.form(w.cart(map[int64]int64{w.jars: 3}), delivery.Courier)))
		wrong := w.place(w.form(w.cart(map[int64]int64{w.jars: 3}), delivery.Courier))
		w.PayFor(purpose(wrong), wrong.Total-1)
		sent, err := w.Notify.Outbox(ctx)
		require.NoError(t, err)
		kinds := map[string]int{}
		for _, m := range sent {
			kinds[m.Kind]++
			require.NotContains(t, m.Subject+m.Body, "{", m.Kind)
			require.NotContains(t, m.Subject+m.Body, "[notify", m.Kind)
			if m.Kind == "purchase_paid" {
				require.Contains(t, m.Body, "https://lapak.example/pembayaran/"+p.Token)
			}
			if m.Kind == "order_refused" {
				require.Contains(t, m.Body, "https://lapak.example/pesanan/"+p.Orders[1].Token)
				require.Contains(t, m.Body, p.Orders[1].Total.String())
			}
		}
		require.Equal(t, map[string]int{"purchase_placed": 3, "purchase_paid": 1, "order_new": 2, "order_refused": 1, "purchase_lapsed": 1, "purchase_checking": 1}, kinds)
	})
}

// A proof that cannot fail proves nothing: each broken row is named, and mending
// it makes the proof clean again.
func TestProveFindsEachBreach(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		p := w.place(w.form(w.cart(map[int64]int64{w.jars: 2}), delivery.Courier))
		w.PayFor(purpose(p), p.Total)
		w.prove()
		for _, c := range []struct{ name, breach, mend string }{
			{"I3 purchase total", "UPDATE purchases SET total = total + 1", "UPDATE purchases SET total = total - 1"},
			{"I3 order total", "UPDATE order_lines SET unit_price = unit_price + 1", "UPDATE order_lines SET unit_price = unit_price - 1"},
			{"I6 order refund", "UPDATE order_lines SET cancelled = 1", "UPDATE order_lines SET cancelled = 0"},
			{"order refund events", "UPDATE orders SET refunded = 1", "UPDATE orders SET refunded = 0"},
			{"order history", "UPDATE orders SET state = 'making'", "UPDATE orders SET state = 'to_do'"},
			{"order payment", "UPDATE orders SET payment_id = 0", "UPDATE orders SET payment_id = (SELECT max(id) FROM payments)"},
			{"order release", "UPDATE orders SET goods_released_at = created_at", "UPDATE orders SET goods_released_at = NULL"},
			{"order address", "DELETE FROM order_addresses", "INSERT INTO order_addresses (order_id, name, phone) SELECT id, buyer_name, buyer_phone FROM orders"},
			// The history cannot be mended: it is append-only.
			{"order moves", `INSERT INTO order_events (order_id, at, move, from_state, to_state, who)
				SELECT id, created_at, 'deliver', 'to_do', 'delivered', 'seller' FROM orders`, ""},
		} {
			breakRow := func(query string) {
				_, err := db.SQL().ExecContext(ctx, query)
				require.NoError(t, err, c.name)
			}
			breakRow(c.breach)
			mine, err := checkout.Prove(ctx, db)
			require.NoError(t, err)
			theirs, err := order.Prove(ctx, db)
			require.NoError(t, err)
			var names []string
			for _, f := range append(mine, theirs...) {
				names = append(names, f.Invariant)
				require.NotEmpty(t, f.Row)
			}
			require.Contains(t, names, c.name)
			if c.mend != "" {
				breakRow(c.mend)
				w.prove()
			}
		}
	})
}
