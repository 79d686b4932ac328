package order

import (
	"context"
	"fmt"
	"time"

	"github.com/lapak-berdaya/lapak/internal/calendar"
)

// HeldWhy says why the money of a paid order is not the shop's to take yet, in the
// order in which an order meets the reasons.
type HeldWhy string

// The reasons.
const (
	HeldToMake    HeldWhy = "to_make"   // to be made, packed, sent or fetched
	HeldOnTheWay  HeldWhy = "on_way"    // sent: until it is there and the buyer had time to complain
	HeldChecking  HeldWhy = "checking"  // delivered: the buyer may still complain
	HeldComplaint HeldWhy = "complaint" // the buyer complained: until it is decided
	HeldBack      HeldWhy = "back"      // not fetched, or coming back: until it is decided
	HeldSettling  HeldWhy = "settling"  // ended, and the gateway has not credited the buyer's payment
)

// HeldWhys are all reasons.
var HeldWhys = []HeldWhy{HeldToMake, HeldOnTheWay, HeldChecking, HeldComplaint, HeldBack, HeldSettling}

// Held is a paid order that may still hold money for its shop.
type Held struct {
	ID     int64
	Number string
	Why    HeldWhy
	Until  time.Time // when it ends by itself if nobody complains, UTC; zero where somebody has to act first
}

// HeldOrders returns a shop's paid orders that may still hold money for it: not
// cancelled, and goods or delivery not yet released; with the reason. How much is in
// the ledger's held accounts. The caller has checked that the asker may know.
func (s *Service) HeldOrders(ctx context.Context, shopID int64) ([]Held, error) {
	var rows []orderRow
	err := s.db.Read(ctx).Raw(`SELECT id, number, state, regency_code, deliver_at, complete_at FROM orders WHERE shop_id = ? AND paid_at IS NOT NULL AND pay_by = 'gateway'
		AND state NOT IN ('lapsed', 'cancelled') AND (goods_released_at IS NULL OR delivery_released_at IS NULL) ORDER BY id`,
		shopID).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("order: held: %w", err)
	}
	held := make([]Held, len(rows))
	for i, r := range rows {
		held[i] = Held{ID: r.ID, Number: r.Number, Why: HeldToMake}
		switch r.State {
		case Dispatched:
			held[i].Why = HeldOnTheWay
			if r.DeliverAt != nil { // then it counts as delivered, and the days to complain begin
				held[i].Until = calendar.AddWorkingDays(r.DeliverAt.In(calendar.Zone(r.RegencyCode)), s.settings.CompleteAfter).UTC()
			}
		case Delivered:
			held[i].Why, held[i].Until = HeldChecking, deref(r.CompleteAt)
		case Disputed:
			held[i].Why = HeldComplaint
		case NotCollected, Returning, Returned:
			held[i].Why = HeldBack
		case Completed, Resolved:
			held[i].Why = HeldSettling
		}
	}
	return held, nil
}
