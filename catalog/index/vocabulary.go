package index

import (
	"math/bits"
	"slices"
	"sort"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/id"
)

// longestWord bounds a word, in letters.
const longestWord = 40

// Words folds a text into its words.
func Words(s string) []string {
	fields := strings.Fields(id.Fold(s))
	for i, f := range fields {
		if len(f) <= longestWord {
			continue
		}
		if r := []rune(f); len(r) > longestWord {
			fields[i] = string(r[:longestWord])
		}
	}
	return fields
}

// vocabulary is every word that ever stood in a product, and where.
type vocabulary struct {
	byWord   map[string]int32
	words    []string   // by number
	letters  []uint32   // which letters a word has, to pass over most words in a search for typing mistakes
	postings [][]uint32 // slot and fields, ascending by slot
	sorted   []int32    // numbers in the order of their words
}

func (v *vocabulary) add(word string, posting uint32, settled bool) {
	n, known := v.byWord[word]
	if !known {
		word = strings.Clone(word) // not the whole text it was cut from
		n = int32(len(v.words))
		v.byWord[word] = n
		v.words, v.letters, v.postings = append(v.words, word), append(v.letters, lettersOf(word)), append(v.postings, nil)
		if settled {
			at := sort.Search(len(v.sorted), func(i int) bool { return v.words[v.sorted[i]] >= word })
			v.sorted = slices.Insert(v.sorted, at, n)
		}
	}
	v.postings[n] = append(v.postings[n], posting)
}

func (v *vocabulary) has(word string) bool {
	_, known := v.byWord[word]
	return known
}

func (v *vocabulary) settle() {
	v.sorted = make([]int32, len(v.words))
	for i := range v.sorted {
		v.sorted[i] = int32(i)
	}
	slices.SortFunc(v.sorted, func(a, b int32) int { return strings.Compare(v.words[a], v.words[b]) })
	for i, list := range v.postings {
		if cap(list) > len(list) {
			v.postings[i] = append(make([]uint32, 0, len(list)), list...)
		}
	}
}

// sweep renames the slots and forgets words that stand nowhere any more.
func (v *vocabulary) sweep(to []int32) {
	words, postings := v.words, v.postings
	*v = vocabulary{byWord: make(map[string]int32, len(words))}
	for n, list := range postings {
		kept := list[:0]
		for _, p := range list {
			if slot := to[p>>fieldBits]; slot >= 0 {
				kept = append(kept, uint32(slot)<<fieldBits|p&(1<<fieldBits-1))
			}
		}
		if len(kept) == 0 {
			continue
		}
		v.byWord[words[n]] = int32(len(v.words))
		v.words, v.letters, v.postings = append(v.words, words[n]), append(v.letters, lettersOf(words[n])), append(v.postings, kept)
	}
}

// prefixed calls fn with each word that begins with prefix and is longer.
func (v *vocabulary) prefixed(prefix string, fn func(n int32)) {
	at := sort.Search(len(v.sorted), func(i int) bool { return v.words[v.sorted[i]] >= prefix })
	for ; at < len(v.sorted) && strings.HasPrefix(v.words[v.sorted[at]], prefix); at++ {
		if n := v.sorted[at]; len(v.words[n]) > len(prefix) {
			fn(n)
		}
	}
}

// near calls fn with each word that differs from word by at most so many typing
// mistakes (a letter missing, added, other, or two swapped).
func (v *vocabulary) near(word string, most int, fn func(n int32, mistakes int)) {
	mask := lettersOf(word)
	for n, w := range v.words {
		if len(w) > len(word)+most || len(w) < len(word)-most || bits.OnesCount32(v.letters[n]^mask) > 2*most {
			continue
		}
		if d := mistakes(word, w, most); d > 0 && d <= most {
			fn(int32(n), d)
		}
	}
}

func lettersOf(word string) uint32 {
	var mask uint32
	for i := range len(word) {
		switch c := word[i]; {
		case c >= 'a' && c <= 'z':
			mask |= 1 << (c - 'a')
		case c >= '0' && c <= '9':
			mask |= 1 << 26
		default:
			mask |= 1 << 27
		}
	}
	return mask
}

// mistakes counts the least typing mistakes between two words (optimal string
// alignment), or says most+1 when there are more.
func mistakes(a, b string, most int) int {
	if len(a) > 80 || len(b) > 80 || len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	var rows [3][81]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > most+1 {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], most+1)
}

// allowed is how many mistakes a word of that length is forgiven.
func allowed(word string) int {
	switch n := len(word); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	}
	return 2
}
