package finance

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Statement is what the desk asks of package payment about the gateway's statement.
type Statement interface {
	MatchRuns(ctx context.Context, limit int) ([]payment.MatchRun, error)
	Differences(ctx context.Context, after int64, limit int) ([]payment.Match, error)
	DifferenceCount(ctx context.Context) (int64, error)
	Matches(ctx context.Context, before int64, limit int) ([]payment.Match, error)
	MatchOf(ctx context.Context, matchID int64) (payment.Match, error)
}

const matchAt = "/keuangan/pencocokan"

// runsShown is how many days of balances the page shows.
const runsShown = 10

func (a area) matching(c *web.Ctx) error {
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	runs, err := a.Payments.MatchRuns(c.Context(), runsShown)
	if err != nil {
		return err
	}
	open, err := a.Payments.Differences(c.Context(), 0, tasksShown)
	if err != nil {
		return err
	}
	count, err := a.Payments.DifferenceCount(c.Context())
	if err != nil {
		return err
	}
	v := pages.Match{Page: a.frame(c, text.T("matchpage.title")), CanAct: c.Actor.Has(account.RoleFinance), Last: text.T("matchpage.never")}
	a.runs(runs, now, &v)
	stat := view.Stat{Label: text.T("matchpage.differences"), Value: strconv.FormatInt(count, 10), URL: "#selisih", Tone: view.Good}
	if count > 0 {
		stat.Tone = view.Warn
	}
	v.Stats = append([]view.Stat{stat}, v.Stats...)
	v.Differences = view.Table{Caption: text.T("matchpage.differences"), Empty: text.T("matchpage.differences_none"),
		Columns: columns("financepage.col.what", "financepage.col.state", "matchpage.col.open", "financepage.col.since")}
	v.Differences.Columns[2].Numeric = true
	for _, m := range open {
		chip := differs(m)
		v.Differences.Rows = append(v.Differences.Rows, view.Row{Cells: []view.Cell{
			{Text: lineName(m), URL: fmt.Sprintf("%s/%d", matchAt, m.ID), Note: ours(m)}, {Chip: &chip}, {Text: m.Open().String()}, {Text: since(m.HappenedAt, now)},
		}})
	}
	before, _ := strconv.ParseInt(c.Query("sebelum"), 10, 64)
	lines, err := a.Payments.Matches(c.Context(), before, pageSize+1)
	if err != nil {
		return err
	}
	if len(lines) > pageSize {
		lines = lines[:pageSize]
		v.Pager.Next = fmt.Sprintf("%s?sebelum=%d#transaksi", matchAt, lines[pageSize-1].ID)
	}
	if before > 0 {
		v.Pager.First = matchAt + "#transaksi"
	}
	v.Lines = statementTable(lines)
	return c.Page(http.StatusOK, pages.MatchPage(v))
}

// runs draws the days' balances: what the gateway has, what our books expect of it.
func (a area) runs(runs []payment.MatchRun, now time.Time, v *pages.Match) {
	v.Runs = view.Table{Caption: text.T("matchpage.balance"), Empty: text.T("matchpage.never"),
		Columns: columns("financepage.col.time", "matchpage.col.gateway", "matchpage.col.books", "matchpage.col.apart", "matchpage.col.read")}
	for i := range v.Runs.Columns[1:4] {
		v.Runs.Columns[i+1].Numeric = true
	}
	for i, r := range runs {
		if i == 0 {
			v.Last = text.T("matchpage.last", "time", stamp(r.BeganAt), "age", since(r.BeganAt, now))
			switch {
			case r.EndedAt == nil && r.Trouble == "" && now.Sub(r.BeganAt) < 10*time.Minute:
				v.Trouble = &view.Notice{Tone: view.Info, Text: text.T("matchpage.running")}
			case r.EndedAt == nil || r.Trouble != "":
				v.Trouble = &view.Notice{Tone: view.Warn, Title: text.T("matchpage.trouble"), Text: text.T("matchpage.trouble_text")}
			}
		}
		row := []view.Cell{{Text: stamp(r.BeganAt)}, {Text: "–"}, {Text: "–"}, {Text: "–"}, {Text: text.T("matchpage.read", "n", r.Lines)}}
		if apart, known := r.Apart(); known {
			expected := *r.Books - r.Unsettled
			row[1].Text, row[2].Text, row[3].Text = r.Balance.String(), expected.String(), apart.String()
			if r.Unsettled > 0 {
				row[2].Note = text.T("matchpage.unsettled", "amount", r.Unsettled)
			}
			if len(v.Stats) == 0 {
				v.Stats = []view.Stat{
					{Label: text.T("matchpage.col.gateway"), Value: r.Balance.String()}, {Label: text.T("matchpage.col.books"), Value: expected.String(), Note: row[2].Note},
					{Label: text.T("matchpage.col.apart"), Value: apart.String(), Note: text.T("matchpage.apart_note")},
				}
			}
		}
		v.Runs.Rows = append(v.Runs.Rows, view.Row{Cells: row})
	}
}

func statementTable(lines []payment.Match) view.Table {
	t := view.Table{Caption: text.T("matchpage.lines"), Empty: text.T("matchpage.lines_none"),
		Columns: columns("financepage.col.time", "financepage.col.what", "financepage.col.amount", "matchpage.col.cost", "matchpage.col.vat", "financepage.col.state")}
	t.Columns[3].Numeric, t.Columns[4].Numeric = true, true
	for _, m := range lines {
		chip := differs(m)
		cost := "–"
		if m.Cost != nil {
			cost = m.Cost.String()
		}
		amount := m.Amount
		if !m.MoneyIn {
			amount = -amount
		}
		t.Rows = append(t.Rows, view.Row{Cells: []view.Cell{
			{Text: stamp(m.HappenedAt)}, {Text: lineName(m), URL: fmt.Sprintf("%s/%d", matchAt, m.ID), Note: ours(m)}, {Text: amount.String()},
			{Text: cost}, {Text: m.VAT.String()}, {Chip: &chip, Note: m.Reason},
		}})
	}
	return t
}

// lineName says what a line is, in the gateway's terms as far as they are known.
func lineName(m payment.Match) string {
	name := m.Kind
	if key := "matchpage.kind." + strings.ToLower(m.Kind); text.Has(key) {
		name = text.T(key)
	}
	if m.Channel != "" {
		name += " " + m.Channel
	}
	return name
}

// ours names the row of ours that the line is.
func ours(m payment.Match) string {
	if m.Object == "" {
		return m.Reference
	}
	return text.T("matchpage.ours."+m.Object, "id", m.ObjectID)
}

func differs(m payment.Match) view.Chip {
	switch {
	case m.Difference != payment.Agrees:
		return view.Chip{Tone: view.Bad, Label: text.T("matchpage.difference." + string(m.Difference))}
	case m.Resolution != "":
		return view.Chip{Tone: view.Neutral, Label: text.T("matchpage.resolved." + m.Resolution)}
	case m.Object == "" || (m.Status != "SUCCESS" && m.Status != "REVERSED"):
		return view.Chip{Tone: view.Wait, Label: text.T("matchpage.waits")}
	}
	return view.Chip{Tone: view.Good, Label: text.T("matchpage.agrees")}
}

func (a area) difference(c *web.Ctx) error {
	return a.showDifference(c, http.StatusOK, resolveForm{}, nil)
}

type resolveForm struct {
	How     string `form:"how"`
	Reason  string `form:"reason"`
	Payment string `form:"payment_id"`
}

func (a area) showDifference(c *web.Ctx, status int, in resolveForm, e view.Errors) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	m, err := a.Payments.MatchOf(c.Context(), id)
	if err != nil {
		return err
	}
	v := pages.Difference{
		Page: a.frame(c, lineName(m)), ID: strconv.FormatInt(id, 10), Title: lineName(m), Chip: differs(m), Amount: m.Open(), Errors: e,
		CanAct:  m.Difference != payment.Agrees && c.Actor.Has(account.RoleFinance),
		CanLink: m.Kind == payment.LinePayment && m.Object == "" && m.TransactionID != "", Payment: in.Payment, Reason: in.Reason,
	}
	fact := func(key, value, note string) {
		if value != "" {
			v.Facts = append(v.Facts, view.Fact{Label: text.T("matchpage.fact." + key), Value: value, Note: note})
		}
	}
	fact("when", stamp(m.HappenedAt), "")
	fact("ours", ours(m), "")
	fact("reference", m.Reference, m.ProductID)
	fact("transaction", m.TransactionID, m.Status)
	fact("amount", m.Amount.String(), "")
	if m.Cost != nil {
		fact("cost", m.Cost.String(), text.T("matchpage.vat", "vat", m.VAT))
	}
	fact("apart", m.Apart.String(), text.T("matchpage.apart_is"))
	if m.Booked != 0 {
		fact("booked", m.Booked.String(), "")
	}
	if m.Resolution != "" {
		when := ""
		if m.ResolvedAt != nil {
			people, err := a.People.Users(c.Context(), []int64{m.ResolvedBy})
			if err != nil {
				return err
			}
			when = text.T("matchpage.by", "name", people[m.ResolvedBy].Name, "time", stamp(*m.ResolvedAt))
		}
		v.Done = &view.Notice{Tone: view.Good, Title: text.T("matchpage.resolved." + m.Resolution), Text: m.Reason + " (" + when + ")"}
	} else if m.Difference == payment.Agrees {
		v.Done = &view.Notice{Tone: view.Info, Text: text.T("matchpage.nothing_open")}
	}
	v.Ways = view.Choices{Name: "how", Legend: text.T("matchpage.how"), Error: e.Of("how")}
	ways := []string{payment.ResolvedBooked, payment.ResolvedExplained}
	if v.CanLink {
		ways = append([]string{payment.ResolvedLinked}, ways...)
	}
	for _, way := range ways {
		v.Ways.Options = append(v.Ways.Options, view.Option{Value: way, Label: text.T("matchpage.way." + way), Note: text.T("matchpage.way_is."+way, "amount", money.Rupiah(m.Open())), Selected: way == in.How})
	}
	return c.Page(status, pages.DifferencePage(v))
}

func (a area) resolve(c *web.Ctx) error {
	id, err := c.ID("id")
	if err != nil {
		return err
	}
	var in resolveForm
	if err = c.Decode(&in); err != nil {
		return err
	}
	n := payment.Resolution{MatchID: id, How: in.How, Reason: in.Reason}
	switch in.How {
	case payment.ResolvedBooked, payment.ResolvedExplained:
	case payment.ResolvedLinked:
		n.PaymentID, _ = strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(in.Payment), "#"), 10, 64) // 0 is no payment
	default:
		err = missing("how", "matchpage.how_missing")
	}
	if err == nil {
		err = a.Withdrawals.ResolveDifference(c.Context(), c.Actor, n)
	}
	if web.Faulty(err) {
		return a.showDifference(c, http.StatusUnprocessableEntity, in, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "matchpage.done")
	return c.SeeOther(matchAt)
}

func (a area) runMatch(c *web.Ctx) error {
	if err := a.Withdrawals.AskMatch(c.Context(), c.Actor); err != nil {
		return err
	}
	c.Flash(view.Good, "matchpage.asked")
	return c.SeeOther(matchAt)
}
