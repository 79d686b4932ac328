package checkout

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/proof"
	"github.com/lapak-berdaya/lapak/internal/trail"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

func purchaseTx(ctx context.Context, tx *gorm.DB, purchaseID int64) (purchaseRow, error) {
	return onePurchase(tx.WithContext(ctx).Where("id = ?", purchaseID))
}

func onePurchase(q *gorm.DB) (purchaseRow, error) {
	var row purchaseRow
	err := q.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fault.NotFound("purchase")
	}
	if err != nil {
		return row, fmt.Errorf("checkout: purchase: %w", err)
	}
	return row, nil
}

// ByToken is the truth about a purchase from our own database, for
// /pembayaran/{token}, whatever the browser came back with. Who holds the token
// may read, for a year; an unknown one is NotFound.
func (s *Service) ByToken(ctx context.Context, token string) (Purchase, error) {
	tx := s.db.Read(ctx)
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Purchase{}, err
	}
	row, err := onePurchase(tx.Where("token_hash = ? AND created_at > ?", id.Hash(token), now.Add(-s.settings.LinkLasts)))
	if err != nil {
		return Purchase{}, err
	}
	return s.purchase(ctx, row)
}

// purchase assembles a row with its payment and orders.
func (s *Service) purchase(ctx context.Context, row purchaseRow) (Purchase, error) {
	token, _ := s.keys.Recall(PurposeKind, row.ID, row.TokenHash)
	p := Purchase{ID: row.ID, Token: token, Total: row.Total, Online: row.Online, CreatedAt: row.CreatedAt.UTC(), PayUntil: row.PayUntil.UTC(),
		Buyer: order.Person{UserID: row.BuyerUserID, Name: row.BuyerName, Phone: row.BuyerPhone, Email: row.BuyerEmail}}
	payments, err := s.parts.Payments.PaymentsFor(ctx, row.purpose())
	if err != nil {
		return Purchase{}, err
	}
	for _, one := range payments {
		if one.ID > p.Payment.ID {
			p.Payment = one
		}
	}
	if p.Orders, err = s.parts.Orders.Of(ctx, row.purpose()); err != nil {
		return Purchase{}, err
	}
	p.State = stateOf(row.Online, payments, p.Orders)
	return p, nil
}

// stateOf derives the purchase's state: money beats hope, hope beats the end.
// Money that its orders did not take is being checked, until it goes back. Orders
// that are paid otherwise do not count.
func stateOf(online money.Rupiah, payments []payment.Payment, orders []order.Order) State {
	if online == 0 {
		return NotOurs
	}
	live, received := false, false
	for _, p := range payments {
		live = live || p.State.Live()
		received = received || p.State.Received() && p.Refunded < p.PaidAmount
	}
	taken := len(orders) > 0
	for _, o := range orders {
		taken = taken && (o.Paid() || !o.PayBy.Held())
	}
	switch {
	case taken:
		return Paid
	case received:
		return Checking
	case live:
		return Awaiting
	}
	return Lapsed
}

// GiveUp is the buyer's "batalkan" before paying: payment is asked to close the
// invoice, and when the gateway confirms that nobody paid the orders are
// cancelled and their promises let go (LapsedTx); until then nothing is. Who
// holds the token may; after payment, or a second time, it is a Conflict.
func (s *Service) GiveUp(ctx context.Context, token string) error {
	p, err := s.ByToken(ctx, token)
	if err != nil {
		return err
	}
	if p.State != Awaiting || p.Payment.CancelRequested {
		return fault.Conflict("checkout.give_up.not_now")
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		if err := s.parts.Payments.CancelTx(ctx, tx, p.Payment.ID); err != nil {
			return err
		}
		return trail.RecordTx(ctx, tx, trail.Entry{Actor: p.Buyer.UserID, Verb: "give_up", Object: "purchase", ObjectID: p.ID})
	})
}

// FindOrder returns the token of an order by its number and the buyer's phone as
// typed, for people who lost the link. NotFound whichever of the two is wrong.
// The caller throttles. (order.SendLink is the way that shows nothing.)
func (s *Service) FindOrder(ctx context.Context, number, phone string) (string, error) {
	e164, ok := account.Phone(phone)
	if !ok {
		return "", fault.NotFound("order by number and phone")
	}
	return s.parts.Orders.TokenFor(ctx, number, e164)
}

// Prove checks that every purchase costs what its orders cost, that its payment asks
// for those paid through the gateway alone, and that no order hangs in the air (reliability I3).
func Prove(ctx context.Context, db *database.DB) ([]proof.Finding, error) {
	var rows []purchaseRow
	if err := db.Read(ctx).Order("id").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("checkout: prove: %w", err)
	}
	totals, err := order.AllTotals(ctx, db, PurposeKind)
	if err != nil {
		return nil, err
	}
	online, err := order.Totals(ctx, db, PurposeKind)
	if err != nil {
		return nil, err
	}
	var findings []proof.Finding
	for _, r := range rows {
		if online[r.ID] != r.Online {
			findings = append(findings, proof.Finding{Invariant: "I3 purchase online", Row: fmt.Sprintf("purchases %d", r.ID),
				Text: fmt.Sprintf("asks for %d, its orders for %d", r.Online, online[r.ID])})
		}
		if totals[r.ID] != r.Total {
			findings = append(findings, proof.Finding{Invariant: "I3 purchase total", Row: fmt.Sprintf("purchases %d", r.ID),
				Text: fmt.Sprintf("total %d, orders %d", r.Total, totals[r.ID])})
		}
		delete(totals, r.ID)
	}
	for purchaseID := range totals {
		findings = append(findings, proof.Finding{Invariant: "I3 purchase total", Row: fmt.Sprintf("purchases %d", purchaseID),
			Text: "orders without a purchase"})
	}
	return findings, nil
}
