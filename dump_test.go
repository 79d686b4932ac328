package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
)

// tables are all tables of the database, those of the job queue and of the
// migrations too.
func (w *world) tables(t *testing.T) []string {
	t.Helper()
	query := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if w.db.Dialect() == database.Postgres {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
	}
	var names []string
	require.NoError(t, w.db.Read(context.Background()).Raw(query).Scan(&names).Error)
	require.Contains(t, names, "users")
	slices.Sort(names)
	return names
}

// fractions of seconds are any six figures: nobody's account.
var fractions = regexp.MustCompile(`(\d\d:\d\d:\d\d)\.\d+`)

// dump is everything a copy of the database gives away, table by table, in
// readable text.
func (w *world) dump(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, table := range w.tables(t) {
		var rows []map[string]any
		require.NoError(t, w.db.Read(context.Background()).Raw(`SELECT * FROM "`+table+`"`).Scan(&rows).Error, table)
		var b strings.Builder
		for _, row := range rows {
			for column, value := range row {
				switch v := value.(type) {
				case []byte:
					fmt.Fprintf(&b, "%s=%s\n", column, fractions.ReplaceAll(v, []byte("$1")))
				case time.Time:
					fmt.Fprintf(&b, "%s=%s\n", column, v.Format(time.RFC3339))
				default:
					fmt.Fprintf(&b, "%s=%s\n", column, fractions.ReplaceAllString(fmt.Sprint(v), "$1"))
				}
			}
		}
		all[table] = b.String()
	}
	return all
}

// nowhere fails for each table in which one of the words stands.
func nowhere(t *testing.T, dump map[string]string, words ...string) {
	t.Helper()
	for table, content := range dump {
		for _, word := range words {
			for line := range strings.Lines(content) {
				if strings.Contains(line, word) {
					t.Errorf("table %s gives away %q: %.200s", table, word, line)
				}
			}
		}
	}
}
