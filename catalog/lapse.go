package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// The end of a certificate. That it is over is no state: its last day says so, at
// midnight in the shop's zone, and from that moment nothing that needs it is sold
// (lapsed, asked by Sellables and PromiseTx). A job then writes down what follows:
// the products it leaves without what the law asks for are suspended, once.

// warnDays are how many days before the end of its last day a warning is due,
// the soonest first.
var warnDays = []int64{7, 30, 60}

const (
	// watchEvery is how often the job notes that it looked.
	watchEvery = 5 * time.Minute
	// lapseGrace is how long after its end a certificate may stay unseen by a job
	// that works.
	lapseGrace = time.Hour
)

// lapsingColumn says of products p whether one of their certificates is over and
// the job has not seen it yet; it asks for the present once.
const lapsingColumn = `EXISTS (SELECT 1 FROM certificates e WHERE e.shop_id = p.shop_id AND (e.product_id IS NULL OR e.product_id = p.id)
	AND e.state = 'confirmed' AND e.lapsed_at IS NULL AND e.ends_at <= ?) AS lapsing`

// over reports whether the certificate counted once and does no longer.
func (c Certificate) over(now time.Time) bool {
	return c.LapsedAt != nil || c.State == CertificateConfirmed && c.EndsAt != nil && !c.EndsAt.After(now)
}

// concerns reports whether the certificate is for that product of its shop.
func (c Certificate) concerns(productID int64) bool {
	return c.ProductID == nil || *c.ProductID == productID
}

// lacks reports whether the law asks these goods for a certificate of that kind, or
// another in its place, and none holds.
func lacks(x Revision, valid Marks, kind CertificateKind) bool {
	return slices.ContainsFunc(Requirements(x), func(r Requirement) bool {
		return r.Must && slices.Contains(r.Certificates, kind) && !slices.ContainsFunc(r.Certificates, valid.Has)
	})
}

// goodsOf is a live product with what it needs to know about certificates.
type goodsOf struct {
	product
	revision Revision
	papers   []Certificate
}

// without returns the certificate that is over and leaves the product without what
// the law asks for; nil for none.
func (g goodsOf) without(now time.Time) *Certificate {
	valid := MarksFor(g.papers, now)
	for i, c := range g.papers {
		if c.over(now) && lacks(g.revision, valid, c.Kind) {
			return &g.papers[i]
		}
	}
	return nil
}

// papersOf reads live products with their revisions and certificates; where, over
// products, is a constant of ours.
func papersOf(ctx context.Context, tx *gorm.DB, where string, args ...any) ([]goodsOf, error) {
	var products []product
	if err := tx.WithContext(ctx).Raw(`SELECT `+productColumns+` FROM products WHERE live_revision_id IS NOT NULL AND `+where, args...).Scan(&products).Error; err != nil {
		return nil, fmt.Errorf("catalog: products with certificates: %w", err)
	}
	if len(products) == 0 {
		return nil, nil
	}
	var live []int64
	shops := map[int64][]Certificate{}
	for _, p := range products {
		live = append(live, *p.LiveRevisionID)
		if _, read := shops[p.ShopID]; !read {
			list, err := certificates(ctx, tx, `e.shop_id = ? AND (e.state = 'confirmed' OR e.lapsed_at IS NOT NULL)`, p.ShopID)
			if err != nil {
				return nil, err
			}
			shops[p.ShopID] = list
		}
	}
	words, err := revisions(ctx, tx, `r.id IN ?`, live)
	if err != nil {
		return nil, err
	}
	byID := map[int64]Revision{}
	for _, r := range words {
		byID[r.ID] = r
	}
	out := make([]goodsOf, len(products))
	for i, p := range products {
		out[i] = goodsOf{product: p, revision: byID[*p.LiveRevisionID]}
		for _, c := range shops[p.ShopID] {
			if c.concerns(p.ID) {
				out[i].papers = append(out[i].papers, c)
			}
		}
	}
	return out, nil
}

// lapsed are those of the products that a certificate which is over leaves without
// what the law asks for, whether or not the job has seen it.
func lapsed(ctx context.Context, tx *gorm.DB, now time.Time, productIDs []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	if len(productIDs) == 0 {
		return out, nil
	}
	all, err := papersOf(ctx, tx, `id IN ?`, productIDs)
	for _, g := range all {
		out[g.ID] = g.without(now) != nil
	}
	return out, err
}

// heldShopTx returns a shop whose certificates and lapses nobody else changes until
// the commit: a lapse and the renewal that prevents it must not pass each other.
func heldShopTx(ctx context.Context, tx *gorm.DB, shopID int64) (Shop, error) {
	return oneShop(tx.WithContext(ctx).Raw(`SELECT `+shopColumns+` FROM shops WHERE id = ?`+locking(tx), shopID))
}

// suspendLackingTx suspends, as the system, what a certificate that is over leaves
// without what the law asks for, and returns the titles. The shop is held.
func (s *Service) suspendLackingTx(ctx context.Context, tx *gorm.DB, c Certificate, now time.Time) ([]string, error) {
	all, err := papersOf(ctx, tx, `shop_id = ? AND state IN ? ORDER BY id`+locking(tx), c.ShopID,
		[]ProductState{ProductPublished, ProductPaused, ProductSuspended})
	if err != nil {
		return nil, err
	}
	var titles []string
	for _, g := range all {
		if !c.concerns(g.ID) || !lacks(g.revision, MarksFor(g.papers, now), c.Kind) {
			continue
		}
		err := tx.WithContext(ctx).Exec(`INSERT INTO product_suspensions (product_id, cause, certificate_id, begun_by, begun_at) VALUES (?, ?, ?, 0, ?)
			ON CONFLICT DO NOTHING`, g.ID, ByCertificate, c.ID, now).Error
		if err != nil {
			return nil, fmt.Errorf("catalog: suspension: %w", err)
		}
		titles = append(titles, g.revision.Title)
		if g.State == ProductSuspended { // by a curator, or for another certificate: now for this one too
			continue
		}
		if err := s.suspendTx(ctx, tx, g.product, "lapse"); err != nil {
			return nil, err
		}
		if err := s.afterProductMoveTx(ctx, tx, account.System, g.ID, "lapse", string(c.Kind)); err != nil {
			return nil, err
		}
	}
	return titles, nil
}

// liftRenewedTx ends, as the system, every suspension of the shop's products whose
// certificate is there again, and returns the titles of those that are back: no
// other suspension holds them. The shop is held.
func (s *Service) liftRenewedTx(ctx context.Context, tx *gorm.DB, shopID int64, now time.Time) ([]string, error) {
	all, err := papersOf(ctx, tx, `shop_id = ? AND state = 'suspended' AND EXISTS (SELECT 1 FROM product_suspensions x
		WHERE x.product_id = products.id AND x.cause = ? AND x.ended_at IS NULL) ORDER BY id`+locking(tx), shopID, ByCertificate)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	var ids []int64
	for _, g := range all {
		ids = append(ids, g.ID)
	}
	open, err := suspensions(ctx, tx, `x.ended_at IS NULL AND x.product_id IN ?`, ids) // read while the products are held
	if err != nil {
		return nil, err
	}
	byProduct := map[int64][]Suspension{}
	for _, x := range open {
		byProduct[x.ProductID] = append(byProduct[x.ProductID], x)
	}
	var titles []string
	for _, g := range all {
		left, valid := 0, MarksFor(g.papers, now)
		for _, x := range byProduct[g.ID] {
			i := slices.IndexFunc(g.papers, func(c Certificate) bool { return c.ID == x.CertificateID })
			if i < 0 || lacks(g.revision, valid, g.papers[i].Kind) {
				left++
				continue
			}
			if err := endSuspensionsTx(ctx, tx, account.System, now, "", `id = ?`, x.ID); err != nil {
				return nil, err
			}
		}
		if left > 0 {
			continue
		}
		if err := s.liftTx(ctx, tx, g.product, "renew"); err != nil {
			return nil, err
		}
		if err := s.afterProductMoveTx(ctx, tx, account.System, g.ID, "renew", ""); err != nil {
			return nil, err
		}
		titles = append(titles, g.revision.Title)
	}
	return titles, nil
}

// CertificateStep is what became due for a certificate and was written down.
type CertificateStep struct {
	Certificate Certificate
	Shop        Shop
	Product     string   // the title of the one it is for; "" for all the shop makes
	DaysLeft    int64    // until its end, rounded up; 0: it is over
	Suspended   []string // titles of the products it left without what the law asks for
}

// warning is the soonest warning that is due at that moment, 0 for none.
func (c Certificate) warning(now time.Time) int64 {
	for _, days := range warnDays {
		if c.EndsAt != nil && !c.EndsAt.After(now.Add(time.Duration(days)*24*time.Hour)) {
			if c.WarnedDays != 0 && c.WarnedDays <= days {
				return 0
			}
			return days
		}
	}
	return 0
}

// worthWarning is the condition of a certificate whose end concerns somebody:
// nothing newer was entered, and what it is for is still sold.
const worthWarning = `NOT EXISTS (SELECT 1 FROM certificates n WHERE n.renews_id = certificates.id AND n.state IN ('entered', 'confirmed'))
	AND NOT EXISTS (SELECT 1 FROM shops h WHERE h.id = certificates.shop_id AND h.state = 'closed')
	AND NOT EXISTS (SELECT 1 FROM products p WHERE p.id = certificates.product_id AND p.state = 'archived')`

// DueCertificates are those for which StepCertificateTx has something to do,
// longest due first, at most 500, and notes that somebody looked. It checks no
// permission: jobs call it.
func (s *Service) DueCertificates(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		ids = nil
		within := func(days int64) time.Time { return now.Add(time.Duration(days) * 24 * time.Hour) }
		err = tx.Raw(`SELECT id FROM certificates WHERE state = 'confirmed' AND lapsed_at IS NULL AND (ends_at <= ?
				OR `+worthWarning+` AND (ends_at <= ? AND (warned_days = 0 OR warned_days > 7) OR ends_at <= ? AND (warned_days = 0 OR warned_days > 30)
				OR ends_at <= ? AND warned_days = 0))
			ORDER BY ends_at, id LIMIT 500`, now, within(7), within(30), within(60)).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("catalog: due certificates: %w", err)
		}
		err = tx.Exec(`INSERT INTO certificate_watch (id, ran_at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET ran_at = excluded.ran_at
			WHERE certificate_watch.ran_at < ?`, now, now.Add(-watchEvery)).Error
		if err != nil {
			return fmt.Errorf("catalog: certificate watch: %w", err)
		}
		return nil
	})
	return ids, err
}

// StepCertificateTx does what is due for a certificate: its next warning, once, or
// when it is over the suspension of what needs it. However many instances ask at
// once, one of them gets the step, to tell people in the same transaction; nil is
// for the others, or when nothing is due. It checks no permission.
func (s *Service) StepCertificateTx(ctx context.Context, tx *gorm.DB, certificateID int64) (*CertificateStep, error) {
	found, err := certificates(ctx, tx, `e.id = ?`, certificateID)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	out := CertificateStep{}
	if out.Shop, err = heldShopTx(ctx, tx, found[0].ShopID); err != nil {
		return nil, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return nil, err
	}
	c := found[0]
	var res *gorm.DB
	switch days := c.warning(now); {
	case c.EndsAt != nil && !c.EndsAt.After(now):
		res = tx.WithContext(ctx).Exec(`UPDATE certificates SET lapsed_at = ? WHERE id = ? AND state = 'confirmed' AND lapsed_at IS NULL`, now, c.ID)
	case days > 0:
		out.DaysLeft = int64((c.EndsAt.Sub(now) + 24*time.Hour - 1) / (24 * time.Hour))
		res = tx.WithContext(ctx).Exec(`UPDATE certificates SET warned_days = ? WHERE id = ? AND state = 'confirmed' AND lapsed_at IS NULL
			AND (warned_days = 0 OR warned_days > ?) AND `+worthWarning, days, c.ID, days)
	default:
		return nil, nil
	}
	if res.Error != nil {
		return nil, fmt.Errorf("catalog: step of certificate: %w", res.Error)
	}
	if res.RowsAffected == 0 {
		return nil, nil
	}
	out.Certificate = c
	if c.ProductID != nil {
		if out.Product, err = titleOf(ctx, tx, *c.ProductID); err != nil {
			return nil, err
		}
	}
	if out.DaysLeft > 0 {
		return &out, record(ctx, tx, account.System, c.ShopID, "warn", "certificate", c.ID, fmt.Sprint(out.DaysLeft))
	}
	if out.Suspended, err = s.suspendLackingTx(ctx, tx, c, now); err != nil {
		return nil, err
	}
	if err := s.invalidateShopTx(ctx, tx, out.Shop); err != nil { // its mark is gone
		return nil, err
	}
	return &out, record(ctx, tx, account.System, c.ShopID, "lapse", "certificate", c.ID, "")
}

// titleOf names a product: what is live, else what its maker typed last.
func titleOf(ctx context.Context, tx *gorm.DB, productID int64) (string, error) {
	var title string
	err := tx.WithContext(ctx).Raw(`SELECT r.title FROM products p JOIN revisions r ON r.id =
		COALESCE(p.live_revision_id, (SELECT MAX(n.id) FROM revisions n WHERE n.product_id = p.id)) WHERE p.id = ?`, productID).Scan(&title).Error
	if err != nil {
		return "", fmt.Errorf("catalog: title of product: %w", err)
	}
	return title, nil
}

// Renewal is a certificate as the screen of its renewal needs it.
type Renewal struct {
	Certificate
	Product string   // the title of the one it is for; "" for all the shop makes
	Waiting bool     // a renewal was entered and nobody decided yet
	Needs   []string // titles of the suspended products that wait for it
}

// RenewalKind is what is entered to follow a certificate: after an exception, the
// certificate itself.
func (c Certificate) RenewalKind() CertificateKind {
	if c.Kind == HalalPending {
		return Halal
	}
	return c.Kind
}

// Renewable returns a certificate to who may enter its renewal: the shop's members,
// their companion, and the officers of its territory. Errors: not found.
func (s *Service) Renewable(ctx context.Context, actor account.Actor, certificateID int64) (Renewal, error) {
	db := s.db.Read(ctx)
	found, err := certificates(ctx, db, `e.id = ? AND e.state <> 'withdrawn'`, certificateID)
	if err != nil {
		return Renewal{}, err
	}
	if len(found) == 0 {
		return Renewal{}, fault.NotFound("certificate")
	}
	out := Renewal{Certificate: found[0]}
	shop, err := shopByID(ctx, db, out.ShopID)
	if err != nil {
		return Renewal{}, err
	}
	if !actor.Manages(out.ShopID) && !governs(actor, shop.RegencyCode) {
		return Renewal{}, fault.NotFound("another's certificate")
	}
	if out.Certificate.ProductID != nil {
		if out.Product, err = titleOf(ctx, db, *out.Certificate.ProductID); err != nil {
			return Renewal{}, err
		}
	}
	newer, err := certificates(ctx, db, `e.renews_id = ? AND e.state = 'entered'`, certificateID)
	if err != nil {
		return Renewal{}, err
	}
	out.Waiting = len(newer) > 0
	err = db.Raw(`SELECT r.title FROM product_suspensions x JOIN products p ON p.id = x.product_id JOIN revisions r ON r.id = p.live_revision_id
		WHERE x.certificate_id = ? AND x.ended_at IS NULL ORDER BY p.id`, certificateID).Scan(&out.Needs).Error
	if err != nil {
		return Renewal{}, fmt.Errorf("catalog: products that wait for a renewal: %w", err)
	}
	return out, nil
}

// WaitingCertificate is one that was entered and that somebody has to look at.
type WaitingCertificate struct {
	Certificate
	ShopName    string
	RegencyCode string
	Product     string // the title of the one it is for; "" for all the shop makes
	OldNumber   string // of the one it renews; "" for a first one
	Holds       int64  // suspended products of the shop that wait for a certificate
}

// WaitingCertificates lists what was entered and not decided, longest first,
// without the shops the actor has an interest in. Curators and admins see all, officers and heads their territory. Errors: not
// found for everybody else.
func (s *Service) WaitingCertificates(ctx context.Context, actor account.Actor) ([]WaitingCertificate, error) {
	if !actor.HasAny(account.RoleCurator, account.RoleOfficer, account.RoleHead, account.RoleAdmin) {
		return nil, fault.NotFound("certificates that wait")
	}
	db := s.db.Read(ctx)
	list, err := certificates(ctx, db, `e.state = 'entered'`)
	if err != nil {
		return nil, err
	}
	var about []WaitingCertificate
	err = db.Raw(`SELECT e.id, h.name AS shop_name, h.regency_code, COALESCE(r.title, '') AS product, COALESCE(o.number, '') AS old_number,
			(SELECT COUNT(*) FROM product_suspensions x JOIN products q ON q.id = x.product_id
				WHERE q.shop_id = e.shop_id AND x.cause = 'certificate' AND x.ended_at IS NULL) AS holds
		FROM certificates e JOIN shops h ON h.id = e.shop_id LEFT JOIN certificates o ON o.id = e.renews_id LEFT JOIN products p ON p.id = e.product_id
		LEFT JOIN revisions r ON r.id = COALESCE(p.live_revision_id, (SELECT MAX(n.id) FROM revisions n WHERE n.product_id = p.id))
		WHERE e.state = 'entered'`).Scan(&about).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: certificates that wait: %w", err)
	}
	byID := map[int64]WaitingCertificate{}
	for _, a := range about {
		byID[a.ID] = a
	}
	var out []WaitingCertificate
	for _, c := range list {
		w, both := byID[c.ID] // decided between the two questions
		if both && !actor.Conflicted(c.ShopID) && (actor.HasAny(account.RoleCurator, account.RoleAdmin) || actor.Covers(w.RegencyCode)) {
			w.Certificate = c
			out = append(out, w)
		}
	}
	return out, nil
}
