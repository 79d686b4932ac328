package database_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

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
		var primary, names []string
		for _, c := range columns {
			names = append(names, c.Name)
			if c.Pk > 0 {
				primary = append(primary, c.Name)
			}
			kind, known := kinds[c.Type]
			require.True(t, known, "%s.%s has the type %s", table.Name, c.Name, c.Type)
			lines = append(lines, column(c.Name, kind, c.Notnull || c.Pk > 0))
		}
		lines = append(lines, list("primary key", primary), order(names))
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
			WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, &columns, table)
		var names []string
		for _, c := range columns {
			names = append(names, c.Name)
			kind, known := kinds[c.Type]
			require.True(t, known, "%s.%s has the type %s", table, c.Name, c.Type)
			lines = append(lines, column(c.Name, kind, c.Notnull))
		}
		lines = append(lines, order(names))
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

// order is part of the schema: the sums of a backup are made of rows as they
// stand in their table.
func order(names []string) string { return "columns " + strings.Join(names, ", ") }

func list(what string, names []string) string {
	sorted := slices.Clone(names)
	sort.Strings(sorted)
	return what + " (" + strings.Join(sorted, ", ") + ")"
}

// comment lines would be read as part of a check.
var sqlComment = regexp.MustCompile(`--[^\n]*`)

var space = regexp.MustCompile(`\s+`)

// checks cuts the CHECK clauses out of a CREATE TABLE statement as written.
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

// compareChecks replaces the CHECK lines of the SQLite schema, as they were
// written, by what PostgreSQL makes of the same words, and adds PostgreSQL's own:
// that engine does not keep what was written, and a migration may have changed it.
func compareChecks(t *testing.T, db *database.DB, sqlite, postgres schema) {
	t.Helper()
	const says = `SELECT 'check ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = ?::regclass`
	require.NoError(t, database.InTx(t.Context(), db, func(tx *gorm.DB) error {
		for table, lines := range sqlite {
			rest, create := lines[:0:0], "CREATE TEMPORARY TABLE said (LIKE "+table
			for _, line := range lines {
				if strings.HasPrefix(line, "check ") {
					create += ", " + line
				} else {
					rest = append(rest, line)
				}
			}
			var said, own []string
			if err := errors.Join(tx.Exec(create+")").Error, tx.Raw(says, "said").Scan(&said).Error,
				tx.Exec("DROP TABLE said").Error, tx.Raw(says, table).Scan(&own).Error); err != nil {
				return fmt.Errorf("%s: %w", create, err)
			}
			sqlite[table] = append(rest, said...)
			postgres[table] = append(postgres[table], own...)
		}
		return nil
	}))
}

func TestBothEnginesHaveTheSameSchema(t *testing.T) {
	sqlite := sqliteSchema(t, dbtest.SQLiteDB(t))
	pg := dbtest.PostgresDB(t)
	postgres := postgresSchema(t, pg)
	require.NotEmpty(t, sqlite["trail"])
	require.Len(t, postgres, len(sqlite))
	compareChecks(t, pg, sqlite, postgres)
	for table := range postgres {
		sort.Strings(sqlite[table])
		sort.Strings(postgres[table])
		require.Equal(t, sqlite[table], postgres[table], "table %s (expected: SQLite, actual: PostgreSQL)", table)
	}
}
