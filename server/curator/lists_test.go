package curator

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/media"
)

func list(words string) (out []member) {
	for _, w := range strings.Fields(words) {
		key, _, _ := strings.Cut(w, "=")
		out = append(out, member{key, w})
	}
	return out
}

func TestListsDifferByTheFewestMoves(t *testing.T) {
	for _, c := range []struct{ older, newer, want string }{
		{"a b c", "a b c", ""},
		{"", "a", "added a"},
		{"a", "", "removed a"},
		{"a b c d", "d a b c", "moved d"},
		{"a b c d", "b c d a", "moved a"},
		{"a b c", "a x b", "added x removed c"},
		{"a=1 b", "a=2 b", "altered a=2"},
		{"a a", "a", "removed a"},
		{"a b c d e", "e d c b a", "moved 4"},
		{"a b", "x y", "added x added y removed a removed b"},
	} {
		var got []string
		moves := 0
		for _, s := range differLists(list(c.older), list(c.newer)) {
			if s.what == moved {
				moves++
			}
			if s.what != kept {
				got = append(got, string(s.what)+" "+s.text)
			}
		}
		if moves > 1 {
			got = []string{fmt.Sprint("moved ", moves)}
		}
		require.Equal(t, c.want, strings.Join(got, " "), "%s > %s", c.older, c.newer)
	}
}

func TestACompositionIsCutIntoIngredients(t *testing.T) {
	var got []string
	for _, m := range ingredients("Tepung terigu, cokelat (gula, kakao; lesitin) ; mentega,, garam.\nVanili") {
		got = append(got, m.text)
	}
	require.Equal(t, []string{"Tepung terigu", "cokelat (gula, kakao; lesitin)", "mentega", "garam", "Vanili"}, got)
	require.Empty(t, ingredients(" , \n"))
	require.Len(t, ingredients("gula (aren\ngaram"), 2, "an open parenthesis ends with its line")
	steps := differLists(ingredients("Gula, garam, mentega"), ingredients("gula, mentega (susu), garam"))
	require.Equal(t, altered, steps[0].what, "written otherwise")
}

func TestPicturesAreKnownByWhatTheyShow(t *testing.T) {
	stored := map[int64]media.Picture{1: {SHA256: "a"}, 2: {SHA256: "b"}, 3: {SHA256: "c"}, 4: {SHA256: "a"}, 5: {SHA256: "e"}, 6: {}}
	marks := func(older, newer []int64) string {
		before, after := pictureMarks(older, newer, stored)
		var out []string
		for _, c := range before {
			if out = append(out, "-"); c != nil {
				out[len(out)-1] = c.Label
			}
		}
		out = append(out, ">")
		for _, c := range after {
			if out = append(out, "-"); c != nil {
				out[len(out)-1] = c.Label
			}
		}
		return strings.Join(out, " | ")
	}
	require.Equal(t, "- | - | > | - | -", marks([]int64{1, 2}, []int64{4, 2}), "uploaded once more")
	require.Equal(t, "Pindah dari 3 ke 1", strings.Split(marks([]int64{1, 2, 3}, []int64{3, 1, 2}), " | ")[4])
	require.Equal(t, "- | Diganti (foto 2) | > | - | Diganti (foto 2) | Baru", marks([]int64{1, 2}, []int64{1, 5, 3}))
	require.Equal(t, "- | Dihapus | > | -", marks([]int64{1, 2}, []int64{1}))
	require.Equal(t, "> | Baru", marks(nil, []int64{6}))
}
