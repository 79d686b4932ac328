package payment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/payment"
)

// Who started a payment opens its invoice at once. A second send of the same form
// reads the payment with the same lease in it, and must not ask the gateway too:
// the first may be asking, or may have died after it was answered.
func TestOpenStarted_IsTheFirstSendersAlone(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, quiet)
		begin := func() payment.Payment {
			started, err := w.tryStart(payment.New{Purpose: payment.Purpose{Kind: "purchase", ID: purchases.Add(1)}, Amount: 50_000, Opening: true})
			require.NoError(t, err)
			return started
		}
		made := func(reference string) (n int) {
			for _, inv := range w.sim.State().Invoices {
				if inv.ExternalID == reference {
					n++
				}
			}
			return n
		}

		started := begin()
		again, err := w.svc.OpenStarted(w.ctx, w.payment(started.ID))
		require.NoError(t, err)
		require.Equal(t, payment.Created, again.State, "the first has the right to call")
		require.Zero(t, made(started.Reference))
		opened, err := w.svc.OpenStarted(w.ctx, started)
		require.NoError(t, err)
		require.Equal(t, payment.Open, opened.State)
		require.Equal(t, 1, made(started.Reference))
		again, err = w.svc.OpenStarted(w.ctx, w.payment(started.ID))
		require.NoError(t, err)
		require.Equal(t, opened.InvoiceURL, again.InvoiceURL)
		require.Equal(t, 1, made(started.Reference))

		// The first died with the answer in its hand; the form is sent again.
		started = begin()
		_, err = w.gateway.CreateInvoice(w.ctx, payment.InvoiceRequest{Reference: started.Reference, Amount: started.Amount, Duration: 24 * time.Hour})
		require.NoError(t, err)
		again, err = w.svc.OpenStarted(w.ctx, w.payment(started.ID))
		require.NoError(t, err)
		require.Equal(t, payment.Created, again.State)
		w.advance(31 * time.Second)
		again, err = w.svc.OpenStarted(w.ctx, w.payment(started.ID))
		require.NoError(t, err)
		require.Equal(t, payment.Open, again.State)
		require.Equal(t, 1, made(started.Reference), "found by its reference")
	})
}
