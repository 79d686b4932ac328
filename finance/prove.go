package finance

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/proof"
)

var proofs = []struct{ name, table, query string }{
	{"finance four eyes", "withdrawals", `SELECT id, 'money left without a second person' AS text FROM withdrawals
		WHERE state IN ('paying', 'paid', 'failed', 'reversed') AND (decided_by = 0 OR decided_by = requested_by
			OR (needs_check AND (checked_by = 0 OR checked_by = requested_by OR checked_by = decided_by)))`},
	{"finance payout", "withdrawals", `SELECT id, 'left the shop without a payout' AS text FROM withdrawals
		WHERE state IN ('paying', 'paid', 'failed', 'reversed') AND payout_id = 0 AND way <> 'cash'`},
	{"finance cash receipt", "withdrawals", `SELECT w.id, w.state || ' in cash, its signed receipt is ' || CASE WHEN r.withdrawal_id IS NULL THEN 'missing' ELSE 'there' END AS text
		FROM withdrawals w LEFT JOIN cash_receipts r ON r.withdrawal_id = w.id
		WHERE (w.way = 'cash' AND w.state = 'paid' AND r.withdrawal_id IS NULL) OR (r.withdrawal_id IS NOT NULL AND (w.way <> 'cash' OR w.state <> 'paid'))`},
	{"finance cash three people", "cash_receipts", `SELECT w.id, 'was handed over by who asked for it or approved it' AS text
		FROM cash_receipts r JOIN withdrawals w ON w.id = r.withdrawal_id WHERE r.handed_by IN (w.requested_by, w.checked_by, w.decided_by)`},
	{"finance account", "withdrawals", `SELECT w.id, 'goes to an account of another shop' AS text FROM withdrawals w
		JOIN bank_accounts b ON b.id = w.bank_account_id WHERE b.shop_id <> w.shop_id`},
	{"finance batch sum", "payout_batches", `SELECT b.id, 'says ' || b.count || ' of ' || b.total || ', holds ' || COUNT(i.withdrawal_id) || ' of ' || COALESCE(SUM(i.amount), 0) AS text
		FROM payout_batches b LEFT JOIN payout_batch_items i ON i.batch_id = b.id GROUP BY b.id, b.count, b.total
		HAVING COUNT(i.withdrawal_id) <> b.count OR COALESCE(SUM(i.amount), 0) <> b.total`},
	{"finance batch item", "payout_batch_items", `SELECT i.withdrawal_id AS id, i.state || ' with ' || i.amount || ', the withdrawal is ' || w.state || ' of ' || w.amount AS text
		FROM payout_batch_items i JOIN withdrawals w ON w.id = i.withdrawal_id JOIN payout_batches b ON b.id = i.batch_id
		WHERE w.amount <> i.amount OR (i.state = 'sent' AND (w.state NOT IN ('paying', 'paid', 'failed', 'reversed') OR w.decided_by <> b.decided_by))
			OR (i.state <> 'held' AND b.state = 'dropped') OR (i.state = 'waiting' AND b.state = 'sent')`},
	{"finance advance", "advances", `SELECT id, 'was granted above what could be given, or without the people it needs' AS text FROM advances
		WHERE state = 'granted' AND (amount > ceiling OR decided_by = 0 OR decided_by = requested_by OR decided_by = agreed_by)`},
	{"finance top-up", "subsidy_top_ups", `SELECT id, 'was booked without the people it needs' AS text FROM subsidy_top_ups
		WHERE state = 'done' AND (decided_by = 0 OR (two_people AND decided_by = proposed_by))`},
	{"finance bank four eyes", "bank_accounts", `SELECT id, 'is active without a second person' AS text FROM bank_accounts
		WHERE state = 'active' AND (decided_by = 0 OR decided_by = proposed_by)`},
}

// Prove checks finance's own rows: nothing left without a second person, every
// withdrawal under way has its payout and goes to the shop's own account. What
// concerns the journal and the payouts themselves is audit's. It reads only.
func (s *Service) Prove(ctx context.Context) ([]proof.Finding, error) {
	return ProveTx(ctx, s.db.Read(ctx))
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
			return nil, fmt.Errorf("finance: prove %s: %w", p.name, err)
		}
		for _, r := range rows {
			findings = append(findings, proof.Finding{Invariant: p.name, Row: fmt.Sprintf("%s %d", p.table, r.ID), Text: r.Text})
		}
	}
	return findings, nil
}
