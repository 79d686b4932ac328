package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// Gateway is what a payment gateway must offer. Every error is a Rejected (a
// definite no), or wraps ErrRetry (definitely nothing happened, or it was only a
// reading: try later) or ErrUnknown (it may or may not have happened: ask
// before doing it again). Implementations make no retries of their own.
type Gateway interface {
	// CreateInvoice makes a hosted payment page. It is not idempotent: look the
	// reference up with FindInvoices before a second try.
	CreateInvoice(ctx context.Context, r InvoiceRequest) (Invoice, error)
	// Invoice reads one invoice by the gateway's id; Rejected with NotFound() true
	// when the gateway does not know it.
	Invoice(ctx context.Context, gatewayID string) (Invoice, error)
	// FindInvoices lists every invoice with that reference; none is not an error.
	FindInvoices(ctx context.Context, reference string) ([]Invoice, error)
	// ExpireInvoice closes an unpaid invoice. Any refusal means: read it again.
	ExpireInvoice(ctx context.Context, gatewayID string) (Invoice, error)

	// CreatePayout sends money to a bank account or e-wallet. The same Key gives
	// the same payout, so that it may be repeated after ErrUnknown.
	CreatePayout(ctx context.Context, r PayoutRequest) (GatewayPayout, error)
	Payout(ctx context.Context, gatewayID string) (GatewayPayout, error)
	FindPayouts(ctx context.Context, reference string) ([]GatewayPayout, error)

	// CreateRefund sends a paid invoice's money back the way it came. The same
	// Key gives the same refund.
	CreateRefund(ctx context.Context, r RefundRequest) (GatewayRefund, error)
	Refund(ctx context.Context, gatewayID string) (GatewayRefund, error)
	FindRefunds(ctx context.Context, invoiceID string) ([]GatewayRefund, error)

	// Balance is the settled money that payouts are made from.
	Balance(ctx context.Context) (money.Rupiah, error)

	// Fee is what the gateway kept of one settled payment, or took on top of one
	// payout that succeeded, VAT included. known is false until the gateway has
	// taken it, or where its statement does not say it beyond doubt; 0 and known
	// means free.
	Fee(ctx context.Context, c Charge) (fee money.Rupiah, known bool, err error)

	// Statement reads one page of the account's statement, newest first.
	Statement(ctx context.Context, q StatementQuery) (StatementPage, error)

	// ParseCallback decodes a callback body; it trusts nothing in it.
	ParseCallback(kind CallbackKind, body []byte) (Callback, error)
}

// ErrRetry says that the gateway did nothing, or that a reading failed: the same
// call may simply be made again later.
var ErrRetry = errors.New("payment: gateway unavailable, try later")

// ErrUnknown says that the call may or may not have had its effect.
var ErrUnknown = errors.New("payment: outcome unknown")

// Rejected is a definite no of the gateway (a 4xx with a code).
type Rejected struct {
	Status  int    // HTTP status
	Code    string // the gateway's code, such as REFUND_NOT_SUPPORTED
	Message string // the gateway's own words, for the log
}

func (r Rejected) Error() string {
	return fmt.Sprintf("payment: gateway refused: %d %s: %s", r.Status, r.Code, r.Message)
}

// NotFound reports that the gateway does not know the object.
func (r Rejected) NotFound() bool { return r.Status == 404 }

// Ours reports that the refusal is about our key or its permissions: nothing is
// wrong with the request, an operator has to mend a setting and it can be sent
// again.
func (r Rejected) Ours() bool {
	if r.Status == 401 {
		return true
	}
	switch r.Code {
	case "INVALID_API_KEY", "REQUEST_FORBIDDEN_ERROR", "UNAUTHORIZED_SENDER_IP":
		return true
	}
	return false
}

// AsRejected returns the Rejected inside err.
func AsRejected(err error) (Rejected, bool) {
	var r Rejected
	ok := errors.As(err, &r)
	return r, ok
}

// InvoiceRequest asks for a hosted payment page.
type InvoiceRequest struct {
	Reference   string // ours, one per attempt
	Amount      money.Rupiah
	Description string
	PayerName   string
	Email       string // may be empty
	Duration    time.Duration
	SuccessURL  string
	FailureURL  string
	Channels    []string // codes of channels.json to offer; empty: whatever the account has
}

// InvoiceStatus is what the gateway says of an invoice.
type InvoiceStatus string

// The statuses of an invoice. Paid and settled both mean that the buyer paid;
// settled, that the money is in our balance.
const (
	InvoicePending InvoiceStatus = "PENDING"
	InvoicePaid    InvoiceStatus = "PAID"
	InvoiceSettled InvoiceStatus = "SETTLED"
	InvoiceExpired InvoiceStatus = "EXPIRED"
)

// Invoice is the gateway's object, read from its raw body.
type Invoice struct {
	ID               string
	Reference        string
	Status           InvoiceStatus
	Amount           money.Rupiah
	Currency         string
	URL              string
	ExpiresAt        time.Time
	Created          time.Time
	PaidAmount       money.Rupiah // 0 until paid
	PaidAt           time.Time    // zero until paid
	Method           string       // BANK_TRANSFER, EWALLET, QR_CODE, RETAIL_OUTLET…
	Channel          string       // BCA, DANA, QRIS…; codes of channels.json
	GatewayPaymentID string       // where the channel has one
}

// Bank is where money is sent: a bank account or an e-wallet.
type Bank struct {
	ChannelCode   string // ID_BCA…, see PayoutChannels
	AccountNumber string // digits
	HolderName    string
}

// PayoutRequest sends money out.
type PayoutRequest struct {
	Key         string // idempotency key, persisted before the first call
	Reference   string
	Amount      money.Rupiah
	Bank        Bank
	Description string // banks cut it to 14–30 characters
}

// PayoutStatus is what the gateway says of a payout.
type PayoutStatus string

// The statuses of a payout, folded: every status the gateway may still change
// by itself is PayoutPending, every end without money moved is PayoutFailed.
const (
	PayoutPending   PayoutStatus = "PENDING"
	PayoutSucceeded PayoutStatus = "SUCCEEDED"
	PayoutFailed    PayoutStatus = "FAILED"
	PayoutReversed  PayoutStatus = "REVERSED"
)

// GatewayPayout is the gateway's payout object.
type GatewayPayout struct {
	ID          string
	Reference   string
	Status      PayoutStatus
	RawStatus   string // as the gateway words it: ACCEPTED, REQUESTED, CANCELLED…
	FailureCode string
	Amount      money.Rupiah
	Currency    string
}

// RefundRequest sends paid money back through its channel.
type RefundRequest struct {
	Key       string
	Reference string
	InvoiceID string
	Amount    money.Rupiah
	Reason    string // REQUESTED_BY_CUSTOMER, CANCELLATION, DUPLICATE, OTHERS
}

// RefundStatus is what the gateway says of a refund.
type RefundStatus string

// The statuses of a refund at the gateway.
const (
	RefundPending   RefundStatus = "PENDING"
	RefundSucceeded RefundStatus = "SUCCEEDED"
	RefundFailed    RefundStatus = "FAILED"
)

// GatewayRefund is the gateway's refund object.
type GatewayRefund struct {
	ID          string
	Reference   string
	InvoiceID   string
	Status      RefundStatus
	FailureCode string
	Amount      money.Rupiah
	Currency    string
}

// ChargeKind says what a fee was for; it is also the table whose row has it.
type ChargeKind string

// What costs a fee.
const (
	ChargePayment ChargeKind = "payment"
	ChargePayout  ChargeKind = "payout"
)

// Charge names a payment or payout in the gateway's statement.
type Charge struct {
	Kind      ChargeKind
	GatewayID string // the payout's; a payment's line has an id of its own
	PaymentID string // the payment's id at its channel, where there is one
	Reference string
	Amount    money.Rupiah // paid, or sent
	Channel   string       // of a payment
}

// StatementQuery asks for the lines of the account's statement that changed since
// Since (zero: all of them), after the line with the id After ("": from the newest).
type StatementQuery struct {
	Since time.Time
	After string
}

// StatementPage is one page; More says that there is another after its last line.
type StatementPage struct {
	Lines []StatementLine
	More  bool
}

// The kinds of statement lines that concern rows of ours; the gateway has others
// (TOPUP, WITHDRAWAL, TRANSFER …).
const (
	LinePayment = "PAYMENT"
	LinePayout  = "DISBURSEMENT"
	LineRefund  = "REFUND"
)

// StatementLine is one line of the account's statement.
type StatementLine struct {
	ID        string // the gateway's, unique
	Kind      string // LinePayment …
	Status    string // SUCCESS, PENDING, FAILED, VOIDED, REVERSED
	In        bool   // money came in
	ProductID string // the payout's or refund's id; a payment's id at its channel
	Reference string // ours
	Channel   string
	Currency  string
	Amount    money.Rupiah
	Cost      money.Rupiah // fee and taxes beside the amount, when Known
	VAT       money.Rupiah // of it
	Known     bool         // the gateway has said what it costs
	Settled   bool
	Created   time.Time
	Updated   time.Time
}

// CallbackKind is the kind of object a callback is about; each has its own URL.
type CallbackKind string

// The three callback addresses.
const (
	CallbackInvoice CallbackKind = "invoice"
	CallbackPayout  CallbackKind = "payout"
	CallbackRefund  CallbackKind = "refund"
)

// Callback is a decoded callback body. Nothing in it is believed before the
// object has been read from the gateway.
type Callback struct {
	Kind             CallbackKind
	Event            string // payout.succeeded…; for invoices the status
	GatewayID        string
	Reference        string // ours
	Status           string // as sent: PAID, EXPIRED, SUCCEEDED…
	Amount           money.Rupiah
	PaidAmount       money.Rupiah
	Currency         string
	Channel          string
	GatewayPaymentID string
	InvoiceID        string // refunds
	FailureCode      string
}
