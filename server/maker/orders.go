package maker

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
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
	{"jalan", []order.State{order.Dispatched, order.Delivered, order.Returning}},
	{"masalah", []order.State{order.AwaitingPayment, order.Disputed, order.Returned, order.NotCollected}},
	{"selesai", []order.State{order.Completed, order.Resolved, order.Cancelled, order.Lapsed}},
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
		if now.name == "baru" && len(found.Orders) > 0 {
			v.Print = "/toko-saya/pesanan/baru.pdf"
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
	if o.Source.Outside() {
		item.When += " · " + text.T("maker.order.from", "source", text.T(o.Source.LabelKey()))
		if o.Kind().Outside && o.State == order.Delivered {
			item.Chip = view.Chip{Tone: view.Wait, Label: text.T("maker.orders.owed")}
		}
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
	case order.ToDo, order.Making, order.Ready, order.AwaitingPayment, order.Returned, order.NotCollected:
		tone = view.Wait
	case order.Dispatched:
		tone = view.Info
	case order.Delivered, order.Completed, order.Resolved:
		tone = view.Good
	case order.Cancelled, order.Lapsed, order.Disputed:
		tone = view.Bad
	}
	return view.Chip{Tone: tone, Label: order.StateName(s)}
}

// whenReady is the promise while there is work, then when it ended.
func whenReady(o order.Order) string {
	zone := calendar.Zone(o.RegencyCode)
	day := func(t time.Time) string { return calendar.Date(t.In(zone)) }
	working := o.State == order.Making || o.State == order.Ready // also again, after it was there before
	switch {
	case working && !o.ReadyBy.IsZero() && !o.Again:
		return text.T("maker.orders.ready_by", "date", day(o.ReadyBy))
	case working && o.Again:
		return text.T("maker.orders.ordered", "date", day(o.CreatedAt))
	case o.State == order.Completed:
		return text.T("maker.orders.completed", "date", day(o.CompletedAt))
	case !o.DeliveredAt.IsZero() && o.Pickup():
		return text.T("maker.orders.collected", "date", day(o.DeliveredAt))
	case !o.DeliveredAt.IsZero() && o.DeliveredAt.After(o.DispatchedAt):
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
	if err == nil && !o.Begun() && o.PayBy != order.ByDirect && !o.Source.Outside() {
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
		Page: page, SlipURL: fmt.Sprintf("/toko-saya/pesanan/%d/slip.pdf", o.ID), Number: o.Number, Chip: orderChip(o.State), Headline: headline(o), Text: whenReady(o), Notices: orderNotices(o),
		Method: text.T(o.Delivery.Method.LabelKey()), Note: o.Note, Bill: orderBill(o),
		Moves: a.orderMoves(c, o), ContactHidden: contactHidden(o), Recipient: o.Recipient.Name,
	}
	if v.LinkURL, v.LinkWhatsApp, err = a.saleLink(c, o); err != nil {
		return err
	}
	if o.Source.Outside() {
		v.Method = text.T("maker.order.from", "source", text.T(o.Source.LabelKey()))
	}
	if o.Kind().Outside || v.LinkURL != "" {
		v.SaleURL = saleAt
	}
	if o.State == order.ToDo && o.SeenAt.IsZero() {
		v.OpenURL = orderURL(o.ID) + "/buka"
	}
	if phone := o.Recipient.Phone; phone != "" {
		v.Phone, v.Call, v.WhatsApp = web.Phone(phone), "tel:"+phone, whatsApp(phone)
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
	if v.Photos, err = a.stepPhotos(c, o); err != nil {
		return err
	}
	if v.Proof, err = a.proof(c, o); err != nil {
		return err
	}
	people, err := a.actors(c, o)
	if err != nil {
		return err
	}
	v.Steps = orderSteps(o, people)
	return c.Page(http.StatusOK, pages.OrderPage(v))
}

// contactHidden says why the buyer's contact is not there; empty when it is.
func contactHidden(o order.Order) string {
	switch {
	case !o.ContactHidden:
		return ""
	case o.State == order.AwaitingPayment:
		return text.T("maker.order.contact_later")
	}
	return text.T("maker.order.contact_hidden")
}

// headline says where the order stands; of a new one also whether its money is there.
func headline(o order.Order) string {
	if key := "maker.order.sale_" + string(o.State); o.Kind().Outside && text.Has(key) {
		return text.T(key)
	}
	if o.State == order.AwaitingPayment && o.Source.Outside() {
		return text.T("maker.order.sale_link")
	}
	if o.State == order.ToDo && !o.Paid() && o.PayBy.Later() {
		return text.T("maker.order.do_to_do_" + string(o.PayBy))
	}
	if o.State == order.Delivered && o.Pickup() {
		return text.T("maker.order.do_collected")
	}
	return text.T("maker.order.do_" + string(o.State))
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

// actors are the people in the order's history, by id.
func (a area) actors(c *web.Ctx, o order.Order) (map[int64]account.User, error) {
	var ids []int64
	for _, e := range o.Events {
		if e.Who == order.Companion || e.Who == order.Staff {
			ids = append(ids, e.ActorID, e.SubjectID)
		}
	}
	return a.Accounts.Users(c.Context(), ids)
}

// byline says who did a step, and for whom: both names stand under everything a
// companion did (design §3.7).
func byline(e order.Event, people map[int64]account.User) string {
	by, maker := people[e.ActorID].Name, people[e.SubjectID].Name
	switch {
	case e.Who == order.Companion && by != "" && maker != "":
		return text.T("maker.order.by_for", "name", by, "maker", maker)
	case by != "":
		return text.T("maker.order.by_name", "name", by)
	}
	return text.T("maker.order.by_" + string(e.Who))
}

// orderSteps is the order's history, newest last.
func orderSteps(o order.Order, people map[int64]account.User) []view.Step {
	steps := []view.Step{{Label: text.T("maker.order.placed"), When: calendar.DateTime(o.CreatedAt, o.RegencyCode), State: view.Done}}
	for _, e := range o.Events {
		s := view.Step{
			Label: e.Sentence(), When: calendar.DateTime(e.At, o.RegencyCode), Note: e.Reason, State: view.Done,
		}
		if e.To == order.Cancelled || e.To == order.Lapsed {
			s.State = view.Fail
		}
		if e.Who == order.Companion || e.Who == order.Staff {
			s.When += ", " + byline(e, people)
		}
		steps = append(steps, s)
	}
	if o.State == order.AwaitingPayment {
		steps = append(steps, view.Step{Label: text.T("maker.order.waits_payment"), State: view.Now})
	}
	return steps
}

// orderMoves are the buttons, the next step of the work first and large.
func (a area) orderMoves(c *web.Ctx, o order.Order) []pages.OrderMove {
	at := orderURL(o.ID)
	var moves []pages.OrderMove
	now, err := a.Now(c.Context())
	if err != nil {
		now = o.CreatedAt.Add(order.UndoWithin) // only the undoing depends on it
	}
	refuse := false
	for _, name := range a.Orders.MovesFor(c.Actor, o) {
		m := pages.OrderMove{Label: text.T("maker.move." + string(name))}
		switch name {
		case order.Start:
			m.Icon, m.URL, m.Post = "check", at+"/mulai", true
		case order.Finish:
			m.Icon, m.URL, m.Post = "box", at+"/siap", true
		case order.TakeCash:
			m.Icon, m.URL, m.Post = "money", at+"/uang", true
		case order.Give:
			m.Icon, m.URL, m.Post = "check", at+"/beri", true
		case order.UndoSale:
			if !o.Undoable(now) {
				continue
			}
			m.Icon, m.URL, m.Post, m.Kind = "back", at+"/batal-catat", true, "quiet"
		case order.Dispatch:
			m.Icon, m.URL = "truck", at+"/kirim"
		case order.HandOver:
			m.Icon, m.URL = "key", at+"/serahkan"
		case order.Refuse, order.RefusePart:
			refuse = true
			continue
		default:
			s, known := exits[name]
			if !known {
				continue // the buyer's and the timers' moves
			}
			m.Icon, m.URL, m.Kind = s.icon, at+"/langkah?apa="+string(name), s.kind
			if name == order.Deliver && o.Delivery.Method == delivery.Courier {
				m.Label = text.T("maker.move.deliver_courier")
			}
			if name == order.AnswerComplaint && answered(o) {
				m.Label, m.Kind = text.T("maker.move.answer_more"), "quiet"
			}
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
