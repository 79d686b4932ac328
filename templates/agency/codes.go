package agency

import "github.com/lapak-berdaya/lapak/templates/view"

// CodeCard is a shop's QRIS code that waits for the agency.
type CodeCard struct {
	ID, Shop, ShopURL, When string
	ConfirmURL, RefuseURL   string
	Picture                 view.Picture
}
