package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// ErrNewerSchema says that the database was migrated by a newer program.
var ErrNewerSchema = errors.New("database: the schema is newer than this program; install the newer version")

func provider(ctx context.Context, db *DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+db.dialect)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{}
	if db.dialect == Postgres {
		dialect = goose.DialectPostgres
		var schema string
		if err := db.sqlW.QueryRowContext(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
			return nil, err
		}
		// One lock per schema: two installations in one database do not wait for
		// each other, two instances of one do.
		locker, err := lock.NewPostgresSessionLocker(
			lock.WithLockID(int64(crc32.ChecksumIEEE([]byte("lapak migrations "+schema)))), lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker)) // one migrator among several instances
	}
	return goose.NewProvider(dialect, db.sqlW, files, options...)
}

// Migrate brings the schema up to this program's version and returns how many
// steps it applied. It refuses a schema newer than the program.
func Migrate(ctx context.Context, db *DB) (int, error) {
	p, err := provider(ctx, db)
	if err != nil {
		return 0, fmt.Errorf("database: migrations: %w", err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("database: read the schema version: %w", err)
	}
	if current > target {
		return 0, fmt.Errorf("%w (schema %d, program %d)", ErrNewerSchema, current, target)
	}
	if current == target {
		return 0, nil
	}
	applied, err := p.Up(ctx)
	if err != nil {
		return 0, fmt.Errorf("database: migrate: %w", err)
	}
	return len(applied), nil
}
