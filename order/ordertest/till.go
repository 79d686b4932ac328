package ordertest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// Till is a gateway in memory that does what it is told: invoices stay pending
// until Pay, Settle or their expiry, refunds succeed at once.
type Till struct {
	mu       sync.Mutex
	invoices []*payment.Invoice
	refunds  []payment.GatewayRefund
	payouts  []payment.GatewayPayout
	failing  int
}

// Channel is how invoices are paid: one whose setting allows refunds through it.
const Channel = "DANA"

func (t *Till) find(fit func(*payment.Invoice) bool) *payment.Invoice {
	for _, inv := range t.invoices {
		if fit(inv) {
			return inv
		}
	}
	return nil
}

// Pay pays the invoice of a reference with an amount, whatever its state.
func (t *Till) Pay(reference string, amount money.Rupiah, channel string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	inv := t.find(func(i *payment.Invoice) bool { return i.Reference == reference })
	inv.Status, inv.PaidAmount, inv.PaidAt, inv.Channel, inv.Method = payment.InvoicePaid, amount, time.Now().UTC(), channel, "EWALLET"
	inv.GatewayPaymentID = "pay-" + inv.ID
}

// Settle credits a paid invoice.
func (t *Till) Settle(reference string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.find(func(i *payment.Invoice) bool { return i.Reference == reference }).Status = payment.InvoiceSettled
}

// Refunds are the refunds that went through the channel.
func (t *Till) Refunds() []payment.GatewayRefund {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]payment.GatewayRefund(nil), t.refunds...)
}

// CreateInvoice makes a pending invoice.
func (t *Till) CreateInvoice(_ context.Context, r payment.InvoiceRequest) (payment.Invoice, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	inv := payment.Invoice{ID: fmt.Sprintf("inv-%d", len(t.invoices)+1), Reference: r.Reference, Status: payment.InvoicePending,
		Amount: r.Amount, Currency: "IDR", URL: "https://till.example/" + r.Reference, ExpiresAt: time.Now().Add(r.Duration)}
	t.invoices = append(t.invoices, &inv)
	return inv, nil
}

// Invoice reads one invoice.
func (t *Till) Invoice(_ context.Context, gatewayID string) (payment.Invoice, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if inv := t.find(func(i *payment.Invoice) bool { return i.ID == gatewayID }); inv != nil {
		return *inv, nil
	}
	return payment.Invoice{}, payment.Rejected{Status: 404, Code: "INVOICE_NOT_FOUND_ERROR"}
}

// FindInvoices lists the invoices of a reference.
func (t *Till) FindInvoices(_ context.Context, reference string) ([]payment.Invoice, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if inv := t.find(func(i *payment.Invoice) bool { return i.Reference == reference }); inv != nil {
		return []payment.Invoice{*inv}, nil
	}
	return nil, nil
}

// ExpireInvoice closes a pending invoice.
func (t *Till) ExpireInvoice(_ context.Context, gatewayID string) (payment.Invoice, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	inv := t.find(func(i *payment.Invoice) bool { return i.ID == gatewayID })
	if inv == nil || inv.Status != payment.InvoicePending {
		return payment.Invoice{}, payment.Rejected{Status: 400, Code: "INVALID_INVOICE_STATUS"}
	}
	inv.Status = payment.InvoiceExpired
	return *inv, nil
}

// FailPayouts lets the next n payouts fail.
func (t *Till) FailPayouts(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.failing = n
}

// ReversePayout lets a payout that succeeded come back.
func (t *Till) ReversePayout(reference string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.payouts {
		if p := &t.payouts[i]; p.Reference == reference && p.Status == payment.PayoutSucceeded {
			p.Status, p.RawStatus, p.FailureCode = payment.PayoutReversed, "REVERSED", "REJECTED_BY_CHANNEL"
		}
	}
}

// Holds is what lies with the gateway, its fees aside: what was paid less what left.
func (t *Till) Holds() (sum money.Rupiah) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, inv := range t.invoices {
		if inv.Status == payment.InvoicePaid || inv.Status == payment.InvoiceSettled {
			sum += inv.PaidAmount
		}
	}
	for _, r := range t.refunds {
		sum -= r.Amount
	}
	for _, p := range t.payouts {
		if p.Status == payment.PayoutSucceeded {
			sum -= p.Amount
		}
	}
	return sum
}

// CreatePayout succeeds at once, unless FailPayouts said otherwise.
func (t *Till) CreatePayout(_ context.Context, r payment.PayoutRequest) (payment.GatewayPayout, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.payouts {
		if p.Reference == r.Reference {
			return p, nil
		}
	}
	p := payment.GatewayPayout{ID: fmt.Sprintf("out-%d", len(t.payouts)+1), Reference: r.Reference, Status: payment.PayoutSucceeded,
		RawStatus: "SUCCEEDED", Amount: r.Amount, Currency: "IDR"}
	if t.failing > 0 {
		t.failing--
		p.Status, p.RawStatus, p.FailureCode = payment.PayoutFailed, "FAILED", "INVALID_DESTINATION"
	}
	t.payouts = append(t.payouts, p)
	return p, nil
}

// Payout reads one payout.
func (t *Till) Payout(_ context.Context, gatewayID string) (payment.GatewayPayout, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.payouts {
		if p.ID == gatewayID {
			return p, nil
		}
	}
	return payment.GatewayPayout{}, payment.Rejected{Status: 404, Code: "DATA_NOT_FOUND"}
}

// FindPayouts lists the payouts of a reference.
func (t *Till) FindPayouts(_ context.Context, reference string) ([]payment.GatewayPayout, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var found []payment.GatewayPayout
	for _, p := range t.payouts {
		if p.Reference == reference {
			found = append(found, p)
		}
	}
	return found, nil
}

// CreateRefund succeeds at once.
func (t *Till) CreateRefund(_ context.Context, r payment.RefundRequest) (payment.GatewayRefund, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range t.refunds {
		if g.Reference == r.Reference {
			return g, nil
		}
	}
	g := payment.GatewayRefund{ID: fmt.Sprintf("ref-%d", len(t.refunds)+1), Reference: r.Reference, InvoiceID: r.InvoiceID,
		Status: payment.RefundSucceeded, Amount: r.Amount, Currency: "IDR"}
	t.refunds = append(t.refunds, g)
	return g, nil
}

// Refund reads one refund.
func (t *Till) Refund(_ context.Context, gatewayID string) (payment.GatewayRefund, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, g := range t.refunds {
		if g.ID == gatewayID {
			return g, nil
		}
	}
	return payment.GatewayRefund{}, payment.Rejected{Status: 404, Code: "REFUND_NOT_FOUND"}
}

// FindRefunds lists the refunds of an invoice.
func (t *Till) FindRefunds(_ context.Context, invoiceID string) ([]payment.GatewayRefund, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var found []payment.GatewayRefund
	for _, g := range t.refunds {
		if g.InvoiceID == invoiceID {
			found = append(found, g)
		}
	}
	return found, nil
}

// Balance is plenty.
func (t *Till) Balance(context.Context) (money.Rupiah, error) { return 1_000_000_000, nil }

// Fee of everything is the same.
const Fee money.Rupiah = 4_440

// Charged is how often the gateway took its fee: for money that was credited, and for
// payouts that left, even those that came back.
func (t *Till) Charged() (n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, inv := range t.invoices {
		if inv.Status == payment.InvoiceSettled {
			n++
		}
	}
	for _, p := range t.payouts {
		if p.Status == payment.PayoutSucceeded || p.Status == payment.PayoutReversed {
			n++
		}
	}
	return n
}

// Fee is known at once.
func (t *Till) Fee(context.Context, payment.Charge) (money.Rupiah, bool, error) {
	return Fee, true, nil
}

// ParseCallback takes none: tests read instead.
func (t *Till) ParseCallback(kind payment.CallbackKind, _ []byte) (payment.Callback, error) {
	return payment.Callback{}, fmt.Errorf("ordertest: no callbacks of kind %s", kind)
}
