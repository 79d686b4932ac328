package xendit

import (
	"encoding/json"
	"fmt"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// ParseCallback decodes the body of a callback. Invoice callbacks are the flat
// invoice; payout and refund callbacks are an envelope {event, data}. A shape
// that is not one of ours (payouts v3, other products) is an error.
func (c *Client) ParseCallback(kind payment.CallbackKind, body []byte) (payment.Callback, error) {
	switch kind {
	case payment.CallbackInvoice:
		var b invoiceBody
		if err := json.Unmarshal(body, &b); err != nil {
			return payment.Callback{}, fmt.Errorf("xendit: invoice callback: %w", err)
		}
		if b.ID == "" || b.Status == "" {
			return payment.Callback{}, fmt.Errorf("xendit: invoice callback without id or status")
		}
		return payment.Callback{
			Kind: kind, Event: "invoice." + b.Status, GatewayID: b.ID, Reference: b.ExternalID, Status: b.Status,
			Amount: money.Rupiah(b.Amount), PaidAmount: money.Rupiah(b.PaidAmount), Currency: b.Currency,
			Channel: b.channel(), GatewayPaymentID: b.PaymentID,
		}, nil
	case payment.CallbackPayout:
		var b payoutBody
		event, err := envelope(body, &b)
		if err != nil {
			return payment.Callback{}, fmt.Errorf("xendit: payout callback: %w", err)
		}
		p, err := b.payout()
		if err != nil {
			return payment.Callback{}, fmt.Errorf("xendit: payout callback %s: %w", event, err)
		}
		return payment.Callback{
			Kind: kind, Event: event, GatewayID: p.ID, Reference: p.Reference, Status: p.RawStatus,
			Amount: p.Amount, Currency: p.Currency, Channel: b.ChannelCode, FailureCode: p.FailureCode,
		}, nil
	case payment.CallbackRefund:
		var b refundBody
		event, err := envelope(body, &b)
		if err != nil {
			return payment.Callback{}, fmt.Errorf("xendit: refund callback: %w", err)
		}
		r, err := b.refund()
		if err != nil {
			return payment.Callback{}, fmt.Errorf("xendit: refund callback %s: %w", event, err)
		}
		return payment.Callback{
			Kind: kind, Event: event, GatewayID: r.ID, Reference: r.Reference, Status: b.Status,
			Amount: r.Amount, Currency: r.Currency, Channel: b.ChannelCode, GatewayPaymentID: b.PaymentID,
			InvoiceID: b.InvoiceID, FailureCode: r.FailureCode,
		}, nil
	}
	return payment.Callback{}, fmt.Errorf("xendit: unknown callback kind %q", kind)
}

func envelope(body []byte, data any) (event string, err error) {
	var e struct {
		Event string          `json:"event"`
		Data  json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return "", err
	}
	if e.Event == "" || len(e.Data) == 0 {
		return "", fmt.Errorf("no event or data")
	}
	return e.Event, json.Unmarshal(e.Data, data)
}
