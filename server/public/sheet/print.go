package sheet

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	paint "image/draw"
	"image/png"
	"math"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"github.com/lapak-berdaya/lapak/internal/letters"
)

// Print draws a placed sticker as a PDF: as often as a sheet of A4 holds, or once
// on a page of its own size. lines adds hairlines to cut along.
func Print(p Placed, title, brand string, lines bool) ([]byte, error) {
	page := fpdf.SizeType{Wd: p.Width, Ht: p.Height}
	if p.Sheet() {
		page = fpdf.SizeType{Wd: 210, Ht: 297}
	}
	out := newPDF(fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: page}, title, brand)
	out.AddPage()
	for row := range p.Rows {
		for column := range p.Columns {
			x := p.Left + float64(column)*(p.Width+p.Gap)
			y := p.Top + float64(row)*p.Height
			if !p.Sheet() {
				x, y = 0, 0
			}
			if lines {
				out.SetDrawColor(190, 190, 190)
				out.SetLineWidth(0.1)
				if p.Round {
					out.Circle(x+p.Width/2, y+p.Height/2, p.Width/2-0.1, "D")
				} else {
					out.Rect(x+0.05, y+0.05, p.Width-0.1, p.Height-0.1, "D")
				}
			}
			p.print(out, x, y)
		}
	}
	var b bytes.Buffer
	if err := out.Output(&b); err != nil {
		return nil, fmt.Errorf("sheet: label: %w", err)
	}
	return b.Bytes(), nil
}

// print draws one sticker with its corner at a place of the page. Everything is
// black: thermal printers know no other colour.
func (p Placed) print(out *fpdf.Fpdf, x, y float64) {
	out.SetTextColor(0, 0, 0)
	for _, b := range p.Texts {
		out.SetFont("letters", style(b.Bold), 1)
		out.SetFontUnitSize(b.Em)
		out.Text(x+b.X, y+b.base(), b.Text)
	}
	if p.Code != nil {
		out.SetFillColor(0, 0, 0)
		p.Code.dots(func(left, top, w, h float64) { out.Rect(x+left, y+top, w, h, "F") })
	}
	if p.Stamp != nil {
		out.SetAlpha(0.35, "Normal")
		out.SetTextColor(190, 20, 20)
		out.SetFont("letters", "B", 1)
		out.SetFontUnitSize(p.Stamp.Em)
		out.Text(x+p.Stamp.X, y+p.Stamp.Y+letters.CapHeight*p.Stamp.Em, p.Stamp.Text)
		out.SetAlpha(1, "Normal")
	}
}

func style(bold bool) string {
	if bold {
		return "B"
	}
	return ""
}

// dots calls draw for each dark stretch of the code.
func (c Code) dots(draw func(x, y, w, h float64)) {
	runs(c.cells, func(x, y, n int) {
		dot := c.Side / float64(c.cells.Bounds().Dx())
		draw(c.X+float64(x)*dot, c.Y+float64(y)*dot, float64(n)*dot, dot)
	})
}

// Picture draws a placed sticker as a PNG for the screen, dots to the millimetre.
func Picture(p Placed, dots float64) ([]byte, error) {
	side := func(mm float64) int { return int(math.Round(mm * dots)) }
	area := image.Rect(0, 0, side(p.Width), side(p.Height))
	img := image.NewRGBA(area)
	paint.Draw(img, area, image.White, image.Point{}, paint.Src)
	if p.Code != nil {
		p.Code.dots(func(x, y, w, h float64) {
			paint.Draw(img, image.Rect(side(x), side(y), side(x+w), side(y+h)), image.Black, image.Point{}, paint.Src)
		})
	}
	type cut struct {
		bold bool
		em   float64
	}
	faces := map[cut]font.Face{}
	write := func(b Box, base float64, ink image.Image) error {
		face := faces[cut{b.Bold, b.Em}]
		if face == nil {
			var err error
			if face, err = letters.Face(b.Bold, b.Em*dots); err != nil {
				return fmt.Errorf("sheet: preview: %w", err)
			}
			faces[cut{b.Bold, b.Em}] = face
		}
		pen := font.Drawer{Dst: img, Src: ink, Face: face, Dot: fixed.Point26_6{X: fixed.Int26_6(b.X * dots * 64), Y: fixed.Int26_6(base * dots * 64)}}
		pen.DrawString(b.Text)
		return nil
	}
	for _, b := range p.Texts {
		if err := write(b, b.base(), image.Black); err != nil {
			return nil, err
		}
	}
	if p.Stamp != nil {
		red := image.NewUniform(color.NRGBA{190, 20, 20, 90})
		if err := write(*p.Stamp, p.Stamp.Y+letters.CapHeight*p.Stamp.Em, red); err != nil {
			return nil, err
		}
	}
	if p.Round {
		rim(img)
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		return nil, fmt.Errorf("sheet: preview: %w", err)
	}
	return b.Bytes(), nil
}

// rim takes away what lies outside of a round sticker.
func rim(img *image.RGBA) {
	r := float64(img.Rect.Dx()) / 2
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if math.Hypot(float64(x)+0.5-r, float64(y)+0.5-r) > r {
				img.SetRGBA(x, y, color.RGBA{})
			}
		}
	}
}
