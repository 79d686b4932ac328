// Package papertest reads the words of papers that package document drew, for
// tests.
package papertest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// Pages are the texts on each page in the order in which they were drawn. It knows
// what the drawing library writes, and no more of PDF.
func Pages(pdf []byte) ([][]string, error) {
	var pages [][]string
	for {
		_, tail, found := bytes.Cut(pdf, []byte("\nstream\n"))
		if !found {
			return pages, nil
		}
		stream, rest, _ := bytes.Cut(tail, []byte("\nendstream"))
		pdf = rest
		open, err := zlib.NewReader(bytes.NewReader(stream))
		if err != nil {
			continue // a picture or a font
		}
		content, err := io.ReadAll(open)
		if err != nil {
			return nil, fmt.Errorf("papertest: %w", err)
		}
		if bytes.Contains(content, []byte(" Tj")) {
			pages = append(pages, texts(content))
		}
	}
}

// Words is everything that a paper says, a line for each text; "" when it cannot
// be read.
func Words(pdf []byte) string {
	pages, err := Pages(pdf)
	if err != nil {
		return ""
	}
	var all []string
	for _, page := range pages {
		all = append(all, page...)
	}
	return strings.Join(all, "\n")
}

// texts are the strings that a page shows: (…) Tj, in UTF-16, with a backslash
// before what would end them.
func texts(content []byte) (out []string) {
	for at := 0; at < len(content); at++ {
		if content[at] != '(' {
			continue
		}
		var raw []byte
		for at++; at < len(content) && content[at] != ')'; at++ {
			if content[at] == '\\' {
				if at++; content[at] == 'r' {
					raw = append(raw, '\r')
					continue
				}
			}
			raw = append(raw, content[at])
		}
		if !bytes.HasPrefix(content[min(at+1, len(content)):], []byte(" Tj")) {
			continue
		}
		var units []uint16
		for i := 0; i+1 < len(raw); i += 2 {
			units = append(units, binary.BigEndian.Uint16(raw[i:]))
		}
		out = append(out, string(utf16.Decode(units)))
	}
	return out
}
