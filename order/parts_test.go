package order

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// A hundred thousand orders of which parts cannot be made, in several steps: what
// is given back and what is left are always what was paid, a part is worth its
// pieces at their price, and the last piece takes the delivery money along, so
// everything captured can be given back and nothing more.
func TestPartsOfAHundredThousandOrders(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var whole, partly int
	for n := range 100_000 {
		var news []NewLine
		var lines []lineRow
		for i := range 1 + r.Int64N(5) {
			price := money.Rupiah(1 + r.Int64N([]int64{9, 55_000, 99_999_999}[r.IntN(3)]))
			quantity := 1 + r.Int64N([]int64{2, 30, 9_999}[r.IntN(3)])
			news = append(news, NewLine{UnitPrice: price, Quantity: quantity})
			lines = append(lines, lineRow{ID: i + 1, UnitPrice: price, Quantity: quantity})
		}
		goods, err := goodsOf(news)
		require.NoError(t, err)
		row := orderRow{ID: 1, Goods: goods, DeliveryFee: money.Rupiah(r.Int64N(200_000))}
		row.Total = goods + row.DeliveryFee
		for range 6 {
			in := MoveInput{Reason: "bahan habis", Lines: map[int64]int64{}}
			var worth money.Rupiah
			left, asked := int64(0), int64(0)
			for _, l := range lines {
				n := l.Quantity - l.Cancelled
				if r.IntN(3) > 0 {
					n = r.Int64N(n + 1)
				}
				in.Lines[l.ID] = n
				worth += l.UnitPrice * money.Rupiah(n)
				left += l.Quantity - l.Cancelled - n
				asked += n
			}
			rule := RulesOf(RefusePart)[0]
			st := step{rule: rule}
			err := st.takeRefusal(row, lines, in)
			if asked == 0 {
				require.Error(t, err)
				continue
			}
			require.NoError(t, err)
			if left == 0 {
				require.Equal(t, Refuse, st.rule.Name)
				require.Equal(t, row.remaining(), st.back, "seed %d, order %d", seed, n)
				worth += row.DeliveryFee
			}
			require.Equal(t, worth, st.back, "seed %d, order %d", seed, n)
			for i := range lines {
				lines[i].Cancelled += st.cancel[lines[i].ID]
			}
			row.Refunded += st.back
			require.Equal(t, row.Total, row.Refunded+row.remaining(), "seed %d, order %d", seed, n)
			if left == 0 {
				require.Zero(t, row.remaining())
				whole++
				break
			}
			partly++
		}
	}
	require.NotZero(t, whole)
	require.NotZero(t, partly)
}
