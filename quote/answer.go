package quote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/region"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/payment"
)

// maxValidDays bounds how long an offer can bind a shop.
const maxValidDays = 90

// AnswerInput is a shop's offer as typed; Answer checks it.
type AnswerInput struct {
	FormKey    string // a second send with the same key finds the first offer
	Seen       int64  // the version of the request the person looked at; 0 skips the comparison
	ProductID  int64  // of the shop; needed when the request names none
	UnitPrice  string
	Quantity   string   // without sizes
	Quantities []string // of the request's sizes, in their order; "0" or empty leaves one out
	Method     delivery.Method
	Fee        string // of delivery; empty is nothing
	ReadyOn    string // 2026-12-31
	ValidDays  string // empty: Settings.ValidDays
	Note       string
}

// Answer sends an offer to the buyer: it replaces the open one. Members of the
// shop, companions under a grant and overseeing staff may; a request of another
// shop is NotFound, faulty fields are Invalid, a request that is over, or was
// changed since it was seen, is a Conflict.
//
// A product with capacity must be able to promise the quantity now, or the offer
// is Invalid on its quantity. Finished pieces are taken from the shelf when there
// are enough; more than that, and goods that are only made on request, are made
// apart: nothing is taken from a pool.
func (s *Service) Answer(ctx context.Context, actor account.Actor, requestID int64, in AnswerInput) error {
	return s.act(ctx, actor, requestID, func(tx *gorm.DB, row requestRow, who by, shop catalog.Shop, now time.Time) error {
		var sent int64
		if err := tx.Raw("SELECT count(*) FROM quote_offers WHERE form_key = ? AND request_id = ?", in.FormKey, row.ID).Scan(&sent).Error; err != nil {
			return fmt.Errorf("quote: first send: %w", err)
		}
		if sent > 0 {
			return nil
		}
		if in.FormKey == "" || len(in.FormKey) > 100 {
			return fault.Invalid("quote.ask.form")
		}
		if in.Seen != 0 && in.Seen != row.Version {
			return fault.Conflict("quote.move.changed")
		}
		if rule, _ := RuleOf(Moves, "answer"); !rule.Allows(row.State, who.who) {
			return notNow()
		}
		offer, lines, err := s.offerOf(ctx, tx, row, shop, in, now)
		if err != nil {
			return err
		}
		if err := endOpenTx(ctx, tx, row.ID, "replace", who.who); err != nil {
			return err
		}
		offer.MadeBy, offer.SubjectID = who.actor, who.subject
		if err := tx.Create(&offer).Error; errors.Is(err, gorm.ErrDuplicatedKey) {
			return fault.Conflict("quote.ask.form").Because(err) // a form of another request
		} else if err != nil {
			return fmt.Errorf("quote: offer: %w", err)
		}
		for i := range lines {
			lines[i].OfferID = offer.ID
		}
		if err := tx.Create(&lines).Error; err != nil {
			return fmt.Errorf("quote: offer lines: %w", err)
		}
		if row, err = moveTx(ctx, tx, row, "answer", who, now, map[string]any{"reason": ""}); err != nil {
			return err
		}
		story.Tell(ctx, tx, "offer sent", story.For(PurposeKind, offer.ID), story.Shop(offer.ShopID), slog.Int64("amount", int64(offer.Total)))
		return s.tellBuyerTx(ctx, tx, row, "quote_answered", map[string]string{
			"shop": offer.ShopName, "total": offer.Total.String(), "until": lastDay(offer.ValidUntil, shop.RegencyCode)})
	})
}

// offerOf checks an answer against the request, the shop and its product.
func (s *Service) offerOf(ctx context.Context, tx *gorm.DB, row requestRow, shop catalog.Shop, in AnswerInput, now time.Time) (offerRow, []offerLineRow, error) {
	bad := fault.Invalid("quote.answer.check")
	o := offerRow{RequestID: row.ID, FormKey: in.FormKey, State: Sent, ShopID: shop.ID, ShopName: shop.Name, DeliveryMethod: in.Method,
		Note: strings.TrimSpace(in.Note), SentAt: now, Title: row.Wish, ProductID: in.ProductID}
	if row.ProductID != nil {
		o.ProductID = *row.ProductID
	}
	items, err := s.parts.Catalog.SellablesTx(ctx, tx, []int64{o.ProductID})
	if err != nil {
		return o, nil, err
	}
	item, found := items[o.ProductID]
	if !found || item.ShopID != shop.ID || item.State != catalog.ProductPublished || item.ShopState != catalog.ShopOpen {
		bad.With("product", "quote.answer.product")
	}
	o.RevisionID = item.RevisionID

	price, err := money.Parse(in.UnitPrice)
	if err != nil || price < catalog.MinPrice || price > catalog.MaxPrice {
		bad.With("unit_price", "quote.answer.price", "max", catalog.MaxPrice)
	}
	lines, total, err := s.linesOf(ctx, tx, bad, row, in, price)
	if err != nil {
		return o, nil, err
	}
	o.Drawn = draws(item, total)
	if most := item.MostTakeable(); found && o.Drawn && total > most {
		bad.With(quantityField(lines), "quote.answer.most", "most", money.Group(uint64(most)))
	}

	if !in.Method.Known() {
		bad.With("method", "quote.answer.method")
	}
	if fee := strings.TrimSpace(in.Fee); fee != "" && in.Method != delivery.Pickup {
		if o.DeliveryFee, err = money.Parse(fee); err != nil || o.DeliveryFee < 0 || o.DeliveryFee > catalog.MaxPrice {
			bad.With("fee", "quote.answer.fee")
		}
	}
	here := today(now, shop.RegencyCode)
	switch ready, err := time.Parse(day, strings.TrimSpace(in.ReadyOn)); {
	case err != nil:
		bad.With("ready_on", "quote.ask.day")
	case ready.Before(here):
		bad.With("ready_on", "quote.ask.past")
	case ready.After(here.AddDate(3, 0, 0)):
		bad.With("ready_on", "quote.ask.far")
	default:
		o.ReadyOn = ready.Format(day)
	}
	days := s.settings.ValidDays
	if strings.TrimSpace(in.ValidDays) != "" {
		var ok bool
		if days, ok = pieces(in.ValidDays); !ok || days > maxValidDays {
			bad.With("valid_days", "quote.answer.valid", "max", maxValidDays)
		}
	}
	last := here.AddDate(0, 0, int(min(days, maxValidDays))+1) // until the end of that day
	o.ValidUntil = time.Date(last.Year(), last.Month(), last.Day(), 0, 0, 0, 0, calendar.Zone(shop.RegencyCode)).UTC()
	long(bad, "note", o.Note, maxNote)
	if err := bad.OrNil(); err != nil {
		return o, nil, err
	}

	if o.Goods, err = price.Times(total); err == nil {
		o.Total, err = money.Sum(o.Goods, o.DeliveryFee)
	}
	if err != nil || o.Total > payment.Largest() || o.Total < payment.Smallest {
		return o, nil, fault.Invalid("quote.answer.check").With("unit_price", "quote.answer.total", "min", payment.Smallest, "max", payment.Largest())
	}
	return o, lines, nil
}

// draws says whether an offer of so many pieces takes them from the product's
// pools.
func draws(item catalog.Sellable, total int64) bool {
	switch item.Mode {
	case catalog.ModeQuote:
		return false
	case catalog.ModeStock:
		return total <= item.Available
	}
	return true
}

// linesOf is one line for each size that is offered, or one for the whole.
func (s *Service) linesOf(ctx context.Context, tx *gorm.DB, bad *fault.Error, row requestRow, in AnswerInput, price money.Rupiah) ([]offerLineRow, int64, error) {
	var wanted []sizeRow
	if err := tx.WithContext(ctx).Where("request_id = ?", row.ID).Order("position").Find(&wanted).Error; err != nil {
		return nil, 0, fmt.Errorf("quote: sizes: %w", err)
	}
	if len(wanted) == 0 {
		n, ok := pieces(in.Quantity)
		if !ok {
			bad.With("quantity", "quote.ask.quantity", "max", money.Group(MaxQuantity))
		}
		return []offerLineRow{{Position: 1, Quantity: n, UnitPrice: price}}, n, nil
	}
	var lines []offerLineRow
	var total int64
	for i, w := range wanted {
		typed := ""
		if i < len(in.Quantities) {
			typed = strings.TrimSpace(in.Quantities[i])
		}
		if typed == "" || strings.Trim(typed, "0") == "" {
			continue
		}
		n, ok := pieces(typed)
		if !ok {
			bad.With(fmt.Sprintf("quantity_%d", i+1), "quote.ask.quantity", "max", money.Group(MaxQuantity))
		}
		lines = append(lines, offerLineRow{Position: w.Position, Label: w.Label, Quantity: n, UnitPrice: price})
		total += n
	}
	if len(lines) == 0 {
		bad.With("quantity_1", "quote.answer.nothing")
	}
	return lines, total, nil
}

// quantityField is where the form asks for the first line's quantity.
func quantityField(lines []offerLineRow) string {
	if len(lines) > 0 && lines[0].Label != "" {
		return fmt.Sprintf("quantity_%d", lines[0].Position)
	}
	return "quantity"
}

// Decline says no for the shop, with a reason for the buyer; a request that the
// agency had passed on goes back to the agency instead. Who may, and errors, as
// for Answer.
func (s *Service) Decline(ctx context.Context, actor account.Actor, requestID, seen int64, reason string) error {
	return s.act(ctx, actor, requestID, func(tx *gorm.DB, row requestRow, who by, _ catalog.Shop, now time.Time) error {
		if seen != 0 && seen != row.Version {
			return fault.Conflict("quote.move.changed")
		}
		reason, err := reasonOf(reason)
		if err != nil {
			return err
		}
		name := wrongWay(!row.passed())
		if rule, _ := RuleOf(Moves, name); !rule.Allows(row.State, who.who) {
			return notNow()
		}
		if err := endOpenTx(ctx, tx, row.ID, "withdraw", who.who); err != nil {
			return err
		}
		set := map[string]any{"reason": reason}
		if name == "hand_back" {
			set["shop_id"] = nil
		}
		if row, err = moveTx(ctx, tx, row, name, who, now, set); err != nil || name == "hand_back" {
			return err
		}
		return s.tellBuyerTx(ctx, tx, row, "quote_declined", map[string]string{"reason": reason})
	})
}

func reasonOf(typed string) (string, error) {
	reason := strings.TrimSpace(typed)
	bad := fault.Invalid("quote.decline.check")
	needs(bad, "reason", reason, maxReason)
	return reason, bad.OrNil()
}

// Refuse says no for the agency: nobody makes this. Staff only; anyone else gets
// NotFound, as does a request that is with a shop.
func (s *Service) Refuse(ctx context.Context, actor account.Actor, requestID int64, reason string) error {
	return s.place(ctx, actor, requestID, func(tx *gorm.DB, row requestRow, now time.Time) error {
		reason, err := reasonOf(reason)
		if err != nil {
			return err
		}
		row, err = moveTx(ctx, tx, row, "refuse", by{who: Staff, actor: actor.UserID}, now, map[string]any{"reason": reason})
		if err != nil {
			return err
		}
		return s.tellBuyerTx(ctx, tx, row, "quote_declined", map[string]string{"reason": reason})
	})
}

// Pass gives a request that names no product to a shop of the actor's territory.
// Staff only; anyone else gets NotFound. A shop that is not open, or not theirs,
// is Invalid on field "shop".
func (s *Service) Pass(ctx context.Context, actor account.Actor, requestID, shopID int64) error {
	shop, err := s.parts.Catalog.Shop(ctx, shopID)
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return err
	}
	return s.place(ctx, actor, requestID, func(tx *gorm.DB, row requestRow, now time.Time) error {
		if shop.ID == 0 || shop.State != catalog.ShopOpen || !oversees(actor, shop.RegencyCode) {
			return fault.Invalid("quote.pass.check").With("shop", "quote.pass.shop")
		}
		row, err := moveTx(ctx, tx, row, "pass", by{who: Staff, actor: actor.UserID}, now, map[string]any{
			"shop_id": shop.ID, "reason": "", "remind_at": now.Add(s.settings.RemindAfter)})
		if err != nil {
			return err
		}
		if err := s.tellBuyerTx(ctx, tx, row, "quote_passed", map[string]string{"shop": shop.Name}); err != nil {
			return err
		}
		return s.tellShopTx(ctx, tx, row, "quote_new", nil)
	})
}

// place runs a decision of the agency about a request without a shop.
func (s *Service) place(ctx context.Context, actor account.Actor, requestID int64, do func(tx *gorm.DB, row requestRow, now time.Time) error) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		row, err := lockedTx(ctx, tx, requestID)
		if err != nil {
			return err
		}
		if !places(actor) || row.State == Draft {
			return fault.NotFound(fmt.Sprintf("request %d for user %d", requestID, actor.UserID))
		}
		return do(tx.WithContext(ctx), row, now)
	})
}

// act runs a move of the shop's side in one transaction.
func (s *Service) act(ctx context.Context, actor account.Actor, requestID int64, do func(tx *gorm.DB, row requestRow, who by, shop catalog.Shop, now time.Time) error) error {
	shopID, err := s.ShopOf(ctx, requestID)
	if err != nil {
		return err
	}
	if shopID == 0 {
		return fault.NotFound(fmt.Sprintf("request %d is with no shop", requestID))
	}
	shop, err := s.parts.Catalog.Shop(ctx, shopID)
	if err != nil {
		return err
	}
	who, ok := partyOf(actor, shop)
	if !ok {
		return fault.NotFound(fmt.Sprintf("request %d for user %d", requestID, actor.UserID))
	}
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		row, err := lockedTx(ctx, tx, requestID)
		if err != nil {
			return err
		}
		if row.shop() != shop.ID {
			return fault.Conflict("quote.move.changed")
		}
		acting := who
		if acting.who == Staff {
			members, err := s.parts.People.MembersTx(ctx, tx, shop.ID)
			if err != nil {
				return err
			}
			if len(members) > 0 {
				acting.subject = members[0].ID // the maker in whose place staff act
			}
		}
		return do(tx.WithContext(ctx), row, acting, shop, now)
	})
}

// partyOf is what the actor is to a shop, own shop first; false for a stranger.
func partyOf(actor account.Actor, shop catalog.Shop) (by, bool) {
	switch {
	case actor.Runs(shop.ID):
		return by{who: Seller, actor: actor.UserID}, true
	case actor.Assists(shop.ID):
		return by{who: Companion, actor: actor.UserID, subject: actor.SubjectFor(shop.ID)}, true
	case oversees(actor, shop.RegencyCode):
		return by{who: Staff, actor: actor.UserID}, true
	}
	return by{}, false
}

func oversees(actor account.Actor, regencyCode string) bool {
	return places(actor) && actor.Covers(regencyCode)
}

// places says whether the actor may see requests that are with no shop yet: every
// officer and head, since nobody knows yet whose shop will make it.
func places(actor account.Actor) bool {
	return actor.HasAny(account.RoleOfficer, account.RoleHead, account.RoleAdmin)
}

// lastDay is the last day of a validity, in words.
func lastDay(until time.Time, regencyCode string) string {
	return calendar.Date(until.Add(-time.Second).In(calendar.Zone(regencyCode)))
}

// travel is how long a parcel of the offer is on its way, for the order's timers:
// what the shop's own settings say, or a bound when the offer made its own price.
func (s *Service) travel(ctx context.Context, tx *gorm.DB, o offerRow, to delivery.Destination, grams int64) (zone region.Zone, from, until int, err error) {
	options, err := s.parts.Parcels.OptionsTx(ctx, tx, o.ShopID, to, delivery.Parcel{Grams: grams})
	if err != nil {
		return "", 0, 0, err
	}
	if i := slices.IndexFunc(options, func(p delivery.Option) bool { return p.Method == o.DeliveryMethod }); i >= 0 {
		return options[i].Zone, options[i].DaysMin, options[i].DaysMax, nil
	}
	switch o.DeliveryMethod {
	case delivery.Own:
		return "", 0, 2, nil
	case delivery.Courier:
		return "", 2, 14, nil
	}
	return "", 0, 0, nil
}
