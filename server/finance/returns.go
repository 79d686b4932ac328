package finance

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// onTask answers a press on the list of tasks: do decides, and the list says what
// came of it.
func (a area) onTask(do func(ctx context.Context, actor account.Actor, id int64) error, done string) func(*web.Ctx) error {
	return func(c *web.Ctx) error {
		id, err := c.ID("id")
		if err != nil {
			return err
		}
		err = do(c.Context(), c.Actor, id)
		if fault.Is(err, fault.KindForbidden) { // one's own proposal
			return a.showTasks(c, http.StatusForbidden, err)
		}
		if web.Faulty(err) {
			return a.showTasks(c, http.StatusUnprocessableEntity, err)
		}
		if err != nil {
			return err
		}
		c.Flash(view.Good, done)
		return c.SeeOther("/keuangan/tugas")
	}
}

// suspense draws money that came for a purchase.
func (a area) suspense(c *web.Ctx, items []checkout.SuspenseItem, now time.Time) ([]pages.Suspense, error) {
	var rows []pages.Suspense
	proposers := make([]int64, len(items))
	for i, item := range items {
		proposers[i] = item.ProposedBy
		rows = append(rows, pages.Suspense{
			At: "/keuangan/titipan/" + strconv.FormatInt(item.ID, 10), Amount: item.Amount, Reason: item.Reason, Since: since(item.OpenedAt, now),
			Payment: text.T("financepage.tasks.payment", "id", item.PaymentID), State: stuck(item.State),
		})
		a.offer(c, &rows[i], item.State, item.TwoPeople, item.ProposedBy)
	}
	return rows, a.name(c.Context(), rows, proposers)
}

// strays draws money that came for nothing of ours. Nobody knows the payer, so the
// account, where one is needed, is typed here by one person and confirmed by another.
func (a area) strays(c *web.Ctx, now time.Time, typed *typedAccount) ([]pages.Suspense, error) {
	list, err := a.Withdrawals.Strays(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	list = list[:min(len(list), tasksShown)]
	var rows []pages.Suspense
	proposers := make([]int64, len(list))
	for i, s := range list {
		proposers[i] = s.ProposedBy
		rows = append(rows, pages.Suspense{
			At: "/keuangan/tak-dikenal/" + strconv.FormatInt(s.PaymentID, 10), Amount: s.Amount, Since: since(s.Since, now),
			Reason: text.T("financepage.tasks.payment", "id", s.PaymentID), State: stuck(string(s.State)),
		})
		a.offer(c, &rows[i], string(s.State), s.TwoPeople, s.ProposedBy)
		refunds, err := a.Payments.RefundsFor(c.Context(), payment.Purpose{Kind: payment.KindUnmatched, ID: s.PaymentID})
		if err != nil {
			return nil, err
		}
		for _, r := range refunds {
			if r.HolderHint != "" {
				rows[i].Notes = append(rows[i].Notes, r.HolderHint)
			}
			if r.State == payment.RefundAwaitingAccount && c.Actor.Has(account.RoleFinance) {
				rows[i].Account = a.strayAccount(c, s, typed)
			}
		}
	}
	return rows, a.name(c.Context(), rows, proposers)
}

func stuck(state string) view.Chip {
	return view.Chip{Tone: view.Wait, Label: text.T("financepage.suspense." + state)}
}

// offer says what the viewer may do: for the button only, the service decides.
func (a area) offer(c *web.Ctx, row *pages.Suspense, state string, twoPeople bool, proposedBy int64) {
	if !c.Actor.Has(account.RoleFinance) {
		return
	}
	switch {
	case state == "open" && twoPeople:
		row.Do = "usulkan"
	case state == "open":
		row.Do = "kembalikan"
	case state == "proposed" && proposedBy == c.Actor.UserID:
		row.Notes = append(row.Notes, text.T("financepage.tasks.own_proposal"))
	case state == "proposed":
		row.Do = "setujui"
	}
}

// name says who proposed.
func (a area) name(ctx context.Context, rows []pages.Suspense, proposers []int64) error {
	people, err := a.People.Users(ctx, proposers)
	if err != nil {
		return err
	}
	for i, id := range proposers {
		if id > 0 {
			rows[i].Notes = append([]string{text.T("financepage.tasks.proposed_by", "name", people[id].Name)}, rows[i].Notes...)
		}
	}
	return nil
}
