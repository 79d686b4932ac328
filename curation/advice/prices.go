package advice

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
)

const (
	alike      = 5 // goods that share a word of the name, to compare with them alone
	neighbours = 8 // goods of the category, when fewer share a word
)

// common words of names say nothing about the goods.
var common = []string{"paket", "isi", "rasa", "original", "spesial", "mini", "jumbo", "besar", "kecil", "khas", "asli", "toples", "bungkus", "pack", "premium", "murah", "buatan", "tangan", "dengan", "untuk", "warna"}

// Range is what similar goods cost, the cheapest and the dearest quarter left out.
type Range struct {
	Low, Median, High money.Rupiah
	Goods             int  // that were compared
	ByNet             bool // at this product's net weight or volume
}

// Similar compares a product with live goods of its category: those that share a
// word of the name where there are enough of them, else all; by net weight where
// it is known, else by piece. False when there are too few.
func Similar(r catalog.Revision, live []catalog.LivePrice) (Range, bool) {
	if r.Price <= 0 || r.Mode == catalog.ModeQuote || r.Service {
		return Range{}, false
	}
	if r.Label.NetAmount > 0 && len(r.Variants) == 0 {
		if out, ok := rangeOf(r, live, true); ok {
			return out, true
		}
	}
	return rangeOf(r, live, false)
}

func rangeOf(r catalog.Revision, live []catalog.LivePrice, byNet bool) (Range, bool) {
	own := telling(r.Title)
	var close, all []money.Rupiah
	for _, l := range live {
		price := l.Price
		switch {
		case l.ProductID == r.ProductID || !byNet && l.UnitKind != r.UnitKind || byNet && (l.NetAmount <= 0 || l.NetUnit != r.Label.NetUnit):
			continue
		case byNet: // to the hundred
			price = (l.Price*money.Rupiah(r.Label.NetAmount)/money.Rupiah(l.NetAmount) + 50) / 100 * 100
		}
		all = append(all, price)
		if slices.ContainsFunc(telling(l.Title), func(w string) bool { return slices.Contains(own, w) }) {
			close = append(close, price)
		}
	}
	list := all
	switch {
	case len(close) >= alike:
		list = close
	case len(all) < neighbours:
		return Range{}, false
	}
	slices.SortFunc(list, func(a, b money.Rupiah) int { return cmp.Compare(a, b) })
	n := len(list)
	return Range{list[n/4], list[n/2], list[n-1-n/4], n, byNet}, true
}

// telling are the words of a name that say what it is.
func telling(title string) []string {
	return slices.DeleteFunc(strings.Fields(id.Fold(title)), func(w string) bool { return len(w) < 4 || slices.Contains(common, w) })
}

// prices compares with similar goods, and the product's own prices with each
// other. Far below means less than two thirds of what the cheaper of similar
// goods cost, far above more than half as much again as the dearer.
func prices(in Input) []Item {
	r := in.Revision
	var out []Item
	if around, ok := Similar(r, in.Similar); ok {
		args := []any{"price", r.Price, "low", around.Low, "high", around.High, "median", around.Median, "goods", around.Goods, "per", ""}
		if around.ByNet {
			args[len(args)-1] = text.T("advice.per_net", "net", netOf(r.Label.NetAmount, r.Label.NetUnit))
		}
		item := Item{Price, "advice.price_range", args, Note, Prices}
		switch {
		case r.Price*3 < around.Low*2:
			item.Key, item.Strength = "advice.price_low", Mild
		case r.Price*2 > around.High*3:
			item.Key, item.Strength = "advice.price_high", Mild
		}
		out = append(out, item)
	}
	for _, t := range r.Tiers {
		key := ""
		switch {
		case r.Price <= 0:
		case t.Price >= r.Price:
			key = "advice.tier_above"
		case t.Price*2 < r.Price:
			key = "advice.tier_deep"
		}
		if key != "" {
			out = append(out, Item{Price, key, []any{"price", t.Price, "from", t.MinQuantity, "retail", r.Price}, Mild, Tiers})
			break
		}
	}
	for _, a := range r.Variants {
		for _, b := range r.Variants {
			if a.WeightGrams > b.WeightGrams && b.WeightGrams > 0 && a.Price < b.Price {
				return append(out, Item{Price, "advice.variant_price", []any{"heavy", a.Name, "less", a.Price, "light", b.Name, "more", b.Price}, Mild, Variants})
			}
		}
	}
	return out
}
