// Package letters is the typeface of what the program draws itself: posters, price
// cards and the pictures of shared links. It is Go's own family (BSD licence, part
// of golang.org/x/image), which has every letter of Indonesian and no emoji.
package letters

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// Regular and Bold are the two fonts as TrueType files.
var (
	Regular = goregular.TTF
	Bold    = gobold.TTF
)

var parsed = sync.OnceValues(func() (*sfnt.Font, *sfnt.Font) {
	regular, err := opentype.Parse(Regular)
	if err != nil {
		panic(err) // embedded: cannot fail in a built program
	}
	bold, err := opentype.Parse(Bold)
	if err != nil {
		panic(err)
	}
	return regular, bold
})

// Face returns a font in a size of pixels. A face is for one goroutine.
func Face(bold bool, pixels float64) (font.Face, error) {
	regular, strong := parsed()
	if bold {
		regular = strong
	}
	return opentype.NewFace(regular, &opentype.FaceOptions{Size: pixels, DPI: 72, Hinting: font.HintingNone})
}

// Printable is s as far as the fonts can write it: what they lack (emoji, other
// scripts) is left out, white space becomes one space.
func Printable(s string) string {
	regular, _ := parsed()
	var buf sfnt.Buffer
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.IsControl(r) || r > 0xFFFF {
			return -1
		}
		if glyph, err := regular.GlyphIndex(&buf, r); err != nil || glyph == 0 {
			return -1
		}
		return r
	}, s)), " ")
}

// Wrap breaks a text into at most most lines that fit; the last one ends in an
// ellipsis when words had to be left out. fits reports whether a line fits.
func Wrap(s string, most int, fits func(line string) bool) []string {
	var lines []string
	words := strings.Fields(s)
	for len(words) > 0 && len(lines) < most {
		line := words[0]
		for !fits(line) && len([]rune(line)) > 1 { // one word longer than the line
			r := []rune(line)
			line = string(r[:len(r)-1])
		}
		if line != words[0] {
			words[0] = strings.TrimPrefix(words[0], line)
			lines = append(lines, line)
			continue
		}
		n := 1
		for n < len(words) && fits(line+" "+words[n]) {
			line += " " + words[n]
			n++
		}
		words = words[n:]
		lines = append(lines, line)
	}
	if len(words) > 0 && len(lines) > 0 {
		last := lines[len(lines)-1]
		for !fits(last+"…") && last != "" {
			r := []rune(last)
			last = strings.TrimSpace(string(r[:len(r)-1]))
		}
		lines[len(lines)-1] = last + "…"
	}
	return lines
}

// Ascent is where a line of letters begins above its baseline, XHeight and
// CapHeight how tall "x" and the capitals are, all in parts of the size.
const (
	Ascent    = 0.94
	XHeight   = 0.53
	CapHeight = 0.72
)

// widths are the advances of both fonts by rune, in parts of the size.
var widths = sync.OnceValue(func() (out [2][]float32) {
	regular, bold := parsed()
	for i, f := range []*sfnt.Font{regular, bold} {
		out[i] = make([]float32, 0x10000)
		var buf sfnt.Buffer
		em := fixed.I(int(f.UnitsPerEm()))
		for r := rune(' '); int(r) < len(out[i]); r++ {
			glyph, err := f.GlyphIndex(&buf, r)
			if err != nil || glyph == 0 {
				continue
			}
			if advance, err := f.GlyphAdvance(&buf, glyph, em, font.HintingNone); err == nil {
				out[i][r] = float32(advance) / float32(em)
			}
		}
	}
	return out
})

// Width is how wide a text of one line is, in parts of the size. What the fonts
// lack counts nothing. It may be asked by many at once.
func Width(s string, bold bool) (w float64) {
	table := widths()[0]
	if bold {
		table = widths()[1]
	}
	for _, r := range s {
		if int(r) < len(table) {
			w += float64(table[r])
		}
	}
	return w
}
