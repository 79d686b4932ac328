package catalog

import (
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// Keyset is a place in a sorted list: the value sorted by (an amount, or a time
// in microseconds), behind a rank where a list has one, and the row's id, which
// breaks ties. It is the one way to page here; offsets are not used.
type Keyset struct {
	Rank  int64
	Value int64
	ID    int64
}

// Cursor writes k for an address. list names what is listed and how it is
// sorted, so that a cursor of one list is refused by another; the signature keeps
// people from walking where no page leads.
func (k Keyset) Cursor(keys id.Keys, list string) string {
	data := strconv.FormatInt(k.Rank, 36) + "." + strconv.FormatInt(k.Value, 36) + "." + strconv.FormatInt(k.ID, 36)
	return data + "." + keys.Sign("cursor|"+list, data)
}

// ParseCursor reads what Cursor wrote. "" is the beginning, the zero Keyset.
// Errors: invalid for anything else that we did not write for this list.
func ParseCursor(keys id.Keys, list, cursor string) (Keyset, error) {
	if cursor == "" {
		return Keyset{}, nil
	}
	bad := fault.Invalid("catalog.cursor")
	cut := strings.LastIndexByte(cursor, '.')
	if cut < 0 || len(cursor) > 100 || !keys.Verify("cursor|"+list, cursor[:cut], cursor[cut+1:]) {
		return Keyset{}, bad
	}
	parts := strings.Split(cursor[:cut], ".")
	if len(parts) != 3 {
		return Keyset{}, bad
	}
	var numbers [3]int64
	for i, part := range parts {
		n, err := strconv.ParseInt(part, 36, 64)
		if err != nil {
			return Keyset{}, bad
		}
		numbers[i] = n
	}
	return Keyset{Rank: numbers[0], Value: numbers[1], ID: numbers[2]}, nil
}

// where collects the conditions of one query.
type where struct {
	parts []string
	args  []any
}

func newWhere(part string, args ...any) *where {
	w := &where{}
	w.and(part, args...)
	return w
}

func (w *where) and(part string, args ...any) {
	w.parts = append(w.parts, part)
	w.args = append(w.args, args...)
}

func (w *where) sql() string { return strings.Join(w.parts, " AND ") }

// any is met by any one of the conditions.
func (w *where) any() string { return "(" + strings.Join(w.parts, ") OR (") + ")" }

// regions limits to province, regency or district codes of the shop table named
// by its alias.
func (w *where) regions(alias string, codes []string) {
	if len(codes) == 0 {
		return
	}
	var any []string
	var args []interface{}
	for _, code := range codes {
		column := "district_code"
		switch strings.Count(code, ".") {
		case 0:
			column = "province_code"
		case 1:
			column = "regency_code"
		}
		any = append(any, alias+"."+column+" = ?")
		args = append(args, code)
	}
	w.and("("+strings.Join(any, " OR ")+")", args...)
}
