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
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
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
	choices        map[int64]delivery.Method
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
	cart, err := a.Checkout.Cart(c.Context(), c.Cookie(cartCookie))
	if err != nil {
		return err
	}
	if cart.Empty() || len(cart.Changes) > 0 {
		return c.SeeOther("/keranjang") // which shows what is the matter
	}
	f := checkoutForm{FormKey: id.Token(), choices: map[int64]delivery.Method{}}
	return a.drawCheckout(c, http.StatusOK, &f, nil, nil)
}

func (a area) submitCheckout(c *web.Ctx) error {
	f := checkoutForm{choices: map[int64]delivery.Method{}}
	if err := c.Decode(&f); err != nil {
		return err
	}
	values, err := c.Form()
	if err != nil {
		return err
	}
	for name := range values {
		if shop, ok := strings.CutPrefix(name, "kirim_"); ok {
			if shopID, err := strconv.ParseInt(shop, 10, 64); err == nil {
				f.choices[shopID] = delivery.Method(values.Get(name))
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
	purchase, err := a.Checkout.Place(c.Context(), f.input(c.Cookie(cartCookie), c.Actor.UserID, to))
	var changed *checkout.ChangedError
	switch {
	case errors.As(err, &changed):
		return a.drawCheckout(c, http.StatusConflict, &f, nil, changed.Changes)
	case web.Faulty(err):
		return a.drawCheckout(c, http.StatusUnprocessableEntity, &f, err, nil)
	case err != nil:
		return err
	}
	// The invoice is made at once when the gateway answers; else its job makes it
	// and the payment page waits.
	paid, err := a.Payments.Open(c.Context(), purchase.Payment.ID)
	if err != nil {
		c.Log().Warn("invoice not open yet", "payment", purchase.Payment.ID, "error", err)
	}
	if err == nil && paid.InvoiceURL != "" {
		return c.Leave(paid.InvoiceURL)
	}
	return c.SeeOther("/pembayaran/" + purchase.Token)
}

func (f *checkoutForm) input(cart string, userID int64, to delivery.Destination) checkout.PlaceInput {
	in := checkout.PlaceInput{
		CartToken: cart, CartVersion: f.Version, SeenTotal: money.Rupiah(f.SeenTotal), FormKey: f.FormKey, BuyerUserID: userID,
		Buyer: checkout.Contact{Name: f.Name, Phone: f.Phone}, Email: f.Email, Choices: f.choices, Notes: map[int64]string{},
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
	q, err := a.Checkout.Quote(c.Context(), c.Cookie(cartCookie), f.destination(), f.choices)
	if err != nil {
		return err
	}
	page := pages.Checkout{
		Page: frame("buyer.checkout.title"), Action: "/checkout", FormKey: f.FormKey, Errors: fieldErrors(problem),
		Name: f.Name, Phone: f.Phone, Email: f.Email, Note: f.Note, Village: f.Village, Street: f.Street, PostCode: f.PostCode,
		ForOther: f.RecipientName != "" || f.RecipientPhone != "", RecipientName: f.RecipientName, RecipientPhone: f.RecipientPhone,
		Holding: text.T("buyerpage.holding"), Total: q.Total, NeedsAddress: true,
		Seen: []view.Hidden{
			{Name: "versi", Value: strconv.FormatInt(q.Cart.Version, 10)},
			{Name: "total", Value: strconv.FormatInt(int64(q.Total), 10)},
		},
		Bill: []view.Amount{{Label: text.T("buyerpage.bill.goods"), Value: q.Goods}},
	}
	page.Page.Scripts = []string{"js/checkout.js"}
	if page.FormKey == "" {
		page.FormKey = id.Token()
	}
	for _, change := range append(q.Cart.Changes, changes...) {
		if sentence := change.Sentence(); !slices.Contains(page.Changes, sentence) {
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
			g.Chosen = ""
		}
		page.Shops = append(page.Shops, checkoutShop(g, f.District != ""))
		page.Priced = page.Priced && g.Chosen != ""
		allPickup = allPickup && g.Chosen == delivery.Pickup
		if g.Chosen != "" {
			page.Bill = append(page.Bill, view.Amount{Label: text.T("buyerpage.bill.delivery", "shop", g.ShopName), Value: g.Fee, Note: text.T(g.Chosen.LabelKey())})
		}
	}
	page.NeedsAddress = !allPickup
	page.Bill = append(page.Bill, view.Amount{Label: text.T("buyerpage.bill.total"), Value: q.Total, Strong: true})
	return c.Page(status, pages.CheckoutPage(page))
}

func checkoutShop(g checkout.QuotedGroup, placed bool) pages.CheckoutShop {
	s := pages.CheckoutShop{ID: strconv.FormatInt(g.ShopID, 10), Name: g.ShopName}
	for _, l := range g.Lines {
		s.Lines = append(s.Lines, pages.CheckoutLine{
			Title: l.Title, Quantity: strconv.FormatInt(l.Quantity, 10), Subtotal: l.Amount, ReadyBy: readyBy(l.Sellable, l.Quantity),
		})
	}
	for _, o := range g.Options {
		s.Methods = append(s.Methods, view.Option{
			Value: string(o.Method), Label: text.T(o.LabelKey), Price: price(o.Fee), Note: optionNote(o), Selected: o.Method == g.Chosen,
		})
	}
	if placed && len(g.Options) == 0 {
		s.Error = text.T("buyerpage.no_delivery", "shop", g.ShopName)
	}
	return s
}

func price(fee money.Rupiah) string {
	if fee == 0 {
		return text.T("buyerpage.free")
	}
	return fee.String()
}

func optionNote(o delivery.Option) string {
	if o.Method == delivery.Courier {
		return text.T("buyerpage.courier_note", "kg", o.Kilograms, "min", o.DaysMin, "max", o.DaysMax)
	}
	return text.T("buyerpage.note." + string(o.Method))
}

// fieldNames gives the domain's fields the names they have in the form.
var fieldNames = map[string]string{
	"name": "nama", "phone": "hp", "email": "surel", "recipient_name": "penerima_nama", "recipient_phone": "penerima_hp",
	"regency": "kabupaten", "district": "kecamatan", "village": "desa", "street": "jalan", "postcode": "kodepos",
}

func fieldErrors(err error) view.Errors {
	if err == nil {
		return nil
	}
	errs := web.Errors(err)
	for i, e := range errs {
		if name, ok := fieldNames[e.Field]; ok {
			errs[i].Field = name
		} else if shop, ok := strings.CutPrefix(e.Field, "delivery_"); ok {
			errs[i].Field = "kirim_" + shop
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
