package agency

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// endsSoon is how long before its end a permission is marked.
const endsSoon = 30 * 24 * time.Hour

// helped is a shop the actor helps in, with the maker.
type helped struct {
	shop  catalog.Shop
	maker account.User
	until time.Time
}

// caseload is every shop the actor helps in now, by id.
func (a area) caseload(c *web.Ctx) (map[int64]helped, []int64, error) {
	byID, ids := map[int64]helped{}, []int64{}
	var makers []int64
	for _, g := range c.Actor.Assisting {
		makers = append(makers, g.MakerID)
	}
	people, err := a.Accounts.Users(c.Context(), makers)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range c.Actor.Assisting {
		shop, err := a.Catalog.Shop(c.Context(), g.ShopID)
		if err != nil {
			return nil, nil, err
		}
		if _, twice := byID[shop.ID]; !twice {
			ids = append(ids, shop.ID)
		}
		byID[shop.ID] = helped{shop: shop, maker: people[g.MakerID], until: g.ExpiresAt}
	}
	return byID, ids, nil
}

func (a area) companion(c *web.Ctx) error {
	mine, ids, err := a.caseload(c)
	if err != nil {
		return err
	}
	page := c.Private(text.T("agency.companion.title"))
	page.Area = text.T("agency.word.companion")
	page.Nav = []view.Link{{Label: text.T("agency.nav.companion"), URL: "/dampingan", Icon: "phone", Current: true}}
	if c.Actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) {
		page.Nav = append(page.Nav, view.Link{Label: text.T("agency.nav.makers"), URL: "/dinas", Icon: "list"})
	}
	v := pages.Companion{Page: page}
	if v.Calls, err = a.calls(c, mine); err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	waiting := 0
	for _, shopID := range ids {
		one, n, err := a.oneCase(c, mine[shopID], now)
		if err != nil {
			return err
		}
		waiting += n
		v.Cases = append(v.Cases, one)
	}
	v.Stats = []view.Stat{
		{Label: text.T("agency.companion.stat_calls"), Value: fmt.Sprint(len(v.Calls)), Tone: toneIf(len(v.Calls) > 0, view.Warn)},
		{Label: text.T("agency.companion.stat_cases"), Value: fmt.Sprint(len(v.Cases))},
		{Label: text.T("agency.companion.stat_waiting"), Value: fmt.Sprint(waiting)},
	}
	return c.Page(http.StatusOK, pages.CompanionPage(v))
}

func toneIf(on bool, tone view.Tone) view.Tone {
	if on {
		return tone
	}
	return view.Neutral
}

// oneCase is one shop with what waits there; n counts it.
func (a area) oneCase(c *web.Ctx, h helped, now time.Time) (one pages.Case, n int, err error) {
	one = pages.Case{
		ShopID: fmt.Sprint(h.shop.ID), Shop: h.shop.Name, Place: h.shop.Place(), Maker: h.maker.Name, Chip: shopChip(h.shop.State),
		Until:  text.T("ui.acting.until", "date", calendar.Date(h.until.In(calendar.Zone(h.shop.RegencyCode)))),
		Ending: h.until.Sub(now) < endsSoon,
		NIKURL: fmt.Sprintf("/dampingan/nik/%d", h.shop.ID),
	}
	if h.maker.Phone != "" {
		one.Phone, one.Tel = readable(h.maker.Phone), "tel:"+h.maker.Phone
	}
	counts, err := a.Orders.Counts(c.Context(), h.shop.ID)
	if err != nil {
		return one, 0, err
	}
	products, err := a.Catalog.MyProducts(c.Context(), c.Actor, h.shop.ID)
	if err != nil {
		return one, 0, err
	}
	returned := int64(0)
	for _, p := range products {
		if p.SubmissionState == catalog.SubmissionReturned {
			returned++
		}
	}
	for _, w := range []struct {
		key   string
		count int64
	}{{"to_do", counts[order.ToDo]}, {"making", counts[order.Making]}, {"ready", counts[order.Ready]}, {"returned", returned}} {
		if w.count > 0 {
			one.Todo = append(one.Todo, text.T("agency.companion.todo_"+w.key, "count", w.count))
			n += int(w.count)
		}
	}
	return one, n, nil
}

// calls is the call list. A shop the actor no longer helps in shows no name and
// no number: the line can only be taken off.
func (a area) calls(c *web.Ctx, mine map[int64]helped) ([]pages.Call, error) {
	list, err := a.Notify.Calls(c.Context(), c.Actor.UserID)
	if err != nil {
		return nil, err
	}
	var out []pages.Call
	for _, k := range list {
		line := pages.Call{
			Name: text.T("agency.companion.former"), Reason: text.T("agency.call." + k.Reason), DoneURL: fmt.Sprintf("/dampingan/telepon/%d/selesai", k.ID),
		}
		zone := ""
		if h, still := mine[k.ShopID]; still {
			zone = h.shop.RegencyCode
			line.Name, line.Shop, line.ShopID = h.maker.Name, h.shop.Name, fmt.Sprint(h.shop.ID)
			if phone := h.maker.Phone; phone != "" {
				line.Phone, line.Tel, line.WhatsApp = readable(phone), "tel:"+phone, "https://wa.me/"+strings.TrimPrefix(phone, "+")
			}
			o, err := a.Orders.One(c.Context(), c.Actor, k.OrderID)
			if err != nil && !fault.Is(err, fault.KindNotFound) {
				return nil, err
			}
			if err == nil {
				line.Shop += " · " + text.T("maker.order.number", "number", o.Number)
			}
		}
		line.Since = text.T("agency.companion.since", "time", calendar.DateTime(k.CreatedAt, zone))
		out = append(out, line)
	}
	return out, nil
}

func (a area) callDone(c *web.Ctx) error {
	callID, err := c.ID("id")
	if err != nil {
		return err
	}
	return told(c, a.Notify.CallDone(c.Context(), c.Actor.UserID, callID), "/dampingan", "agency.companion.done")
}
