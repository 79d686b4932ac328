package database_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
)

func TestOneProcessOwnsAnEmbeddedDatabase(t *testing.T) {
	path := "sqlite:" + filepath.Join(t.TempDir(), "lapak.db")
	release, err := database.Own(path)
	require.NoError(t, err)
	_, err = database.Own(path)
	require.ErrorIs(t, err, database.ErrOwned)
	other, err := database.Own("sqlite:" + filepath.Join(t.TempDir(), "lapak.db"))
	require.NoError(t, err, "another database is another matter")
	require.NoError(t, other())
	require.NoError(t, release())
	again, err := database.Own(path)
	require.NoError(t, err)
	require.NoError(t, again())

	for range 2 {
		_, err := database.Own("postgres://lapak@db/lapak")
		require.NoError(t, err, "PostgreSQL serves several")
	}
	_, err = database.Own("sqlite:" + filepath.Join(t.TempDir(), "gone", "lapak.db"))
	require.Error(t, err)
}
