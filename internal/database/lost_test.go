package database_test

import (
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/badline"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

// However the line to the database breaks, what the caller gets says that the
// database is away: a visitor is told to come again, not that we made a mistake.
func TestABrokenLineIsTheDatabaseBeingAway(t *testing.T) {
	t.Parallel()
	address := dbtest.PostgresURL(t)
	cfg, err := pgconn.ParseConfig(address)
	require.NoError(t, err)
	port := strconv.Itoa(int(cfg.Port))
	upstream := net.JoinHostPort(cfg.Host, port)
	if filepath.IsAbs(cfg.Host) {
		upstream = filepath.Join(cfg.Host, ".s.PGSQL."+port)
	}
	line, err := badline.Open(upstream)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, line.Close()) })
	through, err := url.Parse(address)
	require.NoError(t, err)
	q := through.Query()
	host, door, err := net.SplitHostPort(line.Addr())
	require.NoError(t, err)
	q.Set("host", host)
	q.Set("port", door)
	through.RawQuery = q.Encode()
	db, err := database.Open(t.Context(), through.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })

	ways := map[string]func() error{
		"a statement": func() error { return db.Read(t.Context()).Raw("SELECT 1").Scan(new(int)).Error },
		"rows":        func() error { return db.Read(t.Context()).Raw("SELECT generate_series(1, 9)").Scan(new([]int)).Error },
		"a transaction": func() error {
			return database.InTx(t.Context(), db, func(tx *gorm.DB) error { return tx.Exec("SELECT 1").Error })
		},
	}
	for _, mode := range []badline.Mode{badline.Refuse, badline.Half, badline.Reset, badline.Cut} {
		for name, try := range ways {
			line.Set(badline.Pass)
			require.NoError(t, try(), "%s: %s", mode, name)
			line.Set(mode)
			err := try()
			require.Error(t, err, "%s: %s", mode, name)
			require.True(t, database.Down(err), "%s: %s: %T %v", mode, name, err, err)
		}
	}
	line.Set(badline.Pass)
	require.NoError(t, ways["a transaction"](), "and it goes on by itself")
	require.False(t, database.Down(db.Read(t.Context()).Exec("SELECT no_such_column").Error))
	require.False(t, database.Down(errors.New("anything else")))
}
