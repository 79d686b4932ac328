package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

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
	wrong, err := s.proveWindow(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range wrong {
		out = append(out, proof.Finding{Invariant: "C3 shop window", Row: fmt.Sprintf("products %d", id),
			Text: "what this process finds is not what is there: a change was written without its invalidation"})
	}
	overdue, err := s.proveSchedule(ctx, db)
	if err != nil {
		return nil, err
	}
	out = append(out, overdue...)
	visible, err := s.proveVisibility(ctx, db)
	if err != nil {
		return nil, err
	}
	over, err := proveLapses(ctx, db)
	if err != nil {
		return nil, err
	}
	closed, err := proveClosed(db)
	return slices.Concat(out, visible, over, closed), err
}

// proveClosed checks that a product is closed until a day exactly when the newest
// note of who closed or opened it says so, with the day before as the last closed one;
// and that only what was live was closed.
func proveClosed(db *gorm.DB) ([]proof.Finding, error) {
	var rows []struct {
		ID      int64
		OpensOn string
		Live    bool
		Kind    DirectKind
		Words   string
	}
	err := db.Raw(`SELECT p.id, p.opens_on, p.live_revision_id IS NOT NULL AS live, COALESCE(d.kind, '') AS kind, COALESCE(d.words, '') AS words
		FROM products p LEFT JOIN direct_changes d ON d.id = (SELECT MAX(l.id) FROM direct_changes l WHERE l.product_id = p.id AND l.kind IN ?)
		WHERE p.opens_on <> '' OR d.kind = ? ORDER BY p.id`, []DirectKind{DirectRest, DirectWork}, DirectRest).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: prove closed products: %w", err)
	}
	var out []proof.Finding
	for _, r := range rows {
		noted := ""
		if days := strings.Fields(r.Words); r.Kind == DirectRest && len(days) == 3 {
			if last, err := time.Parse(time.DateOnly, days[1]); err == nil {
				noted = last.AddDate(0, 0, 1).Format(time.DateOnly)
			}
		}
		text := ""
		switch {
		case !r.Live:
			text = "it is closed until a day and was never live"
		case noted != r.OpensOn:
			text = fmt.Sprintf("it opens on %q, its last note says %q", r.OpensOn, noted)
		default:
			continue
		}
		out = append(out, proof.Finding{Invariant: "C13 closed until a day", Row: fmt.Sprintf("products %d", r.ID), Text: text})
	}
	return out, nil
}

// proveLapses checks that no end of a certificate stays unseen while the job works,
// and that nothing is on sale without one that the law asks for and that ended
// after the hard rules let it pass.
func proveLapses(ctx context.Context, db *gorm.DB) ([]proof.Finding, error) {
	var ran []time.Time
	if err := db.Raw(`SELECT ran_at FROM certificate_watch`).Scan(&ran).Error; err != nil {
		return nil, fmt.Errorf("catalog: prove lapses: %w", err)
	}
	if len(ran) == 0 {
		return nil, nil // the job has not begun
	}
	seen := ran[0].Add(-lapseGrace)
	var late []int64
	if err := db.Raw(`SELECT id FROM certificates WHERE state = 'confirmed' AND lapsed_at IS NULL AND ends_at <= ? ORDER BY id`, seen).Scan(&late).Error; err != nil {
		return nil, fmt.Errorf("catalog: prove lapses: %w", err)
	}
	var out []proof.Finding
	for _, id := range late {
		out = append(out, proof.Finding{Invariant: "C11 lapse nobody saw", Row: fmt.Sprintf("certificates %d", id),
			Text: "it is over for more than an hour, the job looked meanwhile, and nothing followed"})
	}
	onSale, err := papersOf(ctx, db, `state IN ('published', 'paused') AND EXISTS (SELECT 1 FROM certificates e WHERE e.shop_id = products.shop_id
		AND (e.product_id IS NULL OR e.product_id = products.id) AND (e.lapsed_at IS NOT NULL OR e.state = 'confirmed' AND e.ends_at <= ?))`, seen)
	if err != nil {
		return nil, err
	}
	measured, err := measuredAt(db, onSale)
	if err != nil {
		return nil, err
	}
	for _, g := range onSale {
		if at, known := measured[*g.LiveRevisionID]; known { // what was over then, its rule let pass
			g.papers = slices.DeleteFunc(slices.Clone(g.papers), func(c Certificate) bool {
				return c.LapsedAt != nil && !c.LapsedAt.After(at) || c.EndsAt != nil && !c.EndsAt.After(at)
			})
		}
		if c := g.without(ran[0]); c != nil && (c.LapsedAt != nil || c.over(seen)) {
			out = append(out, proof.Finding{Invariant: "C11 on sale without its certificate", Row: fmt.Sprintf("products %d", g.ID),
				Text: fmt.Sprintf("the law asks for %s, and certificate %d is over", c.Kind, c.ID)})
		}
	}
	return out, nil
}

// measuredAt is when the hard rules last measured what is live, by revision.
func measuredAt(db *gorm.DB, goods []goodsOf) (map[int64]time.Time, error) {
	var ids []int64
	for _, g := range goods {
		ids = append(ids, *g.LiveRevisionID)
	}
	var rows []struct {
		RevisionID int64
		CheckedAt  time.Time
	}
	if err := db.Raw(`SELECT revision_id, checked_at FROM rule_checks WHERE revision_id IN ?`, ids).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("catalog: prove lapses: %w", err)
	}
	out := map[int64]time.Time{}
	for _, r := range rows {
		out[r.RevisionID] = r.CheckedAt
	}
	return out, nil
}

// check finds rows that break one invariant: want and got are its two sides.
type check struct {
	invariant string
	table     string
	query     string // selects id, want, got of each broken row
	text      string
}

var proofs = []check{
	{"C11 waiting category", "submissions",
		`SELECT s.id, r.category_id AS want, s.category_id AS got FROM submissions s JOIN revisions r ON r.id = s.revision_id
			WHERE s.state IN ('submitted', 'in_review') AND s.category_id <> r.category_id`,
		"what waits is of category %d, the queue counts it as %d"},
	{"C8 old address", "products",
		`SELECT p.id, a.product_id AS want, p.id AS got FROM products p JOIN product_addresses a ON a.slug = p.slug`,
		"its address leads to product %d, which had it before product %d"},
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
	{"I1 hold of the waiting list", "waiting_entries",
		// the pieces of an entry in each pool it was promised from: those held for it, or none
		`SELECT e.id, CASE WHEN e.state = 'offered' THEN e.quantity ELSE 0 END AS want, COALESCE(MIN(q.amount / q.weight), 0) AS got
			FROM waiting_entries e LEFT JOIN promises q ON q.entry_id = e.id AND q.state <> 'released' GROUP BY e.id, e.state, e.quantity
			HAVING COALESCE(MIN(q.amount / q.weight), 0) <> CASE WHEN e.state = 'offered' THEN e.quantity ELSE 0 END
				OR COALESCE(MAX(q.amount / q.weight), 0) <> CASE WHEN e.state = 'offered' THEN e.quantity ELSE 0 END`,
		"%d pieces should be held for the entry, %d are"},
	{"C7 slot of another pool", "allotments",
		`SELECT a.id, w.pool_id AS want, a.pool_id AS got FROM allotments a JOIN preorder_windows w ON w.id = a.window_id WHERE w.pool_id <> a.pool_id`,
		"its window is of pool %d, the slot of pool %d"},
	{"C7 overlapping windows", "preorder_windows",
		`SELECT w.id, w.pool_id AS want, o.id AS got FROM preorder_windows w JOIN preorder_windows o ON o.pool_id = w.pool_id AND o.id > w.id
			AND o.opens_at < w.closes_at AND w.opens_at < o.closes_at`,
		"pool %d has it open together with window %d"},
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
		`SELECT p.id, 1 AS want, 0 AS got FROM products p WHERE p.live_revision_id IS NOT NULL AND CASE
			WHEN p.mode = 'stock' AND EXISTS (SELECT 1 FROM revision_variants rv WHERE rv.revision_id = p.live_revision_id)
			THEN EXISTS (SELECT 1 FROM revision_variants rv WHERE rv.revision_id = p.live_revision_id AND NOT EXISTS (
				SELECT 1 FROM product_pools pp WHERE pp.product_id = p.id AND pp.variant_id = rv.variant_id AND pp.main))
			ELSE NOT EXISTS (SELECT 1 FROM product_pools pp WHERE pp.product_id = p.id AND pp.variant_id = 0 AND pp.main) END`,
		"a live product, or each of its variants, has %d main pool, this one does not (%d)"},
	{"C7 certificate of another shop", "certificates",
		`SELECT e.id, e.shop_id AS want, p.shop_id AS got FROM certificates e JOIN products p ON p.id = e.product_id WHERE p.shop_id <> e.shop_id`,
		"the certificate is of shop %d, its product of shop %d"},
	{"C7 certificate decided", "certificates",
		`SELECT id, entered_by AS want, decided_by AS got FROM certificates
			WHERE state IN ('confirmed', 'refused') AND kind <> 'halal_pending' AND (decided_at IS NULL OR entered_by = decided_by)`,
		"entered by %d and decided by %d: nobody decides about what they entered"},
	{"C12 suspension", "products",
		`SELECT p.id, (SELECT COUNT(*) FROM product_suspensions x WHERE x.product_id = p.id AND x.ended_at IS NULL) AS want, 0 AS got FROM products p
			WHERE (p.state = 'suspended') <> EXISTS (SELECT 1 FROM product_suspensions x WHERE x.product_id = p.id AND x.ended_at IS NULL)`,
		"%d suspensions of it have no end, which does not fit its state (%d)"},
	{"C12 cause of another shop", "product_suspensions",
		`SELECT x.id, e.shop_id AS want, p.shop_id AS got FROM product_suspensions x JOIN certificates e ON e.id = x.certificate_id
			JOIN products p ON p.id = x.product_id WHERE e.shop_id <> p.shop_id OR e.lapsed_at IS NULL`,
		"the certificate is of shop %d, or is not over; the product is of shop %d"},
	{"C11 measured with a rule that no longer held", "rule_checks",
		`SELECT c.revision_id AS id, MAX(w.id) AS want, c.upto AS got FROM rule_checks c JOIN rule_switches w ON w.holds_from <= c.checked_at AND w.id > c.upto
			GROUP BY c.revision_id, c.upto`,
		"switch %d held when it was approved, switch %d was the newest that was known"},
	{"C11 approved against a rule", "rule_check_lines",
		`SELECT k.revision_id AS id, w.id AS want, 0 AS got FROM rule_check_lines k JOIN rule_checks c ON c.revision_id = k.revision_id
			JOIN rule_switches w ON w.id = (SELECT MAX(l.id) FROM rule_switches l WHERE l.rule = k.rule AND l.holds_from <= c.checked_at)
			WHERE w.mode <> k.mode`,
		"switch %d says otherwise than the rule it was measured with (%d)"},
	{"C11 certificate that met a rule", "rule_check_lines",
		`SELECT k.revision_id AS id, k.certificate_id AS want, COALESCE(e.shop_id, 0) AS got FROM rule_check_lines k
			JOIN rule_checks c ON c.revision_id = k.revision_id JOIN revisions r ON r.id = k.revision_id JOIN products p ON p.id = r.product_id
			LEFT JOIN certificates e ON e.id = k.certificate_id
			WHERE k.certificate_id <> 0 AND (e.id IS NULL OR e.shop_id <> p.shop_id OR e.product_id <> p.id OR e.entered_at > c.checked_at
				OR e.starts_at > c.checked_at OR e.ends_at <= c.checked_at)`,
		"certificate %d (of shop %d) did not hold for it when it was approved"},
	{"C11 live without the hard rules", "products",
		`SELECT p.id, r.id AS want, 0 AS got FROM products p JOIN revisions r ON r.id = p.live_revision_id JOIN submissions s ON s.id = r.submission_id
			WHERE s.decided_at > (SELECT MIN(checked_at) FROM rule_checks) AND NOT EXISTS (SELECT 1 FROM rule_checks c WHERE c.revision_id = r.id)`,
		"live revision %d was approved without being measured (%d)"},
	{"C13 change of another shop", "direct_changes",
		`SELECT d.id, d.shop_id AS want, COALESCE(p.shop_id, 0) AS got FROM direct_changes d LEFT JOIN products p ON p.id = d.product_id
			WHERE d.product_id <> 0 AND (p.id IS NULL OR p.shop_id <> d.shop_id)
				OR d.product_id = 0 AND (d.kind NOT IN ('rest', 'work') OR d.variant_id <> 0)`,
		"the change is of shop %d, its product of shop %d"},
	{"C13 change of another product's variant", "direct_changes",
		`SELECT d.id, d.product_id AS want, COALESCE(v.product_id, 0) AS got FROM direct_changes d LEFT JOIN variants v ON v.id = d.variant_id
			WHERE d.variant_id <> 0 AND (v.id IS NULL OR v.product_id <> d.product_id)`,
		"the change is of product %d, its variant of product %d"},
	{"C5 pool of another shop", "product_pools",
		`SELECT p.id, p.shop_id AS want, o.shop_id AS got FROM product_pools pp
			JOIN products p ON p.id = pp.product_id JOIN pools o ON o.id = pp.pool_id WHERE o.shop_id <> p.shop_id`,
		"the product is of shop %d, its pool of shop %d"},
	{"C7 collection order", "collections",
		`SELECT collection_id AS id, COUNT(*) AS want, COUNT(DISTINCT position) AS got FROM collection_products
			GROUP BY collection_id HAVING COUNT(DISTINCT position) <> COUNT(*) OR COUNT(*) > 60`,
		"%d products stand at %d places"},
	{"C7 collection of what was never live", "collection_products",
		`SELECT p.id, x.collection_id AS want, 0 AS got FROM collection_products x JOIN products p ON p.id = x.product_id
			WHERE p.live_revision_id IS NULL`,
		"in collection %d without a live revision (%d)"},
	{"C8 cheapest variant", "products",
		`SELECT p.id, MIN(v.price) AS want, p.price AS got FROM products p JOIN revision_variants rv ON rv.revision_id = p.live_revision_id
			JOIN variants v ON v.id = rv.variant_id GROUP BY p.id, p.price HAVING MIN(v.price) <> p.price`,
		"the cheapest live variant costs %d, products.price is %d"},
	{"C9 falling tiers", "products",
		`SELECT t.product_id AS id, MIN(COALESCE(b.price, p.price)) AS want, t.price AS got FROM price_tiers t JOIN products p ON p.id = t.product_id
			LEFT JOIN price_tiers b ON b.product_id = t.product_id AND b.min_quantity < t.min_quantity
			GROUP BY t.product_id, t.min_quantity, t.price, p.price HAVING MIN(COALESCE(b.price, p.price)) <= t.price`,
		"the price for fewer pieces is %d, a price tier is %d"},
	{"C9 reviewed tiers", "products",
		`SELECT p.id, (SELECT COUNT(*) FROM revision_tiers rt WHERE rt.revision_id = p.live_revision_id) AS want,
				(SELECT COUNT(*) FROM price_tiers t WHERE t.product_id = p.id) AS got FROM products p
			WHERE EXISTS (SELECT 1 FROM price_tiers t WHERE t.product_id = p.id AND NOT EXISTS (
				SELECT 1 FROM revision_tiers rt WHERE rt.revision_id = p.live_revision_id AND rt.min_quantity = t.min_quantity))
			OR EXISTS (SELECT 1 FROM revision_tiers rt WHERE rt.revision_id = p.live_revision_id AND NOT EXISTS (
				SELECT 1 FROM price_tiers t WHERE t.product_id = p.id AND t.min_quantity = rt.min_quantity))`,
		"the live revision has %d price tiers, the product has %d, and they begin elsewhere"},
	{"C10 variant of another product", "variants",
		`SELECT v.id, v.product_id AS want, r.product_id AS got FROM revision_variants rv JOIN variants v ON v.id = rv.variant_id
			JOIN revisions r ON r.id = rv.revision_id WHERE r.product_id <> v.product_id
		UNION SELECT pp.variant_id, COALESCE(v.product_id, 0), pp.product_id FROM product_pools pp LEFT JOIN variants v ON v.id = pp.variant_id
			WHERE pp.variant_id <> 0 AND (v.id IS NULL OR v.product_id <> pp.product_id)`,
		"the variant is of product %d and stands with product %d"},
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
