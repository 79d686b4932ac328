package agency

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// CashList is the cash that officers hand over.
type CashList struct {
	Page view.Private
	Box  string // what the cash box holds
	Rows view.Table
}

// CashReceipt is the receipt to print and sign, and the form for its photo.
type CashReceipt struct {
	Page   view.Private
	Number string
	Amount money.Rupiah
	Facts  []view.Fact
	URL    string
	Errors view.Errors
}
