package xendit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// call makes one request with the SDK's address, key and client, but our own
// structs, so that amounts stay int64.
func (c *Client) call(ctx context.Context, op, method, path string, query url.Values, key string, in, out any, e effect) error {
	header := map[string]string{"Accept": "application/json"}
	if key != "" {
		header["Idempotency-Key"] = key
	}
	if in != nil {
		header["Content-Type"] = "application/json"
	}
	if query == nil {
		query = url.Values{}
	}
	ctx, x := begin(ctx)
	req, err := c.api.PrepareRequest(ctx, c.base+path, method, in, header, query, url.Values{}, nil)
	if err != nil {
		return fmt.Errorf("xendit: %s: %w", op, err)
	}
	cause := ""
	res, err := c.api.CallAPI(req)
	if err != nil {
		cause = err.Error()
	} else {
		_ = res.Body.Close() // already read by the recorder
	}
	return outcome(op, x, e, cause, out)
}

type payoutBody struct {
	ID          string `json:"id"`
	ReferenceID string `json:"reference_id"`
	Status      string `json:"status"`
	FailureCode string `json:"failure_code"`
	Amount      amount `json:"amount"`
	Currency    string `json:"currency"`
	ChannelCode string `json:"channel_code"`
}

// payoutStatus folds the gateway's open list of statuses. One we have never
// heard of may still change, so it keeps being asked about.
func payoutStatus(s string) payment.PayoutStatus {
	switch s {
	case "SUCCEEDED":
		return payment.PayoutSucceeded
	case "REVERSED":
		return payment.PayoutReversed
	case "FAILED", "CANCELLED", "COMPLIANCE_REJECTED", "REJECTED", "EXPIRED":
		return payment.PayoutFailed
	}
	return payment.PayoutPending
}

func (b payoutBody) payout() (payment.GatewayPayout, error) {
	if b.ID == "" || b.Status == "" || b.Currency == "" {
		return payment.GatewayPayout{}, fmt.Errorf("payout without id, status or currency")
	}
	p := payment.GatewayPayout{
		ID: b.ID, Reference: b.ReferenceID, Status: payoutStatus(b.Status), RawStatus: b.Status,
		FailureCode: b.FailureCode, Amount: money.Rupiah(b.Amount), Currency: b.Currency,
	}
	if p.Status == payment.PayoutFailed && p.FailureCode == "" {
		p.FailureCode = b.Status
	}
	return p, nil
}

// CreatePayout sends money out; the same key gives the same payout.
func (c *Client) CreatePayout(ctx context.Context, r payment.PayoutRequest) (payment.GatewayPayout, error) {
	const op = "create payout"
	if r.Key == "" || len(r.Key) > 100 {
		return payment.GatewayPayout{}, fmt.Errorf("xendit: payout key of %d bytes", len(r.Key))
	}
	if r.Amount <= 0 || r.Amount > largest {
		return payment.GatewayPayout{}, fmt.Errorf("xendit: payout amount %d is outside 1..%d", int64(r.Amount), int64(largest))
	}
	type properties struct {
		AccountNumber     string `json:"account_number"`
		AccountHolderName string `json:"account_holder_name"`
	}
	in := struct {
		ReferenceID       string     `json:"reference_id"`
		ChannelCode       string     `json:"channel_code"`
		ChannelProperties properties `json:"channel_properties"`
		Amount            int64      `json:"amount"`
		Currency          string     `json:"currency"`
		Description       string     `json:"description,omitempty"`
	}{r.Reference, r.Bank.ChannelCode, properties{r.Bank.AccountNumber, r.Bank.HolderName}, int64(r.Amount), "IDR", r.Description}
	var b payoutBody
	ctx = told(ctx, func() { crash.Point("xendit/payout/sent") })
	if err := c.call(ctx, op, http.MethodPost, "/v2/payouts", nil, r.Key, &in, &b, changes); err != nil {
		return payment.GatewayPayout{}, err
	}
	p, err := b.payout()
	if err != nil {
		return payment.GatewayPayout{}, odd(op, changes, "%v", err)
	}
	if p.Amount != r.Amount || p.Currency != "IDR" || p.Reference != r.Reference {
		return payment.GatewayPayout{}, odd(op, changes, "asked %s %d IDR, got %s %d %s", r.Reference, int64(r.Amount), p.Reference, int64(p.Amount), p.Currency)
	}
	return p, nil
}

// Payout reads one payout.
func (c *Client) Payout(ctx context.Context, gatewayID string) (payment.GatewayPayout, error) {
	const op = "read payout"
	var b payoutBody
	if err := c.call(ctx, op, http.MethodGet, "/v2/payouts/"+url.PathEscape(gatewayID), nil, "", nil, &b, reads); err != nil {
		return payment.GatewayPayout{}, err
	}
	p, err := b.payout()
	if err != nil {
		return payment.GatewayPayout{}, odd(op, reads, "%v", err)
	}
	return p, nil
}

// FindPayouts lists the payouts with our reference.
func (c *Client) FindPayouts(ctx context.Context, reference string) ([]payment.GatewayPayout, error) {
	const op = "find payouts"
	var raw json.RawMessage
	if err := c.call(ctx, op, http.MethodGet, "/v2/payouts", url.Values{"reference_id": {reference}}, "", nil, &raw, reads); err != nil {
		return nil, err
	}
	var bodies []payoutBody
	if err := list(raw, &bodies); err != nil {
		return nil, odd(op, reads, "%v", err)
	}
	found := make([]payment.GatewayPayout, 0, len(bodies))
	for _, b := range bodies {
		if b.ReferenceID != reference {
			continue
		}
		p, err := b.payout()
		if err != nil {
			return nil, odd(op, reads, "%v", err)
		}
		found = append(found, p)
	}
	return found, nil
}

// list decodes a bare array or {"data": [...]}: Xendit's guide shows the first,
// its reference the second.
func list(raw []byte, v any) error {
	if b := bytes.TrimSpace(raw); len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, v)
	}
	var page struct {
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return err
	}
	if page.Data == nil {
		return fmt.Errorf("list without data")
	}
	return json.Unmarshal(page.Data, v)
}

type refundBody struct {
	ID            string `json:"id"`
	InvoiceID     string `json:"invoice_id"`
	PaymentID     string `json:"payment_id"`
	ReferenceID   string `json:"reference_id"`
	Status        string `json:"status"`
	FailureCode   string `json:"failure_code"`
	Amount        amount `json:"amount"`
	Currency      string `json:"currency"`
	ChannelCode   string `json:"channel_code"`
	PaymentMethod string `json:"payment_method_type"`
}

func (b refundBody) refund() (payment.GatewayRefund, error) {
	if b.ID == "" || b.Status == "" || b.Currency == "" {
		return payment.GatewayRefund{}, fmt.Errorf("refund without id, status or currency")
	}
	r := payment.GatewayRefund{
		ID: b.ID, Reference: b.ReferenceID, InvoiceID: b.InvoiceID,
		FailureCode: b.FailureCode, Amount: money.Rupiah(b.Amount), Currency: b.Currency,
	}
	switch b.Status {
	case "SUCCEEDED":
		r.Status = payment.RefundSucceeded
	case "FAILED", "CANCELLED":
		r.Status = payment.RefundFailed
		if r.FailureCode == "" {
			r.FailureCode = b.Status
		}
	default:
		r.Status = payment.RefundPending
	}
	return r, nil
}

// CreateRefund sends a paid invoice's money back through its channel.
func (c *Client) CreateRefund(ctx context.Context, r payment.RefundRequest) (payment.GatewayRefund, error) {
	const op = "create refund"
	if r.Key == "" || len(r.Key) > 100 {
		return payment.GatewayRefund{}, fmt.Errorf("xendit: refund key of %d bytes", len(r.Key))
	}
	if r.Amount <= 0 || r.Amount > largest {
		return payment.GatewayRefund{}, fmt.Errorf("xendit: refund amount %d is outside 1..%d", int64(r.Amount), int64(largest))
	}
	in := struct {
		InvoiceID   string `json:"invoice_id"`
		ReferenceID string `json:"reference_id"`
		Amount      int64  `json:"amount"`
		Currency    string `json:"currency"`
		Reason      string `json:"reason"`
	}{r.InvoiceID, r.Reference, int64(r.Amount), "IDR", r.Reason}
	var b refundBody
	ctx = told(ctx, func() { crash.Point("xendit/refund/sent") })
	if err := c.call(ctx, op, http.MethodPost, "/refunds", nil, r.Key, &in, &b, changes); err != nil {
		return payment.GatewayRefund{}, err
	}
	got, err := b.refund()
	if err != nil {
		return payment.GatewayRefund{}, odd(op, changes, "%v", err)
	}
	if got.Amount != r.Amount || got.Currency != "IDR" || got.Reference != r.Reference {
		return payment.GatewayRefund{}, odd(op, changes, "asked %s %d IDR, got %s %d %s", r.Reference, int64(r.Amount), got.Reference, int64(got.Amount), got.Currency)
	}
	return got, nil
}

// Refund reads one refund.
func (c *Client) Refund(ctx context.Context, gatewayID string) (payment.GatewayRefund, error) {
	const op = "read refund"
	var b refundBody
	if err := c.call(ctx, op, http.MethodGet, "/refunds/"+url.PathEscape(gatewayID), nil, "", nil, &b, reads); err != nil {
		return payment.GatewayRefund{}, err
	}
	r, err := b.refund()
	if err != nil {
		return payment.GatewayRefund{}, odd(op, reads, "%v", err)
	}
	return r, nil
}

// FindRefunds lists the refunds of one invoice.
func (c *Client) FindRefunds(ctx context.Context, invoiceID string) ([]payment.GatewayRefund, error) {
	const op = "find refunds"
	var raw json.RawMessage
	if err := c.call(ctx, op, http.MethodGet, "/refunds", url.Values{"invoice_id": {invoiceID}}, "", nil, &raw, reads); err != nil {
		return nil, err
	}
	var bodies []refundBody
	if err := list(raw, &bodies); err != nil {
		return nil, odd(op, reads, "%v", err)
	}
	found := make([]payment.GatewayRefund, 0, len(bodies))
	for _, b := range bodies {
		r, err := b.refund()
		if err != nil {
			return nil, odd(op, reads, "%v", err)
		}
		found = append(found, r)
	}
	return found, nil
}

// Balance is the settled money of the account.
func (c *Client) Balance(ctx context.Context) (money.Rupiah, error) {
	var b struct {
		Balance *amount `json:"balance"`
	}
	query := url.Values{"account_type": {"CASH"}, "currency": {"IDR"}}
	if err := c.call(ctx, "read balance", http.MethodGet, "/balance", query, "", nil, &b, reads); err != nil {
		return 0, err
	}
	if b.Balance == nil {
		return 0, odd("read balance", reads, "no balance in the answer")
	}
	return money.Rupiah(*b.Balance), nil
}
