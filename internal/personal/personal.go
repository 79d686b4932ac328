// Package personal is how packages speak about what they store of a person: what
// there is (for the person's own copy), what must be settled before it can be
// forgotten, and the forgetting. docs/personal-data.md lists every column.
package personal

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Person is somebody, with what neighbours find their rows by.
type Person struct {
	UserID int64
	Name   string
	Phone  string  // E.164, "" for none
	Email  string  // "" for none
	Shops  []int64 // shops they run, or ran
	Alone  []int64 // those of Shops that nobody else runs: they end with the person

	// What neighbours add (Knower), because each table has one owner.
	Individual  []int64 // those of Alone that are one person's trade, not a group's or institution's
	Submissions []int64 // of Shops
	Withdrawals []int64 // asked by the person or of Alone
	Parties     []int64 // their parts in the money of shops
}

// Knower is a Keeper that knows more by which others find the person's rows.
type Knower interface {
	KnowTx(ctx context.Context, tx *gorm.DB, p *Person) error
}

// Erased is the name that stands where a forgotten person's stood; Gone stands
// where a text may not be empty.
const (
	Erased = "Penerima manfaat (dihapus)"
	Gone   = "(dihapus)"
)

// Section is one kind of thing that is stored of a person.
type Section struct {
	Name string           // "pesanan_toko"
	Rows []map[string]any // column → value
}

// Keeper is a package that stores something of people.
type Keeper interface {
	// DataOf returns everything stored of the person, for the person alone: other
	// people's private data is not in it.
	DataOf(ctx context.Context, p Person) ([]Section, error)
	// OpenTx returns what must be settled before the person can be forgotten, as
	// sentences of package text with their counts.
	OpenTx(ctx context.Context, tx *gorm.DB, p Person) ([]Open, error)
	// ForgetTx empties everything that says who the person is; amounts, times and
	// states stay.
	ForgetTx(ctx context.Context, tx *gorm.DB, p Person) error
}

// Open is something unsettled: a text key with its count.
type Open struct {
	Key   string
	Count int64
}

// Query is one section as a statement written by the package that owns the table.
type Query struct {
	Name string
	SQL  string
	Args []any
}

// Collect runs the queries in order.
func Collect(db *gorm.DB, queries ...Query) ([]Section, error) {
	out := make([]Section, 0, len(queries))
	for _, q := range queries {
		var rows []map[string]any
		if err := db.Raw(q.SQL, q.Args...).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("personal: %s: %w", q.Name, err)
		}
		for _, row := range rows {
			for column, value := range row {
				switch v := value.(type) {
				case []byte:
					row[column] = string(v)
				case time.Time:
					row[column] = v.UTC().Format(time.RFC3339)
				}
			}
		}
		out = append(out, Section{Name: q.Name, Rows: rows})
	}
	return out, nil
}

// Step is one statement of forgetting.
type Step struct {
	SQL  string
	Args []any
}

// Run runs the steps in order.
func Run(tx *gorm.DB, steps ...Step) error {
	for _, s := range steps {
		if err := tx.Exec(s.SQL, s.Args...).Error; err != nil {
			return fmt.Errorf("personal: %w", err)
		}
	}
	return nil
}

// Count returns what a query counts, as something open when it is not zero.
func Count(tx *gorm.DB, key, sql string, args ...any) ([]Open, error) {
	var n int64
	if err := tx.Raw(sql, args...).Scan(&n).Error; err != nil {
		return nil, fmt.Errorf("personal: %s: %w", key, err)
	}
	if n == 0 {
		return nil, nil
	}
	return []Open{{Key: key, Count: n}}, nil
}

// Ids is a list for `IN ?` that is never empty.
func Ids(list []int64) []int64 { return append([]int64{0}, list...) }

// JSON is a section as a file.
func (s Section) JSON() ([]byte, error) {
	rows := s.Rows
	if rows == nil {
		rows = []map[string]any{}
	}
	return json.MarshalIndent(rows, "", "  ")
}
