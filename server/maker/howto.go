package maker

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/maker"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// howTo is a short page about using some screens: three steps, each a drawing and
// a sentence (cara.SLUG.1 and on), of the product itself. Lessons about the craft
// are the curators' and live at /toko-saya/belajar.
type howTo struct{ slug, icon string }

// howTos are all of them, in the order of a day.
var howTos = []howTo{
	{"mulai", "home"}, {"produk", "shop"}, {"foto", "camera"}, {"harga", "money"}, {"stok", "box"}, {"po", "clock"}, {"catatan", "message"},
	{"pesanan", "bag"}, {"jual", "plus"}, {"kirim", "truck"}, {"tidak-sanggup", "warning"}, {"permintaan", "list"}, {"uang", "money"},
	{"tarik", "money"}, {"buku-kas", "book"}, {"bagi", "chart"}, {"libur", "clock"}, {"pengiriman", "pin"}, {"bayar", "key"}, {"toko", "edit"},
	{"izin", "leaf"}, {"ulasan", "star"}, {"kabar", "bell"}, {"akun", "user"},
}

// howToOf says which page helps at an address: the first beginning that fits.
var howToOf = []struct{ ends, starts, slug string }{
	{"/foto", "/toko-saya/pengajuan/", "foto"},
	{"/harga", "", "harga"}, {"/grosir", "", "harga"},
	{"/stok", "", "stok"}, {"/kuota", "", "stok"}, {"/bersama", "", "stok"}, {"/jumlah", "", "stok"}, {"/cara", "/toko-saya/pengajuan/", "stok"},
	{"/po", "/toko-saya/produk/", "po"},
	{":id", "/toko-saya/pengajuan/", "catatan"}, {"/riwayat", "", "catatan"}, {"", "/toko-saya/pertanyaan", "catatan"}, {"", "/toko-saya/sampel", "catatan"},
	{"/kirim", "/toko-saya/pesanan/", "kirim"}, {"/serahkan", "", "kirim"}, {"", "/toko-saya/pesanan/:id/tidak-sanggup", "tidak-sanggup"},
	{"", "/toko-saya/pengajuan", "produk"}, {"", "/toko-saya/produk", "produk"}, {"", "/toko-saya/jual", "jual"}, {"", "/toko-saya/pesanan", "pesanan"},
	{"", "/toko-saya/permintaan", "permintaan"}, {"", "/toko-saya/uang/bagian", "bagi"}, {"", "/toko-saya/uang/tarik", "tarik"}, {"", "/toko-saya/uang/rekening", "tarik"},
	{"", "/toko-saya/uang/buku", "buku-kas"}, {"", "/toko-saya/buku", "buku-kas"}, {"", "/toko-saya/uang", "uang"},
	{"", "/toko-saya/libur", "libur"}, {"", "/toko-saya/pengiriman", "pengiriman"}, {"", "/toko-saya/bayar", "bayar"}, {"", "/toko-saya/toko", "toko"},
	{"", "/toko-saya/izin", "izin"}, {"", "/toko-saya/ulasan", "ulasan"}, {"", "/toko-saya/kotak-masuk", "kabar"}, {"", "/akun", "akun"},
}

// HowTo is the page that explains the screen at path, a route's pattern; where none
// is about it, how to begin.
func HowTo(path string) view.Link {
	slug := "mulai"
	for _, m := range howToOf {
		if strings.HasPrefix(path, m.starts) && strings.HasSuffix(path, m.ends) {
			slug = m.slug
			break
		}
	}
	return view.Link{Label: text.T("ui.help.howto"), URL: "/toko-saya/cara/" + slug, Icon: "book"}
}

// Ask is help for the page somebody stands on: how it is used, and a message to the
// helper that names it. shop is empty outside a shop.
func Ask(c *web.Ctx, h view.Help, shop, title string) view.Help {
	h.HowTo = HowTo(c.Route.Path)
	words := text.T("ui.help.sentence", "page", title)
	if shop != "" {
		words = text.T("ui.help.sentence_shop", "shop", shop, "page", title)
	}
	h.WhatsApp = web.WhatsAppTo(h.WhatsApp, words)
	return h
}

func (a area) howTos(c *web.Ctx) error {
	page, err := a.reading(c, text.T("cara.title"))
	if err != nil {
		return err
	}
	v := pages.HowTos{Page: page}
	for _, h := range howTos {
		v.Pages = append(v.Pages, pages.Task{Icon: h.icon, Label: text.T("cara." + h.slug + ".title"), URL: "/toko-saya/cara/" + h.slug})
	}
	return c.Page(http.StatusOK, pages.HowTosPage(v))
}

func (a area) howTo(c *web.Ctx) error {
	slug := c.Param("slug")
	n := slices.IndexFunc(howTos, func(h howTo) bool { return h.slug == slug })
	if n < 0 {
		return fault.NotFound("how-to " + slug)
	}
	page, err := a.reading(c, text.T("cara."+slug+".title"))
	if err != nil {
		return err
	}
	v := pages.HowTo{Page: page, Title: page.Title, Drawing: fmt.Sprintf("img/cara/%s.svg", slug)}
	for _, step := range []string{"1", "2", "3"} {
		v.Steps = append(v.Steps, text.T("cara."+slug+"."+step))
	}
	return c.Page(http.StatusOK, pages.HowToPage(v))
}
