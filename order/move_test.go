package order_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/order/ordertest"
	"github.com/lapak-berdaya/lapak/payment"
)

// A parcel from the payment to the shop's pocket: money moves when design §4
// says, each part once, and only after the gateway credited it.
func TestParcelFromPaymentToPayable(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.paid(draft{})
		require.Equal(t, order.ToDo, o.State)
		require.Equal(t, money.Rupiah(192_000), w.Balance(ledger.Held, o.ID))
		require.Empty(t, o.PickupCode)
		require.False(t, o.ReadyBy.IsZero())

		w.move(w.seller, o, order.Start, order.MoveInput{})
		w.move(w.companion, o, order.Finish, order.MoveInput{})
		_, err := w.Orders.Move(ctx, w.seller, o.ID, order.Dispatch, order.MoveInput{})
		requireFields(t, err, "courier", "tracking_number")
		w.move(w.seller, o, order.Dispatch, parcel)
		require.Zero(t, w.Balance(ledger.ShopPayable, w.shop.ID), "not settled yet")

		w.SettleFor(purpose(o))
		require.Equal(t, money.Rupiah(27_000), w.Balance(ledger.ShopPayable, w.shop.ID), "delivery money once settled")
		got, err := w.Orders.ConfirmByToken(ctx, o.Token, "form-1")
		require.NoError(t, err)
		require.Equal(t, order.Completed, got.State)
		require.Equal(t, money.Rupiah(192_000), w.Balance(ledger.ShopPayable, w.shop.ID))
		require.Zero(t, w.Balance(ledger.Held, o.ID))

		_, err = w.Orders.ConfirmByToken(ctx, o.Token, "form-1")
		require.NoError(t, err, "the same form again")
		_, err = w.Orders.ConfirmByToken(ctx, o.Token, "form-2")
		require.True(t, fault.Is(err, fault.KindConflict))
		for range 3 {
			_, err = w.Orders.RunTimers(ctx)
			require.NoError(t, err)
		}
		require.Equal(t, money.Rupiah(192_000), w.Balance(ledger.ShopPayable, w.shop.ID))

		var moves []order.Transition
		for _, e := range w.see(o).Events {
			moves = append(moves, e.Move)
		}
		require.Equal(t, []order.Transition{order.Pay, order.Start, order.Finish, order.Dispatch, order.Deliver, order.Complete}, moves)
		w.Prove()
	})
}

// A settlement that comes after completion releases everything then.
func TestLateSettlementReleasesBoth(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		o := w.bring(order.Completed, draft{})
		require.Zero(t, w.Balance(ledger.ShopPayable, w.shop.ID))
		w.SettleFor(purpose(o))
		require.Equal(t, o.Total, w.Balance(ledger.ShopPayable, w.shop.ID))
		w.Prove()
	})
}

// The trail shows the companion and the maker.
func TestCompanionsMoveNamesBoth(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		o := w.paid(draft{})
		w.move(w.companion, o, order.Start, order.MoveInput{})
		rows, err := trail.Of(context.Background(), db.Read(context.Background()), "order", o.ID)
		require.NoError(t, err)
		last := rows[len(rows)-1]
		require.Equal(t, w.companion.UserID, last.ActorID)
		require.Equal(t, w.shop.OwnerID, last.SubjectID)
		event := w.see(o).Events[1]
		require.Equal(t, order.Companion, event.Who)
		require.Equal(t, w.shop.OwnerID, event.SubjectID)
	})
}

// Staff in the shop's place are named with the maker, in their own moves alone.
func TestStaffsMoveNamesBoth(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		o := w.bring(order.Dispatched, draft{})
		w.move(w.staff, o, order.Deliver, order.MoveInput{})
		other := w.paid(draft{})
		w.move(w.staff, other, order.Start, order.MoveInput{})
		events := w.see(o).Events
		require.Equal(t, w.staff.UserID, events[len(events)-1].ActorID)
		require.Zero(t, events[len(events)-1].SubjectID)
		require.Equal(t, w.shop.OwnerID, w.see(other).Events[1].SubjectID)
	})
}

// A link works for a year.
func TestLinkEnds(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.bring(order.Dispatched, draft{})
		w.Pass(364 * 24 * time.Hour)
		w.see(o)
		w.Pass(2 * 24 * time.Hour)
		_, err := w.Orders.ByToken(ctx, o.Token)
		notFound(t, err, "old link")
		_, err = w.Orders.ConfirmByToken(ctx, o.Token, "f")
		notFound(t, err, "old link")
		_, err = w.Orders.TokenFor(ctx, o.Number, "+6281234567890")
		notFound(t, err, "no way to a dead link")
	})
}

// Pick-up: only the buyer's code hands over, guessing is stopped, and the code
// shows up nowhere but on the buyer's page.
func TestPickupCode(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		unpaid := w.place(draft{method: delivery.Pickup})
		require.Empty(t, w.see(unpaid).PickupCode)
		require.Empty(t, w.see(unpaid).PickupAddress)

		o := w.bring(order.Ready, draft{method: delivery.Pickup})
		require.Regexp(t, `^[0-9]{6}$`, o.PickupCode)
		require.Equal(t, "Jalan Rahasia 7", o.PickupAddress.Street)
		seen, err := w.Orders.One(ctx, w.seller, o.ID)
		require.NoError(t, err)
		require.Empty(t, seen.PickupCode)
		require.Empty(t, seen.Token)
		sent, err := w.Notify.Outbox(ctx)
		require.NoError(t, err)
		for _, m := range sent {
			require.NotContains(t, m.Body, o.PickupCode)
		}

		wrong := "000000"
		if o.PickupCode == wrong {
			wrong = "000001"
		}
		for left := 4; left >= 1; left-- {
			_, err := w.Orders.Move(ctx, w.seller, o.ID, order.HandOver, order.MoveInput{Code: wrong, FormKey: "counter"})
			requireFields(t, err, "code")
		}
		_, err = w.Orders.Move(ctx, w.seller, o.ID, order.HandOver, order.MoveInput{Code: wrong, FormKey: "counter"})
		require.True(t, fault.Is(err, fault.KindRateLimited), err)
		_, err = w.Orders.Move(ctx, w.seller, o.ID, order.HandOver, order.MoveInput{Code: o.PickupCode, FormKey: "counter"})
		require.True(t, fault.Is(err, fault.KindRateLimited), "not even the right code during the pause")
		w.Pass(16 * time.Minute)
		spaced := o.PickupCode[:3] + " " + o.PickupCode[3:]
		after, err := w.Orders.Move(ctx, w.companion, o.ID, order.HandOver, order.MoveInput{Code: spaced, FormKey: "counter"})
		require.NoError(t, err)
		require.Equal(t, order.Delivered, after.State)
		require.Empty(t, w.see(o).PickupCode)
		w.Prove()
	})
}

// Parallel guesses cannot share a try.
func TestPickupGuessesInParallel(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		o := w.bring(order.Ready, draft{method: delivery.Pickup})
		var wg sync.WaitGroup
		var mu sync.Mutex
		wrong := 0
		for range 20 {
			wg.Go(func() {
				_, err := w.Orders.Move(context.Background(), w.seller, o.ID, order.HandOver, order.MoveInput{Code: "999999x"})
				mu.Lock()
				defer mu.Unlock()
				if fault.Is(err, fault.KindInvalid) {
					wrong++
				}
			})
		}
		wg.Wait()
		require.Equal(t, 4, wrong, "four wrong codes are answered, the fifth starts the pause")
	})
}

// "Tidak sanggup" for a part gives exactly that part back through the channel,
// lets its capacity go, and the rest is made and paid out.
func TestRefusePart(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.paid(draft{quantity: []int64{3, 2}})
		free := w.Sellable(w.product).Available
		in := order.MoveInput{Reason: "Bahan habis", FormKey: "refuse-1", Seen: o.Version, Lines: map[int64]int64{o.Lines[0].ID: 2}}
		for _, bad := range []struct {
			in    order.MoveInput
			field string
		}{
			{order.MoveInput{Lines: in.Lines}, "reason"},
			{order.MoveInput{Reason: "x"}, "lines"},
			{order.MoveInput{Reason: "x", Lines: map[int64]int64{o.Lines[0].ID: 0}}, "lines"},
			{order.MoveInput{Reason: "x", Lines: map[int64]int64{o.Lines[0].ID: -1}}, "line_" + itoa(o.Lines[0].ID)},
			{order.MoveInput{Reason: "x", Lines: map[int64]int64{o.Lines[0].ID: 4}}, "line_" + itoa(o.Lines[0].ID)},
		} {
			_, err := w.Orders.Move(ctx, w.seller, o.ID, order.RefusePart, bad.in)
			requireFields(t, err, bad.field)
		}
		after := w.move(w.seller, o, order.RefusePart, in)
		require.Equal(t, order.ToDo, after.State)
		require.Equal(t, int64(2), after.Lines[0].Cancelled)
		require.Equal(t, money.Rupiah(110_000), after.Refunded)
		require.Equal(t, free+2, w.Sellable(w.product).Available)
		w.move(w.seller, o, order.RefusePart, in) // double click: the first result
		_, err := w.Orders.Move(ctx, w.seller, o.ID, order.RefusePart,
			order.MoveInput{Reason: "x", FormKey: "tab-2", Seen: o.Version, Lines: in.Lines})
		require.True(t, fault.Is(err, fault.KindConflict), "the other tab looked at an older version")
		require.Equal(t, money.Rupiah(110_000), w.Balance(ledger.RefundDue, o.ID))

		w.sendRefunds(o)
		require.Zero(t, w.Balance(ledger.RefundDue, o.ID))
		require.Len(t, w.Till.Refunds(), 1)
		require.Equal(t, money.Rupiah(110_000), w.Till.Refunds()[0].Amount)

		w.SettleFor(purpose(o))
		w.move(w.seller, o, order.Start, order.MoveInput{})
		w.move(w.seller, o, order.Finish, order.MoveInput{})
		w.move(w.seller, o, order.Dispatch, parcel)
		_, err = w.Orders.ConfirmByToken(ctx, o.Token, "f")
		require.NoError(t, err)
		require.Equal(t, o.Total-110_000, w.Balance(ledger.ShopPayable, w.shop.ID))
		require.Zero(t, w.Balance(ledger.Held, o.ID))
		w.Prove()
	})
}

// sendRefunds does the work of payment's refund jobs.
func (w *world) sendRefunds(o order.Order) []payment.Refund {
	w.t.Helper()
	ctx := context.Background()
	list, err := w.Payments.RefundsFor(ctx, payment.Purpose{Kind: order.PurposeKind, ID: o.ID})
	require.NoError(w.t, err)
	for _, r := range list {
		require.NoError(w.t, w.Payments.SendRefund(ctx, r.ID))
	}
	w.Poll()
	return list
}

// The whole order, and a "part" that names everything left, end it and give the
// delivery fee back too.
func TestRefuseWhole(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		free := w.Sellable(w.product).Available
		whole := w.paid(draft{})
		after := w.move(w.seller, whole, order.Refuse, order.MoveInput{Reason: "Sakit"})
		require.Equal(t, order.Cancelled, after.State)
		require.Equal(t, whole.Total, after.Refunded)
		require.Equal(t, whole.Total, w.Balance(ledger.RefundDue, whole.ID))

		steps := w.paid(draft{quantity: []int64{3, 2}})
		w.move(w.seller, steps, order.RefusePart, order.MoveInput{Reason: "x", Lines: map[int64]int64{steps.Lines[0].ID: 1}})
		rest := w.move(w.staff, steps, order.RefusePart,
			order.MoveInput{Reason: "x", Lines: map[int64]int64{steps.Lines[0].ID: 2, steps.Lines[1].ID: 2}})
		require.Equal(t, order.Cancelled, rest.State)
		require.Equal(t, order.Refuse, rest.Events[len(rest.Events)-1].Move)
		require.Equal(t, steps.Total, rest.Refunded)
		require.Equal(t, free, w.Sellable(w.product).Available, "all capacity is free again")
		require.Zero(t, w.Balance(ledger.Held, steps.ID))
		w.Prove()
	})
}

// Twenty clicks on "tidak sanggup" at once: one refund.
func TestRefuseDoubleClick(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for _, sameForm := range []bool{true, false} {
			o := w.paid(draft{})
			var wg sync.WaitGroup
			errs := make([]error, 20)
			for i := range errs {
				wg.Go(func() {
					in := order.MoveInput{Reason: "Sakit", FormKey: "one"}
					if !sameForm {
						in.FormKey = "tab " + itoa(int64(i))
					}
					_, errs[i] = w.Orders.Move(context.Background(), w.seller, o.ID, order.Refuse, in)
				})
			}
			wg.Wait()
			good := 0
			for _, err := range errs {
				if err == nil {
					good++
					continue
				}
				require.True(t, fault.Is(err, fault.KindConflict), err)
			}
			if sameForm {
				require.Equal(t, 20, good)
			} else {
				require.Equal(t, 1, good)
			}
			list, err := w.Payments.RefundsFor(context.Background(), payment.Purpose{Kind: order.PurposeKind, ID: o.ID})
			require.NoError(t, err)
			require.Len(t, list, 1)
			require.Equal(t, o.Total, list[0].Amount)
		}
		w.Prove()
	})
}

// A channel that cannot take money back: the buyer gets the link, and the debt
// stays visible until the money has left.
func TestRefundByLink(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.place(draft{})
		w.PayThrough(purpose(o), o.Total, "ALFAMART")
		w.move(w.seller, w.see(o), order.Refuse, order.MoveInput{Reason: "Sakit"})
		list, err := w.Payments.RefundsFor(ctx, payment.Purpose{Kind: order.PurposeKind, ID: o.ID})
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, payment.RefundAwaitingAccount, list[0].State)
		token, ok := w.Payments.RefundToken(list[0])
		require.True(t, ok)
		require.Contains(t, w.lastMessage(), "/pengembalian/"+token)
		require.Equal(t, o.Total, w.Balance(ledger.RefundDue, o.ID))

		given, err := w.Payments.GiveAccount(ctx, token, payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Sari"})
		require.NoError(t, err)
		require.NotNil(t, given.PayoutID)
		require.NoError(t, w.Payments.SendPayout(ctx, *given.PayoutID))
		require.Zero(t, w.Balance(ledger.RefundDue, o.ID))
		w.Prove()
	})
}

// lastMessage is the newest outgoing message.
func (w *world) lastMessage() string {
	w.t.Helper()
	sent, err := w.Notify.Outbox(context.Background())
	require.NoError(w.t, err)
	require.NotEmpty(w.t, sent)
	return sent[0].Body
}

// Late money revives an order only if every line can be held again.
func TestLateMoney(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		good := w.place(draft{})
		w.lapse(good)
		require.Equal(t, order.Lapsed, w.see(good).State)
		w.PayFor(purpose(good), good.Total)
		require.Equal(t, order.ToDo, w.see(good).State)
		require.Equal(t, good.Total, w.Balance(ledger.Held, good.ID))
		w.move(w.seller, good, order.Start, order.MoveInput{})

		scarce := w.Publish(w.shop, ordertest.Product{Title: "Sambal uji", Price: 20_000, Quantity: 3, Grams: 200})
		w.product = scarce
		lost := w.place(draft{})
		w.lapse(lost)
		taken := w.paid(draft{quantity: []int64{1}})
		w.Pass(25 * time.Hour) // the second look at an expired invoice comes a day later
		w.PayFor(purpose(lost), lost.Total)
		require.Equal(t, order.Lapsed, w.see(lost).State)
		require.Equal(t, lost.Total, w.Balance(ledger.Suspense, 0))
		require.Equal(t, int64(2), w.Sellable(w.product).Available, "nothing of the failed try is left")
		require.Equal(t, order.ToDo, w.see(taken).State)
		w.Prove()
	})
}

// lapse lets the payment of an order run out, found by payment's own poll.
func (w *world) lapse(o order.Order) {
	w.t.Helper()
	list, err := w.Payments.PaymentsFor(context.Background(), purpose(o))
	require.NoError(w.t, err)
	_, err = w.Payments.Open(context.Background(), list[0].ID)
	require.NoError(w.t, err)
	w.Pass(25 * time.Hour)
	w.Poll()
	w.Pass(2 * time.Hour) // payment looks at an expired invoice again after an hour
}

// Two lines of one product are one demand: 2 + 2 of 3 is refused, and nothing of
// the order is left (peer incident 3 and 18).
func TestTwoLinesOfOneProduct(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		product := w.Publish(w.shop, ordertest.Product{Title: "Tiga saja", Price: 20_000, Quantity: 3, Grams: 200})
		item := w.Sellable(product)
		line := order.NewLine{ProductID: product, RevisionID: item.RevisionID, Title: item.Title, Unit: item.Unit, UnitPrice: item.Price, Quantity: 2}
		err := database.InTx(ctx, db, func(tx *gorm.DB) error {
			o, err := w.Orders.CreateTx(ctx, tx, order.New{Purpose: payment.Purpose{Kind: purposeKind, ID: 99}, ShopID: w.shop.ID, ShopName: w.shop.Name, RegencyCode: w.shop.RegencyCode,
				Buyer: order.Person{Name: "A", Phone: "+62"}, Delivery: order.Delivery{Method: delivery.Pickup}, Lines: []order.NewLine{line, line}})
			if err != nil {
				return err
			}
			_, err = w.Catalog.PromiseTx(ctx, tx, []catalog.Demand{
				{LineID: o.Lines[0].ID, ProductID: product, Quantity: 2}, {LineID: o.Lines[1].ID, ProductID: product, Quantity: 2}})
			return err
		})
		var short *catalog.ShortError
		require.ErrorAs(t, err, &short)
		require.Equal(t, int64(3), w.Sellable(product).Available)
		var n int64
		require.NoError(t, db.Read(ctx).Raw("SELECT count(*) FROM orders").Scan(&n).Error)
		require.Zero(t, n)
	})
}
