package finance

import (
	"github.com/a-h/templ"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Batches is the choice of withdrawals to send together, and what was sent before.
type Batches struct {
	Page   view.Private
	Choice []BatchChoice // what can be ticked
	Past   view.Table
	Pager  view.Pager
	CanAct bool
	Errors view.Errors
}

// BatchChoice is one withdrawal that can be ticked.
type BatchChoice struct {
	ID, Shop, Bank, Holder, Since, Held string
	Amount                              money.Rupiah
	Ticked                              bool
}

// BatchPreview is what would leave, and what would not.
type BatchPreview struct {
	Page    view.Private
	Total   money.Rupiah
	Lead    string // how many, to how many banks
	Banks   view.Table
	Items   view.Table
	Held    view.Table
	Notice  *view.Notice // a second person is needed; fees
	IDs     []string
	FormKey string
	Submit  string // "" when nothing can leave
}

// Batch is one batch and how far each of its payouts is.
type Batch struct {
	Page     view.Private
	ID       string
	Title    string
	Chip     view.Chip
	Total    money.Rupiah
	Facts    []view.Fact
	Progress string
	Items    view.Table
	Notice   *view.Notice
	Confirm  bool // the viewer may agree
	Drop     bool
	Pay      string
	Errors   view.Errors
	Sure     bool
}

func batchAt(id, what string) templ.SafeURL {
	return templ.URL("/keuangan/pencairan/" + id + "/" + what)
}
