package maker

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func orderURL(orderID int64) string { return fmt.Sprintf("/toko-saya/pesanan/%d", orderID) }

// stage is one tab of the orders.
type stage struct {
	name   string
	states []order.State
}

// stages are the tabs in the order of the work.
var stages = []stage{
	{"baru", []order.State{order.ToDo}},
	{"dibuat", []order.State{order.Making}},
	{"siap", []order.State{order.Ready}},
	{"jalan", []order.State{order.Dispatched, order.Delivered}},
	{"selesai", []order.State{order.Completed, order.Cancelled}},
}

func stageOf(s order.State) string {
	for _, t := range stages {
		if slices.Contains(t.states, s) {
			return t.name
		}
	}
	return ""
}

func (a area) orders(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "pesanan", text.T("ui.maker.orders"))
		if err != nil {
			return err
		}
		counts, err := a.Orders.Counts(c.Context(), shop.ID)
		if err != nil {
			return err
		}
		now := chosenStage(c.Query("tahap"), counts)
		found, err := a.Orders.ForShop(c.Context(), c.Actor, order.Shop{ID: shop.ID, RegencyCode: shop.RegencyCode},
			order.Filter{States: now.states, Cursor: c.Query("lanjut")})
		if err != nil {
			return err
		}
		here := "/toko-saya/pesanan?tahap=" + now.name
		v := pages.Orders{Page: page, Empty: text.T("maker.orders.empty_" + now.name)}
		for _, t := range stages {
			link := view.Link{Label: text.T("maker.stage." + t.name), URL: "/toko-saya/pesanan?tahap=" + t.name, Current: t.name == now.name}
			if t.name != "selesai" {
				for _, s := range t.states {
					link.Count += int(counts[s])
				}
			}
			v.Tabs = append(v.Tabs, link)
		}
		for _, o := range found.Orders {
			v.Items = append(v.Items, orderItem(o))
		}
		if found.Next != "" {
			v.Pager.Next = here + "&lanjut=" + found.Next
		}
		if c.Query("lanjut") != "" {
			v.Pager.First = here
		}
		return c.Page(http.StatusOK, pages.OrdersPage(v))
	})
}

// chosenStage is the tab asked for, or the first in which something waits.
func chosenStage(name string, counts map[order.State]int64) stage {
	for _, t := range stages {
		if t.name == name {
			return t
		}
	}
	for _, t := range stages[:3] {
		if counts[t.states[0]] > 0 {
			return t
		}
	}
	return stages[0]
}

func orderItem(o order.Order) pages.OrderItem {
	item := pages.OrderItem{
		URL: orderURL(o.ID), Number: o.Number, Total: o.Remaining(), Chip: orderChip(o.State), Lines: lineWords(o), When: whenReady(o),
	}
	if o.State == order.ToDo && o.SeenAt.IsZero() {
		item.OpenURL = item.URL + "/buka"
		item.Chip = view.Chip{Tone: view.Info, Label: text.T("maker.orders.unseen")}
	}
	return item
}

// lineWords is what to make, in one line.
func lineWords(o order.Order) string {
	var parts []string
	for _, l := range o.Lines {
		if n := l.Left(); n > 0 {
			parts = append(parts, text.T("maker.orders.line", "quantity", pieces(n), "name", l.Title))
		}
	}
	if len(parts) == 0 {
		return text.T("maker.orders.nothing_left")
	}
	return strings.Join(parts, ", ")
}

func orderChip(s order.State) view.Chip {
	tone := view.Neutral
	switch s {
	case order.ToDo, order.Making, order.Ready:
		tone = view.Wait
	case order.Dispatched:
		tone = view.Info
	case order.Delivered, order.Completed:
		tone = view.Good
	case order.Cancelled, order.Lapsed:
		tone = view.Bad
	}
	return view.Chip{Tone: tone, Label: order.StateName(s)}
}

// whenReady is the promise while there is work, then when it ended.
func whenReady(o order.Order) string {
	zone := calendar.Zone(o.RegencyCode)
	day := func(t time.Time) string { return calendar.Date(t.In(zone)) }
	switch {
	case o.State == order.Completed:
		return text.T("maker.orders.completed", "date", day(o.CompletedAt))
	case !o.DeliveredAt.IsZero():
		return text.T("maker.orders.delivered", "date", day(o.DeliveredAt))
	case !o.DispatchedAt.IsZero():
		return text.T("maker.orders.dispatched", "date", day(o.DispatchedAt))
	case o.State == order.Cancelled || o.ReadyBy.IsZero():
		return text.T("maker.orders.ordered", "date", day(o.CreatedAt))
	}
	return text.T("maker.orders.ready_by", "date", day(o.ReadyBy))
}

// myOrder returns the order of the address with its shop, to those who work in
// the shop. Staff who only oversee it have their own pages.
func (a area) myOrder(c *web.Ctx) (order.Order, catalog.Shop, error) {
	orderID, err := c.ID("id")
	if err != nil {
		return order.Order{}, catalog.Shop{}, err
	}
	o, err := a.Orders.One(c.Context(), c.Actor, orderID)
	if err != nil {
		return o, catalog.Shop{}, err
	}
	shop, err := a.own(c, o.ShopID)
	if err == nil && !o.Paid() {
		err = fault.NotFound("unpaid order")
	}
	return o, shop, err
}

func (a area) order(c *web.Ctx) error {
	o, shop, err := a.myOrder(c)
	if err != nil {
		return err
	}
	page, err := a.frame(c, shop, "pesanan", text.T("maker.order.number", "number", o.Number))
	if err != nil {
		return err
	}
	v := pages.Order{
		Page: page, Number: o.Number, Chip: orderChip(o.State), Headline: text.T("maker.order.do_" + string(o.State)), Text: whenReady(o),
		Method: text.T(o.Delivery.Method.LabelKey()), Note: o.Note, Bill: orderBill(o), Steps: orderSteps(o),
		Moves: a.orderMoves(c, o), ContactHidden: o.ContactHidden, Recipient: o.Recipient.Name,
	}
	if o.State == order.ToDo && o.SeenAt.IsZero() {
		v.OpenURL = orderURL(o.ID) + "/buka"
	}
	if phone := o.Recipient.Phone; phone != "" {
		v.Phone, v.Call, v.WhatsApp = readable(phone), "tel:"+phone, whatsApp(phone)
	}
	if !o.Pickup() && !o.ContactHidden {
		r := o.Recipient
		for _, line := range []string{r.Street, r.Village, region.Place(r.DistrictCode), r.Postcode} {
			if line != "" {
				v.Address = append(v.Address, line)
			}
		}
	}
	if o.TrackingNumber != "" {
		v.Tracking = []view.Fact{
			{Label: text.T("maker.order.courier"), Value: o.Courier}, {Label: text.T("maker.order.tracking"), Value: o.TrackingNumber},
		}
	}
	if v.Lines, err = a.orderLines(c, o); err != nil {
		return err
	}
	return c.Page(http.StatusOK, pages.OrderPage(v))
}

func (a area) orderLines(c *web.Ctx, o order.Order) ([]pages.OrderLine, error) {
	shown, err := a.linePictures(c, o)
	if err != nil {
		return nil, err
	}
	var lines []pages.OrderLine
	for _, l := range o.Lines {
		line := pages.OrderLine{Title: l.Title, Unit: l.Unit, Quantity: l.Left(), Picture: shown[l.PictureID], Amount: l.Amount()}
		if l.Cancelled > 0 {
			line.Note = text.T("maker.order.cancelled", "quantity", pieces(l.Cancelled))
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func (a area) linePictures(c *web.Ctx, o order.Order) (map[int64]view.Picture, error) {
	alts := map[int64]string{}
	for _, l := range o.Lines {
		alts[l.PictureID] = l.Title
	}
	return a.pictures(c.Context(), alts)
}

func orderBill(o order.Order) []view.Amount {
	bill := []view.Amount{
		{Label: text.T("maker.order.goods"), Value: o.Goods},
		{Label: text.T("maker.order.delivery"), Value: o.Delivery.Fee},
	}
	if o.Refunded > 0 {
		bill = append(bill, view.Amount{Label: text.T("maker.order.refunded"), Value: -o.Refunded})
	}
	return append(bill, view.Amount{Label: text.T("maker.order.total"), Value: o.Remaining(), Strong: true})
}

// orderSteps is the order's history, newest last.
func orderSteps(o order.Order) []view.Step {
	var steps []view.Step
	for _, e := range o.Events {
		s := view.Step{
			Label: text.T("order.event."+string(e.Move), "amount", e.Amount), When: calendar.DateTime(e.At, o.RegencyCode), Note: e.Reason, State: view.Done,
		}
		if e.To == order.Cancelled || e.To == order.Lapsed {
			s.State = view.Fail
		}
		if e.Who == order.Companion || e.Who == order.Staff {
			s.When += ", " + text.T("maker.order.by_"+string(e.Who))
		}
		steps = append(steps, s)
	}
	return steps
}

// orderMoves are the buttons, the next step of the work first and large.
func (a area) orderMoves(c *web.Ctx, o order.Order) []pages.OrderMove {
	at := orderURL(o.ID)
	var moves []pages.OrderMove
	refuse := false
	for _, name := range a.Orders.MovesFor(c.Actor, o) {
		m := pages.OrderMove{Label: text.T("maker.move." + string(name))}
		switch name {
		case order.Start:
			m.Icon, m.URL, m.Post = "check", at+"/mulai", true
		case order.Finish:
			m.Icon, m.URL, m.Post = "box", at+"/siap", true
		case order.Dispatch:
			m.Icon, m.URL = "truck", at+"/kirim"
		case order.HandOver:
			m.Icon, m.URL = "key", at+"/serahkan"
		case order.Refuse, order.RefusePart:
			refuse = true
			continue
		default:
			continue // the buyer's and the timers' moves
		}
		if m.Post {
			m.Hidden = []view.Hidden{{Name: "form_key", Value: id.Token()}, {Name: "seen", Value: fmt.Sprint(o.Version)}}
		}
		moves = append(moves, m)
	}
	if refuse {
		moves = append(moves, pages.OrderMove{Label: text.T("maker.move.refuse"), Icon: "warning", URL: at + "/tidak-sanggup", Kind: "quiet"})
	}
	return moves
}

// openOrder notes that the shop's side has seen the order, which ends the
// reminder, and opens it.
func (a area) openOrder(c *web.Ctx) error {
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	if err := a.Orders.MarkSeen(c.Context(), c.Actor, o.ID); err != nil {
		return err
	}
	return c.SeeOther(orderURL(o.ID))
}

// moveForm is what every form of an order carries.
type moveForm struct {
	FormKey string `form:"form_key"`
	Seen    int64  `form:"seen"`
}

// move makes a move that asks nothing.
func (a area) move(name order.Transition, done string) web.Handler {
	return func(c *web.Ctx) error {
		var in moveForm
		if err := c.Decode(&in); err != nil {
			return err
		}
		o, _, err := a.myOrder(c)
		if err != nil {
			return err
		}
		_, err = a.Orders.Move(c.Context(), c.Actor, o.ID, name, order.MoveInput{FormKey: in.FormKey, Seen: in.Seen})
		return a.moved(c, o.ID, err, done)
	}
}

// moved goes back to the order. A move that came too late is told there, beside
// what the order is now.
func (a area) moved(c *web.Ctx, orderID int64, err error, done string, args ...any) error {
	switch {
	case fault.Is(err, fault.KindConflict):
		f := fault.As(err)
		c.Flash(view.Warn, f.Key, f.Args...)
	case err != nil:
		return err
	default:
		c.Flash(view.Good, done, args...)
	}
	return c.SeeOther(orderURL(orderID))
}
