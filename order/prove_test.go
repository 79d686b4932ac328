package order_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/order"
)

// What is wrong in a row is found and named; set right again, nothing is.
func TestProveNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		o := w.bring(order.Completed, draft{})
		set := func(columns string) {
			w.Tx(func(tx *gorm.DB) error { return tx.Exec("UPDATE orders SET "+columns+" WHERE id = ?", o.ID).Error })
		}
		for _, c := range []struct{ want, wrong, right string }{
			{"order begun", "begun_at = NULL", "begun_at = created_at"},
			{"order goods gone", "promises_used_at = NULL", "promises_used_at = created_at"},
			{"order clawed", "clawed = clawed + 1", "clawed = clawed - 1"},
			{"order timers", "collect_by = created_at", "collect_by = NULL"},
			{"order payment", "pay_by = 'cod'", "pay_by = 'gateway'"},
			{"order commission", "commission_permille = 5, pay_by = 'direct'", "commission_permille = 0, pay_by = 'gateway'"},
			{"order outside", "source = 'outside_market'", "source = 'web'"},
		} {
			set(c.wrong)
			found, err := order.Prove(ctx, db)
			require.NoError(t, err)
			var names []string
			for _, f := range found {
				names = append(names, f.Invariant+": "+f.Row)
			}
			require.Contains(t, names, fmt.Sprintf("%s: orders %d", c.want, o.ID))
			set(c.right)
			found, err = order.Prove(ctx, db)
			require.NoError(t, err)
			require.Empty(t, found)
		}
		// What two proofs see, and what is in the tables beside.
		for _, c := range []struct {
			statement string
			want      []string
		}{
			{"UPDATE orders SET goods = goods + 1", []string{"I3 order total"}},
			{"UPDATE orders SET total = total + 1", []string{"I3 order total"}},
			{"UPDATE orders SET refunded = refunded + 1", []string{"I6 order refund", "order refund events"}},
			{"UPDATE order_lines SET cancelled = cancelled + 1", []string{"I6 order refund"}},
			{"UPDATE orders SET state = 'delivered'", []string{"order history"}},
			{"UPDATE orders SET goods_released_at = created_at, settled_at = NULL", []string{"order release"}},
			{"DELETE FROM order_addresses", []string{"order address"}},
		} {
			dbtest.Harm(t, db, []string{"orders", "order_lines"}, func(tx *gorm.DB) {
				require.NoError(t, tx.Exec(c.statement).Error)
				found, err := order.ProveTx(ctx, tx)
				require.NoError(t, err)
				var names []string
				for _, f := range found {
					require.Equal(t, fmt.Sprintf("orders %d", o.ID), f.Row)
					names = append(names, f.Invariant)
				}
				require.Equal(t, c.want, names, c.statement)
			})
		}
		// Every step is a row of the table: no other move, way or person.
		for _, step := range []string{"'teleport', 'completed', 'completed', 'staff'", "'deliver', 'completed', 'completed', 'buyer'", "'complete', 'delivered', 'completed', 'companion'"} {
			dbtest.Harm(t, db, nil, func(tx *gorm.DB) {
				require.NoError(t, tx.Exec("INSERT INTO order_events (order_id, at, move, from_state, to_state, who) SELECT id, created_at, "+step+" FROM orders").Error)
				found, err := order.ProveTx(ctx, tx)
				require.NoError(t, err)
				require.Len(t, found, 1, step)
				require.Equal(t, "order moves", found[0].Invariant)
			})
		}
	})
}
