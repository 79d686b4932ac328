package amount_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/lapak-berdaya/lapak/internal/amount"
	"github.com/lapak-berdaya/lapak/internal/money"
)

func TestParse(t *testing.T) {
	for typed, want := range map[string]amount.Count{
		"24": {N: 24}, " 1.250 ": {N: 1250}, "0": {}, "20 buah": {N: 20}, "20pcs": {N: 20}, "15 Toples": {N: 15}, "dua": {N: 2}, "lima bungkus": {N: 5},
		"2 ribu": {N: 2000}, "1.000.000.000": {N: 1_000_000_000},
		"2 lusin": {N: 24, Reckoned: true}, "2lusin": {N: 24, Reckoned: true}, "dua lusin": {N: 24, Reckoned: true}, "selusin": {N: 12, Reckoned: true},
		"setengah lusin": {N: 6, Reckoned: true}, "1,5 lusin": {N: 18, Reckoned: true}, "1.5 lusin": {N: 18, Reckoned: true},
		"1 kodi": {N: 20, Reckoned: true}, "sekodi": {N: 20, Reckoned: true}, "1/2 kodi": {N: 10, Reckoned: true}, "1 gros": {N: 144, Reckoned: true}, "Satu KODI": {N: 20, Reckoned: true},
	} {
		got, err := amount.Parse(typed)
		require.NoError(t, err, typed)
		require.Equal(t, want, got, typed)
	}
	for _, typed := range []string{
		"", " ", "-3", "1,5", "1.5", "abc", "lusin", "banyak", "2 truk", "Rp24", "24 rupiah", "12a", "1e9", "dua tiga", "2 lusin 3", "0,5", "24 lusin lebih",
		"9223372036854775807 lusin", "99999999999999999999", "-2 lusin", "rp2 lusin",
	} {
		got, err := amount.Parse(typed)
		require.ErrorIs(t, err, amount.ErrFormat, "%q is %v", typed, got)
	}
}

func TestParse_neverNegativeNorAstray(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<40).Draw(t, "n")
		got, err := amount.Parse(money.Group(uint64(n)) + rapid.SampledFrom([]string{"", " buah", " pcs"}).Draw(t, "word"))
		require.NoError(t, err)
		require.Equal(t, amount.Count{N: n}, got)
		any, err := amount.Parse(rapid.String().Draw(t, "typed"))
		require.True(t, err != nil || any.N >= 0)
	})
}
