package catalog

import (
	"context"
	"fmt"
	"maps"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// The methods of this file move submissions along SubmissionMoves. Package
// curation alone calls them: it keeps the rounds, notes and claims that belong
// to each move, in the same transaction.

// SubmitTx seals the newest revision and puts the submission into the queue. The
// shop's members and their companion may. Errors: invalid with a field per
// missing thing (pictures, title, price, quantity) or when nothing changed since
// it was returned; conflict when it is not a draft or returned.
func (s *Service) SubmitTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (Submission, error) {
	sub, err := s.ownTx(ctx, tx, actor, submissionID)
	if err != nil {
		return Submission{}, err
	}
	p, err := productByID(ctx, tx, sub.ProductID)
	if err != nil {
		return Submission{}, err
	}
	if p.State == ProductArchived {
		return Submission{}, fault.Conflict("catalog.product.archived")
	}
	if err := working(ctx, tx, sub.ShopID); err != nil {
		return Submission{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Submission{}, err
	}
	if err := moveTx(ctx, tx, submissionID, "submit", map[string]any{
		"submitted_at": now, "decided_at": nil,
		"first_submitted_at": gorm.Expr("COALESCE(first_submitted_at, ?)", now),
	}); err != nil {
		return Submission{}, err
	}
	// Read again: the row is ours now, so nobody is editing any more.
	if sub, err = submissionByID(ctx, tx, submissionID); err != nil {
		return Submission{}, err
	}
	if sub.Revision.SealedAt != nil {
		return Submission{}, fault.Invalid("catalog.submit.unchanged")
	}
	if err := complete(sub.Revision); err != nil {
		return Submission{}, err
	}
	if err := tx.Exec(`UPDATE revisions SET sealed_at = ? WHERE id = ?`, now, sub.Revision.ID).Error; err != nil {
		return Submission{}, fmt.Errorf("catalog: seal: %w", err)
	}
	if err := tx.Exec(`UPDATE submissions SET category_id = ? WHERE id = ?`, sub.Revision.CategoryID, submissionID).Error; err != nil {
		return Submission{}, fmt.Errorf("catalog: category sent: %w", err)
	}
	sub.Revision.SealedAt = &now
	return sub, record(ctx, tx, actor, sub.ShopID, "submit", "submission", submissionID, "")
}

// complete names what is still missing before a revision can be reviewed.
func complete(r Revision) error {
	bad := fault.Invalid("catalog.submit.incomplete")
	if len(r.Pictures) == 0 {
		bad.With("pictures", "catalog.submit.picture")
	}
	if !hasWord(r.Title) {
		bad.With("title", "catalog.draft.title")
	}
	if r.Price < MinPrice && r.Mode != ModeQuote {
		bad.With("price", "catalog.draft.price", "min", MinPrice, "max", MaxPrice)
	}
	pieces := r.Quantity
	for i, v := range r.Variants {
		if v.Price < MinPrice && r.Mode != ModeQuote {
			bad.With(fmt.Sprintf("variant_%d_price", i+1), "catalog.draft.price", "min", MinPrice, "max", MaxPrice)
		}
		if r.Mode == ModeStock {
			pieces += v.Quantity
		}
	}
	if pieces < 1 {
		bad.With("quantity", "catalog.draft.quantity", "max", money.Group(MaxQuantity))
	}
	checkTiers(bad, r.Price, r.Tiers)
	if len(r.Tiers) > 0 && r.Tiers[0].MinQuantity <= r.MinQuantity {
		bad.With("tier_1_quantity", "catalog.tier.minimum", "minimum", r.MinQuantity)
	}
	return bad.OrNil()
}

// WithdrawTx takes a draft, waiting, returned or scheduled submission back. Its
// words stay and StartEdit finds them again; what is live stays live. The shop's members and their companion may.
func (s *Service) WithdrawTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (Submission, error) {
	return s.makerMoveTx(ctx, tx, actor, submissionID, "withdraw", nil)
}

// AppealTx asks for another decision on a refusal. The shop's members and their
// companion may; curation sees to it that another curator decides. Errors:
// conflict when it is not refused, or another change of the product is open.
func (s *Service) AppealTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (Submission, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Submission{}, err
	}
	sub, err := s.makerMoveTx(ctx, tx, actor, submissionID, "appeal", map[string]any{"submitted_at": now})
	if duplicate(err) {
		return Submission{}, fault.Conflict("catalog.submission.other_open").Because(err)
	}
	return sub, err
}

func (s *Service) makerMoveTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64, name string, also map[string]any) (Submission, error) {
	sub, err := s.ownTx(ctx, tx, actor, submissionID)
	if err != nil {
		return Submission{}, err
	}
	set := map[string]any{"live_at": nil}
	maps.Copy(set, also)
	if err := moveTx(ctx, tx, submissionID, name, set); err != nil {
		return Submission{}, err
	}
	sub.State, sub.LiveAt = SubmissionMoves.Move(name).To, nil
	return sub, record(ctx, tx, actor, sub.ShopID, name, "submission", submissionID, "")
}

func (s *Service) ownTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (Submission, error) {
	sub, err := submissionByID(ctx, tx, submissionID)
	if err != nil {
		return Submission{}, err
	}
	if !actor.Manages(sub.ShopID) {
		return Submission{}, fault.NotFound("another's submission")
	}
	return sub, nil
}

// ReviewableTx returns a submission to a curator who may decide on it. Errors:
// not found for everybody but curators; forbidden for a curator with an interest
// in the shop (own, kin's or assisted, design §3.9).
func (s *Service) ReviewableTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (Submission, error) {
	sub, err := submissionByID(ctx, tx, submissionID)
	if err != nil {
		return Submission{}, err
	}
	return sub, decides(actor, sub.ShopID)
}

func decides(actor account.Actor, shopID int64) error {
	switch {
	case !actor.Has(account.RoleCurator):
		return fault.NotFound("not a curator")
	case actor.Conflicted(shopID):
		return fault.Forbidden("catalog.review.conflicted")
	}
	return nil
}

// BeginReviewTx moves a waiting submission into review; one already in review
// stays there. Errors as ReviewableTx; conflict when there is nothing to review.
func (s *Service) BeginReviewTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (Submission, error) {
	sub, err := s.ReviewableTx(ctx, tx, actor, submissionID)
	if err != nil {
		return Submission{}, err
	}
	if sub.State == SubmissionInReview {
		return sub, nil
	}
	if err := moveTx(ctx, tx, submissionID, "review", nil); err != nil {
		return Submission{}, err
	}
	sub.State = SubmissionInReview
	return sub, record(ctx, tx, actor, sub.ShopID, "review", "submission", submissionID, "")
}

// ReturnTx gives the submission back to the maker to improve. revisionID is the
// revision the curator read. Errors as ReviewableTx; conflict when the
// submission is not in review or another revision is there by now.
func (s *Service) ReturnTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID, revisionID int64) (Submission, error) {
	return s.decideTx(ctx, tx, actor, submissionID, revisionID, "return")
}

// RefuseTx ends the submission with a refusal. Errors as ReturnTx.
func (s *Service) RefuseTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID, revisionID int64) (Submission, error) {
	return s.decideTx(ctx, tx, actor, submissionID, revisionID, "refuse")
}

func (s *Service) decideTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID, revisionID int64, name string) (Submission, error) {
	sub, err := s.ReviewableTx(ctx, tx, actor, submissionID)
	if err != nil {
		return Submission{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Submission{}, err
	}
	if err := moveTx(ctx, tx, submissionID, name, map[string]any{"decided_at": now}); err != nil {
		return Submission{}, err
	}
	if sub, err = submissionByID(ctx, tx, submissionID); err != nil { // as it is now that it is ours
		return Submission{}, err
	}
	if sub.Revision.ID != revisionID {
		return Submission{}, fault.Conflict("catalog.review.other_revision")
	}
	return sub, record(ctx, tx, actor, sub.ShopID, name, "submission", submissionID, "")
}

// freeSlug makes a product's address from its title; a taken one gets the
// product's id behind it.
func freeSlug(ctx context.Context, tx *gorm.DB, productID int64, title string) (string, error) {
	slug := id.Slug(title)
	if slug == "" {
		slug = "produk"
	}
	taken, err := addressTaken(ctx, tx, productID, slug)
	if err != nil {
		return "", err
	}
	if taken {
		slug = fmt.Sprintf("%s-%d", slug, productID)
	}
	return slug, nil
}

// moveTx moves a submission along its table by one conditional UPDATE.
func moveTx(ctx context.Context, tx *gorm.DB, submissionID int64, name string, also map[string]any) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	move := SubmissionMoves.Move(name)
	set := map[string]any{"state": move.To, "updated_at": now}
	for k, v := range also {
		set[k] = v
	}
	res := tx.WithContext(ctx).Table("submissions").Where("id = ? AND state IN ?", submissionID, move.From).Updates(set)
	if res.Error != nil {
		return fmt.Errorf("catalog: %s: %w", name, res.Error)
	}
	if res.RowsAffected == 0 {
		return fault.Conflict("catalog.submission.moved")
	}
	return nil
}

// locking makes a SELECT hold its rows until the commit. SQLite's one writer
// holds everything anyway.
func locking(tx *gorm.DB) string {
	if tx.Dialector.Name() == database.Postgres {
		return " FOR UPDATE"
	}
	return ""
}
