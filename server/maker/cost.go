package maker

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

const (
	costAt   = bookAt + "/untung"
	costsOld = 4 // earlier costs shown beside the form
)

// costForm is what so many pieces take to make, as typed.
type costForm struct {
	Product   int64  `form:"produk"`
	Pieces    string `form:"pieces"`
	Material  string `form:"material"`
	Wage      string `form:"wage"`
	Packaging string `form:"packaging"`
	FormKey   string `form:"form_key"`
}

// showCosts lists what each product earns a piece, those that earn nothing first; with
// a product in the query it asks what that one costs to make.
func (a area) showCosts(c *web.Ctx) error {
	return a.inShop(c, func(shop catalog.Shop) error {
		if asked := c.Query("produk"); asked != "" {
			p, err := a.Catalog.MyProduct(c.Context(), c.Actor, number(asked))
			if err != nil {
				return err
			}
			if p.ShopID != shop.ID {
				return fault.NotFound("product of another shop")
			}
			return a.costPage(c, http.StatusOK, shop, p, costForm{Product: p.ProductID, FormKey: id.Token()}, nil)
		}
		page, err := a.frame(c, shop, "uang", text.T("costpage.title"))
		if err != nil {
			return err
		}
		all, err := a.Catalog.MyProducts(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		costs, err := a.Book.Costs(c.Context(), c.Actor, shop.ID)
		if err != nil {
			return err
		}
		v := pages.Costs{Page: page}
		for _, p := range all {
			v.Products = append(v.Products, costLine(p, costs))
		}
		rank := func(p pages.CostLine) int {
			switch {
			case p.Known && p.None:
				return 0
			case p.Known:
				return 1
			}
			return 2
		}
		slices.SortStableFunc(v.Products, func(x, y pages.CostLine) int { return cmp.Compare(rank(x), rank(y)) })
		return c.Page(http.StatusOK, pages.CostsPage(v))
	})
}

// costLine is what a product earns: its price less what a piece costs, and the same at
// its lowest price for many.
func costLine(p catalog.OwnProduct, costs map[int64]book.Cost) pages.CostLine {
	cost, known := costs[p.ProductID]
	line := pages.CostLine{Title: p.Title, URL: fmt.Sprintf("%s?produk=%d", costAt, p.ProductID), Price: p.Price, Known: known && p.Price > 0}
	if !line.Known {
		return line
	}
	line.Cost, line.Gain = cost.Piece(), p.Price-cost.Piece()
	line.None = line.Gain <= 0
	for _, t := range p.Tiers {
		if line.ManyPrice == 0 || t.Price < line.ManyPrice {
			line.Many, line.ManyPrice, line.ManyGain = t.MinQuantity, t.Price, t.Price-line.Cost
		}
	}
	line.None = line.None || line.ManyPrice > 0 && line.ManyGain <= 0
	return line
}

func (a area) costPage(c *web.Ctx, status int, shop catalog.Shop, p catalog.OwnProduct, in costForm, e view.Errors) error {
	page, err := a.frame(c, shop, "uang", text.T("costpage.ask", "product", p.Title))
	if err != nil {
		return err
	}
	old, err := a.Book.CostHistory(c.Context(), c.Actor, shop.ID, p.ProductID, costsOld)
	if err != nil {
		return err
	}
	if status == http.StatusOK {
		in.Pieces = "1"
		if len(old) > 0 {
			typed := func(m money.Rupiah) string {
				if m == 0 {
					return ""
				}
				return money.Group(uint64(m))
			}
			in.Pieces, in.Material, in.Wage, in.Packaging = fmt.Sprint(old[0].Pieces), typed(old[0].Material), typed(old[0].Wage), typed(old[0].Packaging)
		}
	}
	amount := func(name, label, value, hint string) view.Field {
		return view.Field{Name: name, Label: label, Hint: hint, Prefix: "Rp", Value: value, MaxLength: 20, Optional: true, Error: e.Of(name)}
	}
	v := pages.CostAsk{Page: page, Step: ui.Step{Question: text.T("costpage.ask", "product", p.Title), Hint: text.T("costpage.ask_hint"), Action: costAt, FormKey: in.FormKey, Errors: e, Back: costAt,
		Hidden: []view.Hidden{{Name: "produk", Value: fmt.Sprint(p.ProductID)}}, Submit: text.T("costpage.keep"), SubmitIcon: "check"},
		Fields: []view.Field{{Name: "pieces", Label: text.T("costpage.pieces"), Hint: text.T("costpage.pieces_hint"), Value: in.Pieces, InputMode: "numeric", MaxLength: 9, Error: e.Of("pieces")},
			amount("material", text.T("costpage.material"), in.Material, text.T("costpage.material_hint")), amount("wage", text.T("costpage.wage"), in.Wage, text.T("costpage.wage_hint")), amount("packaging", text.T("costpage.packaging"), in.Packaging, "")}}
	for _, cost := range old {
		v.Old = append(v.Old, view.Amount{Label: dayWords(cost.RecordedAt.In(calendar.Zone(shop.RegencyCode)).Format("2006-01-02")), Note: text.T("costpage.old_note", "pieces", cost.Pieces, "amount", cost.All()), Value: cost.Piece()})
	}
	return c.Page(status, pages.CostAskPage(v))
}

// setCost keeps what a product of the maker's costs to make.
func (a area) setCost(c *web.Ctx) error {
	var in costForm
	if err := c.Decode(&in); err != nil {
		return err
	}
	if in.Product <= 0 {
		return fault.Invalid("book.check")
	}
	p, err := a.Catalog.MyProduct(c.Context(), c.Actor, in.Product)
	if err != nil {
		return err
	}
	shop, err := a.own(c, p.ShopID)
	if err != nil {
		return err
	}
	cost, err := in.cost(p)
	if err == nil {
		cost, err = a.Book.SetCost(c.Context(), c.Actor, cost, in.FormKey)
	}
	if err != nil {
		return again(c, err, func(faults view.Errors) error {
			return a.costPage(c, http.StatusUnprocessableEntity, shop, p, in, faults)
		})
	}
	c.Flash(view.Good, "costpage.kept", "product", p.Title, "amount", cost.Piece())
	return c.SeeOther(costAt)
}

// cost reads the amounts; what is left empty is nothing.
func (in costForm) cost(p catalog.OwnProduct) (book.Cost, error) {
	cost := book.Cost{ShopID: p.ShopID, ProductID: p.ProductID}
	bad := fault.Invalid("book.check")
	pieces, err := count(in.Pieces)
	if err != nil {
		bad.With("pieces", "book.cost_pieces", "max", int64(book.MaxPieces))
	}
	cost.Pieces = pieces
	for _, f := range []struct {
		name, typed string
		into        *money.Rupiah
	}{{"material", in.Material, &cost.Material}, {"wage", in.Wage, &cost.Wage}, {"packaging", in.Packaging, &cost.Packaging}} {
		if strings.TrimSpace(f.typed) == "" {
			continue
		}
		if *f.into, err = money.Parse(f.typed); err != nil {
			bad.With(f.name, "maker.take.unreadable")
		}
	}
	return cost, bad.OrNil()
}
