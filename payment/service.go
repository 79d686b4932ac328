package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// Service is the one writer of payments, callbacks, refunds and payouts.
type Service struct {
	db      *database.DB
	queue   *jobs.Queue
	keys    id.Keys
	gateway Gateway
	tokens  []string
	log     *slog.Logger
	pace    Pace
	watch   Watch

	mu      sync.RWMutex
	paid    map[string]Settler
	payouts map[string]OutcomeSettler
	refunds map[string]RefundSettler
	fees    FeeSettler
	books   func(ctx context.Context) (money.Rupiah, error)
}

// Pace is how often the gateway is asked without a reason. Callbacks are faster;
// asking heals lost ones, and is the only way to learn that money is settled.
type Pace struct {
	Poll   time.Duration   // between two rounds of the poller
	Settle []time.Duration // before each look whether a paid payment is settled; the last repeats
}

// DefaultPace is that of production: channels settle within minutes or days.
func DefaultPace() Pace {
	return Pace{Poll: time.Minute, Settle: []time.Duration{time.Minute, 2 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}}
}

// Option changes how a Service is made.
type Option func(*Service)

// WithPace replaces DefaultPace, for the demo and tests, whose gateway settles
// within seconds. Poll must be positive and Settle not empty.
func WithPace(p Pace) Option {
	if p.Poll <= 0 || len(p.Settle) == 0 {
		panic("payment: a pace without intervals")
	}
	return func(s *Service) { s.pace = p }
}

// NewService wires the package. callbackTokens are the tokens the gateway may
// send (XENDIT_CALLBACK_TOKENS); two or more while one is being replaced.
func NewService(db *database.DB, queue *jobs.Queue, keys id.Keys, gateway Gateway, callbackTokens []string, options ...Option) *Service {
	s := &Service{
		db: db, queue: queue, keys: keys, gateway: gateway, log: slog.Default().With("package", "payment"), pace: DefaultPace(),
		paid: map[string]Settler{}, payouts: map[string]OutcomeSettler{}, refunds: map[string]RefundSettler{},
	}
	for _, t := range callbackTokens {
		if t != "" {
			s.tokens = append(s.tokens, t)
		}
	}
	for _, option := range options {
		option(s)
	}
	return s
}

// Register names who is told about payments of one purpose kind. Called by main
// before anything runs; a second registration of a kind panics.
func (s *Service) Register(kind string, settler Settler) {
	register(&s.mu, s.paid, kind, settler)
}

// RegisterPayouts names who is told about payouts of one purpose kind.
func (s *Service) RegisterPayouts(kind string, settler OutcomeSettler) {
	if kind == KindRefund {
		panic("payment: payouts for refunds are settled here")
	}
	register(&s.mu, s.payouts, kind, settler)
}

// RegisterRefunds names who is told about refunds of one purpose kind.
func (s *Service) RegisterRefunds(kind string, settler RefundSettler) {
	register(&s.mu, s.refunds, kind, settler)
}

// RegisterFees names who is told about the gateway's fees, of every purpose.
func (s *Service) RegisterFees(settler FeeSettler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fees != nil {
		panic("payment: two settlers for fees")
	}
	s.fees = settler
}

func register[T any](mu *sync.RWMutex, m map[string]T, kind string, settler T) {
	mu.Lock()
	defer mu.Unlock()
	if _, twice := m[kind]; twice {
		panic("payment: two settlers for " + kind)
	}
	m[kind] = settler
}

func settlerOf[T any](s *Service, m map[string]T, kind string) (T, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	settler, ok := m[kind]
	if !ok {
		return settler, fmt.Errorf("payment: nobody is registered for %q", kind)
	}
	return settler, nil
}

// The jobs of this package. Each carries only an id: the row says the rest.
type (
	openArgs     struct{ PaymentID int64 }
	closeArgs    struct{ PaymentID int64 }
	surplusArgs  struct{ GatewayID string }
	callbackArgs struct{ CallbackID int64 }
	refundArgs   struct{ RefundID int64 }
	payoutArgs   struct{ PayoutID int64 }
	feeArgs      struct{ Of ChargeOf }
	pollArgs     struct{}
	matchArgs    struct{ By int64 } // who asked; 0 is the daily job
)

func (openArgs) Kind() string     { return "payment.open" }
func (closeArgs) Kind() string    { return "payment.close" }
func (surplusArgs) Kind() string  { return "payment.surplus" }
func (callbackArgs) Kind() string { return "payment.callback" }
func (refundArgs) Kind() string   { return "payment.refund" }
func (payoutArgs) Kind() string   { return "payment.payout" }
func (feeArgs) Kind() string      { return "payment.fee" }
func (pollArgs) Kind() string     { return "payment.poll" }
func (matchArgs) Kind() string    { return "payment.match" }

// Work registers the handlers of this package's jobs and its poller.
func (s *Service) Work(w *jobs.Workers) {
	const timeout = 45 * time.Second
	jobs.Handle(w, timeout, func(ctx context.Context, a openArgs) error {
		p, err := s.Payment(ctx, a.PaymentID)
		if err == nil && (p.GatewayID != "" || p.State != Created && p.State != Unknown) {
			return nil // the request has done it, as nearly always
		}
		p, err = s.Open(ctx, a.PaymentID)
		if err == nil && (p.State == Created || p.State == Unknown) {
			return jobs.Snooze(lookAgainAfter) // somebody else holds the lease
		}
		return err
	})
	jobs.Handle(w, timeout, func(ctx context.Context, a closeArgs) error { return s.Close(ctx, a.PaymentID) })
	jobs.Handle(w, timeout, func(ctx context.Context, a surplusArgs) error { return s.expireSurplus(ctx, a.GatewayID) })
	jobs.Handle(w, timeout, func(ctx context.Context, a callbackArgs) error { return s.HandleCallback(ctx, a.CallbackID) })
	jobs.Handle(w, timeout, func(ctx context.Context, a refundArgs) error {
		if err := s.SendRefund(ctx, a.RefundID); err != nil {
			return err
		}
		r, err := one[Refund](s.db.Read(ctx), "refund", "id = ?", a.RefundID)
		return lookAgain(err, r.LeaseUntil, r.GatewayID)
	})
	jobs.Handle(w, timeout, func(ctx context.Context, a payoutArgs) error {
		if err := s.SendPayout(ctx, a.PayoutID); err != nil {
			return err
		}
		p, err := s.Payout(ctx, a.PayoutID)
		return lookAgain(err, p.LeaseUntil, p.GatewayID)
	})
	jobs.Handle(w, timeout, func(ctx context.Context, a feeArgs) error { return s.feeJob(ctx, a.Of) })
	jobs.Handle(w, 55*time.Second, func(ctx context.Context, _ pollArgs) error { return s.Reconcile(ctx) })
	jobs.Handle(w, 10*time.Minute, func(ctx context.Context, a matchArgs) error { return s.matchJob(ctx, a.By) })
	w.Every(s.pace.Poll, pollArgs{})
	w.Every(time.Hour, matchArgs{}) // it asks itself whether a day is over
}

const lookAgainAfter = 5 * time.Second

// lookAgain keeps a sending job alive while somebody else holds the lease: if that
// was a process that has been killed, the lease runs out and nobody but this job
// or, minutes later, the poller would send.
func lookAgain(err error, lease *time.Time, gatewayID string) error {
	if err == nil && lease != nil && gatewayID == "" {
		return jobs.Snooze(lookAgainAfter)
	}
	return err
}

// callTime bounds one call to the gateway, so that a buyer is answered within 8
// seconds whatever the gateway does. leaseTime is longer than any holder can
// need it.
const (
	callTime  = 8 * time.Second
	leaseTime = 30 * time.Second
	writeTime = 10 * time.Second
)

// calling returns the context of one gateway call: it outlives a buyer who
// leaves, because a call cut in the middle has an unknown outcome.
func calling(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), callTime)
}

// writing returns the context for writing an outcome down, which must happen
// although the buyer left or the job's time is over.
func writing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), writeTime)
}

// effectTx records an effect and reports whether it is the first time.
func effectTx(tx *gorm.DB, object string, objectID int64, effect string, now time.Time) (bool, error) {
	r := tx.Exec("INSERT INTO payment_effects (object, object_id, effect, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", object, objectID, effect, now)
	if r.Error != nil {
		return false, fmt.Errorf("payment: effect %s of %s %d: %w", effect, object, objectID, r.Error)
	}
	return r.RowsAffected == 1, nil
}

// lease takes the right to call the gateway for one row: one conditional UPDATE,
// so that a request and a job never both make an invoice. where names the states
// in which calling makes sense.
func (s *Service) lease(ctx context.Context, model any, rowID int64, states ...string) (token string, err error) {
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		token = ""
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		t := id.Token()
		r := tx.Model(model).
			Where("id = ? AND state IN ? AND gateway_id = '' AND (lease_until IS NULL OR lease_until < ?)", rowID, states, now).
			Updates(map[string]any{"lease_until": now.Add(leaseTime), "lease_token": t, "tries": gorm.Expr("tries + 1"), "updated_at": now})
		if r.Error != nil {
			return r.Error
		}
		if r.RowsAffected == 1 {
			token = t
		}
		return nil
	})
	return token, err
}

// releaseTx gives the lease back when it is still ours, with further changes to
// the row (only while the row is in one of the states the lease was taken in).
func releaseTx(tx *gorm.DB, model any, rowID int64, token string, now time.Time, changes map[string]any, states ...string) error {
	set := map[string]any{"lease_until": nil, "lease_token": "", "updated_at": now}
	if err := tx.Model(model).Where("id = ? AND lease_token = ?", rowID, token).Updates(set).Error; err != nil {
		return err
	}
	if len(changes) == 0 {
		return nil
	}
	changes["updated_at"] = now
	return tx.Model(model).Where("id = ? AND state IN ?", rowID, states).Updates(changes).Error
}

// Payment returns one payment. No permission is checked: the caller found it
// through a purpose of its own.
func (s *Service) Payment(ctx context.Context, paymentID int64) (Payment, error) {
	return one[Payment](s.db.Read(ctx), "payment", "id = ?", paymentID)
}

// PaymentsFor lists every attempt for one purpose, oldest first.
func (s *Service) PaymentsFor(ctx context.Context, p Purpose) ([]Payment, error) {
	return PaymentsForTx(s.db.Read(ctx), p)
}

// PaymentsForTx is PaymentsFor inside the caller's transaction.
func PaymentsForTx(tx *gorm.DB, p Purpose) ([]Payment, error) {
	var list []Payment
	err := tx.Where("purpose_kind = ? AND purpose_id = ?", p.Kind, p.ID).Order("id").Find(&list).Error
	return list, err
}

// RefundsFor lists the refunds of one purpose, oldest first.
func (s *Service) RefundsFor(ctx context.Context, p Purpose) ([]Refund, error) {
	var list []Refund
	err := s.db.Read(ctx).Where("purpose_kind = ? AND purpose_id = ?", p.Kind, p.ID).Order("id").Find(&list).Error
	return list, err
}

// RefundsOf lists the refunds of one payment, oldest first.
func (s *Service) RefundsOf(ctx context.Context, paymentID int64) ([]Refund, error) {
	var list []Refund
	err := s.db.Read(ctx).Where("payment_id = ?", paymentID).Order("id").Find(&list).Error
	return list, err
}

// Payout returns one payout.
func (s *Service) Payout(ctx context.Context, payoutID int64) (Payout, error) {
	return one[Payout](s.db.Read(ctx), "payout", "id = ?", payoutID)
}

// PayoutsFor lists the payouts of one purpose, oldest first.
func (s *Service) PayoutsFor(ctx context.Context, p Purpose) ([]Payout, error) {
	var list []Payout
	err := s.db.Read(ctx).Where("purpose_kind = ? AND purpose_id = ?", p.Kind, p.ID).Order("id").Find(&list).Error
	return list, err
}

// one reads one row or says which thing is missing.
func one[T any](db *gorm.DB, what, where string, args ...any) (T, error) {
	var row T
	err := db.Where(where, args...).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fault.NotFound(fmt.Sprintf("%s %v", what, args))
	}
	if err != nil {
		return row, fmt.Errorf("payment: read %s: %w", what, err)
	}
	return row, nil
}

// insertOnce inserts row unless a unique index already has it, and reports
// whether it did; the transaction stays usable either way.
func insertOnce(tx *gorm.DB, row any) (bool, error) {
	r := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(row)
	return r.RowsAffected == 1, r.Error
}

// uniqueJob keeps a job from being enqueued twice while it waits or runs.
var uniqueJob = jobs.Unique()
