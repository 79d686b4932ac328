package maker

import (
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/document"
	"github.com/lapak-berdaya/lapak/server/web"
)

// mostSlips is how many orders one paper lists.
const mostSlips = 50

// newSlips are all new orders of a shop on one paper, for a maker who reads on paper:
// what to make of which order, and until when. Buyers' names, addresses and codes are
// not on it; those stand on the slip of the parcel.
func (a area) newSlips(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		now, err := a.Now(c.Context())
		if err != nil {
			return err
		}
		found, err := a.Orders.ForShop(c.Context(), c.Actor, order.Shop{ID: shop.ID, RegencyCode: shop.RegencyCode},
			order.Filter{States: []order.State{order.ToDo}, Limit: mostSlips})
		if err != nil {
			return err
		}
		zone := calendar.Zone(shop.RegencyCode)
		p := document.Paper{Title: text.T("slips.title"), Number: calendar.Date(now.In(zone)), Brand: text.T("document.brand"), Page: text.T("document.page"), Tick: true,
			To: []string{shop.Name}, Head: document.Line{Title: text.T("document.goods"), Quantity: text.T("document.quantity")}}
		for _, o := range found.Orders {
			about := []string{text.T(o.Delivery.Method.LabelKey())}
			if !o.ReadyBy.IsZero() {
				about = append([]string{text.T("slips.ready_by", "date", calendar.Date(o.ReadyBy.In(zone)))}, about...)
			}
			p.Lines = append(p.Lines, document.Line{Title: text.T("maker.order.number", "number", o.Number), Note: strings.Join(about, " · ")})
			for _, l := range o.Lines {
				if l.Left() > 0 {
					p.Lines = append(p.Lines, document.Line{Title: l.Title, Note: l.Unit, Quantity: pieces(l.Left())})
				}
			}
		}
		if len(found.Orders) == 0 {
			p.Notes = []string{text.T("slips.none")}
		}
		if found.Next != "" {
			p.Notes = []string{text.T("slips.more", "count", mostSlips)}
		}
		return document.Send(c.Response(), c.Request().Method, "pesanan-baru", p)
	})
}
