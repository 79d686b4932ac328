package finance

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/notify"
)

// SubsidyAlert is a time in which the account for fees was low.
type SubsidyAlert struct {
	Low       money.Rupiah // the setting when it began
	Left      money.Rupiah // what was left when it began
	CrossedAt time.Time
}

// watchEvery is how often the account for fees is looked at; watchArgs is that job.
const watchEvery = 5 * time.Minute

type watchArgs struct{}

func (watchArgs) Kind() string { return "finance.subsidy" }

// WatchSubsidy tells everybody of finance once that the account for fees fell below
// the setting; it is a task until money was put in. One row per crossing decides, so
// any number of instances may look at once. A job calls it. Where nothing was ever
// booked on the account there is nothing to fill.
func (s *Service) WatchSubsidy(ctx context.Context) error {
	spent, err := s.parts.Books.Balance(ctx, ledger.Account{Kind: ledger.Subsidy})
	if err != nil {
		return err
	}
	low, err := s.subsidyLow(ctx, s.db.Read(ctx))
	if err != nil {
		return err
	}
	_, alerted, err := alertTx(ctx, s.db.Read(ctx))
	if err != nil || alerted == (spent != 0 && -spent < low) {
		return err
	}
	staff, err := s.parts.People.WithRole(ctx, account.RoleFinance)
	if err != nil {
		return err
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		spent, err := s.parts.Books.BalanceTx(ctx, tx, ledger.Account{Kind: ledger.Subsidy})
		if err != nil {
			return err
		}
		if spent == 0 || -spent >= low {
			return tx.WithContext(ctx).Exec("UPDATE subsidy_alerts SET ended_at = ? WHERE ended_at IS NULL", now).Error
		}
		var ids []int64
		err = tx.WithContext(ctx).Raw("INSERT INTO subsidy_alerts (low, left_then, crossed_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING id", int64(low), int64(-spent), now).Scan(&ids).Error
		if err != nil {
			return fmt.Errorf("finance: subsidy alert: %w", err)
		}
		if len(ids) == 0 {
			return nil
		}
		for _, u := range staff {
			err := s.parts.Messages.SendTx(ctx, tx, notify.Message{
				Kind: "subsidy_low", Link: "/keuangan/dana", Data: map[string]string{"sisa": (-spent).String(), "batas": low.String()},
				To: notify.Recipient{UserID: u.ID, Name: u.Name, Phone: u.Phone, Email: u.Email},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func alertTx(ctx context.Context, tx *gorm.DB) (SubsidyAlert, bool, error) {
	var rows []struct {
		Low, LeftThen int64
		CrossedAt     time.Time
	}
	err := tx.WithContext(ctx).Raw("SELECT low, left_then, crossed_at FROM subsidy_alerts WHERE ended_at IS NULL").Scan(&rows).Error
	if err != nil || len(rows) == 0 {
		return SubsidyAlert{}, false, err
	}
	return SubsidyAlert{Low: money.Rupiah(rows[0].Low), Left: money.Rupiah(rows[0].LeftThen), CrossedAt: rows[0].CrossedAt.UTC()}, true, nil
}
