package catalog

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed data/requirements.csv
var requirementData string

// Requirement is one thing the law asks of some goods (data/requirements.csv).
type Requirement struct {
	Rule         RuleName          // the hard rule that holds it; "" for advice
	Label        string            // a part of the label: composition, net, allergens, shelf, storage, production, facts, kitchen; "" for a certificate
	Certificates []CertificateKind // one of these is enough; for the kitchen in place of one at home
	Must         bool              // the hard rule may stop a publication without it
	Source       string            // the law, as staff read it

	categories []string // nil: all
	words      [][]string
	except     Mode
	shelf      int64
	home       bool // a kitchen that is a home
}

// Key names the requirement in texts: "composition", "pirt".
func (r Requirement) Key() string {
	if r.Label != "" {
		return r.Label
	}
	return string(r.Certificates[0])
}

var requirements = sync.OnceValue(func() []Requirement {
	all, err := parseRequirements(requirementData)
	if err != nil {
		panic(err) // embedded, and read by a test
	}
	return all
})

// parseRequirements reads data/requirements.csv; what it does not know is an error.
func parseRequirements(data string) ([]Requirement, error) {
	read := csv.NewReader(strings.NewReader(data))
	read.Comment, read.FieldsPerRecord = '#', 8
	lines, err := read.ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, fmt.Errorf("catalog: requirements: %w", err)
	}
	var out []Requirement
	for _, l := range lines[1:] { // below the heading
		r := Requirement{Rule: RuleName(l[0]), except: Mode(l[3]), Must: l[6] == "must", Source: l[7]}
		if _, known := ruleNamed(r.Rule); known != r.Must {
			return nil, fmt.Errorf("catalog: requirements: rule %q of strength %q", l[0], l[6])
		}
		if l[1] != "*" {
			r.categories = strings.Fields(l[1])
		}
		for _, phrase := range strings.Split(l[2], ";") {
			if list := words(phrase); len(list) > 0 {
				r.words = append(r.words, list)
			}
		}
		if r.shelf, err = strconv.ParseInt(l[4], 10, 64); err != nil {
			return nil, fmt.Errorf("catalog: requirements: shelf life %q", l[4])
		}
		what, names, _ := strings.Cut(l[5], ":")
		var kinds string
		switch {
		case what == "label" && slices.Contains(labelParts, names):
			r.Label = names
		case what == "kitchen":
			names, kinds, _ = strings.Cut(names, "|")
			if names != "any" && names != "home" {
				return nil, fmt.Errorf("catalog: requirements: kitchen %q", names)
			}
			r.Label, r.home = "kitchen", names == "home"
		case what == "certificate":
			kinds = names
		default:
			return nil, fmt.Errorf("catalog: requirements: %q", l[5])
		}
		for name := range strings.FieldsFuncSeq(kinds, func(c rune) bool { return c == '|' }) {
			if !slices.Contains(CertificateKinds(), CertificateKind(name)) {
				return nil, fmt.Errorf("catalog: requirements: certificate %q", name)
			}
			r.Certificates = append(r.Certificates, CertificateKind(name))
		}
		out = append(out, r)
	}
	return out, nil
}

func (r Requirement) appliesTo(x Revision) bool {
	if r.categories != nil && !slices.Contains(r.categories, x.CategorySlug) || r.shelf > 0 && x.Label.ShelfDays < r.shelf || r.except != "" && r.except == x.Mode {
		return false
	}
	if len(r.words) == 0 {
		return true
	}
	list := claimed(words(strings.Join([]string{x.Title, x.Description, x.Label.Composition, x.Label.Storage, x.Label.Packaging, x.Label.Facts}, " ")))
	return slices.ContainsFunc(r.words, func(phrase []string) bool { return mentions(list, phrase) })
}

// claimed leaves out what the words say that the goods are not: "bukan mainan
// anak", "bukan untuk bayi".
func claimed(list []string) []string {
	var out []string
	for i := 0; i < len(list); i++ {
		if list[i] != "bukan" {
			out = append(out, list[i])
			continue
		}
		if i+1 < len(list) && (list[i+1] == "untuk" || list[i+1] == "sebagai") {
			i++
		}
		i++ // the word that follows
	}
	return out
}

// Requirements are what the law asks of these goods, in the order of the file.
// What a hard rule demands is not asked for once more.
func Requirements(x Revision) []Requirement {
	var out []Requirement
	for _, r := range requirements() {
		if r.appliesTo(x) {
			out = append(out, r)
		}
	}
	return slices.DeleteFunc(out, func(r Requirement) bool {
		return !r.Must && slices.ContainsFunc(out, func(o Requirement) bool { return o.Must && o.Label != "" && o.Label == r.Label })
	})
}

// AsksForLabel reports whether the law asks these goods for a part of the label.
func AsksForLabel(x Revision) bool {
	return slices.ContainsFunc(Requirements(x), func(r Requirement) bool { return r.Label != "" && r.Must })
}

// metBy reports whether the label or a certificate that holds meets the
// requirement, and which kind of certificate does ("" for the label).
func (r Requirement) metBy(l Label, valid Marks) (CertificateKind, bool) {
	if r.Label != "" && l.says(r.Label) && (!r.home || l.Kitchen == KitchenHome) {
		return "", true
	}
	for _, k := range r.Certificates {
		if valid.Has(k) {
			return k, true
		}
	}
	return "", false
}

// Missing are the requirements that neither the label nor the certificates meet,
// what a hard rule demands first.
func Missing(x Revision, valid Marks) []Requirement {
	var out []Requirement
	for _, r := range Requirements(x) {
		if _, met := r.metBy(x.Label, valid); !met {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Requirement) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

func rank(r Requirement) int {
	if r.Must {
		return 0
	}
	return 1
}
