package database_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

var createTable = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)

// comment lines would be read as part of a check.
var sqlComment = regexp.MustCompile(`--[^\n]*`)

// postgresChecks reads the CHECK clauses from the migration files: PostgreSQL
// itself rewrites them, SQLite keeps them as written.
func postgresChecks(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("migrations/postgres/*.sql")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	out := map[string][]string{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range createTable.FindAllStringSubmatch(string(raw), -1) {
			out[m[1]] = checks(sqlComment.ReplaceAllString(m[2], ""))
		}
	}
	return out
}
