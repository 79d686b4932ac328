package agency

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// orderMove is one of the moves that need at most a few fields; refusals have
// screens of their own.
type orderMove struct {
	name order.Transition
	path string
	icon string
}

var orderMoves = []orderMove{
	{order.Start, "mulai", "check"},
	{order.Finish, "siap", "box"},
	{order.Dispatch, "kirim", "truck"},
	{order.HandOver, "serahkan", "key"},
	{order.Deliver, "sampai", "home"},
}

const refusePath = "tidak-sanggup"

// orderForm is everything a form of the order page may carry.
type orderForm struct {
	FormKey  string `form:"form_key"`
	Seen     int64  `form:"seen"`
	Courier  string `form:"courier"`
	Tracking string `form:"tracking_number"`
	Code     string `form:"code"`
	Reason   string `form:"reason"`
	All      string `form:"semua"` // the button for everything that is left
}

// sent is a form that came back faulty: path says which one.
type sent struct {
	path   string
	in     orderForm
	lines  map[int64]string // how many cannot be made, as typed
	errors view.Errors
	step   stepIn
}

// overseen is the order of the address, within the actor's territory.
func (a area) overseen(c *web.Ctx) (order.Overseen, error) {
	orderID, err := c.ID("id")
	if err != nil {
		return order.Overseen{}, err
	}
	return a.Orders.Overseen(c.Context(), c.Actor, orderID)
}

func (a area) order(c *web.Ctx) error {
	o, err := a.overseen(c)
	if err != nil {
		return err
	}
	return a.orderPage(c, http.StatusOK, o, sent{})
}

// moveOrder makes one move in the shop's place.
func (a area) moveOrder(m orderMove) web.Handler {
	return func(c *web.Ctx) error {
		o, in, err := a.posted(c)
		if err != nil {
			return err
		}
		_, err = a.Orders.Move(c.Context(), c.Actor, o.ID, m.name, order.MoveInput{
			Courier: in.Courier, TrackingNumber: in.Tracking, Code: in.Code, FormKey: in.FormKey, Seen: in.Seen,
		})
		return a.movedOrder(c, o, err, sent{path: m.path, in: in}, "agencyorder.done."+string(m.name))
	}
}

// movedOrder goes back to the order. A faulty form is shown again as typed; a
// move that came too late is told beside what the order is now.
func (a area) movedOrder(c *web.Ctx, o order.Overseen, err error, form sent, done string) error {
	if fault.Is(err, fault.KindInvalid) || fault.Is(err, fault.KindRateLimited) {
		form.errors = web.Errors(err)
		return a.orderPage(c, web.Status(fault.As(err).Kind), o, form)
	}
	return told(c, err, orderURL(o.ID), done)
}

func (a area) orderPage(c *web.Ctx, status int, o order.Overseen, form sent) error {
	title := text.T("agencyorder.one.title", "number", o.Number)
	v := pages.Order{
		Page: a.frame(c, "orders", title), Title: title, Chip: orderChip(o.State), Lines: orderLines(o.Order), Bill: orderBill(o.Order),
		Note: o.Note, Buyer: buyerFacts(o.Order), Method: text.T(o.Delivery.Method.LabelKey()), Recipient: recipientFacts(o.Order),
		ContactHidden: o.ContactHidden, Desk: a.orderDesk(c, o, form),
	}
	for _, need := range o.Needs {
		v.Needs = append(v.Needs, view.Chip{Tone: view.Warn, Label: needLabel(need)})
	}
	if !o.Pickup() && !o.ContactHidden {
		for _, line := range []string{o.Recipient.Street, o.Recipient.Village, region.Place(o.Recipient.DistrictCode), o.Recipient.Postcode} {
			if line != "" {
				v.Address = append(v.Address, line)
			}
		}
	}
	if o.TrackingNumber != "" {
		v.Tracking = []view.Fact{
			{Label: text.T("agencyorder.field.courier"), Value: o.Courier}, {Label: text.T("agencyorder.field.tracking"), Value: o.TrackingNumber},
		}
	}
	var err error
	if v.Shop, err = a.shopFacts(c, o.Order); err != nil {
		return err
	}
	if v.Steps, err = a.orderSteps(c, o.Order); err != nil {
		return err
	}
	if v.Photos, err = a.stepPhotos(c, o.Order); err != nil {
		return err
	}
	if v.Proof, err = a.proof(c, o.Order); err != nil {
		return err
	}
	if v.Desk.Notices, err = a.said(c, o.Order); err != nil {
		return err
	}
	return c.Page(status, pages.OrderPage(v))
}

func orderLines(o order.Order) view.Table {
	t := view.Table{Caption: text.T("agencyorder.one.table", "number", o.Number)}
	for _, key := range []string{"product", "quantity", "amount"} {
		t.Columns = append(t.Columns, view.Column{Label: text.T("agencyorder.column." + key), Numeric: key != "product"})
	}
	for _, l := range o.Lines {
		product := view.Cell{Text: l.Title, Note: l.UnitPrice.String()}
		if l.Unit != "" {
			product.Note += " " + text.T("ui.price.per", "unit", l.Unit)
		}
		if l.Cancelled > 0 {
			product.Note += ", " + text.T("agencyorder.one.cancelled", "quantity", money.Group(uint64(l.Cancelled)))
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			product, {Text: money.Group(uint64(l.Quantity))}, {Text: l.Amount().String()},
		}})
	}
	return t
}

func orderBill(o order.Order) []view.Amount {
	bill := []view.Amount{
		{Label: text.T("agencyorder.bill.goods"), Value: o.Goods},
		{Label: text.T("agencyorder.bill.delivery"), Value: o.Delivery.Fee},
	}
	if o.Refunded > 0 {
		bill = append(bill, view.Amount{Label: text.T("agencyorder.bill.refunded"), Value: -o.Refunded})
	}
	return append(bill, view.Amount{Label: text.T("agencyorder.bill.total"), Value: o.Remaining(), Strong: true})
}

func phoneFact(e164 string) view.Fact {
	return view.Fact{Label: text.T("agencyorder.one.phone"), Value: web.Phone(e164), URL: "tel:" + e164}
}

func buyerFacts(o order.Order) []view.Fact {
	facts := []view.Fact{{Label: text.T("agencyorder.one.name"), Value: o.Buyer.Name}}
	if o.Buyer.Phone != "" {
		facts = append(facts, phoneFact(o.Buyer.Phone))
	}
	if o.Buyer.Email != "" {
		facts = append(facts, view.Fact{Label: text.T("agencyorder.one.email"), Value: o.Buyer.Email, URL: "mailto:" + o.Buyer.Email})
	}
	return facts
}

// recipientFacts leave out a number that is the buyer's own.
func recipientFacts(o order.Order) []view.Fact {
	facts := []view.Fact{{Label: text.T("agencyorder.one.recipient"), Value: o.Recipient.Name}}
	if o.Recipient.Phone != "" && o.Recipient.Phone != o.Buyer.Phone {
		facts = append(facts, phoneFact(o.Recipient.Phone))
	}
	return facts
}

// shopFacts are the shop's times, and whom to call there when the shop is the
// agency's own.
func (a area) shopFacts(c *web.Ctx, o order.Order) ([]view.Fact, error) {
	shop := view.Fact{Label: text.T("agencyorder.column.shop"), Value: o.ShopName, Note: regencyName(o.RegencyCode)}
	var people []view.Fact
	l, err := a.Program.Maker(c.Context(), c.Actor, o.ShopID)
	switch {
	case fault.Is(err, fault.KindNotFound):
	case err != nil:
		return nil, err
	default:
		shop.URL = makerURL(o.ShopID)
		people = append(people, view.Fact{Label: text.T("agencyorder.one.maker"), Value: l.Maker.Name})
		if l.Maker.Phone != "" {
			people = append(people, phoneFact(l.Maker.Phone))
		} else {
			people[0].Note = text.T("agency.maker.no_phone")
		}
		helpers, err := a.Accounts.Users(c.Context(), []int64{l.CompanionID})
		if err != nil {
			return nil, err
		}
		if u, ok := helpers[l.CompanionID]; ok {
			people = append(people, view.Fact{Label: text.T("agency.makers.companion"), Value: u.Name, Note: web.Phone(u.Phone)})
		}
	}
	facts := append([]view.Fact{shop}, people...)
	if o.Begun() {
		opened := text.T("agencyorder.one.unopened")
		if !o.SeenAt.IsZero() {
			opened = calendar.DateTime(o.SeenAt, o.RegencyCode)
		}
		facts = append(facts, view.Fact{Label: text.T("agencyorder.one.opened"), Value: opened})
	}
	if promised := day(o); promised != "" {
		facts = append(facts, view.Fact{Label: text.T("agencyorder.column.ready"), Value: promised})
	}
	return facts, nil
}

// orderSteps is the history, with who did it and for whom.
func (a area) orderSteps(c *web.Ctx, o order.Order) ([]view.Step, error) {
	var ids []int64
	for _, e := range o.Events {
		ids = append(ids, e.ActorID, e.SubjectID)
	}
	people, err := a.Accounts.Users(c.Context(), ids)
	if err != nil {
		return nil, err
	}
	steps := []view.Step{{Label: text.T("agencyorder.one.ordered"), When: calendar.DateTime(o.CreatedAt, o.RegencyCode), State: view.Done}}
	for _, e := range o.Events {
		s := view.Step{Label: e.Sentence(), When: calendar.DateTime(e.At, o.RegencyCode), Note: e.Reason, State: view.Done}
		if e.To == order.Cancelled || e.To == order.Lapsed {
			s.State = view.Fail
		}
		if by := doneBy(e, people); by != "" {
			s.When += ", " + by
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// doneBy names who made a step; payments speak for themselves.
func doneBy(e order.Event, people map[int64]account.User) string {
	actor, subject := people[e.ActorID].Name, people[e.SubjectID].Name
	switch {
	case e.Who == order.Payment:
		return ""
	case e.Who == order.Buyer, e.Who == order.Timer, actor == "":
		return text.T("agencyorder.by." + string(e.Who))
	case subject != "":
		return text.T("agencyorder.by."+string(e.Who)+"_for", "name", actor, "maker", subject)
	}
	return text.T("agencyorder.by."+string(e.Who)+"_name", "name", actor)
}

// orderDesk is what can be done now: exactly the moves that order allows.
func (a area) orderDesk(c *web.Ctx, o order.Overseen, form sent) pages.OrderDesk {
	d := pages.OrderDesk{Lead: deskLead(o.Order), Errors: form.errors}
	allowed := a.Orders.MovesFor(c.Actor, o.Order)
	for _, m := range orderMoves {
		if slices.Contains(allowed, m.name) {
			d.Moves = append(d.Moves, moveForm(o.Order, m, form))
		}
	}
	d.Steps = stepForms(o.Order, allowed, form)
	if slices.Contains(allowed, order.RefusePart) {
		d.Refuse = refuseForm(o.Order, form)
	}
	if len(d.Moves) > 0 || len(d.Steps) > 0 || d.Refuse != nil {
		d.Recorded = text.T("agencyorder.desk.recorded", "name", c.Actor.Name)
	}
	return d
}

func deskLead(o order.Order) string {
	if o.State == order.Cancelled && !o.Begun() {
		return text.T("agencyorder.lead.given_up")
	}
	if o.PayBy == order.ByCOD && o.State == order.Dispatched {
		return text.T("agencyorder.lead.cod")
	}
	if o.State == order.ToDo && !o.Paid() {
		return text.T("agencyorder.lead.begun")
	}
	if o.State == order.Completed && !o.ComplainedAt.IsZero() {
		return text.T("agencyorder.lead.complained")
	}
	args := []any{"amount", o.Refunded}
	if !o.ClosesAt.IsZero() {
		args = append(args, "date", calendar.Date(o.ClosesAt.In(calendar.Zone(o.RegencyCode))))
	}
	return text.T("agencyorder.lead."+string(o.State), args...)
}

// carried is what every form of an order carries: a key of its own, so that one
// form sent twice counts once, and the version that was looked at.
func carried(o order.Order, path string, form sent) []view.Hidden {
	key := id.Token()
	if form.path == path && form.in.FormKey != "" {
		key = form.in.FormKey
	}
	return []view.Hidden{{Name: "form_key", Value: key}, {Name: "seen", Value: strconv.FormatInt(o.Version, 10)}}
}

func moveForm(o order.Order, m orderMove, form sent) pages.OrderMove {
	v := pages.OrderMove{
		URL: orderURL(o.ID) + "/" + m.path, Label: text.T("agencyorder.move." + string(m.name)), Icon: m.icon,
		Hint: text.T("agencyorder.hint." + string(m.name)), Hidden: carried(o, m.path, form),
	}
	var in orderForm
	var errs view.Errors
	if form.path == m.path {
		in, errs = form.in, form.errors
	}
	switch {
	case m.name == order.Dispatch && o.Delivery.Method == delivery.Own:
		v.Label = text.T("agencyorder.move.dispatch_own")
	case m.name == order.Dispatch:
		v.Fields = []view.Field{
			{Name: "courier", Label: text.T("agencyorder.field.courier"), Hint: text.T("agencyorder.field.courier_hint"), Value: in.Courier,
				Error: errs.Of("courier"), MaxLength: 60, Autocomplete: "off"},
			{Name: "tracking_number", Label: text.T("agencyorder.field.tracking"), Value: in.Tracking,
				Error: errs.Of("tracking_number"), MaxLength: 60, Autocomplete: "off"},
		}
	case m.name == order.HandOver:
		v.Fields = []view.Field{{Name: "code", Label: text.T("agencyorder.field.code"), Hint: text.T("agencyorder.field.code_hint"), Value: in.Code,
			Error: errs.Of("code"), InputMode: "numeric", MaxLength: 12, Autocomplete: "off"}}
	}
	return v
}

func lineField(lineID int64) string { return fmt.Sprintf("line_%d", lineID) }

func refuseForm(o order.Order, form sent) *pages.OrderRefuse {
	r := &pages.OrderRefuse{URL: orderURL(o.ID) + "/" + refusePath, Hidden: carried(o, refusePath, form)}
	if form.path == refusePath {
		r.Open, r.Reason, r.Errors = true, form.in.Reason, form.errors
	}
	for _, l := range o.Lines {
		if l.Left() == 0 {
			continue
		}
		f := view.Field{
			Name: lineField(l.ID), Label: l.Title, Hint: text.T("agencyorder.refuse.of", "left", money.Group(uint64(l.Left()))),
			Value: "0", InputMode: "numeric", MaxLength: 7, Autocomplete: "off", Error: r.Errors.Of(lineField(l.ID)),
		}
		if typed, ok := form.lines[l.ID]; ok {
			f.Value = typed
		}
		r.Lines = append(r.Lines, f)
	}
	return r
}

// readRefusal reads how much of each line cannot be made, beside what was typed.
// Whether the order still has that much is for order to say.
func readRefusal(c *web.Ctx, o order.Order, in orderForm) (order.MoveInput, sent, error) {
	form := sent{path: refusePath, in: in, lines: map[int64]string{}}
	values, err := c.Form()
	if err != nil {
		return order.MoveInput{}, form, err
	}
	move := order.MoveInput{Reason: in.Reason, FormKey: in.FormKey, Seen: in.Seen, Lines: map[int64]int64{}}
	bad := fault.Invalid("order.refuse.check")
	for _, l := range o.Lines {
		form.lines[l.ID] = values.Get(lineField(l.ID))
		if in.All != "" {
			form.lines[l.ID] = strconv.FormatInt(l.Left(), 10)
		}
		word := strings.TrimSpace(form.lines[l.ID])
		if word == "" {
			continue
		}
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			bad.With(lineField(l.ID), "order.refuse.quantity", "left", l.Left())
		} else if n != 0 {
			move.Lines[l.ID] = n
		}
	}
	return move, form, bad.OrNil()
}

// posted is the form of an order's page with the order it belongs to.
func (a area) posted(c *web.Ctx) (order.Overseen, orderForm, error) {
	var in orderForm
	o, err := a.overseen(c)
	if err == nil {
		err = c.Decode(&in)
	}
	return o, in, err
}

// askRefusal says in money what the refusal gives back. Nothing has happened yet.
func (a area) askRefusal(c *web.Ctx) error {
	o, in, err := a.posted(c)
	if err != nil {
		return err
	}
	move, form, err := readRefusal(c, o.Order, in)
	var said order.Refusal
	if err == nil {
		said, err = a.Orders.WeighRefusal(c.Context(), c.Actor, o.ID, move)
	}
	if err != nil {
		return a.movedOrder(c, o, err, form, "")
	}
	v := pages.OrderRefusal{
		Page:   a.frame(c, "orders", text.T("agencyorder.confirm.title")),
		Number: text.T("agencyorder.one.title", "number", o.Number), Action: orderURL(o.ID) + "/" + refusePath + "/ya", Back: orderURL(o.ID),
		Hidden: append(carried(o.Order, refusePath, form), view.Hidden{Name: "reason", Value: move.Reason}),
		Amount: said.Back, Left: said.Left, Whole: said.Whole, Reason: move.Reason,
	}
	for _, l := range o.Lines {
		if n := said.Lines[l.ID]; n > 0 {
			v.Hidden = append(v.Hidden, view.Hidden{Name: lineField(l.ID), Value: strconv.FormatInt(n, 10)})
			v.Lines = append(v.Lines, text.T("agencyorder.list.line", "quantity", money.Group(uint64(n)), "name", l.Title))
		}
	}
	return c.Page(http.StatusOK, pages.OrderRefusalPage(v))
}

// refuseOrder gives the money back.
func (a area) refuseOrder(c *web.Ctx) error {
	o, in, err := a.posted(c)
	if err != nil {
		return err
	}
	move, form, err := readRefusal(c, o.Order, in)
	if err == nil {
		_, err = a.Orders.Move(c.Context(), c.Actor, o.ID, order.RefusePart, move)
	}
	return a.movedOrder(c, o, err, form, "agencyorder.done.refuse")
}
