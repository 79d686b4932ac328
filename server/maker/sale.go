package maker

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const saleAt = "/toko-saya/jual"

// saleForm is the one form of an outside sale, as typed.
type saleForm struct {
	Shop     int64  `form:"shop"`
	Product  int64  `form:"produk"`
	Variant  int64  `form:"varian"`
	Quantity string `form:"jumlah"`
	Price    string `form:"harga"`
	Source   string `form:"dari"`
	Pay      string `form:"bayar"`
	Gone     string `form:"barang"` // "sudah" or "nanti"
	Day      string `form:"hari"`
	Buyer    string `form:"pembeli"`
	FormKey  string `form:"form_key"`
}

// saleable are the shop's products that can be sold at all, with their own facts.
func (a area) saleable(c *web.Ctx, shop catalog.Shop) ([]catalog.OwnProduct, map[int64]catalog.Sellable, error) {
	all, err := a.Catalog.MyProducts(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return nil, nil, err
	}
	all = slices.DeleteFunc(all, func(p catalog.OwnProduct) bool {
		return p.State != catalog.ProductPublished || p.Mode == catalog.ModeQuote
	})
	ids := make([]int64, len(all))
	for i, p := range all {
		ids[i] = p.ProductID
	}
	items, err := a.Catalog.Sellables(c.Context(), ids)
	return all, items, err
}

// showSale asks which product, by picture; with one product, or when it is chosen, the rest.
func (a area) showSale(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		chosen, _ := strconv.ParseInt(c.Query("produk"), 10, 64)
		all, items, err := a.saleable(c, shop)
		if err != nil {
			return err
		}
		if len(all) == 1 && chosen == 0 {
			chosen = all[0].ProductID
		}
		if _, mine := items[chosen]; mine {
			return a.salePage(c, http.StatusOK, shop, saleForm{Product: chosen, Quantity: "1", Source: string(order.OutsideNeighbour), Pay: string(checkout.SaleCash),
				Gone: "sudah", FormKey: id.Token()}, nil)
		}
		page, err := a.frame(c, shop, "pesanan", text.T("salepage.title"))
		if err != nil {
			return err
		}
		shown, err := a.pictures(c.Context(), firstPictures(all))
		if err != nil {
			return err
		}
		v := pages.SaleChoice{Page: page}
		for _, p := range all {
			item := items[p.ProductID]
			v.Items = append(v.Items, pages.SaleItem{URL: fmt.Sprintf("%s?produk=%d", saleAt, p.ProductID), Title: titleOf(p), Picture: shown[p.PictureID],
				Price: p.Price.String(), Free: freeWords(item)})
		}
		if v.Links, err = a.openLinks(c, shop); err != nil {
			return err
		}
		return c.Page(http.StatusOK, pages.SaleChoicePage(v))
	})
}

// freeWords says how many pieces can be promised, and of what is made to order for
// when: the soonest month, week or delivery that has room.
func freeWords(p catalog.Sellable) string {
	most := p.MostTakeable()
	next := slices.IndexFunc(p.Rooms, func(r catalog.Room) bool { return r.Pieces > 0 })
	switch {
	case !p.Reopens.IsZero():
		return text.T("sale.shut", "date", calendar.Date(p.Reopens))
	case most < 1:
		return text.T("salepage.none")
	case p.HowSoon == catalog.Now:
		return text.T("salepage.free", "count", pieces(most))
	}
	return text.T("salepage.free_made", "period", periodWords(p.Rooms[next]), "count", pieces(p.Rooms[next].Pieces))
}

// openLinks are the links that nobody paid yet.
func (a area) openLinks(c *web.Ctx, shop catalog.Shop) ([]pages.Task, error) {
	open, err := a.Orders.OpenLinks(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return nil, err
	}
	var out []pages.Task
	for _, o := range open {
		out = append(out, pages.Task{Icon: "message", Label: lineWords(o), Note: text.T("salepage.link_open", "total", o.Total, "buyer", o.Buyer.Name), URL: orderURL(o.ID)})
	}
	return out, nil
}

// salePage asks how many, from where, how it is paid and whether the goods are gone.
func (a area) salePage(c *web.Ctx, status int, shop catalog.Shop, in saleForm, e view.Errors) error {
	page, err := a.frame(c, shop, "pesanan", text.T("salepage.title"))
	if err != nil {
		return err
	}
	page.Scripts = append(page.Scripts, "js/cart.js")
	items, err := a.Catalog.Sellables(c.Context(), []int64{in.Product})
	if err != nil {
		return err
	}
	p, found := items[in.Product]
	if !found || p.ShopID != shop.ID {
		return fault.NotFound("product of another shop")
	}
	shown, err := a.pictures(c.Context(), map[int64]string{p.PictureID: p.Title})
	if err != nil {
		return err
	}
	v := pages.SaleForm{Page: page, Errors: e, Action: saleAt, Back: saleAt, Title: p.Title, Picture: shown[p.PictureID], Free: freeWords(p),
		Price:    text.T("salepage.listed", "price", p.Price, "unit", cmp.Or(p.Unit, text.T("salepage.piece"))),
		Hidden:   []view.Hidden{{Name: "shop", Value: fmt.Sprint(shop.ID)}, {Name: "produk", Value: fmt.Sprint(in.Product)}, {Name: "form_key", Value: in.FormKey}},
		Quantity: view.Quantity{Name: "jumlah", Label: text.T("salepage.quantity"), Value: in.Quantity, Error: e.Of("jumlah")},
		Source:   view.Choices{Name: "dari", Legend: text.T("salepage.source"), Error: e.Of("dari")},
		Pay:      view.Choices{Name: "bayar", Legend: text.T("salepage.pay"), Error: e.Of("bayar")},
		Goods:    view.Choices{Name: "barang", Legend: text.T("salepage.goods"), Error: e.Of("barang")},
		More:     in.Price != "" || in.Buyer != "" || e.Of("harga") != "" || e.Of("pembeli") != "",
		Bargain:  view.Field{Name: "harga", Label: text.T("salepage.bargain"), Hint: text.T("salepage.bargain_hint"), Value: in.Price, Error: e.Of("harga"), InputMode: "numeric", MaxLength: 15, Optional: true},
		Buyer:    view.Field{Name: "pembeli", Label: text.T("salepage.buyer"), Value: in.Buyer, Error: e.Of("pembeli"), MaxLength: 60, Autocomplete: "off", Optional: true},
		Day:      view.Field{Name: "hari", Label: text.T("salepage.day"), Hint: text.T("salepage.day_hint"), Type: "date", Value: in.Day, Error: e.Of("hari"), Optional: true},
	}
	if len(p.Variants) > 0 {
		v.Variants = &view.Choices{Name: "varian", Legend: text.T("salepage.variant"), Error: e.Of("varian")}
		for _, one := range p.Variants {
			chosen, _ := p.Choose(one.ID)
			v.Variants.Options = append(v.Variants.Options, view.Option{Value: fmt.Sprint(one.ID), Label: one.Name, Note: freeWords(chosen), Price: one.Price.String(), Selected: one.ID == in.Variant})
		}
	}
	for _, s := range order.Outsides {
		v.Source.Options = append(v.Source.Options, view.Option{Value: string(s), Label: text.T(s.LabelKey()), Selected: string(s) == in.Source})
	}
	for _, pay := range checkout.SalePays {
		v.Pay.Options = append(v.Pay.Options, view.Option{Value: string(pay), Label: text.T("salepage.pay." + string(pay)), Note: text.T("salepage.pay_note." + string(pay)), Selected: string(pay) == in.Pay})
	}
	for _, g := range []string{"sudah", "nanti"} {
		v.Goods.Options = append(v.Goods.Options, view.Option{Value: g, Label: text.T("salepage.goods." + g), Selected: g == in.Gone})
	}
	return c.Page(status, pages.SaleFormPage(v))
}

// sell writes the sale down and leads to it, where it can be taken back.
func (a area) sell(c *web.Ctx) error {
	var in saleForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Shop == 0 || in.Product == 0 {
		return fault.Invalid("finance.form.stale")
	}
	shop, err := a.own(c, in.Shop)
	if err != nil {
		return err
	}
	sale, err := in.sale(shop)
	var sold checkout.Sold
	if err == nil {
		sold, err = a.Checkout.Sell(c.Context(), c.Actor, sale)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.salePage(c, http.StatusUnprocessableEntity, shop, in, e) })
	}
	c.Flash(view.Good, "salepage.done."+string(sale.Pay))
	return c.SeeOther(orderURL(sold.OrderID))
}

// sale reads what was typed.
func (in saleForm) sale(shop catalog.Shop) (checkout.Sale, error) {
	out := checkout.Sale{ShopID: shop.ID, ProductID: in.Product, VariantID: in.Variant, Source: order.Source(in.Source), Pay: checkout.SalePay(in.Pay),
		Gone: in.Gone == "sudah", Buyer: in.Buyer, FormKey: in.FormKey}
	var err error
	if out.Quantity, err = count(in.Quantity); err != nil {
		return out, invalid("jumlah", "sale.quantity", "max", money.Group(checkout.MaxQuantity))
	}
	if in.Price != "" {
		price, err := money.Parse(in.Price)
		if err != nil || price <= 0 {
			return out, invalid("harga", "maker.price.unreadable")
		}
		out.UnitPrice = price
	}
	if out.Pay == checkout.SaleLink {
		out.Gone = false // paid first, handed over then
	}
	if in.Day != "" && !out.Gone {
		day, err := time.ParseInLocation(time.DateOnly, in.Day, calendar.Zone(shop.RegencyCode))
		if err != nil {
			return out, invalid("hari", "sale.day")
		}
		out.Day = day
	}
	return out, nil
}

// saleLink is the link to pay of an order that was sold by one, with the words to
// pass it on; empty when it is not, or is paid or over.
func (a area) saleLink(c *web.Ctx, o order.Order) (link, whatsApp string, err error) {
	if o.State != order.AwaitingPayment || !o.Source.Outside() {
		return "", "", nil
	}
	token, err := a.Checkout.LinkOf(c.Context(), c.Actor, o)
	if err != nil {
		return "", "", err
	}
	link = c.Absolute("/pembayaran/" + token)
	return link, web.WhatsAppText(text.T("salepage.link_text", "lines", lineWords(o), "total", o.Total, "shop", o.ShopName) + "\n" + link), nil
}

// dropLink closes a link that nobody paid.
func (a area) dropLink(c *web.Ctx) error {
	o, _, err := a.myOrder(c)
	if err != nil {
		return err
	}
	token, err := a.Checkout.LinkOf(c.Context(), c.Actor, o)
	if fault.Is(err, fault.KindNotFound) { // hers, but no order with a link to pay
		err = fault.Conflict("order.move.changed")
	}
	if err == nil {
		err = a.Checkout.GiveUp(c.Context(), token)
	}
	return a.moved(c, o.ID, err, "salepage.link_dropped")
}
