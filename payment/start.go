package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/crash"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
)

var liveStates = []string{string(Created), string(Unknown), string(Open)}

// openLater is how long the job that makes an invoice leaves it to the request.
const openLater = 3 * time.Second

// StartTx writes down the intent to collect an amount and enqueues the making of
// its invoice; nothing is called. After the commit the caller may call Open to
// have the invoice at once.
//
// Errors: fault invalid when the amount is below Smallest or above Largest, or
// ExpiresAt is not ahead; fault conflict while another payment of the same
// purpose is still live.
func (s *Service) StartTx(ctx context.Context, tx *gorm.DB, n New) (Payment, error) {
	if _, err := settlerOf(s, s.paid, n.Purpose.Kind); err != nil {
		return Payment{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Payment{}, err
	}
	channelsNow, err := settingsTx(ctx, tx)
	if err != nil {
		return Payment{}, err
	}
	switch {
	case n.Amount < Smallest:
		return Payment{}, fault.Invalid("payment.start.too_small", "min", Smallest, "amount", n.Amount)
	case n.Amount > Largest():
		return Payment{}, fault.Invalid("payment.start.too_large", "max", Largest(), "amount", n.Amount)
	case len(fitting(channelsNow, n.Amount)) == 0:
		return Payment{}, fault.Invalid("payment.start.no_channel", "amount", n.Amount)
	case n.ExpiresAt.Before(now.Add(time.Minute)):
		return Payment{}, fault.Invalid("payment.start.expired")
	}
	check := now.Add(2 * time.Minute)
	p := Payment{
		PurposeKind: n.Purpose.Kind, PurposeID: n.Purpose.ID,
		Reference: "lapak-" + n.Purpose.Kind + "-" + id.Token(),
		Amount:    n.Amount, State: Created,
		PayerName: clip(n.PayerName, 100), Email: clip(n.Email, 200), Description: clip(n.Description, 200), ReturnURL: n.ReturnURL,
		ExpiresAt:   n.ExpiresAt.UTC().Truncate(time.Microsecond),
		NextCheckAt: &check, CreatedAt: now, UpdatedAt: now,
	}
	if n.Opening { // the lease that Open takes, without a transaction of its own
		until := now.Add(leaseTime)
		p.LeaseToken, p.LeaseUntil, p.Tries = id.Token(), &until, 1
	}
	inserted, err := insertOnce(tx, &p)
	if err != nil {
		return Payment{}, fmt.Errorf("payment: start: %w", err)
	}
	if !inserted {
		return Payment{}, fault.Conflict("payment.start.already_open")
	}
	p.started = n.Opening
	// The caller's own Open goes first: a job that takes the lease in the same
	// moment would leave the buyer on a waiting page.
	if err := s.queue.InsertTx(ctx, tx, openArgs{p.ID}, jobs.At(time.Now().Add(openLater))); err != nil {
		return Payment{}, err
	}
	return p, nil
}

// clip keeps at most n characters of one line.
func clip(s string, n int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")), " ")
	if r := []rune(s); len(r) > n {
		s = string(r[:n])
	}
	return s
}

// Open makes the invoice of a payment unless it exists, within about 8 seconds.
// A request and a job may call it at the same moment: a lease lets one of them
// call the gateway, the other returns the payment as it stands (still created).
// After any doubt the reference is looked up before another invoice is made.
//
// When the gateway does not answer usefully the payment is returned together
// with a fault of kind unavailable; the job keeps trying until the payment
// expires.
func (s *Service) Open(ctx context.Context, paymentID int64) (Payment, error) {
	token, err := s.lease(ctx, &Payment{}, paymentID, string(Created), string(Unknown))
	if err != nil {
		return Payment{}, err
	}
	p, err := s.Payment(ctx, paymentID)
	if err != nil || token == "" {
		return p, err
	}
	now, err := clock.Now(ctx, s.db.Read(ctx))
	if err != nil {
		return p, err
	}
	return s.open(ctx, p, token, now)
}

// open is Open with the lease in hand.
func (s *Service) open(ctx context.Context, p Payment, token string, now time.Time) (Payment, error) {
	if p.CancelRequested || !now.Before(p.ExpiresAt) {
		// Too late to ask for money. The lease goes back and Close decides.
		if err := s.release(ctx, p, token, nil); err != nil {
			return p, err
		}
		if err := s.Close(ctx, p.ID); err != nil {
			return p, err
		}
		return s.Payment(ctx, p.ID)
	}
	crash.Point("payment/invoice/leased")
	inv, err := s.makeInvoice(ctx, p, now)
	crash.Point("payment/invoice/answered")
	if err != nil {
		return s.openFailed(ctx, p, token, err)
	}
	wctx, cancel := writing(ctx)
	defer cancel()
	opened, after := false, p
	err = database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(wctx, tx)
		if err != nil {
			return err
		}
		after = p
		opened, err = s.openedTx(wctx, tx, &after, token, inv, now)
		if err == nil && !opened {
			if err = releaseTx(tx, &Payment{}, p.ID, token, now, nil); err == nil {
				err = s.mergeTx(wctx, tx, p.ID, inv)
			}
		}
		crash.Point("payment/invoice/written")
		return err
	})
	crash.Point("payment/invoice/committed")
	if err != nil {
		return p, err // the lease runs out and the next try finds the invoice by its reference
	}
	if opened {
		return after, nil
	}
	return s.Payment(wctx, p.ID)
}

// OpenStarted is Open for who started the payment with New.Opening, given the very
// value that StartTx returned, once and right after the commit: the lease is already
// theirs. Any other payment, and this one read again, is opened as Open does. Whoever never calls it leaves the
// payment to its job, as soon as the lease has run out.
func (s *Service) OpenStarted(ctx context.Context, started Payment) (Payment, error) {
	if !started.started {
		return s.Open(ctx, started.ID)
	}
	return s.open(ctx, started, started.LeaseToken, started.CreatedAt)
}

// openedTx writes down, in one conditional UPDATE, the invoice that was asked for:
// open, for the amount that was asked, while nothing else happened to the payment.
// false: nothing is written, and mergeTx has to look closer.
func (s *Service) openedTx(ctx context.Context, tx *gorm.DB, p *Payment, token string, inv Invoice, now time.Time) (bool, error) {
	if p.State != Created || inv.Status != InvoicePending || inv.Reference != p.Reference || inv.Currency != "IDR" || inv.Amount != p.Amount || inv.ID == "" {
		return false, nil
	}
	check := now.Add(2 * time.Minute)
	r := tx.Model(&Payment{}).Where("id = ? AND lease_token = ? AND state = ? AND gateway_id = '' AND cancel_requested = ? AND expires_at > ?", p.ID, token, Created, false, now).
		Updates(map[string]any{"gateway_id": inv.ID, "invoice_url": inv.URL, "state": Open, "checks": 0, "next_check_at": check,
			"lease_until": nil, "lease_token": "", "updated_at": now})
	if r.Error != nil || r.RowsAffected == 0 {
		return false, r.Error
	}
	p.GatewayID, p.InvoiceURL, p.State, p.Checks, p.NextCheckAt, p.UpdatedAt = inv.ID, inv.URL, Open, 0, &check, now
	p.LeaseUntil, p.LeaseToken = nil, ""
	tellPayment(ctx, tx, "invoice opened", *p, amountOf(p.Amount))
	return true, nil
}

// makeInvoice looks the reference up when an earlier try may have made the
// invoice, else makes it.
func (s *Service) makeInvoice(ctx context.Context, p Payment, now time.Time) (Invoice, error) {
	cctx, cancel := calling(ctx)
	defer cancel()
	if p.Tries > 1 {
		found, err := s.gateway.FindInvoices(cctx, p.Reference)
		if err != nil {
			return Invoice{}, err
		}
		if len(found) > 0 {
			return best(found), nil
		}
		if p.DoubtAt != nil && now.Sub(*p.DoubtAt) < settleDoubt {
			return Invoice{}, fmt.Errorf("%w: an earlier try may still show itself", ErrRetry)
		}
	}
	r := InvoiceRequest{
		Reference: p.Reference, Amount: p.Amount, Description: p.Description, PayerName: p.PayerName, Email: p.Email,
		Duration: p.ExpiresAt.Sub(now), SuccessURL: p.ReturnURL, FailureURL: p.ReturnURL,
	}
	lists, err := s.channelLists(ctx, p.Amount)
	if err != nil {
		return Invoice{}, err
	}
	var inv Invoice
	var offered []string
	lacks := 0
	for _, codes := range lists {
		r.Channels = codes
		inv, err = s.gateway.CreateInvoice(cctx, r)
		if offered = codes; err == nil {
			break
		}
		offered = nil
		if refused, ok := AsRejected(err); !ok || refused.Code != "UNAVAILABLE_PAYMENT_METHOD_ERROR" {
			break
		}
		// The account lacks one of them, and the answer does not say beyond doubt which.
		// A sale is not lost for it as long as something that fits is taken.
		lacks++
		s.log.ErrorContext(ctx, "the account lacks a channel that is switched on", "payment", p.ID, "channels", len(codes))
	}
	if len(lists[0]) > 0 { // an operator's list
		if err := s.channelsTaken(ctx, lists[0], offered, lacks > 0); err != nil {
			s.log.ErrorContext(ctx, "refused channels not written down", "payment", p.ID, "error", err)
		}
	}
	if refused, ok := AsRejected(err); ok && refused.Code == "EMAIL_FORMAT_ERROR" && r.Email != "" {
		// The address is a courtesy; a payment must not fail for it.
		r.Email = ""
		inv, err = s.gateway.CreateInvoice(cctx, r)
	}
	return inv, err
}

// best chooses among invoices of one reference: a paid one, else an open one,
// else the oldest. The others are dealt with as surplus when they are seen.
func best(found []Invoice) Invoice {
	for _, want := range []InvoiceStatus{InvoiceSettled, InvoicePaid, InvoicePending} {
		for _, inv := range found {
			if inv.Status == want {
				return inv
			}
		}
	}
	return found[0]
}

// settleDoubt is how long after an unknown try an empty look-up is not yet taken
// as "there is no invoice": the gateway may still be writing it.
const settleDoubt = 20 * time.Second

// moneyFirst orders the invoices of one reference so that a paid one becomes the
// payment's own, and an expired twin of it is the surplus.
func moneyFirst(found []Invoice) {
	rank := func(inv Invoice) int {
		if inv.Status == InvoicePaid || inv.Status == InvoiceSettled {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(found, func(a, b Invoice) int { return rank(a) - rank(b) })
}

func (s *Service) release(ctx context.Context, p Payment, token string, changes map[string]any) error {
	ctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if _, doubt := changes["state"]; doubt {
			changes["doubt_at"] = now
			tellPayment(ctx, tx, "invoice unknown", p)
		}
		return releaseTx(tx, &Payment{}, p.ID, token, now, changes, string(Created), string(Unknown))
	})
}

// openFailed writes down a call that brought no invoice: a definite no ends the
// payment, anything else keeps it alive.
func (s *Service) openFailed(ctx context.Context, p Payment, token string, cause error) (Payment, error) {
	refused, isNo := AsRejected(cause)
	switch {
	case isNo && !refused.Ours() && p.State == Created:
		return s.refuse(ctx, p, token, refused)
	case isNo && !refused.Ours():
		// After an unknown try the refusal of this one proves nothing about the
		// invoice that may have been made and is not listed yet.
		s.log.ErrorContext(ctx, "invoice refused after an unknown try", "payment", p.ID, "error", cause)
		return p, errors.Join(fault.Unavailable("payment.open.unavailable", cause), s.release(ctx, p, token, nil))
	case errors.Is(cause, ErrUnknown):
		s.log.WarnContext(ctx, "invoice outcome unknown", "payment", p.ID, "error", cause)
		p.State = Unknown
		return p, errors.Join(fault.Unavailable("payment.open.unavailable", cause), s.release(ctx, p, token, map[string]any{"state": Unknown}))
	}
	s.log.WarnContext(ctx, "invoice not made", "payment", p.ID, "error", cause)
	return p, errors.Join(fault.Unavailable("payment.open.unavailable", cause), s.release(ctx, p, token, nil))
}

func (s *Service) refuse(ctx context.Context, p Payment, token string, refused Rejected) (Payment, error) {
	s.log.ErrorContext(ctx, "invoice refused", "payment", p.ID, "error", refused)
	wctx, cancel := writing(ctx)
	defer cancel()
	err := database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(wctx, tx)
		if err != nil {
			return err
		}
		if err := releaseTx(tx, &Payment{}, p.ID, token, now, nil); err != nil {
			return err
		}
		return s.lapseTx(wctx, tx, p.ID, Failed, refused.Code, now, string(Created))
	})
	if err != nil {
		return p, err
	}
	return s.Payment(wctx, p.ID)
}

// CancelTx asks for a live payment to be closed. Nothing is let go yet: a job
// expires the invoice, reads it, and only when it is confirmed unpaid does the
// settler hear LapsedTx; if the buyer was faster it hears PaidTx. On a payment
// that is no longer live it does nothing.
func (s *Service) CancelTx(ctx context.Context, tx *gorm.DB, paymentID int64) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	r := tx.Model(&Payment{}).Where("id = ? AND state IN ? AND cancel_requested = ?", paymentID, liveStates, false).
		Updates(map[string]any{"cancel_requested": true, "next_check_at": now, "checks": 0, "updated_at": now})
	if r.Error != nil || r.RowsAffected == 0 {
		return r.Error
	}
	return s.queue.InsertTx(ctx, tx, closeArgs{paymentID})
}

// errStillOpen keeps a closing job trying.
var errStillOpen = errors.New("payment: the gateway still calls the invoice payable")

// Close ends a live payment whose time is over or that was cancelled: it expires
// the invoice at the gateway, reads it, and lapses the payment only when the
// reading says unpaid. Whatever the reading says wins. Before its time it does
// nothing.
func (s *Service) Close(ctx context.Context, paymentID int64) error {
	p, err := s.Payment(ctx, paymentID)
	if err != nil {
		return err
	}
	now, err := clock.Now(ctx, s.db.Read(ctx))
	if err != nil {
		return err
	}
	if !p.State.Live() || (now.Before(p.ExpiresAt) && !p.CancelRequested) {
		return nil
	}
	found, err := s.closeAtGateway(ctx, p)
	if refused, ok := AsRejected(err); ok && refused.NotFound() {
		// The gateway gave us this invoice and now does not know it: another account
		// or mode. Nobody can say whether it was paid, so a person has to look.
		return s.markUnknownInvoice(ctx, p)
	}
	if err != nil {
		return err
	}
	wctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(wctx, s.db, func(tx *gorm.DB) error {
		if len(found) == 0 {
			return s.lapseUnmadeTx(wctx, tx, p.ID)
		}
		moneyFirst(found)
		for _, inv := range found {
			if err := s.mergeTx(wctx, tx, p.ID, inv); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) markUnknownInvoice(ctx context.Context, p Payment) error {
	ctx, cancel := writing(ctx)
	defer cancel()
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		return s.problemTx(ctx, tx, p, "identity", now, Invoice{})
	})
}

// closeAtGateway makes sure that no invoice of p can be paid any more and returns
// what the gateway says of them afterwards; none when there is no invoice.
func (s *Service) closeAtGateway(ctx context.Context, p Payment) ([]Invoice, error) {
	if p.GatewayID == "" && p.Tries == 0 {
		return nil, nil
	}
	cctx, cancel := calling(ctx)
	defer cancel()
	found, err := s.gateway.FindInvoices(cctx, p.Reference)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 && p.GatewayID != "" {
		inv, err := s.gateway.Invoice(cctx, p.GatewayID) // a list may lag behind the object
		if err != nil {
			return nil, err
		}
		found = append(found, inv)
	}
	for i, inv := range found {
		if inv.Status != InvoicePending {
			continue
		}
		if _, err := s.gateway.ExpireInvoice(cctx, inv.ID); err != nil {
			if _, refused := AsRejected(err); !refused { // a refusal means: read it again
				return nil, err
			}
		}
		if found[i], err = s.gateway.Invoice(cctx, inv.ID); err != nil {
			return nil, err
		}
		if found[i].Status == InvoicePending {
			return nil, errStillOpen
		}
	}
	return found, nil
}

// lapseUnmadeTx lapses a payment that has no invoice, unless somebody is asking
// for one right now.
func (s *Service) lapseUnmadeTx(ctx context.Context, tx *gorm.DB, paymentID int64) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	var p Payment
	// The lease is taken, so that no invoice is made between here and the commit.
	r := tx.Model(&Payment{}).
		Where("id = ? AND state IN ? AND gateway_id = '' AND (lease_until IS NULL OR lease_until < ?)", paymentID, []string{string(Created), string(Unknown)}, now).
		Updates(map[string]any{"lease_until": nil, "lease_token": "", "updated_at": now})
	if r.Error != nil {
		return r.Error
	}
	if r.RowsAffected == 0 {
		return errStillOpen
	}
	if err := tx.Where("id = ?", paymentID).Take(&p).Error; err != nil {
		return err
	}
	return s.lapseTx(ctx, tx, p.ID, endState(p), "", now, string(Created), string(Unknown))
}

func endState(p Payment) State {
	if p.CancelRequested {
		return Cancelled
	}
	return Expired
}

// expireSurplus closes an invoice that no payment needs.
func (s *Service) expireSurplus(ctx context.Context, gatewayID string) error {
	cctx, cancel := calling(ctx)
	defer cancel()
	if _, err := s.gateway.ExpireInvoice(cctx, gatewayID); err != nil {
		if _, refused := AsRejected(err); !refused {
			return err
		}
	}
	inv, err := s.gateway.Invoice(cctx, gatewayID)
	if err != nil {
		return err
	}
	if inv.Status == InvoicePending {
		return errStillOpen
	}
	return s.mergeByReference(ctx, inv)
}

// Refresh reads a live payment at the gateway when that was not done in the last
// 10 seconds, for the page a buyer returns to. Trouble at the gateway is not an
// error here: the payment is returned as our record has it.
func (s *Service) Refresh(ctx context.Context, paymentID int64) (Payment, error) {
	p, err := s.Payment(ctx, paymentID)
	if err != nil || p.State != Open {
		return p, err
	}
	claimed := false
	err = database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		r := tx.Model(&Payment{}).Where("id = ? AND state = ? AND updated_at < ?", paymentID, Open, now.Add(-10*time.Second)).
			Updates(map[string]any{"updated_at": now})
		claimed = r.RowsAffected == 1
		return r.Error
	})
	if err != nil || !claimed {
		return p, err
	}
	if err := s.check(ctx, p); err != nil {
		s.log.WarnContext(ctx, "payment not read", "payment", p.ID, "error", err)
	}
	return s.Payment(ctx, paymentID)
}
