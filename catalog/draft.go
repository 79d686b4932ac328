package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// DraftChange is what one screen of the maker's form changes; nil fields stay as
// they are, so that a companion and the maker can work on different screens.
type DraftChange struct {
	Title       *string
	Description *string
	Unit        *string
	Category    *string // slug
	Price       *money.Rupiah
	Mode        *Mode  // new products only
	Quantity    *int64 // stock, or pieces a month; new products only
	LeadDays    *int64
	WeightGrams *int64 // 0: not given
	PickupOnly  *bool
	Label       LabelChange
	UnitKind    *UnitKind
	MinQuantity *int64    // 1 to MaxMinQuantity, over all variants
	Service     *bool     // work done, not goods
	Package     *[3]int64 // length, width and height of one packed piece in cm; all 0: not given
	// Part is the screen, and Seen its mark when the person looked (Revision.Mark): what
	// somebody else wrote meanwhile is not overwritten unseen. "": not compared.
	Part Part
	Seen string
}

// StartDraft begins a new product of the shop as an empty draft. The shop's
// members and their companion may, while the shop is not closed or suspended.
// The same formKey again returns the draft it made the first time.
func (s *Service) StartDraft(ctx context.Context, actor account.Actor, shopID int64, formKey string) (Submission, error) {
	if !actor.Manages(shopID) {
		return Submission{}, fault.NotFound("another's shop")
	}
	if err := goodKey(formKey); err != nil {
		return Submission{}, err
	}
	var out Submission
	start := func(tx *gorm.DB) error {
		id, err := submissionOfKey(ctx, tx, shopID, formKey)
		if err != nil {
			return err
		}
		if id > 0 {
			out, err = submissionByID(ctx, tx, id)
			return err
		}
		if err := working(ctx, tx, shopID); err != nil {
			return err
		}
		if id, err = insertDraft(ctx, tx, actor, shopID, formKey); err != nil {
			return err
		}
		if err := record(ctx, tx, actor, shopID, "start", "submission", id, "new"); err != nil {
			return err
		}
		out, err = submissionByID(ctx, tx, id)
		return err
	}
	err := database.InTx(ctx, s.db, start)
	if duplicate(err) { // the same form was sent twice at once, and the other one won
		err = database.InTx(ctx, s.db, start)
	}
	return out, err
}

// StartEdit begins a change of a product, from its live words or, if it was
// never live, from the last ones written, so that a withdrawn or refused try is
// not lost. While a change is open (draft, under review, returned) it returns
// that one. The live page stays as it is until the change is approved.
func (s *Service) StartEdit(ctx context.Context, actor account.Actor, productID int64, formKey string) (Submission, error) {
	if err := goodKey(formKey); err != nil {
		return Submission{}, err
	}
	var out Submission
	start := func(tx *gorm.DB) error {
		p, err := productByID(ctx, tx, productID)
		if err != nil {
			return err
		}
		if !actor.Manages(p.ShopID) {
			return fault.NotFound("another's product")
		}
		id, err := submissionOfKey(ctx, tx, p.ShopID, formKey)
		if err != nil {
			return err
		}
		if id == 0 {
			err = tx.Raw(`SELECT id FROM submissions WHERE product_id = ? AND state IN ?`, productID, openStates).Scan(&id).Error
			if err != nil {
				return fmt.Errorf("catalog: open change: %w", err)
			}
		}
		if id > 0 {
			out, err = submissionByID(ctx, tx, id)
			return err
		}
		if p.State == ProductArchived {
			return fault.Conflict("catalog.product.archived")
		}
		if err := working(ctx, tx, p.ShopID); err != nil {
			return err
		}
		from, kind := int64(0), SubmissionEdit
		if p.LiveRevisionID != nil {
			from = *p.LiveRevisionID
		} else {
			kind = SubmissionNew
			if err := tx.Raw(`SELECT id FROM revisions WHERE product_id = ? ORDER BY id DESC LIMIT 1`, productID).Scan(&from).Error; err != nil {
				return fmt.Errorf("catalog: last revision: %w", err)
			}
		}
		id, err = insertSubmission(ctx, tx, actor, Submission{ProductID: productID, ShopID: p.ShopID, Kind: kind, BasePrice: p.Price}, formKey)
		if err != nil {
			return err
		}
		// The live prices may have moved inside their bands since the last review.
		if err := copyRevision(ctx, tx, actor, copied{from: from, live: kind == SubmissionEdit, submissionID: id, number: 1}); err != nil {
			return err
		}
		if err := pointAtNewest(ctx, tx, id); err != nil {
			return err
		}
		if out, err = submissionByID(ctx, tx, id); err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE submissions SET base_sheet = ? WHERE id = ?`, out.Revision.sheet(), id).Error; err != nil {
			return fmt.Errorf("catalog: prices before the edit: %w", err)
		}
		if err := record(ctx, tx, actor, p.ShopID, "start", "submission", id, string(kind)); err != nil {
			return err
		}
		out, err = submissionByID(ctx, tx, id)
		return err
	}
	err := database.InTx(ctx, s.db, start)
	if duplicate(err) { // another change of the product began at the same moment
		err = database.InTx(ctx, s.db, start)
	}
	return out, err
}

// SaveDraft changes the words of a draft or returned submission. The shop's
// members and their companion may. After a return the first change begins a new
// revision; what the curator read stays as it was read. Errors: invalid fields;
// conflict when it is under review or decided meanwhile, and (ChangedMeanwhile) when
// another person changed the part since it was seen.
func (s *Service) SaveDraft(ctx context.Context, actor account.Actor, submissionID int64, change DraftChange) (Submission, error) {
	set, label, err := change.columns()
	if err != nil {
		return Submission{}, err
	}
	return s.edit(ctx, actor, submissionID, func(tx *gorm.DB, sub Submission) error {
		if sub.Kind == SubmissionEdit && change.Mode != nil && *change.Mode != sub.Revision.Mode {
			return fault.Invalid("catalog.draft.invalid").With("mode", "catalog.draft.mode_fixed")
		}
		if change.Category != nil {
			var ids []int64
			if err := tx.Raw(`SELECT id FROM categories WHERE slug = ?`, *change.Category).Scan(&ids).Error; err != nil {
				return fmt.Errorf("catalog: category: %w", err)
			}
			if len(ids) == 0 {
				return fault.Invalid("catalog.draft.invalid").With("category", "catalog.draft.category")
			}
			set["category_id"] = ids[0]
		}
		if len(label) > 0 {
			if err := saveLabel(ctx, tx, sub.Revision.ID, label); err != nil {
				return err
			}
		}
		if len(sub.Revision.Variants) > 0 {
			delete(set, "price") // it is the cheapest variant's
		}
		if len(set) == 0 {
			return nil
		}
		set := maps.Clone(set) // GORM adds to it
		if err := tx.Table("revisions").Where("id = ?", sub.Revision.ID).Updates(set).Error; err != nil {
			return fmt.Errorf("catalog: save draft: %w", err)
		}
		return judge(ctx, tx, actor, change, sub.Revision)
	})
}

// columns checks the change and returns it by column, of the revision and of its label.
func (c DraftChange) columns() (set, label map[string]any, err error) {
	set = map[string]any{}
	bad := fault.Invalid("catalog.draft.invalid")
	label = c.Label.columns(bad)
	if c.Title != nil {
		title := cleanLine(*c.Title)
		switch {
		case !hasWord(title):
			bad.With("title", "catalog.draft.title")
		case letters(title) > MaxTitle:
			bad.With("title", "catalog.too_long", "max", MaxTitle)
		}
		set["title"], set["title_key"] = title, id.Fold(title)
	}
	if c.Description != nil {
		text := cleanText(*c.Description)
		if letters(text) > MaxDescription {
			bad.With("description", "catalog.too_long", "max", MaxDescription)
		}
		set["description"] = text
	}
	if c.Unit != nil {
		unit := cleanLine(*c.Unit)
		if letters(unit) > MaxUnit {
			bad.With("unit", "catalog.too_long", "max", MaxUnit)
		}
		set["unit"] = unit
	}
	if c.Price != nil {
		if *c.Price < MinPrice || *c.Price > MaxPrice {
			bad.With("price", "catalog.draft.price", "min", MinPrice, "max", MaxPrice)
		}
		set["price"] = *c.Price
	}
	if c.Mode != nil {
		if *c.Mode != ModeStock && *c.Mode != ModeCapacity && *c.Mode != ModeQuote {
			bad.With("mode", "catalog.draft.mode")
		}
		set["mode"] = *c.Mode
	}
	if c.Quantity != nil {
		if *c.Quantity < 1 || *c.Quantity > MaxQuantity {
			bad.With("quantity", "catalog.draft.quantity", "max", money.Group(MaxQuantity))
		}
		set["quantity"] = *c.Quantity
	}
	if c.LeadDays != nil {
		if *c.LeadDays < 0 || *c.LeadDays > MaxLeadDays {
			bad.With("lead_days", "catalog.draft.lead_days", "max", MaxLeadDays)
		}
		set["lead_days"] = *c.LeadDays
	}
	if c.WeightGrams != nil {
		if *c.WeightGrams < 0 || *c.WeightGrams > MaxWeightGrams {
			bad.With("weight", "catalog.draft.weight", "max", MaxWeightGrams/1000)
		}
		set["weight_grams"] = *c.WeightGrams
	}
	if c.PickupOnly != nil {
		set["pickup_only"] = *c.PickupOnly
	}
	if c.UnitKind != nil {
		if !c.UnitKind.Known() {
			bad.With("unit_kind", "catalog.draft.unit_kind")
		}
		set["unit_kind"] = *c.UnitKind
	}
	if c.MinQuantity != nil {
		if *c.MinQuantity < 1 || *c.MinQuantity > MaxMinQuantity {
			bad.With("min_quantity", "catalog.draft.min_quantity", "max", money.Group(MaxMinQuantity))
		}
		set["min_quantity"] = *c.MinQuantity
	}
	if c.Service != nil {
		set["service"] = *c.Service
	}
	if c.Package != nil {
		l, w, h := c.Package[0], c.Package[1], c.Package[2]
		if min(l, w, h) < 0 || max(l, w, h) > MaxSide || (l == 0) != (w == 0) || (l == 0) != (h == 0) {
			bad.With("package", "catalog.draft.package", "max", MaxSide)
		}
		set["length_cm"], set["width_cm"], set["height_cm"] = l, w, h
	}
	return set, label, bad.OrNil()
}

// SetPictures puts these stored pictures of the product (media owner "product",
// id of the product) on the draft, in this order. At most MaxPictures.
func (s *Service) SetPictures(ctx context.Context, actor account.Actor, submissionID int64, pictureIDs []int64) (Submission, error) {
	return s.picture(ctx, actor, submissionID, pictureIDs, func([]int64) []int64 { return pictureIDs })
}

// AddPicture puts one more stored picture at the end of the draft's pictures.
// Adding one that is already there changes nothing.
func (s *Service) AddPicture(ctx context.Context, actor account.Actor, submissionID, pictureID int64) (Submission, error) {
	return s.picture(ctx, actor, submissionID, []int64{pictureID}, func(have []int64) []int64 {
		if slices.Contains(have, pictureID) {
			return have
		}
		return append(have, pictureID)
	})
}

func (s *Service) picture(ctx context.Context, actor account.Actor, submissionID int64, given []int64, arrange func(have []int64) []int64) (Submission, error) {
	known, err := s.pictures.Pictures(ctx, given)
	if err != nil {
		return Submission{}, err
	}
	return s.edit(ctx, actor, submissionID, func(tx *gorm.DB, sub Submission) error {
		seen := map[int64]bool{}
		for _, id := range given {
			p, exists := known[id]
			if !exists || p.OwnerKind != PictureOwner || p.OwnerID != sub.ProductID || seen[id] {
				return fault.Invalid("catalog.draft.invalid").With("pictures", "catalog.draft.picture_unknown")
			}
			seen[id] = true
		}
		next := arrange(slices.Clone(sub.Revision.Pictures))
		if len(next) > MaxPictures {
			return fault.Invalid("catalog.draft.invalid").With("pictures", "catalog.draft.pictures", "max", MaxPictures)
		}
		if err := tx.Exec(`DELETE FROM revision_pictures WHERE revision_id = ?`, sub.Revision.ID).Error; err != nil {
			return fmt.Errorf("catalog: pictures of draft: %w", err)
		}
		for i, id := range next {
			err := tx.Exec(`INSERT INTO revision_pictures (revision_id, position, picture_id) VALUES (?, ?, ?)`, sub.Revision.ID, i+1, id).Error
			if err != nil {
				return fmt.Errorf("catalog: pictures of draft: %w", err)
			}
		}
		return nil
	})
}

// edit runs change on the open revision of an editable submission. It holds the
// submission's row from the first statement on, so that no change slips into a
// revision while it is being sealed.
func (s *Service) edit(ctx context.Context, actor account.Actor, submissionID int64, change func(tx *gorm.DB, sub Submission) error) (Submission, error) {
	var out Submission
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		sub, err := submissionByID(ctx, tx, submissionID)
		if err != nil {
			return err
		}
		if !actor.Manages(sub.ShopID) {
			return fault.NotFound("another's submission")
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		res := tx.Exec(`UPDATE submissions SET updated_at = ? WHERE id = ? AND state IN ?`,
			now, submissionID, []SubmissionState{SubmissionDraft, SubmissionReturned})
		if res.Error != nil {
			return fmt.Errorf("catalog: edit: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("catalog.submission.not_editable")
		}
		if sub, err = submissionByID(ctx, tx, submissionID); err != nil { // as it is now that it is ours
			return err
		}
		if sub.Revision.SealedAt != nil {
			again := copied{from: sub.Revision.ID, submissionID: submissionID, number: sub.Revision.Number + 1}
			if err := copyRevision(ctx, tx, actor, again); err != nil {
				return err
			}
			if err := pointAtNewest(ctx, tx, submissionID); err != nil {
				return err
			}
			if sub, err = submissionByID(ctx, tx, submissionID); err != nil {
				return err
			}
		}
		if err := change(tx, sub); err != nil {
			return err
		}
		if err := tx.Exec(`UPDATE revisions SET updated_at = ? WHERE id = ?`, now, sub.Revision.ID).Error; err != nil {
			return fmt.Errorf("catalog: edit: %w", err)
		}
		out, err = submissionByID(ctx, tx, submissionID)
		return err
	})
	return out, err
}

// Submission returns a submission with its newest revision, for the shop's own
// people and for reviewers. Errors: not found, also for everybody else.
func (s *Service) Submission(ctx context.Context, actor account.Actor, submissionID int64) (Submission, error) {
	sub, err := submissionByID(ctx, s.db.Read(ctx), submissionID)
	if err != nil {
		return Submission{}, err
	}
	ok, err := s.sees(ctx, actor, sub.ShopID, `id = ?`, submissionID)
	if err == nil && !ok {
		err = fault.NotFound("another's submission")
	}
	if err != nil {
		return Submission{}, err
	}
	return sub, nil
}

// SubmissionTx is Submission inside the caller's transaction, without a check of
// who asks.
func (s *Service) SubmissionTx(ctx context.Context, tx *gorm.DB, submissionID int64) (Submission, error) {
	return submissionByID(ctx, tx, submissionID)
}

// Revisions returns every revision of a submission, oldest first, to whom
// Submission would answer.
func (s *Service) Revisions(ctx context.Context, actor account.Actor, submissionID int64) ([]Revision, error) {
	if _, err := s.Submission(ctx, actor, submissionID); err != nil {
		return nil, err
	}
	return revisions(ctx, s.db.Read(ctx), `r.submission_id = ?`, submissionID)
}

// LiveRevision returns what the public sees of a product, to whom its
// submissions are open. Errors: not found, also when it was never live.
func (s *Service) LiveRevision(ctx context.Context, actor account.Actor, productID int64) (Revision, error) {
	p, err := productByID(ctx, s.db.Read(ctx), productID)
	if err != nil {
		return Revision{}, err
	}
	ok, err := s.sees(ctx, actor, p.ShopID, `product_id = ?`, productID)
	if err != nil {
		return Revision{}, err
	}
	if !ok || p.LiveRevisionID == nil {
		return Revision{}, fault.NotFound("live revision")
	}
	return revisionByID(ctx, s.db.Read(ctx), *p.LiveRevisionID)
}

// LiveRevisionTx is LiveRevision for services that decided who asks; false for
// what was never live.
func (s *Service) LiveRevisionTx(ctx context.Context, tx *gorm.DB, productID int64) (Revision, bool, error) {
	p, err := productByID(ctx, tx, productID)
	if err != nil || p.LiveRevisionID == nil {
		return Revision{}, false, err
	}
	live, err := revisionByID(ctx, tx, *p.LiveRevisionID)
	return live, err == nil, err
}

// sees reports whether the actor may read a shop's unpublished words: the
// shop's own people always; reviewers once one of the submissions that where
// names was sent to them, heads in their own territory only.
func (s *Service) sees(ctx context.Context, actor account.Actor, shopID int64, where string, args ...any) (bool, error) {
	if actor.Manages(shopID) {
		return true, nil
	}
	if !actor.HasAny(account.RoleCurator, account.RoleHead, account.RoleAdmin) {
		return false, nil
	}
	tx := s.db.Read(ctx)
	if !actor.HasAny(account.RoleCurator, account.RoleAdmin) {
		shop, err := shopByID(ctx, tx, shopID)
		if err != nil || !actor.Covers(shop.DistrictCode) {
			return false, err
		}
	}
	var sent int64
	err := tx.Raw(`SELECT count(*) FROM submissions WHERE first_submitted_at IS NOT NULL AND `+where, args...).Scan(&sent).Error
	if err != nil {
		return false, fmt.Errorf("catalog: sent to reviewers: %w", err)
	}
	return sent > 0, nil
}

// MaySeePictures reports whether the actor may see the private pictures of a
// product (media's access hook for owner kind PictureOwner): the shop's own
// people, and reviewers once it was sent to them. An unknown product is false.
func (s *Service) MaySeePictures(ctx context.Context, actor account.Actor, productID int64) (bool, error) {
	if !actor.SignedIn() && !actor.IsSystem() {
		return false, nil
	}
	p, err := productByID(ctx, s.db.Read(ctx), productID)
	if fault.Is(err, fault.KindNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return s.sees(ctx, actor, p.ShopID, `product_id = ?`, productID)
}

// openStates are the states in which a product's one change is under way.
var openStates = []SubmissionState{SubmissionDraft, SubmissionSubmitted, SubmissionInReview, SubmissionApproved, SubmissionReturned, SubmissionScheduled}

// insertDraft writes a product without an answer, with its first draft, and returns the
// draft's id.
func insertDraft(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, formKey string) (int64, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return 0, err
	}
	tx = tx.WithContext(ctx)
	var productID, categoryID int64
	if err := tx.Raw(`SELECT id FROM categories WHERE slug = ?`, DefaultCategory).Scan(&categoryID).Error; err != nil {
		return 0, fmt.Errorf("catalog: default category: %w", err)
	}
	err = tx.Raw(`INSERT INTO products (shop_id, state, category_id, mode, price, created_by, created_at, updated_at)
		VALUES (?, ?, ?, ?, 0, ?, ?, ?) RETURNING id`,
		shopID, ProductUnpublished, categoryID, ModeStock, actor.UserID, now, now).Scan(&productID).Error
	if err != nil {
		return 0, fmt.Errorf("catalog: new product: %w", err)
	}
	id, err := insertSubmission(ctx, tx, actor, Submission{ProductID: productID, ShopID: shopID, Kind: SubmissionNew}, formKey)
	if err != nil {
		return 0, err
	}
	err = tx.Exec(`INSERT INTO revisions (submission_id, product_id, number, category_id, mode, lead_days, created_by, created_at, updated_at)
		VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?)`, id, productID, categoryID, ModeStock, DefaultLeadDays, actor.UserID, now, now).Error
	if err != nil {
		return 0, fmt.Errorf("catalog: first revision: %w", err)
	}
	return id, pointAtNewest(ctx, tx, id)
}

func goodKey(formKey string) error {
	if formKey == "" || len(formKey) > 100 {
		return fault.Invalid("catalog.form_key")
	}
	return nil
}

// working refuses new work in a shop that is closed or suspended.
func working(ctx context.Context, tx *gorm.DB, shopID int64) error {
	shop, err := shopByID(ctx, tx, shopID)
	if err != nil {
		return err
	}
	if shop.State == ShopClosed || shop.State == ShopSuspended {
		return fault.Forbidden("catalog.shop.not_working")
	}
	return nil
}

func submissionOfKey(ctx context.Context, tx *gorm.DB, shopID int64, formKey string) (int64, error) {
	var id int64
	err := tx.WithContext(ctx).Raw(`SELECT id FROM submissions WHERE shop_id = ? AND form_key = ?`, shopID, formKey).Scan(&id).Error
	if err != nil {
		return 0, fmt.Errorf("catalog: submission of form: %w", err)
	}
	return id, nil
}

func insertSubmission(ctx context.Context, tx *gorm.DB, actor account.Actor, sub Submission, formKey string) (int64, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return 0, err
	}
	var id int64
	err = tx.WithContext(ctx).Raw(`INSERT INTO submissions (product_id, shop_id, kind, state, base_price, form_key, created_by, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		sub.ProductID, sub.ShopID, sub.Kind, SubmissionDraft, sub.BasePrice, formKey, actor.UserID, now, now).Scan(&id).Error
	if err != nil {
		return 0, fmt.Errorf("catalog: new submission: %w", err)
	}
	return id, nil
}
