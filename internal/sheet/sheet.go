// Package sheet reads tables that people made in a spreadsheet, as CSV or XLSX, and
// makes the files they begin with. What a column means is the caller's.
//
// Everything is text as it stands in the file: formulas are never computed. Size,
// lines and what a packed file grows to are bounded before anything is kept.
package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Limits bound what is read of a file.
type Limits struct {
	Bytes    int   // of the file
	Lines    int   // that hold something, the heading not counted
	Unzipped int64 // bytes of a spreadsheet, whatever its zip promises
	Formulas bool  // take what a formula held when the file was saved; else such a file is refused
}

// The reasons for which nothing of a file is read.
var (
	ErrBig        = errors.New("sheet: too many bytes")
	ErrMany       = errors.New("sheet: too many lines")
	ErrFormula    = errors.New("sheet: XLSX with formulas") // what such a cell holds need not be what its author saw
	ErrUnreadable = errors.New("sheet: neither CSV nor XLSX")
)

// Line is one line of a table that holds something.
type Line struct {
	Number int // as the spreadsheet counts, from 1
	Cells  []string
}

// Fault is what is wrong with one line, in the words of Key.
type Fault struct {
	Line int // 0: the whole file
	Key  string
	Args []any
}

// Read returns the lines of a CSV or XLSX file that hold something. CSV may begin
// with a byte order mark and be parted by semicolons, tabs or commas; letters that
// are no UTF-8 are read as Windows writes them. Of a spreadsheet the first sheet
// counts. Errors: one of the above.
func Read(data []byte, limits Limits) ([]Line, error) {
	switch {
	case len(data) > limits.Bytes:
		return nil, ErrBig
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return workbook(data, limits)
	case bytes.ContainsRune(data, 0), bytes.HasPrefix(data, []byte("%PDF")):
		return nil, ErrUnreadable
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	if !utf8.ValidString(text) {
		text = windows(text)
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes, r.Comma = -1, true, comma(text)
	t := table{most: limits.Lines}
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return t.lines, nil
		}
		if err != nil {
			return nil, errors.Join(ErrUnreadable, err)
		}
		number, _ := r.FieldPos(0)
		if err := t.add(number, cells); err != nil {
			return nil, err
		}
	}
}

// table gathers the lines that hold something.
type table struct {
	most  int
	lines []Line
}

func (t *table) add(number int, cells []string) error {
	if strings.TrimSpace(strings.Join(cells, "")) == "" {
		return nil
	}
	if len(t.lines) > t.most { // the heading is one more
		return ErrMany
	}
	t.lines = append(t.lines, Line{number, cells})
	return nil
}

// comma is what parts the cells, as the first line that is parted at all has it.
func comma(text string) rune {
	for rest := text; rest != ""; {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		for _, c := range []rune{';', '\t', ','} {
			if strings.ContainsRune(line, c) {
				return c
			}
		}
	}
	return ','
}

// windows reads bytes as letters of Western Windows, near enough for what people
// write in Indonesian.
func windows(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func formulas(data []byte, most int64) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return errors.Join(ErrUnreadable, err)
	}
	for _, f := range archive.File {
		if !strings.HasPrefix(f.Name, "xl/worksheets/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return errors.Join(ErrUnreadable, err)
		}
		content, err := io.ReadAll(io.LimitReader(r, most))
		_ = r.Close()
		if err != nil {
			return errors.Join(ErrUnreadable, err)
		}
		if bytes.Contains(content, []byte("<f>")) || bytes.Contains(content, []byte("<f ")) {
			return ErrFormula
		}
	}
	return nil
}

func workbook(data []byte, limits Limits) (out []Line, err error) {
	if !limits.Formulas {
		if err := formulas(data, limits.Unzipped); err != nil {
			return nil, err
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true, UnzipSizeLimit: limits.Unzipped, UnzipXMLSizeLimit: limits.Unzipped})
	if err != nil {
		return nil, errors.Join(ErrUnreadable, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows, err := f.Rows(f.GetSheetName(0))
	if err != nil {
		return nil, errors.Join(ErrUnreadable, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	t := table{most: limits.Lines}
	for number := 1; rows.Next(); number++ {
		cells, err := rows.Columns()
		if err != nil {
			return nil, errors.Join(ErrUnreadable, err)
		}
		if err := t.add(number, cells); err != nil {
			return nil, err
		}
	}
	if err := rows.Error(); err != nil {
		return nil, errors.Join(ErrUnreadable, err)
	}
	return t.lines, nil
}

// titles is how many lines may stand above the heading: what the table is about.
const titles = 10

// Heading finds the line that names the columns: the first with all that are needed,
// a few lines down at most, whatever their order, letters and spaces. It returns
// where each column stands and the lines below it. also holds other names of a
// column. When one is missing, faulty is the line that comes nearest and missing its
// first column that is not there.
func Heading(lines []Line, need []string, also map[string]string) (at map[string]int, below []Line, faulty int, missing string) {
	faulty = 1
	best := -1
	for i, l := range lines[:min(len(lines), titles)] {
		found := map[string]int{}
		for j, cell := range l.Cells {
			name := Fold(cell)
			if real, other := also[name]; other {
				name = real
			}
			if _, twice := found[name]; !twice && name != "" {
				found[name] = j
			}
		}
		has, lacks := 0, ""
		for _, name := range need {
			if _, there := found[name]; there {
				has++
			} else if lacks == "" {
				lacks = name
			}
		}
		if lacks == "" {
			return found, lines[i+1:], l.Number, ""
		}
		if has > best {
			best, faulty, missing = has, l.Number, lacks
		}
	}
	if best < 0 && len(need) > 0 {
		missing = need[0]
	}
	return nil, nil, faulty, missing
}

// Cell is one cell of a line without spaces around and between that nobody sees; ""
// beyond its end.
func (l Line) Cell(column int) string {
	if column < 0 || column >= len(l.Cells) {
		return ""
	}
	return strings.Join(strings.Fields(l.Cells[column]), " ")
}

// Whole is a number without the fraction that spreadsheets write behind whole ones.
func Whole(cell string) string { return strings.TrimSuffix(cell, ".0") }

// Clip keeps what is repeated of a cell short.
func Clip(s string) string {
	if letters := []rune(s); len(letters) > 60 {
		return string(letters[:60]) + "…"
	}
	return s
}

// Fold makes names comparable that were typed with other letters or spaces.
func Fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// Choice offers the values of a column to choose from, in its cells and on a second
// sheet.
type Choice struct {
	Column int // from 0
	Title  string
	Values []string
}

// File makes an XLSX file with these lines, all of it text, so that nothing loses a
// zero at its end and nothing becomes a formula.
func File(rows [][]string, choices ...Choice) (data []byte, err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	const name = "Sheet1"
	asText, err := f.NewStyle(&excelize.Style{NumFmt: 49})
	if err != nil {
		return nil, fmt.Errorf("sheet: style: %w", err)
	}
	width := 1
	for _, row := range rows {
		width = max(width, len(row))
	}
	last, err := excelize.ColumnNumberToName(width)
	if err != nil {
		return nil, fmt.Errorf("sheet: column: %w", err)
	}
	if err := errors.Join(f.SetColStyle(name, "A:"+last, asText), f.SetColWidth(name, "A", last, 20)); err != nil {
		return nil, fmt.Errorf("sheet: columns: %w", err)
	}
	for i, row := range rows {
		for j, cell := range row {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return nil, fmt.Errorf("sheet: cell: %w", err)
			}
			if err := f.SetCellStr(name, at, cell); err != nil {
				return nil, fmt.Errorf("sheet: cell: %w", err)
			}
		}
	}
	for i, c := range choices {
		if err := offer(f, name, i+1, c); err != nil {
			return nil, fmt.Errorf("sheet: choices: %w", err)
		}
	}
	buffer, err := f.WriteToBuffer()
	if err != nil {
		return nil, fmt.Errorf("sheet: write: %w", err)
	}
	return bytes.Clone(buffer.Bytes()), nil
}

// offer writes the values into a column of the second sheet and lets the cells of the
// first choose from them. What is typed beside them is not refused: the program says
// which one is near.
func offer(f *excelize.File, name string, n int, c Choice) error {
	const values = "Pilihan"
	if _, err := f.NewSheet(values); err != nil {
		return err
	}
	there, err := excelize.ColumnNumberToName(n)
	if err != nil {
		return err
	}
	if err := errors.Join(f.SetColWidth(values, there, there, 30), f.SetCellStr(values, there+"1", c.Title)); err != nil {
		return err
	}
	for i, value := range c.Values {
		if err := f.SetCellStr(values, fmt.Sprintf("%s%d", there, i+2), value); err != nil {
			return err
		}
	}
	here, err := excelize.ColumnNumberToName(c.Column + 1)
	if err != nil {
		return err
	}
	list := excelize.NewDataValidation(true)
	list.Sqref = fmt.Sprintf("%s2:%s1000", here, here)
	list.SetSqrefDropList(fmt.Sprintf("%s!$%s$2:$%s$%d", values, there, there, len(c.Values)+1))
	list.ShowErrorMessage = false
	return f.AddDataValidation(name, list)
}
