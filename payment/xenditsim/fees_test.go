package xenditsim

import (
	"fmt"
	"testing"
	"time"
)

// line reads the one statement line of a query.
func (r *rig) line(query string) map[string]any {
	r.t.Helper()
	status, got := r.call("GET", "/transactions?"+query, "")
	data, _ := got.(map[string]any)["data"].([]any)
	if status != 200 || len(data) != 1 {
		r.t.Fatalf("%s: %d %v", query, status, got)
	}
	return data[0].(map[string]any)
}

func TestFees_ByChannel(t *testing.T) {
	for _, c := range []struct {
		channel           string
		amount, cost, vat int64
	}{
		{"BNI", 50_000, 4_000, 440},
		{"QRIS", 39_999, 279, 0}, // 0,7 % is 279,993 and contains the VAT
		{"DANA", 100_000, 1_500, 165},
		{"OVO", 10_999, 164, 18},
		{"ALFAMART", 50_000, 5_000, 550},
		{"DD_BRI", 50_000, 0, 0},
	} {
		for _, on := range []bool{true, false} {
			t.Run(fmt.Sprint(c.channel, on), func(t *testing.T) {
				r := newRig(t, func(s *Settings) { s.Fees, s.SettleAfterMS = on, 60_000 })
				id := r.invoice("order-1", c.amount)["id"].(string)
				if err := r.sim.Pay(id, c.channel, 0); err != nil {
					t.Fatal(err)
				}
				cost, vat := c.cost, c.vat
				if !on {
					cost, vat = 0, 0
				}
				if line := r.line("reference_id=order-1"); line["settlement_status"] == "PENDING" {
					if fee := line["fee"].(map[string]any); cost > 0 && fee["status"] != "PENDING" {
						t.Errorf("taken before it settled: %v", line)
					}
					if b := r.sim.State().Balance; b != 50_000_000 {
						t.Errorf("balance %d before it settled", b)
					}
				}
				r.sim.Advance(time.Minute)
				line := r.line("reference_id=order-1")
				fee := line["fee"].(map[string]any)
				want := map[bool]string{true: "COMPLETED", false: "NOT_APPLICABLE"}[cost > 0]
				if fee["xendit_fee"] != float64(cost) || fee["value_added_tax"] != float64(vat) || fee["status"] != want ||
					line["net_amount"] != float64(c.amount-cost-vat) || line["settlement_status"] != "SETTLED" || line["type"] != "PAYMENT" || line["cashflow"] != "MONEY_IN" {
					t.Errorf("%v", line)
				}
				if same := r.line("product_id=" + line["product_id"].(string)); same["id"] != line["id"] {
					t.Errorf("found %v", same)
				}
				if b := r.sim.State().Balance; b != 50_000_000+c.amount-cost-vat {
					t.Errorf("balance %d", b)
				}
			})
		}
	}
}

func TestFees_OfPayouts(t *testing.T) {
	r := newRig(t, func(s *Settings) { s.Fees, s.StartingBalance = true, 100_000 })
	send := func(account string, amount int64) map[string]any {
		body := fmt.Sprintf(`{"reference_id":"p%d","channel_code":"ID_BCA","channel_properties":{"account_number":%q,"account_holder_name":"T"},"amount":%d,"currency":"IDR"}`, amount, account, amount)
		_, made := r.call("POST", "/v2/payouts", body, "Idempotency-key", fmt.Sprint(amount))
		_, got := r.call("GET", "/v2/payouts/"+made.(map[string]any)["id"].(string), "")
		return got.(map[string]any)
	}
	if p := send("1234567890", 97_226); p["failure_code"] != "INSUFFICIENT_BALANCE" {
		t.Errorf("the fee was not reckoned with: %v", p)
	}
	if _, got := r.call("GET", "/transactions?reference_id=p97226", ""); len(got.(map[string]any)["data"].([]any)) != 0 {
		t.Errorf("a failed payout costs: %v", got)
	}
	p := send(accountReversed, 97_225)
	if b := r.sim.State().Balance; b != 0 {
		t.Errorf("balance %d", b)
	}
	line := r.line("product_id=" + p["id"].(string))
	if line["type"] != "DISBURSEMENT" || line["cashflow"] != "MONEY_OUT" || line["net_amount"] != float64(100_000) || line["settlement_status"] != nil || line["status"] != "SUCCESS" {
		t.Errorf("%v", line)
	}
	r.sim.Advance(time.Minute)
	if b := r.sim.State().Balance; b != 97_225 {
		t.Errorf("a reversal gives the amount back, not the fee: %d", b)
	}
	if line := r.line("reference_id=p97225"); line["status"] != "REVERSED" {
		t.Errorf("%v", line)
	}
}

func TestContract_Transactions(t *testing.T) {
	r := newRig(t, nil)
	status, got := r.call("GET", "/transactions?reference_id=nothing", "")
	if want := recorded(t, "transactions_list_200_empty.json"); status != 200 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d %v", status, got)
	}
	status, got = r.call("GET", "/transactions?invalid_query=1", "")
	if want := recorded(t, "transactions_list_400.json"); status != 400 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d %v", status, got)
	}
}

// A statement line must not change when the simulator starts again.
func TestFees_SurviveARestart(t *testing.T) {
	path := t.TempDir() + "/gateway.jsonl"
	start := func() *Simulator {
		s, err := New(Config{SecretKey: testKey, Path: path})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := start()
	v := &invoice{invoiceBody: invoiceBody{ID: "i", ExternalID: "e", Status: pending, Amount: 50_000, Currency: "IDR"}}
	s.invoices[v.ID] = v
	if err := s.Pay("i", "BNI", 0); err != nil {
		t.Fatal(err)
	}
	before, balance := fmt.Sprint(*v.Sim.Charge), s.State().Balance
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start()
	defer func() { _ = s.Close() }()
	if after := fmt.Sprint(*s.invoices["i"].Sim.Charge); after != before || s.State().Balance != balance || balance != 50_045_560 {
		t.Errorf("%s became %s, balance %d became %d", before, after, balance, s.State().Balance)
	}
}
