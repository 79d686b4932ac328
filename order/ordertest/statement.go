package ordertest

import (
	"context"

	"github.com/lapak-berdaya/lapak/payment"
)

// Statement is everything that moved, on one page.
func (t *Till) Statement(context.Context, payment.StatementQuery) (payment.StatementPage, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var page payment.StatementPage
	for _, inv := range t.invoices {
		if inv.Status != payment.InvoicePaid && inv.Status != payment.InvoiceSettled {
			continue
		}
		settled := inv.Status == payment.InvoiceSettled
		page.Lines = append(page.Lines, payment.StatementLine{
			ID: "txn-" + inv.ID, Kind: payment.LinePayment, Status: "SUCCESS", In: true, ProductID: inv.GatewayPaymentID, Reference: inv.Reference,
			Channel: inv.Channel, Currency: "IDR", Amount: inv.PaidAmount, Cost: Fee, Known: settled, Settled: settled, Created: inv.PaidAt, Updated: inv.PaidAt,
		})
	}
	return page, nil
}
