package agency

import (
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const stepPath = "langkah"

// orderStep is a move beside the straight way: what staff decide, and their twins
// of the seller's exits. All have one address.
type orderStep struct {
	name   order.Transition
	icon   string
	words  bool
	amount bool
	day    bool
}

var exits = []orderStep{
	{name: order.Resolve, icon: "money", words: true, amount: true},
	{name: order.Replace, icon: "box", words: true},
	{name: order.RefundAfter, icon: "money", words: true, amount: true},
	{name: order.PayDirect, icon: "money"},
	{name: order.DenyDirect, icon: "warning", words: true},
	{name: order.ProposeDate, icon: "clock", words: true, day: true},
	{name: order.NotCollect, icon: "warning"},
	{name: order.TurnBack, icon: "warning", words: true},
	{name: order.CameBack, icon: "box"},
	{name: order.SendAgain, icon: "truck"},
	{name: order.Close, icon: "check"},
}

// stepIn is such a form as typed.
type stepIn struct {
	FormKey string `form:"form_key"`
	Seen    int64  `form:"seen"`
	Move    string `form:"apa"`
	Words   string `form:"reason"`
	Amount  string `form:"amount"`
	Whole   string `form:"jumlah"` // a button for all that is left, or for nothing
	Day     string `form:"date"`
}

// stepOrder makes one of them.
func (a area) stepOrder(c *web.Ctx) error {
	o, err := a.overseen(c)
	if err != nil {
		return err
	}
	var in stepIn
	if err := c.Decode(&in); err != nil {
		return err
	}
	n := slices.IndexFunc(exits, func(s orderStep) bool { return string(s.name) == in.Move })
	if n < 0 {
		return fault.Conflict("order.move.changed")
	}
	move := order.MoveInput{Reason: in.Words, FormKey: in.FormKey, Seen: in.Seen}
	if s := exits[n]; s.amount && o.Paid() && slices.Contains(a.Orders.MovesFor(c.Actor, o.Order), s.name) {
		move.GiveBack, err = givenBack(in, o.Order)
	} else if s.day {
		move.Date, _ = time.ParseInLocation(time.DateOnly, strings.TrimSpace(in.Day), calendar.Zone(o.RegencyCode))
	}
	done := "agencyorder.done." + in.Move
	if err == nil {
		var after order.Order
		after, err = a.Orders.Move(c.Context(), c.Actor, o.ID, exits[n].name, move)
		if err == nil && after.ProposedBack > 0 && after.ProposedBack == move.GiveBack {
			done = "agencyorder.done.propose_back"
		}
	}
	return a.movedOrder(c, o, err, sent{path: stepPath, in: orderForm{FormKey: in.FormKey}, step: in}, done)
}

// The buttons beside the amount.
const (
	wholeAmount = "semua"
	noAmount    = "nol"
)

// givenBack is how much goes back to the buyer. It is never guessed from an empty
// field: nothing has a button of its own.
func givenBack(in stepIn, o order.Order) (money.Rupiah, error) {
	switch in.Whole {
	case wholeAmount:
		return o.Remaining(), nil
	case noAmount:
		return 0, nil
	}
	amount, err := money.Parse(in.Amount)
	if err != nil {
		return 0, fault.Invalid("order.move.check").With("amount", "order.resolve.amount", "max", o.Remaining())
	}
	return amount, nil
}

// stepForms are the forms of what may be done now.
func stepForms(o order.Order, allowed []order.Transition, form sent) []pages.OrderStep {
	var steps []pages.OrderStep
	for _, s := range exits {
		if !slices.Contains(allowed, s.name) {
			continue
		}
		in, errs := stepIn{}, view.Errors(nil)
		open := form.path == stepPath && form.step.Move == string(s.name)
		if open {
			in, errs = form.step, form.errors
		}
		v := pages.OrderStep{
			URL: orderURL(o.ID) + "/" + stepPath, Icon: s.icon, Open: open || s.name == order.Resolve,
			Title: text.T("agencyorder.step." + string(s.name)), Hint: text.T("agencyorder.step_hint." + string(s.name)),
			Hidden: append(carried(o, stepPath, form), view.Hidden{Name: "apa", Value: string(s.name)}),
		}
		id := func(field string) string { return "f-" + string(s.name) + "-" + field }
		if s.amount && o.Paid() {
			value := in.Amount
			if value == "" && o.ProposedBack > 0 {
				value = money.Group(uint64(o.ProposedBack))
			}
			v.Fields = append(v.Fields, view.Field{Name: "amount", ID: id("amount"), Label: text.T("agencyorder.step.amount"), Prefix: "Rp", InputMode: "numeric", MaxLength: 13, Autocomplete: "off",
				Hint: text.T("agencyorder.step.amount_hint", "max", o.Remaining()), Value: value, Error: errs.Of("amount")})
			v.Submit = text.T("agencyorder.step.amount_submit")
			if s.name == order.Resolve || !o.ComplainedAt.IsZero() {
				v.More = append(v.More, view.Hidden{Name: noAmount, Value: text.T("agencyorder.step.amount_none")})
			}
			if o.Remaining() > 0 {
				v.More = append([]view.Hidden{{Name: wholeAmount, Value: text.T("agencyorder.step.amount_all", "amount", o.Remaining())}}, v.More...)
			}
		}
		if s.day {
			v.Fields = append(v.Fields, view.Field{Name: "date", ID: id("date"), Label: text.T("agencyorder.step.date"), Type: "date", Value: in.Day, Error: errs.Of("date")})
		}
		if s.words {
			v.Fields = append(v.Fields, view.Field{Name: "reason", ID: id("reason"), Label: text.T("agencyorder.refuse.reason"), Hint: text.T("agencyorder.refuse.reason_hint"),
				Rows: 3, MaxLength: 300, Value: in.Words, Error: errs.Of("reason")})
		}
		steps = append(steps, v)
	}
	return steps
}

// said is what staff should know before they decide: how the order is paid, the
// complaint, the question to the buyer, what another of staff proposed.
func (a area) said(c *web.Ctx, o order.Order) ([]view.Notice, error) {
	var notices []view.Notice
	add := func(tone view.Tone, key string, args ...any) {
		notices = append(notices, view.Notice{Tone: tone, Text: text.T(key, args...)})
	}
	if !o.PayBy.Held() {
		key := "agencyorder.pay." + string(o.PayBy)
		if o.Paid() {
			key += "_paid"
		}
		add(view.Info, key, "amount", o.Remaining())
	}
	if o.State == order.AwaitingPayment && !o.ProofAt.IsZero() {
		add(view.Warn, "agencyorder.pay.proof", "time", calendar.DateTime(o.ProofAt, o.RegencyCode))
	}
	if !o.ComplainedAt.IsZero() {
		from := len(notices)
		for _, e := range slices.Backward(o.Events) {
			if e.Move == order.Complain {
				notices = append(notices, view.Notice{Tone: view.Warn, Title: text.T(e.Cause.LabelKey()), Text: e.Reason})
				break
			}
			if e.Move == order.AnswerComplaint {
				notices = append(notices, view.Notice{Tone: view.Neutral, Title: text.T("agencyorder.pay.answered"), Text: e.Reason})
			}
		}
		slices.Reverse(notices[from:]) // as it was said
	}
	if !o.NewDate.IsZero() {
		key := "agencyorder.date.asked"
		if !o.DateDeclinedAt.IsZero() {
			key = "agencyorder.date.declined"
		}
		add(view.Info, key, "date", calendar.Date(o.NewDate.In(calendar.Zone(o.RegencyCode))))
	}
	if o.ProposedBack > 0 {
		people, err := a.Accounts.Users(c.Context(), []int64{o.ProposedBy})
		if err != nil {
			return nil, err
		}
		key := "agencyorder.proposed.other"
		if o.ProposedBy == c.Actor.UserID {
			key = "agencyorder.proposed.own"
		}
		add(view.Warn, key, "amount", o.ProposedBack, "name", people[o.ProposedBy].Name)
	}
	return notices, nil
}

// stepPhotos are the photos of the steps and of a complaint.
func (a area) stepPhotos(c *web.Ctx, o order.Order) ([]view.Picture, error) {
	var ids []int64
	alts := map[int64]string{}
	for _, e := range o.Events {
		for _, pictureID := range e.Pictures {
			ids, alts[pictureID] = append(ids, pictureID), e.Sentence()
		}
	}
	kept, err := a.Pictures.Pictures(c.Context(), ids)
	var photos []view.Picture
	for _, pictureID := range ids {
		if p, ok := kept[pictureID]; ok {
			photos = append(photos, web.Picture(p, alts[pictureID]))
		}
	}
	return photos, err
}

// proof is what the buyer of an order that is paid to the shop itself sent, for who
// decides whether the money came; nil for other orders, and for staff who do not oversee the shop.
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
	kept, err := a.Pictures.Pictures(c.Context(), ids)
	return web.Proof(o.Remaining(), o.Number, len(sent), func(i int) (media.Picture, string) {
		return kept[sent[i].PictureID], calendar.DateTime(sent[i].SentAt, o.RegencyCode)
	}), err
}
