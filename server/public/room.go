package public

import (
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// availability says how much can be promised, in the words of design §1.
func availability(c *web.Ctx, p catalog.Sellable) (string, view.Tone) {
	room, some := p.RoomFor(1)
	n := c.Number(room.Pieces)
	switch {
	case p.State == catalog.ProductPaused:
		return c.T("publicpage.paused"), view.Wait
	case p.HowSoon == catalog.OnRequest:
		return c.T("choice.on_request"), view.Wait
	case !p.Reopens.IsZero():
		return c.T("publicpage.reopens", "date", p.Reopens), view.Wait
	case p.HowSoon == catalog.Preorder && p.Window == nil:
		return c.T("publicpage.no_window"), view.Wait
	case p.HowSoon == catalog.Preorder && !p.Preordering():
		return c.T("publicpage.window_opens", "date", p.Window.Opens), view.Wait
	case !some:
		return c.T("publicpage.sold_out"), view.Bad
	case p.HowSoon == catalog.Preorder:
		return c.T("publicpage.window_left", "n", n, "date", room.ReadyBy), view.Good
	case p.HowSoon == catalog.Now:
		return c.T("publicpage.stock", "n", n), view.Good
	case room.Period != p.Rooms[0].Period:
		return c.T("publicpage.later", "n", n, "date", room.Start), view.Wait
	case strings.Contains(room.Period, "W"):
		return c.T("publicpage.this_week", "n", n), view.Good
	}
	return c.T("publicpage.capacity", "n", n), view.Good
}

// roomOf says on a product's own page how much is promised, how much is left,
// and by when.
func roomOf(c *web.Ctx, p catalog.ProductView) pages.Room {
	out := pages.Room{}
	if p.Waitable() {
		out.WaitURL = "/antrean?produk=" + p.Slug
	}
	if len(p.Area) > 0 {
		out.Area = c.T("publicpage.area", "places", strings.Join(p.Area.Names(), ", "))
	}
	group := func(n int64) string { return money.Group(uint64(max(n, 0))) }
	room, some := p.RoomFor(1)
	switch {
	case !p.Reopens.IsZero() || p.State != catalog.ProductPublished:
		return out
	case p.HowSoon == catalog.Preorder && p.Preordering():
		w := p.Window
		if w.Taken() > 0 {
			out.Notes = append(out.Notes, c.T("publicpage.window", "taken", group(w.Taken()), "capacity", group(w.Capacity()), "date", w.LastDay()))
			out.Full, out.Share = w.Taken(), w.Capacity()
		} else {
			out.Notes = append(out.Notes, c.T("publicpage.window_new", "capacity", group(w.Capacity()), "date", w.LastDay()))
		}
		for _, r := range p.Rooms {
			out.Slots = append(out.Slots, pages.RoomSlot{Day: c.Date(r.ReadyBy), Left: c.T("publicpage.slot_left", "n", group(r.Pieces)), Full: r.Pieces < 1})
		}
	case p.HowSoon == catalog.MadeToOrder && len(p.Rooms) > 0:
		first := p.Rooms[0]
		key, full := "publicpage.month_taken", "publicpage.month_full"
		if strings.Contains(first.Period, "W") {
			key, full = "publicpage.week_taken", "publicpage.week_full"
		}
		if first.Taken > 0 && first.Pieces > 0 {
			out.Notes = append(out.Notes, c.T(key, "taken", group(first.Taken), "capacity", group(first.Capacity), "n", group(first.Pieces)))
			out.Full, out.Share = first.Taken, first.Capacity
		}
		if some && room.Period != first.Period {
			out.Notes = append(out.Notes, c.T(full), c.T("publicpage.later_ready", "n", group(room.Pieces), "from", room.Start, "date", room.ReadyBy))
		} else if next := later(p.Rooms); first.Pieces > 0 && next.Pieces > first.Pieces {
			out.Notes = append(out.Notes, c.T("publicpage.more_later", "n", group(first.Pieces), "date", next.ReadyBy))
		}
	}
	return out
}

// later is the next period with room.
func later(rooms []catalog.Room) catalog.Room {
	for _, r := range rooms[1:] {
		if r.Pieces > 0 {
			return r
		}
	}
	return catalog.Room{}
}

// closed is the same on a product's page: its shop rests, or this product alone.
func closed(c *web.Ctx, p catalog.Sellable) *view.Notice {
	if p.ClosedItself {
		return &view.Notice{Tone: view.Wait, Title: c.T("publicpage.product_rests", "until", p.Reopens.AddDate(0, 0, -1)), Text: c.T("publicpage.reopens_text", "date", p.Reopens)}
	}
	return reopens(c, p.Reopens)
}

// reopens is the notice of a shop that is closed until the day before, nil for
// zero.
func reopens(c *web.Ctx, day time.Time) *view.Notice {
	if day.IsZero() {
		return nil
	}
	return &view.Notice{Tone: view.Wait, Title: c.T("publicpage.shop_rests", "until", day.AddDate(0, 0, -1)), Text: c.T("publicpage.reopens_text", "date", day)}
}
