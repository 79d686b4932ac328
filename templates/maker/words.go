package maker

import (
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// word is a sentence of this package's pages that stands in more than one place.
func word(name string) string { return text.T("maker.word." + name) }

// key is the form key as the hidden field of a form of one button.
func key(formKey string) []view.Hidden { return []view.Hidden{{Name: "form_key", Value: formKey}} }

func flag(on bool) string {
	if on {
		return "1"
	}
	return ""
}

// priceOf is a price with the unit it buys: "Rp28.000 / stoples".
func priceOf(m money.Rupiah, unit string) string {
	if unit == "" {
		return m.String()
	}
	return m.String() + " " + text.T("ui.price.per", "unit", unit)
}

func photoWord(v Review) string {
	if len(v.Pictures) > 0 {
		return text.T("maker.review.photos")
	}
	return text.T("maker.photo.label")
}

func bankWord(b BankCard) string {
	if b.Now == "" && b.Proposed == "" {
		return text.T("maker.money.bank_add")
	}
	return text.T("maker.money.bank_change")
}

// signed writes a movement with its sign, so that in and out are told apart
// without colour.
func signed(m money.Rupiah) string {
	if m > 0 {
		return "+" + m.String()
	}
	return m.String()
}

// pictureState is "ready" when every picture can be seen; js/status.js looks for
// the change.
func pictureState(pictures []view.Picture) string {
	for _, p := range pictures {
		if p.Key != "" && !p.Ready {
			return "soon"
		}
	}
	return "ready"
}

// pieces writes an amount of things with dots between thousands.
func pieces(n int64) string { return money.Group(uint64(max(n, 0))) }
