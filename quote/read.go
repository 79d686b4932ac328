package quote

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
)

// Deal is an accepted offer with what became of it.
type Deal struct {
	Offer   Offer
	Order   order.Order     // with the buyer's token
	Payment payment.Payment // the newest
}

// ByToken is the buyer's view of a request: everything of their own with every
// offer, oldest first. Who holds the token may read, for a year; an unknown one is
// NotFound. An offer that ran out and waits for its timer is shown as expired.
func (s *Service) ByToken(ctx context.Context, token string) (Request, error) {
	tx := s.db.Read(ctx)
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Request{}, err
	}
	row, err := s.rowByTokenTx(ctx, tx, token, now)
	if err != nil {
		return Request{}, err
	}
	return s.forBuyer(ctx, row)
}

func (s *Service) forBuyer(ctx context.Context, row requestRow) (Request, error) {
	r, err := s.whole(ctx, s.db.Read(ctx), row)
	r.Token = s.token(row)
	return r, err
}

// whole is a request with its offers as they stand at this moment.
func (s *Service) whole(ctx context.Context, tx *gorm.DB, row requestRow) (Request, error) {
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Request{}, err
	}
	all, err := assemble(ctx, tx, []requestRow{row})
	if err != nil {
		return Request{}, err
	}
	r := all[0]
	if r.Offers, err = offersOf(ctx, tx, row.ID); err != nil {
		return Request{}, err
	}
	for i, o := range r.Offers {
		if o.State == Sent && !now.Before(o.ValidUntil) {
			r.Offers[i].State, r.State = OfferExpired, Expired
		}
	}
	return r, nil
}

// DealOf is an accepted offer's order and payment. The caller has checked that the
// asker holds the request's token. NotFound without an order.
func (s *Service) DealOf(ctx context.Context, offerID int64) (Deal, error) {
	tx := s.db.Read(ctx)
	row, err := offerTx(ctx, tx, offerID)
	if err != nil {
		return Deal{}, err
	}
	offers, err := offersOf(ctx, tx, row.RequestID)
	if err != nil {
		return Deal{}, err
	}
	var d Deal
	for _, o := range offers {
		if o.ID == offerID {
			d.Offer = o
		}
	}
	orders, err := s.parts.Orders.Of(ctx, d.Offer.Purpose())
	if err != nil {
		return Deal{}, err
	}
	if len(orders) == 0 {
		return Deal{}, fault.NotFound("order of an offer")
	}
	d.Order = orders[0]
	payments, err := s.parts.Payments.PaymentsFor(ctx, d.Offer.Purpose())
	for _, p := range payments {
		if p.ID > d.Payment.ID {
			d.Payment = p
		}
	}
	return d, err
}

// ShopOf says which shop is asked; 0 while none is. It checks no permission: the
// edge asks it whose the request in an address is. A form that was never sent is
// NotFound.
func (s *Service) ShopOf(ctx context.Context, requestID int64) (int64, error) {
	row, err := one[requestRow](s.db.Read(ctx).Where("id = ? AND state <> ?", requestID, Draft), "request")
	return row.shop(), err
}

// One is the shop's and staff's view of a request with its offers. Members,
// companions under a grant and overseeing staff may read it; one without a shop
// every officer, without the buyer's contact. Anyone else gets NotFound.
func (s *Service) One(ctx context.Context, actor account.Actor, requestID int64) (Request, error) {
	tx := s.db.Read(ctx)
	row, err := one[requestRow](tx.Where("id = ? AND state <> ?", requestID, Draft), "request")
	if err != nil {
		return Request{}, err
	}
	if may, err := s.maySee(ctx, actor, row); err != nil || !may {
		return Request{}, orNotFound(err, requestID, actor)
	}
	r, err := s.whole(ctx, tx, row)
	if err != nil {
		return Request{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Request{}, err
	}
	s.hideContact(&r, row, now)
	return r, nil
}

func orNotFound(err error, requestID int64, actor account.Actor) error {
	if err != nil {
		return err
	}
	return fault.NotFound(fmt.Sprintf("request %d for user %d", requestID, actor.UserID))
}

func (s *Service) maySee(ctx context.Context, actor account.Actor, row requestRow) (bool, error) {
	if row.ShopID == nil {
		return places(actor), nil
	}
	shop, err := s.parts.Catalog.Shop(ctx, row.shop())
	if err != nil {
		return false, err
	}
	_, may := partyOf(actor, shop)
	return may, nil
}

// MaySeePictures says whether the viewer may see the pictures of a request: the
// shop's side and, while no shop is asked, officers. main asks it for media.
func (s *Service) MaySeePictures(ctx context.Context, viewer account.Actor, requestID int64) (bool, error) {
	row, err := one[requestRow](s.db.Read(ctx).Where("id = ? AND state <> ?", requestID, Draft), "request")
	if fault.Is(err, fault.KindNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return s.maySee(ctx, viewer, row)
}

// hideContact leaves the buyer's name and contact out while no shop is asked, and
// once the shop has no more use for them.
func (s *Service) hideContact(r *Request, row requestRow, now time.Time) {
	if r.ShopID != 0 && (row.EndedAt == nil || now.Before(row.EndedAt.Add(s.settings.ContactVisible))) {
		return
	}
	r.ContactHidden = true
	r.Buyer, r.Organisation = order.Person{}, ""
}

// open are the states in which a request still concerns its shop.
var open = []State{Asked, Answered, Expired}

// ForShop lists a shop's requests, newest first: those still open, or those that
// are over; at most 100. Members, companions and overseeing staff may read; anyone
// else gets NotFound. Contacts are left out: One shows them.
func (s *Service) ForShop(ctx context.Context, actor account.Actor, shopID int64, over bool) ([]Request, error) {
	shop, err := s.parts.Catalog.Shop(ctx, shopID)
	if err != nil {
		return nil, err
	}
	if _, may := partyOf(actor, shop); !may {
		return nil, fault.NotFound(fmt.Sprintf("requests of shop %d for user %d", shopID, actor.UserID))
	}
	condition := "shop_id = ? AND state IN ?"
	if over {
		condition = "shop_id = ? AND state NOT IN ?"
	}
	return s.listed(ctx, condition, shopID, open)
}

// Waiting counts the requests that a shop has not answered, for its home page. The
// caller has checked that the asker may know.
func (s *Service) Waiting(ctx context.Context, shopID int64) (int, error) {
	var n int
	err := s.db.Read(ctx).Raw("SELECT count(*) FROM quote_requests WHERE shop_id = ? AND state = 'asked'", shopID).Scan(&n).Error
	return n, err
}

// Unplaced lists what no shop is asked for yet, oldest first, without contacts.
// Officers and heads; anyone else gets NotFound.
func (s *Service) Unplaced(ctx context.Context, actor account.Actor) ([]Request, error) {
	if !places(actor) {
		return nil, fault.NotFound("unplaced requests")
	}
	return s.listed(ctx, "state = ?", Unplaced)
}

// OfShops lists what is open at these shops, newest first, without contacts. The
// caller has checked that the asker oversees them.
func (s *Service) OfShops(ctx context.Context, shopIDs []int64) ([]Request, error) {
	return s.listed(ctx, "shop_id IN ? AND state IN ?", append([]int64{0}, shopIDs...), open)
}

func (s *Service) listed(ctx context.Context, condition string, args ...any) ([]Request, error) {
	tx := s.db.Read(ctx)
	var rows []requestRow
	if err := tx.Where(condition, args...).Order("id DESC").Limit(100).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("quote: list: %w", err)
	}
	out, err := assemble(ctx, tx, rows)
	for i := range out {
		out[i].ContactHidden, out[i].Buyer, out[i].Organisation = true, order.Person{}, ""
	}
	return out, err
}
