package payment

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// MaxCallback is the largest callback body taken, in bytes; real ones are below
// 10 kB.
const MaxCallback = 64 << 10

// CallbackState says what became of a stored callback.
type CallbackState string

// The states of a callback.
const (
	CallbackNew        CallbackState = "new"        // stored, its job is to come
	CallbackDone       CallbackState = "done"       // confirmed by a reading and merged
	CallbackUnmatched  CallbackState = "unmatched"  // about nothing of ours
	CallbackHeld       CallbackState = "held"       // the gateway's object says otherwise
	CallbackUnreadable CallbackState = "unreadable" // kept, not understood
)

// StoredCallback is one row of the raw inbox.
type StoredCallback struct {
	ID               int64
	Source           string // "xendit.invoice" and so on
	Reference        string
	GatewayID        string
	Status           string
	GatewayPaymentID string
	Body             []byte // always empty: what came before sealing is sealed when the program starts
	BodySealed       string // the raw body, sealed: it names payers and accounts
	State            CallbackState
	Note             string // why it is held or unmatched, for finance
	Times            int    // how often it came
	CreatedAt        time.Time
	LastAt           time.Time
	HandledAt        *time.Time
}

// TableName is the table of StoredCallback.
func (StoredCallback) TableName() string { return "callbacks" }

// ReceiveCallback takes one callback: it checks the token in constant time,
// stores the raw body once and enqueues its handling, in one transaction, and
// returns. A nil error is to be answered 2xx, also for a repeated callback, an
// unknown reference or a body nobody understands: they are kept, and asking for
// them again would not help.
//
// Errors: fault unauthenticated for a wrong token, too large above MaxCallback,
// not found for an unknown kind; any other means "send it again".
func (s *Service) ReceiveCallback(ctx context.Context, kind CallbackKind, token string, body []byte) error {
	if !s.tokenFits(token) {
		s.saw(kind, "bad_token")
		s.log.WarnContext(ctx, "callback with a wrong token", "kind", string(kind))
		return fault.Unauthenticated()
	}
	switch kind {
	case CallbackInvoice, CallbackPayout, CallbackRefund:
	default:
		return fault.NotFound("callback kind " + string(kind))
	}
	if len(body) > MaxCallback {
		return fault.TooLarge("fault.too_large")
	}
	row := StoredCallback{Source: "xendit." + string(kind), Body: []byte{}, BodySealed: s.keys.Seal(sealBody, string(body)), State: CallbackNew, Times: 1}
	if cb, err := s.gateway.ParseCallback(kind, body); err != nil {
		sum := sha256.Sum256(body)
		row.Reference, row.State, row.Note = "sha256:"+hex.EncodeToString(sum[:]), CallbackUnreadable, clip(err.Error(), 300)
		s.log.ErrorContext(ctx, "callback not understood", "kind", string(kind), "error", err)
	} else {
		row.Reference, row.GatewayID = clip(cb.Reference, 255), clip(cb.GatewayID, 255)
		row.Status, row.GatewayPaymentID = clip(cb.Status, 60), clip(cb.GatewayPaymentID, 255)
	}
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		outcome := "received"
		database.AfterCommit(tx, func() { s.saw(kind, outcome) })
		fresh := row // a retried transaction starts from the same row
		fresh.CreatedAt, fresh.LastAt = now, now
		inserted, err := insertOnce(tx, &fresh)
		if err != nil {
			return fmt.Errorf("payment: store callback: %w", err)
		}
		if !inserted {
			outcome = "repeated"
			tellCallback(ctx, tx, "callback repeated", kind, row)
			return s.repeatedTx(ctx, tx, row, now)
		}
		tellCallback(ctx, tx, "callback received", kind, row)
		if fresh.State != CallbackNew {
			outcome = "unreadable"
			return nil
		}
		err = s.queue.InsertTx(ctx, tx, callbackArgs{fresh.ID})
		crash.Point("payment/callback/written")
		return err
	})
	crash.Point("payment/callback/committed")
	return err
}

// repeatedTx counts a callback that came before. One that was not confirmed last
// time is handled afresh with its new body: a forged or early one must not
// shadow the true one that follows.
func (s *Service) repeatedTx(ctx context.Context, tx *gorm.DB, row StoredCallback, now time.Time) error {
	const same = "source = ? AND gateway_id = ? AND reference = ? AND status = ? AND gateway_payment_id = ?"
	args := []any{row.Source, row.GatewayID, row.Reference, row.Status, row.GatewayPaymentID}
	counted := tx.Model(&StoredCallback{}).Where(same, args...).Updates(map[string]any{"times": gorm.Expr("times + 1"), "last_at": now})
	if counted.Error != nil {
		return counted.Error
	}
	again := tx.Model(&StoredCallback{}).Where(same, args...).Where("state IN ?", []string{string(CallbackHeld), string(CallbackUnmatched)}).
		Updates(map[string]any{"state": CallbackNew, "body_sealed": row.BodySealed, "handled_at": nil})
	if again.Error != nil || again.RowsAffected == 0 {
		return again.Error
	}
	known, err := one[StoredCallback](tx, "callback", same, args...)
	if err != nil {
		return err
	}
	return s.queue.InsertTx(ctx, tx, callbackArgs{known.ID})
}

// tokenFits compares with every token, in a time that tells nothing about them.
func (s *Service) tokenFits(token string) bool {
	got := sha256.Sum256([]byte(token))
	fits := 0
	for _, t := range s.tokens {
		want := sha256.Sum256([]byte(t))
		fits |= subtle.ConstantTimeCompare(got[:], want[:])
	}
	return fits == 1
}

// HandleCallback confirms one stored callback by reading the gateway's object and
// merges the reading; the callback's own words only say which object to read. It
// is idempotent; an error means that it should be tried again.
func (s *Service) HandleCallback(ctx context.Context, callbackID int64) error {
	row, err := one[StoredCallback](s.db.Read(ctx), "callback", "id = ?", callbackID)
	if err != nil {
		return err
	}
	if row.State != CallbackNew {
		return nil
	}
	kind := CallbackKind(row.Source[len("xendit."):])
	body, err := s.keys.Unseal(sealBody, row.BodySealed)
	if body == "" {
		body = string(row.Body)
	}
	if err != nil {
		return fmt.Errorf("payment: callback %d: %w", row.ID, err)
	}
	cb, err := s.gateway.ParseCallback(kind, []byte(body))
	if err != nil {
		s.saw(kind, string(CallbackUnreadable))
		return s.finish(ctx, row.ID, CallbackUnreadable, err.Error())
	}
	var state CallbackState
	var note string
	switch kind {
	case CallbackInvoice:
		state, note, err = s.handleInvoice(ctx, row, cb)
	case CallbackPayout:
		state, note, err = s.handlePayout(ctx, cb)
	case CallbackRefund:
		state, note, err = s.handleRefund(ctx, cb)
	}
	if err != nil {
		return err
	}
	if state == CallbackHeld {
		s.log.ErrorContext(ctx, "callback held", "callback", row.ID, "note", note)
	}
	err = s.finish(ctx, row.ID, state, note)
	crash.Point("payment/callback/finished")
	if err == nil {
		s.saw(kind, string(state))
	}
	return err
}

func (s *Service) finish(ctx context.Context, callbackID int64, state CallbackState, note string) error {
	ctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Model(&StoredCallback{}).Where("id = ? AND state = ?", callbackID, CallbackNew).
			Updates(map[string]any{"state": state, "note": clip(note, 300), "handled_at": now}).Error
	})
}

func (s *Service) handleInvoice(ctx context.Context, row StoredCallback, cb Callback) (CallbackState, string, error) {
	crash.Point("payment/callback/reading")
	cctx, cancel := calling(ctx)
	inv, err := s.gateway.Invoice(cctx, cb.GatewayID)
	cancel()
	crash.Point("payment/callback/read")
	if refused, ok := AsRejected(err); ok && refused.NotFound() {
		// The dashboard's "test and save" sample, or a forgery with a good token.
		return CallbackUnmatched, "the gateway does not know this invoice", nil
	}
	if err != nil {
		return "", "", err
	}
	differ := contradiction(cb, inv)
	err = s.mergeByReference(ctx, inv)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		if inv.Status != InvoicePaid && inv.Status != InvoiceSettled {
			return CallbackUnmatched, "no payment has this reference", nil
		}
		return CallbackUnmatched, "paid, but no payment has this reference", s.recordUnmatched(ctx, row.ID, inv)
	}
	if err != nil {
		return "", "", err
	}
	if differ != "" {
		// What the reading says is merged; if it is only late, look again soon.
		return CallbackHeld, differ, s.lookSoon(ctx, inv)
	}
	return CallbackDone, "", nil
}

// contradiction compares a callback with the gateway's object: id, reference,
// amount, currency, and that a claimed payment is there. "" is agreement.
func contradiction(cb Callback, inv Invoice) string {
	claimsPaid := cb.Status == string(InvoicePaid) || cb.Status == string(InvoiceSettled)
	isPaid := inv.Status == InvoicePaid || inv.Status == InvoiceSettled
	switch {
	case cb.GatewayID != inv.ID:
		return fmt.Sprintf("callback names invoice %s, reading %s", cb.GatewayID, inv.ID)
	case cb.Reference != inv.Reference:
		return fmt.Sprintf("callback names reference %s, reading %s", cb.Reference, inv.Reference)
	case cb.Amount != inv.Amount:
		return fmt.Sprintf("callback says amount %d, reading %d", int64(cb.Amount), int64(inv.Amount))
	case cb.Currency != inv.Currency:
		return fmt.Sprintf("callback says currency %s, reading %s", cb.Currency, inv.Currency)
	case claimsPaid && !isPaid:
		return fmt.Sprintf("callback says %s, reading %s", cb.Status, inv.Status)
	case claimsPaid && cb.PaidAmount != inv.PaidAmount:
		return fmt.Sprintf("callback says paid %d, reading %d", int64(cb.PaidAmount), int64(inv.PaidAmount))
	}
	return ""
}

// lookSoon has the poller read a live payment within the minute.
func (s *Service) lookSoon(ctx context.Context, inv Invoice) error {
	ctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Model(&Payment{}).Where("gateway_id = ? AND state IN ?", inv.ID, liveStates).
			Updates(map[string]any{"next_check_at": now.Add(30 * time.Second), "updated_at": now}).Error
	})
}

// recordUnmatched gives paid money with an unknown reference a row of its own,
// purpose KindUnmatched, so that it reaches suspense and a person. heardAs is the
// row that told of it: the callback's, or that of the statement's line.
func (s *Service) recordUnmatched(ctx context.Context, heardAs int64, inv Invoice) error {
	ctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if inv.Currency != "IDR" || inv.Amount <= 0 {
			return nil // nothing the journal could hold; the callback stays for finance
		}
		return s.extraTx(ctx, tx, Payment{
			PurposeKind: KindUnmatched, PurposeID: heardAs, Reference: inv.Reference, Amount: inv.Amount, Surplus: true,
		}, inv, now)
	})
}

// Held lists the callbacks that a person has to look at, newest first: held,
// unreadable, and unmatched ones.
func (s *Service) Held(ctx context.Context, limit int) ([]StoredCallback, error) {
	var list []StoredCallback
	err := s.db.Read(ctx).Where("state IN ?", []string{string(CallbackHeld), string(CallbackUnreadable), string(CallbackUnmatched)}).
		Order("id DESC").Limit(limit).Find(&list).Error
	return list, err
}

// Troubled lists the payments finance has to look at: money that came late,
// twice, unasked or in a wrong amount, and those the gateway's word contradicts.
func (s *Service) Troubled(ctx context.Context, limit int) ([]Payment, error) {
	var list []Payment
	err := s.db.Read(ctx).Where("problem <> '' OR late = ? OR surplus = ? OR (paid_amount > 0 AND paid_amount <> amount)", true, true).
		Order("id DESC").Limit(limit).Find(&list).Error
	return list, err
}
