package money

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestRupiah_String(t *testing.T) {
	for amount, want := range map[Rupiah]string{
		0: "Rp0", 7: "Rp7", 999: "Rp999", 1000: "Rp1.000", 39000: "Rp39.000",
		8385000: "Rp8.385.000", -25000: "−Rp25.000", math.MinInt64: "−Rp9.223.372.036.854.775.808",
	} {
		require.Equal(t, want, amount.String())
	}
}

func TestParse(t *testing.T) {
	for in, want := range map[string]Rupiah{
		"39000": 39000, "39.000": 39000, "Rp39.000": 39000, "rp 39.000,00": 39000, " 1.250.000 ": 1250000, "0": 0, "Rp. 5.000,-": 5000,
		"35.000": 35_000, "35rb": 35_000, "35 ribu": 35_000, "Rp 35.000,-": 35_000, "Rp35.000,--": 35_000, "35000": 35_000, "35,000": 35_000, "35 000": 35_000,
		"35\u00a0000": 35_000, "35k": 35_000, "35 RB": 35_000, "35.000 rupiah": 35_000, "35,5 ribu": 35_500, "35.5rb": 35_500, "1.500 ribu": 1_500_000,
		"1,5 juta": 1_500_000, "1.5 juta": 1_500_000, "1,25jt": 1_250_000, "2 juta": 2_000_000, "Rp 2jt": 2_000_000, "1,250,000": 1_250_000, "0 ribu": 0,
	} {
		got, err := Parse(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "Rp", "-5", "1.5", "1,5", "39.00", "1.0000", ".500", "1e9", "12a", "99999999999999999999", "NaN", "٣٩",
		"ribu", "juta", "1.500 juta", "1,5,5 juta", "1,2345 juta", "3,1234rb", ",5 juta", "1, juta", "35 rb 500", "35rbu", "1.250,000", "35 00", "3 5rb", "-35rb",
		"9223372036854775807 ribu", "1,5", "35.000,50", "sekitar 35rb", "35-40rb"} {
		_, err := Parse(in)
		require.ErrorIs(t, err, ErrFormat, in)
	}
}

func TestParse_readsWhatStringWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rupiah(rapid.Int64Range(0, math.MaxInt64).Draw(t, "rupiah"))
		got, err := Parse(r.String())
		require.NoError(t, err)
		require.Equal(t, r, got)
	})
}

func TestTimes(t *testing.T) {
	got, err := Rupiah(39000).Times(215)
	require.NoError(t, err)
	require.Equal(t, Rupiah(8385000), got)
	for _, n := range []int64{math.MaxInt64, 1 << 60, math.MinInt64} {
		_, err := Rupiah(39000).Times(n)
		require.ErrorIs(t, err, ErrOverflow)
	}
}

func TestSum(t *testing.T) {
	got, err := Sum(165000, 15000, 27000, 10000)
	require.NoError(t, err)
	require.Equal(t, Rupiah(217000), got)
	_, err = Sum(math.MaxInt64, 1)
	require.ErrorIs(t, err, ErrOverflow)
}

func TestSplit_sumsExactly(t *testing.T) {
	require.Equal(t, []Rupiah{34, 33, 33}, Split(100, []int64{1, 1, 1}))
	require.Equal(t, []Rupiah{600000, 180000, 420000}, Split(1200000, []int64{50, 15, 35}))
	require.Equal(t, []Rupiah{5, 0}, Split(5, []int64{0, 0}))
	rapid.Check(t, func(t *rapid.T) {
		total := Rupiah(rapid.Int64Range(-1e15, 1e15).Draw(t, "total"))
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1e12), 1, 20).Draw(t, "weights")
		parts := Split(total, weights)
		sum, err := Sum(parts...)
		require.NoError(t, err)
		require.Equal(t, total, sum)
		for i, p := range parts {
			if weights[i] == 0 && i > 0 {
				require.Zero(t, p)
			}
			require.False(t, (p < 0) != (total < 0) && p != 0)
		}
	})
}

func TestWords(t *testing.T) {
	for amount, want := range map[Rupiah]string{
		39000:   "tiga puluh sembilan ribu rupiah",
		1000:    "seribu rupiah",
		111:     "seratus sebelas rupiah",
		217000:  "dua ratus tujuh belas ribu rupiah",
		8385000: "delapan juta tiga ratus delapan puluh lima ribu rupiah",
		0:       "nol rupiah",
	} {
		require.Equal(t, want, amount.Words())
	}
}
