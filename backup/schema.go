package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
)

// Kinds of columns, as both databases have them.
const (
	kindInteger = "integer"
	kindText    = "text"
	kindBoolean = "boolean"
	kindTime    = "time"
	kindBytes   = "bytes"
)

var kinds = map[string]string{
	"BIGINT": kindInteger, "INTEGER": kindInteger, "bigint": kindInteger, "integer": kindInteger,
	"TEXT": kindText, "text": kindText, "BOOLEAN": kindBoolean, "boolean": kindBoolean,
	"TIMESTAMP": kindTime, "timestamp with time zone": kindTime, "BLOB": kindBytes, "bytea": kindBytes,
}

// Column is one column of a kept table.
type Column struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// Table is a kept table, as a file's manifest describes it.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	Key     []string `json:"key"`     // primary key; rows are kept in its order
	LastID  int64    `json:"last_id"` // the highest id ever given; 0 for tables that give none
	Rows    int64    `json:"rows"`

	targets []string // tables it refers to
}

// same reports whether two descriptions are of one table, in any column order.
func (t Table) same(o Table) bool {
	if t.Name != o.Name || len(t.Columns) != len(o.Columns) {
		return false
	}
	for _, c := range t.Columns {
		if !slices.Contains(o.Columns, c) {
			return false
		}
	}
	return true
}

func (t Table) position(column string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == column })
}

// foreign tables belong to libraries, which keep their own.
func foreign(table string) bool {
	return strings.HasPrefix(table, "river_") || strings.HasPrefix(table, "goose_") || strings.HasPrefix(table, "sqlite_")
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// describe returns the kept tables, those that others refer to first.
func describe(ctx context.Context, tx *gorm.DB) ([]Table, error) {
	d := describer{tx.WithContext(ctx)}
	read := d.sqlite
	if tx.Dialector.Name() == database.Postgres {
		read = d.postgres
	}
	tables, err := read()
	if err != nil {
		return nil, fmt.Errorf("backup: describe the tables: %w", err)
	}
	tables = slices.DeleteFunc(tables, func(t Table) bool { return leftOut[t.Name] != "" || foreign(t.Name) })
	for _, t := range tables {
		for _, to := range t.targets {
			if leftOut[to] != "" {
				return nil, fmt.Errorf("%w: %s refers to %s, which is not kept", ErrSchema, t.Name, to)
			}
		}
	}
	for i, t := range tables {
		if t.position("id") < 0 {
			continue
		}
		var highest int64
		if err := d.read(&highest, "SELECT coalesce(max(id), 0) FROM "+quote(t.Name)); err != nil {
			return nil, fmt.Errorf("backup: describe %s: %w", t.Name, err)
		}
		tables[i].LastID = max(t.LastID, highest)
	}
	return ordered(tables), nil
}

// ordered sorts tables so that each stands after those it refers to; where they
// refer to each other in a ring, by name.
func ordered(tables []Table) []Table {
	slices.SortFunc(tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	done := map[string]bool{}
	var out []Table
	for len(tables) > 0 {
		at := slices.IndexFunc(tables, func(t Table) bool {
			return !slices.ContainsFunc(t.targets, func(to string) bool { return to != t.Name && !done[to] })
		})
		at = max(at, 0)
		done[tables[at].Name] = true
		out = append(out, tables[at])
		tables = slices.Delete(tables, at, at+1)
	}
	return out
}

type describer struct{ tx *gorm.DB }

func (d describer) read(into any, query string, args ...any) error {
	return d.tx.Raw(query, args...).Scan(into).Error
}

func (d describer) sqlite() ([]Table, error) {
	var names []string
	if err := d.read(&names, "SELECT name FROM sqlite_master WHERE type = 'table'"); err != nil {
		return nil, err
	}
	var out []Table
	for _, name := range names {
		if foreign(name) {
			continue
		}
		t := Table{Name: name}
		var columns []struct {
			Name, Type string
			Pk         int
		}
		if err := d.read(&columns, "SELECT name, type, pk FROM pragma_table_info(?)", name); err != nil {
			return nil, err
		}
		key := map[int]string{}
		for _, c := range columns {
			kind, ok := kinds[c.Type]
			if !ok {
				return nil, fmt.Errorf("%w: %s.%s has the type %s", ErrSchema, name, c.Name, c.Type)
			}
			t.Columns = append(t.Columns, Column{c.Name, kind})
			if c.Pk > 0 {
				key[c.Pk] = c.Name
			}
		}
		for i := 1; i <= len(key); i++ {
			t.Key = append(t.Key, key[i])
		}
		if err := d.read(&t.targets, `SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)`, name); err != nil {
			return nil, err
		}
		var last []int64
		if err := d.read(&last, "SELECT seq FROM sqlite_sequence WHERE name = ?", name); err != nil {
			return nil, err
		}
		if len(last) > 0 {
			t.LastID = last[0]
		}
		out = append(out, t)
	}
	return out, nil
}

func (d describer) postgres() ([]Table, error) {
	var names []string
	if err := d.read(&names, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"); err != nil {
		return nil, err
	}
	var out []Table
	for _, name := range names {
		if foreign(name) {
			continue
		}
		t := Table{Name: name}
		var columns []struct{ Name, Type string }
		err := d.read(&columns, `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
			WHERE attrelid = ?::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, quote(name))
		if err != nil {
			return nil, err
		}
		for _, c := range columns {
			kind, ok := kinds[c.Type]
			if !ok {
				return nil, fmt.Errorf("%w: %s.%s has the type %s", ErrSchema, name, c.Name, c.Type)
			}
			t.Columns = append(t.Columns, Column{c.Name, kind})
		}
		err = d.read(&t.Key, `SELECT a.attname FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k(att, n)
			JOIN pg_attribute a ON a.attnum = k.att WHERE i.indrelid = ?::regclass AND i.indisprimary AND a.attrelid = i.indrelid ORDER BY k.n`, quote(name))
		if err != nil {
			return nil, err
		}
		err = d.read(&t.targets, "SELECT DISTINCT confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND conrelid = ?::regclass", quote(name))
		if err != nil {
			return nil, err
		}
		sequence, err := d.sequence(t)
		if err != nil {
			return nil, err
		}
		if sequence != "" {
			err := d.read(&t.LastID, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM "+sequence)
			if err != nil {
				return nil, err
			}
		}
		out = append(out, t)
	}
	return out, nil
}

// sequence is the quoted name of the sequence that gives a table's ids on
// PostgreSQL, "" when none does.
func (d describer) sequence(t Table) (string, error) {
	if t.position("id") < 0 {
		return "", nil
	}
	var name *string
	err := d.read(&name, "SELECT pg_get_serial_sequence(?, 'id')", quote(t.Name))
	if err != nil || name == nil {
		return "", err
	}
	return *name, nil
}

// guard is a trigger that fires on INSERT, or of a table that migrations fill. The
// load puts it to sleep: what it asks of people's inserts (a product begins
// unpublished) is not true of rows that have a life behind them, and what
// migrations put in is taken away first. Other triggers stay awake.
type guard struct{ Name, Table, SQL string }

func guards(ctx context.Context, tx *gorm.DB) ([]guard, error) {
	d := describer{tx.WithContext(ctx)}
	var all, out []guard
	if tx.Dialector.Name() == database.Postgres {
		return all, d.read(&all, `SELECT t.tgname AS name, c.relname AS "table" FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
			WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal AND (t.tgtype & 4 > 0 OR c.relname IN ?)
				AND t.tgenabled IN ('O', 'A') AND c.relname NOT LIKE 'river%' ORDER BY 2, 1`, seeded)
	}
	err := d.read(&all, `SELECT name, tbl_name AS "table", sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 2, 1`)
	for _, g := range all {
		words := strings.Fields(strings.ToUpper(g.SQL))
		at := slices.Index(words, "ON")
		if !foreign(g.Table) && (slices.Contains(seeded, g.Table) || at > 0 && slices.Contains(words[:at], "INSERT")) {
			out = append(out, g)
		}
	}
	return out, err
}
