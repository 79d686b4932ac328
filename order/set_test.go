package order_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/settings"
)

// A changed time limit counts for what happens from then on; an order keeps the
// deadline it was given.
func TestSettingsCountFromTheNextMove(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		ctx := context.Background()
		w := newWorld(t, db)
		remind := func(orderID int64) time.Duration {
			var row struct{ BegunAt, RemindAt time.Time }
			require.NoError(t, db.Read(ctx).Raw("SELECT begun_at, remind_at FROM orders WHERE id = ?", orderID).Scan(&row).Error)
			return row.RemindAt.Sub(row.BegunAt)
		}
		before := w.paid(draft{})
		require.NoError(t, settings.Set(ctx, db, 7, settings.UnseenAfter, 12))
		after := w.paid(draft{})
		require.Equal(t, 6*time.Hour, remind(before.ID), "as it was promised")
		require.Equal(t, 12*time.Hour, remind(after.ID))
	})
}
