package finance

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// tasksShown is how many lines of each kind the page draws; the figures above
// count all.
const tasksShown = 100

func (a area) tasks(c *web.Ctx) error { return a.showTasks(c, http.StatusOK, nil) }

func (a area) showTasks(c *web.Ctx, status int, fault error) error {
	return a.drawTasks(c, status, fault, nil)
}

func (a area) drawTasks(c *web.Ctx, status int, fault error, typed *typedAccount) error {
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	tasks, err := a.Withdrawals.Tasks(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	v := pages.Tasks{Page: a.frame(c, text.T("financepage.tasks.title")), Errors: web.Errors(fault)}
	byKind := map[finance.TaskKind][]finance.Task{}
	for _, t := range tasks {
		byKind[t.Kind] = append(byKind[t.Kind], t)
	}
	payouts := append(append(byKind[finance.TaskFailed], byKind[finance.TaskReversed]...), byKind[finance.TaskStuck]...)
	if v.Payouts, err = a.payoutTasks(c, payouts, now); err != nil {
		return err
	}
	if v.Strays, err = a.strays(c, now, typed); err != nil {
		return err
	}
	if v.Refunds, err = a.refundTasks(c, byKind[finance.TaskRefund]); err != nil {
		return err
	}
	stat := func(anchor, key string, n int, sum money.Rupiah) {
		s := view.Stat{Label: text.T(key), Value: strconv.Itoa(n), Note: sum.String(), URL: "#" + anchor}
		if n > 0 {
			s.Tone = view.Warn
		}
		v.Stats = append(v.Stats, s)
	}
	if err := a.seconds(c, &v, now); err != nil {
		return err
	}
	stat("pencairan", "financepage.tasks.payouts", len(payouts), total(payouts))
	if c.Actor.Has(account.RoleFinance) {
		items, err := a.Suspense.SuspenseItems(c.Context(), c.Actor)
		if err != nil {
			return err
		}
		sum := money.Rupiah(0)
		for _, i := range items {
			sum += i.Amount
		}
		if v.Suspense, err = a.suspense(c, items, now); err != nil {
			return err
		}
		stat("titipan", "financepage.tasks.suspense", len(items), sum)
	}
	stat("tak-dikenal", "financepage.tasks.strays", len(byKind[finance.TaskUnmatched]), total(byKind[finance.TaskUnmatched]))
	stat("pengembalian", "financepage.tasks.refunds", len(byKind[finance.TaskRefund]), total(byKind[finance.TaskRefund]))
	for _, low := range byKind[finance.TaskSubsidy] {
		v.Stats = append(v.Stats, view.Stat{Label: text.T(low.LabelKey()), Value: low.Amount.String(), Note: ago(low.Since, now), URL: fundsAt, Tone: view.Warn})
	}
	refused, err := a.Payments.Refusals(c.Context())
	if err != nil {
		return err
	}
	if len(refused) > 0 {
		v.Stats = append(v.Stats, view.Stat{Label: text.T("financepage.tasks.refused"), Value: strconv.Itoa(len(refused)), URL: channelsAt + "#ditolak", Tone: view.Warn})
	}
	differences, err := a.Payments.DifferenceCount(c.Context())
	if err != nil {
		return err
	}
	found := view.Stat{Label: text.T("matchpage.differences"), Value: strconv.FormatInt(differences, 10), URL: matchAt + "#selisih"}
	if differences > 0 {
		found.Tone = view.Warn
	}
	v.Stats = append(v.Stats, found)
	if v.Held, err = a.held(c, now); err != nil {
		return err
	}
	return c.Page(status, pages.TasksPage(v))
}

func total(tasks []finance.Task) money.Rupiah {
	sum := money.Rupiah(0)
	for _, t := range tasks {
		sum += t.Amount
	}
	return sum
}

func columns(keys ...string) []view.Column {
	out := make([]view.Column, len(keys))
	for i, k := range keys {
		out[i] = view.Column{Label: text.T(k), Numeric: k == "financepage.col.amount" || k == "financepage.col.balance"}
	}
	return out
}

func (a area) payoutTasks(c *web.Ctx, tasks []finance.Task, now time.Time) (view.Table, error) {
	t := view.Table{
		Caption: text.T("financepage.tasks.payouts"), Empty: text.T("financepage.tasks.payouts_none"),
		Columns: columns("financepage.col.shop", "financepage.col.what", "financepage.col.amount", "financepage.col.since"),
	}
	var ids []int64
	for _, task := range tasks {
		ids = append(ids, task.ShopID)
	}
	shops, err := a.shopsOf(c.Context(), ids)
	if err != nil {
		return t, err
	}
	for _, task := range tasks[:min(len(tasks), tasksShown)] {
		chip := view.Chip{Tone: view.Bad, Label: text.T(task.LabelKey())}
		note := failure(task.Note)
		if task.Kind == finance.TaskStuck {
			chip.Tone, note = view.Warn, ""
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: shops[task.ShopID].Name, URL: address(task.RefID)}, {Chip: &chip, Note: note},
			{Text: task.Amount.String()}, {Text: ago(task.Since, now)},
		}})
	}
	return t, nil
}

func ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return since(t, now)
}

// refundTasks names what buyers are owed: the order by the number in the journal,
// and how far each of its refunds is.
func (a area) refundTasks(c *web.Ctx, tasks []finance.Task) (view.Table, error) {
	t := view.Table{
		Caption: text.T("financepage.tasks.refunds"), Empty: text.T("financepage.tasks.refunds_none"),
		Columns: columns("financepage.col.order", "financepage.col.amount", "financepage.col.state"),
	}
	for _, task := range tasks[:min(len(tasks), tasksShown)] {
		entries, err := a.Books.Entries(c.Context(), order.PurposeKind, task.RefID)
		if err != nil {
			return t, err
		}
		name := strconv.FormatInt(task.RefID, 10)
		if len(entries) > 0 && entries[0].Memo != "" {
			name = entries[0].Memo
		}
		refunds, err := a.Payments.RefundsFor(c.Context(), payment.Purpose{Kind: order.PurposeKind, ID: task.RefID})
		if err != nil {
			return t, err
		}
		state := view.Cell{}
		for _, r := range refunds {
			if r.State == payment.RefundDone {
				continue
			}
			chip := view.Chip{Tone: view.Wait, Label: text.T("financepage.refund." + string(r.State))}
			state.Chip, state.Note = &chip, r.HolderHint
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{{Text: name}, {Text: task.Amount.String()}, state}})
	}
	return t, nil
}

// held are the gateway's messages that its own records deny or that nobody
// understands. Their bodies are not shown: they hold what buyers typed.
func (a area) held(c *web.Ctx, now time.Time) (view.Table, error) {
	t := view.Table{
		Caption: text.T("financepage.tasks.held"), Empty: text.T("financepage.tasks.held_none"),
		Columns: columns("financepage.col.message", "financepage.col.state", "financepage.col.times", "financepage.col.since"),
	}
	list, err := a.Payments.Held(c.Context(), tasksShown)
	if err != nil {
		return t, err
	}
	for _, cb := range list {
		chip := view.Chip{Tone: view.Warn, Label: text.T("financepage.callback." + string(cb.State))}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: strings.TrimSpace(cb.Source + " " + cb.Status), Note: reference(cb)}, {Chip: &chip},
			{Text: strconv.Itoa(cb.Times)}, {Text: since(cb.LastAt, now)},
		}})
	}
	return t, nil
}

// reference is what a message is about; one nobody could read only has a hash.
func reference(cb payment.StoredCallback) string {
	if cb.State == payment.CallbackUnreadable {
		return ""
	}
	return cb.Reference
}
