package curator

import (
	"context"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

func (a area) photos(ctx context.Context, ids []int64, title string) ([]view.Picture, error) {
	found, err := a.Pictures.Pictures(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]view.Picture, 0, len(ids))
	for i, id := range ids {
		out = append(out, web.Picture(found[id], text.T("curator.review.photo", "n", i+1, "name", title)))
	}
	return out, nil
}

// compare lists the fields as proposed and, for an edit, beside them as they are
// live. Quantity and the way of selling count only for a product's first
// approval, so an edit does not show them.
func compare(sub catalog.Submission, live *catalog.Revision) []pages.Compared {
	next := sub.Revision
	type field struct {
		key  string
		of   func(r catalog.Revision) string
		long bool
		both bool                              // also for an edit
		list func(r catalog.Revision) []member // of what is a list: compared member by member
	}
	if live != nil {
		base := sub.Base(*live)
		live = &base
	}
	var rows []pages.Compared
	for _, f := range []field{
		{"curator.field.title", func(r catalog.Revision) string { return r.Title }, false, true, nil},
		{"curator.field.category", func(r catalog.Revision) string { return r.CategoryName }, false, true, nil},
		{"curator.field.price", price, false, true, nil},
		{"curator.field.variants", variants, true, true, variantsOf},
		{"curator.field.tiers", tiers, true, true, tiersOf},
		{"curator.field.minimum", func(r catalog.Revision) string { return money.Group(uint64(r.MinQuantity)) }, false, true, nil},
		{"curator.field.unit_kind", func(r catalog.Revision) string { return text.T("choice.one." + string(r.UnitKind)) }, false, true, nil},
		{"curator.field.unit", func(r catalog.Revision) string { return r.Unit }, false, true, nil},
		{"curator.field.quantity", quantity, false, false, nil},
		{"curator.field.lead", func(r catalog.Revision) string { return text.T("curator.value.days", "days", r.LeadDays) }, false, true, nil},
		{"curator.field.weight", weight, false, true, nil},
		{"curator.field.package", packed, false, true, nil},
		{"curator.field.service", service, false, true, nil},
		{"curator.field.pickup", pickup, false, true, nil},
		{"curator.field.composition", composition, true, true, ingredientsOf},
		{"curator.field.allergens", allergens, false, true, allergensOf},
		{"curator.field.net", net, false, true, nil},
		{"curator.field.keeping", keeping, true, true, nil},
		{"curator.field.facts", facts, true, true, nil},
		{"curator.field.description", func(r catalog.Revision) string { return r.Description }, true, true, nil},
	} {
		if live == nil {
			rows = append(rows, pages.Compared{Label: text.T(f.key), Next: plain(f.of(next)), Long: f.long})
			continue
		}
		if f.both {
			row := pages.Compared{Label: text.T(f.key), Long: f.long, Changed: f.of(*live) != f.of(next)}
			row.Changes = changesOf(f.list, *live, next)
			row.Now, row.Next = differ(f.of(*live), f.of(next))
			rows = append(rows, row)
		}
	}
	return rows
}

// drifted says beside the price that the live one is not the one that was reviewed
// last, so that no price climbs by edits that each look small.
func drifted(rows []pages.Compared, reviewed, began money.Rupiah) {
	for i := range rows {
		if rows[i].Label == text.T("curator.field.price") && reviewed != began {
			rows[i].Note = text.T("differ.approved_price", "price", reviewed)
		}
	}
}

func quantity(r catalog.Revision) string {
	return text.T("curator.quantity."+string(r.Mode), "count", money.Group(uint64(max(r.Quantity, 0))))
}

func price(r catalog.Revision) string {
	if r.Price == 0 && r.Mode == catalog.ModeQuote {
		return text.T("choice.on_request")
	}
	return r.Price.String()
}

// variants writes one line a variant, so that a change of one is seen as such.
func variants(r catalog.Revision) string {
	var lines []string
	for _, v := range r.Variants {
		line := v.Name + " · " + v.Price.String()
		if v.WeightGrams > 0 {
			line += " · " + text.T("curator.value.grams", "grams", money.Group(uint64(v.WeightGrams)))
		}
		if n := slices.Index(r.Pictures, v.PictureID); n >= 0 {
			line += " · " + text.T("curator.value.picture", "n", n+1)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func tiers(r catalog.Revision) string {
	var lines []string
	for _, t := range r.Tiers {
		lines = append(lines, text.T("curator.value.tier", "n", money.Group(uint64(t.MinQuantity)), "price", t.Price))
	}
	return strings.Join(lines, "\n")
}

func packed(r catalog.Revision) string {
	if r.LengthCM == 0 {
		return ""
	}
	return text.T("curator.value.package", "length", r.LengthCM, "width", r.WidthCM, "height", r.HeightCM)
}

func service(r catalog.Revision) string {
	if r.Service {
		return text.T("curator.value.service")
	}
	return text.T("curator.value.goods")
}

func weight(r catalog.Revision) string {
	if r.WeightGrams == 0 {
		return ""
	}
	return text.T("curator.value.grams", "grams", money.Group(uint64(r.WeightGrams)))
}

func pickup(r catalog.Revision) string {
	if r.PickupOnly {
		return text.T("curator.value.pickup_only")
	}
	return text.T("curator.value.pickup_also")
}

func plain(s string) []pages.Piece {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	return []pages.Piece{{Text: s}}
}
