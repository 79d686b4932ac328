package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/lapak-berdaya/lapak/catalog/index"
)

// cleanLine makes one line of plain text: normalised, without control and
// direction characters, runs of white space as one space.
func cleanLine(s string) string {
	return strings.Join(strings.Fields(strip(s, false)), " ")
}

// cleanText does the same and keeps line breaks, at most one empty line in a row.
func cleanText(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	lines := strings.Split(strip(s, true), "\n")
	var out []string
	for _, l := range lines {
		l = strings.Join(strings.Fields(l), " ")
		if l == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, l)
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// strip drops what PostgreSQL cannot store (NUL), what hides text from a curator
// (direction overrides, invisible characters) and broken UTF-8.
func strip(s string, lines bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines:
			return r
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r == '\u200d' || r == '\ufe0f': // joins and colours emoji
			return r
		case r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, norm.NFC.String(s))
}

// letters counts what a person would call the length.
func letters(s string) int { return utf8.RuneCountInString(s) }

// hasWord reports at least two letters or digits: a name of emoji or dots only
// cannot be searched, read out or made into an address.
func hasWord(s string) bool {
	n := 0
	for _, r := range s {
		if isLetterOrDigit(r) {
			n++
		}
	}
	return n >= 2
}

// words are the folded words of a text, as searches compare them.
func words(s string) []string { return index.Words(s) }

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// CleanText makes plain text of what somebody typed: normalised, without control
// and direction characters, with line breaks but at most one empty line in a row.
func CleanText(s string) string { return cleanText(s) }
