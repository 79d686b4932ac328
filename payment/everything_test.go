package payment_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/payment"
)

// drawer is a gateway in memory whose invoices are all paid; callbacks it reads
// as the real adapter does.
type drawer struct {
	payment.Gateway
	mu       sync.Mutex
	invoices map[string]payment.Invoice
	readings atomic.Int64
}

func (d *drawer) CreateInvoice(_ context.Context, r payment.InvoiceRequest) (payment.Invoice, error) {
	inv := payment.Invoice{ID: "inv-" + r.Reference, Reference: r.Reference, Status: payment.InvoicePending, Amount: r.Amount, Currency: "IDR",
		URL: "https://drawer.example/" + r.Reference, ExpiresAt: time.Now().Add(r.Duration)}
	d.mu.Lock()
	defer d.mu.Unlock()
	paid := inv
	now := time.Now().UTC()
	paid.Status, paid.PaidAmount, paid.PaidAt, paid.Channel, paid.Method = payment.InvoicePaid, r.Amount, now, "DANA", "EWALLET"
	paid.GatewayPaymentID = "pay-" + r.Reference
	d.invoices[inv.ID] = paid
	return inv, nil
}

func (d *drawer) Invoice(_ context.Context, gatewayID string) (payment.Invoice, error) {
	d.readings.Add(1)
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.invoices[gatewayID], nil
}

func (d *drawer) FindInvoices(_ context.Context, reference string) ([]payment.Invoice, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if inv, found := d.invoices["inv-"+reference]; found {
		return []payment.Invoice{inv}, nil
	}
	return nil, nil
}

// A thousand times callback, browser and poller at the same moment: a thousand
// captures, each told once, and nothing is given back (peer incident 8).
func TestAThousandLearntFromAllSidesAtOnce(t *testing.T) {
	t.Parallel()
	const payments = 1000
	w := newWorld(t, dbtest.PostgresDB(t), nil)
	till := &drawer{Gateway: w.gateway, invoices: map[string]payment.Invoice{}}
	w.svc = w.service(till)
	var made []payment.Payment
	require.NoError(t, database.InTx(w.ctx, w.db, func(tx *gorm.DB) error {
		now, err := clock.Now(w.ctx, tx)
		if err != nil {
			return err
		}
		made = nil
		for range payments {
			p, err := w.svc.StartTx(w.ctx, tx, payment.New{Purpose: payment.Purpose{Kind: "purchase", ID: purchases.Add(1)}, Amount: 50_000,
				ExpiresAt: now.Add(24 * time.Hour), PayerName: "Rina", Description: "Belanja", ReturnURL: "http://lapak.test/pembayaran/x"})
			if err != nil {
				return err
			}
			made = append(made, p)
		}
		return nil
	}))
	var wg sync.WaitGroup
	hands := func(n int, do func(p payment.Payment) error) {
		next := make(chan payment.Payment)
		for range n {
			wg.Go(func() {
				for p := range next {
					if err := do(p); err != nil {
						t.Errorf("payment %d: %v", p.ID, err)
					}
				}
			})
		}
		wg.Go(func() {
			defer close(next)
			for _, p := range made {
				next <- p
			}
		})
	}
	hands(8, func(p payment.Payment) error {
		_, err := w.svc.Open(w.ctx, p.ID)
		return err
	})
	wg.Wait()
	require.False(t, t.Failed())
	w.db.Clock().Advance(5 * time.Minute) // the pollers' turn, and longer than a page believes its record

	// Each side goes through all of them as fast as it can, in the same order.
	hands(4, func(p payment.Payment) error {
		body, err := json.Marshal(map[string]any{"id": "inv-" + p.Reference, "external_id": p.Reference, "status": "PAID", "currency": "IDR",
			"amount": 50_000, "paid_amount": 50_000, "payment_method": "EWALLET", "payment_channel": "DANA", "payment_id": "pay-" + p.Reference})
		if err != nil {
			return err
		}
		if err := w.svc.ReceiveCallback(w.ctx, payment.CallbackInvoice, token, body); err != nil {
			return err
		}
		var stored int64
		if err := w.db.Read(w.ctx).Raw("SELECT id FROM callbacks WHERE reference = ?", p.Reference).Scan(&stored).Error; err != nil {
			return err
		}
		return w.svc.HandleCallback(w.ctx, stored)
	})
	hands(4, func(p payment.Payment) error {
		now, err := w.svc.Refresh(w.ctx, p.ID)
		if err == nil && now.State != payment.Open && now.State != payment.Paid {
			err = fmt.Errorf("the buyer sees %s", now.State)
		}
		return err
	})
	for range 2 {
		wg.Go(func() {
			for range payments/60 + 1 { // a round looks at 60
				if err := w.svc.Reconcile(w.ctx); err != nil {
					t.Errorf("poll: %v", err)
				}
			}
		})
	}
	wg.Wait()
	require.False(t, t.Failed())
	require.Empty(t, w.stored("new", "held", "unmatched"))
	told := map[string]int{}
	for _, event := range w.told.heard() {
		told[event]++
	}
	require.Equal(t, map[string]int{"paid": payments}, told)
	var states []string
	require.NoError(t, w.db.Read(w.ctx).Raw("SELECT DISTINCT state || ' ' || paid_amount || ' ' || problem FROM payments").Scan(&states).Error)
	require.Equal(t, []string{"paid 50000 "}, states)
	var refunds int64
	require.NoError(t, w.db.Read(w.ctx).Raw("SELECT count(*) FROM refunds").Scan(&refunds).Error)
	require.Zero(t, refunds)
	t.Logf("%d readings of %d payments", till.readings.Load(), payments)
	require.Greater(t, till.readings.Load(), int64(payments), "the sides never met")
	w.proven()
}
