package payment

import (
	"context"
	"log/slog"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
)

// This file names payments, refunds and payouts in the log (package story): by
// id, with what they are for, so that one filter finds every step of a purchase.

func amountOf(a money.Rupiah) slog.Attr { return slog.Int64("amount", int64(a)) }

func tellPayment(ctx context.Context, tx *gorm.DB, what string, p Payment, more ...slog.Attr) {
	story.Tell(ctx, tx, what, append([]slog.Attr{story.Payment(p.ID), story.For(p.PurposeKind, p.PurposeID)}, more...)...)
}

// tellRefund names the purchase behind a refund too: its payment knows it.
func tellRefund(ctx context.Context, tx *gorm.DB, what string, r Refund, more ...slog.Attr) {
	attrs := []slog.Attr{story.Refund(r.ID), story.Payment(r.PaymentID)}
	if p, err := one[Payment](tx, "payment", "id = ?", r.PaymentID); err == nil {
		attrs = append(attrs, story.For(p.PurposeKind, p.PurposeID))
	}
	story.Tell(ctx, tx, what, append(attrs, more...)...)
}

func tellPayout(ctx context.Context, tx *gorm.DB, what string, p Payout, more ...slog.Attr) {
	story.Tell(ctx, tx, what, append([]slog.Attr{story.Payout(p.ID), story.For(p.PurposeKind, p.PurposeID)}, more...)...)
}

// tellCallback names what a callback is about, when it is ours.
func tellCallback(ctx context.Context, tx *gorm.DB, what string, kind CallbackKind, row StoredCallback) {
	more := []slog.Attr{slog.String("callback", string(kind)), slog.String("status", row.Status)}
	var err error
	switch kind {
	case CallbackInvoice:
		var p Payment
		if p, err = one[Payment](tx, "payment", "reference = ? AND NOT surplus", row.Reference); err == nil {
			tellPayment(ctx, tx, what, p, more...)
		}
	case CallbackRefund:
		var r Refund
		if r, err = one[Refund](tx, "refund", "reference = ?", row.Reference); err == nil {
			tellRefund(ctx, tx, what, r, more...)
		}
	case CallbackPayout:
		var p Payout
		if p, err = one[Payout](tx, "payout", "reference = ?", row.Reference); err == nil {
			tellPayout(ctx, tx, what, p, more...)
		}
	}
	if err != nil {
		story.Tell(ctx, tx, what, append(more, slog.Bool("known", false))...)
	}
}
