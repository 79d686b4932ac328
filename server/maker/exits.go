package maker

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// orderStep is a move that asks at most for words, a day and a photo: one screen
// for all of them, with a question of its own each.
type orderStep struct {
	icon  string
	kind  string // of its button
	words bool   // asks for a reason
	day   bool
	photo bool
}

var exits = map[order.Transition]orderStep{
	order.PayDirect:       {icon: "money"},
	order.DenyDirect:      {icon: "warning", kind: "quiet", words: true},
	order.Deliver:         {icon: "money"},
	order.ProposeDate:     {icon: "clock", kind: "quiet", words: true, day: true},
	order.NotCollect:      {icon: "warning", kind: "quiet"},
	order.TurnBack:        {icon: "warning", kind: "quiet", words: true, photo: true},
	order.CameBack:        {icon: "box", photo: true},
	order.SendAgain:       {icon: "truck"},
	order.Close:           {icon: "check", kind: "quiet"},
	order.AnswerComplaint: {icon: "message", words: true, photo: true},
}

// stepForm is such a screen as typed.
type stepForm struct {
	FormKey string `form:"form_key"`
	Seen    int64  `form:"seen"`
	Move    string `form:"apa"`
	Words   string `form:"reason"`
	Day     string `form:"date"`
}

func (a area) showExit(c *web.Ctx) error {
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	name := order.Transition(c.Query("apa"))
	if _, known := exits[name]; !known || !a.offered(c, o, name) {
		return c.SeeOther(orderURL(o.ID))
	}
	return a.exitPage(c, http.StatusOK, o, stepForm{FormKey: id.Token(), Seen: o.Version, Move: string(name)}, nil)
}

func (a area) exitPage(c *web.Ctx, status int, o order.Order, in stepForm, e view.Errors) error {
	shop, err := a.own(c, o.ShopID)
	if err != nil {
		return err
	}
	s := exits[order.Transition(in.Move)]
	page, err := a.frame(c, shop, "pesanan", text.T("maker.step_"+in.Move+".question"))
	if err != nil {
		return err
	}
	v := pages.Words{Page: page, Step: question(o, "step_"+in.Move, "/langkah", in.FormKey, in.Seen, e)}
	v.Step.Question = text.T("maker.step_"+in.Move+".question", "amount", o.Remaining())
	if order.Transition(in.Move) == order.Deliver && o.Delivery.Method == delivery.Courier {
		v.Step.Question, v.Step.Hint = text.T("maker.step_deliver.question_courier", "amount", o.Remaining()), text.T("maker.step_deliver.lead_courier", "number", o.Number)
		v.Step.Submit = text.T("maker.step_deliver.submit_courier")
	}
	v.Step.Hidden = append(v.Step.Hidden, view.Hidden{Name: "apa", Value: in.Move})
	if s.day {
		v.Fields = append(v.Fields, view.Field{Name: "date", Label: text.T("maker.step.date"), Hint: text.T("maker.step.date_hint", "date", calendar.Date(o.ReadyBy.In(calendar.Zone(o.RegencyCode)))),
			Value: in.Day, Error: e.Of("date"), Type: "date", Large: true})
	}
	if s.words {
		v.Fields = append(v.Fields, view.Field{Name: "reason", Label: text.T("maker.step.reason"), Hint: text.T("maker.step.reason_hint"), Value: in.Words,
			Error: e.Of("reason"), Rows: 3, MaxLength: 300})
	}
	if s.photo {
		v.Step.Multipart = true
		if v.Photo, err = a.proofPhoto(c, o, in.FormKey, e, "maker.step.photo_hint"); err != nil {
			return err
		}
	}
	if name := order.Transition(in.Move); name == order.PayDirect || name == order.DenyDirect {
		if v.Proof, err = a.proof(c, o); err != nil {
			return err
		}
	}
	return c.Page(status, pages.WordsPage(v))
}

// proofPhoto is the field for the photo of a step, which may stay empty; hint is the
// key of what to photograph. It says when a photo that was sent with this form before
// is kept.
func (a area) proofPhoto(c *web.Ctx, o order.Order, formKey string, e view.Errors, hint string) (*view.PhotoField, error) {
	kept, err := a.keptPhotos(c, o, formKey)
	field := &view.PhotoField{Name: "photo", Label: text.T("maker.step.photo"), Hint: text.T(hint), Error: e.Of("photo"), Optional: true}
	if len(kept) > 0 {
		field.Hint = text.T("maker.step.photo_kept")
	}
	return field, err
}

// keptPhotos are the photos that were sent with a form, which stands with them: a
// fault elsewhere in the form does not lose them.
func (a area) keptPhotos(c *web.Ctx, o order.Order, formKey string) (ids []int64, err error) {
	kept, err := a.Media.PicturesOf(c.Context(), order.PictureOwner, o.ID)
	for _, p := range kept {
		if formKey != "" && p.Alt == formKey && len(ids) < order.MaxPictures {
			ids = append(ids, p.ID)
		}
	}
	return ids, err
}

func (a area) exit(c *web.Ctx) error {
	var in stepForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	name := order.Transition(in.Move)
	s, known := exits[name]
	if !known {
		return fault.Conflict("order.move.changed")
	}
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	move := order.MoveInput{Reason: in.Words, FormKey: in.FormKey, Seen: in.Seen}
	if s.day {
		move.Date = typedDay(in.Day, o)
	}
	if s.photo && a.offered(c, o, name) {
		move.Pictures, err = a.keepPhoto(c, o, in.FormKey)
	}
	if err == nil {
		_, err = a.Orders.Move(c.Context(), c.Actor, o.ID, name, move)
		a.dropPhotos(c, err, move.Pictures)
	}
	if fault.Is(err, fault.KindInvalid) {
		return a.exitPage(c, http.StatusUnprocessableEntity, o, in, web.Errors(err))
	}
	return a.moved(c, o.ID, err, "maker.step_"+in.Move+".done")
}

// typedDay is a day in the shop's zone; the zero time for what is none, which
// order refuses.
func typedDay(typed string, o order.Order) time.Time {
	day, err := time.ParseInLocation(time.DateOnly, strings.TrimSpace(typed), calendar.Zone(o.RegencyCode))
	if err != nil {
		return time.Time{}
	}
	return day
}

// keepPhoto stores the photo of a step, when one was sent, and returns all photos of
// the form.
func (a area) keepPhoto(c *web.Ctx, o order.Order, formKey string) ([]int64, error) {
	ids, err := a.keptPhotos(c, o, formKey)
	form := c.Request().MultipartForm
	if err != nil || form == nil || len(form.File["photo"]) == 0 || form.File["photo"][0].Size == 0 || len(ids) == order.MaxPictures {
		return ids, err
	}
	h := form.File["photo"][0]
	file, err := h.Open()
	if err != nil {
		return nil, fault.Invalid("fault.form").Because(err)
	}
	defer func() { _ = file.Close() }()
	p, err := a.Media.Store(c.Context(), c.Actor, media.Upload{Reader: file, OwnerKind: order.PictureOwner, OwnerID: o.ID, Name: strings.ToValidUTF8(h.Filename, "?"), Alt: formKey})
	return append(ids, p.ID), err
}

// dropPhotos removes what was sent with a move that came too late: no form will send
// it again.
func (a area) dropPhotos(c *web.Ctx, moved error, ids []int64) {
	if len(ids) == 0 || !fault.Is(moved, fault.KindConflict) {
		return
	}
	if err := a.Media.Remove(c.Context(), ids...); err != nil {
		c.Log().Warn("photos of a step not removed", "pictures", ids, "error", err)
	}
}

// orderNotices are what the shop must know before it does the next step: how the
// money comes, and what the buyer said.
func orderNotices(o order.Order) []view.Notice {
	var notices []view.Notice
	say := func(tone view.Tone, key string, args ...any) {
		notices = append(notices, view.Notice{Tone: tone, Text: text.T(key, args...)})
	}
	zone := calendar.Zone(o.RegencyCode)
	if o.PayBy.Later() && !o.Paid() && !o.State.Ended() {
		key := "maker.order.pay_" + string(o.PayBy)
		if o.PayBy == order.ByCOD && o.Delivery.Method == delivery.Courier {
			key = "maker.order.pay_cod_courier"
		}
		say(view.Info, key, "amount", o.Remaining())
	}
	if o.State == order.AwaitingPayment && !o.ProofAt.IsZero() {
		say(view.Warn, "maker.order.proof", "amount", o.Remaining())
	}
	if !o.NewDate.IsZero() {
		key := "maker.order.asked_date"
		if !o.DateDeclinedAt.IsZero() {
			key = "maker.order.declined_date"
		}
		say(view.Info, key, "date", calendar.Date(o.NewDate.In(zone)))
	}
	for _, e := range slices.Backward(o.Events) {
		if e.Move == order.Complain && !o.ComplainedAt.IsZero() {
			notices = append(notices, view.Notice{Tone: view.Warn, Title: text.T(e.Cause.LabelKey()), Text: e.Reason})
			break
		}
	}
	if answered(o) {
		say(view.Info, "maker.order.answered")
	}
	if o.Again && (o.State == order.Making || o.State == order.Ready) {
		say(view.Info, "maker.order.again")
	}
	return notices
}

// answered says whether the shop has answered the complaint that is open.
func answered(o order.Order) bool {
	for _, e := range slices.Backward(o.Events) {
		if o.ComplainedAt.IsZero() || e.Move == order.Complain {
			return false
		}
		if e.Move == order.AnswerComplaint {
			return true
		}
	}
	return false
}

// stepPhotos are the photos of the steps, with what they belong to.
func (a area) stepPhotos(c *web.Ctx, o order.Order) ([]view.Picture, error) {
	alts := map[int64]string{}
	var ids []int64
	for _, e := range o.Events {
		for _, pictureID := range e.Pictures {
			alts[pictureID] = e.Sentence()
			ids = append(ids, pictureID)
		}
	}
	shown, err := a.pictures(c.Context(), alts)
	var photos []view.Picture
	for _, pictureID := range ids {
		photos = append(photos, shown[pictureID])
	}
	return photos, err
}

// proof is what the buyer of an order that is paid to the shop itself sent, for who
// decides whether the money came; nil for other orders, and for companions, who do not decide about money.
func (a area) proof(c *web.Ctx, o order.Order) (*view.Proof, error) {
	if o.PayBy != order.ByDirect {
		return nil, nil
	}
	sent, err := a.Checkout.Proofs(c.Context(), c.Actor, o.ID)
	if fault.Is(err, fault.KindNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, p := range sent {
		ids = append(ids, p.PictureID)
	}
	kept, err := a.Media.Pictures(c.Context(), ids)
	return web.Proof(o.Remaining(), o.Number, len(sent), func(i int) (media.Picture, string) {
		return kept[sent[i].PictureID], calendar.DateTime(sent[i].SentAt, o.RegencyCode)
	}), err
}
