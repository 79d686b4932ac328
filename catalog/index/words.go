package index

import (
	"slices"
	"strings"
)

// Synonyms are what people of the house decided that a search also looks for.
// They never change; a new list takes their place.
type Synonyms struct {
	groups  []Group
	phrases map[string][]int // phrase of folded words -> groups
	longest int              // words of the longest phrase
}

// Group is one decision: a search for any of Words finds all of them, and also
// what is found by Finds (but not the other way round).
type Group struct {
	Words []string
	Finds []string
}

// NewSynonyms folds the groups.
func NewSynonyms(groups []Group) *Synonyms {
	s := &Synonyms{phrases: map[string][]int{}, longest: 1}
	for _, g := range groups {
		folded := Group{Words: phrases(g.Words), Finds: phrases(g.Finds)}
		for _, p := range folded.Words {
			s.phrases[p] = append(s.phrases[p], len(s.groups))
			s.longest = max(s.longest, strings.Count(p, " ")+1)
		}
		s.groups = append(s.groups, folded)
	}
	return s
}

func phrases(list []string) (out []string) {
	for _, p := range list {
		if p = strings.Join(Words(p), " "); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// of calls fn with every phrase that a search for phrase also looks for.
func (s *Synonyms) of(phrase string, fn func(phrase string, oneWay bool)) {
	for _, g := range s.phrases[phrase] {
		for _, p := range s.groups[g].Words {
			if p != phrase {
				fn(p, false)
			}
		}
		for _, p := range s.groups[g].Finds {
			fn(p, true)
		}
	}
}

// filler are words that say nothing about a product: they may stand in it, they
// need not.
var filler = set(`di dan yang untuk buat dari dengan atau ke pada ini itu saya cari mencari jual menjual dijual beli membeli mau ingin ada murah harga
	pesan asli aneka macam berbagai the a an of for with and in to buy cheap`)

func set(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// whole are words that look like a stem with an affix and are none: taking it
// off would lead to something else (pelampung is no Lampung, lebaran not lebar).
var whole = set(`pelampung lebaran kerajinan pesantren perempuan makanan sekalian bagian berlian durian pakaian kasihan lapangan mentega
	menteri pengantin pemuda memang bersih beras berita dinas diskon kelapa kecap kemeja ketan keset kering keripik`)

// relatives are other forms of a word: without and with the commonest affixes.
// It is only extra recall, tried when the word itself finds next to nothing; a
// form that no product uses finds nothing.
func relatives(word string) []string {
	if len(word) < 4 || whole[word] {
		return nil
	}
	roots := map[string]bool{}
	add := func(w string) {
		if len(w) >= 4 && w != word && !whole[w] {
			roots[w] = true
		}
	}
	for _, stem := range stems(word) {
		add(stem)
		for _, end := range []string{"kan", "nya", "an", "i"} {
			if cut, found := strings.CutSuffix(stem, end); found {
				add(cut)
			}
		}
	}
	out := make([]string, 0, len(roots)*4)
	for root := range roots {
		out = append(out, root)
	}
	roots[word] = true
	for root := range roots {
		out = append(out, root+"an", "di"+root, "ber"+root, nasal("me", root), nasal("pe", root))
	}
	out = slices.DeleteFunc(out, func(form string) bool { return whole[form] || form == word })
	slices.Sort(out)
	return out
}

// stems are the word and what is left of it without a prefix. A bare pe- is never
// taken off: pelampung would become Lampung.
func stems(word string) []string {
	out := []string{word}
	for _, p := range []string{"ber", "ter", "di", "se"} {
		if rest, found := strings.CutPrefix(word, p); found {
			out = append(out, rest)
		}
	}
	for _, p := range []string{"me", "pe"} {
		rest, found := strings.CutPrefix(word, p)
		if !found {
			continue
		}
		if p == "me" && rest != "" && strings.IndexByte("lrwy", rest[0]) >= 0 {
			out = append(out, rest)
		}
		for _, n := range []struct{ nasal, lost string }{{"ny", "s"}, {"ng", ""}, {"ng", "k"}, {"m", "p"}, {"m", ""}, {"n", "t"}, {"n", ""}} {
			if tail, found := strings.CutPrefix(rest, n.nasal); found && tail != "" {
				if vowel(tail[0]) || n.lost == "" {
					out = append(out, n.lost+tail)
				}
			}
		}
	}
	return out
}

// nasal puts me- or pe- before a root, as Indonesian says it.
func nasal(prefix, root string) string {
	switch c := root[0]; {
	case vowel(c), c == 'g', c == 'h':
		return prefix + "ng" + root
	case c == 'k':
		return prefix + "ng" + root[1:]
	case c == 's':
		return prefix + "ny" + root[1:]
	case c == 'p':
		return prefix + "m" + root[1:]
	case c == 't':
		return prefix + "n" + root[1:]
	case c == 'b', c == 'f', c == 'v':
		return prefix + "m" + root
	case c == 'c', c == 'd', c == 'j', c == 'z':
		return prefix + "n" + root
	}
	return prefix + root
}

func vowel(c byte) bool { return strings.IndexByte("aiueo", c) >= 0 }
