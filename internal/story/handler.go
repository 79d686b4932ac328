package story

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// Logger returns log with a handler that adds what the context carries and hides
// what must not be written down. A logger that already has it is returned as it
// is. The line's shape is the inner handler's; JSON and text both escape line
// breaks and control characters, so that nobody can write a line of their own.
func Logger(log *slog.Logger) *slog.Logger {
	if _, ok := log.Handler().(*handler); ok {
		return log
	}
	return slog.New(&handler{inner: log.Handler()})
}

// Bound returns log bound to ctx: lines logged without a context of their own
// get what ctx carries.
func Bound(ctx context.Context, log *slog.Logger) *slog.Logger {
	h, ok := log.Handler().(*handler)
	if !ok {
		h = &handler{inner: log.Handler()}
	}
	return slog.New(&handler{inner: h.inner, bound: carried(ctx)})
}

type handler struct {
	inner slog.Handler
	bound []slog.Attr // for lines whose context carries nothing
}

func (h *handler) Enabled(ctx context.Context, l slog.Level) bool { return h.inner.Enabled(ctx, l) }

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{inner: h.inner.WithGroup(name), bound: h.bound}
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = scrubbed(a)
	}
	return &handler{inner: h.inner.WithAttrs(clean), bound: h.bound}
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, Scrub(r.Message), r.PC)
	var own []slog.Attr
	r.Attrs(func(a slog.Attr) bool {
		own = append(own, scrubbed(a))
		return true
	})
	extra := carried(ctx)
	if len(extra) == 0 {
		extra = h.bound
	}
	for _, a := range extra {
		if !named(own, a.Key) {
			out.AddAttrs(scrubbed(a))
		}
	}
	out.AddAttrs(own...)
	return h.inner.Handle(ctx, out)
}

// Hidden stands where a value was that must not be in a log.
const Hidden = "[hidden]"

// secret are the attribute names whose values are never written, whatever they
// are. Names are compared in lower case without underscores and dashes.
var secret = func() map[string]bool {
	set := map[string]bool{}
	for _, k := range []string{
		"password", "passwd", "secret", "token", "callback_token", "access_token", "session", "cookie", "set-cookie", "authorization",
		"api_key", "secret_key", "xendit_secret_key", "code", "otp", "totp", "pin", "recovery_code", "recovery_codes",
		"name", "full_name", "payer_name", "holder_name", "phone", "whatsapp", "hp", "nama", "email", "mail", "address", "alamat", "street",
		"nik", "ktp", "account_number", "bank_account", "rekening", "body", "raw_body", "form", "query", "ip", "user_agent", "lat", "lon",
	} {
		set[plain(k)] = true
	}
	return set
}()

func plain(key string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "").Replace(strings.ToLower(key))
}

// scrubbed hides the value of a known secret and cleans every text.
func scrubbed(a slog.Attr) slog.Attr {
	if secret[plain(a.Key)] {
		return slog.String(a.Key, Hidden)
	}
	if a.Key == "version" { // of the program: its date looks like somebody's number
		return a
	}
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, Scrub(v.String()))
	case slog.KindGroup:
		group := v.Group()
		clean := make([]slog.Attr, len(group))
		for i, g := range group {
			clean[i] = scrubbed(g)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	case slog.KindAny:
		// Errors and whatever else is written as text; a struct's fields have no
		// names here to judge by.
		return slog.String(a.Key, Scrub(fmt.Sprint(v.Any())))
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// What a text may hold although nobody meant to log it: an error that quotes a
// form, a driver that quotes an address.
var (
	mailAddress = regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN-]+\.[\pL\pN.-]+`)
	longNumber  = regexp.MustCompile(`\+?\d[\d -]{7,}\d`)
	urlSecret   = regexp.MustCompile(`://[^/\s:@]+:[^/\s@]+@`)
	ourSecret   = regexp.MustCompile(`xnd_(?:development|production)_\w+`)
	tokenInPath = regexp.MustCompile(`(/(?:pesanan|pembayaran|pengembalian|undangan)/)[\w-]{10,}`)
)

// Scrub hides phone numbers, identity numbers, bank accounts, mail addresses,
// keys and secret addresses in a text. It may hide too much: what a line is
// about is in its attributes.
func Scrub(s string) string {
	if s == "" {
		return s
	}
	s = urlSecret.ReplaceAllString(s, "://"+Hidden+"@")
	if strings.Contains(s, "@") {
		s = mailAddress.ReplaceAllString(s, Hidden)
	}
	s = ourSecret.ReplaceAllString(s, Hidden)
	s = tokenInPath.ReplaceAllString(s, "${1}"+Hidden)
	return longNumber.ReplaceAllStringFunc(s, func(n string) string {
		digits := 0
		for _, c := range n {
			if c >= '0' && c <= '9' {
				digits++
			}
		}
		if digits < 9 || looksLikeTime(n) {
			return n
		}
		return Hidden
	})
}

// looksLikeTime spares a date with a day or an hour: 2026-11-22 02.
func looksLikeTime(n string) bool {
	return len(n) >= 10 && len(n) <= 13 && n[4] == '-' && n[7] == '-' && (n[0] == '1' || n[0] == '2')
}
