package xenditsim

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"github.com/lapak-berdaya/lapak/internal/money"
)

//go:embed web
var web embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"rupiah": func(n int64) string { return money.Rupiah(n).String() },
	"when":   when,
	"kind":   func(code string) string { return channelKinds[code] },
	"name":   channelName,
}).ParseFS(web, "web/*.html"))

var wib = time.FixedZone("WIB", 7*3600)

var months = []string{"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"}

func when(t stamp) string {
	v := time.Time(t).In(wib)
	return fmt.Sprintf("%d %s %d pukul %02d.%02d WIB", v.Day(), months[v.Month()-1], v.Year(), v.Hour(), v.Minute())
}

// left says how long a buyer still has, in words.
func left(d time.Duration) string {
	minutes := int(math.Ceil(d.Minutes())) // a page opened at once says 24 hours, not 23:59
	switch {
	case d <= 0:
		return "waktu habis"
	case d < time.Minute:
		return "kurang dari 1 menit"
	case minutes < 60:
		return fmt.Sprintf("%d menit", minutes)
	case minutes%60 == 0:
		return fmt.Sprintf("%d jam", minutes/60)
	}
	return fmt.Sprintf("%d jam %d menit", minutes/60, minutes%60)
}

var names = map[string]string{
	"QRIS": "QRIS", "BCA": "Bank BCA", "BNI": "Bank BNI", "BRI": "Bank BRI", "MANDIRI": "Bank Mandiri", "PERMATA": "Bank Permata",
	"OVO": "OVO", "DANA": "DANA", "SHOPEEPAY": "ShopeePay", "LINKAJA": "LinkAja",
	"ALFAMART": "Alfamart", "INDOMARET": "Indomaret", "DD_BRI": "BRI Direct Debit",
}

func channelName(code string) string {
	if n, ok := names[code]; ok {
		return n
	}
	return code
}

// payPage is what the hosted page shows.
type payPage struct {
	Invoice invoiceBody
	Left    string
	Groups  []channelGroup
	Channel string // chosen
	Number  string // virtual account or payment code
	Failed  bool
	Success string // where a buyer goes on, only http and https
	Failure string
}

type channelGroup struct {
	Title string
	Codes []string
}

func (s *Simulator) pages(m *http.ServeMux) {
	guard := http.NewCrossOriginProtection()
	handle := func(pattern string, h http.HandlerFunc) { m.Handle(pattern, guard.Handler(h)) }
	handle("GET /web/{id}", s.showInvoice)
	handle("GET /web/{id}/{channel}", s.showChannel)
	handle("GET /web/{id}/qris.svg", s.showQR)
	handle("POST /web/{id}/{channel}/bayar", s.postPay)
	handle("POST /web/{id}/{channel}/gagal", s.postFail)
	handle("POST /web/{id}/habis", s.postExpire)
	handle("GET /_simulator/sim.css", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, web, "web/sim.css") })
	handle("GET /_simulator/logo.svg", func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, web, "web/logo.svg") })
}

func render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		http.Error(w, "halaman simulator tidak bisa dibuat", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// page reads one invoice for the hosted page; false when it is unknown.
func (s *Simulator) page(id string, pickChannel string) (payPage, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass()
	v := s.invoices[id]
	if v == nil {
		return payPage{}, false
	}
	p := payPage{Success: safeURL(v.SuccessURL), Failure: safeURL(v.FailureURL)}
	if pickChannel != "" && v.Status == pending && v.offers(pickChannel) {
		p.Channel, p.Number = pickChannel, s.pick(v, pickChannel)
	}
	p.Invoice = v.invoiceBody
	p.Left = left(time.Time(v.ExpiryDate).Sub(s.now()))
	add := func(title string, codes ...string) {
		if len(codes) > 0 {
			p.Groups = append(p.Groups, channelGroup{title, codes})
		}
	}
	codes := func(kind string) (list []string) {
		for _, c := range []string{"QRIS", "BCA", "BNI", "BRI", "MANDIRI", "PERMATA", "DANA", "OVO", "SHOPEEPAY", "LINKAJA", "ALFAMART", "INDOMARET"} {
			if channelKinds[c] == kind && v.offers(c) {
				list = append(list, c)
			}
		}
		return list
	}
	add("QRIS: pindai dengan aplikasi apa saja", codes("QR_CODE")...)
	add("Transfer bank (virtual account)", codes("BANK_TRANSFER")...)
	add("Dompet digital", codes("EWALLET")...)
	add("Bayar tunai di gerai", codes("RETAIL_OUTLET")...)
	return p, true
}

// safeURL keeps javascript: and the like out of links and redirects.
func safeURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return u.String()
}

func missing(w http.ResponseWriter) { render(w, http.StatusNotFound, "missing.html", nil) }

func (s *Simulator) showInvoice(w http.ResponseWriter, r *http.Request) {
	p, ok := s.page(r.PathValue("id"), "")
	if !ok {
		missing(w)
		return
	}
	p.Failed = r.URL.Query().Has("gagal")
	render(w, http.StatusOK, "pay.html", p)
}

func (s *Simulator) showChannel(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	p, ok := s.page(id, r.PathValue("channel"))
	if !ok {
		missing(w)
		return
	}
	if p.Channel == "" { // over, or not offered: the first page says what is
		http.Redirect(w, r, "/web/"+url.PathEscape(id), http.StatusSeeOther)
		return
	}
	render(w, http.StatusOK, "channel.html", p)
}

func (s *Simulator) postPay(w http.ResponseWriter, r *http.Request) {
	id, channel := r.PathValue("id"), r.PathValue("channel")
	s.mu.Lock()
	s.pass()
	v := s.invoices[id]
	if v == nil {
		s.mu.Unlock()
		missing(w)
		return
	}
	target := safeURL(v.SuccessURL)
	if v.Status == pending && v.offers(channel) {
		_ = s.pay(v, channel, 0) // cannot fail: pending and offered
	}
	if !v.paid() || target == "" {
		target = "/web/" + url.PathEscape(id)
	}
	s.mu.Unlock()
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// postFail is a payment the bank or wallet refuses: the invoice stays payable.
func (s *Simulator) postFail(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/web/"+url.PathEscape(r.PathValue("id"))+"?gagal", http.StatusSeeOther)
}

func (s *Simulator) postExpire(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	s.mu.Lock()
	s.pass()
	v := s.invoices[id]
	if v != nil && v.Status == pending {
		s.expire(v)
	}
	s.mu.Unlock()
	if v == nil {
		missing(w)
		return
	}
	http.Redirect(w, r, "/web/"+url.PathEscape(id), http.StatusSeeOther)
}

// showQR draws a code that says openly what it is; it is no QRIS payload, so a
// real wallet refuses it.
func (s *Simulator) showQR(w http.ResponseWriter, r *http.Request) {
	p, ok := s.page(r.PathValue("id"), "")
	if !ok {
		http.NotFound(w, r)
		return
	}
	code, err := qr.Encode(fmt.Sprintf("SIMULATOR LAPAK BERDAYA, BUKAN PEMBAYARAN: %s %d", p.Invoice.ID, p.Invoice.Amount), qr.M, qr.Auto)
	if err != nil {
		http.Error(w, "kode tidak bisa dibuat", http.StatusInternalServerError)
		return
	}
	size := code.Bounds().Dx()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M-4-4h%dv%dh-%dz"/><path d="`, size+8, size+8, size+8, size+8, size+8)
	for y := range size {
		for x := range size {
			if c, _, _, _ := code.At(x, y).RGBA(); c == 0 {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	w.Header().Set("Content-Type", "image/svg+xml")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(b.String())))[:18]+`"`)
	_, _ = w.Write([]byte(b.String()))
}

type controlView struct {
	State    State
	Settings Settings
	Now      stamp
	URLs     map[string]string
	Faults   []string
	Ops      []string
}

func (s *Simulator) controlPage(w http.ResponseWriter, _ *http.Request) {
	st := s.State()
	s.mu.Lock()
	v := controlView{State: st, Settings: s.settings, Now: stamp(s.now()), URLs: map[string]string{}}
	for k, u := range s.cfg.CallbackURLs {
		v.URLs[k] = u
	}
	s.mu.Unlock()
	const most = 30
	v.State.Invoices = st.Invoices[:min(len(st.Invoices), most)]
	v.State.Payouts = st.Payouts[:min(len(st.Payouts), most)]
	v.State.Refunds = st.Refunds[:min(len(st.Refunds), most)]
	v.State.Deliveries = st.Deliveries[:min(len(st.Deliveries), most)]
	v.Faults = []string{"timeout", "hangup", "500", "429", "html", "html200", "truncated", "delay", "drip"}
	v.Ops = []string{"any", "create_invoice", "get_invoice", "find_invoices", "expire_invoice", "create_payout", "get_payout", "find_payouts", "create_refund", "get_refund", "find_refunds", "balance", "find_transactions"}
	render(w, http.StatusOK, "control.html", v)
}
