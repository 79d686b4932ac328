package document

import (
	"bytes"
	"fmt"
	"image"
	"image/png"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"github.com/lapak-berdaya/lapak/internal/letters"
)

// The colours of static/css/tokens.css that print well.
var (
	ink    = [3]int{38, 29, 22}
	soft   = [3]int{99, 87, 74}
	hair   = [3]int{224, 214, 198}
	edge   = [3]int{140, 125, 102}
	accent = [3]int{14, 90, 86}
	wash   = [3]int{253, 238, 200}
)

const row = 0.45 // millimetres a line is high for each point of its letters

func (s *sheet) small() bool { return s.width < 120 }

// pick is the one for a large page or the one for a small one.
func (s *sheet) pick(large, small float64) float64 {
	if s.small() {
		return small
	}
	return large
}

func (s *sheet) inside() float64 { return s.width - 2*s.margin }

func (s *sheet) bottom() float64 { return s.height - s.pick(20, 11) }

// next begins a page with its head: brand and issuer at the left, title and number
// at the right; later pages repeat the brand and the number alone.
func (s *sheet) next() {
	s.pages++
	s.AddPage()
	s.y = s.margin
	p, half := s.paper, s.inside()/2-2
	if s.pages > 1 {
		s.right(p.Number, "", s.pick(9, 8), s.width-s.margin, ink)
		s.text(p.Brand, "B", s.pick(9, 8), accent, s.margin, half)
		s.y += 1.5
		s.rule(0.3, edge)
		s.y += s.pick(3, 2)
		if s.table {
			s.head()
		}
		return
	}
	s.text(p.Brand, "B", s.pick(15, 11), accent, s.margin, half)
	for _, line := range []string{p.Issuer.Name, p.Issuer.Address, p.Issuer.Contact} {
		s.atMost(line, 3, "", 8.5, soft, s.margin, half)
	}
	left := s.y
	s.y = s.margin
	for _, line := range letters.Wrap(letters.Printable(p.Title), 3, s.fits("B", s.pick(19, 12), half)) {
		s.right(line, "B", s.pick(19, 12), s.width-s.margin, ink)
		s.y += s.pick(19, 12) * row
	}
	s.y += 0.8
	s.right(p.Number, "", s.pick(11, 9.5), s.width-s.margin, ink)
	s.y += s.pick(11, 9.5) * row
	if state := letters.Printable(p.State); state != "" {
		s.y += 1.2
		points := s.pick(9, 7.5)
		state = letters.Wrap(state, 1, s.fits("B", points, half))[0]
		s.SetFont("letters", "B", points)
		wide := s.GetStringWidth(state) + 5
		s.stroke(0.35, accent)
		s.RoundedRect(s.width-s.margin-wide, s.y, wide, points*row+1.8, 1.5, "1234", "D")
		s.y += 0.9
		s.right(state, "B", points, s.width-s.margin-2.5, ink)
		s.y += points*row + 0.9
	}
	s.y = max(s.y, left) + s.pick(3, 1.5)
	s.rule(0.7, accent)
	s.y += s.pick(6, 3)
}

// feet writes the number and "page 2 of 3" below every page.
func (s *sheet) feet() {
	for n := 1; n <= s.pages; n++ {
		s.SetPage(n)
		s.y = s.height - s.pick(13, 8)
		points := s.pick(8.5, 7)
		s.colour(soft)
		s.SetFont("letters", "", points)
		s.Text(s.margin, s.y+points*0.35, letters.Printable(s.paper.Title+" · "+s.paper.Number))
		words := letters.Printable(fmt.Sprintf("%s %d / %d", s.paper.Page, n, s.pages))
		s.Text(s.width-s.margin-s.GetStringWidth(words), s.y+points*0.35, words)
	}
}

// keep begins a page when so many millimetres are not left on this one, and would
// be on another.
func (s *sheet) keep(needs float64) {
	if s.y+needs > s.bottom() && s.y > s.margin+s.pick(30, 22) {
		s.next()
	}
}

func (s *sheet) fits(style string, points, wide float64) func(string) bool {
	return func(line string) bool {
		s.SetFont("letters", style, points)
		return s.GetStringWidth(line) <= wide
	}
}

// Of one text stand so many lines, of a fact fewer; nobody types more on purpose.
const mostLines, factLines = 40, 8

// high is what a text needs.
func (s *sheet) high(words, style string, points, wide float64, most int) float64 {
	return float64(len(letters.Wrap(letters.Printable(words), most, s.fits(style, points, wide)))) * points * row
}

// text writes words from the present height down, over as many lines as they need.
func (s *sheet) text(words, style string, points float64, c [3]int, x, wide float64) {
	for _, line := range letters.Wrap(letters.Printable(words), mostLines, s.fits(style, points, wide)) {
		if s.y+points*row > s.bottom() {
			s.next()
		}
		s.put(line, style, points, c, x)
		s.y += points * row
	}
}

// atMost writes words over a few lines of this page.
func (s *sheet) atMost(words string, most int, style string, points float64, c [3]int, x, wide float64) {
	for _, line := range letters.Wrap(letters.Printable(words), most, s.fits(style, points, wide)) {
		s.put(line, style, points, c, x)
		s.y += points * row
	}
}

func (s *sheet) put(line, style string, points float64, c [3]int, x float64) {
	s.SetFont("letters", style, points)
	s.colour(c)
	s.Text(x, s.y+points*0.35, line)
}

// right writes words that end at x, without going down.
func (s *sheet) right(words, style string, points, x float64, c [3]int) {
	words = letters.Printable(words)
	s.SetFont("letters", style, points)
	s.put(words, style, points, c, x-s.GetStringWidth(words))
}

func (s *sheet) colour(c [3]int) { s.SetTextColor(c[0], c[1], c[2]) }

func (s *sheet) stroke(wide float64, c [3]int) {
	s.SetLineWidth(wide)
	s.SetDrawColor(c[0], c[1], c[2])
}

func (s *sheet) rule(wide float64, c [3]int) {
	s.stroke(wide, c)
	s.Line(s.margin, s.y, s.width-s.margin, s.y)
}

func (s *sheet) fill(c [3]int, x, y, wide, high float64) {
	s.SetFillColor(c[0], c[1], c[2])
	s.RoundedRect(x, y, wide, high, 1, "1234", "F")
}

func (s *sheet) frame(x, y, wide, high float64) {
	s.stroke(0.3, edge)
	s.RoundedRect(x, y, wide, high, 1.5, "1234", "D")
}

// The columns of amounts end here; each has a word in the head or is not there.
func (s *sheet) columns() (title, quantity, price, amount float64) {
	amount = s.width - s.margin
	price, quantity = amount, amount
	if s.paper.Head.Amount != "" {
		price = amount - 36
		quantity = price
	}
	if s.paper.Head.Price != "" {
		quantity = price - 32
	}
	title = quantity - s.margin - s.indent()
	if s.paper.Head.Quantity != "" {
		title -= s.pick(30, 24)
	}
	return title, quantity, price, amount
}

// indent is the room for the box to tick.
func (s *sheet) indent() float64 {
	if s.paper.Tick {
		return 6
	}
	return 0
}

func (s *sheet) head() {
	h := s.paper.Head
	if h == (Line{}) {
		return
	}
	points := s.pick(8.5, 7.5)
	_, quantity, price, amount := s.columns()
	s.right(h.Quantity, "B", points, quantity, soft)
	s.right(h.Price, "B", points, price, soft)
	s.right(h.Amount, "B", points, amount, soft)
	s.put(letters.Printable(h.Title), "B", points, soft, s.margin)
	s.y += points*row + 1
	s.rule(0.3, edge)
	s.y += 1.6
}

// The sizes of letters in the table.
func (s *sheet) tablePoints() (title, note float64) { return s.pick(10, 9.5), s.pick(8.5, 7.5) }

func (s *sheet) lineHigh(l Line) float64 {
	big, little := s.tablePoints()
	wide, _, _, _ := s.columns()
	if l.heading() {
		return s.high(l.Title, "B", big, s.inside(), mostLines) + 2.6
	}
	return s.high(l.Title, "", big, wide, mostLines) + s.high(l.Note, "", little, wide, mostLines) + 2.6
}

// line is one row of the table; it is never torn.
func (s *sheet) line(l Line) {
	big, little := s.tablePoints()
	wide, quantity, price, amount := s.columns()
	s.keep(s.lineHigh(l))
	if l.heading() {
		s.y += 0.8
		s.text(l.Title, "B", big, ink, s.margin, s.inside())
		s.y += 1.8
		return
	}
	if s.paper.Tick {
		s.stroke(0.3, ink)
		s.Rect(s.margin, s.y+0.2, 3.4, 3.4, "D")
	}
	style := ""
	if s.small() {
		style = "B"
	}
	s.right(l.Quantity, style, big, quantity, ink)
	s.right(l.Price, "", big, price, ink)
	s.right(l.Amount, "", big, amount, ink)
	s.text(l.Title, "", big, ink, s.margin+s.indent(), wide)
	s.text(l.Note, "", little, soft, s.margin+s.indent(), wide)
	s.y += 1.2
	s.y += 1.4
}

// code draws the code at the right from this height down, with the words below it,
// and returns where that ends.
func (s *sheet) code(top, side float64) (float64, error) {
	picture, err := Code(s.paper.Code)
	if err != nil {
		return 0, err
	}
	var file bytes.Buffer
	if err := png.Encode(&file, picture); err != nil {
		return 0, fmt.Errorf("document: code: %w", err)
	}
	x, y := s.width-s.margin-side, s.y
	defer func() { s.y = y }()
	s.RegisterImageOptionsReader("code", fpdf.ImageOptions{ImageType: "PNG"}, &file)
	s.ImageOptions("code", x, top, side, side, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	s.y = top + side + 1.5
	if words := letters.Printable(s.paper.CodeWords); words != "" {
		points := s.pick(17, 12)
		s.SetFont("letters", "B", points)
		s.put(words, "B", points, ink, x+(side-s.GetStringWidth(words))/2)
		s.y += points*row + 0.5
	}
	s.atMost(s.paper.CodeLabel, 6, "", s.pick(8, 6.5), soft, x, side)
	return s.y, nil
}

// ruleBelow is the hair between two lines of the table.
func (s *sheet) ruleBelow() {
	s.y -= 1.4
	s.rule(0.15, hair)
	s.y += 1.4
}

const dot = 6 // pixels a dot of a code is wide

// Code is the picture of a QR code as it stands on a paper, dots alone; the white
// of the paper is the margin that readers need.
func Code(words string) (image.Image, error) {
	code, err := qr.Encode(words, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("document: code: %w", err)
	}
	dots := code.Bounds().Dx() * dot
	big, err := barcode.Scale(code, dots, dots)
	if err != nil {
		return nil, fmt.Errorf("document: code: %w", err)
	}
	return big, nil
}
