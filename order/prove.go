package order

import (
	"cmp"
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

// proofs are the invariants of this package's own tables: each query returns the
// rows that break one, as id and a sentence. It works alike on both databases.
var proofs = []struct{ name, table, query string }{
	{"I3 order total", "orders", `SELECT o.id, 'goods or total differ from the lines' AS text FROM orders o
		WHERE o.total <> o.goods + o.delivery_fee
		OR o.goods <> (SELECT COALESCE(SUM(l.unit_price * l.quantity), 0) FROM order_lines l WHERE l.order_id = o.id)`},
	{"I6 order refund", "orders", `SELECT o.id, 'refunded differs from what was cancelled' AS text FROM orders o
		WHERE o.refunded <> (SELECT COALESCE(SUM(l.unit_price * l.cancelled), 0) FROM order_lines l WHERE l.order_id = o.id)
			+ CASE WHEN o.state = 'cancelled' AND o.begun_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.id AND e.move = 'call_off') THEN o.delivery_fee ELSE 0 END
			+ (SELECT COALESCE(SUM(e.amount), 0) FROM order_events e WHERE e.order_id = o.id AND e.move IN ('call_off','close','resolve','refund_after'))`},
	{"order refund events", "orders", `SELECT o.id, 'refunded differs from the sum of its events' AS text FROM orders o
		WHERE o.refunded <> (SELECT COALESCE(SUM(e.amount), 0) FROM order_events e WHERE e.order_id = o.id)`},
	{"order history", "orders", `SELECT o.id, 'state differs from the last event' AS text FROM orders o
		WHERE o.state <> COALESCE((SELECT e.to_state FROM order_events e WHERE e.order_id = o.id ORDER BY e.id DESC LIMIT 1), 'awaiting_payment')`},
	{"order payment", "orders", `SELECT o.id, 'work began without a payment' AS text FROM orders o
		WHERE (o.pay_by = 'gateway' AND (o.paid_at IS NULL OR o.payment_id = 0) AND o.state NOT IN ('awaiting_payment','lapsed','cancelled'))
		OR (o.pay_by = 'direct' AND o.paid_at IS NULL AND o.state NOT IN ('awaiting_payment','lapsed','cancelled'))
		OR (o.pay_by IN ('cod','cash') AND o.paid_at IS NULL AND (o.state IN ('completed','disputed') OR (o.state = 'delivered' AND o.source NOT LIKE 'outside%')))
		OR (o.pay_by <> 'gateway' AND (o.payment_id <> 0 OR o.settled_at IS NOT NULL OR o.clawed <> 0))`},
	{"order begun", "orders", `SELECT o.id, 'is the shop''s to do and never was begun, or the reverse' AS text FROM orders o
		WHERE (o.begun_at IS NULL) <> (o.state IN ('awaiting_payment','lapsed') OR (o.state = 'cancelled' AND o.refunded = 0))`},
	{"order goods gone", "orders", `SELECT o.id, 'goods left without their promises, or the reverse' AS text FROM orders o
		WHERE (o.promises_used_at IS NULL AND o.state IN ('dispatched','delivered','completed','not_collected','returning','returned','disputed','resolved'))
		OR (o.promises_used_at IS NOT NULL AND o.state IN ('awaiting_payment','to_do','lapsed','cancelled'))`},
	{"order clawed", "orders", `SELECT o.id, 'more was taken from the shop than was given back or released' AS text FROM orders o
		WHERE o.clawed > o.refunded OR (o.clawed > 0 AND o.delivery_released_at IS NULL AND o.goods_released_at IS NULL)`},
	{"order timers", "orders", `SELECT o.id, 'a timer of another state is set' AS text FROM orders o
		WHERE (o.pay_until IS NOT NULL AND (o.state <> 'awaiting_payment' OR o.pay_by <> 'direct' OR o.direct_proof_at IS NOT NULL))
		OR (o.collect_by IS NOT NULL AND (o.state <> 'ready' OR o.delivery_method <> 'pickup'))
		OR (o.deliver_at IS NOT NULL AND o.state <> 'dispatched') OR (o.complete_at IS NOT NULL AND o.state <> 'delivered')
		OR (o.new_date IS NOT NULL AND o.state NOT IN ('to_do','making'))`},
	{"order release", "orders", `SELECT o.id, 'money released before its time' AS text FROM orders o
		WHERE (o.goods_released_at IS NOT NULL AND (o.state NOT IN ('completed','resolved') OR o.settled_at IS NULL))
		OR (o.delivery_released_at IS NOT NULL AND ((o.dispatched_at IS NULL AND o.delivered_at IS NULL AND o.state <> 'resolved') OR o.settled_at IS NULL))`},
	{"order commission", "orders", `SELECT o.id, 'the operator has a part of money that never came to it' AS text FROM orders o
		WHERE o.commission_permille <> 0 AND o.pay_by <> 'gateway'`},
	{"order outside", "orders", `SELECT o.id, 'a sale of the maker''s own goes a way of the shop window' AS text FROM orders o
		WHERE o.source LIKE 'outside%' AND (o.pay_by NOT IN ('cash','gateway') OR o.delivery_method <> 'pickup' OR o.buyer_user_id <> 0 OR o.buyer_phone <> '' OR o.buyer_email <> ''
			OR (o.pay_by = 'cash' AND o.state NOT IN ('to_do','making','ready','delivered','completed','cancelled','resolved')))`},
	{"order address", "orders", `SELECT o.id, 'has no recipient' AS text FROM orders o
		WHERE NOT EXISTS (SELECT 1 FROM order_addresses a WHERE a.order_id = o.id)`},
}

// Prove checks this package's own rows: totals, refunds, history against state,
// payment before work, release in time. What concerns the journal and the
// promises too is audit's.
func Prove(ctx context.Context, db *database.DB) ([]proof.Finding, error) {
	return ProveTx(ctx, db.Read(ctx))
}

// ProveTx is Prove as seen by a running transaction.
func ProveTx(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	var findings []proof.Finding
	db = db.WithContext(ctx)
	for _, p := range proofs {
		var rows []struct {
			ID   int64
			Text string
		}
		if err := db.Raw(p.query + " ORDER BY 1").Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("order: prove %s: %w", p.name, err)
		}
		for _, r := range rows {
			findings = append(findings, proof.Finding{Invariant: p.name, Row: fmt.Sprintf("%s %d", p.table, r.ID), Text: r.Text})
		}
	}
	// Every step of the history must be a row of the table.
	var steps []struct {
		Move      Transition
		FromState State
		ToState   State
		Who       Who
		PayBy     PayBy
		Pickup    bool
		Outside   bool
	}
	err := db.Raw(`SELECT DISTINCT e.move, e.from_state, e.to_state, e.who, o.pay_by, o.delivery_method = 'pickup' AS pickup,
			o.source LIKE 'outside%' AND o.pay_by = 'cash' AS outside
		FROM order_events e JOIN orders o ON o.id = e.order_id`).Scan(&steps).Error
	if err != nil {
		return nil, fmt.Errorf("order: prove moves: %w", err)
	}
	for _, e := range steps {
		if !known(e.Move, e.FromState, e.ToState, e.Who, Kind{PayBy: e.PayBy, Pickup: e.Pickup, Outside: e.Outside}) {
			findings = append(findings, proof.Finding{Invariant: "order moves",
				Row:  fmt.Sprintf("order_events %s %s→%s by %s", e.Move, e.FromState, e.ToState, e.Who),
				Text: "not a row of the table"})
		}
	}
	return findings, nil
}

// known says whether some row of the table makes that step; whether goods had left
// or money had come at the time is not in the history.
func known(name Transition, from, to State, who Who, k Kind) bool {
	for _, again := range []bool{false, true} {
		for _, paid := range []bool{false, true} {
			k.Again, k.Paid = again, paid
			if rule, ok := Find(name, from, who, k); ok && cmp.Or(rule.To, from) == to {
				return true
			}
		}
	}
	return false
}
