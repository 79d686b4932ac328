package advice

import (
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/lapak-berdaya/lapak/internal/id"
)

//go:embed data/claims.txt
var claimData string

// claimBook is data/claims.txt: folded words of each phrase.
type claimBook struct{ alone, does, ailment, fine [][]string }

var claimsBook = sync.OnceValue(func() claimBook {
	var b claimBook
	lists := map[string]*[][]string{"alone": &b.alone, "does": &b.does, "ailment": &b.ailment, "fine": &b.fine}
	for line := range strings.Lines(claimData) {
		name, phrases, _ := strings.Cut(strings.TrimSpace(line), ":")
		list, known := lists[name]
		if !known {
			continue
		}
		for _, p := range strings.Split(phrases, ",") {
			*list = append(*list, strings.Fields(id.Fold(p)))
		}
	}
	return b
})

// reach is how many words may stand between what is done and the ailment.
const reach = 3

var (
	sentenceEnds = regexp.MustCompile(`[.!?;,\n]+`)
	suffixes     = []string{"", "nya", "lah", "pun", "kah"}
	negations    = []string{"tidak", "bukan", "belum", "jangan", "tak", "tdk"}
	merely       = []string{"hanya", "cuma", "sekadar", "sekedar", "saja", "lagi"} // "bukan hanya mengobati" promises still more
)

// Claims are the promises of health in a text, folded, each once, in its order.
// What is denied ("bukan obat, tidak menyembuhkan") is none.
func Claims(s string) []string {
	book := claimsBook()
	var out []string
	for _, part := range sentenceEnds.Split(s, -1) {
		list := strings.Fields(id.Fold(part))
		for _, phrase := range book.fine {
			for i := range list {
				if starts(list[i:], phrase) {
					for j := range phrase {
						list[i+j] = ""
					}
				}
			}
		}
		for i := range list {
			if list[i] == "" || denied(list[:i]) {
				continue
			}
			n := longest(list[i:], book.alone)
			if does := max(n, longest(list[i:], book.does)); does > 0 {
				for gap := 0; gap <= reach && i+does+gap < len(list); gap++ {
					if a := longest(list[i+does+gap:], book.ailment); a > 0 {
						n = max(n, does+gap+a)
						break
					}
				}
			}
			if n > 0 {
				if claim := strings.Join(strings.Fields(strings.Join(list[i:i+n], " ")), " "); !slices.Contains(out, claim) {
					out = append(out, claim)
				}
			}
		}
	}
	return outermost(out)
}

// outermost drops what is a part of something longer: "ampuh" beside "100 ampuh".
func outermost(list []string) []string {
	var out []string
	for i, a := range list {
		if !slices.ContainsFunc(list, func(b string) bool { return b != a && strings.Contains(" "+b+" ", " "+a+" ") }) {
			out = append(out, list[i])
		}
	}
	return out
}

// longest is the length in words of the longest phrase that the words begin with;
// 0 for none.
func longest(list []string, phrases [][]string) (n int) {
	for _, p := range phrases {
		if len(p) > n && starts(list, p) {
			n = len(p)
		}
	}
	return n
}

// starts reports whether the words begin with the phrase; the last may carry a
// suffix.
func starts(list, phrase []string) bool {
	if len(list) < len(phrase) || len(phrase) == 0 {
		return false
	}
	last := len(phrase) - 1
	for i, w := range phrase[:last] {
		if list[i] != w {
			return false
		}
	}
	rest, found := strings.CutPrefix(list[last], phrase[last])
	return found && slices.Contains(suffixes, rest)
}

// denied reports a negation among the last two words before, unless it only says
// that more is to come.
func denied(before []string) bool {
	for i := max(0, len(before)-2); i < len(before); i++ {
		if slices.Contains(negations, before[i]) && (i+1 >= len(before) || !slices.Contains(merely, before[i+1])) {
			return true
		}
	}
	return false
}
