// Package money is whole rupiah. No float ever touches an amount.
package money

import (
	"errors"
	"math/bits"
	"sort"
	"strconv"
	"strings"
)

// Rupiah is an amount in whole Indonesian rupiah. Negative amounts are
// credits in the journal; prices and totals are never negative.
type Rupiah int64

// ErrOverflow says that a product or sum does not fit in int64.
var ErrOverflow = errors.New("money: overflow")

// ErrFormat says that a typed amount is not a whole, non-negative rupiah number.
var ErrFormat = errors.New("money: not a rupiah amount")

// String writes the amount as Indonesian readers expect: Rp39.000, without a
// space (domain note B22). Negative amounts read −Rp39.000.
func (r Rupiah) String() string {
	s := "Rp" + Group(abs(int64(r)))
	if r < 0 {
		return "−" + s
	}
	return s
}

func abs(n int64) uint64 {
	if n < 0 {
		return uint64(-(n + 1)) + 1
	}
	return uint64(n)
}

// Group writes n with dots between thousands.
func Group(n uint64) string {
	s := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte('.')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// Parse reads what a person types: 39000, 39.000, 39,000, 39 000, Rp39.000,
// "Rp 39.000,-", "39.000,00", 39rb, "39 ribu", 39k, "1,5 juta", 2jt. Fractions of a
// rupiah other than ,00 are refused, and so is what could mean two amounts ("1.500
// juta").
func Parse(s string) (Rupiah, error) {
	s = strings.ToLower(strings.Join(strings.Fields(s), " ")) // no-break spaces too
	if rest, found := strings.CutPrefix(s, "rp"); found {
		s = strings.TrimSpace(strings.TrimPrefix(rest, "."))
	}
	s = strings.TrimSpace(strings.TrimSuffix(s, "rupiah"))
	for _, end := range []string{",--", ",-", ".-", ",00"} {
		if rest, found := strings.CutSuffix(s, end); found {
			s = strings.TrimSpace(rest)
			break
		}
	}
	for _, u := range units {
		if rest, found := strings.CutSuffix(s, u.word); found {
			return scaled(strings.TrimSpace(rest), u.zeros)
		}
	}
	return whole(s)
}

// units are the words behind a number, the longer before those they end with.
var units = []struct {
	word  string
	zeros int
}{{"ribu", 3}, {"rb", 3}, {"k", 3}, {"juta", 6}, {"jt", 6}}

// whole reads digits with or without a sign between thousands, of one kind.
func whole(s string) (Rupiah, error) {
	for _, between := range []string{".", ",", " "} {
		if !strings.Contains(s, between) {
			continue
		}
		for i, part := range strings.Split(s, between) {
			if (i == 0 && (len(part) < 1 || len(part) > 3)) || (i > 0 && len(part) != 3) {
				return 0, ErrFormat
			}
		}
		s = strings.ReplaceAll(s, between, "")
		break
	}
	if s == "" {
		return 0, ErrFormat
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, ErrFormat
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, ErrFormat
	}
	return Rupiah(n), nil
}

// scaled reads the number in front of "ribu" or "juta", with a fraction behind a
// comma, or behind a point that cannot be one between thousands.
func scaled(s string, zeros int) (Rupiah, error) {
	head, tail, comma := strings.Cut(s, ",")
	if !comma {
		if h, t, point := strings.Cut(s, "."); point && len(t) != 3 && !strings.Contains(t, ".") {
			head, tail, comma = h, t, true
		}
	}
	if comma && (tail == "" || len(tail) > min(zeros, 3) || head == "") {
		return 0, ErrFormat
	}
	if !comma && zeros > 3 && strings.Contains(head, ".") {
		return 0, ErrFormat // 1.500 juta: one and a half, or a thousand and a half
	}
	n, err := whole(head)
	if err != nil {
		return 0, err
	}
	scale := int64(1)
	for range zeros {
		scale *= 10
	}
	if n, err = n.Times(scale); err != nil {
		return 0, ErrFormat
	}
	if !comma {
		return n, nil
	}
	part, err := whole(tail + strings.Repeat("0", zeros-len(tail)))
	if err != nil || strings.ContainsAny(tail, "., ") {
		return 0, ErrFormat
	}
	if n, err = Sum(n, part); err != nil {
		return 0, ErrFormat
	}
	return n, nil
}

// Times multiplies by a quantity and refuses to overflow.
func (r Rupiah) Times(n int64) (Rupiah, error) {
	hi, lo := bits.Mul64(abs(int64(r)), abs(n))
	if hi != 0 || lo > 1<<63-1 {
		return 0, ErrOverflow
	}
	if (r < 0) != (n < 0) {
		return Rupiah(-int64(lo)), nil
	}
	return Rupiah(lo), nil
}

// Sum adds amounts and refuses to overflow.
func Sum(amounts ...Rupiah) (Rupiah, error) {
	var total Rupiah
	for _, a := range amounts {
		next := total + a
		if (a > 0 && next < total) || (a < 0 && next > total) {
			return 0, ErrOverflow
		}
		total = next
	}
	return total, nil
}

// Split shares total by weights so that the parts sum exactly to it: each part
// is rounded down and the rupiah left over go to the largest remainders, ties
// to the earlier part. Weights must not be negative; when all are zero the
// first part gets everything. No weights give no parts.
func Split(total Rupiah, weights []int64) []Rupiah {
	parts := make([]Rupiah, len(weights))
	if len(weights) == 0 {
		return parts
	}
	var sum uint64
	for _, w := range weights {
		sum += uint64(w)
	}
	if sum == 0 {
		parts[0] = total
		return parts
	}
	sign := Rupiah(1)
	if total < 0 {
		sign = -1
	}
	whole := abs(int64(total))
	remainders := make([]uint64, len(weights))
	left := whole
	for i, w := range weights {
		hi, lo := bits.Mul64(whole, uint64(w))
		q, rem := bits.Div64(hi, lo, sum)
		parts[i] = Rupiah(q)
		remainders[i] = rem
		left -= q
	}
	order := make([]int, len(weights))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return remainders[order[a]] > remainders[order[b]] })
	for i := uint64(0); i < left; i++ {
		parts[order[i]]++
	}
	for i := range parts {
		parts[i] *= sign
	}
	return parts
}

var small = []string{"nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"}

// Words writes the amount in Indonesian words, for the moment before money is
// confirmed: "tiga puluh sembilan ribu rupiah".
func (r Rupiah) Words() string {
	s := words(abs(int64(r))) + " rupiah"
	if r < 0 {
		return "minus " + s
	}
	return s
}

func words(n uint64) string {
	join := func(head string, rest uint64) string {
		if rest == 0 {
			return head
		}
		return head + " " + words(rest)
	}
	switch {
	case n < 12:
		return small[n]
	case n < 20:
		return small[n-10] + " belas"
	case n < 100:
		return join(small[n/10]+" puluh", n%10)
	case n < 200:
		return join("seratus", n-100)
	case n < 1000:
		return join(small[n/100]+" ratus", n%100)
	case n < 2000:
		return join("seribu", n-1000)
	case n < 1e6:
		return join(words(n/1e3)+" ribu", n%1e3)
	case n < 1e9:
		return join(words(n/1e6)+" juta", n%1e6)
	case n < 1e12:
		return join(words(n/1e9)+" miliar", n%1e9)
	case n < 1e15:
		return join(words(n/1e12)+" triliun", n%1e12)
	}
	return join(words(n/1e15)+" kuadriliun", n%1e15)
}
