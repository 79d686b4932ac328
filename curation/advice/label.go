package advice

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// label reads net weight and allergens (PerBPOM 31/2018; UU 8/1999 art. 8 forbids
// a wrong net weight; domain notes B4, B13).
func label(r catalog.Revision) []Item {
	var out []Item
	net := netOf(r.Label.NetAmount, r.Label.NetUnit)
	asked := slices.ContainsFunc(catalog.Requirements(r), func(q catalog.Requirement) bool { return q.Label == "net" })
	switch {
	case r.Label.NetAmount == 0 && asked:
		out = append(out, Item{Label, "advice.net_missing", nil, Strong, Composition})
	case r.Label.NetAmount == 0 || len(r.Variants) > 0: // each size has its own
	case r.Label.NetUnit == "g" && r.WeightGrams > 0 && r.Label.NetAmount > r.WeightGrams:
		out = append(out, Item{Label, "advice.net_heavier", []any{"net", net, "weight", netOf(r.WeightGrams, "g")}, Strong, Composition})
	default:
		for _, said := range []string{r.Unit, r.Title} {
			if amount, unit := amountIn(said); amount > 0 && unit == r.Label.NetUnit && amount != r.Label.NetAmount {
				out = append(out, Item{Label, "advice.net_differs", []any{"net", net, "said", said}, Strong, Composition})
				break
			}
		}
	}
	var missing []string
	for _, a := range catalog.ProposeAllergens(r.Label.Composition) {
		if !slices.Contains(r.Label.Allergens, a) {
			missing = append(missing, text.T("publiclabel.allergen."+string(a)))
		}
	}
	if len(missing) > 0 {
		key := "advice.allergens_open"
		if r.Label.AllergensKnown {
			key = "advice.allergens_missing"
		}
		out = append(out, Item{Label, key, []any{"list", and(missing)}, Strong, Allergens})
	}
	return out
}

func netOf(amount int64, unit string) string { return money.Group(uint64(max(amount, 0))) + " " + unit }

var amountShape = regexp.MustCompile(`(?i)\b([0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,6})\s*(kg|kilo|kilogram|g|gr|gram|ml|mililiter|l|lt|liter)\b`)

// amountIn finds the one amount that a text names, in g or ml; 0 when it names
// none, or several.
func amountIn(s string) (amount int64, unit string) {
	found := amountShape.FindAllStringSubmatch(s, -1)
	if len(found) != 1 {
		return 0, ""
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(found[0][1], ".", ""), 10, 64)
	if err != nil {
		return 0, ""
	}
	switch strings.ToLower(found[0][2])[0] {
	case 'k':
		return n * 1000, "g"
	case 'g':
		return n, "g"
	case 'm':
		return n, "ml"
	}
	return n * 1000, "ml"
}

// field is one text of a submission.
type field struct {
	part Part
	text string
}

func fields(r catalog.Revision) []field {
	var names []string
	for _, v := range r.Variants {
		names = append(names, v.Name)
	}
	l := r.Label
	return []field{
		{Title, r.Title + "\n" + r.Unit},
		{Description, r.Description},
		{Composition, l.Composition},
		{Keeping, strings.Join([]string{l.Storage, l.Packaging, l.Production, l.Facts}, "\n")},
		{Variants, strings.Join(names, "\n")},
	}
}

// words reads what the maker wrote, field by field.
func words(r catalog.Revision) []Item {
	var out []Item
	for _, f := range fields(r) {
		if claims := Claims(f.text); len(claims) > 0 {
			out = append(out, Item{Legal, "advice.claim", []any{"words", quoted(claims), "where", text.T("advice.part." + string(f.part))}, Strong, f.part})
		}
		for _, p := range Private(f.text) {
			out = append(out, Item{Legal, "advice." + p.Kind, []any{"words", quoted([]string{p.Text}), "where", text.T("advice.part." + string(f.part))}, Strong, f.part})
		}
	}
	return out
}

// mostQuoted bounds how many findings one sentence repeats.
const mostQuoted = 3

func quoted(list []string) string {
	var out []string
	for _, w := range list[:min(len(list), mostQuoted)] {
		out = append(out, "“"+w+"”")
	}
	return strings.Join(out, ", ")
}
