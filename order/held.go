package order

import (
	"context"
	"fmt"
)

// HeldOrders returns the ids of a shop's paid orders that may still hold money
// for it: not cancelled, and goods or delivery not yet released. How much is in
// the ledger's held accounts. The caller has checked that the asker may know.
func (s *Service) HeldOrders(ctx context.Context, shopID int64) ([]int64, error) {
	var ids []int64
	err := s.db.Read(ctx).Raw(`SELECT id FROM orders WHERE shop_id = ? AND paid_at IS NOT NULL
		AND state NOT IN ('lapsed', 'cancelled') AND (goods_released_at IS NULL OR delivery_released_at IS NULL) ORDER BY id`,
		shopID).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("order: held: %w", err)
	}
	return ids, nil
}
