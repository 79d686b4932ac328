package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// ErrNewerSchema says that the database was migrated by a newer program.
var ErrNewerSchema = errors.New("database: the schema is newer than this program; install the newer version")

func provider(db *DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+db.dialect)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	options := []goose.ProviderOption{}
	if db.dialect == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
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
	p, err := provider(db)
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
