package finance

import (
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/finance"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// front is the desk in figures: what is held, owed, on its way, unexplained and
// left; every figure opens to its accounts and entries.
func (a area) front(c *web.Ctx) error {
	if err := mayReadBooks(c); err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	totals, err := a.Books.Totals(c.Context(), now.Add(1)) // everything until now
	if err != nil {
		return err
	}
	by := map[ledger.AccountKind]money.Rupiah{}
	for _, t := range totals {
		by[t.Kind] = t.Balance()
	}
	stat := func(kind ledger.AccountKind, sum money.Rupiah, odd bool) view.Stat {
		s := view.Stat{Label: kindName(kind), Value: sum.String(), Note: text.T("financepage.account_is." + string(kind)), URL: asOf{}.with(accountAt, "jenis", string(kind))}
		if odd && sum != 0 {
			s.Tone = view.Warn
		}
		return s
	}
	v := pages.Front{Page: a.frame(c, text.T("financepage.front.title")), At: text.T("financepage.accounts.at", "time", stamp(now))}
	for _, kind := range []ledger.AccountKind{ledger.Held, ledger.ShopPayable, ledger.ShareDue, ledger.PayoutTransit} {
		v.Owed = append(v.Owed, stat(kind, -by[kind], false))
	}
	due, err := a.unclaimed(c, -by[ledger.RefundDue], now)
	if err != nil {
		return err
	}
	due.Label, due.URL = kindName(ledger.RefundDue), refundsAt
	v.Odd = append(v.Odd, due, stat(ledger.Suspense, -by[ledger.Suspense], true), stat(ledger.Difference, by[ledger.Difference], true), stat(ledger.ShopOwes, by[ledger.ShopOwes], true))
	v.Ours = append(v.Ours, stat(ledger.Gateway, by[ledger.Gateway], false), stat(ledger.CashBox, by[ledger.CashBox], false), subsidyLeft(by[ledger.Subsidy]),
		stat(ledger.Commission, -by[ledger.Commission], false))
	return c.Page(http.StatusOK, pages.FrontPage(v))
}

// unclaimed says how many refunds nobody has taken yet.
func (a area) unclaimed(c *web.Ctx, sum money.Rupiah, now time.Time) (view.Stat, error) {
	s := view.Stat{Value: sum.String(), Note: text.T("financepage.account_is." + string(ledger.RefundDue))}
	open, err := a.Books.Open(c.Context(), ledger.RefundDue, 500)
	if err != nil || len(open) == 0 {
		return s, err
	}
	s.Tone = view.Warn
	oldest, err := a.Books.OldestDue(c.Context(), ledger.RefundDue)
	s.Note = text.T("financepage.front.refunds", "count", strconv.Itoa(len(open)), "since", since(oldest, now))
	return s, err
}

// subsidyLeft is what was put into the subsidy account less what fees took.
func subsidyLeft(sum money.Rupiah) view.Stat {
	return view.Stat{Label: text.T("financepage.front.subsidy"), Value: (-sum).String(), Note: text.T("financepage.account_is." + string(ledger.Subsidy)),
		URL: asOf{}.with(accountAt, "jenis", string(ledger.Subsidy))}
}
