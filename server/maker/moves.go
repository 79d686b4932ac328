package maker

import (
	"fmt"
	"net/http"

	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// offered reports whether the actor may make the move now; the question is not
// asked otherwise.
func (a area) offered(c *web.Ctx, o order.Order, name order.Transition) bool {
	for _, m := range a.Orders.MovesFor(c.Actor, o) {
		if m == name {
			return true
		}
	}
	return false
}

// question is the frame of a screen that asks before a move.
func question(o order.Order, name, path, formKey string, seen int64, e view.Errors) ui.Step {
	return ui.Step{
		Question: text.T("maker." + name + ".question"), Hint: text.T("maker."+name+".lead", "number", o.Number),
		Action: orderURL(o.ID) + path, FormKey: formKey, Hidden: []view.Hidden{{Name: "seen", Value: fmt.Sprint(seen)}},
		Errors: e, Submit: text.T("maker." + name + ".submit"), SubmitIcon: "check", Back: orderURL(o.ID),
	}
}

type dispatchForm struct {
	FormKey  string `form:"form_key"`
	Seen     int64  `form:"seen"`
	Courier  string `form:"courier"`
	Tracking string `form:"tracking_number"`
}

func (a area) showDispatch(c *web.Ctx) error {
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	if !a.offered(c, o, order.Dispatch) {
		return c.SeeOther(orderURL(o.ID))
	}
	return a.dispatchPage(c, http.StatusOK, dispatchForm{FormKey: id.Token(), Seen: o.Version}, nil)
}

// couriers are suggested by name; any other may be typed.
func (a area) dispatchPage(c *web.Ctx, status int, in dispatchForm, e view.Errors) error {
	o, shop, err := a.myOrder(c)
	if err != nil {
		return err
	}
	page, err := a.frame(c, shop, "pesanan", text.T("maker.dispatch.question"))
	if err != nil {
		return err
	}
	v := pages.Words{Page: page, Step: question(o, "dispatch", "/kirim", in.FormKey, in.Seen, e)}
	if v.Photo, err = a.proofPhoto(c, o, in.FormKey, e, "maker.dispatch.photo_hint"); err != nil {
		return err
	}
	v.Step.Multipart = true
	if o.Delivery.Method == delivery.Own {
		v.Step.Question, v.Step.Hint = text.T("maker.dispatch.own_question"), text.T("maker.dispatch.own_lead")
	} else {
		v.Fields = []view.Field{
			{Name: "courier", Label: text.T("maker.order.courier"), Hint: text.T("maker.dispatch.courier_hint"), Value: in.Courier, Error: e.Of("courier"), MaxLength: 60},
			{Name: "tracking_number", Label: text.T("maker.order.tracking"), Hint: text.T("maker.dispatch.tracking_hint"), Value: in.Tracking,
				Error: e.Of("tracking_number"), MaxLength: 60, Large: true, Autocomplete: "off"},
		}
		v.Scan = "tracking_number"
		v.Page.Scripts = append(v.Page.Scripts, "js/scan.js")
		c.AllowCamera()
	}
	return c.Page(status, pages.WordsPage(v))
}

func (a area) dispatch(c *web.Ctx) error {
	var in dispatchForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	move := order.MoveInput{Courier: in.Courier, TrackingNumber: in.Tracking, FormKey: in.FormKey, Seen: in.Seen}
	if a.offered(c, o, order.Dispatch) {
		move.Pictures, err = a.keepPhoto(c, o, in.FormKey)
	}
	if err == nil {
		_, err = a.Orders.Move(c.Context(), c.Actor, o.ID, order.Dispatch, move)
		a.dropPhotos(c, err, move.Pictures)
	}
	if fault.Is(err, fault.KindInvalid) {
		return a.dispatchPage(c, http.StatusUnprocessableEntity, in, web.Errors(err))
	}
	return a.moved(c, o.ID, err, "maker.dispatch.done")
}

type codeForm struct {
	FormKey string `form:"form_key"`
	Seen    int64  `form:"seen"`
	Code    string `form:"code"`
}

func (a area) showHandOver(c *web.Ctx) error {
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	if !a.offered(c, o, order.HandOver) {
		return c.SeeOther(orderURL(o.ID))
	}
	return a.handOverPage(c, http.StatusOK, codeForm{FormKey: id.Token(), Seen: o.Version}, nil)
}

func (a area) handOverPage(c *web.Ctx, status int, in codeForm, e view.Errors) error {
	o, shop, err := a.myOrder(c)
	if err != nil {
		return err
	}
	page, err := a.frame(c, shop, "pesanan", text.T("maker.hand_over.question"))
	if err != nil {
		return err
	}
	v := pages.Words{
		Page: page, Step: question(o, "hand_over", "/serahkan", in.FormKey, in.Seen, e),
		Fields: []view.Field{{Name: "code", Label: text.T("maker.hand_over.code"), Hint: text.T("maker.hand_over.hint"), Value: in.Code,
			Error: e.Of("code"), InputMode: "numeric", Autocomplete: "off", MaxLength: 12, Large: true}},
	}
	v.Step.Multipart = true
	if v.Photo, err = a.proofPhoto(c, o, in.FormKey, e, "maker.hand_over.photo_hint"); err != nil {
		return err
	}
	if o.PayBy == order.ByCash && !o.Paid() {
		v.Step.Hint = text.T("maker.hand_over.cash_lead", "number", o.Number, "amount", o.Remaining())
	}
	return c.Page(status, pages.WordsPage(v))
}

func (a area) handOver(c *web.Ctx) error {
	var in codeForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	move := order.MoveInput{Code: in.Code, FormKey: in.FormKey, Seen: in.Seen}
	if a.offered(c, o, order.HandOver) {
		move.Pictures, err = a.keepPhoto(c, o, in.FormKey)
	}
	if err == nil {
		_, err = a.Orders.Move(c.Context(), c.Actor, o.ID, order.HandOver, move)
		a.dropPhotos(c, err, move.Pictures)
	}
	if fault.Is(err, fault.KindInvalid) || fault.Is(err, fault.KindRateLimited) {
		return a.handOverPage(c, web.Status(fault.As(err).Kind), in, web.Errors(err))
	}
	return a.moved(c, o.ID, err, "maker.hand_over.done")
}

// refusal is "tidak sanggup" as typed: how many of each line, and why.
type refusal struct {
	formKey string
	seen    int64
	reason  string
	typed   map[int64]string
	lines   map[int64]int64
}

// readRefusal reads the form. Whether the order still has that much is checked
// by check and, when it counts, by order.
func readRefusal(c *web.Ctx, o order.Order) (refusal, error) {
	values, err := c.Form()
	if err != nil {
		return refusal{}, err
	}
	r := refusal{formKey: values.Get("form_key"), seen: number(values.Get("seen")), reason: values.Get("reason"), typed: map[int64]string{}, lines: map[int64]int64{}}
	bad := fault.Invalid("order.refuse.check")
	for _, l := range o.Lines {
		field := pages.LineField(l.ID)
		r.typed[l.ID] = values.Get(field)
		if r.typed[l.ID] == "" {
			continue
		}
		n, err := count(r.typed[l.ID])
		if err != nil {
			bad.With(field, "order.refuse.quantity", "left", l.Left())
		} else if n > 0 {
			r.lines[l.ID] = n
		}
	}
	return r, bad.OrNil()
}

func (a area) showRefuse(c *web.Ctx) error {
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	if !a.offered(c, o, order.Refuse) {
		return c.SeeOther(orderURL(o.ID))
	}
	r := refusal{formKey: id.Token(), seen: o.Version, typed: map[int64]string{}}
	for _, l := range o.Lines {
		r.typed[l.ID] = "0"
		if c.Query("semua") == "1" {
			r.typed[l.ID] = fmt.Sprint(l.Left())
		}
	}
	return a.refusePage(c, http.StatusOK, o, r, nil)
}

func (a area) refusePage(c *web.Ctx, status int, o order.Order, r refusal, e view.Errors) error {
	shop, err := a.own(c, o.ShopID)
	if err != nil {
		return err
	}
	page, err := a.frame(c, shop, "pesanan", text.T("maker.refuse.question"))
	if err != nil {
		return err
	}
	shown, err := a.linePictures(c, o)
	if err != nil {
		return err
	}
	v := pages.Refuse{Page: page, Step: question(o, "refuse", "/tidak-sanggup", r.formKey, r.seen, e), Number: o.Number, Reason: r.reason}
	v.Step.SubmitIcon = "next"
	if c.Query("semua") != "1" {
		v.AllURL = orderURL(o.ID) + "/tidak-sanggup?semua=1"
	}
	for _, l := range o.Lines {
		if l.Left() > 0 {
			field := pages.LineField(l.ID)
			v.Lines = append(v.Lines, pages.RefuseLine{Name: field, Title: l.Title, Value: r.typed[l.ID], Left: l.Left(), Picture: shown[l.PictureID], Error: e.Of(field)})
		}
	}
	return c.Page(status, pages.RefusePage(v))
}

// askRefuse says in money what the refusal gives back. Nothing has happened yet.
func (a area) askRefuse(c *web.Ctx) error {
	o, shop, err := a.myOrder(c)
	if err != nil {
		return err
	}
	r, err := readRefusal(c, o)
	var said order.Refusal
	if err == nil {
		said, err = a.Orders.WeighRefusal(c.Context(), c.Actor, o.ID, order.MoveInput{Reason: r.reason, Lines: r.lines, Seen: r.seen})
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.refusePage(c, http.StatusUnprocessableEntity, o, r, e) })
	}
	page, err := a.frame(c, shop, "pesanan", text.T("maker.refuse_confirm.question"))
	if err != nil {
		return err
	}
	s := question(o, "refuse_confirm", "/tidak-sanggup/ya", r.formKey, r.seen, nil)
	s.Hidden = append(s.Hidden, view.Hidden{Name: "reason", Value: r.reason})
	s.Back = orderURL(o.ID) + "/tidak-sanggup"
	v := pages.RefuseConfirm{Page: page, Reason: r.reason, Amount: said.Back, Left: said.Left, Whole: said.Whole}
	for _, l := range o.Lines {
		if n := r.lines[l.ID]; n > 0 {
			s.Hidden = append(s.Hidden, view.Hidden{Name: pages.LineField(l.ID), Value: fmt.Sprint(n)})
			v.Lines = append(v.Lines, text.T("maker.orders.line", "quantity", pieces(n), "name", l.Title))
		}
	}
	v.Step = s
	return c.Page(http.StatusOK, pages.RefuseConfirmPage(v))
}

func (a area) refuse(c *web.Ctx) error {
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	r, err := readRefusal(c, o)
	if err == nil {
		_, err = a.Orders.Move(c.Context(), c.Actor, o.ID, order.RefusePart, order.MoveInput{
			Reason: r.reason, Lines: r.lines, FormKey: r.formKey, Seen: r.seen,
		})
	}
	if fault.Is(err, fault.KindInvalid) {
		return a.refusePage(c, http.StatusUnprocessableEntity, o, r, web.Errors(err))
	}
	return a.moved(c, o.ID, err, "maker.refuse.done")
}
