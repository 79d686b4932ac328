package payment

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// Watch is told of calls to the gateway and of callbacks, for the metrics.
type Watch interface {
	// GatewayCall: operation is a method of Gateway in snake case; outcome is "ok",
	// "rejected" (a definite no), "retry" (nothing happened) or "unknown".
	GatewayCall(operation, outcome string, took time.Duration)
	// Callback: outcome is "bad_token", "received", "repeated", "unreadable", and
	// once handled "done", "unmatched" or "held".
	Callback(kind, outcome string)
}

// WithWatch tells w of calls and callbacks.
func WithWatch(w Watch) Option { return func(s *Service) { s.watch = w } }

func (s *Service) saw(kind CallbackKind, outcome string) {
	switch kind {
	case CallbackInvoice, CallbackPayout, CallbackRefund:
	default:
		kind = "other" // whatever somebody made up
	}
	if s.watch != nil {
		s.watch.Callback(string(kind), outcome)
	}
}

// Outcome folds an error of a Gateway into "ok", "rejected", "retry" or "unknown".
func Outcome(err error) string {
	switch _, refused := AsRejected(err); {
	case err == nil:
		return "ok"
	case refused:
		return "rejected"
	case errors.Is(err, ErrUnknown):
		return "unknown"
	}
	return "retry"
}

// Calls counts the calls of the last hour, for the administrator's page: which
// operation ended how, and when one last ended well. It is one process's memory;
// the zero value is an empty one.
type Calls struct {
	mu    sync.Mutex
	slots [12]map[callKey]int64 // five minutes each, by time modulo an hour
	began [12]int64             // which five minutes a slot holds
	last  time.Time
}

type callKey struct{ operation, outcome string }

func (c *Calls) add(operation, outcome string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	slot := now.Unix() / 300
	at := int(slot % 12)
	if c.began[at] != slot || c.slots[at] == nil {
		c.began[at], c.slots[at] = slot, map[callKey]int64{}
	}
	c.slots[at][callKey{operation, outcome}]++
	if outcome == "ok" || outcome == "rejected" { // both are answers
		c.last = now
	}
}

// LastAnswer is when the gateway last answered this process, with yes or no; zero
// when it never has.
func (c *Calls) LastAnswer() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// Hour counts the outcomes of this process's calls in about the last hour.
func (c *Calls) Hour() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int64{}
	oldest := time.Now().Unix()/300 - 11
	for i, slot := range c.slots {
		if c.began[i] < oldest {
			continue
		}
		for k, n := range slot {
			out[k.outcome] += n
		}
	}
	return out
}

// Watched returns g with every call timed and told to w and calls; either may be
// nil. A nil g stays nil.
func Watched(g Gateway, w Watch, calls *Calls) Gateway {
	if g == nil {
		return nil
	}
	return watchedGateway{g, w, calls}
}

type watchedGateway struct {
	inner Gateway
	watch Watch
	calls *Calls
}

func (g watchedGateway) end(operation string, begun time.Time, err error) {
	outcome := Outcome(err)
	if g.watch != nil {
		g.watch.GatewayCall(operation, outcome, time.Since(begun))
	}
	if g.calls != nil {
		g.calls.add(operation, outcome, time.Now())
	}
}

// watchedCall times one call; the error decides the outcome.
func watchedCall[T any](g watchedGateway, operation string, call func() (T, error)) (T, error) {
	begun := time.Now()
	got, err := call()
	g.end(operation, begun, err)
	return got, err
}

func (g watchedGateway) CreateInvoice(ctx context.Context, r InvoiceRequest) (Invoice, error) {
	return watchedCall(g, "create_invoice", func() (Invoice, error) { return g.inner.CreateInvoice(ctx, r) })
}

func (g watchedGateway) Invoice(ctx context.Context, id string) (Invoice, error) {
	return watchedCall(g, "invoice", func() (Invoice, error) { return g.inner.Invoice(ctx, id) })
}

func (g watchedGateway) FindInvoices(ctx context.Context, reference string) ([]Invoice, error) {
	return watchedCall(g, "find_invoices", func() ([]Invoice, error) { return g.inner.FindInvoices(ctx, reference) })
}

func (g watchedGateway) ExpireInvoice(ctx context.Context, id string) (Invoice, error) {
	return watchedCall(g, "expire_invoice", func() (Invoice, error) { return g.inner.ExpireInvoice(ctx, id) })
}

func (g watchedGateway) CreatePayout(ctx context.Context, r PayoutRequest) (GatewayPayout, error) {
	return watchedCall(g, "create_payout", func() (GatewayPayout, error) { return g.inner.CreatePayout(ctx, r) })
}

func (g watchedGateway) Payout(ctx context.Context, id string) (GatewayPayout, error) {
	return watchedCall(g, "payout", func() (GatewayPayout, error) { return g.inner.Payout(ctx, id) })
}

func (g watchedGateway) FindPayouts(ctx context.Context, reference string) ([]GatewayPayout, error) {
	return watchedCall(g, "find_payouts", func() ([]GatewayPayout, error) { return g.inner.FindPayouts(ctx, reference) })
}

func (g watchedGateway) CreateRefund(ctx context.Context, r RefundRequest) (GatewayRefund, error) {
	return watchedCall(g, "create_refund", func() (GatewayRefund, error) { return g.inner.CreateRefund(ctx, r) })
}

func (g watchedGateway) Refund(ctx context.Context, id string) (GatewayRefund, error) {
	return watchedCall(g, "refund", func() (GatewayRefund, error) { return g.inner.Refund(ctx, id) })
}

func (g watchedGateway) FindRefunds(ctx context.Context, invoiceID string) ([]GatewayRefund, error) {
	return watchedCall(g, "find_refunds", func() ([]GatewayRefund, error) { return g.inner.FindRefunds(ctx, invoiceID) })
}

func (g watchedGateway) Balance(ctx context.Context) (money.Rupiah, error) {
	return watchedCall(g, "balance", func() (money.Rupiah, error) { return g.inner.Balance(ctx) })
}

func (g watchedGateway) Fee(ctx context.Context, c Charge) (fee money.Rupiah, known bool, err error) {
	begun := time.Now()
	fee, known, err = g.inner.Fee(ctx, c)
	g.end("fee", begun, err)
	return fee, known, err
}

func (g watchedGateway) Statement(ctx context.Context, q StatementQuery) (StatementPage, error) {
	return watchedCall(g, "statement", func() (StatementPage, error) { return g.inner.Statement(ctx, q) })
}

func (g watchedGateway) ParseCallback(kind CallbackKind, body []byte) (Callback, error) {
	return g.inner.ParseCallback(kind, body)
}
