package database

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Pool is how busy the connections are.
type Pool struct {
	Max    int // allowed
	Open   int
	InUse  int
	Waited int64         // how often somebody had to wait for one, since the start
	Wait   time.Duration // how long in all
}

// Pools names the handles: one pool on PostgreSQL; writer and readers on SQLite.
func (db *DB) Pools() map[string]Pool {
	if db.pool != nil {
		s := db.pool.Stat()
		return map[string]Pool{"main": {
			Max: int(s.MaxConns()), Open: int(s.TotalConns()), InUse: int(s.AcquiredConns()), Waited: s.EmptyAcquireCount(), Wait: s.AcquireDuration(),
		}}
	}
	w, r := db.sqlW.Stats(), db.sqlR.Stats()
	return map[string]Pool{
		"write": {w.MaxOpenConnections, w.OpenConnections, w.InUse, w.WaitCount, w.WaitDuration},
		"read":  {r.MaxOpenConnections, r.OpenConnections, r.InUse, r.WaitCount, r.WaitDuration},
	}
}

// Size is how many bytes the database takes on its disk: the file and its log on
// SQLite, tables and indexes of this installation's schema on PostgreSQL.
func (db *DB) Size(ctx context.Context) (int64, error) {
	if db.dialect == SQLite {
		var size int64
		for _, name := range []string{db.path, db.path + "-wal"} {
			info, err := os.Stat(name)
			if err != nil && !os.IsNotExist(err) {
				return 0, fmt.Errorf("database: size: %w", err)
			}
			if err == nil {
				size += info.Size()
			}
		}
		return size, nil
	}
	var size int64
	err := db.Read(ctx).Raw(`SELECT CAST(COALESCE(SUM(pg_total_relation_size(c.oid)), 0) AS BIGINT) FROM pg_class c
		WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace`).Scan(&size).Error
	if err != nil {
		return 0, fmt.Errorf("database: size: %w", err)
	}
	return size, nil
}

// Versions returns the schema's version and the one this program brings. Behind
// means that `lapak migrate` has not run; ahead, that a newer program did it.
func (db *DB) Versions(ctx context.Context) (schema, program int64, err error) {
	program, err = newest(db.dialect)
	if err != nil {
		return 0, 0, err
	}
	err = db.Read(ctx).Raw("SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&schema).Error
	if err != nil {
		return 0, 0, fmt.Errorf("database: schema version: %w", err)
	}
	return schema, program, nil
}

// newest is the highest number among the program's own migrations.
func newest(dialect string) (int64, error) {
	files, err := migrations.ReadDir("migrations/" + dialect)
	if err != nil {
		return 0, fmt.Errorf("database: %w", err)
	}
	var highest int64
	for _, f := range files {
		var n int64
		if _, err := fmt.Sscanf(f.Name(), "%d_", &n); err == nil {
			highest = max(highest, n)
		}
	}
	return highest, nil
}
