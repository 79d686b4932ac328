package checkout

import (
	"fmt"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// wish is one row of a cart beside what the catalog says of it now.
type wish struct {
	row     cartLineRow
	product catalog.Sellable // without a choice of variant
	item    catalog.Sellable // as chosen; the title alone when there is no such variant
	hold    catalog.Hold     // what the waiting list holds for it
	found   bool
}

func wishes(rows []cartLineRow, items map[int64]catalog.Sellable, holds map[int64]catalog.Hold) []wish {
	out := make([]wish, len(rows))
	for i, r := range rows {
		w := wish{row: r, hold: holds[r.EntryID]}
		w.product, w.found = items[r.ProductID]
		w.product = w.product.Holding(w.hold)
		w.product.ProductID = r.ProductID
		var chosen bool
		w.item, chosen = w.product.Choose(r.VariantID)
		w.found = w.found && chosen
		out[i] = w
	}
	return out
}

// blocked says why the line cannot be ordered at all, if so.
func (w wish) blocked() (Change, bool) {
	c := Change{ProductID: w.row.ProductID, ShopID: w.item.ShopID, Title: w.item.FullTitle(), Slug: w.item.Slug, Wanted: w.row.Quantity}
	switch {
	case !w.found || !w.item.Public() || w.item.Mode == catalog.ModeQuote:
		c.Kind = Gone
	case w.item.State == catalog.ProductPaused:
		c.Kind = Paused
	case !w.item.Reopens.IsZero():
		c.Kind, c.Reopens = Shut, w.item.Reopens
	case w.item.HowSoon == catalog.Preorder && !w.item.Preordering():
		c.Kind = Ended
		if w.item.Window != nil {
			c.Reopens = w.item.Window.Opens
		}
	case w.item.MostTakeable() < 1:
		c.Kind = SoldOut
	case w.product.MostTakeable() < w.item.MinQuantity:
		c.Kind, c.Available, c.Minimum = FewLeft, w.product.MostTakeable(), w.item.MinQuantity
	}
	return c, c.Kind != ""
}

// takeable is how many pieces of the line could be ordered now.
func (w wish) takeable() int64 {
	if _, no := w.blocked(); no {
		return 0
	}
	return min(w.row.Quantity, w.item.MostTakeable())
}

// totals is how many pieces of each product can be ordered, over its variants:
// what price tiers and minimum count.
func totals(all []wish) map[int64]int64 {
	out := map[int64]int64{}
	for _, w := range all {
		out[w.row.ProductID] += w.takeable()
	}
	return out
}

// price is what one piece costs at the quantity the cart comes to.
func (w wish) price(totals map[int64]int64) money.Rupiah {
	return w.product.UnitPrice(w.row.VariantID, totals[w.row.ProductID])
}

// changes compares the line with what the buyer saw. A line that cannot be
// ordered has that one change; the others may be fewer and re-priced.
func (w wish) changes(totals map[int64]int64) []Change {
	if c, no := w.blocked(); no {
		return []Change{c}
	}
	var out []Change
	base := Change{ProductID: w.row.ProductID, ShopID: w.item.ShopID, Title: w.item.FullTitle(), Slug: w.item.Slug, Wanted: w.row.Quantity}
	if most := w.item.MostTakeable(); w.row.Quantity > most {
		c := base
		c.Kind, c.Available = Less, most
		out = append(out, c)
	}
	if price := w.price(totals); price != w.row.SeenPrice {
		c := base
		c.Kind, c.OldPrice, c.NewPrice = Repriced, w.row.SeenPrice, price
		out = append(out, c)
	}
	return out
}

// compose groups a cart by shop. It is pure; overflow is an error although the
// limits on price and quantity rule it out.
func compose(row cartRow, rows []cartLineRow, items map[int64]catalog.Sellable, holds map[int64]catalog.Hold) (Cart, error) {
	cart := Cart{Version: row.Version}
	all := wishes(rows, items, holds)
	sums := totals(all)
	at := map[int64]int{}
	for _, w := range all {
		changes := w.changes(sums)
		cart.Changes = append(cart.Changes, changes...)
		if !w.found {
			continue // nothing to show but the change
		}
		line := w.line(sums)
		line.Blocked = len(changes) > 0 && changes[0].Blocks()
		cart.Pieces += line.Quantity
		i, known := at[line.ShopID]
		if !known {
			i = len(cart.Groups)
			at[line.ShopID] = i
			cart.Groups = append(cart.Groups, Group{ShopID: line.ShopID, ShopName: line.ShopName, ShopSlug: line.ShopSlug,
				RegencyCode: line.RegencyCode})
		}
		g := &cart.Groups[i]
		if !line.Blocked {
			var err error
			if line.Amount, err = line.Price.Times(line.Quantity); err != nil {
				return Cart{}, fmt.Errorf("checkout: product %d: %w", line.ProductID, err)
			}
			if g.Goods, err = money.Sum(g.Goods, line.Amount); err != nil {
				return Cart{}, fmt.Errorf("checkout: shop %d: %w", g.ShopID, err)
			}
			if cart.Goods, err = money.Sum(cart.Goods, line.Amount); err != nil {
				return Cart{}, fmt.Errorf("checkout: cart: %w", err)
			}
			g.Parcel.Grams += line.WeightGrams * line.Quantity // at most 50 × 9.999 × 200 kg
			g.Parcel.VolumeCM3 += line.VolumeCM3 * line.Quantity
			if day, known := line.ReadyFor(line.Quantity); known && day.After(g.Parcel.ReadyBy) {
				g.Parcel.ReadyBy = day
			}
			g.PickupOnly = g.PickupOnly || line.PickupOnly
			cart.Short = cart.Short || line.Missing > 0
		}
		g.Lines = append(g.Lines, line)
	}
	return cart, nil
}

// line is the wish as the buyer sees it, at the price of the tier it reaches.
func (w wish) line(totals map[int64]int64) Line {
	total := totals[w.row.ProductID]
	l := Line{Sellable: w.item, Quantity: w.row.Quantity, SeenPrice: w.row.SeenPrice, Retail: w.item.Price, Hold: w.hold}
	l.Price = w.price(totals)
	if total == 0 {
		return l
	}
	l.Missing = max(0, w.item.MinQuantity-total)
	if tier, reached := w.product.Tier(total); reached {
		l.TierFrom = tier.MinQuantity
	}
	if next, more := w.product.NextTier(total); more {
		l.NextTier, l.NextPrice, l.ToNext = next.MinQuantity, w.product.UnitPrice(w.row.VariantID, next.MinQuantity), next.MinQuantity-total
	}
	return l
}
