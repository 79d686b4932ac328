package order

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/ledger"
)

// The operator's part of a sale (design §4, money): a part of the goods in per
// mille, 0 unless somebody sets it, frozen on the order when it is placed. It
// counts only for money that comes through us; of what a shop takes itself there
// is nothing to keep. Taken when goods money is released; what the shop gives back
// afterwards gives back its part of it.

// MaxCommissionPermille bounds the setting against a slip of the thumb: 20 percent.
const MaxCommissionPermille = 200

// permilleNow is the setting as an order of the same statement freezes it.
const permilleNow = `CASE WHEN pay_by = 'gateway' THEN COALESCE((SELECT amount FROM order_settings WHERE name = 'commission_permille'), 0) ELSE 0 END`

// Commission is the operator's part of goods sold at that rate, rounded down to the
// rupiah, so that no rounding is at the shop's cost. Nothing of nothing.
func Commission(goods money.Rupiah, permille int64) money.Rupiah {
	if goods <= 0 || permille <= 0 {
		return 0
	}
	// Apart, so that no amount overflows.
	whole, rest := int64(goods)/1000, int64(goods)%1000
	return money.Rupiah(whole*permille + rest*permille/1000)
}

// commission is the operator's part of what is left of the order's goods.
func (o orderRow) commission() money.Rupiah {
	return Commission(o.Goods-o.Refunded, o.CommissionPermille)
}

// commissionKey is the journal's key of the operator's part of an order.
func commissionKey(orderID int64) string { return fmt.Sprintf("order %d commission", orderID) }

func commissionEarned() ledger.Account { return ledger.Account{Kind: ledger.Commission} }

// takeCommissionTx books the operator's part of goods money that was released in
// this transaction; row holds what the buyer got back until now.
func (s *Service) takeCommissionTx(ctx context.Context, tx *gorm.DB, row orderRow) error {
	amount := row.commission()
	if amount == 0 {
		return nil
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: commissionKey(row.ID), Kind: ledger.CommissionTaken, RefKind: PurposeKind, RefID: row.ID, Memo: row.Number,
		Lines: ledger.Pair(payable(row.ShopID), commissionEarned(), amount),
	})
	if err != nil {
		return fmt.Errorf("order: commission: %w", err)
	}
	if err := book.CommissionTx(ctx, tx, row.ended(now), amount, commissionKey(row.ID)); err != nil {
		return err
	}
	story.Tell(ctx, tx, "commission taken", append(row.story(), slog.Int64("amount", int64(amount)))...)
	return nil
}

// returnCommissionTx gives the shop the operator's part of what it is about to give
// back; row is the order after back was counted. Nothing before its goods money was
// released.
func (s *Service) returnCommissionTx(ctx context.Context, tx *gorm.DB, row orderRow, back money.Rupiah, event eventRow) error {
	if row.GoodsReleasedAt == nil {
		return nil
	}
	before := row
	before.Refunded -= back
	amount := before.commission() - row.commission()
	if amount == 0 {
		return nil
	}
	key := fmt.Sprintf("order %d commission returned %d", row.ID, event.ID)
	err := s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: key, Kind: ledger.CommissionReturned, RefKind: PurposeKind, RefID: row.ID, Memo: row.Number,
		Lines: ledger.Pair(commissionEarned(), payable(row.ShopID), amount),
	})
	if err != nil {
		return fmt.Errorf("order: commission returned: %w", err)
	}
	if err := book.CommissionBackTx(ctx, tx, row.ended(event.At), amount, key, commissionKey(row.ID)); err != nil {
		return err
	}
	story.Tell(ctx, tx, "commission returned", append(row.story(), slog.Int64("amount", int64(amount)))...)
	return nil
}

// CommissionSetting is the operator's part of sales from now on.
type CommissionSetting struct {
	Permille  int64
	ChangedBy int64 // 0: never changed
	ChangedAt time.Time
}

// CommissionNow returns the setting that new orders freeze. Anyone may read it.
func (s *Service) CommissionNow(ctx context.Context) (CommissionSetting, error) {
	var rows []struct {
		Amount    int64
		UpdatedBy int64
		UpdatedAt time.Time
	}
	err := s.db.Read(ctx).Raw("SELECT amount, updated_by, updated_at FROM order_settings WHERE name = 'commission_permille'").Scan(&rows).Error
	if err != nil {
		return CommissionSetting{}, fmt.Errorf("order: commission: %w", err)
	}
	if len(rows) == 0 {
		return CommissionSetting{}, nil
	}
	return CommissionSetting{Permille: rows[0].Amount, ChangedBy: rows[0].UpdatedBy, ChangedAt: rows[0].UpdatedAt.UTC()}, nil
}

// SetCommission changes the operator's part of orders placed from now on; those
// placed before keep theirs. Admins only (Forbidden); more than
// MaxCommissionPermille or less than nothing is Invalid on "permille".
func (s *Service) SetCommission(ctx context.Context, actor account.Actor, permille int64) error {
	if !actor.SignedIn() || !actor.HasAny(account.RoleAdmin) {
		return fault.Forbidden("order.commission.admins")
	}
	if permille < 0 || permille > MaxCommissionPermille {
		return fault.Invalid("order.commission.check").With("permille", "order.commission.range", "max", MaxCommissionPermille/10)
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.WithContext(ctx).Exec(`INSERT INTO order_settings (name, amount, updated_by, updated_at) VALUES ('commission_permille', ?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET amount = excluded.amount, updated_by = excluded.updated_by, updated_at = excluded.updated_at`,
			permille, actor.UserID, now).Error
		if err != nil {
			return fmt.Errorf("order: commission: %w", err)
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "set_commission", Object: "order_setting", Note: fmt.Sprintf("%d per mille", permille)})
	})
}
