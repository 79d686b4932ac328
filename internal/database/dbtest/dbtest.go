// Package dbtest gives every database test a fresh, migrated store on both
// engines. A missing PostgreSQL fails the test; it never skips.
package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
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
	return open(t, SQLiteAddress(t))
}

var names atomic.Int64

var errUndo = errors.New("undo")

// Harm lets fn break rows by hand in a transaction that is always taken back: the
// negative control of a proof. Meanwhile the tables' own CHECK constraints, which
// would refuse what a proof has to find, do not hold.
func Harm(t testing.TB, db *database.DB, tables []string, fn func(tx *gorm.DB)) {
	t.Helper()
	err := database.InTx(context.Background(), db, func(tx *gorm.DB) error {
		if db.Dialect() == database.SQLite {
			require.NoError(t, tx.Exec("PRAGMA ignore_check_constraints = ON").Error)
			defer func() { require.NoError(t, tx.Exec("PRAGMA ignore_check_constraints = OFF").Error) }()
		} else {
			for _, table := range tables {
				var names []string
				require.NoError(t, tx.Raw("SELECT conname FROM pg_constraint WHERE conrelid = ?::regclass AND contype = 'c'", table).Scan(&names).Error)
				for _, name := range names {
					require.NoError(t, tx.Exec("ALTER TABLE "+table+" DROP CONSTRAINT "+name).Error)
				}
			}
		}
		fn(tx)
		return errUndo
	})
	require.ErrorIs(t, err, errUndo)
}

// PostgresURL returns the address of a fresh, empty schema, dropped at the end.
func PostgresURL(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	server, conn := connect(t)
	name := unique(t)
	_, err := conn.Exec(ctx, "CREATE SCHEMA "+pgx.Identifier{name}.Sanitize())
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
	return open(t, PostgresAddress(t))
}

func open(t testing.TB, address string) *database.DB {
	t.Helper()
	db, err := database.Open(context.Background(), address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// connect opens the server that the tests are given.
func connect(t testing.TB) (server string, conn *pgx.Conn) {
	t.Helper()
	server = os.Getenv("LAPAK_TEST_POSTGRES")
	require.NotEmpty(t, server, "LAPAK_TEST_POSTGRES is not set: run the tests through make test (scripts/with-postgres.sh)")
	conn, err := pgx.Connect(context.Background(), server)
	require.NoError(t, err)
	return server, conn
}

// unique names a schema or database of one test.
func unique(t testing.TB) string {
	name := fmt.Sprintf("t%d_%d_%s", os.Getpid(), names.Add(1), strings.ToLower(safe(t.Name())))
	return name[:min(len(name), 40)] // River builds channel names of at most 63 bytes from it
}

func safe(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
}
