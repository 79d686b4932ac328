package public

import (
	"net/url"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// label is what stands on the goods, and what of them was certified and holds now
// (domain notes B3, B4, B8). nil when there is nothing to say.
func label(c *web.Ctx, p catalog.ProductView, certificates []catalog.Certificate) *pages.Label {
	l := p.Label
	var v pages.Label
	add := func(key, value string, own bool) {
		if value != "" {
			v.Rows = append(v.Rows, pages.LabelRow{Label: c.T("publiclabel." + key), Value: value, Own: own})
		}
	}
	add("composition", l.Composition, true)
	switch {
	case len(l.Allergens) > 0:
		var names []string
		for _, a := range l.Allergens {
			names = append(names, c.T("publiclabel.allergen."+string(a)))
		}
		v.Contains = c.T("publiclabel.contains", "list", strings.Join(names, ", "))
	case l.AllergensKnown:
		v.Free = c.T("publiclabel.free")
	}
	if l.NetAmount > 0 {
		add("net", c.T("publiclabel.unit."+l.NetUnit, "n", c.Number(l.NetAmount)), false)
	}
	if l.ShelfDays > 0 {
		add("shelf", c.T("publiclabel.days", "n", c.Number(l.ShelfDays)), false)
	}
	add("storage", l.Storage, true)
	add("packaging", l.Packaging, true)
	add("production", l.Production, true)
	for _, f := range l.FactRows() {
		name := f.Name
		if name == "" {
			name = c.T("publiclabel.note")
		}
		v.Rows = append(v.Rows, pages.LabelRow{Label: name, Value: f.Value, Own: true})
	}
	if l.Composition != "" { // food names its producer: the shop and its village, never an address
		add("producer", p.ShopName+", "+p.Shop.Place(), true)
	}
	for _, x := range certificates {
		row := pages.Certificate{Name: c.T("publiclabel.kind." + string(x.Kind)), Number: x.Number}
		if x.Issuer != "" {
			row.Note = c.T("publiclabel.issuer", "name", x.Issuer)
		}
		if day := x.LastDay(); !day.IsZero() {
			row.Until = c.T("publiclabel.until", "date", c.Date(day))
		}
		v.Certificates = append(v.Certificates, row)
	}
	if len(v.Rows) == 0 && len(v.Certificates) == 0 && v.Contains == "" {
		return nil
	}
	return &v
}

// marks are the quiet words of trust on a card.
func marks(c *web.Ctx, m catalog.Marks) (out []string) {
	for _, k := range m.Shown() {
		out = append(out, c.T("publiclabel.mark."+string(k)))
	}
	return out
}

// seller is what the law wants beside an offer: who sells, where to complain and
// how soon one is answered, exchange and cancellation, what the price holds, who
// keeps the money (PP 80/2019 art. 27 and 53, PerBPOM 8/2020 art. 18).
func (a area) seller(c *web.Ctx, p catalog.ProductView) (pages.Seller, error) {
	contact := a.Contact(c.Context())
	v := pages.Seller{
		Rows: []pages.SellerRow{
			{Label: c.T("publiclabel.seller"), Text: p.ShopName + ", " + p.Shop.Place()},
			{Label: c.T("publiclabel.price"), Text: c.T("publiclabel.price_text")},
			{Label: c.T("publiclabel.money"), Text: c.T("publiclabel.money_text", "organisation", contact.Organisation)},
			{Label: c.T("publiclabel.return"), Text: c.T("publiclabel.return_text", "days", ReturnDays), Door: view.Link{Label: c.T("publiclabel.return_link"), URL: "/syarat#pengembalian"}},
			{Label: c.T("publiclabel.complaint"), Text: c.T("publiclabel.complaint_text", "organisation", contact.Organisation, "days", program.AnswerDays), Door: view.Link{Label: c.T("publiclabel.complaint_link"), URL: "/pengaduan"}},
		},
	}
	var err error
	v.Ask, v.AskNote, err = a.ask(c, p.Shop, contact, c.T("publiclabel.ask_product", "product", offer(p.Sellable), "shop", p.ShopName, "link", c.Absolute("/produk/"+p.Slug)))
	return v, err
}

// offer names a product with its price, as far as it has one.
func offer(p catalog.Sellable) string {
	if p.Price == 0 {
		return p.Title
	}
	return p.Title + " (" + p.Price.String() + ")"
}

// ask is the link of "Tanya penjual" with the prepared words: to the maker's own
// number while she wants that, else to the agency's, which passes questions on
// (domain notes B19). "" when there is no number at all. No other number stands on
// a public page.
func (a area) ask(c *web.Ctx, shop catalog.Shop, contact pages.Contact, words string) (link, note string, err error) {
	base, note := contact.WhatsApp, c.T("publiclabel.ask_agency", "organisation", contact.Organisation)
	if shop.ContactUserID > 0 && shop.Kind != catalog.Institution {
		phone, err := a.Number(c.Context(), shop.ID, shop.ContactUserID)
		if err != nil {
			return "", "", err
		}
		if phone != "" {
			base, note = "https://wa.me/"+strings.TrimPrefix(phone, "+"), c.T("publiclabel.ask_own")
		}
	}
	if base == "" {
		return "", "", nil
	}
	return base + "?text=" + strings.ReplaceAll(url.QueryEscape(words), "+", "%20"), note, nil
}
