package xenditsim

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// other is a line of the statement that is no payment, payout or refund: money
// moved to the account by bank transfer, taken out of it, or put right by support.
type other struct {
	ID        string `json:"id"`
	Kind      string `json:"kind"` // TOPUP, WITHDRAWAL, OTHER …
	Reference string `json:"reference"`
	Amount    int64  `json:"amount"` // below zero: money left
	At        stamp  `json:"at"`
}

func (o *other) transaction() transaction {
	flow, amount, done := "MONEY_IN", o.Amount, "SETTLED"
	if amount < 0 {
		flow, amount = "MONEY_OUT", -amount
	}
	return transaction{
		ID: o.ID, ProductID: o.ID, Type: o.Kind, Status: "SUCCESS", ChannelCategory: "BANK", ReferenceID: o.Reference, Currency: "IDR",
		Amount: amount, NetAmount: amount, Cashflow: flow, SettlementStatus: &done, BusinessID: userID, Created: o.At, Updated: o.At,
		Fee: statementFee(fee{}, true),
	}
}

func (f *refund) transaction() transaction {
	status := map[string]string{"SUCCEEDED": "SUCCESS", "FAILED": "FAILED"}[f.Status]
	if status == "" {
		status = "PENDING"
	}
	return transaction{
		ID: f.Sim.Charge.ID, ProductID: f.ID, Type: "REFUND", Status: status, ChannelCategory: categories[f.MethodType], ChannelCode: f.ChannelCode,
		ReferenceID: f.ReferenceID, Currency: f.Currency, Amount: f.Amount, NetAmount: f.Amount, Cashflow: "MONEY_OUT", BusinessID: userID,
		Created: f.Sim.Charge.At, Updated: f.Updated, Fee: statementFee(fee{}, true),
	}
}

// Move adds a line that is no payment, payout or refund, and moves the balance;
// below zero money leaves.
func (s *Simulator) Move(kind, reference string, amount int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := &other{ID: "txn_" + randomUUID(), Kind: kind, Reference: reference, Amount: amount, At: stamp(s.now())}
	s.others[o.ID] = o
	s.save("other", o.ID, o)
}

// CorrectFee changes afterwards what a payment or payout cost, found by its
// reference, as the gateway's billing does; the balance follows.
func (s *Simulator) CorrectFee(reference string, xendit, vat int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.invoices {
		if v.ExternalID == reference && v.Sim.Charge != nil {
			v.Sim.Charge.Fee, v.Updated = fee{xendit, vat}, stamp(s.now())
			s.save("invoice", v.ID, v)
		}
	}
	for _, p := range s.payouts {
		if p.ReferenceID == reference && p.Sim.Charge != nil {
			p.Sim.Charge.Fee, p.Updated = fee{xendit, vat}, stamp(s.now())
			s.save("payout", p.ID, p)
		}
	}
}

// statement is every line, newest first.
func (s *Simulator) statement() []transaction {
	lines := []transaction{}
	for _, v := range s.invoices {
		if v.Sim.Charge != nil {
			lines = append(lines, v.transaction())
		}
	}
	for _, p := range s.payouts {
		if p.Sim.Charge != nil {
			lines = append(lines, p.transaction())
		}
	}
	for _, f := range s.refunds {
		if f.Sim.Charge != nil {
			lines = append(lines, f.transaction())
		}
	}
	for _, o := range s.others {
		lines = append(lines, o.transaction())
	}
	slices.SortFunc(lines, func(a, b transaction) int { return newest(a.Created, b.Created, a.ID, b.ID) })
	return lines
}

// findTransactions is the account's statement, page by page. Only the filters that
// are used are known; any other is refused the way the real API refuses one it does
// not know.
func (s *Simulator) findTransactions(r *http.Request, _ []byte) (int, any) {
	q := r.URL.Query()
	limit, since := 10, time.Time{} // as documented
	for name, values := range q {
		switch name {
		case "product_id", "reference_id", "after_id":
		case "currency":
			if values[0] != "IDR" {
				return badStatement(name, "must be IDR")
			}
		case "limit":
			n, err := strconv.Atoi(values[0])
			if err != nil || n < 1 || n > 50 {
				return badStatement(name, "must be a number from 1 to 50")
			}
			limit = n
		case "updated[gte]":
			t, err := time.Parse(time.RFC3339, values[0])
			if err != nil {
				return badStatement(name, "must be a date in ISO 8601 format")
			}
			since = t
		default:
			return badStatement(name, "Unknown query parameter '"+name+"'")
		}
	}
	found := []transaction{}
	for _, t := range s.statement() {
		if p := q.Get("product_id"); p != "" && p != t.ProductID {
			continue
		}
		if ref := q.Get("reference_id"); ref != "" && ref != t.ReferenceID {
			continue
		}
		if time.Time(t.Updated).Before(since) {
			continue
		}
		found = append(found, t)
	}
	if after := q.Get("after_id"); after != "" {
		at := slices.IndexFunc(found, func(t transaction) bool { return t.ID == after })
		if at < 0 {
			return badStatement("after_id", "does not exist")
		}
		found = found[max(0, at+1-s.settings.StatementOverlap):]
	}
	more := len(found) > limit
	found = found[:min(len(found), limit)]
	links := []any{}
	if more {
		next := r.URL.Query()
		next.Set("after_id", found[len(found)-1].ID)
		links = append(links, map[string]string{"href": "/transactions?" + next.Encode(), "method": "GET", "rel": "next"})
	}
	return 200, struct {
		HasMore bool          `json:"has_more"`
		Data    []transaction `json:"data"`
		Links   []any         `json:"links"`
	}{more, found, links}
}
