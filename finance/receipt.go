package finance

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
)

// Receipt is what the shop keeps of a withdrawal: the withdrawal, and for cash who
// handed it over against which signed paper.
type Receipt struct {
	Withdrawal
	HandedBy int64     // users.id; 0 unless it was cash that was handed over
	HandedAt time.Time // zero likewise
}

// Receipt reads it, in whatever state the withdrawal is. Who owns the shop's money;
// a helper or other member learns why not (Forbidden), strangers learn nothing.
func (s *Service) Receipt(ctx context.Context, actor account.Actor, withdrawalID int64) (Receipt, error) {
	db := s.db.Read(ctx)
	r, bank, err := s.byID(db, withdrawalID)
	if err != nil {
		return Receipt{}, err
	}
	if err := mustOwnMoney(actor, r.ShopID); err != nil {
		return Receipt{}, err
	}
	if r.PartyID > 0 {
		if bank, err = s.holderTx(db, r); err != nil {
			return Receipt{}, err
		}
	}
	out := Receipt{Withdrawal: r.withdrawal(bank)}
	var handed []struct {
		HandedBy int64
		HandedAt time.Time
	}
	if err := db.Raw("SELECT handed_by, handed_at FROM cash_receipts WHERE withdrawal_id = ?", withdrawalID).Scan(&handed).Error; err != nil {
		return Receipt{}, fmt.Errorf("finance: receipt of withdrawal %d: %w", withdrawalID, err)
	}
	if len(handed) > 0 {
		out.HandedBy, out.HandedAt = handed[0].HandedBy, handed[0].HandedAt.UTC()
	}
	return out, nil
}

// SignedPapers returns the photos of the signed papers of a shop's cash withdrawals,
// by withdrawal; those without one are left out. Who owns the shop's money.
func (s *Service) SignedPapers(ctx context.Context, actor account.Actor, shopID int64, withdrawals []int64) (map[int64]int64, error) {
	if err := mustOwnMoney(actor, shopID); err != nil {
		return nil, err
	}
	papers := map[int64]int64{}
	if len(withdrawals) == 0 {
		return papers, nil
	}
	if len(withdrawals) > 200 {
		return nil, fault.Internal(fmt.Errorf("finance: %d signed papers at once", len(withdrawals)))
	}
	var rows []struct{ WithdrawalID, PictureID int64 }
	err := s.db.Read(ctx).Raw(`SELECT r.withdrawal_id, r.picture_id FROM cash_receipts r JOIN withdrawals w ON w.id = r.withdrawal_id
		WHERE w.shop_id = ? AND r.withdrawal_id IN ?`, shopID, withdrawals).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("finance: signed papers of shop %d: %w", shopID, err)
	}
	for _, r := range rows {
		papers[r.WithdrawalID] = r.PictureID
	}
	return papers, nil
}
