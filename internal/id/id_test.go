package id

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTokensAreDerivedAndSurviveKeyRotation(t *testing.T) {
	old := NewKeys("satu")
	token := old.For("order", 7)
	require.Regexp(t, regexp.MustCompile(`^[a-z2-7]{26}$`), token)
	require.NotEqual(t, token, old.For("order", 8))
	require.NotEqual(t, token, old.For("purchase", 7))

	rotated := NewKeys("dua", "satu")
	require.NotEqual(t, token, rotated.For("order", 7))
	again, ok := rotated.Recall("order", 7, Hash(token))
	require.True(t, ok)
	require.Equal(t, token, again)
	_, ok = NewKeys("dua").Recall("order", 7, Hash(token))
	require.False(t, ok)
}

func TestSignatures(t *testing.T) {
	k := NewKeys("satu")
	sig := k.Sign("cursor", "a|1")
	require.True(t, NewKeys("dua", "satu").Verify("cursor", "a|1", sig))
	require.False(t, k.Verify("cursor", "a|2", sig))
	require.False(t, k.Verify("other", "a|1", sig))
}

func TestOrderNumber(t *testing.T) {
	seen := map[string]bool{}
	for range 2000 {
		n := OrderNumber()
		require.Regexp(t, regexp.MustCompile(`^LB-[2-9A-HJKMNP-TW-Z]{6}$`), n)
		seen[n] = true
	}
	require.Greater(t, len(seen), 1990)
}

func TestSlugAndFold(t *testing.T) {
	require.Equal(t, "kue-kering-nastar-500-g", Slug("Kue kering “Nastar” — 500 g!"))
	require.Equal(t, "creme-brulee", Slug("Crème Brûlée"))
	require.Equal(t, "", Slug("🍪🍪"))
	require.Equal(t, "kaasstengels ibu 2", Fold("  Kaasstengels/Ibu  2 "))
}
