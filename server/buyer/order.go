package buyer

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/region"
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
	return a.drawOrder(c, http.StatusOK, o, nil)
}

// drawOrder shows an order, with what went wrong just now.
func (a area) drawOrder(c *web.Ctx, status int, o order.Order, problem *view.Notice) error {
	shop, err := a.Shops.Shop(c.Context(), o.ShopID)
	if err != nil {
		return err
	}
	page := pages.OrderTracking{
		Page: c.Own(c.T("buyerpage.order.title", "number", o.Number)), Number: o.Number, Shop: o.ShopName, ShopURL: "/toko/" + shop.Slug,
		State: orderChip(c, o), Headline: headline(c, o), Steps: steps(c, o),
		PickupCode: o.PickupCode, PickupPlace: o.PickupAddress.Place(), PickupHours: o.PickupAddress.Hint,
		Courier: o.Courier, TrackingNumber: o.TrackingNumber,
		Recipient: o.Recipient.Name, RecipientPhone: web.Phone(o.Recipient.Phone), Method: c.T(o.Delivery.Method.LabelKey()), Note: o.Note,
	}
	if problem != nil {
		page.Notices = append(page.Notices, *problem)
	}
	if o.PickupCode == "" {
		page.PickupPlace = ""
	}
	if page.PickupPlace != "" {
		times, err := a.pickupTimes(c, o)
		if err != nil {
			return err
		}
		page.PickupHours = strings.TrimSpace(times + " " + page.PickupHours)
	}
	for _, l := range o.Lines {
		page.Lines = append(page.Lines, pages.CheckoutLine{Title: l.Title, Quantity: strconv.FormatInt(l.Quantity, 10), Subtotal: l.Amount(), ReadyBy: linePromise(c, o, l)})
	}
	page.Bill = []view.Amount{
		{Label: c.T("buyerpage.bill.goods"), Value: o.Goods},
		{Label: c.T("buyerpage.bill.delivery", "shop", o.ShopName), Value: o.Delivery.Fee},
	}
	if o.Refunded > 0 {
		key, label := "buyerpage.order.refunded", "buyerpage.bill.refunded"
		switch {
		case !o.Paid():
			key, label = "buyerpage.order.taken_off", "buyerpage.bill.taken_off"
		case !o.PayBy.Held():
			key = "buyerpage.order.shop_returns"
		}
		page.Bill = append(page.Bill, view.Amount{Label: c.T(label), Value: -o.Refunded})
		page.Notices = append(page.Notices, view.Notice{Tone: view.Info, Text: c.T(key, "amount", o.Refunded)})
	}
	page.Bill = append(page.Bill, view.Amount{Label: c.T("buyerpage.bill.total"), Value: o.Remaining(), Strong: true})
	if !o.Pickup() {
		page.Address = []string{o.Recipient.Street, o.Recipient.Village, region.Place(o.Recipient.DistrictCode), o.Recipient.Postcode}
	}
	if slices.Contains(order.BuyerMoves(o), order.Deliver) || o.State == order.Delivered {
		page.ConfirmURL, page.FormKey = "/pesanan/"+c.Param("token")+"/terima", id.Token()
		page.ConfirmText = c.T("buyer.order.confirm_text")
		if !o.PayBy.Held() { // the shop has its money
			page.ConfirmText = c.T("buyer.order.confirm_paid")
		}
	}
	page.Papers = []view.Link{{Label: c.T("document.open.confirmation"), URL: "/pesanan/" + c.Param("token") + "/konfirmasi.pdf"}}
	if o.Paid() {
		page.Papers = append(page.Papers, view.Link{Label: c.T("document.open.receipt"), URL: "/pesanan/" + c.Param("token") + "/kuitansi.pdf"})
	}
	if page.RefundURL, err = a.refundURL(c, o); err != nil {
		return err
	}
	if page.Reviews, err = a.reviewLinks(c, o); err != nil {
		return err
	}
	if page.Direct, err = a.direct(c, o); err != nil {
		return err
	}
	if err := a.exits(c, o, &page); err != nil {
		return err
	}
	return c.Page(status, pages.OrderTrackingPage(page))
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

func headline(c *web.Ctx, o order.Order) string {
	args := []any{"date", c.Date(o.ReadyBy.In(calendar.Zone(o.RegencyCode)))}
	switch o.State {
	case order.ToDo, order.Making:
		return c.T("buyerpage.headline.making", args...)
	case order.Ready:
		if o.Pickup() {
			return c.T("buyerpage.headline.collect")
		}
	case order.Delivered:
		if o.Pickup() {
			return c.T("buyerpage.headline.collected")
		}
	}
	return c.T("buyerpage.headline." + string(o.State))
}

// steps is the road of one order with what has happened on it.
func steps(c *web.Ctx, o order.Order) []view.Step {
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
	first := "buyerpage.step.awaiting_payment"
	if o.PayBy.Later() {
		first, road[0].at = "buyerpage.step.ordered", o.CreatedAt
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
	// Off the straight road: what was reached, then where it stands.
	ended := !slices.ContainsFunc(road, func(r struct {
		state order.State
		at    time.Time
	}) bool {
		return r.state == o.State
	}) && o.State != order.ToDo
	for i, r := range road {
		step := view.Step{Label: c.T("buyerpage.step." + string(r.state)), State: view.Todo}
		switch {
		case i == 0:
			step.Label = c.T(first)
		case r.state == order.Delivered && o.Pickup():
			step.Label = c.T("buyerpage.step.collected")
		}
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
			step.When = c.DateTime(at, o.RegencyCode)
		}
		out = append(out, step)
	}
	if ended {
		last := view.Step{Label: chip(c, o.State).Label, When: c.DateTime(o.StateAt, o.RegencyCode), State: view.Now}
		switch o.State {
		case order.Lapsed, order.Cancelled:
			last.State = view.Fail
		case order.Resolved:
			last.State = view.Done
		}
		out = append(out, last)
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
	return c.Page(http.StatusOK, pages.OrderFindPage(pages.OrderFind{Page: c.Own(c.T("buyer.find.title")), Sent: c.Query("terkirim") != ""}))
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
	page := pages.OrderFind{Page: c.Own(c.T("buyer.find.title")), Number: in.Number, Phone: in.Phone}
	phone, ok := account.Phone(in.Phone)
	if !ok {
		page.Errors = append(page.Errors, view.FieldError{Field: "hp", Message: c.T("account.phone.invalid")})
	}
	if in.Number == "" {
		page.Errors = append(page.Errors, view.FieldError{Field: "nomor", Message: c.T("buyerpage.find.number")})
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
