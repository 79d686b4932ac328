// Package advice reads a submission as an attentive colleague would and says what
// could be better: photos that are small, blurred or dark, a missing net weight,
// promises of health, allergens that the label does not name, certificates that
// look odd or end soon, prices far from those of similar goods, and addresses,
// numbers and links that must not be public.
//
// It advises and never blocks: what blocks is a hard rule of package curation.
// Everything here is a pure function of its Input. It asks no database, so a page
// can call it with what it has read anyway.
//
// It may import catalog, media and internal packages, not curation, which may
// ask it.
package advice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
)

// Strength is how much an item matters.
type Strength int

// The strengths, strongest first.
const (
	Strong Strength = iota // should not be published like this
	Mild                   // would be better otherwise
	Note                   // good to know; nothing to mend
)

// The aspects, by the names that curation.Aspect has for them.
const (
	Photo = "photo"
	Label = "label"
	Name  = "name"
	Price = "price"
	Legal = "legal"
)

// Part is what of a submission an item is about: where to mend it.
type Part string

// The parts.
const (
	Photos       Part = "photos"
	Title        Part = "title"
	Description  Part = "description"
	Composition  Part = "composition" // and net weight
	Allergens    Part = "allergens"
	Keeping      Part = "keeping" // storage, packaging, production, facts
	Prices       Part = "prices"
	Tiers        Part = "tiers"
	Variants     Part = "variants"
	Certificates Part = "certificates"
)

// Item is one piece of advice.
type Item struct {
	Aspect   string
	Key      string // of its sentence in package text
	Args     []any  // of the sentence: names and values
	Strength Strength
	Part     Part
}

// Text is the sentence, for maker and curator alike.
func (i Item) Text() string { return text.T(i.Key, i.Args...) }

// Input is what was read of a submission.
type Input struct {
	Revision     catalog.Revision
	Pictures     map[int64]media.Picture // those of the revision that exist
	Certificates []catalog.Certificate   // of the shop and this product
	Similar      []catalog.LivePrice     // of goods of its category (catalog.LivePrices)
	Now          time.Time
}

// Of returns the advice about a submission, strongest first within each aspect,
// and the aspects in the order of the checklist.
func Of(in Input) []Item {
	out := slices.Concat(photos(in), label(in.Revision), words(in.Revision), certificates(in), prices(in))
	order := []string{Photo, Label, Name, Price, Legal}
	slices.SortStableFunc(out, func(a, b Item) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Aspect), slices.Index(order, b.Aspect)), cmp.Compare(a.Strength, b.Strength))
	})
	return out
}

// For a photo to be good enough. The sharpness was measured on the demo's
// pictures: all are above 150, and blurred by half a percent of their width all
// are below 25.
const (
	smallSide   = 1000 // pixels of the longer side; the largest size pages show is 1280
	blurred     = 60
	darkBelow   = 100
	paleAbove   = 235
	fewPictures = 2
)

func photos(in Input) []Item {
	found := map[string][]int{} // numbers of the photos, from 1, by key
	for i, id := range in.Revision.Pictures {
		add := func(key string) { found[key] = append(found[key], i+1) }
		p, known := in.Pictures[id]
		if !known || p.State == media.StateFailed {
			add("advice.photo_broken")
			continue
		}
		if max(p.Width, p.Height) < smallSide {
			add("advice.photo_small")
		}
		look, measured := p.Look()
		switch {
		case !measured:
		case look.Highlight < darkBelow:
			add("advice.photo_dark")
		case look.Shadow > paleAbove:
			add("advice.photo_pale")
		case look.Sharpness < blurred:
			add("advice.photo_blurred")
		}
	}
	var out []Item
	for _, k := range []struct {
		key      string
		strength Strength
	}{{"advice.photo_broken", Strong}, {"advice.photo_blurred", Mild}, {"advice.photo_dark", Mild}, {"advice.photo_pale", Mild}, {"advice.photo_small", Mild}} {
		if n := found[k.key]; len(n) > 0 {
			out = append(out, Item{Photo, k.key, []any{"photos", numbers(n), "least", money.Group(smallSide)}, k.strength, Photos})
		}
	}
	if n := len(in.Revision.Pictures); n > 0 && n < fewPictures {
		out = append(out, Item{Photo, "advice.photo_one", nil, Mild, Photos})
	}
	return out
}

func numbers(list []int) string {
	var words []string
	for _, n := range list {
		words = append(words, fmt.Sprint(n))
	}
	return and(words)
}

// and joins as Indonesian does: "2, 5 dan 7".
func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return text.T("advice.and", "list", strings.Join(words[:last], ", "), "last", words[last])
}
