// Package quotes is what "Toko saya" and the agency's desk have in common about
// requests for a price: the list, the page of one, and the two forms that answer
// it. The areas bring the frame and the addresses.
package quotes

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/quote"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/quote"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Desk answers requests. Base is where the area's requests live.
type Desk struct {
	Quotes   *quote.Service
	Catalog  *catalog.Service
	Pictures *media.Service
	Base     string
	Staff    bool
}

// URL is the address of one request.
func (d Desk) URL(requestID int64) string { return fmt.Sprintf("%s/%d", d.Base, requestID) }

// Items are requests as a list shows them; url says where each leads.
func Items(requests []quote.Request, url func(requestID int64) string) []pages.Item {
	var out []pages.Item
	for _, r := range requests {
		item := pages.Item{URL: url(r.ID), Wish: r.Wish, Chip: chip(r.State),
			Line: text.T("quotedesk.line", "quantity", group(r.Quantity), "place", region.Place(r.DistrictCode)),
			When: text.T("quotedesk.since", "time", calendar.DateTime(r.AskedAt, r.RegencyCode))}
		if !r.NeededBy.IsZero() {
			item.When = text.T("quotedesk.needed_by", "date", calendar.Date(r.NeededBy))
		}
		out = append(out, item)
	}
	return out
}

func chip(s quote.State) view.Chip {
	tone := view.Neutral
	switch s {
	case quote.Asked, quote.Unplaced:
		tone = view.Wait
	case quote.Answered:
		tone = view.Info
	case quote.Accepted:
		tone = view.Good
	case quote.Declined:
		tone = view.Bad
	}
	return view.Chip{Tone: tone, Label: quote.StateName(s)}
}

func group(n int64) string { return money.Group(uint64(max(n, 0))) }

// Answered is a form of the desk as it was sent, drawn again with its fault.
type Answered struct {
	In      quote.AnswerInput
	Reason  string
	Problem error
}

// Page is one request with the forms that the person may send. page makes the
// area's frame of a title.
func (d Desk) Page(c *web.Ctx, requestID int64, page func(title string) (view.Private, error), sent Answered) error {
	r, err := d.Quotes.One(c.Context(), c.Actor, requestID)
	if err != nil {
		return err
	}
	v := pages.Request{Staff: d.Staff, Chip: chip(r.State), Title: r.Wish, Lead: text.T("quotedesk.lead." + string(r.State)), Details: r.Details,
		Back: view.Link{Label: text.T("quotedesk.title"), URL: d.Base}, Errors: c.Errors(sent.Problem), Facts: facts(r)}
	if v.Page, err = page(r.Wish); err != nil {
		return err
	}
	if v.Pictures, err = d.pictures(c, r.ID); err != nil {
		return err
	}
	contact(&v, r)
	for i := len(r.Offers) - 1; i >= 0; i-- {
		v.Offers = append(v.Offers, offer(r, r.Offers[i]))
	}
	switch r.State {
	case quote.Asked, quote.Answered, quote.Expired:
		if v.Answer, err = d.answer(c, r, sent, v.Errors); err != nil {
			return err
		}
		v.Decline = d.decline(r, sent, v.Errors)
	}
	status := http.StatusOK
	if sent.Problem != nil {
		status = http.StatusUnprocessableEntity
	}
	return c.Page(status, pages.RequestPage(v))
}

// Unplaced is the page of a request that no shop is asked for yet, with the forms
// that pass it on or refuse it.
func (d Desk) Unplaced(c *web.Ctx, requestID int64, page view.Private, shops []view.Option, sent Answered) error {
	r, err := d.Quotes.One(c.Context(), c.Actor, requestID)
	if err != nil {
		return err
	}
	if r.State != quote.Unplaced {
		return fault.NotFound("unplaced request")
	}
	v := pages.Request{Page: page, Staff: true, Chip: chip(r.State), Title: r.Wish, Lead: text.T("quotedesk.lead." + string(r.State)), Details: r.Details,
		Back: view.Link{Label: text.T("quotedesk.title"), URL: d.Base}, Errors: c.Errors(sent.Problem), Facts: facts(r)}
	if v.Pictures, err = d.pictures(c, r.ID); err != nil {
		return err
	}
	contact(&v, r)
	url := fmt.Sprintf("%s/baru/%d", d.Base, r.ID)
	v.Pass = &pages.Pass{URL: url + "/teruskan", Shops: view.Select{Name: "shop", Label: text.T("quotedesk.shop"), Empty: text.T("quotedesk.choose"),
		Options: shops, Error: v.Errors.Of("shop")}}
	v.Decline = d.decline(r, sent, v.Errors)
	v.Decline.URL, v.Decline.Lead = url+"/tolak", text.T("quotedesk.refuse_lead")
	status := http.StatusOK
	if sent.Problem != nil {
		status = http.StatusUnprocessableEntity
	}
	return c.Page(status, pages.RequestPage(v))
}

func (d Desk) pictures(c *web.Ctx, requestID int64) ([]view.Picture, error) {
	kept, err := d.Pictures.PicturesOf(c.Context(), quote.PictureOwner, requestID)
	var out []view.Picture
	for i, p := range kept {
		out = append(out, web.Picture(p, text.T("quotedesk.picture", "n", i+1)))
	}
	return out, err
}

func facts(r quote.Request) []view.Fact {
	out := []view.Fact{{Label: text.T("quotedesk.quantity"), Value: group(r.Quantity)}}
	for _, s := range r.Sizes {
		out = append(out, view.Fact{Label: text.T("quotedesk.size", "size", s.Label), Value: group(s.Quantity)})
	}
	if !r.NeededBy.IsZero() {
		out = append(out, view.Fact{Label: text.T("quotedesk.needed"), Value: calendar.Date(r.NeededBy)})
	}
	if r.Reason != "" {
		out = append(out, view.Fact{Label: text.T("quotedesk.reason"), Value: r.Reason})
	}
	return append(out, view.Fact{Label: text.T("quotedesk.where"), Value: region.Place(r.DistrictCode)})
}

func contact(v *pages.Request, r quote.Request) {
	switch {
	case r.ContactHidden && r.ShopID == 0:
		v.Hidden = text.T("quotedesk.contact_later")
	case r.ContactHidden:
		v.Hidden = text.T("quotedesk.contact_gone")
	default:
		v.Contact = []view.Fact{{Label: text.T("quotedesk.name"), Value: r.Buyer.Name}}
		if r.Organisation != "" {
			v.Contact = append(v.Contact, view.Fact{Label: text.T("quotedesk.organisation"), Value: r.Organisation})
		}
		if r.Buyer.Email != "" {
			v.Contact = append(v.Contact, view.Fact{Label: text.T("quotedesk.email"), Value: r.Buyer.Email})
		}
		v.Call = &view.Link{Label: text.T("quotedesk.call", "phone", web.Phone(r.Buyer.Phone)), URL: "tel:" + r.Buyer.Phone, Icon: "phone"}
		v.WhatsApp = &view.Link{Label: text.T("quotedesk.whatsapp"), URL: "https://wa.me/" + strings.TrimPrefix(r.Buyer.Phone, "+"), Icon: "message"}
	}
}

func offer(r quote.Request, o quote.Offer) pages.Offer {
	out := pages.Offer{
		Title: text.T("quotedesk.offer", "number", o.ID), Chip: view.Chip{Tone: view.Neutral, Label: text.T("quotedesk.offer_state." + string(o.State))}, Note: o.Note,
		Facts: []view.Fact{
			{Label: text.T("quotedesk.ready"), Value: calendar.Date(o.ReadyOn)},
			{Label: text.T("quotedesk.valid"), Value: calendar.DateTime(o.ValidUntil.Add(-time.Minute), r.RegencyCode)},
		},
		Bill: []view.Amount{{Label: text.T("quotedesk.goods"), Value: o.Goods}, {Label: text.T(o.Method.LabelKey()), Value: o.Fee},
			{Label: text.T("quotedesk.total"), Value: o.Total, Strong: true}},
	}
	if o.State == quote.Sent || o.State == quote.OfferAccepted {
		out.Chip.Tone = view.Info
	}
	return out
}

// answer is the form of an offer, with what was typed or what the request says.
func (d Desk) answer(c *web.Ctx, r quote.Request, sent Answered, errs view.Errors) (*pages.Answer, error) {
	in := sent.In
	if in.FormKey == "" {
		in.FormKey = id.Token()
	}
	a := &pages.Answer{
		URL: d.URL(r.ID) + "/jawab", Again: r.State == quote.Answered,
		Hidden: []view.Hidden{{Name: "form_key", Value: in.FormKey}, {Name: "seen", Value: strconv.FormatInt(r.Version, 10)}},
		Price: view.Field{Name: "unit_price", Label: text.T("quotedesk.price"), Prefix: "Rp", InputMode: "numeric", Value: in.UnitPrice, Error: errs.Of("unit_price"),
			MaxLength: 15, Autocomplete: "off"},
		Methods: view.Choices{Name: "method", Legend: text.T("quotedesk.method"), Error: errs.Of("method")},
		Fields: []view.Field{
			{Name: "fee", Label: text.T("quotedesk.fee"), Hint: text.T("quotedesk.fee_hint"), Prefix: "Rp", InputMode: "numeric", Value: in.Fee, Error: errs.Of("fee"), Optional: true, MaxLength: 15},
			{Name: "ready_on", Label: text.T("quotedesk.ready"), Type: "date", Value: in.ReadyOn, Error: errs.Of("ready_on")},
			{Name: "valid_days", Label: text.T("quotedesk.valid_days"), Hint: text.T("quotedesk.valid_hint"), Suffix: text.T("quotedesk.days"), InputMode: "numeric", Value: in.ValidDays, Error: errs.Of("valid_days"), Optional: true, MaxLength: 3},
			{Name: "note", Label: text.T("quotedesk.note"), Hint: text.T("quotedesk.note_hint"), Value: in.Note, Error: errs.Of("note"), Rows: 3, MaxLength: 1000, Optional: true},
		},
	}
	for _, m := range delivery.Methods {
		a.Methods.Options = append(a.Methods.Options, view.Option{Value: string(m), Label: text.T(m.LabelKey()), Selected: m == in.Method})
	}
	quantity := view.Field{Name: "quantity", Label: text.T("quotedesk.quantity"), InputMode: "numeric", Value: in.Quantity, Error: errs.Of("quantity"), MaxLength: 9}
	if sent.Problem == nil {
		quantity.Value = strconv.FormatInt(r.Quantity, 10)
	}
	for i, s := range r.Sizes {
		f := quantity
		f.Name = fmt.Sprintf("quantity_%d", i+1)
		f.Label, f.Error = text.T("quotedesk.size_quantity", "size", s.Label), errs.Of(f.Name)
		f.Value = strconv.FormatInt(s.Quantity, 10)
		if sent.Problem != nil {
			f.Value = ""
			if i < len(in.Quantities) {
				f.Value = in.Quantities[i]
			}
		}
		a.Quantities = append(a.Quantities, f)
	}
	if len(a.Quantities) == 0 {
		a.Quantities = []view.Field{quantity}
	}
	if r.ProductID != 0 {
		return a, nil
	}
	shop, err := d.Catalog.Shop(c.Context(), r.ShopID)
	if err != nil {
		return nil, err
	}
	sold, err := d.Catalog.Products(c.Context(), catalog.Filter{Shop: shop.Slug})
	if err != nil {
		return nil, err
	}
	a.Products = &view.Select{Name: "product", Label: text.T("quotedesk.product"), Hint: text.T("quotedesk.product_hint"), Empty: text.T("quotedesk.choose"), Error: errs.Of("product")}
	for _, p := range sold.Products {
		a.Products.Options = append(a.Products.Options, view.Option{Value: strconv.FormatInt(p.ProductID, 10), Label: p.Title, Selected: p.ProductID == in.ProductID})
	}
	return a, nil
}

func (d Desk) decline(r quote.Request, sent Answered, errs view.Errors) *pages.Decline {
	lead := text.T("quotedesk.decline_lead")
	if r.ProductID == 0 {
		lead = text.T("quotedesk.hand_back_lead")
	}
	return &pages.Decline{
		URL: d.URL(r.ID) + "/tolak", Title: text.T("quotedesk.decline"), Lead: lead, Open: errs.Of("reason") != "",
		Hidden: []view.Hidden{{Name: "seen", Value: strconv.FormatInt(r.Version, 10)}},
		Reason: view.Field{Name: "reason", Label: text.T("quotedesk.reason"), Hint: text.T("quotedesk.reason_hint"), Value: sent.Reason, Error: errs.Of("reason"), Rows: 3, MaxLength: 300},
	}
}

// Answer takes the form of an offer and draws it again when it is faulty.
func (d Desk) Answer(c *web.Ctx, page func(title string) (view.Private, error)) error {
	requestID, err := c.ID("id")
	if err != nil {
		return err
	}
	values, err := c.Form()
	if err != nil {
		return err
	}
	in := quote.AnswerInput{
		FormKey: values.Get("form_key"), Seen: number(values.Get("seen")), ProductID: number(values.Get("product")), UnitPrice: values.Get("unit_price"),
		Quantity: values.Get("quantity"), Method: delivery.Method(values.Get("method")), Fee: values.Get("fee"), ReadyOn: values.Get("ready_on"),
		ValidDays: values.Get("valid_days"), Note: values.Get("note"),
	}
	for i := 1; values.Has(fmt.Sprintf("quantity_%d", i)) && i <= quote.MaxSizes; i++ {
		in.Quantities = append(in.Quantities, values.Get(fmt.Sprintf("quantity_%d", i)))
	}
	err = d.Quotes.Answer(c.Context(), c.Actor, requestID, in)
	if web.Faulty(err) {
		return d.Page(c, requestID, page, Answered{In: in, Problem: err})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "quotedesk.answered")
	return c.SeeOther(d.URL(requestID))
}

// Decline takes the form that says no.
func (d Desk) Decline(c *web.Ctx, page func(title string) (view.Private, error)) error {
	requestID, err := c.ID("id")
	if err != nil {
		return err
	}
	values, err := c.Form()
	if err != nil {
		return err
	}
	reason := values.Get("reason")
	err = d.Quotes.Decline(c.Context(), c.Actor, requestID, number(values.Get("seen")), reason)
	if web.Faulty(err) {
		return d.Page(c, requestID, page, Answered{Reason: reason, Problem: err})
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "quotedesk.declined")
	return c.SeeOther(d.Base)
}

// number reads an id or version of a hidden field; 0 when it is none.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
