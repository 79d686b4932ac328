package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// A product is suspended exactly while one of its suspensions has no end: a
// curator's, or one for each certificate that ended and that the law asks for. So
// a renewal lifts what only the lapse had suspended, and never a curator's.

// Cause is why a product is suspended.
type Cause string

// The causes.
const (
	ByComplaint   Cause = "curator"     // a curator's decision, for instance after a complaint
	ByCertificate Cause = "certificate" // the system's: a certificate ended
)

// Suspension is one time a product was taken from the public.
type Suspension struct {
	ID            int64
	ProductID     int64
	Cause         Cause
	CertificateID int64  // the one that ended; 0 for a curator's
	Complaint     string // the number of the complaint that led to it; may be empty
	Reason        string
	BegunBy       int64 // 0: the system
	BegunAt       time.Time
	EndedBy       int64 // 0: the system, or it has not ended
	EndedAt       *time.Time
	EndReason     string
}

const suspensionColumns = `x.id, x.product_id, x.cause, COALESCE(x.certificate_id, 0) AS certificate_id, x.complaint, x.reason,
	x.begun_by, x.begun_at, x.ended_by, x.ended_at, x.end_reason`

// NewSuspension is what a curator says when suspending.
type NewSuspension struct {
	Reason    string
	Complaint string // its number; may be empty
}

// SuspendProductTx takes a live product, its page and its pictures from the
// public. Curators without an interest in the shop may. One that a lapsed
// certificate had suspended is then held by the curator too. Errors: conflict for
// one that a curator holds already, or that is not live.
func (s *Service) SuspendProductTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64, in NewSuspension) error {
	p, err := heldProductTx(ctx, tx, productID)
	if err != nil {
		return err
	}
	if err := decides(actor, p.ShopID); err != nil {
		return err
	}
	move := "suspend"
	if p.State == ProductSuspended {
		move = "hold"
		if own, err := suspensions(ctx, tx, `x.product_id = ? AND x.ended_at IS NULL AND x.cause = ?`, productID, ByComplaint); err != nil || len(own) > 0 {
			if err == nil {
				err = fault.Conflict("catalog.product.moved")
			}
			return err
		}
	}
	if err := s.suspendTx(ctx, tx, p, move); err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = tx.WithContext(ctx).Exec(`INSERT INTO product_suspensions (product_id, cause, complaint, reason, begun_by, begun_at) VALUES (?, ?, ?, ?, ?, ?)`,
		productID, ByComplaint, in.Complaint, in.Reason, actor.UserID, now).Error
	if err != nil {
		return fmt.Errorf("catalog: suspension: %w", err)
	}
	return s.afterProductMoveTx(ctx, tx, actor, productID, "suspend", in.Reason)
}

// LiftProductTx ends a curator's suspension: the product is published or paused as
// before. Curators without an interest in the shop may. Errors: conflict when it
// is not suspended, or a certificate that the law asks for is over.
func (s *Service) LiftProductTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64, reason string) error {
	p, err := heldProductTx(ctx, tx, productID)
	if err != nil {
		return err
	}
	if err := decides(actor, p.ShopID); err != nil {
		return err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	over, err := lapsed(ctx, tx, now, []int64{productID})
	switch {
	case err != nil:
		return err
	case p.State != ProductSuspended:
		return fault.Conflict("catalog.product.moved")
	case over[productID]:
		return fault.Conflict("catalog.product.certificate_over")
	}
	if err := endSuspensionsTx(ctx, tx, actor, now, reason, `product_id = ?`, productID); err != nil {
		return err
	}
	if err := s.liftTx(ctx, tx, p, "lift"); err != nil {
		return err
	}
	return s.afterProductMoveTx(ctx, tx, actor, productID, "lift", reason)
}

// suspendTx makes the named move to suspended and remembers where a lift leads.
func (s *Service) suspendTx(ctx context.Context, tx *gorm.DB, p product, name string) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	move := ProductMoves.Move(name)
	res := tx.WithContext(ctx).Exec(`UPDATE products SET resume_state = CASE WHEN state = ? THEN resume_state ELSE state END, state = ?, updated_at = ?
		WHERE id = ? AND state IN ?`, move.To, move.To, now, p.ID, move.From)
	if res.Error != nil {
		return fmt.Errorf("catalog: %s product: %w", name, res.Error)
	}
	if res.RowsAffected == 0 {
		return fault.Conflict("catalog.product.moved")
	}
	return nil
}

// liftTx moves a suspended product back to where it was; name is "lift" or "renew",
// with _published or _paused in the table.
func (s *Service) liftTx(ctx context.Context, tx *gorm.DB, p product, name string) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	res := tx.WithContext(ctx).Exec(`UPDATE products SET state = resume_state, resume_state = '', updated_at = ? WHERE id = ? AND state IN ?`,
		now, p.ID, ProductMoves.Move(name+"_published").From)
	if res.Error != nil {
		return fmt.Errorf("catalog: %s product: %w", name, res.Error)
	}
	if res.RowsAffected == 0 {
		return fault.Conflict("catalog.product.moved")
	}
	return nil
}

// heldProductTx returns a product whose row nobody else changes until the commit.
func heldProductTx(ctx context.Context, tx *gorm.DB, productID int64) (product, error) {
	var rows []product
	if err := tx.WithContext(ctx).Raw(`SELECT `+productColumns+` FROM products WHERE id = ?`+locking(tx), productID).Scan(&rows).Error; err != nil {
		return product{}, fmt.Errorf("catalog: product: %w", err)
	}
	if len(rows) == 0 {
		return product{}, fault.NotFound("product")
	}
	return rows[0], nil
}

// endSuspensionsTx ends the open suspensions of the condition, a constant of ours.
func endSuspensionsTx(ctx context.Context, tx *gorm.DB, actor account.Actor, now time.Time, reason, where string, args ...any) error {
	err := tx.WithContext(ctx).Exec(`UPDATE product_suspensions SET ended_by = ?, ended_at = ?, end_reason = ? WHERE ended_at IS NULL AND `+where,
		append([]any{actor.UserID, now, reason}, args...)...).Error
	if err != nil {
		return fmt.Errorf("catalog: end suspension: %w", err)
	}
	return nil
}

// suspensions reads suspensions x, oldest first; where is a constant of ours.
func suspensions(ctx context.Context, tx *gorm.DB, where string, args ...any) ([]Suspension, error) {
	var all []Suspension
	err := tx.WithContext(ctx).Raw(`SELECT `+suspensionColumns+` FROM product_suspensions x WHERE `+where+` ORDER BY x.id`, args...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: suspensions: %w", err)
	}
	for i := range all {
		all[i].BegunAt, all[i].EndedAt = all[i].BegunAt.UTC(), utc(all[i].EndedAt)
	}
	return all, nil
}

// SuspensionsOf returns every suspension of a product, oldest first. Its shop's
// people, curators, heads, admins and officers of its territory may read them.
func (s *Service) SuspensionsOf(ctx context.Context, actor account.Actor, productID int64) ([]Suspension, error) {
	db := s.db.Read(ctx)
	p, err := productByID(ctx, db, productID)
	if err != nil {
		return nil, err
	}
	if ok, err := s.MaySeeScans(ctx, actor, p.ShopID); err != nil || !ok {
		if err == nil {
			err = fault.NotFound("another's product")
		}
		return nil, err
	}
	return suspensions(ctx, db, `x.product_id = ?`, productID)
}

// SuspendedProduct is one line of the list of suspended products.
type SuspendedProduct struct {
	ProductID   int64
	ShopID      int64
	Title       string
	ShopName    string
	RegencyCode string
	PictureID   int64        // its first picture; 0 for none
	Open        []Suspension `gorm:"-"`
}

// Since is when the oldest cause began.
func (p SuspendedProduct) Since() time.Time {
	var since time.Time
	for _, x := range p.Open {
		if since.IsZero() || x.BegunAt.Before(since) {
			since = x.BegunAt
		}
	}
	return since
}

// SuspendedCounts are how many products are suspended, and how many for which
// cause; one may count for both.
type SuspendedCounts struct{ All, Complaint, Certificate int64 }

// SuspendedProducts lists what is suspended, longest first, narrowed to a cause
// ("" for all), at most 500, with the counts of all of it. Curators and admins see
// everything, heads their territory; not found for everybody else.
func (s *Service) SuspendedProducts(ctx context.Context, actor account.Actor, cause Cause) ([]SuspendedProduct, SuspendedCounts, error) {
	var counts SuspendedCounts
	if !actor.HasAny(account.RoleCurator, account.RoleHead, account.RoleAdmin) {
		return nil, counts, fault.NotFound("suspended products")
	}
	db := s.db.Read(ctx)
	var all []SuspendedProduct
	err := db.Raw(`SELECT p.id AS product_id, p.shop_id, r.title, h.name AS shop_name, h.regency_code,
			COALESCE((SELECT rp.picture_id FROM revision_pictures rp WHERE rp.revision_id = r.id ORDER BY rp.position LIMIT 1), 0) AS picture_id
		FROM products p JOIN shops h ON h.id = p.shop_id JOIN revisions r ON r.id = p.live_revision_id
		WHERE p.state = 'suspended' ORDER BY p.updated_at, p.id LIMIT 500`).Scan(&all).Error
	if err != nil {
		return nil, counts, fmt.Errorf("catalog: suspended products: %w", err)
	}
	open, err := suspensions(ctx, db, `x.ended_at IS NULL`)
	if err != nil {
		return nil, counts, err
	}
	byProduct := map[int64][]Suspension{}
	for _, x := range open {
		byProduct[x.ProductID] = append(byProduct[x.ProductID], x)
	}
	var out []SuspendedProduct
	for _, p := range all {
		if !actor.HasAny(account.RoleCurator, account.RoleAdmin) && !actor.Covers(p.RegencyCode) {
			continue
		}
		p.Open = byProduct[p.ProductID]
		has := func(c Cause) bool {
			return slices.ContainsFunc(p.Open, func(x Suspension) bool { return x.Cause == c })
		}
		counts.All++
		if has(ByComplaint) {
			counts.Complaint++
		}
		if has(ByCertificate) {
			counts.Certificate++
		}
		if cause == "" || has(cause) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b SuspendedProduct) int { return a.Since().Compare(b.Since()) })
	return out, counts, nil
}

// NeverLive returns what a curator's page shows of a product that has no live
// revision yet: its shop, its state and the newest title. It checks no permission.
// Errors: not found.
func (s *Service) NeverLive(ctx context.Context, productID int64) (Sellable, error) {
	var rows []Sellable
	err := s.db.Read(ctx).Raw(`SELECT p.id AS product_id, p.shop_id, p.state, h.name AS shop_name, h.regency_code, h.district_code, h.state AS shop_state,
		COALESCE((SELECT r.title FROM revisions r WHERE r.product_id = p.id ORDER BY r.id DESC LIMIT 1), '') AS title
		FROM products p JOIN shops h ON h.id = p.shop_id WHERE p.id = ? AND p.live_revision_id IS NULL`, productID).Scan(&rows).Error
	if err != nil {
		return Sellable{}, fmt.Errorf("catalog: product that was never live: %w", err)
	}
	if len(rows) == 0 {
		return Sellable{}, fault.NotFound("product")
	}
	return rows[0], nil
}
