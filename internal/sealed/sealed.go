// Package sealed brings columns that hold sealed values (id.Keys.Seal) to the
// first secret key: what an older version wrote in plain text, and what an older
// key sealed. The package that owns the table says which columns it has.
package sealed

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// Column is one sealed column of a table with a bigint key.
type Column struct {
	Table   string
	Key     string // the table's bigint key; "" is id
	Sealed  string // the column with the sealed value, '' for nothing
	Index   string // the column with its keyed hash (id.Keys.Index); "" when it is never looked for
	Plain   string // a column that held it before sealing began, emptied on the way; "" when the value was sealed in place
	Purpose string // the purpose it is sealed and indexed for
}

// batch is how many rows one transaction seals: few enough that nobody waits.
const batch = 200

// Renew seals every value of the column that the first key has not sealed, in
// small transactions, and returns how many there were. It may be interrupted and
// run again, and it may run while the site serves: a value changed meanwhile is
// left alone. A value that no key opens ends it with an error naming the row.
func Renew(ctx context.Context, db *database.DB, keys id.Keys, c Column) (int, error) {
	renewed := 0
	for after := int64(0); ; {
		var last int64
		var n int
		err := database.InTx(ctx, db, func(tx *gorm.DB) (err error) {
			last, n, err = renewTx(tx, keys, c, after)
			return err
		})
		if err != nil {
			return renewed, fmt.Errorf("sealed: %s.%s: %w", c.Table, c.Sealed, err)
		}
		renewed += n
		if last == 0 {
			return renewed, nil
		}
		after = last
	}
}

func renewTx(tx *gorm.DB, keys id.Keys, c Column, after int64) (last int64, renewed int, err error) {
	var rows []struct {
		ID     int64
		Sealed string
		Plain  []byte
	}
	key := "id"
	if c.Key != "" {
		key = c.Key
	}
	plain, stale := "NULL", "("+c.Sealed+" <> '' AND "+c.Sealed+" NOT LIKE ?)"
	if c.Plain != "" {
		plain, stale = c.Plain, "("+stale+" OR length("+c.Plain+") > 0)"
	}
	err = tx.Raw("SELECT "+key+" AS id, "+c.Sealed+" AS sealed, "+plain+" AS plain FROM "+c.Table+" WHERE "+key+" > ? AND "+stale+" ORDER BY "+key+" LIMIT ?",
		after, keys.SealPrefix()+"%", batch).Scan(&rows).Error
	if err != nil {
		return 0, 0, err
	}
	for _, r := range rows {
		last = r.ID
		value, err := keys.Unseal(c.Purpose, r.Sealed)
		if err != nil {
			return 0, 0, fmt.Errorf("row %d: %w", r.ID, err)
		}
		if value == "" {
			value = string(r.Plain)
		}
		set, args := c.Sealed+" = ?", []any{keys.Seal(c.Purpose, value)}
		if c.Index != "" {
			set, args = set+", "+c.Index+" = ?", append(args, keys.Index(c.Purpose, value))
		}
		if c.Plain != "" {
			set += ", " + c.Plain + " = ''"
		}
		done := tx.Exec("UPDATE "+c.Table+" SET "+set+" WHERE "+key+" = ? AND "+c.Sealed+" = ?", append(args, r.ID, r.Sealed)...)
		if done.Error != nil {
			return 0, 0, done.Error
		}
		renewed += int(done.RowsAffected)
	}
	return last, renewed, nil
}
