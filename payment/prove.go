package payment

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

// rule is one invariant of this package's tables: a query whose rows break it,
// each giving the row's name and what is wrong.
type rule struct{ name, query string }

// The invariants of reliability.md §3 as far as this package's own tables can
// prove them; the audit joins them with orders and the journal.
var rules = []rule{
	{"I5 one row per gateway payment", `
		SELECT 'payments ' || MIN(id) AS subject, 'gateway invoice ' || gateway_id || ' has ' || COUNT(*) || ' rows' AS detail
		FROM payments WHERE gateway_id <> '' GROUP BY gateway_id HAVING COUNT(*) > 1`},
	{"I5 unasked money is booked", `
		SELECT 'payments ' || id AS subject, 'money arrived and nobody was told' AS detail
		FROM payments p WHERE state IN ('paid', 'settled') AND NOT EXISTS
			(SELECT 1 FROM payment_effects e WHERE e.object = 'payment' AND e.object_id = p.id AND e.effect = 'paid')`},
	{"I6 refunds within what was paid", `
		SELECT 'payments ' || p.id AS subject, 'refunded ' || p.refunded || ', refunds sum to ' || COALESCE(SUM(r.amount), 0) || ', paid ' || p.paid_amount AS detail
		FROM payments p LEFT JOIN refunds r ON r.payment_id = p.id
		GROUP BY p.id, p.refunded, p.paid_amount
		HAVING COALESCE(SUM(r.amount), 0) <> p.refunded OR p.refunded > p.paid_amount`},
	{"I6 refund payouts carry the refund", `
		SELECT 'payouts ' || o.id AS subject, 'payout of ' || o.amount || ' for refund ' || o.purpose_id AS detail
		FROM payouts o LEFT JOIN refunds r ON r.id = o.purpose_id
		WHERE o.purpose_kind = 'refund' AND (r.id IS NULL OR r.amount <> o.amount)`},
	{"I6 a refund is paid once", `
		SELECT 'refunds ' || r.id AS subject, 'sent by ' || COUNT(*) || ' payouts' AS detail
		FROM refunds r JOIN payouts o ON o.purpose_kind = 'refund' AND o.purpose_id = r.id AND o.state IN ('created', 'unknown', 'accepted', 'succeeded')
		GROUP BY r.id HAVING COUNT(*) > 1`},
	{"I6 a refund goes one way", `
		SELECT 'refunds ' || object_id AS subject, 'the channel paid it, and a payout was made for it' AS detail
		FROM payment_effects WHERE object = 'refund' AND effect = 'paid twice'`},
	{"I7 paid and told agree", `
		SELECT 'payment_effects ' || e.effect || ' ' || e.object_id AS subject, 'told as ' || e.effect || ', payment is ' || COALESCE(p.state, 'missing') AS detail
		FROM payment_effects e LEFT JOIN payments p ON p.id = e.object_id
		WHERE e.object = 'payment' AND (p.id IS NULL
			OR (e.effect = 'paid' AND p.state NOT IN ('paid', 'settled'))
			OR (e.effect = 'settled' AND p.state <> 'settled')
			OR (e.effect = 'lapsed' AND p.state NOT IN ('expired', 'cancelled', 'failed') AND NOT p.late))`},
	{"I7 settled money was told", `
		SELECT 'payments ' || id AS subject, 'settled and the settler was not told' AS detail
		FROM payments p WHERE state = 'settled' AND purpose_kind <> 'unmatched' AND NOT EXISTS
			(SELECT 1 FROM payment_effects e WHERE e.object = 'payment' AND e.object_id = p.id AND e.effect = 'settled')`},
	{"I7 lapsed payments were told", `
		SELECT 'payments ' || id AS subject, state || ' and the settler was not told' AS detail
		FROM payments p WHERE state IN ('expired', 'cancelled', 'failed') AND NOT EXISTS
			(SELECT 1 FROM payment_effects e WHERE e.object = 'payment' AND e.object_id = p.id AND e.effect = 'lapsed')`},
	{"I9 ended payouts were told", `
		SELECT 'payouts ' || id AS subject, state || ' and the settler was not told' AS detail
		FROM payouts p WHERE state IN ('succeeded', 'failed', 'reversed') AND NOT EXISTS
			(SELECT 1 FROM payment_effects e WHERE e.object = 'payout' AND e.object_id = p.id AND e.effect = p.state)`},
	{"I9 no payout contradicts what was told", `
		SELECT 'payouts ' || id AS subject, problem AS detail FROM payouts WHERE problem <> ''`},
	{"I8 a line's row is there", `
		SELECT 'gateway_matches ' || m.id AS subject, 'is ' || m.object || ' ' || m.object_id || ', which is missing' AS detail
		FROM gateway_matches m WHERE m.object <> ''
			AND NOT EXISTS (SELECT 1 FROM payments p WHERE m.object = 'payment' AND p.id = m.object_id)
			AND NOT EXISTS (SELECT 1 FROM payouts p WHERE m.object = 'payout' AND p.id = m.object_id)
			AND NOT EXISTS (SELECT 1 FROM refunds r WHERE m.object = 'refund' AND r.id = m.object_id)
			AND NOT EXISTS (SELECT 1 FROM gateway_moves g WHERE m.object = 'move' AND g.id = m.object_id AND g.money_in = m.money_in)`},
	{"I8 no difference is forgotten", `
		SELECT 'gateway_matches ' || id AS subject, 'differs by ' || (apart - accounted) || ' and is no task' AS detail
		FROM gateway_matches WHERE difference = '' AND apart <> accounted
			AND (resolution <> '' OR happened_at < (SELECT MAX(began_at) FROM gateway_runs WHERE trouble = '' AND ended_at IS NOT NULL AND id <
				(SELECT MAX(id) FROM gateway_runs WHERE trouble = '' AND ended_at IS NOT NULL)))`},
	{"I8 accounted by somebody", `
		SELECT 'gateway_matches ' || id AS subject, accounted || ' accounted for in ' || steps || ' steps' AS detail
		FROM gateway_matches WHERE steps = 0 AND (accounted <> 0 OR booked <> 0)`},
	{"I9 sent refunds say how", `
		SELECT 'refunds ' || id AS subject, 'succeeded without a gateway refund or a payout' AS detail
		FROM refunds WHERE state = 'succeeded' AND gateway_id = '' AND payout_id IS NULL`},
}

// Prove checks every invariant of this package's tables and returns what breaks
// them; nothing means proven. Payments whose amount or currency the gateway
// contradicts are not findings but tasks: see Troubled.
func Prove(ctx context.Context, db *database.DB) ([]proof.Finding, error) {
	return ProveTx(db.Read(ctx))
}

// ProveTx is Prove on a given handle, so that the audit can read everything in
// one snapshot.
func ProveTx(tx *gorm.DB) ([]proof.Finding, error) {
	var findings []proof.Finding
	for _, r := range rules {
		var rows []struct{ Subject, Detail string }
		if err := tx.Raw(r.query).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("payment: prove %s: %w", r.name, err)
		}
		for _, row := range rows {
			findings = append(findings, proof.Finding{Invariant: r.name, Row: row.Subject, Text: row.Detail})
		}
	}
	return findings, nil
}
