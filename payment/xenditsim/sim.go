// Package xenditsim is a payment gateway for development, tests and the demo: it
// serves the part of Xendit's HTTP contract that Lapak Berdaya uses, with its own
// hosted payment page, callbacks, clock and store. No money moves.
//
// It imports nothing of ours but internal packages, on purpose: client and
// simulator must not share a misunderstanding. What it answers is compared in
// its tests with recorded bodies of the real API, key by key and type by type.
//
// It misbehaves on request (see Settings): callbacks that come late, twice, out
// of order, with a wrong token or never; calls that time out after committing,
// or answer 500, 429, HTML or half a JSON.
package xenditsim

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config of a Simulator.
type Config struct {
	// Path of the store, a file of JSON lines that survives a restart and a kill.
	// "" keeps everything in memory.
	Path string
	// SecretKey is the one key that is accepted; it must start with
	// xnd_development_, so that a real key is never typed into a simulator.
	SecretKey string
	// CallbackToken is sent as x-callback-token.
	CallbackToken string
	// CallbackURLs are the addresses per kind: invoice, payout, refund. A kind
	// without an address gets no callbacks.
	CallbackURLs map[string]string
	// PublicURL is where buyers reach the hosted page; "" takes the host the
	// invoice was asked for at.
	PublicURL string
	// MerchantName is shown to buyers; "" is "Lapak Berdaya".
	MerchantName string
	// Settings to start with when the store has none; nil is DefaultSettings.
	Settings *Settings
	// Now is the clock; nil is time.Now. Advance adds to it.
	Now func() time.Time
	// Log; nil is slog.Default.
	Log *slog.Logger
}

// Simulator is an http.Handler. Close it to stop its callbacks.
type Simulator struct {
	cfg    Config
	log    *slog.Logger
	mux    *http.ServeMux
	client *http.Client

	mu         sync.Mutex
	store      *store
	settings   Settings
	invoices   map[string]*invoice
	payouts    map[string]*payout
	refunds    map[string]*refund
	others     map[string]*other // statement lines that are no payment, payout or refund
	deliveries map[string]*delivery
	order      []string        // delivery ids in the order they were made
	active     map[string]bool // ids whose state still changes by time
	flying     map[string]bool // deliveries on their way
	keys       map[string]idempotent

	stop chan struct{}
	kick chan struct{}
	done sync.WaitGroup
	once sync.Once
}

// idempotent is what a key was used for.
type idempotent struct {
	Body string `json:"body"`
	ID   string `json:"id"`
}

// New opens the store and starts delivering callbacks.
func New(c Config) (*Simulator, error) {
	if !strings.HasPrefix(c.SecretKey, "xnd_development_") {
		return nil, errors.New("xenditsim: the secret key must start with xnd_development_")
	}
	if c.MerchantName == "" {
		c.MerchantName = "Lapak Berdaya"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	urls := map[string]string{}
	for kind, u := range c.CallbackURLs {
		urls[kind] = u
	}
	c.CallbackURLs = urls
	s := &Simulator{
		cfg: c, log: c.Log.With("package", "xenditsim"),
		client:   &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		invoices: map[string]*invoice{}, payouts: map[string]*payout{}, refunds: map[string]*refund{}, others: map[string]*other{}, deliveries: map[string]*delivery{},
		active: map[string]bool{}, flying: map[string]bool{}, keys: map[string]idempotent{},
		settings: DefaultSettings(), stop: make(chan struct{}), kick: make(chan struct{}, 1),
	}
	if c.Settings != nil {
		s.settings = *c.Settings
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	s.routes()
	s.done.Add(1)
	go s.deliver()
	return s, nil
}

// Close stops delivering callbacks and closes the store. Running deliveries end
// first.
func (s *Simulator) Close() error {
	var err error
	s.once.Do(func() {
		close(s.stop)
		s.done.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		err = s.store.close()
	})
	return err
}

// SetCallbackURL changes where callbacks of one kind go ("" stops them), for
// whoever learns the address only after starting.
func (s *Simulator) SetCallbackURL(kind, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cfg.CallbackURLs[kind] = address
}

// Advance moves the simulator's clock.
func (s *Simulator) Advance(d time.Duration) {
	s.mu.Lock()
	s.settings.ClockOffsetMS += d.Milliseconds()
	s.saveSettings()
	s.pass()
	s.mu.Unlock()
	s.wake()
}

func (s *Simulator) now() time.Time {
	return s.cfg.Now().Add(time.Duration(s.settings.ClockOffsetMS) * time.Millisecond).UTC().Truncate(time.Millisecond)
}

func (s *Simulator) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// ServeHTTP serves the API, the hosted page and the control page.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mux.ServeHTTP(w, r)
}

func (s *Simulator) routes() {
	m := http.NewServeMux()
	s.mux = m
	// The official clients send the trailing slash, the documentation does not.
	m.HandleFunc("POST /v2/invoices", s.api("create_invoice", s.createInvoice))
	m.HandleFunc("POST /v2/invoices/{$}", s.api("create_invoice", s.createInvoice))
	m.HandleFunc("GET /v2/invoices", s.api("find_invoices", s.findInvoices))
	m.HandleFunc("GET /v2/invoices/{$}", s.api("find_invoices", s.findInvoices))
	m.HandleFunc("GET /v2/invoices/{id}", s.api("get_invoice", s.getInvoice))
	m.HandleFunc("POST /invoices/{id}/expire!", s.api("expire_invoice", s.expireInvoice))
	m.HandleFunc("POST /v2/payouts", s.api("create_payout", s.createPayout))
	m.HandleFunc("GET /v2/payouts", s.api("find_payouts", s.findPayouts))
	m.HandleFunc("GET /v2/payouts/{id}", s.api("get_payout", s.getPayout))
	m.HandleFunc("POST /v2/payouts/{id}/cancel", s.api("cancel_payout", s.cancelPayout))
	m.HandleFunc("POST /refunds", s.api("create_refund", s.createRefund))
	m.HandleFunc("GET /refunds", s.api("find_refunds", s.findRefunds))
	m.HandleFunc("GET /refunds/{id}", s.api("get_refund", s.getRefund))
	m.HandleFunc("GET /balance", s.api("balance", s.getBalance))
	m.HandleFunc("GET /transactions", s.api("find_transactions", s.findTransactions))
	s.pages(m)
	s.control(m)
	m.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" && r.Method == http.MethodGet {
			http.Redirect(w, r, "/_simulator", http.StatusSeeOther)
			return
		}
		writeJSON(w, 404, apiError{Code: "NOT_FOUND", Message: "The requested resource was not found"})
	})
}

// apiError is the error envelope; Errors differ by endpoint, as in reality.
type apiError struct {
	Code    string `json:"error_code"`
	Message string `json:"message"`
	Errors  []any  `json:"errors,omitempty"`
}

// fieldError is how /v2/invoices names a bad field.
type fieldError struct {
	Field    []string `json:"field"`
	Location string   `json:"location"`
	Messages []string `json:"messages"`
	Types    []string `json:"types"`
}

// pathError is how payouts and refunds name a bad field.
type pathError struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		status, b = 500, []byte(`{"error_code":"SERVER_ERROR","message":"Something unexpected happened. We are investigating this issue. Please try again later."}`)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// api wraps an endpoint with authentication, limits and the faults asked for.
// The handler returns what to answer; it holds the lock.
func (s *Simulator) api(op string, h func(r *http.Request, body []byte) (int, any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Request-Id", "sim-"+randomHex(12))
		w.Header().Set("Rate-Limit-Limit", "60")
		w.Header().Set("Rate-Limit-Remaining", "59")
		w.Header().Set("Rate-Limit-Reset", "0.5")
		key, _, _ := r.BasicAuth()
		switch key {
		case s.cfg.SecretKey:
		case "":
			writeJSON(w, 400, apiError{Code: "API_VALIDATION_ERROR", Message: "There was an error with the format submitted to the server.",
				Errors: []any{fieldError{[]string{"api_key"}, "body", []string{`"api_key" is not allowed to be empty`}, []string{"any.empty"}}}})
			return
		default:
			writeJSON(w, 401, apiError{Code: "INVALID_API_KEY", Message: "API key is not authorized for this API service"})
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			writeJSON(w, 400, apiError{Code: "INVALID_JSON_FORMAT", Message: "The request body could not be read"})
			return
		}
		f := s.takeFault(op)
		if f != nil && !f.commits() {
			s.misbehave(w, r, *f, 0, nil)
			return
		}
		s.mu.Lock()
		s.pass()
		status, answer := h(r, body)
		var raw []byte
		if f != nil {
			raw, _ = json.Marshal(answer)
		}
		var out any = answer
		if f == nil {
			// Marshalled under the lock: the objects may change afterwards.
			b, err := json.Marshal(answer)
			if err != nil {
				b = []byte("null")
			}
			out = json.RawMessage(b)
		}
		s.mu.Unlock()
		s.wake()
		if f != nil {
			s.misbehave(w, r, *f, status, raw)
			return
		}
		writeJSON(w, status, out)
	}
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

func randomDigits(n int) string {
	var b strings.Builder
	for range n {
		d, _ := rand.Int(rand.Reader, big.NewInt(10))
		b.WriteByte(byte('0' + d.Int64()))
	}
	return b.String()
}

func randomUUID() string {
	h := randomHex(16)
	return fmt.Sprintf("%s-%s-4%s-9%s-%s", h[:8], h[8:12], h[13:16], h[17:20], h[20:])
}

// stamp is a time as the API writes it: UTC, milliseconds, Z.
type stamp time.Time

func (t stamp) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.000Z"`)), nil
}

func (t *stamp) UnmarshalJSON(b []byte) error {
	v, err := time.Parse(`"2006-01-02T15:04:05.000Z"`, string(b))
	*t = stamp(v)
	return err
}
