package ui

import (
	"strconv"

	"github.com/lapak-berdaya/lapak/templates/view"
)

// spot is where a pin is drawn, in the picture's own pixels.
type spot struct{ x, y, r, base, size string }

// mark draws a pin large enough for a phone's width, and wholly inside the
// picture.
func mark(p view.Picture, pin view.Pin) spot {
	w, h := int64(p.Width), int64(p.Height)
	r := max(min(w/20, h/6), 1)
	x := min(max(pin.X*w/1000, r), max(w-r, r))
	y := min(max(pin.Y*h/1000, r), max(h-r, r))
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	return spot{n(x), n(y), n(r), n(y + r*2/5), n(r * 6 / 5)}
}
