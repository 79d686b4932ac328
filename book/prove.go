package book

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/proof"
)

var proofs = []struct{ name, table, query string }{
	{"book correction", "book_entries", `SELECT b.id, 'more is taken back than was written' AS text FROM book_entries b
		WHERE b.corrects IS NULL AND b.amount < (SELECT COALESCE(SUM(c.amount), 0) FROM book_entries c WHERE c.corrects = b.id)`},
	{"book correction kind", "book_entries", `SELECT c.id, 'takes back an entry of another shop, kind or day, or one that takes back itself' AS text
		FROM book_entries c JOIN book_entries b ON b.id = c.corrects
		WHERE c.shop_id <> b.shop_id OR c.kind <> b.kind OR b.corrects IS NOT NULL OR (c.source = '') <> (b.source = '') OR (c.source = '' AND (c.day <> b.day OR c.amount <> b.amount))`},
	{"book replacement", "book_entries", `SELECT n.id, 'stands for an entry that was not taken back' AS text FROM book_entries n
		JOIN book_entries b ON b.id = n.replaces WHERE b.shop_id <> n.shop_id OR NOT EXISTS (SELECT 1 FROM book_entries c WHERE c.corrects = b.id)`},
	{"book refund", "book_entries", `SELECT MIN(b.id) AS id, 'more was given back than the order brought' AS text FROM book_entries b
		WHERE b.order_id IS NOT NULL AND b.kind IN ('sale', 'delivery', 'refund') GROUP BY b.order_id
		HAVING SUM(CASE WHEN b.kind = 'refund' THEN -b.amount ELSE b.amount END) < 0`},
}

// Prove checks the book's own rows: nothing takes back more than there is, nor of another
// shop, kind or day; refunds stay below what an order brought. What concerns the orders
// themselves is audit's. It reads only.
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
			return nil, fmt.Errorf("book: prove %s: %w", p.name, err)
		}
		for _, r := range rows {
			findings = append(findings, proof.Finding{Invariant: p.name, Row: fmt.Sprintf("%s %d", p.table, r.ID), Text: r.Text})
		}
	}
	return findings, nil
}
