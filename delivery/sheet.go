package delivery

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/sheet"
)

// The bounds of a tariff file.
const (
	MaxTariffBytes = 4 << 20
	MaxTariffRows  = 40_000
	maxUnzipped    = 64 << 20 // of a spreadsheet, whatever its zip promises
)

// TariffColumns is the first line of a tariff file; TariffExample are lines that
// show how to fill it.
var (
	TariffColumns = []string{"kurir", "layanan", "asal", "tujuan", "tarif per kg", "hari tercepat", "hari terlama", "berlaku mulai"}
	TariffExample = [][]string{
		{"", "Reguler", "Kabupaten Madiun", "Kota Surabaya", "9.000", "1", "3", "2026-01-01"},
		{"", "Reguler", "Provinsi Jawa Timur", "Provinsi Bali", "21.000", "2", "5", "2026-01-01"},
	}
)

// Tariff is one line of a tariff table.
type Tariff struct {
	Carrier     string // code
	Service     string
	Origin      string // code of a regency, or of a whole province
	Destination string
	ValidFrom   string // "2026-11-21"
	PerKg       money.Rupiah
	DaysMin     int
	DaysMax     int
}

// LineFault is what is wrong with one line of a tariff file.
type LineFault = sheet.Fault

// ReadTariff reads a CSV or XLSX file. It is pure: carriers are those with a
// tariff table. Every line is looked at, so that all that is wrong is told at
// once; nothing is returned unless all lines are right.
func ReadTariff(data []byte, carriers []CarrierInfo) ([]Tariff, []LineFault) {
	lines, err := sheet.Read(data, sheet.Limits{Bytes: MaxTariffBytes, Lines: MaxTariffRows, Unzipped: maxUnzipped})
	switch {
	case errors.Is(err, sheet.ErrBig):
		return nil, []LineFault{{Key: "delivery.tariff.big", Args: []any{"max", MaxTariffBytes >> 20}}}
	case errors.Is(err, sheet.ErrMany):
		return nil, []LineFault{{Key: "delivery.tariff.many", Args: []any{"max", money.Group(MaxTariffRows)}}}
	case errors.Is(err, sheet.ErrFormula):
		return nil, []LineFault{{Key: "delivery.tariff.formula"}}
	case err != nil:
		return nil, []LineFault{{Key: "delivery.tariff.unreadable"}}
	}
	at, below, heading, missing := sheet.Heading(lines, TariffColumns, nil)
	if missing != "" {
		return nil, []LineFault{{Line: heading, Key: "delivery.tariff.column", Args: []any{"name", missing, "all", strings.Join(TariffColumns, ", ")}}}
	}
	codes := map[string]string{}
	for _, c := range carriers {
		if c.Kind == KindTable {
			codes[sheet.Fold(c.Code)], codes[sheet.Fold(c.Name)] = c.Code, c.Code
		}
	}
	var out []Tariff
	var faults []LineFault
	first := map[Tariff]int{}
	for _, l := range below {
		r := reader{Line: l, at: at, codes: codes}
		t := r.read()
		if len(r.faults) == 0 {
			key := Tariff{Carrier: t.Carrier, Service: t.Service, Origin: t.Origin, Destination: t.Destination, ValidFrom: t.ValidFrom}
			if before, twice := first[key]; twice {
				r.fault("delivery.tariff.twice", "line", before)
			} else {
				first[key] = l.Number
			}
		}
		faults = append(faults, r.faults...)
		out = append(out, t)
	}
	if len(out) == 0 && len(faults) == 0 {
		return nil, []LineFault{{Key: "delivery.tariff.empty"}}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return out, nil
}

// reader reads one line and notes what is wrong with it.
type reader struct {
	sheet.Line
	at     map[string]int
	codes  map[string]string
	faults []LineFault
}

func (r *reader) fault(key string, args ...any) {
	r.faults = append(r.faults, LineFault{Line: r.Number, Key: key, Args: args})
}

func (r *reader) cell(column int) string {
	return sheet.Clip(r.Cell(r.at[TariffColumns[column]]))
}

// serviceName is what a courier calls a service: letters and digits first, so no
// spreadsheet takes it for a formula.
var serviceName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ./-]{0,29}$`)

func (r *reader) read() Tariff {
	var t Tariff
	var found bool
	if t.Carrier, found = r.codes[sheet.Fold(r.cell(0))]; !found {
		r.fault("delivery.tariff.carrier", "name", r.cell(0))
	}
	if t.Service = r.cell(1); !serviceName.MatchString(t.Service) {
		r.fault("delivery.tariff.service", "name", t.Service)
	}
	t.Origin, t.Destination = r.placeCode(2), r.placeCode(3)
	t.PerKg = r.perKg(4)
	t.DaysMin, t.DaysMax = r.days(5), r.days(6)
	if t.DaysMin >= 0 && t.DaysMax >= 0 && t.DaysMax < t.DaysMin {
		r.fault("delivery.tariff.order", "min", t.DaysMin, "max", t.DaysMax)
	}
	t.ValidFrom = r.date(7)
	return t
}

func (r *reader) perKg(column int) money.Rupiah {
	typed := r.cell(column)
	if typed == "" {
		r.fault("delivery.tariff.missing", "name", TariffColumns[column])
		return 0
	}
	if strings.HasPrefix(typed, "-") {
		r.fault("delivery.tariff.negative", "typed", typed)
		return 0
	}
	amount, err := money.Parse(sheet.Whole(typed))
	switch {
	case err != nil, strings.Contains(typed, ","): // 9,000 of a sheet can be nine, with decimals
		r.fault("delivery.tariff.price", "typed", typed)
	case amount > MaxPerKg:
		r.fault("delivery.tariff.dear", "typed", amount, "max", MaxPerKg)
	}
	return amount
}

func (r *reader) days(column int) int {
	typed := r.cell(column)
	n, err := strconv.Atoi(sheet.Whole(typed))
	if err != nil || n < 0 || n > MaxDays {
		r.fault("delivery.tariff.days", "name", TariffColumns[column], "typed", typed, "max", MaxDays)
		return -1
	}
	return n
}

// always is the first day of a tariff without one.
const always = "2000-01-01"

func (r *reader) date(column int) string {
	typed := r.cell(column)
	if typed == "" {
		return always
	}
	for _, layout := range []string{time.DateOnly, "02/01/2006", "2/1/2006", "02-01-2006"} {
		if day, err := time.Parse(layout, typed); err == nil && day.Year() >= 2000 && day.Year() < 2100 {
			return day.Format(time.DateOnly)
		}
	}
	// A spreadsheet keeps a date as the number of days since 1900.
	if n, err := strconv.Atoi(sheet.Whole(typed)); err == nil && n > 36_526 && n < 73_000 {
		return time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format(time.DateOnly)
	}
	r.fault("delivery.tariff.date", "typed", typed)
	return ""
}

// place reads a regency or province: its code, or its name with its type. A name
// that belongs to a kabupaten and a kota is asked back.
func (r *reader) placeCode(column int) string {
	typed := r.cell(column)
	code, candidates := findPlace(typed)
	switch {
	case typed == "":
		r.fault("delivery.tariff.missing", "name", TariffColumns[column])
	case len(candidates) > 1:
		r.fault("delivery.tariff.ambiguous", "typed", typed, "places", strings.Join(candidates, " / "))
	case code == "":
		r.fault("delivery.tariff.place", "name", TariffColumns[column], "typed", typed)
	}
	return code
}

// findPlace is the code of a place as typed; several candidates when it could be
// more than one.
func findPlace(typed string) (code string, candidates []string) {
	digits := strings.ReplaceAll(typed, ".", "")
	if len(digits) == 4 && strings.Trim(digits, "0123456789") == "" {
		typed = digits[:2] + "." + digits[2:]
	}
	if _, found := region.RegencyByCode(typed); found {
		return typed, nil
	}
	if _, found := region.ProvinceByCode(typed); found {
		return typed, nil
	}
	name := sheet.Fold(typed)
	if rest, province := strings.CutPrefix(name, "provinsi "); province {
		for _, p := range region.Provinces() {
			if sheet.Fold(p.Name) == rest {
				return p.Code, nil
			}
		}
		return "", nil
	}
	for _, short := range []string{"kab. ", "kab.", "kab "} {
		if rest, cut := strings.CutPrefix(name, short); cut {
			name = "kabupaten " + strings.TrimSpace(rest)
			break
		}
	}
	for _, r := range region.Regencies() {
		switch {
		case sheet.Fold(r.Name) == name, sheet.Fold(r.Type+" "+r.Short) == name:
			return r.Code, nil
		case sheet.Fold(r.Short) == name:
			code = r.Code
			candidates = append(candidates, r.Name+" ("+r.Code+")")
		}
	}
	if len(candidates) > 1 {
		return "", candidates
	}
	return code, nil
}

// TariffTemplate is an empty tariff file with examples, as XLSX. Places and
// amounts are text, so that nothing loses a zero at its end.
func TariffTemplate(carriers []CarrierInfo) ([]byte, error) {
	data, err := sheet.File(TariffLines(carriers))
	if err != nil {
		return nil, fault.Internal(err)
	}
	return data, nil
}

// TariffLines is the heading with the examples, of the first carrier that has a
// tariff table.
func TariffLines(carriers []CarrierInfo) [][]string {
	lines := [][]string{TariffColumns}
	for _, c := range carriers {
		if c.Kind != KindTable {
			continue
		}
		for _, example := range TariffExample {
			lines = append(lines, append([]string{c.Code}, example[1:]...))
		}
		break
	}
	return lines
}
