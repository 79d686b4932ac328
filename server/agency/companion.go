package agency

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/document"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/agency"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// mattersURL and visitsURL are the caseload, and the same on paper.
const (
	mattersURL = "/dampingan"
	visitsURL  = "/dampingan/kunjungan.pdf"
)

// helped is a shop the actor helps in, with the maker.
type helped struct {
	shop  catalog.Shop
	maker account.User
	until time.Time
}

// caseFilter is what the address asks of the caseload.
type caseFilter struct {
	matter program.Matter
	region string
}

func casesOf(c *web.Ctx) caseFilter {
	f := caseFilter{region: c.Query("wilayah")}
	if m := program.Matter(c.Query("perlu")); slices.Contains(program.Matters, m) {
		f.matter = m
	}
	return f
}

func (f caseFilter) address(at string) string {
	q := url.Values{}
	if f.matter != "" {
		q.Set("perlu", string(f.matter))
	}
	if f.region != "" {
		q.Set("wilayah", f.region)
	}
	if len(q) == 0 {
		return at
	}
	return at + "?" + q.Encode()
}

// caseload is every shop the actor helps in now, the most urgent first, with whom
// they help there.
func (a area) caseload(c *web.Ctx) ([]program.Case, map[int64]helped, error) {
	cases, err := a.Program.Caseload(c.Context(), c.Actor)
	if err != nil {
		return nil, nil, err
	}
	var makers []int64
	for _, one := range cases {
		makers = append(makers, one.MakerID)
	}
	people, err := a.Accounts.Users(c.Context(), makers)
	if err != nil {
		return nil, nil, err
	}
	mine := map[int64]helped{}
	for _, one := range cases {
		h := helped{shop: one.Shop, maker: people[one.MakerID]}
		for _, g := range c.Actor.Assisting {
			if g.ShopID == one.Shop.ID {
				h.until = g.ExpiresAt
			}
		}
		mine[one.Shop.ID] = h
	}
	return cases, mine, nil
}

// fitting are the cases that a filter leaves.
func (f caseFilter) fitting(cases []program.Case) []program.Case {
	var out []program.Case
	for _, one := range cases {
		if (f.matter == "" || one.Has(f.matter)) && (f.region == "" || one.Shop.RegencyCode == f.region) {
			out = append(out, one)
		}
	}
	return out
}

func (a area) companion(c *web.Ctx) error {
	cases, mine, err := a.caseload(c)
	if err != nil {
		return err
	}
	page := c.Private(text.T("agency.companion.title"))
	page.Area = text.T("agency.word.companion")
	page.Nav = []view.Link{{Label: text.T("agency.nav.companion"), URL: mattersURL, Icon: "phone", Current: true}}
	if c.Actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin) {
		page.Nav = append(page.Nav, view.Link{Label: text.T("agency.nav.makers"), URL: makersURL, Icon: "list"})
	}
	f := casesOf(c)
	v := pages.Companion{Page: page, Action: mattersURL, Print: f.address(visitsURL)}
	if v.Calls, err = a.calls(c, mine); err != nil {
		return err
	}
	counts, regions, urgent := map[program.Matter]int{}, map[string]bool{}, 0
	for _, one := range cases {
		regions[one.Shop.RegencyCode] = true
		for _, r := range one.Reasons {
			counts[r.Matter]++
		}
		if len(one.Reasons) > 0 && one.Reasons[0].Matter.Urgent() {
			urgent++
		}
	}
	for _, m := range program.Matters {
		if counts[m] > 0 || f.matter == m {
			v.Matters = append(v.Matters, view.Option{Value: string(m), Label: text.T("agency.matter_name."+string(m), "count", counts[m]), Selected: f.matter == m})
		}
	}
	for _, r := range region.Regencies() {
		if regions[r.Code] {
			v.Regions = append(v.Regions, view.Option{Value: r.Code, Label: r.Name, Selected: f.region == r.Code})
		}
	}
	shown := f.fitting(cases)
	v.Filtered = f.matter != "" || f.region != ""
	for _, one := range shown {
		v.Cases = append(v.Cases, oneCase(one, mine[one.Shop.ID]))
	}
	v.Stats = []view.Stat{
		{Label: text.T("agency.companion.stat_calls"), Value: fmt.Sprint(len(v.Calls)), Tone: toneIf(len(v.Calls) > 0, view.Warn), URL: "#telepon"},
		{Label: text.T("agency.companion.stat_cases"), Value: fmt.Sprint(len(cases)), URL: mattersURL},
		{Label: text.T("agency.companion.stat_urgent"), Value: fmt.Sprint(urgent), Tone: toneIf(urgent > 0, view.Warn), URL: "#dampingan"},
	}
	return c.Page(http.StatusOK, pages.CompanionPage(v))
}

func toneIf(on bool, tone view.Tone) view.Tone {
	if on {
		return tone
	}
	return view.Neutral
}

// reason is one matter in words, times in the shop's zone.
func reason(r program.Reason, regency string) string {
	key, args := "agency.matter."+string(r.Matter), []any{"count", r.Count}
	zone := calendar.Zone(regency)
	switch r.Matter {
	case program.Unopened, program.Unheard:
		args = append(args, "since", calendar.DateTime(r.Since, regency))
	case program.ToBring:
		args = append(args, "amount", r.Amount)
	case program.Idle, program.Quiet:
		if r.Since.IsZero() {
			key += "_never"
		}
		args = append(args, "since", calendar.Date(r.Since.In(zone)))
	case program.Expiring:
		args = append(args, "paper", text.T("publiclabel.kind."+string(r.Paper)), "until", calendar.Date(r.Since.Add(-time.Second).In(zone)))
	case program.HelpEnds:
		args = append(args, "until", calendar.Date(r.Since.In(zone)))
	}
	return text.T(key, args...)
}

// matterTone is how a matter stands out: this week's, soon, or for the next visit.
func matterTone(m program.Matter) view.Tone {
	switch {
	case m.Urgent():
		return view.Bad
	case m == program.Quiet, m == program.Unheard, m == program.Expiring, m == program.SoldOut, m == program.HelpEnds:
		return view.Warn
	}
	return view.Neutral
}

// oneCase is one shop with what waits there.
func oneCase(one program.Case, h helped) pages.Case {
	v := pages.Case{
		ShopID: fmt.Sprint(h.shop.ID), Shop: h.shop.Name, Place: h.shop.Place(), Maker: h.maker.Name, Chip: shopChip(h.shop.State),
		Until:  text.T("ui.acting.until", "date", calendar.Date(h.until.In(calendar.Zone(h.shop.RegencyCode)))),
		Ending: one.Has(program.HelpEnds),
		NIKURL: fmt.Sprintf("/dampingan/nik/%d", h.shop.ID),
	}
	if h.maker.Phone != "" {
		v.Phone, v.Tel, v.WhatsApp = web.Phone(h.maker.Phone), "tel:"+h.maker.Phone, "https://wa.me/"+strings.TrimPrefix(h.maker.Phone, "+")
	}
	for _, r := range one.Reasons {
		if r.Matter != program.HelpEnds { // said below, with the day
			v.Reasons = append(v.Reasons, pages.Reason{Words: reason(r, h.shop.RegencyCode), Tone: matterTone(r.Matter)})
		}
	}
	for _, w := range []struct {
		key   string
		state order.State
	}{{"to_do", order.ToDo}, {"making", order.Making}, {"ready", order.Ready}} {
		if n := one.Work[w.state]; n > 0 {
			v.Todo = append(v.Todo, text.T("agency.companion.todo_"+w.key, "count", n))
		}
	}
	return v
}

// visits is the caseload on paper, as far as there is something to do: to take along.
func (a area) visits(c *web.Ctx) error {
	cases, mine, err := a.caseload(c)
	if err != nil {
		return err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return err
	}
	p := document.Paper{Title: text.T("agency.visits.title"), Number: calendar.Date(now.In(calendar.Zone("35"))), Brand: text.T("document.brand"), Page: text.T("document.page"),
		Tick: true, Head: document.Line{Title: text.T("agency.visits.what"), Quantity: text.T("agency.visits.done")},
		Facts: []document.Fact{{Label: text.T("agency.word.companion"), Value: c.Actor.Name}}}
	for _, one := range casesOf(c).fitting(cases) {
		h := mine[one.Shop.ID]
		if len(one.Reasons) == 0 {
			continue
		}
		phone := web.Phone(h.maker.Phone)
		if phone == "" {
			phone = text.T("agency.companion.no_phone")
		}
		p.Lines = append(p.Lines, document.Line{Title: h.shop.Name + " · " + h.maker.Name, Note: h.shop.Place() + " · " + phone})
		for _, r := range one.Reasons {
			p.Lines = append(p.Lines, document.Line{Title: reason(r, h.shop.RegencyCode), Quantity: " "})
		}
	}
	if len(p.Lines) == 0 {
		p.Notes = []string{text.T("agency.visits.none")}
	}
	return document.Send(c.Response(), c.Request().Method, "kunjungan", p)
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
				line.Phone, line.Tel, line.WhatsApp = web.Phone(phone), "tel:"+phone, "https://wa.me/"+strings.TrimPrefix(phone, "+")
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
