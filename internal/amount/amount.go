// Package amount reads how many of something a person means when she types it the
// way she counts: 24, "24 buah", "2 lusin", "1 kodi".
package amount

import (
	"errors"
	"math"
	"strings"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// ErrFormat says that what was typed is no whole, non-negative number of things.
var ErrFormat = errors.New("amount: not a number of things")

// Count is how many of something was typed.
type Count struct {
	N int64
	// Reckoned says that N was reckoned from a word such as "lusin", so that it is
	// better asked back before it counts.
	Reckoned bool
}

// dozens are the words that stand for several pieces; the count of "rim" is of paper.
var dozens = map[string]int64{"lusin": 12, "losin": 12, "kodi": 20, "gros": 144, "rim": 500}

// pieces are the words that change nothing.
var pieces = map[string]bool{
	"": true, "buah": true, "bh": true, "biji": true, "pcs": true, "pc": true, "potong": true, "lembar": true, "helai": true, "pasang": true,
	"stel": true, "set": true, "toples": true, "stoples": true, "bungkus": true, "bks": true, "botol": true, "dus": true, "kotak": true,
	"pak": true, "kg": true, "kilo": true, "meter": true, "orang": true, "unit": true,
}

var small = map[string]int64{
	"nol": 0, "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8, "sembilan": 9, "sepuluh": 10, "sebelas": 11,
}

// Parse reads a count: digits with or without points between thousands, or a number
// word up to eleven, and behind it nothing, a word for pieces, "ribu", or a word for
// several ("2 lusin", "selusin", "setengah kodi", "1,5 lusin"). A half piece is refused.
func Parse(s string) (Count, error) {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	head, word := split(s)
	if times, found := dozens[word]; found {
		n, err := halves(head)
		if err != nil || n > math.MaxInt64/times || n*times%2 != 0 {
			return Count{}, ErrFormat
		}
		return Count{N: n * times / 2, Reckoned: true}, nil
	}
	if n, found := small[head]; found && pieces[word] {
		return Count{N: n}, nil
	}
	if word == "rb" || word == "ribu" {
		head, word = head+" "+word, ""
	}
	if !pieces[word] || strings.HasPrefix(head, "rp") || strings.Contains(head, ",") || strings.Contains(head, "rupiah") {
		return Count{}, ErrFormat
	}
	n, err := money.Parse(head)
	if err != nil {
		return Count{}, ErrFormat
	}
	return Count{N: int64(n)}, nil
}

// split parts the number from the word behind it; "selusin" is "satu lusin".
func split(s string) (head, word string) {
	if rest, found := strings.CutPrefix(s, "se"); found {
		if _, several := dozens[rest]; several {
			return "satu", rest
		}
	}
	at := strings.LastIndexAny(s, "0123456789 ")
	if at < 0 || (at == len(s)-1) {
		return s, ""
	}
	return strings.TrimSpace(s[:at+1]), strings.TrimSpace(s[at+1:])
}

// halves reads a number as twice itself: "setengah", "1,5", "2", "dua".
func halves(s string) (int64, error) {
	if s == "setengah" || s == "1/2" || s == "½" {
		return 1, nil
	}
	if n, found := small[s]; found {
		return 2 * n, nil
	}
	head, half := strings.CutSuffix(strings.ReplaceAll(s, ".5", ",5"), ",5")
	n, err := money.Parse(head)
	if err != nil || n > math.MaxInt64/4 || strings.HasPrefix(head, "rp") {
		return 0, ErrFormat
	}
	if half {
		return 2*int64(n) + 1, nil
	}
	return 2 * int64(n), nil
}
