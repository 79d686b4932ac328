package letters_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/font"

	"github.com/lapak-berdaya/lapak/internal/letters"
)

// The measures are those of the fonts that are drawn.
func TestMeasuresAreThoseOfTheFonts(t *testing.T) {
	for _, bold := range []bool{false, true} {
		face, err := letters.Face(bold, 1000)
		require.NoError(t, err)
		m := face.Metrics()
		require.InDelta(t, letters.XHeight, float64(m.XHeight)/64/1000, 0.012)
		require.InDelta(t, letters.CapHeight, float64(m.CapHeight)/64/1000, 0.012)
		for _, s := range []string{"", "Nastar nanas madu 250 g", "Mengandung: gandum, telur, susu."} {
			require.InDelta(t, float64(font.MeasureString(face, s))/64/1000, letters.Width(s, bold), 0.02, s)
		}
	}
	require.Zero(t, letters.Width("漢", false))
}
