package payment

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/database"
)

// toldEarly is the note of a held callback whose words the gateway's own object does
// not say yet: a reading may lag behind the callback.
const toldEarly = "told before the object says so"

// tryAgain hands callbacks about payouts and refunds back to their job when what
// kept them from being done is over: the row they are about is there by now, or it
// says by now what they said. The poller calls it; it asks the gateway nothing, and
// most times finds nothing.
func (s *Service) tryAgain(ctx context.Context) error {
	var due int64
	if err := s.db.Read(ctx).Raw(againCount).Scan(&due).Error; err != nil {
		return fmt.Errorf("payment: callbacks to try again: %w", err)
	}
	if due == 0 {
		return nil
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		var ids []int64
		if err := tx.Raw(againTake, batch).Scan(&ids).Error; err != nil {
			return fmt.Errorf("payment: callbacks to try again: %w", err)
		}
		for _, id := range ids {
			if err := s.queue.InsertTx(ctx, tx, callbackArgs{id}); err != nil {
				return err
			}
		}
		return nil
	})
}

// again is which callbacks: unmatched ones whose row exists, and held ones whose row
// reached what they told.
const again = ` FROM callbacks c
	LEFT JOIN payouts o ON c.source = 'xendit.payout' AND o.reference = c.reference
	LEFT JOIN refunds r ON c.source = 'xendit.refund' AND r.reference = c.reference
	WHERE c.state IN ('unmatched', 'held') AND c.body_sealed <> '' AND (o.id IS NOT NULL OR r.id IS NOT NULL)
		AND (c.state = 'unmatched' OR (c.note = '` + toldEarly + `'
			AND LOWER(c.status) = COALESCE(o.state, CASE WHEN r.state = 'awaiting_account' THEN 'failed' ELSE r.state END)))`

const (
	againCount = `SELECT COUNT(*) FROM (SELECT 1 AS one` + again + ` LIMIT 1) AS due`
	againTake  = `UPDATE callbacks SET state = 'new', handled_at = NULL WHERE id IN (SELECT c.id` + again + ` ORDER BY c.id LIMIT ?) RETURNING id`
)
