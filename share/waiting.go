package share

import (
	"context"
	"fmt"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Waiting lists the institutions' divisions that wait for a second person, proposed
// or asked to be taken back, without their lines, oldest first, at most 200. Finance
// and admin see all; a head those proposed in its territory that it may decide (never
// its own, nor of a shop it has an interest in). Confirm, Drop and Undo decide.
func (s *Service) Waiting(ctx context.Context, actor account.Actor) ([]Division, error) {
	all := actor.HasAny(account.RoleFinance, account.RoleAdmin)
	if !actor.SignedIn() || !all && !actor.Has(account.RoleHead) {
		return nil, fault.NotFound("divisions that wait")
	}
	db := s.db.Read(ctx)
	var rows []divisionRow
	err := db.Where("state = ? OR state = ? AND undo_by <> 0", string(Proposed), string(Done)).Order("id").Limit(200).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("share: divisions that wait: %w", err)
	}
	var list []Division
	for _, r := range rows {
		if !all {
			shop, err := s.shops.ShopTx(ctx, db, r.ShopID)
			if err != nil {
				return nil, err
			}
			if State(r.State) != Proposed || !actor.Covers(shop.RegencyCode) || r.ProposedBy == actor.UserID || actor.Conflicted(r.ShopID) {
				continue
			}
		}
		list = append(list, r.division())
	}
	return list, nil
}
