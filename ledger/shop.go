package ledger

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/internal/money"
)

// ChargeShopTx posts e, which must have no lines yet, as taken from what the shop
// may withdraw; what is not there any more becomes the shop's debt (ShopOwes), which
// later releases give back first. to is the account that gets it. A refund after
// the shop's payout is the usual case (Clawback). Posting the same key again
// changes nothing, whatever the shop holds by then.
func (s *Service) ChargeShopTx(ctx context.Context, tx *gorm.DB, e Entry, shopID int64, to Account, amount money.Rupiah) error {
	var posted int64
	if err := tx.WithContext(ctx).Raw("SELECT COUNT(*) FROM journal_entries WHERE key = ?", e.Key).Scan(&posted).Error; err != nil {
		return fmt.Errorf("ledger: charge shop %d: %w", shopID, err)
	}
	if posted > 0 {
		return nil
	}
	payable := Account{ShopPayable, shopID}
	there, err := lockTx(ctx, tx, payable)
	if err != nil {
		return err
	}
	there = min(there, amount)
	if there > 0 {
		e.Lines = append(e.Lines, Line{payable, there})
	}
	if amount > there {
		e.Lines = append(e.Lines, Line{Account{ShopOwes, shopID}, amount - there})
	}
	e.Lines = append(e.Lines, Line{to, -amount})
	return s.PostTx(ctx, tx, e)
}

// RepayTx lets a shop give back what it owes out of what was just released to it.
// cause is the key of the entry that released the money; memo is what people know
// it by. It changes nothing when the shop owes nothing.
func (s *Service) RepayTx(ctx context.Context, tx *gorm.DB, shopID int64, cause, memo string) error {
	payable, owes := Account{ShopPayable, shopID}, Account{ShopOwes, shopID}
	there, err := lockTx(ctx, tx, payable)
	if err != nil {
		return err
	}
	debt, err := lockTx(ctx, tx, owes)
	if err != nil {
		return err
	}
	back := min(there, debt)
	if back <= 0 {
		return nil
	}
	return s.PostTx(ctx, tx, Entry{Key: "repaid from " + cause, Kind: DebtRepaid, RefKind: "shop", RefID: shopID, Memo: memo,
		Lines: Pair(payable, owes, back)})
}

// lockTx reads a balance row and keeps others from changing it until the
// transaction ends; zero for an account never used. Callers lock in the order of
// PostTx: shop_payable before shop_owes.
func lockTx(ctx context.Context, tx *gorm.DB, a Account) (money.Rupiah, error) {
	var amounts []int64
	err := tx.WithContext(ctx).Raw("UPDATE balances SET amount = amount WHERE kind = ? AND owner = ? RETURNING amount",
		string(a.Kind), a.Owner).Scan(&amounts).Error
	if err != nil {
		return 0, fmt.Errorf("ledger: lock %s: %w", a, err)
	}
	if len(amounts) == 0 {
		return 0, nil
	}
	return money.Rupiah(amounts[0]), nil
}
