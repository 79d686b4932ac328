// Package catalog owns what is for sale: shops, categories, products, the
// submissions on their way through review with their immutable revisions, and
// the pools and allotments from which promises are made.
//
// Two rules hold it together. Public queries reach words and pictures only
// through products.live_revision_id, which a trigger lets point at approved
// revisions only. And nothing is sold twice: a promise is a row whose amount was
// added to its allotment by one conditional UPDATE (see PromiseTx).
//
// Tables: shops, categories, products, product_addresses, synonyms, variants, price_tiers,
// submissions, revisions, revision_pictures, revision_labels, revision_variants,
// revision_tiers, certificates, rule_switches, rule_checks, rule_check_lines, certificate_watch, product_suspensions, pools, product_pools, allotments, promises,
// stock_movements, collections, collection_products,
// product_ratings, share_pictures, direct_changes. It may import media, account and internal packages.
package catalog

import (
	"context"
	"slices"
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
	MaxMinQuantity = 1_000
	MaxSide        = 300 // centimetres of a packed piece
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

	// DefaultCategory is the slug of what has no kind of its own.
	DefaultCategory = "lainnya"
)

// Mode says how a product can be promised.
type Mode string

// The modes. A pool has one allotment in ModeStock and one per month in
// ModeCapacity. Goods with their price on request are promised from a monthly
// capacity, once an offer was accepted.
const (
	ModeStock    Mode = "stock"    // finished pieces on the shelf
	ModeCapacity Mode = "capacity" // made to order, so many a month or week
	ModePreorder Mode = "preorder" // within a window that opens and closes
	ModeQuote    Mode = "quote"    // "Minta harga": never through the cart; a price of 0 means none is named
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
	Members      int64 // of a group; 0: not told
	SinceYear    int64 // 0: not told
	// ContactUserID is whose own number buyers may use; 0: the agency's.
	ContactUserID int64
	CreatedAt     time.Time
}

// Place is the public location: village and district, never an address.
func (s Shop) Place() string {
	return placeOf(s.Village, s.DistrictCode)
}

func placeOf(village, districtCode string) string {
	if village == "" {
		return region.Place(districtCode)
	}
	return village + ", " + region.Place(districtCode)
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
	Price        money.Rupiah // of one piece; of the cheapest variant; 0 only in ModeQuote
	WeightGrams  int64        // of one piece, for delivery; never 0
	VolumeCM3    int64        // of one packed piece; 0 when the maker gave no size
	PictureID    int64        // first picture
	State        ProductState
	ShopState    ShopState
	Mode         Mode
	LeadDays     int64
	PickupOnly   bool
	Marks        Marks  // the certificates that hold now
	Rating       Rating `gorm:"embedded;embeddedPrefix:rating_"`
	UnitKind     UnitKind
	MinQuantity  int64 // the fewest pieces of one order, over all variants; at least 1
	Service      bool  // work done, not goods
	Somewhere    bool  // made for some places only; see AreasOf

	VariantID   int64       `gorm:"-"` // the chosen variant; 0 before Choose and without variants
	VariantName string      `gorm:"-"`
	Variants    []Variant   `gorm:"-"` // in the maker's order; none for most products
	Tiers       []PriceTier `gorm:"-"` // rising quantities, falling prices; none for many products

	HowSoon   HowSoon   `gorm:"-"`
	Rooms     []Room    `gorm:"-"` // what can be promised, soonest first; none while nothing can
	Window    *Window   `gorm:"-"` // of a pre-order: the one that is open (see Preordering), else the next; nil without
	Reopens   time.Time `gorm:"-"` // the day a product or shop that is closed for some days takes orders again; zero when it does
	resting   bool      // it, or its shop, has days off that are not over
	Available int64     `gorm:"-"` // pieces in the first of Rooms
	ReadyBy   time.Time `gorm:"-"` // its day; midnight in the shop's zone

	ClosedItself bool `gorm:"-"` // its maker closed this product until a day (CloseUntil)
}

// Room is how many pieces of a product can be promised in one period, and by
// when. A line is promised whole in one period.
type Room struct {
	Period   string    // see period.go
	Start    time.Time // today, or the first day of a later period; midnight in the shop's zone
	ReadyBy  time.Time // the day it leaves or can be collected
	Pieces   int64
	Capacity int64 // of the pool the maker changes: what there is in the period,
	Taken    int64 // and what of it is promised
}

// Public reports whether the product has a public page.
func (s Sellable) Public() bool {
	return s.ShopState == ShopOpen && (s.State == ProductPublished || s.State == ProductPaused)
}

// Orderable reports whether the smallest order can be placed now: one piece, or
// the maker's minimum. Goods with their price on request never can.
func (s Sellable) Orderable() bool { return s.CanTake(max(s.MinQuantity, 1)) }

// CanTake reports whether so many pieces could be promised at this moment. It is
// for showing; only PromiseTx decides.
func (s Sellable) CanTake(pieces int64) bool {
	_, ok := s.ReadyFor(pieces)
	return ok
}

// ReadyFor returns the day by which so many pieces would be ready, and false if
// they cannot be promised in one period.
func (s Sellable) ReadyFor(pieces int64) (time.Time, bool) {
	room, ok := s.RoomFor(pieces)
	return room.ReadyBy, ok
}

// RoomFor returns the first period in which so many pieces can be promised.
func (s Sellable) RoomFor(pieces int64) (Room, bool) {
	if s.selling() && pieces > 0 {
		for _, r := range s.Rooms {
			if pieces <= r.Pieces {
				return r, true
			}
		}
	}
	return Room{}, false
}

func (s Sellable) selling() bool {
	return s.State == ProductPublished && s.ShopState == ShopOpen && s.Mode != ModeQuote
}

// MostTakeable is the largest number of pieces one order may ask for now.
func (s Sellable) MostTakeable() (most int64) {
	if s.selling() {
		for _, r := range s.Rooms {
			most = max(most, r.Pieces)
		}
	}
	return most
}

// first repeats the first of Rooms where most readers look.
func (s *Sellable) first() {
	s.Available, s.ReadyBy = 0, time.Time{}
	if len(s.Rooms) > 0 {
		s.Available, s.ReadyBy = s.Rooms[0].Pieces, s.Rooms[0].ReadyBy
	}
}

// Preordering reports whether the product is on pre-order and its window open.
func (s Sellable) Preordering() bool { return s.HowSoon == Preorder && len(s.Rooms) > 0 }

// Waitable reports whether one may wait for more than is left.
func (s Sellable) Waitable() bool { return s.selling() && len(s.Rooms) > 0 }

// Holding is the product for the buyer who has the hold: what is held counts as
// left.
func (s Sellable) Holding(h Hold) Sellable {
	s.Rooms = slices.Clone(s.Rooms)
	for i, r := range s.Rooms {
		if r.Period == h.Period {
			s.Rooms[i].Pieces += h.Quantity
			s.first()
		}
	}
	return s
}

// ProductView is a product's public page.
type ProductView struct {
	Sellable
	Description string
	Pictures    []int64 // in the maker's order
	GivenWeight int64   // grams as the maker gave it, 0 if not given
	Label       Label
	Area        Area // where it is made for; empty is everywhere
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
	BaseSheet        string       // every live price when the edit began (Revision.sheet)
	FirstSubmittedAt *time.Time   // its age in the queue
	SubmittedAt      *time.Time
	DecidedAt        *time.Time
	WishDay          string     // when the maker wants it to go live, like 2026-12-01 in the shop's zone; "" at once
	LiveAt           *time.Time // of what is scheduled: a day's beginning in the shop's zone
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
	UnitKind     UnitKind
	MinQuantity  int64 // over all variants; at least 1
	Service      bool  // work done, not goods
	LengthCM     int64 // of one packed piece; all three 0 when not given
	WidthCM      int64
	HeightCM     int64
	SealedAt     *time.Time
	CreatedBy    int64
	CreatedAt    time.Time
	UpdatedAt    time.Time
	Pictures     []int64        `gorm:"-"`
	Label        Label          `gorm:"-"`
	Variants     []DraftVariant `gorm:"-"`
	Tiers        []PriceTier    `gorm:"-"`
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
	window   *window
	messages Messages // nil: nobody on the waiting list is told
	waiting  WaitingRules
}

// NewService returns the catalog on db. keys sign the cursors of listings.
func NewService(db *database.DB, keys id.Keys, pictures Pictures) *Service {
	s := &Service{db: db, keys: keys, pictures: pictures, waiting: DefaultWaitingRules()}
	s.window = newWindow(s)
	return s
}

// record writes the trail of something done in a shop, with the maker it was
// done for when a companion acts.
func record(ctx context.Context, tx *gorm.DB, actor account.Actor, shopID int64, verb, object string, objectID int64, note string) error {
	return trail.RecordTx(ctx, tx, trail.Entry{
		Actor: actor.UserID, Subject: actor.SubjectFor(shopID),
		Verb: verb, Object: object, ObjectID: objectID, Note: note,
	})
}
