package xendit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

func TestNew_RefusesDangerousSettings(t *testing.T) {
	for name, c := range map[string]Config{
		"no key":                      {},
		"some other key":              {SecretKey: "sk_live_1"},
		"production key, other place": {SecretKey: "xnd_production_1", BaseURL: "http://127.0.0.1:9000"},
		"no address":                  {SecretKey: "xnd_development_1", BaseURL: "gateway"},
		"no scheme":                   {SecretKey: "xnd_development_1", BaseURL: "ftp://gateway"},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		} else if c.SecretKey != "" && strings.Contains(err.Error(), c.SecretKey) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
	if _, err := New(Config{SecretKey: "xnd_production_1"}); err != nil {
		t.Errorf("production key at its own address: %v", err)
	}
}

// What goes over the wire: address, key, header, and amounts to the rupiah, where
// the SDK's own float32 would have changed 123.456.789 to 123.456.790.
func TestRequests_OnTheWire(t *testing.T) {
	var got struct {
		method, path, key, auth string
		body                    string
	}
	answer := ""
	c := serving(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		user, pass, _ := r.BasicAuth()
		got.method, got.path, got.key, got.auth, got.body = r.Method, r.URL.RequestURI(), r.Header.Get("Idempotency-Key"), user+":"+pass, strings.TrimSpace(string(b))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	})
	ctx := context.Background()
	const amount = 123_456_789

	answer = `{"id":"disb-1","reference_id":"r/1","status":"ACCEPTED","amount":123456789,"currency":"IDR"}`
	p := somePayout
	p.Amount, p.Key, p.Reference, p.Description = amount, "key-1", "r/1", "Penarikan"
	if _, err := c.CreatePayout(ctx, p); err != nil {
		t.Fatal(err)
	}
	wantBody := `{"reference_id":"r/1","channel_code":"ID_BCA","channel_properties":{"account_number":"1234567890","account_holder_name":"Sri"},"amount":123456789,"currency":"IDR","description":"Penarikan"}`
	if got.method != "POST" || got.path != "/v2/payouts" || got.key != "key-1" || got.auth != "xnd_development_test:" || got.body != wantBody {
		t.Errorf("payout: %+v", got)
	}

	answer = `{"id":"rfd-1","reference_id":"r2","status":"PENDING","amount":123456789,"currency":"IDR"}`
	if _, err := c.CreateRefund(ctx, payment.RefundRequest{Key: "key-2", Reference: "r2", InvoiceID: "inv", Amount: amount, Reason: "OTHERS"}); err != nil {
		t.Fatal(err)
	}
	if got.path != "/refunds" || got.key != "key-2" || !strings.Contains(got.body, `"amount":123456789,`) {
		t.Errorf("refund: %+v", got)
	}

	answer = `{"id":"i1","external_id":"lapak-1","status":"PENDING","amount":123456789,"currency":"IDR","invoice_url":"http://x/web/i1"}`
	inv, err := c.CreateInvoice(ctx, payment.InvoiceRequest{Reference: "lapak-1", Amount: amount, Duration: 24*time.Hour + 300*time.Millisecond,
		Description: "Belanja", PayerName: "Rina", Email: "rina@example.com", SuccessURL: "http://s", FailureURL: "http://f"})
	if err != nil || inv.Amount != amount {
		t.Fatalf("%+v, %v", inv, err)
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(got.body), &body); err != nil {
		t.Fatal(err)
	}
	if got.path != "/v2/invoices/" || !strings.Contains(got.body, `"amount":123456789,`) || !strings.Contains(got.body, `"invoice_duration":86400`) {
		t.Errorf("invoice: %+v", got)
	}
	if _, asked := body["should_send_email"]; asked {
		t.Error("the gateway must not write to buyers by itself")
	}

	answer = `[]`
	if found, err := c.FindInvoices(ctx, "a b/c&d"); err != nil || len(found) != 0 || got.path != "/v2/invoices?external_id=a+b%2Fc%26d" {
		t.Errorf("find: %+v %v %v", got, found, err)
	}
	answer = `{"id":"i1","external_id":"lapak-1","status":"EXPIRED","amount":1,"currency":"IDR"}`
	if _, err := c.ExpireInvoice(ctx, "i1"); err != nil || got.path != "/invoices/i1/expire!" || got.method != "POST" {
		t.Errorf("expire: %+v, %v", got, err)
	}
}

// The same trouble means "try again" for a reading and "unknown" for a change.
func TestErrorClasses(t *testing.T) {
	ctx := context.Background()
	create := func(c *Client) error {
		_, err := c.CreateInvoice(ctx, payment.InvoiceRequest{Reference: "lapak-1", Amount: 50_000, Duration: time.Hour})
		return err
	}
	pay := func(c *Client) error { _, err := c.CreatePayout(ctx, somePayout); return err }
	read := func(c *Client) error { _, err := c.Invoice(ctx, "i1"); return err }

	reply := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	hangUp := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "500")
		_, _ = io.WriteString(w, `{"id":"i1","external_id":"lap`)
	}
	slow := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	for _, tc := range []struct {
		name          string
		h             http.HandlerFunc
		change, onGet error
	}{
		{"500", reply(500, "application/json", string(fixture(t, "error_500.json"))), payment.ErrUnknown, payment.ErrRetry},
		{"502 html", reply(502, "text/html", "<html>Bad Gateway</html>"), payment.ErrUnknown, payment.ErrRetry},
		{"429", reply(429, "application/json", string(fixture(t, "error_429_rate_limit.COMPOSED.json"))), payment.ErrRetry, payment.ErrRetry},
		{"403 html of a proxy", reply(403, "text/html", "<html>no</html>"), payment.ErrUnknown, payment.ErrRetry},
		{"302", reply(302, "text/html", ""), payment.ErrUnknown, payment.ErrRetry},
		{"200 html", reply(200, "text/html", "<html>hello</html>"), payment.ErrUnknown, payment.ErrRetry},
		{"200 empty", reply(200, "application/json", ""), payment.ErrUnknown, payment.ErrRetry},
		{"200 null", reply(200, "application/json", "null"), payment.ErrUnknown, payment.ErrRetry},
		{"200 truncated", reply(200, "application/json", `{"id":"i1","external_id":`), payment.ErrUnknown, payment.ErrRetry},
		{"200 cut in transfer", cut, payment.ErrUnknown, payment.ErrRetry},
		{"200 of something else", reply(200, "application/json", `{"hello":"world"}`), payment.ErrUnknown, payment.ErrRetry},
		{"200 fractional amount", reply(200, "application/json", `{"id":"i1","external_id":"lapak-1","reference_id":"r","status":"PENDING","amount":50000.5,"currency":"IDR"}`), payment.ErrUnknown, payment.ErrRetry},
		{"200 other amount", reply(200, "application/json", `{"id":"i1","external_id":"lapak-1","reference_id":"r","status":"PENDING","amount":49999,"currency":"IDR"}`), payment.ErrUnknown, nil},
		{"hangs up", hangUp, payment.ErrUnknown, payment.ErrRetry},
		{"never answers", slow, payment.ErrUnknown, payment.ErrRetry},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := serving(t, tc.h)
			if tc.name == "never answers" {
				var err error
				if c, err = New(Config{SecretKey: "xnd_development_test", BaseURL: c.base, Timeout: 2 * time.Second}); err != nil {
					t.Fatal(err)
				}
			}
			check(t, "create invoice", create(c), tc.change)
			check(t, "create payout", pay(c), tc.change)
			check(t, "read", read(c), tc.onGet)
		})
	}

	t.Run("nobody listens", func(t *testing.T) {
		c, err := New(Config{SecretKey: "xnd_development_test", BaseURL: "http://127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		// Nothing was sent, so even a change may simply be tried again.
		check(t, "create", create(c), payment.ErrRetry)
		check(t, "pay out", pay(c), payment.ErrRetry)
		check(t, "read", read(c), payment.ErrRetry)
	})
}

func check(t *testing.T, what string, got, want error) {
	t.Helper()
	if want == nil && got == nil {
		return
	}
	if want == nil || !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
	if _, rejected := payment.AsRejected(got); rejected {
		t.Errorf("%s: %v must not read as a definite no", what, got)
	}
}

// The SDK's error is a concrete pointer: a nil one inside an error interface
// would make every success look like a failure.
func TestSuccessIsNilError(t *testing.T) {
	c := replaying(t, 200, fixture(t, "invoice_get_200_settled.json"))
	var err error
	if _, err = c.Invoice(context.Background(), "63c9dadfbc62165502c6e8cd"); err != nil {
		t.Fatalf("success came with %T %v", err, err)
	}
}

func TestAmounts(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "1": 1, "510000": 510_000, "91000.00": 91_000, "1000000000000": largest, "null": 0} {
		var a amount
		if err := json.Unmarshal([]byte(in), &a); err != nil || int64(a) != want {
			t.Errorf("%s: got %d, %v", in, a, err)
		}
	}
	for _, in := range []string{"4550.5", "0.01", "-1", "1e5", "1E400", "1000000000001", "9223372036854775808", `"100"`, "true", "{}", "NaN"} {
		var a amount
		if err := json.Unmarshal([]byte(in), &a); err == nil {
			t.Errorf("%s was taken as %d", in, a)
		}
	}
	for _, r := range []money.Rupiah{0, -1, largest + 1, 1 << 62} {
		if f, err := wireAmount(r); err == nil {
			t.Errorf("%d was sent as %v", r, f)
		}
	}
	for _, r := range []money.Rupiah{1, 16_777_217, 123_456_789, largest - 1} {
		f, err := wireAmount(r)
		if err != nil || fmt.Sprintf("%.0f", f) != fmt.Sprint(int64(r)) {
			t.Errorf("%d became %v, %v", r, f, err)
		}
	}
}

func TestCreate_RefusesBeforeSending(t *testing.T) {
	var calls atomic.Int64
	c := serving(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	ctx := context.Background()
	good := payment.InvoiceRequest{Reference: "r", Amount: 10_000, Duration: time.Hour}
	for name, change := range map[string]func(*payment.InvoiceRequest){
		"zero amount":   func(r *payment.InvoiceRequest) { r.Amount = 0 },
		"huge amount":   func(r *payment.InvoiceRequest) { r.Amount = 1 << 60 },
		"no reference":  func(r *payment.InvoiceRequest) { r.Reference = "" },
		"no duration":   func(r *payment.InvoiceRequest) { r.Duration = 0 },
		"past":          func(r *payment.InvoiceRequest) { r.Duration = -time.Second },
		"over 194 days": func(r *payment.InvoiceRequest) { r.Duration = 195 * 24 * time.Hour },
	} {
		r := good
		change(&r)
		if _, err := c.CreateInvoice(ctx, r); err == nil || errors.Is(err, payment.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, change := range []func(*payment.PayoutRequest){
		func(r *payment.PayoutRequest) { r.Key = "" },
		func(r *payment.PayoutRequest) { r.Amount = 0 },
	} {
		r := somePayout
		change(&r)
		if _, err := c.CreatePayout(ctx, r); err == nil {
			t.Errorf("%+v was sent", r)
		}
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

// After too many failures in a row calls stop reaching the gateway, and say so
// as "try later", because nothing was sent; after the rest they reach it again.
func TestBreaker(t *testing.T) {
	var calls atomic.Int64
	var healthy atomic.Bool
	srv := func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Content-Type", "application/json")
		if !healthy.Load() {
			w.WriteHeader(503)
			return
		}
		_, _ = io.WriteString(w, `{"balance":5}`)
	}
	c := serving(t, srv)
	resting := func(rest time.Duration) *Client {
		c, err := New(Config{SecretKey: "xnd_development_test", BaseURL: c.base, BreakerAfter: 3, BreakerRest: rest})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ctx := context.Background()
	tired := func(c *Client) {
		t.Helper()
		for range 10 {
			if _, err := c.CreatePayout(ctx, somePayout); err == nil {
				t.Fatal("succeeded")
			}
		}
	}
	long := resting(time.Hour)
	tired(long)
	if n := calls.Load(); n != 3 {
		t.Errorf("%d calls reached the gateway, want 3", n)
	}
	_, err := long.CreatePayout(ctx, somePayout)
	check(t, "while open", err, payment.ErrRetry)
	quick := resting(30 * time.Millisecond)
	tired(quick)
	healthy.Store(true)
	deadline := time.Now().Add(3 * time.Minute)
	for {
		if b, err := quick.Balance(ctx); err == nil {
			if b != 5 {
				t.Errorf("balance %d", b)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the breaker never closed again")
		}
		time.Sleep(5 * time.Millisecond) // polling, not hoping: bounded by the deadline above
	}
}
