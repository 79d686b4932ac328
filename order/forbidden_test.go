package order_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/order"
)

// snapshot is everything of an order that a move could change.
func (w *world) snapshot(orderID int64) string {
	w.t.Helper()
	db := w.DB.Read(context.Background())
	var out string
	for _, q := range []string{
		"SELECT * FROM orders WHERE id = ?", "SELECT * FROM order_lines WHERE order_id = ? ORDER BY id",
		"SELECT * FROM order_events WHERE order_id = ? ORDER BY id", "SELECT * FROM order_forms WHERE order_id = ? ORDER BY form_key",
		"SELECT kind, owner, amount FROM balances WHERE owner = ? ORDER BY kind",
		"SELECT id FROM refunds WHERE purpose_id = ? ORDER BY id",
		"SELECT p.state, p.amount FROM promises p JOIN order_lines l ON l.id = p.line_id WHERE l.order_id = ? ORDER BY p.id",
	} {
		var rows []map[string]any
		require.NoError(w.t, db.Raw(q, orderID).Scan(&rows).Error)
		out += fmt.Sprintln(rows)
	}
	return out
}

// try attempts a move as a party, with input that would be right.
func (w *world) try(o order.Order, name order.Transition, who order.Who) error {
	ctx := context.Background()
	in := order.MoveInput{Courier: "JNE", TrackingNumber: "1", Code: o.PickupCode, Reason: "Oven rusak", FormKey: "form",
		Lines: map[int64]int64{o.Lines[0].ID: 1}, GiveBack: 1_000, Date: o.ReadyBy.AddDate(0, 0, 9)}
	var err error
	switch who {
	case order.Seller:
		_, err = w.Orders.Move(ctx, w.seller, o.ID, name, in)
	case order.Companion:
		_, err = w.Orders.Move(ctx, w.companion, o.ID, name, in)
	case order.Staff:
		_, err = w.Orders.Move(ctx, w.staff, o.ID, name, in)
	case order.Buyer:
		_, err = w.Orders.MoveByToken(ctx, o.Token, name, in)
	case order.Timer, order.Payment:
		err = w.Orders.ApplyAs(ctx, o.ID, name, who)
	}
	return err
}

// Every state × every move × every party that the table does not name is refused
// and changes nothing, for parcels and for pick-up, however they are paid. (That
// the table says what it should, TestTable tries for every kind there is.)
func TestForbiddenMoves(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		for i, d := range []draft{
			{method: delivery.Courier}, {method: delivery.Pickup},
			{method: delivery.Courier, payBy: order.ByCOD}, {method: delivery.Pickup, payBy: order.ByCash},
			{method: delivery.Own, payBy: order.ByDirect},
		} {
			for j, state := range order.States {
				if d.never(state) {
					continue
				}
				o := w.bring(state, d)
				before := w.snapshot(o.ID)
				tried := []string{}
				for name := range reach {
					byPay := slices.ContainsFunc(order.RulesOf(name), func(r order.Rule) bool { return len(r.Only.PayBy) > 0 })
					if i > 1 && !byPay {
						continue // the way of paying changes nothing
					}
					for k, who := range order.Everyone {
						if !ever(name, who) && (i+j+k)%4 != 0 {
							continue // refused for the party alone, whatever the state: a part is enough
						}
						// The buyer's give-up goes through the whole purchase, never by one order.
						single := name == order.GiveUp && who == order.Buyer || name == order.ProposeBack
						if mayBe(state, name, who, o.Kind()) && !single {
							continue
						}
						step := fmt.Sprintf("%s %s %s %s by %s", d.payBy, d.method, state, name, who)
						tried = append(tried, step)
						require.Error(t, w.try(o, name, who), step)
					}
				}
				require.Greater(t, len(tried), 15)
				require.Equal(t, before, w.snapshot(o.ID), "one of %v changed something", tried)
			}
		}
		w.Prove()
	})
}

// ever says whether the party may make the move on some order in some state.
func ever(name order.Transition, who order.Who) bool {
	return slices.ContainsFunc(order.RulesOf(name), func(r order.Rule) bool { return slices.Contains(r.Who, who) })
}

// Who is nothing to the shop cannot tell another's order from a missing one.
func TestAnothersOrderIsNotFound(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.paid(draft{})
		unpaid := w.place(draft{})
		other := w.Shop("Dapur Lain")
		before := w.snapshot(o.ID)
		for name, actor := range map[string]account.Actor{
			"visitor": {}, "other shop": w.Owner(other), "other companion": w.Companion(other), "other territory": w.Officer("35.78"), "curator": w.Curator(),
		} {
			_, err := w.Orders.One(ctx, actor, o.ID)
			notFound(t, err, name)
			for _, r := range order.Transitions {
				_, err := w.Orders.Move(ctx, actor, o.ID, r.Name, order.MoveInput{Reason: "x"})
				notFound(t, err, name)
			}
			notFound(t, w.Orders.MarkSeen(ctx, actor, o.ID), name)
			_, err = w.Orders.ForShop(ctx, actor, order.Shop{ID: w.shop.ID, RegencyCode: w.shop.RegencyCode}, order.Filter{})
			notFound(t, err, name)
			require.Empty(t, w.Orders.MovesFor(actor, o), name)
		}
		_, err := w.Orders.One(ctx, w.seller, 999_999)
		notFound(t, err, "missing")
		_, err = w.Orders.One(ctx, w.seller, unpaid.ID)
		notFound(t, err, "not paid yet")
		_, err = w.Orders.ByToken(ctx, "aaaaaaaaaaaaaaaaaaaaaaaaaa")
		notFound(t, err, "unknown token")
		require.Equal(t, before, w.snapshot(o.ID))

		// A line of another order cannot be refused through one's own.
		_, err = w.Orders.Move(ctx, w.seller, o.ID, order.RefusePart, order.MoveInput{Reason: "x", Lines: map[int64]int64{unpaid.Lines[0].ID: 1}})
		notFound(t, err, "line of another order")
	})
}

func notFound(t *testing.T, err error, who string) {
	t.Helper()
	f := fault.As(err)
	require.NotNil(t, f, who)
	require.Equal(t, fault.KindNotFound, f.Kind, "%s: %v", who, err)
	require.Equal(t, "fault.not_found", f.Key, who)
	require.Empty(t, f.Fields, who)
}
