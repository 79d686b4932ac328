package finance

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/payment"
)

// strayPurpose seals the account numbers of unmatched_payments.
const strayPurpose = "stray_account"

func (s *Service) strayBank(r strayRow) (payment.Bank, error) {
	number, err := s.parts.Keys.Unseal(strayPurpose, r.AccountNumber)
	if err != nil {
		return payment.Bank{}, fmt.Errorf("finance: account of unmatched payment %d: %w", r.PaymentID, err)
	}
	return payment.Bank{ChannelCode: r.AccountChannel, AccountNumber: number, HolderName: r.AccountHolder}, nil
}

// TypeStrayAccount writes down where money nobody asked for goes back to, where its
// channel takes nothing back: whoever pays is found out by telephone, so one person of
// finance types it and another confirms it (design §3.9). Typing again replaces it.
// Finance only.
//
// Errors: NotFound; Invalid (payment.CheckBank); Conflict unless it is going back.
func (s *Service) TypeStrayAccount(ctx context.Context, actor account.Actor, paymentID int64, bank payment.Bank) error {
	return s.decideStray(ctx, actor, paymentID, func(tx *gorm.DB, _ strayRow, now time.Time) error {
		bank := payment.CleanBank(bank)
		if err := payment.CheckBank(bank); err != nil {
			return err
		}
		err := claimStray(tx, `UPDATE unmatched_payments SET account_channel = ?, account_number = ?, account_holder = ?, account_by = ?, account_at = ?
			WHERE payment_id = ? AND state = 'returning'`,
			bank.ChannelCode, s.parts.Keys.Seal(strayPurpose, bank.AccountNumber), bank.HolderName, actor.UserID, now, paymentID)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, actor.UserID, 0, "type_account", strayObject, paymentID, "")
	})
}

// ConfirmStrayAccount sends the money to the account that somebody else of finance
// typed; at says which typing was seen (Stray.AccountAt), so that nobody confirms an
// account that was replaced meanwhile. Forbidden to who typed it; Conflict when there
// is none, it was replaced, or the money is on its way.
func (s *Service) ConfirmStrayAccount(ctx context.Context, actor account.Actor, paymentID int64, at time.Time) error {
	return s.decideStray(ctx, actor, paymentID, func(tx *gorm.DB, r strayRow, _ time.Time) error {
		if r.AccountBy == 0 || r.AccountAt == nil || !r.AccountAt.Equal(at) {
			return fault.Conflict("finance.stray.account_changed")
		}
		if r.AccountBy == actor.UserID {
			return fault.Forbidden("finance.stray.own_account")
		}
		bank, err := s.strayBank(r)
		if err != nil {
			return err
		}
		// What was typed is the payout's from now on.
		err = claimStray(tx, `UPDATE unmatched_payments SET account_channel = '', account_number = '', account_holder = '', account_by = 0, account_at = NULL
			WHERE payment_id = ? AND state = 'returning' AND account_by = ? AND account_at = ?`, paymentID, r.AccountBy, *r.AccountAt)
		if err != nil {
			return err
		}
		purpose := payment.Purpose{Kind: payment.KindUnmatched, ID: paymentID}
		if _, err := s.parts.Refunds.GiveAccountTx(ctx, tx, purpose, bank); err != nil {
			return err
		}
		return s.record(ctx, tx, actor.UserID, 0, "confirm_account", strayObject, paymentID, fmt.Sprintf("typed by user %d", r.AccountBy))
	})
}
