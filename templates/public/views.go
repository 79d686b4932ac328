// Package public holds the pages that anyone may see without an account: the
// shop window, and the short pages that explain it.
package public

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Home is the first page.
type Home struct {
	Page   view.Public
	Notice *view.Notice // on a preview
	Kinds  []Kind
	// Collections are the choices of the season, above what is new.
	Collections []CollectionPart
	New         []view.ProductCard
	Shops       []view.ShopCard
	Products    int // how many are for sale
	Makers      int // how many shops are open
}

// Kind is a category with a picture of something in it.
type Kind struct {
	Name, URL, Count string
	Picture          view.Picture
}

// ProductList is the list of products, of a search, or of one category.
type ProductList struct {
	Page       view.Public
	Heading    string // "Semua produk", "Hasil untuk “nastar”"
	Lead       string
	Trail      []view.Link
	Filter     Filter
	Cards      []view.ProductCard
	Pager      view.Pager
	Corrected  *view.Link // the search without its typing mistakes; nil when there were none
	Unfiltered *view.Link // the same search without filters, when they leave nothing
	Shelves    []view.Link
	Similar    []view.ProductCard // offered when nothing was found
}

// Filter is what the list is narrowed by. Names of its fields are those of the
// address: q, kategori, wilayah, toko, harga_min, harga_maks, tersedia, jenis,
// sertifikat, urut.
type Filter struct {
	Query              string
	Categories         []view.Option
	Regions            []view.Option
	Soon               []view.Option // how soon it can be had
	ShopKinds          []view.Option
	Certificates       []view.Option
	Prices             []view.Link // ranges, with how many products are in them
	Shop               string      // slug kept while narrowing, "" for all
	PriceMin, PriceMax string
	Sorts              []view.Option
	Errors             view.Errors
	Active             []view.Link // one per filter that is on; its address takes it off
}

// ProductShow is one product.
type ProductShow struct {
	Page         view.Public
	Trail        []view.Link
	ProductID    string
	Title        string
	Gallery      []view.Picture
	Price        money.Rupiah
	From         bool // variants cost more
	Unit         string
	Variants     []VariantChoice
	Prices       PriceTable
	Minimum      string // "Pembelian minimum 10 buah"
	Least        int64  // the smallest quantity of the form
	Availability string // "Sanggup buat 45 lagi bulan ini", "Stok 12"
	Tone         view.Tone
	ReadyBy      string // "Siap 5 Desember 2026 kalau dipesan hari ini"
	Orderable    bool
	WhyNot       *view.Notice // said instead of the form when not Orderable
	Ask          Ask
	Quantity     string // "1" when empty
	Most         int64  // the largest quantity that can be promised, 0 unknown
	Errors       view.Errors
	Room         Room
	Shop         ShopBox
	Delivery     []Promise
	Description  []string // paragraphs
	Facts        []view.Fact
	Label        *Label // nil when nothing is to be said
	Seller       Seller
	More         []view.ProductCard // of the same shop
	Reviews      Reviews
	Share        Share
}

// Promise is a line of what the buyer can rely on.
type Promise struct {
	Icon, Text, Note string
	More, Rest       string // what opens the rest of a long note, and the rest; "" for none
}

// ShopBox introduces the maker of a product.
type ShopBox struct {
	Name, URL, Place, Kind, About string
	Picture                       view.Picture
}

// ShopShow is the page of one shop.
type ShopShow struct {
	Page     view.Public
	Name     string
	Kind     string // "Kelompok usaha, 8 anggota"
	Place    string // "Desa Geger, Kabupaten Madiun"
	Since    string // "Berjualan sejak Maret 2026"
	Count    string // "6 produk"
	About    []string
	Picture  view.Picture // of the workshop or of a product; its zero value is left out
	Maker    *MakerWords  // nil when nobody is shown
	Ask      string       // where "Tanya penjual" leads, "" for nowhere
	AskNote  string       // who answers
	Closed   *view.Notice // while the shop takes no orders
	Delivery []Promise
	Cards    []view.ProductCard
	Pager    view.Pager
	Reviews  Reviews
	Share    Share
}

// MakerWords are the face and the own words of a maker who allows them to be
// shown; either may be missing.
type MakerWords struct {
	Picture view.Picture
	Story   []string
}

// Contact is whom to turn to; empty lines are left out.
type Contact struct {
	Organisation, Address, Phone, Email, Hours string
	PhoneURL, WhatsApp, EmailURL               string
}

// Document is a page that explains: chapters of questions with their answers.
type Document struct {
	Page        view.Public
	Title, Lead string
	Chapters    []Chapter
	Contact     Contact
}

// Chapter is one part of a Document.
type Chapter struct {
	ID, Title string
	Questions []Question
	Door      *view.Link // leads to the page where it is done
}

// Question is answered in paragraphs.
type Question struct {
	ID, Title string
	Lines     []string
}

// Complaint says where and how to complain and how soon one is answered, and
// takes a complaint.
type Complaint struct {
	Page                      view.Public
	Contact                   Contact
	Days                      int // working days until the answer
	Order, Name, Reply, Words string
	MaxWords                  int
	Errors                    view.Errors
}

// Receipt says how far a complaint is.
type Receipt struct {
	Page    view.Public
	Title   string
	Notice  view.Notice
	Contact Contact
}

// Problem is a page for a request that could not be met.
type Problem struct {
	Page    view.Public
	Status  int
	Text    string             // the sentence of the fault; the status' own when empty
	Request string             // id to tell the helpers
	Words   string             // of an address that leads nowhere, to search for
	Nearest []view.ProductCard // what may have been meant
	Back    view.Link
}

// Ask leads to the form that asks for a price; without an URL there is none.
type Ask struct {
	URL  string
	Only bool // it cannot be bought any other way
}
