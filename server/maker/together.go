package maker

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// One number for several products: cookies of one oven, a hamper of jars that are
// sold by themselves too.

const togetherPath = "/bersama"

// The two ways of sharing, as the form sends them.
const (
	oneNumber = "satu" // the products are made of one number
	takesOf   = "isi"  // a piece takes pieces of the other product's number
)

type togetherForm struct {
	With   int64  `form:"with"`
	How    string `form:"how"`
	Weight string `form:"weight"`
}

func (a area) showTogether(c *web.Ctx) error {
	return a.togetherPage(c, http.StatusOK, togetherForm{How: oneNumber, Weight: "1"}, nil)
}

// togetherPage says what a product shares with which others, and asks for one more.
func (a area) togetherPage(c *web.Ctx, status int, in togetherForm, e view.Errors) error {
	p, shop, err := a.ownProduct(c)
	if err != nil {
		return err
	}
	if p.State == catalog.ProductUnpublished || p.Mode == catalog.ModeQuote {
		return c.SeeOther(productURL(p.ProductID))
	}
	v := pages.Together{Base: productURL(p.ProductID), Title: titleOf(p), Errors: e}
	if v.Page, err = a.frame(c, shop, "produk", text.T("together.title")); err != nil {
		return err
	}
	if v.Picture, err = a.picture(c, p.PictureID, v.Title); err != nil {
		return err
	}
	all, err := a.Catalog.MyProducts(c.Context(), c.Actor, shop.ID)
	if err != nil {
		return err
	}
	names, live := map[int64]string{}, map[int64]bool{}
	for _, other := range all {
		names[other.ProductID] = titleOf(other)
		live[other.ProductID] = other.State == catalog.ProductPublished || other.State == catalog.ProductPaused
	}
	shared, err := a.Catalog.Sharings(c.Context(), c.Actor, p.ProductID)
	if err != nil {
		return err
	}
	taken := map[int64]bool{p.ProductID: true}
	for _, s := range shared {
		var with []string
		for _, other := range s.With {
			taken[other] = true
			with = append(with, names[other])
		}
		words := text.T("together.takes", "weight", pieces(s.Weight), "with", strings.Join(with, ", "))
		if s.Own {
			words = text.T("together.one", "with", strings.Join(with, ", "))
		}
		if len(with) > 0 {
			v.Shared = append(v.Shared, pages.SharedNumber{Words: words, Drop: []view.Hidden{{Name: "with", Value: strconv.FormatInt(s.With[0], 10)}}})
		}
		for _, u := range s.Users {
			v.Shared = append(v.Shared, pages.SharedNumber{Words: text.T("together.used", "who", names[u.ProductID], "weight", pieces(u.Weight)), URL: productURL(u.ProductID) + togetherPath})
		}
	}
	v.With = view.Select{Name: "with", Label: text.T("together.with"), Empty: text.T("together.choose"), Error: e.Of("with")}
	for _, other := range all {
		if live[other.ProductID] && !taken[other.ProductID] && other.Mode != catalog.ModeQuote && (other.Mode != catalog.ModeStock || len(other.Variants) == 0) {
			v.With.Options = append(v.With.Options, view.Option{Value: strconv.FormatInt(other.ProductID, 10), Label: titleOf(other), Selected: other.ProductID == in.With})
		}
	}
	v.How = view.Choices{Name: "how", Legend: text.T("together.how"), Error: e.Of("how")}
	for _, how := range []string{oneNumber, takesOf} {
		v.How.Options = append(v.How.Options, view.Option{Value: how, Label: text.T("together.how." + how), Note: text.T("together.note." + how), Selected: how == in.How})
	}
	v.Weight = view.Field{Name: "weight", Label: text.T("together.weight"), Hint: text.T("together.weight_hint"), Value: in.Weight, Error: e.Of("weight"), InputMode: "numeric", MaxLength: 5}
	return c.Page(status, pages.TogetherPage(v))
}

func (a area) together(c *web.Ctx) error {
	productID, in, err := a.togetherOf(c)
	if err != nil {
		return err
	}
	weight, err := count(in.Weight)
	switch {
	case err != nil:
		err = invalid("weight", "catalog.share.weight")
	case in.With == 0:
		err = invalid("with", "together.missing")
	case in.How != oneNumber && in.How != takesOf:
		err = invalid("how", "together.missing_how")
	default:
		err = a.Catalog.SharePool(c.Context(), c.Actor, catalog.Share{ProductID: productID, WithID: in.With, Weight: weight, Instead: in.How == oneNumber})
	}
	if fault.Is(err, fault.KindConflict) {
		f := fault.As(err)
		err = invalid("how", f.Key, f.Args...)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error { return a.togetherPage(c, http.StatusUnprocessableEntity, in, e) })
	}
	c.Flash(view.Good, "together.saved")
	return c.SeeOther(productURL(productID) + togetherPath)
}

// apart takes a share back and leads to where the product's own number is set.
func (a area) apart(c *web.Ctx) error {
	productID, in, err := a.togetherOf(c)
	if err != nil {
		return err
	}
	if in.With == 0 {
		return fault.Invalid("finance.form.stale")
	}
	if err := a.Catalog.UnsharePool(c.Context(), c.Actor, productID, in.With); err != nil {
		return err
	}
	p, err := a.Catalog.MyProduct(c.Context(), c.Actor, productID)
	if err != nil {
		return err
	}
	if p.Available > 0 || p.PerPeriod > 0 || p.Mode == catalog.ModePreorder {
		c.Flash(view.Good, "together.apart")
		return c.SeeOther(productURL(productID) + togetherPath)
	}
	c.Flash(view.Wait, "together.apart_empty")
	if p.Mode == catalog.ModeStock {
		return c.SeeOther(productURL(productID) + "/stok")
	}
	return c.SeeOther(productURL(productID) + "/kuota")
}

func (a area) togetherOf(c *web.Ctx) (productID int64, in togetherForm, err error) {
	if productID, err = c.ID("id"); err != nil {
		return 0, in, err
	}
	if _, err = a.Catalog.MyProduct(c.Context(), c.Actor, productID); err != nil {
		return 0, in, fmt.Errorf("product to share: %w", err)
	}
	return productID, in, c.Decode(&in)
}
