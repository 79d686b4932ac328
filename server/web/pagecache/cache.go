// Package pagecache keeps drawn public pages in memory, each with the keys of
// what it was drawn from, and forgets them when those change: at once for this
// process's own transactions, within a poll for those of other instances.
//
// It never serves a page after having seen that it changed, and no page at all
// once it no longer hears about changes.
package pagecache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/lapak-berdaya/lapak/internal/id"
)

// Limits bound one shelf of the cache.
type Limits struct {
	Pages int
	Bytes int
}

// Settings of a Cache; the zero value of each field means its default.
type Settings struct {
	Plain Limits        // pages of addresses without a question mark: there are only as many as things
	Asked Limits        // filtered and searched lists: anybody can invent more of them
	Keep  time.Duration // how long a page is kept at most; the backstop for everything else
	Deaf  time.Duration // without a good poll for so long, nothing is served from here
}

func (s Settings) withDefaults() Settings {
	if s.Plain == (Limits{}) {
		s.Plain = Limits{Pages: 2000, Bytes: 64 << 20}
	}
	if s.Asked == (Limits{}) {
		s.Asked = Limits{Pages: 500, Bytes: 16 << 20}
	}
	if s.Keep == 0 {
		s.Keep = 30 * time.Second
	}
	if s.Deaf == 0 {
		s.Deaf = 3 * time.Second
	}
	return s
}

// Fill draws a page and says what it was drawn from. Its context ends with no
// visitor: others may wait for the same page.
type Fill func(ctx context.Context) (page *Page, dependsOn []string, err error)

// fillTime bounds one Fill, above the database's own statement timeout.
const fillTime = 20 * time.Second

// errFill is what the others get when the one who drew the page panicked.
var errFill = errors.New("pagecache: drawing the page panicked")

// Stats count since the start.
type Stats struct {
	Hits, Misses, Shared, Bypassed, Discarded, Invalidated int64
	Pages, Bytes                                           int // kept now
}

type entry struct {
	key     string
	shelf   *shelf
	page    *Page
	depends []string
	until   time.Time
}

type shelf struct {
	lru   *simplelru.LRU[string, *entry]
	limit int
	bytes int
}

// flight is one page being drawn.
type flight struct {
	done  chan struct{}
	page  *Page
	err   error
	dirty map[string]bool // keys that changed meanwhile
	void  bool            // everything changed meanwhile
}

// Cache is a bounded page cache; use New. It is safe for concurrent use.
type Cache struct {
	set Settings
	now func() time.Time // with a monotonic part

	mu      sync.Mutex
	plain   *shelf
	asked   *shelf
	by      map[string]map[*entry]bool // entries by what they depend on
	flights map[string]*flight         // joinable, by page key
	drawing map[*flight]bool           // all under way
	heard   time.Time                  // when the last good poll began, by now; zero: never
	theirs  time.Time                  // the database's time then
	boot    string                     // tells this process's generations from others'
	changes uint64                     // counts what was heard
	stats   Stats
}

// New returns an empty cache, which keeps nothing until it hears from Watch.
func New(set Settings) *Cache {
	c := &Cache{
		set: set.withDefaults(), now: time.Now, boot: id.Token()[:12],
		by: map[string]map[*entry]bool{}, flights: map[string]*flight{}, drawing: map[*flight]bool{},
	}
	c.plain, c.asked = c.newShelf(c.set.Plain), c.newShelf(c.set.Asked)
	return c
}

func (c *Cache) newShelf(l Limits) *shelf {
	s := &shelf{limit: l.Bytes}
	// The size is positive, which is all that NewLRU asks for.
	s.lru, _ = simplelru.NewLRU(max(l.Pages, 1), func(_ string, e *entry) { c.left(e) })
	return s
}

// left forgets an entry that its shelf has let go. The lock is held.
func (c *Cache) left(e *entry) {
	e.shelf.bytes -= e.page.size()
	for _, k := range e.depends {
		delete(c.by[k], e)
		if len(c.by[k]) == 0 {
			delete(c.by, k)
		}
	}
}

// Get returns the page of key, drawn by fill unless it is kept. However many ask
// at once, it is drawn once, and nobody who asks after a change was seen gets a
// page whose drawing began before it. asked puts it on the shelf of addresses
// that anybody can invent. Only pages of status 200 are kept; an error is for
// those who wait for it and no one later.
func (c *Cache) Get(ctx context.Context, key string, asked bool, fill Fill) (*Page, error) {
	s := c.plain
	if asked {
		s = c.asked
	}
	c.mu.Lock()
	if !c.hears() {
		c.stats.Bypassed++
		c.mu.Unlock()
		page, _, err := fill(ctx)
		return page, err
	}
	if e, ok := s.lru.Get(key); ok {
		if c.database().Before(e.until) {
			c.stats.Hits++
			c.mu.Unlock()
			return e.page, nil
		}
		s.lru.Remove(key)
	}
	f := c.flights[key]
	if f == nil {
		f = &flight{done: make(chan struct{}), dirty: map[string]bool{}, err: errFill}
		c.flights[key], c.drawing[f] = f, true
		c.stats.Misses++
		c.mu.Unlock()
		c.draw(ctx, key, s, f, fill)
		return f.page, f.err
	}
	c.stats.Shared++
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.page, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Cache) draw(ctx context.Context, key string, s *shelf, f *flight, fill Fill) {
	var depends []string
	defer func() { // also when fill panics: nobody may wait for ever
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.flights[key] == f {
			delete(c.flights, key)
		}
		delete(c.drawing, f)
		c.keep(key, s, f, depends)
		close(f.done)
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fillTime)
	defer cancel()
	f.page, depends, f.err = fill(ctx)
}

// keep puts a drawn page on its shelf, unless something it shows changed since
// its drawing began. The lock is held.
func (c *Cache) keep(key string, s *shelf, f *flight, depends []string) {
	if f.err != nil || f.page.Status != 200 || !c.hears() {
		return
	}
	changed := f.void
	for _, k := range depends {
		changed = changed || f.dirty[k]
	}
	if changed {
		c.stats.Discarded++
		return
	}
	if f.page.size() > s.limit {
		return
	}
	now := c.database()
	until := now.Add(c.set.Keep)
	// Pages tell days ("siap dikirim …") and months. Midnight is at a full hour of
	// UTC in each of Indonesia's zones.
	if hour := now.Truncate(time.Hour).Add(time.Hour); hour.Before(until) {
		until = hour
	}
	s.lru.Remove(key)
	e := &entry{key: key, shelf: s, page: f.page, depends: depends, until: until}
	for _, k := range depends {
		if c.by[k] == nil {
			c.by[k] = map[*entry]bool{}
		}
		c.by[k][e] = true
	}
	s.bytes += e.page.size()
	s.lru.Add(key, e)
	for s.bytes > s.limit {
		s.lru.RemoveOldest()
	}
}

// hears reports whether changes would be known here. The lock is held.
func (c *Cache) hears() bool { return !c.heard.IsZero() && c.now().Sub(c.heard) < c.set.Deaf }

// database is the database's time, by its last answer. The lock is held.
func (c *Cache) database() time.Time { return c.theirs.Add(c.now().Sub(c.heard)) }

// Invalidate forgets every page that depends on one of the keys, and keeps none
// that is being drawn from them just now.
func (c *Cache) Invalidate(keys ...string) {
	if len(keys) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for _, k := range keys {
		for e := range c.by[k] {
			c.stats.Invalidated++
			e.shelf.lru.Remove(e.key)
		}
		for f := range c.drawing {
			f.dirty[k] = true
		}
	}
	clear(c.flights) // who asks from now on gets a page begun from now on
}

// Generation names the state of everything public: it is another one as soon as a
// change was heard, after each full hour, and after a new start. "" while nobody
// would hear. What is too large to be kept is asked for again by it.
func (c *Cache) Generation() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.hears() {
		return ""
	}
	return fmt.Sprintf("%s-%d-%d", c.boot, c.changes, c.database().Unix()/3600)
}

// Clear forgets everything.
func (c *Cache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
}

func (c *Cache) clear() {
	c.changes++
	c.plain.lru.Purge()
	c.asked.lru.Purge()
	for f := range c.drawing {
		f.void = true
	}
	clear(c.flights)
}

// Stats are the cache's counters.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.stats
	out.Pages, out.Bytes = c.plain.lru.Len()+c.asked.lru.Len(), c.plain.bytes+c.asked.bytes
	return out
}
