package xenditsim

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Settings say how the simulator behaves. They are changed on /_simulator, by
// JSON on /_simulator/settings, or with SetSettings, and are kept in the store.
type Settings struct {
	CallbackDelayMS    int64   `json:"callback_delay_ms"`
	CallbackRepeat     int     `json:"callback_repeat"`      // each callback is sent that often, at once
	CallbackDrop       int     `json:"callback_drop"`        // the next n events send nothing; −1 is all
	CallbackWrongToken bool    `json:"callback_wrong_token"` // new callbacks carry a wrong token
	CallbackReorder    bool    `json:"callback_reorder"`     // later callbacks overtake earlier ones
	CallbackOnExpiry   bool    `json:"callback_on_expiry"`   // the dashboard's tick-box
	RetryScale         float64 `json:"retry_scale"`          // 1 is 15 min, 1 h, 3 h, 6 h, 12 h, 24 h
	SettleAfterMS      int64   `json:"settle_after_ms"`      // PAID to SETTLED, where a channel is not instant
	PayoutAfterMS      int64   `json:"payout_after_ms"`      // ACCEPTED to its end
	ReverseAfterMS     int64   `json:"reverse_after_ms"`     // SUCCEEDED to REVERSED, account 654321
	RefundAfterMS      int64   `json:"refund_after_ms"`      // PENDING to its end
	RefundFails        bool    `json:"refund_fails"`         // new refunds end FAILED
	Fees               bool    `json:"fees"`                 // new payments and payouts cost what fees.go says
	PayoutListObject   bool    `json:"payout_list_object"`   // find payouts answers {data: […]}
	StartingBalance    int64   `json:"starting_balance"`
	StatementOverlap   int     `json:"statement_overlap"` // later pages of the statement begin that many lines too early
	StallMS            int64   `json:"stall_ms"`          // how long the faults timeout and delay last
	ClockOffsetMS      int64   `json:"clock_offset_ms"`   // moved by Advance
	Faults             []Fault `json:"faults"`
}

// DefaultSettings are those of the demo: everything happens within seconds.
func DefaultSettings() Settings {
	return Settings{
		CallbackRepeat: 1, CallbackOnExpiry: true, RetryScale: 1.0 / 300,
		SettleAfterMS: 5_000, PayoutAfterMS: 3_000, ReverseAfterMS: 60_000, RefundAfterMS: 3_000, Fees: true,
		StartingBalance: 50_000_000, StallMS: 30_000, Faults: []Fault{},
	}
}

// SetSettings replaces the settings.
func (s *Simulator) SetSettings(v Settings) {
	s.mu.Lock()
	s.settings = v
	s.saveSettings()
	s.mu.Unlock()
	s.wake()
}

// State is everything the simulator knows: the ground truth of a test.
type State struct {
	Balance    int64         `json:"balance"`
	Invoices   []invoiceBody `json:"invoices"`
	Payouts    []payoutBody  `json:"payouts"`
	Refunds    []refundBody  `json:"refunds"`
	Deliveries []delivery    `json:"deliveries"`
}

// State returns a copy of everything, newest first.
func (s *Simulator) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	st := State{Balance: s.balance(), Invoices: []invoiceBody{}, Payouts: []payoutBody{}, Refunds: []refundBody{}, Deliveries: []delivery{}}
	for _, v := range s.invoices {
		st.Invoices = append(st.Invoices, v.invoiceBody)
	}
	for _, p := range s.payouts {
		st.Payouts = append(st.Payouts, p.payoutBody)
	}
	for _, f := range s.refunds {
		st.Refunds = append(st.Refunds, f.refundBody)
	}
	slices.SortFunc(st.Invoices, func(a, b invoiceBody) int { return newest(a.Created, b.Created, a.ID, b.ID) })
	slices.SortFunc(st.Payouts, func(a, b payoutBody) int { return newest(a.Created, b.Created, a.ID, b.ID) })
	slices.SortFunc(st.Refunds, func(a, b refundBody) int { return newest(a.Created, b.Created, a.ID, b.ID) })
	for _, id := range slices.Backward(s.order) {
		d := *s.deliveries[id]
		d.Status = slices.Clone(d.Status)
		st.Deliveries = append(st.Deliveries, d)
	}
	return st
}

// newest orders by creation, the latest first; ids decide within a millisecond.
func newest(a, b stamp, aID, bID string) int {
	return cmp.Or(time.Time(b).Compare(time.Time(a)), strings.Compare(bID, aID))
}

// Pay pays an invoice, found by the simulator's id or the merchant's reference;
// amount 0 is the exact amount.
func (s *Simulator) Pay(invoice, channel string, amount int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	v := s.find(invoice)
	if v == nil {
		return errNoInvoice
	}
	return s.pay(v, channel, amount)
}

type simError string

func (e simError) Error() string { return string(e) }

const errNoInvoice = simError("xenditsim: no such invoice")

func (s *Simulator) find(invoice string) *invoice {
	if v := s.invoices[invoice]; v != nil {
		return v
	}
	for _, v := range s.invoices {
		if v.ExternalID == invoice {
			return v
		}
	}
	return nil
}

// control registers the control page and its JSON twin. They need no key: the
// simulator listens on a private address.
func (s *Simulator) control(m *http.ServeMux) {
	guard := http.NewCrossOriginProtection()
	handle := func(pattern string, h http.HandlerFunc) { m.Handle(pattern, guard.Handler(h)) }
	handle("GET /_simulator", s.controlPage)
	handle("GET /_simulator/settings", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		v := s.settings
		s.mu.Unlock()
		writeJSON(w, 200, v)
	})
	handle("POST /_simulator/settings", s.postSettings)
	handle("PUT /_simulator/settings", s.postSettings)
	handle("GET /_simulator/state", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, s.State()) })
	handle("POST /_simulator/faults", func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		if !s.readJSON(w, r, &f) {
			return
		}
		s.mu.Lock()
		s.settings.Faults = append(slices.Clone(s.settings.Faults), f)
		s.saveSettings()
		v := s.settings
		s.mu.Unlock()
		writeJSON(w, 200, v)
	})
	handle("POST /_simulator/advance", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Duration string `json:"duration"`
		}
		if !s.readJSON(w, r, &in) {
			return
		}
		d, err := time.ParseDuration(in.Duration)
		if err != nil || d < 0 {
			writeJSON(w, 400, apiError{Code: "BAD_DURATION", Message: in.Duration})
			return
		}
		s.Advance(d)
		writeJSON(w, 200, map[string]string{"advanced": d.String()})
	})
	handle("POST /_simulator/invoices/{id}/pay", s.payFake)
	handle("POST /_simulator/invoices/{id}/expire", func(w http.ResponseWriter, r *http.Request) {
		s.withInvoice(w, r, func(v *invoice) error {
			if v.Status != pending {
				return simError("invoice is " + v.Status)
			}
			s.expire(v)
			return nil
		})
	})
	handle("POST /_simulator/deliveries/{id}/resend", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		ok := s.resend(r.PathValue("id"))
		s.mu.Unlock()
		if !ok {
			writeJSON(w, 404, apiError{Code: "NOT_FOUND", Message: "no such delivery"})
			return
		}
		s.answer(w, r, map[string]bool{"ok": true})
	})
}

// answer is JSON for programs and the control page again for its forms.
func (s *Simulator) answer(w http.ResponseWriter, r *http.Request, v any) {
	if isForm(r) {
		http.Redirect(w, r, "/_simulator", http.StatusSeeOther)
		return
	}
	writeJSON(w, 200, v)
}

func isForm(r *http.Request) bool {
	return r.Header.Get("Content-Type") == "application/x-www-form-urlencoded"
}

func (s *Simulator) readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	b, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
	if err == nil && len(b) > 0 {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		writeJSON(w, 400, apiError{Code: "INVALID_JSON_FORMAT", Message: err.Error()})
		return false
	}
	return true
}

// postSettings changes the settings that are named and leaves the others.
func (s *Simulator) postSettings(w http.ResponseWriter, r *http.Request) {
	if isForm(r) {
		s.postSettingsForm(w, r)
		return
	}
	s.mu.Lock()
	v := s.settings
	s.mu.Unlock()
	v.Faults = slices.Clone(v.Faults)
	if !s.readJSON(w, r, &v) {
		return
	}
	s.SetSettings(v)
	writeJSON(w, 200, v)
}

func (s *Simulator) postSettingsForm(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "isian tidak terbaca", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	v := s.settings
	s.mu.Unlock()
	number := func(name string, old int64) int64 {
		n, err := strconv.ParseInt(r.PostForm.Get(name), 10, 64)
		if err != nil {
			return old
		}
		return n
	}
	v.CallbackDelayMS = number("callback_delay_ms", v.CallbackDelayMS)
	v.CallbackRepeat = int(number("callback_repeat", int64(v.CallbackRepeat)))
	v.CallbackDrop = int(number("callback_drop", int64(v.CallbackDrop)))
	v.SettleAfterMS = number("settle_after_ms", v.SettleAfterMS)
	v.CallbackWrongToken = r.PostForm.Has("callback_wrong_token")
	v.CallbackReorder = r.PostForm.Has("callback_reorder")
	v.RefundFails = r.PostForm.Has("refund_fails")
	v.Fees = r.PostForm.Has("fees")
	v.Faults = slices.Clone(v.Faults)
	if on, kind := r.PostForm.Get("fault_on"), r.PostForm.Get("fault_kind"); on != "" && kind != "" {
		v.Faults = append(v.Faults, Fault{On: on, Kind: kind, Commit: r.PostForm.Has("fault_commit"), Times: 1})
	}
	if r.PostForm.Has("clear_faults") {
		v.Faults = []Fault{}
	}
	s.SetSettings(v)
	http.Redirect(w, r, "/_simulator", http.StatusSeeOther)
}

func (s *Simulator) withInvoice(w http.ResponseWriter, r *http.Request, fn func(v *invoice) error) {
	s.mu.Lock()
	s.pass()
	v := s.find(r.PathValue("id"))
	if v == nil {
		s.mu.Unlock()
		writeJSON(w, 404, apiError{Code: "INVOICE_NOT_FOUND_ERROR", Message: string(errNoInvoice)})
		return
	}
	err := fn(v)
	body := v.invoiceBody
	body.AvailableBanks = slices.Clone(body.AvailableBanks)
	s.mu.Unlock()
	if err != nil {
		writeJSON(w, 409, apiError{Code: "CONFLICT", Message: err.Error()})
		return
	}
	s.answer(w, r, body)
}

// payFake pays without the hosted page: {"channel": "BCA", "amount": 50000};
// the amount may be wrong and the invoice may be expired, on purpose.
func (s *Simulator) payFake(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Channel string `json:"channel"`
		Amount  int64  `json:"amount"`
	}
	if isForm(r) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<12)
		in.Channel = r.PostFormValue("channel")
		in.Amount, _ = strconv.ParseInt(r.PostFormValue("amount"), 10, 64)
	} else if !s.readJSON(w, r, &in) {
		return
	}
	if in.Channel == "" {
		in.Channel = "QRIS"
	}
	s.withInvoice(w, r, func(v *invoice) error { return s.pay(v, in.Channel, in.Amount) })
}

// Settings returns a copy of the settings.
func (s *Simulator) Settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.settings
	v.Faults = slices.Clone(v.Faults)
	return v
}
