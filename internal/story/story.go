// Package story makes the log tell one order's story by id.
//
// Everything that happened is told once, after its transaction is committed, by
// Tell, with the attribute names below and never any others for the same thing,
// so that one filter over the log finds every step. What a request or job is
// travels in the context and is added to every line by Logger's handler, which
// also keeps secrets and personal data out.
//
// docs/operating.md says how to read it.
package story

import (
	"context"
	"log/slog"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
)

// The attributes' names. Purchases, payments, refunds, payouts, withdrawals and
// shops are row ids; orders are told by the number that people see.
const (
	request    = "request"
	user       = "user"
	job        = "job"
	jobID      = "job_id"
	event      = "event"
	purchase   = "purchase"
	order      = "order"
	payment    = "payment"
	refund     = "refund"
	payout     = "payout"
	withdrawal = "withdrawal"
	shop       = "shop"
)

// Purchase names a purchase by its row id.
func Purchase(id int64) slog.Attr { return slog.Int64(purchase, id) }

// Order names an order by its number.
func Order(number string) slog.Attr { return slog.String(order, number) }

// Payment names a payment by its row id.
func Payment(id int64) slog.Attr { return slog.Int64(payment, id) }

// Refund names a refund by its row id.
func Refund(id int64) slog.Attr { return slog.Int64(refund, id) }

// Payout names a payout by its row id.
func Payout(id int64) slog.Attr { return slog.Int64(payout, id) }

// Withdrawal names a withdrawal by its row id.
func Withdrawal(id int64) slog.Attr { return slog.Int64(withdrawal, id) }

// Shop names a shop by its row id.
func Shop(id int64) slog.Attr { return slog.Int64(shop, id) }

// For names the thing behind a purpose of package payment: a withdrawal or a
// purchase by its own attribute, anything else as kind and id.
func For(kind string, id int64) slog.Attr {
	switch kind {
	case purchase, withdrawal, refund:
		return slog.Int64(kind, id)
	}
	return slog.Group("for", slog.String("kind", kind), slog.Int64("id", id))
}

type (
	attrsKey  struct{}
	loggerKey struct{}
)

// With returns ctx carrying attrs; every line logged with it gets them. A name
// that ctx carries already is replaced.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	old := carried(ctx)
	merged := make([]slog.Attr, 0, len(old)+len(attrs))
	for _, o := range old {
		if !named(attrs, o.Key) {
			merged = append(merged, o)
		}
	}
	return context.WithValue(ctx, attrsKey{}, append(merged, attrs...))
}

// WithRequest marks ctx as one HTTP request's and says where Tell writes.
func WithRequest(ctx context.Context, log *slog.Logger, id string) context.Context {
	return With(context.WithValue(ctx, loggerKey{}, log), slog.String(request, id))
}

// WithUser adds who is signed in, as a number only.
func WithUser(ctx context.Context, id int64) context.Context { return With(ctx, slog.Int64(user, id)) }

// WithJob marks ctx as one job's and says where Tell writes.
func WithJob(ctx context.Context, log *slog.Logger, kind string, id int64) context.Context {
	return With(context.WithValue(ctx, loggerKey{}, log), slog.String(job, kind), slog.Int64(jobID, id))
}

func carried(ctx context.Context) []slog.Attr {
	attrs, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	return attrs
}

func named(attrs []slog.Attr, key string) bool {
	for _, a := range attrs {
		if a.Key == key {
			return true
		}
	}
	return false
}

// Tell writes one event of a story to the log once tx, which must come from
// database.InTx, is committed, and never if it is not. what is a short stable
// English phrase. attrs must name no person, address, account or token: ids,
// numbers, amounts and names of states only.
func Tell(ctx context.Context, tx *gorm.DB, what string, attrs ...slog.Attr) {
	database.AfterCommit(tx, func() { Say(ctx, what, attrs...) })
}

// Say is Tell for what happened outside any transaction: an answer of the
// gateway, a callback that was refused.
func Say(ctx context.Context, what string, attrs ...slog.Attr) {
	log, ok := ctx.Value(loggerKey{}).(*slog.Logger)
	if !ok {
		log = slog.Default()
	}
	log.LogAttrs(ctx, slog.LevelInfo, what, append([]slog.Attr{slog.Bool(event, true)}, attrs...)...)
}
