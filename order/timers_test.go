package order_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/order"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func requireFields(t *testing.T, err error, fields ...string) {
	t.Helper()
	require.True(t, fault.Is(err, fault.KindInvalid), "%v", err)
	var got []string
	for _, f := range fault.As(err).Fields {
		got = append(got, f.Name)
	}
	require.Equal(t, fields, got)
}

func (w *world) runTimers() int {
	w.t.Helper()
	n, err := w.Orders.RunTimers(context.Background())
	require.NoError(w.t, err)
	return n
}

func (w *world) count(kind string) int {
	w.t.Helper()
	sent, err := w.Notify.Outbox(context.Background())
	require.NoError(w.t, err)
	n := 0
	for _, m := range sent {
		if m.Kind == kind {
			n++
		}
	}
	return n
}

// Unseen for six hours: the shop is reminded and the companion has it on the
// call list, once. An order that was opened is left alone.
func TestUnseenReminder(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		unseen, seen, begun := w.paid(draft{}), w.paid(draft{}), w.paid(draft{})
		require.NoError(t, w.Orders.MarkSeen(ctx, w.staff, unseen.ID), "staff looking is not the shop looking")
		require.NoError(t, w.Orders.MarkSeen(ctx, w.seller, seen.ID))
		w.move(w.seller, begun, order.Start, order.MoveInput{})
		w.Pass(5 * time.Hour)
		require.Zero(t, w.runTimers())
		w.Pass(time.Hour + time.Minute)
		require.Equal(t, 1, w.runTimers())
		require.Zero(t, w.runTimers())
		require.Equal(t, 1, w.count("order_unseen"))
		calls, err := w.Notify.Calls(ctx, w.companion.UserID)
		require.NoError(t, err)
		require.Len(t, calls, 1)
		require.Equal(t, unseen.ID, calls[0].OrderID)
	})
}

// A maker without phone and mail reads no message: her companion is asked to go and tell
// her at once, once for an order; a maker who has a phone is not called about.
func TestNewOrderOfAMakerWithoutPhone(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		called := func() (reasons []string) {
			calls, err := w.Notify.Calls(ctx, w.companion.UserID)
			require.NoError(t, err)
			for _, c := range calls {
				reasons = append(reasons, fmt.Sprint(c.OrderID, " ", c.Reason))
			}
			return reasons
		}
		w.paid(draft{})
		require.Empty(t, called(), "she has a phone")
		w.Tx(func(tx *gorm.DB) error {
			return tx.Exec("UPDATE users SET phone = '' WHERE id = ?", w.seller.UserID).Error
		})
		paid, cash := w.paid(draft{}), w.paid(draft{method: delivery.Own, payBy: order.ByCOD})
		w.Poll() // the gateway says it again
		want := []string{fmt.Sprint(paid.ID, " order_new"), fmt.Sprint(cash.ID, " order_begun")}
		require.Equal(t, want, called())
		calls, err := w.Notify.Calls(ctx, w.companion.UserID)
		require.NoError(t, err)
		require.NoError(t, w.Notify.CallDone(ctx, w.companion.UserID, calls[0].ID))
		require.Equal(t, want[1:], called())
	})
}

// Nobody says anything: the buyer is asked after the longest transit, two days
// later it counts as delivered, three working days later it is completed.
func TestDeliveredAndCompletedByTimer(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		o := w.bring(order.Dispatched, draft{}) // longest transit four days
		w.Pass(4*24*time.Hour - time.Hour)
		require.Zero(t, w.runTimers())
		w.Pass(2 * time.Hour)
		require.Equal(t, 1, w.runTimers())
		require.Equal(t, 1, w.count("order_arrived"))
		require.Equal(t, order.Dispatched, w.see(o).State)
		w.Pass(48 * time.Hour)
		require.Equal(t, 1, w.runTimers())
		delivered := w.see(o)
		require.Equal(t, order.Delivered, delivered.State)
		require.Equal(t, order.Timer, delivered.Events[len(delivered.Events)-1].Who)
		zone := calendar.Zone("35.19")
		due := calendar.AddWorkingDays(delivered.DeliveredAt.In(zone), 3)
		require.True(t, delivered.ClosesAt.Equal(due), "%s, want %s", delivered.ClosesAt, due)

		now, err := clock.Now(context.Background(), db.Read(context.Background()))
		require.NoError(t, err)
		w.Pass(due.Sub(now) - time.Minute)
		require.Zero(t, w.runTimers())
		w.Pass(2 * time.Minute)
		require.Equal(t, 1, w.runTimers())
		require.Equal(t, order.Completed, w.see(o).State)
		require.Zero(t, w.runTimers())
		w.Prove()
	})
}

// Two instances run the timers at once, over and over: everything happens once.
func TestTimersOnTwoInstances(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		var orders []order.Order
		for range 8 {
			orders = append(orders, w.bring(order.Dispatched, draft{}))
		}
		w.Pass(30 * 24 * time.Hour)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 10 {
					if _, err := w.Orders.RunTimers(context.Background()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		require.Equal(t, 8, w.count("order_arrived"))
		for _, o := range orders {
			events := w.see(o).Events
			require.Equal(t, order.Deliver, events[len(events)-1].Move)
			require.Len(t, events, 5)
		}
		w.Prove()
	})
}

// The shop keeps the buyer's contact until thirty days after delivery.
func TestContactIsHiddenLater(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.bring(order.Delivered, draft{})
		one, err := w.Orders.One(ctx, w.seller, o.ID)
		require.NoError(t, err)
		require.Equal(t, "Jalan Melati 7", one.Recipient.Street)
		w.Pass(31 * 24 * time.Hour)
		page, err := w.Orders.ForShop(ctx, w.companion, order.Shop{ID: w.shop.ID, RegencyCode: w.shop.RegencyCode}, order.Filter{})
		require.NoError(t, err)
		require.True(t, page.Orders[0].ContactHidden)
		require.Empty(t, page.Orders[0].Buyer.Phone+page.Orders[0].Recipient.Street+page.Orders[0].Recipient.Phone)
		require.Equal(t, "Jalan Melati 7", w.see(o).Recipient.Street, "the buyer still sees their own")
	})
}

// A shop's list pages by a signed cursor and filters by state.
func TestForShop(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		var ids []int64
		for range 5 {
			ids = append(ids, w.paid(draft{method: delivery.Own}).ID)
		}
		w.place(draft{}) // unpaid: not on the list
		w.move(w.seller, order.Order{ID: ids[0]}, order.Start, order.MoveInput{})
		var got []int64
		f := order.Filter{Limit: 2}
		for {
			page, err := w.Orders.ForShop(ctx, w.staff, order.Shop{ID: w.shop.ID, RegencyCode: w.shop.RegencyCode}, f)
			require.NoError(t, err)
			for _, o := range page.Orders {
				got = append(got, o.ID)
			}
			if f.Cursor = page.Next; f.Cursor == "" {
				break
			}
		}
		require.Equal(t, []int64{ids[4], ids[3], ids[2], ids[1], ids[0]}, got)
		page, err := w.Orders.ForShop(ctx, w.seller, order.Shop{ID: w.shop.ID, RegencyCode: w.shop.RegencyCode}, order.Filter{States: []order.State{order.Making}})
		require.NoError(t, err)
		require.Len(t, page.Orders, 1)
		_, err = w.Orders.ForShop(ctx, w.seller, order.Shop{ID: w.shop.ID, RegencyCode: w.shop.RegencyCode}, order.Filter{Cursor: "1.forged"})
		require.True(t, fault.Is(err, fault.KindNotFound))
		counts, err := w.Orders.Counts(ctx, w.shop.ID)
		require.NoError(t, err)
		require.Equal(t, map[order.State]int64{order.ToDo: 4, order.Making: 1}, counts)
	})
}

// Number and phone must both fit, however they are typed; the link goes to the
// order's own phone.
func TestFindByNumberAndPhone(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.paid(draft{})
		for _, typed := range []string{o.Number, " " + o.Number[3:], "lb-" + o.Number[3:]} {
			token, err := w.Orders.TokenFor(ctx, typed, "+6281234567890")
			require.NoError(t, err, typed)
			require.Equal(t, o.Token, token)
		}
		_, err := w.Orders.TokenFor(ctx, o.Number, "+6281234567891")
		notFound(t, err, "wrong phone")
		_, err = w.Orders.TokenFor(ctx, "LB-AAAAAA", "+6281234567890")
		notFound(t, err, "wrong number")
		before := w.count("order_link")
		require.NoError(t, w.Orders.SendLink(ctx, o.Number, "+6281234567891"))
		require.Equal(t, before, w.count("order_link"))
		require.NoError(t, w.Orders.SendLink(ctx, o.Number, "+6281234567890"))
		require.Equal(t, before+1, w.count("order_link"))
		require.Contains(t, w.lastMessage(), "/pesanan/"+o.Token)
	})
}
