package order

import (
	"context"
	"fmt"

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
			+ CASE WHEN o.state = 'cancelled' AND o.paid_at IS NOT NULL THEN o.delivery_fee ELSE 0 END`},
	{"order refund events", "orders", `SELECT o.id, 'refunded differs from the sum of its events' AS text FROM orders o
		WHERE o.refunded <> (SELECT COALESCE(SUM(e.amount), 0) FROM order_events e WHERE e.order_id = o.id)`},
	{"order history", "orders", `SELECT o.id, 'state differs from the last event' AS text FROM orders o
		WHERE o.state <> COALESCE((SELECT e.to_state FROM order_events e WHERE e.order_id = o.id ORDER BY e.id DESC LIMIT 1), 'awaiting_payment')`},
	{"order payment", "orders", `SELECT o.id, 'work began without a payment' AS text FROM orders o
		WHERE (o.paid_at IS NULL OR o.payment_id = 0) AND o.state IN ('to_do','making','ready','dispatched','delivered','completed')`},
	{"order release", "orders", `SELECT o.id, 'money released before its time' AS text FROM orders o
		WHERE (o.goods_released_at IS NOT NULL AND (o.state <> 'completed' OR o.settled_at IS NULL))
		OR (o.delivery_released_at IS NOT NULL AND (o.state NOT IN ('dispatched','delivered','completed') OR o.settled_at IS NULL))`},
	{"order address", "orders", `SELECT o.id, 'has no recipient' AS text FROM orders o
		WHERE NOT EXISTS (SELECT 1 FROM order_addresses a WHERE a.order_id = o.id)`},
}

// Prove checks this package's own rows: totals, refunds, history against state,
// payment before work, release in time. What concerns the journal and the
// promises too is audit's.
func Prove(ctx context.Context, db *database.DB) ([]proof.Finding, error) {
	var findings []proof.Finding
	for _, p := range proofs {
		var rows []struct {
			ID   int64
			Text string
		}
		if err := db.Read(ctx).Raw(p.query + " ORDER BY 1").Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("order: prove %s: %w", p.name, err)
		}
		for _, r := range rows {
			findings = append(findings, proof.Finding{Invariant: p.name, Row: fmt.Sprintf("%s %d", p.table, r.ID), Text: r.Text})
		}
	}
	// Every step of the history must be a row of the table.
	var steps []eventRow
	err := db.Read(ctx).Raw("SELECT DISTINCT move, from_state, to_state, who FROM order_events").Scan(&steps).Error
	if err != nil {
		return nil, fmt.Errorf("order: prove moves: %w", err)
	}
	for _, e := range steps {
		rule, ok := RuleOf(e.Move)
		to := rule.To
		if to == "" {
			to = e.FromState
		}
		if !ok || !rule.Allows(e.FromState, e.Who) || to != e.ToState {
			findings = append(findings, proof.Finding{Invariant: "order moves",
				Row:  fmt.Sprintf("order_events %s %s→%s by %s", e.Move, e.FromState, e.ToState, e.Who),
				Text: "not a row of the table"})
		}
	}
	return findings, nil
}
