// Package sheet draws what is printed and scanned: a code that leads to an
// address, a poster (A4) and a price card (A6) for the wall, and labels for goods
// in the sizes of stickers. It knows no product: it is told words that are public,
// or are meant to be once the goods are sold.
package sheet

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"github.com/lapak-berdaya/lapak/internal/letters"
)

// Sheet is what stands on a poster or price card. Empty lines are left out.
type Sheet struct {
	Title   string
	Price   string   // "Rp55.000", "Harga sesuai pesanan"
	Unit    string   // "per stoples"
	Tiers   []string // "mulai 10: Rp50.000"
	Shop    string
	Place   string
	Photo   []byte // JPEG; none on price cards
	Address string // what the code leads to
	Scan    string // "Pindai untuk memesan"
	Brand   string
}

// QR is an address as a code in SVG, one path, with the quiet zone of four cells.
func QR(address string) ([]byte, error) {
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("sheet: qr: %w", err)
	}
	const quiet = 4
	n := code.Bounds().Dx()
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]d %[1]d" width="%[2]d" height="%[2]d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path d="`,
		n+2*quiet, 8*(n+2*quiet))
	runs(code, func(x, y, wide int) { fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, wide, wide) })
	b.WriteString(`"/></svg>`)
	return b.Bytes(), nil
}

// Cells is an address as a code, a point for each cell and without its quiet zone.
func Cells(address string) (image.Image, error) {
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("sheet: qr: %w", err)
	}
	return code, nil
}

// runs calls draw for each stretch of dark cells, row by row.
func runs(code barcode.Barcode, draw func(x, y, wide int)) {
	n := code.Bounds().Dx()
	for y := range n {
		for x := 0; x < n; x++ {
			from := x
			for x < n && dark(code, x, y) {
				x++
			}
			if x > from {
				draw(from, y, x-from)
			}
		}
	}
}

func dark(code barcode.Barcode, x, y int) bool {
	r, _, _, _ := code.At(code.Bounds().Min.X+x, code.Bounds().Min.Y+y).RGBA()
	return r < 0x8000
}

// The colours of the shop window in its light set.
var (
	ink        = [3]int{38, 29, 22}
	soft       = [3]int{99, 87, 74}
	turmeric   = [3]int{244, 181, 44}
	terracotta = [3]int{169, 63, 33}
)

// page is one PDF page whose measures are those of A4 in millimetres, scaled.
type page struct {
	*fpdf.Fpdf
	k float64
}

// Poster is an A4 page: photo, name, price, seller and code.
func Poster(s Sheet) ([]byte, error) { return draw(s, "A4", 1) }

// Card is an A6 page without the photo: what stands beside the goods on a table.
func Card(s Sheet) ([]byte, error) {
	s.Photo = nil
	return draw(s, "A6", 0.5)
}

func draw(s Sheet, size string, k float64) ([]byte, error) {
	p := page{newPDF(fpdf.InitType{OrientationStr: "P", UnitStr: "mm", SizeStr: size}, s.Title, s.Brand), k}
	p.AddPage()
	const width, margin = 210.0, 12.0
	p.fill(turmeric, 0, 0, width, 20)
	p.lines(s.Brand, "B", 22, ink, margin, 5.5, width-2*margin, 1)

	y, title, price, small := 32.0, 54.0, 84.0, 32.0
	if len(s.Photo) > 0 {
		if err := p.photo(s.Photo, margin, y, width-2*margin, 118); err != nil {
			return nil, err
		}
		y, title, price, small = y+118+6, 32, 46, 20
	}
	const foot = 297.0 - 66
	y = p.lines(s.Title, "B", title, ink, margin, y, width-2*margin, 3) + 2
	y = p.lines(s.Price, "B", p.fit(s.Price, "B", price, price*0.6, width-2*margin), terracotta, margin, y, width-2*margin, 2)
	y = p.lines(s.Unit, "", small, soft, margin, y, width-2*margin, 1) + 3
	for _, tier := range s.Tiers {
		if y > foot-small*leading-4 {
			break
		}
		y = p.lines(tier, "", small, ink, margin, y, width-2*margin, 1)
	}

	code, err := scaled(s.Address)
	if err != nil {
		return nil, err
	}
	p.RegisterImageOptionsReader("code", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(code))
	const side = 54.0
	p.fill([3]int{255, 255, 255}, width-margin-side, foot, side, side)
	p.ImageOptions("code", (width-margin-side)*k, foot*k, side*k, side*k, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	left := width - 3*margin - side
	at := p.lines(s.Scan, "B", 22, ink, margin, foot, left, 2) + 2
	at = p.lines(s.Shop, "", 18, ink, margin, at, left, 2)
	at = p.lines(s.Place, "", 15, soft, margin, at, left, 2) + 1
	address := strings.TrimPrefix(strings.TrimPrefix(s.Address, "https://"), "http://")
	p.lines(address, "", p.fit(address, "", 13, 11, left), soft, margin, at, left, 2)

	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		return nil, fmt.Errorf("sheet: pdf: %w", err)
	}
	return out.Bytes(), nil
}

// newPDF is an empty document in our letters, without margins.
func newPDF(how fpdf.InitType, title, brand string) *fpdf.Fpdf {
	p := fpdf.NewCustom(&how)
	p.SetAutoPageBreak(false, 0)
	p.SetMargins(0, 0, 0)
	p.SetTitle(letters.Printable(title), true)
	p.SetCreator(brand, true)
	p.AddUTF8FontFromBytes("letters", "", letters.Regular)
	p.AddUTF8FontFromBytes("letters", "B", letters.Bold)
	return p
}

func (p page) fill(c [3]int, x, y, w, h float64) {
	p.SetFillColor(c[0], c[1], c[2])
	p.Rect(x*p.k, y*p.k, w*p.k, h*p.k, "F")
}

// leading is the height of a line in millimetres for each point of its letters,
// baseline how far down in it they stand.
const leading, baseline = 0.43, 0.33

// lines writes a text in at most most lines from the top y on and returns where
// the next thing may begin.
func (p page) lines(s, style string, points float64, c [3]int, x, y, width float64, most int) float64 {
	s = letters.Printable(s)
	if s == "" {
		return y
	}
	p.SetFont("letters", style, points*p.k)
	p.SetTextColor(c[0], c[1], c[2])
	for _, line := range letters.Wrap(s, most, func(line string) bool { return p.GetStringWidth(line) <= width*p.k }) {
		p.Text(x*p.k, (y+points*baseline)*p.k, line)
		y += points * leading
	}
	return y
}

// fit is the size at which a text fills one line; least when that is too small.
func (p page) fit(s, style string, points, least, width float64) float64 {
	p.SetFont("letters", style, points*p.k)
	if wide := p.GetStringWidth(letters.Printable(s)); wide > width*p.k {
		return max(points*width*p.k/wide*0.99, least)
	}
	return points
}

// photo fills a frame with the middle of a picture.
func (p page) photo(jpeg []byte, x, y, w, h float64) error {
	info := p.RegisterImageOptionsReader("photo", fpdf.ImageOptions{ImageType: "JPG"}, bytes.NewReader(jpeg))
	if p.Err() || info == nil || info.Width() <= 0 || info.Height() <= 0 {
		return fmt.Errorf("sheet: photo: %w", p.Error())
	}
	pw, ph := w, w*info.Height()/info.Width()
	if ph < h {
		pw, ph = h*info.Width()/info.Height(), h
	}
	p.ClipRect(x*p.k, y*p.k, w*p.k, h*p.k, false)
	p.ImageOptions("photo", (x-(pw-w)/2)*p.k, (y-(ph-h)/2)*p.k, pw*p.k, ph*p.k, false, fpdf.ImageOptions{ImageType: "JPG"}, 0, "")
	p.ClipEnd()
	return nil
}

// scaled is the code as a PNG with a quiet zone, for the printed page.
func scaled(address string) ([]byte, error) {
	code, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("sheet: qr: %w", err)
	}
	big, err := barcode.Scale(code, code.Bounds().Dx()*8, code.Bounds().Dx()*8)
	if err != nil {
		return nil, fmt.Errorf("sheet: qr: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, big); err != nil {
		return nil, fmt.Errorf("sheet: qr: %w", err)
	}
	return b.Bytes(), nil
}
