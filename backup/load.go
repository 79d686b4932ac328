package backup

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
)

// loader puts rows into the empty tables of one transaction. CHECKs, NOT NULL,
// UNIQUE and the triggers against changes stay as they are; foreign keys are
// checked, those that point ahead at the end; only triggers on INSERT and of seeded tables sleep, and
// are awake again, in the same transaction, before anybody sees a row.
type loader struct {
	ctx      context.Context
	tx       *gorm.DB
	postgres bool
	guards   []guard
	ahead    []string // tables whose foreign keys are checked at the end
	tables   []Table  // of the database
}

// prepare readies the database for the tables of a source, which must be its own.
func prepare(ctx context.Context, tx *gorm.DB, source []Table) (*loader, error) {
	l := &loader{ctx: ctx, tx: tx, postgres: tx.Dialector.Name() == database.Postgres}
	var err error
	if l.tables, err = describe(ctx, tx); err != nil {
		return nil, err
	}
	if err := sameTables(source, l.tables); err != nil {
		return nil, err
	}
	if err := refuseUsed(ctx, tx, l.tables); err != nil {
		return nil, err
	}
	if l.guards, err = guards(ctx, tx); err != nil {
		return nil, err
	}
	done := map[string]bool{}
	for _, t := range source {
		own := l.tables[slices.IndexFunc(l.tables, func(o Table) bool { return o.Name == t.Name })]
		if slices.ContainsFunc(own.targets, func(to string) bool { return !done[to] }) {
			l.ahead = append(l.ahead, t.Name)
		}
		done[t.Name] = true
	}
	if err := l.sleep(); err != nil {
		return nil, err
	}
	return l, l.clear()
}

func sameTables(source, own []Table) error {
	for _, t := range source {
		if !slices.ContainsFunc(own, t.same) {
			return fmt.Errorf("%w: %s is not the same table here", ErrSchema, t.Name)
		}
	}
	for _, o := range own {
		if !slices.ContainsFunc(source, o.same) {
			return fmt.Errorf("%w: the source lacks %s", ErrSchema, o.Name)
		}
	}
	return nil
}

// clear takes away what migrations put in.
func (l *loader) clear() error {
	for _, name := range seeded {
		if slices.ContainsFunc(l.tables, func(t Table) bool { return t.Name == name }) {
			if err := l.exec("DELETE FROM " + quote(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseUsed returns ErrNotEmpty, with the first table that shows it, when the
// database holds more than migrations put there.
func refuseUsed(ctx context.Context, tx *gorm.DB, tables []Table) error {
	for _, t := range tables {
		if slices.Contains(seeded, t.Name) {
			continue
		}
		n, err := count(ctx, tx, t.Name)
		if err != nil {
			return err
		}
		if n > 0 {
			return fmt.Errorf("%w: %s has %d rows", ErrNotEmpty, t.Name, n)
		}
	}
	return nil
}

func (l *loader) exec(query string, args ...any) error {
	if err := l.tx.WithContext(l.ctx).Exec(query, args...).Error; err != nil {
		return fmt.Errorf("backup: load: %w", err)
	}
	return nil
}

func (l *loader) sleep() error {
	if !l.postgres {
		for _, g := range l.guards {
			if err := l.exec("DROP TRIGGER " + quote(g.Name)); err != nil {
				return err
			}
		}
		return l.exec("PRAGMA defer_foreign_keys = 1") // until the end of the transaction
	}
	for _, g := range l.guards {
		if err := l.exec("ALTER TABLE " + quote(g.Table) + " DISABLE TRIGGER " + quote(g.Name)); err != nil {
			return err
		}
	}
	return l.foreignKeys("DEFERRABLE INITIALLY DEFERRED")
}

// foreignKeys makes PostgreSQL check the keys that point ahead at another time.
func (l *loader) foreignKeys(when string) error {
	for _, table := range l.ahead {
		var names []string
		err := l.tx.WithContext(l.ctx).Raw("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = ?::regclass", quote(table)).Scan(&names).Error
		if err != nil {
			return fmt.Errorf("backup: foreign keys: %w", err)
		}
		for _, name := range names {
			if err := l.exec("ALTER TABLE " + quote(table) + " ALTER CONSTRAINT " + quote(name) + " " + when); err != nil {
				return err
			}
		}
	}
	return nil
}

// finish checks every foreign key, wakes the triggers, and sets the sequences gap
// ids past the last one ever given.
func (l *loader) finish(source []Table, gap int64) error {
	if l.postgres {
		if err := l.exec("SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
			return err
		}
		if err := l.foreignKeys("NOT DEFERRABLE"); err != nil {
			return err
		}
		for _, g := range l.guards {
			if err := l.exec("ALTER TABLE " + quote(g.Table) + " ENABLE TRIGGER " + quote(g.Name)); err != nil {
				return err
			}
		}
	} else {
		var broken []struct{ Table, Parent string }
		err := l.tx.WithContext(l.ctx).Raw(`SELECT "table", parent FROM pragma_foreign_key_check LIMIT 1`).Scan(&broken).Error
		if err != nil {
			return fmt.Errorf("backup: foreign keys: %w", err)
		}
		if len(broken) > 0 {
			return fmt.Errorf("%w: a row of %s refers to a row of %s that is not there", ErrMismatch, broken[0].Table, broken[0].Parent)
		}
		for _, g := range l.guards {
			if err := l.exec(g.SQL); err != nil {
				return err
			}
		}
	}
	awake, err := guards(l.ctx, l.tx)
	if err != nil {
		return err
	}
	if !slices.Equal(awake, l.guards) {
		return fmt.Errorf("%w: the triggers are not what they were", ErrSchema)
	}
	for _, t := range source {
		if err := l.sequence(t, gap); err != nil {
			return err
		}
	}
	return nil
}

// sequence sets the next id of a table past every id that was ever given, also
// those whose rows were deleted since.
func (l *loader) sequence(t Table, gap int64) error {
	if t.position("id") < 0 || t.LastID == 0 {
		return nil
	}
	last := t.LastID + gap
	if !l.postgres {
		if err := l.exec("DELETE FROM sqlite_sequence WHERE name = ?", t.Name); err != nil {
			return err
		}
		return l.exec("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", t.Name, last)
	}
	name, err := describer{l.tx.WithContext(l.ctx)}.sequence(t)
	if err != nil || name == "" {
		return err
	}
	return l.exec("SELECT setval(?::regclass, ?)", name, last)
}

// batch is how many values one INSERT carries at most; both databases take twice
// as many.
const batch = 8000

// into returns a writer of rows into one table. Rows are sent in groups; flush
// sends the last.
func (l *loader) into(t Table) *inserter {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = quote(c.Name)
	}
	return &inserter{l: l, t: t, group: max(1, min(500, batch/len(t.Columns))),
		head: "INSERT INTO " + quote(t.Name) + " (" + strings.Join(names, ", ") + ") VALUES "}
}

type inserter struct {
	l     *loader
	t     Table
	head  string
	group int
	args  []any
	rows  int
	full  *sql.Stmt // of a full group
}

// add takes a row, of which it keeps nothing.
func (in *inserter) add(row []any) error {
	for i, value := range row {
		kind := in.t.Columns[i].Kind
		convert := toSQLite
		if in.l.postgres {
			convert = toPostgres
		}
		arg, err := convert(kind, value)
		if err != nil {
			return fmt.Errorf("%s, %s, column %s: %w", in.t.Name, in.name(row), in.t.Columns[i].Name, err)
		}
		in.args = append(in.args, arg)
	}
	in.rows++
	if in.rows == in.group {
		return in.flush()
	}
	return nil
}

// name says which row it is, by its primary key.
func (in *inserter) name(row []any) string {
	var parts []string
	for _, k := range in.t.Key {
		if at := in.t.position(k); at >= 0 {
			switch v := row[at].(type) {
			case int64, string:
				parts = append(parts, fmt.Sprintf("%s %v", k, v))
			}
		}
	}
	if len(parts) == 0 {
		return "a row without a readable key"
	}
	return strings.Join(parts, " ")
}

func (in *inserter) flush() error {
	if in.rows == 0 {
		return nil
	}
	stmt := in.full
	if stmt == nil || in.rows < in.group {
		made, err := database.SQLTx(in.l.tx).PrepareContext(in.l.ctx, in.head+in.places(in.rows))
		if err != nil {
			return fmt.Errorf("backup: load %s: %w", in.t.Name, err)
		}
		stmt = made
		if in.rows == in.group {
			in.full = made
		} else {
			defer func() { _ = made.Close() }()
		}
	}
	_, err := stmt.ExecContext(in.l.ctx, in.args...)
	in.args, in.rows = in.args[:0], 0
	if err != nil {
		return fmt.Errorf("backup: load %s: %w", in.t.Name, err)
	}
	return nil
}

// close sends what is left.
func (in *inserter) close() error {
	err := in.flush()
	if in.full != nil {
		_ = in.full.Close()
	}
	return err
}

func (in *inserter) places(rows int) string {
	var b strings.Builder
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for c := range in.t.Columns {
			if c > 0 {
				b.WriteByte(',')
			}
			n++
			if in.l.postgres {
				fmt.Fprintf(&b, "$%d", n)
			} else {
				b.WriteByte('?')
			}
		}
		b.WriteByte(')')
	}
	return b.String()
}
