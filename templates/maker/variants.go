package maker

import (
	"slices"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/ui"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Variants asks for sizes, flavours or colours.
type Variants struct {
	Page     view.Private
	Step     ui.Step
	Rows     []VariantRow  // the typed ones, then empty ones
	Stock    bool          // each has its own stock
	Pictures []view.Option // to choose from; none with a single photo
	NameMax  int
}

// VariantRow is one variant as typed.
type VariantRow struct{ ID, Name, Price, Weight, Quantity, Picture string }

// Tiers asks for the smallest order and the prices by quantity.
type Tiers struct {
	Page    view.Private
	Step    ui.Step
	Price   string // of one piece
	Minimum string
	Rows    []TierRow
}

// TierRow is one price by quantity as typed.
type TierRow struct{ Quantity, Price string }

// priceHint is the band of a single price; several have each their own.
func priceHint(v PriceForm) string {
	if len(v.Fields) > 0 {
		return text.T("maker.price.several")
	}
	return text.T("maker.price.band", "min", v.Lowest, "max", v.Highest)
}

// chosen are the options with one of them selected.
func chosen(options []view.Option, value string) []view.Option {
	out := slices.Clone(options)
	for i := range out {
		out[i].Selected = out[i].Value == value
	}
	return out
}
