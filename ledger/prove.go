package ledger

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/proof"
)

// Prove checks the journal against itself: every entry has lines and they sum to
// zero (I4), every balance row equals the sum of its lines and is not negative,
// and no account that owes money lacks its row. It reads only.
func (s *Service) Prove(ctx context.Context) ([]proof.Finding, error) {
	return ProveTx(ctx, s.db.Read(ctx))
}

// ProveTx is Prove as seen by a running transaction.
func ProveTx(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	var findings []proof.Finding
	db = db.WithContext(ctx)

	var unbalanced []struct {
		ID    int64
		Key   string
		Lines int64
		Sum   int64
	}
	err := db.Raw(`SELECT e.id, e.key, COUNT(l.id) AS lines, CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) AS sum
		FROM journal_entries e LEFT JOIN journal_lines l ON l.entry_id = e.id
		GROUP BY e.id, e.key HAVING COUNT(l.id) < 2 OR COALESCE(SUM(l.amount), 0) <> 0 ORDER BY e.id`).Scan(&unbalanced).Error
	if err != nil {
		return nil, fmt.Errorf("ledger: prove entries: %w", err)
	}
	for _, u := range unbalanced {
		findings = append(findings, proof.Finding{
			Invariant: "I4 journal", Row: fmt.Sprintf("journal_entries %d", u.ID),
			Text: fmt.Sprintf("%q has %d lines that sum to %d instead of 0", u.Key, u.Lines, u.Sum),
		})
	}

	var apart []struct {
		Kind   string
		Owner  int64
		Lines  int64
		Amount *int64
	}
	err = db.Raw(`SELECT s.kind, s.owner, s.lines, b.amount FROM (
			SELECT kind, owner, CAST(SUM(CASE WHEN kind = 'shop_owes' THEN amount ELSE -amount END) AS BIGINT) AS lines FROM journal_lines
			WHERE kind NOT IN ('gateway', 'subsidy', 'commission', 'cash_box', 'difference', 'shop_cash', 'shop_sales')
			GROUP BY kind, owner) AS s
		LEFT JOIN balances b ON b.kind = s.kind AND b.owner = s.owner
		WHERE COALESCE(b.amount, 0) <> s.lines OR b.amount < 0
		UNION ALL
		SELECT b.kind, b.owner, 0, b.amount FROM balances b
		WHERE b.amount <> 0 AND NOT EXISTS (SELECT 1 FROM journal_lines l WHERE l.kind = b.kind AND l.owner = b.owner)
		ORDER BY 1, 2`).Scan(&apart).Error
	if err != nil {
		return nil, fmt.Errorf("ledger: prove balances: %w", err)
	}
	for _, a := range apart {
		row := "no row"
		if a.Amount != nil {
			row = fmt.Sprint(*a.Amount)
		}
		findings = append(findings, proof.Finding{
			Invariant: "I4 balance", Row: fmt.Sprintf("balances %s %d", a.Kind, a.Owner),
			Text: fmt.Sprintf("the row says %s, the journal says %d", row, a.Lines),
		})
	}
	return findings, nil
}
