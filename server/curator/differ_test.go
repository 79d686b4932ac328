package curator

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	pages "github.com/lapak-berdaya/lapak/templates/curator"
)

func TestDifferMarksOnlyWhatOneSideHas(t *testing.T) {
	before, after := differ("Renyah dan gurih, tanpa pengawet.", "Renyah, gurih, dan tanpa pengawet.")
	require.Equal(t, []pages.Piece{{Text: "Renyah dan ", Marked: true}, {Text: "gurih, tanpa pengawet."}}, before)
	require.Equal(t, []pages.Piece{{Text: "Renyah, ", Marked: true}, {Text: "gurih, "}, {Text: "dan ", Marked: true}, {Text: "tanpa pengawet."}}, after)

	before, after = differ("sama saja", "sama saja")
	require.Equal(t, []pages.Piece{{Text: "sama saja"}}, before)
	require.Equal(t, before, after)
	before, after = differ("", "baru")
	require.Empty(t, before)
	require.Equal(t, []pages.Piece{{Text: "baru", Marked: true}}, after)
	before, _ = differ("Toples 250 g", "Toples 250 g dengan segel")
	require.Equal(t, []pages.Piece{{Text: "Toples 250 g"}}, before, "the space behind a word is no change")
}

func TestDifferLosesNoLetterAndGivesUpOnHugeTexts(t *testing.T) {
	joined := func(list []pages.Piece) string {
		var b strings.Builder
		for _, p := range list {
			b.WriteString(p.Text)
		}
		return b.String()
	}
	older, newer := "satu  dua\n\ntiga empat", "dua tiga\nempat lima\t"
	before, after := differ(older, newer)
	require.Equal(t, older, joined(before))
	require.Equal(t, newer, joined(after))
	huge := strings.Repeat("kata ", 1500)
	before, after = differ(huge, huge+"lagi")
	require.Equal(t, []pages.Piece{{Text: huge}}, before)
	require.Equal(t, huge+"lagi", joined(after))
	require.Len(t, after, 1, "too long to compare: shown without marks")
}
