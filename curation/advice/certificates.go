package advice

import (
	"regexp"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/text"
)

const (
	endingDays   = 60 // the first of the warnings (design §4)
	pirtYears    = 5  // the longest a P-IRT registration holds (domain notes B1)
	exampleWords = "contoh"
)

// The usual shapes of numbers (domain notes B1, B5), without blanks and dashes.
// Numbers of other shapes exist and are right: they are looked at again, never
// refused.
var (
	notDigits  = regexp.MustCompile(`[^0-9]+`)
	pirtPrefix = regexp.MustCompile(`(?i)^\s*(?:(?:sp)?p-?irt)?[\s.:]*(?:no\.?|nomor)?[\s.:]*`)
	pirtNew    = regexp.MustCompile(`^[1-8][0-9]{14}$`) // packaging, kind of food, region, two sequences, year
	pirtOld    = regexp.MustCompile(`^[1-8][0-9]{11}$`) // before 2012, three digits fewer
	halalShape = regexp.MustCompile(`(?i)^id[0-9]{8,20}$`)
	shapeNoise = regexp.MustCompile(`[\s.\-/]+`)
)

func certificates(in Input) []Item {
	var out []Item
	for _, c := range in.Certificates {
		if c.State != catalog.CertificateConfirmed && c.State != catalog.CertificateEntered {
			continue
		}
		add := func(key string, s Strength, args ...any) {
			args = append(args, "kind", text.T("publiclabel.kind."+string(c.Kind)), "number", c.Number)
			out = append(out, Item{Legal, key, args, s, Certificates})
		}
		if c.Number != "" && !strings.Contains(strings.ToLower(c.Number), exampleWords) {
			shapeOf(c, add)
		}
		if c.EndsAt == nil {
			continue
		}
		last := calendar.Date(c.LastDay())
		switch left := c.EndsAt.Sub(in.Now); {
		case left <= 0:
			add("advice.certificate_over", Strong, "date", last)
		case left <= endingDays*24*time.Hour:
			add("advice.certificate_ending", Mild, "date", last)
		case c.Kind == catalog.PIRT && c.EndsAt.After(in.Now.AddDate(pirtYears, 0, 1)):
			add("advice.certificate_long", Mild, "date", last, "years", pirtYears)
		}
	}
	return out
}

func shapeOf(c catalog.Certificate, add func(key string, s Strength, args ...any)) {
	switch c.Kind {
	case catalog.PIRT:
		rest := pirtPrefix.ReplaceAllString(c.Number, "")
		number := shapeNoise.ReplaceAllString(rest, "")
		switch {
		case pirtOld.MatchString(number):
			add("advice.pirt_old", Note)
		case !pirtNew.MatchString(number):
			add("advice.pirt_shape", Mild, "digits", len(notDigits.ReplaceAllString(rest, "")))
		case c.EndsAt != nil && number[13:] != c.LastDay().Format("06"):
			add("advice.pirt_year", Mild, "said", number[13:], "date", calendar.Date(c.LastDay()))
		}
	case catalog.Halal:
		if !halalShape.MatchString(shapeNoise.ReplaceAllString(c.Number, "")) {
			add("advice.halal_shape", Mild)
		}
	}
}
