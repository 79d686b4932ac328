package index

import (
	"cmp"
	"container/heap"
	"slices"
)

// Sort is the order of a list.
type Sort uint8

// The orders.
const (
	Newest Sort = iota
	Cheapest
	Dearest
	Relevant // the newest when nothing is searched for
)

// Place is where a product stands in an order: places of one order, compared
// number by number, ascend along the list.
type Place [3]int64

// Query is a question. The zero Query lists everything, newest first.
type Query struct {
	Text        string
	Category    string
	Region      uint32 // of a province, regency or district; its code without dots, 0 for everywhere
	Shop        string
	Min, Max    int64 // price; 0 for no bound. A price on request is in no range.
	Soon        Soon  // SoldOut for any
	Kind        string
	Certificate string
	Sort        Sort
	After       Place // the last place of the page before
	Limit       int
	Only        bool // only the hits: nothing is counted
}

// Hit is one product of an answer.
type Hit struct {
	ID    int64
	Place Place
}

// Count says how many products a choice would leave.
type Count struct {
	Value string
	N     int64
}

// Counts are the choices of each filter, with every other filter applied. A
// choice that leaves nothing is not among them.
type Counts struct {
	Total        int64
	Categories   []Count
	Regencies    map[uint32]int64
	Kinds        []Count
	Certificates []Count
	Soon         [soons]int64
	Prices       [len(Bands)]int64
}

// Bands are the price ranges that are counted: from each up to below the next.
var Bands = [...]int64{1, 25_000, 50_000, 100_000, 250_000}

// Result is an answer.
type Result struct {
	Hits      []Hit
	More      bool
	Counts    Counts
	Corrected string // the search as it may have been meant; "" when it found something as it was typed
	Relaxed   bool   // no product has all the words: these have the most
}

// Each filter's part in why a product is not in the list.
const (
	notCategory = 1 << iota
	notRegion
	notShop
	notPrice
	notSoon
	notKind
	notCertificate
)

// filter is a Query's filters, in numbers.
type filter struct {
	category, shop, kind int32 // -1 for any, none for one that nothing has
	certificate          uint16
	region, scale        uint32
	min, max             int32
	soon                 Soon
	any                  bool // nothing is filtered
}

const none = -2

func (ix *Index) filter(q Query) filter {
	f := filter{category: -1, shop: -1, kind: -1, region: q.Region, scale: 1, soon: q.Soon}
	number := func(n *names, slug string) int32 {
		if slug == "" {
			return -1
		}
		if i := n.find(slug); i >= 0 {
			return i
		}
		return none
	}
	f.category, f.shop, f.kind = number(&ix.categories, q.Category), number(&ix.shops, q.Shop), number(&ix.kinds, q.Kind)
	if q.Certificate != "" {
		f.certificate = 1 << 15 // nothing has it
		if i := ix.certificates.find(q.Certificate); i >= 0 {
			f.certificate = 1 << (i & 15)
		}
	}
	switch {
	case q.Region == 0:
	case q.Region < 100:
		f.scale = 10_000
	case q.Region < 10_000:
		f.scale = 100
	}
	const most = 1<<31 - 1
	f.min, f.max = int32(min(max(q.Min, 0), most)), int32(min(max(q.Max, 0), most))
	f.any = f == filter{category: -1, shop: -1, kind: -1, scale: 1}
	return f
}

// against names the filters that keep a product out.
func (f *filter) against(x *facts) (why uint8) {
	if f.category != -1 && f.category != int32(x.category) {
		why |= notCategory
	}
	if f.region != 0 && x.district/f.scale != f.region {
		why |= notRegion
	}
	if f.shop != -1 && f.shop != x.shop {
		why |= notShop
	}
	if (f.min > 0 || f.max > 0) && (x.price == 0 || x.price < f.min || f.max > 0 && x.price > f.max) {
		why |= notPrice
	}
	if f.soon != SoldOut && f.soon != x.soon {
		why |= notSoon
	}
	if f.kind != -1 && f.kind != int32(x.kind) {
		why |= notKind
	}
	if f.certificate != 0 && x.certificates&f.certificate == 0 {
		why |= notCertificate
	}
	return why
}

// tally counts products by everything that filters offer.
type tally struct {
	total        int32
	categories   []int32
	regencies    []int32
	kinds        []int32
	certificates [16]int32
	soon         [soons]int32
	prices       [len(Bands)]int32
}

func at(list []int32, i int) []int32 {
	for len(list) <= i {
		list = append(list, 0)
	}
	return list
}

func (t *tally) add(f facts, n int32) { t.count(&f, 0, n) }

// count counts a product for every filter that shows it: all of them when none is
// against it, only the one that is.
func (t *tally) count(f *facts, why uint8, n int32) {
	if why == 0 {
		t.total += n
	}
	if why&^notCategory == 0 {
		t.categories = at(t.categories, int(f.category))
		t.categories[f.category] += n
	}
	if why&^notRegion == 0 {
		t.regencies = at(t.regencies, int(f.regency))
		t.regencies[f.regency] += n
	}
	if why&^notKind == 0 {
		t.kinds = at(t.kinds, int(f.kind))
		t.kinds[f.kind] += n
	}
	if why&^notSoon == 0 {
		t.soon[f.soon] += n
	}
	if why&^notCertificate == 0 && f.certificates != 0 {
		for i := range t.certificates {
			if f.certificates&(1<<i) != 0 {
				t.certificates[i] += n
			}
		}
	}
	if why&^notPrice == 0 && f.price > 0 {
		band := len(Bands) - 1
		for int64(f.price) < Bands[band] {
			band--
		}
		t.prices[band] += n
	}
}

func (ix *Index) counts(t *tally) Counts {
	c := Counts{Total: int64(t.total), Regencies: map[uint32]int64{}}
	list := func(n names, counted []int32) (out []Count) {
		for i, k := range counted {
			if k > 0 {
				out = append(out, Count{Value: n.slugs[i], N: int64(k)})
			}
		}
		return out
	}
	c.Categories, c.Kinds = list(ix.categories, t.categories), list(ix.kinds, t.kinds)
	c.Certificates = list(ix.certificates, t.certificates[:])
	for i, n := range t.regencies {
		if n > 0 {
			c.Regencies[ix.regencies.codes[i]] = int64(n)
		}
	}
	for i, n := range t.soon {
		c.Soon[i] = int64(n)
	}
	for i, n := range t.prices {
		c.Prices[i] = int64(n)
	}
	return c
}

// place is where a slot stands in an order.
func (ix *Index) place(sort Sort, slot int32, points uint16) Place {
	id := ix.ids[slot]
	switch price := int64(ix.facts[slot].price); {
	case sort == Cheapest && price == 0:
		return Place{1, 0, id}
	case sort == Cheapest:
		return Place{0, price, id}
	case sort == Dearest:
		return Place{0, -price, -id}
	}
	return Place{-int64(points), -ix.published[slot], -id}
}

// Find answers q.
func (ix *Index) Find(q Query) Result {
	ix.mu.RLock()
	if !ix.settled {
		ix.mu.RUnlock()
		ix.Settle()
		ix.mu.RLock()
	}
	defer ix.mu.RUnlock()
	f := ix.filter(q)
	words := ix.search(q.Text)
	var r Result
	if words != nil {
		r.Corrected, r.Relaxed = words.corrected, words.relaxed
	} else if q.Sort == Relevant {
		q.Sort = Newest
	}
	t := &tally{}
	best := picked{limit: q.Limit + 1}
	try := func(slot int32, points uint16) {
		why := f.against(&ix.facts[slot])
		if !q.Only {
			t.count(&ix.facts[slot], why, 1)
		}
		if why != 0 {
			return
		}
		if q.Sort != Relevant {
			points = 0
		}
		if p := ix.place(q.Sort, slot, points); q.After == (Place{}) || compare(p, q.After) > 0 {
			best.offer(Hit{ID: ix.ids[slot], Place: p})
		}
	}
	if f.any && words == nil && !q.Only {
		t, q.Only = &ix.totals, true
	}
	switch {
	case words != nil:
		for i, slot := range slices.Backward(words.slots) { // what came last is likely the newest
			try(slot, words.points[i])
		}
	case f.shop >= 0 && q.Only:
		for _, slot := range ix.ofShop[f.shop] {
			try(slot, 0)
		}
	case q.Only: // nothing to count: along the order, as far as needed
		for slot := range ix.along(q.Sort, q.After) {
			if try(slot, 0); len(best.hits) == best.limit {
				break
			}
		}
	default:
		for slot, id := range slices.Backward(ix.ids) {
			if id != 0 {
				try(int32(slot), 0)
			}
		}
	}
	r.Hits = best.sorted()
	if len(r.Hits) > q.Limit {
		r.Hits, r.More = r.Hits[:q.Limit], true
	}
	if !q.Only || t == &ix.totals {
		r.Counts = ix.counts(t)
	}
	return r
}

// along walks the slots of an order that come after a place.
func (ix *Index) along(sort Sort, after Place) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		n := len(ix.cheapest)
		unpriced, _ := slices.BinarySearchFunc(ix.cheapest, int32(1), func(slot, price int32) int { return cmp.Compare(ix.facts[slot].price, price) })
		nth := func(i int) int32 {
			switch {
			case sort == Cheapest:
				return ix.cheapest[(i+unpriced)%n]
			case sort == Dearest:
				return ix.cheapest[n-1-i]
			}
			return ix.newest[i]
		}
		i := 0
		if after != (Place{}) {
			i = searchFirst(n, func(i int) bool { return compare(ix.place(sort, nth(i), 0), after) > 0 })
		}
		for ; i < n; i++ {
			if !yield(nth(i)) {
				return
			}
		}
	}
}

// searchFirst is sort.Search without its package's name, which is taken here.
func searchFirst(n int, ok func(int) bool) int {
	from, to := 0, n
	for from < to {
		if mid := (from + to) / 2; ok(mid) {
			to = mid
		} else {
			from = mid + 1
		}
	}
	return from
}

func compare(a, b Place) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]), cmp.Compare(a[2], b[2]))
}

// picked keeps the first few of what it is offered; the last of them on top.
type picked struct {
	hits  []Hit
	limit int
}

func (p *picked) Len() int           { return len(p.hits) }
func (p *picked) Less(i, j int) bool { return compare(p.hits[i].Place, p.hits[j].Place) > 0 }
func (p *picked) Swap(i, j int)      { p.hits[i], p.hits[j] = p.hits[j], p.hits[i] }
func (p *picked) Push(x any)         { p.hits = append(p.hits, x.(Hit)) }
func (p *picked) Pop() any {
	last := p.hits[len(p.hits)-1]
	p.hits = p.hits[:len(p.hits)-1]
	return last
}

func (p *picked) offer(h Hit) {
	switch {
	case len(p.hits) < p.limit:
		heap.Push(p, h)
	case compare(h.Place, p.hits[0].Place) < 0:
		p.hits[0] = h
		heap.Fix(p, 0)
	}
}

func (p *picked) sorted() []Hit {
	slices.SortFunc(p.hits, func(a, b Hit) int { return compare(a.Place, b.Place) })
	return p.hits
}
