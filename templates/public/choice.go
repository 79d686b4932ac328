package public

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// VariantChoice is one size, flavour or colour to choose.
type VariantChoice struct {
	ID      string
	Name    string
	Price   money.Rupiah // of one piece
	Picture view.Picture // its own; the zero Picture shows none
	Left    string       // "Stok 12", "Habis"
	Off     bool         // cannot be had now
	Chosen  bool
}

// PriceTable is the price of one piece by quantity, retail first; no rows when
// there is one price only.
type PriceTable struct {
	Rows  []PriceRow
	Mixed bool // variants may be mixed to reach a quantity
}

// PriceRow is one line of it.
type PriceRow struct{ Quantity, Price, Saving string }
