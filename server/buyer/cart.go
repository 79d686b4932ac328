package buyer

import (
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func (a area) showCart(c *web.Ctx) error {
	cart, err := a.Checkout.Cart(c.Context(), c.Cookie(cartCookie))
	if err != nil {
		return err
	}
	return a.drawCart(c, http.StatusOK, cart, 0, "", nil)
}

// drawCart shows the cart; a refused quantity stands in its line as typed.
func (a area) drawCart(c *web.Ctx, status int, cart checkout.Cart, faulty int64, typed string, problem error) error {
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
	page := pages.Cart{Page: frame("buyer.cart.title"), Total: cart.Goods}
	for _, change := range cart.Changes {
		page.Changes = append(page.Changes, change.Sentence())
		page.Blocked = page.Blocked || change.Blocks() || change.Kind == checkout.Less
	}
	page.Version = strconv.FormatInt(cart.Version, 10)
	shown := false
	for _, g := range cart.Groups {
		shop := pages.CartShop{Name: g.ShopName, URL: "/toko/" + g.ShopSlug, Place: region.Place(g.RegencyCode), Subtotal: g.Goods}
		for _, l := range g.Lines {
			line := pages.CartLine{
				ProductID: strconv.FormatInt(l.ProductID, 10), Title: l.Title, URL: "/produk/" + l.Slug,
				Picture: web.Picture(pictures[l.PictureID], l.Title), Unit: l.Unit, Price: l.Price, Subtotal: l.Amount,
				Quantity: strconv.FormatInt(l.Quantity, 10), Most: l.MostTakeable(), ReadyBy: readyBy(l.Sellable, l.Quantity),
			}
			if l.ProductID == faulty {
				line.Quantity, line.Error, shown = typed, firstSentence(problem), true
			}
			shop.Lines = append(shop.Lines, line)
		}
		page.Shops = append(page.Shops, shop)
	}
	if problem != nil && !shown {
		page.Flash = &view.Notice{Tone: view.Bad, Text: firstSentence(problem)}
	}
	return c.Page(status, pages.CartPage(page))
}

func firstSentence(err error) string {
	f := fault.As(err)
	if len(f.Fields) > 0 {
		return text.T(f.Fields[0].Key, f.Fields[0].Args...)
	}
	return text.T(f.Key, f.Args...)
}

// setQuantity is "masukkan keranjang" and the quantity field alike: it sets, so a
// second click changes nothing.
func (a area) setQuantity(c *web.Ctx) error {
	var in struct {
		Product  int64  `form:"produk"`
		Quantity string `form:"jumlah"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	token := c.Cookie(cartCookie)
	if token == "" {
		token = checkout.NewToken()
	}
	quantity, err := checkout.ParseQuantity(in.Quantity)
	if err == nil {
		err = a.Checkout.SetQuantity(c.Context(), token, in.Product, quantity)
	}
	if web.Faulty(err) {
		cart, readErr := a.Checkout.Cart(c.Context(), token)
		if readErr != nil {
			return readErr
		}
		return a.drawCart(c, web.Status(fault.As(err).Kind), cart, in.Product, in.Quantity, err)
	}
	if err != nil {
		return err
	}
	c.SetCookie(cartCookie, token, cartDays*24*3600)
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
	err := a.Checkout.Accept(c.Context(), c.Cookie(cartCookie), in.Version)
	if err != nil && !web.Faulty(err) {
		return err
	}
	return c.SeeOther("/keranjang") // changed again meanwhile: the cart says so itself
}

func (a area) countPieces(c *web.Ctx) error {
	token := c.Cookie(cartCookie)
	if token == "" {
		return c.JSON(http.StatusOK, map[string]int64{"jumlah": 0})
	}
	n, err := a.Checkout.Pieces(c.Context(), token)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, map[string]int64{"jumlah": n})
}
