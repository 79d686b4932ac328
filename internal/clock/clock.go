// Package clock tells the time of the database, once per transaction.
//
// Every instance of the program sees one clock, so a fast or slow machine
// cannot lapse a payment early. Tests and the demo shift the clock of one
// database; production never does.
package clock

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// Shift is the offset added to the database's time; zero in production.
type Shift struct{ nanos atomic.Int64 }

// Advance moves the shifted clock by d (for tests).
func (s *Shift) Advance(d time.Duration) { s.nanos.Add(int64(d)) }

// Offset returns the present shift.
func (s *Shift) Offset() time.Duration { return time.Duration(s.nanos.Load()) }

// keys under which database hands the shift and the transaction's own time to
// a *gorm.DB.
const (
	shiftKey = "lapak:clock"
	nowKey   = "lapak:now"
)

// Attach returns db carrying the shift; database calls it once per handle.
func Attach(db *gorm.DB, s *Shift) *gorm.DB { return db.Set(shiftKey, s) }

// Begin returns tx with room for its one time; database calls it per transaction.
func Begin(tx *gorm.DB) *gorm.DB { return tx.Set(nowKey, new(time.Time)) }

// held is the one time of something that is read in several queries.
type held struct {
	mu  sync.Mutex
	now time.Time
}

type heldKey struct{}

// Hold returns a context under which every reading has one time: that of the
// first question outside a transaction. A page drawn under it asks once.
func Hold(ctx context.Context) context.Context {
	return context.WithValue(ctx, heldKey{}, &held{})
}

// Now returns the database's time in UTC with microseconds. Inside a
// transaction every call gives the same time, and so does every call under Hold
// outside of one.
func Now(ctx context.Context, tx *gorm.DB) (time.Time, error) {
	began, _ := tx.Get(nowKey)
	slot, _ := began.(*time.Time)
	if slot != nil && !slot.IsZero() {
		return *slot, nil
	}
	if h, ok := ctx.Value(heldKey{}).(*held); ok && slot == nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.now.IsZero() {
			now, err := read(ctx, tx)
			if err != nil {
				return time.Time{}, err
			}
			h.now = now
		}
		return h.now, nil
	}
	now, err := read(ctx, tx)
	if err == nil && slot != nil {
		*slot = now
	}
	return now, err
}

// read asks the database.
func read(ctx context.Context, tx *gorm.DB) (time.Time, error) {
	query := "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
	if tx.Dialector.Name() == "sqlite" {
		query = "SELECT CAST(round(unixepoch('subsec') * 1000000) AS INTEGER)"
	}
	var micros int64
	if err := tx.WithContext(ctx).Raw(query).Scan(&micros).Error; err != nil {
		return time.Time{}, fmt.Errorf("clock: %w", err)
	}
	now := time.UnixMicro(micros).UTC()
	if s, ok := tx.Get(shiftKey); ok {
		now = now.Add(s.(*Shift).Offset()).Truncate(time.Microsecond)
	}
	return now, nil
}
