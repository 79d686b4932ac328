package text_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/text"
)

func TestPath(t *testing.T) {
	for _, c := range []struct{ given, id, en string }{
		{"/", "/", "/en/"},
		{"/produk?q=tas", "/produk?q=tas", "/en/produk?q=tas"},
		{"/en", "/", "/en/"},
		{"/en/", "/", "/en/"},
		{"/en/produk/nastar#isi", "/produk/nastar#isi", "/en/produk/nastar#isi"},
		{"/en?x=1", "/?x=1", "/en/?x=1"},
		{"/energi", "/energi", "/en/energi"},
		{"", "", ""},
		{"#cara", "#cara", "#cara"},
		{"//elsewhere.example/x", "//elsewhere.example/x", "//elsewhere.example/x"},
		{"https://wa.me/62", "https://wa.me/62", "https://wa.me/62"},
		{"tel:+62", "tel:+62", "tel:+62"},
	} {
		require.Equal(t, c.id, text.Indonesian.Path(c.given), c.given)
		require.Equal(t, c.en, text.English.Path(c.given), c.given)
		require.Equal(t, c.en, text.URL(text.WithLang(t.Context(), text.English), c.given))
	}
	require.Equal(t, text.English, text.LangOf("/en"))
	require.Equal(t, text.English, text.LangOf("/en/apa-pun"))
	require.Equal(t, text.Indonesian, text.LangOf("/energi"))
}

// Both languages say the same things: whatever is filled into one is filled into
// the other.
func TestEnglishFillsInTheSame(t *testing.T) {
	names := regexp.MustCompile(`\{([a-z_]+)[|}]`)
	filled := func(s string) []string {
		found := map[string]bool{}
		for _, m := range names.FindAllStringSubmatch(s, -1) {
			found[m[1]] = true
		}
		return slices.Sorted(maps.Keys(found))
	}
	for _, k := range text.KeysIn(text.English) {
		require.Equal(t, filled(text.T(k)), filled(text.L(text.WithLang(t.Context(), text.English), k)), k)
	}
}

func TestEnglishCounts(t *testing.T) {
	en := text.WithLang(t.Context(), text.English)
	require.Equal(t, "1 product", text.L(en, "publicpage.products", "n", 1))
	require.Equal(t, "0 products", text.L(en, "publicpage.products", "n", 0))
	require.Equal(t, "1,200 products", text.L(en, "publicpage.products", "n", "1,200"))
	require.Equal(t, "1 produk", text.L(t.Context(), "publicpage.products", "n", 1))
}

// A number in English is followed by words that fit a single one too.
func TestEnglishWordsFollowTheirNumber(t *testing.T) {
	en := text.WithLang(t.Context(), text.English)
	many := regexp.MustCompile(`\b1 (working )?(\w{3,}s|are|have|people)\b`)
	number := regexp.MustCompile(`\{(n|count|days|answer|minutes|members|left|taken|available|wait)[|}]`)
	said := 0
	for _, k := range text.KeysIn(text.English) {
		args := []any{}
		for _, m := range number.FindAllStringSubmatch(text.L(en, k), -1) {
			args = append(args, m[1], 1)
		}
		if len(args) > 0 {
			said++
			require.NotRegexp(t, many, strings.ReplaceAll(text.L(en, k, args...), "1 goes", ""), k) // the only verb so far
		}
	}
	require.Greater(t, said, 20)
	require.Regexp(t, many, "1 working days") // the net holds
	require.Equal(t, "1 review", text.L(en, "ulasan.count", "n", 1))
	require.Equal(t, "2 reviews", text.L(en, "ulasan.count", "n", 2))
}
