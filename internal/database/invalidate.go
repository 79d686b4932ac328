package database

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
)

// Invalidations keep the page caches of all instances true. A public page is
// kept together with the keys of everything it was drawn from, which the reading
// functions name with Depend; a transaction that changes such a thing appends
// the same key with InvalidateTx. Both stand in the package that owns the table,
// so a page cannot forget what it shows.
//
//	product:SLUG   one product: words, price, state, how much is left
//	shop:SLUG      one shop, and which products it sells
//	list           which products and shops are for sale anywhere
//	synonyms       what searches also look for
//	picture:ID     one picture's state
//	delivery:SHOP  how a shop (by id) delivers
//	collections    which collections there are, their words and their products

// Invalidation is one row: a key that some instance's transaction changed.
type Invalidation struct {
	ID  int64
	Key string
}

// changed is what one transaction invalidates, at least; made anew for each attempt.
type changed struct {
	db   *DB
	keys map[string]bool
}

const changedKey = "lapak:changed"

// InvalidateTx appends the keys of what this transaction changes on public
// pages. Rows are only ever appended, in one statement, so two sales of one
// product do not wait for each other here. This process's own cache forgets at the commit, the others' within their
// next poll. tx must come from InTx.
func InvalidateTx(ctx context.Context, tx *gorm.DB, keys ...string) error {
	held, ok := tx.Get(changedKey)
	if !ok {
		panic("database: InvalidateTx outside InTx")
	}
	all := held.(*changed)
	// Keys of an earlier call are written again: a savepoint may have undone them.
	keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	if len(keys) == 0 {
		return nil
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(keys, 200) { // a statement takes a limited number of values
		args := make([]any, 0, 2*len(part))
		for _, k := range part {
			args = append(args, k, now)
		}
		err := tx.WithContext(ctx).Exec("INSERT INTO invalidations (page_key, created_at) VALUES "+
			strings.TrimSuffix(strings.Repeat("(?, ?), ", len(part)), ", "), args...).Error
		if err != nil {
			return fmt.Errorf("database: invalidate %s: %w", part[0], err)
		}
	}
	if len(all.keys) == 0 {
		AfterCommit(tx, func() { all.db.tell(all.keys) })
	}
	for _, k := range keys {
		all.keys[k] = true
	}
	return nil
}

// watchers are told what this process's own transactions changed.
type watchers struct {
	mu  sync.Mutex
	all map[int]func(keys []string)
	n   int
}

// OnInvalidate calls fn after each commit of this process that invalidated
// something, until stop is called. fn must not use the database.
func (db *DB) OnInvalidate(fn func(keys []string)) (stop func()) {
	w := &db.watchers
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[int]func([]string){}
	}
	w.n++
	n := w.n
	w.all[n] = fn
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, n)
	}
}

// Tell calls the functions of OnInvalidate with keys that no transaction names:
// for what only this process finds out about, from what it has read.
func (db *DB) Tell(keys ...string) {
	set := make(map[string]bool, len(keys))
	for _, k := range keys {
		set[k] = true
	}
	db.tell(set)
}

func (db *DB) tell(set map[string]bool) {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	db.watchers.mu.Lock()
	defer db.watchers.mu.Unlock()
	for _, fn := range db.watchers.all {
		fn(keys)
	}
}

// Invalidations returns the database's time and the rows with a higher id than
// after (unless that is negative) or written during the last back. Ids are given when a row is inserted
// and seen when its transaction commits, so a lower id can appear after a higher
// one: that is why the recent ones are read again each time.
func (db *DB) Invalidations(ctx context.Context, after int64, back time.Duration) (time.Time, []Invalidation, error) {
	now, err := clock.Now(ctx, db.Read(ctx))
	if err != nil {
		return time.Time{}, nil, err
	}
	var rows []Invalidation
	if after < 0 {
		after = math.MaxInt64
	}
	err = db.Read(ctx).Raw("SELECT id, page_key AS key FROM invalidations WHERE id > ? OR created_at > ? ORDER BY id", after, now.Add(-back)).Scan(&rows).Error
	if err != nil {
		return time.Time{}, nil, fmt.Errorf("database: invalidations: %w", err)
	}
	return now, rows, nil
}

// PruneInvalidations deletes the rows that no instance reads any more, written
// longer than age ago, and returns how many. A job's work.
func PruneInvalidations(ctx context.Context, db *DB, age time.Duration) (int64, error) {
	var n int64
	err := InTx(ctx, db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		done := tx.Exec("DELETE FROM invalidations WHERE created_at < ?", now.Add(-age))
		n = done.RowsAffected
		return done.Error
	})
	if err != nil {
		return 0, fmt.Errorf("database: prune invalidations: %w", err)
	}
	return n, nil
}

type dependKey struct{}

// Dependencies are the keys of what was read under a context of Collect.
type Dependencies struct {
	mu   sync.Mutex
	keys map[string]bool
}

// Collect returns a context under which Depend notes what is read.
func Collect(ctx context.Context) (context.Context, *Dependencies) {
	d := &Dependencies{keys: map[string]bool{}}
	return context.WithValue(ctx, dependKey{}, d), d
}

// Keys are the noted keys, sorted.
func (d *Dependencies) Keys() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]string, 0, len(d.keys))
	for k := range d.keys {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Depend notes what the answer of a public query was read from: a page drawn
// from it is forgotten when a transaction invalidates one of the keys. It does
// nothing under a context that collects nothing. Call it before the query.
func Depend(ctx context.Context, keys ...string) {
	if d, ok := ctx.Value(dependKey{}).(*Dependencies); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, k := range keys {
			d.keys[k] = true
		}
	}
}
