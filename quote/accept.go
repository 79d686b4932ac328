package quote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// AcceptInput is the buyer's yes; the address is needed unless the offer is
// pick-up, and lies in the district that was asked for.
type AcceptInput struct {
	OfferID  int64 // the offer the buyer looked at
	Village  string
	Street   string
	Postcode string
}

var postcode = regexp.MustCompile(`^[0-9]{5}$`)

// Accept turns the offer into an order that waits for its payment, in one
// transaction: the offer is claimed, the order written, its quantity promised
// where it draws on the product's pools, the payment started. Who holds the
// request's token may. Accepting twice, at once or one after the other, finds the
// first order.
//
// An expired, replaced or withdrawn offer, a product that is no longer sold and
// goods that can no longer be promised are Conflicts with a sentence; faulty
// fields are Invalid. Nothing is stored then. No gateway is called: the caller may
// open the invoice of the payment, and its job does so anyway.
func (s *Service) Accept(ctx context.Context, token string, in AcceptInput) (Deal, error) {
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		row, err := s.lockedByTokenTx(ctx, tx, token, now)
		if err != nil {
			return err
		}
		offer, err := offerTx(ctx, tx, in.OfferID)
		if err != nil || offer.RequestID != row.ID {
			return errors.Join(err, fault.NotFound("offer of another request"))
		}
		if offer.State == OfferAccepted {
			return nil // the first send did it
		}
		return s.acceptTx(ctx, tx, row, offer, in, now)
	})
	if err != nil {
		return Deal{}, err
	}
	return s.DealOf(ctx, in.OfferID)
}

func (s *Service) acceptTx(ctx context.Context, tx *gorm.DB, row requestRow, offer offerRow, in AcceptInput, now time.Time) error {
	if offer.State == OfferExpired || offer.State == Sent && !now.Before(offer.ValidUntil) {
		return fault.Conflict("quote.accept.expired", "shop", offer.ShopName)
	}
	if offer.State != Sent {
		return fault.Conflict("quote.accept.over", "shop", offer.ShopName)
	}
	to, err := recipient(row, offer, in)
	if err != nil {
		return err
	}
	items, err := s.parts.Catalog.SellablesTx(ctx, tx, []int64{offer.ProductID})
	if err != nil {
		return err
	}
	item, found := items[offer.ProductID]
	if !found || item.State != catalog.ProductPublished || item.ShopState != catalog.ShopOpen {
		return fault.Conflict("quote.accept.gone", "shop", offer.ShopName)
	}
	pay := now.Add(s.settings.PayWithin)
	offer, err = moveOfferTx(ctx, tx, offer, "accept", Buyer, map[string]any{"accepted_at": now, "pay_until": pay})
	if err != nil {
		return err
	}
	row, err = moveTx(ctx, tx, row, "accept", by{who: Buyer, actor: row.BuyerUserID}, now, nil)
	if err != nil {
		return err
	}
	o, err := s.orderTx(ctx, tx, row, offer, item, to)
	if err != nil {
		return err
	}
	started, err := s.parts.Payments.StartTx(ctx, tx, payment.New{
		Purpose: purpose(offer), Amount: offer.Total, PayerName: row.BuyerName, Email: row.BuyerEmail,
		Description: text.T("quote.payment.description", "number", o.Number), ExpiresAt: pay, ReturnURL: s.settings.BaseURL + s.link(row),
	})
	if err != nil {
		return fmt.Errorf("quote: payment: %w", err)
	}
	story.Tell(ctx, tx, "offer accepted", story.For(PurposeKind, offer.ID), story.Order(o.Number), story.Payment(started.ID),
		story.Shop(offer.ShopID), slog.Int64("amount", int64(offer.Total)))
	return s.tellShopTx(ctx, tx, row, "quote_accepted", map[string]string{"total": offer.Total.String()})
}

func purpose(o offerRow) payment.Purpose { return payment.Purpose{Kind: PurposeKind, ID: o.ID} }

// recipient checks where the parcel goes.
func recipient(row requestRow, offer offerRow, in AcceptInput) (order.Recipient, error) {
	to := order.Recipient{Name: row.BuyerName, Phone: row.BuyerPhone}
	if offer.DeliveryMethod == delivery.Pickup {
		return to, nil
	}
	to.RegencyCode, to.DistrictCode = row.RegencyCode, row.DistrictCode
	to.Village, to.Street, to.Postcode = line(in.Village), strings.TrimSpace(in.Street), strings.TrimSpace(in.Postcode)
	bad := fault.Invalid("quote.accept.check")
	needs(bad, "street", to.Street, maxStreet)
	long(bad, "village", to.Village, maxName)
	if to.Postcode != "" && !postcode.MatchString(to.Postcode) {
		bad.With("postcode", "quote.accept.postcode")
	}
	return to, bad.OrNil()
}

// orderTx writes the order of an accepted offer and promises what it draws.
func (s *Service) orderTx(ctx context.Context, tx *gorm.DB, row requestRow, offer offerRow, item catalog.Sellable, to order.Recipient) (order.Order, error) {
	var lines []offerLineRow
	if err := tx.WithContext(ctx).Where("offer_id = ?", offer.ID).Order("position").Find(&lines).Error; err != nil {
		return order.Order{}, fmt.Errorf("quote: offer lines: %w", err)
	}
	n := order.New{
		Purpose: purpose(offer), ShopID: offer.ShopID, ShopName: offer.ShopName, RegencyCode: item.RegencyCode,
		Buyer:     order.Person{UserID: row.BuyerUserID, Name: row.BuyerName, Phone: row.BuyerPhone, Email: row.BuyerEmail},
		Recipient: to, Note: row.Details, Delivery: order.Delivery{Method: offer.DeliveryMethod, Fee: offer.DeliveryFee},
	}
	var grams int64
	for _, l := range lines {
		title := offer.Title
		if l.Label != "" {
			title = text.T("quote.order.line", "title", offer.Title, "size", l.Label)
		}
		n.Lines = append(n.Lines, order.NewLine{ProductID: offer.ProductID, RevisionID: offer.RevisionID, PictureID: item.PictureID, Title: title,
			Unit: item.Unit, UnitPrice: l.UnitPrice, Quantity: l.Quantity, WeightGrams: item.WeightGrams, HowSoon: catalog.MadeToOrder, Apart: !offer.Drawn})
		grams += item.WeightGrams * l.Quantity
	}
	zone, from, until, err := s.travel(ctx, tx, offer, delivery.Destination{RegencyCode: to.RegencyCode, DistrictCode: to.DistrictCode}, grams)
	if err != nil {
		return order.Order{}, err
	}
	n.Delivery.Zone, n.Delivery.DaysMin, n.Delivery.DaysMax = string(zone), from, until
	o, err := s.parts.Orders.CreateTx(ctx, tx, n)
	if err != nil {
		return o, err
	}
	agreed := date(offer.ReadyOn)
	agreed = time.Date(agreed.Year(), agreed.Month(), agreed.Day(), 0, 0, 0, 0, calendar.Zone(item.RegencyCode)).UTC()
	var promised []catalog.Promised
	if offer.Drawn {
		var demands []catalog.Demand
		for _, l := range o.Lines {
			demands = append(demands, catalog.Demand{LineID: l.ID, ProductID: l.ProductID, Quantity: l.Quantity})
		}
		promised, err = s.parts.Catalog.PromiseTx(ctx, tx, demands)
		var short *catalog.ShortError
		if errors.As(err, &short) {
			return o, fault.Conflict("quote.accept.short", "shop", offer.ShopName, "available", money.Group(uint64(short.Lines[0].Available))).Because(err)
		}
		if err != nil {
			return o, err
		}
	} else {
		for _, l := range o.Lines {
			promised = append(promised, catalog.Promised{LineID: l.ID})
		}
	}
	for i := range promised {
		promised[i].ReadyBy = agreed // the shop named the day itself
	}
	return o, s.parts.Orders.PromisedTx(ctx, tx, promised)
}

// Cancel is the buyer's no: to the open offer, or to the whole request before one
// came. Who holds the token may; once it is over it is a Conflict.
func (s *Service) Cancel(ctx context.Context, token string) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		row, err := s.lockedByTokenTx(ctx, tx, token, now)
		if err != nil {
			return err
		}
		if rule, _ := RuleOf(Moves, "cancel"); !rule.Allows(row.State, Buyer) {
			return notNow()
		}
		if err := endOpenTx(ctx, tx, row.ID, "turn_down", Buyer); err != nil {
			return err
		}
		row, err = moveTx(ctx, tx, row, "cancel", by{who: Buyer, actor: row.BuyerUserID}, now, nil)
		if err != nil || row.ShopID == nil {
			return err
		}
		return s.tellShopTx(ctx, tx, row, "quote_cancelled", nil)
	})
}

// rowByTokenTx finds the request a buyer's token opens; tokens end a year after
// the request was made.
func (s *Service) rowByTokenTx(ctx context.Context, tx *gorm.DB, token string, now time.Time) (requestRow, error) {
	return one[requestRow](tx.WithContext(ctx).Where("token_hash = ? AND state <> ? AND created_at > ?",
		id.Hash(token), Draft, now.Add(-s.settings.LinkLasts)), "request by token")
}

func (s *Service) lockedByTokenTx(ctx context.Context, tx *gorm.DB, token string, now time.Time) (requestRow, error) {
	row, err := s.rowByTokenTx(ctx, tx, token, now)
	if err != nil {
		return row, err
	}
	return lockedTx(ctx, tx, row.ID)
}

// token is the guest token of /penawaran/{token}, recomputed and never stored. It
// is empty when the key that made it was removed.
func (s *Service) token(row requestRow) string {
	token, _ := s.keys.Recall(PictureOwner, row.ID, row.TokenHash)
	return token
}

func (s *Service) link(row requestRow) string { return "/penawaran/" + s.token(row) }
