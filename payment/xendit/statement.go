package xendit

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// statementPage is the most lines one page may have, as documented.
const statementPage = 50

// Statement reads one page of GET /transactions. The SDK is not used: it holds the
// amounts as float32 and writes dates in Go's own words instead of RFC 3339.
func (c *Client) Statement(ctx context.Context, q payment.StatementQuery) (payment.StatementPage, error) {
	const op = "read statement"
	query := url.Values{"limit": {strconv.Itoa(statementPage)}, "currency": {"IDR"}}
	if !q.Since.IsZero() {
		query.Set("updated[gte]", q.Since.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
	if q.After != "" {
		query.Set("after_id", q.After)
	}
	var page struct {
		HasMore bool            `json:"has_more"`
		Data    json.RawMessage `json:"data"`
	}
	if err := c.call(ctx, op, http.MethodGet, "/transactions", query, "", nil, &page, reads); err != nil {
		return payment.StatementPage{}, err
	}
	var lines []transactionBody
	if err := json.Unmarshal(page.Data, &lines); err != nil {
		return payment.StatementPage{}, odd(op, reads, "%v", err)
	}
	out := payment.StatementPage{More: page.HasMore}
	for _, l := range lines {
		line, err := l.line(op)
		if err != nil {
			return payment.StatementPage{}, err
		}
		out.Lines = append(out.Lines, line)
	}
	if out.More && len(out.Lines) == 0 {
		return payment.StatementPage{}, odd(op, reads, "an empty page with more behind it")
	}
	return out, nil
}

func (l transactionBody) line(op string) (payment.StatementLine, error) {
	if l.ID == "" || l.Type == "" || l.Status == "" || (l.Cashflow != "MONEY_IN" && l.Cashflow != "MONEY_OUT") {
		return payment.StatementLine{}, odd(op, reads, "a line without id, type, status or direction: %q", l.ID)
	}
	line := payment.StatementLine{
		ID: l.ID, Kind: l.Type, Status: l.Status, In: l.Cashflow == "MONEY_IN", ProductID: l.ProductID, Reference: l.ReferenceID,
		Channel: strings.TrimPrefix(l.ChannelCode, "ID_"), Currency: l.Currency, Amount: money.Rupiah(l.Amount), VAT: money.Rupiah(l.Fee.VAT),
		Settled: l.SettlementStatus == "SETTLED" || l.SettlementStatus == "EARLY_SETTLED",
		Created: time.Time(l.Created), Updated: time.Time(l.Updated),
	}
	// A line whose cost does not add up keeps it unknown: the match must go on with
	// the others, and Fee complains about this one.
	if cost, known, err := l.cost(op); err == nil && known {
		line.Cost, line.Known = cost, true
	}
	return line, nil
}
