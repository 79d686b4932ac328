package quote

import (
	"context"
	"fmt"
	"slices"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/order"
)

// proofs are the invariants of this package's own tables: each query returns the
// rows that break one, as id and a sentence.
var proofs = []struct{ name, table, query string }{
	{"quote offer total", "quote_offers", `SELECT o.id, 'goods differ from the lines' AS text FROM quote_offers o
		WHERE o.goods <> (SELECT COALESCE(SUM(l.unit_price * l.quantity), 0) FROM quote_offer_lines l WHERE l.offer_id = o.id)`},
	{"quote open offer", "quote_requests", `SELECT r.id, 'is ' || r.state || ', open offers: ' || (SELECT COUNT(*) FROM quote_offers o WHERE o.request_id = r.id AND o.state = 'sent') AS text
		FROM quote_requests r WHERE (r.state = 'answered') <> EXISTS (SELECT 1 FROM quote_offers o WHERE o.request_id = r.id AND o.state = 'sent')`},
	{"quote accepted offer", "quote_requests", `SELECT r.id, 'is ' || r.state || ', accepted offers: ' || (SELECT COUNT(*) FROM quote_offers o WHERE o.request_id = r.id AND o.state = 'accepted') AS text
		FROM quote_requests r WHERE (SELECT COUNT(*) FROM quote_offers o WHERE o.request_id = r.id AND o.state = 'accepted') <> CASE r.state WHEN 'accepted' THEN 1 ELSE 0 END`},
	{"quote offer shop", "quote_offers", `SELECT o.id, 'is of a shop that was not asked' AS text FROM quote_offers o JOIN quote_requests r ON r.id = o.request_id
		WHERE o.state IN ('sent', 'accepted') AND (r.shop_id IS NULL OR r.shop_id <> o.shop_id)`},
	{"quote sizes", "quote_requests", `SELECT r.id, 'quantity differs from its sizes' AS text FROM quote_requests r
		WHERE EXISTS (SELECT 1 FROM quote_sizes s WHERE s.request_id = r.id)
		AND r.quantity <> (SELECT SUM(s.quantity) FROM quote_sizes s WHERE s.request_id = r.id)`},
}

// Prove checks this package's rows: totals, at most one open and one accepted
// offer as the request's state says, and that every offer that was ever accepted
// is exactly one order over the same sum.
func Prove(ctx context.Context, db *database.DB) ([]proof.Finding, error) {
	var findings []proof.Finding
	for _, p := range proofs {
		var rows []struct {
			ID   int64
			Text string
		}
		if err := db.Read(ctx).Raw(p.query + " ORDER BY 1").Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("quote: prove %s: %w", p.name, err)
		}
		for _, r := range rows {
			findings = append(findings, proof.Finding{Invariant: p.name, Row: fmt.Sprintf("%s %d", p.table, r.ID), Text: r.Text})
		}
	}
	var offers []offerRow
	if err := db.Read(ctx).Where("state IN ?", []OfferState{OfferAccepted, OfferUnpaid}).Order("id").Find(&offers).Error; err != nil {
		return nil, fmt.Errorf("quote: prove orders: %w", err)
	}
	totals, err := order.Totals(ctx, db, PurposeKind)
	if err != nil {
		return nil, err
	}
	for _, o := range offers {
		if totals[o.ID] != o.Total {
			findings = append(findings, proof.Finding{Invariant: "I3 offer total", Row: fmt.Sprintf("quote_offers %d", o.ID),
				Text: fmt.Sprintf("total %d, orders %d", o.Total, totals[o.ID])})
		}
		delete(totals, o.ID)
	}
	var stray []int64
	for offerID := range totals {
		stray = append(stray, offerID)
	}
	slices.Sort(stray)
	for _, offerID := range stray {
		findings = append(findings, proof.Finding{Invariant: "I3 offer total", Row: fmt.Sprintf("quote_offers %d", offerID), Text: "an order of an offer that nobody accepted"})
	}
	return findings, nil
}
