package maker

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func productURL(productID int64) string { return fmt.Sprintf("/toko-saya/produk/%d", productID) }

func submissionURL(submissionID int64) string {
	return fmt.Sprintf("/toko-saya/pengajuan/%d", submissionID)
}

func (a area) products(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		page, err := a.frame(c, shop, "produk", text.T("ui.maker.products"))
		if err != nil {
			return err
		}
		all, err := a.Catalog.MyProducts(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		shown, err := a.pictures(c.Context(), firstPictures(all))
		if err != nil {
			return err
		}
		v := pages.Products{Page: page, Add: add(shop), Import: shop.Kind != catalog.Individual && working(shop), State: shopNotice(shop)}
		for _, p := range all {
			item := pages.ProductItem{URL: productURL(p.ProductID), Title: titleOf(p), Picture: shown[p.PictureID], Chips: chips(p)}
			if p.Price > 0 {
				item.Price = priceOf(p.Price, p.Unit)
			}
			if p.State != catalog.ProductUnpublished {
				item.Availability = available(p)
			}
			v.Items = append(v.Items, item)
		}
		return c.Page(http.StatusOK, pages.ProductsPage(v))
	})
}

func (a area) startProduct(c *web.Ctx) error {
	var in struct {
		Shop    int64  `form:"shop"`
		FormKey string `form:"form_key"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	sub, err := a.Catalog.StartDraft(c.Context(), c.Actor, in.Shop, in.FormKey)
	if err != nil {
		return err
	}
	return c.SeeOther(nextStep(sub))
}

// ownProduct returns the product of the address with its shop, only to the
// shop's own people: others get not found from catalog.
func (a area) ownProduct(c *web.Ctx) (catalog.OwnProduct, catalog.Shop, error) {
	productID, err := c.ID("id")
	if err != nil {
		return catalog.OwnProduct{}, catalog.Shop{}, err
	}
	p, err := a.Catalog.MyProduct(c.Context(), c.Actor, productID)
	if err != nil {
		return p, catalog.Shop{}, err
	}
	shop, err := a.Catalog.Shop(c.Context(), p.ShopID)
	return p, shop, err
}

func (a area) picture(c *web.Ctx, pictureID int64, alt string) (view.Picture, error) {
	shown, err := a.pictures(c.Context(), map[int64]string{pictureID: alt})
	return shown[pictureID], err
}

// product shows one product. A product that was never live is its submission:
// there is nothing else to see of it.
func (a area) product(c *web.Ctx) error {
	p, shop, err := a.ownProduct(c)
	if err != nil {
		return err
	}
	if p.State == catalog.ProductUnpublished {
		return c.SeeOther(submissionURL(p.SubmissionID))
	}
	page, err := a.frame(c, shop, "produk", titleOf(p))
	if err != nil {
		return err
	}
	v := pages.Product{
		Page: page, Title: titleOf(p), Unit: p.Unit, Chips: chips(p), Price: p.Price, Availability: available(p),
		Live:     p.State == catalog.ProductPublished || p.State == catalog.ProductPaused,
		Together: p.Mode != catalog.ModeQuote && (p.Mode != catalog.ModeStock || len(p.Variants) == 0),
		Monthly:  p.Mode != catalog.ModeStock, Preorder: p.Mode == catalog.ModeCapacity || p.Mode == catalog.ModePreorder, Paused: p.State == catalog.ProductPaused, Closed: !p.OpensOn.IsZero(),
		CanCopy: working(shop), CopyKey: id.Token(),
		CanEdit: working(shop) && p.State != catalog.ProductArchived && !p.Changing(), CanRemove: p.State != catalog.ProductArchived,
		Base: productURL(p.ProductID), FormKey: id.Token(), Change: changeNotice(p),
	}
	if p.State == catalog.ProductSuspended {
		if v.Change, err = a.suspended(c, p.ProductID); err != nil {
			return err
		}
	}
	if v.Picture, err = a.picture(c, p.PictureID, v.Title); err != nil {
		return err
	}
	if v.Live && shop.State == catalog.ShopOpen {
		v.PublicURL = "/produk/" + p.Slug
		price := priceOf(p.Price, p.Unit)
		if p.Price == 0 {
			price = text.T("choice.on_request")
		}
		v.WhatsApp = web.WhatsAppText(v.Title + "\n" + price + "\n" + c.Absolute(v.PublicURL))
	}
	return c.Page(http.StatusOK, pages.ProductPage(v))
}

// changeNotice leads to the change under way, or tells how the last one ended.
func changeNotice(p catalog.OwnProduct) *view.Notice {
	link := &view.Link{Label: text.T("maker.change.open"), URL: submissionURL(p.SubmissionID)}
	switch {
	case p.SubmissionState == catalog.SubmissionDraft:
		return &view.Notice{Tone: view.Info, Title: text.T("maker.change.draft"), Text: text.T("maker.change.live_stays"), Action: link}
	case p.SubmissionState == catalog.SubmissionReturned:
		return &view.Notice{Tone: view.Warn, Title: text.T("maker.change.returned"), Text: text.T("maker.change.live_stays"), Action: link}
	case p.Changing():
		return &view.Notice{Tone: view.Wait, Title: text.T("maker.change.waiting"), Text: text.T("maker.change.live_stays"), Action: link}
	case p.SubmissionState == catalog.SubmissionRefused:
		return &view.Notice{Tone: view.Bad, Title: text.T("maker.change.refused"), Text: text.T("maker.change.live_stays"), Action: link}
	}
	return nil
}

func (a area) showPrice(c *web.Ctx) error { return a.pricePage(c, http.StatusOK, nil, nil) }

func (a area) pricePage(c *web.Ctx, status int, typed url.Values, errors view.Errors) error {
	p, shop, err := a.ownProduct(c)
	if err != nil {
		return err
	}
	if p.LowestPrice == 0 {
		return c.SeeOther(productURL(p.ProductID))
	}
	page, err := a.frame(c, shop, "produk", text.T("maker.price.question"))
	if err != nil {
		return err
	}
	value := typed.Get("price")
	if typed == nil {
		value = money.Group(uint64(p.Price))
	}
	v := pages.PriceForm{
		Page: page, Base: productURL(p.ProductID), Title: titleOf(p), Now: p.Price, Lowest: p.LowestPrice, Highest: p.HighestPrice,
		Value: value, Errors: errors, FormKey: id.Token(),
	}
	if len(p.Variants)+len(p.Tiers) > 0 {
		v.Fields = livePrices(p, typed, errors)
	}
	if v.Picture, err = a.picture(c, p.PictureID, v.Title); err != nil {
		return err
	}
	return c.Page(status, pages.PricePage(v))
}

func (a area) savePrice(c *web.Ctx) error {
	values, err := c.Form()
	if err != nil {
		return err
	}
	productID, err := c.ID("id")
	if err != nil {
		return err
	}
	prices, err := readPrices(values)
	if err == nil {
		err = a.Catalog.SetPrices(c.Context(), c.Actor, productID, prices)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.pricePage(c, http.StatusUnprocessableEntity, values, e) })
	}
	if len(prices.Variants)+len(prices.Tiers) > 0 {
		c.Flash(view.Good, "maker.price.all_saved")
	} else {
		c.Flash(view.Good, "maker.price.saved", "price", prices.Price)
	}
	return c.SeeOther(productURL(productID))
}

// readPrice reads a typed price; what cannot be read is a fault of its field.
func readPrice(typed string) (money.Rupiah, error) {
	price, err := money.Parse(typed)
	if err != nil {
		return 0, invalid("price", "maker.price.unreadable")
	}
	return price, nil
}

func (a area) showStock(c *web.Ctx) error {
	return a.stockPage(c, http.StatusOK, pages.StockForm{FormKey: id.Token(), Seen: -1})
}

func (a area) showCapacity(c *web.Ctx) error {
	return a.stockPage(c, http.StatusOK, pages.StockForm{Monthly: true})
}

// stockPage asks for an amount; v holds what was typed and seen before, Seen -1
// for the first look.
func (a area) stockPage(c *web.Ctx, status int, v pages.StockForm) error {
	p, shop, err := a.ownProduct(c)
	if err != nil {
		return err
	}
	if p.State == catalog.ProductUnpublished || v.Monthly == (p.Mode == catalog.ModeStock) {
		return c.SeeOther(productURL(p.ProductID))
	}
	if v.Page, err = a.frame(c, shop, "produk", text.T("maker.stock.question")); err != nil {
		return err
	}
	v.Base, v.Title = productURL(p.ProductID), titleOf(p)
	if v.Monthly {
		v.Seen = p.PerPeriod
		if v.Cadence == "" {
			v.Cadence = string(p.Cadence)
		}
	} else if v.Seen < 0 {
		v.Seen = p.Available
	}
	if v.Value == "" && status == http.StatusOK {
		v.Value = pieces(v.Seen)
	}
	if !v.Monthly && len(v.Each) == 0 {
		for _, one := range p.Variants {
			v.Each = append(v.Each, pages.VariantStock{ID: one.ID, Name: one.Name, Seen: one.Available, Value: pieces(one.Available)})
		}
	}
	if v.Picture, err = a.picture(c, p.PictureID, v.Title); err != nil {
		return err
	}
	return c.Page(status, pages.StockPage(v))
}

type amountForm struct {
	Seen     int64  `form:"seen"`
	Quantity string `form:"quantity"`
	Cadence  string `form:"cadence"`
	Sure     string `form:"sure"`
	FormKey  string `form:"form_key"`
}

func (a area) saveStock(c *web.Ctx) error {
	var in amountForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	productID, err := c.ID("id")
	if err != nil {
		return err
	}
	values, err := c.Form()
	if err != nil {
		return err
	}
	if !values.Has("quantity") {
		return a.saveEach(c, productID, in.FormKey, values)
	}
	var result catalog.StockResult
	want, ask, err := readQuantity(in.Quantity, in.Sure)
	if ask != nil {
		return a.stockPage(c, http.StatusUnprocessableEntity, pages.StockForm{Seen: in.Seen, Value: in.Quantity, FormKey: in.FormKey, Ask: ask})
	}
	if err == nil {
		result, err = a.Catalog.AdjustStock(c.Context(), c.Actor, productID, catalog.StockEdit{Seen: in.Seen, Want: want, FormKey: in.FormKey})
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error {
			return a.stockPage(c, http.StatusUnprocessableEntity, pages.StockForm{Seen: in.Seen, Value: in.Quantity, FormKey: in.FormKey, Errors: e})
		})
	}
	switch {
	case result.Missing > 0:
		c.Flash(view.Warn, "maker.stock.missing", "missing", pieces(result.Missing))
	case result.Available != want:
		c.Flash(view.Info, "maker.stock.sold_meanwhile", "quantity", pieces(result.Available))
	default:
		c.Flash(view.Good, "maker.stock.saved", "quantity", pieces(result.Available))
	}
	return c.SeeOther(productURL(productID))
}

func (a area) saveCapacity(c *web.Ctx) error {
	var in amountForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	productID, err := c.ID("id")
	if err != nil {
		return err
	}
	want, ask, err := readQuantity(in.Quantity, in.Sure)
	if ask != nil {
		return a.stockPage(c, http.StatusUnprocessableEntity, pages.StockForm{Monthly: true, Value: in.Quantity, Cadence: in.Cadence, Ask: ask})
	}
	if err == nil {
		err = a.Catalog.SetCapacity(c.Context(), c.Actor, productID, catalog.Cadence(in.Cadence), want)
	}
	if fault.Is(err, fault.KindConflict) {
		f := fault.As(err)
		c.Flash(view.Warn, f.Key, f.Args...)
		return c.SeeOther(productURL(productID))
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error {
			return a.stockPage(c, http.StatusUnprocessableEntity, pages.StockForm{Monthly: true, Value: in.Quantity, Cadence: in.Cadence, Errors: e})
		})
	}
	c.Flash(view.Good, "maker.capacity.saved", "quantity", pieces(want), "per", per(catalog.Cadence(in.Cadence)))
	return c.SeeOther(productURL(productID))
}

func readQuantity(typed, sure string) (int64, *ui.Ask, error) {
	n, ask, err := agreed(typed, sure, "sure")
	if err != nil {
		return 0, nil, invalid("quantity", "maker.stock.unreadable")
	}
	return n, ask, nil
}

func (a area) pause(c *web.Ctx) error {
	return a.productMove(c, a.Catalog.Pause, "maker.product.paused")
}

func (a area) resume(c *web.Ctx) error {
	return a.productMove(c, a.Catalog.Resume, "maker.product.resumed")
}

func (a area) archive(c *web.Ctx) error {
	return a.productMove(c, a.Catalog.Archive, "maker.product.removed")
}

// productMove makes a move that asks nothing. When it cannot be made any more,
// the product's page says why.
func (a area) productMove(c *web.Ctx, move func(context.Context, account.Actor, int64) error, done string) error {
	productID, err := c.ID("id")
	if err != nil {
		return err
	}
	err = move(c.Context(), c.Actor, productID)
	if fault.Is(err, fault.KindConflict) {
		f := fault.As(err)
		c.Flash(view.Warn, f.Key, f.Args...)
		return c.SeeOther(productURL(productID))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, done)
	if done == "maker.product.removed" {
		return c.SeeOther("/toko-saya/produk")
	}
	return c.SeeOther(productURL(productID))
}

func (a area) startEdit(c *web.Ctx) error {
	var in struct {
		FormKey string `form:"form_key"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	productID, err := c.ID("id")
	if err != nil {
		return err
	}
	sub, err := a.Catalog.StartEdit(c.Context(), c.Actor, productID, in.FormKey)
	if err != nil {
		return err
	}
	return c.SeeOther(submissionURL(sub.ID))
}

// saveEach saves the stock of each variant by itself: what one is refused for
// does not undo the others.
func (a area) saveEach(c *web.Ctx, productID int64, formKey string, values url.Values) error {
	p, err := a.Catalog.MyProduct(c.Context(), c.Actor, productID)
	if err != nil {
		return err
	}
	bad := fault.Invalid("fault.form")
	v := pages.StockForm{Seen: p.Available, FormKey: formKey}
	missing := int64(0)
	for _, one := range p.Variants {
		field := fmt.Sprintf("quantity_%d", one.ID)
		if !values.Has(field) {
			continue
		}
		seen := number(values.Get(fmt.Sprintf("seen_%d", one.ID)))
		v.Each = append(v.Each, pages.VariantStock{ID: one.ID, Name: one.Name, Seen: seen, Value: values.Get(field)})
		want, err := count(values.Get(field))
		if err != nil {
			bad.With(field, "maker.stock.unreadable")
			continue
		}
		result, err := a.Catalog.AdjustStock(c.Context(), c.Actor, productID, catalog.StockEdit{VariantID: one.ID, Seen: seen, Want: want, FormKey: formKey})
		if fault.Is(err, fault.KindInvalid) {
			f := fault.As(err).Fields[0]
			bad.With(field, f.Key, f.Args...)
			continue
		}
		if err != nil {
			return err
		}
		missing += result.Missing
	}
	if err := bad.OrNil(); err != nil {
		return again(c, err, func(e view.Errors) error {
			v.Errors = e
			return a.stockPage(c, http.StatusUnprocessableEntity, v)
		})
	}
	if missing > 0 {
		c.Flash(view.Warn, "maker.stock.missing", "missing", pieces(missing))
	} else {
		c.Flash(view.Good, "maker.stock.all_saved")
	}
	return c.SeeOther(productURL(productID))
}
