package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// PayOutTx writes down the intent to send money and enqueues the sending. The
// same Key returns the payout that already has it, so pressing twice sends once.
// Who may do this, and whether the money is there, is the caller's to decide.
//
// Errors: fault invalid for a destination CheckBank refuses or an amount outside
// the channel's limits; fault conflict when the Key was used for something else.
func (s *Service) PayOutTx(ctx context.Context, tx *gorm.DB, n NewPayout) (Payout, error) {
	if n.Purpose.Kind != KindRefund {
		if _, err := settlerOf(s, s.payouts, n.Purpose.Kind); err != nil {
			return Payout{}, err
		}
	}
	if n.Key == "" {
		return Payout{}, errors.New("payment: payout without a key")
	}
	bank := CleanBank(n.Bank)
	if err := CheckBank(bank); err != nil {
		return Payout{}, err
	}
	if c, _ := PayoutChannelByCode(bank.ChannelCode); n.Amount <= 0 || n.Amount < c.Min || n.Amount > c.Max {
		return Payout{}, fault.Invalid("payment.payout.amount", "name", c.Name, "min", c.Min, "max", c.Max)
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Payout{}, err
	}
	check := now.Add(2 * time.Minute)
	p := Payout{
		PurposeKind: n.Purpose.Kind, PurposeID: n.Purpose.ID, Amount: n.Amount,
		ChannelCode: bank.ChannelCode, AccountSealed: s.keys.Seal(sealBank, bank.AccountNumber), HolderName: bank.HolderName,
		Description: clip(n.Description, 100), PayoutKey: n.Key,
		// Both are on disk before the first call, so that a repeat after a doubt is
		// the same payout to the gateway, however often the process dies.
		IdempotencyKey: "lapak-" + id.Token(), Reference: "lapak-" + n.Purpose.Kind + "-" + id.Token(),
		State: PayoutCreated, NextCheckAt: &check, CreatedAt: now, UpdatedAt: now,
	}
	inserted, err := insertOnce(tx, &p)
	if err != nil {
		return Payout{}, fmt.Errorf("payment: pay out: %w", err)
	}
	if !inserted {
		known, err := one[Payout](tx, "payout", "payout_key = ?", n.Key)
		if err != nil {
			return Payout{}, err
		}
		to, err := s.BankOf(known)
		if err != nil {
			return Payout{}, err
		}
		if known.Amount != n.Amount || to != bank || known.Purpose() != n.Purpose {
			return Payout{}, fault.Conflict("payment.payout.key_used")
		}
		return known, nil
	}
	tellPayout(ctx, tx, "payout requested", p, amountOf(p.Amount))
	return p, s.queue.InsertTx(ctx, tx, payoutArgs{p.ID})
}

// SendPayout sends a payout that has no answer yet; its job and the poller call
// it. After a doubt it asks again with the same key, which the gateway answers
// with the first payout.
func (s *Service) SendPayout(ctx context.Context, payoutID int64) error {
	token, err := s.lease(ctx, &Payout{}, payoutID, string(PayoutCreated), string(PayoutUnknown))
	if err != nil || token == "" {
		return err
	}
	p, err := s.Payout(ctx, payoutID)
	if err != nil {
		return err
	}
	crash.Point("payment/payout/leased")
	got, cause := s.askPayout(ctx, p)
	crash.Point("payment/payout/answered")
	wctx, cancel := writing(ctx)
	defer cancel()
	refused, isNo := AsRejected(cause)
	err = database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(wctx, tx)
		if err != nil {
			return err
		}
		changes := map[string]any{}
		if errors.Is(cause, ErrUnknown) {
			changes["state"] = PayoutUnknown
			tellPayout(wctx, tx, "payout unknown", p)
		}
		if err := releaseTx(tx, &Payout{}, p.ID, token, now, changes, string(PayoutCreated), string(PayoutUnknown)); err != nil {
			return err
		}
		switch {
		case cause == nil:
			err = s.mergePayoutTx(wctx, tx, p.ID, got)
		case isNo && !refused.Ours():
			err = s.payoutFailedTx(wctx, tx, p.ID, refused.Code, now)
		}
		crash.Point("payment/payout/written")
		return err
	})
	crash.Point("payment/payout/committed")
	if err != nil {
		return err
	}
	if cause != nil {
		s.log.WarnContext(ctx, "payout not sent or unknown", "payout", p.ID, "error", cause)
		if isNo && !refused.Ours() {
			return nil
		}
	}
	return cause
}

// askPayout makes the call. A definite no after an earlier doubt is believed only
// when the gateway also knows no payout with our reference.
func (s *Service) askPayout(ctx context.Context, p Payout) (GatewayPayout, error) {
	to, err := s.BankOf(p)
	if err != nil {
		return GatewayPayout{}, err
	}
	cctx, cancel := calling(ctx)
	defer cancel()
	got, err := s.gateway.CreatePayout(cctx, PayoutRequest{
		Key: p.IdempotencyKey, Reference: p.Reference, Amount: p.Amount, Bank: to, Description: p.Description,
	})
	if refused, isNo := AsRejected(err); isNo && !refused.Ours() && (p.Tries > 1 || refused.Code == "DUPLICATE_ERROR") {
		found, findErr := s.gateway.FindPayouts(cctx, p.Reference)
		if findErr != nil {
			return GatewayPayout{}, fmt.Errorf("%w: refused after a doubt (%v), and the look-up failed: %v", ErrUnknown, err, findErr)
		}
		if len(found) > 0 {
			return found[0], nil
		}
		if refused.Code == "DUPLICATE_ERROR" {
			return GatewayPayout{}, fmt.Errorf("%w: the key is taken, but no payout has our reference: %v", ErrUnknown, err)
		}
	}
	return got, err
}

// mergePayoutTx brings one reading of the gateway into the record; it may run
// any number of times and in any order.
func (s *Service) mergePayoutTx(ctx context.Context, tx *gorm.DB, payoutID int64, got GatewayPayout) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	p, err := one[Payout](tx, "payout", "id = ?", payoutID)
	if err != nil {
		return err
	}
	if got.Reference != p.Reference || got.Amount != p.Amount || got.Currency != "IDR" || (p.GatewayID != "" && p.GatewayID != got.ID) {
		return s.payoutProblemTx(ctx, tx, p, fmt.Sprintf("reading of %s: %s %d %s", got.ID, got.Reference, int64(got.Amount), got.Currency), now)
	}
	if p.GatewayID == "" {
		if err := tx.Model(&Payout{}).Where("id = ? AND gateway_id = ''", p.ID).Updates(map[string]any{"gateway_id": got.ID, "updated_at": now}).Error; err != nil {
			return err
		}
	}
	switch got.Status {
	case PayoutPending:
		u := tx.Model(&Payout{}).Where("id = ? AND state IN ?", p.ID, []string{string(PayoutCreated), string(PayoutUnknown)}).
			Updates(map[string]any{"state": PayoutAccepted, "checks": 0, "next_check_at": now.Add(time.Minute), "updated_at": now})
		if u.RowsAffected == 1 {
			tellPayout(ctx, tx, "payout accepted", p)
		}
		return u.Error
	case PayoutSucceeded, PayoutReversed:
		if p.State == PayoutStateFailed {
			return s.payoutProblemTx(ctx, tx, p, "was told as failed, now reads "+got.RawStatus, now)
		}
		// A reversal we see first was a success before: the books need both.
		if err := s.payoutEndTx(ctx, tx, p.ID, PayoutStateSucceeded, "", "succeeded", now, in(now, 10*time.Minute), payoutLive); err != nil {
			return err
		}
		if got.Status == PayoutSucceeded {
			return nil
		}
		return s.payoutEndTx(ctx, tx, p.ID, PayoutStateReversed, got.FailureCode, "reversed", now, nil, []string{string(PayoutStateSucceeded)})
	case PayoutFailed:
		if p.State == PayoutStateSucceeded {
			return s.payoutProblemTx(ctx, tx, p, "was told as succeeded, now reads "+got.RawStatus, now)
		}
		return s.payoutFailedTx(ctx, tx, p.ID, got.FailureCode, now)
	}
	return fmt.Errorf("payment: payout %s has status %q", got.ID, got.Status)
}

var payoutLive = []string{string(PayoutCreated), string(PayoutUnknown), string(PayoutAccepted)}

func (s *Service) payoutFailedTx(ctx context.Context, tx *gorm.DB, payoutID int64, code string, now time.Time) error {
	return s.payoutEndTx(ctx, tx, payoutID, PayoutStateFailed, code, "failed", now, nil, payoutLive)
}

func (s *Service) payoutProblemTx(ctx context.Context, tx *gorm.DB, p Payout, problem string, now time.Time) error {
	s.log.ErrorContext(ctx, "gateway and record disagree", "payout", p.ID, "problem", problem)
	return tx.Model(&Payout{}).Where("id = ? AND problem = ''", p.ID).Updates(map[string]any{"problem": clip(problem, 200), "updated_at": now}).Error
}

// payoutEndTx moves a payout to an end and tells who asked for it, once.
func (s *Service) payoutEndTx(ctx context.Context, tx *gorm.DB, payoutID int64, end PayoutState, code, effect string, now time.Time, next *time.Time, from []string) error {
	r := tx.Model(&Payout{}).Where("id = ? AND state IN ?", payoutID, from).Updates(map[string]any{
		"state": end, "failure_code": clip(code, 60), "checks": 0, "next_check_at": next, "completed_at": now, "updated_at": now})
	if r.Error != nil || r.RowsAffected == 0 {
		return r.Error
	}
	first, err := effectTx(tx, "payout", payoutID, effect, now)
	if err != nil || !first {
		return err
	}
	p, err := one[Payout](tx, "payout", "id = ?", payoutID)
	if err != nil {
		return err
	}
	tellPayout(ctx, tx, "payout "+effect, p, amountOf(p.Amount))
	var settler OutcomeSettler = refundPayouts{s}
	if p.PurposeKind != KindRefund {
		if settler, err = settlerOf(s, s.payouts, p.PurposeKind); err != nil {
			return err
		}
	}
	switch end {
	case PayoutStateSucceeded:
		if err := s.queue.InsertTx(ctx, tx, feeArgs{ChargeOf{ChargePayout, p.ID}}); err != nil {
			return err
		}
		return settler.PayoutSucceededTx(ctx, tx, p)
	case PayoutStateReversed:
		return settler.PayoutReversedTx(ctx, tx, p)
	}
	return settler.PayoutFailedTx(ctx, tx, p)
}

// nextPayoutCheck is when a payout is looked at again: soon while it is under
// way, and three days long after success, because a bank may send it back.
func nextPayoutCheck(p Payout, now time.Time) *time.Time {
	switch p.State {
	case PayoutCreated, PayoutUnknown:
		return step(now, p.Checks, true, 2*time.Minute, 5*time.Minute, 10*time.Minute)
	case PayoutAccepted:
		return step(now, p.Checks, true, time.Minute, 2*time.Minute, 5*time.Minute, 10*time.Minute, 30*time.Minute, time.Hour)
	case PayoutStateSucceeded:
		return step(now, p.Checks, false, time.Hour, 24*time.Hour, 48*time.Hour)
	}
	return nil
}

func (s *Service) pollPayout(ctx context.Context, p Payout) error {
	claimed, err := claim(ctx, s, &Payout{}, p.ID, *p.NextCheckAt, func(now time.Time) *time.Time { return nextPayoutCheck(p, now) })
	if err != nil || !claimed {
		return err
	}
	if p.GatewayID == "" {
		return s.SendPayout(ctx, p.ID)
	}
	_, err = s.readPayout(ctx, p.ID, p.GatewayID)
	return err
}

func (s *Service) readPayout(ctx context.Context, payoutID int64, gatewayID string) (GatewayPayout, error) {
	cctx, cancel := calling(ctx)
	defer cancel()
	got, err := s.gateway.Payout(cctx, gatewayID)
	if err != nil {
		return got, err
	}
	wctx, done := writing(ctx)
	defer done()
	return got, database.InTx(wctx, s.db, func(tx *gorm.DB) error { return s.mergePayoutTx(wctx, tx, payoutID, got) })
}

func (s *Service) handlePayout(ctx context.Context, cb Callback) (CallbackState, string, error) {
	p, err := one[Payout](s.db.Read(ctx), "payout", "reference = ?", cb.Reference)
	if fault.Is(err, fault.KindNotFound) {
		return CallbackUnmatched, "no payout has this reference", nil
	}
	if err != nil {
		return "", "", err
	}
	if cb.Amount != p.Amount || cb.Currency != "IDR" || (p.GatewayID != "" && p.GatewayID != cb.GatewayID) {
		return CallbackHeld, fmt.Sprintf("callback names payout %s of %d %s", cb.GatewayID, int64(cb.Amount), cb.Currency), nil
	}
	got, err := s.readPayout(ctx, p.ID, cb.GatewayID)
	if refused, ok := AsRejected(err); ok && refused.NotFound() {
		return CallbackHeld, "the gateway does not know this payout", nil
	}
	if err != nil {
		return "", "", err
	}
	switch PayoutStatus(cb.Status) {
	case PayoutReversed, PayoutFailed:
		if got.Status != PayoutStatus(cb.Status) {
			return CallbackHeld, toldEarly, s.lookAfter(ctx, &Payout{}, p.ID)
		}
	case PayoutSucceeded:
		if got.Status == PayoutPending {
			return CallbackHeld, toldEarly, s.lookAfter(ctx, &Payout{}, p.ID)
		}
	}
	return CallbackDone, "", nil
}

// lookAfter has the poller look at a payout or refund again within the minute and
// begin its looks anew, also after they had ended: the gateway says that something
// happened, and its object does not say it yet.
func (s *Service) lookAfter(ctx context.Context, model any, rowID int64) error {
	ctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Model(model).Where("id = ? AND gateway_id <> ''", rowID).
			Updates(map[string]any{"next_check_at": now.Add(30 * time.Second), "checks": 0, "updated_at": now}).Error
	})
}
