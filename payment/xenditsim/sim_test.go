package xenditsim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"
)

// browser is a client without JavaScript that follows nothing by itself.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func (r *rig) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{r.t, r.srv.URL, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) get(path string) (*http.Response, *goquery.Document) {
	b.t.Helper()
	res, err := b.http.Get(b.base + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	doc, err := goquery.NewDocumentFromReader(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res, doc
}

// submit posts the form that has this button, and says where it leads.
func (b *browser) submit(doc *goquery.Document, button string, values url.Values) (int, string) {
	b.t.Helper()
	form := doc.Find("form").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.HasPrefix(strings.TrimSpace(s.Find("button").Text()), button)
	}).First()
	action, ok := form.Attr("action")
	if !ok {
		b.t.Fatalf("no form with the button %q", button)
	}
	res, err := b.http.PostForm(b.base+action, values)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode, res.Header.Get("Location")
}

// Every kind of channel can be paid on the page with links and forms alone, and
// paying leads back to the shop by 303.
func TestHostedPage_Pay(t *testing.T) {
	for channel, number := range map[string]string{"QRIS": "", "BCA": "88", "DANA": "", "INDOMARET": "LBD"} {
		t.Run(channel, func(t *testing.T) {
			r := newRig(t, nil)
			_, v := r.call("POST", "/v2/invoices", `{"external_id":"x","amount":39000,"description":"Kue <b>Lebaran</b>","success_redirect_url":"http://shop.test/pembayaran/abc?x=1&y=2"}`)
			id := v.(map[string]any)["id"].(string)
			if u := v.(map[string]any)["invoice_url"]; u != r.srv.URL+"/web/"+id {
				t.Fatalf("invoice_url %v", u)
			}
			b := r.browser()
			res, doc := b.get("/web/" + id)
			text := doc.Text()
			for _, want := range []string{"Simulator pembayaran", "Rp39.000", "Kue <b>Lebaran</b>", "Sisa waktu", "24 jam"} {
				if !strings.Contains(text, want) {
					t.Errorf("page lacks %q", want)
				}
			}
			if doc.Find("script").Length() != 0 || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Error("the page must work without scripts and forbid them")
			}
			doc.Find("[src], link[href]").Each(func(_ int, s *goquery.Selection) {
				for _, a := range []string{"src", "href"} {
					if u, ok := s.Attr(a); ok && !strings.HasPrefix(u, "/") {
						t.Errorf("third-party asset %s", u)
					}
				}
			})
			link, ok := doc.Find(fmt.Sprintf(`a[href$="/%s"]`, channel)).Attr("href")
			if !ok {
				t.Fatalf("no link to %s", channel)
			}
			_, doc = b.get(link)
			if got := doc.Find(".number").Text(); !strings.HasPrefix(got, number) || (number != "" && len(got) < 10) {
				t.Errorf("number %q", got)
			}
			if img, ok := doc.Find("img.qr").Attr("src"); channel == "QRIS" && (!ok || r.svg(img) < 1000) {
				t.Error("no code to scan")
			}
			status, to := b.submit(doc, "Bayar Rp39.000", nil)
			if status != 303 || to != "http://shop.test/pembayaran/abc?x=1&y=2" {
				t.Errorf("%d to %q", status, to)
			}
			event := r.wait(1)[0]
			if event.body["status"] != "PAID" || event.body["payment_channel"] != channel || event.body["paid_amount"] != float64(39000) {
				t.Errorf("got %v", event.body)
			}
			_, doc = b.get("/web/" + id)
			if !strings.Contains(doc.Text(), "Sudah dibayar") || doc.Find("form").Length() != 0 {
				t.Error("a paid invoice can be paid again")
			}
			// The form of a stale tab changes nothing.
			res2, err := b.http.PostForm(b.base+link+"/bayar", nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = res2.Body.Close()
			if st := r.sim.State(); st.Balance != 50_039_000 || len(st.Deliveries) != 1 {
				t.Errorf("paid twice: %+v", st)
			}
		})
	}
}

func (r *rig) svg(path string) int {
	status, b := r.raw("GET", path, "")
	if status != 200 || !strings.Contains(string(b), "<svg") {
		r.t.Errorf("%s: %d", path, status)
	}
	return len(b)
}

func TestHostedPage_FailAndExpire(t *testing.T) {
	r := newRig(t, nil)
	_, v := r.call("POST", "/v2/invoices", `{"external_id":"x","amount":39000,"failure_redirect_url":"javascript:alert(1)"}`)
	id := v.(map[string]any)["id"].(string)
	b := r.browser()
	_, doc := b.get("/web/" + id + "/DANA")
	status, to := b.submit(doc, "Gagalkan", nil)
	if status != 303 || to != "/web/"+id+"?gagal" {
		t.Fatalf("%d %q", status, to)
	}
	_, doc = b.get(to)
	if !strings.Contains(doc.Find("[role=status]").Text(), "Pembayaran gagal") {
		t.Error("the failure is not told")
	}
	if doc.Find(`a[href^="javascript"]`).Length() != 0 {
		t.Error("a javascript: address became a link")
	}
	if st := r.sim.State(); st.Invoices[0].Status != pending {
		t.Errorf("a failed try ended the invoice: %s", st.Invoices[0].Status)
	}
	if status, to = b.submit(doc, "Biarkan waktu habis", nil); status != 303 {
		t.Fatalf("%d %q", status, to)
	}
	_, doc = b.get(to)
	if !strings.Contains(doc.Find("h1").Text(), "Waktu bayar habis") {
		t.Error("expiry is not told")
	}
	if res, _ := b.get("/web/unknown"); res.StatusCode != 404 {
		t.Errorf("unknown invoice: %d", res.StatusCode)
	}
	if res, _ := b.get("/web/" + id + "/NONSENSE"); res.StatusCode != 303 {
		t.Errorf("unknown channel: %d", res.StatusCode)
	}
}

// A page of another origin cannot make a visitor's browser pay.
func TestHostedPage_CrossOrigin(t *testing.T) {
	r := newRig(t, nil)
	id := r.invoice("x", 39_000)["id"].(string)
	req, _ := http.NewRequest("POST", r.srv.URL+"/web/"+id+"/DANA/bayar", nil)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != 403 || r.sim.State().Invoices[0].Status != pending {
		t.Errorf("answered %d", res.StatusCode)
	}
}

func TestLimits(t *testing.T) {
	r := newRig(t, nil)
	v := r.invoice("big", 3_000_000)
	if s := fmt.Sprint(v["available_retail_outlets"]); strings.Contains(s, "INDOMARET") || !strings.Contains(s, "ALFAMART") {
		t.Errorf("retail for 3 million: %s", s)
	}
	for body, code := range map[string]string{
		`{"external_id":"a","amount":9999}`:                                    "MINIMAL_TRANSFER_AMOUNT_ERROR",
		`{"external_id":"a","amount":1000000001}`:                              "MAXIMUM_TRANSFER_AMOUNT_ERROR",
		`{"external_id":"a","amount":50000,"currency":"USD"}`:                  "UNSUPPORTED_CURRENCY",
		`{"external_id":"a","amount":50000,"payer_email":"nobody"}`:            "EMAIL_FORMAT_ERROR",
		`{"external_id":"a","amount":50000,"payment_methods":["BITCOIN"]}`:     "UNAVAILABLE_PAYMENT_METHOD_ERROR",
		`{"external_id":"a","amount":3000000,"payment_methods":["INDOMARET"]}`: "NO_COLLECTION_METHODS_ERROR",
		`{"external_id":"a","amount":50000,"invoice_duration":0}`:              "API_VALIDATION_ERROR",
		`{"external_id":"a","amount":"50000"}`:                                 "API_VALIDATION_ERROR",
		`{"external_id":"","amount":50000}`:                                    "API_VALIDATION_ERROR",
		`{"amount":50000}`:                                                     "API_VALIDATION_ERROR",
		`{`:                                                                    "INVALID_JSON_FORMAT",
	} {
		if status, got := r.call("POST", "/v2/invoices", body); status != 400 || got.(map[string]any)["error_code"] != code {
			t.Errorf("%s: %d %v", body, status, got)
		}
	}
	// The documented truncation of decimals.
	if _, got := r.call("POST", "/v2/invoices", `{"external_id":"a","amount":14550.50}`); got.(map[string]any)["amount"] != float64(14_550) {
		t.Errorf("got %v", got)
	}
}

func TestSameReferenceMakesTwoInvoices(t *testing.T) {
	r := newRig(t, nil)
	a, b := r.invoice("twice", 20_000), r.invoice("twice", 20_000)
	if a["id"] == b["id"] {
		t.Error("external_id must not be unique")
	}
	if _, list := r.call("GET", "/v2/invoices?external_id=twice", ""); len(list.([]any)) != 2 {
		t.Errorf("got %v", list)
	}
}

func TestPayouts_TestAccounts(t *testing.T) {
	r := newRig(t, func(s *Settings) { s.StartingBalance = 1_000 })
	for i, c := range []struct {
		account string
		amount  int64
		status  string
		code    any
	}{
		{accountTemporary, 100, "FAILED", "TEMPORARY_TRANSFER_ERROR"},
		{accountRejected, 100, "FAILED", "REJECTED_BY_CHANNEL"},
		{accountInvalid, 100, "FAILED", "INVALID_DESTINATION"},
		{accountStuck, 100, "ACCEPTED", nil},
		{"1234567890", 1_001, "FAILED", "INSUFFICIENT_BALANCE"},
		{"1234567890", 800, "SUCCEEDED", nil},
		{accountReversed, 200, "SUCCEEDED", nil}, // the last rupiah of it
	} {
		body := fmt.Sprintf(`{"reference_id":"p%d","channel_code":"ID_BCA","channel_properties":{"account_number":%q,"account_holder_name":"T"},"amount":%d,"currency":"IDR"}`, i, c.account, c.amount)
		_, made := r.call("POST", "/v2/payouts", body, "Idempotency-key", fmt.Sprint("k", i))
		if made.(map[string]any)["status"] != "ACCEPTED" {
			t.Fatalf("made %v", made)
		}
		_, got := r.call("GET", "/v2/payouts/"+made.(map[string]any)["id"].(string), "")
		if g := got.(map[string]any); g["status"] != c.status || g["failure_code"] != c.code {
			t.Errorf("%s: %v", c.account, got)
		}
	}
	if b := r.sim.State().Balance; b != 0 {
		t.Errorf("balance %d", b)
	}
	r.sim.Advance(time.Minute)
	if b := r.sim.State().Balance; b != 200 {
		t.Errorf("balance after the reversal %d", b)
	}
	events := map[string]int{}
	for _, c := range r.wait(7) {
		events[c.body["event"].(string)]++
	}
	if fmt.Sprint(events) != "map[payout.failed:4 payout.reversed:1 payout.succeeded:2]" {
		t.Errorf("got %v", events)
	}
	if status, got := r.call("POST", "/v2/payouts", fmt.Sprintf(idrPayout, "12345"), "Idempotency-key", "bca"); status != 400 || got.(map[string]any)["error_code"] != "RECIPIENT_ACCOUNT_NUMBER_ERROR" {
		t.Errorf("%d %v", status, got)
	}
	if status, got := r.call("POST", "/v2/payouts", fmt.Sprintf(idrPayout, "1234567890")); status != 400 {
		t.Errorf("without a key: %d %v", status, got)
	}
}

func TestRefunds_Rules(t *testing.T) {
	r := newRig(t, func(s *Settings) { s.RefundAfterMS = 60_000 })
	refund := func(id string, amount int64, key string) (int, any) {
		status, got := r.call("POST", "/refunds", fmt.Sprintf(`{"invoice_id":%q,"reference_id":%q,"amount":%d,"currency":"IDR","reason":"CANCELLATION"}`, id, key, amount), "Idempotency-key", key)
		if code, ok := got.(map[string]any)["error_code"]; ok {
			return status, code
		}
		return status, got.(map[string]any)["status"]
	}
	paid := func(channel string) string {
		id := r.invoice("inv-"+channel, 50_000)["id"].(string)
		if err := r.sim.Pay(id, channel, 0); err != nil {
			t.Fatal(err)
		}
		return id
	}
	expect := func(what string, status int, got any, wantStatus int, want string) {
		t.Helper()
		if status != wantStatus || got != want {
			t.Errorf("%s: %d %v", what, status, got)
		}
	}
	s, g := refund(paid("BCA"), 50_000, "a")
	expect("virtual account", s, g, 403, "REFUND_NOT_SUPPORTED")
	s, g = refund(paid("QRIS"), 20_000, "b")
	expect("part of QRIS", s, g, 403, "PARTIAL_REFUND_NOT_SUPPORTED")
	s, g = refund(r.invoice("unpaid", 50_000)["id"].(string), 50_000, "c")
	expect("unpaid", s, g, 400, "INELIGIBLE_TRANSACTION_STATUS")
	s, g = refund("nothing", 50_000, "d")
	expect("unknown", s, g, 404, "DATA_NOT_FOUND")
	dana := paid("DANA")
	s, g = refund(dana, 30_000, "e")
	expect("part of DANA", s, g, 200, pending)
	s, g = refund(dana, 30_000, "e")
	expect("the same key", s, g, 200, pending)
	s, g = refund(dana, 10_000, "f")
	expect("while one runs", s, g, 400, "REFUND_IN_PROGRESS")
	r.sim.Advance(time.Minute)
	s, g = refund(dana, 20_001, "g")
	expect("one rupiah too much", s, g, 400, "REFUND_AMOUNT_EXCEEDED")
	s, g = refund(dana, 20_000, "h")
	expect("the rest", s, g, 200, pending)
	if n := len(r.sim.State().Refunds); n != 2 {
		t.Errorf("%d refunds", n)
	}
}

func TestCallbacks_OnRequest(t *testing.T) {
	t.Run("repeated", func(t *testing.T) {
		r := newRig(t, func(s *Settings) { s.CallbackRepeat = 50 })
		_ = r.sim.Pay(r.invoice("x", 20_000)["id"].(string), "QRIS", 0)
		if got := r.wait(50); len(got) != 50 {
			t.Errorf("%d callbacks", len(got))
		}
	})
	t.Run("dropped, then not", func(t *testing.T) {
		r := newRig(t, func(s *Settings) { s.CallbackDrop = 1 })
		_ = r.sim.Pay(r.invoice("lost", 20_000)["id"].(string), "QRIS", 0)
		_ = r.sim.Pay(r.invoice("found", 20_000)["id"].(string), "QRIS", 0)
		if got := r.wait(1); got[0].body["external_id"] != "found" {
			t.Errorf("got %v", got[0].body)
		}
		st := r.sim.State()
		if st.Deliveries[1].State != "dropped" {
			t.Errorf("got %+v", st.Deliveries[1])
		}
		r.raw("POST", "/_simulator/deliveries/"+st.Deliveries[1].ID+"/resend", "")
		if got := r.wait(2); got[1].body["external_id"] != "lost" {
			t.Errorf("got %v", got[1].body)
		}
	})
	t.Run("wrong token", func(t *testing.T) {
		r := newRig(t, func(s *Settings) { s.CallbackWrongToken = true })
		_ = r.sim.Pay(r.invoice("x", 20_000)["id"].(string), "QRIS", 0)
		if got := r.wait(1)[0].token; got == "token-1" || got == "" {
			t.Errorf("token %q", got)
		}
	})
	t.Run("out of order", func(t *testing.T) {
		r := newRig(t, func(s *Settings) { s.CallbackReorder = true })
		_ = r.sim.Pay(r.invoice("first", 20_000)["id"].(string), "QRIS", 0)
		_ = r.sim.Pay(r.invoice("second", 20_000)["id"].(string), "QRIS", 0)
		got := r.wait(2)
		if got[0].body["external_id"] != "second" || got[1].body["external_id"] != "first" {
			t.Errorf("got %v then %v", got[0].body["external_id"], got[1].body["external_id"])
		}
	})
	t.Run("delayed", func(t *testing.T) {
		r := newRig(t, func(s *Settings) { s.CallbackDelayMS = 3_600_000 })
		_ = r.sim.Pay(r.invoice("x", 20_000)["id"].(string), "QRIS", 0)
		if d := r.sim.State().Deliveries[0]; d.State != "waiting" || d.Attempt != 0 {
			t.Errorf("got %+v", d)
		}
		r.sim.Advance(time.Hour)
		r.wait(1)
	})
	t.Run("retried on the documented schedule", func(t *testing.T) {
		r := newRig(t, func(s *Settings) { s.RetryScale = 1 })
		r.code = 500
		_ = r.sim.Pay(r.invoice("x", 20_000)["id"].(string), "QRIS", 0)
		r.wait(1)
		for i, pause := range []time.Duration{15 * time.Minute, 45 * time.Minute, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour} {
			r.delivery(i + 1) // the answer is written down, so the next one is planned
			r.sim.Advance(pause - time.Second)
			if n := r.sim.State().Deliveries[0].Attempt; n != i+1 {
				t.Fatalf("attempt %d came early", n)
			}
			r.sim.Advance(2 * time.Second)
			r.wait(i + 2)
		}
		if d := r.delivery(7); d.State != "given_up" {
			t.Errorf("got %+v", d)
		}
	})
}

// delivery waits until the only delivery has made n attempts.
func (r *rig) delivery(n int) delivery {
	r.t.Helper()
	deadline := time.Now().Add(3 * time.Minute)
	for {
		if d := r.sim.State().Deliveries[0]; d.Attempt >= n {
			return d
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("never made %d attempts", n)
		}
		time.Sleep(time.Millisecond) // polling with a deadline
	}
}

func TestFaults(t *testing.T) {
	create := func(r *rig, within time.Duration) (*http.Response, string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "POST", r.srv.URL+"/v2/invoices", strings.NewReader(`{"external_id":"f","amount":20000}`))
		req.SetBasicAuth(testKey, "")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, "", err
		}
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		return res, string(b), err
	}
	for _, c := range []struct {
		kind   string
		commit bool
		made   int
		check  func(res *http.Response, body string, err error) bool
	}{
		{"timeout", true, 1, func(_ *http.Response, _ string, err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		{"timeout", false, 0, func(_ *http.Response, _ string, err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		{"hangup", true, 1, func(_ *http.Response, _ string, err error) bool { return err != nil }},
		{"500", true, 1, func(res *http.Response, _ string, _ error) bool { return res.StatusCode == 500 }},
		{"500", false, 0, func(res *http.Response, _ string, _ error) bool { return res.StatusCode == 500 }},
		{"429", true, 0, func(res *http.Response, _ string, _ error) bool { return res.StatusCode == 429 }},
		{"html", false, 0, func(res *http.Response, body string, _ error) bool {
			return res.StatusCode == 502 && strings.Contains(body, "<html>")
		}},
		{"html200", false, 1, func(res *http.Response, body string, _ error) bool {
			return res.StatusCode == 200 && strings.Contains(body, "<html>")
		}},
		{"drip", false, 1, func(_ *http.Response, _ string, err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		{"truncated", false, 1, func(res *http.Response, body string, _ error) bool {
			return res.StatusCode == 200 && strings.HasPrefix(body, `{"id":`) && !json.Valid([]byte(body))
		}},
	} {
		t.Run(fmt.Sprintf("%s commit=%v", c.kind, c.commit), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.raw("POST", "/_simulator/faults", fmt.Sprintf(`{"on":"create_invoice","kind":%q,"commit":%v}`, c.kind, c.commit))
			within := time.Minute
			if c.kind == "timeout" || c.kind == "drip" { // long enough to be heard
				within = 2 * time.Second
			}
			if res, body, err := create(r, within); !c.check(res, body, err) {
				t.Errorf("got %v %q %v", res, body, err)
			}
			if n := len(r.sim.State().Invoices); n != c.made {
				t.Errorf("%d invoices, want %d", n, c.made)
			}
			if res, _, err := create(r, time.Minute); err != nil || res.StatusCode != 200 {
				t.Errorf("the fault stayed: %v %v", res, err)
			}
		})
	}
}

// Everything survives a restart, also one by kill in the middle of a line.
func TestStore_Restart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "gateway.jsonl")
	settings := DefaultSettings()
	settings.SettleAfterMS, settings.PayoutAfterMS = 3_600_000, 3_600_000
	open := func() *Simulator {
		sim, err := New(Config{Path: path, SecretKey: testKey, Settings: &settings})
		if err != nil {
			t.Fatal(err)
		}
		return sim
	}
	sim := open()
	now := func(s *Simulator) *http.Request {
		req, _ := http.NewRequest("POST", "http://sim.test/", nil)
		req.Host = "sim.test"
		req.Header.Set("Idempotency-Key", "k")
		return req
	}
	sim.mu.Lock()
	_, a := sim.createInvoice(now(sim), []byte(`{"external_id":"a","amount":20000}`))
	_, _ = sim.createInvoice(now(sim), []byte(`{"external_id":"b","amount":30000}`))
	_, p := sim.createPayout(now(sim), fmt.Appendf(nil, idrPayout, "1234567890"))
	sim.mu.Unlock()
	if err := sim.Pay("b", "DANA", 0); err != nil {
		t.Fatal(err)
	}
	before := sim.State()
	if err := sim.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"kind":"invoice","id":"torn","data":{"id":`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	sim = open()
	t.Cleanup(func() { _ = sim.Close() })
	after := sim.State()
	w, _ := json.Marshal(before)
	g, _ := json.Marshal(after)
	if string(w) != string(g) {
		t.Errorf("the state changed:\n%s", cmp.Diff(string(w), string(g)))
	}
	// What was under way goes on, and a used key is still used.
	sim.Advance(time.Hour)
	st := sim.State()
	status := map[string]string{}
	for _, v := range st.Invoices {
		status[v.ID] = v.Status
		status[v.ExternalID] = v.Status
	}
	if st.Payouts[0].Status != "SUCCEEDED" || status["b"] != settled || status[a.(invoiceBody).ID] != pending {
		t.Errorf("got %+v", st)
	}
	sim.mu.Lock()
	_, again := sim.createPayout(now(sim), fmt.Appendf(nil, idrPayout, "1234567890"))
	sim.mu.Unlock()
	if again.(payoutBody).ID != p.(payoutBody).ID {
		t.Error("the key was forgotten")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("store mode %v %v", info, err)
	}
}

func TestControlPage(t *testing.T) {
	r := newRig(t, nil)
	id := r.invoice("x", 20_000)["id"].(string)
	b := r.browser()
	_, doc := b.get("/_simulator")
	if !strings.Contains(doc.Text(), "Ruang kendali") {
		t.Fatal("no control page")
	}
	status, _ := b.submit(doc, "Simpan", url.Values{"callback_delay_ms": {"5"}, "callback_repeat": {"3"}, "callback_drop": {"0"}, "settle_after_ms": {"7"},
		"callback_wrong_token": {"on"}, "fault_on": {"get_invoice"}, "fault_kind": {"500"}})
	if status != 303 {
		t.Fatalf("answered %d", status)
	}
	_, got := r.call("GET", "/_simulator/settings", "")
	s := got.(map[string]any)
	if s["callback_delay_ms"] != 5.0 || s["callback_repeat"] != 3.0 || s["settle_after_ms"] != 7.0 || s["callback_wrong_token"] != true || len(s["faults"].([]any)) != 1 {
		t.Errorf("got %v", s)
	}
	r.call("POST", "/_simulator/settings", `{"callback_wrong_token":false,"faults":[]}`)
	_, doc = b.get("/_simulator")
	// Paying a wrong amount, after the time is over.
	if status, _ := b.submit(doc, "Habiskan waktu", url.Values{}); status != 303 {
		t.Fatalf("answered %d", status)
	}
	if status, _ := b.submit(doc, "Bayar", url.Values{"channel": {"BNI"}, "amount": {"19999"}}); status != 303 {
		t.Fatalf("answered %d", status)
	}
	_, v := r.call("GET", "/v2/invoices/"+id, "")
	if m := v.(map[string]any); m["status"] != "SETTLED" || m["paid_amount"] != 19_999.0 || m["amount"] != 20_000.0 {
		t.Errorf("got %v", m)
	}
	if status, _ := r.call("POST", "/_simulator/invoices/"+id+"/pay", `{"channel":"BNI"}`); status != 409 {
		t.Errorf("paid twice: %d", status)
	}
}

func TestExpiryByTime(t *testing.T) {
	r := newRig(t, nil)
	_, v := r.call("POST", "/v2/invoices", `{"external_id":"x","amount":20000,"invoice_duration":3600}`)
	id := v.(map[string]any)["id"].(string)
	r.sim.Advance(59 * time.Minute)
	if _, got := r.call("GET", "/v2/invoices/"+id, ""); got.(map[string]any)["status"] != pending {
		t.Errorf("early: %v", got)
	}
	r.call("POST", "/_simulator/advance", `{"duration":"2m"}`)
	if _, got := r.call("GET", "/v2/invoices/"+id, ""); got.(map[string]any)["status"] != expired {
		t.Errorf("late: %v", got)
	}
	if got := r.wait(1)[0].body["status"]; got != expired {
		t.Errorf("callback %v", got)
	}
}
