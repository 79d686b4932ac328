package buyer

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// checkoutForm is the one form of checkout, as typed.
type checkoutForm struct {
	FormKey        string `form:"form_key"`
	Step           string `form:"langkah"`
	Version        int64  `form:"versi"`
	SeenTotal      int64  `form:"total"`
	Name           string `form:"nama"`
	Phone          string `form:"hp"`
	Email          string `form:"surel"`
	RecipientName  string `form:"penerima_nama"`
	RecipientPhone string `form:"penerima_hp"`
	Province       string `form:"provinsi"`
	Regency        string `form:"kabupaten"`
	District       string `form:"kecamatan"`
	Village        string `form:"desa"`
	Street         string `form:"jalan"`
	PostCode       string `form:"kodepos"`
	Note           string `form:"catatan"`
	choices        map[int64]delivery.Choice
	payBy          map[int64]order.PayBy
	cart           string // the token
}

// destination is what of the address can be believed: a district must lie in its
// regency, else the choice is not yet made.
func (f *checkoutForm) destination() delivery.Destination {
	if r, ok := region.RegencyByCode(f.Regency); !ok || (f.Province != "" && r.ProvinceCode != f.Province) {
		f.Regency, f.District = "", ""
	}
	if d, ok := region.DistrictByCode(f.District); !ok || d.RegencyCode != f.Regency {
		f.District = ""
	}
	if f.District == "" {
		return delivery.Destination{}
	}
	return delivery.Destination{RegencyCode: f.Regency, DistrictCode: f.District}
}

func (a area) showCheckout(c *web.Ctx) error {
	token, err := a.cartToken(c)
	if err != nil {
		return err
	}
	f := checkoutForm{FormKey: id.Token(), cart: token, choices: map[int64]delivery.Method{}}
	q, err := a.Checkout.QuoteFor(c.Context(), f.cart, f.destination(), f.choices, nil)
	if err != nil {
		return err
	}
	if q.Cart.Empty() || q.Cart.Short || len(q.Cart.Changes) > 0 {
		return c.SeeOther("/keranjang") // which shows what is the matter
	}
	return a.drawQuote(c, http.StatusOK, &f, q, nil, nil)
}

func (a area) submitCheckout(c *web.Ctx) error {
	f := checkoutForm{choices: map[int64]delivery.Choice{}, payBy: map[int64]order.PayBy{}}
	if err := c.Decode(&f); err != nil {
		return err
	}
	var err error
	if f.cart, err = a.cartToken(c); err != nil {
		return err
	}
	values, err := c.Form()
	if err != nil {
		return err
	}
	for name := range values {
		if shop, ok := strings.CutPrefix(name, "kirim_"); ok {
			if shopID, err := strconv.ParseInt(shop, 10, 64); err == nil {
				f.choices[shopID] = delivery.Choice(values.Get(name))
			}
		}
		if shop, ok := strings.CutPrefix(name, "bayar_"); ok {
			if shopID, err := strconv.ParseInt(shop, 10, 64); err == nil {
				f.payBy[shopID] = order.PayBy(values.Get(name))
			}
		}
	}
	to := f.destination()
	if f.Step != "bayar" { // one of the small buttons: draw again with what was typed
		return a.drawCheckout(c, http.StatusOK, &f, nil, nil)
	}
	if err := a.Limits.Allow(c.Context(), account.Limit{Name: "checkout", Who: c.IP(), Most: checkoutsPerHour, Window: hour}); err != nil {
		return err
	}
	in := f.input(c.Actor.UserID, to)
	in.Sources = web.WaysIn(c)
	placed, err := a.Checkout.PlaceToPay(c.Context(), in)
	var changed *checkout.ChangedError
	switch {
	case errors.As(err, &changed):
		return a.drawCheckout(c, http.StatusConflict, &f, nil, changed.Changes)
	case web.Faulty(err):
		return a.drawCheckout(c, http.StatusUnprocessableEntity, &f, err, nil)
	case err != nil:
		return err
	}
	if placed.Online == 0 {
		return c.SeeOther("/pembayaran/" + placed.Token) // which says how each shop is paid
	}
	// The invoice is made at once when the gateway answers; else its job makes it
	// and the payment page waits.
	paid, err := a.Payments.OpenStarted(c.Context(), placed.Payment)
	if err != nil {
		c.Log().Warn("invoice not open yet", "payment", placed.Payment.ID, "error", err)
	}
	if err == nil && paid.InvoiceURL != "" {
		return c.Leave(paid.InvoiceURL)
	}
	return c.SeeOther("/pembayaran/" + placed.Token)
}

func (f *checkoutForm) input(userID int64, to delivery.Destination) checkout.PlaceInput {
	in := checkout.PlaceInput{
		CartToken: f.cart, CartVersion: f.Version, SeenTotal: money.Rupiah(f.SeenTotal), FormKey: f.FormKey, BuyerUserID: userID,
		Buyer: checkout.Contact{Name: f.Name, Phone: f.Phone}, Email: f.Email, Choices: f.choices, PayBy: f.payBy, Notes: map[int64]string{},
		Address: checkout.Address{RegencyCode: to.RegencyCode, DistrictCode: to.DistrictCode, Village: f.Village, Street: f.Street, Postcode: f.PostCode},
	}
	if f.RecipientName != "" || f.RecipientPhone != "" {
		in.Recipient = &checkout.Contact{Name: f.RecipientName, Phone: f.RecipientPhone}
	}
	for shopID := range f.choices {
		in.Notes[shopID] = f.Note
	}
	return in
}

// drawCheckout draws the form with everything typed, present prices and, where
// the district is known, the ways of delivery.
func (a area) drawCheckout(c *web.Ctx, status int, f *checkoutForm, problem error, changes []checkout.Change) error {
	q, err := a.Checkout.QuoteFor(c.Context(), f.cart, f.destination(), f.choices, f.payBy)
	if err != nil {
		return err
	}
	return a.drawQuote(c, status, f, q, problem, changes)
}

func (a area) drawQuote(c *web.Ctx, status int, f *checkoutForm, q checkout.Quote, problem error, changes []checkout.Change) error {
	page := pages.Checkout{
		Page: c.Own(c.T("buyer.checkout.title")), Action: "/checkout", FormKey: f.FormKey, Errors: fieldErrors(c, problem),
		Name: f.Name, Phone: f.Phone, Email: f.Email, Note: f.Note, Village: f.Village, Street: f.Street, PostCode: f.PostCode,
		ForOther: f.RecipientName != "" || f.RecipientPhone != "", RecipientName: f.RecipientName, RecipientPhone: f.RecipientPhone,
		Holding: c.T("buyerpage.holding"), Total: q.Total, NeedsAddress: true,
		Seen: []view.Hidden{
			{Name: "versi", Value: strconv.FormatInt(q.Cart.Version, 10)},
			{Name: "total", Value: strconv.FormatInt(int64(q.Total), 10)},
		},
		Bill: []view.Amount{{Label: c.T("buyerpage.bill.goods"), Value: q.Goods}},
	}
	page.Page.Scripts = []string{"js/checkout.js"}
	if page.FormKey == "" {
		page.FormKey = id.Token()
	}
	for _, change := range append(q.Cart.Changes, changes...) {
		if sentence := change.Sentence(c.Context()); !slices.Contains(page.Changes, sentence) {
			page.Changes = append(page.Changes, sentence)
		}
	}
	page.Provinces, page.Regencies, page.Districts = places(f)
	page.Placed = f.District != ""
	page.Priced = len(q.Groups) > 0
	allPickup := len(q.Groups) > 0
	for _, g := range q.Groups {
		if !page.Placed && f.choices[g.ShopID] == "" {
			// Without an address only collecting is offered. It is the buyer's to
			// choose: the shop may be a day's journey away.
			g.Chosen, g.Choice = "", ""
		}
		way, other := payChoice(c, g)
		page.Ways = append(page.Ways, way)
		page.OtherWays = page.OtherWays || other
		shop := checkoutShop(c, g, f.District != "")
		if err := a.ownPlaces(c, g, f.District != "", &shop); err != nil {
			return err
		}
		page.Shops = append(page.Shops, shop)
		page.Priced = page.Priced && g.Chosen != ""
		allPickup = allPickup && g.Chosen == delivery.Pickup
		if g.Chosen != "" {
			page.Bill = append(page.Bill, view.Amount{Label: c.T("buyerpage.bill.delivery", "shop", g.ShopName), Value: g.Fee, Note: c.T(g.Chosen.LabelKey())})
		}
	}
	page.NeedsAddress = !allPickup
	if page.OtherWays {
		page.Holding = c.T("buyerpage.holding_part")
	}
	if q.Online == 0 && len(q.Groups) > 0 {
		page.Submit, page.Holding = c.T("buyerpage.order_only"), ""
	}
	if q.TooSmall {
		page.TooSmall = c.T("buyerpage.too_small", "minimum", payment.Smallest, "online", q.Online)
	}
	page.Bill = append(page.Bill, view.Amount{Label: c.T("buyerpage.bill.total"), Value: q.Total, Strong: true})
	if page.Priced && q.Online < q.Total {
		if q.Online > 0 {
			page.Bill = append(page.Bill, view.Amount{Label: c.T("buyerpage.bill.online"), Value: q.Online})
		}
		page.Bill = append(page.Bill, view.Amount{Label: c.T("buyerpage.bill.to_shops"), Value: q.Total - q.Online})
	}
	return c.Page(status, pages.CheckoutPage(page))
}

func checkoutShop(c *web.Ctx, g checkout.QuotedGroup, placed bool) pages.CheckoutShop {
	s := pages.CheckoutShop{ID: strconv.FormatInt(g.ShopID, 10), Name: g.ShopName}
	for _, l := range g.Lines {
		s.Lines = append(s.Lines, pages.CheckoutLine{
			Title: l.FullTitle(), Quantity: strconv.FormatInt(l.Quantity, 10), Subtotal: l.Amount, ReadyBy: readyBy(c, l.Sellable, l.Quantity, g.Chosen),
		})
	}
	for _, o := range g.Options {
		s.Methods = append(s.Methods, view.Option{
			Value: string(o.Choice), Label: optionLabel(c, o), Price: price(c, o.Fee), Note: optionNote(c, o), Selected: o.Choice == g.Choice,
		})
	}
	for _, o := range g.Closed {
		s.Methods = append(s.Methods, view.Option{Value: string(o.Choice), Label: optionLabel(c, o), Disabled: true,
			Note: c.T("delivery.closed", "name", o.Closed.Name, "first", c.Date(o.Closed.First()), "last", c.Date(o.Closed.Last()),
				"ready", c.Date(g.Parcel.ReadyBy.In(calendar.Zone(g.RegencyCode))))})
	}
	for _, o := range g.Outside {
		s.Error = c.T("checkout.place.outside", "title", o.Title, "area", strings.Join(o.Area.Names(), ", "))
	}
	if placed && len(g.Options) == 0 && len(g.Closed) == 0 && s.Error == "" {
		s.Error = c.T("buyerpage.no_delivery", "shop", g.ShopName)
	}
	return s
}

// ownPlaces says how far the maker brings orders herself, when that is not as far as
// the chosen district.
func (a area) ownPlaces(c *web.Ctx, g checkout.QuotedGroup, placed bool, s *pages.CheckoutShop) error {
	own := func(o delivery.Option) bool { return o.Method == delivery.Own }
	if !placed || g.PickupOnly || len(g.Outside) > 0 || slices.ContainsFunc(g.Options, own) || slices.ContainsFunc(g.Closed, own) {
		return nil
	}
	offers, err := a.Counters.Offers(c.Context(), g.ShopID)
	if err != nil {
		return err
	}
	for _, o := range offers {
		if o.Method != delivery.Own {
			continue
		}
		note := c.T("buyerpage.note.own_regency", "place", region.Name(g.RegencyCode))
		if len(o.Places) > 0 {
			note = c.T("buyerpage.note.own_only", "places", strings.Join(o.Places[:min(len(o.Places), mostPlaces)], "; "))
			if n := len(o.Places) - mostPlaces; n > 0 {
				note = c.T("buyerpage.note.own_more", "note", note, "n", n)
			}
		}
		s.Methods = append(s.Methods, view.Option{Value: string(delivery.Own), Label: c.T(delivery.Own.LabelKey()), Disabled: true, Note: note})
	}
	return nil
}

// mostPlaces is how many of a maker's own areas a closed choice names.
const mostPlaces = 8

// payChoice asks how one shop is paid; other says that there is more than the gateway.
func payChoice(c *web.Ctx, g checkout.QuotedGroup) (choice view.Choices, other bool) {
	choice = view.Choices{Name: "bayar_" + strconv.FormatInt(g.ShopID, 10), Legend: g.ShopName, Auto: true}
	for _, w := range g.Ways {
		o := view.Option{Value: string(w.PayBy), Label: c.T(w.PayBy.LabelKey()), Note: c.T("buyerpage.pay_by." + string(w.PayBy)), Selected: w.PayBy == g.PayBy}
		if w.Max > 0 {
			o.Note = c.T("buyerpage.pay_by.cod_max", "max", w.Max)
		}
		o.Disabled = w.Over
		choice.Options = append(choice.Options, o)
	}
	return choice, len(choice.Options) > 1
}

func price(c *web.Ctx, fee money.Rupiah) string {
	if fee == 0 {
		return c.T("buyerpage.free")
	}
	return fee.String()
}

// optionLabel names a way of delivery, with the courier where there are several.
func optionLabel(c *web.Ctx, o delivery.Option) string {
	if o.Method == delivery.Courier && o.Zone == "" {
		return c.T("buyerpage.courier_service", "carrier", o.Carrier, "service", o.Service)
	}
	return c.T(o.LabelKey)
}

func optionNote(c *web.Ctx, o delivery.Option) string {
	if o.Method == delivery.Courier {
		return c.T("buyerpage.courier_note", "kg", o.Kilograms, "min", o.DaysMin, "max", o.DaysMax)
	}
	note := c.T("buyerpage.note." + string(o.Method))
	if hours := c.Hours(o.Hours); hours != "" {
		note = c.T("buyerpage.hours.open", "hours", hours) + " " + note
	}
	return note
}

// fieldNames gives the domain's fields the names they have in the form.
var fieldNames = map[string]string{
	"name": "nama", "phone": "hp", "email": "surel", "recipient_name": "penerima_nama", "recipient_phone": "penerima_hp",
	"quantity": "jumlah", "regency": "kabupaten", "district": "kecamatan", "village": "desa", "street": "jalan", "postcode": "kodepos",
}

func fieldErrors(c *web.Ctx, err error) view.Errors {
	if err == nil {
		return nil
	}
	errs := c.Errors(err)
	for i, e := range errs {
		if name, ok := fieldNames[e.Field]; ok {
			errs[i].Field = name
		} else if shop, ok := strings.CutPrefix(e.Field, "delivery_"); ok {
			errs[i].Field = "kirim_" + shop
		} else if shop, ok := strings.CutPrefix(e.Field, "pay_by_"); ok {
			errs[i].Field = "bayar_" + shop
		} else if strings.HasPrefix(e.Field, "note_") {
			errs[i].Field = "catatan"
		}
	}
	return errs
}

// places fills the three lists; without a province chosen the later lists are empty.
func places(f *checkoutForm) (provinces, regencies, districts []view.Option) {
	if f.Province == "" && len(f.Regency) > 2 {
		f.Province = f.Regency[:2]
	}
	for _, p := range region.Provinces() {
		provinces = append(provinces, view.Option{Value: p.Code, Label: p.Name, Selected: p.Code == f.Province})
	}
	for _, r := range region.RegenciesIn(f.Province) {
		regencies = append(regencies, view.Option{Value: r.Code, Label: r.Name, Selected: r.Code == f.Regency})
	}
	for _, d := range region.Districts(f.Regency) {
		districts = append(districts, view.Option{Value: d.Code, Label: d.Name, Selected: d.Code == f.District})
	}
	return provinces, regencies, districts
}

type place struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

func listRegencies(c *web.Ctx) error {
	out := []place{}
	for _, r := range region.RegenciesIn(c.Query("provinsi")) {
		out = append(out, place{r.Code, r.Name})
	}
	return answerPlaces(c, out)
}

func listDistricts(c *web.Ctx) error {
	out := []place{}
	for _, d := range region.Districts(c.Query("kabupaten")) {
		out = append(out, place{d.Code, d.Name})
	}
	return answerPlaces(c, out)
}

func answerPlaces(c *web.Ctx, out []place) error {
	if len(out) == 0 {
		return fault.NotFound("region")
	}
	return c.JSON(http.StatusOK, out)
}
