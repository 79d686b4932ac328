package quote

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

var _ payment.Settler = (*Service)(nil)

// PaidTx is payment's word that money for an accepted offer arrived. The exact
// amount moves its order to the shop, also when it is late, as long as the shop
// made no other offer since and every line can be held again; anything else goes
// to suspense as a task for finance. (payment.Settler)
func (s *Service) PaidTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	row, offer, err := s.dealTx(ctx, tx, p)
	if err != nil {
		return err
	}
	if p.Surplus {
		return s.strayTx(ctx, tx, row, p) // what was asked for was paid before
	}
	late := offer.State == OfferUnpaid
	if p.Problem != "" || p.PaidAmount != offer.Total || late && row.State != Expired {
		if err := s.endTx(ctx, tx, row, offer); err != nil {
			return err
		}
		return s.strayTx(ctx, tx, row, p)
	}
	shares, err := s.parts.Orders.SharesTx(ctx, tx, p.Purpose())
	if err != nil {
		return err
	}
	lines := []ledger.Line{{Account: ledger.Account{Kind: ledger.Gateway}, Amount: p.PaidAmount}}
	for _, sh := range shares {
		lines = append(lines, ledger.Line{Account: ledger.Account{Kind: ledger.Held, Owner: sh.OrderID}, Amount: -sh.Amount})
	}
	err = s.parts.Orders.PaidTx(ctx, tx, p.Purpose(), p.ID)
	var short *catalog.ShortError
	if errors.As(err, &short) || errors.Is(err, order.ErrNotPayable) {
		return s.strayTx(ctx, tx, row, p)
	}
	if err != nil {
		return err
	}
	err = s.parts.Books.PostTx(ctx, tx, ledger.Entry{
		Key: fmt.Sprintf("payment %d paid", p.ID), Kind: ledger.Paid, RefKind: "payment", RefID: p.ID, Memo: shares[0].Number, Lines: lines,
	})
	if err != nil {
		return fmt.Errorf("quote: paid: %w", err)
	}
	if late {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := moveOfferTx(ctx, tx, offer, "pay_late", Payment, nil); err != nil {
			return err
		}
		if row, err = moveTx(ctx, tx, row, "pay_late", by{who: Payment}, now, nil); err != nil {
			return err
		}
	}
	return s.tellBuyerTx(ctx, tx, row, "quote_paid", map[string]string{"shop": offer.ShopName, "number": shares[0].Number, "total": offer.Total.String()})
}

// LapsedTx is payment's word that nobody paid and nobody can any more: the order
// ends, its promises are let go, and the shop may offer again. (payment.Settler)
func (s *Service) LapsedTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	row, offer, err := s.dealTx(ctx, tx, p)
	if err != nil {
		return err
	}
	if err := s.endTx(ctx, tx, row, offer); err != nil {
		return err
	}
	return s.tellBuyerTx(ctx, tx, row, "quote_unpaid", map[string]string{"shop": offer.ShopName})
}

// SettledTx is payment's word that the gateway credited the money: what is
// finished may now be paid out. (payment.Settler)
func (s *Service) SettledTx(ctx context.Context, tx *gorm.DB, p payment.Payment) error {
	return s.parts.Orders.SettledTx(ctx, tx, p.ID)
}

func (s *Service) dealTx(ctx context.Context, tx *gorm.DB, p payment.Payment) (requestRow, offerRow, error) {
	if p.PurposeKind != PurposeKind {
		return requestRow{}, offerRow{}, fmt.Errorf("quote: payment %d is for %s %d", p.ID, p.PurposeKind, p.PurposeID)
	}
	offer, err := offerTx(ctx, tx, p.PurposeID)
	if err != nil {
		return requestRow{}, offer, err
	}
	row, err := lockedTx(ctx, tx, offer.RequestID)
	return row, offer, err
}

// endTx ends an accepted offer whose money did not come as it should. One that
// ended before is left alone.
func (s *Service) endTx(ctx context.Context, tx *gorm.DB, row requestRow, offer offerRow) error {
	if offer.State != OfferAccepted {
		return nil
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return err
	}
	if err := s.parts.Orders.LapsedTx(ctx, tx, purpose(offer)); err != nil {
		return err
	}
	if _, err := moveOfferTx(ctx, tx, offer, "unpaid", Payment, nil); err != nil {
		return err
	}
	_, err = moveTx(ctx, tx, row, "unpaid", by{who: Payment}, now, nil)
	return err
}

// strayTx gives money that cannot count to finance and tells the buyer.
func (s *Service) strayTx(ctx context.Context, tx *gorm.DB, row requestRow, p payment.Payment) error {
	if err := s.parts.Strays.PaidTx(ctx, tx, p); err != nil {
		return err
	}
	return s.tellBuyerTx(ctx, tx, row, "quote_checking", map[string]string{"total": p.PaidAmount.String()})
}
