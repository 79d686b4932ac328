package agency

import (
	"fmt"
	"net/http"
	"time"

	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/document"
	"github.com/lapak-berdaya/lapak/server/web"
)

// month is one month of a maker's money on one small page, for those who read it on
// paper: sold, came, paid out, left, and what is still held. Small paper has few words
// in large letters; four fit a sheet.
func (a area) month(c *web.Ctx) error {
	l, err := a.line(c)
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	zone := calendar.Zone(l.Shop.RegencyCode)
	from, err := time.ParseInLocation("2006-01", c.Query("bulan"), zone)
	if err != nil {
		from = calendar.MonthStart(now.In(zone))
	}
	to := from.AddDate(0, 1, 0)
	m, err := a.Finance.Printed(c.Context(), c.Actor, l.Shop.ID, from, to)
	if err != nil {
		return err
	}
	sold, err := a.Orders.SoldByShop(c.Context(), []int64{l.Shop.ID}, from, to)
	if err != nil {
		return err
	}
	p := document.Paper{Size: document.A6, Title: text.T("monthpaper.title"), Number: monthWords(from), Brand: text.T("document.brand"), Page: text.T("document.page"),
		To: []string{l.Maker.Name, l.Shop.Name},
		Facts: []document.Fact{
			{Label: text.T("monthpaper.orders"), Value: fmt.Sprint(sold[l.Shop.ID].Orders)}, {Label: text.T("monthpaper.sold"), Value: sold[l.Shop.ID].Goods.String()},
		},
		Sums: []document.Sum{
			{Label: text.T("monthpaper.opening"), Value: m.Opening.String()}, {Label: text.T("monthpaper.in"), Value: m.In.String()},
			{Label: text.T("monthpaper.out"), Value: m.Out.String()}, {Label: text.T("monthpaper.closing"), Value: m.Closing.String(), Strong: true},
		},
		Notes: []string{text.T("monthpaper.held", "amount", m.Held, "date", calendar.Date(now.In(zone)))},
	}
	if m.Closing > 0 {
		p.Words = m.Closing.Words()
	}
	return document.Send(c.Response(), c.Request().Method, "bulan-"+from.Format("2006-01"), p)
}

func (a area) paperRoutes() []web.Route {
	return []web.Route{{Method: http.MethodGet, Path: makersURL + "/:id/bulan.pdf", Handler: a.month}}
}
