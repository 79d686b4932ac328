package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// scan calls fn for each row of a table, in the order of its primary key. The row
// is fn's only until it returns.
func scan(ctx context.Context, tx *gorm.DB, t Table, fn func(row []any) error) error {
	sqlite := tx.Dialector.Name() == database.SQLite
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = quote(c.Name)
		if sqlite && (c.Kind == kindTime || c.Kind == kindBoolean) {
			// The driver reads these by their declared type, and would make a time or
			// a truth of anything: as bytes a text comes as it is stored.
			names[i] = "CASE typeof(" + names[i] + ") WHEN 'text' THEN CAST(" + names[i] + " AS BLOB) ELSE " + names[i] + " END"
		}
	}
	query := "SELECT " + strings.Join(names, ", ") + " FROM " + quote(t.Name)
	if len(t.Key) > 0 {
		keys := make([]string, len(t.Key))
		for i, k := range t.Key {
			keys[i] = quote(k)
		}
		query += " ORDER BY " + strings.Join(keys, ", ")
	}
	rows, err := database.SQLTx(tx).QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("backup: read %s: %w", t.Name, err)
	}
	defer func() { _ = rows.Close() }()
	row, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i := range into {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("backup: read %s: %w", t.Name, err)
		}
		for i := range row {
			if sqlite {
				row[i] = fromSQLite(t.Columns[i].Kind, row[i])
			} else {
				row[i] = fromPostgres(row[i])
			}
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("backup: read %s: %w", t.Name, err)
	}
	return nil
}

// tally sums a table up while its rows go by, in whatever order.
type tally struct {
	table  Table
	rows   int64
	digest [4]uint64
	sums   []int64
	sealed map[string]bool // names of the keys that sealed values of it
}

func newTally(t Table) *tally {
	return &tally{table: t, sums: make([]int64, len(t.Columns)), sealed: map[string]bool{}}
}

// add counts one row; line is the row as appendRow writes it.
func (s *tally) add(row []any, line []byte) {
	s.rows++
	sum := sha256.Sum256(line)
	for i := range s.digest {
		s.digest[i] += binary.LittleEndian.Uint64(sum[8*i:])
	}
	for i, value := range row {
		switch v := value.(type) {
		case int64:
			if s.table.Columns[i].Kind == kindInteger {
				s.sums[i] += v
			}
		case string:
			if name, ok := id.SealedBy(v); ok {
				s.sealed[name] = true
			}
		}
	}
}

func (s *tally) sum() TableSum {
	out := TableSum{Name: s.table.Name, Rows: s.rows, Sums: map[string]int64{}}
	var b [32]byte
	for i, d := range s.digest {
		binary.LittleEndian.PutUint64(b[8*i:], d)
	}
	out.Digest = hex.EncodeToString(b[:])
	for i, c := range s.table.Columns {
		if c.Kind == kindInteger {
			out.Sums[c.Name] = s.sums[i]
		}
	}
	return out
}

// tallyTable reads a table of the transaction and sums it up. Columns are taken in
// the order of t, so that sums of both sides of a copy can be compared.
func tallyTable(ctx context.Context, tx *gorm.DB, t Table, each func()) (TableSum, error) {
	s := newTally(t)
	var line []byte
	err := scan(ctx, tx, t, func(row []any) error {
		line = appendRow(line[:0], row)
		s.add(row, line)
		each()
		return nil
	})
	return s.sum(), err
}

func count(ctx context.Context, tx *gorm.DB, table string) (n int64, err error) {
	err = tx.WithContext(ctx).Raw("SELECT count(*) FROM " + quote(table)).Scan(&n).Error
	if err != nil {
		err = fmt.Errorf("backup: count %s: %w", table, err)
	}
	return n, err
}
