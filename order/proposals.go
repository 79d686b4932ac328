package order

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// GiveBack is money that one of staff wants to give a buyer back and another one has
// to confirm (Settings.TwoPeopleAbove).
type GiveBack struct {
	ID     int64 // the order
	Number string
	ShopID int64
	Amount money.Rupiah
	By     int64
	Since  time.Time
}

// GiveBacks lists what waits for a second person of staff, oldest order first, at most
// 200. Finance and admin; who decides finds it among the orders of the territory that
// need a ruling (NeedsRuling).
func (s *Service) GiveBacks(ctx context.Context, actor account.Actor) ([]GiveBack, error) {
	if !actor.HasAny(account.RoleFinance, account.RoleAdmin) {
		return nil, fault.NotFound("proposals to give back")
	}
	var list []GiveBack
	err := s.db.Read(ctx).Raw(`SELECT o.id, o.number, o.shop_id, o.proposed_back AS amount, o.proposed_by AS "by", e.at AS since FROM orders o
		JOIN order_events e ON e.id = (SELECT MAX(id) FROM order_events WHERE order_id = o.id AND move = ?)
		WHERE o.proposed_back > 0 ORDER BY o.id LIMIT 200`, string(ProposeBack)).Scan(&list).Error
	if err != nil {
		return nil, fmt.Errorf("order: proposals to give back: %w", err)
	}
	for i := range list {
		list[i].Since = list[i].Since.UTC()
	}
	return list, nil
}
