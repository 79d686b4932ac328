package maker

import (
	"net/http"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// months are this month and the eleven before it.
func (a area) months(c *web.Ctx, chosen, regency string) []view.Option {
	now, err := a.Now(c.Context())
	if err != nil {
		return nil
	}
	first := calendar.MonthStart(now.In(calendar.Zone(regency)))
	var out []view.Option
	for i := range 12 {
		at := first.AddDate(0, -i, 0)
		out = append(out, view.Option{Value: at.Format("2006-01"), Label: monthName(at), Selected: at.Format("2006-01") == chosen})
	}
	return out
}

// statement is one month of the shop's money: what there was, what came and went,
// what is left. It prints on one page.
func (a area) statement(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		v, _, err := a.readStatement(c, shop)
		if fault.Is(err, fault.KindForbidden) {
			page, frameErr := a.frame(c, shop, "uang", text.T("ui.maker.money"))
			if frameErr != nil {
				return frameErr
			}
			return a.closed(c, http.StatusForbidden, page, err)
		}
		if err != nil {
			return err
		}
		return c.Page(http.StatusOK, pages.StatementPage(v))
	})
}

func (a area) readStatement(c *web.Ctx, shop catalog.Shop) (pages.Statement, ledger.Period, error) {
	now, err := a.Now(c.Context())
	if err != nil {
		return pages.Statement{}, ledger.Period{}, err
	}
	zone := calendar.Zone(shop.RegencyCode)
	from, err := time.ParseInLocation("2006-01", c.Query("bulan"), zone)
	if err != nil {
		from = calendar.MonthStart(now.In(zone))
	}
	month := from.Format("2006-01")
	page, err := a.frame(c, shop, "uang", text.T("sharepage.statement", "month", monthName(from)))
	if err != nil {
		return pages.Statement{}, ledger.Period{}, err
	}
	v := pages.Statement{Page: page, Shop: shop.Name, Title: text.T("sharepage.statement", "month", monthName(from)),
		Months: a.months(c, month, shop.RegencyCode), CSV: "/toko-saya/uang/bulan.csv?bulan=" + month}
	p, err := a.Finance.Period(c.Context(), c.Actor, shop.ID, from, from.AddDate(0, 1, 0))
	if err != nil {
		return v, p, err
	}
	v.Opening, v.Closing = p.Opening, p.Closing
	for _, l := range p.Lines {
		if l.Amount > 0 {
			v.In += l.Amount
		} else {
			v.Out += l.Amount
		}
	}
	v.Lines = bookOf(p.Lines, shop.RegencyCode)
	return v, p, nil
}

// statementCSV is the month as a file for spreadsheets.
func (a area) statementCSV(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		_, p, err := a.readStatement(c, shop)
		if err != nil {
			return err
		}
		digits := func(m money.Rupiah) string { return strconv.FormatInt(int64(m), 10) }
		rows := [][]string{{text.T("sharepage.col_time"), text.T("sharepage.col_what"), text.T("sharepage.col_amount"), text.T("sharepage.col_balance")},
			{"", text.T("sharepage.opening"), "", digits(p.Opening)}}
		for _, l := range p.Lines {
			rows = append(rows, []string{l.At.In(calendar.Zone(shop.RegencyCode)).Format("2006-01-02 15:04"), l.Words(), digits(l.Amount), digits(l.Balance)})
		}
		rows = append(rows, []string{"", text.T("sharepage.closing"), "", digits(p.Closing)})
		return c.Sheet("uang-toko", rows)
	})
}
