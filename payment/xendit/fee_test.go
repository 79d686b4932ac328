package xendit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

// The two fees that were recorded, in the documented shape of a line.
const (
	recordedPayment = `{"id":"txn_1","product_id":"ewc_1","type":"PAYMENT","status":"SUCCESS","channel_category":"EWALLET","channel_code":"DANA",
		"reference_id":"order-1","currency":"IDR","amount":100000,"net_amount":98335,"cashflow":"MONEY_IN","settlement_status":"SETTLED",
		"fee":{"xendit_fee":1500,"value_added_tax":165,"xendit_withholding_tax":0,"third_party_withholding_tax":0,"status":"COMPLETED"}}`
	recordedPayout = `{"id":"txn_2","product_id":"disb-1","type":"DISBURSEMENT","status":"SUCCESS","channel_category":"BANK","channel_code":"BCA",
		"reference_id":"out-1","currency":"IDR","amount":1001,"net_amount":6551,"cashflow":"MONEY_OUT","settlement_status":null,
		"fee":{"xendit_fee":5000,"value_added_tax":550,"xendit_withholding_tax":0,"third_party_withholding_tax":0,"status":"COMPLETED"}}`
)

func TestFee(t *testing.T) {
	in := payment.Charge{Kind: payment.ChargePayment, GatewayID: "inv-1", Reference: "order-1", Amount: 100_000, Channel: "DANA"}
	out := payment.Charge{Kind: payment.ChargePayout, GatewayID: "disb-1", Reference: "out-1", Amount: 1_001}
	with := func(line string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(line) }
	for _, c := range []struct {
		name  string
		of    payment.Charge
		lines string
		fee   money.Rupiah
		known bool
		retry bool
	}{
		{"payment", in, recordedPayment, 1_665, true, false},
		{"payout", out, recordedPayout, 5_550, true, false},
		{"no line yet", in, ``, 0, false, false},
		{"not settled", in, with(recordedPayment, `"SETTLED"`, `"PENDING"`), 0, false, false},
		{"fee pending", in, with(recordedPayment, `"COMPLETED"`, `"PENDING"`), 0, false, false},
		{"free", in, with(recordedPayment, `"COMPLETED"`, `"NOT_APPLICABLE"`, "98335", "100000", "1500", "0", "165", "0"), 0, true, false},
		{"given back", in, with(recordedPayment, `"COMPLETED"`, `"REVERSED"`), 0, true, false},
		{"reversed payout", out, with(recordedPayout, `"SUCCESS"`, `"REVERSED"`), 5_550, true, false},
		{"failed payout", out, with(recordedPayout, `"SUCCESS"`, `"FAILED"`), 0, false, false},
		{"another reference", in, with(recordedPayment, "order-1", "order-2"), 0, false, false},
		{"another amount", in, with(recordedPayment, `"amount":100000`, `"amount":100001`), 0, false, false},
		{"another currency", in, with(recordedPayment, "IDR", "PHP"), 0, false, false},
		{"another payout", out, with(recordedPayout, "disb-1", "disb-2"), 0, false, false},
		{"a refund of it", in, with(recordedPayment, `"PAYMENT"`, `"REFUND"`), 0, false, false},
		{"parts do not explain it", in, with(recordedPayment, "98335", "98334"), 0, false, true},
		{"withheld", in, with(recordedPayment, "98335", "98365", `"xendit_withholding_tax":0`, `"xendit_withholding_tax":30`), 1_635, true, false},
		{"a fraction", in, with(recordedPayment, "1500", "1500.5"), 0, false, true},
		{"above what float32 holds", payment.Charge{Kind: payment.ChargePayment, Reference: "order-1", Amount: 123_456_789},
			with(recordedPayment, `"amount":100000`, `"amount":123456789`, "98335", "123455124"), 1_665, true, false},
		{"more than it was", payment.Charge{Kind: payment.ChargePayment, Reference: "order-1", Amount: 1_000},
			with(recordedPayment, `"amount":100000`, `"amount":1000`, "98335", "-665"), 1_665, true, false},
		{"two that cost the same", in, recordedPayment + "," + with(recordedPayment, "txn_1", "txn_3"), 1_665, true, false},
		{"two by channel", in, recordedPayment + "," + with(recordedPayment, "DANA", "ID_BNI", "1500", "4000", "165", "440", "98335", "95560"), 1_665, true, false},
		{"two nobody tells apart", in, recordedPayment + "," + with(recordedPayment, "1500", "4000", "165", "440", "98335", "95560"), 0, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked string
			client := serving(t, func(w http.ResponseWriter, r *http.Request) {
				asked = r.Method + " " + r.URL.RequestURI()
				_, _ = fmt.Fprintf(w, `{"has_more":false,"data":[%s],"links":[]}`, c.lines)
			})
			fee, known, err := client.Fee(context.Background(), c.of)
			if fee != c.fee || known != c.known || errors.Is(err, payment.ErrRetry) != c.retry || (err != nil) != c.retry {
				t.Errorf("got %d %v %v", int64(fee), known, err)
			}
			want := "GET /transactions?reference_id=order-1"
			if c.of.Kind == payment.ChargePayout {
				want = "GET /transactions?product_id=disb-1"
			}
			if asked != want {
				t.Errorf("asked %s", asked)
			}
		})
	}
}

func TestFee_Recorded(t *testing.T) {
	of := payment.Charge{Kind: payment.ChargePayment, Reference: "order-1", Amount: 1}
	if fee, known, err := replaying(t, 200, fixture(t, "transactions_list_200_empty.json")).Fee(context.Background(), of); fee != 0 || known || err != nil {
		t.Errorf("got %d %v %v", int64(fee), known, err)
	}
	_, _, err := replaying(t, 400, fixture(t, "transactions_list_400.json")).Fee(context.Background(), of)
	if refused, ok := payment.AsRejected(err); !ok || refused.Code != "API_VALIDATION_ERROR" {
		t.Errorf("got %v", err)
	}
}
