// Package near finds the word somebody meant among those there are.
package near

// Of returns the known word that is nearest to what was typed, the first of equal
// ones; "" when nothing is known.
func Of(typed string, known []string) string {
	best, least := "", -1
	for _, k := range known {
		if d := Distance(typed, k); least < 0 || d < least {
			best, least = k, d
		}
	}
	return best
}

// Distance is Levenshtein's, in letters.
func Distance(from, to string) int {
	a, b := []rune(from), []rune(to)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := diagonal
			if a[i-1] != b[j-1] {
				change++
			}
			diagonal, row[j] = row[j], min(change, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
