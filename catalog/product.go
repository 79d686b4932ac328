package catalog

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// What a maker changes without review (design §3.6): price within the band,
// pause, resume, archive; stock and capacity are in stock.go.

type product struct {
	ID             int64
	ShopID         int64
	Slug           string // "" until first approved
	State          ProductState
	LiveRevisionID *int64
	Mode           Mode
	Price          money.Rupiah
	ReviewedPrice  money.Rupiah
}

const productColumns = `id, shop_id, COALESCE(slug, '') AS slug, state, live_revision_id, mode, price, reviewed_price`

func productByID(ctx context.Context, tx *gorm.DB, id int64) (product, error) {
	var rows []product
	if err := tx.WithContext(ctx).Raw(`SELECT `+productColumns+` FROM products WHERE id = ?`, id).Scan(&rows).Error; err != nil {
		return product{}, fmt.Errorf("catalog: product: %w", err)
	}
	if len(rows) == 0 {
		return product{}, fault.NotFound("product")
	}
	return rows[0], nil
}

// ownProduct returns a product to its shop's people and to nobody else.
func ownProduct(ctx context.Context, tx *gorm.DB, actor account.Actor, id int64) (product, error) {
	p, err := productByID(ctx, tx, id)
	if err != nil {
		return product{}, err
	}
	if !actor.Manages(p.ShopID) {
		return product{}, fault.NotFound("another's product")
	}
	return p, nil
}

// Band returns the lowest and highest price a product may take without another
// review, around the price that was reviewed.
func Band(reviewed money.Rupiah) (lowest, highest money.Rupiah) {
	lowest = (reviewed*(100-PriceBand) + 99) / 100
	highest = reviewed * (100 + PriceBand) / 100
	return max(lowest, MinPrice), min(highest, MaxPrice)
}

// SetPrice changes the price of a live product at once. The shop's members and
// their companion may. A price outside the band around the reviewed one is
// refused with the band in the sentence: it goes through StartEdit and review.
// Orders keep the price they were placed at.
func (s *Service) SetPrice(ctx context.Context, actor account.Actor, productID int64, price money.Rupiah) error {
	if price < MinPrice || price > MaxPrice {
		return fault.Invalid("catalog.draft.invalid").With("price", "catalog.draft.price", "min", MinPrice, "max", MaxPrice)
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, err := ownProduct(ctx, tx, actor, productID)
		if err != nil {
			return err
		}
		if p.LiveRevisionID == nil || p.State == ProductArchived || p.State == ProductSuspended {
			return fault.Conflict("catalog.product.not_live")
		}
		lowest, highest := Band(p.ReviewedPrice)
		if price < lowest || price > highest {
			return fault.Invalid("catalog.draft.invalid").With("price", "catalog.price.band", "min", lowest, "max", highest)
		}
		if price == p.Price {
			return nil
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		res := tx.Exec(`UPDATE products SET price = ?, updated_at = ? WHERE id = ? AND state IN ? AND reviewed_price = ?`,
			price, now, productID, []ProductState{ProductPublished, ProductPaused}, p.ReviewedPrice)
		if res.Error != nil {
			return fmt.Errorf("catalog: set price: %w", res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("catalog.product.moved")
		}
		if err := invalidateProductTx(ctx, tx, p); err != nil {
			return err
		}
		return record(ctx, tx, actor, p.ShopID, "set_price", "product", productID, fmt.Sprintf("%d -> %d", p.Price, price))
	})
}

// Pause stops orders of a published product; its page stays. The shop's members
// and their companion may. Pausing a paused product changes nothing.
func (s *Service) Pause(ctx context.Context, actor account.Actor, productID int64) error {
	return s.moveProduct(ctx, actor, productID, "pause")
}

// Resume takes orders again.
func (s *Service) Resume(ctx context.Context, actor account.Actor, productID int64) error {
	return s.moveProduct(ctx, actor, productID, "resume")
}

// Archive takes a product away for good, its page and pictures included; orders
// keep what they sold. A change under review must be withdrawn first.
func (s *Service) Archive(ctx context.Context, actor account.Actor, productID int64) error {
	return s.moveProduct(ctx, actor, productID, "archive")
}

func (s *Service) moveProduct(ctx context.Context, actor account.Actor, productID int64, name string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		p, err := ownProduct(ctx, tx, actor, productID)
		if err != nil {
			return err
		}
		move := ProductMoves.Move(name)
		if p.State == move.To {
			return nil
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		res := tx.Exec(`UPDATE products SET state = ?, resume_state = '', updated_at = ? WHERE id = ? AND state IN ?`, move.To, now, productID, move.From)
		if res.Error != nil {
			return fmt.Errorf("catalog: %s product: %w", name, res.Error)
		}
		if res.RowsAffected == 0 {
			return fault.Conflict("catalog.product.moved")
		}
		if name == "archive" {
			var waiting int64
			err := tx.Raw(`SELECT COUNT(*) FROM submissions WHERE product_id = ? AND state IN ?`, productID,
				[]SubmissionState{SubmissionSubmitted, SubmissionInReview, SubmissionApproved, SubmissionScheduled}).Scan(&waiting).Error
			if err != nil {
				return fmt.Errorf("catalog: archive: %w", err)
			}
			if waiting > 0 {
				return fault.Conflict("catalog.product.under_review")
			}
		}
		return s.afterProductMoveTx(ctx, tx, actor, productID, name, "")
	})
}

// afterProductMoveTx lets the pictures and the cached pages follow the product's
// new state, and records who did it.
func (s *Service) afterProductMoveTx(ctx context.Context, tx *gorm.DB, actor account.Actor, productID int64, verb, note string) error {
	p, err := productByID(ctx, tx, productID)
	if err != nil {
		return err
	}
	shop, err := shopByID(ctx, tx, p.ShopID)
	if err != nil {
		return err
	}
	if p.LiveRevisionID != nil {
		pictures, err := picturesOf(ctx, tx, []int64{*p.LiveRevisionID})
		if err != nil {
			return err
		}
		if err := s.showTx(ctx, tx, pictures[*p.LiveRevisionID], shows(shop.State, p.State)); err != nil {
			return err
		}
		if err := invalidateProductTx(ctx, tx, p); err != nil {
			return err
		}
	}
	return record(ctx, tx, actor, p.ShopID, verb, "product", productID, note)
}

// invalidateProductTx forgets the cached pages that show the product.
func invalidateProductTx(ctx context.Context, tx *gorm.DB, p product) error {
	if p.Slug == "" {
		return nil
	}
	shop, err := shopByID(ctx, tx, p.ShopID)
	if err != nil {
		return err
	}
	return database.InvalidateTx(ctx, tx, "list", "shop:"+shop.Slug, "product:"+p.Slug)
}

// OwnProduct is one product as its maker sees it.
type OwnProduct struct {
	ProductID     int64
	ShopID        int64
	Slug          string // "" until first approved
	State         ProductState
	Title         string // of the change under way, else of what is live
	Unit          string
	PictureID     int64 // 0 without a picture
	Price         money.Rupiah
	LowestPrice   money.Rupiah // band without review; 0 until first approved
	HighestPrice  money.Rupiah
	Mode          Mode
	Available     int64 // left to promise in the pool the maker changes; for capacity this month
	NextAvailable int64 // the same next month; 0 for stock
	Monthly       int64 // capacity a new month starts with; 0 for stock

	SubmissionID    int64 // the newest change
	SubmissionKind  SubmissionKind
	SubmissionState SubmissionState
	ChangedAt       time.Time // when that change was last touched
}

// Changing reports whether a change is under way.
func (p OwnProduct) Changing() bool {
	for _, open := range openStates {
		if p.SubmissionState == open {
			return true
		}
	}
	return false
}

// MyProducts returns the shop's products, newest first, without archived ones,
// for its members and their companion. Errors: not found for everybody else.
func (s *Service) MyProducts(ctx context.Context, actor account.Actor, shopID int64) ([]OwnProduct, error) {
	if !actor.Manages(shopID) {
		return nil, fault.NotFound("another's shop")
	}
	return s.own(ctx, "p.shop_id = ? AND p.state <> ?", shopID, ProductArchived)
}

// MyProduct returns one of the shop's products, archived too.
func (s *Service) MyProduct(ctx context.Context, actor account.Actor, productID int64) (OwnProduct, error) {
	p, err := ownProduct(ctx, s.db.Read(ctx), actor, productID)
	if err != nil {
		return OwnProduct{}, err
	}
	all, err := s.own(ctx, "p.id = ?", p.ID)
	if err != nil {
		return OwnProduct{}, err
	}
	if len(all) == 0 {
		return OwnProduct{}, fault.NotFound("product")
	}
	return all[0], nil
}

func (s *Service) own(ctx context.Context, condition string, args ...any) ([]OwnProduct, error) {
	db := s.db.Read(ctx)
	var rows []struct { // no embedding: GORM passes over embedded structs of unexported types
		ID             int64
		ShopID         int64
		Slug           string
		State          ProductState
		LiveRevisionID *int64
		Mode           Mode
		Price          money.Rupiah
		ReviewedPrice  money.Rupiah
		SubmissionID   int64
		Kind           SubmissionKind
		SubmissionWhen time.Time
		SubState       SubmissionState
		RevisionID     int64
	}
	err := db.Raw(`SELECT p.id, p.shop_id, COALESCE(p.slug, '') AS slug, p.state, p.live_revision_id, p.mode, p.price, p.reviewed_price,
			s.id AS submission_id, s.kind, s.updated_at AS submission_when, s.state AS sub_state, s.revision_id
		FROM products p JOIN submissions s ON s.id = (SELECT MAX(n.id) FROM submissions n WHERE n.product_id = p.id)
		WHERE `+condition+` ORDER BY p.id DESC LIMIT 500`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: own products: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	out := make([]OwnProduct, len(rows))
	shown := make([]int64, len(rows)) // the revision that names the product to its maker
	ids := make([]int64, len(rows))
	for i, r := range rows {
		out[i] = OwnProduct{
			ProductID: r.ID, ShopID: r.ShopID, Slug: r.Slug, State: r.State, Price: r.Price, Mode: r.Mode,
			SubmissionID: r.SubmissionID, SubmissionKind: r.Kind, SubmissionState: r.SubState, ChangedAt: r.SubmissionWhen.UTC(),
		}
		shown[i], ids[i] = r.RevisionID, r.ID
		if r.LiveRevisionID != nil {
			out[i].LowestPrice, out[i].HighestPrice = Band(r.ReviewedPrice)
			if !out[i].Changing() {
				shown[i] = *r.LiveRevisionID
			}
		}
	}
	words, err := revisions(ctx, db, "r.id IN ?", shown)
	if err != nil {
		return nil, err
	}
	byID := map[int64]Revision{}
	for _, r := range words {
		byID[r.ID] = r
	}
	now, err := clock.Now(ctx, db)
	if err != nil {
		return nil, err
	}
	room, err := s.roomOf(ctx, db, now, ids)
	if err != nil {
		return nil, err
	}
	for i := range out {
		r := byID[shown[i]]
		out[i].Title, out[i].Unit = r.Title, r.Unit
		if len(r.Pictures) > 0 {
			out[i].PictureID = r.Pictures[0]
		}
		if rows[i].LiveRevisionID == nil { // nothing is live: what was typed is what counts
			out[i].Price, out[i].Mode = r.Price, r.Mode
			out[i].Available = r.Quantity
			if r.Mode == ModeCapacity {
				out[i].Monthly = r.Quantity
			}
			continue
		}
		own := room[ids[i]]
		out[i].Available, out[i].NextAvailable, out[i].Monthly = own.mainNow, own.mainNext, own.monthly
	}
	return out, nil
}
