package payment_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xendit"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
)

const (
	key   = "xnd_development_test"
	token = "callback-token"
)

// world is a payment service with the real adapter, talking over HTTP to the
// simulator, whose callbacks come back over HTTP.
type world struct {
	t       *testing.T
	ctx     context.Context
	db      *database.DB
	sim     *xenditsim.Simulator
	address string // of the simulator
	gateway *xendit.Client
	svc     *payment.Service
	told    *told
	answers chan int // statuses our callback address answered
}

func newWorld(t *testing.T, db *database.DB, change func(*xenditsim.Settings)) *world {
	t.Helper()
	w := &world{t: t, ctx: context.Background(), db: db, told: &told{}, answers: make(chan int, 10_000)}
	settings := xenditsim.DefaultSettings()
	settings.SettleAfterMS, settings.PayoutAfterMS, settings.RefundAfterMS = 3_600_000, 0, 0
	settings.StallMS = 20_000
	if change != nil {
		change(&settings)
	}
	receiver := httptest.NewServer(http.HandlerFunc(w.receive))
	t.Cleanup(receiver.Close)
	var err error
	w.sim, err = xenditsim.New(xenditsim.Config{
		SecretKey: key, CallbackToken: token, Settings: &settings,
		CallbackURLs: map[string]string{"invoice": receiver.URL + "/invoice", "payout": receiver.URL + "/payout", "refund": receiver.URL + "/refund"},
	})
	require.NoError(t, err)
	srv := httptest.NewServer(w.sim)
	t.Cleanup(srv.Close)
	t.Cleanup(func() { _ = w.sim.Close() }) // before the servers, so that stalled calls let go
	w.address = srv.URL
	w.gateway, err = xendit.New(xendit.Config{SecretKey: key, BaseURL: srv.URL, Timeout: 3 * time.Second, BreakerAfter: 1000})
	require.NoError(t, err)
	w.svc = w.service(w.gateway)
	return w
}

// each runs one named case on both databases.
func each(t *testing.T, name string, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { dbtest.Run(t, test) })
}

// service makes another service on the same database, for example with a
// gateway that lies.
func (w *world) service(g payment.Gateway) *payment.Service {
	w.t.Helper()
	queue, err := jobs.NewQueue(w.db)
	require.NoError(w.t, err)
	svc := payment.NewService(w.db, queue, id.NewKeys("a key for tests"), g, []string{"", "an older token", token})
	svc.Register("purchase", w.told)
	svc.Register(payment.KindUnmatched, w.told)
	svc.RegisterPayouts("withdrawal", w.told)
	svc.RegisterRefunds("purchase", w.told)
	svc.RegisterFees(w.told)
	return svc
}

func (w *world) receive(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, payment.MaxCallback+1))
	status := 200
	if err == nil {
		err = w.svc.ReceiveCallback(r.Context(), payment.CallbackKind(r.URL.Path[1:]), r.Header.Get("x-callback-token"), body)
	}
	switch {
	case fault.Is(err, fault.KindUnauthenticated):
		status = 401
	case err != nil:
		w.t.Logf("callback: %v", err)
		status = 500
	}
	rw.WriteHeader(status)
	w.answers <- status
}

// callbacks waits until the callback address answered n times in all, and then
// works off what is stored, as the job would.
func (w *world) callbacks(n int) (statuses []int) {
	w.t.Helper()
	deadline := time.After(3 * time.Minute)
	for range n {
		select {
		case s := <-w.answers:
			statuses = append(statuses, s)
		case <-deadline:
			w.t.Fatalf("waited for %d callbacks, got %d", n, len(statuses))
		}
	}
	w.handle()
	return statuses
}

func (w *world) handle() {
	w.t.Helper()
	for _, row := range w.stored("new") {
		require.NoError(w.t, w.svc.HandleCallback(w.ctx, row.ID))
	}
}

func (w *world) stored(states ...string) []payment.StoredCallback {
	w.t.Helper()
	var rows []payment.StoredCallback
	require.NoError(w.t, w.db.Read(w.ctx).Where("state IN ?", states).Order("id").Find(&rows).Error)
	return rows
}

// advance moves both clocks and lets the poller run.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	w.db.Clock().Advance(d)
	w.sim.Advance(d)
}

func (w *world) reconcile() {
	w.t.Helper()
	require.NoError(w.t, w.svc.Reconcile(w.ctx))
}

func (w *world) fault(on, kind string, commit bool, times int) {
	w.t.Helper()
	w.settings(func(s *xenditsim.Settings) {
		s.Faults = []xenditsim.Fault{{On: on, Kind: kind, Commit: commit, Times: times}}
	})
}

func (w *world) settings(change func(*xenditsim.Settings)) {
	s := w.sim.Settings()
	change(&s)
	w.sim.SetSettings(s)
}

var purchases atomic.Int64

// start makes a payment of its own purpose.
func (w *world) start(amount money.Rupiah) payment.Payment {
	w.t.Helper()
	p, err := w.tryStart(payment.New{Purpose: payment.Purpose{Kind: "purchase", ID: purchases.Add(1)}, Amount: amount})
	require.NoError(w.t, err)
	return p
}

func (w *world) tryStart(n payment.New) (p payment.Payment, err error) {
	err = database.InTx(w.ctx, w.db, func(tx *gorm.DB) error {
		now, err := clock.Now(w.ctx, tx)
		if err != nil {
			return err
		}
		if n.ExpiresAt.IsZero() {
			n.ExpiresAt = now.Add(24 * time.Hour)
		}
		if n.PayerName == "" {
			n.PayerName, n.Email, n.Description, n.ReturnURL = "Rina", "rina@example.com", "Belanja di Lapak Berdaya", "http://lapak.test/pembayaran/x"
		}
		p, err = w.svc.StartTx(w.ctx, tx, n)
		return err
	})
	return p, err
}

// open makes a payment with its invoice.
func (w *world) open(amount money.Rupiah) payment.Payment {
	w.t.Helper()
	p, err := w.svc.Open(w.ctx, w.start(amount).ID)
	require.NoError(w.t, err)
	require.Equal(w.t, payment.Open, p.State)
	return p
}

// paid makes a payment that was paid through channel.
func (w *world) paid(amount money.Rupiah, channel string) payment.Payment {
	w.t.Helper()
	p := w.open(amount)
	require.NoError(w.t, w.sim.Pay(p.Reference, channel, 0))
	w.callbacks(1)
	return w.payment(p.ID)
}

func (w *world) payment(paymentID int64) payment.Payment {
	w.t.Helper()
	p, err := w.svc.Payment(w.ctx, paymentID)
	require.NoError(w.t, err)
	return p
}

// proven fails the test when any invariant is broken.
func (w *world) proven() {
	w.t.Helper()
	findings, err := payment.Prove(w.ctx, w.db)
	require.NoError(w.t, err)
	require.Empty(w.t, findings)
}

// told records what the settlers heard, only once it is committed.
type told struct {
	mu     sync.Mutex
	events []string
	last   payment.Payment
	payout payment.Payout
	refund payment.Refund
	fee    payment.ChargeOf
	feeFor payment.Purpose
	refuse int // errors to give first
}

var errBooks = errors.New("the books are closed")

func (o *told) hear(tx *gorm.DB, event string, keep func()) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse > 0 {
		o.refuse--
		return errBooks
	}
	database.AfterCommit(tx, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.events = append(o.events, event)
		keep()
	})
	return nil
}

func (o *told) heard() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string{}, o.events...)
}

func (o *told) PaidTx(_ context.Context, tx *gorm.DB, p payment.Payment) error {
	return o.hear(tx, "paid", func() { o.last = p })
}
func (o *told) LapsedTx(_ context.Context, tx *gorm.DB, p payment.Payment) error {
	return o.hear(tx, "lapsed", func() { o.last = p })
}
func (o *told) SettledTx(_ context.Context, tx *gorm.DB, p payment.Payment) error {
	return o.hear(tx, "settled", func() { o.last = p })
}
func (o *told) PayoutSucceededTx(_ context.Context, tx *gorm.DB, p payment.Payout) error {
	return o.hear(tx, "payout succeeded", func() { o.payout = p })
}
func (o *told) PayoutFailedTx(_ context.Context, tx *gorm.DB, p payment.Payout) error {
	return o.hear(tx, "payout failed", func() { o.payout = p })
}
func (o *told) PayoutReversedTx(_ context.Context, tx *gorm.DB, p payment.Payout) error {
	return o.hear(tx, "payout reversed", func() { o.payout = p })
}
func (o *told) FeeTx(_ context.Context, tx *gorm.DB, p payment.Purpose, of payment.ChargeOf, fee money.Rupiah) error {
	return o.hear(tx, fmt.Sprintf("fee %d of %s", int64(fee), of.Kind), func() { o.fee, o.feeFor = of, p })
}
func (o *told) RefundedTx(_ context.Context, tx *gorm.DB, r payment.Refund) error {
	return o.hear(tx, "refunded", func() { o.refund = r })
}
func (o *told) RefundFailedTx(_ context.Context, tx *gorm.DB, r payment.Refund) error {
	return o.hear(tx, "refund failed", func() { o.refund = r })
}
func (o *told) RefundReminderTx(_ context.Context, tx *gorm.DB, r payment.Refund) error {
	return o.hear(tx, "refund reminder", func() { o.refund = r })
}
func (o *told) RefundReversedTx(_ context.Context, tx *gorm.DB, r payment.Refund) error {
	return o.hear(tx, "refund reversed", func() { o.refund = r })
}

// liar is the real gateway with some answers changed.
type liar struct {
	payment.Gateway
	invoice func(payment.Invoice) payment.Invoice
}

func (l *liar) Invoice(ctx context.Context, gatewayID string) (payment.Invoice, error) {
	inv, err := l.Gateway.Invoice(ctx, gatewayID)
	if err == nil && l.invoice != nil {
		inv = l.invoice(inv)
	}
	return inv, err
}

// refusesRefunds is a gateway that takes nothing back.
type refusesRefunds struct {
	payment.Gateway
	code string
}

func (r *refusesRefunds) CreateRefund(context.Context, payment.RefundRequest) (payment.GatewayRefund, error) {
	return payment.GatewayRefund{}, payment.Rejected{Status: 403, Code: r.code}
}
