package maker

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Pay is how buyers may pay the shop.
type Pay struct {
	Page            view.Private
	Errors          view.Errors
	FromSteps       bool
	ShopID          string
	COD, Cash       bool
	Courier         bool   // the courier takes cash
	Commission      string // the operator's part, in words; empty for none
	CODMax          money.Rupiah
	Direct          bool
	Somewhere       bool // there is a confirmed account or code
	Rests           bool // it was changed just now
	Account, Holder string
	Code, Next      *view.Picture // the QRIS code in use, and the one that waits
	Refused         string        // why the last code was refused
}
