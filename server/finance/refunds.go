package finance

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const refundsAt = "/keuangan/pengembalian"

// refundsOwed lists what buyers are owed back and has not gone. Its sum is the
// journal's; the links are the buyers' alone and stand nowhere here.
func (a area) refundsOwed(c *web.Ctx) error {
	if err := mayReadBooks(c); err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	totals, err := a.Books.Totals(c.Context(), now.Add(1))
	if err != nil {
		return err
	}
	owed, err := a.Payments.Owed(c.Context(), order.PurposeKind)
	if err != nil {
		return err
	}
	books := money.Rupiah(0)
	for _, t := range totals {
		if t.Kind == ledger.RefundDue {
			books -= t.Balance()
		}
	}
	v := pages.Refunds{Page: a.frame(c, text.T("financepage.refunds.title"))}
	v.Stats = []view.Stat{
		{Label: kindName(ledger.RefundDue), Value: books.String(), Note: text.T("financepage.refunds.books"), URL: asOf{}.with(accountAt, "jenis", string(ledger.RefundDue))},
		{Label: text.T("financepage.refunds.count"), Value: strconv.FormatInt(owed.Count, 10)},
	}
	if owed.Count > 0 {
		v.Stats = append(v.Stats, view.Stat{Label: text.T("financepage.refunds.oldest"), Value: since(owed.Oldest, now)})
	}
	if books != owed.Sum {
		v.Trouble = &view.Notice{Tone: view.Warn, Title: text.T("financepage.refunds.apart"), Text: text.T("financepage.refunds.apart_text", "list", owed.Sum, "books", books)}
	}
	if err := a.refundRows(c, now, &v); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.RefundsPage(v))
}

func (a area) refundRows(c *web.Ctx, now time.Time, v *pages.Refunds) error {
	v.Rows = view.Table{Caption: text.T("financepage.refunds.title"), Empty: text.T("financepage.tasks.refunds_none"),
		Columns: columns("financepage.col.order", "financepage.col.amount", "financepage.col.since", "financepage.col.way", "financepage.col.state")}
	after, _ := strconv.ParseInt(c.Query("sesudah"), 10, 64)
	list, err := a.Payments.OwedRefunds(c.Context(), order.PurposeKind, after, pageSize+1)
	if err != nil {
		return err
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		v.Pager.Next = fmt.Sprintf("%s?sesudah=%d", refundsAt, list[pageSize-1].ID)
	}
	if after > 0 {
		v.Pager.First = refundsAt
	}
	var orders, paid []int64
	for _, r := range list {
		orders, paid = append(orders, r.PurposeID), append(paid, r.PaymentID)
	}
	numbers, err := a.Orders.Numbers(c.Context(), orders)
	if err != nil {
		return err
	}
	channels, err := a.Payments.ChannelsOf(c.Context(), paid)
	if err != nil {
		return err
	}
	for _, r := range list {
		chip := view.Chip{Tone: view.Wait, Label: text.T("financepage.refund." + string(r.State))}
		way, note := text.T("financepage.refunds.by_channel", "channel", channels[r.PaymentID]), ""
		switch r.State {
		case payment.RefundAwaitingAccount:
			chip.Tone, way = view.Warn, text.T("financepage.refunds.by_link")
			if r.LinkSentAt != nil {
				note = text.T("financepage.refunds.sent", "time", stamp(*r.LinkSentAt))
			}
			if r.Reminded > 0 {
				note = text.T("financepage.refunds.reminded", "time", stamp(*r.LinkSentAt), "n", r.Reminded)
			}
		case payment.RefundPaying:
			way, note = text.T("financepage.refunds.by_link"), r.HolderHint
		}
		number := numbers[r.PurposeID]
		if number == "" {
			number = strconv.FormatInt(r.PurposeID, 10)
		}
		v.Rows.Rows = append(v.Rows.Rows, view.Row{Cells: []view.Cell{
			{Text: number, URL: asOf{}.with(accountAt, "jenis", string(ledger.RefundDue), "milik", strconv.FormatInt(r.PurposeID, 10))},
			{Text: r.Amount.String()}, {Text: since(r.CreatedAt, now)}, {Text: way, Note: note}, {Chip: &chip},
		}})
	}
	return nil
}
