package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"regexp"
	"strings"
)

// wholeNumber is what a cell may begin with a minus for.
var wholeNumber = regexp.MustCompile(`^-?[0-9]+$`)

// cells makes a table for spreadsheets: UTF-8 with a byte order mark, without which
// Excel reads letters wrong; a semicolon between cells, because it takes the comma
// for the decimal mark in Indonesian; quotes where a cell needs them. What a
// spreadsheet would take for a formula stays text.
func cells(rows [][]string) []byte {
	b := bytes.NewBufferString("\ufeff")
	w := csv.NewWriter(b)
	w.Comma, w.UseCRLF = ';', true
	for _, row := range rows {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = cell
			if !wholeNumber.MatchString(cell) && strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r\n") {
				line[i] = "'" + cell
			}
		}
		_ = w.Write(line) // a bytes.Buffer takes everything
	}
	w.Flush()
	return b.Bytes()
}

// CSV answers with a table as a file of that name (letters, digits and dashes), the
// heading first. Nobody keeps it.
func (c *Ctx) CSV(name string, rows [][]string) error {
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	h.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := c.Response().Write(cells(rows))
	return err
}
