package order

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/payment"
)

// Promises is what catalog does with the capacity behind an order's lines.
type Promises interface {
	KeepTx(ctx context.Context, tx *gorm.DB, lineIDs []int64) error
	ReleaseTx(ctx context.Context, tx *gorm.DB, lineIDs []int64, quantities map[int64]int64) error
	UseTx(ctx context.Context, tx *gorm.DB, lineIDs []int64) error
	TakeBackTx(ctx context.Context, tx *gorm.DB, lineIDs []int64) error
	RepromiseTx(ctx context.Context, tx *gorm.DB, demands []catalog.Demand) ([]catalog.Promised, error)
}

// Counters knows where buyers collect.
type Counters interface {
	PickupAddress(ctx context.Context, shopID int64) (delivery.Address, error)
}

// Books is the ledger's journal.
type Books interface {
	PostTx(ctx context.Context, tx *gorm.DB, e ledger.Entry) error
	ChargeShopTx(ctx context.Context, tx *gorm.DB, e ledger.Entry, shopID int64, to ledger.Account, amount money.Rupiah) error
	RepayTx(ctx context.Context, tx *gorm.DB, shopID int64, cause, memo string) error
}

// Refunds sends money back.
type Refunds interface {
	RefundTx(ctx context.Context, tx *gorm.DB, r payment.NewRefund) (payment.Refund, error)
	// RefundToken is the one-time link token of a refund that awaits an account;
	// false when it does not.
	RefundToken(r payment.Refund) (string, bool)
}

// Messages tells people.
type Messages interface {
	SendTx(ctx context.Context, tx *gorm.DB, m notify.Message) error
	CallTx(ctx context.Context, tx *gorm.DB, companionUserID, shopID, orderID int64, reason string) error
}

// People knows who runs a shop and who helps it.
type People interface {
	MembersTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]account.User, error)
	CompanionsTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]account.User, error)
}

// Pictures keeps the photos of steps and complaints.
type Pictures interface {
	PicturesTx(ctx context.Context, tx *gorm.DB, ids []int64) (map[int64]media.Picture, error)
	RemoveTx(ctx context.Context, tx *gorm.DB, ids []int64) error
}

// Parts are the neighbours an order's effects need; main fills them.
type Parts struct {
	Promises Promises
	Counters Counters
	Books    Books
	Refunds  Refunds
	Messages Messages
	People   People
	Pictures Pictures
}

// Settings are the waiting times of the timers. Changing them affects moves made
// afterwards.
type Settings struct {
	UnseenAfter     time.Duration // reminder and call list, counted from payment; 6 hours
	ArrivalGrace    time.Duration // after the longest transit; 2 days
	CompleteAfter   int           // working days after delivery; 3
	CollectWithin   int           // working days after a pick-up order is ready; 5
	ComplainWithin  int           // working days after delivery in which a completed order may still be complained about; 2 by law (PP 80/2019)
	DirectPayWithin time.Duration // for paying the shop itself; 24 hours
	ProofUnseen     time.Duration // after proof of that, before the shop is reminded; a day
	DateAnswer      time.Duration // before staff see that a buyer did not answer to a new date; 2 days
	TwoPeopleAbove  money.Rupiah  // the most that one of staff gives back alone from a complaint; a million
	PickupTries     int64         // wrong codes before a pause; 5
	PickupPause     time.Duration // 15 minutes
	TokenLasts      time.Duration // how long the tracking link works, from placing; a year
	ContactVisible  time.Duration // how long the shop keeps the buyer's contact after delivery or another end; 30 days
}

// DefaultSettings are those of design §4.
func DefaultSettings() Settings {
	return Settings{
		UnseenAfter:     6 * time.Hour,
		ArrivalGrace:    48 * time.Hour,
		CompleteAfter:   3,
		CollectWithin:   5,
		ComplainWithin:  2,
		DirectPayWithin: 24 * time.Hour,
		ProofUnseen:     24 * time.Hour,
		DateAnswer:      48 * time.Hour,
		TwoPeopleAbove:  1_000_000,
		PickupTries:     5,
		PickupPause:     15 * time.Minute,
		TokenLasts:      365 * 24 * time.Hour,
		ContactVisible:  30 * 24 * time.Hour,
	}
}

// Service is the order machine.
type Service struct {
	db       *database.DB
	keys     id.Keys
	parts    Parts
	settings Settings
}

// NewService makes the machine over its neighbours.
func NewService(db *database.DB, keys id.Keys, parts Parts, settings Settings) *Service {
	return &Service{db: db, keys: keys, parts: parts, settings: settings}
}

// kinds of tokens derived from the installation's keys
const (
	tokenKind  = "order"
	pickupKind = "pickup"
)

// token is the guest token of /pesanan/{token}, recomputed and never stored.
// It is empty when the key that made it was removed.
func (s *Service) token(row orderRow) string {
	token, _ := s.keys.Recall(tokenKind, row.ID, row.TokenHash)
	return token
}

// pickupCode is the six digits that prove at the counter that the buyer came.
// Like the token it is derived, so the shop cannot read it from any page.
func (s *Service) pickupCode(row orderRow) string {
	secret, ok := s.keys.Recall(pickupKind, row.ID, row.PickupHash)
	if !ok {
		return ""
	}
	var n uint64
	for _, c := range []byte(id.Hash(secret)[:12]) {
		n = n*31 + uint64(c)
	}
	return fmt.Sprintf("%06d", n%1_000_000)
}
