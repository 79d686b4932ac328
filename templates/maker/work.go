package maker

import "github.com/lapak-berdaya/lapak/templates/view"

// Production is what to make, pack, send and hand over.
type Production struct {
	Page          view.Private
	Shop, Printed string
	Total         []WorkGoods // over all days
	Days          []WorkDay
	Send, Hand    []Task
}

// WorkDay is what is promised for one day.
type WorkDay struct {
	Day, ISO string
	Goods    []WorkGoods
}

// WorkGoods is one product, or one variant of it, with the orders it is for.
type WorkGoods struct {
	Title, Unit string
	Pieces      int64
	Orders      []view.Link
}

// Calendar is one month of a shop.
type Calendar struct {
	Page          view.Private
	Month         string
	Before, After view.Link
	Days          []CalendarDay
	Products      []CalendarProduct
	Choose        []view.Option
	More, Answer  string // what one more order would do
}

// CalendarDay is a day on which something is promised or closed, or today.
type CalendarDay struct {
	Day, ISO, Closed string
	Today            bool
	Goods            []WorkGoods
}

// CalendarProduct is what is free of one product, and its pre-order windows.
type CalendarProduct struct {
	Title, URL string
	Rooms      []string
	Windows    []view.Link
	Open       *view.Link
}
