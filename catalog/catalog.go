// Package catalog owns what is for sale: shops, categories, products, the
// submissions on their way through review with their immutable revisions, and
// the pools and allotments from which promises are made.
//
// Two rules hold it together. Public queries reach words and pictures only
// through products.live_revision_id, which a trigger lets point at approved
// revisions only. And nothing is sold twice: a promise is a row whose amount was
// added to its allotment by one conditional UPDATE (see PromiseTx).
//
// Tables: shops, categories, products, product_tokens, submissions, revisions,
// revision_pictures, pools, product_pools, allotments, promises,
// stock_movements. It may import media, account and internal packages.
package catalog

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/media"
)

// Limits of what a maker may type. A price outside them is refused with a
// sentence, and so is a quantity that no small workshop means.
const (
	MinPrice       = money.Rupiah(1)
	MaxPrice       = money.Rupiah(100_000_000)
	MaxQuantity    = 1_000_000
	MaxLeadDays    = 90
	MaxWeightGrams = 200_000
	MaxPictures    = 12
	MaxTitle       = 100  // letters
	MaxDescription = 5000 // letters
	MaxUnit        = 40   // letters
)

const (
	// PriceBand is how many percent a live price may move, up or down, from the
	// price that was reviewed, without another review (design §3.6).
	PriceBand = 20
	// DefaultLeadDays is the promised working days of a maker who says nothing.
	DefaultLeadDays = 3
	// DefaultWeightGrams is what one piece counts for delivery when the maker
	// gave no weight.
	DefaultWeightGrams = 1000
	// PictureOwner is the owner kind under which product pictures are stored in
	// media; the owner id is the product's.
	PictureOwner = "product"

	defaultCategory = "lainnya"
)

// Mode says how a product can be promised.
type Mode string

// The modes of this marketplace's first products. A pool has one allotment in
// ModeStock and one per month in ModeCapacity.
const (
	ModeStock    Mode = "stock"    // finished pieces on the shelf
	ModeCapacity Mode = "capacity" // made to order, so many a month
)

// Category is one shelf of the shop window; they are data.
type Category struct {
	ID       int64
	Slug     string
	Name     string
	Position int64
}

// Shop is a seller as anybody may see it. The exact address is not in it: that
// belongs to package delivery.
type Shop struct {
	ID           int64
	Slug         string
	Name         string
	Kind         ShopKind
	State        ShopState
	About        string
	ProvinceCode string
	RegencyCode  string
	DistrictCode string
	Village      string
	CreatedAt    time.Time
}

// Place is the public location: village and district, never an address.
func (s Shop) Place() string {
	if s.Village == "" {
		return region.Place(s.DistrictCode)
	}
	return s.Village + ", " + region.Place(s.DistrictCode)
}

// Sellable is a product as it can be ordered now: its live words, its present
// price, and how many can be promised by when. Amounts are pieces.
type Sellable struct {
	ProductID    int64
	RevisionID   int64 // the live revision: what the buyer saw
	ShopID       int64
	Slug         string
	Title        string
	Unit         string // "toples 500 g"; may be empty
	ShopName     string
	ShopSlug     string
	RegencyCode  string // of the shop: where parcels start
	DistrictCode string
	CategorySlug string
	CategoryName string
	Price        money.Rupiah
	WeightGrams  int64 // of one piece, for delivery; never 0
	PictureID    int64 // first picture
	State        ProductState
	ShopState    ShopState
	Mode         Mode
	LeadDays     int64
	PickupOnly   bool

	Available     int64     // pieces that can be promised in Period
	Period        string    // "" for stock, else this month, "2026-11"
	ReadyBy       time.Time // if ordered now from Available; a day, at midnight in the shop's zone
	NextAvailable int64     // pieces that can be promised in NextPeriod, once Available is not enough
	NextPeriod    string    // next month; "" for stock
	NextReadyBy   time.Time
}

// Public reports whether the product has a public page.
func (s Sellable) Public() bool {
	return s.ShopState == ShopOpen && (s.State == ProductPublished || s.State == ProductPaused)
}

// Orderable reports whether at least one piece can be ordered now.
func (s Sellable) Orderable() bool { return s.CanTake(1) }

// CanTake reports whether so many pieces could be promised at this moment. It is
// for showing; only PromiseTx decides.
func (s Sellable) CanTake(pieces int64) bool {
	_, ok := s.ReadyFor(pieces)
	return ok
}

// ReadyFor returns the day by which so many pieces would be ready, and false if
// they cannot be promised in one period.
func (s Sellable) ReadyFor(pieces int64) (time.Time, bool) {
	switch {
	case s.State != ProductPublished || s.ShopState != ShopOpen || pieces < 1:
		return time.Time{}, false
	case pieces <= s.Available:
		return s.ReadyBy, true
	case pieces <= s.NextAvailable:
		return s.NextReadyBy, true
	}
	return time.Time{}, false
}

// MostTakeable is the largest number of pieces one order may ask for now.
func (s Sellable) MostTakeable() int64 {
	if s.State != ProductPublished || s.ShopState != ShopOpen {
		return 0
	}
	return max(s.Available, s.NextAvailable)
}

// ProductView is a product's public page.
type ProductView struct {
	Sellable
	Description string
	Pictures    []int64 // in the maker's order
	GivenWeight int64   // grams as the maker gave it, 0 if not given
	Shop        Shop
}

// Submission is a change on its way: a new product or an edit of a live one.
type Submission struct {
	ID               int64
	ProductID        int64
	ShopID           int64
	Kind             SubmissionKind
	State            SubmissionState
	BasePrice        money.Rupiah // live price when the edit began; 0 for a new product
	FirstSubmittedAt *time.Time   // its age in the queue
	SubmittedAt      *time.Time
	DecidedAt        *time.Time
	CreatedBy        int64
	CreatedAt        time.Time
	UpdatedAt        time.Time
	Revision         Revision `gorm:"-"` // the newest
}

// Editable reports whether the maker may change words and pictures now.
func (s Submission) Editable() bool {
	return s.State == SubmissionDraft || s.State == SubmissionReturned
}

// Revision is one version of a product's words and pictures. Once sealed (by
// submitting) it never changes, by trigger.
type Revision struct {
	ID           int64
	SubmissionID int64
	ProductID    int64
	Number       int64 // 1, 2, … within its submission
	Title        string
	Description  string
	Unit         string
	CategoryID   int64
	CategorySlug string
	CategoryName string
	Price        money.Rupiah
	Mode         Mode
	Quantity     int64 // stock, or pieces a month; counts only for a product's first approval
	LeadDays     int64 // working days from order to ready
	WeightGrams  int64 // 0: not given
	PickupOnly   bool
	SealedAt     *time.Time
	CreatedBy    int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
	Pictures     []int64 `gorm:"-"`
}

// Pictures is what catalog needs of media.
type Pictures interface {
	// Pictures returns the pictures that exist among ids.
	Pictures(ctx context.Context, ids []int64) (map[int64]media.Picture, error)
	// SetVisibilityTx changes who may see the pictures, in the caller's transaction.
	SetVisibilityTx(ctx context.Context, tx *gorm.DB, ids []int64, v media.Visibility) error
}

// Service is the catalog.
type Service struct {
	db       *database.DB
	keys     id.Keys
	pictures Pictures
}

// NewService returns the catalog on db. keys sign the cursors of listings.
func NewService(db *database.DB, keys id.Keys, pictures Pictures) *Service {
	return &Service{db: db, keys: keys, pictures: pictures}
}

// record writes the trail of something done in a shop, with the maker it was
// done for when a companion acts.
func record(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, verb, object string, objectID int64, note string) error {
	return trail.RecordTx(ctx, tx, trail.Entry{
		Actor: actor.UserID, Subject: actor.SubjectFor(shopID),
		Verb: verb, Object: object, ObjectID: objectID, Note: note,
	})
}
