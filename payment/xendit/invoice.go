package xendit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/xendit/xendit-go/v7/common"
	sdkinvoice "github.com/xendit/xendit-go/v7/invoice"

	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// longest is the longest life of an invoice that the SDK's float32 seconds hold
// exactly (2^24 s, 194 days).
const longest = 1 << 24 * time.Second

// invoiceBody is what we read of an invoice, from answers and callbacks alike.
type invoiceBody struct {
	ID             string `json:"id"`
	ExternalID     string `json:"external_id"`
	Status         string `json:"status"`
	Amount         amount `json:"amount"`
	Currency       string `json:"currency"`
	InvoiceURL     string `json:"invoice_url"`
	ExpiryDate     moment `json:"expiry_date"`
	Created        moment `json:"created"`
	PaidAmount     amount `json:"paid_amount"`
	PaidAt         moment `json:"paid_at"`
	PaymentMethod  string `json:"payment_method"`
	PaymentChannel string `json:"payment_channel"`
	PaymentID      string `json:"payment_id"`
	BankCode       string `json:"bank_code"`
	EwalletType    string `json:"ewallet_type"`
}

// channel is the payment channel under the names of payment/channels.json.
func (b invoiceBody) channel() string {
	switch {
	case b.PaymentChannel != "":
		return b.PaymentChannel
	case b.BankCode != "":
		return b.BankCode
	}
	return b.EwalletType
}

func (b invoiceBody) invoice() (payment.Invoice, error) {
	if b.ID == "" || b.ExternalID == "" || b.Currency == "" {
		return payment.Invoice{}, fmt.Errorf("invoice without id, external_id or currency")
	}
	inv := payment.Invoice{
		ID: b.ID, Reference: b.ExternalID, Amount: money.Rupiah(b.Amount), Currency: b.Currency,
		URL: b.InvoiceURL, ExpiresAt: time.Time(b.ExpiryDate), Created: time.Time(b.Created),
	}
	switch s := payment.InvoiceStatus(b.Status); s {
	case payment.InvoicePending, payment.InvoiceExpired:
		inv.Status = s
	case payment.InvoicePaid, payment.InvoiceSettled:
		inv.Status = s
		inv.PaidAmount = money.Rupiah(b.PaidAmount)
		inv.PaidAt = time.Time(b.PaidAt)
		inv.Method, inv.Channel, inv.GatewayPaymentID = b.PaymentMethod, b.channel(), b.PaymentID
		if inv.PaidAmount == 0 {
			return payment.Invoice{}, fmt.Errorf("invoice %s is %s without paid_amount", b.ID, b.Status)
		}
	default:
		return payment.Invoice{}, fmt.Errorf("invoice %s has the unknown status %q", b.ID, b.Status)
	}
	return inv, nil
}

// CreateInvoice makes a hosted payment page through the SDK.
func (c *Client) CreateInvoice(ctx context.Context, r payment.InvoiceRequest) (payment.Invoice, error) {
	const op = "create invoice"
	wire, err := wireAmount(r.Amount)
	if err != nil {
		return payment.Invoice{}, err
	}
	if r.Reference == "" || len(r.Reference) > 255 {
		return payment.Invoice{}, fmt.Errorf("xendit: reference of %d bytes", len(r.Reference))
	}
	seconds := r.Duration.Truncate(time.Second)
	if seconds <= 0 || seconds > longest {
		return payment.Invoice{}, fmt.Errorf("xendit: invoice duration %s is outside 1 s..%s", r.Duration, longest)
	}
	req := sdkinvoice.NewCreateInvoiceRequest(r.Reference, wire)
	if len(r.Channels) > 0 {
		req.SetPaymentMethods(r.Channels)
	}
	req.SetCurrency("IDR")
	// A duration, not an amount: whole seconds up to 2^24 are exact in float32.
	req.SetInvoiceDuration(float32(seconds / time.Second))
	if r.Description != "" {
		req.SetDescription(r.Description)
	}
	if r.SuccessURL != "" {
		req.SetSuccessRedirectUrl(r.SuccessURL)
	}
	if r.FailureURL != "" {
		req.SetFailureRedirectUrl(r.FailureURL)
	}
	if r.Email != "" {
		req.SetPayerEmail(r.Email)
	}
	if r.PayerName != "" {
		customer := sdkinvoice.NewCustomerObject()
		customer.SetGivenNames(r.PayerName)
		req.SetCustomer(*customer)
	}
	ctx, x := begin(told(ctx, func() { crash.Point("xendit/invoice/sent") }))
	_, _, failed := c.api.InvoiceApi.CreateInvoice(ctx).CreateInvoiceRequest(*req).Execute()
	inv, err := oneInvoice(op, x, changes, said(failed))
	if err != nil {
		return payment.Invoice{}, err
	}
	if inv.Reference != r.Reference || inv.Amount != r.Amount || inv.Currency != "IDR" {
		return payment.Invoice{}, odd(op, changes, "asked %s %d IDR, got %s %d %s", r.Reference, int64(r.Amount), inv.Reference, int64(inv.Amount), inv.Currency)
	}
	return inv, nil
}

// Invoice reads one invoice.
func (c *Client) Invoice(ctx context.Context, gatewayID string) (payment.Invoice, error) {
	ctx, x := begin(ctx)
	_, _, failed := c.api.InvoiceApi.GetInvoiceById(ctx, gatewayID).Execute()
	return oneInvoice("read invoice", x, reads, said(failed))
}

// FindInvoices lists the invoices with our reference, oldest first.
func (c *Client) FindInvoices(ctx context.Context, reference string) ([]payment.Invoice, error) {
	const op = "find invoices"
	ctx, x := begin(ctx)
	_, _, failed := c.api.InvoiceApi.GetInvoices(ctx).ExternalId(reference).Execute()
	var bodies []json.RawMessage
	if err := outcome(op, x, reads, said(failed), &bodies); err != nil {
		return nil, err
	}
	found := make([]payment.Invoice, 0, len(bodies))
	for _, raw := range bodies {
		var b invoiceBody
		if err := json.Unmarshal(raw, &b); err != nil {
			return nil, odd(op, reads, "%v", err)
		}
		if b.ExternalID != reference {
			continue
		}
		inv, err := b.invoice()
		if err != nil {
			return nil, odd(op, reads, "%v", err)
		}
		found = append(found, inv)
	}
	oldestFirst(found)
	return found, nil
}

func oldestFirst(list []payment.Invoice) {
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && list[j].Created.Before(list[j-1].Created); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

// ExpireInvoice closes an unpaid invoice.
func (c *Client) ExpireInvoice(ctx context.Context, gatewayID string) (payment.Invoice, error) {
	ctx, x := begin(ctx)
	_, _, failed := c.api.InvoiceApi.ExpireInvoice(ctx, gatewayID).Execute()
	return oneInvoice("expire invoice", x, changes, said(failed))
}

func oneInvoice(op string, x *exchange, e effect, cause string) (payment.Invoice, error) {
	var b invoiceBody
	if err := outcome(op, x, e, cause, &b); err != nil {
		return payment.Invoice{}, err
	}
	inv, err := b.invoice()
	if err != nil {
		return payment.Invoice{}, odd(op, e, "%v", err)
	}
	return inv, nil
}

// said takes the SDK's error as the concrete pointer it is: put into an error
// interface, a nil one would no longer be nil.
func said(failed *common.XenditSdkError) string {
	if failed == nil {
		return ""
	}
	return failed.Error()
}
