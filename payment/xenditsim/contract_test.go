package xenditsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"
)

const testKey = "xnd_development_simulator"

// rig is a running simulator with a receiver for its callbacks.
type rig struct {
	t   *testing.T
	sim *Simulator
	srv *httptest.Server

	mu   sync.Mutex
	got  []callback
	code int
	seen chan struct{}
}

type callback struct {
	path, token, id string
	body            map[string]any
}

func newRig(t *testing.T, change func(*Settings)) *rig {
	t.Helper()
	settings := DefaultSettings()
	settings.SettleAfterMS, settings.PayoutAfterMS, settings.ReverseAfterMS, settings.RefundAfterMS = 0, 0, 60_000, 0
	settings.StallMS, settings.Fees = 20_000, false // fees_test.go has them
	if change != nil {
		change(&settings)
	}
	r := &rig{t: t, code: 200, seen: make(chan struct{}, 1000)}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		var c callback
		c.path, c.token, c.id = req.URL.Path, req.Header.Get("X-Callback-Token"), req.Header.Get("Webhook-Id")
		_ = json.NewDecoder(req.Body).Decode(&c.body)
		r.mu.Lock()
		r.got = append(r.got, c)
		code := r.code
		r.mu.Unlock()
		w.WriteHeader(code)
		r.seen <- struct{}{}
	}))
	t.Cleanup(receiver.Close)
	var err error
	r.sim, err = New(Config{
		SecretKey: testKey, CallbackToken: "token-1", Settings: &settings,
		CallbackURLs: map[string]string{"invoice": receiver.URL + "/invoice", "payout": receiver.URL + "/payout", "refund": receiver.URL + "/refund"},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.srv = httptest.NewServer(r.sim)
	t.Cleanup(func() { _ = r.sim.Close() }) // first, so that stalled calls let go
	t.Cleanup(r.srv.Close)
	t.Cleanup(func() { _ = r.sim.Close() })
	return r
}

// call makes one API call and decodes the answer.
func (r *rig) call(method, path, body string, header ...string) (int, any) {
	r.t.Helper()
	status, raw := r.raw(method, path, body, header...)
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		r.t.Fatalf("%s %s: %d %q: %v", method, path, status, raw, err)
	}
	return status, v
}

func (r *rig) raw(method, path, body string, header ...string) (int, []byte) {
	r.t.Helper()
	req, err := http.NewRequest(method, r.srv.URL+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.SetBasicAuth(testKey, "")
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, raw
}

func (r *rig) invoice(reference string, amount int64) map[string]any {
	r.t.Helper()
	status, v := r.call("POST", "/v2/invoices", fmt.Sprintf(`{"external_id":%q,"amount":%d}`, reference, amount))
	if status != 200 {
		r.t.Fatalf("create: %d %v", status, v)
	}
	return v.(map[string]any)
}

// wait returns the callbacks once n have come.
func (r *rig) wait(n int) []callback {
	r.t.Helper()
	deadline := time.After(3 * time.Minute)
	for {
		r.mu.Lock()
		if len(r.got) >= n {
			got := append([]callback(nil), r.got...)
			r.mu.Unlock()
			return got
		}
		r.mu.Unlock()
		select {
		case <-r.seen:
		case <-deadline:
			r.t.Fatalf("waited for %d callbacks, got %d", n, len(r.got))
		}
	}
}

func recorded(t *testing.T, name string) any {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "xendit", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func request(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "xendit", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// shape flattens a body into path → JSON type. Elements of a list share a path.
func shape(path string, v any, into map[string]string) {
	add := func(kind string) {
		if old, ok := into[path]; ok && old != kind {
			kind = old + "|" + kind
		}
		into[path] = kind
	}
	switch v := v.(type) {
	case map[string]any:
		add("object")
		for k, e := range v {
			shape(path+"."+k, e, into)
		}
	case []any:
		add("array")
		for _, e := range v {
			shape(path+"[]", e, into)
		}
	case string:
		add("string")
	case float64:
		add("number")
	case bool:
		add("bool")
	case nil:
		add("null")
	}
}

// sameShape compares keys and types; free says which differences the two bodies
// are allowed, because they tell of different things.
func sameShape(t *testing.T, want, got any, free ...string) {
	t.Helper()
	w, g := map[string]string{}, map[string]string{}
	shape("", want, w)
	shape("", got, g)
	paths := map[string]bool{}
	for p := range w {
		paths[p] = true
	}
	for p := range g {
		paths[p] = true
	}
	var sorted []string
next:
	for p := range paths {
		for _, f := range free {
			if p == f || strings.HasPrefix(p, f+".") || strings.HasPrefix(p, f+"[") {
				continue next
			}
		}
		sorted = append(sorted, p)
	}
	sort.Strings(sorted)
	for _, p := range sorted {
		if w[p] != g[p] {
			t.Errorf("%s: recorded %q, simulator %q", p, w[p], g[p])
		}
	}
}

func TestContract_Invoices(t *testing.T) {
	r := newRig(t, nil)
	for _, path := range []string{"/v2/invoices", "/v2/invoices/"} {
		status, got := r.call("POST", path, request(t, "invoice_create_request_minimal.json"))
		if status != 200 {
			t.Fatalf("%s answered %d", path, status)
		}
		sameShape(t, recorded(t, "invoice_create_200_minimal.json"), got)
	}
	_, full := r.call("POST", "/v2/invoices", request(t, "invoice_create_request_full.json"))
	sameShape(t, recorded(t, "invoice_create_200_full.json"), full)

	// The recorded GET is of an invoice paid by BCA virtual account.
	_, made := r.call("POST", "/v2/invoices", `{"external_id":"va","amount":91000,"success_redirect_url":"http://shop/s","failure_redirect_url":"http://shop/f"}`)
	id := made.(map[string]any)["id"].(string)
	if err := r.sim.Pay(id, "BCA", 0); err != nil {
		t.Fatal(err)
	}
	status, got := r.call("GET", "/v2/invoices/"+id, "")
	if status != 200 || got.(map[string]any)["status"] != "SETTLED" {
		t.Fatalf("%d %v", status, got)
	}
	sameShape(t, recorded(t, "invoice_get_200_settled.json"), got)

	status, got = r.call("GET", "/v2/invoices/6e86bc62165502ccd3c9dadf", "")
	if status != 404 {
		t.Errorf("unknown invoice answered %d", status)
	}
	if want := recorded(t, "invoice_get_404.json"); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, recorded %v", got, want)
	}
	status, got = r.call("POST", "/v2/invoices", `{"external_id":null,"amount":100000}`)
	if want := recorded(t, "invoice_create_400_validation.json"); status != 400 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%d %v, recorded %v", status, got, want)
	}
	status, got = r.call("GET", "/v2/invoices?external_id=nothing", "")
	if list, ok := got.([]any); status != 200 || !ok || len(list) != 0 {
		t.Errorf("empty search: %d %v", status, got)
	}
}

func TestContract_Errors(t *testing.T) {
	r := newRig(t, nil)
	for _, c := range []struct {
		key    string
		status int
		file   string
	}{
		{"", 400, "error_400_missing_api_key.json"},
		{"xnd_development_other", 401, "error_401_invalid_api_key.json"},
		{"xnd_production_real", 401, "error_401_invalid_api_key.json"},
	} {
		req, _ := http.NewRequest("GET", r.srv.URL+"/balance", nil)
		req.SetBasicAuth(c.key, "")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var got any
		_ = json.NewDecoder(res.Body).Decode(&got)
		_ = res.Body.Close()
		if want := recorded(t, c.file); res.StatusCode != c.status || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("key %q: %d %v", c.key, res.StatusCode, got)
		}
		if !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") || res.Header.Get("Request-Id") == "" || res.Header.Get("Rate-Limit-Limit") == "" {
			t.Errorf("key %q: headers %v", c.key, res.Header)
		}
	}
	if _, err := New(Config{SecretKey: "xnd_production_real"}); err == nil {
		t.Error("a production key was taken")
	}
	for kind, file := range map[string]string{"500": "error_500.json", "429": "error_429_rate_limit.COMPOSED.json"} {
		r.raw("POST", "/_simulator/faults", fmt.Sprintf(`{"on":"balance","kind":%q}`, kind))
		status, got := r.call("GET", "/balance", "")
		if want := recorded(t, file); fmt.Sprint(status) != kind || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %d %v", kind, status, got)
		}
	}
}

const idrPayout = `{"reference_id":"r1","channel_code":"ID_BCA","channel_properties":{"account_number":%q,"account_holder_name":"Test"},"amount":100,"currency":"IDR","description":"Sample",` +
	`"receipt_notification":{"email_to":["a@example.co"],"email_cc":["b@example.co"],"email_bcc":["c@example.co"]},"metadata":{"outlet_no":24}}`

func TestContract_Payouts(t *testing.T) {
	r := newRig(t, func(s *Settings) { s.PayoutAfterMS = 60_000 })
	status, got := r.call("POST", "/v2/payouts", fmt.Sprintf(idrPayout, accountTemporary), "Idempotency-key", "k1")
	if status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	sameShape(t, recorded(t, "payout_v2_create_200_accepted.json"), got)
	id := got.(map[string]any)["id"].(string)

	status, again := r.call("POST", "/v2/payouts", fmt.Sprintf(idrPayout, accountTemporary), "Idempotency-key", "k1")
	if status != 200 || again.(map[string]any)["id"] != id {
		t.Errorf("the same key made another payout: %d %v", status, again)
	}
	status, other := r.call("POST", "/v2/payouts", fmt.Sprintf(idrPayout, "1234567890"), "Idempotency-key", "k1")
	if want := recorded(t, "payout_v2_duplicate_error.json"); status != 409 || fmt.Sprint(other) != fmt.Sprint(want) {
		t.Errorf("%d %v", status, other)
	}

	r.sim.Advance(time.Minute)
	_, failed := r.call("GET", "/v2/payouts/"+id, "")
	sameShape(t, recorded(t, "payout_v2_get_200_failed.json"), failed, ".receipt_notification", ".metadata")
	if failed.(map[string]any)["failure_code"] != "TEMPORARY_TRANSFER_ERROR" {
		t.Errorf("got %v", failed)
	}
	_, list := r.call("GET", "/v2/payouts?reference_id=r1", "")
	sameShape(t, recorded(t, "payout_v2_list_200_array.json"), list, "[].receipt_notification", "[].metadata")
	event := r.wait(1)[0]
	sameShape(t, recorded(t, "webhook_payout_v2_failed.COMPOSED.json"), any(event.body), ".data.receipt_notification", ".data.metadata")

	_, stuck := r.call("POST", "/v2/payouts", fmt.Sprintf(idrPayout, accountStuck), "Idempotency-key", "k2")
	status, cancelled := r.call("POST", "/v2/payouts/"+stuck.(map[string]any)["id"].(string)+"/cancel", "")
	if status != 200 || cancelled.(map[string]any)["status"] != "CANCELLED" {
		t.Errorf("%d %v", status, cancelled)
	}
	// The recorded one is a Philippine cash payout, with other properties.
	sameShape(t, recorded(t, "payout_v2_cancel_200.json"), cancelled, ".channel_properties", ".receipt_notification", ".metadata")
}

func TestContract_RefundsAndBalance(t *testing.T) {
	r := newRig(t, func(s *Settings) { s.RefundAfterMS = 60_000 })
	v := r.invoice("dana", 50_000)
	id := v["id"].(string)
	if err := r.sim.Pay(id, "DANA", 0); err != nil {
		t.Fatal(err)
	}
	r.wait(1)
	body := strings.Replace(request(t, "refund_create_request_invoice.COMPOSED.json"), "63cc01390d8fc0b926efa2bb", id, 1)
	status, got := r.call("POST", "/refunds", body, "Idempotency-key", "k1")
	if status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	sameShape(t, recorded(t, "refund_create_200_pending.COMPOSED.json"), got)
	r.sim.Advance(time.Minute)
	event := r.wait(2)[1]
	if event.path != "/refund" {
		t.Fatalf("got %+v", event)
	}
	sameShape(t, recorded(t, "webhook_refund_succeeded.json"), any(event.body), ".data.invoice_id") // theirs was not an invoice
	_, balance := r.call("GET", "/balance?account_type=CASH&currency=IDR", "")
	sameShape(t, recorded(t, "balance_get_200.json"), balance)
	if got := balance.(map[string]any)["balance"]; got != float64(50_000_000+50_000-10_000) {
		t.Errorf("balance %v", got)
	}
}

func TestContract_InvoiceCallbacks(t *testing.T) {
	r := newRig(t, nil)
	_, full := r.call("POST", "/v2/invoices", request(t, "invoice_create_request_full.json"))
	if err := r.sim.Pay(full.(map[string]any)["id"].(string), "DANA", 0); err != nil {
		t.Fatal(err)
	}
	sameShape(t, recorded(t, "webhook_invoice_paid_ewallet_dana.json"), any(r.wait(1)[0].body))

	_, va := r.call("POST", "/v2/invoices", `{"external_id":"va","amount":8500000,"description":"d","success_redirect_url":"http://s/","failure_redirect_url":"http://f/"}`)
	if err := r.sim.Pay(va.(map[string]any)["id"].(string), "MANDIRI", 0); err != nil {
		t.Fatal(err)
	}
	sameShape(t, recorded(t, "webhook_invoice_paid_va_mandiri.json"), any(r.wait(2)[1].body))

	_, qr := r.call("POST", "/v2/invoices", `{"external_id":"qr","amount":510000,"description":"d"}`)
	if err := r.sim.Pay(qr.(map[string]any)["id"].(string), "QRIS", 0); err != nil {
		t.Fatal(err)
	}
	sameShape(t, recorded(t, "webhook_invoice_paid_qris.COMPOSED.json"), any(r.wait(3)[2].body))

	_, ex := r.call("POST", "/v2/invoices", `{"external_id":"ex","amount":100000,"description":"Order 1"}`)
	id := ex.(map[string]any)["id"].(string)
	status, got := r.call("POST", "/invoices/"+id+"/expire!", "")
	if status != 200 || got.(map[string]any)["status"] != "EXPIRED" {
		t.Errorf("%d %v", status, got)
	}
	event := r.wait(4)[3]
	sameShape(t, recorded(t, "webhook_invoice_expired.COMPOSED.json"), any(event.body))
	if event.token != "token-1" || event.path != "/invoice" || event.id == "" {
		t.Errorf("got %+v", event)
	}
	if status, _ = r.call("POST", "/invoices/"+id+"/expire!", ""); status != 400 {
		t.Errorf("expiring twice answered %d", status)
	}
}

// sameShape itself must be able to fail.
func TestSameShape_Negative(t *testing.T) {
	for _, c := range [][2]string{
		{`{"a":1}`, `{"a":"1"}`}, {`{"a":1}`, `{}`}, {`{}`, `{"a":1}`}, {`{"a":[{"b":1}]}`, `{"a":[{"c":1}]}`}, {`{"a":null}`, `{"a":1}`},
	} {
		var w, g any
		_ = json.NewDecoder(bytes.NewBufferString(c[0])).Decode(&w)
		_ = json.NewDecoder(bytes.NewBufferString(c[1])).Decode(&g)
		probe := &testing.T{}
		sameShape(probe, w, g)
		if !probe.Failed() {
			t.Errorf("%s and %s passed as the same", c[0], c[1])
		}
	}
}
