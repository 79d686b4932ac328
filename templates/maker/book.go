package maker

import (
	"fmt"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// bookTop is how high the longest column of a month chart stands.
const bookTop = 104

// column is how high an amount stands among a year's; a small one can still be seen.
func column(year []BookMonth, amount money.Rupiah) int {
	var most money.Rupiah
	for _, m := range year {
		most = max(most, m.In, m.Out)
	}
	if amount <= 0 || most == 0 {
		return 0
	}
	return max(2, int(amount*bookTop/most))
}

func at(n int) string { return fmt.Sprint(n) }

// short is a month's name in three letters, to stand below its columns.
func short(month string) string {
	letters := []rune(month)
	return string(letters[:min(3, len(letters))])
}

// figures is an amount where a whole column is rupiah.
func figures(m money.Rupiah) string {
	if m < 0 {
		return "−" + money.Group(uint64(-m))
	}
	return money.Group(uint64(m))
}

// bookWords is what an entry is called: in the maker's words where she has written some.
func bookWords(e BookEntry) string {
	if e.Words == "" {
		return e.Kind
	}
	return e.Words
}
