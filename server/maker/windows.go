package maker

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// slotRows is how many dispatch days the form of a window offers.
const slotRows = 6

func (a area) showWindows(c *web.Ctx) error {
	draft := catalog.WindowDraft{FormKey: id.Token()}
	if from, err := strconv.ParseInt(c.Query("dari"), 10, 64); err == nil {
		w, _, err := a.Catalog.WindowOf(c.Context(), c.Actor, from)
		if err != nil {
			return err
		}
		draft = w.Again(draft.FormKey)
	}
	return a.windowsPage(c, http.StatusOK, draft, 0, nil)
}

// windowsPage lists a product's windows; draft is the new one, or what was typed
// for the one that is being changed.
func (a area) windowsPage(c *web.Ctx, status int, draft catalog.WindowDraft, changed int64, errors view.Errors) error {
	p, shop, err := a.ownProduct(c)
	if err != nil {
		return err
	}
	if p.LowestPrice == 0 || p.Mode != catalog.ModeCapacity && p.Mode != catalog.ModePreorder {
		return c.SeeOther(productURL(p.ProductID))
	}
	all, err := a.Catalog.Windows(c.Context(), c.Actor, p.ProductID)
	if err != nil {
		return err
	}
	v := pages.Windows{Base: productURL(p.ProductID), Title: titleOf(p)}
	if v.Page, err = a.frame(c, shop, "produk", text.T("maker.po.title")); err != nil {
		return err
	}
	v.New = windowForm(draft, 0)
	for _, w := range all {
		item := pages.WindowItem{ID: strconv.FormatInt(w.ID, 10), Title: text.T("maker.po.dates", "from", w.Opens, "to", w.LastDay()),
			Left: text.T("maker.po.taken", "taken", pieces(w.Taken()), "capacity", pieces(w.Capacity()))}
		for _, s := range w.Slots {
			item.Slots = append(item.Slots, text.T("maker.po.slot", "date", calendar.Date(s.Dispatch), "taken", pieces(s.Taken), "capacity", pieces(s.Capacity)))
		}
		if p.Window != nil && p.Window.ID == w.ID || all[0].ID == w.ID && p.Window != nil {
			own := catalog.WindowDraft{Closes: day(w.LastDay())}
			for _, s := range w.Slots {
				own.Slots = append(own.Slots, catalog.SlotDraft{Dispatch: day(s.Dispatch), Capacity: s.Capacity})
			}
			if changed == w.ID {
				own = draft
			}
			form := windowForm(own, w.ID)
			if changed == w.ID {
				form.Errors = errors
			}
			item.Form = &form
		}
		v.Items = append(v.Items, item)
	}
	if changed == 0 {
		v.New.Errors = errors
	} else {
		v.New = windowForm(catalog.WindowDraft{FormKey: id.Token()}, 0)
	}
	return c.Page(status, pages.WindowsPage(v))
}

func windowForm(d catalog.WindowDraft, windowID int64) pages.WindowForm {
	f := pages.WindowForm{Opens: d.Opens, Closes: d.Closes, FormKey: d.FormKey, ID: strconv.FormatInt(windowID, 10)}
	for i := range max(slotRows, len(d.Slots)) {
		row := pages.SlotRow{N: strconv.Itoa(i + 1)}
		if i < len(d.Slots) {
			row.Day = d.Slots[i].Dispatch
			if d.Slots[i].Capacity > 0 {
				row.Capacity = strconv.FormatInt(d.Slots[i].Capacity, 10)
			}
		}
		f.Slots = append(f.Slots, row)
	}
	return f
}

// typedWindow reads the form; rows without day and capacity are left out.
func typedWindow(c *web.Ctx) (catalog.WindowDraft, int64, error) {
	values, err := c.Form()
	if err != nil {
		return catalog.WindowDraft{}, 0, err
	}
	d := catalog.WindowDraft{Opens: values.Get("opens"), Closes: values.Get("closes"), FormKey: values.Get("form_key")}
	for n := 1; n <= 12; n++ {
		dispatch, capacity := values.Get(fmt.Sprintf("slot_%d_day", n)), strings.TrimSpace(values.Get(fmt.Sprintf("slot_%d_capacity", n)))
		if dispatch == "" && capacity == "" {
			continue
		}
		many, _ := count(capacity) // what is no number is refused like 0
		d.Slots = append(d.Slots, catalog.SlotDraft{Dispatch: dispatch, Capacity: many})
	}
	windowID, _ := strconv.ParseInt(values.Get("po"), 10, 64)
	return d, windowID, nil
}

func (a area) openWindow(c *web.Ctx) error {
	d, _, err := typedWindow(c)
	if err != nil {
		return err
	}
	productID, err := c.ID("id")
	if err != nil {
		return err
	}
	return a.afterWindow(c, productID, d, 0, a.Catalog.OpenWindow(c.Context(), c.Actor, productID, d), "maker.po.opened")
}

func (a area) changeWindow(c *web.Ctx) error {
	d, windowID, err := typedWindow(c)
	if err != nil {
		return err
	}
	productID, err := c.ID("id")
	if err != nil {
		return err
	}
	return a.afterWindow(c, productID, d, windowID, a.Catalog.ChangeWindow(c.Context(), c.Actor, windowID, d), "maker.po.changed")
}

func (a area) closeWindow(c *web.Ctx) error {
	_, windowID, err := typedWindow(c)
	if err != nil {
		return err
	}
	productID, err := c.ID("id")
	if err != nil {
		return err
	}
	return a.afterWindow(c, productID, catalog.WindowDraft{}, windowID, a.Catalog.CloseWindow(c.Context(), c.Actor, windowID), "maker.po.closed")
}

func (a area) afterWindow(c *web.Ctx, productID int64, d catalog.WindowDraft, windowID int64, err error, done string) error {
	back := productURL(productID) + "/po"
	if fault.Is(err, fault.KindConflict) {
		f := fault.As(err)
		c.Flash(view.Warn, f.Key, f.Args...)
		return c.SeeOther(back)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error {
			return a.windowsPage(c, http.StatusUnprocessableEntity, d, windowID, e)
		})
	}
	c.Flash(view.Good, done)
	return c.SeeOther(back)
}
