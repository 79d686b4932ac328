package buyer

import (
	"net/http"
	"strconv"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/buyer"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const waitsPerHour = 60 // per address

// waitForm is what somebody types to wait.
type waitForm struct {
	FormKey  string `form:"form_key"`
	Product  string `form:"produk"` // slug
	Variant  int64  `form:"varian"`
	Quantity string `form:"jumlah"`
	Name     string `form:"nama"`
	Phone    string `form:"hp"`
	Email    string `form:"surel"`
}

func (a area) showJoin(c *web.Ctx) error {
	variant, _ := strconv.ParseInt(c.Query("varian"), 10, 64)
	return a.drawJoin(c, http.StatusOK, waitForm{FormKey: id.Token(), Product: c.Query("produk"), Variant: variant, Quantity: c.Query("jumlah")}, nil)
}

// drawJoin asks for what is needed to wait, and says how much can be ordered at
// once. Wanted is the whole quantity that somebody hoped for.
func (a area) drawJoin(c *web.Ctx, status int, f waitForm, problem error) error {
	p, err := a.Catalog.ProductBySlug(c.Context(), f.Product)
	if err != nil {
		return err
	}
	item, chosen := p.Choose(f.Variant)
	if !chosen && len(p.Variants) > 0 {
		item, _ = p.Choose(p.Variants[0].ID)
	}
	page := pages.Join{Page: c.Own(c.T("buyer.wait.title")), FormKey: f.FormKey, Product: p.Slug, Title: p.Title, URL: "/produk/" + p.Slug,
		Quantity: f.Quantity, Name: f.Name, Phone: f.Phone, Email: f.Email, Errors: fieldErrors(c, problem)}
	for _, v := range p.Variants {
		page.Variants = append(page.Variants, view.Option{Value: strconv.FormatInt(v.ID, 10), Label: v.Name, Selected: v.ID == item.VariantID})
	}
	most := item.MostTakeable()
	wanted, err := strconv.ParseInt(f.Quantity, 10, 64)
	if problem == nil && err == nil && most > 0 && wanted > most {
		page.Split = c.T("buyer.wait.split", "now", c.Number(most), "wait", money.Group(uint64(wanted-most)))
		page.Now = strconv.FormatInt(most, 10)
		page.ProductID = strconv.FormatInt(p.ProductID, 10)
		page.Variant = strconv.FormatInt(item.VariantID, 10)
		page.Quantity = strconv.FormatInt(wanted-most, 10)
	}
	if page.Quantity == "" {
		page.Quantity = "1"
	}
	if fault.Is(problem, fault.KindConflict) || problem == nil && !item.Waitable() {
		key := "catalog.waiting.closed"
		if problem != nil {
			key = fault.As(problem).Key
		}
		page.Notice = &view.Notice{Tone: view.Warn, Text: c.T(key), Action: &view.Link{Label: c.T("buyer.wait.to_product"), URL: page.URL}}
	}
	return c.Page(status, pages.JoinPage(page))
}

func (a area) submitJoin(c *web.Ctx) error {
	var in waitForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	p, err := a.Catalog.ProductBySlug(c.Context(), in.Product)
	if err != nil {
		return err
	}
	if err := a.Limits.Allow(c.Context(), account.Limit{Name: "wait", Who: c.IP(), Most: waitsPerHour, Window: hour}); err != nil {
		return err
	}
	quantity, _ := strconv.ParseInt(in.Quantity, 10, 64) // what is no number is refused like 0
	entry, err := a.Catalog.JoinWaiting(c.Context(), catalog.NewEntry{ProductID: p.ProductID, VariantID: in.Variant, Quantity: quantity,
		Name: in.Name, Phone: in.Phone, Email: in.Email, UserID: c.Actor.UserID, FormKey: in.FormKey})
	if web.Faulty(err) {
		return a.drawJoin(c, web.Status(fault.As(err).Kind), in, err)
	}
	if err != nil {
		return err
	}
	return c.SeeOther("/antrean/" + entry.Token)
}

// showEntry is somebody's place on the list.
func (a area) showEntry(c *web.Ctx) error {
	e, err := a.Catalog.EntryByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	items, err := a.Catalog.Sellables(c.Context(), []int64{e.ProductID})
	if err != nil {
		return err
	}
	item := items[e.ProductID]
	if chosen, ok := item.Choose(e.VariantID); ok {
		item = chosen
	}
	holds, err := a.Catalog.Holds(c.Context(), []int64{e.ID})
	if err != nil {
		return err
	}
	pictures, err := a.Pictures.Pictures(c.Context(), []int64{item.PictureID})
	if err != nil {
		return err
	}
	page := pages.Place{Page: c.Own(c.T("buyer.wait.title")), Base: "/antrean/" + e.Token, Title: item.FullTitle(), URL: "/produk/" + item.Slug,
		Picture: web.Picture(pictures[item.PictureID], item.Title), Quantity: c.Number(e.Quantity)}
	_, held := holds[e.ID]
	switch {
	case held:
		page.Offered = true
		page.State = view.Notice{Tone: view.Good, Title: c.T("buyer.wait.offered"), Text: c.T("buyer.wait.offered_text", "until", c.DateTime(e.Until, item.RegencyCode))}
	case e.State == catalog.EntryWaiting:
		page.Open = true
		page.State = view.Notice{Tone: view.Wait, Title: c.T("buyer.wait.waiting"),
			Text: c.T("buyer.wait.ahead", "n", c.Number(e.Ahead), "until", c.DateTime(e.Until, item.RegencyCode))}
		if e.Ahead == 0 {
			page.State.Text = c.T("buyer.wait.first", "until", c.DateTime(e.Until, item.RegencyCode))
		}
	case e.State == catalog.EntryTaken:
		page.State = view.Notice{Tone: view.Good, Text: c.T("buyer.wait.taken")}
	case e.State == catalog.EntryLeft:
		page.State = view.Notice{Tone: view.Info, Text: c.T("buyer.wait.left")}
	default:
		page.State = view.Notice{Tone: view.Warn, Text: c.T("buyer.wait.lapsed")}
		page.AgainURL = "/antrean?produk=" + item.Slug + "&jumlah=" + strconv.FormatInt(e.Quantity, 10)
	}
	return c.Page(http.StatusOK, pages.WaitingPage(page))
}

// takeOffer puts what is held into the cart; the order takes it over.
func (a area) takeOffer(c *web.Ctx) error {
	e, err := a.Catalog.EntryByToken(c.Context(), c.Param("token"))
	if err != nil {
		return err
	}
	holds, err := a.Catalog.Holds(c.Context(), []int64{e.ID})
	if err != nil {
		return err
	}
	hold, held := holds[e.ID]
	if !held {
		return c.SeeOther("/antrean/" + c.Param("token")) // which says what became of it
	}
	token, err := a.newCartToken(c)
	if err != nil {
		return err
	}
	if err := a.Checkout.TakeHold(c.Context(), token, hold); err != nil {
		return err
	}
	a.keepCart(c, token)
	return c.SeeOther("/keranjang")
}

func (a area) leaveList(c *web.Ctx) error {
	if err := a.Catalog.LeaveWaiting(c.Context(), c.Param("token")); err != nil {
		return err
	}
	return c.SeeOther("/antrean/" + c.Param("token"))
}
