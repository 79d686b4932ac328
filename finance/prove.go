package finance

import (
	"context"
	"fmt"

	"github.com/lapak-berdaya/lapak/internal/proof"
)

var proofs = []struct{ name, table, query string }{
	{"finance four eyes", "withdrawals", `SELECT id, 'money left without a second person' AS text FROM withdrawals
		WHERE state IN ('paying', 'paid', 'failed', 'reversed') AND (decided_by = 0 OR decided_by = requested_by
			OR (needs_check AND (checked_by = 0 OR checked_by = requested_by OR checked_by = decided_by)))`},
	{"finance payout", "withdrawals", `SELECT id, 'left the shop without a payout' AS text FROM withdrawals
		WHERE state IN ('paying', 'paid', 'failed', 'reversed') AND payout_id = 0`},
	{"finance account", "withdrawals", `SELECT w.id, 'goes to an account of another shop' AS text FROM withdrawals w
		JOIN bank_accounts b ON b.id = w.bank_account_id WHERE b.shop_id <> w.shop_id`},
	{"finance bank four eyes", "bank_accounts", `SELECT id, 'is active without a second person' AS text FROM bank_accounts
		WHERE state = 'active' AND (decided_by = 0 OR decided_by = proposed_by)`},
}

// Prove checks finance's own rows: nothing left without a second person, every
// withdrawal under way has its payout and goes to the shop's own account. What
// concerns the journal and the payouts themselves is audit's. It reads only.
func (s *Service) Prove(ctx context.Context) ([]proof.Finding, error) {
	var findings []proof.Finding
	for _, p := range proofs {
		var rows []struct {
			ID   int64
			Text string
		}
		if err := s.db.Read(ctx).Raw(p.query + " ORDER BY 1").Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("finance: prove %s: %w", p.name, err)
		}
		for _, r := range rows {
			findings = append(findings, proof.Finding{Invariant: p.name, Row: fmt.Sprintf("%s %d", p.table, r.ID), Text: r.Text})
		}
	}
	return findings, nil
}
