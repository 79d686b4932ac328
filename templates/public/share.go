package public

// Share is how a product or shop is passed on; empty addresses are left out.
type Share struct {
	Name, Address      string // what is copied
	WhatsApp, Facebook string
	QR, Poster, Card   string
}
