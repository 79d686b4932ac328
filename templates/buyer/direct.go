package buyer

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Direct is where the buyer of one order pays the shop itself.
type Direct struct {
	Shop, Number          string
	Amount                money.Rupiah
	Waiting               bool // for the money
	Rests                 bool // the shop's account changed just now: nothing is shown
	QRIS                  *view.Picture
	Bank, Account, Holder string
	Sent                  []string // when photos were sent
	Action                string   // takes another photo; empty when none is wanted
}
