package buyer

import (
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func (a area) showOrder(c *web.Ctx) error {
	o, err := a.Orders.ByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	shop, err := a.Shops.Shop(c.Context(), o.ShopID)
	if err != nil {
		return err
	}
	page := pages.OrderTracking{
		Page: frame("buyerpage.order.title", "number", o.Number), Number: o.Number, Shop: o.ShopName, ShopURL: "/toko/" + shop.Slug,
		State: chip(o.State), Headline: headline(o), Steps: steps(o),
		PickupCode: o.PickupCode, PickupPlace: o.PickupAddress.Place(), PickupHours: o.PickupAddress.Hint,
		Courier: o.Courier, TrackingNumber: o.TrackingNumber,
		Recipient: o.Recipient.Name, RecipientPhone: o.Recipient.Phone, Method: text.T(o.Delivery.Method.LabelKey()), Note: o.Note,
	}
	if o.PickupCode == "" {
		page.PickupPlace = ""
	}
	for _, l := range o.Lines {
		page.Lines = append(page.Lines, pages.CheckoutLine{Title: l.Title, Quantity: strconv.FormatInt(l.Quantity, 10), Subtotal: l.Amount()})
	}
	page.Bill = []view.Amount{
		{Label: text.T("buyerpage.bill.goods"), Value: o.Goods},
		{Label: text.T("buyerpage.bill.delivery", "shop", o.ShopName), Value: o.Delivery.Fee},
	}
	if o.Refunded > 0 {
		page.Bill = append(page.Bill, view.Amount{Label: text.T("buyerpage.bill.refunded"), Value: -o.Refunded})
		page.Notices = append(page.Notices, view.Notice{Tone: view.Info, Text: text.T("buyerpage.order.refunded", "amount", o.Refunded)})
	}
	page.Bill = append(page.Bill, view.Amount{Label: text.T("buyerpage.bill.total"), Value: o.Remaining(), Strong: true})
	if !o.Pickup() {
		page.Address = []string{o.Recipient.Street, o.Recipient.Village, region.Place(o.Recipient.DistrictCode), o.Recipient.Postcode}
	}
	if o.State == order.Dispatched || o.State == order.Delivered {
		page.ConfirmURL, page.FormKey = "/pesanan/"+c.Param("token")+"/terima", id.Token()
	}
	if page.RefundURL, err = a.refundURL(c, o); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.OrderTrackingPage(page))
}

// refundURL is the link where the buyer says where the money shall go, while a
// refund of this order waits for that.
func (a area) refundURL(c *web.Ctx, o order.Order) (string, error) {
	if o.Refunded == 0 {
		return "", nil
	}
	refunds, err := a.Payments.RefundsFor(c.Context(), payment.Purpose{Kind: order.PurposeKind, ID: o.ID})
	if err != nil {
		return "", err
	}
	for _, r := range refunds {
		if token, ok := a.Payments.RefundToken(r); ok {
			return "/pengembalian/" + token, nil
		}
	}
	return "", nil
}

func headline(o order.Order) string {
	args := []any{"date", calendar.Date(o.ReadyBy.In(calendar.Zone(o.RegencyCode)))}
	switch o.State {
	case order.ToDo, order.Making:
		return text.T("buyerpage.headline.making", args...)
	case order.Ready:
		if o.Pickup() {
			return text.T("buyerpage.headline.collect")
		}
	}
	return text.T("buyerpage.headline." + string(o.State))
}

// steps is the road of one order with what has happened on it.
func steps(o order.Order) []view.Step {
	road := []struct {
		state order.State
		at    time.Time
	}{
		{order.AwaitingPayment, o.PaidAt}, {order.Making, time.Time{}}, {order.Ready, time.Time{}},
		{order.Dispatched, o.DispatchedAt}, {order.Delivered, o.DeliveredAt}, {order.Completed, o.CompletedAt},
	}
	if o.Pickup() {
		road = append(road[:3], road[4:]...)
	}
	reached := map[order.State]time.Time{}
	for _, e := range o.Events {
		if _, seen := reached[e.To]; !seen {
			reached[e.To] = e.At
		}
	}
	var out []view.Step
	rank := func(s order.State) int {
		for i, r := range road {
			if r.state == s {
				return i
			}
		}
		return 0
	}
	now := rank(o.State)
	if o.State == order.ToDo {
		now = 1
	}
	ended := o.State == order.Lapsed || o.State == order.Cancelled
	for i, r := range road {
		step := view.Step{Label: text.T("buyerpage.step." + string(r.state)), State: view.Todo}
		at := r.at
		if at.IsZero() && r.state != order.AwaitingPayment {
			at = reached[r.state]
		}
		switch {
		case i < now, i == now && o.State == order.Completed:
			step.State = view.Done
		case i == now && !ended:
			step.State = view.Now
		}
		if ended && at.IsZero() {
			continue
		}
		if ended {
			step.State = view.Done
		}
		if !at.IsZero() {
			step.When = calendar.DateTime(at, o.RegencyCode)
		}
		out = append(out, step)
	}
	if ended {
		out = append(out, view.Step{Label: chip(o.State).Label, State: view.Fail})
	}
	return out
}

// confirmReceipt is "barang sudah saya terima"; pressed twice it happened once.
func (a area) confirmReceipt(c *web.Ctx) error {
	var in struct {
		FormKey string `form:"form_key"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	_, err := a.Orders.ConfirmByToken(c.Context(), c.Param("token"), in.FormKey)
	if err != nil && !fault.Is(err, fault.KindConflict) {
		return err
	}
	return c.SeeOther("/pesanan/" + c.Param("token"))
}

func (a area) showFind(c *web.Ctx) error {
	return c.Page(http.StatusOK, pages.OrderFindPage(pages.OrderFind{Page: frame("buyer.find.title"), Sent: c.Query("terkirim") != ""}))
}

// submitFind sends the link to the phone and mail of the order; it says the same
// whether there is such an order or not.
func (a area) submitFind(c *web.Ctx) error {
	var in struct {
		Number string `form:"nomor"`
		Phone  string `form:"hp"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	page := pages.OrderFind{Page: frame("buyer.find.title"), Number: in.Number, Phone: in.Phone}
	phone, ok := account.Phone(in.Phone)
	if !ok {
		page.Errors = append(page.Errors, view.FieldError{Field: "hp", Message: text.T("account.phone.invalid")})
	}
	if in.Number == "" {
		page.Errors = append(page.Errors, view.FieldError{Field: "nomor", Message: text.T("buyerpage.find.number")})
	}
	if page.Errors.Any() {
		return c.Page(http.StatusUnprocessableEntity, pages.OrderFindPage(page))
	}
	if err := a.Limits.Allow(c.Context(), account.Limit{Name: "find-order", Who: c.IP(), Most: findsPerHour, Window: hour},
		account.Limit{Name: "find-order-phone", Who: phone, Most: findsPerHour, Window: hour}); err != nil {
		return err
	}
	if err := a.Orders.SendLink(c.Context(), in.Number, phone); err != nil {
		return err
	}
	return c.SeeOther("/pesanan?terkirim=1")
}
