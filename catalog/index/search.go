package index

import (
	"slices"
	"strings"
)

// What a word counts by the best field it stands in, and how much of that is
// left when the product has not the word itself.
const (
	titlePoints = 80
	kindPoints  = 40
	shopPoints  = 30
	textPoints  = 10
	shortTitle  = 16 // shared out over the words of a title: the shorter, the more it is about this

	asTyped   = 100
	asGroup   = 90
	asPrefix  = 75
	asOneWay  = 70
	asJoined  = 90
	asTypo    = 60
	asTypoTwo = 40
	asForm    = 45
	asGuess   = 35
)

// maxConcepts bounds the work of one search; further words are ignored.
const maxConcepts = 8

// few is how many products a word must find for nothing else to be tried.
const few = 3

var fieldPoints = func() (out [1 << fieldBits]int) {
	for mask := range out {
		for _, f := range []struct{ bit, points int }{{inText, textPoints}, {inShop, shopPoints}, {inKind, kindPoints}, {inTitle, titlePoints}} {
			if mask&f.bit != 0 {
				out[mask] = max(f.points, out[mask]+1)
			}
		}
	}
	return out
}()

// found is what the words of a query found.
type found struct {
	slots     []int32 // ascending
	points    []uint16
	corrected string // the query with its typing mistakes mended; "" when there was none to mend
	relaxed   bool   // no product has all the words: these have the most
}

// concept is one idea of a query: a word, or a phrase that means one thing.
type concept struct {
	words    []string
	optional bool
}

func (c concept) phrase() string { return strings.Join(c.words, " ") }

// concepts reads a query: the longest phrase that a synonym knows is one idea,
// a word said twice (kue-kue) counts once.
func (ix *Index) concepts(query string) []concept {
	if len(query) > 4000 {
		query = query[:4000]
	}
	list := Words(query)
	var out []concept
	needed := 0
	for i := 0; i < len(list) && len(out) < maxConcepts; {
		n := min(ix.synonyms.longest, len(list)-i)
		for n > 1 && ix.synonyms.phrases[strings.Join(list[i:i+n], " ")] == nil {
			n--
		}
		if n == 1 && i+1 < len(list) && len(list[i]) > 2 && len(list[i+1]) > 2 && ix.vocabulary.has(list[i]+list[i+1]) {
			n = 2 // "olah raga" is written as one word elsewhere
		}
		c := concept{words: list[i : i+n], optional: n == 1 && filler[list[i]]}
		i += n
		if slices.ContainsFunc(out, func(o concept) bool { return o.phrase() == c.phrase() }) {
			continue
		}
		if !c.optional {
			needed++
		}
		out = append(out, c)
	}
	if needed == 0 {
		for i := range out {
			out[i].optional = false
		}
	}
	return out
}

// board is the scratch paper of one search, by slot.
type board struct {
	best  []uint16 // of the concept at hand
	sum   []uint16
	hits  []uint8 // needed concepts that match
	here  []int32 // slots of the concept at hand
	any   []int32 // slots of all concepts
	title bool    // the concept at hand stands in more than descriptions
}

func (ix *Index) board() *board {
	b, _ := ix.scratch.Get().(*board)
	if b == nil || len(b.best) < len(ix.ids) {
		n := len(ix.ids) + len(ix.ids)/8
		b = &board{best: make([]uint16, n), sum: make([]uint16, n), hits: make([]uint8, n)}
	}
	return b
}

// search finds the products that have the words of the query; nil for a query
// without any.
func (ix *Index) search(query string) *found {
	list := ix.concepts(query)
	if len(list) == 0 {
		return nil
	}
	b := ix.board()
	defer ix.scratch.Put(b)
	mended, changed := make([]string, 0, len(list)), false
	needed := 0
	for _, c := range list {
		said := ix.match(b, c)
		changed = changed || said != c.phrase()
		mended = append(mended, said)
		step := uint8(1)
		if c.optional {
			step = 0
		} else {
			needed++
		}
		for _, slot := range b.here {
			if b.sum[slot] == 0 {
				b.any = append(b.any, slot)
			}
			b.sum[slot] += b.best[slot]
			b.hits[slot] += step
			b.best[slot] = 0
		}
		b.here = b.here[:0]
	}
	f := &found{}
	if changed {
		f.corrected = strings.Join(mended, " ")
	}
	most := uint8(0)
	for _, slot := range b.any {
		most = max(most, b.hits[slot])
	}
	f.relaxed = int(most) < needed
	slices.Sort(b.any)
	for _, slot := range b.any {
		if most > 0 && b.hits[slot] == most {
			points := b.sum[slot]
			if ix.facts[slot].soon == SoldOut { // what can be had comes before what fits as well
				points = points * 4 / 5
			}
			f.slots, f.points = append(f.slots, slot), append(f.points, points)
		}
		b.sum[slot], b.hits[slot] = 0, 0
	}
	b.any = b.any[:0]
	return f
}

// match marks the products of one concept, from the surest way to the boldest,
// and returns how the concept is rightly written.
func (ix *Index) match(b *board, c concept) (said string) {
	b.title = false
	phrase := c.phrase()
	ix.marks(b, phrase, asTyped)
	ix.alike(b, phrase, asTyped)
	if len(c.words) > 1 {
		ix.marks(b, strings.Join(c.words, ""), asJoined)
		return phrase
	}
	word := c.words[0]
	if len(word) > 1 {
		ix.vocabulary.prefixed(word, func(n int32) { ix.mark(b, n, asPrefix) })
		if len(b.here) == 0 && len(word) > 3 {
			for p := range ix.synonyms.phrases {
				if strings.HasPrefix(p, word) {
					ix.alike(b, p, asPrefix)
				}
			}
		}
	}
	if len(b.here) >= few || c.optional {
		return phrase
	}
	for _, form := range relatives(word) {
		ix.marks(b, form, asForm)
	}
	if len(b.here) == 0 {
		for cut := 3; cut <= len(word)-3; cut++ { // two words written as one
			ix.marks(b, word[:cut]+" "+word[cut:], asJoined)
		}
	}
	if len(b.here) > 0 && b.title || len(b.here) >= few {
		return phrase
	}
	return ix.mend(b, word)
}

// alike marks what the synonyms of a phrase find and reports whether they find
// anything, as the other marking functions do.
func (ix *Index) alike(b *board, phrase string, share int) (any bool) {
	ix.synonyms.of(phrase, func(p string, oneWay bool) {
		as := asGroup
		if oneWay {
			as = asOneWay
		}
		any = ix.marks(b, p, as*share/100) || any
	})
	return any
}

// mend takes a word for a mistyped one. Only when nothing has it as it was typed
// is the right one said.
func (ix *Index) mend(b *board, word string) (said string) {
	nothing := len(b.here) == 0
	most := allowed(word)
	if most == 0 {
		return word
	}
	said, best, uses := word, most+1, 0
	ix.vocabulary.near(word, most, func(n int32, d int) {
		w := ix.vocabulary.words[n]
		// A second mistake is believed in a word that begins alike.
		if d > 1 && w[0] != word[0] {
			return
		}
		count := ix.uses(n, nothing)
		if count == 0 {
			return
		}
		share := asTypo
		if d > 1 {
			share = asTypoTwo
		}
		ix.mark(b, n, share)
		if d < best || d == best && (count > uses || count == uses && w < said) {
			said, best, uses = w, d, count
		}
	})
	for p := range ix.synonyms.phrases {
		if d := mistakes(word, p, most); d > 0 && d <= most && p[0] == word[0] {
			if ix.alike(b, p, asTypo) && (d < best || d == best && uses == 0 && p < said) {
				said, best, uses = p, d, 0
			}
		}
	}
	if len(b.here) == 0 && len(word) > 3 { // the beginning of a word, mistyped
		for n, w := range ix.vocabulary.words {
			if len(w) <= len(word) || w[0] != word[0] || ix.uses(int32(n), true) == 0 {
				continue
			}
			for _, end := range []int{len(word), len(word) + 1} {
				if end <= len(w) && mistakes(word, w[:end], 1) == 1 {
					ix.mark(b, int32(n), asGuess)
					if uses == 0 || w < said {
						said, uses = w, 1
					}
				}
			}
		}
	}
	if !nothing {
		return word
	}
	return said
}

// uses counts the living products that have a word; with anywhere false only
// those that have it outside their description.
func (ix *Index) uses(n int32, anywhere bool) (count int) {
	for _, p := range ix.vocabulary.postings[n] {
		if ix.ids[p>>fieldBits] != 0 && (anywhere || p&(inTitle|inKind|inShop) != 0) {
			count++
		}
	}
	return count
}

// marks marks what has all words of a phrase in one field.
func (ix *Index) marks(b *board, phrase string, share int) (any bool) {
	first, rest, several := strings.Cut(phrase, " ")
	n, known := ix.vocabulary.byWord[first]
	if !known {
		return false
	}
	if !several {
		return ix.mark(b, n, share)
	}
	common := ix.vocabulary.postings[n]
	for w := range strings.SplitSeq(rest, " ") {
		n, known := ix.vocabulary.byWord[w]
		if !known {
			return false
		}
		common = both(common, ix.vocabulary.postings[n])
	}
	for _, p := range common {
		any = ix.markOne(b, p, share) || any
	}
	return any
}

// both keeps the products of two lists that have both words in one field.
func both(a, b []uint32) (out []uint32) {
	for len(a) > 0 && len(b) > 0 {
		switch x, y := a[0]>>fieldBits, b[0]>>fieldBits; {
		case x < y:
			a = a[1:]
		case x > y:
			b = b[1:]
		default:
			if mask := a[0] & b[0] & (1<<fieldBits - 1); mask != 0 {
				out = append(out, x<<fieldBits|mask)
			}
			a, b = a[1:], b[1:]
		}
	}
	return out
}

func (ix *Index) mark(b *board, n int32, share int) (any bool) {
	for _, p := range ix.vocabulary.postings[n] {
		any = ix.markOne(b, p, share) || any
	}
	return any
}

func (ix *Index) markOne(b *board, posting uint32, share int) bool {
	slot := int32(posting >> fieldBits)
	if ix.ids[slot] == 0 {
		return false
	}
	mask := posting & (1<<fieldBits - 1)
	points := fieldPoints[mask] * share / 100
	if mask&inTitle != 0 {
		points += shortTitle * share / 100 / int(ix.facts[slot].titleWords)
	}
	b.title = b.title || mask != inText
	if b.best[slot] == 0 {
		b.here = append(b.here, slot)
	}
	b.best[slot] = max(b.best[slot], uint16(max(points, 1)))
	return true
}
