package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
)

// mergeTx brings one reading of the gateway into the record. It is monotone:
// paid beats expired beats pending, whatever the order readings arrive in, and
// running it again changes nothing. inv must come from the gateway itself, never
// from a callback.
func (s *Service) mergeTx(ctx context.Context, tx *gorm.DB, paymentID int64, inv Invoice) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	var p Payment
	if err := tx.Where("id = ?", paymentID).Take(&p).Error; err != nil {
		return fmt.Errorf("payment: merge %d: %w", paymentID, err)
	}
	if inv.Reference != p.Reference {
		return s.problemTx(ctx, tx, p, "identity", now, inv)
	}
	if p.GatewayID == "" {
		r := tx.Model(&Payment{}).Where("id = ? AND gateway_id = ''", p.ID).
			Updates(map[string]any{"gateway_id": inv.ID, "invoice_url": inv.URL, "updated_at": now})
		if r.Error != nil {
			return r.Error
		}
		if err := tx.Where("id = ?", paymentID).Take(&p).Error; err != nil {
			return err
		}
	}
	if p.GatewayID != inv.ID {
		return s.surplusTx(ctx, tx, p, inv, now)
	}
	if inv.Currency != "IDR" {
		if err := s.problemTx(ctx, tx, p, "currency", now, inv); err != nil {
			return err
		}
		if inv.Status != InvoiceExpired {
			return nil // no rupiah to count; an expired invoice is unpaid in any currency
		}
	}
	if inv.Amount != p.Amount {
		if err := s.problemTx(ctx, tx, p, "amount", now, inv); err != nil {
			return err
		}
	}
	switch inv.Status {
	case InvoicePending:
		return s.pendingTx(ctx, tx, p, now)
	case InvoiceExpired:
		return s.lapseTx(ctx, tx, p.ID, endState(p), "", now, liveStates...)
	case InvoicePaid:
		return s.paidTx(ctx, tx, p, inv, now)
	case InvoiceSettled:
		if err := s.paidTx(ctx, tx, p, inv, now); err != nil {
			return err
		}
		return s.settledTx(ctx, tx, p, now)
	}
	return fmt.Errorf("payment: invoice %s has status %q", inv.ID, inv.Status)
}

// problemTx marks what a person has to look at; the first mark stays.
func (s *Service) problemTx(ctx context.Context, tx *gorm.DB, p Payment, problem string, now time.Time, inv Invoice) error {
	s.log.ErrorContext(ctx, "gateway and record disagree", "payment", p.ID, "problem", problem,
		"amount", int64(p.Amount), "gateway_amount", int64(inv.Amount), "gateway_currency", inv.Currency)
	return tx.Model(&Payment{}).Where("id = ? AND problem = ''", p.ID).
		Updates(map[string]any{"problem": problem, "updated_at": now}).Error
}

func (s *Service) pendingTx(ctx context.Context, tx *gorm.DB, p Payment, now time.Time) error {
	r := tx.Model(&Payment{}).Where("id = ? AND state IN ?", p.ID, []string{string(Created), string(Unknown)}).
		Updates(map[string]any{"state": Open, "checks": 0, "next_check_at": now.Add(2 * time.Minute), "updated_at": now})
	if r.Error != nil {
		return r.Error
	}
	if r.RowsAffected == 1 {
		what := "invoice opened"
		if p.State == Unknown {
			what = "invoice found again"
		}
		tellPayment(ctx, tx, what, p, amountOf(p.Amount))
	}
	if r.RowsAffected == 1 && (p.CancelRequested || !now.Before(p.ExpiresAt)) {
		return s.queue.InsertTx(ctx, tx, closeArgs{p.ID})
	}
	if r.RowsAffected == 0 && !p.State.Live() && !p.State.Received() {
		// We let go of what was held, but the gateway would still take money.
		return s.queue.InsertTx(ctx, tx, surplusArgs{p.GatewayID}, uniqueJob)
	}
	return nil
}

// lapseTx ends a payment without money and tells the settler. The caller has
// made sure, by reading the gateway, that nobody paid.
func (s *Service) lapseTx(ctx context.Context, tx *gorm.DB, paymentID int64, end State, code string, now time.Time, from ...string) error {
	r := tx.Model(&Payment{}).Where("id = ? AND state IN ?", paymentID, from).
		Updates(map[string]any{"state": end, "failure_code": code, "checks": 0, "next_check_at": now.Add(time.Hour), "updated_at": now})
	if r.Error != nil || r.RowsAffected == 0 {
		return r.Error
	}
	first, err := effectTx(tx, "payment", paymentID, "lapsed", now)
	if err != nil || !first {
		return err
	}
	var p Payment
	if err := tx.Where("id = ?", paymentID).Take(&p).Error; err != nil {
		return err
	}
	settler, err := settlerOf(s, s.paid, p.PurposeKind)
	if err != nil {
		return err
	}
	tellPayment(ctx, tx, "payment "+string(end), p)
	return settler.LapsedTx(ctx, tx, p)
}

func (s *Service) paidTx(ctx context.Context, tx *gorm.DB, p Payment, inv Invoice, now time.Time) error {
	paidAt := inv.PaidAt
	if paidAt.IsZero() {
		paidAt = now
	}
	set := map[string]any{
		"state": Paid, "paid_amount": inv.PaidAmount, "paid_at": paidAt, "method": clip(inv.Method, 60),
		"channel": clip(inv.Channel, 60), "gateway_payment_id": clip(inv.GatewayPaymentID, 255), "late": false,
		"checks": 0, "next_check_at": now.Add(s.pace.Settle[0]), "updated_at": now,
	}
	r := tx.Model(&Payment{}).Where("id = ? AND state IN ?", p.ID, liveStates).Updates(set)
	if r.Error != nil {
		return r.Error
	}
	if r.RowsAffected == 0 {
		set["late"] = true
		r = tx.Model(&Payment{}).Where("id = ? AND state IN ?", p.ID, []string{string(Expired), string(Cancelled), string(Failed)}).Updates(set)
		if r.Error != nil || r.RowsAffected == 0 {
			return r.Error
		}
	}
	return s.tellPaidTx(ctx, tx, p.ID, now)
}

func (s *Service) tellPaidTx(ctx context.Context, tx *gorm.DB, paymentID int64, now time.Time) error {
	return s.tellTx(ctx, tx, paymentID, "paid", now, Settler.PaidTx)
}

func (s *Service) tellTx(ctx context.Context, tx *gorm.DB, paymentID int64, effect string, now time.Time, call func(Settler, context.Context, *gorm.DB, Payment) error) error {
	var p Payment
	if err := tx.Where("id = ?", paymentID).Take(&p).Error; err != nil {
		return err
	}
	settler, err := settlerOf(s, s.paid, p.PurposeKind)
	if err != nil {
		if p.PurposeKind == KindUnmatched {
			// Money we did not ask for is recorded even where nobody books it; Prove
			// names it.
			s.log.ErrorContext(ctx, "unmatched money and nobody to book it", "payment", p.ID)
			return nil
		}
		return err
	}
	first, err := effectTx(tx, "payment", paymentID, effect, now)
	if err != nil || !first {
		return err
	}
	tellPayment(ctx, tx, "payment "+effect, p, amountOf(p.PaidAmount), slog.Bool("late", p.Late), slog.Bool("surplus", p.Surplus))
	return call(settler, ctx, tx, p)
}

func (s *Service) settledTx(ctx context.Context, tx *gorm.DB, p Payment, now time.Time) error {
	r := tx.Model(&Payment{}).Where("id = ? AND state = ?", p.ID, Paid).
		Updates(map[string]any{"state": Settled, "next_check_at": nil, "updated_at": now})
	if r.Error != nil || r.RowsAffected == 0 {
		return r.Error
	}
	if err := s.queue.InsertTx(ctx, tx, feeArgs{ChargeOf{ChargePayment, p.ID}}); err != nil {
		return err
	}
	return s.tellTx(ctx, tx, p.ID, "settled", now, Settler.SettledTx)
}

// surplusTx deals with a second invoice of one reference: open, it is closed;
// paid, it becomes a payment of its own, so that every payment at the gateway
// has exactly one row here.
func (s *Service) surplusTx(ctx context.Context, tx *gorm.DB, p Payment, inv Invoice, now time.Time) error {
	switch inv.Status {
	case InvoicePending:
		return s.queue.InsertTx(ctx, tx, surplusArgs{inv.ID}, uniqueJob)
	case InvoiceExpired:
		return nil
	case InvoicePaid, InvoiceSettled:
	}
	if inv.Currency != "IDR" {
		return s.problemTx(ctx, tx, p, "currency", now, inv)
	}
	s.log.ErrorContext(ctx, "a second invoice of one attempt was paid", "payment", p.ID)
	return s.extraTx(ctx, tx, Payment{
		PurposeKind: p.PurposeKind, PurposeID: p.PurposeID, Reference: p.Reference, Amount: p.Amount,
		PayerName: p.PayerName, Email: p.Email, Description: p.Description, ReturnURL: p.ReturnURL, Surplus: true,
	}, inv, now)
}

// extraTx records a paid invoice that has no row yet.
func (s *Service) extraTx(ctx context.Context, tx *gorm.DB, p Payment, inv Invoice, now time.Time) error {
	paidAt := inv.PaidAt
	if paidAt.IsZero() {
		paidAt = now
	}
	check := now.Add(s.pace.Settle[0])
	p.State, p.GatewayID, p.InvoiceURL = Paid, inv.ID, inv.URL
	p.PaidAmount, p.PaidAt = inv.PaidAmount, &paidAt
	p.Method, p.Channel, p.GatewayPaymentID = clip(inv.Method, 60), clip(inv.Channel, 60), clip(inv.GatewayPaymentID, 255)
	p.ExpiresAt = inv.ExpiresAt
	if p.ExpiresAt.IsZero() {
		p.ExpiresAt = now
	}
	p.NextCheckAt, p.CreatedAt, p.UpdatedAt = &check, now, now
	inserted, err := insertOnce(tx, &p)
	if err != nil {
		return err
	}
	if !inserted { // known already: this reading may still settle it
		if err := tx.Where("gateway_id = ?", inv.ID).Take(&p).Error; err != nil {
			return err
		}
		if p.Reference != inv.Reference {
			return nil
		}
	} else if err := s.tellPaidTx(ctx, tx, p.ID, now); err != nil {
		return err
	}
	if inv.Status == InvoiceSettled {
		return s.settledTx(ctx, tx, p, now)
	}
	return nil
}

// mergeByReference merges a reading into the payment it belongs to. It reports
// gorm.ErrRecordNotFound when there is none.
func (s *Service) mergeByReference(ctx context.Context, inv Invoice) error {
	wctx, cancel := writing(ctx)
	defer cancel()
	err := database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		p, err := ownerTx(tx, inv)
		if err != nil {
			return err
		}
		err = s.mergeTx(wctx, tx, p.ID, inv)
		crash.Point("payment/merge/written")
		return err
	})
	crash.Point("payment/merge/committed")
	return err
}

// ownerTx finds the payment an invoice belongs to: by the gateway's id, else by
// our reference.
func ownerTx(tx *gorm.DB, inv Invoice) (Payment, error) {
	var p Payment
	err := tx.Where("gateway_id = ?", inv.ID).Take(&p).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = tx.Where("reference = ? AND NOT surplus", inv.Reference).Take(&p).Error
	}
	return p, err
}
