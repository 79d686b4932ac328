package payment_test

import (
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/badline"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xendit"
)

// Whatever happens on the line to the gateway while an invoice is made, one is
// read after it was paid, a payout and a refund are sent: nothing fails and nothing
// is done twice; once the line is whole again each ends in exactly one effect. What
// the gateway itself does wrong (500, 429, pages instead of JSON) is TestOpen_Trouble,
// TestPayout_Trouble and TestRead_Trouble.
func TestTheLineToTheGatewayBreaks(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		direct, err := url.Parse(w.address)
		require.NoError(t, err)
		line, err := badline.Open(direct.Host)
		require.NoError(t, err)
		t.Cleanup(func() { _ = line.Close() })
		through, err := xendit.New(xendit.Config{SecretKey: key, BaseURL: line.URL(), Timeout: 3 * time.Second, BreakerAfter: 1000})
		require.NoError(t, err)
		w.svc = w.service(through)

		type tried struct {
			made, read payment.Payment
			out        payment.Payout
			back       payment.Refund
		}
		rounds := map[badline.Mode]*tried{}
		for _, mode := range badline.Modes {
			r := &tried{made: w.start(50_000), read: w.open(60_000)}
			refunded := w.open(70_000)
			for _, p := range []payment.Payment{r.read, refunded} {
				require.NoError(t, w.sim.Pay(p.Reference, "DANA", 0))
			}
			_, err := w.svc.Refresh(w.ctx, refunded.ID)
			require.NoError(t, err)
			w.advance(5 * time.Minute)
			_, err = w.svc.Refresh(w.ctx, refunded.ID)
			require.NoError(t, err)
			r.back, err = w.refund(w.payment(refunded.ID), 30_000, "refund-"+string(mode))
			require.NoError(t, err)
			r.out, err = w.payOut(withdrawal("w-"+string(mode), "1234567890"))
			require.NoError(t, err)
			rounds[mode] = r

			line.Set(mode)
			var wg sync.WaitGroup
			for _, call := range []func() error{
				func() error { _, err := w.svc.Open(w.ctx, r.made.ID); return err },
				func() error { return w.svc.SendPayout(w.ctx, r.out.ID) },
				func() error { return w.svc.SendRefund(w.ctx, r.back.ID) },
				func() error { // a reading that fails is no error for the page
					p, err := w.svc.Refresh(w.ctx, r.read.ID)
					if err == nil && p.State == payment.Open {
						err = fmt.Errorf("still %s", p.State)
					}
					return err
				},
			} {
				wg.Go(func() {
					if call() == nil {
						t.Errorf("%s: a call came through", mode)
					}
				})
			}
			wg.Wait()
			require.Contains(t, []payment.State{payment.Created, payment.Unknown}, w.payment(r.made.ID).State, mode)
			require.Equal(t, payment.Open, w.payment(r.read.ID).State, mode)
			require.Contains(t, []payment.PayoutState{payment.PayoutCreated, payment.PayoutUnknown}, w.payout(r.out.ID).State, mode)
			require.Contains(t, []payment.RefundState{payment.RefundRequested, payment.RefundUnknown}, w.refundRow(refunded, 0).State, mode)
			w.proven()
			line.Set(badline.Pass)
		}

		// The line is whole: the jobs come again, twice at a time.
		for range 4 {
			w.advance(3 * time.Minute)
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(w.reconcile)
			}
			wg.Wait()
		}
		made := map[string]int{}
		for _, inv := range w.sim.State().Invoices {
			made[inv.ExternalID]++
		}
		events := map[string]int{}
		for _, e := range w.told.heard() {
			events[e]++
		}
		n := len(badline.Modes)
		for mode, r := range rounds {
			require.Equal(t, payment.Open, w.payment(r.made.ID).State, mode)
			require.Equal(t, 1, made[r.made.Reference], mode)
			require.Equal(t, payment.Paid, w.payment(r.read.ID).State, mode)
			require.Equal(t, payment.PayoutStateSucceeded, w.payout(r.out.ID).State, mode)
			require.Equal(t, payment.RefundDone, w.refundRow(w.payment(r.back.PaymentID), 0).State, mode)
		}
		require.Equal(t, map[string]int{"paid": 2 * n, "payout succeeded": n, "refunded": n}, events)
		require.Len(t, w.sim.State().Payouts, n)
		require.Len(t, w.sim.State().Refunds, n)
		w.proven()
	})
}

// Whatever the gateway answers when an invoice is read, the payment stays as it is
// until one reading succeeds; then it is paid once.
func TestRead_Trouble(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		for i, kind := range []string{"timeout", "500", "429", "html", "html200", "truncated", "drip"} {
			p := w.open(50_000)
			require.NoError(t, w.sim.Pay(p.Reference, "DANA", 0))
			body := fmt.Sprintf(`{"id":%q,"external_id":%q,"status":"PAID","currency":"IDR","amount":50000,"paid_amount":50000,"payment_channel":"DANA"}`, p.GatewayID, p.Reference)
			require.NoError(t, w.svc.ReceiveCallback(w.ctx, payment.CallbackInvoice, token, []byte(body)))
			row := w.stored("new")
			require.Len(t, row, 1)
			w.fault("get_invoice", kind, false, 1)
			require.Error(t, w.svc.HandleCallback(w.ctx, row[0].ID), kind)
			require.Equal(t, payment.Open, w.payment(p.ID).State, kind)
			require.Len(t, w.told.heard(), i, kind)
			w.handle() // the job comes again
			require.Equal(t, payment.Paid, w.payment(p.ID).State, kind)
			require.Len(t, w.told.heard(), i+1, kind)
		}
		require.Empty(t, w.stored("new", "held"))
		w.proven()
	})
}
