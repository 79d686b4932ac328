// Package label makes the label of a product from what is known of it: what the
// law wants on it in its place, what is missing, and what is left out and why.
// Makers and curators print the same one.
package label

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/public/sheet"
)

// Goods are what a label is made from.
type Goods struct {
	Revision     catalog.Revision
	Shop         catalog.Shop
	Certificates []catalog.Certificate // of the product and of its whole shop
	Now          time.Time
	Address      string // absolute, of the product's page; "" while there is none
}

// Options are what the person at the screen chose.
type Options struct {
	Made  time.Time // day of production in the shop's zone; zero: left for a pen
	Code  string    // of the batch; "": made from the day
	Price bool
}

// Label is what is printed, what the law asks for and is missing, and what was
// left out.
type Label struct {
	Sticker sheet.Sticker
	Missing []catalog.Requirement
	Left    []string // sentences
}

// printed are the kinds whose numbers stand on a label, in their order.
var printed = []catalog.CertificateKind{catalog.PIRT, catalog.BPOM, catalog.Halal, catalog.SNI, catalog.BTKP}

// Of makes the label. Only certificates that are confirmed and hold now are on it.
// The maker is named by the shop's name and its public place, never by an address.
func Of(g Goods, o Options) Label {
	r, l := g.Revision, g.Revision.Label
	out := Label{Sticker: sheet.Sticker{Name: r.Title, Address: g.Address, Brand: text.T("ui.brand.name")}}
	s := &out.Sticker
	add := func(key, value string) {
		if value = strings.TrimSpace(value); value != "" {
			s.Parts = append(s.Parts, sheet.Part{Runs: []sheet.Run{{Text: text.T(key) + " ", Bold: true}, {Text: value}}})
		}
	}
	if l.Composition != "" {
		runs := []sheet.Run{{Text: text.T("label.composition") + " ", Bold: true}}
		for _, c := range l.Stretches() {
			runs = append(runs, sheet.Run{Text: c.Text, Bold: c.Allergen})
		}
		s.Parts = append(s.Parts, sheet.Part{Runs: runs})
	}
	if len(l.Allergens) > 0 { // directly below the list of ingredients
		var names []string
		for _, a := range l.Allergens {
			names = append(names, text.T("publiclabel.allergen."+string(a)))
		}
		s.Parts = append(s.Parts, sheet.Part{Runs: []sheet.Run{{Text: text.T("label.contains", "list", strings.Join(names, ", ")), Bold: true}}})
	}
	for _, f := range l.FactRows() {
		if f.Name == "" {
			s.Parts = append(s.Parts, sheet.Part{Runs: []sheet.Run{{Text: f.Value}}})
			continue
		}
		s.Parts = append(s.Parts, sheet.Part{Runs: []sheet.Run{{Text: f.Name + ": ", Bold: true}, {Text: f.Value}}})
	}
	add("label.storage", l.Storage)
	add("label.maker", g.Shop.Name+", "+g.Shop.Place())
	if food(r) {
		s.Parts = append(s.Parts, dates(l, o)...)
	}
	if o.Price && r.Price > 0 {
		s.Parts = append(s.Parts, sheet.Part{Runs: []sheet.Run{{Text: r.Price.String(), Bold: true}}})
	}
	for _, kind := range printed {
		number, why := number(g, kind)
		if number != "" {
			s.Parts = append(s.Parts, sheet.Part{Runs: []sheet.Run{{Text: text.T("label.number."+string(kind), "number", joined(bare(number)))}}})
		} else if why != "" {
			out.Left = append(out.Left, text.T("label.left."+why, "kind", text.T("publiclabel.kind."+string(kind))))
		}
	}
	marks := catalog.MarksFor(g.Certificates, g.Now)
	if marks.Has(catalog.NotHalal) {
		s.Parts = append(s.Parts, sheet.Part{Runs: []sheet.Run{{Text: text.T("label.not_halal"), Bold: true}}})
	}
	if l.NetAmount > 0 {
		s.NetWord, s.Net, s.NetHeight = text.T("label.net."+l.NetUnit), net(l), netHeight(l.NetAmount)
	}
	if g.Address == "" {
		out.Left = append(out.Left, text.T("label.left.code"))
	}
	for _, m := range catalog.Missing(r, marks) {
		if m.Must && m.Key() != "kitchen" { // where it is made stands on no label
			out.Missing = append(out.Missing, m)
		}
	}
	if len(out.Missing) > 0 {
		s.Stamp = text.T("label.stamp")
	}
	return out
}

// food reports whether the label tells when the goods were made and how long they
// keep.
func food(r catalog.Revision) bool {
	return catalog.AsksForLabel(r) || r.Label.Composition != "" || r.Label.ShelfDays > 0
}

// dates are day and code of production and the last good day, or lines for a pen.
func dates(l catalog.Label, o Options) []sheet.Part {
	line := func(key, value string) sheet.Part {
		if value == "" {
			return sheet.Part{Write: true, Runs: []sheet.Run{{Text: text.T(key) + " ", Bold: true}, {Text: strings.Repeat("_", 14)}}}
		}
		return sheet.Part{Runs: []sheet.Run{{Text: text.T(key) + " ", Bold: true}, {Text: value}}}
	}
	made, best := "", ""
	if !o.Made.IsZero() {
		code := o.Code
		if code == "" {
			code = o.Made.Format("060102")
		}
		made = joined(calendar.Date(o.Made)) + " / " + code
		if l.ShelfDays > 0 {
			best = joined(calendar.Date(o.Made.AddDate(0, 0, int(l.ShelfDays))))
		}
	}
	return []sheet.Part{line("label.made", made), line("label.best", best)}
}

// bare is a number without the name of its kind, which stands before it anyway.
func bare(number string) string {
	for _, name := range []string{"P-IRT", "PIRT", "BPOM RI", "BPOM", "BTKP", "SNI", "No."} {
		if len(number) > len(name) && strings.EqualFold(number[:len(name)], name) {
			number = strings.TrimLeft(number[len(name):], " .:")
		}
	}
	return number
}

// joined keeps a date or a number in one line.
func joined(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") }

// number is the one of a kind that may be printed now; else why there is none:
// waiting, refused, over, early, or "" when nobody entered one. One of the product
// itself comes before one of the shop.
func number(g Goods, kind catalog.CertificateKind) (number, why string) {
	list := slices.Clone(g.Certificates)
	slices.SortStableFunc(list, func(a, b catalog.Certificate) int {
		switch {
		case a.ProductID != nil && b.ProductID == nil:
			return -1
		case a.ProductID == nil && b.ProductID != nil:
			return 1
		}
		return 0
	})
	for _, c := range list {
		switch {
		case c.Kind != kind:
		case c.HoldsAt(g.Now):
			return c.Number, ""
		case c.State == catalog.CertificateEntered:
			why = "waiting"
		case c.State == catalog.CertificateRefused && why == "":
			why = "refused"
		case c.State == catalog.CertificateConfirmed && why == "":
			why = "over"
			if c.StartsAt != nil && c.StartsAt.After(g.Now) {
				why = "early"
			}
		}
	}
	return "", why
}

// net writes the amount with the symbol of its unit, in whole kilograms or litres
// where it is one.
func net(l catalog.Label) string {
	amount, unit := l.NetAmount, l.NetUnit
	if amount%1000 == 0 {
		amount, unit = amount/1000, map[string]string{"g": "kg", "ml": "L"}[unit]
	}
	return joined(fmt.Sprintf("%s %s", money.Group(uint64(amount)), unit))
}

// netHeight is the least height of the amount's digits in millimetres (OIML R 79,
// which the rules on packaged goods follow, UU 2/1981 art. 22 and Permendag
// 31/2011): 2 up to 50 g or ml, 3 up to 200, 4 up to 1000, else 6.
func netHeight(amount int64) float64 {
	switch {
	case amount <= 50:
		return 2
	case amount <= 200:
		return 3
	case amount <= 1000:
		return 4
	}
	return 6
}
