package web

import (
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Picture is a stored picture as templates draw it; alt is what it shows. The
// zero picture (key "") draws an empty surface.
func Picture(p media.Picture, alt string) view.Picture {
	return view.Picture{
		Key: p.Key, Alt: alt, Colour: p.Colour, Width: p.Width, Height: p.Height, Ready: p.State == media.StateReady,
	}
}
