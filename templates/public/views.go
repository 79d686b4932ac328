// Package public holds the pages that anyone may see without an account: the
// shop window, and the short pages that explain it.
package public

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Home is the first page.
type Home struct {
	Page     view.Public
	Kinds    []Kind
	New      []view.ProductCard
	Shops    []view.ShopCard
	Products int // how many are for sale
	Makers   int // how many shops are open
}

// Kind is a category with a picture of something in it.
type Kind struct {
	Name, URL, Count string
	Picture          view.Picture
}

// ProductList is the list of products, of a search, or of one category.
type ProductList struct {
	Page    view.Public
	Heading string // "Semua produk", "Hasil untuk “nastar”"
	Lead    string
	Trail   []view.Link
	Filter  Filter
	Cards   []view.ProductCard
	Pager   view.Pager
	Similar []view.ProductCard // offered when nothing was found
}

// Filter is what the list is narrowed by. Names of its fields are those of the
// address: q, kategori, wilayah, toko, harga_min, harga_maks, urut.
type Filter struct {
	Query              string
	Categories         []view.Option
	Regions            []view.Option // Group is the province
	Shop               string        // slug kept while narrowing, "" for all
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
	Unit         string
	Availability string // "Sanggup buat 45 lagi bulan ini", "Stok 12"
	Tone         view.Tone
	ReadyBy      string // "Siap 5 Desember 2026 kalau dipesan hari ini"
	Orderable    bool
	WhyNot       string // said instead of the form when not Orderable
	Quantity     string // "1" when empty
	Most         int64  // the largest quantity that can be promised, 0 unknown
	Errors       view.Errors
	Shop         ShopBox
	Delivery     []Promise
	Description  []string // paragraphs
	Facts        []view.Fact
	More         []view.ProductCard // of the same shop
}

// Promise is a line of what the buyer can rely on.
type Promise struct{ Icon, Text, Note string }

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
	Closed   *view.Notice // while the shop takes no orders
	Delivery []Promise
	Cards    []view.ProductCard
	Pager    view.Pager
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

// Help is the page of questions and answers.
type Help struct {
	Page    view.Public
	Contact Contact
}

// Privacy says what is kept about people and why.
type Privacy struct {
	Page    view.Public
	Contact Contact
}

// Complaint says where and how to complain, and how soon one is answered.
type Complaint struct {
	Page    view.Public
	Contact Contact
}

// Problem is a page for a request that could not be met.
type Problem struct {
	Page    view.Public
	Status  int
	Text    string // the sentence of the fault; the status' own when empty
	Request string // id to tell the helpers
	Back    view.Link
}
