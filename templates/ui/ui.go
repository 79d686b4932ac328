package ui

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// asset turns a static name into its address. Templates may not import static,
// which stands beside them; whoever wires the server calls UseAssets once.
var asset = func(name string) string { return "/static/" + name }

// UseAssets tells the templates where static files are found (static.URL). Call
// it once, before the first page is drawn.
func UseAssets(url func(name string) string) { asset = url }

// Asset is the address of a static file, for pages with a drawing of their own.
func Asset(name string) string { return asset(name) }

func iconURL(name string) templ.SafeURL {
	return templ.URL(asset("img/icons.svg") + "#i-" + name)
}

// drawn are the kinds of products with a drawing of their own.
var drawn = []string{"kue-kering", "camilan", "minuman", "jahitan-seragam", "rajut", "anyaman", "kriya", "rumah-tangga", "besi", "jasa"}

func drawingURL(kind string) templ.SafeURL {
	if !slices.Contains(drawn, kind) {
		kind = "lainnya"
	}
	return templ.URL(asset("img/jenis.svg") + "#j-" + kind)
}

// toneIcon gives each tone a sign, so that it is never told by colour alone.
func toneIcon(t view.Tone) string {
	switch t {
	case view.Good:
		return "check"
	case view.Wait:
		return "clock"
	case view.Warn:
		return "warning"
	case view.Bad:
		return "cross"
	}
	return "info"
}

func stepIcon(s view.StepState) string {
	switch s {
	case view.Done:
		return "check"
	case view.Fail:
		return "cross"
	}
	return "clock"
}

func stepWord(ctx context.Context, s view.StepState) string {
	switch s {
	case view.Done:
		return text.L(ctx, "ui.step.done")
	case view.Now:
		return text.L(ctx, "ui.step.now")
	case view.Fail:
		return text.L(ctx, "ui.step.fail")
	}
	return text.L(ctx, "ui.step.todo")
}

func pageTitle(ctx context.Context, p view.Public) string {
	if p.Title == "" {
		return text.L(ctx, "ui.brand.title")
	}
	return p.Title + " · " + text.L(ctx, "ui.brand.name")
}

func fieldID(id, name string) string {
	if id != "" {
		return id
	}
	return "f-" + name
}

// described lists the ids of the hint and the error that are there.
func described(id, hint, fault string) string {
	var ids []string
	if hint != "" {
		ids = append(ids, id+"-hint")
	}
	if fault != "" {
		ids = append(ids, id+"-error")
	}
	return strings.Join(ids, " ")
}

func orDefault(s, standard string) string {
	if s == "" {
		return standard
	}
	return s
}

func when(cond bool, name string) string {
	if cond {
		return name
	}
	return ""
}

// pictureSizes are those that media makes.
var pictureSizes = []int{160, 320, 640, 1280}

func pictureURL(p view.Picture, size int, format string) string {
	return fmt.Sprintf("/gambar/%s/%d.%s", p.Key, size, format)
}

// LargestPicture is the address of the largest size of a picture.
func LargestPicture(p view.Picture) templ.SafeURL { return templ.URL(pictureURL(p, 1280, "jpg")) }

// srcset lists every size up to most, the largest that the place can use.
func srcset(p view.Picture, format string, most int) string {
	var parts []string
	for _, size := range pictureSizes {
		if size <= most {
			parts = append(parts, fmt.Sprintf("%s %dw", pictureURL(p, size, format), size))
		}
	}
	return strings.Join(parts, ", ")
}

// shape is the width and height to announce: the picture's own proportions.
func shape(p view.Picture) (width, height string) {
	if p.Width <= 0 || p.Height <= 0 {
		return "640", "480"
	}
	return "640", fmt.Sprint((p.Height*640 + p.Width/2) / p.Width)
}

func width(p view.Picture) string  { w, _ := shape(p); return w }
func height(p view.Picture) string { _, h := shape(p); return h }

// groups keeps the order in which groups first appear.
func groups(options []view.Option) []string {
	var names []string
	seen := map[string]bool{}
	for _, o := range options {
		if !seen[o.Group] {
			seen[o.Group] = true
			names = append(names, o.Group)
		}
	}
	return names
}

// homeOf is where the brand leads on a page that belongs to no area: the area the
// viewer works in most.
func homeOf(v view.Viewer) string {
	if len(v.Areas) > 0 {
		return v.Areas[0].URL
	}
	return "/"
}

// graph is the frame of what search engines read. It is data: the content
// security policy does not concern it, and its encoder lets nothing out of it.
type graph struct {
	Context string `json:"@context"`
	Things  []any  `json:"@graph"`
}

// locale is the page's language as Open Graph writes it.
func locale(ctx context.Context) string {
	if text.In(ctx) == text.English {
		return "en_US"
	}
	return "id_ID"
}

// MakersWords marks what a maker wrote, on pages in another language: screen
// readers and translators then know whose language it is.
func MakersWords(ctx context.Context) templ.Attributes {
	if text.In(ctx) == text.Indonesian {
		return nil
	}
	return templ.Attributes{"lang": string(text.Indonesian)}
}

// MakerNav is the bottom navigation of makers; section is one of "beranda",
// "pesanan", "produk", "uang", and orders is how many wait to be done.
func MakerNav(section string, orders int) []view.Link {
	return []view.Link{
		{Label: text.T("ui.maker.home"), URL: "/toko-saya", Icon: "home", Current: section == "beranda"},
		{Label: text.T("ui.maker.orders"), URL: "/toko-saya/pesanan", Icon: "bag", Current: section == "pesanan", Count: orders},
		{Label: text.T("ui.maker.products"), URL: "/toko-saya/produk", Icon: "box", Current: section == "produk"},
		{Label: text.T("ui.maker.money"), URL: "/toko-saya/uang", Icon: "money", Current: section == "uang"},
	}
}

// Words says an amount in words, with a capital, for confirming money. English
// pages give the figures alone.
func Words(ctx context.Context, m money.Rupiah) string {
	w := m.Words()
	if w == "" || text.In(ctx) == text.English {
		return ""
	}
	return strings.ToUpper(w[:1]) + w[1:]
}

// hues is how many colours tokens.css has for shops.
const hues = 6

// Hue is the class of the colour that goes with a shop, always the same for one name.
func Hue(name string) string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name)) // cannot fail
	return fmt.Sprint("hue-", sum.Sum32()%hues)
}

// initials are the first letters of the words that tell a shop from others:
// "KUBE Dapur Gayeng" is DG. At most two.
func initials(name string) string {
	var letters []rune
	words := strings.Fields(name)
	for n, w := range words {
		if len(words) > 1 && n == 0 && w == strings.ToUpper(w) { // KUBE, UPT, UMKM
			continue
		}
		first, _ := utf8.DecodeRuneInString(w)
		if unicode.IsLetter(first) && len(letters) < 2 {
			letters = append(letters, unicode.ToUpper(first))
		}
	}
	return string(letters)
}

func numeric(t view.Table, column int) bool {
	return column < len(t.Columns) && t.Columns[column].Numeric
}
