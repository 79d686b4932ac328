// Package dbtest gives every database test a fresh, migrated store on both
// engines. A missing PostgreSQL fails the test; it never skips.
package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/jobs"
)

// Run runs the test once on a fresh SQLite file and once in a fresh PostgreSQL
// schema, as subtests named by engine.
func Run(t *testing.T, test func(t *testing.T, db *database.DB)) {
	t.Helper()
	t.Run(database.SQLite, func(t *testing.T) { test(t, SQLiteDB(t)) })
	t.Run(database.Postgres, func(t *testing.T) { test(t, PostgresDB(t)) })
}

// SQLiteDB returns a fresh migrated SQLite store, closed at the test's end.
func SQLiteDB(t testing.TB) *database.DB {
	t.Helper()
	return open(t, "sqlite:"+filepath.Join(t.TempDir(), "lapak.db"))
}

var schemas atomic.Int64

// PostgresURL returns the address of a fresh, empty schema, dropped at the end.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv("LAPAK_TEST_POSTGRES")
	require.NotEmpty(t, server, "LAPAK_TEST_POSTGRES is not set: run the tests through make test (scripts/with-postgres.sh)")
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	require.NoError(t, err)
	name := fmt.Sprintf("t%d_%d_%s", os.Getpid(), schemas.Add(1), strings.ToLower(safe(t.Name())))
	if len(name) > 40 { // River builds channel names of at most 63 bytes from it
		name = name[:40]
	}
	_, err = conn.Exec(ctx, "CREATE SCHEMA "+pgx.Identifier{name}.Sanitize())
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := conn.Exec(ctx, "DROP SCHEMA "+pgx.Identifier{name}.Sanitize()+" CASCADE")
		if err != nil {
			t.Errorf("dbtest: drop schema: %v", err)
		}
		_ = conn.Close(ctx)
	})
	u, err := url.Parse(server)
	require.NoError(t, err)
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// PostgresDB returns a fresh migrated PostgreSQL store.
func PostgresDB(t testing.TB) *database.DB {
	t.Helper()
	return open(t, PostgresURL(t))
}

func open(t testing.TB, address string) *database.DB {
	t.Helper()
	ctx := context.Background()
	db, err := database.Open(ctx, address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	_, err = database.Migrate(ctx, db)
	require.NoError(t, err)
	require.NoError(t, jobs.Migrate(ctx, db))
	return db
}

func safe(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
}
