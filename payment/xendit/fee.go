package xendit

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// transactionBody is one line of the account's statement. The SDK holds its
// amounts as float32, so it is read from the raw body.
type transactionBody struct {
	ID               string  `json:"id"`
	ProductID        string  `json:"product_id"`
	Type             string  `json:"type"`
	Status           string  `json:"status"`
	ChannelCode      string  `json:"channel_code"`
	ReferenceID      string  `json:"reference_id"`
	Currency         string  `json:"currency"`
	Amount           amount  `json:"amount"`
	NetAmount        *signed `json:"net_amount"`
	Cashflow         string  `json:"cashflow"`
	SettlementStatus string  `json:"settlement_status"`
	Created          moment  `json:"created"`
	Updated          moment  `json:"updated"`
	Fee              struct {
		Xendit           amount `json:"xendit_fee"`
		VAT              amount `json:"value_added_tax"`
		Withholding      amount `json:"xendit_withholding_tax"`
		ThirdWithholding amount `json:"third_party_withholding_tax"`
		Status           string `json:"status"`
	} `json:"fee"`
}

// Fee reads what the gateway took for one payment or payout from its statement:
// the payout by its id, the payment by our reference, because its line carries
// the channel's payment id and an invoice does not always tell that one.
func (c *Client) Fee(ctx context.Context, of payment.Charge) (money.Rupiah, bool, error) {
	const op = "read fee"
	query := url.Values{"reference_id": {of.Reference}}
	if of.Kind == payment.ChargePayout {
		query = url.Values{"product_id": {of.GatewayID}}
	}
	var page struct {
		HasMore bool            `json:"has_more"`
		Data    json.RawMessage `json:"data"`
	}
	if err := c.call(ctx, op, http.MethodGet, "/transactions", query, "", nil, &page, reads); err != nil {
		return 0, false, err
	}
	var lines []transactionBody
	if err := json.Unmarshal(page.Data, &lines); err != nil {
		return 0, false, odd(op, reads, "%v", err)
	}
	if page.HasMore {
		return 0, false, odd(op, reads, "more than a page of lines for %s", of.Reference)
	}
	lines = linesOf(lines, of)
	if len(lines) == 0 {
		return 0, false, nil
	}
	// Several lines are payments of one reference that nothing tells apart; where
	// they cost the same it does not matter which is whose.
	var fee money.Rupiah
	for i, l := range lines {
		f, known, err := l.cost(op)
		if err != nil || !known {
			return 0, false, err
		}
		if i > 0 && f != fee {
			return 0, false, odd(op, reads, "%d lines for %s cost differently", len(lines), of.Reference)
		}
		fee = f
	}
	return fee, true, nil
}

// linesOf picks the lines that can be this charge: of its kind, reference,
// currency and amount, and where several are, of its payment id or channel.
func linesOf(lines []transactionBody, of payment.Charge) []transactionBody {
	keep := func(fits func(transactionBody) bool) (kept []transactionBody) {
		for _, l := range lines {
			if fits(l) {
				kept = append(kept, l)
			}
		}
		return kept
	}
	lines = keep(func(l transactionBody) bool {
		kind, flow := "PAYMENT", "MONEY_IN"
		if of.Kind == payment.ChargePayout {
			kind, flow = "DISBURSEMENT", "MONEY_OUT"
			if l.ProductID != of.GatewayID {
				return false
			}
		}
		return l.Type == kind && l.Cashflow == flow && l.ReferenceID == of.Reference &&
			l.Currency == "IDR" && money.Rupiah(l.Amount) == of.Amount && (l.Status == "SUCCESS" || l.Status == "REVERSED")
	})
	for _, fits := range []func(transactionBody) bool{
		func(l transactionBody) bool { return of.PaymentID != "" && l.ProductID == of.PaymentID },
		func(l transactionBody) bool { return strings.TrimPrefix(l.ChannelCode, "ID_") == of.Channel },
	} {
		if len(lines) < 2 {
			break
		}
		if kept := keep(fits); len(kept) > 0 {
			lines = kept
		}
	}
	return lines
}

// cost is what the line took off the balance beside its amount, once it has. The
// difference to the net amount is what moved; the named parts must explain it.
func (l transactionBody) cost(op string) (money.Rupiah, bool, error) {
	if l.Cashflow == "MONEY_IN" && l.SettlementStatus != "SETTLED" && l.SettlementStatus != "EARLY_SETTLED" {
		return 0, false, nil
	}
	switch l.Fee.Status {
	case "COMPLETED", "NOT_APPLICABLE":
	case "CANCELED", "REVERSED":
		return 0, true, nil
	default:
		return 0, false, nil
	}
	if l.NetAmount == nil {
		return 0, false, odd(op, reads, "%s has no net amount", l.ID)
	}
	moved := int64(l.Amount) - int64(*l.NetAmount)
	if l.Cashflow == "MONEY_OUT" {
		moved = -moved
	}
	named := int64(l.Fee.Xendit + l.Fee.VAT)
	withheld := int64(l.Fee.Withholding + l.Fee.ThirdWithholding)
	if moved < 0 || moved < named-withheld || moved > named+withheld {
		return 0, false, odd(op, reads, "%s moved %d beside its amount, its fee is %d", l.ID, moved, named)
	}
	return money.Rupiah(moved), true, nil
}
