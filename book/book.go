// Package book is a maker's own cash book ("buku kas"): what came in and what went
// out, day by day, and what a piece of each product costs. It owns book_entries and
// book_costs.
//
// An entry never changes. What orders bring posts itself, in the transaction in which
// package order ends them (SaleTx, RefundTx, CommissionTx); everything else is typed by
// a member of the shop or an assigned companion, under both names. What was typed
// wrong is taken back by an entry of its own, and stays to be seen.
//
// The book is the maker's account of her trade, beside the ledger, which is ours of
// money in our hands: a sale stands in it from the day on which the order ended, a
// withdrawal does not, because it only moves money she had.
//
// It stands beside ledger: it may import media, account and internal packages.
package book

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
)

// Kind says what an entry is for, and by that whether money came or went.
type Kind string

// The kinds. Those of orders post themselves; the others are typed.
const (
	Sale       Kind = "sale"       // goods of an order, when it ended
	Refund     Kind = "refund"     // given back to a buyer afterwards
	Delivery   Kind = "delivery"   // what a buyer paid for the way
	Courier    Kind = "courier"    // of it, what is passed on to a courier
	Commission Kind = "commission" // the operator's part of a sale

	Material  Kind = "material"  // bahan
	Packaging Kind = "packaging" // kemasan
	Transport Kind = "transport" // ongkos
	Wage      Kind = "wage"      // upah
	Other     Kind = "other"     // lain-lain: electricity, rent, credit for the phone
	Tool      Kind = "tool"      // alat, used for years: no cost of the month
	Capital   Kind = "capital"   // setoran modal: somebody paid in
	Drawing   Kind = "drawing"   // ambil pribadi: taken for the household
)

// Kinds lists them as reports show them: what came in, what it cost, and what is told
// apart from the income.
var Kinds = []Kind{Sale, Delivery, Capital, Refund, Courier, Commission, Material, Packaging, Transport, Wage, Other, Tool, Drawing}

// Typed lists the kinds that people write, the commonest first.
var Typed = []Kind{Material, Packaging, Transport, Wage, Tool, Other, Capital, Drawing}

// In reports whether money of the kind comes in.
func (k Kind) In() bool { return k == Sale || k == Delivery || k == Capital }

// Earning reports whether the kind counts for the net income: tools last for years, and
// what is paid in or taken out is the maker's own money.
func (k Kind) Earning() bool { return k != Tool && k != Capital && k != Drawing }

// Itself reports whether entries of the kind post themselves.
func (k Kind) Itself() bool {
	switch k {
	case Sale, Refund, Delivery, Courier, Commission:
		return true
	}
	return false
}

// LabelKey is the text key of its name.
func (k Kind) LabelKey() string { return "book.kind." + string(k) }

// Bounds of what may be typed.
const (
	Largest  money.Rupiah = 500_000_000 // one entry; more is a zero too many
	DaysBack int          = 90          // how far in the past a day may lie, and what may still be taken back
	MaxWords int          = 80          // letters
	// PictureOwner is the media owner kind of photos of receipts; the owner id is the
	// shop's. They stay private.
	PictureOwner string = "book"
)

// Entry is one line of the book.
type Entry struct {
	ID         int64
	ShopID     int64
	Day        string // 2026-11-22, in the shop's zone
	Kind       Kind
	Amount     money.Rupiah // above zero; see Signed
	Words      string       // the maker's, or an order's number
	PictureID  int64        // of the receipt, 0 without one
	OrderID    int64        // it came from, 0 when it was typed
	Corrects   int64        // the entry it takes back, 0 for none
	Replaces   int64        // the entry that was taken back for it, 0 for none
	TakenBack  bool         // another entry takes it back; filled when read
	RecordedBy int64        // users.id; 0: posted itself
	SubjectID  int64        // users.id of the maker for whom a companion wrote, else 0
	RecordedAt time.Time
}

// Signed is what the entry does to what is left: + came in, − went out.
func (e Entry) Signed() money.Rupiah {
	if e.Kind.In() == (e.Corrects == 0) {
		return e.Amount
	}
	return -e.Amount
}

// Open reports whether the entry may be taken back, as far as itself goes: it was
// typed, stands, and takes nothing back.
func (e Entry) Open() bool { return !e.Kind.Itself() && e.Corrects == 0 && !e.TakenBack }

// entryRow is a row of book_entries.
type entryRow struct {
	ID         int64
	ShopID     int64
	Day        string
	Kind       Kind
	Amount     money.Rupiah
	Words      string
	PictureID  *int64
	Source     string
	OrderID    *int64
	Corrects   *int64
	Replaces   *int64
	RecordedBy int64
	SubjectID  int64
	FormKey    string
	RecordedAt time.Time
	TakenBack  bool `gorm:"->;-:migration"`
}

func (entryRow) TableName() string { return "book_entries" }

func (r entryRow) entry() Entry {
	at := func(id *int64) int64 {
		if id == nil {
			return 0
		}
		return *id
	}
	return Entry{ID: r.ID, ShopID: r.ShopID, Day: r.Day, Kind: r.Kind, Amount: r.Amount, Words: r.Words, PictureID: at(r.PictureID), OrderID: at(r.OrderID),
		Corrects: at(r.Corrects), Replaces: at(r.Replaces), TakenBack: r.TakenBack, RecordedBy: r.RecordedBy, SubjectID: r.SubjectID, RecordedAt: r.RecordedAt.UTC()}
}

// Pictures keeps the photos of receipts (media.Service).
type Pictures interface {
	PicturesTx(ctx context.Context, tx *gorm.DB, ids []int64) (map[int64]media.Picture, error)
	RemoveTx(ctx context.Context, tx *gorm.DB, ids []int64) error
}

// Place says in which regency a shop stands, by which its days are counted; not found
// for a shop that is not there.
type Place func(ctx context.Context, tx *gorm.DB, shopID int64) (regencyCode string, err error)

// Service is the one writer of the book, beside the functions that package order calls.
type Service struct {
	db       *database.DB
	place    Place
	pictures Pictures
}

// NewService makes the service over its neighbours.
func NewService(db *database.DB, place Place, pictures Pictures) *Service {
	return &Service{db: db, place: place, pictures: pictures}
}

// may lets in who does the shop's daily work: its members and an assigned companion. To
// everybody else the book does not exist, whatever their role; neither to a member of a
// group who only sees the own part.
func may(actor account.Actor, shopID int64) error {
	if actor.SignedIn() && actor.Manages(shopID) {
		return nil
	}
	return fault.NotFound(fmt.Sprintf("book of shop %d", shopID))
}

// MaySeePictures says whether somebody may see the receipts of a shop's book.
func (s *Service) MaySeePictures(_ context.Context, actor account.Actor, shopID int64) (bool, error) {
	return may(actor, shopID) == nil, nil
}

// ShopOf returns whose book an entry stands in; not found for none.
func (s *Service) ShopOf(ctx context.Context, entryID int64) (int64, error) {
	var shops []int64
	if err := s.db.Read(ctx).Raw("SELECT shop_id FROM book_entries WHERE id = ?", entryID).Scan(&shops).Error; err != nil {
		return 0, fmt.Errorf("book: entry %d: %w", entryID, err)
	}
	if len(shops) == 0 {
		return 0, fault.NotFound(fmt.Sprintf("book entry %d", entryID))
	}
	return shops[0], nil
}

// dayIn is the calendar day of an instant where a shop stands.
func dayIn(at time.Time, regencyCode string) string {
	return at.In(calendar.Zone(regencyCode)).Format(time.DateOnly)
}
