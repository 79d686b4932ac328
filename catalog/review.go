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
	if r.Price < MinPrice {
		bad.With("price", "catalog.draft.price", "min", MinPrice, "max", MaxPrice)
	}
	if r.Quantity < 1 {
		bad.With("quantity", "catalog.draft.quantity", "max", money.Group(MaxQuantity))
	}
	return bad.OrNil()
}

// WithdrawTx takes a draft, waiting or returned submission back. Its words stay
// and StartEdit finds them again. The shop's members and their companion may.
func (s *Service) WithdrawTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (Submission, error) {
	return s.makerMoveTx(ctx, tx, actor, submissionID, "withdraw")
}

// AppealTx asks for another decision on a refusal. The shop's members and their
// companion may; curation sees to it that another curator decides. Errors:
// conflict when it is not refused, or another change of the product is open.
func (s *Service) AppealTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64) (Submission, error) {
	sub, err := s.makerMoveTx(ctx, tx, actor, submissionID, "appeal")
	if duplicate(err) {
		return Submission{}, fault.Conflict("catalog.submission.other_open").Because(err)
	}
	return sub, err
}

func (s *Service) makerMoveTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID int64, name string) (Submission, error) {
	sub, err := s.ownTx(ctx, tx, actor, submissionID)
	if err != nil {
		return Submission{}, err
	}
	if err := moveTx(ctx, tx, submissionID, name, nil); err != nil {
		return Submission{}, err
	}
	sub.State = SubmissionMoves.Move(name).To
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

// ApproveTx makes the revision the curator read the live one, at once: words,
// pictures and category are swapped, the pictures become public if the product
// is (and those no longer shown private), the search tokens are renewed, and the
// keys of the changed pages are appended to the invalidations. A first approval
// also publishes the product, gives it its address and opens its pool. A price
// the maker changed in this edit becomes the price; else the present price
// stays. Errors as ReturnTx; gorm.ErrDuplicatedKey when another product took the
// same address in the same moment (run the transaction again).
func (s *Service) ApproveTx(ctx context.Context, tx *gorm.DB, actor account.Actor, submissionID, revisionID int64) (Submission, error) {
	sub, err := s.decideTx(ctx, tx, actor, submissionID, revisionID, "approve")
	if err != nil {
		return Submission{}, err
	}
	for _, name := range []string{"schedule", "go_live"} { // its day is today
		if err := moveTx(ctx, tx, submissionID, name, nil); err != nil {
			return Submission{}, err
		}
	}
	sub.State = SubmissionLive
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Submission{}, err
	}
	// Held, so that the shop cannot open or close between here and the commit
	// without its pictures following.
	var shop Shop
	err = tx.WithContext(ctx).Raw(`SELECT `+shopColumns+` FROM shops WHERE id = ?`+locking(tx), sub.ShopID).Scan(&shop).Error
	if err != nil {
		return Submission{}, fmt.Errorf("catalog: shop of submission: %w", err)
	}
	var before product
	err = tx.WithContext(ctx).Raw(`SELECT `+productColumns+` FROM products WHERE id = ?`+locking(tx), sub.ProductID).Scan(&before).Error
	if err != nil {
		return Submission{}, fmt.Errorf("catalog: product of submission: %w", err)
	}
	if before.State == ProductArchived {
		return Submission{}, fault.Conflict("catalog.product.archived")
	}
	set := map[string]any{"live_revision_id": revisionID, "category_id": sub.Revision.CategoryID, "updated_at": now}
	if sub.Kind == SubmissionNew || sub.Revision.Price != sub.BasePrice {
		set["price"], set["reviewed_price"] = sub.Revision.Price, sub.Revision.Price
	}
	after := before
	if ProductMoves.Allows("publish", before.State) {
		after.State = ProductMoves.Move("publish").To
		if before.Slug, err = freeSlug(ctx, tx, before.ID, sub.Revision.Title); err != nil {
			return Submission{}, err
		}
		set["state"], set["slug"], set["published_key"], set["mode"] = after.State, before.Slug, now.UnixMicro(), sub.Revision.Mode
	}
	if err := tx.WithContext(ctx).Table("products").Where("id = ?", before.ID).Updates(set).Error; err != nil {
		return Submission{}, fmt.Errorf("catalog: go live: %w", err)
	}
	if before.State == ProductUnpublished {
		if err := openPoolTx(ctx, tx, actor, before.ID, sub); err != nil {
			return Submission{}, err
		}
	}
	if err := s.swapPicturesTx(ctx, tx, before.LiveRevisionID, sub.Revision.Pictures, shows(shop.State, after.State)); err != nil {
		return Submission{}, err
	}
	if err := indexTx(ctx, tx, before.ID); err != nil {
		return Submission{}, err
	}
	return sub, database.InvalidateTx(ctx, tx, "list", "shop:"+shop.Slug, "product:"+before.Slug)
}

// shows reports whether a product in that state in such a shop is public.
func shows(shop ShopState, p ProductState) bool {
	return shop == ShopOpen && (p == ProductPublished || p == ProductPaused)
}

func (s *Service) swapPicturesTx(ctx context.Context, tx *gorm.DB, oldRevision *int64, now []int64, public bool) error {
	if oldRevision != nil {
		old, err := picturesOf(ctx, tx, []int64{*oldRevision})
		if err != nil {
			return err
		}
		gone := slices.DeleteFunc(old[*oldRevision], func(id int64) bool { return slices.Contains(now, id) })
		if err := s.showTx(ctx, tx, gone, false); err != nil {
			return err
		}
	}
	return s.showTx(ctx, tx, now, public)
}

// freeSlug makes a product's address from its title; a taken one gets the
// product's id behind it.
func freeSlug(ctx context.Context, tx *gorm.DB, productID int64, title string) (string, error) {
	slug := id.Slug(title)
	if slug == "" {
		slug = "produk"
	}
	var taken int64
	if err := tx.WithContext(ctx).Raw(`SELECT COUNT(*) FROM products WHERE slug = ?`, slug).Scan(&taken).Error; err != nil {
		return "", fmt.Errorf("catalog: address: %w", err)
	}
	if taken > 0 {
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

// SuspendProductTx takes a live product, its page and its pictures from the
// public. Curators without an interest in the shop may; reason goes to the trail.
func (s *Service) SuspendProductTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64, reason string) error {
	return s.suspensionTx(ctx, tx, actor, productID, "suspend", reason)
}

// LiftProductTx ends a suspension: the product is published or paused as before.
func (s *Service) LiftProductTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64) error {
	return s.suspensionTx(ctx, tx, actor, productID, "lift", "")
}

func (s *Service) suspensionTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64, verb, note string) error {
	p, err := productByID(ctx, tx, productID)
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
	var res *gorm.DB
	if verb == "suspend" {
		move := ProductMoves.Move("suspend")
		res = tx.WithContext(ctx).Exec(`UPDATE products SET resume_state = state, state = ?, updated_at = ? WHERE id = ? AND state IN ?`,
			move.To, now, productID, move.From)
	} else {
		res = tx.WithContext(ctx).Exec(`UPDATE products SET state = resume_state, resume_state = '', updated_at = ? WHERE id = ? AND state IN ?`,
			now, productID, ProductMoves.Move("lift_published").From)
	}
	if res.Error != nil {
		return fmt.Errorf("catalog: %s product: %w", verb, res.Error)
	}
	if res.RowsAffected == 0 {
		return fault.Conflict("catalog.product.moved")
	}
	return s.afterProductMoveTx(ctx, tx, actor, productID, verb, note)
}

// WaitingFilter narrows Waiting.
type WaitingFilter struct {
	Regions  []string // province, regency or district codes; empty for all
	Category string   // slug
	Kind     SubmissionKind
	Query    string    // words of title or shop
	Only     []int64   // only these submissions, when not nil
	Except   []int64   // not these submissions
	NotShops []int64   // not of these shops
	Before   time.Time // submitted before this, when not zero
	After    Keyset    // the last item of the page before; the zero Keyset begins
	Limit    int       // default 50, at most 200
}

// WaitingItem is one submission that waits for a decision.
type WaitingItem struct {
	SubmissionID     int64
	RevisionID       int64
	ProductID        int64
	ShopID           int64
	ShopName         string
	RegencyCode      string
	Title            string
	PictureID        int64 // its first picture; 0 for none
	CategorySlug     string
	CategoryName     string
	Kind             SubmissionKind
	State            SubmissionState
	Rounds           int64 // revisions so far
	FirstSubmittedAt time.Time
	SubmittedAt      time.Time
}

// Key is the item's place in the queue, for the next page.
func (w WaitingItem) Key() Keyset {
	return Keyset{Value: w.FirstSubmittedAt.UnixMicro(), ID: w.SubmissionID}
}

// Waiting returns submitted and in-review submissions, longest waiting first. It
// decides nothing; curation, which knows who holds what, asks it.
func (s *Service) Waiting(ctx context.Context, f WaitingFilter) ([]WaitingItem, error) {
	if f.Limit <= 0 || f.Limit > 500 {
		f.Limit = 50
	}
	w := newWhere("s.state IN ?", []SubmissionState{SubmissionSubmitted, SubmissionInReview})
	w.waiting(f)
	if f.After.ID > 0 {
		since := time.UnixMicro(f.After.Value).UTC()
		w.and("(s.first_submitted_at > ? OR (s.first_submitted_at = ? AND s.id > ?))", since, since, f.After.ID)
	}
	var items []WaitingItem
	err := s.db.Read(ctx).Raw(`SELECT s.id AS submission_id, r.id AS revision_id, s.product_id, s.shop_id, h.name AS shop_name, h.regency_code,
			r.title, c.slug AS category_slug, c.name AS category_name, s.kind, s.state, r.number AS rounds, s.first_submitted_at, s.submitted_at,
			COALESCE((SELECT rp.picture_id FROM revision_pictures rp WHERE rp.revision_id = r.id ORDER BY rp.position LIMIT 1), 0) AS picture_id
		FROM submissions s JOIN revisions r ON r.id = s.revision_id JOIN shops h ON h.id = s.shop_id JOIN categories c ON c.id = r.category_id
		WHERE `+w.sql()+` ORDER BY s.first_submitted_at, s.id LIMIT ?`, append(w.args, f.Limit)...).Scan(&items).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: waiting: %w", err)
	}
	for i := range items {
		items[i].FirstSubmittedAt, items[i].SubmittedAt = items[i].FirstSubmittedAt.UTC(), items[i].SubmittedAt.UTC()
	}
	return items, nil
}

// CountWaiting counts what Waiting would return without its limit.
func (s *Service) CountWaiting(ctx context.Context, f WaitingFilter) (int64, error) {
	w := newWhere("s.state IN ?", []SubmissionState{SubmissionSubmitted, SubmissionInReview})
	w.waiting(f)
	var n int64
	err := s.db.Read(ctx).Raw(`SELECT COUNT(*) FROM submissions s JOIN revisions r ON r.id = s.revision_id
		JOIN shops h ON h.id = s.shop_id JOIN categories c ON c.id = r.category_id WHERE `+w.sql(), w.args...).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("catalog: count waiting: %w", err)
	}
	return n, nil
}

func (w *where) waiting(f WaitingFilter) {
	w.regions("h", f.Regions)
	if f.Category != "" {
		w.and("c.slug = ?", f.Category)
	}
	if f.Kind != "" {
		w.and("s.kind = ?", f.Kind)
	}
	if f.Only != nil {
		w.and("s.id IN ?", append([]int64{0}, f.Only...)) // never an empty list
	}
	if len(f.Except) > 0 {
		w.and("s.id NOT IN ?", f.Except)
	}
	if !f.Before.IsZero() {
		w.and("s.submitted_at < ?", f.Before.UTC())
	}
	if len(f.NotShops) > 0 {
		w.and("s.shop_id NOT IN ?", f.NotShops)
	}
	for _, word := range words(f.Query) {
		w.and("(r.title_key LIKE ? OR h.name_key LIKE ?)", "%"+word+"%", "%"+word+"%")
	}
}
