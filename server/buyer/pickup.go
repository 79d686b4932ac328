package buyer

import (
	"context"
	"time"

	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/server/web"
)

// Counters knows when shops are open for picking up, and where makers bring orders.
type Counters interface {
	PickupHours(ctx context.Context, shopID int64) (delivery.Week, error)
	Offers(ctx context.Context, shopID int64) ([]delivery.Offer, error)
}

// pickupTimes is when an order can be collected: the shop's hours, and the first
// moment that fits the promise and the shop's days off.
func (a area) pickupTimes(c *web.Ctx, o order.Order) (string, error) {
	week, err := a.Counters.PickupHours(c.Context(), o.ShopID)
	if err != nil || len(week) == 0 {
		return "", err
	}
	out := c.T("buyerpage.hours.open", "hours", c.Hours(week))
	if !o.DeliveredAt.IsZero() {
		return out, nil
	}
	off, err := a.Shops.OffDays(c.Context(), o.ShopID)
	if err != nil {
		return "", err
	}
	now, err := a.Now(c.Context())
	if err != nil {
		return "", err
	}
	ready := o.ReadyBy
	if o.State == order.Ready {
		ready = time.Time{} // it waits already
	}
	if first, ok := week.Earliest(now, ready, calendar.Zone(o.RegencyCode), off); ok {
		out += " " + c.T("buyerpage.hours.first", "when", c.DateTime(first, o.RegencyCode))
	}
	return out, nil
}
