package web

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
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

// Proof is what to look for on a shop's own account, the exact sum and the number of
// the order, with the n photos the buyer sent: photo gives each and when it came.
func Proof(amount money.Rupiah, number string, n int, photo func(i int) (media.Picture, string)) *view.Proof {
	v := &view.Proof{Look: []view.Fact{{Label: text.T("ui.proof.amount"), Value: amount.String()}, {Label: text.T("ui.proof.reference"), Value: number}}}
	for i := range n {
		p, at := photo(i)
		shown := Picture(p, text.T("ui.proof.photo", "at", at))
		if !shown.Ready {
			shown.Source = p.Path(640, "jpg") // the photo as sent, until its sizes are made
		}
		v.Photos = append(v.Photos, shown)
	}
	return v
}
