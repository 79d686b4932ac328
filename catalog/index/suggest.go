package index

import (
	"slices"
	"strings"
)

// Suggestion is one line offered while somebody types.
type Suggestion struct{ Slug, Title string }

// Suggestions are what a search that has only begun may become.
type Suggestions struct {
	Products, Categories, Shops []Suggestion
}

// Suggest completes a search: at most so many products, and of categories and
// shops those whose name has every word typed, the last of them perhaps only
// begun.
func (ix *Index) Suggest(text string, products, others int) Suggestions {
	words := Words(text)
	if len(words) == 0 {
		return Suggestions{}
	}
	var s Suggestions
	for _, h := range ix.Find(Query{Text: text, Sort: Relevant, Limit: 3 * products, Only: true}).Hits {
		ix.mu.RLock()
		if slot, there := ix.slots[h.ID]; there && len(s.Products) < products {
			slug, title := ix.label(slot)
			if !slices.ContainsFunc(s.Products, func(o Suggestion) bool { return o.Title == title }) {
				s.Products = append(s.Products, Suggestion{slug, title})
			}
		}
		ix.mu.RUnlock()
	}
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	s.Categories = ix.categories.beginning(words, others, func(i int) bool { return i < len(ix.totals.categories) && ix.totals.categories[i] > 0 })
	s.Shops = ix.shops.beginning(words, others, func(i int) bool { return i < len(ix.ofShop) && len(ix.ofShop[i]) > 0 })
	return s
}

func (n *names) beginning(words []string, most int, used func(i int) bool) (out []Suggestion) {
	for i, folded := range n.folded {
		if len(out) == most {
			break
		}
		all := true
		for _, w := range words {
			all = all && (strings.HasPrefix(folded, w) || strings.Contains(folded, " "+w))
		}
		if all && used(i) {
			out = append(out, Suggestion{n.slugs[i], n.titles[i]})
		}
	}
	return out
}
