package xenditsim

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// invoice is the object on the wire, in the order of the recorded bodies, and
// what the simulator remembers beside it.
type invoice struct {
	invoiceBody
	Sim invoiceMemory `json:"_sim"`
}

// invoiceMemory is the simulator's own knowledge; it is stored, never answered.
type invoiceMemory struct {
	SettleAt        *stamp  `json:"settle_at,omitempty"`
	PaymentID       string  `json:"payment_id,omitempty"`
	PaymentMethodID string  `json:"payment_method_id,omitempty"`
	Source          string  `json:"source,omitempty"`
	RetailCode      string  `json:"retail_code,omitempty"`
	Charge          *charge `json:"charge,omitempty"` // since it was paid
}

type invoiceBody struct {
	ID                 string          `json:"id"`
	ExternalID         string          `json:"external_id"`
	UserID             string          `json:"user_id"`
	PaymentMethod      string          `json:"payment_method,omitempty"`
	Status             string          `json:"status"`
	MerchantName       string          `json:"merchant_name"`
	MerchantPicture    string          `json:"merchant_profile_picture_url"`
	Amount             int64           `json:"amount"`
	PaidAmount         int64           `json:"paid_amount,omitempty"`
	BankCode           string          `json:"bank_code,omitempty"`
	PaidAt             *stamp          `json:"paid_at,omitempty"`
	PayerEmail         string          `json:"payer_email,omitempty"`
	Description        string          `json:"description,omitempty"`
	ExpiryDate         stamp           `json:"expiry_date"`
	InvoiceURL         string          `json:"invoice_url"`
	AvailableBanks     []bank          `json:"available_banks"`
	AvailableRetail    []retailOutlet  `json:"available_retail_outlets"`
	AvailableEwallets  []ewallet       `json:"available_ewallets"`
	AvailableQRCodes   []qrCode        `json:"available_qr_codes"`
	AvailableDebits    []directDebit   `json:"available_direct_debits"`
	AvailablePaylaters []any           `json:"available_paylaters"`
	ExcludeCard        bool            `json:"should_exclude_credit_card"`
	SendEmail          bool            `json:"should_send_email"`
	SuccessURL         string          `json:"success_redirect_url,omitempty"`
	FailureURL         string          `json:"failure_redirect_url,omitempty"`
	Created            stamp           `json:"created"`
	Updated            stamp           `json:"updated"`
	Currency           string          `json:"currency"`
	Items              json.RawMessage `json:"items,omitempty"`
	Fees               json.RawMessage `json:"fees,omitempty"`
	Customer           json.RawMessage `json:"customer,omitempty"`
	Metadata           json.RawMessage `json:"metadata,omitempty"`
	InitialAmount      int64           `json:"initial_amount,omitempty"`
	PaymentChannel     string          `json:"payment_channel,omitempty"`
	PaymentDestination string          `json:"payment_destination,omitempty"`
}

type bank struct {
	Code     string `json:"bank_code"`
	Type     string `json:"collection_type"`
	Number   string `json:"bank_account_number,omitempty"`
	Amount   int64  `json:"transfer_amount"`
	Branch   string `json:"bank_branch"`
	Holder   string `json:"account_holder_name"`
	Identity int64  `json:"identity_amount"`
}
type retailOutlet struct {
	Name string `json:"retail_outlet_name"`
}
type ewallet struct {
	Type string `json:"ewallet_type"`
}
type qrCode struct {
	Type string `json:"qr_code_type"`
}
type directDebit struct {
	Type string `json:"direct_debit_type"`
}

const (
	pending = "PENDING"
	paid    = "PAID"
	settled = "SETTLED"
	expired = "EXPIRED"
)

func (v *invoice) live() bool {
	return v.Status == pending || (v.Status == paid && v.Sim.SettleAt != nil)
}
func (v *invoice) paid() bool { return v.Status == paid || v.Status == settled }

// userID is the fixed id of the simulated business.
const userID = "5785e6334d7b410667d355c4"

// channelKinds says how each channel works; it is also the list of what this
// simulated account has activated.
var channelKinds = map[string]string{
	"QRIS": "QR_CODE",
	"BCA":  "BANK_TRANSFER", "BNI": "BANK_TRANSFER", "BRI": "BANK_TRANSFER", "MANDIRI": "BANK_TRANSFER", "PERMATA": "BANK_TRANSFER",
	"OVO": "EWALLET", "DANA": "EWALLET", "SHOPEEPAY": "EWALLET", "LINKAJA": "EWALLET",
	"ALFAMART": "RETAIL_OUTLET", "INDOMARET": "RETAIL_OUTLET",
	"DD_BRI": "DIRECT_DEBIT",
}

// channelMax is the documented maximum per channel, where it is low enough to
// matter; above it the channel is not offered.
var channelMax = map[string]int64{
	"QRIS": 10_000_000, "OVO": 20_000_000, "DANA": 20_000_000, "SHOPEEPAY": 20_000_000, "LINKAJA": 10_000_000,
	"ALFAMART": 5_000_000, "INDOMARET": 2_500_000, "BCA": 50_000_000, "BNI": 50_000_000, "DD_BRI": 50_000_000,
}

// instant are the channels whose money is in the balance at once.
var instant = []string{"BNI", "BRI", "MANDIRI", "PERMATA", "DD_BRI"}

type createInvoice struct {
	ExternalID json.RawMessage `json:"external_id"`
	Amount     json.RawMessage `json:"amount"`
	PayerEmail string          `json:"payer_email"`
	Describe   string          `json:"description"`
	Duration   *float64        `json:"invoice_duration"`
	SendEmail  bool            `json:"should_send_email"`
	SuccessURL string          `json:"success_redirect_url"`
	FailureURL string          `json:"failure_redirect_url"`
	Methods    []string        `json:"payment_methods"`
	Currency   string          `json:"currency"`
	Items      json.RawMessage `json:"items"`
	Fees       json.RawMessage `json:"fees"`
	Customer   json.RawMessage `json:"customer"`
	Metadata   json.RawMessage `json:"metadata"`
}

func invalidField(field, message, kind string) (int, any) {
	return 400, struct { // this endpoint writes the message first
		Message string `json:"message"`
		Code    string `json:"error_code"`
		Errors  []any  `json:"errors"`
	}{"Invalid input data. Please check your request", "API_VALIDATION_ERROR",
		[]any{fieldError{[]string{field}, "body", []string{fmt.Sprintf("%q %s", field, message)}, []string{kind}}}}
}

func (s *Simulator) createInvoice(r *http.Request, body []byte) (int, any) {
	var in createInvoice
	if err := json.Unmarshal(body, &in); err != nil {
		return 400, apiError{Code: "INVALID_JSON_FORMAT", Message: "The request body is not valid JSON"}
	}
	var externalID string
	if len(in.ExternalID) == 0 {
		return invalidField("external_id", "is required", "any.required")
	}
	if json.Unmarshal(in.ExternalID, &externalID) != nil || string(in.ExternalID) == "null" {
		return invalidField("external_id", "must be a string", "string.base")
	}
	if externalID == "" || len(externalID) > 255 {
		return invalidField("external_id", "length must be between 1 and 255 characters long", "string.length")
	}
	var number float64
	if len(in.Amount) == 0 {
		return invalidField("amount", "is required", "any.required")
	}
	if json.Unmarshal(in.Amount, &number) != nil || string(in.Amount) == "null" {
		return invalidField("amount", "must be a number", "number.base")
	}
	amount := int64(math.Trunc(number)) // IDR decimals are dropped, as documented
	seconds := 86400.0
	if in.Duration != nil {
		seconds = *in.Duration
	}
	switch {
	case in.Currency != "" && in.Currency != "IDR":
		return 400, apiError{Code: "UNSUPPORTED_CURRENCY", Message: "The currency is not supported"}
	case number < 10_000:
		return 400, apiError{Code: "MINIMAL_TRANSFER_AMOUNT_ERROR", Message: "Could not create invoice because amount is below 10000"}
	case number > 1_000_000_000:
		return 400, apiError{Code: "MAXIMUM_TRANSFER_AMOUNT_ERROR", Message: "Could not create invoice because amount is above 1000000000"}
	case seconds <= 0 || seconds > 366*86400:
		return invalidField("invoice_duration", "must be larger than or equal to 1", "number.min")
	}
	if in.PayerEmail != "" {
		if a, err := mail.ParseAddress(in.PayerEmail); err != nil || a.Address != in.PayerEmail {
			return 400, apiError{Code: "EMAIL_FORMAT_ERROR", Message: "The payer_email is not a valid email"}
		}
	}
	for _, m := range in.Methods {
		if m != "CREDIT_CARD" && channelKinds[m] == "" {
			return 400, apiError{Code: "UNAVAILABLE_PAYMENT_METHOD_ERROR", Message: "The payment method choices did not match with the available one on this business: " + m}
		}
	}
	now := s.now()
	v := &invoice{invoiceBody: invoiceBody{
		ID: fmt.Sprintf("%08x", now.Unix()) + randomHex(8), ExternalID: externalID, UserID: userID, Status: pending,
		MerchantName: s.cfg.MerchantName, MerchantPicture: s.public(r) + "/_simulator/logo.svg",
		Amount: amount, PayerEmail: in.PayerEmail, Description: in.Describe,
		ExpiryDate: stamp(now.Add(time.Duration(seconds * float64(time.Second))).Truncate(time.Millisecond)),
		SendEmail:  in.SendEmail, SuccessURL: in.SuccessURL, FailureURL: in.FailureURL,
		Created: stamp(now), Updated: stamp(now), Currency: "IDR",
		Items: in.Items, Fees: in.Fees, Customer: in.Customer, Metadata: in.Metadata,
	}}
	v.InvoiceURL = s.public(r) + "/web/" + v.ID
	if !s.offer(v, in.Methods) {
		return 400, apiError{Code: "NO_COLLECTION_METHODS_ERROR", Message: "Your account has no payment methods configured (banks, cards). Please contact support and we will set this up for you."}
	}
	s.invoices[v.ID] = v
	s.active[v.ID] = true
	s.save("invoice", v.ID, v)
	return 200, v.invoiceBody
}

// public is the address buyers use.
func (s *Simulator) public(r *http.Request) string {
	if s.cfg.PublicURL != "" {
		return strings.TrimRight(s.cfg.PublicURL, "/")
	}
	return "http://" + r.Host
}

// offer fills the available channels; false when none is left.
func (s *Simulator) offer(v *invoice, methods []string) bool {
	fits := func(code string) bool {
		if limit := channelMax[code]; limit > 0 && v.Amount > limit {
			return false
		}
		return len(methods) == 0 || slices.Contains(methods, code)
	}
	v.AvailableBanks, v.AvailableRetail, v.AvailableEwallets = []bank{}, []retailOutlet{}, []ewallet{}
	v.AvailableQRCodes, v.AvailableDebits, v.AvailablePaylaters = []qrCode{}, []directDebit{}, []any{}
	any := false
	for _, code := range []string{"MANDIRI", "BRI", "BNI", "PERMATA", "BCA"} {
		if fits(code) {
			any = true
			v.AvailableBanks = append(v.AvailableBanks, bank{Code: code, Type: "POOL", Amount: v.Amount, Branch: "Virtual Account", Holder: strings.ToUpper(s.cfg.MerchantName)})
		}
	}
	for _, code := range []string{"ALFAMART", "INDOMARET"} {
		if fits(code) {
			any = true
			v.AvailableRetail = append(v.AvailableRetail, retailOutlet{code})
		}
	}
	for _, code := range []string{"OVO", "DANA", "SHOPEEPAY", "LINKAJA"} {
		if fits(code) {
			any = true
			v.AvailableEwallets = append(v.AvailableEwallets, ewallet{code})
		}
	}
	if fits("QRIS") {
		any = true
		v.AvailableQRCodes = append(v.AvailableQRCodes, qrCode{"QRIS"})
	}
	if fits("DD_BRI") {
		any = true
		v.AvailableDebits = append(v.AvailableDebits, directDebit{"DD_BRI"})
	}
	v.ExcludeCard = true // no cards here: nobody should type a card number into a simulator
	return any
}

// offers reports whether a buyer may choose this channel.
func (v *invoice) offers(channel string) bool {
	return slices.ContainsFunc(v.AvailableBanks, func(b bank) bool { return b.Code == channel }) ||
		slices.Contains(v.AvailableRetail, retailOutlet{channel}) || slices.Contains(v.AvailableEwallets, ewallet{channel}) ||
		slices.Contains(v.AvailableQRCodes, qrCode{channel}) || slices.Contains(v.AvailableDebits, directDebit{channel})
}

func notFoundInvoice(id string) (int, any) {
	return 404, apiError{Code: "INVOICE_NOT_FOUND_ERROR", Message: "Could not find invoice by id " + id}
}

func (s *Simulator) getInvoice(r *http.Request, _ []byte) (int, any) {
	v := s.invoices[r.PathValue("id")]
	if v == nil {
		return notFoundInvoice(r.PathValue("id"))
	}
	return 200, v.invoiceBody
}

func (s *Simulator) findInvoices(r *http.Request, _ []byte) (int, any) {
	q := r.URL.Query()
	found := []invoiceBody{}
	for _, v := range s.invoices {
		if e := q.Get("external_id"); e != "" && v.ExternalID != e {
			continue
		}
		if st := q["statuses"]; len(st) > 0 && !slices.Contains(st, v.Status) {
			continue
		}
		found = append(found, v.invoiceBody)
	}
	slices.SortFunc(found, func(a, b invoiceBody) int { return newest(a.Created, b.Created, a.ID, b.ID) })
	return 200, found[:min(len(found), 100)]
}

func (s *Simulator) expireInvoice(r *http.Request, _ []byte) (int, any) {
	v := s.invoices[r.PathValue("id")]
	if v == nil {
		return notFoundInvoice(r.PathValue("id"))
	}
	if v.Status != pending {
		return 400, apiError{Code: "INVALID_INVOICE_STATUS_ERROR", Message: "Could not expire invoice because its status is " + v.Status}
	}
	s.expire(v)
	return 200, v.invoiceBody
}

func (s *Simulator) expire(v *invoice) {
	v.Status = expired
	v.Updated = stamp(s.now())
	s.track(v.ID, v.live())
	s.save("invoice", v.ID, v)
	if s.settings.CallbackOnExpiry {
		s.enqueue("invoice", s.invoiceEvent(v))
	}
}

// pick gives the invoice its number for one channel, as choosing it on the page
// does.
func (s *Simulator) pick(v *invoice, channel string) (number string) {
	for i := range v.AvailableBanks {
		if v.AvailableBanks[i].Code == channel {
			if v.AvailableBanks[i].Number == "" {
				v.AvailableBanks[i].Number = "88" + randomDigits(11)
				s.save("invoice", v.ID, v)
			}
			return v.AvailableBanks[i].Number
		}
	}
	if channelKinds[channel] == "RETAIL_OUTLET" {
		if v.Sim.RetailCode == "" {
			v.Sim.RetailCode = "LBD" + randomDigits(9)
			s.save("invoice", v.ID, v)
		}
		return v.Sim.RetailCode
	}
	return ""
}

// pay takes the money: amount 0 is the exact amount. An expired invoice can be
// paid too, as a late bank message does it.
func (s *Simulator) pay(v *invoice, channel string, amount int64) error {
	if v.paid() {
		return fmt.Errorf("invoice is %s", v.Status)
	}
	kind := channelKinds[channel]
	if kind == "" {
		return fmt.Errorf("unknown channel %q", channel)
	}
	if amount == 0 {
		amount = v.Amount
	}
	now := s.now()
	at := stamp(now)
	number := s.pick(v, channel)
	v.Status, v.PaymentMethod, v.PaymentChannel, v.PaidAmount, v.PaidAt, v.Updated = paid, kind, channel, amount, &at, at
	switch kind {
	case "BANK_TRANSFER":
		v.BankCode, v.PaymentDestination, v.InitialAmount = channel, number, v.Amount
	case "RETAIL_OUTLET":
		v.PaymentDestination = number
	case "EWALLET":
		v.Sim.PaymentID, v.Sim.PaymentMethodID = "ewc_"+randomUUID(), "pm-"+randomUUID()
	case "QR_CODE":
		v.Sim.PaymentID, v.Sim.Source, v.Sim.RetailCode = "qrpy_"+randomUUID(), "GOPAY", randomDigits(12)
	case "DIRECT_DEBIT":
		v.Sim.PaymentID = "ddpy-" + randomUUID()
	}
	v.Sim.Charge = s.chargeFor(paymentFee(kind, amount))
	wait := time.Duration(s.settings.SettleAfterMS) * time.Millisecond
	if slices.Contains(instant, channel) {
		wait = 0
	}
	due := stamp(now.Add(wait))
	v.Sim.SettleAt = &due
	s.save("invoice", v.ID, v)
	s.active[v.ID] = true
	s.enqueue("invoice", s.invoiceEvent(v))
	if wait == 0 {
		s.settle(v)
	}
	return nil
}

func (s *Simulator) settle(v *invoice) {
	v.Status = settled
	v.Sim.SettleAt = nil
	v.Updated = stamp(s.now())
	s.track(v.ID, v.live())
	s.save("invoice", v.ID, v)
}

// invoiceEvent is the callback body of the invoice as it stands.
func (s *Simulator) invoiceEvent(v *invoice) any {
	type details struct {
		ReceiptID string `json:"receipt_id"`
		Source    string `json:"source"`
	}
	e := struct {
		ID              string          `json:"id"`
		ExternalID      string          `json:"external_id"`
		UserID          string          `json:"user_id"`
		IsHigh          bool            `json:"is_high"`
		Status          string          `json:"status"`
		MerchantName    string          `json:"merchant_name"`
		Amount          int64           `json:"amount"`
		PaidAmount      int64           `json:"paid_amount,omitempty"`
		PaidAt          *stamp          `json:"paid_at,omitempty"`
		PayerEmail      string          `json:"payer_email,omitempty"`
		Description     string          `json:"description,omitempty"`
		Created         stamp           `json:"created"`
		Updated         stamp           `json:"updated"`
		Currency        string          `json:"currency"`
		PaymentMethod   string          `json:"payment_method,omitempty"`
		PaymentChannel  string          `json:"payment_channel,omitempty"`
		Destination     string          `json:"payment_destination,omitempty"`
		PaymentID       string          `json:"payment_id,omitempty"`
		PaymentMethodID string          `json:"payment_method_id,omitempty"`
		Details         *details        `json:"payment_details,omitempty"`
		BankCode        string          `json:"bank_code,omitempty"`
		EwalletType     string          `json:"ewallet_type,omitempty"`
		Items           json.RawMessage `json:"items,omitempty"`
		Fees            json.RawMessage `json:"fees,omitempty"`
		InitialAmount   int64           `json:"initial_amount,omitempty"`
		SuccessURL      string          `json:"success_redirect_url,omitempty"`
		FailureURL      string          `json:"failure_redirect_url,omitempty"`
	}{
		ID: v.ID, ExternalID: v.ExternalID, UserID: v.UserID, Status: v.Status, MerchantName: v.MerchantName, Amount: v.Amount,
		PaidAmount: v.PaidAmount, PaidAt: v.PaidAt, PayerEmail: v.PayerEmail, Description: v.Description, Created: v.Created, Updated: v.Updated,
		Currency: v.Currency, PaymentMethod: v.PaymentMethod, PaymentChannel: v.PaymentChannel, Destination: v.PaymentDestination,
		PaymentID: v.Sim.PaymentID, PaymentMethodID: v.Sim.PaymentMethodID, BankCode: v.BankCode,
		Items: v.Items, Fees: v.Fees, InitialAmount: v.InitialAmount,
	}
	if v.paid() {
		e.SuccessURL, e.FailureURL = v.SuccessURL, v.FailureURL
	}
	if v.PaymentMethod == "EWALLET" {
		e.EwalletType = v.PaymentChannel
	}
	if v.PaymentMethod == "QR_CODE" {
		e.Details = &details{v.Sim.RetailCode, v.Sim.Source}
	}
	return e
}
