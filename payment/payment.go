package payment

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// Purpose says what money is for, in words of the package that cares: the kind
// chooses the settler, the id is that package's row.
type Purpose struct {
	Kind string
	ID   int64
}

// KindUnmatched is the purpose of money that no payment of ours asked for (a
// paid invoice with an unknown reference); its id is the callback's row. Register
// a Settler for it that books the money to suspense.
const KindUnmatched = "unmatched"

// KindRefund is the purpose of the payouts this package makes for refunds; it is
// settled here and cannot be registered.
const KindRefund = "refund"

// Smallest is the smallest online payment (design §4; Xendit refuses less).
const Smallest money.Rupiah = 10_000

// State of a payment. It only moves to a higher rank: created, unknown < open <
// expired, cancelled, failed < paid < settled. Money beats everything.
type State string

// The states of a payment.
const (
	Created   State = "created"   // intent written, no invoice yet
	Unknown   State = "unknown"   // the invoice may or may not exist
	Open      State = "open"      // the buyer can pay
	Paid      State = "paid"      // the gateway has the buyer's money
	Settled   State = "settled"   // the money is in our gateway balance
	Expired   State = "expired"   // the gateway confirmed: time over, not paid
	Cancelled State = "cancelled" // we asked, the gateway confirmed: not paid
	Failed    State = "failed"    // the gateway refused to make the invoice
)

// Live reports that the buyer may still pay, or that we do not know yet.
func (s State) Live() bool { return s == Created || s == Unknown || s == Open }

// Received reports that the buyer's money reached the gateway.
func (s State) Received() bool { return s == Paid || s == Settled }

// Payment is one attempt to collect an amount: one row, one reference, one
// invoice. Another attempt for the same purpose is another payment.
type Payment struct {
	ID               int64
	PurposeKind      string
	PurposeID        int64
	Reference        string // external_id at the gateway, unique per attempt
	Amount           money.Rupiah
	State            State
	PayerName        string
	Email            string
	Description      string
	ReturnURL        string
	ExpiresAt        time.Time
	GatewayID        string
	InvoiceURL       string
	PaidAmount       money.Rupiah // what arrived; differs from Amount when Mismatch
	PaidAt           *time.Time
	Method           string
	Channel          string
	GatewayPaymentID string
	Late             bool          // the money came after LapsedTx (or after a refusal)
	Surplus          bool          // a second invoice of the same attempt was paid too
	Refunded         money.Rupiah  // sum of refunds that were not given up; ≤ PaidAmount
	Fee              *money.Rupiah // what the gateway kept, once it is known and booked
	Problem          string        // "", "amount", "currency", "identity": for finance
	CancelRequested  bool
	FailureCode      string
	DoubtAt          *time.Time // when the making of the invoice last ended unknown
	Tries            int
	Checks           int
	NextCheckAt      *time.Time
	LeaseUntil       *time.Time
	LeaseToken       string
	CreatedAt        time.Time
	UpdatedAt        time.Time

	// started is what StartTx returned to who opens the invoice. No row read later
	// has it, though it has the token: a form that is sent twice finds the payment,
	// but the right to call the gateway is the first one's.
	started bool
}

// TableName is the table of Payment.
func (Payment) TableName() string { return "payments" }

// Purpose says what the payment is for.
func (p Payment) Purpose() Purpose { return Purpose{p.PurposeKind, p.PurposeID} }

// Exact reports that the money arrived in time, once and to the rupiah, so that
// it may count for what it was meant; anything else belongs in suspense unless
// the settler can still use it.
func (p Payment) Exact() bool {
	return p.State.Received() && !p.Late && !p.Surplus && p.Problem == "" && p.PaidAmount == p.Amount
}

// New is what StartTx needs.
type New struct {
	Purpose     Purpose
	Amount      money.Rupiah
	PayerName   string
	Email       string // may be empty
	Description string // what the buyer sees at the gateway
	ExpiresAt   time.Time
	ReturnURL   string // our status page; being there proves nothing
	Opening     bool   // the caller calls OpenStarted right after the commit
}

// RefundState is the state of a refund.
type RefundState string

// The states of a refund. Every refund ends in succeeded, unless a reversed
// payout puts it back to awaiting_account; an unclaimed one stays visible there.
const (
	RefundRequested       RefundState = "requested"        // to be sent through the channel
	RefundUnknown         RefundState = "unknown"          // sent, no answer yet
	RefundAccepted        RefundState = "accepted"         // the gateway is working on it
	RefundAwaitingAccount RefundState = "awaiting_account" // the buyer gives an account by link
	RefundPaying          RefundState = "paying"           // a payout to that account is under way
	RefundDone            RefundState = "succeeded"
)

// Refund is money owed back to a payer.
type Refund struct {
	ID          int64
	PaymentID   int64
	PurposeKind string
	PurposeID   int64
	Amount      money.Rupiah
	Reason      string // for the trail and the gateway
	RefundKey   string // the caller's key: the same key is the same refund
	Reference   string
	State       RefundState
	TokenHash   *string // of the one-time link, while an account is awaited
	GatewayID   string
	PayoutID    *int64
	FailureCode string // of the last attempt
	Attempt     int
	Tries       int
	Checks      int
	NextCheckAt *time.Time
	LeaseUntil  *time.Time
	LeaseToken  string
	HolderHint  string     // last digits and name of the account, for people to recognise
	AwaitsSince *time.Time // since when an account is awaited, this time
	LinkSentAt  *time.Time // when the last link went out
	LinkRound   int        // makes the link of every reminder a new one
	Reminded    int        // how often, since AwaitsSince
	CreatedAt   time.Time
	UpdatedAt   time.Time
	CompletedAt *time.Time
}

// TableName is the table of Refund.
func (Refund) TableName() string { return "refunds" }

// Purpose says what the refund is for.
func (r Refund) Purpose() Purpose { return Purpose{r.PurposeKind, r.PurposeID} }

// NewRefund is what RefundTx needs.
type NewRefund struct {
	PaymentID int64
	Amount    money.Rupiah
	Key       string // unique, for example "order-17-cancel-3"
	Purpose   Purpose
	Reason    string
}

// PayoutState is the state of a payout.
type PayoutState string

// The states of a payout.
const (
	PayoutCreated        PayoutState = "created"   // intent and key written
	PayoutUnknown        PayoutState = "unknown"   // sent, no answer yet
	PayoutAccepted       PayoutState = "accepted"  // the gateway is working on it
	PayoutStateSucceeded PayoutState = "succeeded" // may still be reversed
	PayoutStateFailed    PayoutState = "failed"    // no money moved
	PayoutStateReversed  PayoutState = "reversed"  // it moved and came back
)

// Payout is money sent out.
type Payout struct {
	ID             int64
	PurposeKind    string
	PurposeID      int64
	Amount         money.Rupiah
	ChannelCode    string
	AccountSealed  string `gorm:"column:account_number"` // opened by Service.BankOf
	HolderName     string
	Description    string
	PayoutKey      string // the caller's key: the same key is the same payout
	IdempotencyKey string // ours at the gateway, written before the first call
	Reference      string
	State          PayoutState
	GatewayID      string
	FailureCode    string
	Problem        string        // "" or a contradiction between what we told and what the gateway says now
	Fee            *money.Rupiah // what the gateway took on top, once it is known and booked
	Tries          int
	Checks         int
	NextCheckAt    *time.Time
	LeaseUntil     *time.Time
	LeaseToken     string
	CreatedAt      time.Time
	UpdatedAt      time.Time
	CompletedAt    *time.Time
}

// TableName is the table of Payout.
func (Payout) TableName() string { return "payouts" }

// Purpose says what the payout is for.
func (p Payout) Purpose() Purpose { return Purpose{p.PurposeKind, p.PurposeID} }

// BankOf is where the payout goes, with the account number readable: for the
// gateway and for who may reveal it. The caller decides who that is.
func (s *Service) BankOf(p Payout) (Bank, error) {
	number, err := s.keys.Unseal(sealBank, p.AccountSealed)
	if err != nil {
		return Bank{}, fmt.Errorf("payment: payout %d: %w", p.ID, err)
	}
	return Bank{p.ChannelCode, number, p.HolderName}, nil
}

// NewPayout is what PayOutTx needs. Sending again after a failure needs a new
// Key, and a person who asks for it.
type NewPayout struct {
	Purpose     Purpose
	Amount      money.Rupiah
	Bank        Bank
	Key         string // unique, for example "withdrawal-12-1"
	Description string
}

// Settler is told what became of payments of one purpose kind. Each method is
// called at most once per payment, inside payment's own transaction: an error
// rolls everything back and the work is tried again later. It must not call
// the gateway or open a transaction.
type Settler interface {
	// PaidTx: the buyer's money is at the gateway. Called for every payment that
	// money arrived for, also late, surplus or of a wrong amount: p.Exact() says
	// whether it is what was asked for; if not, the settler decides between using
	// it and suspense.
	PaidTx(ctx context.Context, tx *gorm.DB, p Payment) error
	// LapsedTx: the gateway confirmed that nobody paid and nobody can any more
	// (expired, cancelled, or the invoice was refused). What was held may be let
	// go. PaidTx may still follow, with p.Late.
	LapsedTx(ctx context.Context, tx *gorm.DB, p Payment) error
	// SettledTx: the money is in our gateway balance. Always after PaidTx.
	SettledTx(ctx context.Context, tx *gorm.DB, p Payment) error
}

// OutcomeSettler is told what became of payouts of one purpose kind, with the
// same rules as Settler.
type OutcomeSettler interface {
	PayoutSucceededTx(ctx context.Context, tx *gorm.DB, p Payout) error
	// PayoutFailedTx: no money moved; p.FailureCode says why.
	PayoutFailedTx(ctx context.Context, tx *gorm.DB, p Payout) error
	// PayoutReversedTx: the money came back after PayoutSucceededTx, which was
	// always called before.
	PayoutReversedTx(ctx context.Context, tx *gorm.DB, p Payout) error
}

// FeeSettler is told what the gateway took for a payment or payout: once, with a
// fee above zero, in the transaction that stores it on the row, with the same
// rules as Settler. object names the row.
type FeeSettler interface {
	FeeTx(ctx context.Context, tx *gorm.DB, p Purpose, object ChargeOf, fee money.Rupiah) error
}

// ChargeOf names a row that costs a fee.
type ChargeOf struct {
	Kind ChargeKind
	ID   int64
}

// RefundSettler is told what became of refunds of one purpose kind, with the
// same rules as Settler; RefundFailedTx may come once per attempt.
type RefundSettler interface {
	// RefundedTx: the money left towards the payer.
	RefundedTx(ctx context.Context, tx *gorm.DB, r Refund) error
	// RefundFailedTx: an attempt ended without money moved. The refund now awaits
	// an account: send the buyer the link (Service.RefundToken).
	RefundFailedTx(ctx context.Context, tx *gorm.DB, r Refund) error
	// RefundReminderTx: the payer has not given an account for days, and the link
	// is a new one: send it. The one before does not work any more.
	RefundReminderTx(ctx context.Context, tx *gorm.DB, r Refund) error
	// RefundReversedTx: the money came back after RefundedTx. The refund awaits an
	// account again.
	RefundReversedTx(ctx context.Context, tx *gorm.DB, r Refund) error
}
