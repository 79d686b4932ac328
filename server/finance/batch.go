package finance

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Together sends many withdrawals at once (finance.Service).
type Together interface {
	PreviewBatch(ctx context.Context, actor account.Actor, ids []int64) (finance.BatchPreview, error)
	ProposeBatch(ctx context.Context, actor account.Actor, ids []int64, formKey string) (finance.Batch, error)
	ConfirmBatch(ctx context.Context, actor account.Actor, id int64) error
	DropBatch(ctx context.Context, actor account.Actor, id int64) error
	BatchOf(ctx context.Context, actor account.Actor, id int64) (finance.Batch, []finance.BatchItem, error)
	Batches(ctx context.Context, actor account.Actor, before int64, limit int) ([]finance.Batch, error)
}

const batchesAt = "/keuangan/pencairan"

// pastBatches is how many earlier batches one page shows.
const pastBatches = 20

func (a area) batches(c *web.Ctx) error { return a.showBatches(c, http.StatusOK, nil, nil) }

func (a area) showBatches(c *web.Ctx, status int, ticked []int64, e view.Errors) error {
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	v := pages.Batches{Page: a.frame(c, text.T("batchpage.title")), CanAct: c.Actor.Has(account.RoleFinance), Errors: e}
	waiting, err := a.Withdrawals.Queue(c.Context(), c.Actor, nil, 0, countLimit)
	if err != nil {
		return err
	}
	held := map[int64]string{}
	if v.CanAct && len(waiting) > 0 {
		all := make([]int64, len(waiting))
		for i, w := range waiting {
			all[i] = w.ID
		}
		p, err := a.Withdrawals.PreviewBatch(c.Context(), c.Actor, all)
		if err != nil {
			return err
		}
		for _, item := range p.Items {
			held[item.ID] = item.Held
		}
	}
	shops, err := a.shopsOf(c.Context(), shopIDs(waiting))
	if err != nil {
		return err
	}
	for _, w := range waiting {
		v.Choice = append(v.Choice, pages.BatchChoice{
			ID: strconv.FormatInt(w.ID, 10), Shop: shops[w.ShopID].Name, Bank: w.Bank, Holder: w.HolderName, Since: since(w.RequestedAt, now),
			Held: held[w.ID], Amount: w.Amount, Ticked: held[w.ID] == "" && (ticked == nil || contains(ticked, w.ID)),
		})
	}
	before, _ := strconv.ParseInt(c.Query("sebelum"), 10, 64)
	past, err := a.Withdrawals.Batches(c.Context(), c.Actor, before, pastBatches+1)
	if err != nil {
		return err
	}
	if len(past) > pastBatches {
		past = past[:pastBatches]
		v.Pager.Next = fmt.Sprintf("%s?sebelum=%d", batchesAt, past[pastBatches-1].ID)
	}
	if before > 0 {
		v.Pager.First = batchesAt
	}
	v.Past = view.Table{Caption: text.T("batchpage.past"), Empty: text.T("batchpage.past_none"),
		Columns: columns("batchpage.col.batch", "batchpage.col.count", "financepage.col.amount", "financepage.col.time", "financepage.col.state")}
	v.Past.Columns[1].Numeric = true
	for _, b := range past {
		chip := batchChip(b)
		v.Past.Rows = append(v.Past.Rows, view.Row{Cells: []view.Cell{
			{Text: batchName(b.ID), URL: fmt.Sprintf("%s/%d", batchesAt, b.ID)}, {Text: strconv.Itoa(b.Count)}, {Text: b.Total.String()}, {Text: stamp(b.ProposedAt)}, {Chip: &chip},
		}})
	}
	return c.Page(status, pages.BatchesPage(v))
}

func contains(ids []int64, id int64) bool {
	for _, other := range ids {
		if other == id {
			return true
		}
	}
	return false
}

func shopIDs(list []finance.Withdrawal) []int64 {
	ids := make([]int64, len(list))
	for i, w := range list {
		ids[i] = w.ShopID
	}
	return ids
}

func batchName(id int64) string { return text.T("batchpage.name", "id", id) }

func batchChip(b finance.Batch) view.Chip {
	tone := map[finance.BatchState]view.Tone{finance.BatchSent: view.Good, finance.BatchDropped: view.Neutral}[b.State]
	if tone == "" {
		tone = view.Wait
	}
	return view.Chip{Tone: tone, Label: text.T("batchpage.state." + string(b.State))}
}

// ids reads the ticked withdrawals; what is no number is nobody's.
func ids(values []string) []int64 {
	var out []int64
	for _, value := range values {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n > 0 {
			out = append(out, n)
		}
	}
	return out
}

func (a area) previewBatch(c *web.Ctx) error {
	chosen := ids(c.QueryValues()["id"])
	p, err := a.Withdrawals.PreviewBatch(c.Context(), c.Actor, chosen)
	if fault.Is(err, fault.KindInvalid) {
		return a.showBatches(c, http.StatusUnprocessableEntity, chosen, c.Errors(err))
	}
	if err != nil {
		return err
	}
	v := pages.BatchPreview{
		Page: a.frame(c, text.T("batchpage.check")), Total: p.Total, Lead: text.T("batchpage.lead", "n", p.Count, "banks", len(p.Banks)), FormKey: id.Token(),
		Banks: view.Table{Caption: text.T("batchpage.banks"), Columns: columns("batchpage.col.bank", "batchpage.col.count", "financepage.col.amount", "batchpage.col.fees")},
	}
	v.Banks.Columns[1].Numeric, v.Banks.Columns[3].Numeric = true, true
	for _, b := range p.Banks {
		v.Banks.Rows = append(v.Banks.Rows, view.Row{Cells: []view.Cell{{Text: b.Name}, {Text: strconv.Itoa(b.Count)}, {Text: b.Amount.String()}, {Text: guessed(b.Fees, p.FeesKnown)}}})
	}
	if v.Items, v.Held, err = a.previewTables(c, p); err != nil {
		return err
	}
	for _, item := range p.Items {
		if item.Held == "" {
			v.IDs = append(v.IDs, strconv.FormatInt(item.ID, 10))
		}
	}
	n := view.Notice{Tone: view.Info, Text: text.T("batchpage.fees", "fees", guessed(p.Fees, p.FeesKnown))}
	switch {
	case p.Count == 0:
		n = view.Notice{Tone: view.Warn, Text: text.T("finance.batch.all_held")}
	case p.TwoPeople:
		n.Title, n.Tone = text.T("batchpage.two_people"), view.Wait
		v.Submit = text.T("batchpage.propose")
	default:
		v.Submit = text.T("batchpage.send", "amount", p.Total)
	}
	v.Notice = &n
	return c.Page(http.StatusOK, pages.BatchPreviewPage(v))
}

func guessed(fees money.Rupiah, known bool) string {
	if !known {
		return text.T("batchpage.fees_unknown")
	}
	return text.T("batchpage.fees_about", "fees", fees)
}

func (a area) previewTables(c *web.Ctx, p finance.BatchPreview) (goes, held view.Table, err error) {
	list := make([]finance.Withdrawal, len(p.Items))
	for i, item := range p.Items {
		list[i] = item.Withdrawal
	}
	shops, err := a.shopsOf(c.Context(), shopIDs(list))
	if err != nil {
		return goes, held, err
	}
	goes = view.Table{Caption: text.T("batchpage.goes"), Empty: text.T("finance.batch.all_held"), Columns: columns("financepage.col.shop", "financepage.col.amount", "financepage.col.bank")}
	held = view.Table{Caption: text.T("batchpage.held"), Columns: columns("financepage.col.shop", "financepage.col.amount", "financepage.col.reason")}
	for _, item := range p.Items {
		cells := []view.Cell{{Text: shops[item.ShopID].Name, URL: address(item.ID)}, {Text: item.Amount.String()}}
		if item.Held != "" {
			held.Rows = append(held.Rows, view.Row{Cells: append(cells, view.Cell{Text: item.Held})})
			continue
		}
		goes.Rows = append(goes.Rows, view.Row{Cells: append(cells, view.Cell{Text: strings.ReplaceAll(item.Bank, " ", "\u00a0"), Note: item.HolderName})})
	}
	return goes, held, nil
}

func (a area) proposeBatch(c *web.Ctx) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	chosen := ids(form["id"])
	b, err := a.Withdrawals.ProposeBatch(c.Context(), c.Actor, chosen, form.Get("form_key"))
	if web.Faulty(err) {
		return a.showBatches(c, http.StatusUnprocessableEntity, chosen, c.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "batchpage.done."+string(b.State))
	return c.SeeOther(fmt.Sprintf("%s/%d", batchesAt, b.ID))
}

func (a area) batch(c *web.Ctx) error { return a.showBatch(c, http.StatusOK, nil) }

func (a area) showBatch(c *web.Ctx, status int, e view.Errors) error {
	batchID, err := c.ID("id")
	if err != nil {
		return err
	}
	b, items, err := a.Withdrawals.BatchOf(c.Context(), c.Actor, batchID)
	if err != nil {
		return err
	}
	people, err := a.People.Users(c.Context(), []int64{b.ProposedBy, b.DecidedBy})
	if err != nil {
		return err
	}
	list := make([]finance.Withdrawal, len(items))
	for i, item := range items {
		list[i] = item.Withdrawal
	}
	shops, err := a.shopsOf(c.Context(), shopIDs(list))
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	v := pages.Batch{
		Page: a.frame(c, batchName(b.ID)), ID: strconv.FormatInt(b.ID, 10), Title: batchName(b.ID), Chip: batchChip(b), Total: b.Total, Errors: e,
		Pay:   text.T("batchpage.send", "amount", b.Total),
		Items: view.Table{Caption: text.T("batchpage.items"), Columns: columns("financepage.col.shop", "financepage.col.amount", "financepage.col.bank", "financepage.col.state")},
	}
	v.Facts = []view.Fact{{Label: text.T("batchpage.fact.proposed"), Value: people[b.ProposedBy].Name, Note: stamp(b.ProposedAt)}}
	if b.DecidedAt != nil {
		v.Facts = append(v.Facts, view.Fact{Label: text.T("batchpage.fact." + string(decided(b))), Value: people[b.DecidedBy].Name, Note: stamp(*b.DecidedAt)})
	}
	counted := map[string]int{}
	for _, item := range items {
		chip := view.Chip{Tone: view.Wait, Label: text.T("batchpage.item.waiting")}
		note := ""
		switch {
		case item.ItemState == "held":
			chip, note = view.Chip{Tone: view.Warn, Label: text.T("batchpage.item.held")}, item.Held
			counted["held"]++
		case item.ItemState == "sent":
			chip = stateChip(item.Withdrawal)
			note = batchNote(item, now)
			counted[string(item.State)]++
		}
		v.Items.Rows = append(v.Items.Rows, view.Row{Cells: []view.Cell{
			{Text: shops[item.ShopID].Name, URL: address(item.ID)}, {Text: item.Amount.String()}, {Text: strings.ReplaceAll(item.Bank, " ", "\u00a0"), Note: item.HolderName}, {Chip: &chip, Note: note},
		}})
	}
	v.Progress = text.T("batchpage.progress", "paid", counted["paid"], "paying", counted["paying"], "failed", counted["failed"]+counted["reversed"], "held", counted["held"], "all", len(items))
	finances := c.Actor.Has(account.RoleFinance)
	v.Drop = finances && b.State == finance.BatchProposed
	v.Confirm = v.Drop && b.ProposedBy != c.Actor.UserID
	switch {
	case v.Confirm:
		v.Notice = &view.Notice{Tone: view.Wait, Text: text.T("batchpage.second")}
	case b.State == finance.BatchProposed:
		v.Notice = &view.Notice{Tone: view.Wait, Text: text.T("finance.batch.own")}
	case b.State == finance.BatchSending:
		v.Notice = &view.Notice{Tone: view.Info, Text: text.T("batchpage.sending")}
	default:
		v.Notice = &view.Notice{Tone: view.Info, Text: text.T("batchpage." + string(b.State))}
	}
	return c.Page(status, pages.BatchPage(v))
}

func decided(b finance.Batch) finance.BatchState {
	if b.State == finance.BatchDropped {
		return b.State
	}
	return finance.BatchSent
}

// batchNote says how far one payout of a batch is.
func batchNote(item finance.BatchItem, now time.Time) string {
	switch {
	case item.State == finance.Failed || item.State == finance.Reversed:
		return failure(item.FailureCode)
	case item.State == finance.Paying && item.Progress == payment.PayoutUnknown:
		return text.T("financepage.unknown.title")
	case item.State == finance.Paying && item.DecidedAt != nil:
		return since(*item.DecidedAt, now)
	}
	return ""
}

func (a area) confirmBatch(c *web.Ctx) error {
	return a.decideBatch(c, "batchpage.done.sending", func(id int64, e entry) error {
		if !e.sure() {
			return unsure()
		}
		return a.Withdrawals.ConfirmBatch(c.Context(), c.Actor, id)
	})
}

func (a area) dropBatch(c *web.Ctx) error {
	return a.decideBatch(c, "batchpage.done.dropped", func(id int64, _ entry) error { return a.Withdrawals.DropBatch(c.Context(), c.Actor, id) })
}

func (a area) decideBatch(c *web.Ctx, done string, do func(id int64, e entry) error) error {
	batchID, err := c.ID("id")
	if err != nil {
		return err
	}
	var e entry
	if err = c.Decode(&e); err == nil {
		err = do(batchID, e)
	}
	switch {
	case fault.Is(err, fault.KindForbidden): // one's own proposal
		return a.showBatch(c, http.StatusForbidden, c.Errors(err))
	case web.Faulty(err):
		return a.showBatch(c, http.StatusUnprocessableEntity, c.Errors(err))
	case err != nil:
		return err
	}
	c.Flash(view.Good, done)
	return c.SeeOther(fmt.Sprintf("%s/%d", batchesAt, batchID))
}
