package maker

import "github.com/lapak-berdaya/lapak/templates/view"

// Kit is how a product or the shop is passed on, and what that brought.
type Kit struct {
	Page                          view.Private
	Name, Words, Link             string // Words and Link are empty while there is no public page
	WhatsApp, Facebook, Companion string
	Status                        string // address of the status-sized picture; empty for the shop
	QR, Poster                    string
	Products                      []Task
	Months                        []KitMonth
}

// KitMonth is where the orders of one month came from.
type KitMonth struct {
	Month  string
	Counts []view.Fact
}
