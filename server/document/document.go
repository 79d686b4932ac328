// Package document draws the papers of an order as PDF: confirmation, packing
// slip, invoice and receipt. It knows no order: who may read what is decided by
// those who fill a Paper. It imports internal packages only.
package document

import (
	"bytes"
	"fmt"
	"net/http"

	"codeberg.org/go-pdf/fpdf"

	"github.com/lapak-berdaya/lapak/internal/letters"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// DutyAbove is the amount above which a receipt needs a duty stamp (UU 10/2020,
// domain.md B26), Duty what the stamp costs.
const (
	DutyAbove money.Rupiah = 5_000_000
	Duty      money.Rupiah = 10_000
)

// Issuer is who stands behind the papers: the operator that holds buyers' money.
type Issuer struct{ Name, Address, Contact string }

// Fact is a label with its value; one without a value is left out.
type Fact struct{ Label, Value string }

// Sum is one amount under the table. What counts is Strong.
type Sum struct {
	Label, Value string
	Strong       bool
}

// Line is one row of the table. One with a Title alone is a heading over those
// that follow it.
type Line struct{ Title, Note, Quantity, Price, Amount string }

func (l Line) heading() bool { return l.Quantity == "" && l.Price == "" && l.Amount == "" }

// Size is the paper a document is drawn on.
type Size struct{ width, height, margin float64 }

// The sizes: A4, and A6 for what is stuck on a parcel (label printers take it, and
// four of them fit a sheet of A4).
var (
	A4 = Size{210, 297, 17}
	A6 = Size{105, 148, 7}
)

// Paper is one document of as many pages as it needs.
type Paper struct {
	Size                 Size // A4 unless said
	Title, Number, Brand string
	Issuer               Issuer   // beside the brand
	State                string   // in a frame under the number: what counts now
	To                   []string // large, the first line largest: where a parcel goes
	Facts                []Fact
	Head                 Line // of the columns; those without a word are left out
	Tick                 bool // with a box to tick off before each line
	Lines                []Line
	Sums                 []Sum
	Words                string // the sum that counts in words
	Notes                []string
	Boxed                string // the last note, in a frame
	Code, CodeLabel      string // what the code says, and the words below it; "" for none
	CodeWords            string // large below the code: what to say where it cannot be scanned
	Page                 string // the word before page numbers
}

// sheet is a paper while it is drawn, from the top down.
type sheet struct {
	*fpdf.Fpdf
	Size
	paper Paper
	y     float64
	pages int
	table bool // the head of the table stands on every page it reaches
}

// Draw is the paper as a PDF. Words of any length and letters of any kind are
// taken; what the letters lack (emoji) is left out. Long tables go on over pages;
// the sums stay together, with the last line.
func Draw(p Paper) ([]byte, error) {
	if p.Size == (Size{}) {
		p.Size = A4
	}
	s := &sheet{Fpdf: fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: p.Size.width, Ht: p.Size.height}}), Size: p.Size, paper: p}
	s.SetAutoPageBreak(false, 0)
	s.SetMargins(0, 0, 0)
	s.SetTitle(letters.Printable(p.Title+" "+p.Number), true)
	s.SetCreator(letters.Printable(p.Brand), true)
	s.AddUTF8FontFromBytes("letters", "", letters.Regular)
	s.AddUTF8FontFromBytes("letters", "B", letters.Bold)
	s.next()
	if err := s.begin(); err != nil {
		return nil, err
	}
	s.lines()
	s.sums()
	s.notes()
	s.feet()
	var out bytes.Buffer
	if err := s.Output(&out); err != nil {
		return nil, fmt.Errorf("document: pdf: %w", err)
	}
	return out.Bytes(), nil
}

// begin is what stands above the table.
func (s *sheet) begin() error {
	p, wide := s.paper, s.inside()
	side := 0.0 // of the code, in a column of its own at the right
	if p.Code != "" {
		side = s.pick(40, 27)
	}
	under, room := 0.0, wide
	if side > 0 {
		var err error
		if under, err = s.code(s.y, side); err != nil {
			return err
		}
		room -= side + s.pick(8, 4)
	}
	for i, line := range p.To {
		style, points := "", 9.5
		if i == 0 {
			style, points = "B", 11.5
		}
		s.atMost(line, 4, style, points, ink, s.margin, room)
	}
	if len(p.To) > 0 {
		s.y += 2
	}
	s.facts(under, room)
	if s.pages == 1 {
		s.y = max(s.y, under)
	}
	s.y += s.pick(4, 2)
	return nil
}

// facts stand in two columns: beside the code in what it leaves, below it over
// the whole page.
func (s *sheet) facts(under, beside float64) {
	var told []Fact
	for _, f := range s.paper.Facts {
		if letters.Printable(f.Value) != "" {
			told = append(told, f)
		}
	}
	const columns = 2
	label, value := s.pick(8.5, 7), s.pick(10.5, 9)
	for len(told) > 0 {
		row := told[:min(columns, len(told))]
		told = told[len(row):]
		room := s.inside()
		if s.pages == 1 && s.y < under {
			room = beside
		}
		wide, high := (room-6)/columns, 0.0
		for _, f := range row {
			high = max(high, s.high(f.Label, "", label, wide, factLines)+s.high(f.Value, "", value, wide, factLines))
		}
		s.keep(high)
		top := s.y
		for i, f := range row {
			x := s.margin + float64(i)*(wide+6)
			s.y = top
			s.atMost(f.Label, factLines, "", label, soft, x, wide)
			s.atMost(f.Value, factLines, "", value, ink, x, wide)
		}
		s.y = top + high + s.pick(2, 1)
	}
}

// lines is the table.
func (s *sheet) lines() {
	if len(s.paper.Lines) == 0 {
		return
	}
	s.table = true
	s.head()
	for i, l := range s.paper.Lines {
		if i == len(s.paper.Lines)-1 {
			s.keep(s.lineHigh(l) + s.sumsHigh())
		} else if l.heading() {
			s.keep(s.lineHigh(l) + s.lineHigh(s.paper.Lines[i+1]))
		}
		s.line(l)
		if i < len(s.paper.Lines)-1 && !l.heading() {
			s.ruleBelow()
		}
	}
	s.table = false
	s.rule(0.3, edge)
}

// sumsHigh is what the sums with their words need.
func (s *sheet) sumsHigh() float64 {
	high := 4.0
	for _, f := range s.paper.Sums {
		high += s.sumHigh(f)
	}
	return high + s.high(s.paper.Words, "", s.pick(9.5, 8), s.inside(), mostLines) + 4
}

func (s *sheet) sumHigh(f Sum) float64 {
	points, left := s.sumSize(f)
	return s.high(f.Label, "B", points, left, mostLines) + s.pick(1.6, 1)
}

// sumSize is how large a sum is written, and how wide its words may be.
func (s *sheet) sumSize(f Sum) (points, wide float64) {
	points = s.pick(10.5, 9)
	if f.Strong {
		points = s.pick(13, 11)
	}
	return points, s.sumWide() - s.pick(46, 34)
}

func (s *sheet) sumWide() float64 { return s.inside() * s.pick(0.6, 1) }

func (s *sheet) sums() {
	s.keep(s.sumsHigh())
	s.y += 2
	left := s.width - s.margin - s.sumWide()
	for _, f := range s.paper.Sums {
		points, wide := s.sumSize(f)
		style, top := "", s.y
		if f.Strong {
			style = "B"
			s.fill(wash, left-2, top-0.6, s.sumWide()+2+s.pick(2, 1), s.sumHigh(f))
		}
		s.y = top + 0.4
		s.right(f.Value, style, points, s.width-s.margin, ink)
		s.text(f.Label, style, points, ink, left, wide)
		s.y = top + s.sumHigh(f)
	}
	if s.paper.Words != "" {
		s.y += 1.5
		s.text(s.paper.Words, "", s.pick(9.5, 8), soft, s.margin, s.inside())
	}
	s.y += s.pick(4, 2)
}

func (s *sheet) notes() {
	points := s.pick(9.5, 8)
	for _, n := range s.paper.Notes {
		s.keep(min(s.high(n, "", points, s.inside(), mostLines), 30))
		s.text(n, "", points, soft, s.margin, s.inside())
		s.y += 1.4
	}
	if s.paper.Boxed == "" {
		return
	}
	high := s.high(s.paper.Boxed, "", points, s.inside()-8, mostLines) + 6
	s.keep(high + 2)
	s.y += 2
	s.frame(s.margin, s.y, s.inside(), high)
	s.y += 3
	s.text(s.paper.Boxed, "", points, ink, s.margin+4, s.inside()-8)
}

// Send answers with a paper. Nobody keeps it: it holds names and addresses.
func Send(w http.ResponseWriter, method, name string, p Paper) error {
	data, err := Draw(p)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `inline; filename="`+name+`.pdf"`)
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if method == http.MethodHead {
		return nil
	}
	_, err = w.Write(data)
	return err
}
