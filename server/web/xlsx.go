package web

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/lapak-berdaya/lapak/internal/fault"
)

// longestNumber is how many digits a spreadsheet keeps of a number.
const longestNumber = 15

// workbook makes a table for spreadsheets as XLSX. Whole numbers are numbers, so that
// they can be summed; everything else is text, also what begins like a formula, and
// numbers that would lose a zero or a digit.
func workbook(rows [][]string) (data []byte, err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	const sheet = "Sheet1"
	asText, err := f.NewStyle(&excelize.Style{NumFmt: 49})
	if err != nil {
		return nil, fault.Internal(err)
	}
	for i, row := range rows {
		for j, cell := range row {
			at, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				return nil, fault.Internal(err)
			}
			number, unreadable := strconv.ParseInt(cell, 10, 64)
			switch digits := strings.TrimPrefix(cell, "-"); {
			case unreadable == nil && wholeNumber.MatchString(cell) && len(digits) <= longestNumber && (digits == "0" || digits[0] != '0'):
				err = f.SetCellInt(sheet, at, number)
			default: // never a formula: a string cell, kept text when somebody edits it
				err = errors.Join(f.SetCellStr(sheet, at, cell), f.SetCellStyle(sheet, at, at, asText))
			}
			if err != nil {
				return nil, fault.Internal(err)
			}
		}
	}
	if err := f.SetColWidth(sheet, "A", "H", 20); err != nil {
		return nil, fault.Internal(err)
	}
	buffer, err := f.WriteToBuffer()
	if err != nil {
		return nil, fault.Internal(err)
	}
	return bytes.Clone(buffer.Bytes()), nil
}

// Sheet answers with a table as a file of that name (letters, digits and dashes), the
// heading first: as XLSX where the address ends so, else as CSV. Nobody keeps it.
func (c *Ctx) Sheet(name string, rows [][]string) error {
	if !strings.HasSuffix(c.Route.Path, ".xlsx") {
		return c.CSV(name, rows)
	}
	data, err := workbook(rows)
	if err != nil {
		return err
	}
	return c.Workbook(name, data)
}

// Workbook answers with an XLSX file of that name (letters, digits and dashes). Nobody
// keeps it.
func (c *Ctx) Workbook(name string, data []byte) error {
	h := c.Response().Header()
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	h.Set("Content-Disposition", `attachment; filename="`+name+`.xlsx"`)
	h.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(http.StatusOK)
	if c.Request().Method == http.MethodHead {
		return nil
	}
	_, err := c.Response().Write(data)
	return err
}
