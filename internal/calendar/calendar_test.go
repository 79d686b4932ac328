package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func day(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s+" 10:30", WIB)
	if err != nil {
		panic(err)
	}
	return t
}

func TestAddWorkingDays(t *testing.T) {
	for _, c := range []struct {
		name, from string
		n          int
		want       string
	}{
		{"within a week", "2026-11-23", 3, "2026-11-26"},
		{"over a weekend", "2026-11-20", 1, "2026-11-23"},
		{"from a Saturday", "2026-11-21", 1, "2026-11-23"},
		{"over Christmas and its leave", "2026-12-23", 1, "2026-12-28"},
		{"over Lebaran 2026", "2026-03-17", 1, "2026-03-25"},
		{"over Lebaran 2027", "2027-03-09", 1, "2027-03-12"},
		{"into the new year", "2026-12-31", 1, "2027-01-04"},
		{"none, on a working day", "2026-11-23", 0, "2026-11-23"},
		{"none, on a Sunday", "2026-11-22", 0, "2026-11-23"},
		{"back over a weekend", "2026-11-23", -1, "2026-11-20"},
		{"back over a holiday", "2026-12-28", -1, "2026-12-23"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := AddWorkingDays(day(c.from), c.n); !got.Equal(day(c.want)) {
				t.Errorf("%s + %d = %s, want %s", c.from, c.n, got, c.want)
			}
		})
	}
}

func TestAddWorkingDays_counts_exactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := day("2026-01-01").AddDate(0, 0, rapid.IntRange(0, 1000).Draw(t, "offset"))
		n := rapid.IntRange(0, 60).Draw(t, "n")
		got := AddWorkingDays(from, n)
		if !IsWorkingDay(got) {
			t.Fatalf("%s + %d = %s is no working day", from, n, got)
		}
		counted := 0
		for d := from.AddDate(0, 0, 1); !d.After(got); d = d.AddDate(0, 0, 1) {
			if IsWorkingDay(d) {
				counted++
			}
		}
		if n > 0 && counted != n {
			t.Fatalf("%d working days between %s and %s, want %d", counted, from, got, n)
		}
	})
}

// 17:00 UTC on New Year's Eve is already the holiday in Jakarta: the location of the
// time decides, not UTC.
func TestIsWorkingDay_uses_the_times_own_zone(t *testing.T) {
	moment := time.Date(2026, 12, 31, 17, 0, 0, 0, time.UTC)
	if !IsWorkingDay(moment) {
		t.Error("31 December is a working day in UTC")
	}
	if IsWorkingDay(moment.In(WIB)) {
		t.Error("it is 1 January in Jakarta")
	}
	if !IsWorkingDay(moment.Add(-time.Second).In(WIB)) {
		t.Error("a second earlier it is still 31 December in Jakarta")
	}
}

func TestNextMonthStart(t *testing.T) {
	for from, want := range map[string]string{
		"2026-11-30": "2026-12-01", "2026-12-31": "2027-01-01", "2027-01-31": "2027-02-01", "2028-02-29": "2028-03-01",
	} {
		got := NextMonthStart(day(from))
		if got.Format(time.DateOnly) != want || got.Hour() != 0 || got.Location() != WIB {
			t.Errorf("NextMonthStart(%s) = %s", from, got)
		}
	}
	if got := MonthStart(day("2026-11-30")); got.Format(time.DateTime) != "2026-11-01 00:00:00" {
		t.Errorf("MonthStart = %s", got)
	}
}

func TestZone(t *testing.T) {
	for code, want := range map[string]*time.Location{
		"35.19": WIB, "36.02.06": WIB, "11": WIB, "61.71": WIB, "62": WIB, "51.71": WITA, "63.01": WITA, "65": WITA,
		"73.71": WITA, "81.01": WIT, "96.71": WIT, "": WIB, "x": WIB,
	} {
		if got := Zone(code); got != want {
			t.Errorf("Zone(%q) = %s, want %s", code, got, want)
		}
	}
}

func TestHolidays(t *testing.T) {
	days, err := parse(holidayData)
	if err != nil {
		t.Fatal(err)
	}
	perYear := map[int]int{}
	for d := range days {
		perYear[d.year]++
	}
	if perYear[2026] != 25 { // 17 national holidays and 8 days of collective leave
		t.Errorf("2026 has %d days, the decree has 25", perYear[2026])
	}
	for _, year := range []int{2027, 2028} {
		if perYear[year] < 11 {
			t.Errorf("%d has only %d days", year, perYear[year])
		}
	}
	if h, found := HolidayOn(day("2026-08-17")); !found || h.Kind != Decree {
		t.Errorf("17 August = %v, %v", h, found)
	}
}

func TestParse_refuses_a_faulty_file(t *testing.T) {
	for _, data := range []string{
		"2026-02-30 decree Bukan tanggal", "2026-02-01 maybe Entah", "2026-02-01 decree", "2026-01-01 decree A\n2026-01-01 leave B",
	} {
		if _, err := parse(data); err == nil {
			t.Errorf("%q was accepted", data)
		}
	}
}

func TestDateTime(t *testing.T) {
	moment := time.Date(2026, 11, 21, 17, 5, 0, 0, time.UTC)
	for code, want := range map[string]string{
		"35.19": "22 November 2026, 00.05 WIB", "51": "22 November 2026, 01.05 WITA", "91.01": "22 November 2026, 02.05 WIT",
	} {
		if got := DateTime(moment, code); got != want {
			t.Errorf("DateTime(%s) = %q, want %q", code, got, want)
		}
	}
	for month := time.January; month <= time.December; month++ {
		if got := Date(time.Date(2027, month, 3, 0, 0, 0, 0, WIB)); got == "" || got[:2] != "3 " {
			t.Errorf("Date in %s = %q", month, got)
		}
	}
}
