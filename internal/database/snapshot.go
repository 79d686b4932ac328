package database

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gorm.io/gorm"
)

// Snapshot runs fn in one read transaction that sees one moment of the whole
// database, however long it takes and whoever writes meanwhile: REPEATABLE READ
// READ ONLY on PostgreSQL, a read transaction beside the writer on SQLite. It
// blocks nobody; while it runs, PostgreSQL keeps old row versions and SQLite's
// write-ahead log grows. fn must not write, and gets the transaction explicitly.
// For backups and imports, which read every table.
func Snapshot(ctx context.Context, db *DB, fn func(tx *gorm.DB) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if db.dialect == Postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	return db.read.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		tx = tx.Session(&gorm.Session{})
		// Both take their snapshot with the first read. PostgreSQL's limits are for
		// statements of pages, not for a whole table that goes to a slow disk.
		first := []string{"SELECT count(*) FROM sqlite_master"}
		if db.dialect == Postgres {
			first = append(slices.Clone(Unhurried), "SELECT count(*) FROM pg_class")
		}
		for _, query := range first {
			if err := tx.Exec(query).Error; err != nil {
				return fmt.Errorf("database: snapshot: %w", err)
			}
		}
		return fn(tx)
	}, opts)
}

// Unhurried are the statements that lift PostgreSQL's time limits inside one
// transaction; only what copies whole tables needs them.
var Unhurried = []string{
	"SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0",
}
