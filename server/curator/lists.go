package curator

import (
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/media"
	pages "github.com/lapak-berdaya/lapak/templates/curator"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// How two versions of a list differ: pictures, variants, prices by quantity,
// ingredients, allergens.

// member of a list: key says that two entries are the same thing, text how it looks.
type member struct{ key, text string }

// change is what became of one member.
type change string

const (
	kept     change = ""
	added    change = "added"
	removed  change = "removed"
	moved    change = "moved"   // elsewhere among those that stayed
	altered  change = "altered" // the same thing, otherwise
	replaced change = "replaced"
)

// step is one member of the newer list, or one that is gone; From and To are its
// places, from 1, 0 for none.
type step struct {
	member
	what     change
	from, to int
	before   string // of what was altered, or replaced
}

// differLists says what became of every member: those of the newer list in its
// order, then those that are gone. Moved are only those that passed others: the
// fewest that explain the new order.
func differLists(older, newer []member) []step {
	at := map[string]int{} // key -> place in older, each once
	for i, m := range older {
		if _, twice := at[m.key]; !twice {
			at[m.key] = i + 1
		}
	}
	var stayed []int // places in older, in the order of newer
	used := map[string]bool{}
	steps := make([]step, 0, len(newer))
	for i, m := range newer {
		s := step{member: m, what: added, to: i + 1}
		if from := at[m.key]; from > 0 && !used[m.key] {
			used[m.key] = true
			s.from, s.what, s.before = from, kept, older[from-1].text
			stayed = append(stayed, from)
		}
		steps = append(steps, s)
	}
	steady := rising(stayed)
	for i, s := range steps {
		switch {
		case s.from == 0:
		case s.before != s.text:
			steps[i].what = altered
		case !steady[s.from]:
			steps[i].what = moved
		}
	}
	for i, m := range older {
		if !used[m.key] || at[m.key] != i+1 {
			steps = append(steps, step{member: m, what: removed, from: i + 1})
		}
	}
	return steps
}

// rising returns the members of one longest rising run of numbers, which need not
// stand together.
func rising(numbers []int) map[int]bool {
	best, before := make([]int, len(numbers)), make([]int, len(numbers))
	last := -1
	for i, n := range numbers {
		best[i], before[i] = 1, -1
		for j := range i {
			if numbers[j] < n && best[j]+1 > best[i] {
				best[i], before[i] = best[j]+1, j
			}
		}
		if last < 0 || best[i] > best[last] {
			last = i
		}
	}
	out := map[int]bool{}
	for ; last >= 0; last = before[last] {
		out[numbers[last]] = true
	}
	return out
}

// told are the changes in words; what stayed is left out.
func told(steps []step) []pages.Change {
	var out []pages.Change
	for _, s := range steps {
		if s.what == kept {
			continue
		}
		c := pages.Change{Kind: string(s.what), Label: text.T("differ." + string(s.what)), Text: s.text}
		switch s.what {
		case moved:
			c.Text = text.T("differ.from_to", "what", s.text, "from", s.from, "to", s.to)
		case altered:
			c.Text = text.T("differ.became", "before", s.before, "after", s.text)
		}
		out = append(out, c)
	}
	return out
}

// ingredients cuts a composition at commas, semicolons and lines that do not stand
// in parentheses.
func ingredients(composition string) []member {
	var out []member
	depth, begin := 0, 0
	flush := func(end int) {
		if words := strings.Trim(composition[begin:end], " .\t\r\n"); words != "" {
			out = append(out, member{id.Fold(words), words})
		}
	}
	for i, r := range composition {
		switch r {
		case '(':
			depth++
		case ')':
			depth = max(depth-1, 0)
		case ',', ';', '\n':
			if depth == 0 || r == '\n' {
				flush(i)
				begin = i + 1
			}
		}
	}
	flush(len(composition))
	return out
}

func ingredientsOf(r catalog.Revision) []member { return ingredients(r.Label.Composition) }

func allergensOf(r catalog.Revision) []member {
	var out []member
	for _, a := range r.Label.Allergens {
		out = append(out, member{string(a), text.T("publiclabel.allergen." + string(a))})
	}
	return out
}

// variantsOf are known by their ids, whatever they are called.
func variantsOf(r catalog.Revision) []member {
	var out []member
	lines := strings.Split(variants(r), "\n")
	for i, v := range r.Variants {
		out = append(out, member{strconv.FormatInt(v.VariantID, 10), lines[i]})
	}
	return out
}

func tiersOf(r catalog.Revision) []member {
	var out []member
	for _, t := range r.Tiers {
		out = append(out, member{strconv.FormatInt(t.MinQuantity, 10), text.T("curator.value.tier", "n", money.Group(uint64(t.MinQuantity)), "price", t.Price)})
	}
	return out
}

// picturesOf are known by what they show: the same picture, uploaded once more, is
// the same.
func picturesOf(ids []int64, stored map[int64]media.Picture) []member {
	var out []member
	for i, id := range ids {
		key := stored[id].SHA256
		if key == "" {
			key = strconv.FormatInt(id, 10)
		}
		out = append(out, member{key, strconv.Itoa(i + 1)})
	}
	return out
}

// pictureMarks say beside each live and each proposed picture what becomes of it.
// One that came where one is gone replaces it.
func pictureMarks(older, newer []int64, stored map[int64]media.Picture) (before, after []*view.Chip) {
	before, after = make([]*view.Chip, len(older)), make([]*view.Chip, len(newer))
	old, next := picturesOf(older, stored), picturesOf(newer, stored)
	for i := range old { // only places may differ
		old[i].text = ""
	}
	for i := range next {
		next[i].text = ""
	}
	steps := differLists(old, next)
	gone := map[int]bool{}
	for _, s := range steps {
		if s.what == removed {
			gone[s.from] = true
		}
	}
	chip := func(c change, args ...any) *view.Chip {
		tone := map[change]view.Tone{added: view.Good, removed: view.Bad, moved: view.Info, replaced: view.Wait}[c]
		return &view.Chip{Tone: tone, Label: text.T("differ.photo."+string(c), args...)}
	}
	for _, s := range steps {
		switch {
		case s.what == added && gone[s.to]:
			after[s.to-1], before[s.to-1] = chip(replaced, "n", s.to), chip(replaced, "n", s.to)
		case s.what == added:
			after[s.to-1] = chip(added)
		case s.what == moved:
			after[s.to-1], before[s.from-1] = chip(moved, "from", s.from, "to", s.to), chip(moved, "from", s.from, "to", s.to)
		case s.what == removed && before[s.from-1] == nil:
			before[s.from-1] = chip(removed)
		}
	}
	return before, after
}

// changesOf lists what became of the members of a row that is a list.
func changesOf(of func(catalog.Revision) []member, live, next catalog.Revision) []pages.Change {
	if of == nil {
		return nil
	}
	return told(differLists(of(live), of(next)))
}
