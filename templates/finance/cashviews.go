package finance

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// CashBox is the agency's notes and coins.
type CashBox struct {
	Page                          view.Private
	Holds                         money.Rupiah
	CanAct                        bool
	DrawKey, CountKey             string
	Amount, Reason, Counted, Note string
	Errors                        view.Errors
}
