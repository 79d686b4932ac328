package order

import (
	"context"
	"fmt"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// AllTotals sums the orders of every purpose of one kind, by its id, however they
// are paid: what its buyers agreed to. Totals is the part asked for by payments.
func AllTotals(ctx context.Context, db *database.DB, kind string) (map[int64]money.Rupiah, error) {
	var rows []struct {
		PurposeID int64
		Total     money.Rupiah
	}
	err := db.Read(ctx).Raw("SELECT purpose_id, CAST(SUM(total) AS BIGINT) AS total FROM orders WHERE purpose_kind = ? GROUP BY purpose_id", kind).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: totals: %w", err)
	}
	totals := map[int64]money.Rupiah{}
	for _, r := range rows {
		totals[r.PurposeID] = r.Total
	}
	return totals, nil
}
