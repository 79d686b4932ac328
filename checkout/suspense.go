package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/settings"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/payment"
)

// SuspenseItem is money that came in for a purchase and could not count for it:
// a task for finance.
type SuspenseItem struct {
	ID         int64
	PaymentID  int64
	PurchaseID int64
	Amount     money.Rupiah
	Reason     string // in words
	State      string // open, proposed, returning, returned
	OpenedAt   time.Time
	ProposedBy int64 // who asked a second person to confirm; 0 without one
	DecidedBy  int64
	TwoPeople  bool // too much for one person: propose and confirm
}

// SuspenseItems lists unresolved money, oldest first. Finance only; anyone else
// is Forbidden.
func (s *Service) SuspenseItems(ctx context.Context, actor account.Actor) ([]SuspenseItem, error) {
	if !actor.Has(account.RoleFinance) {
		return nil, fault.Forbidden("checkout.suspense.finance_only")
	}
	var rows []suspenseRow
	if err := s.db.Read(ctx).Where("state <> ?", "returned").Order("id").Limit(200).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("checkout: suspense: %w", err)
	}
	alone, err := s.twoPeopleAbove(ctx, s.db.Read(ctx))
	if err != nil {
		return nil, err
	}
	items := make([]SuspenseItem, len(rows))
	for i, r := range rows {
		items[i] = SuspenseItem{ID: r.ID, PaymentID: r.PaymentID, PurchaseID: r.PurchaseID, Amount: r.Amount,
			Reason: text.T("checkout.suspense." + r.Reason), State: r.State, OpenedAt: r.OpenedAt.UTC(), ProposedBy: r.ProposedBy, DecidedBy: r.DecidedBy,
			TwoPeople: r.Amount > alone}
	}
	return items, nil
}

// twoPeopleAbove is the most that one person of finance sends back alone, as it is now.
func (s *Service) twoPeopleAbove(ctx context.Context, tx *gorm.DB) (money.Rupiah, error) {
	v, err := settings.NowTx(ctx, tx)
	return money.Rupiah(v.Of(settings.TwoPeopleAbove, int64(s.settings.TwoPeopleAbove))), err
}

// ReturnSuspense sends the money of one item back to the payer. Finance only; a
// second call, or a second person, is a Conflict and sends nothing, as is more
// than Settings.TwoPeopleAbove: that is proposed by one person and confirmed by
// another (reliability §4, design §3.9). The money stays in suspense until it has
// left. Orders that still waited for it end, and what they held can be bought
// again, unless another payment may yet come.
func (s *Service) ReturnSuspense(ctx context.Context, actor account.Actor, itemID int64) error {
	return s.decide(ctx, actor, itemID, func(tx *gorm.DB, item suspenseRow, now time.Time) error {
		alone, err := s.twoPeopleAbove(ctx, tx)
		if err != nil {
			return err
		}
		if item.Amount > alone {
			return fault.Conflict("checkout.suspense.two_people", "max", alone)
		}
		err = claim(tx, "UPDATE suspense_items SET state = 'returning', decided_by = ?, decided_at = ? WHERE id = ? AND state = 'open'",
			actor.UserID, now, itemID)
		if err != nil {
			return err
		}
		return s.returnTx(ctx, tx, actor, item, "return")
	})
}

// ProposeReturn asks a second person of finance to send an item's money back;
// nothing moves. Any amount may be proposed. Finance only; an item that was
// proposed or decided is a Conflict.
func (s *Service) ProposeReturn(ctx context.Context, actor account.Actor, itemID int64) error {
	return s.decide(ctx, actor, itemID, func(tx *gorm.DB, _ suspenseRow, now time.Time) error {
		err := claim(tx, "UPDATE suspense_items SET state = 'proposed', proposed_by = ?, proposed_at = ? WHERE id = ? AND state = 'open'",
			actor.UserID, now, itemID)
		if err != nil {
			return err
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: "propose", Object: "suspense_item", ObjectID: itemID})
	})
}

// ConfirmReturn sends back what somebody else of finance proposed, as
// ReturnSuspense does. Forbidden to the proposer; an item that is not proposed, or
// that a third person confirmed first, is a Conflict.
func (s *Service) ConfirmReturn(ctx context.Context, actor account.Actor, itemID int64) error {
	return s.decide(ctx, actor, itemID, func(tx *gorm.DB, item suspenseRow, now time.Time) error {
		if item.State == "proposed" && item.ProposedBy == actor.UserID {
			return fault.Forbidden("checkout.suspense.own_proposal")
		}
		err := claim(tx, `UPDATE suspense_items SET state = 'returning', decided_by = ?, decided_at = ?
			WHERE id = ? AND state = 'proposed' AND proposed_by <> ?`, actor.UserID, now, itemID, actor.UserID)
		if err != nil {
			return err
		}
		return s.returnTx(ctx, tx, actor, item, "confirm")
	})
}

// decide runs one decision of finance about an item in one transaction.
func (s *Service) decide(ctx context.Context, actor account.Actor, itemID int64, do func(tx *gorm.DB, item suspenseRow, now time.Time) error) error {
	if !actor.SignedIn() || !actor.Has(account.RoleFinance) {
		return fault.Forbidden("checkout.suspense.finance_only")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		item, err := suspenseItemTx(ctx, tx, itemID)
		if err != nil {
			return err
		}
		return do(tx.WithContext(ctx), item, now)
	})
}

// claim moves one item on; of two people who decide at once one gets a Conflict.
func claim(tx *gorm.DB, query string, args ...any) error {
	return claimWith(tx, "checkout.suspense.decided", query, args...)
}

// claimWith is claim with another sentence for who came second.
func claimWith(tx *gorm.DB, key, query string, args ...any) error {
	done := tx.Exec(query, args...)
	if done.Error != nil {
		return fmt.Errorf("checkout: claim: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return fault.Conflict(key)
	}
	return nil
}

// returnTx starts sending a claimed item's money back.
func (s *Service) returnTx(ctx context.Context, tx *gorm.DB, actor account.Actor, item suspenseRow, verb string) error {
	refund, err := s.parts.Payments.RefundTx(ctx, tx, payment.NewRefund{
		PaymentID: item.PaymentID, Amount: item.Amount, Key: fmt.Sprintf("suspense-%d", item.ID),
		Purpose: payment.Purpose{Kind: SuspensePurpose, ID: item.ID}, Reason: "suspense " + item.Reason,
	})
	if err != nil {
		return fmt.Errorf("checkout: refund: %w", err)
	}
	err = trail.RecordTx(ctx, tx, trail.Entry{Actor: actor.UserID, Verb: verb, Object: "suspense_item", ObjectID: item.ID})
	if err != nil {
		return err
	}
	if err := s.letGoTx(ctx, tx, item.PurchaseID); err != nil {
		return err
	}
	return s.tellRefundLinkTx(ctx, tx, item, refund, "purchase_refund_link")
}

// letGoTx lapses what a purchase still holds once no payment of it can come any
// more: money of a wrong amount ends its payment without paying the orders.
func (s *Service) letGoTx(ctx context.Context, tx *gorm.DB, purchaseID int64) error {
	payments, err := payment.PaymentsForTx(tx.WithContext(ctx), purposeOf(purchaseID))
	if err != nil {
		return fmt.Errorf("checkout: payments of purchase %d: %w", purchaseID, err)
	}
	for _, p := range payments {
		if p.State.Live() {
			return nil
		}
	}
	return s.parts.Orders.LapsedTx(ctx, tx, purposeOf(purchaseID))
}

func suspenseItemTx(ctx context.Context, tx *gorm.DB, itemID int64) (suspenseRow, error) {
	var item suspenseRow
	err := tx.WithContext(ctx).Where("id = ?", itemID).Take(&item).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return item, fault.NotFound(fmt.Sprintf("suspense item %d", itemID))
	}
	if err != nil {
		return item, fmt.Errorf("checkout: suspense item %d: %w", itemID, err)
	}
	return item, nil
}

func (s *Service) tellRefundLinkTx(ctx context.Context, tx *gorm.DB, item suspenseRow, r payment.Refund, kind string) error {
	token, awaits := s.parts.Payments.RefundToken(r)
	if !awaits {
		return nil
	}
	row, err := purchaseTx(ctx, tx, item.PurchaseID)
	if err != nil {
		return err
	}
	return s.parts.Messages.SendTx(ctx, tx, notify.Message{
		Kind: kind, Link: "/pengembalian/" + token,
		To:   notify.Recipient{UserID: row.BuyerUserID, Name: row.BuyerName, Phone: row.BuyerPhone, Email: row.BuyerEmail},
		Data: map[string]string{"amount": item.Amount.String()},
	})
}

// SuspenseRefunds is told what became of returned suspense money; main registers
// it as the payment.RefundSettler of SuspensePurpose.
type SuspenseRefunds struct{ s *Service }

// Suspense returns the settler of suspense refunds.
func Suspense(s *Service) SuspenseRefunds { return SuspenseRefunds{s} }

// RefundedTx books the money out of suspense.
func (r SuspenseRefunds) RefundedTx(ctx context.Context, tx *gorm.DB, refund payment.Refund) error {
	return r.move(ctx, tx, refund, "returned", ledger.RefundPaid, ledger.Pair(suspense, gateway, refund.Amount))
}

// RefundReversedTx books the money back into suspense and sends the link again.
func (r SuspenseRefunds) RefundReversedTx(ctx context.Context, tx *gorm.DB, refund payment.Refund) error {
	if err := r.move(ctx, tx, refund, "returning", ledger.RefundReturned, ledger.Pair(gateway, suspense, refund.Amount)); err != nil {
		return err
	}
	return r.RefundFailedTx(ctx, tx, refund)
}

// RefundFailedTx sends the buyer the one-time link for an account.
func (r SuspenseRefunds) RefundFailedTx(ctx context.Context, tx *gorm.DB, refund payment.Refund) error {
	return r.link(ctx, tx, refund, "purchase_refund_link")
}

// RefundReminderTx sends the buyer, who named no account for days, the new link.
func (r SuspenseRefunds) RefundReminderTx(ctx context.Context, tx *gorm.DB, refund payment.Refund) error {
	return r.link(ctx, tx, refund, "purchase_refund_reminder")
}

func (r SuspenseRefunds) link(ctx context.Context, tx *gorm.DB, refund payment.Refund, kind string) error {
	item, err := suspenseItemTx(ctx, tx, refund.PurposeID)
	if err != nil {
		return err
	}
	return r.s.tellRefundLinkTx(ctx, tx, item, refund, kind)
}

func (r SuspenseRefunds) move(ctx context.Context, tx *gorm.DB, refund payment.Refund, state string, kind ledger.EntryKind, lines []ledger.Line) error {
	err := r.s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("refund %d %s %d", refund.ID, kind, refund.Attempt), Kind: kind, RefKind: "payment", RefID: refund.PaymentID,
		Memo: SuspensePurpose, Lines: lines,
	})
	if err != nil {
		return fmt.Errorf("checkout: suspense refund: %w", err)
	}
	err = tx.WithContext(ctx).Exec("UPDATE suspense_items SET state = ? WHERE id = ?", state, refund.PurposeID).Error
	if err != nil {
		return fmt.Errorf("checkout: suspense item: %w", err)
	}
	return nil
}
