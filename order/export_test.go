package order

import (
	"context"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
)

// ApplyAs lets tests try a move as a party that no public method speaks for
// (timer, payment), past every check but the table's.
func (s *Service) ApplyAs(ctx context.Context, orderID int64, name Transition, who Who) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		row, err := rowTx(ctx, tx, orderID)
		if err != nil {
			return err
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		rule, ok := Find(name, row.State, who, row.kind())
		if !ok {
			return notNow(row.State)
		}
		_, err = s.applyTx(ctx, tx, row, step{rule: rule, by: party{who: who}, now: now})
		return err
	})
}
