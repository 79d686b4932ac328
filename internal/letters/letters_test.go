package letters_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/letters"
)

func TestPrintableLeavesOutWhatTheFontLacks(t *testing.T) {
	require.Equal(t, "Nastar é “enak” Rp55.000", letters.Printable("Nastar 🎉 é\n“enak”\x00 漢字 Rp55.000 👩‍🍳"))
	require.Empty(t, letters.Printable("🎉🎉"))
}

func TestWrapKeepsEveryLineWithinItsWidth(t *testing.T) {
	fits := func(s string) bool { return len([]rune(s)) <= 10 }
	for in, want := range map[string][]string{
		"":                                nil,
		"Nastar":                          {"Nastar"},
		"Kue nastar isi nanas":            {"Kue nastar", "isi nanas"},
		"Kue nastar isi nanas madu murni": {"Kue nastar", "isi nanas…"},
		strings.Repeat("x", 25):           {"xxxxxxxxxx", "xxxxxxxxx…"},
	} {
		require.Equal(t, want, letters.Wrap(in, 2, fits), in)
	}
}
