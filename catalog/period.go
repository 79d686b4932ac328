package catalog

import (
	"fmt"
	"slices"
	"time"

	"github.com/lapak-berdaya/lapak/internal/calendar"
)

// Periods. An allotment is how much of a pool can be promised in one period,
// named so that products which share pools of different kinds still agree on it:
//
//	""           stock: one number for always
//	"2026-11"    a month of a capacity
//	"2026-W47"   a week of a capacity, by ISO 8601: it begins on Monday
//	"2027-03-01" a slot of a pre-order window: the day on which it is dispatched
//
// A product that draws on several pools is promised at one turn: a day that every
// pool can name in its own way.

// Cadence is what a capacity counts in.
type Cadence string

// The cadences.
const (
	Monthly Cadence = "month"
	Weekly  Cadence = "week"
)

// Known reports whether it is one of the cadences.
func (c Cadence) Known() bool { return c == Monthly || c == Weekly }

const (
	stockPeriod = "" // the one period of a stock pool

	// periodsAhead is how many months or weeks a promise may look at, the present
	// one included. What does not fit into one of them is not promised.
	periodsAhead = 3
)

// turn is one day at which an order could be made: today or the first day of a
// later month or week, or the dispatch day of a pre-order slot. Midnight in the
// shop's zone.
type turn struct {
	day  time.Time
	slot bool // a dispatch day: nothing is added to it
}

// start returns the first day of the n-th period from today's, which is today
// for the present one.
func (c Cadence) start(today time.Time, n int) time.Time {
	if n == 0 {
		return today
	}
	if c == Weekly {
		sinceMonday := (int(today.Weekday()) + 6) % 7
		return today.AddDate(0, 0, 7*n-sinceMonday)
	}
	return time.Date(today.Year(), today.Month()+time.Month(n), 1, 0, 0, 0, 0, today.Location())
}

// name is the period of a day.
func (c Cadence) name(day time.Time) string {
	if c == Weekly {
		year, week := day.ISOWeek()
		return fmt.Sprintf("%04d-W%02d", year, week)
	}
	return day.Format("2006-01")
}

// period is what the pool calls the turn.
func (d draw) period(t turn) string {
	switch d.Mode {
	case ModeCapacity:
		return d.Cadence.name(t.day)
	case ModePreorder:
		return t.day.Format(time.DateOnly)
	}
	return stockPeriod
}

// turnsOf returns the turns a product can be promised at, soonest first: the
// dispatch days of its open windows that are still to come, else this and the
// next weeks or months, else today. windows are those of the product's pools.
func turnsOf(now time.Time, draws []draw, windows []Window) []turn {
	if len(draws) == 0 {
		return nil
	}
	today := day(now, calendar.Zone(draws[0].RegencyCode))
	var out []turn
	preorder, cadence := false, Cadence("")
	for _, d := range draws {
		switch {
		case d.Mode == ModePreorder:
			preorder = true
		case d.Mode == ModeCapacity && cadence != Weekly: // a week is the finer step
			cadence = d.Cadence
		}
	}
	switch {
	case preorder:
		for _, w := range windows {
			for _, s := range w.Slots {
				if w.IsOpen(now) && !s.Dispatch.Before(today) && !slices.ContainsFunc(out, func(t turn) bool { return t.day.Equal(s.Dispatch) }) {
					out = append(out, turn{s.Dispatch, true})
				}
			}
		}
		slices.SortFunc(out, func(a, b turn) int { return a.day.Compare(b.day) })
	case cadence != "":
		for n := range periodsAhead {
			out = append(out, turn{day: cadence.start(today, n)})
		}
	default:
		out = append(out, turn{day: today})
	}
	return out
}

// ready is the day on which something made at the turn leaves or can be
// collected: after the lead time in the shop's working days, counted from today,
// or from the first working day of a later period.
func (t turn) ready(today time.Time, leadDays int64, off closures) time.Time {
	switch {
	case t.slot:
		return t.day
	case t.day.Equal(today):
		return calendar.AddWorkingDaysOff(t.day, int(leadDays), off.includes)
	}
	return calendar.AddWorkingDaysOff(calendar.AddWorkingDaysOff(t.day, 0, off.includes), int(leadDays), off.includes)
}
