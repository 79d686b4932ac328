package catalog

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// How submissions and revisions are read and copied.

const (
	submissionColumns = `id, product_id, shop_id, kind, state, base_price, base_sheet, first_submitted_at, submitted_at, decided_at, wish_day, live_at, created_by, created_at, updated_at, revision_id`
	revisionColumns   = `r.id, r.submission_id, r.product_id, r.number, r.title, r.description, r.unit, r.category_id, c.slug AS category_slug,
		c.name AS category_name, r.price, r.mode, r.quantity, r.lead_days, r.weight_grams, r.pickup_only,
		r.unit_kind, r.min_quantity, r.service, r.length_cm, r.width_cm, r.height_cm, r.sealed_at, r.created_by, r.created_at, r.updated_at`
)

// copied says what copyRevision writes.
type copied struct {
	from         int64 // the revision
	live         bool  // at the present prices of the live product, not at those of the revision
	submissionID int64 // whose new revision it becomes
	number       int64
}

// copyRevision writes an open copy of a revision, with its pictures, variants,
// tiers and label.
func copyRevision(ctx context.Context, tx *gorm.DB, actor account.Actor, c copied) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	var id int64
	err = tx.WithContext(ctx).Raw(`INSERT INTO revisions (submission_id, product_id, number, title, title_key, description, unit, category_id, price, mode,
			quantity, lead_days, weight_grams, pickup_only, unit_kind, min_quantity, service, length_cm, width_cm, height_cm,
			created_by, created_at, updated_at)
		SELECT ?, r.product_id, ?, r.title, r.title_key, r.description, r.unit, r.category_id, CASE WHEN ? THEN p.price ELSE r.price END, r.mode,
			r.quantity, r.lead_days, r.weight_grams, r.pickup_only, r.unit_kind, r.min_quantity, r.service, r.length_cm, r.width_cm, r.height_cm,
			?, ?, ? FROM revisions r JOIN products p ON p.id = r.product_id WHERE r.id = ? RETURNING id`,
		c.submissionID, c.number, c.live, actor.UserID, now, now, c.from).Scan(&id).Error
	if err != nil {
		return fmt.Errorf("catalog: copy revision: %w", err)
	}
	if id == 0 {
		return fmt.Errorf("catalog: copy revision: no revision %d", c.from)
	}
	err = tx.WithContext(ctx).Exec(`INSERT INTO revision_pictures (revision_id, position, picture_id)
		SELECT ?, position, picture_id FROM revision_pictures WHERE revision_id = ?`, id, c.from).Error
	if err != nil {
		return fmt.Errorf("catalog: copy pictures: %w", err)
	}
	err = tx.WithContext(ctx).Exec(`INSERT INTO revision_variants (revision_id, position, variant_id, name, price, weight_grams, picture_id, quantity)
		SELECT ?, rv.position, rv.variant_id, rv.name, CASE WHEN ? THEN v.price ELSE rv.price END, rv.weight_grams, rv.picture_id, rv.quantity
		FROM revision_variants rv JOIN variants v ON v.id = rv.variant_id WHERE rv.revision_id = ?`, id, c.live, c.from).Error
	if err != nil {
		return fmt.Errorf("catalog: copy variants: %w", err)
	}
	err = tx.WithContext(ctx).Exec(`INSERT INTO revision_tiers (revision_id, min_quantity, price)
		SELECT ?, rt.min_quantity, CASE WHEN ? THEN COALESCE(t.price, rt.price) ELSE rt.price END
		FROM revision_tiers rt JOIN revisions r ON r.id = rt.revision_id
		LEFT JOIN price_tiers t ON t.product_id = r.product_id AND t.min_quantity = rt.min_quantity WHERE rt.revision_id = ?`, id, c.live, c.from).Error
	if err != nil {
		return fmt.Errorf("catalog: copy tiers: %w", err)
	}
	return copyLabel(ctx, tx, c.from, id)
}

func pointAtNewest(ctx context.Context, tx *gorm.DB, submissionID int64) error {
	err := tx.WithContext(ctx).Exec(`UPDATE submissions SET revision_id =
		(SELECT r.id FROM revisions r WHERE r.submission_id = submissions.id ORDER BY r.number DESC LIMIT 1) WHERE id = ?`, submissionID).Error
	if err != nil {
		return fmt.Errorf("catalog: newest revision: %w", err)
	}
	return nil
}

func submissionByID(ctx context.Context, tx *gorm.DB, id int64) (Submission, error) {
	var rows []struct {
		Submission
		RevisionID *int64
	}
	if err := tx.WithContext(ctx).Raw(`SELECT `+submissionColumns+` FROM submissions WHERE id = ?`, id).Scan(&rows).Error; err != nil {
		return Submission{}, fmt.Errorf("catalog: submission: %w", err)
	}
	if len(rows) == 0 || rows[0].RevisionID == nil {
		return Submission{}, fault.NotFound("submission")
	}
	sub := rows[0].Submission
	sub.CreatedAt, sub.UpdatedAt = sub.CreatedAt.UTC(), sub.UpdatedAt.UTC()
	sub.FirstSubmittedAt, sub.SubmittedAt, sub.DecidedAt = utc(sub.FirstSubmittedAt), utc(sub.SubmittedAt), utc(sub.DecidedAt)
	sub.LiveAt = utc(sub.LiveAt)
	revision, err := revisionByID(ctx, tx, *rows[0].RevisionID)
	sub.Revision = revision
	return sub, err
}

func revisionByID(ctx context.Context, tx *gorm.DB, id int64) (Revision, error) {
	all, err := revisions(ctx, tx, `r.id = ?`, id)
	if err != nil {
		return Revision{}, err
	}
	if len(all) == 0 {
		return Revision{}, fault.NotFound("revision")
	}
	return all[0], nil
}

// revisions reads revisions with their pictures; where is a constant of ours.
func revisions(ctx context.Context, tx *gorm.DB, where string, args ...any) ([]Revision, error) {
	var all []Revision
	err := tx.WithContext(ctx).Raw(`SELECT `+revisionColumns+` FROM revisions r JOIN categories c ON c.id = r.category_id
		WHERE `+where+` ORDER BY r.number`, args...).Scan(&all).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: revisions: %w", err)
	}
	if len(all) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	pictures, err := picturesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	variants, err := variantsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	tiers, err := tiersOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	labels, err := labelsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	for i := range all {
		all[i].Pictures, all[i].Label = pictures[all[i].ID], labels[all[i].ID]
		all[i].Variants, all[i].Tiers = variants[all[i].ID], tiers[all[i].ID]
		all[i].CreatedAt, all[i].UpdatedAt, all[i].SealedAt = all[i].CreatedAt.UTC(), all[i].UpdatedAt.UTC(), utc(all[i].SealedAt)
	}
	return all, nil
}

// picturesOf returns the picture ids of each revision, in order.
func picturesOf(ctx context.Context, tx *gorm.DB, revisionIDs []int64) (map[int64][]int64, error) {
	var rows []struct{ RevisionID, PictureID int64 }
	err := tx.WithContext(ctx).Raw(`SELECT revision_id, picture_id FROM revision_pictures WHERE revision_id IN ? ORDER BY revision_id, position`,
		revisionIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: pictures of revisions: %w", err)
	}
	out := map[int64][]int64{}
	for _, r := range rows {
		out[r.RevisionID] = append(out[r.RevisionID], r.PictureID)
	}
	return out, nil
}
