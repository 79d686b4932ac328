// Package finance takes the makers' money out: their bank accounts, their
// requests to withdraw, and the decisions of the people who may let money leave.
// It owns bank_accounts, withdrawals, payout_batches, payout_batch_items and
// unmatched_payments.
//
// Four eyes (design §3.9): who asks never decides. A maker's new bank account is
// confirmed by the agency; a withdrawal is approved by finance, for an
// institution after a second person of its own; nobody decides about their own,
// a relative's or an assisted shop. Companions and officers never ask for a
// withdrawal and never set a bank account. Only money in shop_payable can leave,
// and only settled money ever gets there (package order).
//
// A use case: it may import order and everything below it.
package finance

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// KindWithdrawal is the purpose of the payouts made here; main registers the
// Service as their payment.OutcomeSettler.
const KindWithdrawal = "withdrawal"

// Smallest and Largest bound one withdrawal; the bank's own bounds
// (payment.PayoutChannels) may be narrower.
const (
	Smallest money.Rupiah = 10_000
	Largest  money.Rupiah = 250_000_000
)

// Payouts sends money out (payment.Service).
type Payouts interface {
	PayOutTx(ctx context.Context, tx *gorm.DB, p payment.NewPayout) (payment.Payout, error)
	// Payout says how far a payout is; an unknown outcome is shown, never guessed.
	Payout(ctx context.Context, payoutID int64) (payment.Payout, error)
	// PayoutFee guesses what a payout to that channel costs, from the last ones.
	PayoutFee(ctx context.Context, channelCode string) (fee money.Rupiah, known bool, err error)
}

// GatewayBooks is what the gateway's statement says beside ours (payment.Service).
type GatewayBooks interface {
	ResolveTx(ctx context.Context, tx *gorm.DB, n payment.Resolution) (payment.Resolved, error)
	AskMatchTx(ctx context.Context, tx *gorm.DB, by int64) error
	// OwnMoveTx tells of money the operator itself moves, so that its line is known.
	OwnMoveTx(ctx context.Context, tx *gorm.DB, n payment.OwnMove) error
}

// Shops knows what kind of seller a shop is and where (catalog.Service).
type Shops interface {
	Shop(ctx context.Context, shopID int64) (catalog.Shop, error)
	ShopTx(ctx context.Context, tx *gorm.DB, shopID int64) (catalog.Shop, error)
}

// People knows who runs a shop and whether its money rests (account.Service).
type People interface {
	MembersTx(ctx context.Context, tx *gorm.DB, shopID int64) ([]account.User, error)
	WithRole(ctx context.Context, role account.Role) ([]account.User, error)
	RestWithdrawalsTx(ctx context.Context, tx *gorm.DB, userID int64) (time.Time, error)
	WithdrawalsRestTx(ctx context.Context, tx *gorm.DB, shopID int64) (time.Time, error)
	AllowReveal(ctx context.Context, actor account.Actor) error
	RevealTx(ctx context.Context, tx *gorm.DB, actor account.Actor, userID int64, what account.RevealKind, reason string) error
}

// Orders knows which orders still hold money for a shop (order.Service).
type Orders interface {
	// HeldOrders returns the shop's orders that were paid and whose money was not
	// released or given back entirely, with the reason.
	HeldOrders(ctx context.Context, shopID int64) ([]order.Held, error)
}

// Messages tells people (notify.Service).
type Messages interface {
	SendTx(ctx context.Context, tx *gorm.DB, m notify.Message) error
}

// Parts are the neighbours; main fills all of them.
type Parts struct {
	Books    *ledger.Service
	Payouts  Payouts
	Shops    Shops
	People   People
	Orders   Orders
	Messages Messages
	Refunds  Refunds
	Gateway  GatewayBooks
	Parties  Parties
	Keys     id.Keys // seal the account numbers

	// TwoPeopleAbove is a setting: the most that one person of finance may send
	// back alone; 0 means the package's TwoPeopleAbove.
	TwoPeopleAbove money.Rupiah

	// AdvancePercent is a setting: how much of what is held for a shop may be given
	// it ahead for materials; 0 means the package's AdvancePercent.
	AdvancePercent int64

	// SubsidyLow is a setting: below it finance is asked to fill the account that
	// bears fees; 0 means the package's SubsidyLow.
	SubsidyLow money.Rupiah

	// BatchAlone is a setting: the most that one person of finance may let go at
	// once, in one withdrawal or one batch; 0 means the package's BatchAlone.
	BatchAlone money.Rupiah
	Queue      Queue
}

// Queue takes the jobs of this package (jobs.Queue).
type Queue interface {
	InsertTx(ctx context.Context, tx *gorm.DB, args jobs.Args, opts ...jobs.Option) error
}

// Service is the one writer of bank accounts and withdrawals.
type Service struct {
	db    *database.DB
	parts Parts
}

// NewService makes finance over its neighbours.
func NewService(db *database.DB, parts Parts) *Service { return &Service{db: db, parts: parts} }

// ownsMoney reports whether the actor may ask for a shop's money: its owner, a
// group's treasurer, or the officer who runs an institution's shop. Ordinary
// members of a group see totals only.
func ownsMoney(actor account.Actor, shopID int64) bool { return actor.KeepsMoney(shopID) }

// seesMoney reports whether the actor may read a shop's movements.
func seesMoney(actor account.Actor, shopID int64) bool {
	return ownsMoney(actor, shopID) || actor.Has(account.RoleFinance) || actor.Has(account.RoleAdmin)
}

// mustOwnMoney refuses everybody else: a helper or member of the shop learns why,
// a stranger learns nothing.
func mustOwnMoney(actor account.Actor, shopID int64) error {
	switch {
	case ownsMoney(actor, shopID):
		return nil
	case (actor.Manages(shopID) || actor.Runs(shopID)) && !actor.IsSystem():
		return fault.Forbidden("finance.money.own_only")
	}
	return fault.NotFound(fmt.Sprintf("money of shop %d", shopID))
}

func (s *Service) record(ctx context.Context, tx *gorm.DB, actor, subject int64, verb, object string, id int64, note string) error {
	if subject == actor {
		subject = 0
	}
	return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor, Subject: subject, Verb: verb, Object: object, ObjectID: id, Note: note})
}

// tell sends one message to everybody who runs the shop, on every channel they
// have.
func (s *Service) tell(ctx context.Context, tx *gorm.DB, shopID int64, kind string, data map[string]string) error {
	members, err := s.parts.People.MembersTx(ctx, tx, shopID)
	if err != nil {
		return err
	}
	for _, u := range members {
		err := s.parts.Messages.SendTx(ctx, tx, notify.Message{
			Kind: kind, Data: data, Link: "/toko-saya/uang",
			To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
