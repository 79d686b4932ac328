package finance

import (
	"github.com/a-h/templ"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Match is the gateway's statement beside our books.
type Match struct {
	Page        view.Private
	Last        string       // when the statement was last read
	Trouble     *view.Notice // the last reading broke off
	Stats       []view.Stat
	Differences view.Table
	Runs        view.Table
	Lines       view.Table
	Pager       view.Pager
	CanAct      bool
	Errors      view.Errors
}

// Difference is one thing the two do not agree on.
type Difference struct {
	Page    view.Private
	ID      string
	Title   string
	Chip    view.Chip
	Amount  money.Rupiah // what is open
	Facts   []view.Fact
	Done    *view.Notice // it was accounted for
	CanAct  bool
	Ways    view.Choices
	CanLink bool // a payment of ours may be named
	Payment string
	Reason  string
	Errors  view.Errors
}

func resolveAt(id string) templ.SafeURL {
	return templ.URL("/keuangan/pencocokan/" + id + "/selesai")
}
