package xendit

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
)

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// replaying answers every request with one recorded body.
func replaying(t *testing.T, status int, body []byte) *Client {
	t.Helper()
	return serving(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	})
}

func serving(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := New(Config{SecretKey: "xnd_development_test", BaseURL: srv.URL, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// Every recorded callback of the kinds we take decodes into exactly this event;
// one that is added to testdata without an expectation fails.
func TestParseCallback_Recorded(t *testing.T) {
	const invoice, payout, refund = payment.CallbackInvoice, payment.CallbackPayout, payment.CallbackRefund
	want := map[string]payment.Callback{
		"webhook_invoice_expired.COMPOSED.json": {Kind: invoice, Event: "invoice.EXPIRED", GatewayID: "63cc01390d8fc0b926efa2bb",
			Reference: "eacd7788-8864-421c-a39c-9c59c3ee875c", Status: "EXPIRED", Amount: 100_000, Currency: "IDR"},
		"webhook_invoice_paid_ewallet_dana.json": {Kind: invoice, Event: "invoice.PAID", GatewayID: "6748105a77f16ebe0cc583a7",
			Reference: "payment-link-example", Status: "PAID", Amount: 510_000, PaidAmount: 510_000, Currency: "IDR",
			Channel: "DANA", GatewayPaymentID: "ewc_99013716-9354-439e-9fea-e61a06e87ea3"},
		"webhook_invoice_paid_qris.COMPOSED.json": {Kind: invoice, Event: "invoice.PAID", GatewayID: "6748105a77f16ebe0cc583a7",
			Reference: "payment-link-example", Status: "PAID", Amount: 510_000, PaidAmount: 510_000, Currency: "IDR",
			Channel: "QRIS", GatewayPaymentID: "qrpy_99013716-9354-439e-9fea-e61a06e87ea3"},
		"webhook_invoice_paid_va_mandiri.json": {Kind: invoice, Event: "invoice.PAID", GatewayID: "62f00ac409accd62c85673c4",
			Reference: "INV0048/VIII/2022", Status: "PAID", Amount: 8_500_000, PaidAmount: 8_500_000, Currency: "IDR", Channel: "MANDIRI"},
		"webhook_payout_v2_failed.COMPOSED.json": {Kind: payout, Event: "payout.failed", GatewayID: "disb-1475459775872",
			Reference: "sample-failed-create-payout", Status: "FAILED", Amount: 100, Currency: "IDR", Channel: "ID_BCA",
			FailureCode: "TEMPORARY_TRANSFER_ERROR"},
		"webhook_payout_v2_reversed.COMPOSED.json": {Kind: payout, Event: "payout.reversed", GatewayID: "disb-1475459775872",
			Reference: "sample-create-payout", Status: "REVERSED", Amount: 100, Currency: "IDR", Channel: "ID_BCA"},
		"webhook_payout_v2_succeeded.json": {Kind: payout, Event: "payout.succeeded", GatewayID: "disb-571f3644d2b4edf0745e9703",
			Reference: "myref-1482928194", Status: "SUCCEEDED", Amount: 10_000, Currency: "IDR", Channel: "ID_BCA"},
		"webhook_refund_succeeded.json": {Kind: refund, Event: "refund.succeeded", GatewayID: "rfd-6f4a377d-a201-437f-9119-f8b00cbbe857",
			Reference: "b2756a1e-e6cd-4352-9a68-0483aa2b6a2", Status: "SUCCEEDED", Amount: 10_000, Currency: "PHP", Channel: "BPI",
			GatewayPaymentID: "ddpy-3cd658ae-25b9-4659-aa36-596ae41a809f"},
	}
	// Payouts v3 are another product: recognised as not ours, kept raw.
	refused := map[string]payment.CallbackKind{"webhook_payout_v3_failed.json": payout}

	files, err := filepath.Glob("testdata/webhook_*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded callbacks: %v", err)
	}
	c := replaying(t, 200, nil)
	for _, f := range files {
		name := filepath.Base(f)
		t.Run(name, func(t *testing.T) {
			if kind, ok := refused[name]; ok {
				if got, err := c.ParseCallback(kind, fixture(t, name)); err == nil {
					t.Fatalf("want a refusal, got %+v", got)
				}
				return
			}
			w, ok := want[name]
			if !ok {
				t.Fatal("recorded callback without an expectation")
			}
			got, err := c.ParseCallback(w.Kind, fixture(t, name))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestInvoice_Recorded(t *testing.T) {
	ctx := context.Background()
	t.Run("settled", func(t *testing.T) {
		got, err := replaying(t, 200, fixture(t, "invoice_get_200_settled.json")).Invoice(ctx, "63c9dadfbc62165502c6e8cd")
		if err != nil {
			t.Fatal(err)
		}
		want := payment.Invoice{
			ID: "63c9dadfbc62165502c6e8cd", Reference: "5e4d5893-ba9d-4bde-a2a3-1f54e271c335", Status: payment.InvoiceSettled,
			Amount: 91_000, Currency: "IDR", URL: "https://checkout-staging.xendit.co/web/63c9dadfbc62165502c6e8cd",
			ExpiresAt: at("2023-01-21T00:05:51.812Z"), Created: at("2023-01-20T00:05:52.550Z"),
			PaidAmount: 91_000, PaidAt: at("2023-01-20T00:06:00.535Z"), Method: "BANK_TRANSFER", Channel: "BCA",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
	t.Run("not found", func(t *testing.T) {
		_, err := replaying(t, 404, fixture(t, "invoice_get_404.json")).Invoice(ctx, "x")
		r, ok := payment.AsRejected(err)
		if !ok || !r.NotFound() || r.Code != "INVOICE_NOT_FOUND_ERROR" {
			t.Errorf("got %v", err)
		}
	})
	for name, amount := range map[string]money.Rupiah{"minimal": 100_000, "full": 510_000} {
		t.Run("created "+name, func(t *testing.T) {
			var created struct {
				ExternalID string `json:"external_id"`
				URL        string `json:"invoice_url"`
			}
			body := fixture(t, "invoice_create_200_"+name+".json")
			if err := json.Unmarshal(body, &created); err != nil {
				t.Fatal(err)
			}
			got, err := replaying(t, 200, body).CreateInvoice(ctx, payment.InvoiceRequest{Reference: created.ExternalID, Amount: amount, Duration: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
			if got.Status != payment.InvoicePending || got.Amount != amount || got.URL != created.URL || got.Currency != "IDR" || got.PaidAmount != 0 {
				t.Errorf("got %+v", got)
			}
		})
	}
	t.Run("validation", func(t *testing.T) {
		_, err := replaying(t, 400, fixture(t, "invoice_create_400_validation.json")).CreateInvoice(ctx, payment.InvoiceRequest{Reference: "r", Amount: 10_000, Duration: time.Hour})
		r, ok := payment.AsRejected(err)
		if !ok || r.Code != "API_VALIDATION_ERROR" || r.Status != 400 || r.Ours() || !strings.Contains(r.Message, "external_id") {
			t.Errorf("got %v", err)
		}
	})
}

func TestErrors_Recorded(t *testing.T) {
	ctx := context.Background()
	for name, want := range map[string]struct {
		status int
		code   string
		ours   bool
	}{
		"error_400_missing_api_key.json":   {400, "API_VALIDATION_ERROR", false},
		"error_401_invalid_api_key.json":   {401, "INVALID_API_KEY", true},
		"error_403_request_forbidden.json": {403, "REQUEST_FORBIDDEN_ERROR", true},
		"payout_v2_duplicate_error.json":   {409, "DUPLICATE_ERROR", false},
	} {
		_, err := replaying(t, want.status, fixture(t, name)).CreatePayout(ctx, somePayout)
		r, ok := payment.AsRejected(err)
		if !ok || r.Code != want.code || r.Ours() != want.ours {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

var somePayout = payment.PayoutRequest{Key: "k", Reference: "r", Amount: 10_000, Bank: payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Sri"}}

func TestPayout_Recorded(t *testing.T) {
	ctx := context.Background()
	got, err := replaying(t, 200, fixture(t, "payout_v2_get_200_failed.json")).Payout(ctx, "disb-1475459775872")
	if err != nil {
		t.Fatal(err)
	}
	want := payment.GatewayPayout{ID: "disb-1475459775872", Reference: "sample-failed-create-payout", Status: payment.PayoutFailed,
		RawStatus: "FAILED", FailureCode: "TEMPORARY_TRANSFER_ERROR", Amount: 100, Currency: "IDR"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}

	cancelled, err := replaying(t, 200, fixture(t, "payout_v2_cancel_200.json")).Payout(ctx, "disb-1475459775872")
	if err != nil {
		t.Fatal(err)
	}
	if cancelled.Status != payment.PayoutFailed || cancelled.FailureCode != "CANCELLED" || cancelled.Amount != 250_000 || cancelled.Currency != "PHP" {
		t.Errorf("got %+v", cancelled)
	}

	list := fixture(t, "payout_v2_list_200_array.json")
	for shape, body := range map[string][]byte{
		"array":  list,
		"object": []byte(`{"data":` + string(list) + `,"has_more":false,"links":{}}`),
	} {
		found, err := replaying(t, 200, body).FindPayouts(ctx, "sample-failed-create-payout2")
		if err != nil || len(found) != 1 || found[0].ID != "disb-567845975142" || found[0].Amount != 200 {
			t.Errorf("%s: got %+v, %v", shape, found, err)
		}
	}

	// The documented success is of 1.11 Philippine pesos: no rupiah amount.
	if got, err := replaying(t, 200, fixture(t, "payout_v2_create_200_accepted.json")).Payout(ctx, "disb-1475459775872"); err == nil {
		t.Errorf("a fractional amount was taken: %+v", got)
	}
}

func TestRefundAndBalance_Recorded(t *testing.T) {
	ctx := context.Background()
	got, err := replaying(t, 200, fixture(t, "refund_create_200_pending.COMPOSED.json")).CreateRefund(ctx,
		payment.RefundRequest{Key: "k", Reference: "refund-1", InvoiceID: "63cc01390d8fc0b926efa2bb", Amount: 10_000, Reason: "REQUESTED_BY_CUSTOMER"})
	if err != nil {
		t.Fatal(err)
	}
	want := payment.GatewayRefund{ID: "rfd-6f4a377d-a201-437f-9119-f8b00cbbe857", Reference: "refund-1", InvoiceID: "63cc01390d8fc0b926efa2bb",
		Status: payment.RefundPending, Amount: 10_000, Currency: "IDR"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	balance, err := replaying(t, 200, fixture(t, "balance_get_200.json")).Balance(ctx)
	if err != nil || balance != 1_241_231 {
		t.Errorf("balance %v, %v", balance, err)
	}
}
