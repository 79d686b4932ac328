package maker

import "github.com/lapak-berdaya/lapak/templates/view"

// SaleChoice asks which product was sold outside.
type SaleChoice struct {
	Page  view.Private
	Items []SaleItem
	Links []Task // to pay, that nobody paid yet
}

// SaleItem is one product to press.
type SaleItem struct {
	URL, Title, Price, Free string
	Picture                 view.Picture
}

// SaleForm asks the rest of an outside sale.
type SaleForm struct {
	Page                             view.Private
	Errors                           view.Errors
	Action, Back, Title, Free, Price string
	Picture                          view.Picture
	Hidden                           []view.Hidden
	Variants                         *view.Choices
	Quantity                         view.Quantity
	Source, Pay, Goods               view.Choices
	Day, Bargain, Buyer              view.Field
	More                             bool // something below the fold is filled or wrong
}
