package sheet

import (
	"errors"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"github.com/lapak-berdaya/lapak/internal/letters"
)

// Size is a kind of sticker that labels are printed on. Measures are millimetres.
type Size struct {
	Name          string // in addresses
	Width, Height float64
	Round         bool
	Columns, Rows int     // on a sheet of A4; 1 and 1 for printers of single labels
	Left, Top     float64 // where the first one lies on the sheet
	Gap           float64 // between the columns
	Margin        float64 // kept free at the edges of each sticker, for cutters and printers
}

// Sheet reports whether many of them lie on a sheet of A4.
func (s Size) Sheet() bool { return s.Columns*s.Rows > 1 }

// Sizes are the stickers sold in shops for offices: three sheets of A4 with their
// usual grids, and rolls for label printers. The sheet of 24 goes to the very edge
// of the paper, where printers do not print: it keeps a wider margin.
func Sizes() []Size {
	return []Size{
		{Name: "a4_10", Width: 99.1, Height: 57, Columns: 2, Rows: 5, Left: 4.65, Top: 6, Gap: 2.5, Margin: 3},
		{Name: "a4_21", Width: 63.5, Height: 38.1, Columns: 3, Rows: 7, Left: 7.25, Top: 15.15, Gap: 2.5, Margin: 2.2},
		{Name: "a4_24", Width: 70, Height: 37, Columns: 3, Rows: 8, Left: 0, Top: 0.5, Margin: 4.2},
		{Name: "100x50", Width: 100, Height: 50, Columns: 1, Rows: 1, Margin: 2.5},
		{Name: "60x40", Width: 60, Height: 40, Columns: 1, Rows: 1, Margin: 2},
		{Name: "bulat_60", Width: 60, Height: 60, Round: true, Columns: 1, Rows: 1, Margin: 2.5},
	}
}

// SizeOf finds a size by its name.
func SizeOf(name string) (Size, bool) {
	all := Sizes()
	i := slices.IndexFunc(all, func(s Size) bool { return s.Name == name })
	if i < 0 {
		return Size{}, false
	}
	return all[i], true
}

// Sticker is what stands on a label of goods. Empty parts are left out.
type Sticker struct {
	Name      string
	Parts     []Part  // below the name, in their order
	NetWord   string  // "Berat bersih"
	Net       string  // "250 g"
	NetHeight float64 // how tall its digits must be, in millimetres
	Address   string  // what the code leads to; "" for no code
	Brand     string
	Stamp     string // across the label of goods that must not be sold so: "BELUM LENGKAP"
}

// Part is one paragraph of a label.
type Part struct {
	Runs  []Run
	Write bool // somebody fills it in by hand: its lines leave room for a pen

	across bool // it may go on beside the net weight
}

// Run is a stretch of text in one weight.
type Run struct {
	Text string
	Bold bool
}

// ErrTooSmall says that the words do not fit onto the sticker in letters that can
// be read. Nothing is cut off: a label that leaves words out is a false one.
var ErrTooSmall = errors.New("sheet: the words do not fit onto the sticker")

// The least height of "x" in millimetres: the law asks for 1 mm on most packages
// (PerBPOM 31/2018, letters); cheap printers blur a tenth of it.
const LeastX = 1.2

const (
	leastEm   = LeastX / letters.XHeight
	mostEm    = 3.6
	mostName  = 6.6  // of the name, which leads and does not shout
	lineUnit  = 1.2  // height of a line, in parts of the size
	penLine   = 4.6  // height of a line that is written by hand
	leastRoom = 9.0  // a gap narrower than this takes no text
	leastDot  = 0.35 // one dot of the code: phones read less badly
	codeSide  = 14.0 // least side of the code
)

// Box is a text as it is placed on a sticker: the area its line takes, in
// millimetres from the upper left corner.
type Box struct {
	X, Y, W, H float64
	Text       string
	Bold       bool
	Em         float64 // size of the letters
}

// base is where the letters of a box stand.
func (b Box) base() float64 { return b.Y + letters.Ascent*b.Em }

// Placed is a sticker with every word in its place.
type Placed struct {
	Size
	Texts  []Box
	Code   *Code // nil: none was wanted, or there was no room
	Stamp  *Box
	NoCode bool // a code was wanted and left out for want of room
}

// Code is a QR code with its upper left corner; the quiet zone is around it.
type Code struct {
	X, Y, Side float64
	cells      barcode.Barcode
}

// Place finds the largest letters in which all the words fit. Where there is little
// room, first the brand gives way, then the code, which no law asks for, then the
// parts follow one another in the same line; the words never give way. Errors:
// ErrTooSmall; an address that makes no code.
func Place(s Sticker, size Size) (Placed, error) {
	s = printable(s)
	var code *Code
	if s.Address != "" {
		cells, err := qr.Encode(s.Address, qr.M, qr.Auto)
		if err != nil {
			return Placed{}, err
		}
		n := float64(cells.Bounds().Dx())
		code = &Code{Side: max(codeSide, n*leastDot, min(0.36*size.Height, 20)), cells: cells}
	}
	joined := s
	joined.Parts = runIn(s.Parts)
	tries := []try{{s, code, s.Brand}, {s, code, ""}, {s, nil, ""}, {joined, code, ""}, {joined, nil, ""}}
	if code == nil {
		tries = []try{{s, nil, s.Brand}, {s, nil, ""}, {joined, nil, ""}}
	}
	for _, t := range tries {
		if p, ok := t.largest(size); ok {
			p.NoCode = s.Address != "" && p.Code == nil
			return p, nil
		}
	}
	return Placed{}, ErrTooSmall
}

// runIn makes one paragraph of neighbouring parts; those for a pen stay apart.
func runIn(parts []Part) (out []Part) {
	for _, p := range parts {
		if last := len(out) - 1; last >= 0 && !p.Write && !out[last].Write {
			out[last].across = true
			out[last].Runs = slices.Concat(out[last].Runs, []Run{{Text: " "}}, p.Runs)
			continue
		}
		out = append(out, p)
	}
	return out
}

func printable(s Sticker) Sticker {
	s.Name, s.Net, s.NetWord = letters.Printable(s.Name), letters.Printable(s.Net), letters.Printable(s.NetWord)
	s.Brand, s.Stamp = letters.Printable(s.Brand), letters.Printable(s.Stamp)
	return s
}

// try is one way to lay a sticker out.
type try struct {
	Sticker
	code  *Code
	brand string
}

// names are how much taller the name is than the other words, between how much
// space lies between two parts, in parts of the size: the best first.
var (
	names   = []float64{2.4, 2, 1.7, 1.4}
	between = []float64{0.35, 0.12}
)

// largest looks for the largest letters; when not even the least fit, it says so
// after one try. Sizes are searched by halves: more room never fits less, but for
// a line or two.
func (t try) largest(size Size) (best Placed, ok bool) {
	const steps = 18
	em := func(step int) float64 { return leastEm + (mostEm-leastEm)*float64(step)/steps }
	small, tight := names[len(names)-1], between[len(between)-1]
	if best, ok = t.place(size, em(0), small*em(0), tight); !ok {
		return Placed{}, false
	}
	low, high := 0, steps+1
	for high-low > 1 {
		middle := (low + high) / 2
		if p, ok := t.place(size, em(middle), small*em(middle), tight); ok {
			low, best = middle, p
		} else {
			high = middle
		}
	}
	for _, gap := range between {
		for _, name := range names {
			if p, ok := t.place(size, em(low), min(name*em(low), mostName), gap); ok {
				return p, true
			}
		}
	}
	return best, true
}

// place lays the sticker out in letters of one size: the name, the parts, and at
// the foot the net weight with the code beside it. A round one has the weight
// below the name and the code at its foot, in the middle.
func (t try) place(size Size, em, nameEm, gap float64) (Placed, bool) {
	s, p := t.Sticker, Placed{Size: size}
	m := size.Margin
	f := &flow{top: m, bottom: size.Height - m, centre: size.Round}
	quiet := 0.0
	if t.code != nil { // in the corner; on a round one in the middle, as low as its corners allow
		c := *t.code
		quiet = 4 * c.Side / float64(c.cells.Bounds().Dx())
		w, line := letters.Width(t.brand, false)*leastEm, lineUnit*leastEm
		if w > c.Side {
			return p, false
		}
		c.X, c.Y = size.Width-m-c.Side, size.Height-m-c.Side
		if size.Round {
			r := size.Width / 2
			c.X, c.Y = r-c.Side/2, r+chord(r-m, c.Side/2)-c.Side
			if t.brand != "" {
				c.Y = min(c.Y, r+chord(r-m, w/2)-line-quiet-c.Side)
			}
		} else if t.brand != "" {
			c.Y -= line + quiet
		}
		if t.brand != "" {
			p.Texts = append(p.Texts, Box{c.X + (c.Side-w)/2, c.Y + c.Side + quiet, w, line, t.brand, false, leastEm})
		}
		p.Code = &c
	} else if t.brand != "" && !size.Round {
		w := letters.Width(t.brand, false) * leastEm
		p.Texts = append(p.Texts, Box{size.Width - m - w, size.Height - m - lineUnit*leastEm, w, lineUnit * leastEm, t.brand, false, leastEm})
	}
	r := size.Width / 2
	netEm := max(s.NetHeight/letters.CapHeight, em*1.15)
	f.widest = size.Width - 2*m
	foot := f.bottom // where the net weight begins
	if size.Round {
		f.top += 0.07 * size.Height // the first line is wider a little below the top
		if p.Code != nil {
			f.bottom = p.Code.Y - quiet
		}
		f.room = func(y, h float64) (float64, float64) {
			half := chord(r-m, max(math.Abs(y-r), math.Abs(y+h-r)))
			return r - half, r + half
		}
	} else {
		full := func(y, h float64) (float64, float64) {
			right := size.Width - m
			if p.Code != nil && y+h > p.Code.Y-quiet {
				right = min(right, p.Code.X-quiet)
			}
			for _, b := range p.Texts { // the brand
				if y+h > b.Y {
					right = min(right, b.X-1)
				}
			}
			return m, right
		}
		f.room = full
		if s.Net != "" { // at the foot, on the left; the last words may stand beside it
			foot = f.bottom - lineUnit*netEm
			if f.weight(s, em, netEm, foot); f.over {
				return p, false
			}
			taken := f.boxes[len(f.boxes)-1]
			f.room = func(y, h float64) (float64, float64) {
				left, right := full(y, h)
				if y+h > foot {
					left = taken.X + taken.W + 2.5
				}
				return left, right
			}
		}
	}
	f.y = f.top
	f.add([]Run{{s.Name, true}}, nameEm, lineUnit*nameEm*0.95)
	if size.Round && s.Net != "" {
		f.y += gap * em
		f.weight(s, em, netEm, f.y)
	}
	for _, part := range s.Parts {
		if f.y > f.top {
			f.y += gap * em
		}
		height := lineUnit * em
		if part.Write {
			height = max(height, penLine)
		}
		f.paragraph(part, em, height, foot)
	}
	if f.over {
		return p, false
	}
	p.Texts = append(p.Texts, f.boxes...)
	if s.Stamp != "" {
		w := size.Width * 0.84
		em := min(w/letters.Width(s.Stamp, true), size.Height*0.5)
		w = em * letters.Width(s.Stamp, true)
		p.Stamp = &Box{(size.Width - w) / 2, (size.Height - em) / 2, w, em, s.Stamp, true, em}
	}
	return p, true
}

// chord is half the width of a circle at a distance from its middle.
func chord(r, d float64) float64 {
	if d >= r {
		return 0
	}
	return math.Sqrt(r*r - d*d)
}

// flow puts words into lines from the top down.
type flow struct {
	top, bottom float64
	y           float64
	widest      float64                                  // of any line: only a longer word is broken
	room        func(y, h float64) (left, right float64) // of a line
	centre      bool
	boxes       []Box
	over        bool // something found no place
}

// paragraph adds a part; one that would go on beside the net weight begins there.
func (f *flow) paragraph(p Part, em, height, foot float64) {
	if f.over { // a part without words must not make good what found no place
		return
	}
	begin, y := len(f.boxes), f.y
	f.add(p.Runs, em, height)
	if (f.over || f.y > foot) && y < foot && !p.across {
		f.boxes, f.y, f.over = f.boxes[:begin], foot, false
		f.add(p.Runs, em, height)
	}
}

// word is what must not be broken: pieces of one or both weights without a space.
type word []Run

func (w word) width(em float64) (n float64) {
	for _, r := range w {
		n += letters.Width(r.Text, r.Bold) * em
	}
	return n
}

// breaks are the spaces at which a line may end: not the one in "20 Februari".
func breaks(r rune) bool { return r != '\u00a0' && unicode.IsSpace(r) }

// wordsOf splits runs at their spaces.
func wordsOf(runs []Run) (out []word) {
	open := false // the last word goes on with the next run
	for _, r := range runs {
		text := r.Text
		if strings.TrimLeftFunc(text, breaks) != text {
			open = false
		}
		for i, w := range strings.FieldsFunc(text, breaks) {
			w = letters.Printable(w)
			if w == "" {
				continue
			}
			if i == 0 && open {
				out[len(out)-1] = append(out[len(out)-1], Run{w, r.Bold})
			} else {
				out = append(out, word{{w, r.Bold}})
			}
		}
		if text != "" {
			open = len(out) > 0 && strings.TrimRightFunc(text, breaks) == text
		}
	}
	return out
}

// add writes a paragraph in lines of a height; a word wider than its line is broken.
func (f *flow) add(runs []Run, em, height float64) {
	list := wordsOf(runs)
	for len(list) > 0 && !f.over {
		left, right := f.room(f.y, height)
		if f.y+height > f.bottom+1e-6 {
			f.over = true
			return
		}
		if right-left < leastRoom {
			f.y += 0.5
			continue
		}
		line, rest := f.fill(list, em, right-left)
		if len(line) == 0 {
			f.y += 0.5
			continue
		}
		f.set(line, em, left, right, height)
		list = rest
		f.y += height
	}
}

// space is between two words of one line.
func space(em float64) float64 { return letters.Width(" ", false) * em }

// fill takes as many words as a line holds, or none when the first one is better
// off further down.
func (f *flow) fill(list []word, em, width float64) (line, rest []word) {
	const spare = 0.998 // the paper's widths are rounded
	used := list[0].width(em)
	if used > width*spare {
		if used <= f.widest*spare || width < f.widest*0.6 {
			return nil, list
		}
		head, tail := split(list[0], em, width*spare)
		if len(head) == 0 {
			return nil, list
		}
		return []word{head}, append([]word{tail}, list[1:]...)
	}
	width *= spare
	n := 1
	for n < len(list) && used+space(em)+list[n].width(em) <= width {
		used += space(em) + list[n].width(em)
		n++
	}
	return list[:n], list[n:]
}

// split breaks a word that is wider than a line.
func split(w word, em, width float64) (head, tail word) {
	for i, r := range w {
		text := []rune(r.Text)
		for n := range text {
			one := letters.Width(string(text[n]), r.Bold) * em
			if width < one {
				if n > 0 {
					head = append(head, Run{string(text[:n]), r.Bold})
				}
				return head, append(word{{string(text[n:]), r.Bold}}, w[i+1:]...)
			}
			width -= one
		}
		head = append(head, r)
	}
	return head, nil
}

// set places one line. Words of the same weight side by side are one box.
func (f *flow) set(line []word, em, left, right, height float64) {
	x := left
	if f.centre {
		total := space(em) * float64(len(line)-1)
		for _, w := range line {
			total += w.width(em)
		}
		x += (right - left - total) / 2
	}
	y := f.y + height - lineUnit*em // of a line for a pen the letters stand at its foot
	if height < lineUnit*em {
		y = f.y
	}
	begin := len(f.boxes)
	for i, w := range line {
		for j, r := range w {
			wide := letters.Width(r.Text, r.Bold) * em
			if last := len(f.boxes) - 1; last >= begin && f.boxes[last].Bold == r.Bold && j == 0 {
				f.boxes[last].Text += " " + r.Text
				f.boxes[last].W += letters.Width(" ", r.Bold)*em + wide
				x = f.boxes[last].X + f.boxes[last].W
				continue
			}
			if i > 0 && j == 0 {
				x += space(em)
			}
			f.boxes = append(f.boxes, Box{x, y, wide, min(height, lineUnit*em), r.Text, r.Bold, em})
			x += wide
		}
	}
}

// weight writes the net weight in one line: the word small, the amount tall, both
// on one baseline.
func (f *flow) weight(s Sticker, em, tall, y float64) {
	height := lineUnit * tall
	left, right := f.room(y, height)
	word, amount, gap := letters.Width(s.NetWord, false)*em, letters.Width(s.Net, true)*tall, space(em)
	if word == 0 {
		gap = 0
	}
	total := word + gap + amount
	if total > (right-left)*0.998 || y < f.top || y+height > f.bottom+1e-6 {
		f.over = true
		return
	}
	x := left
	if f.centre {
		x += (right - left - total) / 2
	}
	if word > 0 {
		f.boxes = append(f.boxes, Box{x, y + letters.Ascent*(tall-em), word, lineUnit * em, s.NetWord, false, em})
	}
	f.boxes = append(f.boxes, Box{x + word + gap, y, amount, height, s.Net, true, tall})
	f.y = y + height
}
