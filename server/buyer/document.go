package buyer

import (
	"strings"

	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/document"
	"github.com/lapak-berdaya/lapak/server/web"
)

// confirmation is what the buyer ordered; of a paid order to collect it carries the
// code that the shop scans. The shop's own papers never do.
func (a area) confirmation(c *web.Ctx) error {
	o, err := a.Orders.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	p := a.orderPaper(c, o, c.T("document.confirmation"))
	if p.State = chip(c, o.State).Label; o.State == order.ToDo && !o.Paid() {
		p.State = c.T("buyerpage.state.begun")
	}
	p.Facts = append(p.Facts, document.Fact{Label: c.T("document.pay_by"), Value: c.T(o.PayBy.LabelKey())},
		document.Fact{Label: c.T("document.way"), Value: wayOf(c, o)}, document.Fact{Label: c.T("document.ready"), Value: readyOn(c, o)})
	if !o.Pickup() {
		p.Facts = append(p.Facts, document.Fact{Label: c.T("document.to"), Value: destination(o.Recipient)})
	}
	if o.PickupCode != "" {
		p.Code, p.CodeWords, p.CodeLabel = pickupWords(o), o.PickupCode, c.T("document.code")
		times, err := a.pickupTimes(c, o)
		if err != nil {
			return err
		}
		p.Facts = append(p.Facts, document.Fact{Label: c.T("document.place"), Value: o.PickupAddress.Place()}, document.Fact{Label: c.T("document.hours"), Value: times})
	}
	p.Facts = append(p.Facts, document.Fact{Label: c.T("document.note"), Value: o.Note})
	p.Sums = sums(c, o)
	p.Notes = append(p.Notes, a.whoHas(c, o))
	return document.Send(c.Response(), c.Request().Method, "konfirmasi-"+o.Number, p)
}

// pickupWords is what the code of a paper to collect says: number and code, as the
// shop types them.
func pickupWords(o order.Order) string { return o.Number + " " + o.PickupCode }

// receipt says who received the money and when: the operator that holds it, or the
// shop. There is none before the money came, however it is paid.
func (a area) receipt(c *web.Ctx) error {
	o, err := a.Orders.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	if !o.Paid() {
		return fault.NotFound("receipt of an unpaid order")
	}
	p := a.orderPaper(c, o, c.T("document.receipt"))
	p.Number = c.T("document.receipt_number", "number", o.Number)
	p.Facts = []document.Fact{
		{Label: c.T("document.received_from"), Value: o.Buyer.Name}, {Label: c.T("document.received_by"), Value: a.receiver(c, o)},
		{Label: c.T("document.paid_at"), Value: c.DateTime(o.PaidAt, o.RegencyCode)}, {Label: c.T("document.pay_by"), Value: c.T(o.PayBy.LabelKey())},
		{Label: c.T("document.shop"), Value: o.ShopName}, {Label: c.T("document.ordered"), Value: c.DateTime(o.CreatedAt, o.RegencyCode)},
	}
	received := o.Received()
	p.Sums = sums(c, o)
	p.Words = c.T("document.words", "words", received.Words())
	p.Notes = append(p.Notes, a.whoHas(c, o))
	p.Boxed = duty(c, received)
	return document.Send(c.Response(), c.Request().Method, "kuitansi-"+o.Number, p)
}

// invoice is one payment with all its orders.
func (a area) invoice(c *web.Ctx) error {
	purchase, err := a.Checkout.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	number := purchase.InvoiceNumber()
	p := a.paper(c, c.T("document.invoice"), number)
	p.State = c.T(invoiceState(purchase))
	p.Facts = []document.Fact{{Label: c.T("document.buyer"), Value: purchase.Buyer.Name}, {Label: c.T("document.ordered"), Value: c.DateTime(purchase.CreatedAt, "")}}
	if purchase.State == checkout.Awaiting && purchase.Online > 0 {
		p.Facts = append(p.Facts, document.Fact{Label: c.T("document.pay_until"), Value: c.DateTime(purchase.PayUntil, "")})
	}
	var goods, fees, refunded money.Rupiah // parts of sums that were refused to overflow
	for _, o := range purchase.Orders {
		p.Lines = append(p.Lines, document.Line{Title: o.ShopName + " · " + o.Number})
		p.Lines = append(p.Lines, lines(c, o)...)
		goods, fees, refunded = goods+o.Goods, fees+o.Delivery.Fee, refunded+o.Refunded
	}
	total := goods + fees
	p.Sums = []document.Sum{{Label: c.T("document.sum.goods"), Value: goods.String()}, {Label: c.T("document.sum.delivery"), Value: fees.String()}}
	if refunded > 0 {
		p.Sums = append(p.Sums, document.Sum{Label: c.T("document.sum.ordered"), Value: total.String()},
			document.Sum{Label: c.T("document.sum.less"), Value: (-refunded).String()})
	}
	p.Sums = append(p.Sums, document.Sum{Label: c.T("document.sum.total"), Value: (total - refunded).String(), Strong: true})
	p.Words = c.T("document.words", "words", (total - refunded).Words())
	if purchase.Online > 0 {
		p.Notes = append(p.Notes, c.T("document.to_operator", "amount", purchase.Online, "operator", a.Operator(c.Context()).Name))
	}
	if rest := purchase.Total - purchase.Online; rest > 0 {
		p.Notes = append(p.Notes, c.T("document.to_shops", "amount", rest))
	}
	p.Boxed = duty(c, total-refunded)
	return document.Send(c.Response(), c.Request().Method, strings.ReplaceAll(number, "/", "-"), p)
}

// invoiceState is the key of what became of a payment. A cash part alone is never
// called paid here: its orders' receipts say when its money came.
func invoiceState(p checkout.Purchase) string {
	switch {
	case p.State == checkout.Paid && p.Online < p.Total:
		return "document.state.online_paid"
	case p.State == checkout.Paid:
		return "document.state.paid"
	case p.State == checkout.Lapsed:
		return "document.state.lapsed"
	case p.State == checkout.Checking:
		return "document.state.checking"
	case p.State == checkout.NotOurs:
		return "document.state.to_shops"
	}
	return "document.state.unpaid"
}

// receiver is who took the money of an order, with the operator's address.
func (a area) receiver(c *web.Ctx, o order.Order) string {
	if !o.PayBy.Held() {
		return o.ShopName
	}
	by := a.Operator(c.Context())
	if by.Address == "" {
		return by.Name
	}
	return by.Name + ", " + by.Address
}

// whoHas says in a sentence who has the money, or who will get it.
func (a area) whoHas(c *web.Ctx, o order.Order) string {
	key := "document.not_held"
	switch {
	case o.PayBy.Held() && o.Paid():
		key = "document.held"
	case o.PayBy.Held():
		key = "document.held_later"
	case o.Paid():
	case o.PayBy.Later():
		key = "document.cash_later"
	default:
		key = "document.direct_later"
	}
	return c.T(key, "operator", a.Operator(c.Context()).Name, "shop", o.ShopName, "amount", o.Remaining())
}

// paper is what every paper for a buyer has.
func (a area) paper(c *web.Ctx, title, number string) document.Paper {
	return document.Paper{Title: title, Number: number, Brand: c.T("document.brand"), Page: c.T("document.page"), Issuer: a.Operator(c.Context()),
		Head: document.Line{Title: c.T("document.goods"), Quantity: c.T("document.quantity"), Price: c.T("document.price"), Amount: c.T("document.amount")}}
}

// orderPaper is what every paper of one order has.
func (a area) orderPaper(c *web.Ctx, o order.Order, title string) document.Paper {
	p := a.paper(c, title, o.Number)
	p.Facts = []document.Fact{
		{Label: c.T("document.buyer"), Value: o.Buyer.Name}, {Label: c.T("document.shop"), Value: o.ShopName},
		{Label: c.T("document.ordered"), Value: c.DateTime(o.CreatedAt, o.RegencyCode)},
	}
	p.Lines = lines(c, o)
	return p
}

func lines(c *web.Ctx, o order.Order) (out []document.Line) {
	for _, l := range o.Lines {
		line := document.Line{Title: l.Title, Quantity: c.Number(l.Quantity), Price: l.UnitPrice.String(), Amount: l.Amount().String()}
		var notes []string
		if l.Unit != "" {
			notes = append(notes, l.Unit)
		}
		if l.Cancelled > 0 {
			notes = append(notes, c.T("document.cancelled", "quantity", c.Number(l.Cancelled)))
		}
		line.Note = strings.Join(notes, " · ")
		out = append(out, line)
	}
	return out
}

// sums are the amounts of one order: what was ordered, what was taken off before
// anything was paid, and what was paid and what of it came back. What counts is
// strong: what was received, or is to be paid.
func sums(c *web.Ctx, o order.Order) []document.Sum {
	out := []document.Sum{{Label: c.T("document.sum.goods"), Value: o.Goods.String()}}
	if !o.Pickup() {
		out = append(out, document.Sum{Label: c.T("document.sum.delivery"), Value: o.Delivery.Fee.String()})
	}
	off := o.Total - o.Received()
	if !o.Paid() {
		off = o.Refunded
	}
	if off > 0 {
		out = append(out, document.Sum{Label: c.T("document.sum.taken_off"), Value: (-off).String()})
	}
	if !o.Paid() {
		return append(out, document.Sum{Label: c.T("document.sum.to_pay"), Value: o.Remaining().String(), Strong: true})
	}
	out = append(out, document.Sum{Label: c.T("document.sum.received"), Value: o.Received().String(), Strong: true})
	if back := o.Refunded - off; back > 0 {
		out = append(out, document.Sum{Label: c.T("document.sum.refunded"), Value: (-back).String()},
			document.Sum{Label: c.T("document.sum.left"), Value: o.Remaining().String()})
	}
	return out
}

// duty is the note about the stamp, above the amount that needs one.
func duty(c *web.Ctx, amount money.Rupiah) string {
	if amount <= document.DutyAbove {
		return ""
	}
	return c.T("document.duty", "above", document.DutyAbove, "duty", document.Duty)
}

func wayOf(c *web.Ctx, o order.Order) string {
	if o.Delivery.Service != "" {
		return c.T("buyerpage.courier_service", "carrier", o.Delivery.Carrier, "service", o.Delivery.Service)
	}
	return c.T(o.Delivery.Method.LabelKey())
}

func readyOn(c *web.Ctx, o order.Order) string {
	if o.ReadyBy.IsZero() {
		return ""
	}
	return c.Date(o.ReadyBy.In(calendar.Zone(o.RegencyCode)))
}

func destination(r order.Recipient) string {
	out := r.Name
	for _, part := range []string{r.Street, r.Village, region.Place(r.DistrictCode), r.Postcode} {
		if part != "" {
			out += ", " + part
		}
	}
	return out
}
