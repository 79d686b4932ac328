package maker

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Two screens that most makers never open: variants, and prices by quantity with
// the smallest order. Rows that are left empty count for nothing, so no button
// has to add or remove one.

const (
	stepVariants = "varian"
	stepTiers    = "grosir"
)

// How many empty rows the forms show below the typed ones.
const spareVariants, spareTiers = 3, 2

// rowOf reads one row of a numbered form: the values of prefix_N_name.
func rowOf(values url.Values, prefix string, n int) func(name string) string {
	return func(name string) string {
		return strings.TrimSpace(values.Get(fmt.Sprintf("%s_%d_%s", prefix, n, name)))
	}
}

func (a area) showVariants(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		var rows []pages.VariantRow
		for _, v := range d.sub.Revision.Variants {
			rows = append(rows, pages.VariantRow{ID: fmt.Sprint(v.VariantID), Name: v.Name, Price: figure(int64(v.Price)),
				Weight: figure(v.WeightGrams), Quantity: figure(v.Quantity), Picture: fmt.Sprint(v.PictureID)})
		}
		return a.variantsPage(c, http.StatusOK, d, rows, nil)
	})
}

// figure writes a number as a maker would type it; nothing for zero.
func figure(n int64) string {
	if n == 0 {
		return ""
	}
	return pieces(n)
}

func (a area) variantsPage(c *web.Ctx, status int, d draft, rows []pages.VariantRow, e view.Errors) error {
	d.review = true // it is no step of the first listing
	page, s, err := a.step(c, d, stepVariants, e)
	if err != nil {
		return err
	}
	for range min(spareVariants, catalog.MaxVariants-len(rows)) {
		rows = append(rows, pages.VariantRow{})
	}
	v := pages.Variants{Page: page, Step: s, Rows: rows, Stock: d.sub.Revision.Mode == catalog.ModeStock, NameMax: catalog.MaxVariantName}
	if r := d.sub.Revision; len(r.Pictures) > 1 {
		v.Pictures = append(v.Pictures, view.Option{Value: "0", Label: text.T("maker.varian.picture_first")})
		for n, id := range r.Pictures {
			v.Pictures = append(v.Pictures, view.Option{Value: fmt.Sprint(id), Label: text.T("maker.photo.nth", "n", n+1)})
		}
	}
	return c.Page(status, pages.VariantsPage(v))
}

func (a area) saveVariants(c *web.Ctx) error {
	values, err := c.Form()
	if err != nil {
		return err
	}
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	rows, variants, wrong := readVariants(values)
	if err = wrong; err == nil {
		_, err = a.Catalog.SetVariants(c.Context(), c.Actor, submissionID, variants)
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error {
			d, err := a.draft(c)
			if err != nil {
				return err
			}
			return a.variantsPage(c, http.StatusUnprocessableEntity, d, rows, e)
		})
	}
	if values.Get("more") != "" {
		return c.SeeOther(submissionURL(submissionID) + "/" + stepVariants)
	}
	return c.SeeOther(submissionURL(submissionID))
}

// readVariants reads the rows that hold something, as typed and as variants.
func readVariants(values url.Values) (rows []pages.VariantRow, variants []catalog.DraftVariant, wrong error) {
	bad := fault.Invalid("fault.form")
	for n := 1; n <= catalog.MaxVariants; n++ {
		get := rowOf(values, "variant", n)
		row := pages.VariantRow{ID: get("id"), Name: get("name"), Price: get("price"), Weight: get("weight"), Quantity: get("quantity"), Picture: get("picture")}
		if row.Name == "" && row.Price == "" {
			continue
		}
		rows = append(rows, row)
		field := func(name string) string { return fmt.Sprintf("variant_%d_%s", len(rows), name) }
		v := catalog.DraftVariant{VariantID: number(row.ID), Name: row.Name, PictureID: number(row.Picture)}
		price, err := money.Parse(row.Price)
		if err != nil {
			bad.With(field("price"), "maker.price.unreadable")
		}
		v.Price = price
		for _, one := range []struct {
			name, typed string
			into        *int64
		}{{"weight", row.Weight, &v.WeightGrams}, {"quantity", row.Quantity, &v.Quantity}} {
			if one.typed == "" {
				continue
			}
			if *one.into, err = count(one.typed); err != nil {
				bad.With(field(one.name), "maker.stock.unreadable")
			}
		}
		variants = append(variants, v)
	}
	return rows, variants, bad.OrNil()
}

func (a area) showTiers(c *web.Ctx) error {
	return a.show(c, func(d draft) error {
		var rows []pages.TierRow
		for _, t := range d.sub.Revision.Tiers {
			rows = append(rows, pages.TierRow{Quantity: pieces(t.MinQuantity), Price: figure(int64(t.Price))})
		}
		return a.tiersPage(c, http.StatusOK, d, figure(d.sub.Revision.MinQuantity), rows, nil)
	})
}

func (a area) tiersPage(c *web.Ctx, status int, d draft, minimum string, rows []pages.TierRow, e view.Errors) error {
	d.review = true
	page, s, err := a.step(c, d, stepTiers, e)
	if err != nil {
		return err
	}
	for range min(spareTiers, catalog.MaxTiers-len(rows)) {
		rows = append(rows, pages.TierRow{})
	}
	return c.Page(status, pages.TiersPage(pages.Tiers{Page: page, Step: s, Price: priceOf(d.sub.Revision.Price, d.sub.Revision.Unit), Minimum: minimum, Rows: rows}))
}

func (a area) saveTiers(c *web.Ctx) error {
	values, err := c.Form()
	if err != nil {
		return err
	}
	submissionID, err := c.ID("id")
	if err != nil {
		return err
	}
	bad := fault.Invalid("fault.form")
	minimum, err := count(values.Get("min_quantity"))
	if err != nil {
		bad.With("min_quantity", "maker.stock.unreadable")
	}
	rows, tiers := readTiers(values, bad)
	if err = bad.OrNil(); err == nil {
		if _, err = a.Catalog.SaveDraft(c.Context(), c.Actor, submissionID, catalog.DraftChange{MinQuantity: &minimum}); err == nil {
			_, err = a.Catalog.SetTiers(c.Context(), c.Actor, submissionID, tiers)
		}
	}
	if err != nil {
		return again(c, err, func(e view.Errors) error {
			d, err := a.draft(c)
			if err != nil {
				return err
			}
			return a.tiersPage(c, http.StatusUnprocessableEntity, d, values.Get("min_quantity"), rows, e)
		})
	}
	return c.SeeOther(submissionURL(submissionID))
}

// readTiers reads the rows that hold something; faults are noted in bad.
func readTiers(values url.Values, bad *fault.Error) (rows []pages.TierRow, tiers []catalog.PriceTier) {
	for n := 1; n <= catalog.MaxTiers; n++ {
		get := rowOf(values, "tier", n)
		row := pages.TierRow{Quantity: get("quantity"), Price: get("price")}
		if row.Quantity == "" && row.Price == "" {
			continue
		}
		rows = append(rows, row)
		quantity, err := count(row.Quantity)
		if err != nil {
			bad.With(fmt.Sprintf("tier_%d_quantity", len(rows)), "maker.stock.unreadable")
		}
		price, err := money.Parse(row.Price)
		if err != nil {
			bad.With(fmt.Sprintf("tier_%d_price", len(rows)), "maker.price.unreadable")
		}
		tiers = append(tiers, catalog.PriceTier{MinQuantity: quantity, Price: price})
	}
	return rows, tiers
}

// variantAnswers are what the review shows of variants, tiers and minimum.
func variantAnswers(r catalog.Revision, change func(step string) string) []pages.Answer {
	var names, steps []string
	for _, v := range r.Variants {
		names = append(names, v.Name+" "+v.Price.String())
	}
	for _, t := range r.Tiers {
		steps = append(steps, text.T("maker.grosir.from", "n", pieces(t.MinQuantity), "price", t.Price))
	}
	if r.MinQuantity > 1 {
		steps = append(steps, text.T("maker.grosir.minimum_is", "n", pieces(r.MinQuantity)))
	}
	none := func(list []string) string {
		if len(list) == 0 {
			return text.T("maker.varian.none")
		}
		return strings.Join(list, " · ")
	}
	return []pages.Answer{
		{Field: "variants", Label: text.T("maker.varian.label"), Value: none(names), URL: change(stepVariants)},
		{Field: "tiers", Label: text.T("maker.grosir.label"), Value: none(steps), URL: change(stepTiers)},
	}
}

// livePrices is the form of all prices of a live product that has more than one.
func livePrices(p catalog.OwnProduct, typed url.Values, e view.Errors) []view.Field {
	field := func(name, label string, now, lowest, highest money.Rupiah) view.Field {
		value := money.Group(uint64(now))
		if typed != nil {
			value = typed.Get(name)
		}
		return view.Field{Name: name, Label: label, Hint: text.T("maker.price.band", "min", lowest, "max", highest), Value: value, Error: e.Of(name),
			Prefix: "Rp", InputMode: "numeric", MaxLength: 14}
	}
	var out []view.Field
	if len(p.Variants) == 0 {
		out = append(out, field("price", text.T("maker.price.label"), p.Price, p.LowestPrice, p.HighestPrice))
	}
	for _, v := range p.Variants {
		out = append(out, field(fmt.Sprintf("variant_%d", v.ID), v.Name, v.Price, v.LowestPrice, v.HighestPrice))
	}
	for _, t := range p.Tiers {
		out = append(out, field(fmt.Sprintf("tier_%d", t.MinQuantity), text.T("maker.grosir.from_label", "n", pieces(t.MinQuantity)), t.Price, t.LowestPrice, t.HighestPrice))
	}
	return out
}

// readPrices reads the form of livePrices; only what is in it is changed.
func readPrices(values url.Values) (catalog.Prices, error) {
	in := catalog.Prices{Variants: map[int64]money.Rupiah{}, Tiers: map[int64]money.Rupiah{}}
	bad := fault.Invalid("fault.form")
	for name := range values {
		kind, key, _ := strings.Cut(name, "_")
		id, _ := strconv.ParseInt(key, 10, 64)
		if name != "price" && (kind != "variant" && kind != "tier" || id < 1) {
			continue
		}
		price, err := money.Parse(values.Get(name))
		switch {
		case err != nil || price < catalog.MinPrice:
			bad.With(name, "maker.price.unreadable")
		case kind == "variant":
			in.Variants[id] = price
		case kind == "tier":
			in.Tiers[id] = price
		default:
			in.Price = price
		}
	}
	return in, bad.OrNil()
}
