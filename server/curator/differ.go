package curator

import (
	"strings"

	pages "github.com/lapak-berdaya/lapak/templates/curator"
)

// differLimit bounds the work of one comparison: the table of a longest common
// run grows with both texts. Longer texts are shown without marks.
const differLimit = 1_000_000

// differ marks the words that only one of two texts has: words of the older text
// that are gone, words of the newer that came.
func differ(older, newer string) (before, after []pages.Piece) {
	if older == newer {
		return plain(older), plain(newer)
	}
	a, b := cut(older), cut(newer)
	if len(a)*len(b) > differLimit {
		return plain(older), plain(newer)
	}
	// common[i][j] is the length of the longest run of words, in order, that
	// a[i:] and b[j:] share.
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if same(a[i], b[j]) {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && same(a[i], b[j]):
			before, after = add(before, a[i], false), add(after, b[j], false)
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			before = add(before, a[i], true)
			i++
		default:
			after = add(after, b[j], true)
			j++
		}
	}
	return before, after
}

// same compares two words without the space behind them.
func same(a, b string) bool { return strings.TrimRight(a, " \n\t") == strings.TrimRight(b, " \n\t") }

// cut splits a text into words, each with the space that follows it, so that the
// pieces joined are the text.
func cut(s string) []string {
	var out []string
	for s != "" {
		end := strings.IndexAny(s, " \n\t")
		if end < 0 {
			return append(out, s)
		}
		for end < len(s) && strings.ContainsRune(" \n\t", rune(s[end])) {
			end++
		}
		out, s = append(out, s[:end]), s[end:]
	}
	return out
}

// add appends a word, to the last piece when that is marked alike.
func add(list []pages.Piece, word string, marked bool) []pages.Piece {
	if n := len(list); n > 0 && list[n-1].Marked == marked {
		list[n-1].Text += word
		return list
	}
	return append(list, pages.Piece{Text: word, Marked: marked})
}
