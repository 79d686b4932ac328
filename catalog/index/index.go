// Package index finds products: it holds what is for sale in memory and answers
// searches, filters, counts, sorts and suggestions from there, the same on every
// database. It knows no database and no clock: package catalog fills it, and
// decides what is in it.
//
// A product takes a place (a slot) in parallel arrays. Each word has a list of
// the slots it stands in, with the fields it stands in. Other words for a
// product give it a new slot at the end, so that these lists only ever grow at
// their end; dead slots are swept out when there are many.
package index

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// Soon is how soon a product can be had.
type Soon uint8

// How soon. The zero value is for what is on sale and cannot be ordered just now.
const (
	SoldOut Soon = iota
	Now
	MadeToOrder
	Preorder
	OnRequest
	soons
)

// Doc is one product on sale, as finding it needs it.
type Doc struct {
	ID           int64
	Slug         string
	Title        string
	Unit         string
	CategorySlug string
	CategoryName string
	ShopSlug     string
	ShopName     string
	ShopKind     string
	Place        string // of the shop, in words
	District     uint32 // its code without dots: 35.19.03 is 351903
	Text         string // description and whatever else is worth a search
	Price        int64  // rupiah; 0 for a price on request
	Published    int64  // microseconds; what is newest comes first
	Soon         Soon
	Certificates []string  // kinds of valid certificates, as in addresses
	Changes      time.Time // when Soon has to be read again without anybody changing anything; zero for never
}

// Each word of a product counts by where it stands.
const (
	inTitle = 1 << iota
	inKind  // category and unit
	inShop  // its name and place
	inText
	fieldBits = 4
)

// facts are what filters look at, small enough to walk over 100,000 of them.
type facts struct {
	price        int32
	shop         int32
	district     uint32
	certificates uint16
	category     uint16
	regency      uint16
	kind         uint8
	soon         Soon
	titleWords   uint8
}

// Index is the shop window in memory; use New. It is safe for concurrent use.
type Index struct {
	mu sync.RWMutex

	slots     map[int64]int32 // by product
	ids       []int64         // by slot; 0 for a dead one
	facts     []facts
	published []int64
	sums      []uint64 // of the words
	labels    []string // slug, 0, title
	dead      int
	due       map[int64]int64 // product -> microseconds of its next change by itself

	categories, kinds, certificates names
	shops                           names
	regencies                       codes
	ofShop                          [][]int32 // slots of each shop, ascending

	vocabulary vocabulary
	newest     []int32 // slots, newest first
	cheapest   []int32 // slots, cheapest first (no price before all)
	totals     tally
	settled    bool
	seed       maphash.Seed

	synonyms *Synonyms
	scratch  sync.Pool
}

// New returns an empty index. Fill it with Put and call Settle before the first
// question.
func New() *Index {
	ix := &Index{slots: map[int64]int32{}, due: map[int64]int64{}, seed: maphash.MakeSeed(), synonyms: NewSynonyms(nil)}
	ix.vocabulary.byWord = map[string]int32{}
	return ix
}

// names gives numbers to the few different values of a fact.
type names struct {
	number map[string]int32
	slugs  []string
	titles []string // what people read; "" when the slug is all there is
	folded []string
}

func (n *names) of(slug, title string) int32 {
	if n.number == nil {
		n.number = map[string]int32{}
	}
	i, known := n.number[slug]
	if !known {
		i = int32(len(n.slugs))
		slug = strings.Clone(slug)
		n.number[slug] = i
		n.slugs, n.titles, n.folded = append(n.slugs, slug), append(n.titles, ""), append(n.folded, "")
	}
	if n.titles[i] != title {
		n.titles[i] = strings.Clone(title)
		n.folded[i] = strings.Join(Words(title), " ")
	}
	return i
}

// find is the number of slug, -1 when nothing has it.
func (n *names) find(slug string) int32 {
	if i, known := n.number[slug]; known {
		return i
	}
	return -1
}

// codes gives numbers to the regencies in use.
type codes struct {
	number map[uint32]uint16
	codes  []uint32
}

func (c *codes) of(code uint32) uint16 {
	i, known := c.number[code]
	if !known {
		if c.number == nil {
			c.number = map[uint32]uint16{}
		}
		i = uint16(len(c.codes))
		c.number[code], c.codes = i, append(c.codes, code)
	}
	return i
}

// Len is how many products are in it.
func (ix *Index) Len() int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return len(ix.slots)
}

// Put adds or replaces a product and reports whether anything changed that an
// answer could show.
func (ix *Index) Put(d Doc) bool {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	delete(ix.due, d.ID)
	if !d.Changes.IsZero() {
		ix.due[d.ID] = d.Changes.UnixMicro()
	}
	sum, label := ix.sum(d), d.Slug+"\x00"+d.Title
	f := ix.factsOf(d)
	slot, known := ix.slots[d.ID]
	switch {
	case known && ix.sums[slot] == sum:
		f.titleWords = ix.facts[slot].titleWords
		if ix.facts[slot] == f && ix.published[slot] == d.Published && ix.labels[slot] == label {
			return false
		}
		ix.leave(slot)
		if ix.facts[slot].shop != f.shop {
			ix.quitShop(slot)
			ix.joinShop(slot, f.shop)
		}
		ix.facts[slot], ix.published[slot], ix.labels[slot] = f, d.Published, label
		ix.enter(slot)
		return true
	case known:
		ix.remove(d.ID)
	}
	slot = int32(len(ix.ids))
	titleWords := ix.learn(slot, d)
	f.titleWords = uint8(min(max(titleWords, 1), math.MaxUint8))
	ix.slots[d.ID] = slot
	ix.ids, ix.facts = append(ix.ids, d.ID), append(ix.facts, f)
	ix.published, ix.sums = append(ix.published, d.Published), append(ix.sums, sum)
	ix.labels = append(ix.labels, label)
	ix.joinShop(slot, f.shop)
	ix.enter(slot)
	return true
}

// Holds reports whether Put of d would change nothing, for proofs.
func (ix *Index) Holds(d Doc) bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	slot, known := ix.slots[d.ID]
	if !known || ix.sums[slot] != ix.sum(d) || ix.published[slot] != d.Published || ix.labels[slot] != d.Slug+"\x00"+d.Title {
		return false
	}
	f := ix.facts[slot]
	return int64(f.price) == d.Price && f.soon == d.Soon && f.district == d.District && ix.categories.find(d.CategorySlug) == int32(f.category) &&
		ix.shops.find(d.ShopSlug) == f.shop && ix.kinds.find(d.ShopKind) == int32(f.kind)
}

// Remove takes a product out and reports whether it was there.
func (ix *Index) Remove(id int64) bool {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	delete(ix.due, id)
	return ix.remove(id)
}

func (ix *Index) remove(id int64) bool {
	slot, known := ix.slots[id]
	if !known {
		return false
	}
	ix.leave(slot)
	ix.quitShop(slot)
	delete(ix.slots, id)
	ix.ids[slot], ix.labels[slot] = 0, ""
	if ix.dead++; ix.settled && ix.dead > 1000 && ix.dead > len(ix.ids)/4 {
		ix.sweep()
	}
	return true
}

// IDs are the products above one id up to another (0 for all above), ascending.
func (ix *Index) IDs(above, upTo int64) []int64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	var out []int64
	for id := range ix.slots {
		if id > above && (upTo == 0 || id <= upTo) {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// Due are the products whose Soon has to be read again by that time.
func (ix *Index) Due(now time.Time) []int64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	var out []int64
	for id, at := range ix.due {
		if at <= now.UnixMicro() {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// SetSynonyms changes what searches also look for.
func (ix *Index) SetSynonyms(s *Synonyms) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.synonyms = s
}

// Settle ends the first filling: from now on everything is kept in order.
func (ix *Index) Settle() {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.settle()
}

func (ix *Index) settle() {
	ix.settled = true
	live := make([]int32, 0, len(ix.slots))
	for slot, id := range ix.ids {
		if id != 0 {
			live = append(live, int32(slot))
		}
	}
	ix.newest, ix.cheapest = live, slices.Clone(live)
	slices.SortFunc(ix.newest, ix.byNewest)
	slices.SortFunc(ix.cheapest, ix.byPrice)
	ix.ids, ix.facts, ix.published = slices.Clip(ix.ids), slices.Clip(ix.facts), slices.Clip(ix.published)
	ix.sums, ix.labels = slices.Clip(ix.sums), slices.Clip(ix.labels)
	ix.vocabulary.settle()
}

func (ix *Index) byNewest(a, b int32) int {
	return cmp.Or(cmp.Compare(ix.published[b], ix.published[a]), cmp.Compare(ix.ids[b], ix.ids[a]))
}

func (ix *Index) byPrice(a, b int32) int {
	return cmp.Or(cmp.Compare(ix.facts[a].price, ix.facts[b].price), cmp.Compare(ix.ids[a], ix.ids[b]))
}

// enter takes a slot into the orders and totals.
func (ix *Index) enter(slot int32) {
	ix.totals.add(ix.facts[slot], 1)
	if !ix.settled {
		return
	}
	at, _ := slices.BinarySearchFunc(ix.newest, slot, ix.byNewest)
	ix.newest = slices.Insert(ix.newest, at, slot)
	at, _ = slices.BinarySearchFunc(ix.cheapest, slot, ix.byPrice)
	ix.cheapest = slices.Insert(ix.cheapest, at, slot)
}

// leave takes it out of them; its facts are still those it entered with.
func (ix *Index) leave(slot int32) {
	ix.totals.add(ix.facts[slot], -1)
	if !ix.settled {
		return
	}
	if at, there := slices.BinarySearchFunc(ix.newest, slot, ix.byNewest); there {
		ix.newest = slices.Delete(ix.newest, at, at+1)
	}
	if at, there := slices.BinarySearchFunc(ix.cheapest, slot, ix.byPrice); there {
		ix.cheapest = slices.Delete(ix.cheapest, at, at+1)
	}
}

func (ix *Index) joinShop(slot, shop int32) {
	for int(shop) >= len(ix.ofShop) {
		ix.ofShop = append(ix.ofShop, nil)
	}
	list := ix.ofShop[shop]
	at, _ := slices.BinarySearch(list, slot)
	ix.ofShop[shop] = slices.Insert(list, at, slot)
}

func (ix *Index) quitShop(slot int32) {
	shop := ix.facts[slot].shop
	if at, there := slices.BinarySearch(ix.ofShop[shop], slot); there {
		ix.ofShop[shop] = slices.Delete(ix.ofShop[shop], at, at+1)
	}
}

func (ix *Index) factsOf(d Doc) facts {
	f := facts{
		price: int32(min(max(d.Price, 0), math.MaxInt32)), shop: ix.shops.of(d.ShopSlug, d.ShopName), district: d.District,
		category: uint16(ix.categories.of(d.CategorySlug, d.CategoryName)), regency: ix.regencies.of(d.District / 100), kind: uint8(ix.kinds.of(d.ShopKind, "")), soon: d.Soon,
	}
	for _, c := range d.Certificates {
		f.certificates |= 1 << (ix.certificates.of(c, "") & 15) // there are fewer than sixteen kinds
	}
	return f
}

// sum tells other words from the same words.
func (ix *Index) sum(d Doc) uint64 {
	var h maphash.Hash
	h.SetSeed(ix.seed)
	for _, s := range []string{d.Title, d.Unit, d.CategoryName, d.ShopName, d.Place, d.Text} {
		_, _ = h.WriteString(s) // never fails
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// learn notes the words of a product and returns how many its title has.
func (ix *Index) learn(slot int32, d Doc) int {
	fields := map[string]uint8{}
	note := func(text string, field uint8) int {
		list := Words(text)
		for _, w := range list {
			fields[w] |= field
		}
		return len(list)
	}
	titleWords := note(d.Title, inTitle)
	note(d.CategoryName, inKind)
	note(d.Unit, inKind)
	note(d.ShopName, inShop)
	note(d.Place, inShop)
	note(d.Text, inText)
	for w, mask := range fields {
		ix.vocabulary.add(w, uint32(slot)<<fieldBits|uint32(mask), ix.settled)
	}
	return titleWords
}

// sweep moves the living slots together.
func (ix *Index) sweep() {
	to := make([]int32, len(ix.ids))
	next := int32(0)
	for slot, id := range ix.ids {
		to[slot] = -1
		if id == 0 {
			continue
		}
		to[slot] = next
		ix.slots[id] = next
		ix.ids[next], ix.facts[next], ix.published[next] = id, ix.facts[slot], ix.published[slot]
		ix.sums[next], ix.labels[next] = ix.sums[slot], ix.labels[slot]
		next++
	}
	clear(ix.labels[next:])
	ix.ids, ix.facts, ix.published = ix.ids[:next], ix.facts[:next], ix.published[:next]
	ix.sums, ix.labels, ix.dead = ix.sums[:next], ix.labels[:next], 0
	for shop, list := range ix.ofShop {
		for i := range list {
			list[i] = to[list[i]]
		}
		ix.ofShop[shop] = list
	}
	ix.vocabulary.sweep(to)
	ix.settle()
}

// label splits what is kept of a product's address and title.
func (ix *Index) label(slot int32) (slug, title string) {
	slug, title, _ = strings.Cut(ix.labels[slot], "\x00")
	return slug, title
}
