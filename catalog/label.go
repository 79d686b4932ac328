package catalog

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// Limits of what a label says.
const (
	MaxNet       = 1_000_000 // grams or millilitres
	MaxShelfDays = 3650
	MaxLabelText = 1000 // letters of composition or facts
	MaxLabelLine = 200  // letters of storage, packaging, production
	MaxFacts     = 20
)

// Allergen is the code of one thing that people can be allergic to.
type Allergen string

// Label is what stands, or has to stand, on the goods themselves. It is part of a
// revision: reviewed with it, and sealed with it.
type Label struct {
	Composition    string     // as the maker wrote it
	NetAmount      int64      // in NetUnit; 0: not given
	NetUnit        string     // "g" or "ml"
	Allergens      []Allergen `gorm:"-"` // in the order of Allergens
	AllergensKnown bool       // the maker confirmed them: none of them means it holds none
	ShelfDays      int64      // how long it keeps, from the day it was made; 0: not given
	Storage        string
	Packaging      string
	Production     string  // where production code and expiry date are printed
	Facts          string  // lines of "name: value": material, size, care
	Kitchen        Kitchen // of food; never shown to the public
}

// Kitchen is the kind of kitchen food is made in: a P-IRT is for one at home
// (domain notes B2). It is a kind, never an address.
type Kitchen string

// The kinds of kitchens; "" while the maker was not asked.
const (
	KitchenHome        Kitchen = "home"
	KitchenRented      Kitchen = "rented"      // or shared
	KitchenInstitution Kitchen = "institution" // of an agency, a school, a prison
)

// Kitchens are the kinds in the order pages show them.
func Kitchens() []Kitchen { return []Kitchen{KitchenHome, KitchenRented, KitchenInstitution} }

// LabelFact is one line of Label.Facts.
type LabelFact struct{ Name, Value string }

// FactRows are the facts, line by line; a line without a colon is a value alone.
func (l Label) FactRows() []LabelFact {
	var out []LabelFact
	for line := range strings.Lines(l.Facts) {
		name, value, found := strings.Cut(strings.TrimSpace(line), ":")
		switch {
		case found && strings.TrimSpace(value) != "":
			out = append(out, LabelFact{strings.TrimSpace(name), strings.TrimSpace(value)})
		case name != "":
			out = append(out, LabelFact{"", name})
		}
	}
	return out
}

// Empty reports whether the label says nothing to the public.
func (l Label) Empty() bool {
	return l.Composition == "" && l.NetAmount == 0 && !l.AllergensKnown && l.ShelfDays == 0 && l.Storage == "" &&
		l.Packaging == "" && l.Production == "" && l.Facts == ""
}

// LabelChange is what one screen of the maker's form changes of a label; nil
// fields stay. Setting Allergens confirms them.
type LabelChange struct {
	Composition *string
	NetAmount   *int64
	NetUnit     *string
	Allergens   *[]Allergen
	ShelfDays   *int64
	Storage     *string
	Packaging   *string
	Production  *string
	Facts       *string
	Kitchen     *Kitchen
}

// columns checks the change and returns it by column; faults are added to bad.
func (c LabelChange) columns(bad *fault.Error) map[string]any {
	set := map[string]any{}
	text := func(field string, s *string, clean func(string) string, most int) {
		if s == nil {
			return
		}
		v := clean(*s)
		if letters(v) > most {
			bad.With(field, "catalog.too_long", "max", most)
		}
		set[field] = v
	}
	text("composition", c.Composition, cleanText, MaxLabelText)
	text("storage", c.Storage, cleanLine, MaxLabelLine)
	text("packaging", c.Packaging, cleanLine, MaxLabelLine)
	text("production", c.Production, cleanLine, MaxLabelLine)
	text("facts", c.Facts, cleanText, MaxLabelText)
	if c.Facts != nil && strings.Count(cleanText(*c.Facts), "\n") >= MaxFacts {
		bad.With("facts", "catalog.label.facts", "max", MaxFacts)
	}
	if c.NetAmount != nil {
		if *c.NetAmount < 0 || *c.NetAmount > MaxNet {
			bad.With("net_amount", "catalog.label.net")
		}
		set["net_amount"] = *c.NetAmount
	}
	if c.NetUnit != nil {
		if *c.NetUnit != "g" && *c.NetUnit != "ml" {
			bad.With("net_unit", "catalog.label.net_unit")
		}
		set["net_unit"] = *c.NetUnit
	}
	if c.ShelfDays != nil {
		if *c.ShelfDays < 0 || *c.ShelfDays > MaxShelfDays {
			bad.With("shelf_days", "catalog.label.shelf", "max", MaxShelfDays)
		}
		set["shelf_days"] = *c.ShelfDays
	}
	if c.Kitchen != nil {
		if !slices.Contains(Kitchens(), *c.Kitchen) {
			bad.With("kitchen", "catalog.label.kitchen")
		}
		set["kitchen"] = *c.Kitchen
	}
	if c.Allergens != nil {
		for _, a := range *c.Allergens {
			if !slices.Contains(Allergens(), a) {
				bad.With("allergens", "catalog.label.allergen")
			}
		}
		set["allergens"], set["allergens_known"] = joinAllergens(*c.Allergens), true
	}
	return set
}

// saveLabel changes the label of an open revision. A new label begins with the
// kitchen that the shop named last, so that nobody is asked twice.
func saveLabel(ctx context.Context, tx *gorm.DB, revisionID int64, set map[string]any) error {
	err := tx.WithContext(ctx).Exec(`INSERT INTO revision_labels (revision_id, kitchen)
		SELECT r.id, COALESCE((SELECT l.kitchen FROM products p JOIN products o ON o.shop_id = p.shop_id JOIN revisions x ON x.product_id = o.id
			JOIN revision_labels l ON l.revision_id = x.id WHERE p.id = r.product_id AND l.kitchen <> '' ORDER BY l.revision_id DESC LIMIT 1), '')
		FROM revisions r WHERE r.id = ? ON CONFLICT (revision_id) DO NOTHING`, revisionID).Error
	if err == nil {
		err = tx.WithContext(ctx).Table("revision_labels").Where("revision_id = ?", revisionID).Updates(set).Error
	}
	if err != nil {
		return fmt.Errorf("catalog: save label: %w", err)
	}
	return nil
}

// copyLabel gives a copied revision the label of the one it was copied from.
func copyLabel(ctx context.Context, tx *gorm.DB, from, to int64) error {
	err := tx.WithContext(ctx).Exec(`INSERT INTO revision_labels (revision_id, composition, net_amount, net_unit, allergens, allergens_known,
			shelf_days, storage, packaging, production, facts, kitchen)
		SELECT ?, composition, net_amount, net_unit, allergens, allergens_known, shelf_days, storage, packaging, production, facts, kitchen
		FROM revision_labels WHERE revision_id = ?`, to, from).Error
	if err != nil {
		return fmt.Errorf("catalog: copy label: %w", err)
	}
	return nil
}

// labelsOf returns the labels of revisions that have one.
func labelsOf(ctx context.Context, tx *gorm.DB, revisionIDs []int64) (map[int64]Label, error) {
	var rows []struct {
		RevisionID int64
		Codes      string
		Label
	}
	err := tx.WithContext(ctx).Raw(`SELECT revision_id, allergens AS codes, composition, net_amount, net_unit, allergens_known, shelf_days,
		storage, packaging, production, facts, kitchen FROM revision_labels WHERE revision_id IN ?`, revisionIDs).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("catalog: labels: %w", err)
	}
	out := map[int64]Label{}
	for _, r := range rows {
		r.Label.Allergens = splitAllergens(r.Codes)
		out[r.RevisionID] = r.Label
	}
	return out, nil
}

func joinAllergens(list []Allergen) string {
	var codes []string
	for _, a := range Allergens() { // sorted, each once
		if slices.Contains(list, a) {
			codes = append(codes, string(a))
		}
	}
	return strings.Join(codes, ",")
}

func splitAllergens(codes string) []Allergen {
	var out []Allergen
	for _, code := range strings.Split(codes, ",") {
		if code != "" {
			out = append(out, Allergen(code))
		}
	}
	return out
}

//go:embed data/allergens.txt
var allergenData string

type allergenWords struct {
	code      Allergen
	yes, nope [][]string // folded words of each phrase
}

var allergenBook = sync.OnceValue(func() []allergenWords { return parseAllergens(allergenData) })

func parseAllergens(data string) []allergenWords {
	var out []allergenWords
	for line := range strings.Lines(data) {
		code, phrases, found := strings.Cut(strings.TrimSpace(line), ":")
		if !found || strings.HasPrefix(code, "#") {
			continue
		}
		a := allergenWords{code: Allergen(code)}
		for _, p := range strings.Split(phrases, ",") {
			p, not := strings.CutPrefix(strings.TrimSpace(p), "-")
			if not {
				a.nope = append(a.nope, words(p))
			} else {
				a.yes = append(a.yes, words(p))
			}
		}
		out = append(out, a)
	}
	return out
}

// Allergens are the codes a label can name, in the order it names them.
func Allergens() []Allergen {
	var out []Allergen
	for _, a := range allergenBook() {
		out = append(out, a.code)
	}
	return out
}

// ProposeAllergens reads a composition and returns what it seems to hold. It is a
// proposal: the maker confirms, because the dictionary is small.
func ProposeAllergens(composition string) []Allergen {
	list := strings.Fields(id.Fold(composition))
	var out []Allergen
	for _, a := range allergenBook() {
		rest := slices.Clone(list)
		for _, phrase := range a.nope { // take away what only looks like it
			for i := 0; i+len(phrase) <= len(rest); i++ {
				if begins(rest[i:], phrase) {
					for j := range phrase {
						rest[i+j] = ""
					}
				}
			}
		}
		if slices.ContainsFunc(a.yes, func(phrase []string) bool { return mentions(rest, phrase) }) {
			out = append(out, a.code)
		}
	}
	return out
}

// mentions reports whether the words hold the phrase. The last word of it may go
// on: "kacang tanah" is in "kacang tanahnya".
func mentions(list, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(list); i++ {
		if begins(list[i:], phrase) {
			return true
		}
	}
	return false
}

// endings are what Indonesian adds to a noun; "teri" is in "terinya", not in
// "terigu".
var endings = []string{"", "nya", "ku", "mu", "s"}

func begins(list, phrase []string) bool {
	for i, w := range phrase {
		last := i == len(phrase)-1
		rest, ok := strings.CutPrefix(list[i], w)
		if !ok || !last && rest != "" || last && !slices.Contains(endings, rest) {
			return false
		}
	}
	return len(phrase) > 0
}

// RecipeChanged reports whether food would be made of something else than what is
// live: its composition has other words, however they are written. The halal
// certificate and the label are for the recipe that was shown then.
func RecipeChanged(live, next Revision) bool {
	if !AsksForLabel(live) && !AsksForLabel(next) || live.Label.Composition == "" {
		return false
	}
	return !slices.Equal(words(live.Label.Composition), words(next.Label.Composition))
}

// labelParts are the parts of a label that a requirement can ask for.
var labelParts = []string{"composition", "net", "allergens", "shelf", "storage", "production", "facts"}

// says reports whether the named part is filled.
func (l Label) says(part string) bool {
	switch part {
	case "composition":
		return l.Composition != ""
	case "net":
		return l.NetAmount > 0
	case "allergens":
		return l.AllergensKnown
	case "shelf":
		return l.ShelfDays > 0
	case "storage":
		return l.Storage != ""
	case "production":
		return l.Production != ""
	case "facts":
		return l.Facts != ""
	case "kitchen":
		return l.Kitchen != ""
	}
	return false
}

// Stretch is a piece of a composition; Allergen ones are set off on a label.
type Stretch struct {
	Text     string
	Allergen bool
}

// Stretches cut the composition so that the words which name an allergen stand
// apart (PerBPOM 31/2018: allergens are set in bold in the list of ingredients).
// Joined they are the composition. Which allergens count the maker confirmed;
// before that it is what the dictionary proposes.
func (l Label) Stretches() []Stretch {
	named := l.Allergens
	if !l.AllergensKnown {
		named = ProposeAllergens(l.Composition)
	}
	list, at := tokens(l.Composition)
	bold := make([]bool, len(list))
	for _, a := range allergenBook() {
		if !slices.Contains(named, a.code) {
			continue
		}
		rest := slices.Clone(list)
		each := func(phrases [][]string, found func(i int)) {
			for _, phrase := range phrases {
				for i := 0; i+len(phrase) <= len(rest); i++ {
					if begins(rest[i:], phrase) {
						for j := range phrase {
							found(i + j)
						}
					}
				}
			}
		}
		each(a.nope, func(i int) { rest[i] = "" })
		each(a.yes, func(i int) { bold[i] = true })
	}
	var out []Stretch
	from := 0
	for i := 0; i < len(list); i++ {
		if !bold[i] {
			continue
		}
		begin := at[i][0]
		for i+1 < len(list) && bold[i+1] && strings.TrimSpace(l.Composition[at[i][1]:at[i+1][0]]) == "" {
			i++
		}
		if begin > from {
			out = append(out, Stretch{l.Composition[from:begin], false})
		}
		out = append(out, Stretch{l.Composition[begin:at[i][1]], true})
		from = at[i][1]
	}
	if from < len(l.Composition) {
		out = append(out, Stretch{l.Composition[from:], false})
	}
	return out
}

// tokens are the folded words of a text and where each begins and ends in it.
func tokens(s string) (list []string, at [][2]int) {
	begin := -1
	end := func(i int) {
		if begin >= 0 {
			list, at = append(list, id.Fold(s[begin:i])), append(at, [2]int{begin, i})
			begin = -1
		}
	}
	for i, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) {
			if begin < 0 {
				begin = i
			}
			continue
		}
		end(i)
	}
	end(len(s))
	return list, at
}
