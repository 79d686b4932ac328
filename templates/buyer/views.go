// Package buyer holds the pages from the cart to the doorstep. None of them
// needs an account; those of one purchase or order open by their token.
package buyer

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Cart is what the visitor means to buy, shop by shop.
type Cart struct {
	Page    view.Public
	Flash   *view.Notice
	Note    *view.Notice // what became of the cart meanwhile
	Changes []string     // what is different since it was put in, one sentence each
	Shops   []CartShop
	Total   money.Rupiah // of the goods
	Version string       // sent back when the buyer takes the changes over
	Blocked bool         // a line must be mended before going on
}

// CartShop is the part of a cart that one shop makes.
type CartShop struct {
	Name, URL, Place string
	Lines            []CartLine
	Subtotal         money.Rupiah
}

// CartLine is one product of a cart.
type CartLine struct {
	ID                    string // of the line in the page
	ProductID, Title, URL string
	VariantID, Variant    string // "" without variants
	Picture               view.Picture
	Unit                  string
	Price, Subtotal       money.Rupiah
	Quantity              string // as typed, when it was refused
	Least                 int64  // the smallest order
	Most                  int64  // the largest that can be promised; 0 unknown
	Tier                  string // "Harga grosir mulai 24: Rp50.000/toples"
	Next                  string // "Tambah 3 lagi: Rp50.000/toples"
	Missing               string // "Pembelian minimum 10, tambah 4 lagi."
	ReadyBy               string // "Siap 5 Desember 2026"
	Error                 string // why this line cannot be bought as it is
	WaitURL               string // the waiting list for what is missing; empty when nothing is
	AskURL                string // "Minta harga" for more than can be promised; empty when it can
	HeldUntil             string // of the waiting list: until when it is held
}

// FullTitle is the title with the variant, where only one text can stand.
func (l CartLine) FullTitle() string {
	if l.Variant == "" {
		return l.Title
	}
	return l.Title + " (" + l.Variant + ")"
}

// Checkout is the one page on which a purchase is placed. Every button of its
// form posts to Action; the extra ones carry langkah=provinsi, kabupaten or
// ongkir and only draw the page again with what was typed.
type Checkout struct {
	Page    view.Public
	Action  string // "/checkout"
	FormKey string
	Seen    []view.Hidden // prices and quantities as the buyer saw them
	Changes []string      // what changed meanwhile; the buyer decides
	Errors  view.Errors
	Shops   []CheckoutShop

	Name, Phone, Email            string // nama, hp, surel
	ForOther                      bool   // shows the recipient's fields; typed names mean another recipient
	RecipientName, RecipientPhone string // penerima_nama, penerima_hp
	Note                          string // catatan

	Provinces, Regencies, Districts []view.Option // provinsi, kabupaten, kecamatan
	Village, Street, PostCode       string        // desa, jalan, kodepos
	NeedsAddress                    bool          // false when everything is picked up

	Bill      []view.Amount // ends with the total, Strong
	Total     money.Rupiah
	Placed    bool           // the district is known, so every way of delivery is shown
	Priced    bool           // every shop has a way of delivery with its price
	Ways      []view.Choices // per shop, how it is paid; radio "bayar_"+ID
	OtherWays bool           // some shop can be paid otherwise than online
	TooSmall  string         // why the online part cannot be paid as it is
	Submit    string         // instead of "Pesan dan bayar"

	Holding string // who holds the money until the order is complete
}

// CheckoutShop is one shop's part, with the ways it can arrive.
type CheckoutShop struct {
	ID, Name string
	Lines    []CheckoutLine
	Methods  []view.Option // radio "kirim_"+ID; empty until the district is known
	Error    string
}

// CheckoutLine is one product, not to be changed here.
type CheckoutLine struct {
	Title, Quantity string // "3 stoples"
	ReadyBy         string
	Subtotal        money.Rupiah
}

// PaymentState is what our own records say about a payment.
type PaymentState string

// The states of a payment as the buyer sees them.
const (
	Preparing PaymentState = "preparing" // the gateway has not answered yet
	Waiting   PaymentState = "waiting"   // open, can be paid at PayURL
	Paid      PaymentState = "paid"
	Expired   PaymentState = "expired"
	Cancelled PaymentState = "cancelled"
	Checking  PaymentState = "checking" // outcome unknown, being settled
	Suspense  PaymentState = "suspense" // money came, but late or not as asked
	Outside   PaymentState = "outside"  // nothing is paid through us
)

// Payment is the page of one purchase's payment.
type Payment struct {
	Page      view.Public
	Papers    []view.Link // PDF
	State     PaymentState
	Amount    money.Rupiah
	Bill      []view.Amount
	PayURL    string // the gateway's page
	Deadline  string // "22 November 2026 pukul 10.15 WIB"
	Orders    []OrderLink
	Problem   string // said under the state, for example why the gateway refused
	AgainURL  string // fills the cart again after it lapsed; a form
	ChangeURL string // the same while it can still be paid: closes this payment first
}

// OrderLink leads to one shop's part of a purchase.
type OrderLink struct {
	Number, Shop, URL string
	State             view.Chip
	PayBy             string // how it is paid, when not online with the others
}

// OrderTracking is one order as its buyer follows it.
type OrderTracking struct {
	Page     view.Public
	Papers   []view.Link // PDF
	Number   string
	Shop     string
	ShopURL  string
	State    view.Chip
	Reviews  []ReviewLink // what can be reviewed, once it is completed
	Headline string       // "Sedang dibuat, siap 5 Desember 2026"
	Steps    []view.Step
	Notices  []view.Notice // refunds, delays

	PickupCode, PickupPlace, PickupHours               string
	Courier, TrackingNumber, TrackingURL, TrackingNote string
	ConfirmText                                        string // what pressing it means
	ConfirmURL, FormKey                                string // "barang sudah saya terima"; empty when not now
	RefundURL                                          string // one-time form for the account to refund to
	Lines                                              []CheckoutLine
	Bill                                               []view.Amount
	Recipient, RecipientPhone                          string
	Address                                            []string
	Method, Note                                       string
	PaymentURL                                         string
	Others                                             []OrderLink // of the same purchase
	Direct                                             *Direct     // paid to the shop itself; nil for others
	HelpURL                                            string      // of the shop or agency, wa.me

	NewDate       *NewDate    // a later day the shop asks for; nil for none
	ComplainURL   string      // empty when it is not the time for it
	ComplainUntil string      // the last day
	AgainURL      string      // orders the same once more
	Words         []view.Step // what the shop, staff and the buyer wrote on the way
	Photos        []StepPhoto
}

// NewDate is a later day that the shop asks the buyer for.
type NewDate struct {
	Action, FormKey, Seen string
	Date, Reason          string
	Declined              bool // the buyer said no already, and may still call it off
	Paid                  bool
}

// StepPhoto is a photo of a step, for who holds the token.
type StepPhoto struct{ Small, Large, Alt, Width, Height string }

// Complain asks what is wrong with what was delivered.
type Complain struct {
	Page                  view.Public
	Number, Shop          string
	Action, Back, FormKey string
	Causes                []view.Option
	Words                 string // cerita
	Kept                  int    // photos of this form that are stored already
	Errors                view.Errors
}

// OrderFind finds an order by its number and the buyer's phone.
type OrderFind struct {
	Page          view.Public
	Number, Phone string // nomor, hp
	Errors        view.Errors
	Sent          bool // the link went to the phone or mail of the order
}

// RefundAccount asks, by a one-time link, where a refund shall go.
type RefundAccount struct {
	Page    view.Public
	Action  string
	Number  string // of the order
	Amount  money.Rupiah
	Reason  string
	Banks   []view.Option // bank
	Account string        // rekening
	Holder  string        // pemilik
	FormKey string
	Errors  view.Errors
	Done    bool   // the account was given
	Closed  string // why the link no longer works
}
