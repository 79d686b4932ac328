package order

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/payment"
)

// StateName is the state in the interface's words.
func StateName(state State) string { return text.T("order.state." + string(state)) }

// rowByTokenTx finds the order a guest token opens; tokens end a year after the
// order was placed (reliability.md §4, object rule 7).
func (s *Service) rowByTokenTx(ctx context.Context, tx *gorm.DB, token string) (orderRow, error) {
	var row orderRow
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return row, err
	}
	err = tx.WithContext(ctx).Where("token_hash = ? AND created_at > ?", id.Hash(token), now.Add(-s.settings.TokenLasts)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fault.NotFound("order by token")
	}
	if err != nil {
		return row, fmt.Errorf("order: by token: %w", err)
	}
	return row, nil
}

// ByToken is the buyer's view of one order: everything of their own, the history,
// and, once paid, the pick-up code and address. Who holds the token may read; an
// unknown token is NotFound.
func (s *Service) ByToken(ctx context.Context, token string) (Order, error) {
	tx := s.db.Read(ctx)
	row, err := s.rowByTokenTx(ctx, tx, token)
	if err != nil {
		return Order{}, err
	}
	o, err := s.withHistory(ctx, tx, row)
	if err != nil {
		return Order{}, err
	}
	return o, s.fillBuyer(ctx, row, &o)
}

// fillBuyer adds what only the buyer may see.
func (s *Service) fillBuyer(ctx context.Context, row orderRow, o *Order) error {
	o.Token = s.token(row)
	if row.BegunAt == nil || !row.pickup() || !slices.Contains([]State{ToDo, Making, Ready, NotCollected}, row.State) {
		return nil
	}
	o.PickupCode = s.pickupCode(row)
	address, err := s.parts.Counters.PickupAddress(ctx, row.ShopID)
	if err != nil && !fault.Is(err, fault.KindNotFound) {
		return fmt.Errorf("order: pick-up address: %w", err)
	}
	o.PickupAddress = address
	return nil
}

func (s *Service) withHistory(ctx context.Context, tx *gorm.DB, row orderRow) (Order, error) {
	orders, err := assemble(ctx, tx, []orderRow{row})
	if err != nil {
		return Order{}, err
	}
	orders[0].Events, err = eventsOf(ctx, tx, row)
	return orders[0], err
}

// Of lists the orders of a purchase or accepted offer in id order with the
// buyer's tokens, for its payment page. The caller has checked that the asker
// holds that page's token.
func (s *Service) Of(ctx context.Context, of payment.Purpose) ([]Order, error) {
	tx := s.db.Read(ctx)
	rows, err := rowsOfTx(ctx, tx, of)
	if err != nil {
		return nil, err
	}
	orders, err := assemble(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	for i, row := range rows {
		if err := s.fillBuyer(ctx, row, &orders[i]); err != nil {
			return nil, err
		}
	}
	return orders, nil
}

// TokenFor finds an order by its number and the buyer's phone in E.164, for
// people who lost the link. Both must fit; otherwise NotFound, without saying
// which was wrong. The caller throttles.
func (s *Service) TokenFor(ctx context.Context, number, phone string) (string, error) {
	row, err := s.rowByNumberTx(ctx, s.db.Read(ctx), number, phone)
	return s.token(row), err
}

// SendLink sends the tracking link of the order with that number to the phone
// and mail it was placed with, when phone (in E.164) is the buyer's. Nothing
// happens, and nothing is said, when the two do not fit. The caller throttles.
func (s *Service) SendLink(ctx context.Context, number, phone string) error {
	err := database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		row, err := s.rowByNumberTx(ctx, tx, number, phone)
		if err != nil {
			return err
		}
		return s.tellBuyerTx(ctx, tx, row, "order_link", nil)
	})
	if fault.Is(err, fault.KindNotFound) {
		return nil
	}
	return err
}

// ShopOfNumber says of which shop the order with that number is, 0 for none. It
// checks no permission and tells nothing else.
func (s *Service) ShopOfNumber(ctx context.Context, number string) (int64, error) {
	var ids []int64
	if err := s.db.Read(ctx).Raw("SELECT shop_id FROM orders WHERE number = ?", fullNumber(number)).Scan(&ids).Error; err != nil {
		return 0, fmt.Errorf("order: shop of number: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}

func (s *Service) rowByNumberTx(ctx context.Context, tx *gorm.DB, number, phone string) (orderRow, error) {
	var row orderRow
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return row, err
	}
	err = tx.WithContext(ctx).Where("number = ? AND buyer_phone = ? AND created_at > ?", fullNumber(number), phone, now.Add(-s.settings.TokenLasts)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return row, fault.NotFound("order by number and phone")
	}
	if err != nil {
		return row, fmt.Errorf("order: by number: %w", err)
	}
	return row, nil
}

// One is the shop's and staff's view of one order with its history. Members,
// companions with an active grant and overseeing staff may read, the first two
// only once it is the shop's to do, or paid on the shop's own account; anyone else gets NotFound. It does not mark the order
// as seen: see MarkSeen.
func (s *Service) One(ctx context.Context, actor account.Actor, orderID int64) (Order, error) {
	tx := s.db.Read(ctx)
	row, err := rowTx(ctx, tx, orderID)
	if err != nil {
		return Order{}, err
	}
	if len(partiesOf(actor, row)) == 0 {
		return Order{}, fault.NotFound(fmt.Sprintf("order %d for user %d", orderID, actor.UserID))
	}
	o, err := s.withHistory(ctx, tx, row)
	if err != nil {
		return Order{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Order{}, err
	}
	s.hideContact(&o, now)
	return o, nil
}

// MovesFor lists the moves a person may make on an order as it stands: the
// buttons of its page. Nothing for those who may not see it.
func (s *Service) MovesFor(actor account.Actor, o Order) []Transition {
	row := orderRow{ShopID: o.ShopID, RegencyCode: o.RegencyCode, PayBy: o.PayBy, Source: o.Source}
	if o.Begun() {
		row.BegunAt = &o.BegunAt
	}
	var moves []Transition
	for _, p := range partiesOf(actor, row) {
		for _, name := range Possible(o.State, p.who, o.Kind()) {
			if !o.open(name) {
				continue
			}
			if !slices.Contains(moves, name) {
				moves = append(moves, name)
			}
		}
	}
	return moves
}

// Shop is what ForShop needs to know about the shop asked for.
type Shop struct {
	ID          int64
	RegencyCode string
}

// ShopOf says which shop an order in any state belongs to, and in which regency
// it was sold. It checks no permission: the edge asks it whose the order in an
// address is. Errors: not found.
func (s *Service) ShopOf(ctx context.Context, orderID int64) (Shop, error) {
	var rows []Shop
	if err := s.db.Read(ctx).Raw("SELECT shop_id AS id, regency_code FROM orders WHERE id = ?", orderID).Scan(&rows).Error; err != nil {
		return Shop{}, fmt.Errorf("order: whose: %w", err)
	}
	if len(rows) == 0 {
		return Shop{}, fault.NotFound("no such order")
	}
	return rows[0], nil
}

// ForShop lists a shop's orders, newest first: those it has or had to do, and those
// paid on its own account from the start. Members, companions and
// overseeing staff may read; anyone else gets NotFound.
func (s *Service) ForShop(ctx context.Context, actor account.Actor, shop Shop, f Filter) (Page, error) {
	if !actor.Manages(shop.ID) && !oversees(actor, shop.RegencyCode) {
		return Page{}, fault.NotFound(fmt.Sprintf("orders of shop %d for user %d", shop.ID, actor.UserID))
	}
	limit := f.Limit
	if limit < 1 || limit > 50 {
		limit = 20
	}
	tx := s.db.Read(ctx)
	q := tx.Where("shop_id = ? AND (begun_at IS NOT NULL OR pay_by = 'direct' OR source LIKE 'outside%')", shop.ID)
	if len(f.States) > 0 {
		q = q.Where("state IN ?", f.States)
	}
	if f.Cursor != "" {
		before, err := s.openCursor(shop.ID, f.Cursor)
		if err != nil {
			return Page{}, err
		}
		q = q.Where("id < ?", before)
	}
	var rows []orderRow
	if err := q.Order("id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return Page{}, fmt.Errorf("order: list: %w", err)
	}
	var page Page
	if len(rows) > limit {
		rows = rows[:limit]
		page.Next = s.cursor(shop.ID, rows[limit-1].ID)
	}
	var err error
	if page.Orders, err = assemble(ctx, tx, rows); err != nil {
		return Page{}, err
	}
	now, err := clock.Now(ctx, tx)
	if err != nil {
		return Page{}, err
	}
	for i := range page.Orders {
		s.hideContact(&page.Orders[i], now)
	}
	return page, nil
}

// Counts says how many of the orders that ForShop lists are in each state. The caller has
// checked that the asker may know.
func (s *Service) Counts(ctx context.Context, shopID int64) (map[State]int64, error) {
	var rows []struct {
		State State
		N     int64
	}
	err := s.db.Read(ctx).Raw("SELECT state, count(*) AS n FROM orders WHERE shop_id = ? AND (begun_at IS NOT NULL OR pay_by = 'direct' OR source LIKE 'outside%') GROUP BY state",
		shopID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: counts: %w", err)
	}
	counts := map[State]int64{}
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, nil
}

// MarkSeen notes that the shop's side opened the order, which ends the reminder.
// Staff looking at it does not count. Not seeing it is NotFound.
func (s *Service) MarkSeen(ctx context.Context, actor account.Actor, orderID int64) error {
	return database.InTx(ctx, s.db, func(tx *gorm.DB) error {
		row, err := rowTx(ctx, tx, orderID)
		if err != nil {
			return err
		}
		parties := partiesOf(actor, row)
		if len(parties) == 0 {
			return fault.NotFound(fmt.Sprintf("order %d for user %d", orderID, actor.UserID))
		}
		if parties[0].who == Staff || row.SeenAt != nil {
			return nil
		}
		now, err := clock.Now(ctx, tx)
		if err != nil {
			return err
		}
		return tx.WithContext(ctx).Exec("UPDATE orders SET seen_at = ?, remind_at = NULL WHERE id = ? AND seen_at IS NULL",
			now, orderID).Error
	})
}

// hideContact leaves the buyer's phone, mail and street out once the shop has no
// more use for them: 30 days after delivery, after goods came back or were not
// collected, and after a complaint was settled; at once when nothing is to be made.
func (s *Service) hideContact(o *Order, now time.Time) {
	var from time.Time // since when they are of no use; zero while they are
	switch o.State {
	case Cancelled, Lapsed, AwaitingPayment:
		from = now.Add(-s.settings.ContactVisible)
	case Delivered, Completed:
		from = o.DeliveredAt
	case NotCollected, Returned, Resolved:
		from = o.StateAt
	}
	if from.IsZero() || now.Before(from.Add(s.settings.ContactVisible)) {
		return
	}
	o.ContactHidden = true
	o.Buyer.Phone, o.Buyer.Email = "", ""
	o.Recipient.Phone, o.Recipient.Street, o.Recipient.Village, o.Recipient.Postcode = "", "", "", ""
}

func cursorPurpose(shopID int64) string { return "orders of shop " + strconv.FormatInt(shopID, 10) }

func (s *Service) cursor(shopID, before int64) string {
	data := strconv.FormatInt(before, 36)
	return data + "." + s.keys.Sign(cursorPurpose(shopID), data)
}

func (s *Service) openCursor(shopID int64, cursor string) (int64, error) {
	data, sig, _ := strings.Cut(cursor, ".")
	before, err := strconv.ParseInt(data, 36, 64)
	if err != nil || !s.keys.Verify(cursorPurpose(shopID), data, sig) {
		return 0, fault.NotFound("orders cursor")
	}
	return before, nil
}
