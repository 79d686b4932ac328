package xendit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// largest is the largest amount that is sent or believed: far above every limit
// of a channel (Rp50 billion) and far below 2^53, where float64 stops being
// exact.
const largest = 1_000_000_000_000

// wireAmount is the one place where an amount becomes a float64, because the
// SDK's invoice wants one.
func wireAmount(r money.Rupiah) (float64, error) {
	if r <= 0 || r > largest {
		return 0, fmt.Errorf("xendit: amount %d is outside 1..%d", int64(r), int64(largest))
	}
	f := float64(r)
	if int64(f) != int64(r) {
		return 0, fmt.Errorf("xendit: amount %d is not exact as a float64", int64(r))
	}
	return f, nil
}

// amount reads a JSON number as whole rupiah. Fractions, exponents, negative and
// absurd numbers are refused, so that the whole answer is refused with them.
type amount money.Rupiah

func (a *amount) UnmarshalJSON(b []byte) error {
	v, err := whole(b, 0)
	*a = amount(v)
	return err
}

// signed is an amount that may be below zero: what is left of a payment smaller
// than its fee.
type signed money.Rupiah

func (a *signed) UnmarshalJSON(b []byte) error {
	v, err := whole(b, -largest)
	*a = signed(v)
	return err
}

// whole reads a JSON number of at least smallest; null is 0.
func whole(b []byte, smallest int64) (int64, error) {
	if string(b) == "null" {
		return 0, nil
	}
	var n json.Number
	if len(b) > 0 && b[0] == '"' {
		return 0, fmt.Errorf("amount %s is a string", b)
	}
	if err := json.Unmarshal(b, &n); err != nil {
		return 0, fmt.Errorf("amount %s: %w", b, err)
	}
	s := n.String()
	if whole, zeros, ok := strings.Cut(s, "."); ok && strings.Trim(zeros, "0") == "" {
		s = whole
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("amount %s is not whole rupiah", b)
	}
	if v < smallest || v > largest {
		return 0, fmt.Errorf("amount %s is outside %d..%d", b, smallest, int64(largest))
	}
	return v, nil
}

// moment reads a date; one that cannot be read is zero instead of spoiling the
// money facts beside it.
type moment time.Time

func (m *moment) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		*m = moment{}
		return nil //nolint:nilerr // see the type's comment
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		*m = moment{}
		return nil //nolint:nilerr // see the type's comment
	}
	*m = moment(t.UTC().Truncate(time.Microsecond))
	return nil
}
