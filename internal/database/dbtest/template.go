package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/jobs"
)

// Migrating an empty database takes a second of work, and every test wants one of
// its own: each engine is migrated once and then copied.

// migrated opens the database and brings it up to date.
func migrated(ctx context.Context, address string) error {
	db, err := database.Open(ctx, address)
	if err != nil {
		return err
	}
	if _, err = database.Migrate(ctx, db); err == nil {
		err = jobs.Migrate(ctx, db)
	}
	if closed := db.Close(); err == nil {
		err = closed
	}
	return err
}

// sqliteFile is a migrated file, once in this process.
var sqliteFile = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "lapak-template")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "lapak.db")
	if err := migrated(context.Background(), "sqlite:"+path); err != nil {
		return nil, err
	}
	if wal, err := os.ReadFile(path + "-wal"); err == nil && len(wal) > 0 {
		return nil, fmt.Errorf("dbtest: %d bytes of the template are not in its file", len(wal))
	}
	return os.ReadFile(path)
})

// SQLiteAddress returns the address of a fresh migrated file, gone at the test's end.
func SQLiteAddress(t testing.TB) string {
	t.Helper()
	data, err := sqliteFile()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "lapak.db")
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return "sqlite:" + path
}

// PostgresAddress returns the address of a fresh migrated database, dropped at the
// test's end. All processes of a run copy one template, which is named by what the
// migrations say, and stays on the server.
func PostgresAddress(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	server, conn := connect(t)
	sum, err := database.Checksum(database.Postgres)
	require.NoError(t, err)
	template := "lapak_template_" + sum[:16]
	require.NoError(t, makeTemplate(ctx, server, conn, template))
	name := unique(t)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()+" TEMPLATE "+pgx.Identifier{template}.Sanitize())
	require.NoError(t, err)
	t.Cleanup(func() {
		if _, err := conn.Exec(ctx, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)"); err != nil {
			t.Errorf("dbtest: drop database: %v", err)
		}
		_ = conn.Close(ctx)
	})
	address, err := withDatabase(server, name)
	require.NoError(t, err)
	return address
}

// made are the templates that this process has seen.
var made sync.Map

// makeTemplate makes the template unless it is there. One process does, the others
// wait. Nobody may connect to it afterwards, so that it can always be copied.
func makeTemplate(ctx context.Context, server string, conn *pgx.Conn, name string) error {
	if _, seen := made.Load(name); seen {
		return nil
	}
	const lock = "SELECT %s(hashtext('lapak test template'))"
	if _, err := conn.Exec(ctx, fmt.Sprintf(lock, "pg_advisory_lock")); err != nil {
		return err
	}
	defer func() { _, _ = conn.Exec(ctx, fmt.Sprintf(lock, "pg_advisory_unlock")) }()
	var there bool
	err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1 AND NOT datallowconn)", name).Scan(&there)
	if err != nil {
		return err
	}
	if !there {
		address, err := withDatabase(server, name)
		if err != nil {
			return err
		}
		quoted := pgx.Identifier{name}.Sanitize()
		for _, step := range []func() error{
			func() error { _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quoted+" WITH (FORCE)"); return err }, // half done
			func() error { _, err := conn.Exec(ctx, "CREATE DATABASE "+quoted+" TEMPLATE template0"); return err },
			func() error { return migrated(ctx, address) },
			func() error {
				_, err := conn.Exec(ctx, "ALTER DATABASE "+quoted+" ALLOW_CONNECTIONS false")
				return err
			},
		} {
			if err := step(); err != nil {
				return err
			}
		}
	}
	made.Store(name, true)
	return nil
}

// withDatabase is the address of another database of the same server.
func withDatabase(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}
