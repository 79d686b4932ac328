// Package calendar knows Indonesia's working days and time zones: which days
// count towards a lead time or a deadline, when a capacity month ends, and which
// clock a shop lives by. Holidays are data (data/holidays.txt, which says how to
// extend it). It imports nothing of ours.
package calendar

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Kind says how sure a holiday's date is; see the head of data/holidays.txt.
type Kind string

const (
	Decree   Kind = "decree"   // from the joint decree of the three ministers
	Leave    Kind = "leave"    // collective leave of the same decree
	Fixed    Kind = "fixed"    // follows from the calendar, decree still to come
	Expected Kind = "expected" // computed, the decree may move it
)

// Holiday is one day off with its Indonesian name.
type Holiday struct {
	Name string
	Kind Kind
}

//go:embed data/holidays.txt
var holidayData string

type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	year, month, day := t.Date()
	return date{year, month, day}
}

var holidays = sync.OnceValue(func() map[date]Holiday {
	days, err := parse(holidayData)
	if err != nil {
		// The file is compiled in and read by the package's test: this cannot
		// happen in a build that passed it.
		panic("calendar: " + err.Error())
	}
	return days
})

func parse(data string) (map[date]Holiday, error) {
	days := map[date]Holiday{}
	for number, line := range strings.Split(data, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.SplitN(line, " ", 3)
		if len(parts) != 3 {
			return nil, fmt.Errorf("holidays line %d: want date, kind and name", number+1)
		}
		day, err := time.Parse(time.DateOnly, parts[0])
		if err != nil {
			return nil, fmt.Errorf("holidays line %d: %w", number+1, err)
		}
		kind := Kind(parts[1])
		switch kind {
		case Decree, Leave, Fixed, Expected:
		default:
			return nil, fmt.Errorf("holidays line %d: unknown kind %q", number+1, parts[1])
		}
		if _, twice := days[dateOf(day)]; twice {
			return nil, fmt.Errorf("holidays line %d: %s is listed twice", number+1, parts[0])
		}
		days[dateOf(day)] = Holiday{Name: parts[2], Kind: kind}
	}
	return days, nil
}

// HolidayOn returns the holiday on t's calendar day, in t's own location. Convert
// first: t.In(calendar.Zone(regency)).
func HolidayOn(t time.Time) (Holiday, bool) {
	holiday, found := holidays()[dateOf(t)]
	return holiday, found
}

// IsWorkingDay reports whether t's calendar day, in t's own location, is Monday to
// Friday and no holiday.
func IsWorkingDay(t time.Time) bool {
	if weekday := t.Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		return false
	}
	_, off := HolidayOn(t)
	return !off
}

// AddWorkingDays moves t by n working days, forwards or (n < 0) backwards, keeping
// its time of day and location. The day of t itself never counts: one working day
// after a Friday, a Saturday or a Sunday is Monday. With n = 0 a day that is no
// working day moves on to the next one, so the result is always a working day.
//
// Days are counted in t's own location; pass a time in the shop's zone.
func AddWorkingDays(t time.Time, n int) time.Time { return AddWorkingDaysOff(t, n, nil) }

// AddWorkingDaysOff is AddWorkingDays where somebody has days off of their own:
// off reports those, and may be nil. It must not report every day to come.
func AddWorkingDaysOff(t time.Time, n int, off func(time.Time) bool) time.Time {
	works := func(t time.Time) bool { return IsWorkingDay(t) && (off == nil || !off(t)) }
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		t = t.AddDate(0, 0, step)
		if works(t) {
			n--
		}
	}
	for !works(t) {
		t = t.AddDate(0, 0, step)
	}
	return t
}

// MonthStart returns midnight of the first day of t's month, in t's own location.
func MonthStart(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
}

// NextMonthStart returns midnight of the first day of the month after t's, in t's
// own location: the end, exclusive, of t's capacity month.
func NextMonthStart(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, t.Location())
}

// The three Indonesian zones. None has daylight saving, so fixed offsets are exact
// and need no time-zone files on the machine (domain.md B22).
var (
	WIB  = time.FixedZone("WIB", 7*3600)
	WITA = time.FixedZone("WITA", 8*3600)
	WIT  = time.FixedZone("WIT", 9*3600)
)

// Zone returns the clock of a province, regency, district or village code: its
// first two digits name the province. An unknown code gets WIB, the capital's zone,
// because a wrong guess by an hour beats a page that fails.
func Zone(code string) *time.Location {
	if len(code) < 2 {
		return WIB
	}
	switch code[:2] {
	case "51", "52", "53", // Bali, Nusa Tenggara
		"63", "64", "65", // Kalimantan Selatan, Timur, Utara
		"71", "72", "73", "74", "75", "76": // Sulawesi
		return WITA
	case "81", "82", // Maluku
		"91", "92", "93", "94", "95", "96": // Papua
		return WIT
	}
	return WIB
}

var months = [...]string{
	"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember",
}

// Date writes t's day in its own location as Indonesian readers expect:
// "21 November 2026" (design §7).
func Date(t time.Time) string {
	return fmt.Sprintf("%d %s %d", t.Day(), months[t.Month()-1], t.Year())
}

// DateTime writes t in the zone of a province or regency code:
// "21 November 2026, 14.30 WIB".
func DateTime(t time.Time, code string) string {
	t = t.In(Zone(code))
	return Date(t) + ", " + t.Format("15.04 MST")
}

// EnglishDate is Date for English readers: "5 December 2026".
func EnglishDate(t time.Time) string { return t.Format("2 January 2006") }

// EnglishDateTime is DateTime for English readers: "5 December 2026, 14:30 WIB".
func EnglishDateTime(t time.Time, code string) string {
	return t.In(Zone(code)).Format("2 January 2006, 15:04 MST")
}
