package payment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/story"
)

// RefundTx writes down that money goes back to the payer and, where the channel's
// setting allows it, enqueues sending it back through the channel. Otherwise the
// refund awaits an account: send the payer the link whose token RefundToken
// gives. The same Key returns the refund that already has it, so pressing twice
// refunds once. Who may do this is the caller's to decide.
//
// Errors: fault conflict when the payment has not that much left to refund (the
// sum of refunds never exceeds what was paid) or the Key was used for something
// else; the transaction must then be rolled back.
func (s *Service) RefundTx(ctx context.Context, tx *gorm.DB, n NewRefund) (Refund, error) {
	if _, err := settlerOf(s, s.refunds, n.Purpose.Kind); err != nil {
		return Refund{}, err
	}
	if n.Key == "" || n.Amount <= 0 {
		return Refund{}, fmt.Errorf("payment: refund of %d with key %q", int64(n.Amount), n.Key)
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Refund{}, err
	}
	p, err := one[Payment](tx, "payment", "id = ?", n.PaymentID)
	if err != nil {
		return Refund{}, err
	}
	r := Refund{
		PaymentID: p.ID, PurposeKind: n.Purpose.Kind, PurposeID: n.Purpose.ID, Amount: n.Amount, Reason: clip(n.Reason, 300),
		RefundKey: n.Key, Reference: "lapak-refund-" + id.Token(), State: RefundRequested, Attempt: 1, CreatedAt: now, UpdatedAt: now,
	}
	inserted, err := insertOnce(tx, &r)
	if err != nil {
		return Refund{}, fmt.Errorf("payment: refund: %w", err)
	}
	if !inserted {
		known, err := one[Refund](tx, "refund", "refund_key = ?", n.Key)
		if err != nil {
			return Refund{}, err
		}
		if known.Amount != n.Amount || known.PaymentID != n.PaymentID || known.Purpose() != n.Purpose {
			return Refund{}, fault.Conflict("payment.refund.key_used")
		}
		return known, nil
	}
	tellRefund(ctx, tx, "refund requested", r, amountOf(r.Amount))
	u := tx.Exec("UPDATE payments SET refunded = refunded + ?, updated_at = ? WHERE id = ? AND state IN ('paid', 'settled') AND refunded + ? <= paid_amount",
		n.Amount, now, p.ID, n.Amount)
	if u.Error != nil {
		return Refund{}, u.Error
	}
	if u.RowsAffected == 0 {
		return Refund{}, fault.Conflict("payment.refund.too_much", "amount", n.Amount)
	}
	if p, err = one[Payment](tx, "payment", "id = ?", p.ID); err != nil {
		return Refund{}, err
	}
	settings, err := settingsTx(ctx, tx)
	if err != nil {
		return Refund{}, err
	}
	if !refundable(settings, p, n.Amount, p.Refunded-n.Amount, now) {
		return s.awaitAccountTx(ctx, tx, r, "", now)
	}
	check := now.Add(2 * time.Minute)
	if err := tx.Model(&Refund{}).Where("id = ?", r.ID).Updates(map[string]any{"next_check_at": check, "updated_at": now}).Error; err != nil {
		return Refund{}, err
	}
	r.NextCheckAt = &check
	return r, s.queue.InsertTx(ctx, tx, refundArgs{r.ID})
}

// awaitAccountTx opens the one-time link. Each round has a reference and an
// attempt number of its own.
func (s *Service) awaitAccountTx(ctx context.Context, tx *gorm.DB, r Refund, code string, now time.Time) (Refund, error) {
	hash := id.Hash(s.keys.For(linkKind(r.LinkRound), r.ID))
	err := tx.Model(&Refund{}).Where("id = ?", r.ID).Updates(map[string]any{
		"state": RefundAwaitingAccount, "token_hash": hash, "failure_code": clip(code, 60), "gateway_id": "", "payout_id": nil,
		"attempt": gorm.Expr("attempt + 1"), "tries": 0, "checks": 0, "next_check_at": now.Add(remindAfter[0]), "completed_at": nil,
		"awaits_since": now, "link_sent_at": now, "reminded": 0, "updated_at": now}).Error
	if err != nil {
		return Refund{}, err
	}
	tellRefund(ctx, tx, "refund awaits an account", r)
	return one[Refund](tx, "refund", "id = ?", r.ID)
}

// RefundToken returns the token of a refund's link, to write into a message;
// false when the refund awaits no account. It is not stored anywhere.
func (s *Service) RefundToken(r Refund) (string, bool) {
	if r.State != RefundAwaitingAccount || r.TokenHash == nil {
		return "", false
	}
	return s.keys.Recall(linkKind(r.LinkRound), r.ID, *r.TokenHash)
}

// RefundByToken finds the refund a link belongs to, whatever its state, so that
// the page can say what became of it.
func (s *Service) RefundByToken(ctx context.Context, token string) (Refund, error) {
	return one[Refund](s.db.Read(ctx), "refund", "token_hash = ? AND purpose_kind <> ?", id.Hash(token), KindUnmatched)
}

// GiveAccount takes the account a payer gives by the link and sends the money
// there; whoever holds the token may call it. The link works once; when the
// payout fails the refund awaits an account again and the link works again.
//
// Errors: fault invalid with fields (see CheckBank), not found for an unknown
// token and for money nobody asked for (two people of finance name its account),
// conflict when an account was given already.
func (s *Service) GiveAccount(ctx context.Context, token string, bank Bank) (Refund, error) {
	var given Refund
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		r, err := one[Refund](tx, "refund", "token_hash = ? AND purpose_kind <> ?", id.Hash(token), KindUnmatched)
		if err != nil {
			return err
		}
		given, err = s.giveAccountTx(ctx, tx, r, bank)
		return err
	})
	return given, err
}

// GiveAccountTx is GiveAccount for the refund of a purpose that has no payer to ask;
// who may name the account is the caller's to decide. Conflict when none awaits one.
func (s *Service) GiveAccountTx(ctx context.Context, tx *gorm.DB, p Purpose, bank Bank) (Refund, error) {
	r, err := one[Refund](tx, "refund", "purpose_kind = ? AND purpose_id = ? AND state = ?", p.Kind, p.ID, RefundAwaitingAccount)
	if fault.Is(err, fault.KindNotFound) {
		return r, fault.Conflict("payment.refund.given")
	}
	if err != nil {
		return r, err
	}
	return s.giveAccountTx(ctx, tx, r, bank)
}

func (s *Service) giveAccountTx(ctx context.Context, tx *gorm.DB, r Refund, bank Bank) (Refund, error) {
	bank = CleanBank(bank)
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return r, err
	}
	if r.State != RefundAwaitingAccount {
		return r, fault.Conflict("payment.refund.given")
	}
	if err := CheckBank(bank); err != nil {
		return r, err
	}
	p, err := s.PayOutTx(ctx, tx, NewPayout{
		Purpose: Purpose{KindRefund, r.ID}, Amount: r.Amount, Bank: bank,
		Key: fmt.Sprintf("refund-%d-%d", r.ID, r.Attempt), Description: "Pengembalian dana",
	})
	if fault.Is(err, fault.KindConflict) { // two people with one link: the other account won
		return r, fault.Conflict("payment.refund.given")
	}
	if err != nil {
		return r, err
	}
	u := tx.Model(&Refund{}).Where("id = ? AND state = ?", r.ID, RefundAwaitingAccount).Updates(map[string]any{
		"state": RefundPaying, "payout_id": p.ID, "holder_hint": hint(bank), "next_check_at": nil, "updated_at": now})
	if u.Error != nil {
		return r, u.Error
	}
	if u.RowsAffected == 0 {
		return r, fault.Conflict("payment.refund.given")
	}
	tellRefund(ctx, tx, "refund account given", r, story.Payout(p.ID))
	return one[Refund](tx, "refund", "id = ?", r.ID)
}

// refundPayouts settles the payouts this package makes for refunds.
type refundPayouts struct{ s *Service }

func (o refundPayouts) PayoutSucceededTx(ctx context.Context, tx *gorm.DB, p Payout) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	return o.s.refundDoneTx(ctx, tx, p.PurposeID, RefundPaying, now)
}

func (o refundPayouts) PayoutFailedTx(ctx context.Context, tx *gorm.DB, p Payout) error {
	return o.s.refundBackTx(ctx, tx, p.PurposeID, p.FailureCode, RefundPaying)
}

func (o refundPayouts) PayoutReversedTx(ctx context.Context, tx *gorm.DB, p Payout) error {
	return o.s.refundBackTx(ctx, tx, p.PurposeID, "REVERSED", RefundDone)
}

func (s *Service) refundDoneTx(ctx context.Context, tx *gorm.DB, refundID int64, from RefundState, now time.Time) error {
	froms := []string{string(from)}
	if from != RefundPaying {
		froms = []string{string(RefundRequested), string(RefundUnknown), string(RefundAccepted)}
	}
	u := tx.Model(&Refund{}).Where("id = ? AND state IN ?", refundID, froms).Updates(map[string]any{
		"state": RefundDone, "failure_code": "", "next_check_at": nil, "completed_at": now, "updated_at": now})
	if u.Error != nil || u.RowsAffected == 0 {
		return u.Error
	}
	return s.tellRefundTx(ctx, tx, refundID, "succeeded", now, RefundSettler.RefundedTx)
}

// refundBackTx puts a refund back to awaiting an account after an attempt that
// moved no money, or whose money came back (from RefundDone).
func (s *Service) refundBackTx(ctx context.Context, tx *gorm.DB, refundID int64, code string, from ...RefundState) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	froms := make([]string, len(from))
	for i, f := range from {
		froms[i] = string(f)
	}
	// The conditional UPDATE decides who may; it changes nothing else.
	u := tx.Model(&Refund{}).Where("id = ? AND state IN ?", refundID, froms).Updates(map[string]any{"updated_at": now})
	if u.Error != nil || u.RowsAffected == 0 {
		return u.Error
	}
	r, err := one[Refund](tx, "refund", "id = ?", refundID)
	if err != nil {
		return err
	}
	effect, call := "failed", RefundSettler.RefundFailedTx
	if r.State == RefundDone {
		effect, call = "reversed", RefundSettler.RefundReversedTx
	}
	if _, err = s.awaitAccountTx(ctx, tx, r, code, now); err != nil {
		return err
	}
	return s.tellRefundTx(ctx, tx, refundID, effect, now, call)
}

func (s *Service) tellRefundTx(ctx context.Context, tx *gorm.DB, refundID int64, effect string, now time.Time, call func(RefundSettler, context.Context, *gorm.DB, Refund) error) error {
	r, err := one[Refund](tx, "refund", "id = ?", refundID)
	if err != nil {
		return err
	}
	// One effect per attempt: a refund may fail, be paid, come back and be paid.
	first, err := effectTx(tx, "refund", r.ID, fmt.Sprintf("%s-%d", effect, r.Attempt), now)
	if err != nil || !first {
		return err
	}
	settler, err := settlerOf(s, s.refunds, r.PurposeKind)
	if err != nil {
		return err
	}
	tellRefund(ctx, tx, "refund "+effect, r, amountOf(r.Amount))
	return call(settler, ctx, tx, r)
}

// SendRefund sends a refund through its channel; its job and the poller call it.
// After a doubt the gateway's refunds of the invoice are looked up first, and the
// key is the same.
func (s *Service) SendRefund(ctx context.Context, refundID int64) error {
	token, err := s.lease(ctx, &Refund{}, refundID, string(RefundRequested), string(RefundUnknown))
	if err != nil || token == "" {
		return err
	}
	r, err := one[Refund](s.db.Read(ctx), "refund", "id = ?", refundID)
	if err != nil {
		return err
	}
	p, err := s.Payment(ctx, r.PaymentID)
	if err != nil {
		return err
	}
	crash.Point("payment/refund/leased")
	got, cause := s.askRefund(ctx, p, r)
	crash.Point("payment/refund/answered")
	refused, isNo := AsRejected(cause)
	later := isNo && (refused.Ours() || refundLater(refused.Code))
	wctx, cancel := writing(ctx)
	defer cancel()
	err = database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(wctx, tx)
		if err != nil {
			return err
		}
		changes := map[string]any{}
		switch {
		case errors.Is(cause, ErrUnknown):
			changes["state"] = RefundUnknown
			tellRefund(wctx, tx, "refund unknown", r)
		case later:
			changes["failure_code"] = clip(refused.Code, 60)
		}
		if err := releaseTx(tx, &Refund{}, r.ID, token, now, changes, string(RefundRequested), string(RefundUnknown)); err != nil {
			return err
		}
		switch {
		case cause == nil:
			err = s.mergeRefundTx(wctx, tx, r.ID, got)
		case isNo && !later:
			err = s.refundBackTx(wctx, tx, r.ID, refused.Code, RefundRequested, RefundUnknown)
		}
		crash.Point("payment/refund/written")
		return err
	})
	crash.Point("payment/refund/committed")
	if err != nil {
		return err
	}
	if cause != nil {
		s.log.WarnContext(ctx, "refund not sent or unknown", "refund", r.ID, "error", cause)
		if isNo {
			return nil // awaiting an account now, or the poller tries again
		}
	}
	return cause
}

// refundLater tells refusals that pass by themselves from those that mean "not
// this way".
func refundLater(code string) bool {
	switch code {
	case "REFUND_IN_PROGRESS", "INSUFFICIENT_BALANCE", "TEMPORARILY_UNAVAILABLE":
		return true
	}
	return false
}

func (s *Service) askRefund(ctx context.Context, p Payment, r Refund) (GatewayRefund, error) {
	cctx, cancel := calling(ctx)
	defer cancel()
	find := func() (GatewayRefund, bool, error) {
		found, err := s.gateway.FindRefunds(cctx, p.GatewayID)
		for _, g := range found {
			if g.Reference == r.Reference {
				return g, true, nil
			}
		}
		return GatewayRefund{}, false, err
	}
	if r.Tries > 1 {
		if g, ok, err := find(); ok || err != nil {
			return g, err
		}
	}
	got, err := s.gateway.CreateRefund(cctx, RefundRequest{
		Key: r.Reference, Reference: r.Reference, InvoiceID: p.GatewayID, Amount: r.Amount, Reason: "REQUESTED_BY_CUSTOMER",
	})
	if refused, isNo := AsRejected(err); isNo && !refused.Ours() && !refundLater(refused.Code) && r.State == RefundUnknown {
		// The first try may be the reason for this refusal (REFUND_AMOUNT_EXCEEDED).
		g, ok, findErr := find()
		if findErr != nil {
			return GatewayRefund{}, fmt.Errorf("%w: refused after a doubt (%v), and the look-up failed: %v", ErrUnknown, err, findErr)
		}
		if ok {
			return g, nil
		}
	}
	return got, err
}

func (s *Service) mergeRefundTx(ctx context.Context, tx *gorm.DB, refundID int64, got GatewayRefund) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	r, err := one[Refund](tx, "refund", "id = ?", refundID)
	if err != nil {
		return err
	}
	if got.Reference != r.Reference || got.Amount != r.Amount || got.Currency != "IDR" {
		return fmt.Errorf("payment: refund %d: reading of %s: %s %d %s", r.ID, got.ID, got.Reference, int64(got.Amount), got.Currency)
	}
	live := []string{string(RefundRequested), string(RefundUnknown), string(RefundAccepted)}
	if err := tx.Model(&Refund{}).Where("id = ? AND gateway_id = '' AND state IN ?", r.ID, live).
		Updates(map[string]any{"gateway_id": got.ID, "updated_at": now}).Error; err != nil {
		return err
	}
	switch got.Status {
	case RefundPending:
		u := tx.Model(&Refund{}).Where("id = ? AND state IN ?", r.ID, []string{string(RefundRequested), string(RefundUnknown)}).
			Updates(map[string]any{"state": RefundAccepted, "failure_code": "", "checks": 0, "next_check_at": now.Add(time.Minute), "updated_at": now})
		if u.RowsAffected == 1 {
			tellRefund(ctx, tx, "refund accepted", r)
		}
		return u.Error
	case RefundSucceeded:
		return s.refundSucceededTx(ctx, tx, r, got, now)
	case RefundFailed:
		if r.State == RefundDone && (r.PayoutID != nil || r.GatewayID != got.ID) {
			return nil // an attempt that is over; the money went another way
		}
		// Also after a success: that only says that the channel took it.
		return s.refundBackTx(ctx, tx, r.ID, got.FailureCode, RefundRequested, RefundUnknown, RefundAccepted, RefundDone)
	}
	return fmt.Errorf("payment: refund %s has status %q", got.ID, got.Status)
}

// paidTwice is the effect that marks a refund which the channel paid although it
// was told as failed and a payout was made for it: Prove names it.
const paidTwice = "paid twice"

// refundSucceededTx takes the channel's success. A refund told as failed (a
// refusal after an unknown try can be wrong) is done all the same while nobody
// has given an account, so that its link does not pay again.
func (s *Service) refundSucceededTx(ctx context.Context, tx *gorm.DB, r Refund, got GatewayRefund, now time.Time) error {
	if err := s.refundDoneTx(ctx, tx, r.ID, RefundAccepted, now); err != nil {
		return err
	}
	u := tx.Model(&Refund{}).Where("id = ? AND state = ? AND payout_id IS NULL", r.ID, RefundAwaitingAccount).Updates(map[string]any{
		"state": RefundDone, "gateway_id": got.ID, "failure_code": "", "next_check_at": nil, "completed_at": now, "updated_at": now})
	if u.Error != nil {
		return u.Error
	}
	if u.RowsAffected == 1 {
		s.log.WarnContext(ctx, "refund succeeded after it was told as failed", "refund", r.ID)
		return s.tellRefundTx(ctx, tx, r.ID, "succeeded", now, RefundSettler.RefundedTx)
	}
	var sent int64
	err := tx.Raw("SELECT COUNT(*) FROM payouts WHERE purpose_kind = ? AND purpose_id = ? AND state NOT IN ?",
		KindRefund, r.ID, []string{string(PayoutStateFailed), string(PayoutStateReversed)}).Scan(&sent).Error
	if err != nil || sent == 0 {
		return err
	}
	s.log.ErrorContext(ctx, "gateway and record disagree", "refund", r.ID, "problem", "succeeded through the channel and by payout")
	_, err = effectTx(tx, "refund", r.ID, paidTwice, now)
	return err
}

func (s *Service) pollRefund(ctx context.Context, r Refund) error {
	if r.State == RefundAwaitingAccount {
		return s.remind(ctx, r)
	}
	claimed, err := claim(ctx, s, &Refund{}, r.ID, *r.NextCheckAt, func(now time.Time) *time.Time {
		if r.State == RefundDone { // a callback said that it came back
			return step(now, r.Checks, false, time.Hour, 24*time.Hour, 48*time.Hour)
		}
		return step(now, r.Checks, true, time.Minute, 5*time.Minute, 10*time.Minute, time.Hour)
	})
	if err != nil || !claimed {
		return err
	}
	if r.GatewayID == "" {
		return s.SendRefund(ctx, r.ID)
	}
	_, err = s.readRefund(ctx, r.ID, r.GatewayID)
	return err
}

func (s *Service) readRefund(ctx context.Context, refundID int64, gatewayID string) (GatewayRefund, error) {
	cctx, cancel := calling(ctx)
	defer cancel()
	got, err := s.gateway.Refund(cctx, gatewayID)
	if err != nil {
		return got, err
	}
	wctx, done := writing(ctx)
	defer done()
	return got, database.InTx(wctx, s.db, func(tx *gorm.DB) error { return s.mergeRefundTx(wctx, tx, refundID, got) })
}

func (s *Service) handleRefund(ctx context.Context, cb Callback) (CallbackState, string, error) {
	r, err := one[Refund](s.db.Read(ctx), "refund", "reference = ?", cb.Reference)
	if fault.Is(err, fault.KindNotFound) {
		note := "no refund has this reference"
		if strings.HasPrefix(cb.Reference, "lapak-refund-") {
			note = "an earlier attempt's refund"
		}
		return CallbackUnmatched, note, nil
	}
	if err != nil {
		return "", "", err
	}
	if cb.Amount != r.Amount || cb.Currency != "IDR" || (r.GatewayID != "" && r.GatewayID != cb.GatewayID) {
		return CallbackHeld, fmt.Sprintf("callback names refund %s of %d %s", cb.GatewayID, int64(cb.Amount), cb.Currency), nil
	}
	got, err := s.readRefund(ctx, r.ID, cb.GatewayID)
	if refused, ok := AsRejected(err); ok && refused.NotFound() {
		return CallbackHeld, "the gateway does not know this refund", nil
	}
	if err != nil {
		return "", "", err
	}
	if claim := RefundStatus(cb.Status); got.Status != claim && (claim == RefundFailed || claim == RefundSucceeded && got.Status == RefundPending) {
		return CallbackHeld, toldEarly, s.lookAfter(ctx, &Refund{}, r.ID)
	}
	return CallbackDone, "", nil
}
