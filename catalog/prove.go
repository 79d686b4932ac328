package catalog

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/media"
)

// Prove checks every invariant of this package's tables and returns what does
// not hold. No finding means: nothing is oversold (I1), every capacity is
// explained by its movements (I2), what is live was approved, sealed pictures of
// live products are as visible as their product, and search finds what is there.
func (s *Service) Prove(ctx context.Context) ([]proof.Finding, error) {
	db := s.db.Read(ctx)
	var out []proof.Finding
	for _, check := range proofs {
		found, err := check.run(db)
		if err != nil {
			return nil, fmt.Errorf("catalog: prove %s: %w", check.invariant, err)
		}
		out = append(out, found...)
	}
	stale, err := s.staleTokens(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range stale {
		out = append(out, proof.Finding{Invariant: "C3 search tokens", Row: fmt.Sprintf("products %d", id),
			Text: "the search tokens do not follow from the live words (Reindex mends it)"})
	}
	visible, err := s.proveVisibility(ctx, db)
	return append(out, visible...), err
}

// check finds rows that break one invariant: want and got are its two sides.
type check struct {
	invariant string
	table     string
	query     string // selects id, want, got of each broken row
	text      string
}

var proofs = []check{
	{"I1 allotment bounds", "allotments",
		`SELECT id, capacity AS want, taken AS got FROM allotments WHERE taken < 0 OR taken > capacity`,
		"capacity %d, allotments.taken %d is outside it"},
	{"I1 allotment sum", "allotments",
		`SELECT a.id, CAST(COALESCE(SUM(q.amount), 0) AS BIGINT) AS want, a.taken AS got
			FROM allotments a LEFT JOIN promises q ON q.allotment_id = a.id AND q.state <> 'released'
			GROUP BY a.id, a.taken HAVING COALESCE(SUM(q.amount), 0) <> a.taken`,
		"promises that are not released sum to %d, allotments.taken is %d"},
	{"I2 stock movements", "allotments",
		`SELECT a.id, CAST(COALESCE(SUM(m.amount), 0) AS BIGINT) AS want, a.capacity AS got
			FROM allotments a LEFT JOIN stock_movements m ON m.allotment_id = a.id
			GROUP BY a.id, a.capacity HAVING COALESCE(SUM(m.amount), 0) <> a.capacity`,
		"movements sum to %d, allotments.capacity is %d"},
	{"I1 promise weight", "promises",
		`SELECT id, weight AS want, amount AS got FROM promises WHERE amount % weight <> 0`,
		"one piece takes %d, the promise of %d is no whole number of pieces"},
	{"C1 live revision", "products",
		`SELECT p.id, COALESCE(p.live_revision_id, 0) AS want, COALESCE(s.id, 0) AS got FROM products p
			LEFT JOIN revisions r ON r.id = p.live_revision_id LEFT JOIN submissions s ON s.id = r.submission_id
			WHERE (p.live_revision_id IS NOT NULL AND
				(r.sealed_at IS NULL OR r.product_id <> p.id OR s.state <> 'live' OR s.revision_id <> r.id))
			OR (p.live_revision_id IS NULL AND p.state IN ('published', 'paused', 'suspended'))`,
		"live revision %d (submission %d) was not approved, or is missing"},
	{"C2 sealed revision", "revisions",
		`SELECT r.id, r.submission_id AS want, r.number AS got FROM revisions r JOIN submissions s ON s.id = r.submission_id
			WHERE (r.id = s.revision_id AND s.state IN ('submitted', 'in_review', 'approved', 'refused', 'scheduled', 'live') AND r.sealed_at IS NULL)
			OR (r.id <> s.revision_id AND r.sealed_at IS NULL)`,
		"submission %d has an open revision (number %d) where it must be sealed"},
	{"C2 newest revision", "submissions",
		`SELECT s.id, MAX(r.number) AS want, MAX(CASE WHEN r.id = s.revision_id THEN r.number ELSE 0 END) AS got
			FROM submissions s JOIN revisions r ON r.submission_id = s.id
			GROUP BY s.id HAVING MAX(r.number) <> MAX(CASE WHEN r.id = s.revision_id THEN r.number ELSE 0 END)`,
		"the newest revision is number %d, the submission points at %d"},
	{"C4 live product without a pool", "products",
		`SELECT p.id, 1 AS want, 0 AS got FROM products p WHERE p.live_revision_id IS NOT NULL
			AND (SELECT COUNT(*) FROM product_pools pp WHERE pp.product_id = p.id AND pp.main) <> 1`,
		"a live product has %d main pool, this one does not (%d)"},
	{"C5 pool of another shop", "product_pools",
		`SELECT p.id, p.shop_id AS want, o.shop_id AS got FROM product_pools pp
			JOIN products p ON p.id = pp.product_id JOIN pools o ON o.id = pp.pool_id WHERE o.shop_id <> p.shop_id`,
		"the product is of shop %d, its pool of shop %d"},
}

func (c check) run(db *gorm.DB) ([]proof.Finding, error) {
	var rows []struct{ ID, Want, Got int64 }
	if err := db.Raw(c.query).Scan(&rows).Error; err != nil {
		return nil, err
	}
	var out []proof.Finding
	for _, r := range rows {
		out = append(out, proof.Finding{
			Invariant: c.invariant, Row: fmt.Sprintf("%s %d", c.table, r.ID), Text: fmt.Sprintf(c.text, r.Want, r.Got),
		})
	}
	return out, nil
}

// proveVisibility checks that a product's picture is public exactly when it is
// in the live revision of a product with a public page.
func (s *Service) proveVisibility(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	var rows []struct {
		PictureID int64
		Shows     int64
	}
	err := db.Raw(`SELECT rp.picture_id, MAX(CASE WHEN p.live_revision_id = rp.revision_id AND p.state IN ('published', 'paused')
			AND h.state = 'open' THEN 1 ELSE 0 END) AS shows
		FROM revision_pictures rp JOIN revisions r ON r.id = rp.revision_id
		JOIN products p ON p.id = r.product_id JOIN shops h ON h.id = p.shop_id
		GROUP BY rp.picture_id ORDER BY rp.picture_id`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: prove visibility: %w", err)
	}
	var out []proof.Finding
	for len(rows) > 0 {
		n := min(len(rows), 500)
		ids := make([]int64, n)
		for i, r := range rows[:n] {
			ids[i] = r.PictureID
		}
		pictures, err := s.pictures.Pictures(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, r := range rows[:n] {
			p, exists := pictures[r.PictureID]
			if exists && (p.Visibility == media.Public) == (r.Shows == 1) {
				continue
			}
			text := "the picture is public and its product's live page is not"
			if !exists {
				text = "the picture does not exist"
			} else if r.Shows == 1 {
				text = "the picture is on a public page and is " + string(p.Visibility)
			}
			out = append(out, proof.Finding{Invariant: "C6 picture visibility", Row: fmt.Sprintf("pictures %d", r.PictureID), Text: text})
		}
		rows = rows[n:]
	}
	return out, nil
}
