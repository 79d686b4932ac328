package maker

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// dividing is the form of a division as typed, from step to step.
type dividing struct {
	shop   catalog.Shop
	form   url.Values
	table  share.Table
	people []share.Party
	paid   map[int64]money.Rupiah // by party: paid in and not given back yet
}

// owed are those who paid something in that was not given back.
func (d dividing) owed() []share.Party {
	var out []share.Party
	for _, p := range d.people {
		if d.paid[p.ID] > 0 {
			out = append(out, p)
		}
	}
	return out
}

// steps are the questions in their order: how much, what stays or goes back first,
// who made how much, and the confirmation.
func (d dividing) steps() []string {
	steps := []string{"jumlah", "biaya"}
	if d.shop.Kind == catalog.Group {
		steps = []string{"jumlah"}
		if len(d.owed()) > 0 {
			steps = append(steps, "modal")
		}
	}
	if d.table.ByWork() {
		steps = append(steps, "hasil")
	}
	return append(steps, "ya")
}

func (a area) dividing(c *web.Ctx, shop catalog.Shop, form url.Values) (dividing, bool, error) {
	d := dividing{shop: shop, form: form}
	t, found, err := a.Shares.Current(c.Context(), c.Actor, shop.ID)
	if err != nil || !found {
		return d, false, err
	}
	d.table = t
	parties, err := a.Shares.Parties(c.Context(), c.Actor, shop.ID)
	for _, p := range parties {
		if p.Open() && p.Kind != share.Fund {
			d.people = append(d.people, p)
		}
	}
	if err == nil {
		d.paid, err = a.Shares.PaidIn(c.Context(), c.Actor, shop.ID)
	}
	return d, true, err
}

// ask reads what was typed. Fields nobody filled count as nothing.
func (d dividing) ask() (share.New, error) {
	n := share.New{Month: d.form.Get("bulan"), FormKey: d.form.Get("form_key"), Back: map[int64]money.Rupiah{}, Pieces: map[int64]int64{}}
	bad := fault.Invalid("shares.division.faulty")
	sum := func(field string) money.Rupiah {
		typed := strings.TrimSpace(d.form.Get(field))
		if typed == "" {
			return 0
		}
		amount, err := money.Parse(typed)
		if err != nil {
			bad.With(field, "maker.take.unreadable")
		}
		return amount
	}
	n.Amount, n.Cost = sum("amount"), sum("cost")
	for _, p := range d.people {
		if back := sum(fmt.Sprintf("modal_%d", p.ID)); back > 0 {
			n.Back[p.ID] = back
		}
		if typed := strings.TrimSpace(d.form.Get(fmt.Sprintf("hasil_%d", p.ID))); typed != "" {
			pieces, err := strconv.ParseInt(typed, 10, 64)
			if err != nil {
				bad.With(fmt.Sprintf("hasil_%d", p.ID), "shares.division.pieces")
			}
			n.Pieces[p.ID] = pieces
		}
	}
	return n, bad.OrNil()
}

func (a area) showDivide(c *web.Ctx) error {
	return a.owners(c, func(shop catalog.Shop) error {
		d, ready, err := a.dividing(c, shop, url.Values{})
		if err != nil {
			return err
		}
		m, err := a.Finance.Money(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		if !ready || len(d.people) == 0 || m.Free <= 0 {
			return c.SeeOther(sharesAt)
		}
		now, err := a.Now(c.Context())
		if err != nil {
			return err
		}
		d.form = url.Values{"bulan": {now.In(calendar.Zone(shop.RegencyCode)).Format("2006-01")}, "amount": {money.Group(uint64(m.Free))}, "form_key": {id.Token()}}
		return a.dividePage(c, http.StatusOK, d, "jumlah", nil)
	})
}

// divide takes one answer and asks the next question; the last one shows who would
// get what. Nothing has happened yet.
func (a area) divide(c *web.Ctx) error {
	return a.divided(c, func(d dividing, from string) error {
		n, err := d.ask()
		if err == nil {
			_, err = a.Shares.Plan(c.Context(), c.Actor, d.shop.ID, n)
		}
		next := "ya"
		steps := d.steps()
		for i, s := range steps {
			if s == from && i+1 < len(steps) {
				next = steps[i+1]
			}
		}
		if err != nil && (next == "ya" || concerns(err, d, from)) {
			return again(c, err, func(e view.Errors) error {
				return a.dividePage(c, http.StatusUnprocessableEntity, d, stepOf(e, d, from), e)
			})
		}
		return a.dividePage(c, http.StatusOK, d, next, nil)
	})
}

func (a area) divided(c *web.Ctx, then func(d dividing, from string) error) error {
	form, err := c.Form()
	if err != nil {
		return err
	}
	number, _ := strconv.ParseInt(form.Get("shop"), 10, 64)
	shop, err := a.own(c, number)
	if err != nil {
		return err
	}
	if !runsShop(c, shop.ID) {
		return fault.Forbidden("finance.money.own_only")
	}
	d, ready, err := a.dividing(c, shop, form)
	if err != nil {
		return err
	}
	if !ready {
		return c.SeeOther(sharesAt)
	}
	return then(d, form.Get("langkah"))
}

// concerns reports whether a fault is about the step that was just answered, or one
// before it; a later question has simply not been asked yet.
func concerns(err error, d dividing, from string) bool {
	if !web.Faulty(err) {
		return true
	}
	order := map[string]int{}
	for i, s := range d.steps() {
		order[s] = i
	}
	at, known := order[stepOf(web.Errors(err), d, "")]
	return known && at <= order[from]
}

// stepOf is the question a fault belongs to.
func stepOf(e view.Errors, d dividing, otherwise string) string {
	for _, one := range e {
		switch {
		case one.Field == "amount" || one.Field == "month":
			return "jumlah"
		case one.Field == "cost":
			return "biaya"
		case one.Field == "back" || strings.HasPrefix(one.Field, "modal_"):
			return "modal"
		case one.Field == "pieces" || strings.HasPrefix(one.Field, "hasil_"):
			return "hasil"
		}
	}
	return otherwise
}

func (a area) dividePage(c *web.Ctx, status int, d dividing, step string, e view.Errors) error {
	page, err := a.frame(c, d.shop, "uang", text.T("sharepage.ask."+step))
	if err != nil {
		return err
	}
	steps := d.steps()
	at := 1
	for i, s := range steps {
		if s == step {
			at = i + 1
		}
	}
	v := pages.ShareForm{Page: page, Step: ui.Step{
		Question: text.T("sharepage.ask." + step), Hint: text.T("sharepage.ask_hint." + step), Action: sharesAt + "/bagi", FormKey: d.form.Get("form_key"), Errors: e,
		Progress: view.Progress{Step: at, Total: len(steps)}, Back: sharesAt, Hidden: []view.Hidden{hiddenShop(d.shop), {Name: "langkah", Value: step}},
	}}
	asked := map[string]bool{}
	rupiah := func(name, label, hint string, large bool) {
		asked[name] = true
		v.Fields = append(v.Fields, view.Field{Name: name, Label: label, Hint: hint, Prefix: "Rp", InputMode: "numeric", Value: d.form.Get(name), Error: e.Of(name), MaxLength: 16, Large: large, Optional: !large})
	}
	switch step {
	case "jumlah":
		rupiah("amount", text.T("sharepage.amount"), "", true)
		asked["bulan"] = true
		v.Selects = append(v.Selects, view.Select{Name: "bulan", Label: text.T("sharepage.month"), Error: e.Of("month"), Options: a.months(c, d.form.Get("bulan"), d.shop.RegencyCode)})
	case "biaya":
		rupiah("cost", text.T("sharepage.cost_label"), text.T("sharepage.cost_hint"), true)
	case "modal":
		v.Notice = notice(e.Of("back"))
		for _, p := range d.owed() { // filled with what they paid in
			name := fmt.Sprintf("modal_%d", p.ID)
			if !d.form.Has(name) {
				d.form.Set(name, money.Group(uint64(d.paid[p.ID])))
			}
			rupiah(name, p.Label, "", false)
		}
	case "hasil":
		v.Notice = notice(e.Of("pieces"))
		made, err := a.Shares.Uncounted(c.Context(), c.Actor, d.shop.ID, d.form.Get("bulan"))
		if err != nil {
			return err
		}
		for _, p := range d.people {
			name := fmt.Sprintf("hasil_%d", p.ID)
			asked[name] = true
			if !d.form.Has(name) && made[p.ID] > 0 { // filled with what was typed day by day
				d.form.Set(name, strconv.FormatInt(made[p.ID], 10))
			}
			v.Fields = append(v.Fields, view.Field{Name: name, Label: p.Label, InputMode: "numeric", Value: d.form.Get(name), Error: e.Of(name), MaxLength: 7, Optional: true})
		}
	default:
		n, err := d.ask()
		if err != nil {
			return err
		}
		plan, err := a.Shares.Plan(c.Context(), c.Actor, d.shop.ID, n)
		if err != nil {
			return err
		}
		shared := plan.Shared()
		v.Amount, v.Facts, v.Lines = &shared, divisionFacts(plan), shareLines(plan)
		v.Step.Action, v.Step.Submit, v.Step.SubmitIcon = sharesAt+"/bagi/ya", text.T("sharepage.confirm."+string(d.shop.Kind)), "check"
		v.Step.Hint = text.T("sharepage.confirm_hint." + string(d.shop.Kind))
	}
	for name, values := range d.form { // what was answered on other screens goes along
		if !asked[name] && name != "form_key" && name != "shop" && name != "langkah" && len(values) > 0 {
			v.Step.Hidden = append(v.Step.Hidden, view.Hidden{Name: name, Value: values[0]})
		}
	}
	return c.Page(status, pages.ShareFormPage(v))
}

func notice(words string) *view.Notice {
	if words == "" {
		return nil
	}
	return &view.Notice{Tone: view.Bad, Text: words}
}

// confirmDivide divides.
func (a area) confirmDivide(c *web.Ctx) error {
	return a.divided(c, func(d dividing, _ string) error {
		n, err := d.ask()
		var made share.Division
		if err == nil {
			made, err = a.Shares.Divide(c.Context(), c.Actor, d.shop.ID, n)
		}
		if fault.Is(err, fault.KindConflict) {
			c.Flash(view.Warn, fault.As(err).Key, fault.As(err).Args...)
			return c.SeeOther(sharesAt)
		}
		if err != nil {
			return again(c, err, func(e view.Errors) error {
				return a.dividePage(c, http.StatusUnprocessableEntity, d, stepOf(e, d, "jumlah"), e)
			})
		}
		c.Flash(view.Good, "sharepage.divided."+string(made.State))
		return c.SeeOther(fmt.Sprintf("%s/pembagian?nomor=%d", sharesAt, made.ID))
	})
}
