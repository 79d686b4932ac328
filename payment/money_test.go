package payment_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xenditsim"
)

// mangled is the real gateway with hooks around single calls.
type mangled struct {
	payment.Gateway
	reading func()                                    // before an invoice is read
	found   func([]payment.Invoice) []payment.Invoice // what a search answers
	refund  func(payment.GatewayRefund, error) (payment.GatewayRefund, error)
	refunds func([]payment.GatewayRefund) []payment.GatewayRefund
}

func (m *mangled) Invoice(ctx context.Context, gatewayID string) (payment.Invoice, error) {
	if m.reading != nil {
		m.reading()
	}
	return m.Gateway.Invoice(ctx, gatewayID)
}

func (m *mangled) FindInvoices(ctx context.Context, reference string) ([]payment.Invoice, error) {
	list, err := m.Gateway.FindInvoices(ctx, reference)
	if err == nil && m.found != nil {
		list = m.found(list)
	}
	return list, err
}

func (m *mangled) CreateRefund(ctx context.Context, r payment.RefundRequest) (payment.GatewayRefund, error) {
	got, err := m.Gateway.CreateRefund(ctx, r)
	if m.refund != nil {
		return m.refund(got, err)
	}
	return got, err
}

func (m *mangled) FindRefunds(ctx context.Context, invoiceID string) ([]payment.GatewayRefund, error) {
	list, err := m.Gateway.FindRefunds(ctx, invoiceID)
	if err == nil && m.refunds != nil {
		list = m.refunds(list)
	}
	return list, err
}

// A gateway that reads invoices slowly uses up the round; payouts and refunds are
// asked about all the same, or their outcome would be unknown for as long as
// many buyers have not paid.
func TestSlowInvoicesDoNotStarvePayouts(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		for range 4 {
			w.open(50_000)
		}
		out, err := w.payOut(withdrawal("slow", "1234567890"))
		require.NoError(t, err)
		w.advance(10 * time.Minute) // everything is due
		// The round's time is over when the first invoice answers.
		ctx, cancel := context.WithCancel(w.ctx)
		defer cancel()
		slow := w.service(&mangled{Gateway: w.gateway, reading: cancel})
		_ = slow.Reconcile(ctx)
		got, err := w.svc.Payout(w.ctx, out.ID)
		require.NoError(t, err)
		require.NotEqual(t, payment.PayoutCreated, got.State, "never asked about")
	})
}

// Two invoices came of one attempt whose outcome was unknown: one ran out, the
// other was paid. The money counts for the purchase; nothing lapses.
func TestAPaidTwinBeatsAnExpiredOne(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.start(50_000)
		w.fault("create_invoice", "timeout", true, 1)
		_, err := w.svc.Open(w.ctx, p.ID)
		require.Error(t, err)
		require.Equal(t, payment.Unknown, w.payment(p.ID).State)
		w.advance(time.Second) // the older one is listed first
		twin, err := w.gateway.CreateInvoice(w.ctx, payment.InvoiceRequest{Reference: p.Reference, Amount: 50_000, Duration: time.Hour})
		require.NoError(t, err)
		list, err := w.gateway.FindInvoices(w.ctx, p.Reference)
		require.NoError(t, err)
		require.Len(t, list, 2)
		_, err = w.gateway.ExpireInvoice(w.ctx, list[0].ID)
		require.NoError(t, err)
		w.settings(func(s *xenditsim.Settings) { s.CallbackDrop = -1 })
		require.NoError(t, w.sim.Pay(twin.ID, "DANA", 0))
		require.NoError(t, database.InTx(w.ctx, w.db, func(tx *gorm.DB) error { return w.svc.CancelTx(w.ctx, tx, p.ID) }))
		require.NoError(t, w.svc.Close(w.ctx, p.ID))
		require.Equal(t, []string{"paid"}, w.told.heard())
		require.True(t, w.payment(p.ID).Exact(), "%+v", w.payment(p.ID))
		w.proven()
	})
}

// An expired invoice is unpaid in any currency: what it held is let go.
func TestAForeignExpiredInvoiceLapses(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, nil)
		p := w.open(50_000)
		w.advance(25 * time.Hour)
		svc := w.service(&mangled{Gateway: w.gateway, found: func(list []payment.Invoice) []payment.Invoice {
			for i := range list {
				list[i].Currency = "USD"
			}
			return list
		}})
		require.NoError(t, svc.Close(w.ctx, p.ID))
		require.Equal(t, []string{"lapsed"}, w.told.heard())
		require.Equal(t, "currency", w.payment(p.ID).Problem, "still a task for finance")
		w.proven()
	})
}

// The gateway takes a refund, does not answer, does not list it yet and refuses
// the repeat: the payer gets the link. When the refund turns out to have
// succeeded the link must not pay a second time; if it was used already, the
// audit names the refund.
func TestARefundThatSucceededAfterAllIsNotPaidTwice(t *testing.T) {
	t.Parallel()
	t.Run("link not used", func(t *testing.T) { succeededAfterAll(t, false) })
	t.Run("link used", func(t *testing.T) { succeededAfterAll(t, true) })
}

func succeededAfterAll(t *testing.T, given bool) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, func(s *xenditsim.Settings) { s.SettleAfterMS, s.RefundAfterMS, s.CallbackDelayMS = 0, 3_600_000, 0 })
		p := w.paid(50_000, "DANA")
		hide := func([]payment.GatewayRefund) []payment.GatewayRefund { return nil }
		g := &mangled{Gateway: w.gateway, refunds: hide, refund: func(payment.GatewayRefund, error) (payment.GatewayRefund, error) {
			return payment.GatewayRefund{}, payment.ErrUnknown
		}}
		svc := w.service(g)
		var r payment.Refund
		require.NoError(t, database.InTx(w.ctx, w.db, func(tx *gorm.DB) (err error) {
			r, err = svc.RefundTx(w.ctx, tx, payment.NewRefund{PaymentID: p.ID, Amount: 50_000, Key: "late", Purpose: p.Purpose(), Reason: "x"})
			return err
		}))
		require.ErrorIs(t, svc.SendRefund(w.ctx, r.ID), payment.ErrUnknown)
		g.refund = func(payment.GatewayRefund, error) (payment.GatewayRefund, error) {
			return payment.GatewayRefund{}, payment.Rejected{Status: 400, Code: "REFUND_AMOUNT_EXCEEDED"}
		}
		w.db.Clock().Advance(time.Minute)
		require.NoError(t, svc.SendRefund(w.ctx, r.ID))
		list, err := svc.RefundsOf(w.ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, payment.RefundAwaitingAccount, list[0].State)
		link, awaits := svc.RefundToken(list[0])
		require.True(t, awaits)
		if given {
			_, err = svc.GiveAccount(w.ctx, link, bankAccount("1234567890"))
			require.NoError(t, err)
			w.advance(2 * time.Hour)
			w.callbacks(1)
			findings, err := payment.Prove(w.ctx, w.db)
			require.NoError(t, err)
			require.Len(t, findings, 1, "%v", findings)
			require.Equal(t, "I6 a refund goes one way", findings[0].Invariant, "too late to stop: the audit says so")
			return
		}

		w.advance(2 * time.Hour) // the channel reports
		w.callbacks(1)
		list, err = svc.RefundsOf(w.ctx, p.ID)
		require.NoError(t, err)
		require.Equal(t, payment.RefundDone, list[0].State)
		_, err = svc.GiveAccount(w.ctx, link, bankAccount("1234567890"))
		require.True(t, fault.Is(err, fault.KindConflict), "%v", err)
		require.Equal(t, "refunded", w.told.heard()[len(w.told.heard())-1])
		w.proven()
	})
}
