package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A row is a slice of values: nil, int64 (also for booleans and for times, in UTC
// microseconds), string, []byte, or odd.

// odd is a value that does not fit its column. Only SQLite keeps such: it lets a
// text stand in a column of numbers. A backup keeps it as it is, so that odd data
// never means no backup; PostgreSQL refuses it, with table, row and column.
type odd struct {
	class string // storage class: text, int, real, bytes
	value string // text itself, digits, hex bits of the float, base64
}

// fromSQLite makes a value of what SQLite stores, whatever its class.
func fromSQLite(kind string, stored any) any {
	switch v := stored.(type) {
	case nil:
		return nil
	case int64:
		if kind == kindInteger || kind == kindBoolean && (v == 0 || v == 1) {
			return v
		}
		return odd{"int", strconv.FormatInt(v, 10)}
	case float64:
		return odd{"real", strconv.FormatUint(math.Float64bits(v), 16)}
	case string:
		switch {
		case kind == kindText && utf8.ValidString(v):
			return v
		case kind == kindTime:
			if t, ok := readTime(v); ok {
				return t
			}
		case kind == kindBytes:
			return []byte(v) // the same bytes; only SQLite tells them apart
		}
		return odd{"text", base64.StdEncoding.EncodeToString([]byte(v))}
	case []byte:
		switch {
		case kind == kindTime, kind == kindBoolean: // see scan
			return fromSQLite(kind, string(v))
		case kind == kindBytes:
			return append([]byte{}, v...) // never nil, which would be NULL
		case kind == kindText && utf8.Valid(v):
			return string(v)
		}
		return odd{"bytes", base64.StdEncoding.EncodeToString(v)}
	}
	return odd{"text", base64.StdEncoding.EncodeToString(fmt.Append(nil, stored))}
}

// timeLayout is how the program's driver writes times into SQLite.
const timeLayout = "2006-01-02 15:04:05.999999999-07:00"

// readTime reads a time that the program wrote. Any other form is odd: written
// back as microseconds it would sort differently.
func readTime(s string) (int64, bool) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || t.Nanosecond()%1000 != 0 || t.UTC().Format(timeLayout) != s {
		return 0, false
	}
	return t.UnixMicro(), true
}

// fromPostgres makes a value of what the driver returns; PostgreSQL keeps kinds.
func fromPostgres(got any) any {
	switch v := got.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case time.Time:
		return micros(v)
	case []byte:
		return append([]byte{}, v...) // never nil, which would be NULL
	}
	return got
}

// toSQLite is what to hand to SQLite for a value.
func toSQLite(kind string, value any) (any, error) {
	switch v := value.(type) {
	case int64:
		if kind == kindTime {
			return time.UnixMicro(v).UTC().Format(timeLayout), nil
		}
	case odd:
		return v.stored()
	}
	return value, nil
}

func (o odd) stored() (any, error) {
	switch o.class {
	case "int":
		return strconv.ParseInt(o.value, 10, 64)
	case "real":
		bits, err := strconv.ParseUint(o.value, 16, 64)
		return math.Float64frombits(bits), err
	case "text", "bytes":
		raw, err := base64.StdEncoding.DecodeString(o.value)
		if o.class == "text" {
			return string(raw), err
		}
		return raw, err
	}
	return nil, fmt.Errorf("%w: a value of class %q", ErrDamaged, o.class)
}

// toPostgres is what to hand to PostgreSQL for a value, or why it takes none.
func toPostgres(kind string, value any) (any, error) {
	switch v := value.(type) {
	case int64:
		switch kind {
		case kindTime:
			return time.UnixMicro(v).UTC(), nil
		case kindBoolean:
			return v == 1, nil
		}
	case string:
		if strings.IndexByte(v, 0) >= 0 {
			return nil, fmt.Errorf("%w: the text holds a NUL character, which PostgreSQL does not keep", ErrValue)
		}
	case odd:
		stored, err := v.stored()
		if err != nil {
			return nil, err
		}
		if s, ok := stored.(string); ok && kind == kindText && !utf8.ValidString(s) {
			return nil, fmt.Errorf("%w: the text is not valid UTF-8", ErrValue)
		}
		return nil, fmt.Errorf("%w: a %s stands in a column of kind %s", ErrValue, classNames[v.class], kind)
	}
	return value, nil
}

var classNames = map[string]string{"int": "whole number", "real": "number with a fraction", "text": "text", "bytes": "blob"}

// appendRow appends a row as one line of JSON. Equal rows give equal lines,
// whichever database they come from: sums compare lines.
func appendRow(line []byte, row []any) []byte {
	line = append(line, '[')
	for i, value := range row {
		if i > 0 {
			line = append(line, ',')
		}
		switch v := value.(type) {
		case nil:
			line = append(line, "null"...)
		case int64:
			line = strconv.AppendInt(line, v, 10)
		case string:
			line = appendText(line, v)
		case []byte:
			line = append(line, '"')
			line = base64.StdEncoding.AppendEncode(line, v)
			line = append(line, '"')
		case odd:
			line = append(line, `{"`...)
			line = append(line, v.class...)
			line = append(line, `":"`...)
			line = append(line, v.value...)
			line = append(line, `"}`...)
		default:
			panic(fmt.Sprintf("backup: a value of type %T", value))
		}
	}
	return append(line, "]\n"...)
}

const hexDigits = "0123456789abcdef"

// appendText appends a JSON string. It escapes only what JSON requires, so that
// there is one way to write a text.
func appendText(line []byte, s string) []byte {
	line = append(line, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		line = append(line, s[from:i]...)
		switch c {
		case '"', '\\':
			line = append(line, '\\', c)
		case '\n':
			line = append(line, '\\', 'n')
		default:
			line = append(line, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		from = i + 1
	}
	return append(append(line, s[from:]...), '"')
}

// readRow reads a line of a table back.
func readRow(line []byte, columns []Column) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil || len(raw) != len(columns) {
		return nil, fmt.Errorf("%w: a row cannot be read", ErrDamaged)
	}
	row := make([]any, len(raw))
	for i, cell := range raw {
		value, err := readValue(cell, columns[i].Kind)
		if err != nil {
			return nil, fmt.Errorf("%w: column %s: %w", ErrDamaged, columns[i].Name, err)
		}
		row[i] = value
	}
	return row, nil
}

func readValue(cell []byte, kind string) (any, error) {
	switch {
	case bytes.Equal(cell, []byte("null")):
		return nil, nil
	case cell[0] == '{':
		var o map[string]string
		if err := json.Unmarshal(cell, &o); err != nil || len(o) != 1 {
			return nil, ErrDamaged
		}
		for class, value := range o {
			if classNames[class] == "" {
				return nil, ErrDamaged
			}
			return odd{class, value}, nil
		}
	case cell[0] == '"' && (kind == kindText || kind == kindBytes):
		var s string
		if err := json.Unmarshal(cell, &s); err != nil {
			return nil, err
		}
		if kind == kindText {
			return s, nil
		}
		return base64.StdEncoding.DecodeString(s)
	case cell[0] != '"' && kind != kindText && kind != kindBytes:
		return strconv.ParseInt(string(cell), 10, 64)
	}
	return nil, ErrDamaged
}
