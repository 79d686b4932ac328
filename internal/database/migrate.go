package database

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"gorm.io/gorm"
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

// Versions returns the schema's version and the one this program wants.
func Versions(ctx context.Context, db *DB) (current, target int64, err error) {
	p, err := provider(ctx, db)
	if err != nil {
		return 0, 0, fmt.Errorf("database: migrations: %w", err)
	}
	if current, target, err = p.GetVersions(ctx); err != nil {
		return 0, 0, fmt.Errorf("database: read the schema version: %w", err)
	}
	return current, target, nil
}

// Migrate brings the schema up to this program's version and returns how many
// steps it applied. It refuses a schema newer than the program.
func Migrate(ctx context.Context, db *DB) (int, error) {
	target, err := Latest(db.dialect)
	if err != nil {
		return 0, err
	}
	return MigrateTo(ctx, db, target)
}

// MigrateTo brings the schema up to one version, for data of that version to be
// loaded, and returns how many steps it applied. It never goes down: a schema
// that is newer than the version stays as it is, one that is newer than the
// program is refused.
func MigrateTo(ctx context.Context, db *DB, version int64) (int, error) {
	p, err := provider(ctx, db)
	if err != nil {
		return 0, fmt.Errorf("database: migrations: %w", err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("database: read the schema version: %w", err)
	}
	if current > target || version > target {
		return 0, fmt.Errorf("%w (schema %d, program %d)", ErrNewerSchema, max(current, version), target)
	}
	if current >= version {
		return 0, nil
	}
	applied, err := p.UpTo(ctx, version)
	if err != nil {
		return 0, fmt.Errorf("database: migrate: %w", err)
	}
	return len(applied), nil
}

// Latest is the schema version that this program brings.
func Latest(dialect string) (int64, error) {
	files, err := fs.Glob(migrations, "migrations/"+dialect+"/*.sql")
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("database: no migrations for %q", dialect)
	}
	// Glob sorts, and the numbers have one width.
	return goose.NumericComponent(files[len(files)-1])
}

// Checksum stands for everything the migrations of a dialect say: programs with the
// same one make the same schema.
func Checksum(dialect string) (string, error) {
	files, err := fs.Glob(migrations, "migrations/"+dialect+"/*.sql")
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("database: no migrations for %q", dialect)
	}
	sum := sha256.New()
	for _, name := range files {
		data, err := migrations.ReadFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(data), data)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Version is the schema version of the opened database, 0 when it was never
// migrated.
func Version(ctx context.Context, db *DB) (int64, error) { return version(ctx, db.sqlR, db.dialect) }

// VersionTx is Version as a transaction sees it.
func VersionTx(ctx context.Context, tx *gorm.DB) (int64, error) {
	return version(ctx, SQLTx(tx), tx.Dialector.Name())
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func version(ctx context.Context, q querier, dialect string) (int64, error) {
	exists := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version'"
	if dialect == Postgres {
		exists = "SELECT count(*) FROM pg_class WHERE relname = 'goose_db_version' AND relnamespace = current_schema()::regnamespace"
	}
	var n int64
	if err := q.QueryRowContext(ctx, exists).Scan(&n); err != nil || n == 0 {
		return 0, err
	}
	err := q.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&n)
	return n, err
}

// refuseNewer closes the door of a database that a newer program migrated: an
// older one would read and write what it does not understand.
func (db *DB) refuseNewer(ctx context.Context) error {
	current, err := Version(ctx, db)
	if err != nil {
		return fmt.Errorf("database: read the schema version: %w", err)
	}
	target, err := Latest(db.dialect)
	if err != nil {
		return err
	}
	if current > target {
		return fmt.Errorf("%w (schema %d, program %d)", ErrNewerSchema, current, target)
	}
	return nil
}
