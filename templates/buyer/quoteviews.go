package buyer

import "github.com/lapak-berdaya/lapak/templates/view"

// AskPrice is the form of /minta-harga. Every button posts it to Action; the ones
// beside the lists carry langkah and only draw the page again.
type AskPrice struct {
	Page    view.Public
	Action  string
	FormKey string
	Slug    string // of the product asked about; "" for a free wish
	Product string // its title
	Shop    string
	Picture view.Picture
	Errors  view.Errors

	Wish, Details, Quantity, NeededBy string // apa, rincian, jumlah, tanggal
	Sizes                             []SizeRow
	SizesOpen                         bool
	Kept                              string // "2 gambar sudah tersimpan"
	Photo                             view.PhotoField

	Provinces, Regencies, Districts  []view.Option
	Name, Phone, Email, Organisation string // nama, hp, surel, lembaga
}

// SizeRow is one row of the size table: ukuran_N and banyak_N.
type SizeRow struct {
	N                      string
	Label, Quantity, Error string
}

// OfferLetter is the buyer's page of a request: where it stands, and the letter
// of the newest offer.
type OfferLetter struct {
	Page     view.Public
	State    view.Chip
	Headline string
	Lead     string
	Notices  []view.Notice
	Asked    []view.Fact
	Sizes    string
	Details  string

	Letter    *Letter
	Accept    *AcceptForm
	CancelURL string // turns the offer down, or ends the request
	Cancel    string // the button's words
	PayURL    string
	PayLabel  string
	OrderURL  string
}

// Letter is a "surat penawaran harga".
type Letter struct {
	Shop, ShopURL, Title string
	Facts                []view.Fact // number, date, valid until, ready on
	Lines                view.Table
	Bill                 []view.Amount
	Words                string // the total in words
	Note                 string
	Payment              string
}

// AcceptForm is the buyer's yes.
type AcceptForm struct {
	URL                       string
	Offer                     string
	NeedsAddress              bool
	Place                     string // district and regency that were asked for
	Street, Village, PostCode string
	Errors                    view.Errors
}
