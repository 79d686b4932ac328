package payment

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/money"
)

// moveReach is how far apart our own word of a move and the gateway's line may be:
// a bank transfer over a long weekend, or somebody who writes it down days later.
// moveOverdue is when a move that the statement lacks becomes a difference.
const (
	moveReach   = 10 * 24 * time.Hour
	moveOverdue = 5 * 24 * time.Hour
)

// gatewayMove is money the operator itself put into the gateway's account or took
// out of it: no payment, payout or refund of a customer.
type gatewayMove struct {
	ID         int64
	MoveKey    string
	MoneyIn    bool
	Amount     money.Rupiah
	HappenedAt time.Time
}

func (gatewayMove) TableName() string { return "gateway_moves" }

// OwnMove is such a move as the caller books it.
type OwnMove struct {
	Key    string // one key, one move
	In     bool
	Amount money.Rupiah
}

// OwnMoveTx writes a move of the operator's down beside its journal entry, in the
// caller's transaction, so that the daily match knows the statement's line: it is
// found by direction, amount and day. The same key writes once. Who may do this is
// the caller's to decide.
func (s *Service) OwnMoveTx(ctx context.Context, tx *gorm.DB, n OwnMove) error {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	if _, err := insertOnce(tx.WithContext(ctx), &gatewayMove{MoveKey: n.Key, MoneyIn: n.In, Amount: n.Amount, HappenedAt: now}); err != nil {
		return fmt.Errorf("payment: own move %s: %w", n.Key, err)
	}
	return nil
}

// moveOfLine finds the operator's move that a line of another kind is: the same
// direction and amount, within moveReach, the nearest in time, and no other line's.
func moveOfLine(tx *gorm.DB, m Match) (int64, error) {
	var list []gatewayMove
	err := tx.Where("money_in = ? AND amount = ? AND happened_at BETWEEN ? AND ?", m.MoneyIn, int64(m.Amount), m.HappenedAt.Add(-moveReach), m.HappenedAt.Add(moveReach)).
		Where("NOT EXISTS (SELECT 1 FROM gateway_matches g WHERE g.object = 'move' AND g.object_id = gateway_moves.id AND g.transaction_id <> '')").
		Order("id").Find(&list).Error
	best, nearest := int64(0), moveReach+1
	for _, one := range list {
		if apart := one.HappenedAt.Sub(m.HappenedAt).Abs(); apart < nearest {
			best, nearest = one.ID, apart
		}
	}
	return best, err
}
