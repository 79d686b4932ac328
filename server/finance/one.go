package finance

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func (a area) withdrawal(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	return a.show(c, http.StatusOK, id, pages.Desk{})
}

// show draws one withdrawal. typed holds what a faulty form was sent with.
func (a area) show(c *web.Ctx, status int, id int64, typed pages.Desk) error {
	w, err := a.Withdrawals.Withdrawal(c.Context(), c.Actor, id)
	if err != nil {
		return err
	}
	shop, err := a.Shops.Shop(c.Context(), w.ShopID)
	if err != nil {
		return err
	}
	people, err := a.People.Users(c.Context(), []int64{w.RequestedBy, w.CheckedBy, w.DecidedBy})
	if err != nil {
		return err
	}
	v := pages.Withdrawal{
		ID: strconv.FormatInt(id, 10), Title: text.T("financepage.one.title", "id", id, "shop", shop.Name), Amount: w.Amount,
		Chips: []view.Chip{stateChip(w)}, Facts: facts(w, shop, people), History: history(w, people), Desk: desk(c.Actor, w, typed),
		Back: view.Link{Label: text.T("financepage.one.back"), URL: "/keuangan"},
	}
	v.Page = a.frame(c, v.Title)
	if c.Actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		v.RevealURL = fmt.Sprintf("/keuangan/%d/rekening", id)
	}
	if !c.Actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		v.Back.URL = "/keuangan/periksa" // a head sees the request, not the shop's money
	} else if err := a.money(c, w, &v); err != nil {
		return err
	}
	v.TakeBack = w.Way == finance.ByCash && w.State == finance.Paying && c.Actor.Has(account.RoleFinance)
	if w.PayoutID > 0 {
		if err := a.payout(c, w, &v); err != nil {
			return err
		}
	}
	return c.Page(status, pages.WithdrawalPage(v))
}

func facts(w finance.Withdrawal, shop catalog.Shop, people map[int64]account.User) []view.Fact {
	return []view.Fact{
		{Label: text.T("financepage.fact.shop"), Value: shop.Name, Note: shop.Place()},
		{Label: text.T("financepage.fact.kind"), Value: text.T("financepage.kind." + string(shop.Kind))},
		{Label: text.T("financepage.fact.asked_by"), Value: people[w.RequestedBy].Name, Note: stamp(w.RequestedAt)},
		{Label: text.T("financepage.fact.bank"), Value: w.Bank},
		{Label: text.T("financepage.fact.holder"), Value: w.HolderName},
	}
}

// money fills what the shop has and its last movements, so that the request can
// be held against them.
func (a area) money(c *web.Ctx, w finance.Withdrawal, v *pages.Withdrawal) error {
	m, err := a.Withdrawals.Money(c.Context(), c.Actor, w.ShopID)
	if err != nil {
		return err
	}
	v.Money = []view.Amount{{Label: text.T("finance.money.free"), Value: m.Free}}
	if w.State.Open() && !m.RestUntil.IsZero() { // approving would be refused until then
		v.Problem = &view.Notice{Tone: view.Wait, Title: text.T("financepage.desk.rests"), Text: text.T("financepage.desk.rests_text", "until", stamp(m.RestUntil))}
	}
	if w.State.Open() {
		v.Money = append(v.Money,
			view.Amount{Label: text.T("financepage.money.asked"), Value: -w.Amount},
			view.Amount{Label: text.T("financepage.money.left"), Value: m.Free - w.Amount, Strong: true})
	}
	v.Money = append(v.Money,
		view.Amount{Label: text.T("finance.money.held"), Value: m.Held},
		view.Amount{Label: text.T("finance.money.on_the_way"), Value: m.OnTheWay})
	lines, err := a.Withdrawals.Statement(c.Context(), c.Actor, w.ShopID, 0, 10)
	if err != nil {
		return err
	}
	v.Lines = view.Table{Caption: text.T("financepage.one.lines"), Empty: text.T("financepage.one.no_lines"), Columns: []view.Column{
		{Label: text.T("financepage.col.time")}, {Label: text.T("financepage.col.what")},
		{Label: text.T("financepage.col.amount"), Numeric: true}, {Label: text.T("financepage.col.balance"), Numeric: true},
	}}
	for _, l := range lines {
		v.Lines.Rows = append(v.Lines.Rows, view.Row{Cells: []view.Cell{
			{Text: stamp(l.At)}, {Text: words(l)}, {Text: l.Amount.String()}, {Text: l.Balance.String()},
		}})
	}
	return nil
}

// words says what moved a shop's money, to somebody who is not the shop.
func words(l ledger.StatementLine) string {
	return text.T("financepage.entry."+string(l.Kind), "memo", l.Memo)
}

// payout says how far the money is, in the gateway's last words.
func (a area) payout(c *web.Ctx, w finance.Withdrawal, v *pages.Withdrawal) error {
	p, err := a.Payments.Payout(c.Context(), w.PayoutID)
	if err != nil {
		return err
	}
	v.Facts = append(v.Facts, view.Fact{Label: text.T("financepage.fact.payout"), Value: text.T("financepage.payout." + string(p.State)), Note: p.Reference})
	own := func(n view.Notice) {
		v.Problem, v.Desk.Blocked = &n, nil // it says more than "decided"
	}
	failed := w.State == finance.Failed || w.State == finance.Reversed
	switch {
	case failed:
		own(view.Notice{Tone: view.Bad, Title: text.T(w.State.LabelKey()), Text: failure(w.FailureCode)})
		v.HandleIt = w.HandledAt == nil && c.Actor.Has(account.RoleFinance)
	case p.Problem != "":
		own(view.Notice{Tone: view.Bad, Title: text.T("financepage.problem.title"), Text: text.T("financepage.problem.text")})
	case w.State == finance.Paying && p.State == payment.PayoutUnknown:
		own(view.Notice{Tone: view.Warn, Title: text.T("financepage.unknown.title"), Text: text.T("financepage.unknown.text")})
	}
	return nil
}

// failure says why the bank did not take the money, as far as the code is known.
func failure(code string) string {
	if code == "" {
		return text.T("financepage.failure.none")
	}
	if key := "financepage.failure." + strings.ToLower(code); text.Has(key) {
		return text.T(key)
	}
	return text.T("financepage.failure.other", "code", code)
}

func history(w finance.Withdrawal, people map[int64]account.User) []view.Step {
	arrives := text.T("financepage.step.arrives")
	if w.Way == finance.ByCash {
		arrives = text.T("financepage.step.fetched")
	}
	steps := []view.Step{{
		Label: text.T("financepage.step.asked", "name", people[w.RequestedBy].Name), When: stamp(w.RequestedAt), State: view.Done,
	}}
	if w.NeedsCheck {
		step := view.Step{Label: text.T("financepage.step.to_check"), State: view.Now}
		if w.CheckedAt != nil {
			step = view.Step{Label: text.T("financepage.step.checked", "name", people[w.CheckedBy].Name), When: stamp(*w.CheckedAt), State: view.Done}
		} else if !w.State.Open() {
			step.State = view.Todo
		}
		steps = append(steps, step)
	}
	switch {
	case w.State == finance.Refused && w.DecidedAt != nil:
		return append(steps, view.Step{Label: text.T("financepage.step.refused", "name", people[w.DecidedBy].Name), When: stamp(*w.DecidedAt), Note: w.Reason, State: view.Fail})
	case w.State == finance.Cancelled:
		return append(steps, view.Step{Label: text.T("financepage.step.cancelled"), State: view.Fail})
	case w.DecidedAt == nil:
		state := view.Now
		if w.NeedsCheck && w.CheckedAt == nil {
			state = view.Todo
		}
		return append(steps, view.Step{Label: text.T("financepage.step.to_decide"), State: state}, view.Step{Label: arrives, State: view.Todo})
	}
	steps = append(steps, view.Step{Label: text.T("financepage.step.approved", "name", people[w.DecidedBy].Name), When: stamp(*w.DecidedAt), State: view.Done})
	last := view.Step{Label: arrives, State: view.Now}
	if w.FinishedAt != nil {
		last = view.Step{Label: text.T(w.State.LabelKey()), When: stamp(*w.FinishedAt), State: view.Done}
		if w.State != finance.Paid {
			last.State = view.Fail
		}
	}
	return append(steps, last)
}

// desk says what the viewer may do. It only draws buttons: finance decides
// again, for itself, when one is pressed.
func desk(actor account.Actor, w finance.Withdrawal, typed pages.Desk) pages.Desk {
	d := typed
	d.Pay, d.PayHint = text.T("financepage.desk.pay", "amount", w.Amount), text.T("financepage.desk.pay_hint")
	if w.Way == finance.ByCash {
		d.Pay, d.PayHint = text.T("financepage.desk.pay_cash", "amount", w.Amount), text.T("financepage.desk.pay_cash_hint")
	}
	d.CanDecide = finance.MayApprove(actor, w)
	d.CanCheck = w.NeedsCheck && w.State == finance.Requested && actor.Has(account.RoleHead) && actor.UserID != w.RequestedBy && !actor.Conflicted(w.ShopID)
	own := slices.Contains([]int64{w.RequestedBy, w.CheckedBy}, actor.UserID) || actor.Conflicted(w.ShopID)
	blocked := ""
	switch {
	case d.CanDecide || d.CanCheck:
	case !w.State.Open():
		blocked = "finance.withdrawal.moved"
	case own:
		blocked = "finance.decide.conflict"
	case w.NeedsCheck && w.State == finance.Requested:
		blocked = "finance.approve.unchecked"
	default:
		blocked = "financepage.desk.look_only"
	}
	if blocked != "" {
		d.Blocked = &view.Notice{Tone: view.Info, Text: text.T(blocked)}
	}
	return d
}

// entry is every field that the desk's forms send.
type entry struct {
	Box    string `form:"cocok"`
	Reason string `form:"reason"`
	Note   string `form:"note"`
}

// sure reports whether the box was ticked.
func (e entry) sure() bool { return e.Box != "" }

// act runs one decision: parse, one call, back to the withdrawal; a fault shows
// the page again with everything typed.
func (a area) act(c *web.Ctx, open, done string, call func(id int64, e entry) error) error {
	return a.actSaying(c, open, func(id int64, e entry) (string, error) { return done, call(id, e) })
}

// actSaying is act where the decision's outcome chooses the sentence.
func (a area) actSaying(c *web.Ctx, open string, call func(id int64, e entry) (done string, err error)) error {
	done := ""
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var e entry
	if err = c.Decode(&e); err == nil {
		done, err = call(id, e)
	}
	if web.Faulty(err) {
		return a.show(c, http.StatusUnprocessableEntity, id, pages.Desk{Sure: e.sure(), Reason: e.Reason, Note: e.Note, Open: open, Errors: web.Errors(err)})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, done)
	return c.SeeOther(address(id))
}

// missing is the fault of a form without something it needs.
func missing(field, key string) error { return fault.Invalid(key).With(field, key) }

// unsure is the fault of a money form whose box was not ticked.
func unsure() error {
	return fault.Invalid("financepage.desk.unsure").With("cocok", "financepage.desk.unsure")
}

func (a area) approve(c *web.Ctx) error {
	return a.actSaying(c, "", func(id int64, e entry) (string, error) {
		if !e.sure() {
			return "", unsure()
		}
		w, err := a.Withdrawals.Approve(c.Context(), c.Actor, id)
		if w.Way == finance.ByCash {
			return "financepage.done.approved_cash", err
		}
		return "financepage.done.approved", err
	})
}

func (a area) check(c *web.Ctx) error {
	return a.act(c, "", "financepage.done.checked", func(id int64, e entry) error {
		if !e.sure() {
			return unsure()
		}
		_, err := a.Withdrawals.Check(c.Context(), c.Actor, id)
		return err
	})
}

func (a area) refuse(c *web.Ctx) error {
	return a.act(c, "tolak", "financepage.done.refused", func(id int64, e entry) error {
		_, err := a.Withdrawals.Refuse(c.Context(), c.Actor, id, e.Reason)
		return err
	})
}

func (a area) handle(c *web.Ctx) error {
	return a.act(c, "", "financepage.done.handled", func(id int64, e entry) error {
		return a.Withdrawals.Handle(c.Context(), c.Actor, id, e.Note)
	})
}
