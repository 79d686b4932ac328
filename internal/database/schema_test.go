package database_test

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
)

// schema is what must be alike on both engines, as readable lines per table.
type schema map[string][]string

var kinds = map[string]string{
	"BIGINT": "integer", "INTEGER": "integer", "bigint": "integer", "integer": "integer",
	"TEXT": "text", "text": "text", "BOOLEAN": "boolean", "boolean": "boolean",
	"TIMESTAMP": "time", "timestamp with time zone": "time", "BLOB": "bytes", "bytea": "bytes",
}

func foreign(table string) bool {
	return strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "goose_") || strings.HasPrefix(table, "sqlite_")
}

func sqliteSchema(t *testing.T, db *database.DB) schema {
	read := func(query string, into any, args ...any) {
		require.NoError(t, db.Read(t.Context()).Raw(query, args...).Scan(into).Error)
	}
	var tables []struct{ Name, SQL string }
	read("SELECT name, sql FROM sqlite_master WHERE type = 'table'", &tables)
	out := schema{}
	for _, table := range tables {
		if foreign(table.Name) {
			continue
		}
		var lines []string
		var columns []struct {
			Name, Type string
			Notnull    bool
			Pk         int
		}
		read("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?)", &columns, table.Name)
		var primary []string
		for _, c := range columns {
			if c.Pk > 0 {
				primary = append(primary, c.Name)
			}
			kind, known := kinds[c.Type]
			require.True(t, known, "%s.%s has the type %s", table.Name, c.Name, c.Type)
			lines = append(lines, column(c.Name, kind, c.Notnull || c.Pk > 0))
		}
		lines = append(lines, list("primary key", primary))
		var indexes []struct {
			Name    string
			Unique  bool
			Origin  string
			Partial bool
		}
		read("SELECT name, \"unique\", origin, partial FROM pragma_index_list(?)", &indexes, table.Name)
		for _, i := range indexes {
			if !i.Unique || i.Origin == "pk" {
				continue
			}
			var on []string
			read("SELECT coalesce(name, '(expression)') FROM pragma_index_info(?) ORDER BY seqno", &on, i.Name)
			line := list("unique", on)
			if i.Partial {
				line += " where"
			}
			lines = append(lines, line)
		}
		var keys []struct{ From, Table string }
		read("SELECT \"from\", \"table\" FROM pragma_foreign_key_list(?)", &keys, table.Name)
		for _, k := range keys {
			lines = append(lines, "references "+k.From+" → "+k.Table)
		}
		lines = append(lines, checks(sqlComment.ReplaceAllString(table.SQL, ""))...)
		var triggers []string
		read("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", &triggers, table.Name)
		for _, name := range triggers {
			lines = append(lines, "trigger "+name)
		}
		sort.Strings(lines)
		out[table.Name] = lines
	}
	return out
}

func postgresSchema(t *testing.T, db *database.DB) schema {
	read := func(query string, into any, args ...any) {
		require.NoError(t, db.Read(t.Context()).Raw(query, args...).Scan(into).Error)
	}
	var tables []string
	read("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace", &tables)
	out := schema{}
	for _, table := range tables {
		if foreign(table) {
			continue
		}
		var lines []string
		var columns []struct {
			Name, Type string
			Notnull    bool
		}
		read(`SELECT attname AS name, format_type(atttypid, NULL) AS type, attnotnull AS notnull FROM pg_attribute
			WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped`, &columns, table)
		for _, c := range columns {
			kind, known := kinds[c.Type]
			require.True(t, known, "%s.%s has the type %s", table, c.Name, c.Type)
			lines = append(lines, column(c.Name, kind, c.Notnull))
		}
		var indexes []struct {
			Primary bool
			Partial bool
			Columns string
		}
		read(`SELECT indisprimary AS primary, indpred IS NOT NULL AS partial,
				(SELECT string_agg(coalesce(a.attname, '(expression)'), ',' ORDER BY k.n) FROM unnest(indkey::int2[]) WITH ORDINALITY k(att, n)
					LEFT JOIN pg_attribute a ON a.attrelid = indrelid AND a.attnum = k.att AND k.att > 0) AS columns
			FROM pg_index WHERE indrelid = ?::regclass AND indisunique`, &indexes, table)
		for _, i := range indexes {
			names := strings.Split(i.Columns, ",")
			if i.Primary {
				lines = append(lines, list("primary key", names))
				continue
			}
			line := list("unique", names)
			if i.Partial {
				line += " where"
			}
			lines = append(lines, line)
		}
		var keys []struct{ Col, Target string }
		read(`SELECT a.attname AS col, c.confrelid::regclass::text AS target FROM pg_constraint c
			JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
			WHERE c.contype = 'f' AND c.conrelid = ?::regclass`, &keys, table)
		for _, k := range keys {
			lines = append(lines, "references "+k.Col+" → "+k.Target)
		}
		var triggers []string
		read("SELECT tgname FROM pg_trigger WHERE tgrelid = ?::regclass AND NOT tgisinternal", &triggers, table)
		for _, name := range triggers {
			lines = append(lines, "trigger "+name)
		}
		out[table] = lines
	}
	return out
}

func column(name, kind string, notNull bool) string {
	if notNull {
		return name + " " + kind + " not null"
	}
	return name + " " + kind
}

func list(what string, names []string) string {
	sorted := slices.Clone(names)
	sort.Strings(sorted)
	return what + " (" + strings.Join(sorted, ", ") + ")"
}

var space = regexp.MustCompile(`\s+`)

// checks cuts the CHECK clauses out of a CREATE TABLE statement as written, so
// that both engines' files can be compared word for word.
func checks(create string) []string {
	var out []string
	for rest := create; ; {
		at := strings.Index(strings.ToUpper(rest), "CHECK")
		if at < 0 {
			return out
		}
		rest = rest[at+len("CHECK"):]
		open := strings.IndexByte(rest, '(')
		if open < 0 || strings.TrimSpace(rest[:open]) != "" {
			continue
		}
		depth, end := 0, open
		for i := open; i < len(rest); i++ {
			switch rest[i] {
			case '(':
				depth++
			case ')':
				depth--
			}
			if depth == 0 {
				end = i
				break
			}
		}
		out = append(out, "check "+space.ReplaceAllString(rest[open:end+1], " "))
		rest = rest[end+1:]
	}
}

func TestBothEnginesHaveTheSameSchema(t *testing.T) {
	sqlite := sqliteSchema(t, dbtest.SQLiteDB(t))
	pg := dbtest.PostgresDB(t)
	postgres := postgresSchema(t, pg)
	created := postgresChecks(t)
	for table, lines := range postgres {
		lines = append(lines, created[table]...)
		sort.Strings(lines)
		postgres[table] = lines
	}
	require.NotEmpty(t, sqlite["trail"])
	for table := range postgres {
		require.Equal(t, sqlite[table], postgres[table], "table %s (expected: SQLite, actual: PostgreSQL)", table)
	}
	require.Len(t, postgres, len(sqlite))
}
