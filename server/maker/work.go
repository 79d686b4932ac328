package maker

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const (
	workAt     = "/toko-saya/produksi"
	calendarAt = "/toko-saya/kalender"
)

func orderShop(shop catalog.Shop) order.Shop {
	return order.Shop{ID: shop.ID, RegencyCode: shop.RegencyCode}
}

// goodsKey is one product in one variant.
type goodsKey struct{ product, variant int64 }

// byGoods sums work by product and variant, in the order in which they come first.
func byGoods(work []order.Work) []pages.WorkGoods {
	at := map[goodsKey]int{}
	var out []pages.WorkGoods
	for _, w := range work {
		k := goodsKey{w.ProductID, w.VariantID}
		i, known := at[k]
		if !known {
			i = len(out)
			at[k] = i
			out = append(out, pages.WorkGoods{Title: w.Title, Unit: w.Unit})
		}
		g := &out[i]
		g.Pieces += w.Pieces
		link := view.Link{Label: w.Number, URL: orderURL(w.OrderID)}
		if !slices.Contains(g.Orders, link) {
			g.Orders = append(g.Orders, link)
		}
	}
	return out
}

// byDay groups work by its promised day, soonest first.
func byDay(work []order.Work, name func(day time.Time) string) []pages.WorkDay {
	var out []pages.WorkDay
	for len(work) > 0 {
		day := work[0].Day
		n := slices.IndexFunc(work, func(w order.Work) bool { return !w.Day.Equal(day) })
		if n < 0 {
			n = len(work)
		}
		out = append(out, pages.WorkDay{Day: name(day), ISO: isoDay(day), Goods: byGoods(work[:n])})
		work = work[n:]
	}
	return out
}

func isoDay(day time.Time) string {
	if day.IsZero() {
		return ""
	}
	return day.Format(time.DateOnly)
}

// production is what to make, pack, send and hand over, on one sheet.
func (a area) production(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "pesanan", text.T("workpage.title"))
		if err != nil {
			return err
		}
		work, err := a.Orders.Work(c.Context(), c.Actor, orderShop(shop))
		if err != nil {
			return err
		}
		now, err := a.Now(c.Context())
		if err != nil {
			return err
		}
		now = now.In(calendar.Zone(shop.RegencyCode))
		today := now.Format(time.DateOnly)
		v := pages.Production{Page: page, Shop: shop.Name, Printed: calendar.DateTime(now, shop.RegencyCode)}
		var make []order.Work
		seen := map[int64]bool{}
		for _, w := range work {
			if w.State != order.Ready {
				make = append(make, w)
				continue
			}
			if seen[w.OrderID] {
				continue
			}
			seen[w.OrderID] = true
			lines := ""
			for _, l := range work {
				if l.OrderID == w.OrderID {
					lines += ", " + text.T("maker.orders.line", "quantity", pieces(l.Pieces), "name", l.Title)
				}
			}
			t := pages.Task{Label: strings.TrimPrefix(lines, ", "), Note: text.T("maker.order.number", "number", w.Number)}
			switch {
			case !w.Pickup:
				t.Icon, t.URL = "truck", orderURL(w.OrderID)+"/kirim"
				v.Send = append(v.Send, t)
			case w.Source.Outside():
				t.Icon, t.URL = "check", orderURL(w.OrderID)
				v.Hand = append(v.Hand, t)
			default:
				t.Icon, t.URL = "key", orderURL(w.OrderID)+"/serahkan"
				v.Hand = append(v.Hand, t)
			}
		}
		v.Total = byGoods(make)
		v.Days = byDay(make, func(d time.Time) string {
			switch iso := isoDay(d); {
			case iso == "":
				return text.T("workpage.no_day")
			case iso < today:
				return text.T("workpage.late", "date", calendar.Date(d))
			case iso == today:
				return text.T("workpage.today", "date", calendar.Date(d))
			}
			return calendar.Date(d)
		})
		return c.Page(http.StatusOK, pages.ProductionPage(v))
	})
}

// calendarPage says per day of a month what is promised, what is closed, per period
// what is free, and what one more order would do.
func (a area) calendarPage(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "pesanan", text.T("calpage.title"))
		if err != nil {
			return err
		}
		now, err := a.Now(c.Context())
		if err != nil {
			return err
		}
		zone := calendar.Zone(shop.RegencyCode)
		now = now.In(zone)
		month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, zone)
		if asked, err := time.ParseInLocation("2006-01", c.Query("bulan"), zone); err == nil && asked.Year() >= 2000 && asked.Year() < 2100 {
			month = asked
		}
		link := func(m time.Time) view.Link {
			return view.Link{Label: monthName(m), URL: calendarAt + "?bulan=" + m.Format("2006-01")}
		}
		v := pages.Calendar{Page: page, Month: monthName(month), Before: link(month.AddDate(0, -1, 0)), After: link(month.AddDate(0, 1, 0))}
		if v.Days, err = a.monthDays(c, shop, month, now); err != nil {
			return err
		}
		all, items, err := a.saleable(c, shop)
		if err != nil {
			return err
		}
		chosen, _ := strconv.ParseInt(c.Query("produk"), 10, 64)
		v.More = c.Query("tambah")
		if v.More == "" {
			v.More = "5"
		}
		for _, p := range all {
			item := items[p.ProductID]
			one := pages.CalendarProduct{Title: titleOf(p), URL: productURL(p.ProductID)}
			for _, r := range item.Rooms {
				if r.Capacity > 0 || r.Pieces > 0 {
					one.Rooms = append(one.Rooms, text.T("calpage.room", "period", periodWords(r), "free", pieces(r.Pieces), "taken", pieces(r.Taken), "capacity", pieces(r.Capacity)))
				}
			}
			if len(one.Rooms) == 0 {
				one.Rooms = append(one.Rooms, freeWords(item))
			}
			if p.Mode == catalog.ModePreorder || p.Mode == catalog.ModeCapacity {
				if err := a.calendarWindows(c, p, now, &one); err != nil {
					return err
				}
			}
			v.Products = append(v.Products, one)
			v.Choose = append(v.Choose, view.Option{Value: strconv.FormatInt(p.ProductID, 10), Label: titleOf(p), Selected: p.ProductID == chosen})
			if chosen == p.ProductID || chosen == 0 && len(v.Choose) == 1 {
				v.Answer = oneMore(item, v.More)
			}
		}
		return c.Page(http.StatusOK, pages.CalendarPage(v))
	})
}

// oneMore says what another order of so many would do.
func oneMore(p catalog.Sellable, typed string) string {
	n, err := count(typed)
	if err != nil || n < 1 {
		return text.T("calpage.number")
	}
	if day, ok := p.ReadyFor(n); ok {
		return text.T("calpage.would", "count", pieces(n), "title", p.Title, "date", calendar.Date(day))
	}
	return text.T("calpage.would_not", "count", pieces(n), "title", p.Title, "free", pieces(p.MostTakeable()))
}

// periodWords names the period of a room: "November 2026", "minggu mulai 23 November".
func periodWords(r catalog.Room) string {
	switch {
	case r.Period == "":
		return text.T("calpage.stock")
	case strings.Contains(r.Period, "W"):
		return text.T("calpage.week", "date", calendar.Date(r.Start))
	case len(r.Period) == len("2006-01"):
		return monthWords(r.Period)
	}
	return text.T("calpage.slot", "date", calendar.Date(r.Start))
}

func (a area) calendarWindows(c *web.Ctx, p catalog.OwnProduct, now time.Time, out *pages.CalendarProduct) error {
	all, err := a.Catalog.Windows(c.Context(), c.Actor, p.ProductID)
	if err != nil {
		return err
	}
	at := productURL(p.ProductID) + "/po"
	for _, w := range all {
		key := "calpage.po_over"
		switch {
		case w.IsOpen(now):
			key = "calpage.po_open"
		case now.Before(w.Opens):
			key = "calpage.po_soon"
		}
		l := view.Link{Label: text.T(key, "from", w.Opens, "to", w.LastDay(), "taken", pieces(w.Taken()), "capacity", pieces(w.Capacity())), URL: at}
		if key == "calpage.po_over" {
			if len(out.Windows) > 0 {
				continue // older ones stand on the product's own page
			}
			l.URL = fmt.Sprintf("%s?dari=%d#baru", at, w.ID)
		}
		out.Windows = append(out.Windows, l)
	}
	out.Open = &view.Link{Label: text.T("calpage.po"), URL: at, Icon: "clock"}
	return nil
}

// monthDays are the days of a month on which something is promised or closed, and today.
func (a area) monthDays(c *web.Ctx, shop catalog.Shop, month, now time.Time) ([]pages.CalendarDay, error) {
	work, err := a.Orders.Work(c.Context(), c.Actor, orderShop(shop))
	if err != nil {
		return nil, err
	}
	off, err := a.Catalog.Closures(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return nil, err
	}
	today := now.Format(time.DateOnly)
	promised := map[string][]order.Work{}
	for _, w := range work {
		promised[isoDay(w.Day)] = append(promised[isoDay(w.Day)], w)
	}
	var out []pages.CalendarDay
	for d := month; d.Month() == month.Month(); d = d.AddDate(0, 0, 1) {
		iso := d.Format(time.DateOnly)
		one := pages.CalendarDay{Day: calendar.Date(d), ISO: iso, Today: iso == today, Goods: byGoods(promised[iso])}
		for _, cl := range off {
			if iso >= cl.First.Format(time.DateOnly) && iso <= cl.Last.Format(time.DateOnly) {
				one.Closed = text.T("calpage." + string(cl.Kind))
			}
		}
		if one.Today || one.Closed != "" || len(one.Goods) > 0 {
			out = append(out, one)
		}
	}
	return out, nil
}
