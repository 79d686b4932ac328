package buyer

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// cartToken is the cart that this visitor has: of the account on every device for
// whoever is signed in, of this browser for others; "" for a visitor without one.
// What lay in this browser's cart before signing in is moved into the account's.
func (a area) cartToken(c *web.Ctx) (string, error) {
	guest := c.Cookie(cartCookie)
	if !c.Actor.SignedIn() {
		return guest, nil
	}
	token, err := a.Checkout.AccountCart(c.Context(), c.Actor.UserID)
	if err != nil || guest == "" {
		return token, err
	}
	merged, err := a.Checkout.MergeCart(c.Context(), guest, c.Actor.UserID)
	if err != nil {
		return "", err
	}
	c.SetCookie(cartCookie, "", -1)
	switch {
	case merged.LeftOut > 0:
		c.Flash(view.Warn, "buyerpage.cart.no_room", "n", merged.LeftOut, "max", checkout.MaxLines)
	case merged.Had > 0 && merged.Added+merged.Raised > 0:
		c.Flash(view.Info, "buyerpage.cart.merged")
	}
	return token, nil
}

// newCartToken is cartToken for something that is put in: a visitor without a cart
// gets one, by keepCart.
func (a area) newCartToken(c *web.Ctx) (string, error) {
	token, err := a.cartToken(c)
	if err == nil && token == "" {
		token = checkout.NewToken()
	}
	return token, err
}

// keepCart lets this browser remember a guest's cart; an account's is never told it.
func (a area) keepCart(c *web.Ctx, token string) {
	if !c.Actor.SignedIn() {
		c.SetCookie(cartCookie, token, cartDays*24*3600)
	}
}

func (a area) showCart(c *web.Ctx) error {
	token, err := a.cartToken(c)
	if err != nil {
		return err
	}
	cart, err := a.Checkout.Cart(c.Context(), token)
	if err != nil {
		return err
	}
	return a.drawCart(c, http.StatusOK, cart, cartForm{}, nil)
}

// drawCart shows the cart; a refused quantity stands in its line as typed.
func (a area) drawCart(c *web.Ctx, status int, cart checkout.Cart, typed cartForm, problem error) error {
	var ids []int64
	for _, g := range cart.Groups {
		for _, l := range g.Lines {
			ids = append(ids, l.PictureID)
		}
	}
	pictures, err := a.Pictures.Pictures(c.Context(), ids)
	if err != nil {
		return err
	}
	page := pages.Cart{Page: c.Own(c.T("buyer.cart.title")), Total: cart.Goods, Note: c.TakeFlash()}
	for _, change := range cart.Changes {
		page.Changes = append(page.Changes, change.Sentence(c.Context()))
		page.Blocked = page.Blocked || change.Blocks() || change.Kind == checkout.Less
	}
	page.Blocked = page.Blocked || cart.Short
	page.Version = strconv.FormatInt(cart.Version, 10)
	shown := false
	for _, g := range cart.Groups {
		shop := pages.CartShop{Name: g.ShopName, URL: "/toko/" + g.ShopSlug, Place: region.Place(g.RegencyCode), Subtotal: g.Goods}
		for _, l := range g.Lines {
			line := cartLine(c, l)
			line.Picture = web.Picture(pictures[l.PictureID], l.Title)
			if problem != nil && l.ProductID == typed.Product && l.VariantID == typed.Variant {
				line.WaitURL, line.AskURL = waitURL(l.Sellable, typed.Quantity), askURL(l.Sellable, typed.Quantity)
				line.Quantity, line.Error, shown = typed.Quantity, firstSentence(c, problem), true
			}
			shop.Lines = append(shop.Lines, line)
		}
		page.Shops = append(page.Shops, shop)
	}
	if problem != nil && !shown {
		page.Flash = &view.Notice{Tone: view.Bad, Text: firstSentence(c, problem)}
		items, err := a.Catalog.Sellables(c.Context(), []int64{typed.Product})
		if err != nil {
			return err
		}
		item, _ := items[typed.Product].Choose(typed.Variant)
		if url := waitURL(item, typed.Quantity); url != "" {
			page.Flash.Action = &view.Link{Label: c.T("buyer.wait.offer", "n", item.MostTakeable()), URL: url}
		} else if url := askURL(item, typed.Quantity); url != "" {
			page.Flash.Action = &view.Link{Label: c.T("buyer.cart.ask"), URL: url}
		}
	}
	return c.Page(status, pages.CartPage(page))
}

// cartLine is a line with the price tier it reached, what the next one takes, and
// what is missing for the maker's minimum.
func cartLine(c *web.Ctx, l checkout.Line) pages.CartLine {
	line := pages.CartLine{
		ID: strconv.FormatInt(l.ProductID, 10), ProductID: strconv.FormatInt(l.ProductID, 10), Title: l.Title, URL: "/produk/" + l.Slug,
		Unit: l.Unit, Price: l.Price, Subtotal: l.Amount, Quantity: strconv.FormatInt(l.Quantity, 10), Least: l.MinQuantity, Most: l.MostTakeable(),
		ReadyBy: readyBy(c, l.Sellable, l.Quantity, ""),
	}
	if l.VariantID != 0 {
		line.VariantID, line.Variant, line.Least = strconv.FormatInt(l.VariantID, 10), l.VariantName, 1
		line.ID += "-" + line.VariantID
	}
	each := c.T("choice.one." + string(l.UnitKind))
	if l.TierFrom > 0 {
		line.Tier = c.T("choice.tier_used", "n", c.Number(l.TierFrom), "price", l.Price, "unit", each)
	}
	if l.NextTier > 0 && !l.Blocked {
		line.Next = c.T("choice.tier_next", "n", c.Number(l.ToNext), "price", l.NextPrice, "unit", each)
	}
	if l.Missing > 0 {
		line.Missing = c.T("choice.missing", "minimum", c.Number(l.MinQuantity), "n", c.Number(l.Missing))
	}
	if l.Hold.EntryID > 0 {
		line.HeldUntil = c.T("buyer.wait.held", "until", c.DateTime(l.Hold.Until, l.RegencyCode))
	}
	if l.Quantity > l.MostTakeable() {
		line.WaitURL, line.AskURL = waitURL(l.Sellable, line.Quantity), askURL(l.Sellable, line.Quantity)
	}
	return line
}

// waitURL is the waiting list of somebody who wanted so many; empty when there is
// nothing to wait for.
func waitURL(item catalog.Sellable, wanted string) string {
	n, err := strconv.ParseInt(wanted, 10, 64)
	if err != nil || n <= item.MostTakeable() || !item.Waitable() {
		return ""
	}
	url := fmt.Sprintf("/antrean?produk=%s&jumlah=%d", item.Slug, n)
	if item.VariantID != 0 {
		url += fmt.Sprintf("&varian=%d", item.VariantID)
	}
	return url
}

// askURL asks the shop for a price of more than can be promised now; empty when
// that many can.
func askURL(item catalog.Sellable, wanted string) string {
	n, err := strconv.ParseInt(wanted, 10, 64)
	if err != nil || n <= item.MostTakeable() || !item.Public() {
		return ""
	}
	return fmt.Sprintf("/minta-harga?produk=%s&jumlah=%d", item.Slug, n)
}

func firstSentence(c *web.Ctx, err error) string {
	f := fault.As(err)
	if len(f.Fields) > 0 {
		return c.T(f.Fields[0].Key, f.Fields[0].Args...)
	}
	return c.T(f.Key, f.Args...)
}

// cartForm is one line as typed.
type cartForm struct {
	Product  int64  `form:"produk"`
	Variant  int64  `form:"varian"`
	Quantity string `form:"jumlah"`
}

// setQuantity is "masukkan keranjang" and the quantity field alike: it sets, so a
// second click changes nothing.
func (a area) setQuantity(c *web.Ctx) error {
	var in cartForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	token, err := a.newCartToken(c)
	if err != nil {
		return err
	}
	quantity, err := checkout.ParseQuantity(in.Quantity)
	if err == nil {
		err = a.Checkout.SetVariant(c.Context(), token, in.Product, in.Variant, quantity)
	}
	if web.Faulty(err) {
		cart, readErr := a.Checkout.Cart(c.Context(), token)
		if readErr != nil {
			return readErr
		}
		return a.drawCart(c, web.Status(fault.As(err).Kind), cart, in, err)
	}
	if err != nil {
		return err
	}
	a.keepCart(c, token)
	return c.SeeOther("/keranjang")
}

// acceptChanges takes over new prices and smaller quantities as shown.
func (a area) acceptChanges(c *web.Ctx) error {
	var in struct {
		Version int64 `form:"versi"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	token, err := a.cartToken(c)
	if err != nil {
		return err
	}
	err = a.Checkout.Accept(c.Context(), token, in.Version)
	if err != nil && !web.Faulty(err) {
		return err
	}
	return c.SeeOther("/keranjang") // changed again meanwhile: the cart says so itself
}

func (a area) countPieces(c *web.Ctx) error {
	token, err := a.cartToken(c)
	if err != nil {
		return err
	}
	if token == "" {
		return c.JSON(http.StatusOK, map[string]int64{"jumlah": 0})
	}
	n, err := a.Checkout.Pieces(c.Context(), token)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]int64{"jumlah": n})
}
