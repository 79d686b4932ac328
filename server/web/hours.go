package web

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/delivery"
)

// Hours writes a week as people say it in the page's language, "" for a shop
// without hours.
func (c *Ctx) Hours(w delivery.Week) string {
	var parts []string
	for _, r := range w.Runs() {
		key, args := "buyerpage.hours.day", []any{"day", c.T("buyerpage.day." + strconv.Itoa(int(r.First))), "from", clockText(r.Opens), "until", clockText(r.Closes)}
		if r.First != r.Last {
			key, args = "buyerpage.hours.days", append(args, "last", c.T("buyerpage.day."+strconv.Itoa(int(r.Last))))
		}
		parts = append(parts, c.T(key, args...))
	}
	return strings.Join(parts, "; ")
}

func clockText(minutes int) string { return fmt.Sprintf("%02d.%02d", minutes/60, minutes%60) }

// Percent writes a number of per mille as percent: 25 is "2,5".
func Percent(permille int64) string {
	if permille%10 == 0 {
		return strconv.FormatInt(permille/10, 10)
	}
	return fmt.Sprintf("%d,%d", permille/10, permille%10)
}

// Permille reads percent as typed, with at most one digit behind a comma or dot;
// false for anything else.
func Permille(typed string) (int64, bool) {
	whole, tenth, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(typed), ".", ","), ",")
	if tenth == "" {
		tenth = "0"
	}
	a, err := strconv.ParseUint(whole, 10, 16)
	b, err2 := strconv.ParseUint(tenth, 10, 8)
	if err != nil || err2 != nil || len(tenth) > 1 {
		return 0, false
	}
	return int64(a*10 + b), true
}
