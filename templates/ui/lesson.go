package ui

import "strings"

// block is one paragraph, or the points of one list.
type block struct {
	text   string
	points []string
}

// blocks reads plain text: a paragraph a line, and lines that begin with "- " as
// the points of a list.
func blocks(body string) (out []block) {
	for line := range strings.Lines(body) {
		line = strings.TrimSpace(line)
		point, listed := strings.CutPrefix(line, "- ")
		switch last := len(out) - 1; {
		case line == "":
		case listed && last >= 0 && out[last].points != nil:
			out[last].points = append(out[last].points, point)
		case listed:
			out = append(out, block{points: []string{point}})
		default:
			out = append(out, block{text: line})
		}
	}
	return out
}
