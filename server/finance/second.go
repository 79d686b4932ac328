package finance

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const checksAt = "/keuangan/periksa"

// waiting is one decision that one person began and another has to end.
type waiting struct {
	what, url string
	shop      int64
	amount    money.Rupiah
	by        int64
	since     time.Time
	who       string // the text key of who ends it; "" for finance
}

// seconds draws everything that waits for a second person, whoever that is: the
// desk's own to be opened and decided, the others to be known about.
func (a area) seconds(c *web.Ctx, v *pages.Tasks, now time.Time) error {
	list, err := a.allWaiting(c)
	if err != nil {
		return err
	}
	var shopIDs, userIDs []int64
	for _, w := range list {
		userIDs = append(userIDs, w.by)
		if w.shop > 0 {
			shopIDs = append(shopIDs, w.shop)
		}
	}
	shops, err := a.shopsOf(c.Context(), shopIDs)
	if err != nil {
		return err
	}
	people, err := a.People.Users(c.Context(), userIDs)
	if err != nil {
		return err
	}
	v.Second = view.Table{
		Caption: text.T("financepage.second.title"), Empty: text.T("financepage.second.none"),
		Columns: columns("financepage.col.what", "financepage.col.amount", "financepage.col.begun", "financepage.col.who"),
	}
	mine := 0
	for _, w := range list {
		chip := view.Chip{Tone: view.Neutral, Label: text.T("financepage.second.finance")}
		switch {
		case w.who != "":
			chip.Label = text.T(w.who)
		case w.by == c.Actor.UserID:
			chip.Label = text.T("financepage.second.own")
		case c.Actor.Has(account.RoleFinance) && !c.Actor.Conflicted(w.shop):
			chip = view.Chip{Tone: view.Warn, Label: text.T("financepage.second.yours")}
			mine++
		}
		v.Second.Rows = append(v.Second.Rows, view.Row{Cells: []view.Cell{
			{Text: w.what, URL: w.url, Note: shops[w.shop].Name}, {Text: w.amount.String()},
			{Text: people[w.by].Name, Note: ago(w.since, now)}, {Chip: &chip},
		}})
	}
	stat := view.Stat{Label: text.T("financepage.second.title"), Value: strconv.Itoa(len(list)), Note: text.T("financepage.second.yours_count", "n", mine), URL: "#kedua"}
	if mine > 0 {
		stat.Tone = view.Warn
	}
	v.Stats = append(v.Stats, stat)
	return nil
}

func (a area) allWaiting(c *web.Ctx) ([]waiting, error) {
	var list []waiting
	proposals, err := a.Withdrawals.Proposals(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	for _, p := range proposals {
		w := waiting{what: text.T("financepage.second."+string(p.Kind), "id", p.RefID), shop: p.ShopID, amount: p.Amount, by: p.By, since: p.Since}
		switch p.Kind {
		case finance.ProposedWithdrawal:
			w.url, w.who = address(p.RefID), "financepage.second.institution"
		case finance.ProposedBatch:
			w.url = fmt.Sprintf("%s/%d", batchesAt, p.RefID)
		case finance.ProposedTopUp, finance.ProposedAdvance:
			w.url = fundsAt
		default:
			w.url = "#tak-dikenal"
		}
		list = append(list, w)
	}
	if c.Actor.Has(account.RoleFinance) {
		items, err := a.Suspense.SuspenseItems(c.Context(), c.Actor)
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if item.State == "proposed" {
				list = append(list, waiting{what: text.T("financepage.second.suspense", "id", item.PaymentID), url: "#titipan", amount: item.Amount, by: item.ProposedBy, since: item.OpenedAt})
			}
		}
	}
	divisions, err := a.Shares.Waiting(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	for _, d := range divisions {
		w := waiting{what: text.T("financepage.second.share", "month", d.Month), shop: d.ShopID, amount: d.Amount, by: d.ProposedBy, since: d.ProposedAt,
			url: linesAddress(ledger.Account{Kind: ledger.ShopPayable, Owner: d.ShopID}), who: "financepage.second.institution"}
		if d.State == share.Done { // the moment it was asked to be taken back is in the trail alone
			w.what, w.by, w.since, w.who = text.T("financepage.second.unshare", "month", d.Month), d.UndoBy, time.Time{}, "financepage.second.members"
		}
		list = append(list, w)
	}
	backs, err := a.Orders.GiveBacks(c.Context(), c.Actor)
	if err != nil {
		return nil, err
	}
	for _, b := range backs {
		list = append(list, waiting{what: text.T("financepage.second.give_back", "number", b.Number), shop: b.ShopID, amount: b.Amount, by: b.By, since: b.Since,
			url: thingAddress(order.PurposeKind, b.ID), who: "financepage.second.agency"})
	}
	return list, nil
}

// checks is for the head of a territory: what its institutions ask for and how they
// divide, until a second person agrees.
func (a area) checks(c *web.Ctx) error { return a.showChecks(c, http.StatusOK, nil) }

func (a area) showChecks(c *web.Ctx, status int, e view.Errors) error {
	list, err := a.Withdrawals.ToCheck(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	v := pages.Checks{Page: a.frame(c, text.T("financepage.checks.title")), Errors: e}
	if v.Rows, err = a.rows(c.Context(), list, now); err != nil {
		return err
	}
	divisions, err := a.Shares.Waiting(c.Context(), c.Actor)
	if err != nil {
		return err
	}
	var shopIDs, userIDs []int64
	for _, d := range divisions {
		shopIDs, userIDs = append(shopIDs, d.ShopID), append(userIDs, d.ProposedBy)
	}
	shops, err := a.shopsOf(c.Context(), shopIDs)
	if err != nil {
		return err
	}
	people, err := a.People.Users(c.Context(), userIDs)
	if err != nil {
		return err
	}
	for _, d := range divisions {
		if d.ProposedBy == c.Actor.UserID || d.State != share.Proposed {
			continue
		}
		if d, err = a.Shares.Division(c.Context(), c.Actor, d.ID); err != nil {
			return err
		}
		v.Shares = append(v.Shares, shareCheck(d, shops[d.ShopID], people[d.ProposedBy].Name, now))
	}
	return c.Page(status, pages.ChecksPage(v))
}

// shareCheck is one division for who decides about it: the workers by their codes.
func shareCheck(d share.Division, shop catalog.Shop, by string, now time.Time) pages.ShareCheck {
	v := pages.ShareCheck{
		ID: strconv.FormatInt(d.ID, 10), Shop: shop.Name, Title: text.T("financepage.second.share", "month", d.Month), Amount: d.Amount,
		By: text.T("financepage.tasks.proposed_by", "name", by), Since: ago(d.ProposedAt, now),
		Lines: view.Table{Caption: text.T("financepage.checks.share_lines", "month", d.Month), Columns: columns("financepage.col.owner", "financepage.col.what", "financepage.col.amount")},
	}
	for _, l := range d.Lines {
		what := l.Label
		if l.Pieces > 0 {
			what = text.T("sharepage.line_pieces", "part", l.Label, "pieces", l.Pieces)
		}
		v.Lines.Rows = append(v.Lines.Rows, view.Row{Cells: []view.Cell{{Text: l.Party}, {Text: what}, {Text: l.Amount.String()}}})
	}
	return v
}

// decideShare is the head agreeing to an institution's division, or refusing it.
func (a area) decideShare(c *web.Ctx) error {
	if !c.Actor.Has(account.RoleHead) {
		return fault.Forbidden("fault.forbidden")
	}
	var in struct {
		ID int64  `form:"nomor"`
		Do string `form:"do"`
	}
	err := c.Decode(&in)
	if err == nil {
		switch in.Do {
		case "setuju":
			_, err = a.Shares.Confirm(c.Context(), c.Actor, in.ID)
		case "tolak":
			_, err = a.Shares.Drop(c.Context(), c.Actor, in.ID)
		default:
			err = fault.Invalid("finance.form.stale")
		}
	}
	if web.Faulty(err) {
		return a.showChecks(c, http.StatusUnprocessableEntity, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "sharepage.done."+in.Do)
	return c.SeeOther(checksAt)
}
