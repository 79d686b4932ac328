package xenditsim

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

type payout struct {
	payoutBody
	Sim payoutMemory `json:"_sim"`
}

// payoutMemory is the simulator's own knowledge; it is stored, never answered.
type payoutMemory struct {
	Due  *stamp `json:"due,omitempty"`
	Then string `json:"then,omitempty"` // the status Due brings
	Code string `json:"code,omitempty"` // its failure_code

	Charge *charge `json:"charge,omitempty"` // since it succeeded; a reversal does not give it back
}

type payoutBody struct {
	ID           string          `json:"id"`
	Amount       int64           `json:"amount"`
	ChannelCode  string          `json:"channel_code"`
	Currency     string          `json:"currency"`
	Description  string          `json:"description,omitempty"`
	FailureCode  string          `json:"failure_code,omitempty"`
	ReferenceID  string          `json:"reference_id"`
	Status       string          `json:"status"`
	Created      stamp           `json:"created"`
	Updated      stamp           `json:"updated"`
	Estimated    stamp           `json:"estimated_arrival_time"`
	BusinessID   string          `json:"business_id"`
	Properties   payoutAccount   `json:"channel_properties"`
	Notification json.RawMessage `json:"receipt_notification,omitempty"`
	Metadata     json.RawMessage `json:"metadata,omitempty"`
}

type payoutAccount struct {
	Number string `json:"account_number"`
	Holder string `json:"account_holder_name,omitempty"`
	Type   string `json:"account_type,omitempty"`
}

func (p *payout) live() bool { return p.Sim.Due != nil }

// The documented test accounts of test mode.
const (
	accountTemporary = "123456"
	accountRejected  = "999999"
	accountInvalid   = "121212"
	accountReversed  = "654321"
	accountStuck     = "131313"
)

var testAccounts = []string{accountTemporary, accountRejected, accountInvalid, accountReversed, accountStuck}

func badPath(path, message string) (int, any) {
	return 400, apiError{Code: "API_VALIDATION_ERROR", Message: "There is invalid input in one of the required request fields.", Errors: []any{pathError{path, message}}}
}

func (s *Simulator) createPayout(r *http.Request, body []byte) (int, any) {
	var in struct {
		ReferenceID  string          `json:"reference_id"`
		ChannelCode  string          `json:"channel_code"`
		Properties   payoutAccount   `json:"channel_properties"`
		Amount       *float64        `json:"amount"`
		Currency     string          `json:"currency"`
		Description  string          `json:"description"`
		Notification json.RawMessage `json:"receipt_notification"`
		Metadata     json.RawMessage `json:"metadata"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return 400, apiError{Code: "INVALID_JSON_FORMAT", Message: "The request body is not valid JSON"}
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > 100 {
		return badPath("Idempotency-key", "is required and must be at most 100 characters")
	}
	if used, ok := s.keys["payout "+key]; ok {
		if used.Body != string(body) {
			return 409, apiError{Code: "DUPLICATE_ERROR", Message: "A payout with this idempotency key already exists. If you meant to execute a different request, please use another idempotency key."}
		}
		return 200, s.payouts[used.ID].payoutBody
	}
	switch {
	case in.ReferenceID == "":
		return badPath("reference_id", "is required")
	case in.Properties.Number == "":
		return badPath("channel_properties.account_number", "is required")
	case in.Amount == nil:
		return badPath("amount", "is required")
	case in.Currency != "IDR":
		return badPath("currency", "must be IDR")
	case len(in.Description) > 100:
		return badPath("description", "must be at most 100 characters")
	case !strings.HasPrefix(in.ChannelCode, "ID_"):
		return 400, apiError{Code: "CHANNEL_CODE_NOT_SUPPORTED", Message: "The channel code is not supported: " + in.ChannelCode}
	case *in.Amount != math.Trunc(*in.Amount):
		return 400, apiError{Code: "AMOUNT_INCREMENT_NOT_SUPPORTED", Message: "The amount must be a multiple of 1"}
	case *in.Amount < 1:
		return 400, apiError{Code: "MINIMUM_TRANSFER_LIMIT_ERROR", Message: "The amount is below the minimum transfer limit of 1"}
	case *in.Amount > 250_000_000:
		return 400, apiError{Code: "MAXIMUM_TRANSFER_LIMIT_ERROR", Message: "The amount is above the maximum transfer limit of 250000000"}
	case in.ChannelCode == "ID_BCA" && len(in.Properties.Number) != 10 && !slices.Contains(testAccounts, in.Properties.Number):
		return 400, apiError{Code: "RECIPIENT_ACCOUNT_NUMBER_ERROR", Message: "BCA account numbers must be 10 digits long"}
	}
	now := s.now()
	p := &payout{payoutBody: payoutBody{
		ID: "disb-" + randomHex(12), Amount: int64(*in.Amount), ChannelCode: in.ChannelCode, Currency: "IDR", Description: in.Description,
		ReferenceID: in.ReferenceID, Status: "ACCEPTED", Created: stamp(now), Updated: stamp(now), Estimated: stamp(now.Add(15 * time.Minute)),
		BusinessID: userID, Properties: in.Properties, Notification: in.Notification, Metadata: in.Metadata,
	}}
	switch in.Properties.Number {
	case accountTemporary:
		s.payoutLater(p, "FAILED", "TEMPORARY_TRANSFER_ERROR", s.settings.PayoutAfterMS)
	case accountRejected:
		s.payoutLater(p, "FAILED", "REJECTED_BY_CHANNEL", s.settings.PayoutAfterMS)
	case accountInvalid:
		s.payoutLater(p, "FAILED", "INVALID_DESTINATION", s.settings.PayoutAfterMS)
	case accountStuck:
	default:
		s.payoutLater(p, "SUCCEEDED", "", s.settings.PayoutAfterMS)
	}
	s.payouts[p.ID] = p
	s.savePayout(p)
	s.keys["payout "+key] = idempotent{string(body), p.ID}
	s.save("key", "payout "+key, s.keys["payout "+key])
	return 200, p.payoutBody
}

func (s *Simulator) payoutLater(p *payout, status, code string, ms int64) {
	due := stamp(s.now().Add(time.Duration(ms) * time.Millisecond))
	p.Sim = payoutMemory{Due: &due, Then: status, Code: code, Charge: p.Sim.Charge}
}

func (s *Simulator) savePayout(p *payout) {
	s.track(p.ID, p.live())
	s.save("payout", p.ID, p)
}

// payoutDue brings the status that was waiting. Whether the balance suffices is
// known only now, as in reality.
func (s *Simulator) payoutDue(p *payout) {
	cost := s.chargeFor(fee{payoutFee, payoutFee * vatPercent / 100})
	enough := p.Amount+cost.Fee.sum() <= s.balance() // before p itself counts
	p.Status, p.FailureCode = p.Sim.Then, p.Sim.Code
	if p.Status == "SUCCEEDED" && !enough {
		p.Status, p.FailureCode = "FAILED", "INSUFFICIENT_BALANCE"
	}
	p.Sim = payoutMemory{Charge: p.Sim.Charge}
	if p.Status == "SUCCEEDED" {
		p.Sim.Charge = cost
	}
	p.Updated = stamp(s.now())
	if p.Status == "SUCCEEDED" && p.Properties.Number == accountReversed {
		s.payoutLater(p, "REVERSED", "", s.settings.ReverseAfterMS)
	}
	s.savePayout(p)
	s.enqueue("payout", map[string]any{"event": "payout." + strings.ToLower(p.Status), "business_id": userID, "created": stamp(s.now()), "data": p.payoutBody})
}

func (s *Simulator) getPayout(r *http.Request, _ []byte) (int, any) {
	p := s.payouts[r.PathValue("id")]
	if p == nil {
		return 404, apiError{Code: "DATA_NOT_FOUND", Message: "The payout could not be found"}
	}
	return 200, p.payoutBody
}

func (s *Simulator) findPayouts(r *http.Request, _ []byte) (int, any) {
	reference := r.URL.Query().Get("reference_id")
	if reference == "" {
		return badPath("reference_id", "is required")
	}
	found := []payoutBody{}
	for _, p := range s.payouts {
		if p.ReferenceID == reference {
			found = append(found, p.payoutBody)
		}
	}
	slices.SortFunc(found, func(a, b payoutBody) int { return time.Time(a.Created).Compare(time.Time(b.Created)) })
	if s.settings.PayoutListObject { // which of the two is live is not known: be able to be either
		return 200, map[string]any{"data": found, "has_more": false, "links": map[string]any{}}
	}
	return 200, found
}

func (s *Simulator) cancelPayout(r *http.Request, _ []byte) (int, any) {
	p := s.payouts[r.PathValue("id")]
	if p == nil {
		return 404, apiError{Code: "DATA_NOT_FOUND", Message: "The payout could not be found"}
	}
	if p.Status != "ACCEPTED" {
		return 400, apiError{Code: "INVALID_PAYOUT_STATUS", Message: "The payout cannot be cancelled because its status is " + p.Status}
	}
	p.Status, p.Sim, p.Updated = "CANCELLED", payoutMemory{}, stamp(s.now())
	s.savePayout(p)
	return 200, p.payoutBody // no callback for a cancellation, as documented
}

// balance is the settled money: the start, what settled, minus what left and
// what it cost.
func (s *Simulator) balance() int64 {
	sum := s.settings.StartingBalance
	for _, v := range s.invoices {
		if v.Status == settled {
			sum += v.PaidAmount - v.Sim.Charge.cost()
		}
	}
	for _, p := range s.payouts {
		sum -= p.Sim.Charge.cost()
		if p.Status == "SUCCEEDED" {
			sum -= p.Amount
		}
	}
	for _, r := range s.refunds {
		if r.Status == "SUCCEEDED" || r.Status == pending {
			sum -= r.Amount
		}
	}
	for _, o := range s.others {
		sum += o.Amount
	}
	return sum
}

func (s *Simulator) getBalance(_ *http.Request, _ []byte) (int, any) {
	return 200, struct {
		Balance int64 `json:"balance"`
	}{s.balance()}
}
