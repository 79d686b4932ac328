package review

import (
	"regexp"
	"strings"

	"github.com/lapak-berdaya/lapak/catalog"
)

// addresses are what leads away from here: links, bare domains, accounts.
var addresses = regexp.MustCompile(`(?i)https?:|www\.|\b[a-z0-9-]+\.(com|net|org|id|co|me|ly|gl|gg|io|app|link|shop|store|site|online|info|xyz|biz|top|click)\b|(^|\s)@[a-z0-9_.]{3,}`)

// digits are longer than any price or year that somebody writes about a jar of
// cookies: telephone, account and identity numbers, however they are grouped.
var digits = regexp.MustCompile(`(\+62|\b0?8|\b)[\d\s.()/-]*\d`)

const longNumber = 9

// Suspicious reports whether a text holds a link, an account or a long number. It
// is then read by a curator before anybody sees it.
func Suspicious(text string) bool {
	if addresses.MatchString(text) {
		return true
	}
	for _, run := range digits.FindAllString(text, -1) {
		n := strings.Count(strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return 'd'
			}
			return -1
		}, run), "d")
		if n >= longNumber {
			return true
		}
	}
	return false
}

// firstName is what may be shown of a name: its first word, at most 20 letters,
// without anything that is no letter.
func firstName(name string) string {
	words := strings.Fields(catalog.CleanText(name))
	if len(words) == 0 || Suspicious(words[0]) {
		return ""
	}
	r := []rune(words[0])
	return string(r[:min(len(r), 20)])
}
