package public

import (
	"fmt"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/public"
)

// variantChoices are the variants as the product page offers them. The first that
// can be had is chosen. A photo stands beside each as soon as one has its own.
func variantChoices(c *web.Ctx, p catalog.Sellable, pictures map[int64]media.Picture) []pages.VariantChoice {
	own := false
	for _, v := range p.Variants {
		own = own || v.PictureID != p.PictureID
	}
	out := make([]pages.VariantChoice, 0, len(p.Variants))
	chosen := false
	for _, v := range p.Variants {
		one, _ := p.Choose(v.ID)
		o := pages.VariantChoice{ID: id(v.ID), Name: v.Name, Price: v.Price, Off: one.MostTakeable() < 1}
		o.Left, _ = availability(c, one)
		if own {
			o.Picture = web.Picture(pictures[v.PictureID], "") // its name stands beside it
		}
		o.Chosen = !chosen && !o.Off
		chosen = chosen || o.Chosen
		out = append(out, o)
	}
	return out
}

// priceTable is what one piece costs by quantity.
func priceTable(c *web.Ctx, p catalog.Sellable) pages.PriceTable {
	if len(p.Tiers) == 0 {
		return pages.PriceTable{}
	}
	price := func(m money.Rupiah) string {
		if from(p) {
			return c.T("choice.from", "price", m)
		}
		return m.String()
	}
	first := max(p.MinQuantity, 1)
	t := pages.PriceTable{Mixed: len(p.Variants) > 1}
	t.Rows = append(t.Rows, pages.PriceRow{Quantity: span(c, first, p.Tiers[0].MinQuantity-1), Price: price(p.Price)})
	for i, tier := range p.Tiers {
		quantity := c.T("choice.or_more", "n", c.Number(tier.MinQuantity))
		if i+1 < len(p.Tiers) {
			quantity = span(c, tier.MinQuantity, p.Tiers[i+1].MinQuantity-1)
		}
		t.Rows = append(t.Rows, pages.PriceRow{Quantity: quantity, Price: price(tier.Price), Saving: c.T("choice.saves", "amount", p.Price-tier.Price)})
	}
	return t
}

func span(c *web.Ctx, from, to int64) string {
	if from == to {
		return c.Number(from)
	}
	return fmt.Sprintf("%s–%s", c.Number(from), c.Number(to))
}

// from reports whether the product's variants have different prices, so that its
// price is where they begin.
func from(p catalog.Sellable) bool {
	for _, v := range p.Variants {
		if v.Price != p.Price {
			return true
		}
	}
	return false
}

// minimum says the maker's minimum, if there is one.
func minimum(c *web.Ctx, p catalog.Sellable) string {
	switch {
	case p.MinQuantity < 2:
		return ""
	case len(p.Variants) > 1:
		return c.T("choice.minimum_mixed", "n", c.Number(p.MinQuantity), "unit", c.T("choice.unit."+string(p.UnitKind)))
	}
	return c.T("choice.minimum", "n", c.Number(p.MinQuantity), "unit", c.T("choice.unit."+string(p.UnitKind)))
}

// tooFew says why a product cannot be ordered although some are left.
func tooFew(c *web.Ctx, p catalog.Sellable) string {
	if left := p.MostTakeable(); left > 0 && left < p.MinQuantity {
		return c.T("choice.too_few", "n", c.Number(left), "minimum", c.Number(p.MinQuantity))
	}
	return ""
}
