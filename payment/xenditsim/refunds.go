package xenditsim

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

type refund struct {
	refundBody
	Sim refundMemory `json:"_sim"`
}

type refundMemory struct {
	Due   *stamp `json:"due,omitempty"`
	Fails bool   `json:"fails,omitempty"`

	Charge *charge `json:"charge,omitempty"` // its line in the statement
}

type refundBody struct {
	ID               string          `json:"id"`
	PaymentRequestID *string         `json:"payment_request_id"`
	PaymentID        string          `json:"payment_id"`
	InvoiceID        string          `json:"invoice_id"`
	MethodType       string          `json:"payment_method_type"`
	ChannelCode      string          `json:"channel_code"`
	Currency         string          `json:"currency"`
	Amount           int64           `json:"amount"`
	Status           string          `json:"status"`
	Reason           string          `json:"reason"`
	ReferenceID      string          `json:"reference_id"`
	FailureCode      *string         `json:"failure_code"`
	FeeAmount        *int64          `json:"refund_fee_amount"`
	Created          stamp           `json:"created"`
	Updated          stamp           `json:"updated"`
	Metadata         json.RawMessage `json:"metadata"`
}

func (r *refund) live() bool { return r.Sim.Due != nil }

// refundableChannels take money back through the API, and whether in parts.
var refundableChannels = map[string]bool{"DANA": true, "SHOPEEPAY": true, "LINKAJA": false, "QRIS": false, "DD_BRI": false}

func refused(status int, code, message string) (int, any) {
	return status, apiError{Code: code, Message: message}
}

func (s *Simulator) createRefund(r *http.Request, body []byte) (int, any) {
	var in struct {
		InvoiceID   string          `json:"invoice_id"`
		RequestID   string          `json:"payment_request_id"`
		ReferenceID string          `json:"reference_id"`
		Amount      *float64        `json:"amount"`
		Currency    string          `json:"currency"`
		Reason      string          `json:"reason"`
		Metadata    json.RawMessage `json:"metadata"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return refused(400, "INVALID_JSON_FORMAT", "The request body is not valid JSON")
	}
	key := r.Header.Get("Idempotency-Key")
	if used, ok := s.keys["refund "+key]; key != "" && ok {
		if used.Body != string(body) {
			return refused(409, "DUPLICATE_ERROR", "A refund with this idempotency key already exists. If you meant to execute a different request, please use another idempotency key.")
		}
		return 200, s.refunds[used.ID].refundBody
	}
	if !slices.Contains([]string{"FRAUDULENT", "DUPLICATE", "REQUESTED_BY_CUSTOMER", "CANCELLATION", "OTHERS"}, in.Reason) {
		return badPath("reason", "must be one of FRAUDULENT, DUPLICATE, REQUESTED_BY_CUSTOMER, CANCELLATION, OTHERS")
	}
	v := s.invoices[in.InvoiceID]
	if v == nil {
		return refused(404, "DATA_NOT_FOUND", "The payment to refund could not be found")
	}
	if !v.paid() {
		return refused(400, "INELIGIBLE_TRANSACTION_STATUS", "The payment cannot be refunded because its status is "+v.Status)
	}
	parts, ok := refundableChannels[v.PaymentChannel]
	if !ok {
		return refused(403, "REFUND_NOT_SUPPORTED", "Refunds are not supported for "+v.PaymentChannel)
	}
	amount := v.PaidAmount
	if in.Amount != nil {
		amount = int64(*in.Amount)
		if *in.Amount <= 0 || *in.Amount != math.Trunc(*in.Amount) {
			return badPath("amount", "must be a positive whole number")
		}
	}
	var earlier int64
	for _, other := range s.refunds {
		if other.InvoiceID != v.ID {
			continue
		}
		if other.Status == pending {
			return refused(400, "REFUND_IN_PROGRESS", "Another refund of this payment is in progress")
		}
		if other.Status == "SUCCEEDED" {
			earlier += other.Amount
		}
	}
	switch {
	case earlier+amount > v.PaidAmount:
		return refused(400, "REFUND_AMOUNT_EXCEEDED", "The refund amount exceeds what is left of the payment")
	case amount != v.PaidAmount && !parts:
		return refused(403, "PARTIAL_REFUND_NOT_SUPPORTED", "Partial refunds are not supported for "+v.PaymentChannel)
	case amount > s.balance():
		return refused(400, "INSUFFICIENT_BALANCE", "The balance is not enough for this refund")
	}
	now := s.now()
	due := stamp(now.Add(time.Duration(s.settings.RefundAfterMS) * time.Millisecond))
	f := &refund{refundBody: refundBody{
		ID: "rfd-" + randomUUID(), PaymentID: v.Sim.PaymentID, InvoiceID: v.ID, MethodType: v.PaymentMethod, ChannelCode: v.PaymentChannel,
		Currency: "IDR", Amount: amount, Status: pending, Reason: in.Reason, ReferenceID: in.ReferenceID,
		Created: stamp(now), Updated: stamp(now), Metadata: in.Metadata,
	}, Sim: refundMemory{Due: &due, Fails: s.settings.RefundFails, Charge: s.chargeFor(fee{})}}
	s.refunds[f.ID] = f
	s.saveRefund(f)
	if key != "" {
		s.keys["refund "+key] = idempotent{string(body), f.ID}
		s.save("key", "refund "+key, s.keys["refund "+key])
	}
	return 200, f.refundBody
}

func (s *Simulator) saveRefund(f *refund) {
	s.track(f.ID, f.live())
	s.save("refund", f.ID, f)
}

func (s *Simulator) refundDue(f *refund) {
	f.Status = "SUCCEEDED"
	if f.Sim.Fails {
		code := "REFUND_FAILED"
		f.Status, f.FailureCode = "FAILED", &code
	}
	f.Sim = refundMemory{Charge: f.Sim.Charge}
	f.Updated = stamp(s.now())
	s.saveRefund(f)
	data := map[string]any{}
	b, _ := json.Marshal(f.refundBody)
	_ = json.Unmarshal(b, &data)
	delete(data, "payment_request_id") // the callback does not carry it
	s.enqueue("refund", map[string]any{"event": "refund." + strings.ToLower(f.Status), "business_id": userID, "created": stamp(s.now()), "data": data})
}

func (s *Simulator) getRefund(r *http.Request, _ []byte) (int, any) {
	f := s.refunds[r.PathValue("id")]
	if f == nil {
		return refused(404, "DATA_NOT_FOUND", "The refund could not be found")
	}
	return 200, f.refundBody
}

func (s *Simulator) findRefunds(r *http.Request, _ []byte) (int, any) {
	invoiceID := r.URL.Query().Get("invoice_id")
	found := []refundBody{}
	for _, f := range s.refunds {
		if invoiceID == "" || f.InvoiceID == invoiceID {
			found = append(found, f.refundBody)
		}
	}
	slices.SortFunc(found, func(a, b refundBody) int { return time.Time(b.Created).Compare(time.Time(a.Created)) })
	return 200, map[string]any{"data": found, "has_more": false}
}
