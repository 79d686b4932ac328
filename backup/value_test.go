package backup

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Whatever SQLite holds, a line of a backup says exactly that: reading it back and
// handing it to SQLite gives the same bytes of the same class.
func TestAnyValueSurvivesItsLine(t *testing.T) {
	all := []string{kindInteger, kindText, kindBoolean, kindTime, kindBytes}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(all).Draw(t, "kind")
		stored := rapid.OneOf(
			rapid.Just[any](nil),
			rapid.Map(rapid.Int64(), func(n int64) any { return n }),
			rapid.Map(rapid.Float64(), func(f float64) any { return f }),
			rapid.Map(rapid.String(), func(s string) any { return s }),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) any { return string(b) }),
			rapid.Just[any]("2026-11-22 01:02:03.000004+00:00"),
		).Draw(t, "stored")
		value := fromSQLite(kind, stored)
		columns := []Column{{"a", kindInteger}, {"b", kind}}
		line := appendRow(nil, []any{int64(math.MinInt64), value})
		require.True(t, json.Valid(line), "%s", line)
		require.Equal(t, 1, bytes.Count(line, []byte("\n")), "one line")
		row, err := readRow(line[:len(line)-1], columns)
		require.NoError(t, err)
		require.Equal(t, []any{int64(math.MinInt64), value}, row)
		require.Equal(t, line, appendRow(nil, row), "equal rows give equal lines")
		back, err := toSQLite(kind, row[1])
		require.NoError(t, err)
		if f, ok := stored.(float64); ok && math.IsNaN(f) {
			return
		}
		if kind == kindBytes {
			if s, ok := stored.(string); ok {
				stored = []byte(s) // a text among blobs becomes the blob of its bytes
			}
		}
		require.Equal(t, stored, back)
	})
}

func TestBrokenLinesAreRefused(t *testing.T) {
	columns := []Column{{"a", kindInteger}, {"b", kindText}}
	for _, line := range []string{``, `[`, `[1]`, `[1,"x",2]`, `["1","x"]`, `[1.5,"x"]`, `[1,2]`, `[1,{"text":"eA==","int":"1"}]`, `[1,{"else":"x"}]`, `[99999999999999999999,"x"]`, `{"a":1}`} {
		_, err := readRow([]byte(line), columns)
		require.ErrorIs(t, err, ErrDamaged, line)
	}
	_, err := readRow([]byte(`[null,"x"]`), columns)
	require.NoError(t, err)
}
