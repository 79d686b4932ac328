package maker

import (
	"context"
	"slices"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// How many suggestions a field offers, and from how many goods on a range of prices
// says something.
const (
	mostSuggested = 8
	fewestRange   = 3
)

// similar is what goods of the same kind on sale are called, how they are sold and
// what they cost: public facts, to help somebody who lists her own.
type similar struct {
	titles []string
	units  []string
	kind   catalog.UnitKind // how most of them are sold; "" when there are none
	goods  []catalog.LivePrice
}

func (a area) similar(ctx context.Context, r catalog.Revision) (similar, error) {
	var s similar
	if r.CategorySlug == catalog.DefaultCategory {
		return s, nil // what is of no kind is like nothing
	}
	all, err := a.Catalog.LivePrices(ctx, r.CategoryID)
	if err != nil {
		return s, err
	}
	seen, kinds := map[string]bool{}, map[catalog.UnitKind]int{}
	offer := func(list *[]string, word string) {
		if key := id.Fold(word); key != "" && !seen[key] && len(*list) < mostSuggested {
			seen[key] = true
			*list = append(*list, word)
		}
	}
	for _, p := range all {
		if p.ProductID == r.ProductID {
			continue
		}
		s.goods = append(s.goods, p)
		offer(&s.titles, p.Title)
		offer(&s.units, p.Unit)
		if kinds[p.UnitKind]++; s.kind == "" || kinds[p.UnitKind] > kinds[s.kind] {
			s.kind = p.UnitKind
		}
	}
	return s, nil
}

// prices says what the goods sold per kind cost: the middle half of them, or each when
// they are few; "" when there is none.
func (s similar) prices(kind catalog.UnitKind) string {
	var all []money.Rupiah
	for _, p := range s.goods {
		if p.UnitKind == kind {
			all = append(all, p.Price)
		}
	}
	slices.Sort(all)
	n := len(all)
	switch {
	case n == 0:
		return ""
	case n < fewestRange || all[n/4] == all[n-1-n/4]:
		return text.T("maker.harga.similar_one", "price", all[n/2])
	}
	return text.T("maker.harga.similar", "low", all[n/4], "high", all[n-1-n/4], "count", n)
}
